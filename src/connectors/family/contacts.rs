//! Contacts: the tools, whom the owner knows by them, and how a contact of a service is labelled.
//!
//! The one thing to know: the owner's address book says whom the owner trusts. Nobody but the owner,
//! the owner's own apps and this agent can write to it, and what this agent adds is asked about unless
//! the owner wrote the address; so what a service has there is attested. That does not hold for a book
//! that fills itself with whoever wrote a mail: such a book is no source of trust, whoever names it.
//! What policy asks about is looked up in a copy, since policy cannot wait for a service.

pub(in super::super) mod book;
pub(in super::super) mod mirror;
pub(in super::super) mod people;

use super::super::Woken;
use super::super::access::{Kept, public_id};
use super::super::accounts::Served;
use super::super::parts::{absent, private, source_of, text};
use super::super::{Called, Check};
use super::Kin;
use super::contract::{arg, outside, required, tool};
use super::habits::Habits;
use crate::egress::account::Account;
use crate::id::TimerId;
use crate::label::{Capacity, Label, Readers};
use crate::time::Timestamp;
use crate::tool::{
    ArgRole, ArgType, Call, CallContext, Document, EffectClass, Kind, TimerChange, ToolError,
    ToolOutput, ToolSpec,
};
use crate::value::{Item, record};
use mirror::{Added, Row};
use people::Person;

/// The most contacts that one search returns.
pub(in super::super) const FOUND_MAX: usize = 20;

/// The family.
pub(in super::super) static KIN: Kin = Kin {
    name: "contacts",
    tools: TOOLS,
    check: |_, _| Ok(()),
    guard: |_| Ok(()),
    is_public: false,
    complete: |_, _| {},
    knows,
    called,
    merge,
    habits: &Looks,
};

const TOOLS: &[ToolSpec] = &[outside(&FIND), outside(&ADD)];

pub(in super::super) const FIND: ToolSpec = tool(
    "contacts_find",
    "Finds people in the owner's address book; all of them if no query is given.",
    EffectClass::Read,
    &[arg(
        "query",
        ArgType::Text(200),
        ArgRole::Inert,
        "Words of the name, address or phone number.",
    )],
    Kind::Contacts,
);

pub(in super::super) const ADD: ToolSpec = tool(
    "contacts_add",
    "Adds somebody to the owner's address book.",
    EffectClass::Write,
    &[
        required(&arg(
            "name",
            ArgType::Text(200),
            ArgRole::Content,
            "The name.",
        )),
        // Mail goes where a contact says, so the address decides what later calls hit.
        required(&arg(
            "address",
            ArgType::Address,
            ArgRole::Control,
            "The mail address.",
        )),
        arg(
            "phone",
            ArgType::Name("phone"),
            ArgRole::Control,
            "The phone number.",
        ),
    ],
    Kind::Contact,
);

/// Everybody in the books of all accounts.
fn everybody(kept: &Kept<'_>) -> Vec<Person> {
    let accounts = kept.accounts.iter().map(|served| &served.account);
    let mut all = Vec::new();
    for account in accounts {
        all.extend(book::people(account, kept));
        all.extend(mirror::people(account, kept));
    }
    all
}

/// A store that fails knows nobody: then the owner is asked.
fn knows(set: &str, identifier: &str, kept: &Kept<'_>) -> bool {
    matches!(set, "mail" | "phone") && people::knows(set, identifier, &everybody(kept))
}

fn called(set: &str, identifier: &str, kept: &Kept<'_>) -> Vec<Called> {
    if set != "mail" {
        return Vec::new();
    }
    people::called(identifier, &everybody(kept))
}

fn merge(mut contacts: Vec<Item>, _: &Call) -> Vec<Item> {
    contacts.truncate(FOUND_MAX);
    contacts
}

/// A contact of an account, with a label on every field: one for each mail address, so that all of
/// them are seen and can be chosen, and one for somebody who has none. `added` is what this agent
/// wrote there for others.
pub(in super::super) fn items(
    account: &Account,
    row: &Row,
    is_trusted: bool,
    added: Option<&Added>,
) -> Vec<Item> {
    let addresses: Vec<Option<&str>> = if row.addresses.is_empty() {
        vec![None]
    } else {
        row.addresses.iter().map(|it| Some(it.as_str())).collect()
    };
    let one = |(n, address): (usize, Option<&str>)| {
        let id = if n == 0 {
            row.id.clone()
        } else {
            format!("{}#{}", row.id, n.saturating_add(1))
        };
        item(account, row, &id, address, is_trusted, added)
    };
    addresses.into_iter().enumerate().map(one).collect()
}

fn item(
    account: &Account,
    row: &Row,
    id: &str,
    address: Option<&str>,
    is_trusted: bool,
    added: Option<&Added>,
) -> Item {
    let id = public_id(account, id);
    let source = source_of(Kind::Contact, &id);
    let whole = Label::attested(&source, Readers::Everyone, Capacity::Unit);
    let known = Label::attested(&source, Readers::owner(), Capacity::Id);
    let words = if is_trusted {
        Label {
            capacity: Capacity::Text,
            ..known.clone()
        }
    } else {
        Label::untrusted(&source, Readers::owner())
    };
    let field = |value: Option<&str>, given: Option<&Item>| {
        let Some(value) = value else {
            return absent();
        };
        let item = text(value, words.clone());
        // What others had this agent write is no better for having been at a service.
        match given {
            Some(given) => item.tainted_by(&of_given(&given.total_label())),
            None => item,
        }
    };
    record(
        whole,
        [
            ("id", text(id, known)),
            ("name", field(Some(&row.name), added.map(|it| &it.name))),
            ("address", field(address, added.map(|it| &it.address))),
            (
                "phone",
                field(
                    row.phones.first().map(String::as_str),
                    added.map(|it| &it.phone),
                ),
            ),
        ],
    )
}

/// What a label of an argument adds to what was written by it.
fn of_given(label: &Label) -> Label {
    Label {
        readers: Readers::Everyone,
        ..label.clone()
    }
}

/// A contact that was just added, as its service has it: what is as it was given keeps its label.
pub(in super::super) fn added_item(account: &Account, row: &Row, call: &Call) -> Item {
    let first = items(account, row, true, None).into_iter().next();
    let item = first.unwrap_or_else(absent);
    let source = source_of(Kind::Contact, &public_id(account, &row.id));
    let known = private(&source);
    item.map(|mut value| {
        if let crate::value::Value::Record(fields) = &mut value {
            for name in ["name", "address", "phone"] {
                let (Some(field), Some(given)) = (fields.get_mut(name), call.item(name)) else {
                    continue;
                };
                *field = if field.text() == given.text() {
                    given.clone().tainted_by(&known)
                } else {
                    field.clone().tainted_by(&of_given(&given.total_label()))
                };
            }
        }
        value
    })
}

/// What contacts do otherwise: there is a book of their own, and a look at the others once a day, so
/// that whoever was deleted there is known no longer.
struct Looks;

const DAY_MS: i64 = 86_400_000;
/// The collection, document and timer of the daily look.
const DAILY: &str = "daily";
const TIMER: &str = "contacts_daily";

impl Looks {
    fn next(context: &mut CallContext<'_>) -> Result<TimerChange, ToolError> {
        let due = context.now.plus_millis(DAY_MS);
        let document = Document {
            id: DAILY.to_owned(),
            sort: due.millis(),
            body: serde_json::Value::Null,
        };
        context.documents.put(DAILY, document)?;
        Ok(TimerChange::Set {
            id: TimerId::try_from(TIMER).map_err(|_| ToolError::Unavailable)?,
            due,
            document: DAILY.to_owned(),
        })
    }
}

impl Habits for Looks {
    fn own(&self) -> Option<&'static Served> {
        Some(&book::OWN)
    }

    fn done(
        &self,
        accounts: &[&'static Served],
        mut output: ToolOutput,
        context: &mut CallContext<'_>,
    ) -> Result<ToolOutput, ToolError> {
        let is_own = |served: &&'static Served| served.account.name == book::NAME;
        if accounts.iter().all(is_own) {
            return Ok(output);
        }
        let next = context.documents.get(DAILY, DAILY)?;
        // One that should have come a day ago will not come any more.
        let late = context.now.plus_millis(-DAY_MS).millis();
        if next.is_none_or(|next| next.sort < late) {
            output.timers.push(Self::next(context)?);
        }
        Ok(output)
    }

    fn wake(&self, document: &str, context: &mut CallContext<'_>) -> Result<Woken, ToolError> {
        if document != DAILY {
            return Ok(Woken::default());
        }
        let check = Check {
            kind: Kind::Contacts,
            unread: false,
            from: String::new(),
        };
        Ok(Woken {
            conversation: Some(context.conversation.as_str().to_owned()),
            timers: vec![Self::next(context)?],
            checks: vec![check],
            ..Woken::default()
        })
    }
}

/// Whether a copy of a book is so old that its service is asked again.
pub(in super::super) fn is_old(checked: Timestamp, now: Timestamp) -> bool {
    const FRESH_MS: i64 = 5 * 60_000;
    let age = now.millis().saturating_sub(checked.millis());
    !(0..FRESH_MS).contains(&age)
}

#[cfg(test)]
mod tests;
