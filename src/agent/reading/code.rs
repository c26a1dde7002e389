//! Sorting, picking the first and counting: code, so no model has a say in what comes out.
//!
//! The order is no better than what it was made by: a list sorted by a field that anybody may have
//! written marks what is taken from it as picked by untrusted text.

use crate::label::{Capacity, Integrity, Label, Labeled};
use crate::value::{Item, Value};
use std::cmp::Ordering;

/// The items in the order of a field; those without it come last.
pub fn sorted(list: &Item, by: &str, falling: bool) -> Item {
    let mut items = list.items().to_vec();
    items.sort_by(|a, b| match (a.field(by), b.field(by)) {
        (Some(a), Some(b)) => {
            let order = compare(a.peek(), b.peek());
            if falling { order.reverse() } else { order }
        }
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    });
    let keys = items.iter().filter_map(|item| item.field(by));
    let relied_on = keys
        .map(|key| key.label().integrity)
        .min()
        .unwrap_or(Integrity::Untrusted);
    let label = list.label().clone();
    let label = if relied_on == Integrity::Untrusted {
        label.picked()
    } else {
        label
    };
    Labeled::new(Value::List(items), label)
}

/// The first item, or nothing.
pub fn first(list: &Item) -> Item {
    let found = list.items().first();
    found.map_or_else(
        || Labeled::new(Value::Null, list.label().clone()),
        |item| item.clone().tainted_by(list.label()),
    )
}

/// How many there are. Whoever can write into the list has a say in it.
pub fn count(list: &Item) -> Item {
    let number = i64::try_from(list.items().len()).unwrap_or(i64::MAX);
    let label = Label {
        capacity: Capacity::Number,
        ..list.total_label().derived()
    };
    Labeled::new(Value::Int(number), label)
}

/// Numbers by size, also those written as text; times by time; texts by their letters.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Time(a), Value::Time(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => match (number(a), number(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => text(a).cmp(&text(b)),
        },
    }
}

fn number(value: &Value) -> Option<f64> {
    let text = match value {
        Value::Int(_) | Value::Number(_) | Value::Text(_) => value.as_text()?,
        Value::Null | Value::Bool(_) | Value::Time(_) | Value::List(_) | Value::Record(_) => {
            return None;
        }
    };
    text.trim().parse().ok()
}

fn text(value: &Value) -> String {
    value.as_text().unwrap_or_default().to_lowercase()
}
