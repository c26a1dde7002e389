//! Which calls must wait for earlier ones that they do not refer to.
//!
//! What a turn changes at one service happens in the order in which the planner wrote it, and what
//! is read there after a change sees it. A call that waits for the owner holds up only those that
//! are about the same: whoever is to be invited is not written to before.

use super::super::record::{CallRecord, Progress};
use super::super::state::Turn;
use crate::agent::planner::{self, Found};
use crate::tool::{ArgRole, Call};
use crate::value::{Item, Value};
use std::collections::BTreeSet;

/// Whom or what a call hits, in lower case.
pub(super) fn hits(call: &Call) -> BTreeSet<String> {
    fn collect(item: &Item, into: &mut BTreeSet<String>) {
        match item.peek() {
            Value::Text(text) => {
                into.insert(text.trim().to_lowercase());
            }
            Value::List(items) => items.iter().for_each(|item| collect(item, into)),
            Value::Record(fields) => fields.values().for_each(|item| collect(item, into)),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Number(_) | Value::Time(_) => {}
        }
    }
    let mut hits = BTreeSet::new();
    for argument in call.args.values() {
        if argument.spec.role == ArgRole::Control {
            collect(&argument.item, &mut hits);
        }
    }
    hits
}

/// Whether the call at a place must wait for one before it.
pub(super) fn must_wait(turn: &Turn, at: usize, record: &CallRecord) -> bool {
    before(turn, at, record).next().is_some()
}

/// The earlier calls that a call must wait for, with their places.
pub(super) fn before<'t>(
    turn: &'t Turn,
    at: usize,
    record: &'t CallRecord,
) -> impl Iterator<Item = (usize, &'t CallRecord)> {
    let own = service(record);
    let earlier = turn.calls.iter().enumerate().take(at);
    earlier.filter(move |(_, earlier)| {
        let changes = match planner::find(&earlier.call.tool) {
            Some(Found::Works(_, spec)) => planner::is_effectful(spec),
            Some(Found::Speaks(_) | Found::Announces | Found::Repeats | Found::Reads(_)) | None => {
                false
            }
        };
        let open = match earlier.status {
            Progress::Pending | Progress::Deferred => true,
            Progress::Waiting | Progress::Held => !earlier.hits.is_disjoint(&record.hits),
            Progress::Gathering | Progress::Done | Progress::Failed | Progress::Denied => false,
        };
        changes && open && own.is_some() && service(earlier) == own
    })
}

/// The service that a call is about.
fn service(record: &CallRecord) -> Option<&'static str> {
    match planner::find(&record.call.tool)? {
        Found::Works(connector, _) => Some(connector.name()),
        Found::Speaks(_) | Found::Announces | Found::Repeats | Found::Reads(_) => None,
    }
}
