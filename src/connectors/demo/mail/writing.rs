//! Drafts, mails that are sent, answers and forwarded mails.
//!
//! The one thing to know: an answer goes to the sender of the mail that was pointed at, never to
//! another address it names. A draft never changes and is sent once: its sent mail takes the
//! draft's own number, and that number being taken is the proof.

use super::super::super::family::mail::completing::{of_draft, part};
use super::super::super::parts::{document, given, invalid, object_id, read};
use super::super::state::State;
use super::{DRAFTS, SENT, TRASH, Written, find};
use crate::tool::{Call, CallContext, Kind, ToolError, ToolOutput};

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

/// Sends a mail on. What goes out is what `completing::complete` made of it.
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
