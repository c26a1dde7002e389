//! Writes a new event as a calendar.
//!
//! The one thing to know: every text is escaped and every line folded by `format::line`, so nothing
//! that a text says can end its line or begin another property. Times with a zone are written in
//! universal time, which every service reads alike.

use super::super::escape::escape;
use super::super::line::{Component, Line, Part};
use super::{Answer, Attendee, Clock, Person, Role, When, name_of};
use crate::time::{Timestamp, Zone};
use jiff::civil::DateTime;

/// An event that is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// An id that no other event has.
    pub uid: String,
    /// The title.
    pub title: String,
    /// When it begins.
    pub start: When,
    /// When it ends; for whole days the day after the last.
    pub end: When,
    /// Where; may be empty.
    pub place: String,
    /// More about it; may be empty.
    pub about: String,
    /// Who invites. Without attendees there is none.
    pub organiser: Option<Person>,
    /// Who is invited.
    pub attendees: Vec<Attendee>,
}

/// What a calendar that is sent by mail is for. One that is stored has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// It invites.
    Request,
    /// It answers an invitation.
    Reply,
    /// It calls off.
    Cancel,
}

/// The calendar with the event, as of an instant.
pub fn write(event: &NewEvent, method: Option<Method>, stamp: Timestamp) -> String {
    let mut lines = vec![
        Line::build("UID", &[], &escape(&event.uid)),
        Line::build("DTSTAMP", &[], &universal(stamp)),
        line("DTSTART", &event.start),
        line("DTEND", &event.end),
        Line::build("SUMMARY", &[], &escape(&event.title)),
    ];
    for (name, text) in [("LOCATION", &event.place), ("DESCRIPTION", &event.about)] {
        if !text.is_empty() {
            lines.push(Line::build(name, &[], &escape(text)));
        }
    }
    lines.extend(event.organiser.as_ref().map(organiser));
    lines.extend(event.attendees.iter().map(attendee));
    let mut head = vec![
        Line::build("VERSION", &[], "2.0"),
        Line::build("PRODID", &[], "-//Sclerite//EN"),
    ];
    let method = method.map(|method| match method {
        Method::Request => "REQUEST",
        Method::Reply => "REPLY",
        Method::Cancel => "CANCEL",
    });
    head.extend(method.map(|method| Line::build("METHOD", &[], method)));
    let mut calendar = Component::build("VCALENDAR", head);
    let event = Component::build("VEVENT", lines);
    calendar.parts.push(Part::Component(event));
    calendar.write()
}

/// Who invites, as a line.
pub(super) fn organiser(person: &Person) -> Line {
    Line::build("ORGANIZER", &names(person), &uri(&person.address))
}

/// Somebody who is invited, as a line.
pub(super) fn attendee(attendee: &Attendee) -> Line {
    let mut params = names(&attendee.person);
    params.push(("ROLE", name_of(&Role::ALL, attendee.role)));
    params.push(("PARTSTAT", name_of(&Answer::ALL, attendee.answer)));
    if attendee.rsvp {
        params.push(("RSVP", "TRUE"));
    }
    Line::build("ATTENDEE", &params, &uri(&attendee.person.address))
}

fn names(person: &Person) -> Vec<(&str, &str)> {
    let named = Some(("CN", person.name.as_str()));
    named
        .filter(|(_, name)| !name.is_empty())
        .into_iter()
        .collect()
}

/// An address as events have it; one that already has a scheme stays.
fn uri(address: &str) -> String {
    if address.contains(':') {
        address.to_owned()
    } else {
        format!("mailto:{address}")
    }
}

/// A time as a line: a day, a floating time, or universal time.
pub(super) fn line(name: &str, when: &When) -> Line {
    match &when.clock {
        Clock::Day => Line::build(name, &[("VALUE", "DATE")], &day(when.wall)),
        Clock::Floating => Line::build(name, &[], &local(when.wall)),
        Clock::Zone(_) => {
            let at = when.instant(&Zone::utc()).unwrap_or_default();
            Line::build(name, &[], &universal(at))
        }
    }
}

/// `20260112`.
pub(super) fn day(wall: DateTime) -> String {
    wall.strftime("%Y%m%d").to_string()
}

/// `20260112T093000`.
pub(super) fn local(wall: DateTime) -> String {
    wall.strftime("%Y%m%dT%H%M%S").to_string()
}

/// `20260112T093000Z`.
pub(super) fn universal(at: Timestamp) -> String {
    format!("{}Z", local(at.in_zone(&Zone::utc()).datetime()))
}
