//! Sorting, picking the first and counting: code, so no model has a say in what comes out.
//!
//! The order is no better than what it was made by: a list sorted by a field that anybody may have
//! written marks what is taken from it as picked by untrusted text.

use crate::label::{Capacity, Integrity, Label, Labeled, Readers};
use crate::value::{Item, Step, Value};
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
    // An item without the field has its place by the lack of it.
    let path = [Step::Field(by.to_owned())];
    let relied_on = items.iter().all(|item| {
        let key = item.at(&path);
        let label = key.map_or_else(|| item.label().clone(), |key| key.total_label());
        label.integrity > Integrity::Untrusted && !label.selected
    });
    let is_by_the_field = items.iter().any(|item| item.field(by).is_some());
    let label = list.label().clone();
    let label = if relied_on && is_by_the_field {
        label
    } else {
        label.picked()
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
    // That there is nothing is the owner's to know; no item says who may.
    let label = if list.items().is_empty() {
        Label {
            readers: Readers::owner(),
            ..label
        }
    } else {
        label
    };
    Labeled::new(Value::Int(number), label)
}

/// Numbers by size, also those written as text, then times by time, then texts by their letters:
/// one order for all values, or sorting them would have none.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (number(a), number(b), a, b) {
        (Some(a), Some(b), _, _) => a.total_cmp(&b),
        (None, None, Value::Time(a), Value::Time(b)) => a.cmp(b),
        (Some(_), None, _, _) | (None, None, Value::Time(_), _) => Ordering::Less,
        (None, Some(_), _, _) | (None, None, _, Value::Time(_)) => Ordering::Greater,
        (None, None, a, b) => text(a).cmp(&text(b)),
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
