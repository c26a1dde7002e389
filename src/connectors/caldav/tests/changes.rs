//! New events and changes: what is written, and what is refused.

use super::*;

fn add(desk: &mut Desk) -> Item {
    let args = vec![
        (
            "title",
            owner_text("Lunch; with \"Ada\"\nDTSTART:19700101T000000Z"),
        ),
        ("start", time("2027-03-23T11:00:00Z")),
        ("minutes", number(45)),
    ];
    desk.done("calendar_add", args)
}

#[test]
fn an_event_is_added_without_people_and_read_back() {
    let mut desk = Desk::new(World::default());
    let made = add(&mut desk);
    assert_eq!(at(&made, "end"), "2027-03-23T11:45:00Z");
    let (path, (_, body)) = desk.world.files.iter().next().unwrap();
    assert_eq!(text(&made, "id"), format!("work:{path}"));
    assert!(
        !body.contains("ATTENDEE") && !body.contains("ORGANIZER"),
        "{body}"
    );
    assert_eq!(
        body.matches("DTSTART").count(),
        2,
        "one of them is in the title"
    );
    assert_eq!(at(&made, "start"), "2027-03-23T11:00:00Z");
    assert!(desk.world.told.is_empty());
    let listed = nth(&desk.list("2027-03-23", 1), 0);
    assert_eq!(text(&listed, "id"), text(&made, "id"));
}

#[test]
fn people_are_invited_only_where_the_service_tells_them() {
    let args = || {
        vec![
            ("title", owner_text("Lunch")),
            ("start", time("2027-03-23T11:00:00Z")),
            (
                "attendees",
                people(&["dave@example.org", "DAVE@example.org", "bob@example.org"]),
            ),
        ]
    };
    let mut desk = Desk::new(World::default());
    let made = desk.done("calendar_schedule", args());
    assert_eq!(text(&made, "organiser"), "alice@test");
    assert_eq!(made.field("attendees").unwrap().items().len(), 2);
    assert_eq!(desk.world.told.len(), 1);
    let mut silent = Desk::new(World {
        is_silent: true,
        ..World::default()
    });
    assert_eq!(
        silent.run("calendar_schedule", args()),
        Err(ToolError::Unavailable)
    );
    assert!(silent.world.files.is_empty());
}

#[test]
fn moving_keeps_every_other_line_and_the_length() {
    let mut desk = Desk::new(World::with(&[dentist()]));
    let event = desk.event("Dentist");
    let args = vec![
        ("event", event.clone()),
        ("start", time("2027-03-24T10:00:00Z")),
    ];
    let moved = desk.done("calendar_move", args);
    assert_eq!(at(&moved, "end"), "2027-03-24T10:30:00Z");
    assert_eq!(text(&moved, "id"), text(&event, "id"));
    assert!(desk.world.text("dentist.ics").contains("X-KEEP:this\r\n"));
    assert!(desk.world.text("dentist.ics").contains("SEQUENCE:1\r\n"));
    // The handle shows where it was; whoever moves it again has to look first.
    let args = vec![("event", event), ("start", time("2027-03-25T10:00:00Z"))];
    assert_eq!(desk.run("calendar_move", args), Err(ToolError::Unavailable));
    let args = vec![("event", moved), ("start", time("2027-03-25T10:00:00Z"))];
    assert_eq!(
        at(&desk.done("calendar_move", args), "start"),
        "2027-03-25T10:00:00Z"
    );
}

#[test]
fn one_occurrence_is_moved_and_another_goes() {
    let mut desk = Desk::new(World::with(&[weekly()]));
    let all = desk.list("2027-03-21", 20);
    let args = vec![
        ("event", nth(&all, 1)),
        ("start", time("2027-03-30T07:00:00Z")),
    ];
    let moved = desk.done("calendar_move", args);
    assert_eq!(at(&moved, "end"), "2027-03-30T07:30:00Z");
    desk.done("calendar_cancel", vec![("event", nth(&all, 2))]);
    let now: Vec<_> = desk.list("2027-03-21", 20);
    let starts: Vec<_> = now.iter().map(|one| at(one, "start")).collect();
    assert_eq!(starts, ["2027-03-22T08:00:00Z", "2027-03-30T07:00:00Z"]);
    assert_eq!(text(&now[1], "id"), text(&moved, "id"));
    desk.done("calendar_cancel", vec![("event", moved)]);
    assert_eq!(desk.list("2027-03-21", 20).len(), 1);
}

#[test]
fn whole_days_stay_whole_days() {
    let day = file(&[
        "UID:day",
        "DTSTART;VALUE=DATE:20270323",
        "DTEND;VALUE=DATE:20270325",
        "SUMMARY:Fair",
    ]);
    let mut desk = Desk::new(World::with(&[("day.ics", day)]));
    let event = desk.event("Fair");
    let args = vec![("event", event), ("start", time("2027-03-30T10:00:00Z"))];
    let moved = desk.done("calendar_move", args);
    assert!(
        desk.world
            .text("day.ics")
            .contains("DTEND;VALUE=DATE:20270401")
    );
    assert_eq!(at(&moved, "start"), "2027-03-29T22:00:00Z");
}

#[test]
fn own_events_are_cancelled_and_those_of_others_answered() {
    let mut desk = Desk::new(World::with(&[meeting(), theirs()]));
    let (own, others) = (desk.event("Meeting"), desk.event("Theirs"));
    let answer =
        |event: &Item, answer: &str| vec![("event", event.clone()), ("answer", owner_text(answer))];
    assert_eq!(
        desk.run("calendar_respond", answer(&own, "accepted")),
        Err(ToolError::Unavailable)
    );
    let args = vec![
        ("event", others.clone()),
        ("start", time("2027-03-30T10:00:00Z")),
    ];
    assert_eq!(desk.run("calendar_move", args), Err(ToolError::Unavailable));
    assert!(desk.world.told.is_empty());
    desk.done("calendar_respond", answer(&others, "tentative"));
    assert!(desk.world.text("theirs.ics").contains("PARTSTAT=TENTATIVE"));
    desk.done("calendar_cancel", vec![("event", own)]);
    desk.done("calendar_cancel", vec![("event", others)]);
    assert!(desk.world.files.is_empty());
    assert_eq!(desk.world.told.len(), 3);
}

#[test]
fn an_invitation_goes_to_those_who_are_not_invited_yet() {
    let mut desk = Desk::new(World::with(&[meeting()]));
    let event = desk.event("Meeting");
    let more = people(&["Dave@example.org", "bob@example.org"]);
    let made = desk.done(
        "calendar_invite",
        vec![("event", event), ("attendees", more)],
    );
    assert_eq!(made.field("attendees").unwrap().items().len(), 2);
    let long = meeting().1.replace(
        "SUMMARY:Meeting",
        &format!("SUMMARY:Meeting\r\nDESCRIPTION:{}", "x".repeat(6_000)),
    );
    let mut desk = Desk::new(World::with(&[("meeting.ics", long)]));
    let event = desk.event("Meeting");
    let args = vec![
        ("event", event),
        ("attendees", people(&["bob@example.org"])),
    ];
    assert_eq!(
        desk.run("calendar_invite", args),
        Err(ToolError::Unavailable),
        "more than was shown"
    );
}

#[test]
fn what_changed_since_it_was_shown_is_left_alone() {
    for change in [
        ("SUMMARY:Meeting", "SUMMARY:Party"),
        ("20270324T090000Z", "20270324T080000Z"),
        ("mailto:dave@example.org", "mailto:mallory@example.org"),
    ] {
        let mut desk = Desk::new(World::with(&[meeting()]));
        let event = desk.event("Meeting");
        let now = meeting().1.replace(change.0, change.1);
        desk.world.put(&format!("{CALENDAR}meeting.ics"), &now);
        for tool in ["calendar_move", "calendar_cancel"] {
            let mut args = vec![("event", event.clone())];
            if tool == "calendar_move" {
                args.push(("start", time("2027-03-30T10:00:00Z")));
            }
            assert_eq!(
                desk.run(tool, args),
                Err(ToolError::Unavailable),
                "{change:?}"
            );
        }
        assert!(desk.world.told.is_empty());
        assert_eq!(desk.world.text("meeting.ics"), now);
    }
}

#[test]
fn somebody_who_is_faster_once_is_read_again() {
    for times in [1, 2] {
        let mut desk = Desk::new(World::with(&[dentist()]));
        let event = desk.event("Dentist");
        for _ in 0..times {
            let faster = (format!("PUT {CALENDAR}dentist.ics"), 412, String::new());
            desk.world.instead.push(faster);
        }
        let args = vec![("event", event), ("start", time("2027-03-30T10:00:00Z"))];
        assert_eq!(desk.run("calendar_move", args).is_ok(), times == 1);
        let moved = desk.world.text("dentist.ics").contains("20270330T100000Z");
        assert_eq!(moved, times == 1);
    }
}
