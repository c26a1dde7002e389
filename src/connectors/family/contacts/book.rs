//! The agent's own address book, for owners who have accounts but none for contacts, and beside those
//! who have one.
//!
//! The one thing to know: a contact that was added keeps the labels it came in with, so an address
//! that a stranger wrote is no better for standing here. It is at no service and asks nobody.

use super::super::super::access::{Kept, public_id};
use super::super::super::accounts::{Served, Service};
use super::super::super::parts::{
    Search, document, given, list, made_here, private, read, source_of, text,
};
use super::FOUND_MAX;
use super::people::Person;
use crate::egress::account::{Account, Api, Auth};
use crate::egress::table::Target;
use crate::label::{Capacity, Integrity, Label};
use crate::tool::{Answer, Call, CallContext, Documents, Kind, Progress, ToolError, ToolOutput};
use crate::value::{Item, record};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The collection of contacts that were added.
const COLLECTION: &str = "contact";
/// The most added contacts that are looked at.
const SEARCHED_MAX: u32 = 1_000;
/// What the book is called where an account is named. No account of the owner's can have a hyphen.
pub(in super::super::super) const NAME: &str = "own-book";

/// The book among the accounts of the family.
pub(in super::super::super) static OWN: Served = Served {
    service: &Book,
    account: Account {
        name: NAME,
        api: &NOWHERE,
        target: Target::BaseUrl(""),
        hosts: &[],
        auth: Auth::None,
        address: "",
        authserv: "",
        collection: "",
    },
};

/// There is nothing to ask.
static NOWHERE: Api = Api {
    name: NAME,
    user: "contacts",
    host: None,
    ways: &[],
    grant: None,
};

struct Book;

impl Service for Book {
    fn run(
        &self,
        account: &'static Account,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let with = |id: &str| public_id(account, id);
        match call.spec.name {
            "contacts_find" => {
                let added = added(context.documents)?.into_iter();
                Ok(found(call, added.map(|contact| contact.item(&with))))
            }
            "contacts_add" => add(call, context, &with),
            _ => Err(ToolError::Unavailable),
        }
        .map(Progress::Done)
    }

    fn go_on(
        &self,
        _: &'static Account,
        _: &Call,
        _: &Json,
        _: Answer<'_>,
        _: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        Err(ToolError::Unavailable)
    }
}

/// A contact that was added, as it is stored.
#[derive(Serialize, Deserialize)]
pub(in super::super::super) struct Added {
    id: String,
    name: Item,
    address: Item,
    phone: Item,
}

/// Every contact that was added, the last one foremost.
pub(in super::super::super) fn added(documents: &dyn Documents) -> Result<Vec<Added>, ToolError> {
    let stored = documents.list(COLLECTION, i64::MIN, i64::MAX, SEARCHED_MAX)?;
    stored.into_iter().map(read).collect()
}

/// Those of some contacts that a search finds.
pub(in super::super::super) fn found(
    call: &Call,
    contacts: impl IntoIterator<Item = Item>,
) -> ToolOutput {
    let search = Search::new(call.text("query"));
    let fits = |contact: &Item| search.fits_record(contact, &["name", "address", "phone"]);
    let found = contacts.into_iter().filter(fits);
    list(Kind::Contacts, call, found.take(FOUND_MAX))
}

/// Adds a contact; `public` makes the id that others see.
pub(in super::super::super) fn add(
    call: &Call,
    context: &mut CallContext<'_>,
    public: &dyn Fn(&str) -> String,
) -> Result<ToolOutput, ToolError> {
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
    Ok(ToolOutput::new(Kind::Contact, contact.item(public)))
}

/// Those who were added to the book of an account.
pub(super) fn people(account: &Account, kept: &Kept<'_>) -> Vec<Person> {
    let all = kept.list(account, COLLECTION, SEARCHED_MAX).into_iter();
    // One that cannot be read is nobody.
    all.filter_map(|stored| read::<Added>(stored).ok())
        .map(|contact| person(&contact.item(&|id| public_id(account, id))))
        .collect()
}

/// Somebody as a labelled contact says.
pub(in super::super::super) fn person(contact: &Item) -> Person {
    let field = |name: &str| contact.at(&[crate::value::Step::Field(name.to_owned())]);
    let texts = |name: &str| {
        let text = field(name).and_then(|field| field.text().map(str::to_owned));
        text.into_iter().collect()
    };
    let name = field("name");
    Person {
        name: name
            .as_ref()
            .and_then(Item::text)
            .unwrap_or_default()
            .to_owned(),
        is_named: name.is_some_and(|name| name.label().integrity == Integrity::Owner),
        is_known: true,
        addresses: texts("address"),
        phones: texts("phone"),
    }
}

impl Added {
    /// With its labels; `public` makes the id that others see.
    pub(in super::super::super) fn item(self, public: &dyn Fn(&str) -> String) -> Item {
        let id = public(&self.id);
        let source = source_of(Kind::Contact, &id);
        let known = private(&source);
        let of_id = Label {
            capacity: Capacity::Id,
            ..known.clone()
        };
        record(
            made_here(&source),
            [
                ("id", text(id, of_id)),
                ("name", self.name.tainted_by(&known)),
                ("address", self.address.tainted_by(&known)),
                ("phone", self.phone.tainted_by(&known)),
            ],
        )
    }
}
