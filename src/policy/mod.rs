//! What may happen: `decide` turns an intent into Allow, Ask or Deny.
//!
//! It is a pure function of the intent, the labels in it, the circumstances and the rules; it does
//! no I/O and reads no clock. Deny beats Ask beats Allow, and what no rule speaks of is denied.
//! Only this file makes a [`Permit`], so nothing can be sent that was not decided here.

pub mod rules;

use crate::label::{Integrity, Label, Readers};
pub use crate::tool::Circumstances;
use crate::tool::{ArgRole, ArgType, Audience, Call};
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
    decide_by(kept, intent, now)
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
        // A stopped agent may still say that it is stopped, and end what it began.
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
        When::Steered => call.is_some_and(is_steered),
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
    controls.any(|argument| {
        !argument.known && argument.control_label().integrity == Integrity::Untrusted
    })
}

/// Whether untrusted text had a say in which thing a call hits.
fn is_picked(call: &Call) -> bool {
    call.args
        .values()
        .any(|argument| argument.item.total_label().selected)
}

/// Whether the owner said every word that the planner wrote into a call.
fn is_grounded(call: &Call) -> bool {
    call.args.values().all(|argument| argument.grounded)
}

/// Whether somebody learns content who may not read it and whom the owner did not name.
fn leaks(call: &Call) -> bool {
    call.args.values().any(|argument| {
        let carried = match (argument.spec.role, argument.spec.holds) {
            // A JSON value that is handed on, such as an attachment, carries what is in it.
            (ArgRole::Content, _) | (ArgRole::Control, ArgType::Anything) => true,
            (ArgRole::Control | ArgRole::Inert, _) => false,
        };
        carried && tells_more(&argument.item, argument.item.label(), &call.audience)
    })
}

/// Whether a value has a part that somebody of the audience may not read. The owner's own words
/// have no source, and go where the owner sends them.
fn tells_more(item: &Item, around: &Label, audience: &Audience) -> bool {
    let label = around.join(item.label());
    match item.peek() {
        Value::List(items) => items.iter().any(|item| tells_more(item, &label, audience)),
        Value::Record(fields) => fields
            .values()
            .any(|item| tells_more(item, &label, audience)),
        Value::Null => false,
        Value::Bool(_) | Value::Int(_) | Value::Number(_) | Value::Text(_) | Value::Time(_) => {
            let own = label.integrity == Integrity::Owner && label.sources.is_empty();
            !own && !may_read(&label.readers, audience)
        }
    }
}

fn may_read(readers: &Readers, audience: &Audience) -> bool {
    match (readers, audience) {
        (_, Audience::Nobody) | (Readers::Everyone, _) => true,
        (Readers::Only(_), Audience::Everyone { named }) => *named,
        (Readers::Only(known), Audience::People(people)) => people
            .iter()
            .all(|(identity, named)| *named || known.contains(identity)),
    }
}

#[cfg(test)]
mod tests;
