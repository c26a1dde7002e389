//! The quarantined model on behalf of a call: asked, and its answer checked and kept.

use super::{Engine, StoredHandles, TOKENS_MAX, planner};
use crate::agent::effect::{Body, Job, Outcome, Prepared};
use crate::agent::quarantine;
use crate::agent::reading::{self, SOURCE_DAY_BITS_MAX, Task, Work};
use crate::agent::turn::{Event, Turn};
use crate::audit::Entry;
use crate::label::{Label, Labeled, Readers};
use crate::models::{ModelCall, ModelError, ModelSettings, Prompt, PromptItem};
use crate::policy::Intent;
use crate::store::effects::EffectRow;
use crate::store::tallies::{self, Tally};
use crate::store::{StoreError, handles};
use crate::tool::{Kind, ToolError, ToolOutput};
use crate::value::Value;

impl Engine<'_> {
    /// Puts a question to the quarantined model into the outbox; an error if it must not be asked.
    pub(super) fn ask_quarantined(
        &mut self,
        turn: &mut Turn,
        at: usize,
        jobs: &mut Vec<Job>,
    ) -> Result<Option<ToolError>, StoreError> {
        let task = match self.task(turn, at) {
            Ok(task) => task,
            Err(error) => return Ok(Some(error)),
        };
        if self.quarantined_model().is_none() {
            return Ok(Some(ToolError::Refused));
        }
        if let Some(bits) = extracted(&task) {
            let label = task.label();
            for source in &label.sources {
                let told = tallies::get(self.store, Tally::Bits, source, self.now)?;
                if told.saturating_add(bits) > SOURCE_DAY_BITS_MAX {
                    return Ok(Some(ToolError::Refused));
                }
            }
            for source in &label.sources {
                tallies::add(self.store, Tally::Bits, source, bits, self.now)?;
            }
        }
        let body = Body::AskQuarantined {
            record: at,
            again: false,
        };
        self.post(turn, &body, jobs)?;
        Ok(None)
    }

    /// The task of a call, read from its row again.
    fn task(&self, turn: &Turn, at: usize) -> Result<Task, ToolError> {
        let record = turn.calls.get(at).ok_or(ToolError::Unavailable)?;
        let handles = StoredHandles {
            store: self.store,
            conversation: turn.conversation.as_str().to_owned(),
        };
        match reading::read(&record.call, &handles, record.is_tainted())? {
            Work::Ask(task) => Ok(task),
            Work::Done(..) => Err(ToolError::Unavailable),
        }
    }

    fn quarantined_model(&self) -> Option<&ModelSettings> {
        let own = self.config.quarantined.first();
        own.or_else(|| self.config.models.first())
    }

    pub(super) fn prepare_quarantined(
        &mut self,
        turn: &mut Turn,
        at: usize,
        row: &EffectRow,
    ) -> Result<Prepared, StoreError> {
        let settled = |outcome| Ok(Prepared::Settled(Box::new(outcome)));
        let unanswered = |error| settled(Outcome::Model(Err(error)));
        let Ok(task) = self.task(turn, at) else {
            return unanswered(ModelError::Malformed);
        };
        let Some(question) = quarantine::question(&task) else {
            return unanswered(ModelError::TooLarge);
        };
        let Some(settings) = self.quarantined_model().cloned() else {
            return unanswered(ModelError::Unconfigured);
        };
        let Some(model) = planner::model(&settings.provider) else {
            return unanswered(ModelError::Unconfigured);
        };
        let schema = quarantine::reply_schema(&task.wanted);
        let zone = self.zone()?;
        let prompt = Prompt {
            system: quarantine::SYSTEM,
            items: &[PromptItem::Owner { text: question }],
            tools: &[],
            answer: Some(&schema),
            tokens_max: TOKENS_MAX,
            now: self.now,
            zone: zone.as_ref(),
            locale: turn.locale,
        };
        let call = match model.call(&settings, &prompt) {
            Ok(ModelCall::Answered(reply)) => return settled(Outcome::Model(Ok(reply))),
            Ok(call) => call,
            Err(error) => return unanswered(error),
        };
        let intent = Intent::AskQuarantined;
        let permit = match self.reserve(turn, row, &settings, &call, &intent)? {
            Ok(permit) => permit,
            Err(outcome) => return settled(outcome),
        };
        Ok(Prepared::Model {
            settings,
            call: Box::new(call),
            permit,
            // Its words are raw material: nobody sees them before they are checked.
            turn: None,
            sign: None,
        })
    }

    /// Checks an answer. A malformed one is asked for once more; then there is none.
    pub(super) fn quarantined_answered(
        &mut self,
        turn: &mut Turn,
        at: usize,
        again: bool,
        attempts: i64,
        outcome: Outcome,
    ) -> Result<Option<Event>, StoreError> {
        let model = self
            .quarantined_model()
            .map_or_else(String::new, |model| model.name.clone());
        let failed = |error| {
            Ok(Some(Event::Ran {
                record: at,
                result: Err(error),
            }))
        };
        let reply = match outcome {
            Outcome::Model(Ok(reply)) => reply,
            Outcome::Model(Err(error)) => {
                let calls = &mut turn.spent.model_calls;
                *calls = calls.saturating_add(1);
                self.entries.push(Entry::ModelFailed {
                    turn: turn.id.to_string(),
                    model,
                    error: error.to_string(),
                });
                return failed(match error {
                    ModelError::Status { status, .. } if is_about_content(status) => {
                        ToolError::Unavailable
                    }
                    ModelError::Status { .. } | ModelError::Offline => ToolError::Offline,
                    ModelError::Unconfigured => ToolError::Auth,
                    ModelError::Malformed | ModelError::TooLarge => ToolError::Unavailable,
                });
            }
            Outcome::Stopped => return Ok(Some(Event::Cancel { stopped: true })),
            Outcome::Response(_)
            | Outcome::Later { .. }
            | Outcome::Kept
            | Outcome::OverBudget(_) => return failed(ToolError::Unavailable),
        };
        self.account_for(turn, &model, &reply, attempts);
        turn.spent.quarantined_calls = turn.spent.quarantined_calls.saturating_add(1);
        let task = match self.task(turn, at) {
            Ok(task) => task,
            Err(error) => return failed(error),
        };
        let zone = self.zone()?;
        if let Some(item) = quarantine::answer(&task, &reply.text, zone.as_ref()) {
            let output = ToolOutput::new(task.kind, item);
            return Ok(Some(Event::Ran {
                record: at,
                result: Ok(output),
            }));
        }
        if again {
            return failed(ToolError::Unavailable);
        }
        let mut jobs = Vec::new();
        let body = Body::AskQuarantined {
            record: at,
            again: true,
        };
        self.post(turn, &body, &mut jobs)?;
        Ok(Some(Event::Posted { jobs }))
    }

    /// Puts kept values into one list under a name.
    pub(super) fn gather(
        &mut self,
        turn: &Turn,
        name: &str,
        parts: &[String],
    ) -> Result<(), StoreError> {
        let conversation = turn.conversation.as_str();
        let mut items = Vec::new();
        for part in parts {
            items.extend(handles::get(self.store, conversation, part)?.map(|(_, item)| item));
        }
        let label = Label {
            readers: Readers::Everyone,
            ..Label::owner()
        };
        let list = Labeled::new(Value::List(items), label);
        handles::put(self.store, conversation, name, Kind::Done, &list)
    }
}

/// How many bits an answer to a task would tell the planner, if it is an extraction.
fn extracted(task: &Task) -> Option<u32> {
    (task.tool == "extract")
        .then(|| task.wanted.bits())
        .flatten()
}

/// Whether a provider's refusal may be due to what it was sent, such as a text that is too long for
/// the model or that trips a filter. What was sent is what others wrote, so it must not be told from
/// any other text that gives no answer.
fn is_about_content(status: u16) -> bool {
    matches!(status, 400..=499) && !matches!(status, 401 | 403 | 408 | 429)
}
