//! Calendars that others share with the owner, who may write to them.
//!
//! The one thing to know: an event in such a calendar is whatever its other writers make of it, so it
//! is never the owner's own, and nothing new goes there.

use super::*;
use crate::label::Integrity;

const OWNER: &str = "<d:owner><d:href>/dav/principals/user/alice/</d:href></d:owner>";
const HOME: &str = "PROPFIND /dav/calendars/user/alice/";

/// The owner's calendar, with this in place of what it says of whose it is.
fn says(owner: &str) -> String {
    fixture("cyrus/calendars").replace(OWNER, owner)
}

fn owned_by(href: &str) -> String {
    format!("<d:owner><d:href>{href}</d:href></d:owner>")
}

/// A world in which the calendars are these.
fn world(calendars: String) -> World {
    let mut world = World::with(&[dentist(), meeting()]);
    world.instead.push((HOME.to_owned(), 207, calendars));
    world
}

fn lunch() -> Vec<(&'static str, Item)> {
    vec![
        ("title", owner_text("Lunch")),
        ("start", time("2027-03-23T12:00:00Z")),
    ]
}

fn starts(desk: &mut Desk, title: &str) -> Integrity {
    let event = desk.event(title);
    label_of(&event, &[Step::Field("start".to_owned())]).integrity
}

/// Whether the events are the owner's own, and new ones go to the calendar.
fn is_own(mut desk: Desk) -> bool {
    let own = starts(&mut desk, "Dentist") == Integrity::Attested;
    assert_eq!(starts(&mut desk, "Meeting") == Integrity::Attested, own);
    let event = desk.event("Dentist");
    let to = ("start", time("2027-03-24T10:00:00Z"));
    let moved = desk.run("calendar_move", vec![("event", event), to]);
    assert_eq!(moved.is_ok(), own);
    moved.is_ok()
}

#[test]
fn a_calendar_is_the_owner_s_only_if_it_says_so() {
    for mine in [
        "/dav/principals/user/alice/",
        "/dav/principals/user/alice",
        "/dav/principals/user/%61lice/",
        "https://dav.example.org/dav/principals/user/alice/",
    ] {
        let mut desk = Desk::new(world(says(&owned_by(mine))));
        desk.done("calendar_add", lunch());
        assert_eq!(desk.world.files.len(), 3, "{mine}");
        assert!(is_own(desk), "{mine}");
    }
    let two = owned_by("/dav/principals/user/alice/</d:href><d:href>/dav/principals/user/bob/");
    for other in [
        "",
        "<d:owner/>",
        "<d:owner>/dav/principals/user/alice/</d:owner>",
        &two,
        &owned_by("/dav/principals/user/bob/"),
        &owned_by("/dav/principals/user/alice/x/"),
        &owned_by("/dav/principals/user%2Falice/"),
        &owned_by("https://evil.example/dav/principals/user/alice/"),
        // What a calendar itself says of who is logged in is nothing where that is known.
        "<d:owner><d:href>/bob/</d:href></d:owner><d:current-user-principal><d:href>/bob/</d:href></d:current-user-principal>",
    ] {
        let mut desk = Desk::new(world(says(other)));
        let added = desk.run("calendar_add", lunch());
        assert_eq!(added, Err(ToolError::Unavailable), "{other}");
        assert_eq!(desk.world.files.len(), 2, "{other}");
        assert!(!is_own(desk), "{other}");
        let named = Desk::of(world(says(other)), CALENDAR);
        assert!(is_own(named), "{other}");
    }
}

#[test]
fn what_one_may_do_has_to_be_said_unless_the_calendar_is_named() {
    let unsaid = says(OWNER).replace("current-user-privilege-set", "other");
    assert!(!is_own(Desk::new(world(unsaid.clone()))));
    assert!(is_own(Desk::of(
        world(unsaid),
        CALENDAR.trim_end_matches('/')
    )));
    let only_read = ["all", "write", "write-content", "bind"];
    let only_read = only_read.iter().fold(says(OWNER), |text, name| {
        text.replace(&format!("<d:{name}/>"), "")
    });
    assert!(!is_own(Desk::new(world(only_read.clone()))));
    assert!(!is_own(Desk::of(world(only_read), CALENDAR)));
}

#[test]
fn new_events_go_past_a_calendar_of_somebody_else() {
    let text = fixture("cyrus/calendars");
    let at = text.find("<d:response><d:href>/dav/calendars/user/alice/Default/");
    let (before, rest) = text.split_at(at.unwrap());
    let (own, _) = rest.split_once("</d:response>").unwrap();
    let own = format!("{own}</d:response>");
    let shared = own
        .replace("alice/Default/", "alice/bob.team/")
        .replace(OWNER, &owned_by("/dav/principals/user/bob/"));
    let mut desk = Desk::new(world(format!("{before}{shared}{rest}")));
    desk.done("calendar_add", lunch());
    assert!(desk.world.files.keys().all(|at| at.starts_with(CALENDAR)));
    assert_eq!(desk.world.files.len(), 3);
}

#[test]
fn a_host_of_its_own_says_who_is_logged_in_there() {
    let principal = fixture("cyrus/principal").replace(
        "<d:href>/dav/calendars/user/alice/</d:href>",
        "<d:href>https://p1.example.net/home/</d:href>",
    );
    let who = |name: &str| {
        format!(
            "<d:current-user-principal><d:href>/{name}/</d:href></d:current-user-principal>{}",
            owned_by("/alice/")
        )
    };
    let shared = says(OWNER).replace("/dav/calendars/user/alice/", "/home/");
    for (said, integrity) in [
        (who("alice"), Integrity::Attested),
        (who("bob"), Integrity::Untrusted),
        (owned_by("/alice/"), Integrity::Untrusted),
        (OWNER.to_owned(), Integrity::Untrusted),
    ] {
        let text = dentist().1;
        let event = format!(
            "<d:response><d:href>/home/Default/a.ics</d:href><d:propstat><d:prop><c:calendar-data><![CDATA[{text}]]></c:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
        );
        let mut desk = Desk::new(World::default());
        desk.world.instead = vec![
            (
                "PROPFIND /dav/principals/user/alice/".into(),
                207,
                principal.clone(),
            ),
            (
                "PROPFIND //p1.example.net/home/".into(),
                207,
                shared.replace(OWNER, &said),
            ),
            (
                "REPORT //p1.example.net/home/Default/".into(),
                207,
                multistatus(&event),
            ),
        ];
        assert_eq!(starts(&mut desk, "Dentist"), integrity, "{said}");
    }
}
