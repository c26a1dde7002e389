//! What the family does with what services find.

use super::*;
use crate::connectors::test_documents::{Bench, owner_text};
use crate::egress::account::{Api, Auth};
use crate::egress::table::Target;
use crate::label::Integrity;
use crate::tool::{Argument, Audience, Origin, Sinks};
use std::collections::BTreeMap;

fn slot(account: &str, from: i64, to: i64) -> Item {
    let label = Label::attested("calendar:x", Readers::owner(), Capacity::Number);
    let time = |at| Labeled::new(Value::Time(Timestamp::from_millis(at)), label.clone());
    let account = text(account, label.clone());
    record(
        label.clone(),
        [
            ("start", time(from)),
            ("end", time(to)),
            ("account", account),
        ],
    )
}

fn slots_call() -> Call {
    Call {
        spec: &TOOLS[2],
        args: BTreeMap::new(),
        audience: Audience::Nobody,
    }
}

#[test]
fn free_times_of_several_accounts_are_those_that_all_leave_free() {
    const HOUR: i64 = 3_600_000;
    let both = vec![
        slot("a", 0, 4 * HOUR),
        slot("a", 6 * HOUR, 8 * HOUR),
        slot("b", 2 * HOUR, 7 * HOUR),
    ];
    let free = merge(both, &slots_call());
    let starts: Vec<_> = free
        .iter()
        .filter_map(|one| time_of(one, "start"))
        .collect();
    let at = |hours: i64| Timestamp::from_millis(hours * HOUR);
    assert_eq!(starts, [at(2), at(6)]);
    // An account that is busy all the time leaves nothing.
    let words = text("(none)", Label::owner());
    let none = record(
        Label::owner(),
        [("title", words), ("account", owner_text("b"))],
    );
    let free = merge(vec![slot("a", 0, 4 * HOUR), none], &slots_call());
    assert!(free.iter().all(|one| time_of(one, "start").is_none()));
}

#[test]
fn an_invitation_shows_what_it_tells() {
    let event = record(
        Label::attested("calendar:x", Readers::owner(), Capacity::Unit),
        [
            (
                "title",
                text("Party", Label::untrusted("calendar:x", Readers::owner())),
            ),
            ("place", text("here", Label::owner())),
        ],
    );
    let spec = &contracts::INVITE;
    let argument = Argument::new(
        spec.arg("event").unwrap(),
        event,
        Origin::Handle("event".into()),
    );
    let mut call = Call {
        spec,
        args: BTreeMap::from([("event", argument)]),
        audience: Audience::Nobody,
    };
    completing::complete(&mut call);
    let details = call.item("details").unwrap();
    assert_eq!(details.text(), Some("Party\nhere"));
    assert_eq!(details.label().integrity, Integrity::Untrusted);
}

static ACCOUNT: Account = Account {
    name: "work",
    api: &Api {
        name: "calendars",
        user: "calendar",
        host: None,
        ways: &[],
        grant: None,
    },
    target: Target::Host("calendars.example.org"),
    hosts: &[],
    auth: Auth::None,
    address: "ada@example.org",
    authserv: "",
    collection: "",
};

fn event(is_own: bool) -> Event {
    Event {
        id: "one".to_owned(),
        title: "Dentist".to_owned(),
        organiser: "eve@example.org".to_owned(),
        attendees: vec!["ada@example.org".to_owned()],
        is_own,
        ..Event::default()
    }
}

#[test]
fn an_invitation_that_words_found_is_what_others_chose() {
    let days = ("from", "1970-01-01");
    for (tool, given, is_own, is_chosen) in [
        (
            "calendar_find",
            vec![("query", "dentist"), days],
            false,
            true,
        ),
        (
            "calendar_list",
            vec![("query", "dentist"), days],
            false,
            true,
        ),
        (
            "calendar_find",
            vec![("query", "dentist"), days],
            true,
            false,
        ),
        ("calendar_list", vec![("query", " "), days], false, false),
        ("calendar_list", vec![days], false, false),
    ] {
        let spec = TOOLS.iter().find(|spec| spec.name == tool).unwrap();
        let args = given.iter().map(|(name, value)| {
            let spec = spec.arg(name).unwrap();
            let item = owner_text(value);
            (spec.name, Argument::new(spec, item, Origin::Literal))
        });
        let call = Call {
            spec,
            args: args.collect(),
            audience: Audience::Nobody,
        };
        let mut bench = Bench::default();
        let events = vec![event(is_own)];
        let found = listed(&ACCOUNT, &call, events, &[], &bench.context()).unwrap();
        let found = &found.item.items()[0];
        for field in ["id", "organiser", "attendees"] {
            let label = found.field(field).unwrap().label();
            assert_eq!(label.selected, is_chosen, "{tool} {given:?} {field}");
        }
        // Policy looks at the id of the event that a call points at.
        let spec = contracts::RESPOND.arg("event").unwrap();
        let pointed_at = Argument::new(spec, found.clone(), Origin::Literal);
        assert_eq!(pointed_at.control_label().selected, is_chosen, "{tool}");
        assert!(!pointed_at.is_steered(), "{tool}");
    }
}

#[test]
fn an_answer_shows_who_learns_it_whatever_a_planner_gives() {
    let spec = &contracts::RESPOND;
    let argument = |name: &str, item| {
        let spec = spec.arg(name).unwrap();
        (spec.name, Argument::new(spec, item, Origin::Literal))
    };
    let shown = item(&ACCOUNT, &event(false));
    let args = [
        argument("event", shown),
        argument("answer", owner_text("accepted")),
        argument("organiser", owner_text("bob@example.org")),
    ];
    let mut call = Call {
        spec,
        args: BTreeMap::from(args),
        audience: Audience::Nobody,
    };
    completing::complete(&mut call);
    let organiser = call.item("organiser").unwrap();
    assert_eq!(organiser.text(), Some("eve@example.org"));
    assert_eq!(organiser.label().integrity, Integrity::Untrusted);
    assert!(call.args["organiser"].is_steered());
    assert_eq!(spec.sinks, Sinks::Args(&["organiser"]));
    // An event that names nobody has no one that a planner could put there.
    let nobody = record(Label::owner(), [("id", owner_text("work:one"))]);
    let args = [
        argument("event", nobody),
        argument("organiser", owner_text("bob@example.org")),
    ];
    call.args = BTreeMap::from(args);
    completing::complete(&mut call);
    assert!(call.item("organiser").is_none());
}
