//! Parts of labelled trees: never better than what is around them.

use super::strategies::{items, paths, relabelled};
use super::*;
use crate::label::strategies::is_no_better;
use crate::label::{Capacity, Integrity, Readers};
use proptest::prelude::*;

/// The labels on the way to a part, its own included.
fn labels_on_the_way(item: &Item, path: &[Step]) -> Vec<Label> {
    (0..=path.len())
        .map(|steps| {
            let mut part = item;
            for step in &path[..steps] {
                part = match step {
                    Step::Nth(n) => &part.items()[*n],
                    Step::Field(name) => part.field(name).unwrap(),
                };
            }
            part.label().clone()
        })
        .collect()
}

proptest! {
    #[test]
    fn a_part_has_the_labels_of_everything_around_it(item in items()) {
        for path in paths(&item) {
            let part = item.at(&path).unwrap();
            let around = labels_on_the_way(&item, &path);
            for label in &around {
                prop_assert!(is_no_better(part.label(), label));
            }
            let joined = around.iter().skip(1).fold(around[0].clone(), |all, l| all.join(l));
            prop_assert_eq!(part.label(), &joined);
        }
    }

    #[test]
    fn the_whole_is_no_better_than_any_of_its_parts(item in items()) {
        let total = item.total_label();
        for path in paths(&item) {
            prop_assert!(is_no_better(&total, item.at(&path).unwrap().label()));
        }
    }

    #[test]
    fn asking_every_label_is_asking_the_label_of_the_whole(item in items()) {
        let total = item.total_label();
        let untrusted = item.any_label(&|label| label.integrity == Integrity::Untrusted);
        prop_assert_eq!(untrusted, total.integrity == Integrity::Untrusted);
        prop_assert_eq!(item.any_label(&|label| label.selected), total.selected);
        prop_assert!(item.any_label(&|_| true) && !item.any_label(&|_| false));
    }

    #[test]
    fn taking_parts_step_by_step_is_taking_them_at_once(item in items()) {
        for path in paths(&item) {
            let mut part = item.clone();
            for step in &path {
                part = part.at(std::slice::from_ref(step)).unwrap();
            }
            prop_assert_eq!(part, item.at(&path).unwrap());
        }
    }

    #[test]
    fn a_tree_survives_its_row_and_a_lost_label_is_worst(item in items()) {
        let row = serde_json::to_value(&item).unwrap();
        prop_assert_eq!(&serde_json::from_value::<Item>(row.clone()).unwrap(), &item);
        for path in paths(&item) {
            let mut less = row.clone();
            let mut place = &mut less;
            for step in &path {
                place = match step {
                    Step::Nth(n) => &mut place["v"]["list"][*n],
                    Step::Field(name) => &mut place["v"]["record"][name],
                };
            }
            place.as_object_mut().unwrap().remove("l").unwrap();
            let read: Item = serde_json::from_value(less).unwrap();
            prop_assert_eq!(&read, &relabelled(&item, &path, &mut |_| Label::worst()));
            let part = read.at(&path).unwrap();
            prop_assert!(is_no_better(part.label(), &Label::worst()));
        }
    }

    #[test]
    fn what_is_not_there_is_nothing(item in items(), n in 4_usize..) {
        for path in paths(&item) {
            let beyond = |step| path.iter().cloned().chain([step]).collect::<Vec<_>>();
            prop_assert!(item.at(&beyond(Step::Nth(n))).is_none());
            prop_assert!(item.at(&beyond(Step::Field("nowhere".into()))).is_none());
        }
    }
}

fn text(text: &str, label: Label) -> Item {
    Labeled::new(Value::Text(text.to_owned()), label)
}

#[test]
fn a_part_is_never_better_than_what_holds_it() {
    let id = text(
        "17",
        Label::attested("mail:17", Readers::owner(), Capacity::Id),
    );
    let inner = record(
        Label::attested("mail", Readers::owner(), Capacity::Id),
        [("id", id)],
    );
    let list = Labeled::new(
        Value::List(vec![inner]),
        Label::untrusted("web:x", Readers::owner()),
    );
    let part = list.at(&[Step::Nth(0), Step::Field("id".into())]).unwrap();
    assert_eq!(part.label().integrity, Integrity::Untrusted);
    assert_eq!(part.text(), Some("17"));
    assert!(list.at(&[Step::Nth(1)]).is_none());
    assert!(list.at(&[Step::Field("id".into())]).is_none());
}

#[test]
fn leaves_read_as_text_and_containers_do_not() {
    let json = |text: &str| Value::from_json_leaf(&serde_json::from_str(text).unwrap());
    for (written, value, shown) in [
        ("true", Value::Bool(true), Some("true")),
        ("-7", Value::Int(-7), Some("-7")),
        (
            "9223372036854775807",
            Value::Int(i64::MAX),
            Some("9223372036854775807"),
        ),
        ("\"x\"", Value::Text("x".into()), Some("x")),
        ("null", Value::Null, None),
        ("[1]", Value::Null, None),
        ("{\"a\":1}", Value::Null, None),
    ] {
        assert_eq!(json(written), value, "{written}");
        assert_eq!(value.as_text().as_deref(), shown, "{written}");
    }
    // What is over 63 bits, or not whole, is kept as it was written.
    assert_eq!(
        json("18446744073709551615").as_text().unwrap(),
        "18446744073709551615"
    );
    assert_eq!(json("12.50").as_text().unwrap(), "12.5");
}
