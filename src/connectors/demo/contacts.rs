//! The demo account's address book, which the owner keeps and nobody else writes to.
//!
//! The one thing to know: a contact that was added keeps the labels it came in with, so an address
//! that a stranger wrote is no better for standing here. Policy may ask whether an address is in it,
//! and by which names the owner calls whoever has that address.

use super::super::Called;
use super::super::parts::{
    Search, absent, document, fold, given, list, made_here, private, read, source_of, text,
};
use super::seed::{CONTACTS, OWNER_ADDRESS, SeedContact};
use crate::label::{Capacity, Integrity, Label};
use crate::tool::{Call, CallContext, Documents, Kind, ToolError, ToolOutput};
use crate::value::{Item, Step, record};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const COLLECTION: &str = "contact";
/// The most contacts that one search returns.
const FOUND_MAX: usize = 20;
/// The most added contacts that one search looks at.
const SEARCHED_MAX: u32 = 1_000;

/// A contact that was added, as it is stored.
#[derive(Serialize, Deserialize)]
struct Added {
    id: String,
    name: Item,
    address: Item,
    phone: Item,
}

/// Finds contacts: those that were added first, the last one foremost.
pub(super) fn find(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let search = Search::new(call.text("query"));
    let found = all(context.documents)?
        .into_iter()
        .filter(|contact| search.fits_record(contact, &["name", "address", "phone"]));
    Ok(list(Kind::Contacts, call, found.take(FOUND_MAX)))
}

/// Every contact: those that were added first.
fn all(documents: &dyn Documents) -> Result<Vec<Item>, ToolError> {
    let stored = documents.list(COLLECTION, i64::MIN, i64::MAX, SEARCHED_MAX)?;
    let added = stored.into_iter().map(read::<Added>);
    let mut all = added
        .map(|contact| contact.map(Added::item))
        .collect::<Result<Vec<_>, _>>()?;
    all.extend(CONTACTS.iter().map(item));
    Ok(all)
}

/// Whether an address or a phone number is in the address book. What the owner did not write there
/// was added with the owner's consent, since policy asks about such an address.
pub(super) fn knows(set: &str, identifier: &str, documents: &dyn Documents) -> bool {
    let field = match set {
        "mail" if identifier.trim().eq_ignore_ascii_case(OWNER_ADDRESS) => return true,
        "mail" => "address",
        "phone" => "phone",
        _ => return false,
    };
    // A store that fails knows nobody: then the owner is asked.
    let all = all(documents).unwrap_or_default();
    all.iter().any(|contact| is_at(contact, field, identifier))
}

/// The names by which the owner may call whoever has an address: the whole name, each word of it
/// with a capital letter that no other contact has, and what stands in brackets behind it. What
/// follows a comma, such as a trade, names nobody, nor does a name that a stranger wrote.
pub(super) fn called(set: &str, identifier: &str, documents: &dyn Documents) -> Vec<Called> {
    if set != "mail" {
        return Vec::new();
    }
    let all = all(documents).unwrap_or_default();
    let names: Vec<(bool, Item)> = all
        .iter()
        .filter_map(|contact| {
            let name = contact.at(&[Step::Field("name".to_owned())])?;
            Some((is_at(contact, "address", identifier), name))
        })
        .collect();
    let of_others = names.iter().filter(|(is_it, _)| !is_it);
    let taken: BTreeSet<String> = of_others
        .filter_map(|(_, name)| name.text())
        .flat_map(words)
        .map(|word| fold(&word))
        .collect();
    let own = names
        .iter()
        .filter(|(is_it, name)| *is_it && name.label().integrity == Integrity::Owner);
    own.filter_map(|(_, name)| name.text())
        .flat_map(calls)
        .filter(|called| match called {
            Called::Whole(_) => true,
            Called::Part(word) => !taken.contains(&fold(word)),
        })
        .collect()
}

/// What somebody of this name is called.
fn calls(name: &str) -> Vec<Called> {
    let end = name.find([',', '(']).unwrap_or(name.len());
    let (whole, rest) = name.split_at_checked(end).unwrap_or((name, ""));
    let nickname = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let nickname = nickname.map_or("", |(nickname, _)| nickname);
    let mut calls = Vec::new();
    for name in [whole.trim(), nickname.trim()] {
        if name.contains(char::is_whitespace) {
            calls.push(Called::Whole(name.to_owned()));
        } else if !name.is_empty() {
            calls.push(Called::Part(name.to_owned()));
        }
    }
    if whole.trim().contains(char::is_whitespace) {
        let parts = words(whole).into_iter();
        let named = parts.filter(|word| word.starts_with(char::is_uppercase));
        calls.extend(named.map(Called::Part));
    }
    calls
}

fn is_at(contact: &Item, field: &str, identifier: &str) -> bool {
    let held = contact.field(field).and_then(Item::text);
    held.is_some_and(|held| held.trim().to_lowercase() == identifier.trim().to_lowercase())
}

/// The words of a name that are long enough to call somebody by.
fn words(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric() && c != '-');
    words
        .filter(|word| word.chars().count() >= 3)
        .map(str::to_owned)
        .collect()
}

/// Adds a contact.
pub(super) fn add(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let contact = Added {
        id: format!("contact-{}", context.ids.token()),
        name: given(call, "name"),
        address: given(call, "address"),
        phone: given(call, "phone"),
    };
    // Counted backwards, so that the newest come first from a store that lists upwards.
    let sort = context.now.millis().saturating_neg();
    context
        .documents
        .put(COLLECTION, document(&contact.id, sort, &contact)?)?;
    Ok(ToolOutput::new(Kind::Contact, contact.item()))
}

impl Added {
    fn item(self) -> Item {
        let source = source_of(Kind::Contact, &self.id);
        let known = private(&source);
        let id = Label {
            capacity: Capacity::Id,
            ..known.clone()
        };
        record(
            made_here(&source),
            [
                ("id", text(self.id, id)),
                ("name", self.name.tainted_by(&known)),
                ("address", self.address.tainted_by(&known)),
                ("phone", self.phone.tainted_by(&known)),
            ],
        )
    }
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
