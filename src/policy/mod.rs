//! What may happen: `decide` turns an intent into Allow, Ask or Deny.
//!
//! It is a pure function of the intent, the labels in it, the circumstances and the rules; it does
//! no I/O and reads no clock. Deny beats Ask beats Allow, and what no rule speaks of is denied.
//! Only this file makes a [`Permit`], so nothing can be sent that was not decided here.

pub mod rules;

use crate::label::{Integrity, Readers};
pub use crate::tool::Circumstances;
use crate::tool::{ArgRole, ArgType, Audience, Call, Wording};
use crate::value::{Item, Value};
use rules::{Rule, Scope, Verdict, When};

/// Something that is about to happen.
#[derive(Debug)]
pub enum Intent<'a> {
    /// A tool call of the planner.
    Tool(&'a Call),
    /// The planner is to be asked; what leaves is trusted text and descriptions of handles.
    AskPlanner,
    /// The quarantined model is to be asked; what leaves is one set of values.
    AskQuarantined,
    /// Something is to be told to the owner in a conversation of theirs.
    TellOwner,
    /// A service is to be told that nobody waits for its answer any more.
    CancelRequest,
}

/// The outcome.
#[derive(Debug)]
pub enum Decision {
    /// It may happen now, for this reason.
    Allow(Permit, Reason),
    /// The owner must be asked.
    Ask(Reason),
    /// It must not happen.
    Deny(Reason),
}

/// Proof that policy, or policy and the owner, said yes. Only this module makes one.
#[derive(Debug)]
pub struct Permit {
    _sealed: (),
}

mod reason;

pub use reason::Reason;

/// The names of default rules that this deployment leaves out, from `connections.toml`.
fn left_out() -> &'static [&'static str] {
    LEFT_OUT
}

include!(concat!(env!("OUT_DIR"), "/policy.rs"));

/// How many calls of one tool may happen unasked in a turn.
pub fn bulk_limit() -> usize {
    BULK
}

/// Decides by the rules of this deployment.
pub fn decide(intent: &Intent<'_>, now: Circumstances) -> Decision {
    let kept = rules::DEFAULT
        .iter()
        .filter(|rule| !left_out().contains(&rule.name));
    let more = rules::ADDITIONAL
        .iter()
        .filter(|rule| ADDED.contains(&rule.name));
    decide_by(kept.chain(more), intent, now)
}

/// Decides by given rules: the strictest of those that match, or Deny if none does.
pub fn decide_by<'r>(
    rules: impl IntoIterator<Item = &'r Rule>,
    intent: &Intent<'_>,
    now: Circumstances,
) -> Decision {
    let matching = rules
        .into_iter()
        .filter(|rule| concerns(rule.scope, intent) && applies(rule.when, intent, now));
    // Of equally strict rules the first gives the reason.
    let strictest = matching.reduce(|best, rule| {
        if rule.verdict > best.verdict {
            rule
        } else {
            best
        }
    });
    match strictest.map(|rule| (rule.verdict, rule.reason)) {
        Some((Verdict::Allow, reason)) => Decision::Allow(Permit { _sealed: () }, reason),
        Some((Verdict::Ask, reason)) => Decision::Ask(reason),
        Some((Verdict::Deny, reason)) => Decision::Deny(reason),
        None => Decision::Deny(Reason::NoRule),
    }
}

/// Turns an Ask into a permit for an approval that was redeemed for exactly this call.
///
/// A Deny stays a Deny: no approval overrides it.
pub fn confirm(decision: Decision, _approved: crate::approval::Approved) -> Result<Permit, Reason> {
    match decision {
        Decision::Allow(permit, _) => Ok(permit),
        Decision::Ask(_) => Ok(Permit { _sealed: () }),
        Decision::Deny(reason) => Err(reason),
    }
}

fn concerns(scope: Scope, intent: &Intent<'_>) -> bool {
    match (scope, intent) {
        (Scope::Tools(effects), Intent::Tool(call)) => effects.contains(&call.spec.weight()),
        (Scope::WithinTheAgent, Intent::Tool(_))
        | (
            Scope::Tools(_),
            Intent::AskPlanner | Intent::AskQuarantined | Intent::TellOwner | Intent::CancelRequest,
        ) => false,
        (
            Scope::WithinTheAgent,
            Intent::AskPlanner | Intent::AskQuarantined | Intent::TellOwner | Intent::CancelRequest,
        ) => true,
        // A stopped agent may still say that it is stopped, one without money that it has none, and
        // both end what they began.
        (Scope::Everything, intent) => !matches!(intent, Intent::TellOwner | Intent::CancelRequest),
    }
}

fn applies(when: When, intent: &Intent<'_>, now: Circumstances) -> bool {
    let call = match intent {
        Intent::Tool(call) => Some(*call),
        Intent::AskPlanner | Intent::AskQuarantined | Intent::TellOwner | Intent::CancelRequest => {
            None
        }
    };
    match when {
        When::Always => true,
        When::Stopped => now.stopped,
        When::OverBudget => now.over_budget,
        When::Steered => call.is_some_and(is_steered),
        When::Chosen => call.is_some_and(|call| call.args.values().any(|arg| arg.chosen)),
        When::Leaks => call.is_some_and(leaks),
        When::NotCovered => !now.covered,
        When::Improvised => now.exposed && !now.announced && !call.is_none_or(is_grounded),
        When::Unannounced => now.tainted && !now.announced,
        When::Influenced => now.tainted || call.is_some_and(is_picked),
        When::InBulk => now.in_bulk,
    }
}

/// Whether whom or what a call hits rests on something that cannot be relied on.
fn is_steered(call: &Call) -> bool {
    let mut controls = call
        .args
        .values()
        .filter(|argument| argument.spec.role == ArgRole::Control);
    controls.any(|argument| !argument.known && argument.is_steered())
}

/// Whether untrusted text had a say in which thing a call hits.
fn is_picked(call: &Call) -> bool {
    let mut arguments = call.args.values();
    arguments.any(|argument| argument.item.any_label(&|label| label.selected))
}

/// Whether the owner's words account for a call: the planner wrote out something of theirs and
/// nothing of its own.
fn is_grounded(call: &Call) -> bool {
    let wordings = call.args.values().map(|argument| argument.wording);
    wordings.max() == Some(Wording::Owner)
}

/// Whether somebody learns content who may not read it and whom the owner did not name.
fn leaks(call: &Call) -> bool {
    let others = match &call.audience {
        Audience::Nobody | Audience::Everyone { named: true } => return false,
        Audience::Everyone { named: false } => Others::Everyone,
        Audience::People(people) => {
            let unnamed = people.iter().filter(|(_, named)| !**named);
            Others::People(unnamed.map(|(identity, _)| identity.as_str()).collect())
        }
    };
    let around = Around {
        own: true,
        readable: true,
    };
    call.args.values().any(|argument| {
        let carried = match (argument.spec.role, argument.spec.holds) {
            // A JSON value that is handed on, such as an attachment, carries what is in it.
            (ArgRole::Content, _) | (ArgRole::Control, ArgType::Anything) => true,
            (ArgRole::Control | ArgRole::Inert, _) => false,
        };
        carried && tells_more(&argument.item, around, &others)
    })
}

/// Those who learn what a call carries and whom the owner did not name.
enum Others<'a> {
    Everyone,
    People(Vec<&'a str>),
}

impl Others<'_> {
    fn may_read(&self, readers: &Readers) -> bool {
        match (readers, self) {
            (Readers::Everyone, _) => true,
            (Readers::Only(_), Self::Everyone) => false,
            (Readers::Only(known), Self::People(people)) => {
                people.iter().all(|identity| known.contains(*identity))
            }
        }
    }
}

/// What holds for everything around a value.
#[derive(Clone, Copy)]
struct Around {
    /// It is all the owner's own words, which have no source and go where the owner sends them.
    own: bool,
    /// Those who learn it may read it all. Whoever may read both of two may read each of them, so
    /// readers need not be joined to ask this.
    readable: bool,
}

/// Whether a value has a part that one of the others may not read.
fn tells_more(item: &Item, around: Around, others: &Others<'_>) -> bool {
    let label = item.label();
    let here = Around {
        own: around.own && label.integrity == Integrity::Owner && label.sources.is_empty(),
        readable: around.readable && others.may_read(&label.readers),
    };
    match item.peek() {
        Value::List(items) => items.iter().any(|item| tells_more(item, here, others)),
        Value::Record(fields) => fields.values().any(|item| tells_more(item, here, others)),
        Value::Null => false,
        Value::Bool(_) | Value::Int(_) | Value::Number(_) | Value::Text(_) | Value::Time(_) => {
            !here.own && !here.readable
        }
    }
}

#[cfg(test)]
mod tests;
