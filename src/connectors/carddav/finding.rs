//! Where the owner's address book is (RFC 6764).
//!
//! The one thing to know: a book that fills itself with whoever wrote is passed over, and one that a
//! deployment names all the same makes nobody known.

use super::super::family::contacts::mirror::Book;
use super::super::parts::fold;
use super::{Stage, folder, place, request};
use crate::egress::account::Account;
use crate::format::dav::{self, Multistatus, Prop, Props};
use crate::http::Method;
use crate::tool::{Answer, Progress, ToolError};
use serde::{Deserialize, Serialize};

/// What a request was made to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// The address that every service should have.
    WellKnown,
    /// The beginning of the host, for those that have not.
    Root,
    /// Whoever is logged in.
    Principal,
    /// Where the books are.
    Home,
    /// The book that the deployment names.
    Named,
}

/// How far it got.
pub(super) enum Found {
    Next(Progress),
    Book(Book),
}

const HOPS_MAX: u8 = 3;
const BOOK: &[Prop] = &[
    Prop::ResourceType,
    Prop::DisplayName,
    Prop::SyncToken,
    Prop::Privileges,
];
const WAY: &[Prop] = &[
    Prop::CurrentUserPrincipal,
    Prop::AddressbookHomeSet,
    Prop::ResourceType,
];

/// Names of books that fill themselves, without blanks, accents and capitals.
const COLLECTING: &[&str] = &[
    "collected",
    "autosaved",
    "autocomplete",
    "othercontacts",
    "autrescontacts",
    "recentlycontacted",
    "recentcontacts",
    "contactsrecents",
    "suggested",
    "interaction",
    "frequent",
    "collecte",
    "enregistrementauto",
    "gesammelt",
];
/// Books of a service's own, in which others write who they are.
const OF_SERVICE: &[&str] = &[
    "z-server-generated",
    "z-app-generated",
    "/gal/",
    "directory",
];

pub(super) fn start(account: &Account) -> Result<Progress, ToolError> {
    if account.collection.is_empty() {
        ask(account, Place::WellKnown, "/.well-known/carddav", 0)
    } else {
        ask(account, Place::Named, &folder(account.collection), 0)
    }
}

fn ask(account: &Account, place: Place, at: &str, hops: u8) -> Result<Progress, ToolError> {
    let (props, depth) = match place {
        Place::WellKnown | Place::Root | Place::Principal => (WAY, "0"),
        Place::Home => (BOOK, "1"),
        Place::Named => (BOOK, "0"),
    };
    let stage = Stage::Find {
        place,
        at: at.to_owned(),
        hops,
    };
    let body = dav::propfind(props);
    let headers = [("depth", depth)];
    request(account, Method::Propfind, at, &headers, body, &stage)
}

pub(super) fn go_on(
    account: &Account,
    asked: Place,
    at: &str,
    hops: u8,
    answer: Answer<'_>,
) -> Result<Found, ToolError> {
    match answer.status {
        207 => {}
        301 | 302 | 307 | 308 if hops < HOPS_MAX => {
            let to = answer.header("location").unwrap_or_default();
            let to = place(account, at, to).ok_or(ToolError::Unavailable)?;
            return ask(account, asked, &to, hops.saturating_add(1)).map(Found::Next);
        }
        _ if asked == Place::WellKnown => {
            return ask(account, Place::Root, "/", 0).map(Found::Next);
        }
        _ => return Err(ToolError::Unavailable),
    }
    let said = dav::read(&answer.body).map_err(|_| ToolError::Unavailable)?;
    match asked {
        Place::WellKnown | Place::Root | Place::Principal => {
            let next = follow(account, at, asked, &said)?;
            Ok(Found::Next(next))
        }
        Place::Home => {
            let mut books = said.responses.iter().filter(|one| is_book(&one.props));
            let found = books.find_map(|one| {
                let place = folder(&place(account, at, &one.href)?);
                is_trusted(&place, &one.props).then_some((place, &one.props))
            });
            let (place, props) = found.ok_or(ToolError::Unavailable)?;
            Ok(Found::Book(book(place, true, props)))
        }
        Place::Named => {
            let one = said.responses.iter().find(|one| is_book(&one.props));
            let props = &one.ok_or(ToolError::Unavailable)?.props;
            let place = folder(account.collection);
            let is_trusted = is_trusted(&place, props);
            Ok(Found::Book(book(place, is_trusted, props)))
        }
    }
}

/// Where an answer says that the books are, or who is logged in.
fn follow(
    account: &Account,
    at: &str,
    asked: Place,
    said: &Multistatus,
) -> Result<Progress, ToolError> {
    let props = said.responses.iter().map(|one| &one.props);
    let home = props
        .clone()
        .find_map(|props| props.addressbook_homes.first());
    if let Some(home) = home.and_then(|home| place(account, at, home)) {
        return ask(account, Place::Home, &home, 0);
    }
    let principal = props
        .clone()
        .find_map(|props| props.current_user_principal.as_ref());
    match principal.and_then(|principal| place(account, at, principal)) {
        Some(principal) if asked != Place::Principal => {
            ask(account, Place::Principal, &principal, 0)
        }
        _ if asked == Place::WellKnown => ask(account, Place::Root, "/", 0),
        _ => Err(ToolError::Unavailable),
    }
}

fn is_book(props: &Props) -> bool {
    props.is_addressbook
}

fn book(place: String, is_trusted: bool, props: &Props) -> Book {
    Book {
        place,
        is_trusted,
        tells_changes: props.sync_token.is_some(),
        ..Book::default()
    }
}

/// Whether the owner alone writes to a book: not one that fills itself, nor one that the owner may
/// only read, which is somebody else's.
fn is_trusted(place: &str, props: &Props) -> bool {
    let plain = |text: &str| fold(text).replace([' ', '-', '_', '\'', '.'], "");
    let name = plain(props.display_name.as_deref().unwrap_or_default());
    let last = place.trim_end_matches('/').rsplit('/').next();
    let last = plain(last.unwrap_or_default());
    let collects = |mark: &&str| name.contains(*mark) || last.contains(*mark);
    let path = place.to_lowercase();
    let of_service = |mark: &&str| path.contains(*mark);
    !COLLECTING.iter().any(collects)
        && !OF_SERVICE.iter().any(of_service)
        && props.may_write() != Some(false)
}
