//! A time as the owner said it, and the calendar day and wall-clock time that it means.
//!
//! [`When`] is what was said: it knows no clock. [`When::moment`] and [`When::days`] place it
//! relative to an instant in a zone. Nothing is guessed: what can mean two things is a [`Doubt`].
//! Reading a time from words is `times`; instants across clock changes are [`crate::time`].

use crate::time::{Repeat, Rule, Timestamp, Zone};
use jiff::civil::{Date, DateTime, Time};
use jiff::{ToSpan, Zoned};

/// A day as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// So many days after today.
    Offset(i64),
    /// A day of the week, Monday being 1. `later` means not today.
    Weekday {
        /// Which one.
        day: i8,
        /// Whether today does not count.
        later: bool,
    },
    /// A date; without a year the next one.
    Date {
        /// The year.
        year: Option<i16>,
        /// The month.
        month: i8,
        /// The day.
        day: i8,
    },
    /// A day of this month or the next one that has it.
    OfMonth(i8),
    /// The next day that fits, such as the last one of a month.
    Fitting(Rule),
    /// A week, this one being 0.
    Week(i64),
    /// The coming Saturday and Sunday.
    Weekend,
    /// So many days from today on.
    Next(i64),
}

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Until noon.
    Morning,
    /// After noon.
    Afternoon,
    /// The end of the day.
    Evening,
}

impl Part {
    /// The hour that it means when no other is said.
    fn hour(self) -> i8 {
        match self {
            Self::Morning => 9,
            Self::Afternoon => 14,
            Self::Evening => 19,
        }
    }
}

/// A clock time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// 0 to 23.
    pub hour: i8,
    /// 0 to 59.
    pub minute: i8,
    /// Whether it can also be twelve hours later.
    pub vague: bool,
}

/// How often it comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// On the calendar.
    Calendar(Repeat),
    /// Every day, at the hour of this part of it.
    DailyPart(Part),
    /// Every so many minutes.
    Minutes(i64),
}

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Minutes.
    pub minutes: i64,
    /// Calendar months.
    pub months: i64,
}

/// Why what was said is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// No time at all.
    NoTime,
    /// A day without a clock time.
    NoClock,
    /// A small hour that can be before or after noon.
    HalfOfDay,
    /// `5/6` can be two dates.
    DayOrMonth,
    /// It has passed.
    Past,
    /// There is no such date.
    NoSuchDate,
    /// Farther away than the calendar or a reminder goes.
    TooFar,
    /// More often than every five minutes.
    TooOften,
    /// A repetition that cannot be expressed.
    Unclear,
}

/// A time as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct When {
    /// The day.
    pub day: Option<Day>,
    /// The clock time.
    pub clock: Option<Clock>,
    /// The part of the day.
    pub part: Option<Part>,
    /// How far ahead.
    pub ahead: Option<Span>,
    /// How long it lasts, in minutes.
    pub lasts_minutes: Option<i64>,
    /// How often it comes again.
    pub again: Option<Again>,
    /// The last day on which it comes again.
    pub until: Option<Day>,
    /// How often it comes in all.
    pub times: Option<i64>,
    /// What is unclear about it from the words alone.
    pub doubt: Option<Doubt>,
}

/// The most minutes that a reminder may lie ahead: a year.
pub const AHEAD_MINUTES_MAX: i64 = 525_600;
const DAY_MINUTES: i64 = 1440;
/// When a day begins on which no other time was said.
const NINE: (Time, i64) = (Time::constant(9, 0, 0, 0), 0);
/// How many candidates for the first day are looked at: the last day of a month is among them.
const DAYS_MAX: i64 = 62;

/// Now, where the owner is.
#[derive(Debug, Clone, Copy)]
pub struct Here<'a> {
    /// The instant.
    pub now: Timestamp,
    /// The owner's zone.
    pub zone: &'a Zone,
}

impl Here<'_> {
    /// The wall-clock time.
    pub fn wall(self) -> Zoned {
        self.now.in_zone(self.zone)
    }

    fn is_ahead(self, wall: DateTime) -> bool {
        self.zone.instant(wall).is_some_and(|at| at > self.now)
    }
}

impl When {
    /// Both together, if neither says what the other has said: "tomorrow … at nine".
    pub fn and(self, other: Self) -> Option<Self> {
        let both_say = (self.day.is_some() && other.day.is_some())
            || (self.clock.is_some() && other.clock.is_some())
            || (self.part.is_some() && other.part.is_some())
            || (self.ahead.is_some() && other.ahead.is_some())
            || (self.lasts_minutes.is_some() && other.lasts_minutes.is_some())
            || (self.again.is_some() && other.again.is_some())
            || (self.until.is_some() && other.until.is_some())
            || (self.times.is_some() && other.times.is_some());
        (!both_say).then(|| self.corrected(other))
    }

    /// This, corrected by what was said later.
    pub fn corrected(self, later: Self) -> Self {
        Self {
            day: later.day.or(self.day),
            clock: later.clock.or(self.clock),
            part: later.part.or(self.part),
            ahead: later.ahead.or(self.ahead),
            lasts_minutes: later.lasts_minutes.or(self.lasts_minutes),
            again: later.again.or(self.again),
            until: later.until.or(self.until),
            times: later.times.or(self.times),
            // A new day settles what was unclear about the old one.
            doubt: if later.day.is_some() {
                later.doubt
            } else {
                self.doubt.or(later.doubt)
            },
        }
    }

    /// Whether the repetition itself names days, such as two days of the week.
    fn says_days(&self) -> bool {
        let Some(Again::Calendar(Repeat::On(rule))) = self.again else {
            return false;
        };
        !rule.days.is_empty() || rule.place.is_some()
    }

    /// Whether an end was said only of something that comes again.
    pub fn is_whole(&self) -> bool {
        self.again.is_some() || (self.until.is_none() && self.times.is_none())
    }

    /// Minutes from now, where that is all that was said: then no zone is needed.
    pub fn plain_minutes(&self) -> Option<i64> {
        if self.day.is_some() || self.clock.is_some() || self.part.is_some() {
            return None;
        }
        match (self.ahead, self.again) {
            (Some(span), _) if span.months == 0 => Some(span.minutes),
            (None, Some(Again::Minutes(every))) => Some(every),
            _ => None,
        }
    }

    /// The first moment that is meant. A day without a clock time is at nine if `nine_will_do`.
    pub fn moment(&self, here: Here<'_>, nine_will_do: bool) -> Result<DateTime, Doubt> {
        if let Some(doubt) = self.doubt {
            return Err(doubt);
        }
        let time = self.time()?;
        if let Some(span) = self.ahead {
            return Self::after(span, here, time);
        }
        let today = here.wall().date();
        let Some(day) = self.day else {
            let time = time.or_else(|| (nine_will_do && self.says_days()).then_some(NINE));
            let (time, late) = time.ok_or(Doubt::NoTime)?;
            return self.first_of_days(here, |n| shifted(today, n.saturating_add(late)), time);
        };
        let (time, late) = match time {
            Some(time) => time,
            None if nine_will_do && day != Day::Offset(0) => NINE,
            None => return Err(Doubt::NoClock),
        };
        match day {
            Day::Week(0) | Day::Next(_) => Err(Doubt::NoClock),
            Day::Offset(_) | Day::Week(_) | Day::Weekend => {
                let (first, _) = span_of(day, today).ok_or(Doubt::TooFar)?;
                let wall = shifted(first, late).ok_or(Doubt::TooFar)?.to_datetime(time);
                if here.is_ahead(wall) {
                    Ok(wall)
                } else {
                    Err(Doubt::Past)
                }
            }
            Day::Weekday { .. } => {
                let (first, _) = span_of(day, today).ok_or(Doubt::TooFar)?;
                let week = |n: i64| shifted(first, n.saturating_mul(7).saturating_add(late));
                self.first_of_days(here, week, time)
            }
            Day::Date { year, month, day } => self.on_date(here, year, month, day, (time, late)),
            Day::OfMonth(number) => {
                let month = |n| of_month(today, n, number).and_then(|day| shifted(day, late));
                self.first_of_days(here, month, time)
            }
            Day::Fitting(rule) => {
                let fitting = |n| shifted(today, n).filter(|day| rule.fits(*day, *day));
                let late = |n| fitting(n).and_then(|day| shifted(day, late));
                self.first_of_days(here, late, time)
            }
        }
    }

    /// The days that are meant: the first and how many. Nothing said means today.
    pub fn days(&self, here: Here<'_>) -> Result<(Date, i64), Doubt> {
        if let Some(doubt) = self.doubt.filter(|doubt| *doubt != Doubt::HalfOfDay) {
            return Err(doubt);
        }
        let today = here.wall().date();
        if let Some(span) = self.ahead {
            let wall = here.wall().datetime();
            return Ok((moved(wall, span).ok_or(Doubt::TooFar)?.date(), 1));
        }
        match self.day.unwrap_or(Day::Offset(0)) {
            Day::Date {
                year: Some(year),
                month,
                day,
            } => Date::new(year, month, day)
                .map(|date| (date, 1))
                .map_err(|_| Doubt::NoSuchDate),
            Day::Date {
                year: None,
                month,
                day,
            } => (0..=8)
                .filter_map(|n| Date::new(today.year().checked_add(n)?, month, day).ok())
                .find(|date| *date >= today)
                .map(|date| (date, 1))
                .ok_or(Doubt::NoSuchDate),
            Day::OfMonth(number) => (0..=12)
                .filter_map(|n| of_month(today, n, number))
                .find(|date| *date >= today)
                .map(|date| (date, 1))
                .ok_or(Doubt::NoSuchDate),
            Day::Fitting(rule) => (0..=DAYS_MAX)
                .filter_map(|n| shifted(today, n))
                .find(|date| rule.fits(*date, *date))
                .map(|date| (date, 1))
                .ok_or(Doubt::NoSuchDate),
            day @ (Day::Offset(_)
            | Day::Weekday { .. }
            | Day::Week(_)
            | Day::Weekend
            | Day::Next(_)) => span_of(day, today).ok_or(Doubt::TooFar),
        }
    }

    /// The clock time, and how many days after the day that is named it falls: midnight of an
    /// evening belongs to the next day.
    fn time(&self) -> Result<Option<(Time, i64)>, Doubt> {
        let daily = match self.again {
            Some(Again::DailyPart(part)) => Some(part),
            _ => None,
        };
        let part = self.part.or(daily);
        let Some(clock) = self.clock else {
            return match part.map(|part| Time::new(part.hour(), 0, 0, 0)) {
                Some(Ok(time)) => Ok(Some((time, 0))),
                Some(Err(_)) => Err(Doubt::NoSuchDate),
                None => Ok(None),
            };
        };
        if clock.vague && part.is_none() {
            return Err(Doubt::HalfOfDay);
        }
        let (hour, late) = match (part, clock.hour) {
            (Some(Part::Evening), 0 | 12) => (0, 1),
            (Some(Part::Morning), 12) => (0, 0),
            (Some(Part::Evening | Part::Afternoon), hour @ 1..=11) => (hour.saturating_add(12), 0),
            (_, hour) => (hour, 0),
        };
        let time = Time::new(hour, clock.minute, 0, 0).map_err(|_| Doubt::NoSuchDate)?;
        Ok(Some((time, late)))
    }

    fn after(span: Span, here: Here<'_>, time: Option<(Time, i64)>) -> Result<DateTime, Doubt> {
        let wall = moved(here.wall().datetime(), span).ok_or(Doubt::TooFar)?;
        match time {
            None => Ok(wall),
            Some(_) if span.months == 0 && span.minutes % DAY_MINUTES != 0 => Err(Doubt::NoTime),
            Some((time, late)) => Ok(shifted(wall.date(), late)
                .ok_or(Doubt::TooFar)?
                .to_datetime(time)),
        }
    }

    /// The first of a row of days at a time that lies ahead and that the repetition allows.
    fn first_of_days(
        &self,
        here: Here<'_>,
        nth: impl Fn(i64) -> Option<Date>,
        time: Time,
    ) -> Result<DateTime, Doubt> {
        let begins = |wall: DateTime| match &self.again {
            Some(Again::Calendar(repeat)) => repeat.begins_at(wall),
            Some(Again::DailyPart(_) | Again::Minutes(_)) | None => true,
        };
        (0..=DAYS_MAX)
            .filter_map(|n| nth(n).map(|date| date.to_datetime(time)))
            .find(|wall| here.is_ahead(*wall) && begins(*wall))
            .ok_or(Doubt::NoSuchDate)
    }

    fn on_date(
        &self,
        here: Here<'_>,
        year: Option<i16>,
        month: i8,
        day: i8,
        (time, late): (Time, i64),
    ) -> Result<DateTime, Doubt> {
        if let Some(year) = year {
            let date = Date::new(year, month, day).map_err(|_| Doubt::NoSuchDate)?;
            let wall = shifted(date, late).ok_or(Doubt::TooFar)?.to_datetime(time);
            return if here.is_ahead(wall) {
                Ok(wall)
            } else {
                Err(Doubt::Past)
            };
        }
        let this = here.wall().date().year();
        let nth = |n: i64| {
            let year = this.checked_add(i16::try_from(n).ok()?)?;
            shifted(Date::new(year, month, day).ok()?, late)
        };
        self.first_of_days(here, nth, time)
    }
}

/// A wall-clock time as tools take it.
pub fn written(wall: DateTime) -> String {
    wall.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// An instant so many minutes from now as tools take it. In the hour that a clock change repeats
/// the wall clock alone would mean the first pass, so there the offset is written too.
pub fn written_after(here: Here<'_>, minutes: i64) -> Option<String> {
    let at = here.now.plus_millis(minutes.checked_mul(60_000)?);
    let minute = at.millis().div_euclid(60_000).saturating_mul(60_000);
    let at = Timestamp::from_millis(minute);
    let zoned = at.in_zone(here.zone);
    let certain = here.zone.instant(zoned.datetime()) == Some(at);
    let format = if certain {
        "%Y-%m-%dT%H:%M"
    } else {
        "%Y-%m-%dT%H:%M%:z"
    };
    Some(zoned.strftime(format).to_string())
}

fn shifted(date: Date, days: i64) -> Option<Date> {
    date.checked_add(jiff::Span::new().try_days(days).ok()?)
        .ok()
}

fn moved(wall: DateTime, span: Span) -> Option<DateTime> {
    let wall = wall.with().second(0).subsec_nanosecond(0).build().ok()?;
    let months = jiff::Span::new().try_months(span.months).ok()?;
    let minutes = jiff::Span::new().try_minutes(span.minutes).ok()?;
    wall.checked_add(months).ok()?.checked_add(minutes).ok()
}

fn of_month(today: Date, n: i64, number: i8) -> Option<Date> {
    let month = today
        .first_of_month()
        .checked_add(jiff::Span::new().try_months(n).ok()?)
        .ok()?;
    Date::new(month.year(), month.month(), number).ok()
}

/// The first day and the number of days of what lies relative to today.
fn span_of(day: Day, today: Date) -> Option<(Date, i64)> {
    let weekday = today.weekday().to_monday_one_offset();
    match day {
        Day::Offset(n) => Some((shifted(today, n)?, 1)),
        Day::Weekday { day, later } => {
            let ahead = i64::from(day.checked_sub(weekday)?).rem_euclid(7);
            let ahead = if ahead == 0 && later { 7 } else { ahead };
            Some((shifted(today, ahead)?, 1))
        }
        Day::Week(0) => Some((today, i64::from(8_i8.checked_sub(weekday)?))),
        Day::Week(n) => {
            let monday = today.checked_sub(weekday.checked_sub(1)?.days()).ok()?;
            Some((shifted(monday, n.checked_mul(7)?)?, 7))
        }
        Day::Weekend => {
            let ahead = i64::from(6_i8.checked_sub(weekday)?);
            let days = if ahead < 0 { 1 } else { 2 };
            Some((shifted(today, ahead.max(0))?, days))
        }
        Day::Next(n) => Some((today, n)),
        Day::Date { .. } | Day::OfMonth(_) | Day::Fitting(_) => None,
    }
}
