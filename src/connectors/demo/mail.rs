//! The demo account's mail: listing, reading, drafting, sending.
//!
//! The one thing to know: nothing vouches for a sender here, so every word of a mail from somebody
//! else is untrusted; an answer goes to the From of the mail that was pointed at, never to another
//! address it names. A draft never changes and is sent once: its sent mail takes the draft's own
//! number, and that number being taken is the proof.

use super::super::parts::{
    Search, document, given, invalid, limit, list as to_list, made_here, object_id, read,
    source_of, text,
};
use super::seed::{self, OWNER, SeedMail};
use super::state::{State, zone};
use crate::label::{Capacity, Integrity, Label, Labeled, Readers};
use crate::message::Locale;
use crate::time::Timestamp;
use crate::tool::{Argument, Call, CallContext, Documents, Kind, Origin, ToolError, ToolOutput};
use crate::value::{Item, Step, Value, record};
use serde::{Deserialize, Serialize};

const SENT: &str = "sent";
const DRAFTS: &str = "draft";
/// The most stored mails that one search looks at, newest first.
const SEARCHED_MAX: u32 = 200;
/// The longest subject, in bytes (RFC 5322 section 2.1.1).
const SUBJECT_BYTES_MAX: usize = 998;

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
}

/// Lists the mails of a folder.
pub(super) fn list(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let state = State::load(context)?;
    let (search, sender) = (
        Search::new(call.text("query")),
        Search::new(call.text("from")),
    );
    let wanted = limit(call, 10);
    let mut mails = match call.text("folder") {
        "drafts" => written(DRAFTS, context.documents)?,
        "sent" => {
            let mut mails = written(SENT, context.documents)?;
            mails.extend(seeded(true, &state, context)?);
            mails
        }
        _ => seeded(false, &state, context)?,
    };
    mails.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let fits = |item: &Item| {
        (!call.flag("unread") || is_unread(item))
            && sender.fits_record(item, &["from"])
            && search.fits_record(item, &["subject", "from", "to", "body"])
    };
    let found = mails
        .into_iter()
        .map(|(_, item)| item)
        .filter(fits)
        .take(wanted);
    Ok(to_list(Kind::Mails, call, found))
}

/// Opens a mail. Only the first time does this write a row.
pub(super) fn open(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let id = object_id(call, "mail")?;
    let mut state = State::load(context)?;
    if seed::mails().any(|mail| mail.id == id && mail.unread) {
        state.mark_read(&id, context)?;
    }
    Ok(ToolOutput::new(Kind::Mail, find(&id, &state, context)?))
}

/// Writes a draft.
pub(super) fn draft(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let draft = compose(call, context)?;
    let sort = draft.at.millis().saturating_neg();
    context
        .documents
        .put(DRAFTS, document(&draft.id(DRAFTS), sort, &draft)?)?;
    Ok(ToolOutput::new(
        Kind::Draft,
        draft.draft_item(context.locale),
    ))
}

/// Sends a mail: to the folder of sent mails, and to nobody.
pub(super) fn send(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let mail = if call.item("draft").is_some() {
        if ["to", "subject", "body", "in_reply_to"]
            .iter()
            .any(|name| call.item(name).is_some())
        {
            return Err(invalid("draft", "either a draft or the mail itself"));
        }
        take_draft(&object_id(call, "draft")?, call, context)?
    } else if call.item("body").is_some() {
        compose(call, context)?
    } else {
        return Err(invalid("body", "a draft, or the text of the mail"));
    };
    if mail.to.text().is_none_or(str::is_empty) {
        return Err(invalid("to", "a mail address"));
    }
    let sort = mail.at.millis().saturating_neg();
    context
        .documents
        .put(SENT, document(&mail.id(SENT), sort, &mail)?)?;
    Ok(ToolOutput::new(Kind::Mail, mail.item(SENT)))
}

fn take_draft(id: &str, call: &Call, context: &mut CallContext<'_>) -> Result<Written, ToolError> {
    let number = id.strip_prefix("draft-").ok_or(ToolError::Unavailable)?;
    if context
        .documents
        .get(SENT, &format!("sent-{number}"))?
        .is_some()
    {
        return Err(ToolError::Refused);
    }
    let stored = context
        .documents
        .get(DRAFTS, id)?
        .ok_or(ToolError::Unavailable)?;
    let mut mail: Written = read(stored)?;
    // What was approved is what the handle shows; a draft never changes, so this always agrees.
    let shown = call.item("draft").ok_or(ToolError::Unavailable)?;
    for (name, kept) in [
        ("to", &mail.to),
        ("subject", &mail.subject),
        ("body", &mail.body),
    ] {
        if shown
            .field(name)
            .is_some_and(|field| field.peek() != kept.peek())
        {
            return Err(ToolError::Unavailable);
        }
    }
    if mail.to.text().is_some_and(|to| !to.is_empty()) {
        context.documents.remove(DRAFTS, id)?;
    }
    mail.at = context.now;
    Ok(mail)
}

/// Adds whom a reply goes to and its subject: the sender of the mail it answers, never what that
/// mail asks replies to be sent to; or, for a mail of the owner's own, whom that one went to.
pub(super) fn complete(call: &mut Call) {
    let Some(pointed_at) = call.item("in_reply_to").cloned() else {
        return;
    };
    let part = |name: &str| pointed_at.at(&[Step::Field(name.to_owned())]);
    let is_own = part("from").is_some_and(|from| from.text() == Some(OWNER));
    let people = if is_own { "to" } else { "from" };
    let to = part(people).map(|people| {
        map_text(people, |people| {
            address(people.split(',').next().unwrap_or_default()).to_owned()
        })
    });
    let subject = part("subject").map(|subject| map_text(subject, reply_subject));
    for (name, from, item) in [("to", people, to), ("subject", "subject", subject)] {
        let (None, Some(spec), Some(item)) = (call.item(name), call.spec.arg(name), item) else {
            continue;
        };
        let origin = Origin::Handle(format!("in_reply_to.{from}"));
        call.args.insert(spec.name, Argument::new(spec, item, origin));
    }
}

fn compose(call: &Call, context: &mut CallContext<'_>) -> Result<Written, ToolError> {
    let number = context.ids.token();
    let mut mail = Written {
        thread: format!("thread-{number}"),
        number,
        at: context.now,
        to: given(call, "to"),
        subject: given(call, "subject"),
        body: given(call, "body"),
    };
    if let Some(pointed_at) = call.item("in_reply_to") {
        let state = State::load(context)?;
        let original = find(&object_id(call, "in_reply_to")?, &state, context)?;
        // What the answer takes over is no better than the choice of what to answer.
        let part = |name: &str| {
            let part = original.at(&[Step::Field(name.to_owned())]);
            part.map(|part| part.tainted_by(pointed_at.label()))
                .ok_or(ToolError::Unavailable)
        };
        if let Some(thread) = part("thread")?.text() {
            thread.clone_into(&mut mail.thread);
        }
    }
    Ok(mail)
}

fn map_text(item: Item, change: impl FnOnce(&str) -> String) -> Item {
    item.map(|value| {
        if let Value::Text(text) = value {
            Value::Text(change(&text))
        } else {
            value
        }
    })
}

/// `Re: …`, once.
fn reply_subject(subject: &str) -> String {
    let is_reply = ["re:", "re :"].iter().any(|prefix| {
        subject
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    });
    let mut reply = if is_reply {
        subject.to_owned()
    } else {
        format!("Re: {subject}")
    };
    let end = (0..=SUBJECT_BYTES_MAX)
        .rev()
        .find(|end| reply.is_char_boundary(*end));
    reply.truncate(end.unwrap_or(0).min(reply.len()));
    reply
}

/// The bare address in `Ada <ada@example.org>`.
fn address(person: &str) -> &str {
    let bare = person
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    bare.map_or(person, |(bare, _)| bare).trim()
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
fn find(id: &str, state: &State, context: &CallContext<'_>) -> Result<Item, ToolError> {
    if let Some(mail) = seed::mails().find(|mail| mail.id == id) {
        return seeded_item(mail, state, context).map(|(_, item)| item);
    }
    for folder in [SENT, DRAFTS] {
        if let Some(stored) = context.documents.get(folder, id)? {
            return Ok(read::<Written>(stored)?.item(folder));
        }
    }
    Err(ToolError::Unavailable)
}

fn is_unread(item: &Item) -> bool {
    item.field("unread")
        .is_some_and(|unread| *unread.peek() == Value::Bool(true))
}

fn written(folder: &str, documents: &dyn Documents) -> Result<Vec<(Timestamp, Item)>, ToolError> {
    let stored = documents.list(folder, i64::MIN, i64::MAX, SEARCHED_MAX)?;
    let mails = stored.into_iter().map(read::<Written>);
    mails
        .map(|mail| mail.map(|mail| (mail.at, mail.item(folder))))
        .collect()
}

fn seeded(
    own: bool,
    state: &State,
    context: &CallContext<'_>,
) -> Result<Vec<(Timestamp, Item)>, ToolError> {
    let folder = seed::mails().filter(|mail| mail.is_own() == own);
    folder
        .map(|mail| seeded_item(mail, state, context))
        .collect()
}

fn seeded_item(
    mail: &SeedMail,
    state: &State,
    context: &CallContext<'_>,
) -> Result<(Timestamp, Item), ToolError> {
    let at = mail.date(state.first_use, &zone(context)?);
    let source = source_of(Kind::Mail, mail.id);
    let readers = readers(&[mail.from, mail.to]);
    let (whole, words) = (
        if mail.is_own() {
            Integrity::Owner
        } else {
            Integrity::Attested
        },
        if mail.is_own() {
            Integrity::Owner
        } else {
            Integrity::Untrusted
        },
    );
    let known = |capacity| Label {
        integrity: whole,
        ..Label::attested(&source, readers.clone(), capacity)
    };
    let words = Label {
        integrity: words,
        ..known(Capacity::Text)
    };
    let unread = mail.unread && !state.is_read(mail.id);
    let item = record(
        known(Capacity::Unit),
        [
            ("id", text(mail.id, known(Capacity::Id))),
            ("subject", text(mail.subject, words.clone())),
            ("from", text(mail.from, words.clone())),
            ("to", text(mail.to, words.clone())),
            (
                "date",
                Labeled::new(Value::Time(at), known(Capacity::Number)),
            ),
            (
                "unread",
                Labeled::new(Value::Bool(unread), known(Capacity::Bool)),
            ),
            ("body", text(mail.body, words)),
            ("thread", text(mail.thread, known(Capacity::Id))),
        ],
    );
    Ok((at, item))
}

impl Written {
    fn id(&self, folder: &str) -> String {
        format!("{folder}-{}", self.number)
    }

    /// The mail as a record; its text is no better than it was when it was written.
    fn item(self, folder: &str) -> Item {
        let id = self.id(folder);
        let made = made_here(&source_of(Kind::Mail, &id));
        let people = readers(&[OWNER, self.to.text().unwrap_or_default()]);
        let known = |capacity| Label {
            capacity,
            readers: people.clone(),
            ..made.clone()
        };
        let thread = known(Capacity::Id);
        record(
            made.clone(),
            [
                ("id", text(id, known(Capacity::Id))),
                ("subject", self.subject.tainted_by(&made)),
                ("from", text(OWNER, known(Capacity::Text))),
                ("to", self.to.tainted_by(&made)),
                (
                    "date",
                    Labeled::new(Value::Time(self.at), known(Capacity::Number)),
                ),
                (
                    "unread",
                    Labeled::new(Value::Bool(false), known(Capacity::Bool)),
                ),
                ("body", self.body.tainted_by(&made)),
                // An answer takes its thread over from the mail it answers.
                (
                    "thread",
                    text(
                        self.thread,
                        Label {
                            integrity: Integrity::Attested,
                            ..thread
                        },
                    ),
                ),
            ],
        )
    }

    fn draft_item(self, locale: Locale) -> Item {
        let id = self.id(DRAFTS);
        let made = made_here(&source_of(Kind::Draft, &id));
        let known = |capacity| Label {
            capacity,
            readers: Readers::owner(),
            ..made.clone()
        };
        let state = locale.pick("draft, not sent", "brouillon, non envoyé");
        record(
            made.clone(),
            [
                ("id", text(id, known(Capacity::Id))),
                ("subject", self.subject.tainted_by(&made)),
                ("to", self.to.tainted_by(&made)),
                ("body", self.body.tainted_by(&made)),
                ("state", text(state, known(Capacity::Choice))),
            ],
        )
    }
}
