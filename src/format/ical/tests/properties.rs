//! What holds for whatever somebody writes.

use super::super::super::line::Component;
use super::*;
use proptest::prelude::*;

/// Text that looks like a calendar often enough to get far into it.
fn almost() -> impl Strategy<Value = String> {
    let pieces = [
        "BEGIN:VCALENDAR",
        "END:VCALENDAR",
        "BEGIN:VEVENT",
        "END:VEVENT",
        "BEGIN:VTIMEZONE",
        "END:VTIMEZONE",
        "BEGIN:STANDARD",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "END:DAYLIGHT",
        "UID:1",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RECURRENCE-ID",
        "RRULE:",
        "RDATE",
        "EXDATE",
        "TZID",
        "TZOFFSETTO",
        "FREEBUSY",
        "BEGIN:VFREEBUSY",
        "END:VFREEBUSY",
        "ATTENDEE",
        ";TZID=Europe/Paris:",
        ";VALUE=DATE:",
        ";",
        ":",
        ",",
        "/",
        "=",
        "\"",
        "\\",
        "^",
        "\r\n",
        "\n",
        "\n ",
        "20261012",
        "T090000",
        "Z",
        "P",
        "T1H",
        "-",
        "99999999",
        "0",
        "+0100",
        "FREQ=DAILY",
        "FREQ=YEARLY",
        "BYDAY=",
        "-1SU",
        "MO",
        "BYMONTH=2",
        "BYSETPOS=-1",
        "COUNT=3",
        "INTERVAL=2147483647",
        "UNTIL=",
        "00010101",
        "99991231T235959",
        "é",
        "\u{0}",
        "mailto:",
    ];
    let piece = prop_oneof![
        8 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Lines of an event in which anything may go wrong.
fn odd_event() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "ATTENDEE",
    ]);
    let value = prop::sample::select(vec![
        ":20261012T090000Z",
        ";VALUE=DATE:20261012",
        ";TZID=Asia/Tokyo:20261012T090000",
        ":00010101T000000",
        ":99991231T235959Z",
        ":FREQ=DAILY;INTERVAL=2147483647",
        ":FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2",
        ":FREQ=WEEKLY;UNTIL=99991231",
        ":FREQ=MONTHLY;BYDAY=-5SU;BYSETPOS=-1;COUNT=4294967295",
        ":P99999D",
        ":-P7W",
        ":PT0S",
        ":20261012T090000Z/PT1H,20270101T000000Z/P1D",
        ";PARTSTAT=X:mailto:bob@example.com",
    ]);
    let line = (name, value).prop_map(|(name, value)| format!("{name}{value}"));
    prop::collection::vec(line, 0..8).prop_map(|lines| {
        calendar(&format!(
            "UID:1\nDTSTART:20261012T090000\n{}",
            lines.join("\n")
        ))
    })
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~é\t\n]{0,90}",
        prop::sample::select(vec!["", "a,b;c\\n", "END:VEVENT", "\"^n^\"", "x\\"])
            .prop_map(str::to_owned),
    ]
}

/// Names lose blanks around them, and addresses have none.
fn someone() -> impl Strategy<Value = Person> {
    let address = "[a-z.+'-]{1,30}@[a-z.-]{1,60}";
    (address, word()).prop_map(|(address, name)| Person {
        address,
        name: name.trim().to_owned(),
    })
}

fn attendee() -> impl Strategy<Value = Attendee> {
    let answers = prop::sample::select(Answer::ALL.map(|(answer, _)| answer).to_vec());
    let roles = prop::sample::select(Role::ALL.map(|(role, _)| role).to_vec());
    (someone(), answers, roles, any::<bool>()).prop_map(|(person, answer, role, rsvp)| Attendee {
        person,
        answer,
        role,
        rsvp,
    })
}

fn new_event() -> impl Strategy<Value = NewEvent> {
    let time = (0_i64..4_000_000_000, 0_i64..10_000_000, any::<bool>());
    let people = (
        prop::option::of(someone()),
        prop::collection::vec(attendee(), 0..4),
    );
    ([word(), word(), word(), word()], time, people).prop_map(
        |([uid, title, place, about], (start, length, is_day), (organiser, attendees))| {
            let when = |seconds: i64| {
                let at = Timestamp::from_millis(seconds * 1_000);
                if is_day {
                    When::day(at.in_zone(&Zone::utc()).date())
                } else {
                    When::at(at)
                }
            };
            NewEvent {
                uid,
                title,
                start: when(start),
                end: when(start + length + if is_day { 86_400 } else { 0 }),
                place,
                about,
                organiser,
                attendees,
            }
        },
    )
}

proptest! {
    #[test]
    fn nothing_crashes_the_reader(text in almost(), bytes in any::<Vec<u8>>()) {
        let _ = (read(&bytes), read_busy(&bytes), read_busy(&text));
        if let Ok(events) = read(&text) {
            let from = at("2026-10-01T00:00:00Z");
            let _ = expand(&events, from, from.plus_millis(5_000_000_000), &paris());
        }
    }

    #[test]
    fn odd_events_cost_little_and_change_or_say_why(text in odd_event()) {
        let (from, to) = (at("2026-10-01T00:00:00Z"), at("2027-02-01T00:00:00Z"));
        if let Ok(events) = read(&text) {
            let expanded = expand(&events, from, to, &paris());
            let _ = busy(&expanded.events, from, to);
            for one in expanded.events.iter().take(3) {
                prop_assert!(one.from < to && one.to >= from);
                let which = match &one.recurrence_id {
                    Some(id) => Which::Occurrence(id.clone()),
                    None => Which::Whole,
                };
                let after = edit(&text, "1", (&which, &Change::Cancel), from, &paris());
                prop_assert!(read(after.unwrap()).unwrap().iter().any(|one| one.status == Status::Cancelled));
            }
        }
    }

    #[test]
    fn what_is_written_is_read_back(event in new_event()) {
        let text = write(&event, None, at("2026-10-01T00:00:00Z"));
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 75));
        let read = read(&text).unwrap();
        prop_assert_eq!(read.len(), 1);
        let read = &read[0];
        prop_assert_eq!((&read.uid, &read.title), (&event.uid, &event.title));
        prop_assert_eq!((&read.place, &read.about), (&event.place, &event.about));
        prop_assert_eq!((&read.start, &read.end), (&event.start, &event.end));
        prop_assert_eq!(&read.organiser, &event.organiser);
        prop_assert_eq!(&read.attendees, &event.attendees);
    }

    #[test]
    fn a_file_that_is_not_changed_stays_as_it_is(text in almost()) {
        if let Ok(whole) = Component::read(&text) {
            let once = whole.write();
            let ends = |text: &str| text.replace("\r\n", "\n").trim_end_matches(['\n', '\r']).to_owned();
            prop_assert_eq!(ends(&once), ends(text.trim_start_matches("\u{FEFF}")));
            prop_assert_eq!(Component::read(&once).unwrap().write(), once);
        }
    }

    #[test]
    fn lines_that_are_not_understood_survive_every_change(
        odd in prop::collection::vec("X-[A-Z]{1,6}(;[A-Z]{1,5}=[a-z,\"]{0,8})?:?[ -~é]{0,120}", 0..6),
        change in 0_usize..3,
    ) {
        let extra = odd.join("\n");
        let text = calendar(&format!("UID:1\n{extra}\nDTSTART:20261012T090000Z\nATTENDEE:mailto:bob@example.com"));
        let change = [
            Change::Cancel,
            Change::Respond { address: "bob@example.com".to_owned(), answer: Answer::Declined },
            Change::Move { start: When::at(at("2026-10-13T09:00:00Z")), end: When::at(at("2026-10-13T10:00:00Z")) },
        ][change].clone();
        let after = edit(&text, "1", (&Which::Whole, &change), at("2026-10-01T00:00:00Z"), &paris()).unwrap();
        for line in &odd {
            let line = format!("\r\n{line}\r\n");
            prop_assert!(after.contains(&line), "{line:?} {after}");
        }
    }
}
