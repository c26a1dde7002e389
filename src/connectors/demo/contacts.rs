//! The demo account's address book, which the owner keeps and nobody else writes to.
//!
//! The one thing to know: what is added is kept as in the book that the agent keeps for owners with
//! accounts; only those who are here from the start are the demo account's own.

use super::super::Called;
use super::super::family::contacts::{book, people};
use super::super::parts::{absent, made_here, private, source_of, text};
use super::seed::{CONTACTS, OWNER_ADDRESS, SeedContact};
use crate::label::{Capacity, Label};
use crate::tool::{Call, CallContext, Documents, Kind, ToolError, ToolOutput};
use crate::value::{Item, record};
use people::Person;

/// Finds contacts: those that were added first, the last one foremost.
pub(super) fn find(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    Ok(book::found(call, all(context.documents)?))
}

/// Adds a contact.
pub(super) fn add(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    book::add(call, context, &str::to_owned)
}

/// Every contact: those that were added first.
fn all(documents: &dyn Documents) -> Result<Vec<Item>, ToolError> {
    let added = book::added(documents)?.into_iter();
    let mut all: Vec<Item> = added.map(|contact| contact.item(&str::to_owned)).collect();
    all.extend(CONTACTS.iter().map(item));
    Ok(all)
}

fn everybody(documents: &dyn Documents) -> Vec<Person> {
    // A store that fails knows nobody: then the owner is asked.
    let all = all(documents).unwrap_or_default();
    all.iter().map(book::person).collect()
}

/// Whether an address or a phone number is in the address book.
pub(super) fn knows(set: &str, identifier: &str, documents: &dyn Documents) -> bool {
    match set {
        "mail" if identifier.trim().eq_ignore_ascii_case(OWNER_ADDRESS) => true,
        "mail" | "phone" => people::knows(set, identifier, &everybody(documents)),
        _ => false,
    }
}

/// The names by which the owner may call whoever has an address.
pub(super) fn called(set: &str, identifier: &str, documents: &dyn Documents) -> Vec<Called> {
    if set != "mail" {
        return Vec::new();
    }
    people::called(identifier, &everybody(documents))
}

fn item(contact: &SeedContact) -> Item {
    let source = source_of(Kind::Contact, contact.id);
    let known = |capacity| Label {
        capacity,
        ..private(&source)
    };
    let words = known(Capacity::Text);
    let phone = if contact.phone.is_empty() {
        absent()
    } else {
        text(contact.phone, words.clone())
    };
    record(
        made_here(&source),
        [
            ("id", text(contact.id, known(Capacity::Id))),
            ("name", text(contact.name, words.clone())),
            ("address", text(contact.address, words)),
            ("phone", phone),
        ],
    )
}
