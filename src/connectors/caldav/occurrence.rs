//! From what a service holds to an event as the family has it, and back to the one that is meant.
//!
//! The one thing to know: one file is one event or one series. An occurrence of a series is named by
//! the instant that it would begin at if it had not been moved.

use super::super::family::calendar::Event;
use super::home::Home;
use super::place;
use crate::format::ical::{self, Answer, Occurrence, Status, When};
use crate::time::{Timestamp, Zone};

/// What a file is looked at with.
pub(super) struct Eyes<'a> {
    pub(super) home: &'a Home,
    pub(super) zone: &'a Zone,
}

impl Eyes<'_> {
    /// The event of an occurrence.
    pub(super) fn event(&self, place: &str, one: &Occurrence<'_>) -> Event {
        let key = one.recurrence_id.as_ref();
        let key = key.and_then(|key| key.instant(self.zone));
        let event = one.event;
        let organiser = event.organiser.as_ref();
        let organiser = organiser.map_or("", |person| person.address.as_str());
        let declined = self.answer(event) == Some(Answer::Declined);
        let own = organiser.is_empty() && event.attendees.is_empty() || self.home.is_own(organiser);
        Event {
            id: place::id(place, key.map(Timestamp::millis)),
            title: event.title.clone(),
            from: one.from.millis(),
            to: one.to.millis(),
            place: event.place.clone(),
            about: event.about.clone(),
            organiser: organiser.to_owned(),
            attendees: event
                .attendees
                .iter()
                .map(|one| one.person.address.clone())
                .collect(),
            is_own: own && self.home.has_own(place),
            is_busy: !event.is_free && !declined,
        }
    }

    /// What the owner has answered, if they are invited.
    pub(super) fn answer(&self, event: &ical::Event) -> Option<Answer> {
        let mut all = event.attendees.iter();
        let own = all.find(|one| self.home.is_own(&one.person.address));
        own.map(|own| own.answer)
    }
}

/// One event or occurrence of a file that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    pub(super) uid: String,
    /// The part of the file that holds for it.
    pub(super) part: ical::Event,
    /// When it begins and ends, on its own clocks.
    pub(super) start: When,
    pub(super) end: When,
    /// Which of a series it is.
    pub(super) key: Option<Timestamp>,
    /// As the family has it.
    pub(super) event: Event,
}

/// Finds the event that is meant in a file: the only one, or the occurrence of `key`.
pub(super) fn find(text: &str, place: &str, key: Option<i64>, eyes: &Eyes<'_>) -> Option<Seen> {
    let events = ical::read(text).ok()?;
    let first = events.first()?;
    let uid = &first.uid;
    if uid.is_empty() || events.iter().any(|event| event.uid != *uid) {
        return None;
    }
    let recurs = |event: &ical::Event| event.recurs() || event.recurrence_id.is_some();
    // What was one event and is a series now, or the other way round, is another event.
    if events.iter().any(recurs) != key.is_some() {
        return None;
    }
    let key = key.map(Timestamp::from_millis);
    let moved = events.iter().find(|event| {
        let id = event.recurrence_id.as_ref();
        key.is_some() && id.and_then(|id| id.instant(eyes.zone)) == key
    });
    // One that has a part of its own may be at any time.
    let from = match (moved, key) {
        (Some(own), _) => own.start.instant(eyes.zone)?,
        (None, Some(at)) => at,
        (None, None) => first.start.instant(eyes.zone)?,
    };
    let to = from.plus_millis(1);
    let expanded = ical::expand(&events, from, to, eyes.zone).events;
    let one = expanded.into_iter().find(|one| {
        let id = one.recurrence_id.as_ref();
        id.and_then(|id| id.instant(eyes.zone)) == key
    })?;
    let mut event = eyes.event(place, &one);
    event.id = place::id(place, key.map(Timestamp::millis));
    Some(Seen {
        uid: uid.clone(),
        part: one.event.clone(),
        start: one.start.clone(),
        end: one.end.clone(),
        key,
        event,
    })
}

/// Whether it takes place no more.
pub(super) fn is_off(event: &ical::Event) -> bool {
    event.status == Status::Cancelled
}
