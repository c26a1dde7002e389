//! What may happen: `decide` turns an intent into Allow, Ask or Deny.
//!
//! It is a pure function of the intent, the labels in it, the circumstances and the rules; it does
//! no I/O and reads no clock. Deny beats Ask beats Allow, and what no rule speaks of is denied.
//! Only this file makes a [`Permit`], so nothing can be sent that was not decided here.

pub mod rules;

use crate::tool::{Call, EffectClass, Reach};
use rules::{Rule, Scope, Verdict};

/// Something that is about to happen.
#[derive(Debug)]
pub enum Intent<'a> {
    /// A tool call of the planner.
    Tool(&'a Call),
    /// The planner is to be asked; what leaves is trusted text and descriptions of handles.
    AskPlanner,
    /// Something is to be told to the owner in a conversation of theirs.
    TellOwner,
}

/// What holds for all intents at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Circumstances {
    /// The owner pressed stop.
    pub stopped: bool,
}

/// The outcome.
#[derive(Debug)]
pub enum Decision {
    /// It may happen now.
    Allow(Permit),
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

/// Why: a closed list, each with one sentence for the owner.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It changes nothing.
    OnlyReads,
    /// It prepares something that nobody sees.
    OnlyDrafts,
    /// It changes the agent's own storage and can be undone.
    OwnStorage,
    /// It speaks to the owner or asks the planner.
    WithinTheAgent,
    /// Others can see it.
    OthersSeeIt,
    /// It changes something outside.
    ChangesOutside,
    /// It cannot be undone, costs money or changes rights.
    Grave,
    /// The stop switch is on.
    Stopped,
    /// No rule speaks of it.
    NoRule,
    /// The approval is for another call, or for this one in another state.
    ApprovalDiffers,
    /// The owner said no.
    OwnerSaidNo,
}

impl Reason {
    /// One sentence for the owner, in English and French.
    pub fn sentence(self) -> (&'static str, &'static str) {
        match self {
            Self::OnlyReads => ("It only reads.", "Cela ne fait que lire."),
            Self::OnlyDrafts => (
                "It only prepares a draft.",
                "Cela ne prépare qu'un brouillon.",
            ),
            Self::OwnStorage => (
                "It changes only the agent's own storage and can be undone.",
                "Cela ne change que la mémoire de l'agent et peut être annulé.",
            ),
            Self::WithinTheAgent => ("It stays with you.", "Cela reste entre nous."),
            Self::OthersSeeIt => ("Others will see it.", "D'autres le verront."),
            Self::ChangesOutside => (
                "It changes something at an outside service.",
                "Cela change quelque chose dans un service extérieur.",
            ),
            Self::Grave => (
                "It cannot be undone, costs money or changes rights.",
                "C'est irréversible, payant ou cela change des droits.",
            ),
            Self::Stopped => ("The agent is stopped; /resume lets it go on.", {
                "L'agent est arrêté ; /resume le relance."
            }),
            Self::NoRule => ("No rule allows it.", "Aucune règle ne l'autorise."),
            Self::ApprovalDiffers => (
                "The approval is for a different call.",
                "L'approbation porte sur un autre appel.",
            ),
            Self::OwnerSaidNo => ("You said no.", "Vous avez dit non."),
        }
    }

    /// The stable word in logs and APIs.
    pub fn code(self) -> &'static str {
        match self {
            Self::OnlyReads => "only_reads",
            Self::OnlyDrafts => "only_drafts",
            Self::OwnStorage => "own_storage",
            Self::WithinTheAgent => "within_the_agent",
            Self::OthersSeeIt => "others_see_it",
            Self::ChangesOutside => "changes_outside",
            Self::Grave => "grave",
            Self::Stopped => "stopped",
            Self::NoRule => "no_rule",
            Self::ApprovalDiffers => "approval_differs",
            Self::OwnerSaidNo => "owner_said_no",
        }
    }
}

/// Decides by the rules of this deployment.
pub fn decide(intent: &Intent<'_>, circumstances: Circumstances) -> Decision {
    decide_by(rules::DEFAULT, intent, circumstances)
}

/// Decides by given rules: the strictest of those that match, or Deny if none does.
pub fn decide_by(rules: &[Rule], intent: &Intent<'_>, now: Circumstances) -> Decision {
    let strictest = rules
        .iter()
        .filter(|rule| covers(rule.scope, intent, now))
        .max_by_key(|rule| rule.verdict);
    match strictest.map(|rule| (rule.verdict, rule.reason)) {
        Some((Verdict::Allow, _)) => Decision::Allow(Permit { _sealed: () }),
        Some((Verdict::Ask, reason)) => Decision::Ask(reason),
        Some((Verdict::Deny, reason)) => Decision::Deny(reason),
        None => Decision::Deny(Reason::NoRule),
    }
}

/// The reason of the rule that allows an intent, for the record.
pub fn reason_for_allowing(intent: &Intent<'_>, now: Circumstances) -> Reason {
    let allowing = rules::DEFAULT
        .iter()
        .find(|rule| rule.verdict == Verdict::Allow && covers(rule.scope, intent, now));
    allowing.map_or(Reason::NoRule, |rule| rule.reason)
}

/// Turns an Ask into a permit for an approval that was redeemed for exactly this call.
///
/// A Deny stays a Deny: no approval overrides it.
pub fn confirm(decision: Decision, _approved: crate::approval::Approved) -> Result<Permit, Reason> {
    match decision {
        Decision::Allow(permit) => Ok(permit),
        Decision::Ask(_) => Ok(Permit { _sealed: () }),
        Decision::Deny(reason) => Err(reason),
    }
}

fn covers(scope: Scope, intent: &Intent<'_>, now: Circumstances) -> bool {
    match scope {
        Scope::Tool(effect, reach) => match intent {
            Intent::Tool(call) => {
                call.spec.effect == effect && reach.is_none_or(|r| call.spec.reach == r)
            }
            Intent::AskPlanner | Intent::TellOwner => false,
        },
        Scope::WithinTheAgent => matches!(intent, Intent::AskPlanner | Intent::TellOwner),
        // A stopped agent may still say that it is stopped, to its owner only.
        Scope::WhenStopped => now.stopped && !matches!(intent, Intent::TellOwner),
    }
}

/// What a rule can be about; kept beside `matches`, which must know every case.
pub(crate) const fn tool(effect: EffectClass, reach: Option<Reach>) -> Scope {
    Scope::Tool(effect, reach)
}

#[cfg(test)]
mod tests;
