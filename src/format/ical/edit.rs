//! Changes events in the calendar that a service holds.
//!
//! The one thing to know: only the lines that a change is about are written anew. Every other line
//! stays byte for byte, whether it is understood here or not: alarms, parameters, `X-` lines.
//! `SEQUENCE` rises where RFC 5546 asks an organiser for it; an answer does not raise it.

use super::super::line::{Component, Line, LineError, Part};
use super::expand::expand;
use super::read::{address, event_of, when};
use super::rule::Rule;
use super::write::{attendee, day, line, local, organiser, universal};
use super::zones::Zones;
use super::{Answer, Attendee, Clock, Event, IcalError, Person, When, name_of};
use crate::time::{Timestamp, Zone};

/// Which events of a file a change is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The event, or a series as a whole.
    Whole,
    /// One occurrence of a series, by its `recurrence_id`.
    Occurrence(When),
}

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It takes place at another time.
    Move {
        /// When it begins.
        start: When,
        /// When it ends.
        end: When,
    },
    /// Others are invited too; those who already are stay as they are.
    Invite {
        /// Who.
        attendees: Vec<Attendee>,
        /// Who invites, if nobody does so yet.
        organiser: Person,
    },
    /// Somebody answers.
    Respond {
        /// The mail address of who answers.
        address: String,
        /// What.
        answer: Answer,
    },
    /// It does not take place, and everybody can see that.
    Cancel,
    /// One occurrence goes without a trace: for series that nobody else is invited to.
    Exclude,
}

/// Why a change cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The file cannot be read.
    #[error(transparent)]
    Ical(#[from] IcalError),
    /// There is no such event, or no such occurrence.
    #[error("no such event")]
    NotFound,
    /// Who answers is not invited.
    #[error("not invited")]
    NotInvited,
    /// It would end before it begins, or only one of the two is a day.
    #[error("times that do not fit together")]
    Times,
    /// The change is not one for a series as a whole, or only for one.
    #[error("not for this kind of event")]
    Series,
}

impl From<LineError> for EditError {
    fn from(error: LineError) -> Self {
        Self::Ical(error.into())
    }
}

/// The same file with the events of `uid` changed, as of an instant. Days and floating times are
/// those of `zone`.
pub fn edit(
    original: &str,
    uid: &str,
    (which, change): (&Which, &Change),
    stamp: Timestamp,
    zone: &Zone,
) -> Result<String, EditError> {
    let mut whole = Component::read(original)?;
    let calendars = whole.parts.iter_mut().filter_map(|part| match part {
        Part::Component(one) if one.name == "VCALENDAR" => Some(one),
        Part::Component(_) | Part::Line(_) => None,
    });
    let mut found = false;
    for calendar in calendars {
        let zones = Zones::of(calendar);
        let is_ours = |part: &Part| component(part).is_some_and(|event| has_uid(event, uid));
        if calendar.parts.iter().any(is_ours) {
            found = true;
            let mut editing = Editing {
                calendar,
                zones,
                uid,
                stamp,
                zone,
            };
            match which {
                Which::Whole => editing.whole(change)?,
                Which::Occurrence(id) => editing.occurrence(id, change)?,
            }
        }
    }
    found.then(|| whole.write()).ok_or(EditError::NotFound)
}

fn component(part: &Part) -> Option<&Component> {
    match part {
        Part::Component(event) if event.name == "VEVENT" => Some(event),
        Part::Component(_) | Part::Line(_) => None,
    }
}

fn has_uid(event: &Component, uid: &str) -> bool {
    event.first("UID").is_some_and(|line| line.text() == uid)
}

/// A change under way.
struct Editing<'a> {
    calendar: &'a mut Component,
    zones: Zones,
    uid: &'a str,
    stamp: Timestamp,
    zone: &'a Zone,
}

impl Editing<'_> {
    /// Where the parts of the series stand that fit.
    fn places(&self, fits: impl Fn(&Component) -> bool) -> Vec<usize> {
        let all = self.calendar.parts.iter().enumerate();
        let ours = all.filter(|(_, part)| {
            component(part).is_some_and(|event| has_uid(event, self.uid) && fits(event))
        });
        ours.map(|(at, _)| at).collect()
    }

    fn master(&self) -> Result<(usize, Component), EditError> {
        let places = self.places(|event| event.first("RECURRENCE-ID").is_none());
        let at = *places.first().ok_or(EditError::NotFound)?;
        let part = self.calendar.parts.get(at).and_then(component);
        let event = part.ok_or(EditError::NotFound)?;
        Ok((at, event.clone()))
    }

    fn put(&mut self, at: usize, event: Component) {
        if let Some(part) = self.calendar.parts.get_mut(at) {
            *part = Part::Component(event);
        }
    }

    fn whole(&mut self, change: &Change) -> Result<(), EditError> {
        match change {
            Change::Exclude => Err(EditError::Series),
            Change::Move { start, .. } => {
                let (at, mut event) = self.master()?;
                self.may_move(&event, start)?;
                self.apply(&mut event, change)?;
                self.put(at, event);
                Ok(())
            }
            Change::Invite { .. } | Change::Respond { .. } | Change::Cancel => {
                let mut result = Err(EditError::NotFound);
                for at in self.places(|_| true) {
                    let part = self.calendar.parts.get(at).and_then(component);
                    let Some(mut event) = part.cloned() else {
                        continue;
                    };
                    match self.apply(&mut event, change) {
                        // Somebody may be invited to some occurrences only.
                        Err(EditError::NotInvited) if result.is_ok() => {}
                        Err(error) => result = Err(error),
                        Ok(()) => {
                            self.put(at, event);
                            result = Ok(());
                        }
                    }
                }
                result
            }
        }
    }

    /// A series moves as a whole only where that leaves nothing behind that refers to its old times.
    fn may_move(&self, event: &Component, start: &When) -> Result<(), EditError> {
        let read = event_of(event, &self.zones)?;
        if !read.recurs() {
            return Ok(());
        }
        let overrides = self.places(|event| event.first("RECURRENCE-ID").is_some());
        let series = &read.series;
        let refers = !overrides.is_empty()
            || !series.dates.is_empty()
            || !series.except.is_empty()
            || series.more;
        let at = start.instant(self.zone).ok_or(EditError::Times)?;
        let same_day = read.start.clock_at(at, self.zone).wall.date() == read.start.wall.date();
        let bare = series
            .rules
            .iter()
            .all(|rule| Rule::read(rule).is_some_and(|rule| rule.follows_start()));
        let same_kind = start.is_day() == read.start.is_day();
        if refers || !same_kind || !(same_day || bare) {
            return Err(EditError::Series);
        }
        Ok(())
    }

    fn occurrence(&mut self, id: &When, change: &Change) -> Result<(), EditError> {
        let at = id.instant(self.zone).ok_or(EditError::NotFound)?;
        let own = self.places(|event| {
            let line = event.first("RECURRENCE-ID");
            let read = line.and_then(|line| when(line, &self.zones).ok());
            read.is_some_and(|read| read.instant(self.zone) == Some(at))
        });
        if *change == Change::Exclude {
            return self.exclude(at, &own);
        }
        if let Some(place) = own.first() {
            let part = self.calendar.parts.get(*place).and_then(component);
            let mut event = part.cloned().ok_or(EditError::NotFound)?;
            self.apply(&mut event, change)?;
            self.put(*place, event);
            return Ok(());
        }
        let (place, master) = self.master()?;
        let mut event = self.taken_out(&master, at)?;
        self.apply(&mut event, change)?;
        let behind = place.saturating_add(1).min(self.calendar.parts.len());
        self.calendar.parts.insert(behind, Part::Component(event));
        Ok(())
    }

    /// Start and end of an occurrence of a series, on the clocks of its event.
    fn times(&self, event: &Event, at: Timestamp) -> Result<(When, When), EditError> {
        let events = std::slice::from_ref(event);
        let found = expand(events, at, at.plus_millis(1), self.zone).events;
        let found = found.into_iter().find(|one| one.from == at);
        let found = found.filter(|one| one.recurrence_id.is_some());
        found
            .map(|one| (one.start, one.end))
            .ok_or(EditError::NotFound)
    }

    /// An event for one occurrence, with all that the series says of itself.
    fn taken_out(&self, master: &Component, at: Timestamp) -> Result<Component, EditError> {
        let (start, end) = self.times(&event_of(master, &self.zones)?, at)?;
        let first = master.first("DTSTART").ok_or(EditError::NotFound)?;
        let mut event = master.clone();
        event.remove(&["RRULE", "RDATE", "EXDATE", "EXRULE", "DURATION"]);
        self.set_times(&mut event, &start, &end);
        let id = self.like(first, "RECURRENCE-ID", &start);
        event.add(id);
        Ok(event)
    }

    /// Leaves an occurrence out of its series.
    fn exclude(&mut self, at: Timestamp, own: &[usize]) -> Result<(), EditError> {
        let (place, mut master) = self.master()?;
        let mut read = event_of(&master, &self.zones)?;
        // One that was moved is still an occurrence by its first start.
        read.series.more = false;
        let (start, _) = self.times(&read, at)?;
        let first = master.first("DTSTART").ok_or(EditError::NotFound)?;
        let line = self.like(first, "EXDATE", &start);
        master.add(line);
        self.stamp(&mut master, true);
        self.put(place, master);
        for place in own.iter().rev() {
            self.calendar.parts.remove(*place);
        }
        Ok(())
    }

    fn apply(&self, event: &mut Component, change: &Change) -> Result<(), EditError> {
        let raises = match change {
            Change::Move { start, end } => {
                let times = start.instant(self.zone).zip(end.instant(self.zone));
                let in_order =
                    times.is_some_and(|(from, to)| from < to || from == to && !end.is_day());
                if !in_order || start.is_day() != end.is_day() {
                    return Err(EditError::Times);
                }
                event.remove(&["DURATION"]);
                self.set_times(event, start, end);
                true
            }
            Change::Invite {
                attendees,
                organiser: inviting,
            } => {
                if event.first("ORGANIZER").is_none() {
                    event.add(organiser(inviting));
                }
                for one in attendees {
                    if !event
                        .named("ATTENDEE")
                        .any(|line| is_of(line, &one.person.address))
                    {
                        event.add(attendee(one));
                    }
                }
                false
            }
            Change::Respond { address, answer } => {
                let mut is_invited = false;
                for part in &mut event.parts {
                    if let Part::Line(line) = part
                        && line.name == "ATTENDEE"
                        && is_of(line, address)
                    {
                        *line = line.with_param("PARTSTAT", name_of(&Answer::ALL, *answer));
                        is_invited = true;
                    }
                }
                if !is_invited {
                    return Err(EditError::NotInvited);
                }
                false
            }
            Change::Cancel => {
                event.set(Line::build("STATUS", &[], "CANCELLED"));
                true
            }
            Change::Exclude => return Err(EditError::Series),
        };
        self.stamp(event, raises);
        Ok(())
    }

    fn stamp(&self, event: &mut Component, raises: bool) {
        let stamp = universal(self.stamp);
        event.set(Line::build("DTSTAMP", &[], &stamp));
        if event.first("LAST-MODIFIED").is_some() {
            event.set(Line::build("LAST-MODIFIED", &[], &stamp));
        }
        if raises {
            let before = event.first("SEQUENCE");
            let before = before.and_then(|line| line.value().trim().parse::<u32>().ok());
            let next = before.unwrap_or(0).saturating_add(1).to_string();
            event.set(Line::build("SEQUENCE", &[], &next));
        }
    }

    fn set_times(&self, event: &mut Component, start: &When, end: &When) {
        let first = event.first("DTSTART").cloned();
        let last = event.first("DTEND").cloned().or_else(|| first.clone());
        for (name, before, when) in [("DTSTART", first, start), ("DTEND", last, end)] {
            let new = match before {
                Some(before) => self.like(&before, name, when),
                None => line(name, when),
            };
            event.set(new);
        }
    }

    /// A time on the clock of a line, with the parameters of that line.
    fn like(&self, before: &Line, name: &str, to: &When) -> Line {
        let Ok(was) = when(before, &self.zones) else {
            return line(name, to);
        };
        if was.is_day() != to.is_day() {
            return line(name, to);
        }
        let wall = match to.instant(self.zone) {
            _ if was.clock == to.clock => to.wall,
            Some(at) => was.clock_at(at, self.zone).wall,
            None => return line(name, to),
        };
        let value = match &was.clock {
            Clock::Day => day(wall),
            Clock::Zone(rules) if *rules == jiff::tz::TimeZone::UTC => format!("{}Z", local(wall)),
            Clock::Zone(_) | Clock::Floating => local(wall),
        };
        before.renamed(name).with_value(&value)
    }
}

fn is_of(line: &Line, wanted: &str) -> bool {
    let wanted = wanted.trim();
    address(line).eq_ignore_ascii_case(wanted)
}
