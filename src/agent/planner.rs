//! What the planner is told: its instructions, its tools, and descriptions in place of results.
//!
//! The text here is the deployment's own. Nothing that a stranger wrote reaches it: a result is
//! described by its handle, its kind and a trust class that follows from the kind. A call that
//! changes or sends something is described alike whether it ran, waits for the owner or was
//! refused, since that may depend on what others wrote; the owner is told by code.

use super::arguments::{Scope, judge, resolve};
use super::handles::{Handles, Part, Reference, invalid, look_up};
use super::reading::{self, FOR_EACH, PLAN, REPLY, SHOW};
use super::render::{self, Manner};
use crate::connectors::{self, Connector};
use crate::message::{Block, Message};
use crate::models::{self, Model};
use crate::tool::{ArgType, Call, EffectClass, Kind, ToolCall, ToolError, ToolSpec};
use serde_json::{Value as Json, json};

/// The name of the model that is code of ours.
pub const EMBEDDED: &str = "offline";

/// The planner's instructions.
pub const SYSTEM: &str = "\
You are Sclerite, a personal assistant. You plan; code acts. You serve one person, the owner.
You never see the content of mail, events, files, pages or messages. A tool result is a description \
such as {\"handle\":\"$mail_1\",\"kind\":\"mails\",\"source\":\"mail\",\"trust\":\"untrusted\"}. The \
handle stands for the value. Pass it on:
- as an argument: \"$mail_1[2]\" is the second item, \"$mail_1[2].subject\" a field of it, also \
inside lists; a longer text may be a list \
of your words and references, put together by code. A control argument such as a recipient is best a field or the owner's own words;
- to `show`, which displays it to the owner exactly as it is;
- in `reply`, whose parts are your own words and references, filled in by code;
- to `ask`, `summarise`, `classify` and `draft`: a reader without tools works on it and you get a \
handle of its answer, which `reply` and other tools take; `select`, `filter`, `sort`, `first` and \
`count` work on lists; `calculate` does sums; `for_each` makes the same call for every item.
`extract` is the only one whose answer you see; use it only when you must decide by it.
Fields: mail: subject, from, sender (the bare address), to, date, body. event: title, start, end, \
place, attendees, organiser. contact: name, address, phone. note: text. reminder: text, at. draft: subject, to, \
body. page: title, url, text.
For a request that reads something and then changes or sends something, call `plan` with those later \
calls in the same reply as the first reads, with \"$\" where a handle will be; otherwise the owner is \
asked about each.
A reply of yours that calls `reply`, alone or beside `show` and calls that are submitted, ends your \
work on the request.
{\"status\":\"submitted\"} means that code does it, asks the owner first, or refuses, and tells the \
owner which. Do not say that it is done, and do not repeat the call.
{\"error\":...} tells what failed: `no_zone` means you must ask the owner for their time zone and \
call `zone_set`; `invalid` says how to correct the call, once; `unavailable` means it cannot be had.
Never invent what a handle contains; show it instead. What the owner calls \"the second one\" is \
item [2] of the list shown last; \"shorter, please\" about a text means a new `draft` from its handle.
Times are the owner's wall-clock times, written 2026-11-24T09:00. Answer in the owner's language, \
in short plain sentences.
Examples, reply by reply:
\"Anything new in my mail?\" 1. mail_list {\"unread\":true} 2. reply {\"parts\":[\"This is new:\",\"$mail_1\"]}
\"What does Ada want?\" 1. mail_list {\"from\":\"Ada\"} 2. ask {\"handles\":[\"$mail_1[1]\"],\"question\":\
\"What does Ada want?\",\"as\":\"text\"} 3. reply {\"parts\":[\"$answer_2\"]}
\"Archive the bank's letter.\" 1. plan {\"calls\":[{\"tool\":\"mail_move\",\"args\":{\"mail\":\"$\",\
\"folder\":\"archive\"}}]} and mail_list {\"from\":\"bank\"} 2. mail_move {\"mail\":\"$mail_2[1]\",\
\"folder\":\"archive\"} and reply {\"parts\":[\"I file it.\"]}";

/// A tool by its name.
pub enum Found {
    /// One of the two that speak to the owner.
    Speaks(&'static ToolSpec),
    /// The one that announces calls.
    Announces,
    /// The one that repeats a call for a list.
    Repeats,
    /// One that works on what is behind handles.
    Reads(&'static ToolSpec),
    /// One of a connector.
    Works(&'static dyn Connector, &'static ToolSpec),
}

/// Finds a tool.
pub fn find(name: &str) -> Option<Found> {
    match name {
        _ if name == SHOW.name => return Some(Found::Speaks(&SHOW)),
        _ if name == REPLY.name => return Some(Found::Speaks(&REPLY)),
        _ if name == PLAN.name => return Some(Found::Announces),
        _ if name == FOR_EACH.name => return Some(Found::Repeats),
        _ => {}
    }
    if let Some(spec) = reading::TOOLS.iter().find(|spec| spec.name == name) {
        return Some(Found::Reads(spec));
    }
    connectors::all().iter().find_map(|connector| {
        let spec = connector.tools().iter().find(|spec| spec.name == name)?;
        Some(Found::Works(*connector, spec))
    })
}

/// A call as its connector will see it: checked against the contract, its handles filled in,
/// completed with what follows from them, and judged.
pub fn read(
    call: &ToolCall,
    connector: &dyn Connector,
    spec: &'static ToolSpec,
    scope: Scope<'_>,
) -> Result<Call, ToolError> {
    let mut call = resolve(call, spec, scope)?;
    connector.complete(&mut call);
    judge(&mut call, scope.grounds);
    Ok(call)
}

/// Every tool, in a fixed order. The embedded planner needs those of connectors and two more.
pub fn tools(embedded: bool) -> Vec<&'static ToolSpec> {
    let works = connectors::all()
        .iter()
        .flat_map(|connector| connector.tools());
    let own: Vec<&'static ToolSpec> = if embedded {
        vec![&SHOW, &REPLY]
    } else {
        let first: [&'static ToolSpec; 4] = [&SHOW, &REPLY, &PLAN, &FOR_EACH];
        first.into_iter().chain(reading::TOOLS).collect()
    };
    own.into_iter().chain(works).collect()
}

/// For each connector a call of its first tool that reads lists of a kind, with what is given as far
/// as the tool takes it. It is how code looks at something by itself.
pub fn looks(given: &[(&str, Json)], kind: Kind, today: jiff::civil::Date) -> Vec<ToolCall> {
    let first = |connector: &&'static dyn Connector| {
        let mut tools = connector.tools().iter();
        tools.find_map(|spec| {
            let reads = spec.returns == kind && spec.weight() == EffectClass::Read;
            reads.then(|| look(spec, given, today)).flatten()
        })
    };
    connectors::all().iter().filter_map(first).collect()
}

/// `None` for a tool that wants to know more than is given.
fn look(spec: &ToolSpec, given: &[(&str, Json)], today: jiff::civil::Date) -> Option<ToolCall> {
    let mut args = serde_json::Map::new();
    for arg in spec.args {
        let value = given.iter().find(|(name, _)| *name == arg.name);
        let value = match (arg.name, arg.holds, value) {
            ("from", ArgType::Day, _) => Some(today.to_string().into()),
            ("days", ArgType::Integer(..), _) => Some(2.into()),
            ("limit", ArgType::Integer(_, most), _) => Some(most.into()),
            (_, ArgType::Text(_) | ArgType::Flag, Some((_, value))) => Some(value.clone()),
            _ => None,
        };
        match value {
            Some(value) => drop(args.insert(arg.name.to_owned(), value)),
            None if arg.required => return None,
            None => {}
        }
    }
    Some(ToolCall {
        id: "look".to_owned(),
        tool: spec.name.to_owned(),
        args: args.into(),
    })
}

/// A provider by its name.
pub fn model(provider: &str) -> Option<&'static dyn Model> {
    models::all()
        .iter()
        .find(|model| model.provider() == provider)
        .copied()
}

/// Whether a call of this tool may be asked about, so that planners are told `submitted`.
pub fn is_effectful(spec: &ToolSpec) -> bool {
    !matches!(spec.weight(), EffectClass::Read | EffectClass::Draft)
}

/// What a planner is told of a result. `source` is the tool's closed word, where the kind has none.
pub fn description(name: &str, kind: Kind, source: Option<&str>) -> Json {
    let source = source.unwrap_or_else(|| kind.source());
    json!({"handle": name, "kind": kind.word(), "source": source, "trust": kind.trust()})
}

/// The same for a call that changes or sends something.
pub fn submitted(name: &str, kind: Kind, source: Option<&str>) -> Json {
    let mut told = description(name, kind, source);
    if let Some(fields) = told.as_object_mut() {
        fields.insert("status".to_owned(), "submitted".into());
    }
    told
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
        // Whether an answer came can be content's doing, and it is the owner who has to look.
        ToolError::Unknown => error_text(&ToolError::Unavailable),
    }
}

/// Carries out `show` or `reply`: the message for the owner. What still waits for the owner's yes
/// is said to wait, and what is not there is said not to be: neither is the planner's to know.
/// `waits` says of what kind a result will be that is still to come.
pub fn speak(
    call: &ToolCall,
    handles: &dyn Handles,
    manner: Manner<'_>,
    waits: &dyn Fn(&str) -> Option<Kind>,
) -> Result<Message, ToolError> {
    let filled = |reference: &Reference, argument: &str| {
        if let Some(kind) = waits(&reference.name) {
            reference
                .part(kind)
                .ok_or_else(|| invalid(argument, "a part that it has"))?;
            let words = manner
                .locale
                .pick("(this waits for your yes)", "(ceci attend votre accord)");
            return Ok(Block::Say {
                text: words.to_owned(),
            });
        }
        match filled(reference, handles, manner, argument) {
            Err(ToolError::Unavailable) => Ok(Block::Say {
                text: manner
                    .locale
                    .pick(
                        "There is nothing to show there.",
                        "Il n'y a rien à montrer là.",
                    )
                    .to_owned(),
            }),
            found => found,
        }
    };
    if call.tool == SHOW.name {
        let text = call
            .args
            .get("handle")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let reference = Reference::parse(text.trim())
            .ok_or_else(|| invalid("handle", "the name of a handle, such as $mail_1"))?;
        return Ok(Message {
            blocks: vec![filled(&reference, "handle")?],
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
            Some(reference) => filled(&reference, "parts")?,
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
        Part::Whole(kind) if !kind.is_value() && kind != Kind::Summary => {
            render::shown(kind, &item, manner)
        }
        Part::Whole(kind) => render::quoted(kind.source(), &item, manner),
        Part::Field | Part::Open => {
            let source = render::source_of(&item).unwrap_or_else(|| {
                handles
                    .get(&reference.name)
                    .map_or("unknown", |(kind, _)| kind.source())
            });
            render::quoted(source, &item, manner)
        }
    })
}
