//! Contacts by CardDAV (RFC 6352), with `sync-collection` (RFC 6578) where a service has it.
//!
//! The one thing to know: a search is answered from the copy of the book that policy looks at too, so
//! first the copy is brought up to date: usually by one request, which tells what has changed. A new
//! contact is written under an id of our own and only where there is none, then read back.

mod adding;
mod finding;
mod syncing;

use super::accounts::Service;
use super::family::contacts::mirror::{self, Book};
use super::family::contacts::{self, book};
use super::parts::fold;
use crate::egress::account::{Account, Api, Way};
use crate::egress::table::Target;
use crate::format::dav;
use crate::http::{Method, Request};
use crate::time::Timestamp;
use crate::tool::{Answer, Call, CallContext, EffectClass, Progress, ToolError, ToolSpec};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Lost;

const XML: &[&str] = &["application/xml", "text/xml"];

/// What may be asked.
pub const API: Api = Api {
    name: "carddav",
    user: "contacts",
    host: None,
    ways: &[
        Way {
            methods: &[Method::Propfind, Method::Report],
            path: "/**",
            accepts: XML,
            request_bytes_max: 256 * 1024,
            response_bytes_max: 8 << 20,
            timeout_ms: 20_000,
            per_minute: 120,
        },
        Way {
            methods: &[Method::Get],
            path: "/**",
            accepts: &["text/vcard", "text/x-vcard", "text/directory"],
            request_bytes_max: 0,
            response_bytes_max: 2 << 20,
            timeout_ms: 15_000,
            per_minute: 60,
        },
        Way {
            methods: &[Method::Put],
            path: "/**",
            // What a service says beside its status is not read.
            accepts: &[],
            request_bytes_max: 64 * 1024,
            response_bytes_max: 64 * 1024,
            timeout_ms: 15_000,
            per_minute: 30,
        },
    ],
    grant: None,
};

/// The service.
pub const SERVICE: &dyn Service = &CardDav;

struct CardDav;

/// What a request was for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
enum Stage {
    /// Where the book is.
    Find {
        place: finding::Place,
        at: String,
        hops: u8,
        /// Who is logged in, once that is known.
        who: String,
    },
    /// What has changed since a token, or what is there.
    Changes { token: String, round: u8 },
    /// What is there, where a service does not tell changes.
    All { round: u8 },
    /// Some contacts.
    Cards { ids: Vec<String>, round: u8 },
    /// A new contact is written.
    Put {
        uid: String,
        at: String,
        again: bool,
    },
    /// It is read back. `sure` if the service said that it has it.
    Back {
        uid: String,
        at: String,
        sure: bool,
        again: bool,
    },
}

impl Service for CardDav {
    fn run(
        &self,
        account: &'static Account,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        match Book::of(context.documents)? {
            Some(book) if is_meant(account, &book) => begin(account, call, &book, context),
            Some(_) => {
                Book::forget(context.documents)?;
                finding::start(account)
            }
            None => finding::start(account),
        }
    }

    fn go_on(
        &self,
        account: &'static Account,
        call: &Call,
        stage: &Json,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let stage = read(stage)?;
        match stage {
            Stage::Find {
                place,
                at,
                hops,
                who,
            } => {
                let found = finding::go_on(account, place, (&at, &who), hops, answer)?;
                match found {
                    finding::Found::Next(progress) => Ok(progress),
                    finding::Found::Book(book) => {
                        book.clone().keep(context.documents, context.now)?;
                        begin(account, call, &book, context)
                    }
                }
            }
            Stage::Changes { token, round } => {
                syncing::changes(account, call, &token, round, answer, context)
            }
            Stage::All { round } => syncing::all(account, call, round, answer, context),
            Stage::Cards { ids, round } => {
                syncing::cards(account, call, &ids, round, answer, context)
            }
            Stage::Put { uid, at, again } => adding::put(account, uid, &at, again, answer, context),
            Stage::Back {
                uid,
                at,
                sure,
                again,
            } => {
                let back = adding::Back {
                    uid,
                    at,
                    sure,
                    again,
                };
                adding::back(account, call, back, answer, context)
            }
        }
    }

    fn takes(&self, stage: &Json, status: u16) -> bool {
        match read(stage) {
            // A service may refuse a token, a report or a place in many ways.
            Ok(Stage::Changes { .. }) => matches!(status, 400..=599) && !is_of_door(status),
            Ok(Stage::Find { .. }) => matches!(status, 404 | 405 | 410),
            Ok(Stage::All { .. } | Stage::Cards { .. }) => matches!(status, 404 | 410),
            Ok(Stage::Put { .. }) => matches!(status, 404 | 409 | 410 | 412),
            Ok(Stage::Back { .. }) => matches!(status, 404 | 410),
            Err(_) => false,
        }
    }

    fn lost(&self, spec: &ToolSpec, stage: &Json) -> Lost {
        match read(stage) {
            Ok(Stage::Put { .. } | Stage::Back { .. }) => Lost::FindOut,
            Ok(_) => Lost::Again,
            Err(_) if spec.effect == EffectClass::Read => Lost::Again,
            Err(_) => Lost::Unknown,
        }
    }

    fn find_out(
        &self,
        account: &'static Account,
        _: &Call,
        stage: &Json,
        _: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        match read(stage)? {
            Stage::Put { uid, at, again } => adding::look(account, uid, &at, false, again),
            Stage::Back {
                uid,
                at,
                sure,
                again,
            } => adding::look(account, uid, &at, sure, again),
            Stage::Find { .. }
            | Stage::Changes { .. }
            | Stage::All { .. }
            | Stage::Cards { .. } => Err(ToolError::Unknown),
        }
    }

    fn taken(&self, stage: &Json) -> bool {
        matches!(read(stage), Ok(Stage::Back { .. }))
    }
}

/// What is about the request as such, and about no token.
fn is_of_door(status: u16) -> bool {
    matches!(status, 401 | 429 | 500 | 502 | 503 | 504)
}

fn read(stage: &Json) -> Result<Stage, ToolError> {
    serde_json::from_value(stage.clone()).map_err(|_| ToolError::Unavailable)
}

/// Whether a book is the one that the deployment names, if it names one.
fn is_meant(account: &Account, book: &Book) -> bool {
    account.collection.is_empty() || folder(account.collection) == book.place
}

fn folder(path: &str) -> String {
    format!("{}/", path.trim_end_matches('/'))
}

/// Begins a call, once it is known where the book is.
fn begin(
    account: &'static Account,
    call: &Call,
    book: &Book,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    match call.spec.name {
        // What somebody else shares is not written to, unless whoever deployed it says so.
        "contacts_add" if !book.is_trusted && account.collection.is_empty() => {
            Err(ToolError::Unavailable)
        }
        "contacts_add" => adding::start(account, call, book, context),
        "contacts_find" => {
            let checked = Timestamp::from_millis(book.checked);
            if book.is_listed && book.pending.is_empty() && !contacts::is_old(checked, context.now)
            {
                return found(account, call, context);
            }
            syncing::start(account, book)
        }
        _ => Err(ToolError::Unavailable),
    }
}

/// What the copy has for a search, in the order of names.
fn found(
    account: &'static Account,
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let is_trusted = Book::of(context.documents)?.is_some_and(|book| book.is_trusted);
    let added = mirror::added(context.documents)?;
    let mut rows = mirror::rows(context.documents)?;
    rows.sort_by_cached_key(|row| fold(&row.name));
    let items = rows
        .iter()
        .flat_map(|row| contacts::items(account, row, is_trusted, added.get(&row.uid)));
    Ok(Progress::Done(book::found(call, items)))
}

/// A request to a place of the service.
fn request(
    account: &Account,
    method: Method,
    at: &str,
    headers: &[(&str, &str)],
    body: String,
    stage: &Stage,
) -> Result<Progress, ToolError> {
    let mut all: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    if matches!(method, Method::Propfind | Method::Report) {
        let kind = "application/xml; charset=utf-8".to_owned();
        all.push(("content-type".to_owned(), kind));
    }
    Ok(Progress::Send {
        request: Request {
            method,
            url: account.named(at).ok_or(ToolError::Unavailable)?,
            headers: all,
            body: body.into_bytes(),
        },
        stage: serde_json::to_value(stage).map_err(|_| ToolError::Unavailable)?,
    })
}

/// Where a service says that something is: a path of its own, or an address that it names. `at` is
/// what was asked.
fn place(account: &Account, at: &str, said: &str) -> Option<String> {
    let host = match account.target {
        Target::Host(host) => Some(host),
        // What such a service calls itself is not known here.
        Target::BaseUrl(_) | Target::Ai(_) => None,
    };
    let base = if at.starts_with('/') {
        format!("https://{}{at}", host.unwrap_or("own.invalid"))
    } else {
        at.to_owned()
    };
    let found = dav::resolve(&base, said.trim())?.url;
    let (scheme, rest) = found.split_once("://")?;
    let (named, path) = rest.split_at_checked(rest.find('/')?)?;
    // One that stands behind another server may think that it is asked by http. What is asked goes
    // to the host of the account, whatever the scheme that it names.
    if host.is_none_or(|host| host.eq_ignore_ascii_case(named)) {
        return Some(path.to_owned());
    }
    (scheme == "https").then_some(found)
}

#[cfg(test)]
mod tests;
