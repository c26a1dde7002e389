//! Calendars: the tools, and how an event of a service is labelled.
//!
//! The one thing to know: every word of an event is untrusted, also in events of the owner's own,
//! since a service cannot tell what the owner wrote from what the agent was given by others. What
//! another person organises is untrusted altogether, its times and attendees included.

pub(in super::super) mod completing;
pub(in super::super) mod contracts;
pub(in super::super) mod slots;
#[cfg(test)]
mod tests;

use super::super::access::public_id;
use super::super::parts::{Search, absent, invalid, list as to_list, source_of, text};
use super::Kin;
use super::contract::outside;
use super::habits::Usual;
use crate::egress::account::Account;
use crate::label::{Capacity, Label, Labeled, Readers};
use crate::message::Locale;
use crate::time::{Timestamp, Zone};
use crate::tool::{Call, CallContext, Kind, Shape, ToolError, ToolOutput, ToolSpec};
use crate::value::{Item, Value, record};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The most people that an event names here.
pub(in super::super) const ATTENDEES_MAX: usize = 100;
/// The most events that a search by words returns.
const FOUND_MAX: usize = 20;
/// The longest title or place, and the longest text about an event, in bytes.
const LINE_BYTES_MAX: usize = 500;
const ABOUT_BYTES_MAX: usize = 5_000;

/// The family.
pub(in super::super) static KIN: Kin = Kin {
    name: "calendar",
    tools: TOOLS,
    check,
    guard: |_| Ok(()),
    is_public: false,
    complete: |call, _| completing::complete(call),
    knows: |_, _, _| false,
    called: |_, _, _| Vec::new(),
    merge,
    habits: &Usual,
};

const TOOLS: &[ToolSpec] = &[
    outside(&contracts::LIST),
    outside(&contracts::FIND),
    outside(&contracts::SLOTS),
    outside(&contracts::ADD),
    outside(&contracts::SCHEDULE),
    outside(&contracts::INVITE),
    outside(&contracts::MOVE),
    outside(&contracts::CANCEL),
    outside(&contracts::RESPOND),
];

fn check(tool: &str, shape: &Shape) -> Result<(), ToolError> {
    match tool {
        "calendar_schedule" | "calendar_invite" => completing::check_people(shape),
        _ => Ok(()),
    }
}

/// An event as its service has it; nothing in it is labelled yet. Of a series it is one occurrence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct Event {
    /// The service's own id.
    pub(in super::super) id: String,
    pub(in super::super) title: String,
    /// When it begins, in milliseconds.
    pub(in super::super) from: i64,
    /// When it ends.
    pub(in super::super) to: i64,
    pub(in super::super) place: String,
    pub(in super::super) about: String,
    /// The address of whoever organises it; empty if nobody is named.
    pub(in super::super) organiser: String,
    /// The addresses of those who are invited.
    pub(in super::super) attendees: Vec<String>,
    /// Whether the owner organises it, in a calendar that the owner writes to.
    pub(in super::super) is_own: bool,
    /// Whether the owner is busy meanwhile.
    pub(in super::super) is_busy: bool,
}

impl Event {
    /// The same with texts and people that are not too long; every event that is shown or compared
    /// with one that was shown goes through this.
    pub(in super::super) fn bounded(mut self) -> Self {
        for line in [&mut self.title, &mut self.place, &mut self.organiser] {
            cut(line, LINE_BYTES_MAX);
        }
        cut(&mut self.about, ABOUT_BYTES_MAX);
        self.attendees.truncate(ATTENDEES_MAX);
        for person in &mut self.attendees {
            cut(person, LINE_BYTES_MAX);
        }
        self
    }

    /// Whether all words of a search occur in it.
    pub(in super::super) fn fits(&self, query: &str) -> bool {
        let people = self.attendees.iter().map(String::as_str);
        let mut texts: Vec<&str> = people.collect();
        texts.extend([
            self.title.as_str(),
            &self.place,
            &self.organiser,
            &self.about,
        ]);
        Search::new(query).fits(&texts)
    }

    /// Whether it still is what a handle shows, as far as the handle says. Whoever approved a call
    /// approved it for that.
    pub(in super::super) fn is_as_shown(&self, shown: &Item) -> bool {
        let same_text = |name: &str, now: &str| match shown.field(name).map(Item::peek) {
            Some(Value::Text(then)) => then == now,
            Some(Value::Null) => now.is_empty(),
            _ => true,
        };
        let same_time = |name: &str, now: i64| match shown.field(name).map(Item::peek) {
            Some(Value::Time(then)) => then.millis() == now,
            _ => true,
        };
        let people = |all: &mut dyn Iterator<Item = &str>| {
            let mut all: Vec<String> = all.map(str::to_lowercase).collect();
            all.sort();
            all.dedup();
            all
        };
        let same_people = shown.field("attendees").is_none_or(|then| {
            let mut now = self.attendees.iter().map(String::as_str);
            let mut then = then.items().iter().filter_map(Item::text);
            people(&mut now) == people(&mut then)
        });
        // An event without an organiser shows the owner.
        let same_organiser = self.organiser.is_empty() || same_text("organiser", &self.organiser);
        same_organiser
            && same_text("title", &self.title)
            && same_text("place", &self.place)
            && same_text("about", &self.about)
            && same_time("start", self.from)
            && same_time("end", self.to)
            && same_people
    }
}

/// The beginning of a text that is too long.
fn cut(text: &mut String, bytes_max: usize) {
    let end = (0..=bytes_max).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or(0).min(text.len()));
}

/// Those who may learn of an event: whoever is invited, and whoever invites.
fn readers(event: &Event) -> Readers {
    let people = event.attendees.iter().chain([&event.organiser]);
    let people = people.map(|one| one.trim()).filter(|one| !one.is_empty());
    Readers::Only(
        people
            .map(|address| format!("mail:{}", address.to_lowercase()))
            .collect(),
    )
}

/// An event of an account, with a label on every field.
///
/// The service vouches for ids, and for the times and the organiser of an event that the owner
/// organises: nobody else can put one into a calendar of the owner's. It cannot vouch for its words
/// or for who is invited: the agent may have written those from what a stranger said, and a service
/// keeps no labels.
pub(in super::super) fn item(account: &Account, event: &Event) -> Item {
    let id = public_id(account, &event.id);
    let source = source_of(Kind::Event, &id);
    let known = Label::attested(&source, readers(event), Capacity::Unit);
    let words = Label::untrusted(&source, readers(event));
    let with = |label: &Label, capacity| Label {
        capacity,
        ..label.clone()
    };
    let set = if event.is_own { &known } else { &words };
    let time = |at| {
        let at = Value::Time(Timestamp::from_millis(at));
        Labeled::new(at, with(set, Capacity::Number))
    };
    let people = event.attendees.iter().map(String::as_str);
    let people = people.map(|address| text(address, with(&words, Capacity::Id)));
    let optional = |value: &str| {
        if value.is_empty() {
            absent()
        } else {
            text(value, words.clone())
        }
    };
    let organiser = if event.organiser.is_empty() {
        account.address
    } else {
        &event.organiser
    };
    record(
        known.clone(),
        [
            ("id", text(id, with(&known, Capacity::Id))),
            ("title", text(event.title.as_str(), words.clone())),
            ("start", time(event.from)),
            ("end", time(event.to)),
            ("place", optional(&event.place)),
            (
                "attendees",
                Labeled::new(Value::List(people.collect()), with(&words, Capacity::Unit)),
            ),
            ("organiser", text(organiser, with(set, Capacity::Id))),
            ("about", optional(&event.about)),
        ],
    )
}

/// An event of somebody else's that was found by words. Anybody can send an invitation that is found,
/// so which one it is, and its people, are what others' text chose.
fn searched(mut item: Item) -> Item {
    let chosen = Label {
        readers: Readers::Everyone,
        capacity: Capacity::Unit,
        ..Label::owner()
    }
    .picked();
    item.change(|value| {
        if let Value::Record(fields) = value {
            for name in ["id", "organiser", "attendees"] {
                if let Some(field) = fields.get_mut(name) {
                    *field = field.clone().tainted_by(&chosen);
                }
            }
        }
    });
    item
}

/// The people in `attendees`, each once.
pub(in super::super) fn people(call: &Call) -> Vec<String> {
    let list = call.item("attendees").map(Item::items).unwrap_or_default();
    let mut people: Vec<String> = Vec::new();
    for person in list.iter().filter_map(Item::text).map(str::trim) {
        let is_there = people.iter().any(|one| one.eq_ignore_ascii_case(person));
        if !person.is_empty() && !is_there {
            people.push(person.to_owned());
        }
    }
    people
}

/// What an event that a call made keeps of the labels of its arguments.
pub(in super::super) fn made(mut event: Item, call: &Call) -> Item {
    event.change(|value| {
        let Value::Record(fields) = value else {
            return;
        };
        for (field, argument) in [("start", "start"), ("end", "start"), ("end", "minutes")] {
            if let (Some(field), Some(given)) = (fields.get_mut(field), call.item(argument)) {
                *field = field.clone().tainted_by(given.label());
            }
        }
        for (field, argument) in [
            ("title", "title"),
            ("place", "place"),
            ("about", "about"),
            ("attendees", "attendees"),
        ] {
            if let (Some(field), Some(given)) = (fields.get_mut(field), call.item(argument)) {
                *field = field.clone().tainted_by(&given.total_label());
            }
        }
    });
    event
}

/// What a list does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum Missing {
    /// Calendars beyond the first few.
    Calendars,
    /// Events that cannot be read, or series that are not understood.
    Unreadable,
    /// What is too much for one list.
    Rest,
}

/// An item that says what a list does not show; its words are ours.
pub(in super::super) fn note(account: &Account, missing: Missing, locale: Locale) -> Item {
    let words = match missing {
        Missing::Calendars => locale.pick(
            "(There are more calendars in this account; they were not looked at.)",
            "(Ce compte a d’autres agendas, qui n’ont pas été consultés.)",
        ),
        Missing::Unreadable => locale.pick(
            "(Some events could not be read; they are missing here.)",
            "(Certains événements sont illisibles et manquent ici.)",
        ),
        Missing::Rest => locale.pick(
            "(There is more than fits into one list.)",
            "(Il y en a plus que ne peut contenir une liste.)",
        ),
    };
    said(account, words)
}

/// A sentence of ours as an item of a list.
fn said(account: &Account, words: &str) -> Item {
    let source = source_of(Kind::Event, account.name);
    let label = Label::attested(&source, Readers::owner(), Capacity::Bool);
    let words = text(words, label.clone());
    let name = text(account.name, label.clone());
    record(label, [("title", words), ("account", name)])
}

/// The days that a list is about, as instants: from the first up to the midnight after the last.
pub(in super::super) fn days(
    call: &Call,
    usual: i64,
    context: &CallContext<'_>,
) -> Result<(Timestamp, Timestamp), ToolError> {
    let zone = context.zone()?;
    let given = call.text("from").trim();
    let first: Date = if given.is_empty() {
        context.now.in_zone(zone).date()
    } else {
        given
            .parse()
            .map_err(|_| invalid("from", "a day such as 2026-11-24"))?
    };
    let days = call.int("days").unwrap_or(usual).clamp(1, 366);
    let after = first.checked_add(days.days());
    let after = after.map_err(|_| ToolError::Unavailable)?;
    let midnight = |day: Date| midnight(day, zone).ok_or(ToolError::Unavailable);
    Ok((midnight(first)?, midnight(after)?))
}

fn midnight(day: Date, zone: &Zone) -> Option<Timestamp> {
    zone.instant(day.at(0, 0, 0, 0))
}

/// The list that a call asked for, of the events that a service found.
pub(in super::super) fn listed(
    account: &Account,
    call: &Call,
    mut events: Vec<Event>,
    missing: &[Missing],
    context: &CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    let notes = missing
        .iter()
        .map(|one| note(account, *one, context.locale));
    if call.spec.name == "calendar_slots" {
        let window = days(call, slots::DAYS, context)?;
        let free = slots::free(account, call, &events, window, context)?;
        return Ok(to_list(Kind::Events, call, free.into_iter().chain(notes)));
    }
    let query = call.text("query");
    events.retain(|event| event.fits(query));
    events.sort_by_key(|event| (event.from, event.to));
    let shown = |event: &Event| match item(account, event) {
        found if !event.is_own && !query.trim().is_empty() => searched(found),
        listed => listed,
    };
    let items: Vec<Item> = events.iter().map(shown).collect();
    let items = in_order(items.into_iter().chain(notes).collect(), call);
    Ok(to_list(Kind::Events, call, items))
}

/// What the accounts found, in the order of time; of free times those that all of them leave free.
fn merge(items: Vec<Item>, call: &Call) -> Vec<Item> {
    if call.spec.name == "calendar_slots" {
        return slots::common(items, call);
    }
    in_order(items, call)
}

fn in_order(mut items: Vec<Item>, call: &Call) -> Vec<Item> {
    let (mut events, notes): (Vec<Item>, Vec<Item>) = items
        .drain(..)
        .partition(|item| time_of(item, "start").is_some());
    events.sort_by_key(|item| time_of(item, "start"));
    if call.spec.name == "calendar_find" {
        events.truncate(FOUND_MAX);
    }
    events.extend(notes);
    events
}

fn time_of(item: &Item, field: &str) -> Option<Timestamp> {
    match item.field(field).map(Item::peek) {
        Some(Value::Time(at)) => Some(*at),
        _ => None,
    }
}
