//! What becomes of calls: run, answered, deferred ones begun, the planner asked again.

use super::super::record::{CallRecord, Progress};
use super::super::state::{Effect, Turn, World};
use super::super::{CALLS_MAX, STEPS_MAX, WORK_MS_MAX};
use super::running::running;
use super::{begin, ends, loops, name_of, order, promise, told};
use crate::agent::handles::names_in;
use crate::agent::planner::{self, Found};
use crate::agent::reading::{TURN_BITS_MAX, Work, read};
use crate::agent::render::{self, Manner};
use crate::approval;
use crate::id::ApprovalId;
use crate::label::{Label, Labeled};
use crate::message::{Block, Locale, Message};
use crate::models::PromptItem;
use crate::policy::Reason;
use crate::tool::{EffectClass, Kind, ToolError, ToolOutput};
use crate::value::Value;

/// Takes the result of a call.
pub(in crate::agent::turn) fn ran(
    turn: &mut Turn,
    at: usize,
    result: Result<ToolOutput, ToolError>,
    world: &mut World<'_>,
    effects: &mut Vec<Effect>,
) {
    match result {
        Ok(output) => done(turn, at, output, world, effects),
        Err(error) => failed(turn, at, &error, world, effects),
    }
    effects.push(Effect::Recheck);
}

fn done(
    turn: &mut Turn,
    at: usize,
    output: ToolOutput,
    world: &World<'_>,
    effects: &mut Vec<Effect>,
) {
    let locale = turn.locale;
    let Some(record) = turn.calls.get_mut(at) else {
        return;
    };
    let name = name_of(record, at, output.kind);
    let description = told(&name, &output, record);
    if record.call.tool == "extract" {
        record.bits = extracted_bits(record, world);
    }
    record.finish(description.clone());
    let asked = record.approval.is_some();
    let tool = record.call.tool.clone();
    let manner = Manner {
        locale,
        zone: world.zone,
    };
    // What others can see, and what the owner had to approve, code reports.
    let mut message = None;
    if asked || effect_of(&tool) >= EffectClass::Send {
        let (approved, done) = locale.pick(
            ("Done, as you approved", "Done"),
            ("Fait, comme approuvé", "Fait"),
        );
        let words = if asked { approved } else { done };
        message = Some(Message {
            blocks: vec![
                Block::Say {
                    text: format!("{words}: {tool}."),
                },
                render::shown(output.kind, &output.item, manner),
            ],
        });
    } else if matches!(tool.as_str(), "select" | "first") && *output.item.peek() == Value::Null {
        let nothing = locale.pick("Nothing there fits.", "Rien n'y correspond.");
        message = Some(Message::say(nothing));
    }
    effects.push(Effect::Keep {
        name: name.clone(),
        kind: output.kind,
        item: output.item.clone(),
    });
    effects.push(Effect::Apply { record: at, output });
    if let Some(message) = message {
        turn.tell(message, world.now, effects);
        turn.showing(vec![name]);
    }
}

/// How many bits an extraction told, from its own question.
fn extracted_bits(record: &CallRecord, world: &World<'_>) -> u32 {
    match read(&record.call, world.handles, false) {
        Ok(Work::Ask(task)) => task.wanted.bits().unwrap_or(TURN_BITS_MAX),
        Ok(Work::Done(..)) | Err(_) => TURN_BITS_MAX,
    }
}

fn effect_of(tool: &str) -> EffectClass {
    match planner::find(tool) {
        Some(Found::Works(_, spec)) => spec.effect,
        Some(Found::Speaks(_) | Found::Announces | Found::Repeats | Found::Reads(_)) | None => {
            EffectClass::Read
        }
    }
}

fn failed(
    turn: &mut Turn,
    at: usize,
    error: &ToolError,
    world: &World<'_>,
    effects: &mut Vec<Effect>,
) {
    let locale = turn.locale;
    let Some(record) = turn.calls.get_mut(at) else {
        return;
    };
    if *error == ToolError::Unavailable && is_private_reading(&record.call.tool) {
        nothing(turn, at, world, effects);
        return;
    }
    if matches!(error, ToolError::Unavailable | ToolError::Unknown)
        && !(world.embedded && record.parent.is_none())
        && let Some(Found::Works(_, spec)) = planner::find(&record.call.tool)
    {
        let promise = promise(record, at, spec);
        record.result.get_or_insert(promise);
    }
    let told = record.result.is_some();
    record.fail(error);
    let tool = record.call.tool.clone();
    if told {
        leave_nothing(record, at, effects);
        // The engine, which can show the call, has told of it.
        if *error == ToolError::Unknown {
            return;
        }
        let words = locale.pick("This did not work", "Cela n'a pas marché");
        let message = Message::say(format!("{words}: {tool} ({error})."));
        turn.tell(message, world.now, effects);
    }
}

/// Keeps nothing under the name of a result that will not come: a name that leads nowhere would
/// tell the planner what became of the call, and others may have a say in that.
pub(super) fn leave_nothing(record: &CallRecord, at: usize, effects: &mut Vec<Effect>) {
    let kind = record.kind.unwrap_or(Kind::Answer);
    effects.push(Effect::Keep {
        name: name_of(record, at, kind),
        kind,
        item: Labeled::new(Value::Null, Label::worst()),
    });
}

/// Whether a tool works on what is behind handles and shows the planner none of it.
fn is_private_reading(tool: &str) -> bool {
    matches!(planner::find(tool), Some(Found::Reads(_))) && tool != "extract"
}

/// Ends a call that works on what is behind handles with nothing: no answer is a value too, since
/// whoever wrote what was read had a say in it. The owner is told.
pub(super) fn nothing(turn: &mut Turn, at: usize, world: &World<'_>, effects: &mut Vec<Effect>) {
    let Some(record) = turn.calls.get_mut(at) else {
        return;
    };
    let message = end_with_nothing(record, at, turn.locale, effects);
    turn.tell(message, world.now, effects);
}

/// The same for a call that is not in its turn yet; what the owner is to be told.
pub(super) fn end_with_nothing(
    record: &mut CallRecord,
    at: usize,
    locale: Locale,
    effects: &mut Vec<Effect>,
) -> Message {
    let kind = record.kind.unwrap_or(Kind::Answer);
    let name = name_of(record, at, kind);
    record.finish(planner::description(&name, kind, None).to_string());
    leave_nothing(record, at, effects);
    let words = locale.pick("I got no answer for", "Je n'ai pas obtenu de réponse pour");
    Message::say(format!("{words}: {}.", record.call.tool))
}

/// Takes the owner's answer to a question, or the end of its time.
pub(in crate::agent::turn) fn answered(
    turn: &mut Turn,
    id: &ApprovalId,
    status: approval::Status,
    world: &World<'_>,
    effects: &mut Vec<Effect>,
) {
    let place = turn
        .calls
        .iter()
        .position(|record| record.approval.as_ref() == Some(id));
    let Some(record) = place.and_then(|at| turn.calls.get_mut(at)) else {
        return;
    };
    if record.status != Progress::Waiting {
        return;
    }
    let tool = record.call.tool.clone();
    let words = match status {
        approval::Status::Approved => {
            record.approved = true;
            record.status = Progress::Deferred;
            effects.push(Effect::Recheck);
            return;
        }
        approval::Status::Waiting => return,
        approval::Status::Denied => {
            record.decide("deny", Reason::OwnerSaidNo);
            turn.locale.pick(
                "As you wish, I will not do this",
                "Comme vous voulez, je ne le fais pas",
            )
        }
        approval::Status::Expired => turn.locale.pick(
            "Nobody approved this in time",
            "Personne n'a approuvé ceci à temps",
        ),
    };
    record.status = Progress::Denied;
    leave_nothing(record, place.unwrap_or_default(), effects);
    turn.tell(
        Message::say(format!("{words}: {tool}.")),
        world.now,
        effects,
    );
    effects.push(Effect::Recheck);
}

/// Begins calls whose inputs have come, gathers loops, and asks the planner if it is its turn.
pub(in crate::agent::turn) fn recheck(
    turn: &mut Turn,
    world: &mut World<'_>,
    effects: &mut Vec<Effect>,
) {
    for at in 0..turn.calls.len() {
        let Some(record) = turn.calls.get(at) else {
            continue;
        };
        if record.status != Progress::Deferred {
            continue;
        }
        let names = names_in(&record.call.args);
        let waits = names.iter().any(|name| turn.is_open(name));
        if waits || order::must_wait(turn, at, record) {
            continue;
        }
        let lost = names.iter().any(|name| {
            turn.behind(name)
                .is_some_and(|(_, input)| input.status != Progress::Done)
        });
        if record.approved {
            if let Some(record) = turn.calls.get_mut(at) {
                record.status = Progress::Pending;
            }
            effects.push(Effect::Run { record: at });
        } else if lost {
            lose(turn, at, world, effects);
        } else {
            go_ahead(turn, at, world, effects);
        }
    }
    loops::gather(turn, effects);
    go_on(turn, world, effects);
}

/// Ends a call whose input will not come.
fn lose(turn: &mut Turn, at: usize, world: &World<'_>, effects: &mut Vec<Effect>) {
    let Some(record) = turn.calls.get_mut(at) else {
        return;
    };
    record.fail(&ToolError::Refused);
    record.decide("deny", Reason::NoInput);
    record.status = Progress::Denied;
    leave_nothing(record, at, effects);
    let (english, french) = Reason::NoInput.sentence();
    let why = turn.locale.pick(english, french);
    let not = turn.locale.pick("Not done", "Pas fait");
    let tool = turn.calls.get(at).map_or("", |record| &record.call.tool);
    let words = format!("{not}: {tool}. {why}");
    effects.push(Effect::Denied { record: at });
    turn.tell(Message::say(words), world.now, effects);
    effects.push(Effect::Recheck);
}

fn go_ahead(turn: &mut Turn, at: usize, world: &mut World<'_>, effects: &mut Vec<Effect>) {
    let Some(mut record) = turn.calls.get(at).cloned() else {
        return;
    };
    if matches!(planner::find(&record.call.tool), Some(Found::Repeats)) {
        loops::begin(turn, at, world, effects);
        return;
    }
    record.status = Progress::Pending;
    begin(turn, &mut record, at, world, effects);
    let failed = record.status == Progress::Failed;
    if let Some(place) = turn.calls.get_mut(at) {
        *place = record;
    }
    if failed {
        effects.push(Effect::Recheck);
    }
}

/// Tells the owner that a call did not work, for a reason that is none of the planner's business.
pub(super) fn tell_failure(
    turn: &mut Turn,
    tool: &str,
    world: &World<'_>,
    effects: &mut Vec<Effect>,
) {
    let words = turn.locale.pick("This did not work", "Cela n'a pas marché");
    let error = ToolError::Unavailable;
    let message = Message::say(format!("{words}: {tool} ({error})."));
    turn.tell(message, world.now, effects);
}

/// Whether a call brings in what others may have written, as far as the planner can tell: what
/// became of it must not show in what it may do next.
fn exposes(record: &CallRecord) -> bool {
    if ends::has_failed(record) {
        return false;
    }
    match planner::find(&record.call.tool) {
        Some(Found::Reads(_) | Found::Repeats) => true,
        Some(Found::Works(_, spec)) => spec.returns.trust() != "owner",
        Some(Found::Speaks(_) | Found::Announces) | None => false,
    }
}

/// Asks the planner again once every call of the round has a result.
pub(in crate::agent::turn) fn go_on(turn: &mut Turn, world: &World<'_>, effects: &mut Vec<Effect>) {
    if turn.planned || turn.is_over() {
        return;
    }
    let running = running(turn);
    let is_running = |at: usize| running.get(at).copied().unwrap_or(false);
    let round = turn.round();
    if round.is_empty() || round.iter().any(|(at, _)| is_running(*at)) {
        return;
    }
    let untold = round.iter().filter(|(_, record)| record.result.is_none());
    let untold: Vec<usize> = untold.map(|(at, _)| *at).collect();
    if !untold.is_empty() {
        // An extraction whose input waits for the owner: the planner does not, and hears no answer.
        for at in untold {
            lose(turn, at, world, effects);
        }
        return;
    }
    let results: Vec<PromptItem> = round
        .iter()
        .map(|(_, record)| PromptItem::Result {
            call: record.call.id.clone(),
            text: record.result.clone().unwrap_or_default(),
            failed: ends::has_failed(record),
        })
        .collect();
    let bits: u32 = round.iter().map(|(_, record)| record.bits).sum();
    let exposed = round.iter().any(|(_, record)| exposes(record));
    let last_words = ends::are_last_words(turn);
    turn.items.extend(results);
    turn.round = turn.calls.len();
    turn.bits = turn.bits.saturating_add(bits);
    turn.exposed = turn.exposed || exposed && !world.embedded;
    if let Some(words) = limit(turn, world, last_words) {
        turn.tell(Message::say(words), world.now, effects);
        turn.stop_planning();
    } else if last_words {
        turn.planned = true;
    } else {
        effects.push(Effect::AskPlanner);
    }
}

/// Why the planner may not be asked again, for the owner.
fn limit(turn: &Turn, world: &World<'_>, last_words: bool) -> Option<&'static str> {
    if turn.bits > TURN_BITS_MAX {
        return Some(turn.locale.pick(
            "I stopped here: too much of what comes next would depend on what others wrote. Tell me \
             how to go on.",
            "Je m'arrête ici : la suite dépendrait trop de ce que d'autres ont écrit. Dites-moi \
             comment continuer.",
        ));
    }
    if last_words {
        return None;
    }
    let began = turn.began.unwrap_or(world.now).millis();
    let worked = world.now.millis().saturating_sub(began);
    if turn.steps >= STEPS_MAX || turn.planned_calls() >= CALLS_MAX || worked > WORK_MS_MAX {
        return Some(turn.locale.pick(
            "I stopped here: this took more steps than one message may. Tell me what to do next.",
            "Je m'arrête ici : cela demandait plus d'étapes que permis. Dites-moi comment continuer.",
        ));
    }
    ends::is_stuck(&turn.items).then(|| {
        turn.locale.pick(
            "I stopped here: I tried the same thing twice and it did not work. Please say it in \
             other words.",
            "Je m'arrête ici : j'ai essayé deux fois la même chose sans succès. Dites-le autrement, \
             s'il vous plaît.",
        )
    })
}
