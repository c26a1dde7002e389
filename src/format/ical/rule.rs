//! Recurrence rules (RFC 5545 section 3.3.10) on the calendar, without zones.
//!
//! The one thing to know: a rule is read whole or not at all. What is not understood here (parts of
//! a day as frequency, weeks by number) makes the whole rule unknown, and whoever asks says so.
//! How much is looked at is bounded by a [`Budget`], whatever the rule says.

use super::read::{Kind, wall};
use jiff::Span;
use jiff::civil::{Date, DateTime, Time, Weekday};

/// How many days may be looked at.
#[derive(Debug)]
pub(super) struct Budget {
    /// For all that is left.
    pub days: u32,
    /// Whether it was not enough.
    pub is_spent: bool,
}

/// What a rule counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Every {
    Day,
    Week,
    Month,
    Year,
}

/// The most times of the clock that a rule names for one day.
const TIMES_MAX: usize = 96;

/// The most starts that one rule gives.
const STARTS_MAX: usize = 5_000;

/// A rule.
#[derive(Debug)]
pub(super) struct Rule {
    every: Every,
    interval: i32,
    count: Option<u32>,
    /// The last start that it may have.
    pub until: Option<(DateTime, Kind)>,
    days: Vec<(i16, Weekday)>,
    month_days: Vec<i16>,
    year_days: Vec<i16>,
    months: Vec<i16>,
    places: Vec<i16>,
    hours: Vec<i16>,
    minutes: Vec<i16>,
    seconds: Vec<i16>,
    week_start: Weekday,
}

impl Rule {
    /// Reads a rule; `None` for one that is not understood.
    pub fn read(text: &str) -> Option<Self> {
        let mut every = None;
        let mut rule = Self {
            every: Every::Day,
            interval: 1,
            count: None,
            until: None,
            days: Vec::new(),
            month_days: Vec::new(),
            year_days: Vec::new(),
            months: Vec::new(),
            places: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            week_start: Weekday::Monday,
        };
        for part in text.trim().split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=')?;
            let value = value.trim();
            match name.trim().to_ascii_uppercase().as_str() {
                "FREQ" => every = Some(frequency(value)?),
                "INTERVAL" => rule.interval = value.parse().ok().filter(|n| *n > 0)?,
                "COUNT" => rule.count = Some(value.parse().ok()?),
                "UNTIL" => rule.until = Some(wall(value)?),
                "WKST" => rule.week_start = weekday(value)?,
                "BYDAY" => {
                    let days = value.split(',').map(|day| ordinal(day.trim()));
                    rule.days = days.collect::<Option<_>>()?;
                }
                "BYMONTHDAY" => rule.month_days = numbers(value, -31, 31)?,
                "BYYEARDAY" => rule.year_days = numbers(value, -366, 366)?,
                "BYMONTH" => rule.months = numbers(value, 1, 12)?,
                "BYSETPOS" => rule.places = numbers(value, -366, 366)?,
                "BYHOUR" => rule.hours = numbers_from_0(value, 23)?,
                "BYMINUTE" => rule.minutes = numbers_from_0(value, 59)?,
                "BYSECOND" => rule.seconds = numbers_from_0(value, 59)?,
                _ => return None,
            }
        }
        rule.every = every?;
        rule.is_sound().then_some(rule)
    }

    /// Whether the first start alone says on which days it comes again.
    pub fn follows_start(&self) -> bool {
        let lists = [
            &self.month_days,
            &self.year_days,
            &self.months,
            &self.places,
        ];
        let times = [&self.hours, &self.minutes, &self.seconds];
        let mut all = lists.into_iter().chain(times);
        self.days.is_empty() && all.all(Vec::is_empty)
    }

    /// Whether its parts may stand beside one another.
    fn is_sound(&self) -> bool {
        let placed = self.days.iter().any(|(place, _)| *place != 0);
        let times = [&self.hours, &self.minutes, &self.seconds];
        let times = times.map(|list| list.len().max(1));
        let many = times.into_iter().fold(1_usize, usize::saturating_mul);
        many <= TIMES_MAX
            && match self.every {
                Every::Day => !placed && self.year_days.is_empty(),
                Every::Week => !placed && self.year_days.is_empty() && self.month_days.is_empty(),
                Every::Month => self.year_days.is_empty(),
                Every::Year => true,
            }
    }

    /// Its starts from `from` to `to`, in order, for a series that began at `first`. `is_past` says
    /// where its `UNTIL` ends.
    pub fn starts(
        &self,
        first: DateTime,
        (from, to): (DateTime, DateTime),
        is_past: &dyn Fn(DateTime) -> bool,
        budget: &mut Budget,
    ) -> Vec<DateTime> {
        let rule = self.completed(first);
        let times = self.times(first.time());
        let mut found = Vec::new();
        let mut given = 0_u32;
        let mut period = match self.count {
            None => rule.periods_before(first.date(), from.date()),
            // All have to be counted.
            Some(_) => 0,
        };
        while let Some(begins) = rule.begins(first.date(), period) {
            let past = |wall: &DateTime| *wall > to || is_past(*wall);
            if begins > to.date() || self.count.is_some_and(|count| given >= count) {
                break;
            }
            let Some(days) = rule.days_of(begins, budget) else {
                budget.is_spent = true;
                break;
            };
            let all: Vec<DateTime> = days
                .iter()
                .flat_map(|day| times.iter().map(|time| day.to_datetime(*time)))
                .collect();
            for wall in rule.placed(all).into_iter().filter(|wall| *wall >= first) {
                if past(&wall) || self.count.is_some_and(|count| given >= count) {
                    return found;
                }
                given = given.saturating_add(1);
                if wall >= from {
                    found.push(wall);
                }
                if found.len() > STARTS_MAX {
                    budget.is_spent = true;
                    return found;
                }
            }
            period += 1;
        }
        found
    }

    /// What a rule leaves to the first start: the day of the week, of the month, the month.
    fn completed(&self, first: DateTime) -> Self {
        let mut rule = Self {
            days: self.days.clone(),
            month_days: self.month_days.clone(),
            year_days: self.year_days.clone(),
            months: self.months.clone(),
            places: self.places.clone(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            ..*self
        };
        if rule.days.is_empty() && rule.month_days.is_empty() && rule.year_days.is_empty() {
            match self.every {
                Every::Day => {}
                Every::Week => rule.days = vec![(0, first.weekday())],
                Every::Month | Every::Year => rule.month_days = vec![first.day().into()],
            }
            if self.every == Every::Year && rule.months.is_empty() {
                rule.months = vec![first.month().into()];
            }
        }
        rule
    }

    /// The times of a day, in order.
    fn times(&self, first: Time) -> Vec<Time> {
        let or = |list: &[i16], first: i8| match list {
            [] => vec![first],
            _ => list.iter().filter_map(|n| i8::try_from(*n).ok()).collect(),
        };
        let mut times = Vec::new();
        for hour in or(&self.hours, first.hour()) {
            for minute in or(&self.minutes, first.minute()) {
                for second in or(&self.seconds, first.second()) {
                    times.extend(Time::new(hour, minute, second, 0).ok());
                }
            }
        }
        times.sort_unstable();
        times.dedup();
        times
    }

    /// How many whole periods may be left out before a day.
    fn periods_before(&self, first: Date, day: Date) -> i32 {
        let years = i32::from(day.year()) - i32::from(first.year());
        let days = first.duration_until(day).as_hours() / 24;
        let days = i32::try_from(days).unwrap_or(0);
        let passed = match self.every {
            Every::Day => days,
            Every::Week => days / 7,
            Every::Month => years * 12 + i32::from(day.month()) - i32::from(first.month()),
            Every::Year => years,
        };
        // One less: a week may begin after the first start's day of the week.
        (passed / self.interval - 1).max(0)
    }

    /// The first day of a period; `None` beyond the calendar.
    fn begins(&self, first: Date, period: i32) -> Option<Date> {
        let ahead = period.checked_mul(self.interval)?;
        let add = |from: Date, span: Span| from.checked_add(span).ok();
        match self.every {
            Every::Day => add(first, Span::new().try_days(ahead).ok()?),
            Every::Week => {
                let into = self.week_start.until(first.weekday());
                let monday = add(first, Span::new().try_days(-i32::from(into)).ok()?)?;
                add(monday, Span::new().try_weeks(ahead).ok()?)
            }
            Every::Month => add(first.first_of_month(), Span::new().try_months(ahead).ok()?),
            Every::Year => add(first.first_of_year(), Span::new().try_years(ahead).ok()?),
        }
    }

    /// The days of a period that it names; `None` if that is too much to look at.
    fn days_of(&self, begins: Date, budget: &mut Budget) -> Option<Vec<Date>> {
        let months: Vec<Date> = match self.every {
            Every::Day | Every::Week | Every::Month => vec![begins],
            Every::Year => {
                let months = (1..=12).filter_map(|month| Date::new(begins.year(), month, 1).ok());
                months.filter(|day| self.has_month(*day)).collect()
            }
        };
        let length = |month: Date| match self.every {
            Every::Day => 1,
            Every::Week => 7,
            Every::Month | Every::Year => month.days_in_month(),
        };
        let mut days = Vec::new();
        // A period costs something even where nothing of it is looked at.
        budget.days = budget.days.checked_sub(1)?;
        for month in months {
            let length = length(month);
            budget.days = budget.days.checked_sub(length.unsigned_abs().into())?;
            let mut day = Some(month);
            for _ in 0..length {
                let Some(one) = day else { break };
                if self.fits(one) {
                    days.push(one);
                }
                day = one.tomorrow().ok();
            }
        }
        Some(days)
    }

    fn has_month(&self, day: Date) -> bool {
        self.months.is_empty() || self.months.contains(&day.month().into())
    }

    fn fits(&self, day: Date) -> bool {
        let among = |list: &[i16], number: i16, of: i16| {
            list.is_empty() || list.contains(&number) || list.contains(&(number - of - 1))
        };
        let of_month = (day.day().into(), day.days_in_month().into());
        let of_year = (day.day_of_year(), day.days_in_year());
        // Places are those of the month, or of the year where no month is named.
        let (number, of) = match self.every {
            Every::Year if self.months.is_empty() => of_year,
            Every::Day | Every::Week | Every::Month | Every::Year => of_month,
        };
        let placed = |place: i16| match place {
            0 => true,
            1.. => (number - 1) / 7 + 1 == place,
            _ => (of - number) / 7 + 1 == -place,
        };
        self.has_month(day)
            && among(&self.month_days, of_month.0, of_month.1)
            && among(&self.year_days, of_year.0, of_year.1)
            && (self.days.is_empty()
                || self
                    .days
                    .iter()
                    .any(|(place, weekday)| *weekday == day.weekday() && placed(*place)))
    }

    /// Those of a period's starts that `BYSETPOS` names.
    fn placed(&self, all: Vec<DateTime>) -> Vec<DateTime> {
        if self.places.is_empty() {
            return all;
        }
        let count = i16::try_from(all.len()).unwrap_or(i16::MAX);
        let named = (1..=count).zip(all).filter(|(place, _)| {
            self.places.contains(place) || self.places.contains(&(place - count - 1))
        });
        named.map(|(_, wall)| wall).collect()
    }
}

fn frequency(value: &str) -> Option<Every> {
    match value.to_ascii_uppercase().as_str() {
        "DAILY" => Some(Every::Day),
        "WEEKLY" => Some(Every::Week),
        "MONTHLY" => Some(Every::Month),
        "YEARLY" => Some(Every::Year),
        _ => None,
    }
}

fn weekday(value: &str) -> Option<Weekday> {
    match value.to_ascii_uppercase().as_str() {
        "MO" => Some(Weekday::Monday),
        "TU" => Some(Weekday::Tuesday),
        "WE" => Some(Weekday::Wednesday),
        "TH" => Some(Weekday::Thursday),
        "FR" => Some(Weekday::Friday),
        "SA" => Some(Weekday::Saturday),
        "SU" => Some(Weekday::Sunday),
        _ => None,
    }
}

/// `MO`, `2MO`, `-1MO`.
fn ordinal(value: &str) -> Option<(i16, Weekday)> {
    let (place, day) = value.split_at_checked(value.len().checked_sub(2)?)?;
    let place = match place {
        "" => 0,
        place => place
            .parse()
            .ok()
            .filter(|n: &i16| *n != 0 && n.abs() <= 53)?,
    };
    Some((place, weekday(day)?))
}

fn numbers(value: &str, least: i16, most: i16) -> Option<Vec<i16>> {
    let read = |text: &str| {
        let number = text.trim().parse::<i16>().ok()?;
        (number != 0 && (least..=most).contains(&number)).then_some(number)
    };
    value.split(',').map(read).collect()
}

fn numbers_from_0(value: &str, most: i16) -> Option<Vec<i16>> {
    let read = |text: &str| {
        let number = text.trim().parse::<i16>().ok()?;
        (0..=most).contains(&number).then_some(number)
    };
    value.split(',').map(read).collect()
}
