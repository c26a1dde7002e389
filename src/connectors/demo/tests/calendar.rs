//! Finding, moving and cancelling events, and inviting people to them.

use super::*;
use crate::connectors::test_documents::instant;

fn event(bench: &mut Bench, query: &str) -> Item {
    let args = vec![("query", owner_text(query))];
    let found = bench.done(&Demo, "calendar_find", args).item;
    found.at(&[Step::Nth(0)]).unwrap()
}

fn people(addresses: &[&str]) -> Item {
    let people = addresses.iter().map(|address| owner_text(address));
    Labeled::new(Value::List(people.collect()), Label::owner())
}

fn attendees(event: &Item) -> Vec<&str> {
    let list = event.field("attendees").unwrap().items();
    list.iter().filter_map(Item::text).collect()
}

fn is_at(event: &Item, field: &str, text: &str) -> bool {
    event.field(field).unwrap().peek() == &Value::Time(instant(text))
}

#[test]
fn events_are_found_by_their_words_from_today_on() {
    let mut bench = Bench::default();
    let find = |bench: &mut Bench, query: &str, more: Vec<(&'static str, Item)>| {
        let mut args = vec![("query", owner_text(query))];
        args.extend(more);
        texts(&bench.done(&Demo, "calendar_find", args).item, "id")
    };
    assert_eq!(find(&mut bench, "poterie", vec![]), ["demo-e8"]);
    let from = || vec![("from", owner_text("2026-11-16"))];
    assert_eq!(find(&mut bench, "poterie", from()), ["demo-e5", "demo-e8"]);
    assert_eq!(
        find(&mut bench, "SOFIA concert", vec![]),
        ["demo-e17"],
        "an attendee's address counts as words too"
    );
    assert!(find(&mut bench, "concert", vec![("days", int(3))]).is_empty());
    assert!(find(&mut bench, "no such thing", vec![]).is_empty());
}

#[test]
fn attendees_are_the_owner_s_choice_where_the_owner_organises() {
    let mut bench = Bench::default();
    let concert = event(&mut bench, "concert");
    assert_eq!(attendees(&concert), ["sofia.rossi@example.org"]);
    assert_eq!(
        concert.field("organiser").unwrap().text(),
        Some(seed::OWNER_ADDRESS)
    );
    let path = [Step::Field("attendees".into()), Step::Nth(0)];
    assert_eq!(
        concert.at(&path).unwrap().label().integrity,
        Integrity::Owner
    );
    let review = event(&mut bench, "deck review");
    assert_eq!(
        review.field("organiser").unwrap().text(),
        Some("tom.whitfield@example.com")
    );
    assert_eq!(attendees(&review).len(), 3);
    let named = review.at(&path).unwrap();
    assert_eq!(named.label().integrity, Integrity::Untrusted);
    assert_eq!(
        review.field("id").unwrap().label().integrity,
        Integrity::Attested
    );
}

#[test]
fn an_own_event_moves_and_keeps_its_length_and_its_people() {
    let mut bench = Bench::default();
    let args = vec![
        ("event", event(&mut bench, "concert")),
        ("start", time("2026-12-06T20:00:00Z")),
    ];
    let moved = bench.done(&Demo, "calendar_move", args).item;
    assert!(is_at(&moved, "start", "2026-12-06T20:00:00Z"));
    assert!(is_at(&moved, "end", "2026-12-06T22:30:00Z"));
    assert_eq!(attendees(&moved), ["sofia.rossi@example.org"]);
    assert_eq!(
        moved.field("title").unwrap().text(),
        Some("Concert: Les Ondes")
    );
    let again = event(&mut bench, "concert");
    assert!(is_at(&again, "start", "2026-12-06T20:00:00Z"));
    assert_eq!(again.field("id").unwrap().text(), Some("demo-e17"));
    let args = vec![
        ("event", again),
        ("start", time("2026-12-07T20:00:00Z")),
        ("minutes", int(30)),
    ];
    let shorter = bench.done(&Demo, "calendar_move", args).item;
    assert!(is_at(&shorter, "end", "2026-12-07T20:30:00Z"));
    let args = vec![("from", owner_text("2026-11-16")), ("days", int(35))];
    let all = bench.done(&Demo, "calendar_list", args).item;
    assert_eq!(all.items().len(), seed::EVENTS.len());
    let added = vec![
        ("title", owner_text("Run")),
        ("start", time("2026-11-30T06:00:00Z")),
    ];
    let added = bench.done(&Demo, "calendar_add", added).item;
    let args = vec![("event", added), ("start", time("2026-11-30T06:30:00Z"))];
    let moved = bench.done(&Demo, "calendar_move", args).item;
    assert!(is_at(&moved, "end", "2026-11-30T07:30:00Z"));
}

#[test]
fn times_are_no_better_than_what_chose_them() {
    let mut bench = Bench::default();
    let chosen = event(&mut bench, "concert");
    let doubtful = chosen.clone().tainted_by(stranger_text("").label());
    let args = vec![("event", doubtful), ("start", time("2026-12-06T20:00:00Z"))];
    let moved = bench.done(&Demo, "calendar_move", args).item;
    for name in ["start", "end"] {
        let label = moved.field(name).unwrap().label();
        assert_eq!(label.integrity, Integrity::Untrusted, "{name}");
        assert!(label.sources.contains("mail:17"), "{name}");
    }
    assert_eq!(
        moved.field("title").unwrap().label().integrity,
        Integrity::Owner
    );
}

#[test]
fn what_another_person_organises_is_only_declined() {
    let mut bench = Bench::default();
    let review = event(&mut bench, "deck review");
    let start = || ("start", time("2026-12-06T20:00:00Z"));
    let moved = bench.call(
        &Demo,
        "calendar_move",
        vec![("event", review.clone()), start()],
    );
    assert_eq!(moved.unwrap_err(), ToolError::Unavailable);
    let args = vec![
        ("event", review.clone()),
        ("attendees", people(&["ada@example.org"])),
    ];
    let invited = bench.call(&Demo, "calendar_invite", args);
    assert_eq!(invited.unwrap_err(), ToolError::Unavailable);
    bench.done(&Demo, "calendar_cancel", vec![("event", review.clone())]);
    let args = vec![("query", owner_text("deck review"))];
    let found = bench.done(&Demo, "calendar_find", args).item;
    assert!(found.items().is_empty());
    let again = bench.call(&Demo, "calendar_cancel", vec![("event", review)]);
    assert_eq!(again.unwrap_err(), ToolError::Unavailable);
}

#[test]
fn a_cancelled_event_is_gone_whether_it_was_seeded_added_or_moved() {
    let mut bench = Bench::default();
    let market = event(&mut bench, "marché");
    bench.done(&Demo, "calendar_cancel", vec![("event", market.clone())]);
    let moved = bench.call(
        &Demo,
        "calendar_move",
        vec![("event", market), ("start", time("2026-12-06T20:00:00Z"))],
    );
    assert_eq!(moved.unwrap_err(), ToolError::Unavailable);
    let args = vec![
        ("event", event(&mut bench, "concert")),
        ("start", time("2026-12-06T20:00:00Z")),
    ];
    let concert = bench.done(&Demo, "calendar_move", args).item;
    bench.done(&Demo, "calendar_cancel", vec![("event", concert.clone())]);
    let again = bench.call(&Demo, "calendar_cancel", vec![("event", concert)]);
    assert_eq!(again.unwrap_err(), ToolError::Unavailable);
    let args = vec![("from", owner_text("2026-11-16")), ("days", int(35))];
    let left = bench.done(&Demo, "calendar_list", args).item;
    assert_eq!(left.items().len(), seed::EVENTS.len() - 2);
}

#[test]
fn inviting_names_each_person_once_and_shows_what_they_learn() {
    let mut bench = Bench::default();
    let concert = event(&mut bench, "concert");
    let args = vec![
        ("event", concert),
        (
            "attendees",
            people(&["Claire.Dumas@example.org", "sofia.rossi@example.org"]),
        ),
    ];
    let invited = bench.done(&Demo, "calendar_invite", args).item;
    assert_eq!(
        attendees(&invited),
        ["sofia.rossi@example.org", "Claire.Dumas@example.org"]
    );
    let Readers::Only(readers) = &invited.label().readers else {
        panic!("everyone")
    };
    assert!(readers.contains("mail:claire.dumas@example.org"));
    // Who joins an event later was not among those its words were written for.
    let title = invited.at(&[Step::Field("title".into())]).unwrap();
    let Readers::Only(readers) = &title.label().readers else {
        panic!("everyone")
    };
    assert!(!readers.contains("mail:claire.dumas@example.org"));
    let none = vec![
        ("event", event(&mut bench, "concert")),
        ("attendees", people(&[])),
    ];
    let refused = bench.call(&Demo, "calendar_invite", none).unwrap_err();
    assert!(matches!(refused, ToolError::Invalid { argument, .. } if argument == "attendees"));
}

#[test]
fn an_invitation_s_details_come_from_the_event_alone() {
    let mut bench = Bench::default();
    let concert = event(&mut bench, "concert");
    let spec = Demo
        .tools()
        .iter()
        .find(|spec| spec.name == "calendar_invite")
        .unwrap();
    let argument = |name: &str, item: Item| {
        let spec = spec.arg(name).unwrap();
        let origin = crate::tool::Origin::Literal;
        (spec.name, crate::tool::Argument::new(spec, item, origin))
    };
    let mut call = Call {
        spec,
        args: [
            argument("event", concert),
            argument("attendees", people(&["ada@example.org"])),
            argument("details", owner_text("nothing at all")),
        ]
        .into(),
        audience: crate::tool::Audience::Nobody,
    };
    Demo.complete(&mut call);
    let details = call.item("details").unwrap();
    assert_eq!(details.text(), Some("Concert: Les Ondes\nSalle du Port"));
    assert!(details.label().sources.contains("calendar:demo-e17"));
}

#[test]
fn a_scheduled_event_names_its_attendees() {
    let mut bench = Bench::default();
    let args = vec![
        ("title", owner_text("Slide 7")),
        ("start", time("2026-12-01T13:00:00Z")),
        (
            "attendees",
            people(&["tom.whitfield@example.com", "nadia.benali@example.com"]),
        ),
    ];
    let made = bench.done(&Demo, "calendar_schedule", args).item;
    assert_eq!(attendees(&made).len(), 2);
    let listed = event(&mut bench, "slide nadia");
    assert_eq!(listed.field("id").unwrap(), made.field("id").unwrap());
    let args = vec![
        ("title", owner_text("Slide 7")),
        ("start", time("2026-12-01T13:00:00Z")),
        ("attendees", people(&[])),
    ];
    let refused = bench.call(&Demo, "calendar_schedule", args).unwrap_err();
    assert!(matches!(refused, ToolError::Invalid { argument, .. } if argument == "attendees"));
}
