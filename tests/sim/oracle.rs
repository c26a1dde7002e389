//! What must hold after an episode, read from the rows and from what happened outside.

use crate::episode::Played;
use sclerite::agent::turn::{Cause, Progress, Turn};
use sclerite::audit::{Entry, GENESIS, Record, follows};
use sclerite::store::failures::{self, Failure};
use sclerite::store::turns::{self, Status};
use sclerite::store::{audit, documents};
use std::collections::{BTreeMap, BTreeSet};

/// What an episode came to.
#[derive(Default)]
pub struct Found {
    pub turns: u64,
    pub crashes: u64,
    pub effects: u64,
    pub unknown_reported: u64,
    pub repeats: u64,
    pub given_up: u64,
    pub lost: u64,
    pub doubled: u64,
    pub without_decision: u64,
    pub chain_ok: bool,
    /// What is wrong, for people.
    pub notes: Vec<String>,
}

impl Found {
    pub fn is_fine(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.without_decision == 0 && self.chain_ok
    }

    pub fn add(&mut self, other: &Self) {
        self.turns += other.turns;
        self.crashes += other.crashes;
        self.effects += other.effects;
        self.unknown_reported += other.unknown_reported;
        self.repeats += other.repeats;
        self.given_up += other.given_up;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.without_decision += other.without_decision;
        self.chain_ok = self.chain_ok && other.chain_ok;
    }

    fn lost(&mut self, note: &str) {
        self.lost += 1;
        self.notes.push(format!("lost: {note}"));
    }

    fn doubled(&mut self, note: &str) {
        self.doubled += 1;
        self.notes.push(format!("doubled: {note}"));
    }
}

/// The chain, whole.
fn records(played: &Played) -> Vec<Record> {
    let mut all = Vec::new();
    loop {
        let last = all.last().map_or(0, |record: &Record| record.seq);
        let page = audit::after(played.process.store(), last, 500).unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

pub fn look(played: &Played) -> Found {
    let store = played.process.store();
    let records = records(played);
    let mut found = Found {
        crashes: played.crashes,
        chain_ok: true,
        ..Found::default()
    };
    let mut prev = GENESIS.to_owned();
    for (n, record) in records.iter().enumerate() {
        let seq = i64::try_from(n).unwrap() + 1;
        found.chain_ok = found.chain_ok && follows(record, seq, &prev);
        prev.clone_from(&record.hash);
    }
    if !played.rests {
        found.lost("it never comes to rest");
    }
    let all: Vec<Turn> = turns::latest(store, 100_000)
        .unwrap()
        .into_iter()
        .map(|row| played.process.turn(row.seq))
        .collect();
    found.turns = u64::try_from(all.len()).unwrap();
    accepted(played, &all, &mut found);
    told(played, &all, &records, &mut found);
    effects(played, &all, &records, &mut found);
    notes_and_reminders(played, &all, &mut found);
    found
}

/// No accepted message is lost, and each is one turn that ends.
fn accepted(played: &Played, all: &[Turn], found: &mut Found) {
    let seqs: BTreeSet<i64> = all.iter().map(|turn| turn.seq).collect();
    for sent in &played.accepted {
        let id = sent.inbound.delivery.as_str();
        match sent.turn {
            Some(seq) if seqs.contains(&seq) => {}
            Some(_) | None => found.lost(&format!("no turn for {id}")),
        }
    }
    for turn in all {
        match turn.status {
            Status::Done | Status::Cancelled => {}
            Status::Failed => {
                found.given_up += 1;
                let says = |said: &sclerite::agent::turn::Said| {
                    said.message
                        .plain(turn.locale)
                        .contains("it stopped me several times")
                };
                if turn.messages.iter().any(says) && !failed(played, turn.seq, Failure::GivenUp) {
                    found.lost(&format!("{} was given up without a reason", turn.id));
                }
            }
            Status::Queued | Status::Running | Status::Waiting => {
                found.lost(&format!("{} is {:?} for ever", turn.id, turn.status));
            }
        }
    }
    let deliveries: BTreeMap<&str, BTreeSet<i64>> =
        played
            .accepted
            .iter()
            .fold(BTreeMap::new(), |mut map, sent| {
                let seqs: &mut BTreeSet<i64> =
                    map.entry(sent.inbound.delivery.as_str()).or_default();
                seqs.extend(sent.turn);
                map
            });
    for (id, seqs) in deliveries {
        if seqs.len() > 1 {
            found.doubled(&format!("{id} became {} turns", seqs.len()));
        }
    }
}

/// Every message to the owner arrives, and a second time only as a marked repeat.
fn told(played: &Played, all: &[Turn], records: &[Record], found: &mut Found) {
    let held: BTreeSet<i64> = played
        .accepted
        .iter()
        .filter(|it| it.held)
        .filter_map(|it| it.turn)
        .collect();
    let failures = failures::latest(played.process.store(), 1_000).unwrap();
    let entries = records.iter().flat_map(|record| &record.entries);
    let logged: BTreeSet<&str> = entries
        .filter_map(|entry| match entry {
            Entry::Told { turn, outcome, .. } if outcome != "delivered" => Some(turn.as_str()),
            _ => None,
        })
        .collect();
    for turn in all.iter().filter(|turn| turn.channel == "generic") {
        let guest = matches!(turn.cause, Cause::Guest { .. });
        let mut wanted: BTreeMap<String, usize> = BTreeMap::new();
        for said in &turn.messages {
            *wanted.entry(said.message.plain(turn.locale)).or_default() += 1;
        }
        for (text, times) in wanted {
            let here =
                |told: &&crate::outside::Told| told.turn == turn.id.as_str() && told.text == text;
            let arrived: Vec<_> = played.process.outside.told.iter().filter(here).collect();
            let unmarked = arrived.iter().filter(|told| !told.repeated).count();
            found.repeats += u64::try_from(arrived.len() - unmarked).unwrap();
            if unmarked > times || arrived.len() > 2 * times {
                let held = held.contains(&turn.seq);
                found.doubled(&format!(
                    "{} told {unmarked} times and {} marked (held {held}): {text}",
                    turn.id,
                    arrived.len() - unmarked
                ));
            }
            let listed = failures.iter().any(|row| {
                row.turn == turn.seq && matches!(row.failure, Failure::Untold | Failure::GivenUp)
            });
            // The owner's list has nothing of strangers' answers; the log has.
            let known = listed || guest && logged.contains(turn.id.as_str());
            if arrived.is_empty() && !known && !held.contains(&turn.seq) {
                found.lost(&format!("{} did not arrive: {text}", turn.id));
            }
        }
    }
}

/// Effects at the service: at most once, and decided.
fn effects(played: &Played, all: &[Turn], records: &[Record], found: &mut Found) {
    let outside = &played.process.outside;
    found.effects = u64::try_from(outside.done.len()).unwrap();
    for (mark, times) in &outside.done {
        if *times > 1 {
            found.doubled(&format!("{mark} was done {times} times"));
        }
    }
    let mut allowed: BTreeMap<(String, String), usize> = BTreeMap::new();
    for entry in records.iter().flat_map(|record| &record.entries) {
        if let Entry::Decided {
            turn,
            tool,
            decision,
            ..
        } = entry
            && matches!(decision.as_str(), "allow" | "approved")
        {
            *allowed.entry((turn.clone(), tool.clone())).or_default() += 1;
        }
    }
    let mut carried: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (seq, tool) in outside.by.values() {
        let turn = played.process.turn(*seq);
        *carried
            .entry((turn.id.to_string(), tool.clone()))
            .or_default() += 1;
    }
    for (key, times) in carried {
        if allowed.get(&key).copied().unwrap_or(0) < times {
            found.without_decision += 1;
            found.notes.push(format!("without a decision: {key:?}"));
        }
    }
    as_said(played, all, found);
}

/// What became of each effect is what its turn says.
fn as_said(played: &Played, all: &[Turn], found: &mut Found) {
    let outside = &played.process.outside;
    let failures = failures::latest(played.process.store(), 1_000).unwrap();
    for turn in all {
        let mut unsure = 0;
        for record in &turn.calls {
            let mark = match record.call.tool.as_str() {
                "desk_send_file" => record.call.args["note"].as_str(),
                "desk_put_file" => record.call.args["name"].as_str(),
                _ => continue,
            };
            let mark = mark.unwrap_or_default();
            let times = outside.done.get(mark).copied().unwrap_or(0);
            match record.status {
                Progress::Done if times == 0 => found.lost(&format!("{mark} was said to be done")),
                Progress::Denied if times > 0 => {
                    found.without_decision += 1;
                    found
                        .notes
                        .push(format!("{mark} was done though it was denied"));
                }
                Progress::Failed if times > 0 && record.call.tool == "desk_send_file" => {
                    unsure += 1;
                }
                Progress::Done
                | Progress::Denied
                | Progress::Failed
                | Progress::Pending
                | Progress::Waiting
                | Progress::Held
                | Progress::Deferred
                | Progress::Gathering => {}
            }
        }
        let reported =
            |row: &&failures::FailureRow| row.turn == turn.seq && row.failure == Failure::Unknown;
        let reported = failures.iter().filter(reported).count();
        found.unknown_reported += u64::try_from(reported).unwrap();
        if unsure > reported {
            found.lost(&format!(
                "{} does not say that {unsure} things may have happened",
                turn.id
            ));
        }
    }
}

/// Notes and reminders: one for each call that went well.
fn notes_and_reminders(played: &Played, all: &[Turn], found: &mut Found) {
    let space = documents::Space::of(played.process.store(), "notes");
    let notes =
        sclerite::tool::Documents::list(&space, "note", i64::MIN, i64::MAX, 100_000).unwrap();
    for turn in all {
        for record in &turn.calls {
            let Some(mark) = record.call.args["text"].as_str() else {
                continue;
            };
            // `mark1` is the beginning of `mark10`.
            let whole = format!("{mark}\"");
            let times = match record.call.tool.as_str() {
                "notes_add" => notes
                    .iter()
                    .filter(|note| note.body.to_string().contains(&whole))
                    .count(),
                "remind" => all.iter().filter(|other| reminds(other, mark)).count(),
                _ => continue,
            };
            let wanted = usize::from(record.status == Progress::Done);
            if times > wanted {
                found.doubled(&format!("{mark} is there {times} times, wanted {wanted}"));
            } else if times < wanted {
                found.lost(&format!("{mark} is not there"));
            }
        }
    }
}

fn reminds(turn: &Turn, mark: &str) -> bool {
    // What is also kept in the console, since it may not have arrived, is a copy without a receipt.
    let (Cause::Notice { message }, Some(_)) = (&turn.cause, &turn.receipt) else {
        return false;
    };
    let words = message.plain(turn.locale);
    words
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| word == mark)
}

fn failed(played: &Played, turn: i64, failure: Failure) -> bool {
    let rows = failures::latest(played.process.store(), 1_000).unwrap();
    rows.iter()
        .any(|row| row.turn == turn && row.failure == failure)
}
