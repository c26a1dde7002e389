//! The rules, as data.
//!
//! Order does not matter: the strictest rule that matches decides. A new rule can therefore only
//! be added to forbid more, or to allow what no rule speaks of yet.

use super::{Reason, tool};
use crate::tool::{EffectClass, Reach};

/// How strict a rule is; the order is the order of strictness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It may happen.
    Allow,
    /// The owner must be asked.
    Ask,
    /// It must not happen.
    Deny,
}

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Tool calls of an effect class, with any reach or one.
    Tool(EffectClass, Option<Reach>),
    /// Asking the planner and speaking to the owner.
    WithinTheAgent,
    /// Everything while the stop switch is on, except speaking to the owner.
    WhenStopped,
}

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What it is about.
    pub scope: Scope,
    /// What it says.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
}

const fn rule(scope: Scope, verdict: Verdict, reason: Reason) -> Rule {
    Rule {
        scope,
        verdict,
        reason,
    }
}

/// The rules of a deployment that sets none of its own.
pub const DEFAULT: &[Rule] = &[
    rule(
        tool(EffectClass::Read, None),
        Verdict::Allow,
        Reason::OnlyReads,
    ),
    rule(
        tool(EffectClass::Draft, None),
        Verdict::Allow,
        Reason::OnlyDrafts,
    ),
    rule(
        tool(EffectClass::Write, Some(Reach::Inside)),
        Verdict::Allow,
        Reason::OwnStorage,
    ),
    rule(
        tool(EffectClass::Write, Some(Reach::Outside)),
        Verdict::Ask,
        Reason::ChangesOutside,
    ),
    rule(
        tool(EffectClass::Send, None),
        Verdict::Ask,
        Reason::OthersSeeIt,
    ),
    rule(tool(EffectClass::Delete, None), Verdict::Ask, Reason::Grave),
    rule(tool(EffectClass::Pay, None), Verdict::Ask, Reason::Grave),
    rule(tool(EffectClass::Admin, None), Verdict::Ask, Reason::Grave),
    rule(
        Scope::WithinTheAgent,
        Verdict::Allow,
        Reason::WithinTheAgent,
    ),
    rule(Scope::WhenStopped, Verdict::Deny, Reason::Stopped),
];
