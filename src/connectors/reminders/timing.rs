//! From the arguments of `remind` to a first time and a series.
//!
//! The same checks are made on what a planner wrote out, before anything runs, and on the values
//! that came by handles, when it does.

use super::MINUTE_MS;
use super::series::Series;
use crate::connectors::When;
use crate::connectors::parts::invalid;
use crate::time::{Cron, CronError, Days, Place, Repeat, Rule, Timestamp, Unit, Zone};
use crate::tool::{Call, CallContext, Shape, ToolError};
use crate::value::Value;
use jiff::civil::Date;

/// Arguments, as far as they are known.
trait Known {
    fn has(&self, name: &str) -> bool;
    fn value(&self, name: &str) -> Option<&Value>;

    fn text(&self, name: &str) -> Option<&str> {
        let Value::Text(text) = self.value(name)? else {
            return None;
        };
        Some(text)
    }
}

impl Known for Shape {
    fn has(&self, name: &str) -> bool {
        Self::has(self, name)
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.literal(name)
    }
}

impl Known for Call {
    fn has(&self, name: &str) -> bool {
        self.item(name).is_some()
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.item(name).map(crate::value::Item::peek)
    }
}

/// What a planner can get wrong about the time of a reminder.
pub(super) fn check_shape(shape: &Shape, when: When<'_>) -> Result<(), ToolError> {
    check(shape, when.now, when.zone)
}

fn check(args: &dyn Known, now: Timestamp, zone: Option<&Zone>) -> Result<(), ToolError> {
    let has = |name| args.has(name);
    if has("cron")
        && ["repeat", "every_minutes", "in_minutes"]
            .into_iter()
            .any(has)
    {
        return Err(invalid(
            "cron",
            "nothing else that says when, but `at` and an end",
        ));
    }
    if !has("cron") && has("at") == has("in_minutes") {
        return Err(invalid("at", "either at or in_minutes"));
    }
    let on_calendar = ["at", "repeat", "cron", "until"].into_iter().any(has);
    if on_calendar {
        zone.ok_or(ToolError::NoZone)?;
    }
    if matches!(args.value("at"), Some(Value::Time(at)) if *at <= now) {
        return Err(invalid("at", "a time in the future"));
    }
    if has("repeat") && has("every_minutes") {
        return Err(invalid("every_minutes", "either repeat or every_minutes"));
    }
    for name in ["every", "on", "place"] {
        if has(name) && !has("repeat") {
            return Err(invalid(name, "`repeat` with it"));
        }
    }
    let repeats = ["repeat", "every_minutes", "cron"].into_iter().any(has);
    for name in ["until", "times"] {
        if has(name) && !repeats {
            return Err(invalid(name, "something that comes again"));
        }
    }
    let by_month = |text: &str| matches!(text, "monthly" | "yearly");
    if has("place") && args.text("repeat").is_some_and(|text| !by_month(text)) {
        return Err(invalid("place", "`repeat` monthly or yearly with it"));
    }
    if has("on") && !has("place") && args.text("repeat").is_some_and(by_month) {
        return Err(invalid("place", "which of these days of the month"));
    }
    if matches!(
        (args.value("every"), args.text("repeat")),
        (Some(Value::Int(11..)), Some("yearly"))
    ) {
        return Err(invalid("every", "10 years at most"));
    }
    if let Some(text) = args.text("cron") {
        Cron::parse(text).map_err(malformed)?;
    }
    Ok(())
}

fn malformed(error: CronError) -> ToolError {
    invalid("cron", &error.to_string())
}

/// When a reminder comes first, and how again.
pub(super) fn read(
    call: &Call,
    context: &CallContext<'_>,
) -> Result<(Timestamp, Option<Series>), ToolError> {
    check(call, context.now, context.zone)?;
    let at = match (call.time("at"), call.int("in_minutes")) {
        (Some(at), _) => at,
        (None, Some(minutes)) => {
            let ahead = minutes.max(1).saturating_mul(MINUTE_MS);
            context.now.plus_millis(ahead)
        }
        // A cron line begins with the first whole minute that is to come.
        (None, None) => {
            let minute = context.now.millis().div_euclid(MINUTE_MS);
            Timestamp::from_millis(minute.saturating_add(1).saturating_mul(MINUTE_MS))
        }
    };
    let Some(repeat) = repeat_of(call)? else {
        return Ok((at, None));
    };
    let never = || invalid("until", "a day on which it comes at least once");
    let (mut series, due) = Series::starting(repeat, at, context.zone)?.ok_or_else(never)?;
    series.until = match call.text("until") {
        "" => None,
        day => Some(end_of(day, context.zone()?)?),
    };
    if series.until.is_some_and(|until| due >= until) {
        return Err(never());
    }
    let times = call.int("times").map(u32::try_from);
    series.left = times.and_then(Result::ok);
    Ok((due, Some(series)))
}

/// The first instant after a day.
fn end_of(day: &str, zone: &Zone) -> Result<Timestamp, ToolError> {
    let day: Option<Date> = day.parse().ok();
    let next = day.and_then(|day| day.tomorrow().ok());
    next.and_then(|next| zone.instant(next.at(0, 0, 0, 0)))
        .ok_or_else(|| invalid("until", "a day such as 2026-11-24"))
}

fn repeat_of(call: &Call) -> Result<Option<Repeat>, ToolError> {
    if !call.text("cron").is_empty() {
        let cron = Cron::parse(call.text("cron")).map_err(malformed)?;
        return Ok(Some(Repeat::Cron(cron)));
    }
    let (simple, unit) = match call.text("repeat") {
        "" => {
            let minutes = call.int("every_minutes");
            let minutes = minutes.map(|n| u32::try_from(n.max(5)).unwrap_or(u32::MAX));
            return Ok(minutes.map(Repeat::Minutes));
        }
        "daily" => (Repeat::Daily, Unit::Day),
        "weekdays" => (Repeat::Weekdays, Unit::Day),
        "weekly" => (Repeat::Weekly, Unit::Week),
        "monthly" => (Repeat::Monthly, Unit::Month),
        "yearly" => (Repeat::Yearly, Unit::Year),
        _ => {
            let expected = "daily, weekdays, weekly, monthly or yearly";
            return Err(invalid("repeat", expected));
        }
    };
    let named = call.item("on").map_or(&[][..], crate::value::Item::items);
    let days = named.iter().filter_map(|day| day.text());
    let mut days = days.fold(Days::default(), |days, day| days.and(number_of(day)));
    if days.is_empty() && simple == Repeat::Weekdays {
        days = Days::WORK;
    }
    let every = call
        .int("every")
        .and_then(|every| u16::try_from(every).ok());
    let place = match call.text("place") {
        "first" => Some(Place::First),
        "second" => Some(Place::Second),
        "third" => Some(Place::Third),
        "fourth" => Some(Place::Fourth),
        "last" => Some(Place::Last),
        _ => None,
    };
    let rule = Rule {
        unit,
        every: every.unwrap_or(1),
        days,
        place,
    };
    let plain = rule.every == 1 && named.is_empty() && place.is_none();
    Ok(Some(if plain { simple } else { Repeat::On(rule) }))
}

/// The number of a day of the week, Monday being 1; 0 for anything else.
fn number_of(day: &str) -> i8 {
    match day {
        "monday" => 1,
        "tuesday" => 2,
        "wednesday" => 3,
        "thursday" => 4,
        "friday" => 5,
        "saturday" => 6,
        "sunday" => 7,
        _ => 0,
    }
}
