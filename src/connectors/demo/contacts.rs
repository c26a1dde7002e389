//! The demo account's address book, which the owner keeps and nobody else writes to.

use super::super::parts::{Search, list, made_here, private, source_of, text};
use super::seed::{CONTACTS, SeedContact};
use crate::label::{Capacity, Label};
use crate::tool::{Call, Kind, ToolOutput};
use crate::value::{Item, record};

/// The most contacts that one search returns.
const FOUND_MAX: usize = 20;

pub(super) fn find(call: &Call) -> ToolOutput {
    let search = Search::new(call.text("query"));
    let found = CONTACTS
        .iter()
        .filter(|contact| search.fits(&[contact.name, contact.address, contact.phone]))
        .take(FOUND_MAX)
        .map(item);
    list(Kind::Contacts, call, found)
}

fn item(contact: &SeedContact) -> Item {
    let source = source_of(Kind::Contact, contact.id);
    let known = |capacity| Label {
        capacity,
        ..private(&source)
    };
    let words = known(Capacity::Text);
    record(
        made_here(&source),
        [
            ("id", text(contact.id, known(Capacity::Id))),
            ("name", text(contact.name, words.clone())),
            ("address", text(contact.address, words.clone())),
            ("phone", text(contact.phone, words)),
        ],
    )
}
