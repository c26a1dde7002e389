//! When somebody is busy: from events, and as a service tells it.
//!
//! The one thing to know: spans are merged, so nothing of the events is left but their times.

use super::super::line::Component;
use super::expand::Occurrence;
use super::read::{Kind, calendars, duration, wall};
use super::{IcalError, Status, When};
use crate::time::{Timestamp, Zone};
use jiff::tz::TimeZone;

/// A span of time, its end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
}

/// The spans between two instants that occurrences take, merged and in order. What is cancelled or
/// leaves its owner free takes none.
pub fn busy<'a, 'b: 'a>(
    occurrences: impl IntoIterator<Item = &'a Occurrence<'b>>,
    from: Timestamp,
    to: Timestamp,
) -> Vec<Span> {
    let taken = occurrences
        .into_iter()
        .filter(|one| one.event.status != Status::Cancelled && !one.event.is_free);
    let spans = taken.map(|one| Span {
        from: one.from.max(from),
        to: one.to.min(to),
    });
    merged(spans.collect())
}

/// The busy spans of a `VFREEBUSY`, merged and in order.
pub fn read_busy(bytes: impl AsRef<[u8]>) -> Result<Vec<Span>, IcalError> {
    let text = String::from_utf8_lossy(bytes.as_ref());
    let whole = Component::read(&text)?;
    let mut spans = Vec::new();
    for calendar in calendars(&whole)? {
        for line in calendar
            .inner("VFREEBUSY")
            .flat_map(|part| part.named("FREEBUSY"))
        {
            let kind = line.param("FBTYPE").unwrap_or("BUSY");
            if kind.eq_ignore_ascii_case("FREE") {
                continue;
            }
            for period in line.value().split(',').filter(|one| !one.is_empty()) {
                spans.push(span(period).ok_or(IcalError::Value("FREEBUSY"))?);
            }
        }
    }
    Ok(merged(spans))
}

/// A period: a start, and an end or a duration.
fn span(period: &str) -> Option<Span> {
    let (from, to) = period.split_once('/')?;
    let from = universal(from)?;
    let to = match duration(to) {
        Some((days, rest)) => {
            let length = days.checked_mul(86_400_000)?.checked_add(rest)?;
            from.plus_millis(length)
        }
        None => universal(to)?,
    };
    Some(Span { from, to })
}

fn universal(text: &str) -> Option<Timestamp> {
    let (wall, Kind::Universal) = wall(text)? else {
        return None;
    };
    let clock = super::Clock::Zone(TimeZone::UTC);
    When { wall, clock }.instant(&Zone::utc())
}

fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| span.from < span.to);
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => merged.push(span),
        }
    }
    merged
}
