//! What became of a mail whose answer was lost.
//!
//! The one thing to know: it is looked for by the changes since the state that it was offered in, and
//! those say for sure what was made. Nothing here says that a mail was not sent unless all of them
//! were seen and no submission came to the account since.

use super::session::Session;
use super::wire::{Answers, Batch, Failure, id_in, result_of};
use super::writing::{Next, Outgoing, Placed, submits};
use crate::http::Request;
use crate::tool::Call;
use serde_json::{Value as Json, json};

/// The most objects that are looked through.
const CHANGES_MAX: u32 = 200;

/// Looks for the mail among all that was made since the state that it was offered in. This is no
/// search: an index may lag behind, and what it does not find may still be there.
pub(super) fn find(call: &Call, session: &Session, mail: &Outgoing) -> Request {
    let since = json!({ "sinceState": mail.state, "maxChanges": CHANGES_MAX });
    let get = json!({
        "#ids": result_of("c", "Email/changes", "/created"),
        "properties": ["id", "messageId", "mailboxIds", "keywords", "threadId"],
    });
    let mut batch = Batch::default()
        .call("Email/changes", "c", &session.id, since)
        .call("Email/get", "g", &session.id, get);
    if submits(call) {
        let none = json!({ "ids": [] });
        let all = json!({ "ids": null, "properties": ["id", "emailId", "undoStatus"] });
        batch = batch
            .call("EmailSubmission/get", "s", &session.id, none)
            .call("EmailSubmission/get", "a", &session.id, all);
    }
    batch.request(&session.api)
}

/// What was found.
pub(super) fn found(
    call: &Call,
    session: &Session,
    answers: Result<Answers, Failure>,
    mail: &Outgoing,
) -> Next {
    looked(call, session, answers, mail).unwrap_or(Next::Unknown)
}

fn looked(
    call: &Call,
    session: &Session,
    answers: Result<Answers, Failure>,
    mail: &Outgoing,
) -> Result<Next, Failure> {
    let answers = answers?;
    let changes = answers.of("Email/changes", "c")?;
    let state = answers.state("Email/changes", "c", "newState")?;
    let all_seen = changes.get("hasMoreChanges") == Some(&Json::Bool(false));
    let made = changes.get("created").and_then(Json::as_array);
    let made = made.ok_or(Failure::Broken)?.len();
    let list = answers.list("Email/get", "g")?;
    let is_it = |one: &&Json| {
        let ids = one.get("messageId").and_then(Json::as_array);
        let own = ids.and_then(|ids| ids.first()).and_then(Json::as_str);
        own == Some(mail.message_id.as_str())
    };
    if let Some(it) = list.iter().find(is_it) {
        return Ok(found_it(call, session, &answers, it).unwrap_or(Next::Unknown));
    }
    // Another mail that was there and is gone may have been this one.
    let gone = answers.of("Email/get", "g")?.get("notFound");
    let gone = gone
        .and_then(Json::as_array)
        .is_some_and(|gone| !gone.is_empty());
    let destroyed = changes.get("destroyed").and_then(Json::as_array);
    let destroyed = destroyed.is_none_or(|destroyed| !destroyed.is_empty());
    let whole = all_seen && !gone && !destroyed && list.len() >= made;
    // A submission since then may have been this one's.
    let quiet = match (&mail.submissions, submits(call)) {
        (Some(before), true) => {
            answers
                .state("EmailSubmission/get", "s", "state")
                .ok()
                .as_ref()
                == Some(before)
        }
        (None, _) | (Some(_), false) => true,
    };
    if !whole || !quiet {
        return Ok(Next::Unknown);
    }
    Ok(Next::Again(mail.under(state)))
}

/// What a mail that was made tells: sent, or nobody knows, or what a draft is meant to be.
fn found_it(call: &Call, session: &Session, answers: &Answers, it: &Json) -> Option<Next> {
    let id = id_in(it, "id")?;
    let boxes = it.get("mailboxIds")?.as_object()?;
    let boxes: Vec<&str> = boxes.keys().map(String::as_str).collect();
    let placed = Placed {
        id: id.to_owned(),
        thread: id_in(it, "threadId")?.to_owned(),
        folder: session.name_of(&boxes),
    };
    // It stops being a draft by being submitted, and in no other way.
    let is_draft = it.pointer("/keywords/$draft") == Some(&Json::Bool(true));
    let submission = |one: &Json| {
        let canceled = one.get("undoStatus").and_then(Json::as_str) == Some("canceled");
        one.get("emailId").and_then(Json::as_str) == Some(id) && !canceled
    };
    let kept = answers.list("EmailSubmission/get", "a").unwrap_or_default();
    let done = !submits(call) || !is_draft || kept.iter().any(submission);
    Some(if done {
        Next::Done(placed)
    } else {
        Next::Unknown
    })
}
