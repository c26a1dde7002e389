//! Reminders: a text, a time, and perhaps a rule by which it comes again.
//!
//! The one thing to know: a document's sort key is its next due time while it is active, and that
//! time negated once it is over, so the active ones are one range. A series keeps its first
//! wall-clock time and its zone, so nine o'clock stays nine o'clock when clocks change. This file
//! sets no timer itself; it says which the agent should set.

mod wake;

use super::parts::{
    absent, document, given, invalid, limit, list, made_here, object_id, of_arguments, private,
    read, source_of, text,
};
use super::{Connector, When, Woken};
use crate::id::TimerId;
use crate::label::{Capacity, Label, Labeled};
use crate::message::Locale;
use crate::time::{Repeat, Timestamp, Zone};
use crate::tool::{
    ArgRole, ArgSpec, ArgType, Call, CallContext, EffectClass, Kind, Progress, Reach, Shape, Sinks,
    TimerChange, ToolError, ToolOutput, ToolSpec,
};
use crate::value::{Item, Value, record};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// The connector.
pub struct Reminders;

const COLLECTION: &str = "reminder";
/// The most reminders that wait at once.
pub const ACTIVE_MAX: u32 = 500;
const MINUTE_MS: i64 = 60_000;

const TOOLS: &[ToolSpec] = &[
    ToolSpec {
        name: "remind",
        about: "Sets a reminder, once or again and again. Give either `at` or `in_minutes`.",
        effect: EffectClass::Write,
        reach: Reach::Inside,
        args: &[
            ArgSpec {
                name: "text",
                holds: ArgType::Text(1_000),
                role: ArgRole::Content,
                required: true,
                about: "What to remind the owner of.",
            },
            control("at", ArgType::Instant, "When, or when first."),
            control(
                "in_minutes",
                ArgType::Integer(1, 525_600),
                "When, counted from now.",
            ),
            control(
                "repeat",
                ArgType::Choice(&["daily", "weekdays", "weekly", "monthly", "yearly"]),
                "How often it comes again.",
            ),
            control(
                "every_minutes",
                ArgType::Integer(5, 525_600),
                "Again after so many minutes.",
            ),
        ],
        returns: Kind::Reminder,
        source: None,
        sinks: Sinks::Nobody,
    },
    ToolSpec {
        name: "reminders_list",
        about: "Lists the reminders that wait, the next first.",
        effect: EffectClass::Read,
        reach: Reach::Inside,
        args: &[ArgSpec {
            name: "limit",
            holds: ArgType::Integer(1, 50),
            role: ArgRole::Inert,
            required: false,
            about: "How many at most; 20 if not given.",
        }],
        returns: Kind::Reminders,
        source: None,
        sinks: Sinks::Nobody,
    },
    ToolSpec {
        name: "reminder_cancel",
        about: "Cancels a reminder that waits.",
        effect: EffectClass::Write,
        reach: Reach::Inside,
        args: &[ArgSpec {
            name: "reminder",
            holds: ArgType::Object(Kind::Reminder),
            role: ArgRole::Control,
            required: true,
            about: "The reminder.",
        }],
        returns: Kind::Reminder,
        source: None,
        sinks: Sinks::Nobody,
    },
];

const fn control(name: &'static str, holds: ArgType, about: &'static str) -> ArgSpec {
    ArgSpec {
        name,
        holds,
        role: ArgRole::Control,
        required: false,
        about,
    }
}

impl Connector for Reminders {
    fn name(&self) -> &'static str {
        "reminders"
    }

    fn tools(&self) -> &'static [ToolSpec] {
        TOOLS
    }

    fn check(&self, tool: &str, shape: &Shape, when: When<'_>) -> Result<(), ToolError> {
        match tool {
            "remind" => check_timing(shape, when),
            _ => Ok(()),
        }
    }

    fn run(&self, call: &Call, context: &mut CallContext<'_>) -> Result<Progress, ToolError> {
        match call.spec.name {
            "remind" => remind(call, context),
            "reminders_list" => waiting(call, context),
            "reminder_cancel" => cancel(call, context),
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
}

/// How a reminder comes again.
#[derive(Serialize, Deserialize)]
struct Series {
    repeat: Repeat,
    /// The first occurrence on the clock of `zone`, for example `2026-11-24T09:00:00`.
    first: String,
    zone: String,
}

impl Series {
    /// A series whose first occurrence is at `at`.
    fn starting(repeat: Repeat, at: Timestamp, zone: Option<&Zone>) -> Result<Self, ToolError> {
        // Minutes pass the same everywhere; only the other rules read a clock on the wall.
        let utc = Zone::named("UTC").ok_or(ToolError::Unavailable)?;
        let zone = match repeat {
            Repeat::Minutes(_) => &utc,
            Repeat::Daily
            | Repeat::Weekdays
            | Repeat::Weekly
            | Repeat::Monthly
            | Repeat::Yearly => zone.ok_or(ToolError::NoZone)?,
        };
        let first = at.in_zone(zone).datetime().to_string();
        Ok(Self {
            repeat,
            first,
            zone: zone.name().to_owned(),
        })
    }

    /// The first occurrence after an instant; `None` past the calendar's end.
    fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let first: DateTime = self.first.parse().ok()?;
        self.repeat.next(first, &Zone::named(&self.zone)?, after)
    }
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
            Some(series) => text(
                repeat_words(series.repeat, locale),
                chosen(Capacity::Choice),
            ),
            None => absent(),
        };
        let at = Labeled::new(Value::Time(self.due), chosen(Capacity::Number));
        record(
            made,
            [
                ("id", text(self.id, known(Capacity::Id))),
                ("at", at),
                ("repeat", repeat),
                ("text", self.text.tainted_by(&private(&source))),
            ],
        )
    }
}

fn repeat_words(repeat: Repeat, locale: Locale) -> String {
    let (english, french) = match repeat {
        Repeat::Minutes(n) => {
            return locale.pick(
                format!("every {n} minutes"),
                format!("toutes les {n} minutes"),
            );
        }
        Repeat::Daily => ("every day", "tous les jours"),
        Repeat::Weekdays => ("Monday to Friday", "du lundi au vendredi"),
        Repeat::Weekly => ("every week", "toutes les semaines"),
        Repeat::Monthly => ("every month", "tous les mois"),
        Repeat::Yearly => ("every year", "tous les ans"),
    };
    locale.pick(english, french).to_owned()
}

fn remind(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let at = first_time(call, context)?;
    let series = match repeat_of(call)? {
        Some(repeat) => Some(Series::starting(repeat, at, context.zone)?),
        None => None,
    };
    let due = match &series {
        // A series of weekdays that starts on a Saturday begins on Monday.
        Some(series) if is_weekend(series) => series.next(at).ok_or(ToolError::Unavailable)?,
        _ => at,
    };
    let active = context
        .documents
        .list(COLLECTION, 0, i64::MAX, ACTIVE_MAX)?;
    if u32::try_from(active.len()).is_ok_and(|count| count >= ACTIVE_MAX) {
        return Err(ToolError::Refused);
    }
    let id = context.ids.timer();
    let timing = of_timing(call);
    let reminder = Reminder {
        id: id.as_str().to_owned(),
        text: given(call, "text"),
        chosen_by: timing,
        conversation: context.conversation.as_str().to_owned(),
        due,
        series,
    };
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

/// What a planner can get wrong about the time of a reminder.
fn check_timing(shape: &Shape, when: When<'_>) -> Result<(), ToolError> {
    if shape.has("at") == shape.has("in_minutes") {
        return Err(invalid("at", "either at or in_minutes"));
    }
    if shape.has("at") || shape.has("repeat") {
        when.zone.ok_or(ToolError::NoZone)?;
    }
    if matches!(shape.literal("at"), Some(Value::Time(at)) if *at <= when.now) {
        return Err(invalid("at", "a time in the future"));
    }
    if shape.has("repeat") && shape.has("every_minutes") {
        return Err(invalid("every_minutes", "either repeat or every_minutes"));
    }
    Ok(())
}

fn first_time(call: &Call, context: &CallContext<'_>) -> Result<Timestamp, ToolError> {
    match (call.time("at"), call.int("in_minutes")) {
        (Some(at), None) => {
            context.zone()?;
            if at <= context.now {
                return Err(invalid("at", "a time in the future"));
            }
            Ok(at)
        }
        (None, Some(minutes)) => Ok(context
            .now
            .plus_millis(minutes.max(1).saturating_mul(MINUTE_MS))),
        (Some(_), Some(_)) | (None, None) => Err(invalid("at", "either at or in_minutes")),
    }
}

fn repeat_of(call: &Call) -> Result<Option<Repeat>, ToolError> {
    let minutes = call
        .int("every_minutes")
        .map(|n| u32::try_from(n.max(5)).unwrap_or(u32::MAX));
    let repeat = match call.text("repeat") {
        "" => return Ok(minutes.map(Repeat::Minutes)),
        "daily" => Repeat::Daily,
        "weekdays" => Repeat::Weekdays,
        "weekly" => Repeat::Weekly,
        "monthly" => Repeat::Monthly,
        "yearly" => Repeat::Yearly,
        _ => {
            return Err(invalid(
                "repeat",
                "daily, weekdays, weekly, monthly or yearly",
            ));
        }
    };
    if minutes.is_some() {
        return Err(invalid("every_minutes", "either repeat or every_minutes"));
    }
    Ok(Some(repeat))
}

fn is_weekend(series: &Series) -> bool {
    let day = series
        .first
        .parse()
        .map(|first: DateTime| first.weekday().to_monday_zero_offset());
    series.repeat == Repeat::Weekdays && day.is_ok_and(|day| day >= 5)
}

/// The label of the arguments that chose the time.
fn of_timing(call: &Call) -> Label {
    let mut timing = call.clone();
    timing.args.remove("text");
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
