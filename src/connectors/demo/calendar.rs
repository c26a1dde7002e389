//! The demo account's calendar: what an event is here, listing and finding.
//!
//! The one thing to know: what another organiser wrote is untrusted, times and attendees included;
//! what the owner made keeps the labels of the calls that made it, and whom it names as attendees
//! are those whom the owner invited. Events do not recur, and invitations reach nobody.

mod planning;

pub(super) use planning::{add, cancel, invite, reschedule, schedule};

use super::super::parts::{Search, invalid, list as to_list, made_here, read, source_of, text};
use super::seed::{EVENTS, OWNER_ADDRESS, SeedEvent};
use super::state::{State, zone};
use crate::label::{Capacity, Integrity, Label, Labeled, Readers};
use crate::time::{Timestamp, Zone};
use crate::tool::{Call, CallContext, Kind, ToolError, ToolOutput};
use crate::value::{Item, Value, record};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const COLLECTION: &str = "event";
/// The most stored events that one call looks at.
const SEARCHED_MAX: u32 = 500;
/// The most events that a search by words returns.
const FOUND_MAX: usize = 20;
const MINUTE_MS: i64 = 60_000;
/// The longest event, in minutes: how far back one may begin that still lasts.
const MINUTES_MAX: i64 = 10_080;

/// An event of the owner's own, as it is stored: each field with the label it came in with.
#[derive(Serialize, Deserialize)]
struct Added {
    id: String,
    title: Item,
    start: Item,
    end: Item,
    place: Item,
    about: Item,
    #[serde(default)]
    attendees: Vec<Item>,
}

impl Added {
    fn item(self) -> Item {
        let source = source_of(Kind::Event, &self.id);
        let people = self.attendees.iter().filter_map(Item::text);
        let mine = Label {
            readers: readers(people),
            ..made_here(&source)
        };
        let known = Label {
            capacity: Capacity::Id,
            ..mine.clone()
        };
        let attendees = self
            .attendees
            .into_iter()
            .map(|person| person.tainted_by(&mine));
        record(
            mine.clone(),
            [
                ("id", text(self.id, known.clone())),
                ("title", self.title.tainted_by(&mine)),
                ("start", self.start.tainted_by(&mine)),
                ("end", self.end.tainted_by(&mine)),
                ("place", self.place.tainted_by(&mine)),
                (
                    "attendees",
                    Labeled::new(Value::List(attendees.collect()), mine.clone()),
                ),
                ("organiser", text(OWNER_ADDRESS, known)),
                ("about", self.about.tainted_by(&mine)),
            ],
        )
    }
}

/// Lists the events that touch the days asked for, in the order of their start.
pub(super) fn list(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let zone = zone(context)?;
    let first = day(call, "from")?.ok_or_else(|| invalid("from", "a day such as 2026-11-24"))?;
    let days = call.int("days").unwrap_or(1).clamp(1, 62);
    let events = between(first, days, &zone, context)?;
    Ok(matching(call, events, usize::MAX))
}

/// Finds events by their words, from today on if no day is given, in the order of their start.
pub(super) fn find(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let zone = zone(context)?;
    let today = context.now.in_zone(&zone).date();
    let first = day(call, "from")?.unwrap_or(today);
    let days = call.int("days").unwrap_or(90).clamp(1, 366);
    let events = between(first, days, &zone, context)?;
    Ok(matching(call, events, FOUND_MAX))
}

fn matching(call: &Call, events: Vec<(Timestamp, Item)>, most: usize) -> ToolOutput {
    let search = Search::new(call.text("query"));
    let fields = ["title", "place", "attendees", "organiser", "about"];
    let found = events
        .into_iter()
        .map(|(_, item)| item)
        .filter(|item| search.fits_record(item, &fields));
    to_list(Kind::Events, call, found.take(most))
}

/// All events that last at some time of these days.
fn between(
    first: Date,
    days: i64,
    zone: &Zone,
    context: &mut CallContext<'_>,
) -> Result<Vec<(Timestamp, Item)>, ToolError> {
    let state = State::load(context)?;
    let midnight = |day: Date| {
        zone.instant(day.at(0, 0, 0, 0))
            .ok_or(ToolError::Unavailable)
    };
    let after = first.checked_add(days.days());
    let (from, to) = (
        midnight(first)?,
        midnight(after.map_err(|_| ToolError::Unavailable)?)?,
    );
    let mut events: Vec<(Timestamp, Item)> = EVENTS
        .iter()
        .filter(|event| !state.is_replaced(event.id))
        .map(|event| (event.start(state.first_use, zone), event))
        .filter(|(start, event)| *start < to && ends(*start, event.minutes) > from)
        .map(|(start, event)| (start, seeded(event, start)))
        .collect();
    let earliest = from
        .plus_millis(MINUTES_MAX.saturating_mul(-MINUTE_MS))
        .millis();
    for stored in context
        .documents
        .list(COLLECTION, earliest, to.millis(), SEARCHED_MAX)?
    {
        let start = Timestamp::from_millis(stored.sort);
        let added: Added = read(stored)?;
        if time_of(&added.end).is_some_and(|end| end > from) {
            events.push((start, added.item()));
        }
    }
    events.sort_by_key(|(start, _)| *start);
    Ok(events)
}

/// A day that was given; its wall-clock date if it came as an instant.
fn day(call: &Call, name: &str) -> Result<Option<Date>, ToolError> {
    let given = call.text(name).trim();
    if given.is_empty() {
        return Ok(None);
    }
    let date = given.parse();
    date.map(Some)
        .map_err(|_| invalid(name, "a day such as 2026-11-24"))
}

fn ends(start: Timestamp, minutes: i64) -> Timestamp {
    start.plus_millis(minutes.saturating_mul(MINUTE_MS))
}

fn time_of(item: &Item) -> Option<Timestamp> {
    if let Value::Time(at) = item.peek() {
        Some(*at)
    } else {
        None
    }
}

fn readers<'a>(people: impl IntoIterator<Item = &'a str>) -> Readers {
    let people = people
        .into_iter()
        .map(str::trim)
        .filter(|one| !one.is_empty());
    Readers::Only(
        people
            .map(|address| format!("mail:{}", address.to_lowercase()))
            .collect(),
    )
}

fn seeded(event: &SeedEvent, start: Timestamp) -> Item {
    let source = source_of(Kind::Event, event.id);
    let people = event.attendees.split(',').chain(event.organiser);
    let readers = readers(people);
    // Whoever organises an event chose its times and its attendees too.
    let (whole, words) = match event.organiser {
        None => (Integrity::Owner, Integrity::Owner),
        Some(_) => (Integrity::Attested, Integrity::Untrusted),
    };
    let label = |integrity, capacity| Label {
        integrity,
        ..Label::attested(&source, readers.clone(), capacity)
    };
    let words = |capacity| label(words, capacity);
    let optional = |value: &'static str| {
        if value.is_empty() {
            super::super::parts::absent()
        } else {
            text(value, words(Capacity::Text))
        }
    };
    let time = |at| Labeled::new(Value::Time(at), words(Capacity::Number));
    let invited = event.attendees.split(',').map(str::trim);
    let invited = invited.filter(|address| !address.is_empty());
    let attendees = invited.map(|address| text(address, words(Capacity::Id)));
    let organiser = event.organiser.unwrap_or(OWNER_ADDRESS);
    record(
        label(whole, Capacity::Unit),
        [
            ("id", text(event.id, label(whole, Capacity::Id))),
            ("title", text(event.title, words(Capacity::Text))),
            ("start", time(start)),
            ("end", time(ends(start, event.minutes))),
            ("place", optional(event.place)),
            (
                "attendees",
                Labeled::new(Value::List(attendees.collect()), words(Capacity::Unit)),
            ),
            ("organiser", text(organiser, words(Capacity::Id))),
            ("about", optional(event.about)),
        ],
    )
}
