//! A new contact: written under an id of our own, and read back.
//!
//! The one thing to know: it is written only where there is nothing, so a request that arrives twice
//! does nothing the second time. What the owner is shown is what the service then has.

use super::super::family::contacts::mirror::{self, Book};
use super::super::family::contacts::{self};
use super::{Stage, place, request, syncing};
use crate::egress::account::Account;
use crate::format::vcard::{self, Card, Entry, Version};
use crate::http::Method;
use crate::tool::{Answer, Call, CallContext, Kind, Progress, ToolError, ToolOutput};
use std::collections::BTreeSet;

/// What is read back.
pub(super) struct Back {
    pub(super) uid: String,
    pub(super) at: String,
    pub(super) sure: bool,
    pub(super) again: bool,
}

pub(super) fn start(
    account: &Account,
    call: &Call,
    book: &Book,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let uid = context.ids.token();
    mirror::keep_added(&uid, call, context.documents)?;
    let at = format!("{}{uid}.vcf", book.place);
    write(account, call, uid, &at, false)
}

fn write(
    account: &Account,
    call: &Call,
    uid: String,
    at: &str,
    again: bool,
) -> Result<Progress, ToolError> {
    let body = vcard::write(&card(&uid, call), Version::V3);
    let headers = [
        ("content-type", "text/vcard; charset=utf-8"),
        ("if-none-match", "*"),
    ];
    let stage = Stage::Put {
        uid,
        at: at.to_owned(),
        again,
    };
    request(account, Method::Put, at, &headers, body, &stage)
}

fn card(uid: &str, call: &Call) -> Card {
    let entry = |name: &str| {
        let value = call.text(name).trim().to_owned();
        let kinds = Vec::new();
        let entry = (!value.is_empty()).then_some(Entry { value, kinds });
        entry.into_iter().collect()
    };
    let name = call.text("name").trim();
    let (given, family) = parts(name);
    Card {
        uid: uid.to_owned(),
        name: name.to_owned(),
        given: given.to_owned(),
        family: family.to_owned(),
        emails: entry("address"),
        phones: entry("phone"),
        ..Card::default()
    }
}

/// Given and family name, where a name is plain enough to guess.
fn parts(name: &str) -> (&str, &str) {
    let plain = |c: char| c.is_alphabetic() || c.is_whitespace() || "-'’.".contains(c);
    match name.rsplit_once(char::is_whitespace) {
        Some((given, family)) if name.chars().all(plain) => (given.trim(), family),
        _ => (name, ""),
    }
}

/// Takes the answer to a new contact.
pub(super) fn put(
    account: &Account,
    uid: String,
    at: &str,
    again: bool,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    match answer.status {
        200 | 201 | 204 => {
            // A service may keep it elsewhere, and then says where.
            let moved = answer
                .header("location")
                .and_then(|to| place(account, at, to));
            look(account, uid, moved.as_deref().unwrap_or(at), true, again)
        }
        // Something is there already: what was sent before its answer was lost.
        412 => look(account, uid, at, false, true),
        404 | 409 | 410 => {
            // The book is not where it was. Nothing was written.
            Book::forget(context.documents)?;
            Err(ToolError::Unavailable)
        }
        400..=499 => Err(ToolError::Unavailable),
        // Whether it has it is seen there.
        _ => look(account, uid, at, false, again),
    }
}

/// Reads it back.
pub(super) fn look(
    account: &Account,
    uid: String,
    at: &str,
    sure: bool,
    again: bool,
) -> Result<Progress, ToolError> {
    let stage = Stage::Back {
        uid,
        at: at.to_owned(),
        sure,
        again,
    };
    let headers = [("accept", "text/vcard")];
    request(account, Method::Get, at, &headers, String::new(), &stage)
}

/// Takes what was read back.
pub(super) fn back(
    account: &'static Account,
    call: &Call,
    back: Back,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    match answer.status {
        200 => {}
        // It never arrived. Written where nothing is, it can arrive once.
        404 | 410 if !back.sure && !back.again => {
            return write(account, call, back.uid, &back.at, true);
        }
        _ => return Err(ToolError::Unknown),
    }
    let version = answer.header("etag").unwrap_or_default();
    let text = String::from_utf8_lossy(&answer.body);
    let row = syncing::row(&back.at, version, &text);
    // Whatever else is there is not what was written.
    let row = row
        .filter(|row| row.uid == back.uid)
        .ok_or(ToolError::Unknown)?;
    let item = contacts::added_item(account, &row, call);
    mirror::change(vec![row], &BTreeSet::new(), context.documents)?;
    Ok(Progress::Done(ToolOutput::new(Kind::Contact, item)))
}
