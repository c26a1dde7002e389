//! How something comes again, on the calendar of a zone.
//!
//! An occurrence is a day and a wall-clock time, so nine o'clock stays nine o'clock when clocks
//! change. A time that is skipped that day fires at the first instant after the gap; one that comes
//! twice fires at the first.

use super::{Cron, Timestamp, Zone};
use jiff::civil::{Date, DateTime, Weekday};
use serde::{Deserialize, Serialize};

/// How often something comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// Every so many minutes.
    Minutes(u32),
    /// Every day at the same wall-clock time.
    Daily,
    /// Monday to Friday.
    Weekdays,
    /// Every week on the same day.
    Weekly,
    /// Every month on the same day, or its last day where the month is shorter.
    Monthly,
    /// Every year on the same date.
    Yearly,
    /// By a rule.
    On(Rule),
    /// By a cron line.
    Cron(Cron),
}

/// On which days something comes again, counted from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Rule {
    /// What is counted.
    pub unit: Unit,
    /// Every how many of them; 0 counts as 1.
    pub every: u16,
    /// On which days of the week; none means the day of the first occurrence.
    pub days: Days,
    /// Which of these days of the month, or without days which day of it.
    pub place: Option<Place>,
}

/// A unit of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Days.
    Day,
    /// Weeks, which begin on Monday.
    Week,
    /// Months.
    Month,
    /// Years.
    Year,
}

/// A place among some days of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The first.
    First,
    /// The second.
    Second,
    /// The third.
    Third,
    /// The fourth.
    Fourth,
    /// The last.
    Last,
}

/// Days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days(u8);

impl Days {
    /// Monday to Friday.
    pub const WORK: Self = Self(0b1_1111);

    /// These and one more; Monday is 1, Sunday 7.
    pub fn and(self, day: i8) -> Self {
        match day {
            1..=7 => Self(self.0 | 1 << (day - 1)),
            _ => self,
        }
    }

    /// Whether a day is among them; Monday is 1.
    pub fn has(self, day: i8) -> bool {
        (1..=7).contains(&day) && self.0 & 1 << (day - 1) != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn of(self, weekday: Weekday) -> bool {
        self.has(weekday.to_monday_one_offset())
    }
}

/// A rule is stored as one number: what is counted in the lowest four bits, then four for the
/// place, eight for the days and sixteen for how many.
impl From<Rule> for u32 {
    fn from(rule: Rule) -> Self {
        let unit = match rule.unit {
            Unit::Day => 0,
            Unit::Week => 1,
            Unit::Month => 2,
            Unit::Year => 3,
        };
        let place = match rule.place {
            None => 0,
            Some(Place::First) => 1,
            Some(Place::Second) => 2,
            Some(Place::Third) => 3,
            Some(Place::Fourth) => 4,
            Some(Place::Last) => 5,
        };
        unit | place << 4 | Self::from(rule.days.0) << 8 | Self::from(rule.every) << 16
    }
}

impl TryFrom<u32> for Rule {
    type Error = &'static str;

    fn try_from(stored: u32) -> Result<Self, Self::Error> {
        let [low, days, every @ ..] = stored.to_le_bytes();
        let unit = match low & 15 {
            0 => Unit::Day,
            1 => Unit::Week,
            2 => Unit::Month,
            3 => Unit::Year,
            _ => return Err("a rule"),
        };
        let place = match low >> 4 {
            0 => None,
            1 => Some(Place::First),
            2 => Some(Place::Second),
            3 => Some(Place::Third),
            4 => Some(Place::Fourth),
            5 => Some(Place::Last),
            _ => return Err("a rule"),
        };
        Ok(Self {
            unit,
            every: u16::from_le_bytes(every),
            days: Days(days & 0x7f),
            place,
        })
    }
}

impl Rule {
    /// Every so many of a unit, with nothing said of the days.
    pub const fn every(every: u16, unit: Unit) -> Self {
        Self {
            unit,
            every,
            days: Days(0),
            place: None,
        }
    }

    /// Whether a day fits, in a series that began on `first`.
    pub fn fits(self, day: Date, first: Date) -> bool {
        let every = i32::from(self.every.max(1));
        let turn = |passed: i32| passed >= 0 && passed % every == 0;
        let months = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
        match self.unit {
            Unit::Day => {
                turn(days_between(first, day))
                    && (self.days.is_empty() || self.days.of(day.weekday()))
            }
            Unit::Week => {
                let monday = |date: Date| i32::from(date.weekday().to_monday_zero_offset());
                let passed = days_between(first, day) + monday(first) - monday(day);
                turn(passed.div_euclid(7)) && self.fits_week(day, first)
            }
            Unit::Month => turn(months(day) - months(first)) && self.fits_month(day, first),
            Unit::Year => {
                day.month() == first.month()
                    && turn(i32::from(day.year()) - i32::from(first.year()))
                    && self.fits_month(day, first)
            }
        }
    }

    fn fits_week(self, day: Date, first: Date) -> bool {
        if self.days.is_empty() {
            return day.weekday() == first.weekday();
        }
        self.days.of(day.weekday())
    }

    fn fits_month(self, day: Date, first: Date) -> bool {
        let Some(place) = self.place else {
            // "The 31st" is the last day of a shorter month, and the 31st again after it.
            return day.day() == first.day().min(day.days_in_month());
        };
        let counts = |number: i8| {
            let other = Date::new(day.year(), day.month(), number);
            self.days.is_empty() || other.is_ok_and(|other| self.days.of(other.weekday()))
        };
        if !counts(day.day()) {
            return false;
        }
        let before = (1..day.day()).filter(|number| counts(*number)).count();
        match place {
            Place::First => before == 0,
            Place::Second => before == 1,
            Place::Third => before == 2,
            Place::Fourth => before == 3,
            Place::Last => !(day.day() + 1..=day.days_in_month()).any(counts),
        }
    }
}

/// Days from one date to another.
fn days_between(from: Date, to: Date) -> i32 {
    let number = |date: Date| {
        let years = i32::from(date.year()) - 1;
        let leaps = years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
        years * 365 + leaps + i32::from(date.day_of_year())
    };
    number(to) - number(from)
}

/// How many days are looked at for the next occurrence: no rule is silent for longer than the ten
/// years that `every` may say, and the 29th of February is at most eight years away.
const DAYS_MAX: i32 = 366 * 11;

impl Repeat {
    /// The first occurrence after `after` of a series that began at the wall-clock time `first`.
    /// `first` itself is one only if the rule allows it. `None` past the calendar's end.
    pub fn next(&self, first: DateTime, zone: &Zone, after: Timestamp) -> Option<Timestamp> {
        let rule = match self {
            Self::Minutes(minutes) => {
                let start = zone.instant(first)?;
                return Some(next_of_minutes(*minutes, start, after));
            }
            Self::Cron(cron) => return cron.next(first, zone, after),
            Self::Daily => Rule::every(1, Unit::Day),
            Self::Weekdays => Rule {
                days: Days::WORK,
                ..Rule::every(1, Unit::Day)
            },
            Self::Weekly => Rule::every(1, Unit::Week),
            Self::Monthly => Rule::every(1, Unit::Month),
            Self::Yearly => Rule::every(1, Unit::Year),
            Self::On(rule) => *rule,
        };
        let began = first.date();
        let mut day = began.max(after.in_zone(zone).date().yesterday().ok()?);
        for _ in 0..DAYS_MAX {
            if rule.fits(day, began)
                && let Some(at) = zone.instant(day.to_datetime(first.time()))
                && at > after
            {
                return Some(at);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// Whether the series may begin at this wall-clock time.
    pub fn begins_at(&self, first: DateTime) -> bool {
        match self {
            Self::Minutes(_) | Self::Daily | Self::Weekly | Self::Monthly | Self::Yearly => true,
            Self::Weekdays => Days::WORK.of(first.weekday()),
            Self::On(rule) => rule.fits(first.date(), first.date()),
            Self::Cron(cron) => cron.fits(first),
        }
    }
}

fn next_of_minutes(minutes: u32, start: Timestamp, after: Timestamp) -> Timestamp {
    if start > after {
        return start;
    }
    let every = i64::from(minutes.max(1)).saturating_mul(60_000);
    let passed = after
        .millis()
        .saturating_sub(start.millis())
        .div_euclid(every);
    let ahead = passed.saturating_add(1).saturating_mul(every);
    start.plus_millis(ahead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_back_as_it_was_stored() {
        use Place::{First, Fourth, Last, Second, Third};
        for unit in [Unit::Day, Unit::Week, Unit::Month, Unit::Year] {
            for place in [
                None,
                Some(First),
                Some(Second),
                Some(Third),
                Some(Fourth),
                Some(Last),
            ] {
                for (days, every) in [
                    (Days::default(), 1),
                    (Days::WORK, 366),
                    (Days(127), u16::MAX),
                ] {
                    let rule = Rule {
                        unit,
                        every,
                        days,
                        place,
                    };
                    assert_eq!(Rule::try_from(u32::from(rule)), Ok(rule));
                }
            }
        }
        assert!(Rule::try_from(4).is_err() && Rule::try_from(6 << 4).is_err());
    }

    #[test]
    fn days_are_counted_over_years_and_leap_days() {
        let mut day = Date::constant(1895, 12, 31);
        for passed in 0..80_000 {
            assert_eq!(
                days_between(Date::constant(1895, 12, 31), day),
                passed,
                "{day}"
            );
            day = day.tomorrow().unwrap();
        }
    }
}
