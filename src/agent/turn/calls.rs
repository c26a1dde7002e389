//! The calls of a turn: planned, and decided about.
//!
//! What becomes of them is in `outcomes`, what was announced in `announced`, the same call for every
//! item of a list in `loops`, when the planner is not asked again in `ends`, and
//! what is at work in `running`.

mod announced;
mod ends;
mod loops;
mod order;
mod outcomes;
mod running;

pub(super) use outcomes::{answered, go_on, ran, recheck};

use super::record::{CallRecord, Progress};
use super::state::{Effect, Turn, World};
use crate::agent::arguments::{self, Known, Scope};
use crate::agent::handles::{invalid, names_in};
use crate::agent::planner::{self, Found};
use crate::agent::reading::{self, Work};
use crate::agent::render::Manner;
use crate::approval::{self, Approval};
use crate::connectors::When;
use crate::message::Message;
use crate::policy::{self, Decision, Intent, Reason};
use crate::tool::{Call, Circumstances, Kind, ToolCall, ToolError, ToolOutput, ToolSpec};

/// Reads a call, decides about it and starts it if it may.
pub(super) fn plan(
    turn: &mut Turn,
    call: ToolCall,
    over: bool,
    world: &mut World<'_>,
    effects: &mut Vec<Effect>,
) {
    turn.next_call = turn.next_call.saturating_add(1);
    let mut record = CallRecord::new(call, turn.next_call);
    record.facts = facts(turn, &record.call);
    let at = turn.calls.len();
    if over {
        record.fail(&invalid("tool", "fewer calls in one turn"));
        turn.calls.push(record);
        return;
    }
    if is_ahead(&record, world) {
        record.fail(&invalid("arguments", "names of handles that there are"));
        turn.calls.push(record);
        return;
    }
    match planner::find(&record.call.tool) {
        None => record.fail(&invalid("tool", "the name of a listed tool")),
        Some(Found::Speaks(_)) => speak(turn, &mut record, world, effects),
        Some(Found::Announces) => match announced::take(turn, &record.call) {
            Ok(()) => record.finish("{\"ok\":true}".to_owned()),
            Err(error) => record.fail(&error),
        },
        Some(Found::Repeats) => {
            record.kind = Some(Kind::Done);
            turn.calls.push(record);
            loops::begin(turn, at, world, effects);
            return;
        }
        Some(Found::Reads(spec)) => {
            record.kind = Some(reading::returns(
                spec.name,
                list_kind(turn, &record.call, world),
            ));
            begin(turn, &mut record, at, world, effects);
        }
        Some(Found::Works(_, spec)) => {
            record.kind = Some(spec.returns);
            begin(turn, &mut record, at, world, effects);
        }
    }
    turn.calls.push(record);
}

/// Whether a call names its own result or one that is still to be planned. Calls that wait for one
/// another would wait for ever.
fn is_ahead(record: &CallRecord, world: &World<'_>) -> bool {
    names_in(&record.call.args).iter().any(|name| {
        let number: Option<u64> = name.rsplit_once('_').and_then(|(_, n)| n.parse().ok());
        number.is_none_or(|number| number >= record.number) && world.handles.kind(name).is_none()
    })
}

/// What holds for a call that is planned now.
fn facts(turn: &Turn, call: &ToolCall) -> Circumstances {
    let alike = turn
        .calls
        .iter()
        .filter(|earlier| earlier.call.tool == call.tool);
    Circumstances {
        stopped: false,
        exposed: turn.exposed,
        tainted: turn.is_tainted(),
        announced: announced::covers(turn, call),
        in_bulk: alike.count() >= policy::bulk_limit(),
        covered: false,
        over_budget: false,
    }
}

fn list_kind(turn: &Turn, call: &ToolCall, world: &World<'_>) -> Option<Kind> {
    let list = reading::list_of(call)?;
    if !list.path.is_empty() {
        return Some(Kind::Data);
    }
    kind_of(turn, &list.name, world)
}

fn speak(turn: &mut Turn, record: &mut CallRecord, world: &World<'_>, effects: &mut Vec<Effect>) {
    let manner = Manner {
        locale: turn.locale,
        zone: world.zone,
    };
    let waits = |name: &str| {
        let call = turn.behind(name).filter(|(_, record)| record.is_open());
        call.and_then(|(_, record)| record.kind)
    };
    match planner::speak(&record.call, world.handles, manner, &waits) {
        Ok(message) => {
            record.decide("allow", Reason::WithinTheAgent);
            record.finish("{\"ok\":true}".to_owned());
            turn.tell(message, world.now, effects);
            turn.showing(names_in(&record.call.args));
        }
        Err(error) => record.fail(&error),
    }
}

/// The name that the result of a call will have. That of a loop's part is none that a planner can
/// write, and no other turn has it.
pub(super) fn name_of(record: &CallRecord, at: usize, kind: Kind) -> String {
    match record.parent {
        Some(_) => format!("$part {}:{at}", record.number),
        None => format!("${}_{}", kind.stem(), record.number),
    }
}

/// What a planner is told of a call before it is known what becomes of it.
fn promise(record: &CallRecord, at: usize, spec: &ToolSpec) -> String {
    let kind = record.kind.unwrap_or(spec.returns);
    let name = name_of(record, at, kind);
    let told = if planner::is_effectful(spec) {
        planner::submitted(&name, kind, spec.source)
    } else {
        planner::description(&name, kind, spec.source)
    };
    told.to_string()
}

/// Begins a call, or defers it until what it needs is there.
pub(super) fn begin(
    turn: &mut Turn,
    record: &mut CallRecord,
    at: usize,
    world: &mut World<'_>,
    effects: &mut Vec<Effect>,
) {
    // What the planner got wrong shows in what it wrote, before any value is looked at.
    let is_new = record.parent.is_none() && record.result.is_none();
    if is_new && let Err(error) = check(turn, &record.call, world) {
        record.fail(&error);
        return;
    }
    let waits = names_in(&record.call.args)
        .iter()
        .any(|name| turn.is_open(name));
    match planner::find(&record.call.tool) {
        Some(Found::Reads(spec)) if waits => defer(record, at, spec),
        Some(Found::Works(_, spec)) if waits => defer(record, at, spec),
        Some(Found::Reads(spec)) => read(turn, record, at, spec, world, effects),
        Some(Found::Works(connector, spec)) => {
            let scope = Scope {
                handles: world.handles,
                grounds: world.grounds,
                zone: world.zone,
                tainted: record.is_tainted(),
                swayed: record.facts.tainted,
            };
            if let Ok(call) = planner::read(&record.call, connector, spec, scope) {
                decide(turn, record, &call, at, world, effects);
            } else if world.embedded && record.result.is_none() && record.parent.is_none() {
                record.fail(&ToolError::Unavailable);
            } else {
                // What does not fit is content, which must not tell the planner so; the owner
                // hears of it.
                let told = promise(record, at, spec);
                record.result.get_or_insert(told);
                record.fail(&ToolError::Unavailable);
                outcomes::leave_nothing(record, at, effects);
                outcomes::tell_failure(turn, &record.call.tool, world, effects);
            }
        }
        Some(Found::Speaks(_) | Found::Announces | Found::Repeats) | None => {
            record.fail(&invalid("tool", "the name of a listed tool"));
        }
    }
}

/// What is wrong with a call, as far as the planner's own text and the kinds of handles show it.
pub(super) fn check(turn: &Turn, call: &ToolCall, world: &World<'_>) -> Result<(), ToolError> {
    let kind_of = |name: &str| kind_of(turn, name, world);
    let known = |reads| Known {
        kind_of: &kind_of,
        zone: world.zone,
        reads,
    };
    match planner::find(&call.tool) {
        Some(Found::Reads(spec)) => arguments::check(call, spec, known(true)).map(|_| ()),
        Some(Found::Works(connector, spec)) => {
            let shape = arguments::check(call, spec, known(false))?;
            let when = When {
                now: world.now,
                zone: world.zone,
            };
            connector.check(spec.name, &shape, when)
        }
        Some(Found::Speaks(_) | Found::Announces | Found::Repeats) | None => Ok(()),
    }
}

/// The kind of what a handle stands for, or will once it is there.
fn kind_of(turn: &Turn, name: &str, world: &World<'_>) -> Option<Kind> {
    match turn.behind(name) {
        Some((_, record)) if ends::has_failed(record) => None,
        Some((_, record)) => record.kind,
        None => world.handles.kind(name),
    }
}

fn defer(record: &mut CallRecord, at: usize, spec: &ToolSpec) {
    record.status = Progress::Deferred;
    // An extraction shows its value, so its planner waits for it.
    if spec.name != "extract" && record.result.is_none() {
        record.result = Some(promise(record, at, spec));
    }
}

/// Begins a call that works on what is behind handles.
fn read(
    turn: &mut Turn,
    record: &mut CallRecord,
    at: usize,
    spec: &ToolSpec,
    world: &World<'_>,
    effects: &mut Vec<Effect>,
) {
    let tainted = record.is_tainted();
    match reading::read(&record.call, world.handles, tainted) {
        Ok(Work::Ask(_)) => {
            record.status = Progress::Pending;
            record.decide("allow", Reason::WithinTheAgent);
            effects.push(Effect::AskQuarantined { record: at });
        }
        Ok(Work::Done(kind, item)) => {
            record.decide("allow", Reason::WithinTheAgent);
            let name = name_of(record, at, kind);
            let told = planner::description(&name, kind, spec.source).to_string();
            record.finish(told);
            effects.push(Effect::Keep { name, kind, item });
            effects.push(Effect::Recheck);
        }
        Err(ToolError::Unavailable) if spec.name != "extract" => {
            let message = outcomes::end_with_nothing(record, at, turn.locale, effects);
            turn.tell(message, world.now, effects);
            effects.push(Effect::Recheck);
        }
        Err(error) => record.fail(&error),
    }
}

fn decide(
    turn: &mut Turn,
    record: &mut CallRecord,
    call: &Call,
    at: usize,
    world: &mut World<'_>,
    effects: &mut Vec<Effect>,
) {
    record.labels = call
        .args
        .values()
        .map(|arg| {
            let label = arg.item.total_label();
            (arg.spec.name.to_owned(), label.integrity.word().to_owned())
        })
        .collect();
    record.status = Progress::Pending;
    if planner::is_effectful(call.spec) {
        record.hits = order::hits(call);
        if record.result.is_none() && !world.embedded {
            record.result = Some(promise(record, at, call.spec));
        }
    }
    let over = (world.over)(call);
    let now = Circumstances {
        stopped: world.circumstances.stopped,
        covered: (world.covers)(call),
        over_budget: over.is_some(),
        ..record.facts
    };
    match policy::decide(&Intent::Tool(call), now) {
        Decision::Allow(_, reason) => {
            record.decide("allow", reason);
            if order::must_wait(turn, at, record) {
                defer(record, at, call.spec);
            } else {
                effects.push(Effect::Run { record: at });
            }
        }
        Decision::Ask(reason) => {
            record.decide("ask", reason);
            let told = promise(record, at, call.spec);
            record.result.get_or_insert(told);
            ask(turn, record, call, world, effects);
        }
        Decision::Deny(reason) => {
            record.decide("deny", reason);
            record.fail(&ToolError::Refused);
            record.status = Progress::Denied;
            outcomes::leave_nothing(record, at, effects);
            effects.push(Effect::Denied { record: at });
            if planner::is_effectful(call.spec) {
                let (english, french) = reason.sentence();
                let why = match over {
                    Some(over) if turn.is_news(over.limit) => over.words,
                    _ => turn.locale.pick(english, french).to_owned(),
                };
                let not = turn.locale.pick("Not done", "Pas fait");
                let words = format!("{not}: {}. {why}", call.spec.name);
                turn.tell(Message::say(words), world.now, effects);
            }
            effects.push(Effect::Recheck);
        }
    }
}

fn ask(
    turn: &Turn,
    record: &mut CallRecord,
    call: &Call,
    world: &mut World<'_>,
    effects: &mut Vec<Effect>,
) {
    let id = world.ids.approval();
    let lifetime = approval::lifetime_ms(call.spec.effect);
    let expires_at = world.now.plus_millis(lifetime);
    record.approval = Some(id.clone());
    record.status = Progress::Waiting;
    effects.push(Effect::AskOwner(Box::new(Approval {
        id,
        turn: turn.seq,
        call: record.call.clone(),
        card: approval::card(call),
        call_hash: approval::call_hash(call, &turn.binding(record.facts, expires_at)),
        expires_at,
        status: approval::Status::Waiting,
        sources: approval::untrusted_sources(call),
        reason: record.reason.clone(),
    })));
}

/// What a planner is told of a result.
fn told(name: &str, output: &ToolOutput, record: &CallRecord) -> String {
    let source = match planner::find(&record.call.tool) {
        Some(Found::Works(_, spec)) => spec.source,
        Some(Found::Speaks(_) | Found::Announces | Found::Repeats | Found::Reads(_)) | None => None,
    };
    let mut told = planner::description(name, output.kind, source);
    if record.call.tool == "extract"
        && let Some(fields) = told.as_object_mut()
    {
        fields.insert("value".to_owned(), output.item.to_json());
    }
    told.to_string()
}
