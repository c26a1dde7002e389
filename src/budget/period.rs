//! The owner's day and month: what a limit is counted in.
//!
//! A day begins at the first instant of its date in the owner's zone, whatever clock change it has,
//! and in UTC where no zone is known. It ends in the zone that it began in: see [`Period::pinned`]. Dates are counted here rather than by the calendar library,
//! whose spans would be a hundredth of the upload.

use crate::time::{Timestamp, Zone};
use jiff::civil::Date;

/// Longer than any day, in milliseconds: for the calendar's end, which has no next day.
const LONG_MS: i64 = 26 * 3_600_000;

/// The shortest first day after a change of zone, in milliseconds: a shorter one lasts until the end
/// of the next.
const SHORTEST_MS: i64 = 12 * 3_600_000;

/// The day and the month that an instant lies in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// The day, counted from 1970-01-01.
    pub today: i64,
    /// The first day of the month.
    pub first: i64,
    /// The last day of the month.
    pub last: i64,
    now: Timestamp,
    zone: Zone,
    date: Date,
    ends: Timestamp,
}

impl Period {
    /// The day and the month of an instant.
    pub fn at(now: Timestamp, zone: Option<&Zone>) -> Self {
        let zone = zone.cloned().unwrap_or_else(Zone::utc);
        let date = now.in_zone(&zone).date();
        let today = number(date);
        let mut period = Self {
            today,
            first: today.saturating_sub(i64::from(date.day()).saturating_sub(1)),
            last: today.saturating_add(i64::from(date.days_in_month().saturating_sub(date.day()))),
            now,
            zone,
            date,
            ends: now,
        };
        period.ends = period.begin_after(date);
        period
    }

    /// The day and the month that count at an instant, if those in `pin` counted last. A zone that
    /// is new counts once the pinned day is over, and no date comes twice: so no change of zone, and
    /// no number of them, makes a limit unused. A first day that would be short is joined to the next.
    pub fn pinned(pin: Option<&str>, now: Timestamp, zone: Option<&Zone>) -> Self {
        let fresh = Self::at(now, zone);
        let Some(pinned) = pin.and_then(Self::from_pin) else {
            return fresh;
        };
        if now < pinned.ends {
            return pinned;
        }
        if fresh.today <= pinned.today {
            return Self {
                ends: fresh.ends,
                ..pinned
            };
        }
        let shortest = now.plus_millis(SHORTEST_MS);
        if fresh.zone() != pinned.zone() && fresh.ends < shortest {
            let ends = Self::at(fresh.ends, zone).ends;
            return Self { ends, ..fresh };
        }
        fresh
    }

    /// The day as a row: an instant in it, its end, and its zone.
    pub fn pin(&self) -> String {
        let [now, ends] = [self.now, self.ends].map(|at| at.millis().to_string());
        [&now, " ", &ends, " ", self.zone()].concat()
    }

    fn from_pin(pin: &str) -> Option<Self> {
        let (now, rest) = pin.split_once(' ')?;
        let (ends, zone) = rest.split_once(' ')?;
        let now = Timestamp::from_millis(now.parse().ok()?);
        Some(Self {
            ends: Timestamp::from_millis(ends.parse().ok()?),
            ..Self::at(now, Some(&Zone::named(zone)?))
        })
    }

    /// The zone's name.
    pub fn zone(&self) -> &str {
        self.zone.name()
    }

    /// Whether an instant is not before this day.
    pub fn began_by(&self, at: Timestamp) -> bool {
        at.in_zone(&self.zone).date() >= self.date
    }

    /// When the day ends.
    pub fn day_ends(&self) -> Timestamp {
        self.ends
    }

    /// When the month ends.
    pub fn month_ends(&self) -> Timestamp {
        self.begin_after(self.date.last_of_month()).max(self.ends)
    }

    /// An instant as the owner's clock shows it: `2026-11-27 00:00`.
    pub fn clock(&self, at: Timestamp) -> String {
        let here = at.in_zone(&self.zone);
        here.strftime("%Y-%m-%d %H:%M").to_string()
    }

    fn begin_after(&self, date: Date) -> Timestamp {
        let next = date.tomorrow().ok();
        // A midnight that clocks skip is the instant at which they do.
        next.and_then(|date| self.zone.instant(date.at(0, 0, 0, 0)))
            .unwrap_or_else(|| self.now.plus_millis(LONG_MS))
    }
}

/// The days of four hundred years, after which the calendar repeats itself.
const DAYS_OF_ERA: i64 = 146_097;
/// How many days 1970 is after the first of March of the year 0, which leap days come before.
const BEFORE_1970: i64 = 719_468;

/// How many days a date is after 1970-01-01.
fn number(date: Date) -> i64 {
    let (year, month, day) = (
        i64::from(date.year()),
        i64::from(date.month()),
        i64::from(date.day()),
    );
    // Years begin with March here, so that the leap day is the last.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * DAYS_OF_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - BEFORE_1970
}
