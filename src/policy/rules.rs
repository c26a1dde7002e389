//! The rules, as data.
//!
//! Order does not matter: the strictest rule that matches decides. Each rule has a name, by which
//! `connections.toml` can leave out those that [`OPTIONAL`] lists; none can be added at run time.

use super::Reason;
use crate::tool::EffectClass;

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
    /// Tool calls that weigh so.
    Tools(&'static [EffectClass]),
    /// Asking a model and speaking to the owner.
    WithinTheAgent,
    /// Everything, except speaking to the owner.
    Everything,
}

/// When a rule applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// The stop switch is on.
    Stopped,
    /// It would go over a limit of what may be spent.
    OverBudget,
    /// Whom or what it hits is neither trusted nor a member of a set that the owner curates.
    Steered,
    /// Others' text chose whom or what it hits, and the owner did not name that.
    Chosen,
    /// It shows content to somebody who may not read it, and the owner did not name them.
    Leaks,
    /// No standing rule of the owner's covers it.
    NotCovered,
    /// The owner's words do not account for it, it was not announced, and untrusted text was read.
    Improvised,
    /// Untrusted bits have reached the planner, and it did not announce this before.
    Unannounced,
    /// Untrusted text chose the thing it hits, or whether it happens at all.
    Influenced,
    /// There are more effects like it in this turn than one may do unasked.
    InBulk,
}

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name; several rules may share one.
    pub name: &'static str,
    /// What it is about.
    pub scope: Scope,
    /// When it applies.
    pub when: When,
    /// What it says.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
}

const fn allow(name: &'static str, scope: Scope, reason: Reason) -> Rule {
    Rule {
        name,
        scope,
        when: When::Always,
        verdict: Verdict::Allow,
        reason,
    }
}

const fn ask(name: &'static str, scope: Scope, when: When, reason: Reason) -> Rule {
    Rule {
        name,
        scope,
        when,
        verdict: Verdict::Ask,
        reason,
    }
}

const fn deny(name: &'static str, scope: Scope, when: When, reason: Reason) -> Rule {
    Rule {
        verdict: Verdict::Deny,
        ..ask(name, scope, when, reason)
    }
}

/// What a deployment may leave out, by name.
pub const OPTIONAL: &[&str] = &["pay", "delete", "admin", "readers", "chosen"];

/// What a deployment may add, by name: rules that only ask more.
pub const ADDITIONAL: &[Rule] = &[ask(
    "sends",
    Scope::Tools(&[Send]),
    When::Always,
    Reason::EachShown,
)];

use EffectClass::{Admin, Delete, Draft, Pay, Read, Send, Write};

/// What changes something or tells somebody.
const EFFECTFUL: Scope = Scope::Tools(&[Write, Send, Delete, Pay, Admin]);

/// The rules of a deployment that leaves none out.
pub const DEFAULT: &[Rule] = &[
    allow("read", Scope::Tools(&[Read]), Reason::OnlyReads),
    allow("draft", Scope::Tools(&[Draft]), Reason::OnlyDrafts),
    allow("write", Scope::Tools(&[Write]), Reason::OwnData),
    allow("send", Scope::Tools(&[Send]), Reason::AsYouSaid),
    allow(
        "grave",
        Scope::Tools(&[Delete, Pay, Admin]),
        Reason::Covered,
    ),
    allow("within", Scope::WithinTheAgent, Reason::WithinTheAgent),
    ask(
        "control",
        EFFECTFUL,
        When::Steered,
        Reason::UntrustedControl,
    ),
    ask("chosen", EFFECTFUL, When::Chosen, Reason::ChosenByOthers),
    ask("readers", EFFECTFUL, When::Leaks, Reason::NewReaders),
    ask(
        "improvised",
        EFFECTFUL,
        When::Improvised,
        Reason::Improvised,
    ),
    ask(
        "plan",
        Scope::Tools(&[Write, Send]),
        When::Unannounced,
        Reason::NotAnnounced,
    ),
    deny(
        "plan",
        Scope::Tools(&[Delete, Pay, Admin]),
        When::Unannounced,
        Reason::NotAnnounced,
    ),
    ask("bulk", EFFECTFUL, When::InBulk, Reason::InBulk),
    ask("pay", Scope::Tools(&[Pay]), When::NotCovered, Reason::Grave),
    ask(
        "pay",
        Scope::Tools(&[Pay]),
        When::Influenced,
        Reason::Influenced,
    ),
    ask(
        "delete",
        Scope::Tools(&[Delete]),
        When::NotCovered,
        Reason::Grave,
    ),
    ask(
        "delete",
        Scope::Tools(&[Delete]),
        When::Influenced,
        Reason::Influenced,
    ),
    ask(
        "admin",
        Scope::Tools(&[Admin]),
        When::NotCovered,
        Reason::Grave,
    ),
    ask(
        "admin",
        Scope::Tools(&[Admin]),
        When::Influenced,
        Reason::Influenced,
    ),
    deny("stop", Scope::Everything, When::Stopped, Reason::Stopped),
    deny(
        "budget",
        Scope::Everything,
        When::OverBudget,
        Reason::OverBudget,
    ),
];
