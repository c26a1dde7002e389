//! Which occurrences of events touch a span of time.
//!
//! The one thing to know: what cannot be known is said. A rule that is not understood or would take
//! too long leaves its first start, and [`Expanded::incomplete`] is set: an event never just
//! vanishes. Occurrences borrow their event, so a rule cannot multiply a long description.

use super::read::Kind;
use super::rule::{Budget, Rule};
use super::{Event, Length, When};
use crate::time::{Timestamp, Zone};
use jiff::civil::{Date, DateTime};
use std::collections::{BTreeMap, BTreeSet};

/// The most occurrences of one call.
pub const OCCURRENCES_MAX: usize = 5_000;
/// How many days one rule may look at: 270 years of every day.
const DAYS_OF_RULE: u32 = 100_000;
/// How many days all rules of a call may look at.
const DAYS_OF_CALL: u32 = 1_000_000;
const DAY_MS: i64 = 86_400_000;

/// One time that an event takes place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence<'a> {
    /// The event; of a series the part that holds for this time.
    pub event: &'a Event,
    /// Which of the series it is; `None` for an event that comes once.
    pub recurrence_id: Option<When>,
    /// When it begins, on its own clock.
    pub start: When,
    /// When it ends.
    pub end: When,
    /// The instant that it begins.
    pub from: Timestamp,
    /// The instant that it ends.
    pub to: Timestamp,
}

/// What takes place in a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expanded<'a> {
    /// In the order of their begin.
    pub events: Vec<Occurrence<'a>>,
    /// Whether there may be more: a rule that is not understood, or too much to look at.
    pub incomplete: bool,
}

/// A span of time and who looks.
struct Window<'a> {
    from: Timestamp,
    to: Timestamp,
    zone: &'a Zone,
}

/// What the parts of a series say about single occurrences.
#[derive(Default)]
struct Replaced {
    instants: BTreeSet<Timestamp>,
    days: BTreeSet<Date>,
}

/// All occurrences that last at some time from `from` up to `to`, cancelled ones too. Days and
/// floating times are those of `zone`.
pub fn expand<'a>(
    events: &'a [Event],
    from: Timestamp,
    to: Timestamp,
    zone: &Zone,
) -> Expanded<'a> {
    let window = Window { from, to, zone };
    let mut replaced: BTreeMap<&str, Replaced> = BTreeMap::new();
    for event in events {
        if let Some(id) = &event.recurrence_id {
            let of_series = replaced.entry(&event.uid).or_default();
            of_series.add(id, zone);
        }
    }
    let nothing = Replaced::default();
    let mut expanded = Expanded {
        events: Vec::new(),
        incomplete: false,
    };
    let mut days = DAYS_OF_CALL;
    for event in events {
        let replaced = match event.recurrence_id {
            Some(_) => &nothing,
            None => replaced.get(event.uid.as_str()).unwrap_or(&nothing),
        };
        let mut budget = Budget {
            days: days.min(DAYS_OF_RULE),
            is_spent: false,
        };
        let given = budget.days;
        one(event, &window, replaced, &mut budget, &mut expanded);
        days = days.saturating_sub(given.saturating_sub(budget.days));
        expanded.incomplete |= budget.is_spent;
    }
    expanded.events.sort_by_key(|one| (one.from, one.to));
    if expanded.events.len() > OCCURRENCES_MAX {
        expanded.events.truncate(OCCURRENCES_MAX);
        expanded.incomplete = true;
    }
    expanded
}

impl Replaced {
    fn add(&mut self, when: &When, zone: &Zone) {
        if when.is_day() {
            self.days.insert(when.wall.date());
        } else {
            self.instants.extend(when.instant(zone));
        }
    }

    /// Some services name a whole day where the series has times.
    fn has(&self, at: Timestamp, when: &When) -> bool {
        self.instants.contains(&at) || self.days.contains(&when.wall.date())
    }
}

/// The occurrences of one event.
fn one<'a>(
    event: &'a Event,
    window: &Window<'_>,
    replaced: &Replaced,
    budget: &mut Budget,
    expanded: &mut Expanded<'a>,
) {
    let zone = window.zone;
    let series = &event.series;
    let mut incomplete = series.more;
    let mut starts: BTreeMap<Timestamp, When> = BTreeMap::new();
    let mut add = |start: When| match start.instant(zone) {
        Some(at) => {
            starts.insert(at, start);
        }
        None => incomplete = true,
    };
    let mut is_unknown = false;
    add(event.start.clone());
    if event.recurrence_id.is_none() {
        series.dates.iter().cloned().for_each(&mut add);
        for text in &series.rules {
            match Rule::read(text) {
                Some(rule) => by_rule(event, &rule, window, budget)
                    .into_iter()
                    .for_each(&mut add),
                None => is_unknown = true,
            }
        }
    }
    expanded.incomplete |= incomplete | is_unknown;
    let mut except = Replaced::default();
    for when in &series.except {
        except.add(when, zone);
    }
    let is_series = event.recurs() && event.recurrence_id.is_none();
    for (from, start) in starts {
        if except.has(from, &start) || replaced.has(from, &start) {
            continue;
        }
        let end = if Some(from) == event.start.instant(zone) {
            // The first may end in another zone than it begins.
            Some(event.end.clone())
        } else {
            event.length.after(&start)
        };
        let end = end.unwrap_or_else(|| start.clone());
        let to = end.instant(zone).unwrap_or(from).max(from);
        let lasts = from < window.to && (to > window.from || from >= window.from);
        // One more than may be shows that there are more.
        if lasts && expanded.events.len() <= OCCURRENCES_MAX.saturating_mul(2) {
            expanded.events.push(Occurrence {
                event,
                recurrence_id: if is_series {
                    Some(start.clone())
                } else {
                    event.recurrence_id.clone()
                },
                start,
                end,
                from,
                to,
            });
        }
    }
}

/// The starts that a rule gives about the window.
fn by_rule(event: &Event, rule: &Rule, window: &Window<'_>, budget: &mut Budget) -> Vec<When> {
    let zone = window.zone;
    let length = match event.length {
        Length::Exact(rest) => rest,
        Length::Nominal(days, rest) => days.saturating_mul(DAY_MS).saturating_add(rest),
    };
    // Clocks are within a day of one another, and a day is an hour longer at times.
    let slack = DAY_MS.saturating_mul(3);
    let back = length.max(0).saturating_add(slack);
    let wall = |at: Timestamp| at.in_zone(&Zone::utc()).datetime();
    let span = (
        wall(window.from.plus_millis(back.saturating_neg())),
        wall(window.to.plus_millis(slack)),
    );
    let is_past = |at: DateTime| match rule.until {
        None => false,
        Some((until, Kind::Day)) => at.date() > until.date(),
        Some((until, Kind::Local)) => at > until,
        Some((until, Kind::Universal)) => {
            let until = When {
                wall: until,
                clock: super::Clock::Zone(jiff::tz::TimeZone::UTC),
            };
            // `99991231T235959Z` is past all instants.
            let until = until.instant(zone);
            until.is_some_and(|until| event.start.on_same_clock(at).instant(zone) > Some(until))
        }
    };
    let starts = rule.starts(event.start.wall, span, &is_past, budget);
    let starts = starts.into_iter().map(|at| event.start.on_same_clock(at));
    starts.collect()
}
