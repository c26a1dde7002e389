//! Finds the zone that a calendar names.
//!
//! The one thing to know: a name of the IANA database wins over what the file says about it, then
//! comes the name that Windows has for a zone, then the rules in the file. Of those only the latest
//! are used, so times long ago may be off by an hour in a zone that exists in one file only.

use super::super::line::{Component, Line};
use super::read::wall;
use super::windows::iana;
use super::{Clock, IcalError, When};
use crate::time::Zone;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use std::collections::BTreeMap;

/// The zones that a file describes.
#[derive(Debug, Default)]
pub(super) struct Zones(BTreeMap<String, Option<TimeZone>>);

impl Zones {
    /// Those of a calendar.
    pub fn of(calendar: &Component) -> Self {
        let mut zones = BTreeMap::new();
        for zone in calendar.inner("VTIMEZONE") {
            // A text here, but a parameter where it is named, which has no escapes.
            let name = zone.first("TZID").map(Line::text);
            if let Some(name) = name {
                zones.insert(name.trim().to_owned(), described(zone));
            }
        }
        Self(zones)
    }

    /// The zone of a name.
    pub fn named(&self, name: &str) -> Result<TimeZone, IcalError> {
        let name = name.trim();
        known(name)
            .or_else(|| self.0.get(name).cloned().flatten())
            .ok_or_else(|| IcalError::UnknownZone(name.chars().take(100).collect()))
    }
}

/// A zone of the database, by one of the names that it goes by.
fn known(name: &str) -> Option<TimeZone> {
    let zone = |name: &str| Zone::named(name).map(|zone| zone.rules().clone());
    // `/mozilla.org/20050126_1/Europe/Berlin` and the like.
    let tail = |parts: usize| {
        let mut slashes = name.rmatch_indices('/').skip(parts.checked_sub(1)?);
        let (at, _) = slashes.next()?;
        zone(name.get(at.checked_add(1)?..)?)
    };
    zone(name)
        .or_else(|| zone(iana(name)?))
        .or_else(|| tail(3))
        .or_else(|| tail(2))
}

/// The latest rule of a kind of time.
struct Observance {
    since: DateTime,
    offset: Offset,
    /// As POSIX writes it: `M3.5.0/2`.
    rule: Option<String>,
}

/// The zone that a component describes.
fn described(zone: &Component) -> Option<TimeZone> {
    let location = zone.first("X-LIC-LOCATION");
    if let Some(known) = location.and_then(|line| known(line.value().trim())) {
        return Some(known);
    }
    let latest = |kind: &str| {
        let all = zone.inner(kind).filter_map(observance);
        all.max_by_key(|one| one.since)
    };
    match (latest("STANDARD"), latest("DAYLIGHT")) {
        (Some(one), None) | (None, Some(one)) => Some(TimeZone::fixed(one.offset)),
        (Some(standard), Some(daylight)) => {
            if let (Some(ends), Some(begins)) = (&standard.rule, &daylight.rule) {
                let (winter, summer) = (posix(standard.offset), posix(daylight.offset));
                TimeZone::posix(&format!("<STD>{winter}<DST>{summer},{begins},{ends}")).ok()
            } else if standard.offset == daylight.offset {
                Some(TimeZone::fixed(standard.offset))
            } else {
                None
            }
        }
        (None, None) => None,
    }
}

fn observance(component: &Component) -> Option<Observance> {
    let (since, _) = wall(component.first("DTSTART")?.value())?;
    let offset = offset(component.first("TZOFFSETTO")?.value())?;
    let rule = component.first("RRULE");
    let rule = rule.and_then(|line| transition(line.value(), since));
    Some(Observance {
        since,
        offset,
        rule,
    })
}

/// A yearly rule as POSIX has it.
fn transition(rule: &str, since: DateTime) -> Option<String> {
    let mut month = since.month();
    let mut day = None;
    for part in rule.split(';') {
        let (name, value) = part.split_once('=')?;
        match name.trim().to_ascii_uppercase().as_str() {
            "FREQ" if value.eq_ignore_ascii_case("YEARLY") => {}
            "INTERVAL" if value == "1" => {}
            "WKST" => {}
            // Some repeat what the first transition says.
            "BYHOUR" if value.parse() == Ok(since.hour()) => {}
            "BYMINUTE" if value.parse() == Ok(since.minute()) => {}
            "BYMONTH" => month = value.parse().ok()?,
            "BYDAY" => day = Some(value),
            _ => return None,
        }
    }
    let day = day?;
    let (place, name) = day.split_at_checked(day.len().checked_sub(2)?)?;
    let week = match place.trim_start_matches('+') {
        "-1" | "5" => 5,
        place => place.parse::<u8>().ok().filter(|n| (1..=4).contains(n))?,
    };
    let days = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
    let day = days.iter().position(|one| one.eq_ignore_ascii_case(name))?;
    let (hour, minute, second) = (since.hour(), since.minute(), since.second());
    Some(format!(
        "M{month}.{week}.{day}/{hour:02}:{minute:02}:{second:02}"
    ))
}

/// `+0100`, `-033000`.
fn offset(value: &str) -> Option<Offset> {
    let value = value.trim();
    let (sign, digits) = match value.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, value.strip_prefix('+').unwrap_or(value)),
    };
    let part = |from: usize| digits.get(from..from + 2)?.parse::<i32>().ok();
    let seconds = if digits.len() > 4 { part(4)? } else { 0 };
    let total = part(0)?.checked_mul(3_600)? + part(2)?.checked_mul(60)? + seconds;
    Offset::from_seconds(total.checked_mul(sign)?).ok()
}

/// An offset as POSIX has it, which counts to the west.
fn posix(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds > 0 { '-' } else { '+' };
    let (minutes, rest) = (seconds.abs() / 60, seconds.abs() % 60);
    format!("{sign}{:02}:{:02}:{rest:02}", minutes / 60, minutes % 60)
}

impl When {
    /// The name of its zone in the database; `None` for days, floating times, and other zones.
    pub fn zone_name(&self) -> Option<&str> {
        match &self.clock {
            Clock::Day | Clock::Floating => None,
            Clock::Zone(rules) => rules.iana_name(),
        }
    }
}
