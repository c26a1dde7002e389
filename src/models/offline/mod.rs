//! The planner without a model: short requests in plain words, understood by tables.
//!
//! It is the default, needs no key and no network, and is a pure function of the prompt: the same
//! prompt gets the same reply. It acts only on sentences that clearly are a request it knows; for
//! anything else it says that a model is needed. It never sees content, so it never claims to.
//!
//! The way of a text: `words` (folded words), `understand` (politeness, commands, follow-ups) with
//! the tables of `grammar` (`english`, `french`), fitted by `pattern` and `times` (`dates`,
//! `clocks`, `spans`), then `requests`, `reminders`, `routines` and `mail` (a plan of calls, with `when` for the calendar and
//! `zones` for places), then `plan` (the next call, given what `turn` says was done).

mod clocks;
mod commands;
mod dates;
mod english;
mod french;
mod grammar;
mod mail;
mod pattern;
mod plan;
mod reminders;
mod requests;
mod routines;
mod spans;
mod times;
mod turn;
mod understand;
mod when;
mod words;
mod zones;

#[cfg(test)]
mod tests;

use self::grammar::Answers;
use self::plan::words;
use self::turn::{Outcome, Turn};
use super::{Decoder, Model, ModelCall, ModelError, ModelReply, ModelSettings, Prompt};
use crate::tool::{EffectClass, ToolCall};

/// The planner that is code of ours.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offline;

impl Model for Offline {
    fn provider(&self) -> &'static str {
        "offline"
    }

    fn call(&self, _: &ModelSettings, prompt: &Prompt<'_>) -> Result<ModelCall, ModelError> {
        Ok(ModelCall::Answered(reply(prompt)))
    }

    fn decoder(&self, _content_type: &str) -> Box<dyn Decoder> {
        Box::new(NoResponse)
    }
}

/// There is no server, so there is no response to decode.
struct NoResponse;

impl Decoder for NoResponse {
    fn feed(&mut self, _bytes: &[u8]) -> Result<String, ModelError> {
        Err(ModelError::Malformed)
    }

    fn finish(self: Box<Self>) -> Result<ModelReply, ModelError> {
        Err(ModelError::Malformed)
    }
}

/// The next step of the turn.
fn reply(prompt: &Prompt<'_>) -> ModelReply {
    let Some(turn) = Turn::of(prompt.items) else {
        return words("");
    };
    let open = turn
        .done
        .iter()
        .any(|(_, outcome)| *outcome == Outcome::Open);
    if turn.ended || open {
        return words("");
    }
    let asked = understand::understand(turn.said, prompt.locale);
    let answers = &asked.grammar.answers;
    match turn.done.last() {
        Some((_, Outcome::Failed(code))) => return words(failure(code, answers)),
        // Of what others can see, code tells the owner how it went.
        Some((call, Outcome::Handle(handle)))
            if handle.status.is_some() || is_told_by_code(call, prompt) =>
        {
            return words("");
        }
        Some((_, Outcome::Handle(_) | Outcome::Done | Outcome::Open)) | None => {}
    }
    let plan = requests::plan(&asked, &turn, prompt);
    if !turn.done.is_empty() && plan.steps.is_empty() {
        // The clock moved on between two steps and the request reads differently now.
        return plan::show_last(&turn, prompt.items);
    }
    plan::next(&plan, &turn, prompt.items)
}

fn is_told_by_code(call: &ToolCall, prompt: &Prompt<'_>) -> bool {
    let spec = prompt.tools.iter().find(|spec| spec.name == call.tool);
    spec.is_some_and(|spec| spec.effect >= EffectClass::Send)
}

/// What to tell the owner about an error, by its code.
fn failure(code: &str, answers: &'static Answers) -> &'static str {
    match code {
        "auth" => answers.failed_auth,
        "offline" => answers.failed_offline,
        "rate" => answers.failed_rate,
        "refused" => answers.failed_refused,
        "no_zone" => answers.which_zone,
        "invalid" => answers.failed_invalid,
        _ => answers.failed_unavailable,
    }
}
