//! Cron lines: five fields that say on which minutes something comes.
//!
//! Minute, hour, day of the month, month, day of the week, each `*`, a number, a range, a list, or
//! any of these with a step. Where both days are given, either will do, as everywhere else. Two
//! minutes of one line lie at least five apart, as for all that repeats.

use super::{Timestamp, Zone};
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The minutes of a cron line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cron {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
}

/// Why a text is no cron line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// There are not five fields, or one of them cannot be read.
    #[error("five fields such as `30 8 * * mon-fri`")]
    Malformed,
    /// It would come more often than every five minutes.
    #[error("at most every five minutes")]
    TooOften,
    /// There is no such day, such as the 31st of February.
    #[error("a day that exists")]
    Never,
}

/// One field: which numbers count, and whether it was written with `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    bits: u64,
    any: bool,
}

/// The smallest and largest number of a field, and names for some.
struct Range {
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const MINUTES: Range = Range {
    least: 0,
    most: 59,
    names: &[],
};
const HOURS: Range = Range {
    least: 0,
    most: 23,
    names: &[],
};
const DAYS: Range = Range {
    least: 1,
    most: 31,
    names: &[],
};
const MONTHS: Range = Range {
    least: 1,
    most: 12,
    names: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
};
/// Sunday is 0 and 7.
const WEEKDAYS: Range = Range {
    least: 0,
    most: 7,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

/// How many days are looked at: the 29th of February is at most eight years away.
const DAYS_MAX: u32 = 366 * 9;
/// How far apart two minutes are at least.
const APART: u32 = 5;

impl Cron {
    /// Reads five fields.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let mut fields = text.split_whitespace();
        let mut field = |range: &Range| {
            let text = fields.next().ok_or(CronError::Malformed)?;
            range.read(text).ok_or(CronError::Malformed)
        };
        let mut cron = Self {
            minutes: field(&MINUTES)?,
            hours: field(&HOURS)?,
            days: field(&DAYS)?,
            months: field(&MONTHS)?,
            weekdays: field(&WEEKDAYS)?,
        };
        if fields.next().is_some() {
            return Err(CronError::Malformed);
        }
        if cron.weekdays.has(7) {
            cron.weekdays.bits = cron.weekdays.bits & !(1 << 7) | 1;
        }
        let minutes: Vec<u32> = MINUTES.numbers().filter(|n| cron.minutes.has(*n)).collect();
        let in_a_row = |hour| cron.hours.has(hour) && cron.hours.has((hour + 1) % 24);
        let around = minutes.first().filter(|_| HOURS.numbers().any(in_a_row));
        let around = around.map(|first| first + 60);
        let next = minutes.iter().copied().skip(1).chain(around);
        if minutes
            .iter()
            .zip(next)
            .any(|(one, next)| next - one < APART)
        {
            return Err(CronError::TooOften);
        }
        let longest = |month: u32| match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let mut months = MONTHS.numbers().filter(|month| cron.months.has(*month));
        let exists = months.any(|month| (1..=longest(month)).any(|day| cron.days.has(day)));
        if !exists && cron.weekdays.any {
            return Err(CronError::Never);
        }
        Ok(cron)
    }

    /// The first minute after `after`, and not before `first`, that it names in a zone.
    pub fn next(&self, first: DateTime, zone: &Zone, after: Timestamp) -> Option<Timestamp> {
        let mut day = first.date().max(after.in_zone(zone).date());
        for _ in 0..DAYS_MAX {
            if self.fits_day(day) {
                let hours = (0..24_i8).filter(|hour| self.hours.has(unsigned(*hour)));
                let walls = hours.flat_map(|hour| {
                    let minutes = (0..60_i8).filter(|minute| self.minutes.has(unsigned(*minute)));
                    minutes.map(move |minute| day.at(hour, minute, 0, 0))
                });
                let times = walls.filter(|wall| *wall >= first);
                let found = times
                    .filter_map(|wall| zone.instant(wall))
                    .find(|at| *at > after);
                if found.is_some() {
                    return found;
                }
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// Whether it names this wall-clock time.
    pub fn fits(&self, wall: DateTime) -> bool {
        self.fits_day(wall.date())
            && self.hours.has(unsigned(wall.hour()))
            && self.minutes.has(unsigned(wall.minute()))
            && wall.second() == 0
            && wall.subsec_nanosecond() == 0
    }

    fn fits_day(&self, day: Date) -> bool {
        let weekday = self
            .weekdays
            .has(unsigned(day.weekday().to_sunday_zero_offset()));
        let number = self.days.has(unsigned(day.day()));
        let either = !self.days.any && !self.weekdays.any;
        self.months.has(unsigned(day.month()))
            && if either {
                weekday || number
            } else {
                weekday && number
            }
    }
}

fn unsigned(number: i8) -> u32 {
    number.unsigned_abs().into()
}

impl Field {
    fn has(self, number: u32) -> bool {
        self.bits >> number & 1 == 1
    }
}

impl Range {
    fn numbers(&self) -> impl Iterator<Item = u32> {
        self.least..=self.most
    }

    fn read(&self, text: &str) -> Option<Field> {
        let mut bits = 0;
        for part in text.split(',') {
            let (span, step) = match part.split_once('/') {
                Some((span, step)) => (span, Some(step.parse::<usize>().ok().filter(|n| *n > 0)?)),
                None => (part, None),
            };
            let (from, to) = match span.split_once('-') {
                _ if span == "*" => (self.least, self.most),
                Some((from, to)) => (self.number(from)?, self.number(to)?),
                // `5/10` goes on to the end, `5` is one number.
                None if step.is_some() => (self.number(span)?, self.most),
                None => (self.number(span)?, self.number(span)?),
            };
            if from > to {
                return None;
            }
            for number in (from..=to).step_by(step.unwrap_or(1)) {
                bits |= 1 << number;
            }
        }
        let any = text.starts_with('*') && !text.contains(',');
        Some(Field { bits, any })
    }

    fn number(&self, text: &str) -> Option<u32> {
        let text = text.to_lowercase();
        let named = self.names.iter().position(|name| *name == text);
        let number = match named {
            Some(place) => u32::try_from(place).ok()?.checked_add(self.first_name())?,
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (self.least..=self.most).contains(&number).then_some(number)
    }

    fn first_name(&self) -> u32 {
        self.least
    }

    /// The field in its shortest form.
    fn write(&self, field: Field) -> String {
        if field.any {
            for step in 1..=self.most {
                let text = match step {
                    1 => "*".to_owned(),
                    _ => format!("*/{step}"),
                };
                // Sunday is written as 0 only.
                let same = |read: Field| (read.bits ^ field.bits) & !(1 << 7 & self.sunday()) == 0;
                if self.read(&text).is_some_and(same) {
                    return text;
                }
            }
        }
        let mut parts: Vec<String> = Vec::new();
        let mut numbers = self.numbers().filter(|n| field.has(*n)).peekable();
        while let Some(from) = numbers.next() {
            let mut to = from;
            while let Some(next) = numbers.next_if_eq(&to.saturating_add(1)) {
                to = next;
            }
            parts.push(match to - from {
                0 => from.to_string(),
                1 => format!("{from},{to}"),
                _ => format!("{from}-{to}"),
            });
        }
        parts.join(",")
    }

    /// All bits for the days of the week, where 7 is another name of 0; none elsewhere.
    fn sunday(&self) -> u64 {
        if self.most == 7 { u64::MAX } else { 0 }
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} {} {}",
            MINUTES.write(self.minutes),
            HOURS.write(self.hours),
            DAYS.write(self.days),
            MONTHS.write(self.months),
            WEEKDAYS.write(self.weekdays)
        )
    }
}

impl From<Cron> for String {
    fn from(cron: Cron) -> Self {
        cron.to_string()
    }
}

impl TryFrom<String> for Cron {
    type Error = CronError;

    fn try_from(text: String) -> Result<Self, CronError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match Cron::parse(text) {
            Ok(cron) => cron.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn lines_are_read_and_written_and_what_is_none_is_refused() {
        assert_eq!(read("30 8 * * mon-fri"), "30 8 * * 1-5");
        assert_eq!(read(" 0  9,18 1-7/2 jan,Mar 7"), "0 9,18 1,3,5,7 1,3 0");
        assert_eq!(read("*/15 */2 * * */2"), "*/15 */2 * * */2");
        assert_eq!(read("5/20 0 * 2 *"), "5,25,45 0 * 2 *");
        for wrong in [
            "",
            "* * * *",
            "0 0 * * * *",
            "60 0 * * *",
            "0 24 * * *",
            "0 0 0 * *",
            "0 0 * 13 *",
            "0 0 * * 8",
            "x 0 * * *",
            "0 5-1 * * *",
            "*/0 0 * * *",
            "-1 0 * * *",
            "+1 0 * * *",
            "0 0 L * *",
        ] {
            assert_eq!(Cron::parse(wrong), Err(CronError::Malformed), "{wrong}");
        }
        for often in ["* * * * *", "*/4 * * * *", "0,3 9 * * *", "58,1 * * * *"] {
            assert_eq!(Cron::parse(often), Err(CronError::TooOften), "{often}");
        }
        assert_eq!(Cron::parse("0 0 31 2,4 *"), Err(CronError::Never));
        assert!(Cron::parse("0 0 31 2 mon").is_ok() && Cron::parse("0 0 29 2 *").is_ok());
    }

    #[test]
    fn what_is_written_is_read_back_the_same() {
        for text in [
            "*/7 3 * */5 sun",
            "0 0 1,15 * 5",
            "10-40/10 22-23 */3 * 0,6",
            "0 12 * * */3",
        ] {
            let cron = Cron::parse(text).unwrap();
            assert_eq!(Cron::parse(&cron.to_string()), Ok(cron), "{text} {cron}");
        }
    }

    #[test]
    fn days_of_the_month_and_of_the_week_are_alternatives() {
        let zone = Zone::named("Europe/Paris").unwrap();
        let cron = Cron::parse("0 9 13 * fri").unwrap();
        let first: DateTime = "2026-11-01T00:00".parse().unwrap();
        let mut at = Timestamp::from_millis(1_793_491_200_000);
        let mut days = Vec::new();
        for _ in 0..4 {
            at = cron.next(first, &zone, at).unwrap();
            days.push(at.to_rfc3339());
        }
        assert_eq!(
            days,
            [
                "2026-11-06T08:00:00Z",
                "2026-11-13T08:00:00Z",
                "2026-11-20T08:00:00Z",
                "2026-11-27T08:00:00Z"
            ]
        );
        let leap = Cron::parse("0 0 29 2 *").unwrap();
        assert_eq!(
            leap.next(first, &zone, at).unwrap().to_rfc3339(),
            "2028-02-28T23:00:00Z"
        );
    }
}
