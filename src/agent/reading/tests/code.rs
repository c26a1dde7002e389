//! Sorting, the first one and counting: exact, and no better than what they are made by.

use super::*;
use crate::agent::test_world::text;
use crate::label::strategies::is_no_better;
use crate::label::{Capacity, Readers};
use crate::time::Timestamp;
use crate::value::strategies::{FIELDS, lists};
use crate::value::{Step, record};
use proptest::prelude::*;

fn vouched() -> Label {
    Label::attested("bank:1", Readers::owner(), Capacity::Number)
}

fn stranger() -> Label {
    Label::untrusted("mail:1", Readers::owner())
}

/// A record with one field.
fn with(by: &str, value: Value, label: Label) -> Item {
    let mut item = record(vouched(), []);
    item.change(|whole| {
        if let Value::Record(fields) = whole {
            fields.insert(by.to_owned(), Labeled::new(value, label));
        }
    });
    item
}

fn values(list: &Item, by: &str) -> Vec<Option<String>> {
    let items = list.items().iter();
    items
        .map(|item| item.field(by).and_then(|field| field.peek().as_text()))
        .collect()
}

#[track_caller]
fn check_order(given: Vec<Value>, rising: &[&str]) {
    let items = given.into_iter().map(|value| with("n", value, vouched()));
    let given = list(items.collect());
    let found: Vec<String> = values(&sorted(&given, "n", false), "n")
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(found, rising);
    let falling: Vec<String> = values(&sorted(&given, "n", true), "n")
        .into_iter()
        .flatten()
        .collect();
    let turned: Vec<&str> = rising.iter().rev().copied().collect();
    assert_eq!(falling, turned);
}

#[test]
fn numbers_sort_by_size_times_by_time_and_texts_by_letters() {
    let text = |text: &str| Value::Text(text.to_owned());
    check_order(
        vec![Value::Int(10), Value::Int(-2), text("9"), text("1.5")],
        &["-2", "1.5", "9", "10"],
    );
    check_order(
        vec![text("pear"), text("Apple"), text("banana")],
        &["Apple", "banana", "pear"],
    );
    let at = |ms| Value::Time(Timestamp::from_millis(ms));
    check_order(
        vec![at(2_000), at(0), at(1_000)],
        &[
            "1970-01-01T00:00:00Z",
            "1970-01-01T00:00:01Z",
            "1970-01-01T00:00:02Z",
        ],
    );
    check_order(
        vec![Value::Bool(true), Value::Bool(false)],
        &["false", "true"],
    );
    check_order(vec![text("x"), Value::Int(3), text("2")], &["2", "3", "x"]);
}

#[test]
fn what_is_no_number_after_all_sorts_without_a_panic() {
    let text = |text: &str| Value::Text(text.to_owned());
    let strange = [
        "NaN", "inf", "-inf", "1e400", "-0", "0", "", "٣", "0x10", "NaN",
    ];
    let given = list(
        strange
            .iter()
            .map(|one| with("n", text(one), vouched()))
            .collect(),
    );
    for falling in [false, true] {
        let found = sorted(&given, "n", falling);
        assert_eq!(found.items().len(), strange.len());
    }
}

#[test]
fn a_mix_of_everything_has_one_order() {
    let mut mixed = Vec::new();
    for n in 0..40_i64 {
        // Times within one second, far away, and texts that look like them.
        let at = |ms| Value::Time(Timestamp::from_millis(ms));
        mixed.extend([
            at(n),
            at(n * 8_000_000_000_000_000),
            at(-n * 100_000_000_000_000),
        ]);
        let times: Vec<String> = mixed.iter().filter_map(Value::as_text).collect();
        mixed.extend(times.last().cloned().map(Value::Text));
        mixed.extend([Value::Int(-n), Value::Bool(n % 2 == 0), Value::Null]);
        mixed.push(Value::Text(format!("{}", n % 7)));
    }
    for step in [1, 7, 31] {
        let mut turned = mixed.clone();
        turned.rotate_left(step);
        let items = turned.into_iter().map(|value| with("n", value, vouched()));
        let found = sorted(&list(items.collect()), "n", step == 7);
        assert_eq!(found.items().len(), mixed.len());
        assert_eq!(sorted(&found, "n", step == 7), found);
    }
}

#[test]
fn items_without_the_field_come_last_and_equal_ones_keep_their_order() {
    let numbered = |n: i64, id: &str| {
        let mut item = with("n", Value::Int(n), vouched());
        item.change(|whole| {
            if let Value::Record(fields) = whole {
                fields.insert("id".into(), text(id, vouched()));
            }
        });
        item
    };
    let bare = record(vouched(), [("id", text("none", vouched()))]);
    let given = list(vec![
        bare,
        numbered(2, "a"),
        numbered(1, "b"),
        numbered(2, "c"),
    ]);
    let ids = |list: &Item| -> Vec<String> { values(list, "id").into_iter().flatten().collect() };
    assert_eq!(ids(&sorted(&given, "n", false)), ["b", "a", "c", "none"]);
    assert_eq!(ids(&sorted(&given, "n", true)), ["a", "c", "b", "none"]);
}

#[test]
fn who_wrote_the_field_had_a_say_in_the_order() {
    let number = |label: Label| with("n", Value::Int(1), label);
    let selected = |items: Vec<Item>| {
        let sorted = sorted(&list(items), "n", false);
        let taken = first(&sorted);
        assert_eq!(sorted.label().selected, taken.label().selected);
        taken.label().selected
    };
    assert!(!selected(vec![number(vouched()), number(Label::owner())]));
    assert!(selected(vec![number(vouched()), number(stranger())]));
    // One that others picked is theirs, whatever it says.
    assert!(selected(vec![
        number(vouched()),
        number(vouched().picked())
    ]));
    // What is inside something of a stranger's is a stranger's.
    let inside = Labeled::new(number(vouched()).peek().clone(), stranger());
    assert!(selected(vec![number(vouched()), inside]));
    let listed = with("n", Value::List(vec![foreign("7")]), vouched());
    assert!(selected(vec![number(vouched()), listed]));
    // Leaving a field out gives a place too, and no field at all gives no order.
    let bare = |label| record(label, []);
    assert!(!selected(vec![number(vouched()), bare(vouched())]));
    assert!(selected(vec![number(vouched()), bare(stranger())]));
    assert!(selected(vec![bare(vouched()), bare(vouched())]));
}

#[test]
fn the_first_of_nothing_is_nothing() {
    let empty = Labeled::new(Value::List(vec![]), stranger().picked());
    let found = first(&empty);
    assert_eq!(found.peek(), &Value::Null);
    assert_eq!(found.label(), empty.label());
}

#[test]
fn a_count_is_untrusted_and_that_there_is_nothing_is_the_owners_to_know() {
    let items = vec![with("n", Value::Int(1), vouched()), foreign("x")];
    let found = count(&list(items));
    assert_eq!(found.peek(), &Value::Int(2));
    let label = found.label();
    assert_eq!(label.integrity, Integrity::Untrusted);
    assert_eq!(label.capacity, Capacity::Number);
    assert_eq!(label.readers, Readers::owner());
    assert!(label.sources.contains("bank:1") && label.sources.contains("mail:1"));
    let none = count(&list(vec![]));
    assert_eq!(none.peek(), &Value::Int(0));
    assert_eq!(none.label().integrity, Integrity::Untrusted);
    assert_eq!(none.label().readers, Readers::owner());
}

proptest! {
    #[test]
    fn sorting_loses_nothing_and_makes_nothing_better(
        list in lists(), by in proptest::sample::select(FIELDS.to_vec()), falling: bool,
    ) {
        let found = sorted(&list, by, falling);
        prop_assert!(is_no_better(found.label(), list.label()));
        prop_assert!(is_no_better(&found.total_label(), &list.total_label()));
        let mut left = list.items().to_vec();
        for item in found.items() {
            let at = left.iter().position(|other| other == item);
            prop_assert!(at.is_some());
            left.swap_remove(at.unwrap());
        }
        prop_assert!(left.is_empty());
        // Sorting what is sorted changes nothing.
        prop_assert_eq!(sorted(&found, by, falling), found);
    }

    #[test]
    fn the_first_is_no_better_than_the_list_and_the_item(list in lists()) {
        let found = first(&list);
        prop_assert!(is_no_better(found.label(), list.label()));
        let item = list.at(&[Step::Nth(0)]);
        let nothing = Labeled::new(Value::Null, list.label().clone());
        prop_assert_eq!(found, item.unwrap_or(nothing));
    }

    #[test]
    fn a_count_is_no_better_than_all_that_is_counted(list in lists()) {
        let found = count(&list);
        prop_assert_eq!(found.peek(), &Value::Int(list.items().len().try_into().unwrap()));
        prop_assert!(is_no_better(found.label(), &list.total_label()));
        prop_assert_eq!(found.label().integrity, Integrity::Untrusted);
    }
}
