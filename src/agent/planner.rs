//! What the planner is told: its instructions, its tools, and descriptions in place of results.
//!
//! The text here is the deployment's own. Nothing that a stranger wrote reaches it: a result is
//! described by its handle, its kind and a trust class that follows from the kind.

use super::handles::{Handles, Part, Reference, invalid, look_up, resolve};
use super::render::{self, Manner};
use crate::connectors::{self, Connector};
use crate::message::{Block, Message};
use crate::models::{self, Model};
use crate::time::Zone;
use crate::tool::{
    ArgRole, ArgSpec, ArgType, Call, EffectClass, Kind, Reach, Sinks, ToolCall, ToolError, ToolSpec,
};
use serde_json::{Value as Json, json};

/// The name of the model that is code of ours.
pub const EMBEDDED: &str = "offline";

/// The planner's instructions.
pub const SYSTEM: &str = "\
You are Sclerite, a personal assistant. You plan; code acts. You serve one person, the owner.
You never see the content of mail, events, files or messages. A tool result is a description such \
as {\"handle\":\"$mail_1\",\"kind\":\"mails\",\"source\":\"mail\",\"trust\":\"untrusted\"}. The \
handle stands for the value. You can pass it on:
- as an argument: \"$mail_1[2]\" is the second item, \"$mail_1[2].subject\" a field of it;
- to `show`, which displays it to the owner exactly as it is;
- in `reply`, whose parts are your own words and references, filled in by code.
Fields: mail: subject, from, to, date, body. event: title, start, end, place, attendees. \
contact: name, address, phone. note: text. reminder: text, at. draft: subject, to, body.
Never invent what a handle contains; show it instead. What the owner calls \"the second one\" is \
item [2] of the list shown last.
{\"status\":\"asked\"} means that code has asked the owner for approval; say so and do not repeat \
the call. {\"error\":...} tells what failed: `no_zone` means you must ask the owner for their time \
zone and call `zone_set`; `invalid` says how to correct the call, once.
Times are the owner's wall-clock times, written 2026-11-24T09:00. Answer in the owner's language, \
in short plain sentences.";

/// Shows a handle.
pub static SHOW: ToolSpec = ToolSpec {
    name: "show",
    about: "Displays a handle, an item of it or a field to the owner, exactly as it is.",
    effect: EffectClass::Read,
    reach: Reach::Inside,
    args: &[ArgSpec {
        name: "handle",
        holds: ArgType::Text(200),
        role: ArgRole::Content,
        required: true,
        about: "for example $mail_1, $mail_1[2] or $mail_1[2].body",
    }],
    returns: Kind::Message,
    source: None,
    sinks: Sinks::Nobody,
};

/// Says something with values filled in.
pub static REPLY: ToolSpec = ToolSpec {
    name: "reply",
    about: "Says something to the owner. References among the parts are filled in by code.",
    effect: EffectClass::Read,
    reach: Reach::Inside,
    args: &[ArgSpec {
        name: "parts",
        holds: ArgType::Parts,
        role: ArgRole::Content,
        required: true,
        about: "your words and references in order, for example [\"It starts at\", \"$event_1[1].start\"]",
    }],
    returns: Kind::Message,
    source: None,
    sinks: Sinks::Nobody,
};

/// A tool by its name.
pub enum Found {
    /// One of the two that speak to the owner.
    Speaks,
    /// One of a connector.
    Works(&'static dyn Connector, &'static ToolSpec),
}

/// Finds a tool.
pub fn find(name: &str) -> Option<Found> {
    if name == SHOW.name || name == REPLY.name {
        return Some(Found::Speaks);
    }
    connectors::all().iter().find_map(|connector| {
        let spec = connector.tools().iter().find(|spec| spec.name == name)?;
        Some(Found::Works(*connector, spec))
    })
}

/// A call as its connector will see it: checked against the contract, its handles filled in, and
/// completed with what follows from them.
pub fn read(
    call: &ToolCall,
    connector: &dyn Connector,
    spec: &'static ToolSpec,
    handles: &dyn Handles,
    zone: Option<&Zone>,
) -> Result<Call, ToolError> {
    let mut call = resolve(call, spec, handles, zone)?;
    connector.complete(&mut call);
    Ok(call)
}

/// Every tool, in a fixed order.
pub fn tools() -> Vec<&'static ToolSpec> {
    let works = connectors::all()
        .iter()
        .flat_map(|connector| connector.tools());
    [&SHOW, &REPLY].into_iter().chain(works).collect()
}

/// A provider by its name.
pub fn model(provider: &str) -> Option<&'static dyn Model> {
    models::all()
        .iter()
        .find(|model| model.provider() == provider)
        .copied()
}

/// What a planner is told of a result.
pub fn description(name: &str, kind: Kind) -> String {
    json!({"handle": name, "kind": kind.word(), "source": kind.source(), "trust": kind.trust()})
        .to_string()
}

/// What a planner is told of an error.
pub fn error_text(error: &ToolError) -> String {
    match error {
        ToolError::Invalid { argument, expected } => {
            json!({"error": "invalid", "argument": argument, "expected": expected}).to_string()
        }
        ToolError::Auth
        | ToolError::Offline
        | ToolError::Rate
        | ToolError::Refused
        | ToolError::NoZone
        | ToolError::Unavailable => json!({"error": error.to_string()}).to_string(),
    }
}

/// Carries out `show` or `reply`: the message for the owner.
pub fn speak(
    call: &ToolCall,
    handles: &dyn Handles,
    manner: Manner<'_>,
) -> Result<Message, ToolError> {
    if call.tool == SHOW.name {
        let text = call
            .args
            .get("handle")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let reference = Reference::parse(text)
            .ok_or_else(|| invalid("handle", "the name of a handle, such as $mail_1"))?;
        return Ok(Message {
            blocks: vec![filled(&reference, handles, manner, "handle")?],
        });
    }
    let parts = match call.args.get("parts") {
        Some(Json::Array(parts)) => parts.as_slice(),
        Some(text @ Json::String(_)) => std::slice::from_ref(text),
        _ => return Err(invalid("parts", "a list of texts and references")),
    };
    let mut blocks = Vec::new();
    for part in parts {
        let text = part
            .as_str()
            .ok_or_else(|| invalid("parts", "texts only"))?;
        blocks.push(match Reference::parse(text.trim()) {
            Some(reference) => filled(&reference, handles, manner, "parts")?,
            None => Block::Say {
                text: text.to_owned(),
            },
        });
    }
    Ok(Message { blocks })
}

fn filled(
    reference: &Reference,
    handles: &dyn Handles,
    manner: Manner<'_>,
    argument: &str,
) -> Result<Block, ToolError> {
    let (part, item) = look_up(reference, handles, argument)?;
    Ok(match part {
        Part::Whole(kind) => render::shown(kind, &item, manner),
        Part::Field => {
            let source = handles
                .get(&reference.name)
                .map_or("unknown", |(kind, _)| kind.source());
            render::quoted(source, &item, manner)
        }
    })
}
