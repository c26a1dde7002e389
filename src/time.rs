//! Instants, zones and recurrence. Nothing here reads a clock: `now` is always an argument.
//!
//! Instants are milliseconds since 1970 UTC. A wall-clock time becomes an instant only through the
//! owner's zone, which is never assumed. Zones come from the IANA database bundled with `jiff`.

mod cron;
mod repeat;

pub use cron::{Cron, CronError};
pub use repeat::{Days, Place, Repeat, Rule, Unit};

use jiff::Zoned;
use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::{Deserialize, Serialize};

/// An instant, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This instant moved by some milliseconds, staying in range.
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Wall-clock time in a zone; an instant outside the calendar's range is pulled to its edge.
    pub fn in_zone(self, zone: &Zone) -> Zoned {
        let instant = jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        });
        instant.to_zoned(zone.0.clone())
    }

    /// The instant of a zoned wall-clock time.
    pub fn of(zoned: &Zoned) -> Self {
        Self(zoned.timestamp().as_millisecond())
    }

    /// `2026-11-23T14:05:00Z`.
    pub fn to_rfc3339(self) -> String {
        self.in_zone(&Zone::utc())
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string()
    }
}

/// A time of the clock as people write it: `8`, `8:00`, `8h`, `8h30`.
pub fn clock(text: &str) -> Option<Time> {
    let text = text.trim();
    let (hour, minute) = text.split_once([':', 'h', 'H', '.']).unwrap_or((text, ""));
    let digits = |part: &str| part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if hour.is_empty() || !digits(hour) || !digits(minute) {
        return None;
    }
    let minute = if minute.is_empty() {
        0
    } else {
        minute.parse().ok()?
    };
    Time::new(hour.parse().ok()?, minute, 0, 0).ok()
}

/// The owner's time zone, by its IANA name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// A zone by its IANA name in any letter case, such as `Europe/Paris`; `None` if unknown.
    pub fn named(name: &str) -> Option<Self> {
        // jiff also takes POSIX rules elsewhere; a name must be in the database.
        TimeZone::get(name.trim()).ok().map(Self)
    }

    /// Universal time: for machine formats, and to show a time when no zone is known.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The zone, for calendar arithmetic.
    pub fn rules(&self) -> &TimeZone {
        &self.0
    }

    /// The instant of a wall-clock time here. A time that a clock change skips is the first instant
    /// after the gap; one that occurs twice is the first of the two.
    pub fn instant(&self, wall: DateTime) -> Option<Timestamp> {
        let ambiguous = self.0.to_ambiguous_timestamp(wall);
        let AmbiguousOffset::Gap { before, after } = ambiguous.offset() else {
            let at = ambiguous.compatible().ok()?;
            return Some(Timestamp(at.as_millisecond()));
        };
        // Read with the later offset the skipped time lies before the change, with the earlier one
        // behind it.
        let mut early = after.to_timestamp(wall).ok()?.as_second();
        let mut late = before.to_timestamp(wall).ok()?.as_second();
        while late.saturating_sub(early) > 1 {
            let middle = early.midpoint(late);
            let at = jiff::Timestamp::from_second(middle).ok()?;
            if self.0.to_offset(at) == after {
                late = middle;
            } else {
                early = middle;
            }
        }
        Some(Timestamp(late.saturating_mul(1_000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris() -> Zone {
        Zone::named("europe/paris").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn zones_are_looked_up_and_never_guessed() {
        assert_eq!(paris().name(), "Europe/Paris");
        assert!(Zone::named("Mars/Base").is_none());
        assert!(Zone::named("").is_none());
    }

    #[test]
    fn a_daily_series_keeps_its_wall_clock_across_the_change() {
        let first: DateTime = "2026-10-24T08:00".parse().unwrap();
        let next = Repeat::Daily
            .next(first, &paris(), at("2026-10-24T06:00:00Z"))
            .unwrap();
        assert_eq!(next, at("2026-10-25T07:00:00Z"));
    }

    #[test]
    fn a_skipped_time_moves_forward() {
        let first: DateTime = "2026-03-28T02:30".parse().unwrap();
        let next = Repeat::Daily
            .next(first, &paris(), at("2026-03-28T12:00:00Z"))
            .unwrap();
        assert_eq!(next, at("2026-03-29T01:00:00Z"));
    }

    #[test]
    fn series_of_every_kind_find_their_next() {
        let first: DateTime = "2024-01-31T09:00".parse().unwrap();
        let after = at("2026-02-01T00:00:00Z");
        let next = |repeat: Repeat| repeat.next(first, &paris(), after).unwrap().to_rfc3339();
        assert_eq!(next(Repeat::Monthly), "2026-02-28T08:00:00Z");
        assert_eq!(next(Repeat::Yearly), "2027-01-31T08:00:00Z");
        assert_eq!(next(Repeat::Weekly), "2026-02-04T08:00:00Z");
        assert_eq!(next(Repeat::Weekdays), "2026-02-02T08:00:00Z");
        assert_eq!(next(Repeat::Minutes(45)), "2026-02-01T00:30:00Z");
    }

    #[test]
    fn the_edge_of_the_calendar_is_no_crash() {
        let last: DateTime = "9999-12-31T23:00".parse().unwrap();
        assert_eq!(
            Repeat::Yearly.next(last, &paris(), Timestamp::from_millis(i64::MAX)),
            None
        );
        let _ = Timestamp::from_millis(i64::MIN).in_zone(&paris());
    }
}
