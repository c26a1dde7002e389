//! What is written and changed, and that everything else stays.

use super::*;

const STAMP: &str = "2026-11-01T12:00:00Z";

fn person(address: &str, name: &str) -> Person {
    Person {
        address: address.to_owned(),
        name: name.to_owned(),
    }
}

fn new(title: &str) -> NewEvent {
    NewEvent {
        uid: "u1@example.com".to_owned(),
        title: title.to_owned(),
        start: When::at(at("2026-01-12T08:30:00Z")),
        end: When::at(at("2026-01-12T09:30:00Z")),
        place: String::new(),
        about: String::new(),
        organiser: None,
        attendees: Vec::new(),
    }
}

#[test]
fn an_event_is_written_for_every_service() {
    let mut event = new("Lunch, or; dinner\\?");
    event.organiser = Some(person("ann@example.com", "Ann \"A\" Doe"));
    event.attendees = vec![Attendee {
        person: person("bob@example.com", ""),
        rsvp: true,
        ..Attendee::default()
    }];
    event.about = "é".repeat(60);
    let text = write(&event, Some(Method::Request), at(STAMP));
    let expected = "BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Sclerite//EN
METHOD:REQUEST
BEGIN:VEVENT
UID:u1@example.com
DTSTAMP:20261101T120000Z
DTSTART:20260112T083000Z
DTEND:20260112T093000Z
SUMMARY:Lunch\\, or\\; dinner\\\\?
DESCRIPTION:ééééééééééééééééééééééééééééééé
 ééééééééééééééééééééééééééééé
ORGANIZER;CN=\"Ann ^'A^' Doe\":mailto:ann@example.com
ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@ex
 ample.com
END:VEVENT
END:VCALENDAR
";
    assert_eq!(text, expected.replace('\n', "\r\n"));
    let day = NewEvent {
        start: When::day("2026-01-12".parse().unwrap()),
        end: When::day("2026-01-13".parse().unwrap()),
        ..new("Day")
    };
    let text = write(&day, None, at(STAMP));
    assert!(text.contains("DTSTART;VALUE=DATE:20260112\r\nDTEND;VALUE=DATE:20260113\r\n"));
}

#[test]
fn no_text_begins_a_property() {
    for evil in [
        "a\r\nATTENDEE:mailto:eve@example.com",
        "a\nEND:VEVENT\nEND:VCALENDAR",
        "a\rATTENDEE:x",
        "a\u{0}\u{B}\u{C}ATTENDEE:x",
        "a\u{85}ATTENDEE:x\u{2028}ATTENDEE:y",
        "a\\nATTENDEE:x",
        "\";X=\":ATTENDEE:x",
    ] {
        let event = NewEvent {
            uid: evil.to_owned(),
            place: evil.to_owned(),
            about: evil.to_owned(),
            organiser: Some(person(evil, evil)),
            attendees: vec![Attendee {
                person: person(evil, evil),
                ..Attendee::default()
            }],
            ..new(evil)
        };
        let text = write(&event, None, at(STAMP));
        let breaks =
            |c: char| c.is_control() && c != '\t' || ('\u{2028}'..='\u{2029}').contains(&c);
        for line in text.split("\r\n") {
            assert!(!line.contains(breaks), "{line:?}");
            assert!(line.len() <= 75, "{line:?}");
        }
        let begin = |name: &str| text.lines().filter(|line| line.starts_with(name)).count();
        assert_eq!(
            (begin("ATTENDEE"), begin("END:"), begin("BEGIN:")),
            (1, 2, 2),
            "{text}"
        );
        let [read] = &read(&text).unwrap()[..] else {
            panic!("{text}")
        };
        assert_eq!(read.attendees.len(), 1);
    }
}

const KEPT: &str = "BEGIN:VCALENDAR\r
PRODID:-//Some//Thing//EN\r
X-WR-CALNAME:Work\r
BEGIN:VEVENT\r
UID:1\r
DTSTAMP:20260101T000000Z\r
X-ODD;X-P=\"a:b;c\":kept as\r
  it is\r
DTSTART;TZID=Europe/Paris;X-Q=1:20261012T090000\r
DTEND;TZID=America/New_York:20261012T050000\r
RRULE:FREQ=WEEKLY;COUNT=5\r
SUMMARY;LANGUAGE=fr:Réunion\r
ORGANIZER:mailto:ann@example.com\r
ATTENDEE;CN=\"Bob, B\";PARTSTAT=NEEDS-ACTION;RSVP=TRUE;X-NUM-GUESTS=0:mailto:B\r
 ob@example.com\r
ATTENDEE;CN=Eve:mailto:eve@example.com\r
SEQUENCE:4\r
LAST-MODIFIED:20260101T000000Z\r
BEGIN:VALARM\r
TRIGGER:-PT15M\r
ACTION:DISPLAY\r
END:VALARM\r
END:VEVENT\r
BEGIN:VJOURNAL\r
UID:2\r
END:VJOURNAL\r
END:VCALENDAR\r
";

fn changed(which: &Which, change: &Change) -> Result<String, EditError> {
    edit(KEPT, "1", (which, change), at(STAMP), &paris())
}

/// The lines that are only in the one, and those only in the other.
fn difference(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let only = |one: &str, other: &str| {
        let mut others: Vec<&str> = other.split("\r\n").collect();
        let mut left = Vec::new();
        for line in one.split("\r\n") {
            match others.iter().position(|other| *other == line) {
                Some(at) => {
                    others.remove(at);
                }
                None => left.push(line.to_owned()),
            }
        }
        left
    };
    (only(before, after), only(after, before))
}

fn respond(address: &str) -> Change {
    Change::Respond {
        address: address.to_owned(),
        answer: Answer::Accepted,
    }
}

#[test]
fn an_answer_changes_one_parameter_of_one_line() {
    let after = changed(&Which::Whole, &respond("bob@EXAMPLE.com")).unwrap();
    let (gone, new) = difference(KEPT, &after);
    assert_eq!(gone.len(), 4, "{gone:?}");
    assert_eq!(
        new,
        [
            "DTSTAMP:20261101T120000Z",
            "ATTENDEE;CN=\"Bob, B\";PARTSTAT=ACCEPTED;RSVP=TRUE;X-NUM-GUESTS=0:mailto:Bob@",
            " example.com",
            "LAST-MODIFIED:20261101T120000Z",
        ]
    );
    let after = changed(&Which::Whole, &respond("eve@example.com")).unwrap();
    assert!(after.contains("\r\nATTENDEE;CN=Eve;PARTSTAT=ACCEPTED:mailto:eve@example.com\r\n"));
    assert_eq!(
        changed(&Which::Whole, &respond("mallory@example.com")),
        Err(EditError::NotInvited)
    );
}

#[test]
fn moving_keeps_the_zones_and_raises_the_version() {
    let change = Change::Move {
        start: When::at(at("2026-10-12T12:00:00Z")),
        end: When::at(at("2026-10-12T13:30:00Z")),
    };
    let after = changed(&Which::Whole, &change).unwrap();
    let (gone, new) = difference(KEPT, &after);
    assert_eq!(gone.len(), 5, "{gone:?}");
    assert_eq!(
        new,
        [
            "DTSTAMP:20261101T120000Z",
            "DTSTART;TZID=Europe/Paris;X-Q=1:20261012T140000",
            "DTEND;TZID=America/New_York:20261012T093000",
            "SEQUENCE:5",
            "LAST-MODIFIED:20261101T120000Z",
        ]
    );
    let backwards = Change::Move {
        start: When::at(at("2026-10-12T12:00:00Z")),
        end: When::at(at("2026-10-12T11:30:00Z")),
    };
    assert_eq!(changed(&Which::Whole, &backwards), Err(EditError::Times));
    let mixed = Change::Move {
        start: When::at(at("2026-10-12T12:00:00Z")),
        end: When::day("2026-10-13".parse().unwrap()),
    };
    assert_eq!(changed(&Which::Whole, &mixed), Err(EditError::Times));
}

#[test]
fn a_series_is_not_moved_away_from_what_refers_to_it() {
    let to_tuesday = Change::Move {
        start: When::at(at("2026-10-13T12:00:00Z")),
        end: When::at(at("2026-10-13T13:00:00Z")),
    };
    assert!(changed(&Which::Whole, &to_tuesday).is_ok());
    for (before, after) in [
        ("COUNT=5", "COUNT=5;BYDAY=MO"),
        (
            "COUNT=5",
            "COUNT=5\r\nEXDATE;TZID=Europe/Paris:20261019T090000",
        ),
    ] {
        let text = KEPT.replace(before, after);
        let result = edit(
            &text,
            "1",
            (&Which::Whole, &to_tuesday),
            at(STAMP),
            &paris(),
        );
        assert_eq!(result, Err(EditError::Series), "{after}");
    }
}

#[test]
fn one_occurrence_moves_alone() {
    let third = Which::Occurrence(When::at(at("2026-10-26T08:00:00Z")));
    let change = Change::Move {
        start: When::at(at("2026-10-27T09:00:00Z")),
        end: When::at(at("2026-10-27T10:00:00Z")),
    };
    let after = changed(&third, &change).unwrap();
    let (gone, _) = difference(KEPT, &after);
    assert!(gone.is_empty(), "the series stays as it is: {gone:?}");
    let events = read(&after).unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(events[1].title, "Réunion");
    assert_eq!(events[1].sequence, 5);
    assert_eq!(after.matches("BEGIN:VALARM").count(), 2);
    assert!(after.contains("RECURRENCE-ID;TZID=Europe/Paris;X-Q=1:20261026T090000\r\n"));
    assert_eq!(
        starts(&events, "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        [
            "2026-10-12T07:00:00Z",
            "2026-10-19T07:00:00Z",
            "2026-10-27T09:00:00Z",
            "2026-11-02T08:00:00Z",
            "2026-11-09T08:00:00Z"
        ]
    );
    // Once more: the override is changed, not doubled.
    let twice = edit(&after, "1", (&third, &Change::Cancel), at(STAMP), &paris()).unwrap();
    let events = read(&twice).unwrap();
    assert_eq!((events.len(), events[1].status), (2, Status::Cancelled));
    assert_eq!(events[0].status, Status::Confirmed);
    assert_eq!(events[1].sequence, 6);
    // And an answer to all of it reaches both.
    let answered = edit(
        &twice,
        "1",
        (&Which::Whole, &respond("bob@example.com")),
        at(STAMP),
        &paris(),
    );
    let answered = read(answered.unwrap()).unwrap();
    assert!(
        answered
            .iter()
            .all(|event| event.attendees[0].answer == Answer::Accepted)
    );
    // Left out, nothing of it stays.
    let gone = edit(&twice, "1", (&third, &Change::Exclude), at(STAMP), &paris()).unwrap();
    let events = read(&gone).unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(
        starts(&events, "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z").len(),
        4
    );
    assert!(gone.contains("EXDATE;TZID=Europe/Paris;X-Q=1:20261026T090000\r\n"));
}

#[test]
fn what_is_not_there_is_not_changed() {
    let not_one = Which::Occurrence(When::at(at("2026-10-27T08:00:00Z")));
    for change in [Change::Cancel, Change::Exclude, respond("bob@example.com")] {
        assert_eq!(changed(&not_one, &change), Err(EditError::NotFound));
    }
    assert_eq!(
        changed(&Which::Whole, &Change::Exclude),
        Err(EditError::Series)
    );
    let other = edit(
        KEPT,
        "2",
        (&Which::Whole, &Change::Cancel),
        at(STAMP),
        &paris(),
    );
    assert_eq!(other, Err(EditError::NotFound), "a journal is no event");
}

#[test]
fn inviting_adds_lines_and_an_organiser_where_there_is_none() {
    let new = |address: &str| Attendee {
        person: person(address, ""),
        ..Attendee::default()
    };
    let change = Change::Invite {
        attendees: vec![new("EVE@example.com"), new("zoe@example.com")],
        organiser: person("me@example.com", "Me"),
    };
    let after = changed(&Which::Whole, &change).unwrap();
    let events = read(&after).unwrap();
    assert_eq!(events[0].attendees.len(), 3);
    assert_eq!(events[0].sequence, 4);
    assert_eq!(
        events[0].organiser.as_ref().unwrap().address,
        "ann@example.com"
    );
    let alone = KEPT.replace("ORGANIZER:mailto:ann@example.com\r\n", "");
    let after = edit(&alone, "1", (&Which::Whole, &change), at(STAMP), &paris()).unwrap();
    assert!(after.contains("\r\nORGANIZER;CN=Me:mailto:me@example.com\r\n"));
}

#[test]
fn whole_days_of_a_series_are_left_out_as_days() {
    let text = calendar("UID:1\nDTSTART;VALUE=DATE:20261012\nRRULE:FREQ=DAILY;COUNT=3");
    let second = Which::Occurrence(When::day("2026-10-13".parse().unwrap()));
    let after = edit(&text, "1", (&second, &Change::Exclude), at(STAMP), &paris()).unwrap();
    assert!(after.contains("\r\nEXDATE;VALUE=DATE:20261013\r\n"));
    let events = read(&after).unwrap();
    assert_eq!(
        starts(&events, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z").len(),
        2
    );
}

#[test]
fn line_ends_that_xml_took_away_come_back() {
    let bare = KEPT.replace("\r\n", "\n");
    let after = edit(
        &bare,
        "1",
        (&Which::Whole, &Change::Cancel),
        at(STAMP),
        &paris(),
    );
    assert_eq!(after, changed(&Which::Whole, &Change::Cancel));
}

#[test]
fn what_stands_behind_a_quoted_name_does_not_cost_an_answer() {
    let text = calendar(
        "UID:u1\nDTSTART:20260112T093000Z\nATTENDEE;CN=\"Bob\"\u{FFFD}x;X-A=1:mailto:bob@example.com",
    );
    let invited = read(&text).unwrap().remove(0).attendees.remove(0);
    assert_eq!(invited.person, person("bob@example.com", "Bob"));
    let respond = Change::Respond {
        address: "bob@example.com".to_owned(),
        answer: Answer::Accepted,
    };
    let after = edit(&text, "u1", (&Which::Whole, &respond), at(STAMP), &paris()).unwrap();
    let invited = read(&after).unwrap().remove(0).attendees.remove(0);
    assert_eq!(invited.answer, Answer::Accepted);
    assert_eq!(invited.person.address, "bob@example.com");
}
