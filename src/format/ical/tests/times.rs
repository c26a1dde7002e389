//! Times, zones and the fields of an event.

use super::*;

#[test]
fn an_invitation_of_a_large_service_is_read_whole() {
    let lines = "\
DTSTART;TZID=Romance Standard Time:20260112T093000
DTEND;TZID=Romance Standard Time:20260112T110000
UID:040000008200E00074C5B7101A82E008
SUMMARY;LANGUAGE=en-US:Board\\, quarterly\\; all
LOCATION:Room 1\\nFloor 2
DESCRIPTION:A very long text that is folded somewhere in the mi
 ddle\\n\\tand goes on
ORGANIZER;CN=\"Doe, Ann\":MAILTO:ann@example.com
ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE;CN=Bob ^'the^' Builder:mailto:bob@example.com
ATTENDEE;CUTYPE=ROOM;EMAIL=room@example.com:/principals/room1
SEQUENCE:3
STATUS:TENTATIVE
CLASS:X-SECRET
TRANSP:TRANSPARENT";
    let read = event(lines);
    assert_eq!(read.title, "Board, quarterly; all");
    assert_eq!(read.place, "Room 1\nFloor 2");
    assert_eq!(
        read.about,
        "A very long text that is folded somewhere in the middle\n\\tand goes on"
    );
    assert_eq!(
        read.start.instant(&Zone::utc()),
        Some(at("2026-01-12T08:30:00Z"))
    );
    assert_eq!(
        read.end.instant(&Zone::utc()),
        Some(at("2026-01-12T10:00:00Z"))
    );
    assert_eq!(read.start.zone_name(), Some("Europe/Paris"));
    let organiser = read.organiser.unwrap();
    assert_eq!(
        (organiser.address.as_str(), organiser.name.as_str()),
        ("ann@example.com", "Doe, Ann")
    );
    let [bob, room] = &read.attendees[..] else {
        panic!("{:?}", read.attendees)
    };
    assert_eq!(bob.person.name, "Bob \"the\" Builder");
    assert_eq!(
        (bob.answer, bob.role, bob.rsvp),
        (Answer::Accepted, Role::Optional, true)
    );
    assert_eq!(
        (room.person.address.as_str(), room.answer),
        ("room@example.com", Answer::None)
    );
    assert_eq!((read.sequence, read.status), (3, Status::Tentative));
    assert_eq!((read.class, read.is_free), (Class::Private, true));
}

#[test]
fn days_and_floating_times_are_those_of_whoever_looks() {
    let day = event("UID:1\nDTSTART;VALUE=DATE:20260112\nDTEND;VALUE=DATE:20260114");
    assert!(day.start.is_day() && day.end.is_day());
    assert_eq!(
        day.start.instant(&paris()),
        Some(at("2026-01-11T23:00:00Z"))
    );
    assert_eq!(day.end.instant(&paris()), Some(at("2026-01-13T23:00:00Z")));
    let day = event("UID:1\nDTSTART;VALUE=DATE:20260112");
    assert_eq!(
        day.end.instant(&Zone::utc()),
        Some(at("2026-01-13T00:00:00Z"))
    );
    let floating = event("UID:1\nDTSTART:20260112T090000\nDURATION:PT1H30M");
    assert!(floating.start.is_floating());
    assert_eq!(
        floating.start.instant(&paris()),
        Some(at("2026-01-12T08:00:00Z"))
    );
    assert_eq!(
        floating.end.instant(&Zone::utc()),
        Some(at("2026-01-12T10:30:00Z"))
    );
    let tokyo = Zone::named("Asia/Tokyo").unwrap();
    assert_eq!(
        floating.start.instant(&tokyo),
        Some(at("2026-01-12T00:00:00Z"))
    );
}

#[test]
fn zones_are_found_by_every_name_they_go_by() {
    for name in [
        "Europe/Berlin",
        "W. Europe Standard Time",
        "/freeassociation.sourceforge.net/Europe/Berlin",
        "/mozilla.org/20050126_1/Europe/Berlin",
        "\"Europe/Berlin\"",
    ] {
        let read = event(&format!("UID:1\nDTSTART;TZID={name}:20260712T090000"));
        assert_eq!(
            read.start.instant(&Zone::utc()),
            Some(at("2026-07-12T07:00:00Z")),
            "{name}"
        );
    }
    let mexico = event("UID:1\nDTSTART;TZID=Central Standard Time (Mexico):20260712T090000");
    assert_eq!(mexico.start.zone_name(), Some("America/Mexico_City"));
    for name in ["Mars/Olympus", "Central", "Europe"] {
        let text = calendar(&format!("UID:1\nDTSTART;TZID={name}:20260712T090000"));
        assert_eq!(read(text), Err(IcalError::UnknownZone(name.to_owned())));
    }
}

#[test]
fn every_name_of_windows_leads_to_a_zone() {
    for (name, zone) in windows::ZONES {
        assert!(Zone::named(zone).is_some(), "{name} {zone}");
    }
    assert!(windows::ZONES.len() > 130);
}

const OWN_ZONE: &str = "\
BEGIN:VCALENDAR
BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VTIMEZONE
TZID:(UTC-03:30) Half\\, east
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:-0330
TZOFFSETTO:-0330
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1
DTSTART;TZID=ZONE:20260712T090000
END:VEVENT
END:VCALENDAR
";

#[test]
fn a_zone_of_the_file_has_the_rules_that_the_file_gives_it() {
    let first = |zone: &str, time: &str| {
        let text = OWN_ZONE.replace("ZONE:2026", &format!("{zone}:2026"));
        let text = text.replace("20260712T090000", time);
        let text = text.replace("BYMONTH=3", "BYMONTH=3;BYHOUR=2;BYMINUTE=0");
        read(text).unwrap()[0]
            .start
            .instant(&Zone::utc())
            .unwrap()
            .to_rfc3339()
    };
    let own = "Customized Time Zone";
    assert_eq!(first(own, "20260712T090000"), "2026-07-12T07:00:00Z");
    assert_eq!(first(own, "20260112T090000"), "2026-01-12T08:00:00Z");
    assert_eq!(first(own, "20260329T015959"), "2026-03-29T00:59:59Z");
    assert_eq!(first(own, "20260329T030000"), "2026-03-29T01:00:00Z");
    assert_eq!(first(own, "20261025T030000"), "2026-10-25T02:00:00Z");
    assert_eq!(
        first("\"(UTC-03:30) Half, east\"", "20260712T090000"),
        "2026-07-12T12:30:00Z"
    );
}

#[test]
fn a_time_that_is_skipped_is_read_with_the_offset_before() {
    let skipped = event("UID:1\nDTSTART;TZID=Europe/Paris:20260329T023000");
    assert_eq!(
        skipped.start.instant(&Zone::utc()),
        Some(at("2026-03-29T01:30:00Z"))
    );
}

#[test]
fn what_cannot_be_read_has_a_name() {
    let refused = |lines: &str| read(calendar(lines)).unwrap_err();
    assert_eq!(refused("UID:1"), IcalError::Missing("DTSTART"));
    assert_eq!(refused("DTSTART:20261312T000000"), IcalError::Value("time"));
    assert_eq!(refused("DTSTART:2026-01-12"), IcalError::Value("time"));
    assert_eq!(
        refused("DTSTART:20260112\nDURATION:1H"),
        IcalError::Value("DURATION")
    );
    let huge = "DTSTART:20260112\nDURATION:P99999999999999D";
    assert_eq!(refused(huge), IcalError::Value("DURATION"));
    assert_eq!(read("hello"), Err(IcalError::NoCalendar));
    assert_eq!(read("BEGIN:VCALENDAR\n"), Err(LineError::Unbalanced.into()));
    assert_eq!(read("END:VCALENDAR\n"), Err(LineError::Unbalanced.into()));
    assert_eq!(read("BEGIN:A\n".repeat(9)), Err(LineError::TooDeep.into()));
    assert_eq!(read("A".repeat(5 << 20)), Err(LineError::TooLarge.into()));
}

#[test]
fn an_end_before_the_start_is_none() {
    let read = event("DTSTART:20260112T090000Z\nDTEND:20260112T080000Z");
    assert_eq!(read.end, read.start);
    let mixed = event("DTSTART;VALUE=DATE:20260112\nDTEND:20260113T090000Z");
    assert_eq!(mixed.end, When::day("2026-01-14".parse().unwrap()));
}

#[test]
fn busy_times_are_merged_and_what_leaves_free_is_left_out() {
    let span = |from: &str, to: &str| Span {
        from: at(from),
        to: at(to),
    };
    let text = "BEGIN:VCALENDAR\nBEGIN:VFREEBUSY\nFREEBUSY:20260112T090000Z/PT1H,20260112T093000Z/20260112T110000Z\nFREEBUSY;FBTYPE=FREE:20260112T120000Z/PT1H\nFREEBUSY;FBTYPE=BUSY-TENTATIVE:20260112T110000Z/PT5M\nEND:VFREEBUSY\nEND:VCALENDAR";
    let merged = [span("2026-01-12T09:00:00Z", "2026-01-12T11:05:00Z")];
    assert_eq!(read_busy(text).unwrap(), merged);
    assert_eq!(
        read_busy(text.replace("/PT1H,", "/soon,")),
        Err(IcalError::Value("FREEBUSY"))
    );
    let events: Vec<Event> = [
        "UID:1\nDTSTART:20260112T080000Z\nDTEND:20260112T100000Z",
        "UID:2\nDTSTART:20260112T093000Z\nDTEND:20260112T110000Z",
        "UID:3\nDTSTART:20260112T130000Z\nDTEND:20260112T140000Z\nTRANSP:TRANSPARENT",
        "UID:4\nDTSTART:20260112T130000Z\nDTEND:20260112T140000Z\nSTATUS:CANCELLED",
        "UID:5\nDTSTART:20260112T150000Z\nDTEND:20260112T180000Z",
    ]
    .map(event)
    .into();
    let (from, to) = (at("2026-01-12T09:00:00Z"), at("2026-01-12T16:00:00Z"));
    let expanded = expand(&events, from, to, &paris());
    assert_eq!(expanded.events.len(), 5);
    assert_eq!(
        busy(&expanded.events, from, to),
        [
            span("2026-01-12T09:00:00Z", "2026-01-12T11:00:00Z"),
            span("2026-01-12T15:00:00Z", "2026-01-12T16:00:00Z")
        ]
    );
}
