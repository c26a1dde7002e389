//! Mail: the tools, what follows from their arguments, and how a mail of a service is labelled.
//!
//! The one thing to know: every word of a mail is untrusted, its `from` too, and also in mails that
//! the owner sent, since a draft may hold others' words. The service vouches for ids, times, threads
//! and flags, and for the bare address in `sender` where the mail's authentication passed.

pub(in super::super) mod completing;
pub(in super::super) mod contracts;
pub(in super::super) mod drafts;

use super::super::access::{Kept, public_id};
use super::super::parts::{invalid, source_of, text};
use super::Kin;
use super::contract::{arg, outside, required, tool};
use super::habits::Usual;
use crate::egress::account::Account;
use crate::label::{Capacity, Integrity, Label, Labeled, Readers};
use crate::time::Timestamp;
use crate::tool::{ArgRole, ArgSpec, ArgType, Call, EffectClass, Kind, Shape, ToolError, ToolSpec};
use crate::value::{Item, Value, record};
use contracts::MAIL;
use serde::{Deserialize, Serialize};

/// The folders that every account has, whatever its service calls them.
pub(in super::super) const FOLDERS: [&str; 6] =
    ["inbox", "sent", "drafts", "archive", "trash", "junk"];
/// How many mails a list has if nobody says how many.
pub(in super::super) const LISTED: usize = 10;

/// The family.
pub(in super::super) static KIN: Kin = Kin {
    name: "mail",
    tools: TOOLS,
    check,
    guard,
    is_public: false,
    complete: completing::complete,
    knows,
    called: |_, _, _| Vec::new(),
    merge,
    habits: &Usual,
};

const TOOLS: &[ToolSpec] = &[
    outside(&LIST),
    outside(&contracts::READ),
    outside(&THREAD),
    outside(&ATTACHMENT),
    outside(&contracts::DRAFT),
    outside(&contracts::SEND),
    outside(&contracts::FORWARD),
    outside(&MOVE),
    outside(&LABEL),
    outside(&contracts::MARK),
    outside(&contracts::DELETE),
];

const LIST: ToolSpec = tool(
    "mail_list",
    "Lists mails of a folder, newest first.",
    EffectClass::Read,
    &[
        arg(
            "folder",
            ArgType::Text(100),
            ArgRole::Inert,
            "inbox, sent, drafts, archive, trash, junk or a folder of the owner's; inbox if not given.",
        ),
        contracts::UNREAD,
        contracts::QUERY,
        contracts::SENDER,
        contracts::LIMIT,
    ],
    Kind::Mails,
);

const THREAD: ToolSpec = tool(
    "mail_thread",
    "Lists all mails of the conversation that a mail belongs to, the oldest first.",
    EffectClass::Read,
    &[MAIL],
    Kind::Mails,
);

const ATTACHMENT: ToolSpec = tool(
    "mail_attachment",
    "Opens a file that is attached to a mail; only texts can be read.",
    EffectClass::Read,
    &[required(&arg(
        "file",
        ArgType::Object(Kind::File),
        ArgRole::Control,
        "The file, such as $mail_1.attachments[1].",
    ))],
    Kind::File,
);

const FOLDER: ArgSpec = required(&arg(
    "folder",
    ArgType::Name("folder"),
    ArgRole::Control,
    "inbox, archive, junk, or a folder of the owner's by its name.",
));

const MOVE: ToolSpec = tool(
    "mail_move",
    "Moves a mail to a folder.",
    EffectClass::Write,
    &[MAIL, FOLDER],
    Kind::Mail,
);

const LABEL: ToolSpec = tool(
    "mail_label",
    "Puts a mail into one more folder or under a label, or takes it out of there.",
    EffectClass::Write,
    &[
        MAIL,
        FOLDER,
        arg(
            "remove",
            ArgType::Flag,
            ArgRole::Control,
            "Whether to take it out; no if not given.",
        ),
    ],
    Kind::Mail,
);

fn check(tool: &str, shape: &Shape) -> Result<(), ToolError> {
    match tool {
        "mail_move" | "mail_label" => match shape.literal("folder") {
            Some(Value::Text(folder)) if is_trash(folder) => Err(invalid(
                "folder",
                "inbox, archive, junk or a folder of the owner's; mail_delete throws a mail away",
            )),
            _ => Ok(()),
        },
        "mail_send" => check_sending(shape),
        _ => Ok(()),
    }
}

/// What a planner can get wrong about a mail that is to be sent.
pub(in super::super) fn check_sending(shape: &Shape) -> Result<(), ToolError> {
    let others = ["to", "subject", "body", "in_reply_to"];
    let given = others.iter().any(|name| shape.has(name));
    if shape.has("draft") {
        return if given {
            Err(invalid("draft", "either a draft or the mail itself"))
        } else {
            Ok(())
        };
    }
    if !shape.has("body") {
        return Err(invalid("body", "a draft, or the text of the mail"));
    }
    if !shape.has("to") && !shape.has("in_reply_to") {
        return Err(invalid("to", "a mail address"));
    }
    Ok(())
}

/// Throwing away is a tool of its own, which is asked about.
fn is_trash(folder: &str) -> bool {
    folder.trim().eq_ignore_ascii_case("trash")
}

fn guard(call: &Call) -> Result<(), ToolError> {
    let files = matches!(call.spec.name, "mail_move" | "mail_label");
    if files && is_trash(call.text("folder")) {
        return Err(ToolError::Unavailable);
    }
    Ok(())
}

/// The folders that every account has are nobody's to choose among by writing a mail.
fn knows(set: &str, identifier: &str, _: &Kept<'_>) -> bool {
    set == "folder" && FOLDERS.contains(&identifier.trim().to_lowercase().as_str())
}

/// The newest mails of all accounts.
fn merge(mut mails: Vec<Item>, call: &Call) -> Vec<Item> {
    let at = |mail: &Item| match mail.field("date").map(Item::peek) {
        Some(Value::Time(at)) => *at,
        _ => Timestamp::from_millis(0),
    };
    mails.sort_by_key(|mail| std::cmp::Reverse(at(mail)));
    mails.truncate(super::super::parts::limit(call, LISTED));
    mails
}

/// The fields of a mail that say who is in it.
const PEOPLE: [&str; 3] = ["from", "sender", "to"];

/// A mail that was found by words. Anybody can write one that is found, so its people are those
/// that others' text chose. The mail itself is what the owner asked for: one with these words.
pub(in super::super) fn searched(mut item: Item) -> Item {
    let chosen = Label {
        readers: Readers::Everyone,
        capacity: Capacity::Unit,
        ..Label::owner()
    }
    .picked();
    item.change(|value| {
        if let Value::Record(fields) = value {
            for (name, field) in fields {
                if PEOPLE.contains(&name.as_str()) {
                    *field = field.clone().tainted_by(&chosen);
                }
            }
        }
    });
    item
}

/// The mails of a conversation. Whoever writes the next mail of it joins it, so of those that a call
/// does not point at, others chose who they are from.
pub(in super::super) fn conversation(call: &Call, mails: Vec<Item>) -> Vec<Item> {
    let id = |item: &Item| item.field("id").and_then(Item::text).map(str::to_owned);
    let pointed_at = call.item("mail").and_then(id);
    let known = |mail: &Item| pointed_at.is_some() && id(mail) == pointed_at;
    let mails = mails.into_iter();
    mails
        .map(|mail| if known(&mail) { mail } else { searched(mail) })
        .collect()
}

/// A mail as its service has it; nothing in it is labelled yet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(in super::super) struct Mail {
    /// The service's own id.
    pub(in super::super) id: String,
    /// The id of the conversation that it belongs to.
    pub(in super::super) thread: String,
    /// When it arrived.
    pub(in super::super) at: i64,
    /// The folder that it is in, by one of the names in [`FOLDERS`] where it has one.
    pub(in super::super) folder: String,
    pub(in super::super) unread: bool,
    pub(in super::super) flagged: bool,
    /// Whether it was never sent, so that nobody in it has seen it.
    #[serde(default)]
    pub(in super::super) is_draft: bool,
    /// `Ada <ada@example.org>`.
    pub(in super::super) from: String,
    /// The bare address in it.
    pub(in super::super) sender: String,
    /// Whether the domain of that address vouched for the mail.
    pub(in super::super) authenticated: bool,
    /// Everybody it went to, as they are written.
    pub(in super::super) to: Vec<String>,
    pub(in super::super) subject: String,
    pub(in super::super) body: String,
    pub(in super::super) files: Vec<File>,
}

/// A file that is attached to a mail.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(in super::super) struct File {
    /// Under what id its service hands it out, the mail's included.
    pub(in super::super) id: String,
    pub(in super::super) name: String,
    pub(in super::super) media_type: String,
    /// What is in it, once it was opened.
    pub(in super::super) text: Option<String>,
}

/// The labels of a mail's fields.
struct Labels {
    known: Label,
    words: Label,
}

impl Labels {
    fn read_by(source: &str, readers: Readers) -> Self {
        let known = Label::attested(source, readers, Capacity::Unit);
        let words = Label {
            integrity: Integrity::Untrusted,
            capacity: Capacity::Text,
            ..known.clone()
        };
        Self { known, words }
    }

    fn known(&self, capacity: Capacity) -> Label {
        Label {
            capacity,
            ..self.known.clone()
        }
    }

    fn flag(&self, holds: bool) -> Item {
        Labeled::new(Value::Bool(holds), self.known(Capacity::Bool))
    }

    fn words(&self, words: &str) -> Item {
        text(words, self.words.clone())
    }
}

fn readers<'a>(people: impl IntoIterator<Item = &'a str>) -> Readers {
    let addresses = people.into_iter().map(completing::address);
    let addresses = addresses.filter(|address| !address.is_empty());
    Readers::Only(
        addresses
            .map(|address| format!("mail:{}", address.to_lowercase()))
            .collect(),
    )
}

/// A mail of an account, with a label on every field.
pub(in super::super) fn item(account: &Account, mail: &Mail) -> Item {
    let id = public_id(account, &mail.id);
    let source = source_of(Kind::Mail, &id);
    let people = mail.to.iter().map(String::as_str);
    let labels = if mail.is_draft {
        Labels::read_by(&source, Readers::owner())
    } else {
        let people = people.chain([mail.from.as_str()]);
        Labels::read_by(&source, readers(people))
    };
    let mut sender = if mail.authenticated {
        labels.known.clone()
    } else {
        labels.words.clone()
    };
    sender.capacity = Capacity::Id;
    let folder = if FOLDERS.contains(&mail.folder.as_str()) {
        text(mail.folder.as_str(), labels.known(Capacity::Choice))
    } else {
        text(mail.folder.as_str(), labels.known(Capacity::Id))
    };
    let at = Value::Time(Timestamp::from_millis(mail.at));
    let files = mail
        .files
        .iter()
        .map(|file| file_item(account, file, &labels));
    record(
        labels.known.clone(),
        [
            ("id", text(id, labels.known(Capacity::Id))),
            (
                "thread",
                text(mail.thread.as_str(), labels.known(Capacity::Id)),
            ),
            ("date", Labeled::new(at, labels.known(Capacity::Number))),
            ("unread", labels.flag(mail.unread)),
            ("flagged", labels.flag(mail.flagged)),
            ("folder", folder),
            ("subject", labels.words(&mail.subject)),
            ("from", labels.words(&mail.from)),
            ("sender", text(mail.sender.as_str(), sender)),
            ("authenticated", labels.flag(mail.authenticated)),
            ("to", labels.words(&mail.to.join(", "))),
            ("body", labels.words(&mail.body)),
            (
                "attachments",
                Labeled::new(Value::List(files.collect()), labels.known.clone()),
            ),
        ],
    )
}

fn file_item(account: &Account, file: &File, labels: &Labels) -> Item {
    let id = public_id(account, &file.id);
    let body = file.text.as_deref().unwrap_or_default();
    record(
        labels.known.clone(),
        [
            ("id", text(id, labels.known(Capacity::Id))),
            ("name", labels.words(&file.name)),
            ("type", labels.words(&file.media_type)),
            ("text", labels.words(body)),
        ],
    )
}

/// A file that was opened: no better than the handle that pointed at it.
pub(in super::super) fn opened(account: &Account, file: &File, pointed_at: &Item) -> Item {
    let source = source_of(Kind::Mail, &public_id(account, &file.id));
    let labels = Labels::read_by(&source, pointed_at.total_label().readers);
    file_item(account, file, &labels)
}

/// A draft of an account: it is no source of its own, since what stands in it came from where it
/// came from.
pub(in super::super) fn draft(account: &Account, id: &str, call: &Call, state: &str) -> Item {
    let id = public_id(account, id);
    let known = super::super::parts::made_here(&source_of(Kind::Draft, &id));
    let known = Label {
        sources: std::collections::BTreeSet::new(),
        ..known
    };
    let id_label = Label {
        capacity: Capacity::Id,
        readers: Readers::owner(),
        ..known.clone()
    };
    let given = |name: &str| super::super::parts::given(call, name);
    record(
        known.clone(),
        [
            ("id", text(id, id_label.clone())),
            ("to", given("to")),
            ("subject", given("subject")),
            ("body", given("body")),
            ("state", text(state, id_label)),
        ],
    )
}
