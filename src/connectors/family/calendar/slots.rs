//! When the owner is free.
//!
//! The one thing to know: whoever sends an invitation has a say in when the owner is free, so free
//! times are only as good as the times they were computed from, and nobody but the owner may learn
//! them without a question.

use super::super::super::accounts;
use super::super::super::parts::{absent, source_of, text};
use super::{Event, item, midnight, said, time_of};
use crate::egress::account::Account;
use crate::label::{Capacity, Integrity, Label, Labeled, Readers};
use crate::time::{Timestamp, Zone};
use crate::tool::{Call, CallContext, Kind, ToolError};
use crate::value::{Item, Value, record};
use std::collections::BTreeMap;

/// How many days are looked at if nobody says how many.
pub(in super::super::super) const DAYS: i64 = 7;
/// The working day, in hours of the owner's clock.
const HOURS: (i8, i8) = (8, 19);
/// How long a free time is at least if nobody says how long, in minutes.
const MINUTES: i64 = 60;
/// The most free times of a list.
const SLOTS_MAX: usize = 60;
const MINUTE_MS: i64 = 60_000;
/// What has begun is free from the next quarter of an hour on.
const QUARTER_MS: i64 = 15 * MINUTE_MS;

/// A span of time in milliseconds, its end not included.
type Span = (i64, i64);

fn least_ms(call: &Call) -> i64 {
    let minutes = call.int("minutes").unwrap_or(MINUTES).clamp(1, 1_440);
    minutes.saturating_mul(MINUTE_MS)
}

/// The free times of one account between two midnights.
pub(super) fn free(
    account: &Account,
    call: &Call,
    events: &[Event],
    (from, to): (Timestamp, Timestamp),
    context: &CallContext<'_>,
) -> Result<Vec<Item>, ToolError> {
    let zone = context.zone()?;
    let mut busy: Vec<Span> = events
        .iter()
        .filter(|event| event.is_busy)
        .map(|event| (event.from, event.to))
        .collect();
    busy.sort_unstable();
    let label = label(account, events);
    let earliest = next_quarter(context.now);
    let mut found = Vec::new();
    for day in working_days(from, to, zone) {
        let day = (day.0.max(earliest), day.1);
        found.extend(gaps(day, &busy, least_ms(call)));
    }
    let title = context.locale.pick("Free", "Libre");
    let is_cut = found.len() > SLOTS_MAX;
    found.truncate(SLOTS_MAX);
    let mut items: Vec<Item> = found
        .iter()
        .map(|span| slot(account.name, title, *span, &label))
        .collect();
    if items.is_empty() {
        let words = context.locale.pick(
            "(No free time is long enough.)",
            "(Aucun créneau libre n’est assez long.)",
        );
        items.push(said(account, words));
    } else if is_cut {
        items.push(super::note(account, super::Missing::Rest, context.locale));
    }
    Ok(items)
}

/// The label of free times: that of the times they were computed from, for the owner alone.
fn label(account: &Account, events: &[Event]) -> Label {
    let source = source_of(Kind::Event, account.name);
    let start = Label::attested(&source, Readers::owner(), Capacity::Number);
    let busy = events.iter().filter(|event| event.is_busy);
    busy.fold(start, |all, event| {
        let item = item(account, event);
        let times = ["start", "end"].map(|name| item.field(name).map(|time| time.label().clone()));
        let worst = times.into_iter().flatten().map(|label| label.integrity);
        let integrity = worst.min().unwrap_or(Integrity::Untrusted);
        // Each event is a source, but a list of hundreds on every time would say nothing more.
        Label {
            integrity: all.integrity.min(integrity),
            ..all
        }
    })
}

fn next_quarter(now: Timestamp) -> i64 {
    let quarters = now.millis().div_euclid(QUARTER_MS).saturating_add(1);
    quarters.saturating_mul(QUARTER_MS)
}

/// The working hours of each day from a midnight up to another.
fn working_days(from: Timestamp, to: Timestamp, zone: &Zone) -> Vec<Span> {
    let mut days = Vec::new();
    let mut date = from.in_zone(zone).date();
    while midnight(date, zone).is_some_and(|at| at < to) {
        let hour = |hour| zone.instant(date.at(hour, 0, 0, 0)).map(Timestamp::millis);
        days.extend(hour(HOURS.0).zip(hour(HOURS.1)));
        let Ok(next) = date.tomorrow() else {
            break;
        };
        date = next;
    }
    days
}

/// What ordered spans leave free of a day, where it is long enough.
fn gaps((from, to): Span, busy: &[Span], least_ms: i64) -> Vec<Span> {
    let mut free = Vec::new();
    let mut at = from;
    for (begins, ends) in busy.iter().copied().chain([(to, to)]) {
        let until = begins.min(to);
        if until.saturating_sub(at) >= least_ms {
            free.push((at, until));
        }
        at = at.max(ends);
    }
    free
}

fn slot(account: &str, title: &str, (from, to): Span, label: &Label) -> Item {
    let time = |at| Labeled::new(Value::Time(Timestamp::from_millis(at)), label.clone());
    let name = Label {
        capacity: Capacity::Id,
        ..label.clone()
    };
    let ours = Label {
        capacity: Capacity::Unit,
        ..label.clone()
    };
    record(
        ours.clone(),
        [
            ("title", text(title, ours)),
            ("start", time(from)),
            ("end", time(to)),
            ("place", absent()),
            ("attendees", absent()),
            ("organiser", absent()),
            ("about", absent()),
            ("account", text(account, name)),
        ],
    )
}

/// The times that every account leaves free.
pub(super) fn common(items: Vec<Item>, call: &Call) -> Vec<Item> {
    let mut by_account: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    let mut notes = Vec::new();
    for item in items {
        let account = item.field("account").and_then(Item::text);
        let of_account = by_account.entry(account.unwrap_or_default().to_owned());
        let of_account = of_account.or_default();
        if time_of(&item, "start").is_some() {
            of_account.push(item);
        } else {
            notes.push(item);
        }
    }
    let is_whole = by_account.len() >= accounts::of("calendar").len();
    let all = by_account.into_values();
    let common = all.reduce(|one, other| both(&one, &other, least_ms(call)));
    let mut common = common.unwrap_or_default();
    common.truncate(SLOTS_MAX);
    if !is_whole {
        let source = source_of(Kind::Event, "calendar");
        let label = Label::attested(&source, Readers::owner(), Capacity::Bool);
        let words = "(One of your calendars could not be asked. · Un de vos agendas n’a pas pu être consulté.)";
        notes.push(record(label.clone(), [("title", text(words, label))]));
    }
    common.extend(notes);
    common
}

/// The times that are free in both lists.
fn both(one: &[Item], other: &[Item], least_ms: i64) -> Vec<Item> {
    let span = |item: &Item| {
        let of = |field| time_of(item, field).map(Timestamp::millis);
        of("start").zip(of("end")).unwrap_or_default()
    };
    let mut found = Vec::new();
    for a in one {
        for b in other {
            let (from, to) = (span(a).0.max(span(b).0), span(a).1.min(span(b).1));
            if to.saturating_sub(from) >= least_ms {
                let label = a.total_label().join(&b.total_label());
                let label = Label {
                    capacity: Capacity::Number,
                    ..label
                };
                let title = a.field("title").and_then(Item::text);
                let title = title.unwrap_or_default();
                found.push(slot("", title, (from, to), &label));
            }
        }
    }
    found
}
