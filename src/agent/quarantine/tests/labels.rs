//! The label of an answer: the join of all that was read, untrusted.

use super::*;
use crate::label::strategies::{is_no_better, labels};
use crate::value::strategies::{items, lists};
use crate::value::{Step, record};
use proptest::prelude::*;

/// An answer that counts, for a type that needs nothing of a source.
fn answers() -> Vec<(Wanted, &'static str)> {
    vec![
        (Wanted::Text(16), "\"a\""),
        (Wanted::Number, "1.5"),
        (Wanted::Integer(-3, 4), "4"),
        (Wanted::Day(None), "\"2026-01-01\""),
        (in_2026(), "\"2026-12-31\""),
        (Wanted::Time, "\"2026-01-01T09:00:00Z\""),
        (Wanted::Flag, "false"),
        (Wanted::Texts, "[\"a\",\"b\"]"),
        (Wanted::Choice(vec!["up".into(), "down".into()]), "\"down\""),
    ]
}

#[test]
fn an_answer_can_say_as_much_as_its_type() {
    for (wanted, capacity) in [
        (Wanted::Text(1), Capacity::Text),
        (Wanted::Texts, Capacity::Text),
        (Wanted::Span, Capacity::Span),
        (Wanted::Name, Capacity::Span),
        (Wanted::Address, Capacity::Span),
        (Wanted::Url, Capacity::Span),
        (Wanted::Number, Capacity::Number),
        (Wanted::Integer(0, 1), Capacity::Number),
        (Wanted::Day(None), Capacity::Number),
        (Wanted::Time, Capacity::Number),
        (Wanted::Choice(vec![]), Capacity::Choice),
        (Wanted::Flag, Capacity::Bool),
    ] {
        assert_eq!(super::super::capacity(&wanted), capacity, "{wanted:?}");
    }
    for (wanted, json) in answers() {
        let item = answered(&wanted, &reply(json)).unwrap();
        assert_eq!(item.label().capacity, super::super::capacity(&wanted));
    }
}

#[test]
fn what_is_written_from_the_owners_words_alone_is_the_owners() {
    let draft = Task {
        tool: "draft",
        values: vec![],
        kind: Kind::Text,
        ..task(Wanted::Text(100))
    };
    let label = |task: &Task| {
        answer(task, &reply("\"Dear Ada\""), None)
            .unwrap()
            .label()
            .clone()
    };
    assert_eq!(label(&draft), Label::owner());
    // Not if bits of others' text may stand in the instruction,
    let tainted = Task {
        tainted: true,
        ..draft.clone()
    };
    assert_eq!(label(&tainted).integrity, Integrity::Untrusted);
    // nor if anything was read, be it the owner's own,
    let read = Task {
        values: vec![text("x", Label::owner())],
        ..draft.clone()
    };
    assert_eq!(label(&read).integrity, Integrity::Untrusted);
    // nor if it is an answer and no draft.
    let asked = Task {
        kind: Kind::Answer,
        ..draft
    };
    assert_eq!(label(&asked).integrity, Integrity::Untrusted);
}

#[test]
fn whoever_wrote_the_list_picked_the_item() {
    let vouched = record(
        Label::attested("bank:1", Readers::Everyone, Capacity::Unit),
        [(
            "id",
            text(
                "7",
                Label::attested("bank:1", Readers::Everyone, Capacity::Id),
            ),
        )],
    );
    let pick = |wanted: Wanted, json: &str| {
        let task = Task {
            values: vec![list(vec![vouched.clone(), foreign("x")])],
            ..task(wanted)
        };
        answer(&task, &reply(json), None).unwrap()
    };
    let one = pick(Wanted::Place(2), "1");
    assert_eq!(
        one.label().integrity,
        Integrity::Attested,
        "the item itself is what it is"
    );
    let id = one.at(&[Step::Field("id".into())]).unwrap();
    assert!(one.label().selected && id.label().selected);
    let some = pick(Wanted::Places(2), "[1]");
    assert!(some.label().selected && some.items()[0].label().selected);
    // That none fits was somebody's choice too.
    let none = pick(Wanted::Place(2), "0");
    assert!(none.label().selected && none.label().integrity == Integrity::Untrusted);
    assert!(none.label().sources.contains("bank:1") && none.label().sources.contains("mail:1"));
    assert!(pick(Wanted::Places(2), "[]").label().selected);
}

proptest! {
    #[test]
    fn an_answer_is_no_better_than_all_that_was_read(
        values in proptest::collection::vec(items(), 1..4), tainted: bool,
    ) {
        for (wanted, json) in answers() {
            let task = Task { values: values.clone(), tainted, ..task(wanted) };
            let item = answer(&task, &reply(json), None).unwrap();
            prop_assert!(is_no_better(item.label(), &task.label()));
            prop_assert!(is_no_better(&item.total_label(), &task.label()));
            prop_assert_eq!(item.label().integrity, Integrity::Untrusted);
            for part in item.items() {
                prop_assert_eq!(part.label().integrity, Integrity::Untrusted);
            }
            for value in &values {
                prop_assert!(is_no_better(item.label(), &value.total_label()));
            }
        }
    }

    #[test]
    fn a_piece_of_a_source_is_no_better_than_all_sources(a in labels(), b in labels()) {
        let values = vec![text(SOURCE, a.clone()), text("other", b.clone())];
        for (wanted, json) in [
            (Wanted::Span, "\"Ada Smith\""),
            (Wanted::Name, "\"Ada Smith\""),
            (Wanted::Address, "\"Ada Smith <ada@a.example>\""),
            (Wanted::Url, "\"https://a.example/x?q=1\""),
        ] {
            let task = Task { values: values.clone(), ..task(wanted) };
            let item = answer(&task, &reply(json), None).unwrap();
            prop_assert!(is_no_better(item.label(), &a) && is_no_better(item.label(), &b));
            prop_assert_eq!(item.label().integrity, Integrity::Untrusted);
        }
    }

    #[test]
    fn what_is_picked_is_an_item_of_the_list_and_no_better(list in lists()) {
        let count = list.items().len();
        for place in 0..=count {
            let task = Task { values: vec![list.clone()], ..task(Wanted::Place(count)) };
            let item = answer(&task, &reply(&place.to_string()), None).unwrap();
            prop_assert!(is_no_better(item.label(), list.label()));
            prop_assert!(item.label().selected);
            if let Some(n) = place.checked_sub(1) {
                let original = list.at(&[Step::Nth(n)]).unwrap();
                prop_assert!(is_no_better(item.label(), original.label()));
                prop_assert_eq!(item.peek(), original.peek());
            }
        }
        let all: Vec<usize> = (1..=count).collect();
        let task = Task { values: vec![list.clone()], ..task(Wanted::Places(count)) };
        let kept = answer(&task, &reply(&json!(all).to_string()), None).unwrap();
        prop_assert!(is_no_better(kept.label(), list.label()));
        for (n, item) in list.items().iter().enumerate() {
            let part = kept.at(&[Step::Nth(n)]).unwrap();
            prop_assert!(is_no_better(part.label(), list.at(&[Step::Nth(n)]).unwrap().label()));
            prop_assert!(part.label().selected);
            prop_assert_eq!(part.peek(), item.peek());
        }
    }
}
