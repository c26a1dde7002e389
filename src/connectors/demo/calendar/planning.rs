//! Adding, moving and cancelling events, and inviting people to them.
//!
//! The one thing to know: only the owner's own events are changed; one that another person
//! organises can only be taken out of the calendar. A seeded event that changes is stored as a
//! document of its own from then on.

use super::super::super::parts::{chosen_by, document, given, invalid, object_id, read};
use super::super::seed::EVENTS;
use super::super::state::{State, zone};
use super::{Added, COLLECTION, MINUTES_MAX, ends, seeded, time_of};
use crate::label::Labeled;
use crate::time::Timestamp;
use crate::tool::{Call, CallContext, Kind, ToolError, ToolOutput};
use crate::value::{Item, Value};

/// The most people that one event names.
const ATTENDEES_MAX: usize = 100;

/// Adds an event of the owner's own.
pub(in super::super) fn add(
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    create(call, Vec::new(), context)
}

/// Adds an event of the owner's own and invites people to it.
pub(in super::super) fn schedule(
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    let people = people(call);
    if people.is_empty() {
        return Err(invalid("attendees", "at least one mail address"));
    }
    create(call, people, context)
}

fn create(
    call: &Call,
    attendees: Vec<Item>,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    let start = given(call, "start");
    let at = call
        .time("start")
        .ok_or_else(|| invalid("start", "a time"))?;
    let minutes = call.int("minutes").unwrap_or(60).clamp(1, MINUTES_MAX);
    let mut length = start.label().clone();
    if let Some(minutes) = call.item("minutes") {
        length = length.join(minutes.label());
    }
    let mut added = Added {
        id: format!("event-{}", context.ids.token()),
        title: given(call, "title"),
        end: Labeled::new(Value::Time(ends(at, minutes)), length),
        start,
        place: given(call, "place"),
        about: given(call, "about"),
        attendees: Vec::new(),
    };
    join(&mut added, attendees)?;
    put(added, context)
}

/// Moves an event of the owner's own; it stays as long as it was if no length is given.
pub(in super::super) fn reschedule(
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    let mut event = own(call, context)?;
    let at = call
        .time("start")
        .ok_or_else(|| invalid("start", "a time"))?;
    let (Some(began), Some(ended)) = (time_of(&event.start), time_of(&event.end)) else {
        return Err(ToolError::Unavailable);
    };
    // What is moved was chosen too, so the new times are no better than that choice.
    let start = given(call, "start").tainted_by(&chosen_by(call));
    let end = if let (Some(minutes), Some(given)) = (call.int("minutes"), call.item("minutes")) {
        let end = ends(at, minutes.clamp(1, MINUTES_MAX));
        Labeled::new(Value::Time(end), start.label().join(given.label()))
    } else {
        let lasts = ended.millis().saturating_sub(began.millis());
        let label = start.label().join(event.start.label());
        let label = label.join(event.end.label());
        Labeled::new(Value::Time(at.plus_millis(lasts)), label)
    };
    event.start = start;
    event.end = end;
    put(event, context)
}

/// Invites more people to an event of the owner's own.
pub(in super::super) fn invite(
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    let mut event = own(call, context)?;
    let people = people(call);
    if people.is_empty() {
        return Err(invalid("attendees", "at least one mail address"));
    }
    let by = chosen_by(call);
    let people = people.into_iter().map(|person| person.tainted_by(&by));
    join(&mut event, people.collect())?;
    put(event, context)
}

/// Takes an event out of the calendar: cancelled if it is the owner's own, declined if not.
pub(in super::super) fn cancel(
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    let id = object_id(call, "event")?;
    if let Some(stored) = context.documents.get(COLLECTION, &id)? {
        let event: Added = read(stored)?;
        context.documents.remove(COLLECTION, &id)?;
        return Ok(ToolOutput::new(Kind::Event, event.item()));
    }
    let mut state = State::load(context)?;
    let event = EVENTS
        .iter()
        .find(|event| event.id == id && !state.is_replaced(event.id))
        .ok_or(ToolError::Unavailable)?;
    let start = event.start(state.first_use, &zone(context)?);
    state.replace(&id, context)?;
    Ok(ToolOutput::new(Kind::Event, seeded(event, start)))
}

/// The event that a call points at, if it is the owner's own. A seeded one becomes a document when
/// it is stored again.
fn own(call: &Call, context: &mut CallContext<'_>) -> Result<Added, ToolError> {
    let id = object_id(call, "event")?;
    if let Some(stored) = context.documents.get(COLLECTION, &id)? {
        return read(stored);
    }
    let state = State::load(context)?;
    let event = EVENTS
        .iter()
        .find(|event| event.id == id && event.organiser.is_none() && !state.is_replaced(event.id))
        .ok_or(ToolError::Unavailable)?;
    let item = seeded(event, event.start(state.first_use, &zone(context)?));
    let field = |name: &str| item.field(name).cloned().ok_or(ToolError::Unavailable);
    Ok(Added {
        id,
        title: field("title")?,
        start: field("start")?,
        end: field("end")?,
        place: field("place")?,
        about: field("about")?,
        attendees: field("attendees")?.items().to_vec(),
    })
}

fn put(event: Added, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let start = time_of(&event.start).map_or(0, Timestamp::millis);
    context
        .documents
        .put(COLLECTION, document(&event.id, start, &event)?)?;
    if EVENTS.iter().any(|seed| seed.id == event.id) {
        State::load(context)?.replace(&event.id, context)?;
    }
    Ok(ToolOutput::new(Kind::Event, event.item()))
}

/// Adds people whom an event does not name yet.
fn join(event: &mut Added, people: Vec<Item>) -> Result<(), ToolError> {
    for person in people {
        let is_named = |named: &Item| {
            let (named, person) = (named.text(), person.text());
            named.map(str::to_lowercase) == person.map(str::to_lowercase)
        };
        if !event.attendees.iter().any(is_named) {
            event.attendees.push(person);
        }
    }
    if event.attendees.len() > ATTENDEES_MAX {
        return Err(ToolError::Unavailable);
    }
    Ok(())
}

/// The people in `attendees`, each with the label of the list joined in.
fn people(call: &Call) -> Vec<Item> {
    let Some(list) = call.item("attendees") else {
        return Vec::new();
    };
    let people = list.items().iter().filter(|person| person.text().is_some());
    people
        .map(|person| person.clone().tainted_by(list.label()))
        .collect()
}
