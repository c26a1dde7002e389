//! Lists: real answers, series over a change of the clocks, days, labels, free times.

use super::*;
use crate::label::{Integrity, Readers};

fn field(name: &str) -> Step {
    Step::Field(name.to_owned())
}

#[test]
fn the_calendars_are_found_once_and_kept_for_a_day() {
    let mut desk = Desk::new(World::with(&[dentist()]));
    desk.list("2027-03-23", 1);
    assert_eq!(
        desk.world.seen,
        [
            "PROPFIND /.well-known/caldav",
            "PROPFIND /dav/calendars",
            "PROPFIND /dav/principals/user/alice/",
            "PROPFIND /dav/calendars/user/alice/",
            "REPORT /dav/calendars/user/alice/Default/",
        ]
    );
    desk.world.seen.clear();
    desk.list("2027-03-23", 1);
    assert_eq!(desk.world.seen.len(), 1);
    desk.bench.advance(25 * 3_600_000);
    desk.list("2027-03-23", 1);
    assert_eq!(desk.world.seen.len(), 6);
}

#[test]
fn real_answers_are_read_the_same() {
    for (name, calendar) in [("radicale", "/alice/work/"), ("cyrus", CALENDAR)] {
        let mut desk = Desk::new(World::default());
        if name == "radicale" {
            for (at, part) in [
                ("PROPFIND /.well-known/caldav", "who"),
                ("PROPFIND /alice/", "principal"),
                ("PROPFIND /alice/", "calendars"),
            ] {
                let answer = fixture(&format!("{name}/{part}"));
                desk.world.instead.push((at.to_owned(), 207, answer));
            }
        }
        let report = (
            format!("REPORT {calendar}"),
            207,
            fixture(&format!("{name}/report")),
        );
        desk.world.instead.push(report);
        let all = desk.list("2027-03-21", 14);
        let shown = all
            .iter()
            .map(|one| format!("{} {}", at(one, "start"), text(one, "title")));
        assert_eq!(
            shown.collect::<Vec<_>>(),
            [
                "2027-03-22T08:00:00Z Standup & co <1>",
                "2027-03-24T23:00:00Z Fête",
                // Clocks change on the 28th: nine o'clock is an hour earlier then.
                "2027-03-29T07:00:00Z Standup & co <1>",
                "2027-03-30T14:00:00Z Theirs",
            ],
            "{name}"
        );
        assert_eq!(text(&all[0], "about"), "a\nb");
        assert_eq!(at(&all[1], "end"), "2027-03-25T23:00:00Z");
        let day = i64::from(desk.list("2027-03-25", 1).len() == 1);
        assert_eq!(day, i64::from(name == "nobody"), "the report is given once");
    }
}

#[test]
fn words_are_untrusted_and_times_are_only_where_others_organise() {
    let mut desk = Desk::new(World::with(&[meeting(), theirs()]));
    let own = desk.event("Meeting");
    let others = desk.event("Theirs");
    let integrity = |event: &Item, path: &[Step]| label_of(event, path).integrity;
    for name in ["title", "attendees"] {
        assert_eq!(
            integrity(&own, &[field(name)]),
            Integrity::Untrusted,
            "{name}"
        );
        assert_eq!(
            integrity(&others, &[field(name)]),
            Integrity::Untrusted,
            "{name}"
        );
    }
    let first = [field("attendees"), Step::Nth(0)];
    assert_eq!(integrity(&own, &first), Integrity::Untrusted);
    for name in ["start", "end", "organiser"] {
        assert_eq!(
            integrity(&own, &[field(name)]),
            Integrity::Attested,
            "{name}"
        );
        assert_eq!(
            integrity(&others, &[field(name)]),
            Integrity::Untrusted,
            "{name}"
        );
    }
    assert_eq!(integrity(&others, &[field("id")]), Integrity::Attested);
    let people = [
        "mail:alice@test".to_owned(),
        "mail:dave@example.org".to_owned(),
    ];
    let readers = Readers::Only(people.into());
    assert_eq!(own.label().readers, readers);
    assert_eq!(label_of(&own, &[field("title")]).readers, readers);
    assert_eq!(text(&own, "id"), format!("work:{CALENDAR}meeting.ics"));
}

#[test]
fn what_is_cancelled_is_left_out_and_words_are_searched() {
    let off = file(&[
        "UID:off",
        "DTSTART:20270323T100000Z",
        "SUMMARY:Off",
        "STATUS:CANCELLED",
    ]);
    let mut desk = Desk::new(World::with(&[dentist(), ("off.ics", off), theirs()]));
    assert_eq!(desk.list("2027-03-21", 14).len(), 2);
    let args = vec![("query", owner_text("EVE theirs")), ("days", number(200))];
    let found = desk.done("calendar_find", args);
    assert_eq!(found.items().len(), 1);
}

#[test]
fn free_times_leave_out_what_is_busy_and_are_as_good_as_what_they_come_from() {
    let day = file(&[
        "UID:day",
        "DTSTART;VALUE=DATE:20270323",
        "SUMMARY:Fair",
        "TRANSP:TRANSPARENT",
    ]);
    let declined = theirs()
        .1
        .replace("20270325", "20270323")
        .replace("NEEDS-ACTION", "DECLINED");
    let files = [dentist(), ("day.ics", day), ("theirs.ics", declined)];
    let mut desk = Desk::new(World::with(&files));
    let ask = |desk: &mut Desk| {
        let args = vec![
            ("from", owner_text("2027-03-23")),
            ("days", number(1)),
            ("minutes", number(120)),
        ];
        desk.done("calendar_slots", args).items().to_vec()
    };
    let free = ask(&mut desk);
    let spans: Vec<_> = free
        .iter()
        .map(|one| (at(one, "start"), at(one, "end")))
        .collect();
    let span = |from: &str, to: &str| {
        (
            format!("2027-03-23T{from}:00Z"),
            format!("2027-03-23T{to}:00Z"),
        )
    };
    assert_eq!(spans, [span("07:00", "09:00"), span("09:30", "18:00")]);
    assert_eq!(
        label_of(&free[0], &[field("start")]).integrity,
        Integrity::Attested
    );
    assert_eq!(
        label_of(&free[0], &[field("start")]).readers,
        Readers::owner()
    );
    // An invitation has a say in when the owner is free.
    let mut desk = Desk::new(World::with(&[(
        "theirs.ics",
        theirs().1.replace("20270325", "20270323"),
    )]));
    let free = ask(&mut desk);
    assert_eq!(at(&free[1], "start"), "2027-03-23T10:00:00Z");
    assert_eq!(
        label_of(&free[1], &[field("start")]).integrity,
        Integrity::Untrusted
    );
}

#[test]
fn a_calendar_that_is_gone_is_said_and_looked_for_the_next_time() {
    let mut desk = Desk::new(World::default());
    let gone = (format!("REPORT {CALENDAR}"), 404, String::new());
    desk.world.instead.push(gone);
    let list = desk.list("2027-03-23", 1);
    assert!(text(&nth(&list, 0), "title").contains("more calendars"));
    desk.world.seen.clear();
    assert!(desk.list("2027-03-23", 1).is_empty());
    assert_eq!(desk.world.seen.len(), 5);
}
