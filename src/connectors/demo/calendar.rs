//! The demo account's calendar.
//!
//! The one thing to know: what another organiser wrote is untrusted, times included; what the owner
//! added keeps the labels of the call's arguments. Events do not recur, and nobody is invited.

use super::super::parts::{
    Search, absent, document, given, invalid, list as to_list, made_here, private, read, source_of,
    text,
};
use super::seed::{EVENTS, SeedEvent};
use super::state::{State, zone};
use crate::label::{Capacity, Integrity, Label, Labeled, Readers};
use crate::time::{Timestamp, Zone};
use crate::tool::{Call, CallContext, Kind, ToolError, ToolOutput};
use crate::value::{Item, Value, record};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const COLLECTION: &str = "event";
/// The most added events that one call looks at.
const SEARCHED_MAX: u32 = 500;
const MINUTE_MS: i64 = 60_000;
/// The longest event, in minutes: how far back one may begin that still lasts.
const MINUTES_MAX: i64 = 10_080;

/// An event that was added, as it is stored: each field with the label it came in with.
#[derive(Serialize, Deserialize)]
struct Added {
    id: String,
    title: Item,
    start: Item,
    end: Item,
    place: Item,
    about: Item,
}

impl Added {
    fn item(self) -> Item {
        let source = source_of(Kind::Event, &self.id);
        let mine = private(&source);
        let id = text(
            self.id,
            Label {
                capacity: Capacity::Id,
                ..mine.clone()
            },
        );
        record(
            made_here(&source),
            [
                ("id", id),
                ("title", self.title.tainted_by(&mine)),
                ("start", self.start.tainted_by(&mine)),
                ("end", self.end.tainted_by(&mine)),
                ("place", self.place.tainted_by(&mine)),
                ("attendees", absent()),
                ("about", self.about.tainted_by(&mine)),
            ],
        )
    }
}

/// Lists the events that touch the days asked for, in the order of their start.
pub(super) fn list(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let state = State::load(context)?;
    let zone = zone(context)?;
    let first = first_day(call, &zone)?;
    let after = first.checked_add(call.int("days").unwrap_or(1).clamp(1, 62).days());
    let midnight = |day: Date| {
        zone.instant(day.at(0, 0, 0, 0))
            .ok_or(ToolError::Unavailable)
    };
    let (from, to) = (
        midnight(first)?,
        midnight(after.map_err(|_| ToolError::Unavailable)?)?,
    );

    let mut events: Vec<(Timestamp, Item)> = EVENTS
        .iter()
        .map(|event| (event.start(state.first_use, &zone), event))
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
    let search = Search::new(call.text("query"));
    let fields = ["title", "place", "attendees", "about"];
    let found = events.into_iter().map(|(_, item)| item);
    Ok(to_list(
        Kind::Events,
        call,
        found.filter(|item| search.fits_record(item, &fields)),
    ))
}

/// Adds an event of the owner's own.
pub(super) fn add(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let start = given(call, "start");
    let at = call
        .time("start")
        .ok_or_else(|| invalid("start", "a time"))?;
    let minutes = call.int("minutes").unwrap_or(60).clamp(1, MINUTES_MAX);
    let mut length = start.label().clone();
    if let Some(minutes) = call.item("minutes") {
        length = length.join(minutes.label());
    }
    let added = Added {
        id: format!("event-{}", context.ids.token()),
        title: given(call, "title"),
        end: Labeled::new(Value::Time(ends(at, minutes)), length),
        start,
        place: given(call, "place"),
        about: given(call, "about"),
    };
    context
        .documents
        .put(COLLECTION, document(&added.id, at.millis(), &added)?)?;
    Ok(ToolOutput::new(Kind::Event, added.item()))
}

fn first_day(call: &Call, zone: &Zone) -> Result<Date, ToolError> {
    if let Some(at) = call.time("from") {
        return Ok(at.in_zone(zone).date());
    }
    call.text("from")
        .trim()
        .parse()
        .map_err(|_| invalid("from", "a day such as 2026-11-24"))
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

fn seeded(event: &SeedEvent, start: Timestamp) -> Item {
    let source = source_of(Kind::Event, event.id);
    let readers = Readers::Only(
        event
            .attendees
            .split(", ")
            .chain(event.organiser)
            .filter(|address| !address.is_empty())
            .map(|address| format!("mail:{address}"))
            .collect(),
    );
    // Whoever organises an event chose its times too.
    let words = match event.organiser {
        None => Label {
            integrity: Integrity::Owner,
            ..Label::untrusted(&source, readers.clone())
        },
        Some(_) => Label::untrusted(&source, readers.clone()),
    };
    let own = event.organiser.is_none();
    let integrity = if own {
        Integrity::Owner
    } else {
        Integrity::Attested
    };
    let whole = Label {
        integrity,
        ..Label::attested(&source, readers, Capacity::Unit)
    };
    let optional = |value: &'static str| {
        if value.is_empty() {
            absent()
        } else {
            text(value, words.clone())
        }
    };
    let time = |at| {
        let label = Label {
            capacity: Capacity::Number,
            ..words.clone()
        };
        Labeled::new(Value::Time(at), label)
    };
    record(
        whole.clone(),
        [
            (
                "id",
                text(
                    event.id,
                    Label {
                        capacity: Capacity::Id,
                        ..whole
                    },
                ),
            ),
            ("title", text(event.title, words.clone())),
            ("start", time(start)),
            ("end", time(ends(start, event.minutes))),
            ("place", optional(event.place)),
            ("attendees", optional(event.attendees)),
            ("about", optional(event.about)),
        ],
    )
}
