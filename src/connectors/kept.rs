//! What a result keeps of the thing that its call points at.
//!
//! A connector looks a thing up by its id and labels it anew, so by itself opening a mail would make
//! one forget how it was found. Here the result of every call is made no better than the choice that
//! it rests on. A thing that a call makes, such as an answer or a draft, is no thing it points at.
//! Readers stay those that the service names: the choice adds nobody.

use crate::label::{Capacity, Integrity, Label, Readers};
use crate::tool::{ArgRole, ArgType, Call, EffectClass, Progress, ToolOutput};
use crate::value::{Item, Value};

/// The progress of a call; its result is no better than the choice of what the call points at.
pub(super) fn of(call: &Call, progress: Progress) -> Progress {
    match progress {
        Progress::Done(output) => Progress::Done(ToolOutput {
            item: keep(call, output.item),
            ..output
        }),
        sent @ Progress::Send { .. } => sent,
    }
}

fn keep(call: &Call, mut result: Item) -> Item {
    let reads = call.spec.effect == EffectClass::Read;
    for argument in call.args.values() {
        let label = argument.control_label();
        if let ArgType::Object(_) = argument.spec.holds {
            let by = choice(&label);
            keep_same(&mut result, &argument.item, &by);
            // All that a read has to tell follows from what it points at.
            if reads {
                result = result.tainted_by(&by);
            }
        } else if reads && argument.spec.role == ArgRole::Control {
            let untrusted = label.integrity == Integrity::Untrusted && !argument.known;
            if label.selected || untrusted {
                result = result.tainted_by(&choice(&Label::owner()).picked());
            }
        }
    }
    result
}

/// Where a result, or an item of it, is the thing pointed at, it is no better than that was, nor is
/// any field that still says the same.
fn keep_same(result: &mut Item, pointed_at: &Item, by: &Label) {
    let is_it = is_same(result, pointed_at);
    result.change(|value| match value {
        Value::List(items) => {
            for item in items {
                if is_same(item, pointed_at) {
                    keep_same(item, pointed_at, by);
                }
            }
        }
        Value::Record(fields) if is_it => {
            for (name, field) in fields {
                let before = pointed_at.field(name);
                if let Some(before) = before.filter(|it| it.to_json() == field.to_json()) {
                    let label = choice(&before.total_label());
                    *field = field.clone().tainted_by(&label);
                }
            }
        }
        Value::Record(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Time(_) => {}
    });
    if is_it {
        *result = result.clone().tainted_by(by);
    }
}

fn is_same(one: &Item, other: &Item) -> bool {
    let id = |item: &Item| item.field("id").unwrap_or(item).text().map(str::to_owned);
    id(one).is_some_and(|one| Some(one) == id(other))
}

/// What a choice with this label adds to what was chosen.
fn choice(label: &Label) -> Label {
    Label {
        readers: Readers::Everyone,
        capacity: Capacity::Unit,
        ..label.clone()
    }
}
