//! The copy of the book is brought up to date.
//!
//! The one thing to know: what changed is noted with the new token before it is fetched, so whatever
//! breaks off is gone on with the next time. What a list does not have any more goes from the copy at
//! once, before anything is fetched.

use super::super::family::contacts::mirror::{self, Book, ROWS_MAX, Row};
use super::{Stage, found, place, request};
use crate::egress::account::Account;
use crate::format::dav::{self, Multistatus, Prop};
use crate::format::vcard::{self, Card, Kind};
use crate::http::Method;
use crate::tool::{Answer, Call, CallContext, Progress, ToolError};
use std::collections::{BTreeMap, BTreeSet};

/// How many contacts one request fetches.
const FETCHED_MAX: usize = 100;
/// How many requests one call may take for it.
const ROUNDS_MAX: u8 = 30;
const ID_BYTES_MAX: usize = 300;
const VERSION_BYTES_MAX: usize = 200;
const UID_BYTES_MAX: usize = 200;

/// Asks what has changed.
pub(super) fn start(account: &Account, book: &Book) -> Result<Progress, ToolError> {
    ask(account, book, 0)
}

fn ask(account: &Account, book: &Book, round: u8) -> Result<Progress, ToolError> {
    let headers = [("depth", "0")];
    if !book.tells_changes {
        let body = dav::propfind(&[Prop::Etag, Prop::ResourceType]);
        let headers = [("depth", "1")];
        let stage = Stage::All { round };
        return request(
            account,
            Method::Propfind,
            &book.place,
            &headers,
            body,
            &stage,
        );
    }
    let body = dav::sync_collection(&book.token);
    let token = book.token.clone();
    let stage = Stage::Changes { token, round };
    request(account, Method::Report, &book.place, &headers, body, &stage)
}

/// The book, which a call that runs beside this one may have forgotten.
fn book_of(context: &CallContext<'_>) -> Result<Book, ToolError> {
    Book::of(context.documents)?.ok_or(ToolError::Unavailable)
}

/// Takes what has changed since a token.
pub(super) fn changes(
    account: &'static Account,
    call: &Call,
    token: &str,
    round: u8,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let mut book = book_of(context)?;
    match answer.status {
        207 => {}
        404 | 410 => return lost(context),
        _ => {
            let refused = dav::conditions(&answer.body);
            // One that needs a permission says which.
            if answer.status == 403 && refused.iter().any(|one| one == "need-privileges") {
                return Err(ToolError::Auth);
            }
            if token.is_empty() {
                book.tells_changes = false;
            } else {
                book.token = String::new();
            }
            let next = ask(account, &book, round.saturating_add(1));
            book.keep(context.documents, context.now)?;
            return next;
        }
    }
    let said = dav::read(&answer.body).map_err(|_| ToolError::Unavailable)?;
    let next = said.sync_token.clone().ok_or(ToolError::Unavailable)?;
    let mut there = There::of(account, &book.place, &said);
    there.is_whole = token.is_empty();
    book.token = next;
    take(account, call, book, there, round, context)
}

/// Takes all that is there.
pub(super) fn all(
    account: &'static Account,
    call: &Call,
    round: u8,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let book = book_of(context)?;
    match answer.status {
        207 => {}
        404 | 410 => return lost(context),
        _ => return Err(ToolError::Unavailable),
    }
    let said = dav::read(&answer.body).map_err(|_| ToolError::Unavailable)?;
    let mut there = There::of(account, &book.place, &said);
    there.is_whole = true;
    take(account, call, book, there, round, context)
}

/// The book is not there any more: nobody is known by it, and it is looked for anew the next time.
/// Not at once, since a service may name a book that it then does not have.
fn lost(context: &mut CallContext<'_>) -> Result<Progress, ToolError> {
    Book::forget(context.documents)?;
    Err(ToolError::Unavailable)
}

/// What an answer says of the contacts in a book.
#[derive(Default)]
struct There {
    /// The versions of those that are there.
    versions: BTreeMap<String, String>,
    gone: BTreeSet<String>,
    /// Whether there is more.
    more: bool,
    /// Whether it says all that is there, rather than what has changed.
    is_whole: bool,
}

impl There {
    fn of(account: &Account, book: &str, said: &Multistatus) -> Self {
        let mut there = Self::default();
        for one in &said.responses {
            let Some(id) = place(account, book, &one.href) else {
                continue;
            };
            if id == book || id == book.trim_end_matches('/') {
                there.more = there.more || one.status == Some(507);
                continue;
            }
            let name = id.strip_prefix(book);
            let is_inside = name.is_some_and(|name| !name.is_empty() && !name.contains('/'));
            if !is_inside || id.len() > ID_BYTES_MAX || one.props.is_collection {
                continue;
            }
            if matches!(one.status, Some(404 | 410)) {
                there.gone.insert(id);
            } else if let Some(version) = &one.props.etag
                && version.len() <= VERSION_BYTES_MAX
                && there.versions.len() < ROWS_MAX
            {
                there.versions.insert(id, version.clone());
            }
        }
        there
    }
}

/// Takes out what is gone, notes what has changed, and fetches it.
fn take(
    account: &'static Account,
    call: &Call,
    mut book: Book,
    mut there: There,
    round: u8,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let rows = mirror::rows(context.documents)?;
    let known: BTreeMap<&str, &str> = rows
        .iter()
        .map(|row| (row.id.as_str(), row.version.as_str()))
        .collect();
    if there.is_whole {
        let gone = known.keys().filter(|id| !there.versions.contains_key(**id));
        there.gone.extend(gone.map(|id| (*id).to_owned()));
        book.pending.clear();
    }
    let is_new = |(id, version): &(&String, &String)| {
        known.get(id.as_str()).copied() != Some(version.as_str())
    };
    let changed: Vec<String> = there
        .versions
        .iter()
        .filter(is_new)
        .map(|(id, _)| id.clone())
        .collect();
    book.is_listed = true;
    book.pending.retain(|id| !there.gone.contains(id));
    for id in changed {
        if !book.pending.contains(&id) && book.pending.len() < ROWS_MAX {
            book.pending.push(id);
        }
    }
    mirror::change(Vec::new(), &there.gone, context.documents)?;
    if there.more && round < ROUNDS_MAX {
        let next = ask(account, &book, round.saturating_add(1));
        book.keep(context.documents, context.now)?;
        return next;
    }
    fetch(account, call, book, round, context)
}

/// Fetches what is still to be fetched, or answers the call.
fn fetch(
    account: &'static Account,
    call: &Call,
    book: Book,
    round: u8,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let ids: Vec<String> = book.pending.iter().take(FETCHED_MAX).cloned().collect();
    let at = book.place.clone();
    book.keep(context.documents, context.now)?;
    if ids.is_empty() || round >= ROUNDS_MAX {
        return found(account, call, context);
    }
    let hrefs: Vec<&str> = ids.iter().map(|id| path_of(id)).collect();
    let body = dav::addressbook_multiget(&hrefs);
    let headers = [("depth", "1")];
    let stage = Stage::Cards {
        ids,
        round: round.saturating_add(1),
    };
    request(account, Method::Report, &at, &headers, body, &stage)
}

/// The path in an id, which is an address where a service has its books on another host.
fn path_of(id: &str) -> &str {
    let rest = id.strip_prefix("https://");
    let path = rest.and_then(|rest| rest.get(rest.find('/')?..));
    path.unwrap_or(id)
}

/// Takes contacts that were fetched.
pub(super) fn cards(
    account: &'static Account,
    call: &Call,
    ids: &[String],
    round: u8,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let mut book = book_of(context)?;
    match answer.status {
        207 => {}
        404 | 410 => return lost(context),
        _ => return Err(ToolError::Unavailable),
    }
    let said = dav::read(&answer.body).map_err(|_| ToolError::Unavailable)?;
    let mut rows = Vec::new();
    // What cannot be read any more is not what it was, so it is not known any more.
    let mut gone: BTreeSet<String> = ids.iter().cloned().collect();
    for one in &said.responses {
        let id = place(account, &book.place, &one.href);
        let Some(id) = id.filter(|id| ids.contains(id)) else {
            continue;
        };
        let version = one.props.etag.clone().unwrap_or_default();
        let data = one.props.address_data.as_deref();
        if let Some(row) = data.and_then(|data| row(&id, &version, data)) {
            gone.remove(&id);
            rows.push(row);
        }
    }
    book.pending.retain(|id| !ids.contains(id));
    mirror::change(rows, &gone, context.documents)?;
    fetch(account, call, book, round, context)
}

/// A contact, as far as the copy has it; `None` for a list of others, and for what is no card.
pub(super) fn row(id: &str, version: &str, data: &str) -> Option<Row> {
    let card: Card = vcard::read(data).ok()?.into_iter().next()?;
    if card.kind == Kind::Group || card.uid.len() > UID_BYTES_MAX {
        return None;
    }
    let values = |entries: Vec<vcard::Entry>| {
        let values = entries.into_iter().map(|entry| entry.value);
        values.collect::<Vec<_>>()
    };
    let row = Row {
        id: id.to_owned(),
        uid: card.uid,
        version: version.to_owned(),
        name: card.name,
        addresses: values(card.emails),
        phones: values(card.phones),
    };
    Some(row.bounded())
}
