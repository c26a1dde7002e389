//! Labelled trees for property tests.

use super::{Item, Step, Value};
use crate::label::strategies::labels;
use crate::label::{Label, Labeled};
use crate::time::Timestamp;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

/// The names of fields.
pub(crate) const FIELDS: [&str; 5] = ["id", "a", "b", "c", "type"];

/// A value that holds no others.
pub(crate) fn leaves() -> impl Strategy<Value = Value> {
    let texts = prop::sample::select(vec![
        "",
        "ada@a.example",
        "Ada <ada@a.example>",
        "eve@e.example",
        "7",
        "true",
        "2026-11-24",
        "see https://e.example/x",
        "hid\u{200b}den",
    ]);
    prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => (-3_i64..9).prop_map(Value::Int),
        1 => any::<i32>().prop_filter_map("finite", |cents| {
            serde_json::Number::from_f64(f64::from(cents) / 100.0).map(Value::Number)
        }),
        4 => texts.prop_map(|text| Value::Text(text.to_owned())),
        1 => any::<i32>().prop_map(|at| Value::Time(Timestamp::from_millis(i64::from(at)))),
    ]
}

/// A tree, each part of which has a label of its own.
pub(crate) fn items() -> impl Strategy<Value = Item> {
    let leaf = (leaves(), labels()).prop_map(|(value, label)| Labeled::new(value, label));
    leaf.prop_recursive(3, 24, 4, |inner| {
        let names = prop::sample::select(FIELDS.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            (vec(inner.clone(), 0..4), labels())
                .prop_map(|(items, label)| Labeled::new(Value::List(items), label)),
            (btree_map(names, inner, 0..4), labels())
                .prop_map(|(fields, label)| Labeled::new(Value::Record(fields), label)),
        ]
    })
}

/// A list of trees.
pub(crate) fn lists() -> impl Strategy<Value = Item> {
    (vec(items(), 0..5), labels())
        .prop_map(|(items, label)| Labeled::new(Value::List(items), label))
}

/// The way to every part of a tree, the tree itself included.
pub(crate) fn paths(item: &Item) -> Vec<Vec<Step>> {
    let mut all = vec![Vec::new()];
    let parts: Vec<(Step, &Item)> = match item.peek() {
        Value::List(items) => items
            .iter()
            .enumerate()
            .map(|(n, item)| (Step::Nth(n), item))
            .collect(),
        Value::Record(fields) => fields
            .iter()
            .map(|(name, item)| (Step::Field(name.clone()), item))
            .collect(),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Time(_) => Vec::new(),
    };
    for (step, part) in parts {
        let below = paths(part).into_iter();
        all.extend(below.map(|path| std::iter::once(step.clone()).chain(path).collect()));
    }
    all
}

/// The tree with the label of one part changed.
pub(crate) fn relabelled(
    item: &Item,
    path: &[Step],
    change: &mut dyn FnMut(&Label) -> Label,
) -> Item {
    let Some((step, rest)) = path.split_first() else {
        return Labeled::new(item.peek().clone(), change(item.label()));
    };
    let mut copy = item.clone();
    copy.change(|value| match (value, step) {
        (Value::List(items), Step::Nth(n)) => items[*n] = relabelled(&items[*n], rest, change),
        (Value::Record(fields), Step::Field(name)) => {
            let part = relabelled(&fields[name], rest, change);
            fields.insert(name.clone(), part);
        }
        _ => {}
    });
    copy
}
