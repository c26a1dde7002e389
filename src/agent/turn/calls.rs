//! The calls of a turn: planned, decided, run, answered.

use super::state::{CallRecord, Effect, Progress, Turn, World};
use super::{CALLS_MAX, STEPS_MAX, WORK_MS_MAX};
use crate::agent::handles::invalid;
use crate::agent::planner::{self, Found};
use crate::agent::render::{self, Manner};
use crate::approval::{self, Approval};
use crate::id::ApprovalId;
use crate::message::{Block, Message};
use crate::models::PromptItem;
use crate::policy::{self, Decision, Intent, Reason};
use crate::store::turns::Status;
use crate::tool::{Call, ToolCall, ToolError, ToolOutput};
use std::collections::BTreeMap;

/// Reads a call, decides about it and starts it if it may.
pub(super) fn plan(
    turn: &mut Turn,
    call: ToolCall,
    over: bool,
    world: &mut World<'_>,
    effects: &mut Vec<Effect>,
) {
    turn.next_call = turn.next_call.saturating_add(1);
    let mut record = CallRecord {
        call,
        number: turn.next_call,
        decision: String::new(),
        reason: String::new(),
        status: Progress::Pending,
        labels: BTreeMap::new(),
        approval: None,
        result: None,
    };
    let at = turn.calls.len();
    if over {
        record.fail(&invalid("tool", "fewer calls in one turn"));
        turn.calls.push(record);
        return;
    }
    match planner::find(&record.call.tool) {
        None => record.fail(&invalid("tool", "the name of a listed tool")),
        Some(Found::Speaks) => {
            let manner = Manner {
                locale: turn.locale,
                zone: world.zone,
            };
            match planner::speak(&record.call, world.handles, manner) {
                Ok(message) => {
                    record.decide("allow", Reason::WithinTheAgent);
                    record.finish("{\"ok\":true}".to_owned());
                    turn.tell(message, world.now, effects);
                }
                Err(error) => record.fail(&error),
            }
        }
        Some(Found::Works(connector, spec)) => {
            match planner::read(&record.call, connector, spec, world.handles, world.zone) {
                Ok(call) => decide(turn, &mut record, &call, at, world, effects),
                Err(error) => record.fail(&error),
            }
        }
    }
    turn.calls.push(record);
}

fn decide(
    turn: &Turn,
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
    let intent = Intent::Tool(call);
    match policy::decide(&intent, world.circumstances) {
        Decision::Allow(_) => {
            record.decide(
                "allow",
                policy::reason_for_allowing(&intent, world.circumstances),
            );
            effects.push(Effect::Run { record: at });
        }
        Decision::Ask(reason) => {
            record.decide("ask", reason);
            let id = world.ids.approval();
            let expires_at = world.now.plus_millis(approval::LIFETIME_MS);
            record.approval = Some(id.clone());
            record.status = Progress::Waiting;
            record.result = Some("{\"status\":\"asked\"}".to_owned());
            effects.push(Effect::AskOwner(Box::new(Approval {
                id,
                turn: turn.seq,
                call: record.call.clone(),
                card: approval::card(call),
                call_hash: approval::call_hash(call, &turn.binding(expires_at)),
                expires_at,
                status: approval::Status::Waiting,
            })));
        }
        Decision::Deny(reason) => {
            record.decide("deny", reason);
            record.status = Progress::Denied;
            record.result = Some(planner::error_text(&ToolError::Refused));
            effects.push(Effect::Denied { record: at });
        }
    }
}

pub(super) fn ran(
    turn: &mut Turn,
    at: usize,
    result: Result<ToolOutput, ToolError>,
    world: &mut World<'_>,
    effects: &mut Vec<Effect>,
) {
    let locale = turn.locale;
    let Some(record) = turn.calls.get_mut(at) else {
        return;
    };
    let asked = record.approval.is_some();
    let tool = record.call.tool.clone();
    let mut told = None;
    match result {
        Ok(output) => {
            let name = format!("${}_{}", output.kind.stem(), record.number);
            let description = planner::description(&name, output.kind);
            record.finish(description.clone());
            if asked {
                let manner = Manner {
                    locale,
                    zone: world.zone,
                };
                let done = locale.pick("Done, as you approved", "Fait, comme approuvé");
                told = Some(Message {
                    blocks: vec![
                        Block::Say {
                            text: format!("{done}: {tool}."),
                        },
                        render::shown(output.kind, &output.item, manner),
                    ],
                });
                effects.push(Effect::Remember(format!(
                    "[{tool} was approved: {description}]"
                )));
            }
            effects.push(Effect::Keep {
                name,
                kind: output.kind,
                item: output.item.clone(),
            });
            effects.push(Effect::Apply { record: at, output });
        }
        Err(error) => {
            record.fail(&error);
            if asked {
                let failed = locale.pick("This did not work", "Cela n'a pas marché");
                told = Some(Message::say(format!("{failed}: {tool} ({error}).")));
                effects.push(Effect::Remember(format!(
                    "[{tool} was approved and failed]"
                )));
            }
        }
    }
    if let Some(message) = told {
        turn.tell(message, world.now, effects);
    } else {
        go_on(turn, world, effects);
    }
}

pub(super) fn answered(
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
    let Some((at, record)) = place.and_then(|at| Some((at, turn.calls.get_mut(at)?))) else {
        return;
    };
    if record.status != Progress::Waiting {
        return;
    }
    let tool = record.call.tool.clone();
    let words = match status {
        approval::Status::Approved => {
            record.status = Progress::Pending;
            effects.push(Effect::Run { record: at });
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
    effects.push(Effect::Remember(format!("[{tool} was not approved]")));
    turn.tell(
        Message::say(format!("{words}: {tool}.")),
        world.now,
        effects,
    );
}

/// Asks the planner again once every call of the round has a result.
pub(super) fn go_on(turn: &mut Turn, world: &World<'_>, effects: &mut Vec<Effect>) {
    if turn.planned || turn.is_over() {
        return;
    }
    let round = turn.calls.get(turn.round..).unwrap_or_default();
    if round.is_empty() || round.iter().any(|record| record.result.is_none()) {
        return;
    }
    let results: Vec<PromptItem> = round
        .iter()
        .map(|record| PromptItem::Result {
            call: record.call.id.clone(),
            text: record.result.clone().unwrap_or_default(),
            failed: matches!(record.status, Progress::Failed | Progress::Denied),
        })
        .collect();
    turn.items.extend(results);
    turn.round = turn.calls.len();
    let worked = world
        .now
        .millis()
        .saturating_sub(turn.began.unwrap_or(world.now).millis());
    if turn.steps >= STEPS_MAX || turn.calls.len() >= CALLS_MAX || worked > WORK_MS_MAX {
        let words = turn.locale.pick(
            "I stopped here: this took more steps than one message may. Tell me what to do next.",
            "Je m'arrête ici : cela demandait plus d'étapes que permis. Dites-moi comment continuer.",
        );
        turn.tell(Message::say(words), world.now, effects);
        turn.end(Status::Failed);
        return;
    }
    effects.push(Effect::AskPlanner);
}
