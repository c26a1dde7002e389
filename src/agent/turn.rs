//! One turn as a pure state machine: `(turn, event, world) → effects`.
//!
//! `step` does no I/O and reads no clock. It decides nothing about safety either: each call goes
//! through `policy::decide`, here when it is planned and again in `engine` when it runs. A planner's
//! garbage ends in a correction for the planner or a clear answer for the owner, and every turn has
//! hard limits.

mod calls;
mod looking;
mod record;
mod spent;
mod state;

pub use record::{Announced, CallRecord, Progress};
pub use spent::Spent;
pub use state::{Cause, Effect, Event, Said, Turn, World};

use crate::agent::{conversation, planner};
use crate::label::{Label, Labeled, Readers};
use crate::message::{Attachment, Message};
use crate::models::{ModelError, ModelReply, PromptItem, Stop};
use crate::store::turns::Status;
use crate::tool::Kind;
use crate::value::{Item, Value, record};
use calls::{answered, go_on, plan, ran, recheck};
use looking::checking;

/// The most times a planner is asked in one turn.
pub const STEPS_MAX: u32 = 12;
/// The most calls of the planner in one turn, and the most that its loops make beside them.
pub const CALLS_MAX: usize = 40;
/// The most bytes that the planner's side of one turn may have.
pub const BYTES_MAX: usize = 256 * 1024;
/// The longest a turn is at work, in milliseconds: 5 minutes.
pub const WORK_MS_MAX: i64 = 5 * 60_000;
/// How deep the arguments of a call may be nested.
const DEPTH_MAX: u32 = 32;

/// Takes a turn one event further.
pub fn step(turn: &mut Turn, event: Event, world: &mut World<'_>) -> Vec<Effect> {
    if turn.is_over() {
        return Vec::new();
    }
    let mut effects = Vec::new();
    if let Cause::Check { .. } = turn.cause {
        checking(turn, event, &mut effects);
        return effects;
    }
    match event {
        Event::Begin => begin(turn, world, &mut effects),
        Event::Model(Ok(reply)) => model_replied(turn, reply, world, &mut effects),
        Event::Model(Err(error)) => {
            let words = model_failed(&error, turn);
            turn.tell(Message::say(words), world.now, &mut effects);
            turn.stop_planning();
        }
        Event::OverBudget => turn.stop_planning(),
        Event::AskAgain => effects.push(Effect::AskPlanner),
        Event::Posted { jobs } => effects.push(Effect::HandOut(jobs)),
        Event::Ran { record, result } => ran(turn, record, result, world, &mut effects),
        Event::Recheck => recheck(turn, world, &mut effects),
        Event::Answered { approval, status } => {
            answered(turn, &approval, status, world, &mut effects);
        }
        Event::Cancel { stopped } => {
            let words = if stopped {
                turn.locale.pick(
                    "Stopped. /resume lets me go on.",
                    "Arrêté. /resume me relance.",
                )
            } else {
                turn.locale.pick("Cancelled.", "Annulé.")
            };
            effects.push(Effect::DropPending);
            turn.tell(Message::say(words), world.now, &mut effects);
            turn.end(Status::Cancelled);
        }
        Event::GiveUp => {
            let words = turn.locale.pick(
                "I could not work on this message: it stopped me several times. It is kept; \
                 everything else goes on.",
                "Je n'ai pas pu traiter ce message : il m'a arrêté plusieurs fois. Il est \
                 conservé ; tout le reste continue.",
            );
            effects.push(Effect::DropPending);
            turn.tell(Message::say(words), world.now, &mut effects);
            turn.end(Status::Failed);
        }
    }
    effects
}

fn begin(turn: &mut Turn, world: &World<'_>, effects: &mut Vec<Effect>) {
    turn.began = Some(world.now);
    match turn.cause.clone() {
        Cause::Owner {
            text, attachments, ..
        } => {
            if world.circumstances.stopped {
                let words = turn.locale.pick(
                    "I am stopped, so I did nothing. Send /resume first.",
                    "Je suis arrêté, je n'ai donc rien fait. Envoyez d'abord /resume.",
                );
                turn.tell(Message::say(words), world.now, effects);
                turn.end(Status::Cancelled);
                return;
            }
            let mut words = attach(turn, text, attachments, effects);
            if !turn.pointed_at.is_empty() {
                let shown = turn.pointed_at.join(", ");
                words.push_str(&format!(
                    "\n[The owner replies to a message that showed {shown}.]"
                ));
            }
            turn.items.push(PromptItem::Owner { text: words });
            effects.push(Effect::AskPlanner);
        }
        Cause::Guest { answered, .. } => {
            if answered {
                let words = turn.locale.pick(
                    "I take requests from my owner only. Your message is kept for them.",
                    "Je ne prends de demandes que de mon propriétaire. Votre message lui est gardé.",
                );
                turn.tell(Message::say(words), world.now, effects);
            }
            turn.end(Status::Done);
        }
        Cause::Notice { message } => {
            turn.tell(message, world.now, effects);
            turn.end(Status::Done);
        }
        Cause::Button { .. } | Cause::Check { .. } => turn.end(Status::Done),
    }
}

/// Keeps files under handles and names these behind the owner's words.
fn attach(
    turn: &mut Turn,
    text: String,
    attachments: Vec<Attachment>,
    effects: &mut Vec<Effect>,
) -> String {
    let mut words = text;
    for attachment in attachments {
        turn.next_call = turn.next_call.saturating_add(1);
        let name = format!("$file_{}", turn.next_call);
        let description = planner::description(&name, Kind::File, None);
        words.push_str(&format!("\n[The owner attached a file: {description}]"));
        effects.push(Effect::Keep {
            name,
            kind: Kind::File,
            item: file(attachment, turn.seq),
        });
    }
    if let Cause::Owner { attachments, .. } = &mut turn.cause {
        attachments.clear();
    }
    words
}

/// A file as a value: whoever sent it, its name and content are somebody's words.
fn file(attachment: Attachment, turn: i64) -> Item {
    use base64::Engine;
    let label = Label::untrusted(&format!("file:{turn}"), Readers::owner());
    let bytes = base64::engine::general_purpose::STANDARD.decode(&attachment.data);
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let field = |text: String| Labeled::new(Value::Text(text), label.clone());
    record(
        label.clone(),
        [
            ("name", field(attachment.name)),
            ("type", field(attachment.content_type)),
            // A file that is no text is kept as it came, for tools that can read it.
            (
                "data",
                field(if text.is_none() {
                    attachment.data
                } else {
                    String::new()
                }),
            ),
            ("text", field(text.unwrap_or_default())),
        ],
    )
}

fn model_replied(
    turn: &mut Turn,
    reply: ModelReply,
    world: &mut World<'_>,
    effects: &mut Vec<Effect>,
) {
    turn.steps = turn.steps.saturating_add(1);
    if is_too_long(turn, &reply) {
        let words = turn.locale.pick(
            "The model's answer is longer than one turn may be, so I left it out. Ask for less.",
            "La réponse du modèle dépasse ce qu'un tour permet, je l'ai écartée. Demandez moins.",
        );
        turn.tell(Message::say(words), world.now, effects);
        turn.stop_planning();
        return;
    }
    let ModelReply {
        text,
        mut calls,
        opaque,
        stop,
        ..
    } = reply;
    for call in &mut calls {
        if is_too_deep(&call.args, DEPTH_MAX) {
            // A turn whose row cannot be read back would be lost; the call is told to be malformed.
            call.args = serde_json::Value::Null;
        }
    }
    if !text.trim().is_empty() {
        turn.tell(Message::say(text.trim()), world.now, effects);
    }
    let done = calls.is_empty();
    if done && let Some(words) = last_words(turn, stop) {
        turn.tell(Message::say(words), world.now, effects);
    } else if done && turn.messages.is_empty() && turn.unpushed.is_empty() {
        turn.tell(Message::say(what_was_done(turn)), world.now, effects);
    }
    turn.items.push(PromptItem::Planner {
        text,
        calls: calls.clone(),
        opaque,
    });
    if done {
        turn.planned = true;
        return;
    }
    turn.round = turn.calls.len();
    for call in calls {
        let over = turn.planned_calls() >= CALLS_MAX;
        plan(turn, call, over, world, effects);
    }
    go_on(turn, world, effects);
}

fn is_too_deep(value: &serde_json::Value, left: u32) -> bool {
    let Some(left) = left.checked_sub(1) else {
        return true;
    };
    match value {
        serde_json::Value::Array(items) => items.iter().any(|item| is_too_deep(item, left)),
        serde_json::Value::Object(fields) => fields.values().any(|item| is_too_deep(item, left)),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => false,
    }
}

/// Whether the planner's side of the turn would grow over its limit.
fn is_too_long(turn: &Turn, reply: &ModelReply) -> bool {
    let kept: usize = turn.items.iter().map(conversation::bytes).sum();
    let added = conversation::planner_bytes(&reply.text, &reply.calls, &reply.opaque);
    kept.saturating_add(added) > BYTES_MAX
}

/// What code adds when a planner ends without an answer, or with half of one.
fn last_words(turn: &Turn, stop: Stop) -> Option<&'static str> {
    match stop {
        Stop::Refusal => Some(turn.locale.pick(
            "The model declined to answer this.",
            "Le modèle a refusé de répondre à ceci.",
        )),
        Stop::Length => Some(turn.locale.pick(
            "(The model's answer was cut off at its length limit.)",
            "(La réponse du modèle a été coupée à sa limite de longueur.)",
        )),
        Stop::End => None,
    }
}

/// What code says for a planner that ends without a word.
fn what_was_done(turn: &Turn) -> String {
    let own = turn.calls.iter().filter(|record| record.parent.is_none());
    let done = own.filter(|record| record.status == Progress::Done);
    let tools: Vec<&str> = done.map(|record| record.call.tool.as_str()).collect();
    if tools.is_empty() {
        return turn
            .locale
            .pick(
                "The model gave no answer. Please say it in other words.",
                "Le modèle n'a pas donné de réponse. Reformulez, s'il vous plaît.",
            )
            .to_owned();
    }
    let words = turn.locale.pick("Done", "Fait");
    format!("{words}: {}.", tools.join(", "))
}

fn model_failed(error: &ModelError, turn: &Turn) -> String {
    let locale = turn.locale;
    let later = if turn.calls.is_empty() {
        locale.pick(
            "Try again in a while; nothing was done.",
            "Réessayez plus tard ; rien n'a été fait.",
        )
    } else {
        locale.pick(
            "Try again in a while; what I began or asked you stays.",
            "Réessayez plus tard ; ce que j'ai commencé ou demandé reste.",
        )
    };
    let (why, what) = match error {
        ModelError::Status {
            status: 401 | 403, ..
        } => locale.pick(
            ("it refuses the key", "Check the model's API key binding."),
            ("il refuse la clé", "Vérifiez la clé d'API du modèle."),
        ),
        ModelError::Status { .. } | ModelError::Offline => {
            (locale.pick("it does not answer", "il ne répond pas"), later)
        }
        ModelError::Malformed | ModelError::TooLarge => locale.pick(
            (
                "its answer cannot be read",
                "Try again, or choose another model.",
            ),
            (
                "sa réponse est illisible",
                "Réessayez ou choisissez un autre modèle.",
            ),
        ),
        ModelError::Unconfigured => locale.pick(
            ("it is not configured", "Set MODEL_PROVIDER and MODEL_NAME."),
            (
                "il n'est pas configuré",
                "Réglez MODEL_PROVIDER et MODEL_NAME.",
            ),
        ),
    };
    let model = locale.pick(
        "I could not use the model",
        "Je n'ai pas pu utiliser le modèle",
    );
    format!("{model}: {why}. {what}")
}

#[cfg(test)]
mod tests;
