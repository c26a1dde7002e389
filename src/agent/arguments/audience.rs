//! Who learns what a call carries, and whether the owner named them.

use super::{Grounds, identity, is_field_name, is_owners};
use crate::label::Readers;
use crate::tool::{ArgRole, Argument, Audience, Call, Sinks};
use crate::value::{Item, Value};
use std::collections::BTreeMap;

/// Who learns what a call carries.
pub(super) fn audience(call: &Call, grounds: &dyn Grounds) -> Audience {
    match call.spec.sinks {
        Sinks::Nobody => Audience::Nobody,
        Sinks::Everyone => Audience::Everyone {
            named: is_place_named(call),
        },
        Sinks::Args(names) => {
            let mut people = BTreeMap::new();
            for argument in names.iter().filter_map(|name| call.args.get(name)) {
                let set = argument.spec.holds.set().unwrap_or("id");
                collect_identities(&argument.item, true, set, &mut people);
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
                Readers::Only(people) => {
                    let people = people.iter().map(|identity| (identity.clone(), false));
                    whom(people.collect(), grounds)
                }
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

/// Who learns what a call carries, each with whether the owner named them. What the planner wrote
/// out in the owner's words (`true`) may stand in the message like any other word.
fn whom(people: BTreeMap<String, bool>, grounds: &dyn Grounds) -> Audience {
    let named = people.into_iter().map(|(identity, written)| {
        let named = grounds.names(&identity) || written && grounds.mentions(&identity);
        (identity, named)
    });
    let people: BTreeMap<String, bool> = named.collect();
    if people.is_empty() {
        Audience::Nobody
    } else {
        Audience::People(people)
    }
}

/// The identities in a value, each with whether the owner's own words are all that has a say in it.
fn collect_identities(item: &Item, around: bool, set: &str, into: &mut BTreeMap<String, bool>) {
    let own = around && is_owners(item.label());
    let mut add = |name: &str| {
        let all = into.entry(identity(set, name)).or_insert(own);
        *all = *all && own;
    };
    match item.peek() {
        Value::Text(text) if !text.trim().is_empty() => add(text),
        Value::Int(number) => add(&number.to_string()),
        Value::List(items) => items
            .iter()
            .for_each(|item| collect_identities(item, own, set, into)),
        Value::Record(fields) => {
            // A key that is no field's name may be somebody's.
            let keys = fields.keys().filter(|name| !is_field_name(name));
            keys.for_each(|name| add(name));
            for item in fields.values() {
                collect_identities(item, own, set, into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Time(_) => {}
    }
}
