//! The hash chain over everything that was decided and done.
//!
//! A record holds the entries of one step and the hash of the record before it, so that removing,
//! changing or reordering any breaks the chain. Records name ids, sizes, decisions and outcomes,
//! never content. They are written in the transaction of what they record, by `store::audit`.

use crate::id::hex;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The hash before the first record.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// How long a record is kept, in milliseconds: 400 days.
pub const KEPT_MS: i64 = 400 * 24 * 3_600_000;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Entry {
    /// A message was accepted.
    Accepted {
        turn: String,
        channel: String,
        author: String,
        bytes: usize,
    },
    /// The planner answered.
    ModelAnswered {
        turn: String,
        model: String,
        tokens_in: u64,
        tokens_out: u64,
        cost_microusd: u64,
    },
    /// The planner did not answer.
    ModelFailed {
        turn: String,
        model: String,
        error: String,
    },
    /// Policy decided about a call.
    Decided {
        turn: String,
        tool: String,
        decision: String,
        reason: String,
        args: Vec<(String, String)>,
    },
    /// The owner was asked about a call.
    Asked {
        turn: String,
        approval: String,
        call_hash: String,
    },
    /// The owner, or time, answered.
    Answered { approval: String, status: String },
    /// A tool ran.
    ToolRan {
        turn: String,
        tool: String,
        outcome: String,
    },
    /// A message went to a conversation.
    Told {
        turn: String,
        channel: String,
        outcome: String,
    },
    /// A timer fell due.
    TimerFired {
        timer: String,
        connector: String,
        late_ms: i64,
    },
    /// A turn ended.
    TurnEnded { turn: String, status: String },
    /// The owner changed how the agent works.
    Setting { name: String, value: String },
    /// A request of a connector was let out, to the route of this user.
    LetOut {
        turn: String,
        to: String,
        bytes: usize,
    },
    /// The agent runs as it was deployed from now on: its version, the hash of `connections.toml`,
    /// and the models that the bindings name.
    Deployed {
        version: String,
        connections: String,
        models: Vec<String>,
    },
    /// The owner took a copy of the log. It is the last record of the copy, so that a cut shows.
    Exported,
    /// The owner began to take a copy of everything, for this recipient.
    ExportBegun { recipient: String },
    /// All rows came from a copy that was taken at that instant, in milliseconds.
    Restored {
        exported_at: i64,
        rows: i64,
        tokens_dropped: usize,
        unknown: usize,
    },
    /// What was old or beyond its limit was removed.
    Compacted {
        turns: usize,
        conversations: usize,
        handles: usize,
        approvals: usize,
    },
    /// Records up to this one were removed for their age. The first that is left follows this hash.
    RolledUp { upto: i64, hash: String },
}

/// The entries of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// The hash of the record before.
    pub prev: String,
    /// The hash of this one.
    pub hash: String,
}

/// Makes the record that follows `prev`.
pub fn link(seq: i64, at: Timestamp, entries: Vec<Entry>, prev: String) -> Record {
    let hash = hash(seq, at, &entries, &prev);
    Record {
        seq,
        at,
        entries,
        prev,
        hash,
    }
}

/// Whether a record is what its hash says and follows `prev`.
pub fn follows(record: &Record, seq: i64, prev: &str) -> bool {
    record.seq == seq
        && record.prev == prev
        && record.hash == hash(record.seq, record.at, &record.entries, &record.prev)
}

fn hash(seq: i64, at: Timestamp, entries: &[Entry], prev: &str) -> String {
    let body = serde_json::json!({"seq": seq, "at": at, "entries": entries, "prev": prev});
    hex(&Sha256::digest(body.to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_breaks_the_chain() {
        let entry = Entry::Setting {
            name: "zone".into(),
            value: "Europe/Paris".into(),
        };
        let first = link(
            1,
            Timestamp::from_millis(5),
            vec![entry],
            GENESIS.to_owned(),
        );
        let second = link(2, Timestamp::from_millis(6), vec![], first.hash.clone());
        assert!(follows(&first, 1, GENESIS) && follows(&second, 2, &first.hash));
        let mut changed = first.clone();
        changed.at = Timestamp::from_millis(4);
        assert!(!follows(&changed, 1, GENESIS));
        assert!(!follows(&second, 1, GENESIS));
        assert!(!follows(&second, 2, GENESIS));
    }
}
