//! Answers that are wrong or meant to do harm.

use super::*;

fn listed(report: &str) -> Result<Vec<Item>, ToolError> {
    let mut desk = Desk::new(World::default());
    desk.world
        .instead
        .push((format!("REPORT {CALENDAR}"), 207, report.to_owned()));
    let args = vec![("from", owner_text("2027-03-21")), ("days", number(14))];
    let output = desk.run("calendar_list", args)?;
    Ok(output.item.items().to_vec())
}

fn one(href: &str, data: &str) -> String {
    multistatus(&format!(
        "<d:response><d:href>{href}</d:href><d:propstat><d:prop><c:calendar-data><![CDATA[{data}]]></c:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    ))
}

#[test]
fn what_is_no_answer_fails_and_what_cannot_be_read_is_said() {
    for report in [
        "",
        "<html><body>Sorry</body></html>",
        "{\"events\":[]}",
        "<d:multistatus xmlns:d=\"DAV:\"><d:response>",
        "<multistatus xmlns=\"urn:other\"/>",
        "<!DOCTYPE x [<!ENTITY a \"b\">]><d:multistatus xmlns:d=\"DAV:\">&a;</d:multistatus>",
    ] {
        assert_eq!(listed(report), Err(ToolError::Unavailable), "{report}");
    }
    let good = file(&["UID:a", "DTSTART:20270323T090000Z", "SUMMARY:A"]);
    for (href, data) in [
        ("a.ics", "no calendar"),
        ("https://evil.example/a.ics", good.as_str()),
        (
            "//evil.example/dav/calendars/user/alice/Default/a.ics",
            &good,
        ),
        ("/dav/calendars/user/bob/Default/a.ics", &good),
        ("../../bob/a.ics", &good),
        ("/dav/calendars/user/alice/Default/%2e%2e/x.ics", &good),
        ("javascript:alert(1)", &good),
    ] {
        let list = listed(&one(href, data)).unwrap();
        assert_eq!(list.len(), 1, "{href}");
        assert!(
            text(&nth(&list, 0), "title").contains("could not be read"),
            "{href}"
        );
        assert!(list[0].field("id").is_none(), "{href}");
    }
    assert!(listed(&multistatus("")).unwrap().is_empty());
}

#[test]
fn a_flood_of_events_and_people_is_cut_and_said() {
    let rule = file(&[
        "UID:flood",
        "DTSTART:20270301T000000Z",
        "RRULE:FREQ=SECONDLY",
        "SUMMARY:Flood",
    ]);
    let list = listed(&one(&format!("{CALENDAR}f.ics"), &rule)).unwrap();
    assert!(text(list.last().unwrap(), "title").starts_with('('));
    assert!(list.len() <= 1_002);
    let many: Vec<String> = (0..5_000)
        .map(|n| format!("ATTENDEE:mailto:p{n}@example.org"))
        .collect();
    let long = format!("SUMMARY:{}", "é".repeat(100_000));
    let mut lines = vec![
        "UID:many",
        "DTSTART:20270323T090000Z",
        "ORGANIZER:mailto:eve@example.org",
        &long,
    ];
    lines.extend(many.iter().map(String::as_str));
    let list = listed(&one(&format!("{CALENDAR}m.ics"), &file(&lines))).unwrap();
    assert_eq!(list[0].field("attendees").unwrap().items().len(), 100);
    assert!(text(&list[0], "title").len() <= 500);
}

#[test]
fn a_home_elsewhere_is_asked_only_by_its_whole_address() {
    let mut desk = Desk::new(World::default());
    let principal = fixture("cyrus/principal").replace(
        "<d:href>/dav/calendars/user/alice/</d:href>",
        "<d:href>https://p1.example.net/home/</d:href>",
    );
    let calendars = fixture("cyrus/calendars").replace("/dav/calendars/user/alice/", "/home/");
    desk.world.instead = vec![
        (
            "PROPFIND /dav/principals/user/alice/".into(),
            207,
            principal,
        ),
        ("PROPFIND //p1.example.net/home/".into(), 207, calendars),
        (
            "REPORT //p1.example.net/home/Default/".into(),
            207,
            one("/home/Default/a.ics", &dentist().1),
        ),
    ];
    let list = desk.list("2027-03-23", 1);
    assert_eq!(
        text(&list[0], "id"),
        "work://p1.example.net/home/Default/a.ics"
    );
    let args = vec![
        ("event", nth(&list, 0)),
        ("start", time("2027-03-24T10:00:00Z")),
    ];
    assert_eq!(desk.run("calendar_move", args), Err(ToolError::Unavailable));
    assert_eq!(
        desk.world.seen.last().unwrap(),
        "GET //p1.example.net/home/Default/a.ics"
    );
}

#[test]
fn redirects_end_and_lead_nowhere_else() {
    for to in [
        "/.well-known/caldav",
        "http://evil.example/",
        "ftp://dav.example.org/",
        "",
    ] {
        let mut desk = Desk::new(World::default());
        for _ in 0..10 {
            let round = (
                "PROPFIND /.well-known/caldav".to_owned(),
                301,
                to.to_owned(),
            );
            desk.world.instead.push(round);
        }
        let args = vec![("from", owner_text("2027-03-21"))];
        assert_eq!(
            desk.run("calendar_list", args),
            Err(ToolError::Unavailable),
            "{to}"
        );
        assert!(desk.world.seen.len() <= 4, "{to}");
    }
}

#[test]
fn ids_of_others_or_of_elsewhere_find_nothing() {
    for id in [
        "home:/a.ics",
        "work:a.ics",
        "work:/dav/../x.ics",
        "work:/a.ics#no",
        "/a.ics",
        "",
    ] {
        let mut desk = Desk::new(World::with(&[dentist()]));
        let mut event = desk.event("Dentist");
        event.change(|value| {
            if let Value::Record(fields) = value {
                fields.insert("id".to_owned(), owner_text(id));
            }
        });
        desk.world.seen.clear();
        assert_eq!(
            desk.run("calendar_cancel", vec![("event", event)]),
            Err(ToolError::Unavailable),
            "{id}"
        );
        assert!(desk.world.seen.is_empty(), "{id}");
    }
}

#[test]
fn refusals_say_whether_they_are_about_the_login() {
    let refused = |body: &str| {
        let mut desk = Desk::new(World::with(&[dentist()]));
        let event = desk.event("Dentist");
        desk.world
            .instead
            .push((format!("PUT {CALENDAR}dentist.ics"), 403, body.to_owned()));
        let args = vec![("event", event), ("start", time("2027-03-24T10:00:00Z"))];
        desk.run("calendar_move", args)
    };
    assert_eq!(
        refused(&fixture("cyrus/condition")),
        Err(ToolError::Unavailable)
    );
    assert_eq!(refused("Forbidden"), Err(ToolError::Auth));
}
