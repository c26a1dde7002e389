//! The demo account's mail: what a mail is here, listing and opening.
//!
//! The one thing to know: every word of a mail from somebody else is untrusted, its `from` too. The
//! service vouches for ids, times and threads, and for the bare address in `sender` where the
//! mail's authentication passed.

mod tidying;
mod writing;

pub(super) use super::super::family::mail::check_sending;
pub(super) use tidying::{mark, remove, shift};
pub(super) use writing::{draft, forward, send};

use super::super::family::mail::completing::address;
use super::super::family::mail::searched;
use super::super::parts::{
    Search, document, limit, list as to_list, made_here, object_id, read, source_of, text,
};
use super::seed::{self, OWNER, SeedMail};
use super::state::{Marks, State, zone};
use crate::label::{Capacity, Integrity, Label, Labeled, Readers};
use crate::message::Locale;
use crate::time::Timestamp;
use crate::tool::{Call, CallContext, Documents, Kind, ToolError, ToolOutput};
use crate::value::{Item, Value, record};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const INBOX: &str = "inbox";
const SENT: &str = "sent";
const DRAFTS: &str = "drafts";
const TRASH: &str = "trash";
/// The collections that hold mails the owner wrote, and the folder each belongs to.
const WRITTEN: [(&str, &str); 2] = [(SENT, SENT), ("draft", DRAFTS)];
/// The most stored mails that one search looks at in a collection, newest first.
const SEARCHED_MAX: u32 = 200;

/// A mail that the owner wrote here, as it is stored: each field with the label it came in with.
#[derive(Serialize, Deserialize)]
struct Written {
    /// The number that a draft shares with the mail it becomes.
    number: String,
    at: Timestamp,
    to: Item,
    subject: Item,
    body: Item,
    thread: String,
    #[serde(default)]
    marks: Marks,
}

/// A mail wherever it is.
struct Found {
    at: Timestamp,
    /// The folder that it is in.
    folder: String,
    item: Item,
}

/// Lists the mails of a folder.
pub(super) fn list(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let state = State::load(context)?;
    let (search, sender) = (
        Search::new(call.text("query")),
        Search::new(call.text("from")),
    );
    let folder = match call.text("folder") {
        "" => INBOX,
        given => given,
    };
    let mut mails = seeded(&state, context)?;
    // What the owner wrote never comes into the inbox.
    if folder != INBOX {
        for (collection, home) in WRITTEN {
            mails.extend(written(collection, home, context.documents)?);
        }
    }
    mails.retain(|mail| mail.folder == folder);
    mails.sort_by_key(|mail| std::cmp::Reverse(mail.at));
    let fits = |item: &Item| {
        (!call.flag("unread") || is_unread(item))
            && sender.fits_record(item, &["from"])
            && search.fits_record(item, &["subject", "from", "to", "body"])
    };
    let by_words = !search.is_empty() || !sender.is_empty();
    let marked = |item: Item| if by_words { searched(item) } else { item };
    let found = mails
        .into_iter()
        .map(Found::listed)
        .filter(fits)
        .map(marked);
    Ok(to_list(Kind::Mails, call, found.take(limit(call, 10))))
}

/// Opens a mail. Only opening an unread one writes a row.
pub(super) fn open(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let id = object_id(call, "mail")?;
    let mut state = State::load(context)?;
    let found = find(&id, &state, context)?;
    if !is_unread(&found.item) {
        return Ok(ToolOutput::new(Kind::Mail, found.item));
    }
    if seed::mails().any(|mail| mail.id == id) {
        state.open(&id, context)?;
    } else {
        rewrite(&id, |marks| marks.unread = None, context)?;
    }
    let item = find(&id, &state, context)?.item;
    Ok(ToolOutput::new(Kind::Mail, item))
}

/// Changes what was done with a mail that the owner wrote.
fn rewrite(
    id: &str,
    change: impl FnOnce(&mut Marks),
    context: &mut CallContext<'_>,
) -> Result<(), ToolError> {
    for (collection, _) in WRITTEN {
        if let Some(stored) = context.documents.get(collection, id)? {
            let sort = stored.sort;
            let mut mail: Written = read(stored)?;
            change(&mut mail.marks);
            context
                .documents
                .put(collection, document(id, sort, &mail)?)?;
            return Ok(());
        }
    }
    Err(ToolError::Unavailable)
}

fn readers(people: &[&str]) -> Readers {
    let people = people.iter().flat_map(|list| list.split(','));
    let addresses = people.map(address).filter(|address| !address.is_empty());
    Readers::Only(
        addresses
            .map(|address| format!("mail:{}", address.to_lowercase()))
            .collect(),
    )
}

/// The mail of this id, wherever it is. A draft is a mail too, but there is nothing to answer in
/// one that nobody got; it can still be read.
fn find(id: &str, state: &State, context: &CallContext<'_>) -> Result<Found, ToolError> {
    if let Some(mail) = seed::mails().find(|mail| mail.id == id) {
        return seeded_mail(mail, state, context);
    }
    for (collection, home) in WRITTEN {
        if let Some(stored) = context.documents.get(collection, id)? {
            return Ok(read::<Written>(stored)?.found(collection, home));
        }
    }
    Err(ToolError::Unavailable)
}

fn is_unread(item: &Item) -> bool {
    item.field("unread")
        .is_some_and(|unread| *unread.peek() == Value::Bool(true))
}

fn written(
    collection: &str,
    home: &str,
    documents: &dyn Documents,
) -> Result<Vec<Found>, ToolError> {
    let stored = documents.list(collection, i64::MIN, i64::MAX, SEARCHED_MAX)?;
    let mails = stored.into_iter().map(read::<Written>);
    mails
        .map(|mail| mail.map(|mail| mail.found(collection, home)))
        .collect()
}

fn seeded(state: &State, context: &CallContext<'_>) -> Result<Vec<Found>, ToolError> {
    seed::mails()
        .map(|mail| seeded_mail(mail, state, context))
        .collect()
}

fn seeded_mail(
    mail: &SeedMail,
    state: &State,
    context: &CallContext<'_>,
) -> Result<Found, ToolError> {
    let at = mail.date(state.first_use, &zone(context)?);
    let marks = state.marks(mail.id);
    let source = source_of(Kind::Mail, mail.id);
    let (whole, stranger) = if mail.is_own() {
        (Integrity::Owner, Integrity::Owner)
    } else {
        (Integrity::Attested, Integrity::Untrusted)
    };
    let known = Label {
        integrity: whole,
        ..Label::attested(&source, readers(&[mail.from, mail.to]), Capacity::Unit)
    };
    let words = Label {
        integrity: stranger,
        capacity: Capacity::Text,
        ..known.clone()
    };
    // A domain that does not vouch for the sender leaves anybody to write this address.
    let sender = if mail.authenticated { &known } else { &words };
    let home = if mail.is_own() { SENT } else { INBOX };
    let folder = marks.folder(home).to_owned();
    let unread = mail.unread && !state.is_read(mail.id);
    let mut fields = service_fields(mail.id, at, &known);
    fields.extend(marks.fields(home, unread, &known));
    fields.extend([
        ("thread", text(mail.thread, id_of(&known))),
        ("subject", text(mail.subject, words.clone())),
        ("from", text(mail.from, words.clone())),
        ("sender", text(address(mail.from), id_of(sender))),
        (
            "authenticated",
            Labeled::new(Value::Bool(mail.authenticated), bool_of(&known)),
        ),
        ("to", text(mail.to, words.clone())),
        ("body", text(mail.body, words)),
        ("attachments", no_files(&known)),
    ]);
    let item = record(known, fields);
    Ok(Found { at, folder, item })
}

/// No mail here has anything attached.
fn no_files(known: &Label) -> Item {
    Labeled::new(Value::List(Vec::new()), known.clone())
}

fn id_of(label: &Label) -> Label {
    Label {
        capacity: Capacity::Id,
        ..label.clone()
    }
}

fn bool_of(label: &Label) -> Label {
    Label {
        capacity: Capacity::Bool,
        ..label.clone()
    }
}

/// What the service itself says about a mail.
fn service_fields(id: &str, at: Timestamp, known: &Label) -> Vec<(&'static str, Item)> {
    let date = Label {
        capacity: Capacity::Number,
        ..known.clone()
    };
    vec![
        ("id", text(id, id_of(known))),
        ("date", Labeled::new(Value::Time(at), date)),
    ]
}

impl Marks {
    /// The fields that say what was done with a mail.
    fn fields(&self, home: &str, unread: bool, known: &Label) -> [(&'static str, Item); 3] {
        let word = Label {
            capacity: Capacity::Choice,
            ..known.clone()
        };
        let flag = bool_of(known);
        let folder = Value::Text(home.to_owned());
        [
            (
                "unread",
                Self::field(self.unread.as_ref(), Value::Bool(unread), &flag),
            ),
            (
                "flagged",
                Self::field(self.flagged.as_ref(), Value::Bool(false), &flag),
            ),
            ("folder", Self::field(self.folder.as_ref(), folder, &word)),
        ]
    }
}

impl Found {
    /// The mail as an item of its folder: no better than the calls that moved it there.
    fn listed(self) -> Item {
        let moved = self.item.field("folder").map(Item::label);
        let by = moved.map(|label| Label {
            readers: Readers::Everyone,
            capacity: Capacity::Unit,
            ..label.clone()
        });
        match by {
            Some(by) => self.item.tainted_by(&by),
            None => self.item,
        }
    }
}

impl Written {
    fn id(&self, collection: &str) -> String {
        format!("{collection}-{}", self.number)
    }

    fn found(self, collection: &str, home: &str) -> Found {
        Found {
            at: self.at,
            folder: self.marks.folder(home).to_owned(),
            item: self.item(collection, home),
        }
    }

    /// The mail as a record; its text is no better than it was when it was written.
    fn item(self, collection: &str, home: &str) -> Item {
        let id = self.id(collection);
        let made = made_here(&source_of(Kind::Mail, &id));
        let known = Label {
            readers: readers(&[OWNER, self.to.text().unwrap_or_default()]),
            ..made.clone()
        };
        // An answer takes its thread over from the mail it answers.
        let thread = Label {
            integrity: Integrity::Attested,
            ..id_of(&known)
        };
        let mut fields = service_fields(&id, self.at, &known);
        fields.extend(self.marks.fields(home, false, &known));
        fields.extend([
            ("subject", self.subject.tainted_by(&made)),
            ("from", text(OWNER, known.clone())),
            ("sender", text(address(OWNER), id_of(&known))),
            (
                "authenticated",
                Labeled::new(Value::Bool(true), bool_of(&known)),
            ),
            ("to", self.to.tainted_by(&made)),
            ("body", self.body.tainted_by(&made)),
            ("thread", text(self.thread, thread)),
            ("attachments", no_files(&known)),
        ]);
        record(made, fields)
    }

    /// The draft as a record. It is no source of its own: what stands in it came from where it came
    /// from, and the owner's own words in it stay the owner's own.
    fn draft_item(self, locale: Locale) -> Item {
        let id = self.id("draft");
        let made = Label {
            sources: BTreeSet::new(),
            ..made_here(&source_of(Kind::Draft, &id))
        };
        let known = Label {
            readers: Readers::owner(),
            ..made.clone()
        };
        let state = locale.pick("draft, not sent", "brouillon, non envoyé");
        let choice = Label {
            capacity: Capacity::Choice,
            ..known.clone()
        };
        record(
            made.clone(),
            [
                ("id", text(id, id_of(&known))),
                ("subject", self.subject.tainted_by(&made)),
                ("to", self.to.tainted_by(&made)),
                ("body", self.body.tainted_by(&made)),
                ("state", text(state, choice)),
            ],
        )
    }
}
