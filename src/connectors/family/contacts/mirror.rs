//! The copy of a service's address book that policy looks at.
//!
//! The one thing to know: it is only as new as the last look, and what the service does not have any
//! more goes from it. It is in pieces, by a hash of each contact's id, so that a change writes one.

use super::super::super::access::Kept;
use super::super::super::parts::{document, read};
use super::people::Person;
use crate::egress::account::Account;
use crate::label::Integrity;
use crate::time::Timestamp;
use crate::tool::{Call, Documents, ToolError};
use crate::value::Item;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most contacts of one book.
pub(in super::super::super) const ROWS_MAX: usize = 2_000;
const PIECES: u32 = 32;
/// More would not fit into a document.
const ROWS_OF_PIECE_MAX: usize = 100;
const PIECE: &str = "piece";
const BOOK: &str = "book";
const ADDED: &str = "added";
/// The most contacts that were added for others; after them none is added.
const ADDED_MAX: u32 = 500;

const NAME_BYTES_MAX: usize = 200;
const ENTRIES_MAX: usize = 4;
const ENTRY_BYTES_MAX: usize = 254;

/// A contact, as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super::super) struct Row {
    /// What its service finds it by.
    pub(in super::super::super) id: String,
    /// Its own id, which stays when it is moved.
    pub(in super::super::super) uid: String,
    /// Its version.
    pub(in super::super::super) version: String,
    pub(in super::super::super) name: String,
    pub(in super::super::super) addresses: Vec<String>,
    pub(in super::super::super) phones: Vec<String>,
}

impl Row {
    /// The same within the limits. An address that is too long is left out, since its beginning may
    /// be somebody else's.
    pub(in super::super::super) fn bounded(mut self) -> Self {
        for entries in [&mut self.addresses, &mut self.phones] {
            entries.retain(|entry| !entry.is_empty() && entry.len() <= ENTRY_BYTES_MAX);
            entries.truncate(ENTRIES_MAX);
        }
        let end = (0..=NAME_BYTES_MAX.min(self.name.len())).rev();
        let mut end = end.filter(|end| self.name.is_char_boundary(*end));
        self.name.truncate(end.next().unwrap_or(0));
        self
    }
}

/// What is known of the book itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super::super) struct Book {
    /// Where it is at its service.
    pub(in super::super::super) place: String,
    /// Whether being in it makes somebody known.
    pub(in super::super::super) is_trusted: bool,
    /// Whether its service can say what has changed since a token.
    pub(in super::super::super) tells_changes: bool,
    /// Whether its contacts were listed once.
    pub(in super::super::super) is_listed: bool,
    /// The token; empty before the first look.
    pub(in super::super::super) token: String,
    /// When something of it was written last.
    pub(in super::super::super) checked: i64,
    /// Contacts that have changed and are still to be fetched.
    pub(in super::super::super) pending: Vec<String>,
}

impl Book {
    /// What is known of the book of an account.
    pub(in super::super::super) fn of(
        documents: &dyn Documents,
    ) -> Result<Option<Self>, ToolError> {
        documents.get(BOOK, BOOK)?.map(read).transpose()
    }

    /// Keeps it, if it has changed.
    pub(in super::super::super) fn keep(
        mut self,
        documents: &mut dyn Documents,
        now: Timestamp,
    ) -> Result<(), ToolError> {
        let before = Self::of(documents)?.unwrap_or_default();
        self.checked = before.checked;
        if self == before {
            return Ok(());
        }
        self.checked = now.millis();
        Ok(documents.put(BOOK, document(BOOK, 0, &self)?)?)
    }

    /// Forgets the book and all that is in it.
    pub(in super::super::super) fn forget(documents: &mut dyn Documents) -> Result<(), ToolError> {
        for n in 0..PIECES {
            if documents.get(PIECE, &n.to_string())?.is_some() {
                documents.remove(PIECE, &n.to_string())?;
            }
        }
        documents.remove(BOOK, BOOK)?;
        Ok(())
    }
}

/// What this agent added for others, with its labels: so that it is no better for having been at a
/// service in between.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in super::super::super) struct Added {
    pub(in super::super::super) name: Item,
    pub(in super::super::super) address: Item,
    pub(in super::super::super) phone: Item,
}

/// Remembers the labels of a contact that is about to be added, if others had a say in it.
pub(in super::super::super) fn keep_added(
    uid: &str,
    call: &Call,
    documents: &mut dyn Documents,
) -> Result<(), ToolError> {
    let given = |name: &str| super::super::super::parts::given(call, name);
    let added = Added {
        name: given("name"),
        address: given("address"),
        phone: given("phone"),
    };
    let is_own = |item: &Item| item.total_label().integrity == Integrity::Owner;
    if [&added.name, &added.address, &added.phone]
        .into_iter()
        .all(is_own)
    {
        return Ok(());
    }
    let all = documents.list(ADDED, i64::MIN, i64::MAX, ADDED_MAX)?;
    let is_full = |all: usize| u32::try_from(all).map_or(true, |all| all >= ADDED_MAX);
    if is_full(all.len()) {
        // Contacts that the book has no more need none.
        let rows = rows(documents)?;
        let uids: BTreeSet<&str> = rows.iter().map(|row| row.uid.as_str()).collect();
        let gone = all.iter().filter(|one| !uids.contains(one.id.as_str()));
        let mut left = all.len();
        for one in gone {
            documents.remove(ADDED, &one.id)?;
            left = left.saturating_sub(1);
        }
        if is_full(left) {
            return Err(ToolError::Unavailable);
        }
    }
    Ok(documents.put(ADDED, document(uid, 0, &added)?)?)
}

/// What was added for others, by its own id.
pub(in super::super::super) fn added(
    documents: &dyn Documents,
) -> Result<BTreeMap<String, Added>, ToolError> {
    let all = documents.list(ADDED, i64::MIN, i64::MAX, ADDED_MAX)?;
    let all = all.into_iter();
    all.map(|one| Ok((one.id.clone(), read(one)?))).collect()
}

#[derive(Default, Serialize, Deserialize)]
struct Piece {
    rows: Vec<Row>,
}

fn piece_of(id: &str) -> String {
    // FNV-1a: any spread does.
    let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    (hash % PIECES).to_string()
}

/// Every contact of a book.
pub(in super::super::super) fn rows(documents: &dyn Documents) -> Result<Vec<Row>, ToolError> {
    let pieces = documents.list(PIECE, i64::MIN, i64::MAX, PIECES)?;
    let mut rows = Vec::new();
    for piece in pieces {
        rows.extend(read::<Piece>(piece)?.rows);
    }
    Ok(rows)
}

/// Takes in what has changed and takes out what is gone. A piece that stays the same is not written.
pub(in super::super::super) fn change(
    changed: Vec<Row>,
    gone: &BTreeSet<String>,
    documents: &mut dyn Documents,
) -> Result<(), ToolError> {
    let mut by_piece: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for id in gone {
        by_piece.entry(piece_of(id)).or_default();
    }
    for row in changed {
        by_piece.entry(piece_of(&row.id)).or_default().push(row);
    }
    for (name, changed) in by_piece {
        let before = documents
            .get(PIECE, &name)?
            .map(read::<Piece>)
            .transpose()?;
        let before = before.unwrap_or_default().rows;
        let mut rows: BTreeMap<String, Row> = before
            .iter()
            .filter(|row| !gone.contains(&row.id))
            .map(|row| (row.id.clone(), row.clone()))
            .collect();
        for row in changed {
            if rows.len() < ROWS_OF_PIECE_MAX || rows.contains_key(&row.id) {
                rows.insert(row.id.clone(), row);
            }
        }
        let after: Vec<Row> = rows.into_values().collect();
        if after.is_empty() && !before.is_empty() {
            documents.remove(PIECE, &name)?;
        } else if after != before {
            documents.put(PIECE, document(&name, 0, &Piece { rows: after })?)?;
        }
    }
    Ok(())
}

/// Those who are in the copy of an account's book.
pub(super) fn people(account: &Account, kept: &Kept<'_>) -> Vec<Person> {
    let book = kept
        .get(account, BOOK, BOOK)
        .and_then(|it| read::<Book>(it).ok());
    let is_trusted = book.is_some_and(|book| book.is_trusted);
    let added: BTreeMap<String, Item> = kept
        .list(account, ADDED, ADDED_MAX)
        .into_iter()
        .filter_map(|one| Some((one.id.clone(), read::<Added>(one).ok()?.name)))
        .collect();
    let pieces = kept.list(account, PIECE, PIECES).into_iter();
    // A piece that cannot be read has nobody in it.
    let rows = pieces.filter_map(|piece| read::<Piece>(piece).ok());
    rows.flat_map(|piece| piece.rows)
        .map(|row| {
            // Whatever has become of the name since: a service may have changed a blank in it.
            let is_strange = |name: &Item| name.total_label().integrity == Integrity::Untrusted;
            Person {
                is_named: is_trusted && !added.get(&row.uid).is_some_and(is_strange),
                is_known: is_trusted,
                name: row.name,
                addresses: row.addresses,
                phones: row.phones,
            }
        })
        .collect()
}
