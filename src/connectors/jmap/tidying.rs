//! Moving, labelling, marking and throwing away mails.
//!
//! The one thing to know: every change says how a mail is to be, not what to do to it, so a request
//! that arrives twice does nothing a second time. Nothing here destroys: what is deleted lies in the
//! trash. The result is the mail as the server has it afterwards.

use super::super::family::mail;
use super::reading;
use super::session::Session;
use super::wire::{Answers, Batch, Failure, outcome};
use crate::egress::account::Account;
use crate::http::Request;
use crate::tool::{Call, Kind, ToolError, ToolOutput};
use serde_json::{Map, Value as Json, json};

/// How the mail is to be; `None` if there is no such folder.
fn wanted(call: &Call, session: &Session) -> Result<Option<Map<String, Json>>, ToolError> {
    let only = |id: &str| Map::from_iter([("mailboxIds".to_owned(), json!({ id: true }))]);
    let one = |name: String, value: Json| Map::from_iter([(name, value)]);
    let folder = || session.folder(call.text("folder"));
    Ok(match call.spec.name {
        "mail_move" => folder().map(|folder| only(&folder.id)),
        "mail_delete" => session.role("trash").map(|trash| only(&trash.id)),
        "mail_label" => folder().map(|folder| {
            let there = if call.flag("remove") {
                Json::Null
            } else {
                true.into()
            };
            one(format!("mailboxIds/{}", folder.id), there)
        }),
        "mail_mark" => {
            let (keyword, set) = match call.text("mark") {
                "read" => ("$seen", true),
                "unread" => ("$seen", false),
                "flagged" => ("$flagged", true),
                _ => ("$flagged", false),
            };
            let value = if set { true.into() } else { Json::Null };
            Some(one(format!("keywords/{keyword}"), value))
        }
        _ => return Err(ToolError::Unavailable),
    })
}

/// The request; `None` if there is no such folder.
pub(super) fn change(
    id: &str,
    call: &Call,
    session: &Session,
) -> Result<Option<Request>, ToolError> {
    let Some(wanted) = wanted(call, session)? else {
        return Ok(None);
    };
    let set = json!({ "update": { id: wanted } });
    let batch = Batch::default().call("Email/set", "u", &session.id, set);
    Ok(Some(
        reading::get_one(batch, id, session).request(&session.api),
    ))
}

/// The mail as it is now.
pub(super) fn changed(
    account: &Account,
    session: &Session,
    answers: &Answers,
    id: &str,
) -> Result<ToolOutput, Failure> {
    outcome(answers.of("Email/set", "u")?, "updated", "notUpdated", id)?;
    // It is changed, whatever is wrong with what comes after.
    let mail = reading::opened(account, session, answers, id).map_err(|_| Failure::Broken)?;
    Ok(ToolOutput::new(Kind::Mail, mail::item(account, &mail)))
}
