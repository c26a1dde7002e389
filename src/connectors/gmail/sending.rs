//! Writing a draft, and sending one.
//!
//! The one thing to know: what goes out is composed from the arguments that policy and the owner
//! looked at, also where a draft is sent: the draft must still say that, and of it only its place in a
//! conversation is taken over. Google sends a draft once: the same request a second time finds none (404), which says that
//! the first one arrived.

use super::requests::{get, id, post};
use super::{OPENED_BYTES_MAX, Stage, body, done, own, payload, send};
use crate::connectors::Lost;
use crate::connectors::family::mail::{self as family, Mail, drafts};
use crate::egress::account::Account;
use crate::format::mime::{self, Outgoing};
use crate::tool::{Answer, Call, CallContext, Kind, Progress, ToolError, ToolOutput};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// How far a clock of Google's may be behind ours, in milliseconds.
const SKEW_MS: i64 = 300_000;

/// Where a mail is on its way out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// The mail that is answered, or the draft that is sent, is looked at for its conversation.
    Before(Letter),
    /// The draft is made.
    Draft(Letter),
    /// It is sent.
    Send {
        letter: Letter,
        draft: String,
        again: bool,
    },
    /// What was sent is looked at.
    Sent { letter: Letter, id: String },
    /// What may have been sent is looked for.
    Look { letter: Letter, again: bool },
    /// The draft that the owner had is put into the trash.
    Tidy { mail: Box<Mail> },
}

/// What a mail is from the first step to the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Letter {
    /// Its own id, drawn once.
    message_id: String,
    /// When it was begun, in milliseconds since 1970.
    at: i64,
    /// The conversation that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread: Option<String>,
    /// The message of the draft that it takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old: Option<String>,
}

fn next(request: crate::http::Request, step: Step) -> Result<Progress, ToolError> {
    send(request, &Stage::Writing(step))
}

pub(super) fn begin(
    account: &Account,
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let domain = account.address.rsplit_once('@').map(|(_, domain)| domain);
    let domain = domain.unwrap_or("mail.invalid");
    let letter = Letter {
        message_id: format!("{}@{domain}", context.ids.token()),
        at: context.now.millis(),
        thread: None,
        old: None,
    };
    if call.item("draft").is_some() {
        let draft = own(account, call, "draft")?;
        let request = get(account, &format!("/drafts/{draft}?format=full"));
        return next(request, Step::Before(letter));
    }
    if call.item("in_reply_to").is_some() {
        let mail = own(account, call, "in_reply_to")?;
        let request = get(account, &format!("/messages/{mail}?format=full"));
        return next(request, Step::Before(letter));
    }
    draft(account, call, letter, None)
}

/// Makes the draft; `before` is what it answers and the ids before that.
fn draft(
    account: &Account,
    call: &Call,
    letter: Letter,
    before: Option<(String, Vec<String>)>,
) -> Result<Progress, ToolError> {
    let (answered, mut references) = before.unzip();
    if let (Some(all), Some(answered)) = (&mut references, &answered) {
        all.push(answered.clone());
    }
    let from = mime::Person {
        name: None,
        address: account.address.to_owned(),
    };
    let to = mime::people(call.text("to"));
    let written = Outgoing {
        from,
        to: &to,
        subject: call.text("subject"),
        text: call.text("body"),
        message_id: &letter.message_id,
        in_reply_to: answered.as_deref(),
        references: references.as_deref().unwrap_or_default(),
        date: letter.at.div_euclid(1_000),
        ..Outgoing::default()
    };
    // A draft may still lack whom it goes to.
    let raw = if to.is_empty() && call.spec.name == "mail_draft" {
        mime::compose_draft(&written)
    } else {
        mime::compose(&written)
    };
    let raw = URL_SAFE_NO_PAD.encode(raw.map_err(|_| ToolError::Unavailable)?);
    let mut message = json!({"raw": raw});
    if let (Some(thread), Some(fields)) = (&letter.thread, message.as_object_mut()) {
        fields.insert("threadId".to_owned(), thread.as_str().into());
    }
    let request = post(account, "/drafts", &json!({"message": message}));
    next(request, Step::Draft(letter))
}

pub(super) fn go_on(
    account: &'static Account,
    call: &Call,
    step: Step,
    answer: Answer<'_>,
    _context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    match step {
        Step::Before(mut letter) => {
            let read = body(answer)?;
            let message = read.get("message").unwrap_or(&read);
            if call.item("draft").is_some() {
                letter.old = Some(unchanged(account, call, message)?);
                letter.thread = id(message.get("threadId"));
                let before = payload::parents(message);
                return draft(account, call, letter, before);
            }
            let (own, before, thread) = payload::ancestry(message).ok_or(ToolError::Unavailable)?;
            letter.thread = Some(thread);
            draft(account, call, letter, Some((own, before)))
        }
        Step::Draft(mut letter) => {
            let read = body(answer)?;
            let draft = id(read.get("id")).ok_or(ToolError::Unavailable)?;
            if call.spec.name == "mail_draft" {
                let item = family::draft(account, &draft, call, "draft");
                return Ok(Progress::Done(ToolOutput::new(Kind::Draft, item)));
            }
            letter.thread = id(read.pointer("/message/threadId")).or(letter.thread);
            let again = false;
            deliver(account, letter, draft, again)
        }
        Step::Send { letter, again, .. } => match answer.status {
            200 => {
                let read: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
                match id(read.get("id")) {
                    Some(id) => {
                        let request = get(account, &format!("/messages/{id}?format=full"));
                        next(request, Step::Sent { letter, id })
                    }
                    // It was sent, and its answer cannot be read.
                    None => look(account, letter, true),
                }
            }
            // The draft is gone: it was sent, or the owner threw it away.
            400 | 404 => look(account, letter, again),
            403 if !super::requests::is_quota(answer) => Err(ToolError::Auth),
            403 | 429 => Err(ToolError::Rate),
            status if (400..500).contains(&status) && !again => Err(ToolError::Unavailable),
            _ => Err(ToolError::Unknown),
        },
        Step::Sent { letter, id } => {
            let read = body(answer).ok();
            let mail = read.and_then(|read| payload::mail(account, &read, OPENED_BYTES_MAX));
            // It was sent, whatever became of looking at it.
            let mail = mail.unwrap_or_else(|| as_written(account, call, &letter, id));
            tidy(account, letter, mail)
        }
        Step::Look { letter, again } => {
            let read = body(answer).unwrap_or_default();
            match found(account, &read, &letter) {
                Some(mail) => tidy(account, letter, mail),
                None if again => Err(ToolError::Unknown),
                None => Err(ToolError::Unavailable),
            }
        }
        Step::Tidy { mail } => Ok(done(account, &mail)),
    }
}

/// The id of a draft's message, if it still says what policy and the owner looked at.
fn unchanged(account: &Account, call: &Call, message: &Json) -> Result<String, ToolError> {
    let draft = payload::mail(account, message, OPENED_BYTES_MAX);
    let draft = draft.ok_or(ToolError::Unavailable)?;
    // One in the trash was sent, or the owner threw it away.
    let lies_there = draft.is_draft && draft.folder == "drafts";
    (lies_there && drafts::is_as_shown(call, &draft))
        .then_some(draft.id)
        .ok_or(ToolError::Unavailable)
}

fn deliver(
    account: &Account,
    letter: Letter,
    draft: String,
    again: bool,
) -> Result<Progress, ToolError> {
    let request = post(account, "/drafts/send", &json!({"id": draft}));
    let step = Step::Send {
        letter,
        draft,
        again,
    };
    next(request, step)
}

fn look(account: &Account, letter: Letter, again: bool) -> Result<Progress, ToolError> {
    let Some(thread) = letter.thread.clone() else {
        return Err(ToolError::Unknown);
    };
    let request = get(account, &format!("/threads/{thread}?format=full"));
    next(request, Step::Look { letter, again })
}

/// The mail that was sent, in its conversation.
fn found(account: &Account, thread: &Json, letter: &Letter) -> Option<Mail> {
    let messages = thread.get("messages").and_then(Json::as_array)?;
    let mut mails = messages.iter().rev().filter_map(|message| {
        let ours = payload::own_id(message).is_some_and(|id| id == letter.message_id);
        let mail = payload::mail(account, message, OPENED_BYTES_MAX)?;
        let sent = mail.folder == "sent" || mail.folder == "inbox" && is_sent(message);
        // Google may have given it another id; nothing else was sent there since.
        let since = mail.at >= letter.at.saturating_sub(SKEW_MS);
        (sent && (ours || since)).then_some(mail)
    });
    mails.next()
}

fn is_sent(message: &Json) -> bool {
    let labels = message.get("labelIds").and_then(Json::as_array);
    labels.into_iter().flatten().any(|label| label == "SENT")
}

fn as_written(account: &Account, call: &Call, letter: &Letter, id: String) -> Mail {
    Mail {
        id,
        thread: letter.thread.clone().unwrap_or_default(),
        at: letter.at,
        folder: "sent".to_owned(),
        from: account.address.to_owned(),
        sender: account.address.to_owned(),
        to: vec![call.text("to").to_owned()],
        subject: call.text("subject").to_owned(),
        body: call.text("body").to_owned(),
        ..Mail::default()
    }
}

/// Puts the owner's earlier draft into the trash once its mail is out; whether that works changes
/// nothing. A draft that was changed since is another message and stays.
fn tidy(account: &Account, letter: Letter, mail: Mail) -> Result<Progress, ToolError> {
    let Some(old) = letter.old else {
        return Ok(done(account, &mail));
    };
    let mail = Box::new(mail);
    let request = post(account, &format!("/messages/{old}/trash"), &json!({}));
    next(request, Step::Tidy { mail })
}

pub(super) fn lost(step: &Step) -> Lost {
    match step {
        // Nothing was sent; at worst a second draft is left.
        Step::Before(_) | Step::Draft(_) => Lost::Again,
        Step::Send { .. } | Step::Sent { .. } | Step::Look { .. } | Step::Tidy { .. } => {
            Lost::FindOut
        }
    }
}

/// The draft is asked to be sent again, which happens once at most; what only looks, looks again.
pub(super) fn find_out(
    account: &'static Account,
    call: &Call,
    step: Step,
) -> Result<Progress, ToolError> {
    match step {
        Step::Send { letter, draft, .. } => deliver(account, letter, draft, true),
        Step::Sent { letter, id } => {
            let mail = as_written(account, call, &letter, id);
            tidy(account, letter, mail)
        }
        Step::Look { letter, .. } => look(account, letter, true),
        Step::Tidy { mail } => Ok(done(account, &mail)),
        Step::Before(_) | Step::Draft(_) => Err(ToolError::Unknown),
    }
}

/// Whether the mail may be out already.
pub(super) fn taken(step: &Step) -> bool {
    match step {
        Step::Before(_) | Step::Draft(_) => false,
        Step::Send { again, .. } => *again,
        Step::Sent { .. } | Step::Look { .. } | Step::Tidy { .. } => true,
    }
}
