//! One call of a turn, and what becomes of it.

use crate::agent::planner;
use crate::id::ApprovalId;
use crate::policy::{Circumstances, Reason};
use crate::time::Timestamp;
use crate::tool::{Kind, ToolCall, ToolError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// It runs.
    Pending,
    /// The owner is asked.
    Waiting,
    /// It may happen, and does in a moment: the owner can still call it off.
    Held,
    /// It needs the result of a call that is not settled.
    Deferred,
    /// Its calls, one for each item of a list, are at work.
    Gathering,
    /// It ran.
    Done,
    /// It ran and did not work, or it was malformed.
    Failed,
    /// Policy or the owner said no.
    Denied,
}

/// One call of the planner and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The call as it was written.
    pub call: ToolCall,
    /// Its number in the conversation, which its handle bears.
    pub number: u64,
    /// `allow`, `ask` or `deny`; empty for a call that could not be read.
    pub decision: String,
    /// The reason's code.
    pub reason: String,
    /// How far it is.
    pub status: Progress,
    /// The integrity of each argument.
    pub labels: BTreeMap<String, String>,
    /// The approval it waits for or ran with.
    pub approval: Option<ApprovalId>,
    /// What the planner is told.
    pub result: Option<String>,
    /// What its result is, as far as its contract says.
    pub kind: Option<Kind>,
    /// What held for it when it was planned.
    pub facts: Circumstances,
    /// The call that it is a part of, by its place.
    pub parent: Option<usize>,
    /// Whom or what it hits, in lower case; later calls about the same come after it.
    #[serde(default)]
    pub hits: BTreeSet<String>,
    /// Whether the owner said yes to it.
    #[serde(default)]
    pub approved: bool,
    /// The standing rule that it ran under, which it counts for once.
    #[serde(default)]
    pub covered_by: Option<i64>,
    /// How many bits of others' text its result tells the planner.
    pub bits: u32,
    /// How often it was begun anew because an answer was lost.
    #[serde(default)]
    pub retries: u32,
    /// Until when it is held, so that the owner can still call it off; `None` if it was not held.
    #[serde(default)]
    pub held_until: Option<Timestamp>,
}

/// A call that the planner announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// The tool.
    pub tool: String,
    /// Its arguments; `"$"` stands where a handle will be.
    pub args: serde_json::Value,
}

impl CallRecord {
    pub(super) fn new(call: ToolCall, number: u64) -> Self {
        Self {
            call,
            number,
            decision: String::new(),
            reason: String::new(),
            status: Progress::Pending,
            labels: BTreeMap::new(),
            approval: None,
            result: None,
            kind: None,
            facts: Circumstances::default(),
            parent: None,
            hits: BTreeSet::new(),
            approved: false,
            covered_by: None,
            bits: 0,
            retries: 0,
            held_until: None,
        }
    }

    /// Whether its result is still to come.
    pub fn is_open(&self) -> bool {
        matches!(
            self.status,
            Progress::Pending
                | Progress::Waiting
                | Progress::Held
                | Progress::Deferred
                | Progress::Gathering
        )
    }

    /// Whether the owner can still call it off.
    pub fn is_held(&self) -> bool {
        self.status == Progress::Held
    }

    /// Whether untrusted bits may stand in what the planner wrote into it.
    pub fn is_tainted(&self) -> bool {
        self.facts.tainted && !self.facts.announced
    }

    pub(super) fn decide(&mut self, decision: &str, reason: Reason) {
        decision.clone_into(&mut self.decision);
        reason.code().clone_into(&mut self.reason);
    }

    pub(super) fn finish(&mut self, result: String) {
        self.status = Progress::Done;
        self.result.get_or_insert(result);
    }

    pub(super) fn fail(&mut self, error: &ToolError) {
        let refused = matches!(error, ToolError::Refused);
        self.status = if refused {
            Progress::Denied
        } else {
            Progress::Failed
        };
        if self.result.is_none() {
            // Whether an extraction can be had, and why not, is told and depends on what is read.
            let extracts = self.call.tool == "extract";
            self.bits = u32::from(match error {
                ToolError::Unavailable | ToolError::Unknown => true,
                ToolError::Invalid { .. } => false,
                ToolError::Auth
                | ToolError::Offline
                | ToolError::Rate
                | ToolError::Refused
                | ToolError::NoZone => extracts,
            });
            self.result = Some(planner::error_text(error));
        }
    }
}
