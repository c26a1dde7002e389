//! Mails as JMAP has them (RFC 8621): listed, opened, in their conversation, with their files.
//!
//! The one thing to know: nothing here is labelled but by the family. What a mail says of its own
//! sender is not believed; `format::authentication` judges what the owner's own server wrote above
//! it. HTML is read by `format::html`, so that what a reader would not see is marked.

use super::super::access::own_id;
use super::super::family::mail::completing::cut;
use super::super::family::mail::{self, File, LISTED, Mail};
use super::super::parts::{limit, list as to_list, object_id};
use super::session::{Session, is_address};
use super::wire::{Answers, Batch, Failure, id_in, is_id, result_of};
use crate::egress::account::Account;
use crate::format::authentication::{Trust, proven};
use crate::format::html::{Limits, honest};
use crate::format::mime::Field;
use crate::http::Request;
use crate::tool::{Call, Kind, ToolError, ToolOutput};
use crate::value::Item;
use serde_json::{Map, Value as Json, json};

/// The text of a mail that was opened, and of one in a list, in bytes.
const BODY_BYTES_MAX: usize = 200 * 1024;
const LISTED_BYTES_MAX: usize = 16 * 1024;
/// How much of a part is asked for; HTML is mostly marks.
const PART_BYTES_MAX: usize = 512 * 1024;
const LISTED_PART_BYTES_MAX: usize = 48 * 1024;
/// The most mails of a conversation.
const THREAD_MAX: usize = 50;
const PARTS_MAX: usize = 30;
/// The most people of a field, and of a mail. Each of its fields names all of them as its readers.
const PEOPLE_MAX: usize = 40;
const WORDS_MAX: usize = 20;
const LINE_BYTES_MAX: usize = 998;
/// The largest file that is opened.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
const FIELDS_MAX: usize = 500;

/// What is asked of a mail that is to be shown.
fn shown(ids: (&str, Json), part_bytes_max: usize) -> Json {
    let (name, ids) = ids;
    let mut args = json!({
        "properties": [
            "id", "threadId", "mailboxIds", "keywords", "receivedAt", "from", "to", "cc", "bcc",
            "subject", "headers", "textBody", "attachments", "bodyValues",
        ],
        "bodyProperties": ["partId", "blobId", "size", "name", "type"],
        "fetchTextBodyValues": true,
        "maxBodyValueBytes": part_bytes_max,
    });
    if let Json::Object(args) = &mut args {
        args.insert(name.to_owned(), ids);
    }
    args
}

/// The mail that an argument of this name points at.
pub(super) fn pointed(account: &Account, call: &Call, name: &str) -> Result<String, ToolError> {
    let id = object_id(call, name)?;
    let id = own_id(account, &id).filter(|id| is_id(id));
    id.map(str::to_owned).ok_or(ToolError::Unavailable)
}

/// Asks for the newest mails of a folder; `None` if there is no such folder.
pub(super) fn list(call: &Call, session: &Session) -> Option<Request> {
    let called = match call.text("folder") {
        "" => "inbox",
        given => given,
    };
    let mut conditions = vec![json!({ "inMailbox": session.folder(called)?.id })];
    if call.flag("unread") {
        conditions.push(json!({ "notKeyword": "$seen" }));
    }
    // Quotes and backslashes would make something else of words.
    let plain = |text: &str| text.replace(['"', '\'', '\\'], " ");
    for word in plain(call.text("query")).split_whitespace().take(WORDS_MAX) {
        conditions.push(json!({ "text": word }));
    }
    let from = plain(call.text("from"));
    if !from.trim().is_empty() {
        conditions.push(json!({ "from": from.trim() }));
    }
    let filter = if conditions.len() == 1 {
        conditions.remove(0)
    } else {
        json!({ "operator": "AND", "conditions": conditions })
    };
    let query = json!({
        "filter": filter,
        "sort": [{ "property": "receivedAt", "isAscending": false }],
        "limit": limit(call, LISTED),
    });
    let ids = ("#ids", result_of("q", "Email/query", "/ids"));
    let batch = Batch::default()
        .call("Email/query", "q", &session.id, query)
        .call(
            "Email/get",
            "g",
            &session.id,
            shown(ids, LISTED_PART_BYTES_MAX),
        );
    Some(batch.request(&session.api))
}

/// Opens a mail, and marks it as read.
pub(super) fn open(id: &str, session: &Session) -> Request {
    let update = json!({ "update": { id: { "keywords/$seen": true } } });
    let batch = Batch::default().call("Email/set", "u", &session.id, update);
    get_one(batch, id, session).request(&session.api)
}

/// Asks for a draft: its place in a conversation, and all that it says.
pub(super) fn of_draft(id: &str) -> Json {
    let mut args = shown(("ids", json!([id])), PART_BYTES_MAX);
    let properties = args.get_mut("properties").and_then(Json::as_array_mut);
    if let Some(properties) = properties {
        properties.extend(["messageId", "references", "inReplyTo"].map(Json::from));
    }
    args
}

/// A draft that was asked for.
pub(super) fn draft(account: &Account, session: &Session, draft: &Json) -> Option<Mail> {
    read_mail(account, session, draft, BODY_BYTES_MAX)
}

/// Asks for all of a mail.
pub(super) fn get_one(batch: Batch, id: &str, session: &Session) -> Batch {
    let get = shown(("ids", json!([id])), PART_BYTES_MAX);
    batch.call("Email/get", "g", &session.id, get)
}

/// Asks for the conversation of a mail.
pub(super) fn thread(id: &str, session: &Session) -> Request {
    let first = json!({ "ids": [id], "properties": ["threadId"] });
    let threads = json!({ "#ids": result_of("f", "Email/get", "/list/*/threadId") });
    let ids = ("#ids", result_of("t", "Thread/get", "/list/*/emailIds"));
    Batch::default()
        .call("Email/get", "f", &session.id, first)
        .call("Thread/get", "t", &session.id, threads)
        .call(
            "Email/get",
            "g",
            &session.id,
            shown(ids, LISTED_PART_BYTES_MAX),
        )
        .request(&session.api)
}

/// The mails that were asked for, in the order of the server, as much of each as a list shows.
fn mails(account: &Account, session: &Session, answers: &Answers) -> Result<Vec<Mail>, Failure> {
    let found = answers.list("Email/get", "g")?.iter();
    let read = |one| read_mail(account, session, one, LISTED_BYTES_MAX);
    found.map(|one| read(one).ok_or(Failure::Broken)).collect()
}

/// What a list of a folder found.
pub(super) fn listed(
    account: &Account,
    session: &Session,
    call: &Call,
    answers: &Answers,
) -> Result<ToolOutput, Failure> {
    let order = answers.of("Email/query", "q")?.get("ids");
    let order = order.and_then(Json::as_array).ok_or(Failure::Broken)?;
    let mut found = mails(account, session, answers)?;
    // The order is the query's: a `get` need not keep it.
    let place = |mail: &Mail| order.iter().position(|id| id.as_str() == Some(&mail.id));
    found.retain(|mail| place(mail).is_some());
    found.sort_by_key(|mail| (std::cmp::Reverse(mail.at), place(mail)));
    found.truncate(limit(call, LISTED));
    let by_words = !call.text("query").trim().is_empty() || !call.text("from").trim().is_empty();
    let items = found.iter().map(|mail| {
        let item = mail::item(account, mail);
        if by_words { mail::searched(item) } else { item }
    });
    Ok(to_list(Kind::Mails, call, items))
}

/// The mails of a conversation, the oldest first; of a long one the newest.
pub(super) fn conversation(
    account: &Account,
    session: &Session,
    call: &Call,
    answers: &Answers,
) -> Result<ToolOutput, Failure> {
    let mut found = mails(account, session, answers)?;
    let order = answers.list("Thread/get", "t")?.first();
    let order = order.and_then(|thread| thread.get("emailIds"));
    let order = order.and_then(Json::as_array).ok_or(Failure::Broken)?;
    // Times have seconds; within one the server knows which came first.
    let place = |mail: &Mail| order.iter().position(|id| id.as_str() == Some(&mail.id));
    found.sort_by_key(|mail| (mail.at, place(mail)));
    let left_out = found.len().saturating_sub(THREAD_MAX);
    let items: Vec<Item> = found
        .iter()
        .skip(left_out)
        .map(|mail| mail::item(account, mail))
        .collect();
    if items.is_empty() {
        return Err(Failure::Refused("notFound".to_owned()));
    }
    Ok(to_list(Kind::Mails, call, mail::conversation(call, items)))
}

/// The one mail that was asked for.
pub(super) fn opened(
    account: &Account,
    session: &Session,
    answers: &Answers,
    id: &str,
) -> Result<Mail, Failure> {
    let found = answers.list("Email/get", "g")?.iter();
    let mut found = found.filter(|one| id_in(one, "id") == Some(id));
    let one = found.next();
    let one = one.ok_or_else(|| Failure::Refused("notFound".to_owned()))?;
    read_mail(account, session, one, BODY_BYTES_MAX).ok_or(Failure::Broken)
}

/// A text on one line.
fn line(object: &Json, name: &str) -> String {
    let text = object.get(name).and_then(Json::as_str).unwrap_or_default();
    cut(text.replace(char::is_control, " "), LINE_BYTES_MAX)
}

/// Everybody in a field, with their bare addresses.
fn people(mail: &Json, name: &str) -> Vec<(String, String)> {
    let all = mail.get(name).and_then(Json::as_array);
    let all = all.map(Vec::as_slice).unwrap_or_default();
    let person = |one: &Json| {
        let (name, email) = (line(one, "name"), line(one, "email"));
        let whole = if name.trim().is_empty() {
            email.clone()
        } else {
            format!("{} <{email}>", name.trim())
        };
        (whole, email)
    };
    all.iter().take(PEOPLE_MAX).map(person).collect()
}

/// Reads a mail; `None` if it is not what RFC 8621 says a mail is.
fn read_mail(account: &Account, session: &Session, mail: &Json, bytes_max: usize) -> Option<Mail> {
    let at = mail.get("receivedAt")?.as_str()?;
    let at: jiff::Timestamp = at.parse().ok()?;
    let is_set = |keyword: &str| {
        let keywords = mail.get("keywords").and_then(Json::as_object);
        keywords.is_some_and(|all| all.get(keyword) == Some(&Json::Bool(true)))
    };
    let boxes = mail.get("mailboxIds")?.as_object()?;
    let boxes: Vec<&str> = boxes.keys().map(String::as_str).collect();
    let from = people(mail, "from");
    let first = from.first().map(|(_, email)| email.clone());
    let first = first.unwrap_or_default();
    let proven = proven_sender(account, mail).filter(|proven| {
        let only = matches!(from.as_slice(), [_]);
        only && is_address(&first) && proven.eq_ignore_ascii_case(&first)
    });
    let names = from.iter().map(|(whole, _)| whole.as_str());
    let to = ["to", "cc", "bcc"];
    let to = to.iter().flat_map(|name| people(mail, name));
    let id = id_in(mail, "id")?;
    let folder = session.name_of(&boxes);
    Some(Mail {
        id: id.to_owned(),
        thread: id_in(mail, "threadId")?.to_owned(),
        at: at.as_millisecond(),
        unread: !is_set("$seen"),
        flagged: is_set("$flagged"),
        // Not every mail program says so by the keyword.
        is_draft: is_set("$draft") || folder == "drafts",
        folder,
        from: names.collect::<Vec<_>>().join(", "),
        authenticated: proven.is_some(),
        sender: proven.unwrap_or(first),
        to: to.map(|(whole, _)| whole).take(PEOPLE_MAX).collect(),
        subject: line(mail, "subject"),
        body: body(mail, bytes_max),
        files: files(mail, id),
    })
}

/// Whom the owner's own mail server says that a mail is from.
fn proven_sender(account: &Account, mail: &Json) -> Option<String> {
    if account.authserv.is_empty() {
        return None;
    }
    let fields = mail.get("headers")?.as_array()?;
    if fields.len() > FIELDS_MAX {
        return None;
    }
    let field = |one: &Json| {
        let text = |name: &str| one.get(name)?.as_str().map(str::to_owned);
        let (name, value) = (text("name")?, text("value")?);
        Some(Field { name, value })
    };
    let fields: Option<Vec<Field>> = fields.iter().map(field).collect();
    let trust = Trust {
        server: account.authserv,
        relays: &[],
    };
    proven(&fields?, &trust).map(|proven| proven.address)
}

/// The text of a mail: its plain version, or what its HTML shows.
fn body(mail: &Json, bytes_max: usize) -> String {
    let parts = mail.get("textBody").and_then(Json::as_array);
    let parts = parts.map(Vec::as_slice).unwrap_or_default();
    let values = mail.get("bodyValues").and_then(Json::as_object);
    let mut whole = String::new();
    for part in parts.iter().take(PARTS_MAX) {
        let Some((text, is_cut)) = values.and_then(|values| part_text(part, values)) else {
            continue;
        };
        if !whole.is_empty() {
            whole.push('\n');
        }
        whole.push_str(&text);
        if is_cut {
            whole.push_str(CUT);
        }
    }
    whole.truncate(whole.trim_end().len());
    shortened(whole, bytes_max)
}

/// What stands where more was.
const CUT: &str = "\n[…]";

fn shortened(text: String, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text;
    }
    let mut text = cut(text, bytes_max);
    text.push_str(CUT);
    text
}

/// The text of a part, and whether there is more.
fn part_text(part: &Json, values: &Map<String, Json>) -> Option<(String, bool)> {
    let kind = media_type(part.get("type")?.as_str()?);
    let value = values.get(part.get("partId")?.as_str()?)?;
    let text = value.get("value")?.as_str()?;
    let is_cut = value.get("isTruncated") == Some(&Json::Bool(true));
    match kind.as_str() {
        "text/html" => {
            let read = honest(text, &Limits::default());
            Some((read.text, read.is_cut || is_cut))
        }
        _ if kind.starts_with("text/") => Some((text.replace("\r\n", "\n"), is_cut)),
        _ => None,
    }
}

fn media_type(written: &str) -> String {
    let kind = written.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

/// The files of a mail. A file's id has the mail's before it.
fn files(mail: &Json, id: &str) -> Vec<File> {
    let all = mail.get("attachments").and_then(Json::as_array);
    let all = all.map(Vec::as_slice).unwrap_or_default();
    let file = |one: &Json| {
        let blob = id_in(one, "blobId")?;
        Some(File {
            id: format!("{id}/{blob}"),
            name: line(one, "name"),
            media_type: media_type(&line(one, "type")),
            text: None,
        })
    };
    all.iter().take(PARTS_MAX).filter_map(file).collect()
}

/// The mail and the blob that a file's id has.
fn split_file(account: &Account, call: &Call) -> Result<(String, String), ToolError> {
    let id = object_id(call, "file")?;
    let (mail, blob) = own_id(account, &id)
        .and_then(|id| id.split_once('/'))
        .filter(|(mail, blob)| is_id(mail) && is_id(blob))
        .ok_or(ToolError::Unavailable)?;
    Ok((mail.to_owned(), blob.to_owned()))
}

/// Asks for a file: a text comes with the mail, decoded by the server.
pub(super) fn file(
    account: &Account,
    call: &Call,
    session: &Session,
) -> Result<Request, ToolError> {
    let (mail, _) = split_file(account, call)?;
    let args = json!({
        "ids": [mail],
        "properties": ["id", "attachments", "bodyValues"],
        "bodyProperties": ["partId", "blobId", "size", "name", "type"],
        "fetchAllBodyValues": true,
        "maxBodyValueBytes": PART_BYTES_MAX,
    });
    let batch = Batch::default().call("Email/get", "g", &session.id, args);
    Ok(batch.request(&session.api))
}

/// What is known of a file, and its text if it came along.
pub(super) fn file_in(
    account: &Account,
    call: &Call,
    answers: &Answers,
) -> Result<(File, String), ToolError> {
    let (id, blob) = split_file(account, call)?;
    let found = answers.list("Email/get", "g");
    let found = found.map_err(|failure| failure.error())?;
    let mail = found.iter().find(|one| id_in(one, "id") == Some(&id));
    let mail = mail.ok_or(ToolError::Unavailable)?;
    let parts = mail.get("attachments").and_then(Json::as_array);
    let mut parts = parts.into_iter().flatten();
    let part = parts.find(|part| id_in(part, "blobId") == Some(&blob));
    let part = part.ok_or(ToolError::Unavailable)?;
    let size = part.get("size").and_then(Json::as_u64);
    if size.is_none_or(|size| size > FILE_BYTES_MAX) {
        return Err(ToolError::Unavailable);
    }
    let values = mail.get("bodyValues").and_then(Json::as_object);
    let text = values.and_then(|values| part_text(part, values));
    let text = text.map(|(text, is_cut)| {
        let text = if is_cut { text + CUT } else { text };
        shortened(text, BODY_BYTES_MAX)
    });
    let file = File {
        id: format!("{id}/{blob}"),
        name: line(part, "name"),
        media_type: media_type(&line(part, "type")),
        text,
    };
    Ok((file, blob))
}

/// Whether a file that is no `text/…` is one all the same.
pub(super) fn is_text(media_type: &str) -> bool {
    let texts = [
        "application/json",
        "application/ld+json",
        "application/xml",
        "application/x-yaml",
        "application/yaml",
        "application/csv",
        "application/x-sh",
        "application/javascript",
        "application/sql",
    ];
    texts.contains(&media_type) || media_type.starts_with("text/")
}

/// The text of a file that was downloaded.
pub(super) fn downloaded(file: File, bytes: &[u8]) -> Result<File, ToolError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ToolError::Unavailable)?;
    let text = match file.media_type.as_str() {
        "text/html" => honest(text, &Limits::default()).text,
        _ => text.replace("\r\n", "\n"),
    };
    let text = Some(shortened(text, BODY_BYTES_MAX));
    Ok(File { text, ..file })
}

/// A file as the planner's handle has it.
pub(super) fn file_output(account: &Account, call: &Call, file: &File) -> ToolOutput {
    let absent = super::super::parts::absent();
    let pointed_at = call.item("file").unwrap_or(&absent);
    ToolOutput::new(Kind::File, mail::opened(account, file, pointed_at))
}
