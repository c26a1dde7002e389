//! The demo account's address book, which the owner keeps and nobody else writes to.
//!
//! The one thing to know: a contact that was added keeps the labels it came in with, so an address
//! that a stranger wrote is no better for standing here.

use super::super::parts::{
    Search, absent, document, given, list, made_here, private, read, source_of, text,
};
use super::seed::{CONTACTS, SeedContact};
use crate::label::{Capacity, Label};
use crate::tool::{Call, CallContext, Kind, ToolError, ToolOutput};
use crate::value::{Item, record};
use serde::{Deserialize, Serialize};

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
    let stored = context
        .documents
        .list(COLLECTION, i64::MIN, i64::MAX, SEARCHED_MAX)?;
    let added = stored.into_iter().map(read::<Added>);
    let mut found = added
        .map(|contact| contact.map(Added::item))
        .collect::<Result<Vec<_>, _>>()?;
    found.extend(CONTACTS.iter().map(item));
    let found = found
        .into_iter()
        .filter(|contact| search.fits_record(contact, &["name", "address", "phone"]));
    Ok(list(Kind::Contacts, call, found.take(FOUND_MAX)))
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
