//! Requests to Gmail, and what its answers say of ids, labels and limits.

use super::super::family::mail::FOLDERS;
use super::super::parts::{encoded, gives_reason};
use crate::egress::account::Account;
use crate::http::{Method, Request};
use crate::tool::{Answer, Call, ToolError};
use serde_json::{Value as Json, json};

const BASE: &str = "/gmail/v1/users/me";
/// The longest id of Google's that is believed, in bytes.
const ID_BYTES_MAX: usize = 128;

/// A folder as Gmail has it: a label, the lack of one, or a label of the owner's.
pub(super) enum Folder {
    /// A label of Gmail's own.
    Known(&'static str),
    /// Everything that is in no other place: what is left of a mail without its inbox label.
    Archive,
    /// One by its name.
    Own,
}

impl Folder {
    pub(super) fn of(name: &str) -> Self {
        let name = name.trim().to_lowercase();
        let name = if name.is_empty() {
            "inbox"
        } else {
            name.as_str()
        };
        match name {
            "inbox" => Self::Known("INBOX"),
            "sent" => Self::Known("SENT"),
            "drafts" => Self::Known("DRAFT"),
            "trash" => Self::Known("TRASH"),
            "junk" => Self::Known("SPAM"),
            "archive" => Self::Archive,
            _ => Self::Own,
        }
    }
}

/// The folder that a mail with these labels is in, and the names of the owner's labels are not known.
pub(super) fn folder(labels: &[&str]) -> &'static str {
    let all = [
        ("TRASH", "trash"),
        ("SPAM", "junk"),
        ("DRAFT", "drafts"),
        ("INBOX", "inbox"),
        ("SENT", "sent"),
    ];
    let mut all = all.iter();
    let found = all.find(|(label, _)| labels.contains(label));
    found.map_or("archive", |(_, folder)| folder)
}

pub(super) fn get(account: &Account, path: &str) -> Request {
    Request {
        method: Method::Get,
        url: account.url(&format!("{BASE}{path}")),
        headers: vec![("accept".to_owned(), "application/json".to_owned())],
        body: Vec::new(),
    }
}

pub(super) fn post(account: &Account, path: &str, body: &Json) -> Request {
    Request::post_json(account.url(&format!("{BASE}{path}")), body)
}

pub(super) fn modify(account: &Account, id: &str, change: &Json) -> Request {
    post(account, &format!("/messages/{id}/modify"), change)
}

/// What a call changes about the labels of a mail; `label` is the owner's own that it names.
pub(super) fn change(call: &Call, label: Option<&str>) -> Option<Json> {
    let change =
        |add: &[&str], remove: &[&str]| json!({"addLabelIds": add, "removeLabelIds": remove});
    if call.spec.name == "mail_mark" {
        return match call.text("mark") {
            "read" => Some(change(&[], &["UNREAD"])),
            "unread" => Some(change(&["UNREAD"], &[])),
            "flagged" => Some(change(&["STARRED"], &[])),
            "unflagged" => Some(change(&[], &["STARRED"])),
            _ => None,
        };
    }
    let name = call.text("folder");
    if call.spec.name == "mail_label" {
        let label = match (Folder::of(name), label) {
            (Folder::Known(label), _) | (Folder::Own, Some(label)) => label,
            (Folder::Archive | Folder::Own, _) => return None,
        };
        return Some(if call.flag("remove") {
            change(&[], &[label])
        } else {
            change(&[label], &[])
        });
    }
    match (Folder::of(name), label) {
        (Folder::Archive, _) => Some(change(&[], &["INBOX", "TRASH", "SPAM"])),
        (Folder::Known("INBOX"), _) => Some(change(&["INBOX"], &["TRASH", "SPAM"])),
        (Folder::Known("TRASH"), _) => Some(change(&["TRASH"], &["INBOX", "SPAM"])),
        (Folder::Known("SPAM"), _) => Some(change(&["SPAM"], &["INBOX", "TRASH"])),
        (Folder::Own, Some(label)) => Some(change(&[label], &["INBOX", "TRASH", "SPAM"])),
        // Whether a mail was sent or is a draft is not for anybody to say.
        (Folder::Known(_), _) | (Folder::Own, None) => None,
    }
}

/// The address of the list that a call asks for.
pub(super) fn list_path(call: &Call, label: Option<&str>, limit: usize) -> String {
    let mut words = Vec::new();
    let query = plain(call.text("query"));
    if !query.is_empty() {
        words.push(query);
    }
    let from = plain(call.text("from"));
    if !from.is_empty() {
        let several = from.contains(' ');
        words.push(if several {
            format!("from:({from})")
        } else {
            format!("from:{from}")
        });
    }
    if call.flag("unread") {
        words.push("is:unread".to_owned());
    }
    if label.is_none() {
        words.push("-in:inbox -in:sent -in:drafts -in:chats".to_owned());
    }
    let mut path = format!("/messages?maxResults={}", limit.clamp(1, 500));
    if let Some(label) = label {
        path.push_str(&format!("&labelIds={}", encoded(label)));
    }
    if matches!(label, Some("TRASH" | "SPAM")) {
        path.push_str("&includeSpamTrash=true");
    }
    if !words.is_empty() {
        path.push_str(&format!("&q={}", encoded(&words.join(" "))));
    }
    path
}

/// The words of a query, without what Gmail would read as an operator.
fn plain(query: &str) -> String {
    let words = query.split(|c: char| !c.is_alphanumeric() && !"@._-'’".contains(c));
    let words = words.map(|word| word.trim_start_matches('-'));
    let words: Vec<&str> = words
        .filter(|word| !word.is_empty() && !matches!(*word, "OR" | "AND" | "AROUND"))
        .collect();
    words.join(" ")
}

/// The ids in a list of mails, at most so many.
pub(super) fn ids(list: &Json, most: usize) -> Vec<String> {
    let messages = list.get("messages").and_then(Json::as_array);
    let ids = messages.into_iter().flatten();
    let ids = ids.filter_map(|message| id(message.get("id")));
    ids.take(most).collect()
}

/// An id of Google's, if it is one that can stand in a path.
pub(super) fn id(json: Option<&Json>) -> Option<String> {
    let id = json.and_then(Json::as_str)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let fits = !id.is_empty() && id.len() <= ID_BYTES_MAX && id.bytes().all(plain);
    fits.then(|| id.to_owned())
}

/// The id of the owner's label with this name.
pub(super) fn label_named(list: &Json, name: &str) -> Option<String> {
    let labels = list.get("labels").and_then(Json::as_array)?;
    let name = name.trim().to_lowercase();
    let found = labels.iter().find(|label| {
        let of_owner = label.get("type").and_then(Json::as_str) == Some("user");
        let called = label.get("name").and_then(Json::as_str).unwrap_or_default();
        of_owner && called.to_lowercase() == name && !FOLDERS.contains(&name.as_str())
    })?;
    id(found.get("id"))
}

/// Whether a 403 means that a quota is used up
/// (<https://developers.google.com/workspace/gmail/api/guides/handle-errors>).
pub(super) fn is_quota(answer: Answer<'_>) -> bool {
    gives_reason(
        answer,
        &[
            "userRateLimitExceeded",
            "rateLimitExceeded",
            "quotaExceeded",
            "dailyLimitExceeded",
        ],
    )
}

/// What an answer to a change means that cannot be read: a refusal has done nothing, of anything else
/// nobody knows.
pub(super) fn unread(answer: Answer<'_>) -> ToolError {
    if (400..500).contains(&answer.status) {
        ToolError::Unavailable
    } else {
        ToolError::Unknown
    }
}
