//! What may happen: asked of every effect under every condition, and of sampled calls with labels.
//!
//! The universe of conditions is small, so it is enumerated; labels are sampled.

mod antitone;
mod changes;
mod readers;
mod reasons;
mod table;

use super::rules::{ADDITIONAL, DEFAULT, OPTIONAL, Rule, Scope, Verdict, When};
use super::*;
use crate::label::{Capacity, Label, Labeled};
use crate::tool::{ArgSpec, Argument, EffectClass, Kind, Origin, Reach, Sinks, ToolSpec, Wording};
use std::collections::BTreeMap;

const WEIGHTS: [EffectClass; 7] = [
    EffectClass::Read,
    EffectClass::Draft,
    EffectClass::Write,
    EffectClass::Send,
    EffectClass::Delete,
    EffectClass::Pay,
    EffectClass::Admin,
];

/// What is no tool call.
const WITHIN: [Intent<'static>; 4] = [
    Intent::AskPlanner,
    Intent::AskQuarantined,
    Intent::TellOwner,
    Intent::CancelRequest,
];

static ARGS: [ArgSpec; 6] = [
    arg("whom", ArgRole::Control, ArgType::Name("user")),
    arg("what", ArgRole::Content, ArgType::Text(1000)),
    arg("which", ArgRole::Control, ArgType::Object(Kind::Mail)),
    arg("rules", ArgRole::Control, ArgType::Anything),
    arg("page", ArgRole::Inert, ArgType::Text(1000)),
    arg("files", ArgRole::Content, ArgType::Anything),
];

static SPECS: [ToolSpec; 7] = [
    spec(EffectClass::Read),
    spec(EffectClass::Draft),
    spec(EffectClass::Write),
    spec(EffectClass::Send),
    spec(EffectClass::Delete),
    spec(EffectClass::Pay),
    spec(EffectClass::Admin),
];

const fn arg(name: &'static str, role: ArgRole, holds: ArgType) -> ArgSpec {
    ArgSpec {
        name,
        holds,
        role,
        required: false,
        about: "",
    }
}

const fn spec(effect: EffectClass) -> ToolSpec {
    ToolSpec {
        name: "a_tool",
        about: "",
        effect,
        reach: Reach::Outside,
        args: &ARGS,
        returns: Kind::Note,
        source: None,
        sinks: Sinks::Nobody,
    }
}

/// A call without arguments that weighs so.
fn empty(weight: EffectClass) -> Call {
    let spec = SPECS.iter().find(|spec| spec.effect == weight).unwrap();
    Call {
        spec,
        args: BTreeMap::new(),
        audience: Audience::Nobody,
    }
}

fn give(call: &mut Call, name: &str, item: Item) {
    let spec = ARGS.iter().find(|arg| arg.name == name).unwrap();
    let argument = Argument::new(spec, item, Origin::Literal);
    call.args.insert(spec.name, argument);
}

fn text(text: &str, label: Label) -> Item {
    Labeled::new(Value::Text(text.to_owned()), label)
}

/// How strict a decision is.
fn verdict(decision: &Decision) -> Verdict {
    match decision {
        Decision::Allow(..) => Verdict::Allow,
        Decision::Ask(_) => Verdict::Ask,
        Decision::Deny(_) => Verdict::Deny,
    }
}

fn reason(decision: &Decision) -> Reason {
    match decision {
        Decision::Allow(_, reason) | Decision::Ask(reason) | Decision::Deny(reason) => *reason,
    }
}

fn by_default(call: &Call, now: Circumstances) -> Decision {
    decide_by(DEFAULT, &Intent::Tool(call), now)
}

/// One point of the universe: everything that a rule can look at, on or off.
#[derive(Debug, Clone, Copy)]
struct Case {
    weight: EffectClass,
    steered: bool,
    leaks: bool,
    improvises: bool,
    picked: bool,
    chosen: bool,
    now: Circumstances,
}

impl Case {
    /// The n-th point for a weight; each bit switches one thing.
    fn nth(weight: EffectClass, n: u32) -> Self {
        let bit = |at: u32| n & (1 << at) != 0;
        Self {
            weight,
            steered: bit(0),
            leaks: bit(1),
            improvises: bit(2),
            picked: bit(3),
            chosen: bit(10),
            now: Circumstances {
                exposed: bit(4),
                tainted: bit(5),
                announced: bit(6),
                in_bulk: bit(7),
                covered: bit(8),
                stopped: bit(9),
                over_budget: bit(11),
            },
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        WEIGHTS
            .into_iter()
            .flat_map(|weight| (0..1 << 12).map(move |n| Self::nth(weight, n)))
    }

    fn call(self) -> Call {
        let mut call = empty(self.weight);
        let attested = Label::attested("mail:1", Readers::owner(), Capacity::Text);
        let whom = if self.steered {
            Label::untrusted("mail:2", Readers::owner())
        } else {
            Label::owner()
        };
        give(&mut call, "whom", text("ada", whom));
        give(&mut call, "what", text("hello", attested.clone()));
        if self.picked {
            give(&mut call, "page", text("1", attested.picked()));
        }
        if self.leaks {
            let people = BTreeMap::from([("user:ada".to_owned(), false)]);
            call.audience = Audience::People(people);
        }
        if let Some(whom) = call.args.get_mut("whom") {
            whom.chosen = self.chosen;
        }
        if let Some(what) = call.args.get_mut("what") {
            what.wording = if self.improvises {
                Wording::Planner
            } else {
                Wording::Owner
            };
        }
        call
    }
}
