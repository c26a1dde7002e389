//! Drafts, mails that are sent, answers and forwarded mails.
//!
//! The one thing to know: an answer goes to the sender of the mail that was pointed at, never to
//! another address it names. A draft never changes and is sent once: its sent mail takes the
//! draft's own number, and that number being taken is the proof.

use super::super::super::parts::{document, given, invalid, object_id, read};
use super::super::seed::OWNER;
use super::super::state::State;
use super::{DRAFTS, SENT, TRASH, Written, address, find};
use crate::label::{Integrity, Labeled};
use crate::tool::{Argument, Call, CallContext, Kind, Origin, Shape, ToolError, ToolOutput};
use crate::value::{Item, Step, Value};

/// The longest subject, in bytes (RFC 5322 section 2.1.1).
const SUBJECT_BYTES_MAX: usize = 998;
/// The longest text, in bytes.
const BODY_BYTES_MAX: usize = 100_000;

/// Writes a draft.
pub(in super::super) fn draft(
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    let draft = compose(call, context)?;
    let sort = draft.at.millis().saturating_neg();
    context
        .documents
        .put("draft", document(&draft.id("draft"), sort, &draft)?)?;
    Ok(ToolOutput::new(
        Kind::Draft,
        draft.draft_item(context.locale),
    ))
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

/// Sends a mail: to the folder of sent mails, and to nobody.
pub(in super::super) fn send(
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    let mail = if call.item("draft").is_some() {
        let given = |name: &&str| {
            let argument = call.args.get(*name);
            argument.is_some_and(|argument| argument.origin != of_draft(name))
        };
        if ["to", "subject", "body", "in_reply_to"].iter().any(given) {
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
    put_sent(mail, context)
}

/// Sends a mail on. What goes out is what [`complete`] made of it.
pub(in super::super) fn forward(
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    let state = State::load(context)?;
    find(&object_id(call, "mail")?, &state, context)?;
    if call.item("body").is_none() {
        return Err(ToolError::Unavailable);
    }
    let mail = compose(call, context)?;
    put_sent(mail, context)
}

fn put_sent(mail: Written, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let sort = mail.at.millis().saturating_neg();
    context
        .documents
        .put(SENT, document(&mail.id(SENT), sort, &mail)?)?;
    Ok(ToolOutput::new(Kind::Mail, mail.item(SENT, SENT)))
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
        .get("draft", id)?
        .ok_or(ToolError::Unavailable)?;
    let mut mail: Written = read(stored)?;
    if mail.marks.folder(DRAFTS) == TRASH {
        return Err(ToolError::Unavailable);
    }
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
        context.documents.remove("draft", id)?;
    }
    // What goes out is what policy and the owner looked at.
    for (name, field) in [("subject", &mut mail.subject), ("body", &mut mail.body)] {
        if let Some(judged) = call.item(name) {
            field.clone_from(judged);
        }
    }
    mail.at = context.now;
    mail.marks = super::Marks::default();
    Ok(mail)
}

/// Adds what follows from the mail that a call points at.
pub(in super::super) fn complete(call: &mut Call) {
    if let Some(mail) = call.item("in_reply_to").cloned() {
        complete_answer(call, &mail);
    }
    if let Some(draft) = call.item("draft").cloned() {
        for name in ["to", "subject", "body"] {
            let field =
                part(&draft, name).filter(|field| field.text().is_some_and(|t| !t.is_empty()));
            if let (Some(field), Some(spec), None) = (field, call.spec.arg(name), call.item(name)) {
                let argument = Argument::new(spec, field, of_draft(name));
                call.args.insert(spec.name, argument);
            }
        }
    }
    if call.spec.name == "mail_forward"
        && let Some(mail) = call.item("mail").cloned()
    {
        complete_forward(call, &mail);
    }
}

/// Whom an answer goes to and its subject: the sender of the mail it answers, never what that mail
/// asks answers to be sent to; or, for a mail of the owner's own, whom that one went to.
fn complete_answer(call: &mut Call, mail: &Item) {
    let is_own = part(mail, "from").is_some_and(|from| from.text() == Some(OWNER));
    let people = if is_own {
        "to"
    } else if part(mail, "sender").is_some() {
        "sender"
    } else {
        "from"
    };
    let first = |people: &str| address(people.split(',').next().unwrap_or_default()).to_owned();
    let to = part(mail, people).map(|people| map_text(people, first));
    let subject = part(mail, "subject").map(|subject| {
        map_text(subject, |subject| {
            prefixed("Re: ", &["re:", "re :"], subject)
        })
    });
    for (name, from, item) in [("to", people, to), ("subject", "subject", subject)] {
        if let Some(item) = item {
            fill(call, name, item, &format!("in_reply_to.{from}"));
        }
    }
}

/// The subject and the text of a forwarded mail: a remark if there is one, then the mail itself.
fn complete_forward(call: &mut Call, mail: &Item) {
    let parts = ["subject", "from", "to", "body"].map(|name| part(mail, name));
    let [Some(subject), Some(from), Some(to), Some(body)] = parts else {
        return;
    };
    let head = [("From", &from), ("To", &to), ("Subject", &subject)];
    let head = head.map(|(name, item)| format!("{name}: {}", item.text().unwrap_or_default()));
    let mut note = call.text("note").to_owned();
    if !note.is_empty() {
        note.push_str("\n\n");
    }
    let text = format!(
        "{note}-------- Fwd --------\n{}\n\n{}",
        head.join("\n"),
        body.text().unwrap_or_default()
    );
    let mut label = body.label().join(from.label()).join(to.label());
    label = label.join(subject.label());
    if let Some(note) = call.item("note") {
        // The owner's own words go where the owner sends them, so they narrow no readers.
        let own = note.label().integrity == Integrity::Owner && note.label().sources.is_empty();
        if !own {
            label = label.join(note.label());
        }
    }
    let whole = Labeled::new(Value::Text(cut(text, BODY_BYTES_MAX)), label);
    let subject = map_text(subject, |subject| {
        prefixed("Fwd: ", &["fwd:", "fw:", "tr:", "tr :"], subject)
    });
    // These are not the planner's to give: what policy and the owner look at is what goes out.
    put(call, "subject", subject, "mail.subject");
    put(call, "body", whole, "mail.body");
}

/// Where an argument came from that a draft has.
fn of_draft(field: &str) -> Origin {
    Origin::Handle(format!("draft.{field}"))
}

fn part(mail: &Item, name: &str) -> Option<Item> {
    mail.at(&[Step::Field(name.to_owned())])
}

/// Gives a call an argument that it has not been given.
fn fill(call: &mut Call, name: &str, item: Item, from: &str) {
    if call.item(name).is_none() {
        put(call, name, item, from);
    }
}

/// Gives a call an argument, whatever it has been given.
fn put(call: &mut Call, name: &str, item: Item, from: &str) {
    if let Some(spec) = call.spec.arg(name) {
        let origin = Origin::Handle(from.to_owned());
        call.args
            .insert(spec.name, Argument::new(spec, item, origin));
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
        marks: super::Marks::default(),
    };
    if let Some(pointed_at) = call.item("in_reply_to") {
        let state = State::load(context)?;
        let original = find(&object_id(call, "in_reply_to")?, &state, context)?.item;
        // What the answer takes over is no better than the choice of what to answer.
        let thread = part(&original, "thread")
            .map(|thread| thread.tainted_by(pointed_at.label()))
            .ok_or(ToolError::Unavailable)?;
        if let Some(thread) = thread.text() {
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

/// `Re: …`, once; `known` are the ways in which others write it.
fn prefixed(prefix: &str, known: &[&str], subject: &str) -> String {
    let has_it = known.iter().any(|known| {
        subject
            .get(..known.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(known))
    });
    let whole = if has_it {
        subject.to_owned()
    } else {
        format!("{prefix}{subject}")
    };
    cut(whole, SUBJECT_BYTES_MAX)
}

/// The beginning of a text that is too long.
fn cut(mut text: String, bytes_max: usize) -> String {
    let end = (0..=bytes_max)
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0).min(text.len()));
    text
}
