//! What follows from the event that a call points at, and what a planner can get wrong about people.
//!
//! The one thing to know: an invitation tells all of the event, so its words are an argument of the
//! call, with the labels that they have: policy and the owner see what goes out.

use super::super::super::parts::{invalid, text};
use crate::label::{Capacity, Label};
use crate::tool::{Argument, Call, Origin, Shape, ToolError};
use crate::value::{Item, Step, Value};

/// What a planner can get wrong about people who are to be invited.
pub(in super::super::super) fn check_people(shape: &Shape) -> Result<(), ToolError> {
    match shape.literal("attendees") {
        Some(Value::List(people)) if people.is_empty() => {
            Err(invalid("attendees", "at least one mail address"))
        }
        _ => Ok(()),
    }
}

/// Adds what an invitation tells those who get it, and who gets an answer, so that policy and the
/// owner see it. Neither is the planner's to give: both are always the event's.
pub(in super::super::super) fn complete(call: &mut Call) {
    let Some(event) = call.item("event").cloned() else {
        return;
    };
    complete_organiser(call, &event);
    complete_details(call, &event);
}

fn complete_organiser(call: &mut Call, event: &Item) {
    let Some(spec) = call.spec.arg("organiser") else {
        return;
    };
    call.args.remove(spec.name);
    if let Some(organiser) = event.at(&[Step::Field("organiser".to_owned())]) {
        let origin = Origin::Handle("event.organiser".to_owned());
        let argument = Argument::new(spec, organiser, origin);
        call.args.insert(spec.name, argument);
    }
}

fn complete_details(call: &mut Call, event: &Item) {
    let Some(spec) = call.spec.arg("details") else {
        return;
    };
    let fields = ["title", "place", "about"];
    let parts = fields.map(|name| event.at(&[Step::Field(name.to_owned())]));
    let parts: Vec<Item> = parts.into_iter().flatten().collect();
    let words: Vec<&str> = parts.iter().filter_map(Item::text).collect();
    let label = parts
        .iter()
        .map(|part| part.label().clone())
        .reduce(|all, label| all.join(&label));
    let Some(label) = label else {
        return;
    };
    let label = Label {
        capacity: Capacity::Text,
        ..label
    };
    let item = text(words.join("\n"), label);
    let origin = Origin::Handle("event".to_owned());
    call.args
        .insert(spec.name, Argument::new(spec, item, origin));
}
