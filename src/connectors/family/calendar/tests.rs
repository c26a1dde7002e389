//! What the family does with what services find.

use super::*;
use crate::connectors::test_documents::owner_text;
use crate::label::Integrity;
use crate::tool::{Argument, Audience, Origin};
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
