//! Reminders: a text, a time, and perhaps a rule by which it comes again.
//!
//! The one thing to know: a document's sort key is its next due time while it is active, and that
//! time negated once it is over, so the active ones are one range. A series keeps its first
//! wall-clock time and its zone, so nine o'clock stays nine o'clock when clocks change. This file
//! sets no timer itself; it says which the agent should set.

mod past;
mod series;
mod specs;
mod timing;
mod wake;

use self::series::Series;
use super::parts::{
    absent, document, given, limit, list, made_here, object_id, of_arguments, private, read,
    source_of, text,
};
use super::{Connector, Told, When, Woken};
use crate::id::TimerId;
use crate::label::{Capacity, Label, Labeled};
use crate::message::Locale;
use crate::time::Timestamp;
use crate::tool::{
    Call, CallContext, Documents, Kind, Progress, Shape, TimerChange, ToolError, ToolOutput,
    ToolSpec,
};
use crate::value::{Item, Value, record};
use serde::{Deserialize, Serialize};

/// The connector.
pub struct Reminders;

const COLLECTION: &str = "reminder";
/// The most reminders that wait at once.
pub const ACTIVE_MAX: u32 = 500;
const MINUTE_MS: i64 = 60_000;

impl Connector for Reminders {
    fn name(&self) -> &'static str {
        "reminders"
    }

    fn tools(&self) -> &'static [ToolSpec] {
        specs::TOOLS
    }

    fn check(&self, tool: &str, shape: &Shape, when: When<'_>) -> Result<(), ToolError> {
        match tool {
            "remind" => timing::check_shape(shape, when),
            _ => Ok(()),
        }
    }

    fn run(&self, call: &Call, context: &mut CallContext<'_>) -> Result<Progress, ToolError> {
        match call.spec.name {
            "remind" => remind(call, context),
            "reminders_list" => waiting(call, context),
            "reminder_cancel" => cancel(call, context),
            "reminder_snooze" => past::snooze(call, context),
            "reminders_past" => past::list_past(call, context),
            _ => Err(ToolError::Unavailable),
        }
        .map(Progress::Done)
    }

    fn wake(
        &self,
        document: &str,
        due: Timestamp,
        context: &mut CallContext<'_>,
    ) -> Result<Woken, ToolError> {
        wake::wake(document, due, context)
    }

    fn told(
        &self,
        receipt: &str,
        told: Told,
        now: Timestamp,
        documents: &mut dyn Documents,
    ) -> Result<(), ToolError> {
        past::told(receipt, told, now, documents)
    }
}

/// A reminder as it is stored; its id is also that of its timer.
#[derive(Serialize, Deserialize)]
struct Reminder {
    id: String,
    text: Item,
    /// The label of the arguments that chose the time: reading it back makes it no better.
    chosen_by: Label,
    conversation: String,
    due: Timestamp,
    series: Option<Series>,
    /// Of a receipt: when it was told, and what became of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told: Option<(Timestamp, Told)>,
}

impl Reminder {
    fn item(self, locale: Locale) -> Item {
        let source = source_of(Kind::Reminder, &self.id);
        let made = made_here(&source);
        let known = |capacity| Label {
            capacity,
            ..private(&source)
        };
        let chosen = |capacity| known(capacity).join(&self.chosen_by);
        let repeat = match &self.series {
            Some(series) => text(series.words(locale), chosen(Capacity::Choice)),
            None => absent(),
        };
        let at = Labeled::new(Value::Time(self.due), chosen(Capacity::Number));
        let [told, place, receipt] = match self.told {
            Some(told) => {
                let (place, outcome) = past::outcome(&self, told, locale);
                [
                    Labeled::new(Value::Time(told.0), known(Capacity::Number)),
                    text(place, known(Capacity::Choice)),
                    text(outcome, known(Capacity::Choice)),
                ]
            }
            None => [absent(), absent(), absent()],
        };
        record(
            made,
            [
                ("id", text(self.id, known(Capacity::Id))),
                ("at", at),
                ("repeat", repeat),
                ("told", told),
                ("where", place),
                ("receipt", receipt),
                ("text", self.text.tainted_by(&private(&source))),
            ],
        )
    }
}

fn remind(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let (due, series) = timing::read(call, context)?;
    let conversation = context.conversation.as_str().to_owned();
    let reminder = Reminder {
        id: String::new(),
        text: given(call, "text"),
        chosen_by: of_timing(call),
        conversation,
        due,
        series,
        told: None,
    };
    set(reminder, context)
}

/// Keeps a new reminder and sets its timer.
fn set(mut reminder: Reminder, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let active = context
        .documents
        .list(COLLECTION, 0, i64::MAX, ACTIVE_MAX)?;
    if u32::try_from(active.len()).is_ok_and(|count| count >= ACTIVE_MAX) {
        return Err(ToolError::Refused);
    }
    let (id, due) = (context.ids.timer(), reminder.due);
    id.as_str().clone_into(&mut reminder.id);
    context
        .documents
        .put(COLLECTION, document(&reminder.id, due.millis(), &reminder)?)?;
    let timer = TimerChange::Set {
        id,
        due,
        document: reminder.id.clone(),
    };
    let item = reminder.item(context.locale);
    Ok(ToolOutput {
        kind: Kind::Reminder,
        item,
        timers: vec![timer],
    })
}

/// The label of the arguments that chose the time.
fn of_timing(call: &Call) -> Label {
    let mut timing = call.clone();
    timing.args.remove("text");
    timing.args.remove("reminder");
    of_arguments(&timing)
}

fn waiting(call: &Call, context: &CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let wanted = u32::try_from(limit(call, 20)).unwrap_or(ACTIVE_MAX);
    let stored = context.documents.list(COLLECTION, 0, i64::MAX, wanted)?;
    let reminders = stored
        .into_iter()
        .map(read::<Reminder>)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(list(
        Kind::Reminders,
        call,
        reminders.into_iter().map(|it| it.item(context.locale)),
    ))
}

fn cancel(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let id = object_id(call, "reminder")?;
    let stored = context
        .documents
        .get(COLLECTION, &id)?
        .ok_or(ToolError::Unavailable)?;
    if stored.sort < 0 {
        return Err(ToolError::Unavailable);
    }
    let reminder: Reminder = read(stored)?;
    let timer = TimerId::try_from(id.as_str()).map_err(|_| ToolError::Unavailable)?;
    context.documents.remove(COLLECTION, &id)?;
    let item = reminder.item(context.locale);
    Ok(ToolOutput {
        kind: Kind::Reminder,
        item,
        timers: vec![TimerChange::Clear { id: timer }],
    })
}

#[cfg(test)]
mod tests;
