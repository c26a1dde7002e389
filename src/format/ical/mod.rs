//! iCalendar (RFC 5545): events read, written, changed, and expanded into occurrences.
//!
//! The one thing to know: a time is kept as it was written, with its zone, and becomes an instant
//! only by [`When::instant`]. Days and times without a zone are those of whoever looks, so that
//! takes the owner's zone. A zone that cannot be found is an error, never a guess.

mod busy;
mod edit;
mod expand;
mod read;
mod rule;
#[cfg(test)]
mod tests;
mod windows;
mod write;
mod zones;

pub use busy::{Span, busy, read_busy};
pub use edit::{Change, EditError, Which, edit};
pub use expand::{Expanded, OCCURRENCES_MAX, Occurrence, expand};
pub use read::read;
pub use write::{Method, NewEvent, write};

use super::line::LineError;
use crate::time::{Timestamp, Zone};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// Why a calendar cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IcalError {
    /// It is not made of content lines.
    #[error(transparent)]
    Lines(#[from] LineError),
    /// There is no `VCALENDAR`.
    #[error("no calendar")]
    NoCalendar,
    /// An event lacks what it must have.
    #[error("an event without {0}")]
    Missing(&'static str),
    /// A value cannot be read.
    #[error("a {0} that cannot be read")]
    Value(&'static str),
    /// A zone that neither the database nor the file knows.
    #[error("an unknown time zone")]
    UnknownZone(String),
}

/// A time as a calendar has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    wall: DateTime,
    clock: Clock,
}

/// Whose clock a time is on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Clock {
    /// A whole day.
    Day,
    /// The clock of whoever looks.
    Floating,
    /// A zone's.
    Zone(TimeZone),
}

impl When {
    /// An instant, in universal time.
    pub fn at(instant: Timestamp) -> Self {
        Self {
            wall: instant.in_zone(&Zone::utc()).datetime(),
            clock: Clock::Zone(TimeZone::UTC),
        }
    }

    /// A whole day.
    pub fn day(date: Date) -> Self {
        Self {
            wall: date.to_datetime(Time::midnight()),
            clock: Clock::Day,
        }
    }

    /// The instant; that of midnight for a day. Days and floating times are those of `zone`. A time
    /// that a clock change skips is read with the offset before it, as RFC 5545 has it. `None` only
    /// beyond the calendar's range.
    pub fn instant(&self, zone: &Zone) -> Option<Timestamp> {
        match &self.clock {
            Clock::Day | Clock::Floating => zone.instant(self.wall),
            Clock::Zone(rules) => {
                let at = rules.to_ambiguous_timestamp(self.wall).compatible().ok()?;
                Some(Timestamp::from_millis(at.as_millisecond()))
            }
        }
    }

    /// Whether it is a whole day.
    pub fn is_day(&self) -> bool {
        self.clock == Clock::Day
    }

    /// Whether it is a time of the clock without a zone.
    pub fn is_floating(&self) -> bool {
        self.clock == Clock::Floating
    }

    /// The date and time of the clock, in its own zone.
    pub fn wall(&self) -> DateTime {
        self.wall
    }

    /// The same clock at another time.
    fn on_same_clock(&self, wall: DateTime) -> Self {
        Self {
            wall,
            clock: self.clock.clone(),
        }
    }

    /// An instant on the clock of this time.
    fn clock_at(&self, instant: Timestamp, zone: &Zone) -> Self {
        let wall = match &self.clock {
            Clock::Day | Clock::Floating => instant.in_zone(zone).datetime(),
            Clock::Zone(rules) => instant
                .in_zone(&Zone::utc())
                .with_time_zone(rules.clone())
                .datetime(),
        };
        self.on_same_clock(wall)
    }
}

/// How long something lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    /// So many milliseconds.
    Exact(i64),
    /// So many days of the calendar, and then so many milliseconds.
    Nominal(i64, i64),
}

/// One event, or one occurrence of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The same for all parts of a series.
    pub uid: String,
    /// Which occurrence of a series this is, by its first start.
    pub recurrence_id: Option<When>,
    /// The title.
    pub title: String,
    /// When it begins.
    pub start: When,
    /// When it ends; for whole days the day after the last.
    pub end: When,
    /// Where.
    pub place: String,
    /// What the organiser wrote about it.
    pub about: String,
    /// Who invites.
    pub organiser: Option<Person>,
    /// Who is invited.
    pub attendees: Vec<Attendee>,
    /// Whether it takes place.
    pub status: Status,
    /// Which version it is.
    pub sequence: u32,
    /// Whether others may see it.
    pub class: Class,
    /// Whether its owner stays free meanwhile.
    pub is_free: bool,
    /// How it comes again.
    pub series: Series,
    length: Length,
}

impl Event {
    /// Whether it comes again.
    pub fn recurs(&self) -> bool {
        !self.series.rules.is_empty() || !self.series.dates.is_empty()
    }
}

/// How an event comes again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// Its rules, as they stand there.
    pub rules: Vec<String>,
    /// Further starts.
    pub dates: Vec<When>,
    /// Starts that are left out.
    pub except: Vec<When>,
    /// Whether it says something else that is not understood here.
    pub more: bool,
}

/// Somebody with an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The mail address, or another address as it stands.
    pub address: String,
    /// The name, as the event says it.
    pub name: String,
}

/// Somebody who is invited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attendee {
    /// Who.
    pub person: Person,
    /// What they answered.
    pub answer: Answer,
    /// Whether they need to come.
    pub role: Role,
    /// Whether they are asked to answer.
    pub rsvp: bool,
}

/// What somebody answered to an invitation: `PARTSTAT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Answer {
    /// Nothing yet, or something else than what follows.
    #[default]
    None,
    /// Yes.
    Accepted,
    /// No.
    Declined,
    /// Perhaps.
    Tentative,
    /// Somebody else comes.
    Delegated,
}

impl Answer {
    const ALL: [(Self, &'static str); 5] = [
        (Self::None, "NEEDS-ACTION"),
        (Self::Accepted, "ACCEPTED"),
        (Self::Declined, "DECLINED"),
        (Self::Tentative, "TENTATIVE"),
        (Self::Delegated, "DELEGATED"),
    ];
}

/// Whether somebody needs to come: `ROLE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Yes; also for roles that are unknown.
    #[default]
    Required,
    /// It is up to them.
    Optional,
    /// They lead it.
    Chair,
    /// No, they only hear of it.
    Informed,
}

impl Role {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Required, "REQ-PARTICIPANT"),
        (Self::Optional, "OPT-PARTICIPANT"),
        (Self::Chair, "CHAIR"),
        (Self::Informed, "NON-PARTICIPANT"),
    ];
}

/// Whether an event takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Yes; also where nothing is said.
    #[default]
    Confirmed,
    /// Perhaps.
    Tentative,
    /// No more.
    Cancelled,
}

/// Whether others may see an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Class {
    /// Yes.
    #[default]
    Public,
    /// No; also for classes that are unknown.
    Private,
    /// Nothing of it.
    Confidential,
}

/// What belongs to a name; the first of the list if it is unknown.
fn named<T: Copy>(all: &[(T, &str)], name: &str) -> Option<T> {
    let found = all
        .iter()
        .find(|(_, one)| one.eq_ignore_ascii_case(name.trim()));
    found.map(|(value, _)| *value)
}

/// The name of a value.
fn name_of<T: Copy + PartialEq>(all: &[(T, &'static str)], value: T) -> &'static str {
    let found = all.iter().find(|(one, _)| *one == value);
    found.map_or("", |(_, name)| name)
}
