//! Instants, zones and recurrence. Nothing here reads a clock: `now` is always an argument.
//!
//! Instants are milliseconds since 1970 UTC. A wall-clock time becomes an instant only through the
//! owner's zone, which is never assumed. Zones come from the IANA database bundled with `jiff`.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};
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

    /// The instant of a wall-clock time here. A time that a clock change skips moves forward by
    /// the gap, one that occurs twice is the first (RFC 5545 section 3.3.5).
    pub fn instant(&self, wall: DateTime) -> Option<Timestamp> {
        self.0
            .to_zoned(wall)
            .ok()
            .map(|zoned| Timestamp::of(&zoned))
    }
}

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
}

impl Repeat {
    /// The first occurrence after `after` of a series that began at the wall-clock time `first`.
    ///
    /// Occurrences keep their wall-clock time across clock changes. `None` past the calendar's end.
    pub fn next(self, first: DateTime, zone: &Zone, after: Timestamp) -> Option<Timestamp> {
        let start = zone.instant(first)?;
        if start > after {
            return Some(start);
        }
        if let Self::Minutes(minutes) = self {
            let every = i64::from(minutes.max(1)).saturating_mul(60_000);
            let passed = after
                .millis()
                .saturating_sub(start.millis())
                .div_euclid(every);
            let ahead = passed.saturating_add(1).saturating_mul(every);
            return Some(start.plus_millis(ahead));
        }
        // Start two steps before the estimate: months differ in length and clocks change.
        let mut n = self.steps_between(start, after).saturating_sub(2).max(0);
        for _ in 0..12 {
            let wall = self.nth(first, n)?;
            let fits = !matches!(self, Self::Weekdays) || is_weekday(wall);
            if let Some(at) = zone.instant(wall)
                && fits
                && at > after
            {
                return Some(at);
            }
            n = n.saturating_add(1);
        }
        None
    }

    fn steps_between(self, start: Timestamp, after: Timestamp) -> i64 {
        const DAY_MS: i64 = 86_400_000;
        let days = after
            .millis()
            .saturating_sub(start.millis())
            .div_euclid(DAY_MS);
        match self {
            Self::Minutes(_) | Self::Daily | Self::Weekdays => days,
            Self::Weekly => days.div_euclid(7),
            Self::Monthly => days.div_euclid(31),
            Self::Yearly => days.div_euclid(366),
        }
    }

    fn nth(self, first: DateTime, n: i64) -> Option<DateTime> {
        let span = match self {
            Self::Minutes(_) => return None,
            Self::Daily | Self::Weekdays => 1.day(),
            Self::Weekly => 1.week(),
            Self::Monthly => 1.month(),
            Self::Yearly => 1.year(),
        };
        // Counting from the first keeps "the 31st" from sliding to the 28th for good.
        first.checked_add(span.checked_mul(n).ok()?).ok()
    }
}

fn is_weekday(wall: DateTime) -> bool {
    wall.weekday().to_monday_zero_offset() < 5
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
        assert_eq!(next, at("2026-03-29T01:30:00Z"));
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
