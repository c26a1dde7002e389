//! Reads events out of a calendar.
//!
//! The one thing to know: one event that cannot be read makes the whole file an error, because a
//! calendar that silently lacks an event is worse. Services send one file per event.

use super::super::line::{Component, Line};
use super::zones::Zones;
use super::{
    Answer, Attendee, Class, Clock, Event, IcalError, Length, Person, Role, Series, Status, When,
    named,
};
use crate::time::Zone;
use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Span};

/// Reads all events of a file, in their order. Bytes that are no text become `U+FFFD`.
pub fn read(bytes: impl AsRef<[u8]>) -> Result<Vec<Event>, IcalError> {
    let text = String::from_utf8_lossy(bytes.as_ref());
    let whole = Component::read(&text)?;
    let mut events = Vec::new();
    for calendar in calendars(&whole)? {
        let zones = Zones::of(calendar);
        for event in calendar.inner("VEVENT") {
            events.push(event_of(event, &zones)?);
        }
    }
    Ok(events)
}

/// The calendars of a file, of which there must be one.
pub(super) fn calendars(whole: &Component) -> Result<Vec<&Component>, IcalError> {
    let found: Vec<&Component> = whole.inner("VCALENDAR").collect();
    if found.is_empty() {
        return Err(IcalError::NoCalendar);
    }
    Ok(found)
}

/// One event.
pub(super) fn event_of(event: &Component, zones: &Zones) -> Result<Event, IcalError> {
    let value = |name: &str| event.first(name).map_or("", |line| line.value().trim());
    let text = |name: &str| event.first(name).map(Line::text).unwrap_or_default();
    let start = event
        .first("DTSTART")
        .ok_or(IcalError::Missing("DTSTART"))?;
    let start = when(start, zones)?;
    let (end, length) = end_of(event, &start, zones)?;
    let recurrence = event.first("RECURRENCE-ID");
    let uid = text("UID");
    let status = [
        (Status::Tentative, "TENTATIVE"),
        (Status::Cancelled, "CANCELLED"),
    ];
    let class = [
        (Class::Public, "PUBLIC"),
        (Class::Public, ""),
        (Class::Confidential, "CONFIDENTIAL"),
    ];
    Ok(Event {
        uid,
        recurrence_id: recurrence.map(|line| when(line, zones)).transpose()?,
        title: text("SUMMARY"),
        start,
        end,
        length,
        place: text("LOCATION"),
        about: text("DESCRIPTION"),
        organiser: event.first("ORGANIZER").map(person),
        attendees: event.named("ATTENDEE").map(attendee).collect(),
        status: named(&status, value("STATUS")).unwrap_or_default(),
        sequence: value("SEQUENCE").parse().unwrap_or(0),
        class: named(&class, value("CLASS")).unwrap_or(Class::Private),
        is_free: value("TRANSP").eq_ignore_ascii_case("TRANSPARENT"),
        series: series(event, zones)?,
    })
}

fn series(event: &Component, zones: &Zones) -> Result<Series, IcalError> {
    let rules = event.named("RRULE").map(|line| line.value().trim());
    let mut series = Series {
        rules: rules.map(str::to_owned).collect(),
        more: event.first("EXRULE").is_some(),
        ..Series::default()
    };
    if let Some(line) = event.first("RECURRENCE-ID") {
        series.more |= line.param("RANGE").is_some();
    }
    for line in event.named("RDATE") {
        let values = line.value().split(',').filter(|value| !value.is_empty());
        for value in values {
            // A period says its own end, which is not kept.
            let (start, period) = value.split_once('/').unwrap_or((value, ""));
            series.more |= !period.is_empty();
            series.dates.push(moment(start, line, zones)?);
        }
    }
    for line in event.named("EXDATE") {
        let values = line.value().split(',').filter(|value| !value.is_empty());
        for value in values {
            series.except.push(moment(value, line, zones)?);
        }
    }
    Ok(series)
}

/// Somebody, as a line names them.
fn person(line: &Line) -> Person {
    Person {
        address: address(line),
        name: line.param("CN").unwrap_or_default().trim().to_owned(),
    }
}

/// The mail address of a line; another address if it has none.
pub(super) fn address(line: &Line) -> String {
    let value = line.value().trim();
    let scheme = value
        .get(..7)
        .filter(|it| it.eq_ignore_ascii_case("mailto:"));
    let mail = scheme.and_then(|_| value.get(7..));
    let mail = mail.or_else(|| line.param("EMAIL"));
    mail.unwrap_or(value).trim().to_owned()
}

fn attendee(line: &Line) -> Attendee {
    let param = |name: &str| line.param(name).unwrap_or_default();
    Attendee {
        person: person(line),
        answer: named(&Answer::ALL, param("PARTSTAT")).unwrap_or_default(),
        role: named(&Role::ALL, param("ROLE")).unwrap_or_default(),
        rsvp: param("RSVP").eq_ignore_ascii_case("TRUE"),
    }
}

/// The end of an event, and how long it lasts.
fn end_of(event: &Component, start: &When, zones: &Zones) -> Result<(When, Length), IcalError> {
    if let Some(line) = event.first("DTEND") {
        let end = like(start, when(line, zones)?);
        let length = between(start, &end);
        // An end before the start is none.
        return Ok(match length {
            Length::Exact(length) | Length::Nominal(length, _) if length < 0 => {
                (start.clone(), Length::Exact(0))
            }
            Length::Exact(_) | Length::Nominal(..) => (end, length),
        });
    }
    let length = match event.first("DURATION") {
        Some(line) => {
            let (days, rest) = duration(line.value()).ok_or(IcalError::Value("DURATION"))?;
            Length::Nominal(days, rest)
        }
        None if start.is_day() => Length::Nominal(1, 0),
        None => Length::Exact(0),
    };
    let end = length.after(start).ok_or(IcalError::Value("DURATION"))?;
    Ok((end, length))
}

/// An end of the same kind as its start: a day only for a day.
fn like(start: &When, end: When) -> When {
    match (start.is_day(), end.is_day()) {
        (true, false) => {
            let date = end.wall.date();
            let midnight = end.wall.time() == Time::midnight();
            When::day(if midnight {
                date
            } else {
                date.tomorrow().unwrap_or(date)
            })
        }
        (false, true) => start.on_same_clock(end.wall),
        _ => end,
    }
}

fn between(start: &When, end: &When) -> Length {
    match (&start.clock, &end.clock) {
        (Clock::Day, _) => {
            let days = start.wall.date().duration_until(end.wall.date()).as_hours() / 24;
            Length::Nominal(days, 0)
        }
        (Clock::Zone(_), Clock::Zone(_)) => {
            let utc = Zone::utc();
            let span = start.instant(&utc).zip(end.instant(&utc));
            Length::Exact(span.map_or(0, |(from, to)| to.millis().saturating_sub(from.millis())))
        }
        // Where one has no zone, both are read on the same clock.
        _ => {
            let span = start.wall.duration_until(end.wall).as_millis();
            Length::Exact(i64::try_from(span).unwrap_or(0))
        }
    }
}

impl Length {
    /// The end of what begins then and lasts so long.
    pub(super) fn after(self, start: &When) -> Option<When> {
        let (days, rest) = match self {
            Self::Exact(rest) => (0, rest),
            Self::Nominal(days, rest) => (days, rest),
        };
        let wall = start
            .wall
            .checked_add(Span::new().try_days(days).ok()?)
            .ok()?;
        let end = start.on_same_clock(wall);
        if rest == 0 {
            return Some(end);
        }
        match &end.clock {
            Clock::Zone(_) => {
                let utc = Zone::utc();
                Some(end.clock_at(end.instant(&utc)?.plus_millis(rest), &utc))
            }
            Clock::Day | Clock::Floating => {
                let wall = wall.checked_add(SignedDuration::from_millis(rest)).ok()?;
                Some(end.on_same_clock(wall))
            }
        }
    }
}

/// The time of a line.
pub(super) fn when(line: &Line, zones: &Zones) -> Result<When, IcalError> {
    moment(line.value(), line, zones)
}

/// A time, on the clock that its line names.
fn moment(value: &str, line: &Line, zones: &Zones) -> Result<When, IcalError> {
    let (wall, kind) = wall(value).ok_or(IcalError::Value("time"))?;
    let clock = match (kind, line.param("TZID")) {
        (Kind::Day, _) => Clock::Day,
        (Kind::Universal, _) => Clock::Zone(jiff::tz::TimeZone::UTC),
        (Kind::Local, None) => Clock::Floating,
        (Kind::Local, Some(name)) => Clock::Zone(zones.named(name)?),
    };
    let when = When { wall, clock };
    // The last days of the calendar are no instants everywhere.
    when.instant(&Zone::utc()).ok_or(IcalError::Value("time"))?;
    Ok(when)
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `20260112`.
    Day,
    /// `20260112T093000`.
    Local,
    /// `20260112T093000Z`.
    Universal,
}

/// Reads a time as it is written.
pub(super) fn wall(value: &str) -> Option<(DateTime, Kind)> {
    let value = value.trim();
    let (rest, is_universal) = match value.strip_suffix(['Z', 'z']) {
        Some(rest) => (rest, true),
        None => (value, false),
    };
    let (date, time) = match rest.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (rest, None),
    };
    let part = |text: &str, from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(())?;
        digits.parse::<i16>().ok()
    };
    let small = |text: &str, from: usize| i8::try_from(part(text, from, from + 2)?).ok();
    if date.len() != 8 {
        return None;
    }
    let date = Date::new(part(date, 0, 4)?, small(date, 4)?, small(date, 6)?).ok()?;
    let Some(time) = time else {
        return Some((date.to_datetime(Time::midnight()), Kind::Day));
    };
    let second = match time.len() {
        4 => 0,
        // A leap second is no second of the clock here.
        6 => small(time, 4)?.min(59),
        _ => return None,
    };
    let time = Time::new(small(time, 0)?, small(time, 2)?, second, 0).ok()?;
    let kind = if is_universal {
        Kind::Universal
    } else {
        Kind::Local
    };
    Some((date.to_datetime(time), kind))
}

/// Reads a duration: days, and milliseconds beyond them.
pub(super) fn duration(value: &str) -> Option<(i64, i64)> {
    let value = value.trim();
    let (sign, value) = match value.strip_prefix(['+', '-']) {
        Some(rest) if value.starts_with('-') => (-1, rest),
        Some(rest) => (1, rest),
        None => (1, value),
    };
    let rest = value.strip_prefix(['P', 'p'])?;
    let (mut days, mut millis, mut number) = (0_i64, 0_i64, None::<i64>);
    for c in rest.chars() {
        let unit = match c.to_ascii_uppercase() {
            digit @ '0'..='9' => {
                let digit = i64::from(digit.to_digit(10)?);
                number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
                continue;
            }
            'T' if number.is_none() => continue,
            'W' => (7, 0),
            'D' => (1, 0),
            'H' => (0, 3_600_000),
            'M' => (0, 60_000),
            'S' => (0, 1_000),
            _ => return None,
        };
        let number = number.take()?;
        days = days.checked_add(number.checked_mul(unit.0)?)?;
        millis = millis.checked_add(number.checked_mul(unit.1)?)?;
    }
    number.is_none().then_some(())?;
    Some((days.checked_mul(sign)?, millis.checked_mul(sign)?))
}
