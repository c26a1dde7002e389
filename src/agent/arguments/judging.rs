//! What policy is told of a resolved call: what is known or chosen, who learns it, what goes out
//! harmless.

use super::Grounds;
use super::audience::audience;
use crate::inert::inert_whole;
use crate::label::{Integrity, Label};
use crate::tool::{ArgRole, Argument, Call, EffectClass};
use crate::value::{Item, Value};

/// Adds what policy looks at once a call is complete, and makes untrusted content harmless where
/// it leaves the agent.
pub fn judge(call: &mut Call, grounds: &dyn Grounds) {
    let leaves_us = !matches!(call.spec.weight(), EffectClass::Read | EffectClass::Draft);
    for argument in call.args.values_mut() {
        if argument.is_steered() {
            let set = argument.spec.holds.set();
            let known = |set| is_known(&argument.item, Integrity::Owner, set, grounds);
            argument.known = set.is_some_and(known);
        }
        if argument.spec.role == ArgRole::Control {
            argument.chosen = is_chosen(argument, grounds);
        }
        if leaves_us && argument.spec.role == ArgRole::Content {
            disarm(&mut argument.item, Integrity::Owner);
        }
    }
    call.audience = audience(call, grounds);
}

/// Whether every untrusted leaf is a text of a curated set. A leaf is no better than what is around
/// it, and what others emptied is no member of anything.
fn is_known(item: &Item, around: Integrity, set: &str, grounds: &dyn Grounds) -> bool {
    let integrity = around.min(item.label().integrity);
    let inside = |item: &Item| is_known(item, integrity, set, grounds);
    match item.peek() {
        Value::List(items) if !items.is_empty() => items.iter().all(inside),
        // What is around its parts is also in the names of its fields.
        Value::Record(fields) if !fields.is_empty() => {
            let is_known =
                |name: &String| integrity > Integrity::Untrusted || grounds.knows(set, name);
            fields.keys().all(is_known) && fields.values().all(inside)
        }
        _ if integrity > Integrity::Untrusted => true,
        // An address that happens to be a contact's may have been put there by somebody else, so
        // it counts only if the owner named that person.
        Value::Text(text) if matches!(set, "mail" | "phone") => {
            grounds.knows(set, text) && grounds.names(&identity(set, text))
        }
        Value::Text(text) => grounds.knows(set, text),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number(_)
        | Value::Time(_)
        | Value::List(_)
        | Value::Record(_) => false,
    }
}

/// Whether what others wrote had a say in whom or what a call hits, and the owner did not name it.
/// It may be vouched for and yet not be what the owner meant: anybody can send a mail that fits a
/// search, or that a reader takes for the one that was asked for.
fn is_chosen(argument: &Argument, grounds: &dyn Grounds) -> bool {
    match argument.spec.holds.set() {
        Some(set) => is_unnamed(&argument.item, false, set, grounds),
        None => is_swayed(&argument.control_label()),
    }
}

/// Whether others' text had a say in which value has this label.
fn is_swayed(label: &Label) -> bool {
    label.selected || label.integrity == Integrity::Untrusted
}

fn is_unnamed(item: &Item, around: bool, set: &str, grounds: &dyn Grounds) -> bool {
    let swayed = around || is_swayed(item.label());
    let inside = |item: &Item| is_unnamed(item, swayed, set, grounds);
    match item.peek() {
        Value::List(items) if !items.is_empty() => items.iter().any(inside),
        Value::Record(fields) if !fields.is_empty() => {
            let is_unnamed = |name: &String| swayed && !grounds.names(&identity(set, name));
            fields.keys().any(is_unnamed) || fields.values().any(inside)
        }
        Value::Text(text) => swayed && !grounds.names(&identity(set, text)),
        Value::Int(number) => swayed && !grounds.names(&identity(set, &number.to_string())),
        // Others may also have seen to it that there is nothing.
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Time(_)
        | Value::List(_)
        | Value::Record(_) => swayed,
    }
}

/// Links, markup and hidden characters in untrusted text become visible text.
pub(super) fn disarm(item: &mut Item, around: Integrity) {
    let integrity = around.min(item.label().integrity);
    let inside = |item: &mut Item| disarm(item, integrity);
    item.change(|value| match value {
        Value::Text(text) if integrity == Integrity::Untrusted => *text = inert_whole(text),
        Value::List(items) => items.iter_mut().for_each(inside),
        Value::Record(fields) => fields.values_mut().for_each(inside),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Time(_) => {}
    });
}

/// Whether a label is that of the owner's own words, in which nothing else had a say.
pub(super) fn is_owners(label: &Label) -> bool {
    label.integrity == Integrity::Owner && label.sources.is_empty() && !label.selected
}

/// Somebody as labels write them: `mail:ada@example.org`.
pub fn identity(set: &str, text: &str) -> String {
    format!("{set}:{}", text.trim().to_lowercase())
}
