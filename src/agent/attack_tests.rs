//! Classes of attacks, as far as they can be shown without a turn around them. Each test bears the
//! number of its class in the specification; those that need the engine or the built Worker have
//! theirs there.

mod asking;
mod planning;
mod texts;
mod values;

use super::planner::{self, Found};
use super::test_world::{World, decided, foreign, list, mail, only, spec, text, vouched};
use crate::approval::{self, Binding};
use crate::label::{Capacity, Integrity, Label, Labeled, Readers};
use crate::message::{Block, Locale, Message};
use crate::policy::Circumstances;
use crate::time::Timestamp;
use crate::tool::{Call, Kind, ToolCall, ToolError};
use crate::value::{Item, Value};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Something untrusted was read before the call was planned.
const EXPOSED: Circumstances = Circumstances {
    stopped: false,
    exposed: true,
    tainted: false,
    announced: false,
    in_bulk: false,
    covered: false,
    over_budget: false,
};

/// Bits of it have reached the planner, too.
const TAINTED: Circumstances = Circumstances {
    tainted: true,
    ..EXPOSED
};

/// What a card looks like.
fn card(world: &World, tool: &str, args: Json) -> String {
    let call = world.call(tool, args).unwrap();
    approval::card(&call).plain(Locale::En)
}

fn binding() -> Binding<'static> {
    Binding {
        turn: "t_1",
        channel: "chat",
        conversation: "chat:1",
        words: "do it",
        facts: EXPOSED,
        expires_at: Timestamp::from_millis(1_000),
    }
}

/// What the owner is shown when a planner replies with these parts.
fn replied(world: &World, parts: &Json) -> Message {
    let call = ToolCall {
        id: "c1".into(),
        tool: "reply".into(),
        args: json!({"parts": parts}),
    };
    let manner = super::render::Manner {
        locale: Locale::En,
        zone: None,
    };
    planner::speak(&call, world, manner, &|_| None).unwrap()
}
