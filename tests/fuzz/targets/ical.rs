//! Calendars: they are read, a year of them is expanded, and every change leaves what it is not about.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sclerite_fuzz::closed;
use sclerite_fuzz::format::ical::{
    Answer, Attendee, Change, Event, NewEvent, OCCURRENCES_MAX, Person, Status, When, Which, busy,
    edit, expand, read, read_busy, write,
};
use sclerite_fuzz::time::{Timestamp, Zone};

const DAY_MS: i64 = 86_400_000;
const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);
const MAX: &str = "max@example.org";

fuzz_target!(|bytes: &[u8]| {
    // No change of its clock, so a time without a zone is one instant.
    let zone = Zone::named("Asia/Kolkata").expect("it is in the database");
    if let Ok(spans) = read_busy(bytes) {
        assert!(spans.windows(2).all(|two| two[0].to < two[1].from));
    }
    let text = closed(bytes);
    let Ok(events) = read(&text) else { return };
    let tail: String = text.chars().rev().skip(30).take(60).collect();
    hostile(&tail);
    // What has no name cannot be changed, and shares that with others.
    let Some(first) = events.first().filter(|one| !one.uid.is_empty()) else {
        return;
    };
    // The year begins with the first event, or some years later.
    let later = i64::try_from(bytes.len() % 4).expect("small") * 400 * DAY_MS;
    let from = first.start.instant(&zone).unwrap_or(NOW);
    let from = from.plus_millis(later - DAY_MS);
    let id = year(&events, from, &zone);
    // One change each, or it would take ten times as long; every one for what is read whole.
    let picked = bytes
        .iter()
        .fold(bytes.len(), |sum, byte| sum + usize::from(*byte));
    for (nth, change) in changes(first, &tail).iter().enumerate() {
        if bytes.len() <= 900 && nth != picked % 5 {
            continue;
        }
        match &id {
            Some(id) if picked % 2 == 0 || bytes.len() > 900 => {
                occurrence(&text, first, id, change, &zone);
            }
            _ => {}
        }
        if id.is_none() || picked % 2 == 1 || bytes.len() > 900 {
            whole(&text, first, change, &zone);
        }
    }
});

/// What is said of a year holds together. Returns an occurrence of the first event, if it recurs.
fn year(events: &[Event], from: Timestamp, zone: &Zone) -> Option<When> {
    let to = from.plus_millis(365 * DAY_MS);
    let expanded = expand(events, from, to, zone);
    let found = &expanded.events;
    assert!(found.len() <= OCCURRENCES_MAX);
    assert!(found.windows(2).all(|two| two[0].from <= two[1].from));
    for one in found {
        assert!(one.from <= one.to && one.from < to && one.to >= from);
        assert_eq!(one.start.instant(zone), Some(one.from));
    }
    let spans = busy(found, from, to);
    assert!(spans.windows(2).all(|two| two[0].to < two[1].from));
    assert!(
        spans
            .iter()
            .all(|one| from <= one.from && one.from < one.to && one.to <= to)
    );
    let first = events.first()?;
    let mut own = found.iter().filter(|one| one.event.uid == first.uid);
    own.nth(1)?.recurrence_id.clone()
}

fn changes(first: &Event, tail: &str) -> Vec<Change> {
    let later = |when: &When| {
        if when.is_day() {
            when.wall().date().tomorrow().ok().map(When::day)
        } else {
            let at = when.instant(&Zone::utc())?;
            Some(When::at(at.plus_millis(5_400_000)))
        }
    };
    let person = |address: &str| Person {
        address: address.to_owned(),
        name: tail.to_owned(),
    };
    let invited = first.attendees.first().map(|one| &one.person.address);
    let moved = later(&first.start).zip(later(&first.end));
    let mut changes = vec![
        Change::Invite {
            attendees: vec![Attendee {
                person: person(MAX),
                ..Attendee::default()
            }],
            organiser: person("ann@example.org"),
        },
        Change::Respond {
            address: invited.cloned().unwrap_or_default(),
            answer: Answer::Accepted,
        },
        Change::Cancel,
        Change::Exclude,
    ];
    changes.extend(moved.map(|(start, end)| Change::Move { start, end }));
    changes
}

/// A change of an event or a whole series.
fn whole(text: &str, first: &Event, change: &Change, zone: &Zone) {
    let Ok(new) = edit(text, &first.uid, (&Which::Whole, change), NOW, zone) else {
        return;
    };
    let before = read(text).expect("it was read");
    let after = read(&new).expect("what was changed can be read");
    assert_eq!(before.len(), after.len());
    // Lines of version 2.1 go on without a blank.
    if !text.to_ascii_uppercase().contains("QUOTED-PRINTABLE") {
        assert_eq!(own_lines(text), own_lines(&new));
    }
    for (was, is) in before.iter().zip(&after) {
        if was.uid != first.uid {
            assert_eq!(was, is);
            continue;
        }
        assert_eq!((&was.uid, &was.title), (&is.uid, &is.title));
        match change {
            Change::Cancel => assert_eq!(is.status, Status::Cancelled),
            Change::Invite { .. } => {
                let is_max = |one: &Attendee| one.person.address.eq_ignore_ascii_case(MAX);
                assert!(is.attendees.iter().any(is_max));
                assert!(is.attendees.len() <= was.attendees.len() + 1);
            }
            Change::Respond { .. } => assert_eq!(was.attendees.len(), is.attendees.len()),
            Change::Move { .. } | Change::Exclude => {}
        }
    }
    if let Change::Move { start, .. } = change {
        let master = |one: &&Event| one.uid == first.uid && one.recurrence_id.is_none();
        let is = after.iter().find(master).expect("a series stays");
        let exact =
            is.start.is_day() || is.start.is_floating() || is.start.zone_name() == Some("UTC");
        let at = |when: &When| when.instant(zone).expect("in range").millis();
        // An hour that a clock has twice is one of the two.
        let off = (at(&is.start) - at(start)).abs();
        assert!(off == 0 || !exact && off < 26 * 3_600_000, "{off}");
    }
}

/// A change of one occurrence.
fn occurrence(text: &str, first: &Event, id: &When, change: &Change, zone: &Zone) {
    let which = Which::Occurrence(id.clone());
    let Ok(new) = edit(text, &first.uid, (&which, change), NOW, zone) else {
        return;
    };
    let before = read(text).expect("it was read");
    let after = read(&new).expect("what was changed can be read");
    let others = |all: &[Event]| -> Vec<Event> {
        let others = all.iter().filter(|one| one.uid != first.uid);
        others.cloned().collect()
    };
    assert_eq!(others(&before), others(&after));
    if *change == Change::Exclude {
        return;
    }
    let calendars = text.to_ascii_uppercase().matches("BEGIN:VCALENDAR").count();
    assert!(after.len() <= before.len() + calendars.max(1));
    let at = id.instant(zone);
    let own = after.iter().find(|one| {
        let own = one.recurrence_id.as_ref().map(|id| id.instant(zone));
        one.uid == first.uid && own == Some(at)
    });
    if let (Some(own), Change::Cancel) = (own, change) {
        assert_eq!(own.status, Status::Cancelled);
    }
}

/// The `X-` lines as they stand there; a group before a name is none.
fn own_lines(text: &str) -> Vec<&str> {
    let lines = text.split_terminator('\n');
    lines
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| line.starts_with("X-") && !line.contains('.'))
        .collect()
}

/// A new event says what it is told and nothing more.
fn hostile(tail: &str) {
    let person = Person {
        address: tail.to_owned(),
        name: tail.to_owned(),
    };
    let event = NewEvent {
        uid: tail.to_owned(),
        title: tail.to_owned(),
        start: When::at(NOW),
        end: When::at(NOW),
        place: tail.to_owned(),
        about: tail.to_owned(),
        organiser: Some(person.clone()),
        attendees: vec![Attendee {
            person,
            ..Attendee::default()
        }],
    };
    let text = write(&event, None, NOW);
    let read = read(&text).expect("what was written can be read");
    assert_eq!(read.len(), 1);
    assert_eq!((&read[0].start, read[0].attendees.len()), (&event.start, 1));
    assert!(!read[0].recurs() && read[0].organiser.is_some());
}
