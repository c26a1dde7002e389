//! What policy is told of a resolved call: what is known or chosen, who learns it, what goes out
//! harmless.

use super::Grounds;
use crate::inert::inert_whole;
use crate::label::{Integrity, Label, Readers};
use crate::tool::{ArgRole, Argument, Audience, Call, EffectClass, Sinks};
use crate::value::{Item, Value};
use std::collections::{BTreeMap, BTreeSet};

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
        Value::Record(fields) if !fields.is_empty() => fields.values().all(inside),
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
        Value::Record(fields) if !fields.is_empty() => fields.values().any(inside),
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

fn audience(call: &Call, grounds: &dyn Grounds) -> Audience {
    match call.spec.sinks {
        Sinks::Nobody => Audience::Nobody,
        Sinks::Everyone => Audience::Everyone {
            named: is_place_named(call),
        },
        Sinks::Args(names) => {
            let mut people = BTreeSet::new();
            for argument in names.iter().filter_map(|name| call.args.get(name)) {
                let set = argument.spec.holds.set().unwrap_or("id");
                collect_identities(&argument.item, set, &mut people);
            }
            whom(people, grounds)
        }
        Sinks::Object(name) => match call.args.get(name) {
            // A name that was written out, or that others wrote, does not say who reads the object.
            Some(object) if is_own(object) || object.is_steered() => Audience::Everyone {
                named: is_own(object),
            },
            // Who can read an object is said by its own label, whatever its parts add.
            Some(object) => match &object.item.label().readers {
                Readers::Everyone => Audience::Everyone { named: false },
                Readers::Only(people) => whom(people.clone(), grounds),
            },
            None => Audience::Nobody,
        },
    }
}

/// Whether the owner's own words name where a call goes, and nothing else has a say in it.
fn is_place_named(call: &Call) -> bool {
    let controls = || {
        let arguments = call.args.values();
        arguments.filter(|argument| argument.spec.role == ArgRole::Control)
    };
    controls().any(|argument| argument.spec.holds.set().is_some()) && controls().all(is_own)
}

/// Whether an argument is the owner's own words, and no object that has readers.
fn is_own(argument: &Argument) -> bool {
    is_owners(&argument.control_label())
}

/// Whether a label is that of the owner's own words, in which nothing else had a say.
pub(super) fn is_owners(label: &Label) -> bool {
    label.integrity == Integrity::Owner && label.sources.is_empty() && !label.selected
}

fn whom(people: BTreeSet<String>, grounds: &dyn Grounds) -> Audience {
    let named = people.into_iter().map(|identity| {
        let named = grounds.names(&identity);
        (identity, named)
    });
    let people: BTreeMap<String, bool> = named.collect();
    if people.is_empty() {
        Audience::Nobody
    } else {
        Audience::People(people)
    }
}

fn collect_identities(item: &Item, set: &str, into: &mut BTreeSet<String>) {
    match item.peek() {
        Value::Text(text) if !text.trim().is_empty() => {
            into.insert(identity(set, text));
        }
        Value::Int(number) => {
            into.insert(identity(set, &number.to_string()));
        }
        Value::List(items) => items
            .iter()
            .for_each(|item| collect_identities(item, set, into)),
        Value::Record(fields) => fields
            .values()
            .for_each(|item| collect_identities(item, set, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Time(_) => {}
    }
}

/// Somebody as labels write them: `mail:ada@example.org`.
pub fn identity(set: &str, text: &str) -> String {
    format!("{set}:{}", text.trim().to_lowercase())
}
