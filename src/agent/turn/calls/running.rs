//! Which calls are at work, so that the planner should see what they leave behind.
//!
//! Calls wait for one another: for their inputs, for changes at the same service, a loop for the
//! calls of its items. All of it is looked at once; what waits for the owner is not at work, nor is
//! what waits for that.

use super::super::record::Progress;
use super::super::state::Turn;
use super::order;
use crate::agent::handles::names_in;

/// For each call of the turn whether it is at work.
pub(super) fn running(turn: &Turn) -> Vec<bool> {
    let mut at_work: Vec<bool> = turn
        .calls
        .iter()
        .map(|record| record.status == Progress::Pending)
        .collect();
    let mut waiting: Vec<(usize, Vec<usize>)> = (0..turn.calls.len())
        .map(|at| (at, waits_for(turn, at)))
        .filter(|(_, others)| !others.is_empty())
        .collect();
    loop {
        let before = waiting.len();
        waiting.retain(|(at, others)| {
            let works = others
                .iter()
                .any(|other| at_work.get(*other).copied().unwrap_or(false));
            if works && let Some(mine) = at_work.get_mut(*at) {
                *mine = true;
            }
            !works
        });
        if waiting.len() == before {
            return at_work;
        }
    }
}

/// The calls that one waits for, by their places.
fn waits_for(turn: &Turn, at: usize) -> Vec<usize> {
    let Some(record) = turn.calls.get(at) else {
        return Vec::new();
    };
    match record.status {
        Progress::Deferred => {
            let names = names_in(&record.call.args);
            let inputs = names.iter().filter_map(|name| turn.behind(name));
            let earlier = order::before(turn, at, record).map(|(place, _)| place);
            inputs.map(|(place, _)| place).chain(earlier).collect()
        }
        Progress::Gathering => {
            let numbered = turn.calls.iter().enumerate();
            let own = numbered.filter(|(_, child)| child.parent == Some(at));
            own.map(|(place, _)| place).collect()
        }
        Progress::Pending
        | Progress::Held
        | Progress::Waiting
        | Progress::Done
        | Progress::Failed
        | Progress::Denied => Vec::new(),
    }
}
