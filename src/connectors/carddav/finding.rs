//! Where the owner's address book is (RFC 6764).
//!
//! The one thing to know: a book that fills itself with whoever wrote is passed over, and one that a
//! deployment names all the same makes nobody known; nor does one that somebody else shares, be it
//! the only one.

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
    Prop::Owner,
    Prop::CurrentUserPrincipal,
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
        ask(account, Place::WellKnown, "/.well-known/carddav", 0, "")
    } else {
        ask(account, Place::Named, &folder(account.collection), 0, "")
    }
}

/// Asks a place. `who` is logged in, once that is known.
fn ask(
    account: &Account,
    place: Place,
    at: &str,
    hops: u8,
    who: &str,
) -> Result<Progress, ToolError> {
    let (props, depth) = match place {
        Place::WellKnown | Place::Root | Place::Principal => (WAY, "0"),
        Place::Home => (BOOK, "1"),
        Place::Named => (BOOK, "0"),
    };
    let stage = Stage::Find {
        place,
        at: at.to_owned(),
        hops,
        who: who.to_owned(),
    };
    let body = dav::propfind(props);
    let headers = [("depth", depth)];
    request(account, Method::Propfind, at, &headers, body, &stage)
}

pub(super) fn go_on(
    account: &Account,
    asked: Place,
    (at, who): (&str, &str),
    hops: u8,
    answer: Answer<'_>,
) -> Result<Found, ToolError> {
    match answer.status {
        207 => {}
        301 | 302 | 307 | 308 if hops < HOPS_MAX => {
            let to = answer.header("location").unwrap_or_default();
            let to = place(account, at, to).ok_or(ToolError::Unavailable)?;
            return ask(account, asked, &to, hops.saturating_add(1), who).map(Found::Next);
        }
        _ if asked == Place::WellKnown => {
            return ask(account, Place::Root, "/", 0, "").map(Found::Next);
        }
        _ => return Err(ToolError::Unavailable),
    }
    let said = dav::read(&answer.body).map_err(|_| ToolError::Unavailable)?;
    match asked {
        Place::WellKnown | Place::Root | Place::Principal => {
            let next = follow(account, (at, who), asked, &said)?;
            Ok(Found::Next(next))
        }
        Place::Home => {
            let books = said.responses.iter().filter(|one| is_book(&one.props));
            let mut books = books.filter_map(|one| {
                let place = folder(&place(account, at, &one.href)?);
                let is_own = is_own(account, (at, who), &one.props);
                is_plain(&place, &one.props).then_some((is_own, place, &one.props))
            });
            let first = books.next();
            let is_own = |(is_own, ..): &(bool, String, &Props)| *is_own;
            let found = match first {
                Some(other) if !is_own(&other) => books.find(is_own).or(Some(other)),
                first => first,
            };
            let (is_own, place, props) = found.ok_or(ToolError::Unavailable)?;
            Ok(Found::Book(book(place, is_own, props)))
        }
        Place::Named => {
            let one = said.responses.iter().find(|one| is_book(&one.props));
            let props = &one.ok_or(ToolError::Unavailable)?.props;
            let place = folder(account.collection);
            // Whoever deployed it says whose it is.
            let is_trusted = is_plain(&place, props);
            Ok(Found::Book(book(place, is_trusted, props)))
        }
    }
}

/// Where an answer says that the books are, or who is logged in.
fn follow(
    account: &Account,
    (at, who): (&str, &str),
    asked: Place,
    said: &Multistatus,
) -> Result<Progress, ToolError> {
    let mut props = said.responses.iter().map(|one| &one.props);
    let said_who = props
        .clone()
        .find_map(|props| props.current_user_principal.as_ref());
    let said_who = said_who.and_then(|who| place(account, at, who));
    // Whom the beginning named is asked, and nobody else is logged in from then on.
    let who = if who.is_empty() {
        said_who.as_deref().unwrap_or_default()
    } else {
        who
    };
    let home = props.find_map(|props| props.addressbook_homes.first());
    if let Some(home) = home.and_then(|home| place(account, at, home)) {
        return ask(account, Place::Home, &home, 0, who);
    }
    match asked {
        Place::WellKnown | Place::Root if !who.is_empty() => {
            ask(account, Place::Principal, who, 0, who)
        }
        Place::WellKnown => ask(account, Place::Root, "/", 0, ""),
        Place::Root | Place::Principal | Place::Home | Place::Named => Err(ToolError::Unavailable),
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

/// Whether a book says that it is the owner's own. `who` is logged in, and nobody else; `at` is where
/// the books were asked for.
fn is_own(account: &Account, (at, who): (&str, &str), props: &Props) -> bool {
    let at_service = |href: &Option<String>| place(account, at, href.as_deref()?);
    // A host of its own for books says by its own names who is logged in.
    let who = if host_of(at) == host_of(who) {
        Some(who.to_owned()).filter(|who| !who.is_empty())
    } else {
        at_service(&props.current_user_principal)
    };
    let owner = at_service(&props.owner);
    let is_theirs = who
        .zip(owner)
        .is_some_and(|(who, owner)| dav::is_same(&who, &owner));
    is_theirs && props.may_write() == Some(true)
}

/// The host that a place names; none if it is the account's own.
fn host_of(place: &str) -> Option<&str> {
    let (_, rest) = place.split_once("://")?;
    rest.split('/').next()
}

/// Whether people are put into a book one by one: not one that fills itself, nor one that the owner
/// may only read, which is somebody else's.
fn is_plain(place: &str, props: &Props) -> bool {
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
