//! What a message of Gmail says, as the family has it.
//!
//! The one thing to know: Gmail hands a message out as a tree of decoded parts. Its texts are put
//! together to a small message of our own and read as any other mail is, so that charsets, hidden
//! text and the choice between versions are the same for every service.

use super::super::family::mail::{File, Mail};
use super::requests::{folder, id};
use crate::egress::account::Account;
use crate::format::authentication::{self, Trust};
use crate::format::{html, mime};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value as Json;

/// The most parts of a message that are looked at, and how deep.
const PARTS_MAX: usize = 100;
const DEPTH_MAX: usize = 12;
/// The most attachments that are listed.
const FILES_MAX: usize = 30;
/// The most bytes of one text part that are read.
const PART_BYTES_MAX: usize = 512 * 1024;
/// The fields of the header that are read.
const FIELDS: [&str; 10] = [
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "message-id",
    "references",
    "in-reply-to",
    "authentication-results",
    "received",
];

/// An attachment as it can be fetched today.
pub(super) struct Attached {
    pub(super) attachment: String,
    pub(super) name: String,
    pub(super) media_type: String,
}

fn text_of<'a>(json: &'a Json, name: &str) -> &'a str {
    json.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// The parts of a payload that are no containers, in order.
fn leaves<'a>(part: &'a Json, depth: usize, all: &mut Vec<&'a Json>) {
    if depth > DEPTH_MAX || all.len() >= PARTS_MAX {
        return;
    }
    let inner = part.get("parts").and_then(Json::as_array);
    match inner {
        // A message in a message is one attachment.
        Some(parts) if !parts.is_empty() && !text_of(part, "mimeType").starts_with("message/") => {
            for part in parts {
                leaves(part, depth.saturating_add(1), all);
            }
        }
        _ => all.push(part),
    }
}

fn is_file(part: &Json) -> bool {
    let kind = text_of(part, "mimeType");
    !text_of(part, "filename").is_empty() || !kind.starts_with("text/")
}

/// The bytes of a part; Gmail writes base64url with and without padding.
fn data(part: &Json) -> Option<Vec<u8>> {
    let text = part.pointer("/body/data").and_then(Json::as_str)?;
    decoded(text)
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let text: String = text
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A line of a header, on one line.
fn line(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    let clean = value.chars().map(|c| if c.is_control() { ' ' } else { c });
    out.extend_from_slice(clean.collect::<String>().as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// A message with the header and the texts of a payload, and nothing else.
fn rebuilt(payload: &Json, texts: &[&Json]) -> Vec<u8> {
    let mut out = Vec::new();
    let headers = payload.get("headers").and_then(Json::as_array);
    for header in headers.into_iter().flatten() {
        let name = text_of(header, "name");
        if FIELDS.contains(&name.to_lowercase().as_str()) {
            line(&mut out, name, text_of(header, "value"));
        }
    }
    line(&mut out, "MIME-Version", "1.0");
    let parts: Vec<(String, Vec<u8>)> = texts
        .iter()
        .filter_map(|part| {
            let mut bytes = data(part)?;
            bytes.truncate(PART_BYTES_MAX);
            let is_html = text_of(part, "mimeType") == "text/html";
            let kind = if is_html { "text/html" } else { "text/plain" };
            let charset = if std::str::from_utf8(&bytes).is_ok() {
                "utf-8".to_owned()
            } else {
                charset(part)
            };
            Some((format!("{kind}; charset=\"{charset}\""), bytes))
        })
        .collect();
    let mut boundary = "=_part".to_owned();
    let stands = |boundary: &str, bytes: &[u8]| {
        bytes
            .windows(boundary.len())
            .any(|window| window == boundary.as_bytes())
    };
    while parts.iter().any(|(_, bytes)| stands(&boundary, bytes)) {
        boundary.push('_');
    }
    let plain = texts
        .iter()
        .filter(|part| text_of(part, "mimeType") != "text/html");
    let plain = plain.count();
    let kind = if plain <= 1 && texts.len() <= 2 {
        "alternative"
    } else {
        "mixed"
    };
    let kind = format!("multipart/{kind}; boundary=\"{boundary}\"");
    line(&mut out, "Content-Type", &kind);
    for (kind, bytes) in parts {
        out.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
        line(&mut out, "Content-Type", &kind);
        line(&mut out, "Content-Transfer-Encoding", "8bit");
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&bytes);
    }
    out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    out
}

/// The charset that a part names, if it is a plain word.
fn charset(part: &Json) -> String {
    let headers = part.get("headers").and_then(Json::as_array);
    let mut headers = headers.into_iter().flatten();
    let kind = headers.find(|it| text_of(it, "name").eq_ignore_ascii_case("content-type"));
    let kind = kind.map_or("", |it| text_of(it, "value")).to_lowercase();
    let named = kind.split_once("charset=").map_or("", |(_, rest)| rest);
    let named = named.trim_start_matches('"');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    let named: String = named.chars().take_while(|c| plain(*c)).take(40).collect();
    if named.is_empty() {
        "windows-1252".to_owned()
    } else {
        named
    }
}

fn person(person: &mime::Person) -> String {
    match &person.name {
        Some(name) => format!("{name} <{}>", person.address),
        None => person.address.clone(),
    }
}

/// A message as the family has it; `None` for what is none.
pub(super) fn mail(account: &Account, message: &Json, bytes_max: usize) -> Option<Mail> {
    let id = id(message.get("id"))?;
    let payload = message.get("payload")?;
    let mut parts = Vec::new();
    leaves(payload, 0, &mut parts);
    let (files, texts): (Vec<&Json>, Vec<&Json>) = parts.into_iter().partition(|it| is_file(it));
    let read = mime::read(&rebuilt(payload, &texts), &mime::Limits::default());
    let labels = message.get("labelIds").and_then(Json::as_array);
    let labels: Vec<&str> = labels
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let at = message.get("internalDate").and_then(|date| {
        let text = date.as_str().and_then(|text| text.parse().ok());
        text.or_else(|| date.as_i64())
    });
    let sender = read.from.first().cloned().unwrap_or_default();
    let authserv = match account.authserv {
        "" => super::AUTHSERV,
        named => named,
    };
    let to = read.to.iter().chain(&read.cc).chain(&read.bcc).map(person);
    let files = files.iter().take(FILES_MAX).map(|part| File {
        id: format!("{id}/{}", text_of(part, "partId")),
        name: text_of(part, "filename").to_owned(),
        media_type: text_of(part, "mimeType").to_owned(),
        text: None,
    });
    Some(Mail {
        thread: super::requests::id(message.get("threadId")).unwrap_or_default(),
        at: at.unwrap_or(0),
        folder: folder(&labels).to_owned(),
        unread: labels.contains(&"UNREAD"),
        flagged: labels.contains(&"STARRED"),
        is_draft: labels.contains(&"DRAFT"),
        from: read.from.first().map(person).unwrap_or_default(),
        authenticated: proven(&read, authserv),
        sender: sender.address,
        to: to.collect(),
        subject: read.subject.clone(),
        body: cut(whole(&read), bytes_max),
        files: files.collect(),
        id,
    })
}

/// Whether the one sender of a mail is proven, by the word of the server that the account trusts.
fn proven(read: &mime::Mail, server: &str) -> bool {
    let trust = Trust {
        server,
        relays: &[],
    };
    authentication::proven(&read.fields, &trust).is_some()
}

/// What a mail says, both versions where they differ grossly.
fn whole(read: &mime::Mail) -> String {
    match &read.html_text {
        Some(other) => format!("{}\n\n[HTML: {other}]", read.text),
        None => read.text.clone(),
    }
}

/// The beginning of a text that is too long.
pub(super) fn cut(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        let mut end = bytes_max;
        while !text.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        text.truncate(end);
        text.push_str(" […]");
    }
    text
}

/// The header that an answer needs: the id of the mail and of those before it.
pub(super) fn ancestry(message: &Json) -> Option<(String, Vec<String>, String)> {
    let payload = message.get("payload")?;
    let read = mime::read(&rebuilt(payload, &[]), &mime::Limits::default());
    let own = read.message_id?;
    let mut before = read.references;
    if before.is_empty() {
        before = read.in_reply_to;
    }
    let thread = id(message.get("threadId"))?;
    Some((own, before, thread))
}

/// What a draft answers, and the ids before that.
pub(super) fn parents(message: &Json) -> Option<(String, Vec<String>)> {
    let payload = message.get("payload")?;
    let read = mime::read(&rebuilt(payload, &[]), &mime::Limits::default());
    let answered = read.in_reply_to.into_iter().next()?;
    let mut before = read.references;
    before.retain(|id| *id != answered);
    Some((answered, before))
}

/// The id that a message gives itself.
pub(super) fn own_id(message: &Json) -> Option<String> {
    let payload = message.get("payload")?;
    mime::read(&rebuilt(payload, &[]), &mime::Limits::default()).message_id
}

/// The attachment of a message in the part of this id.
pub(super) fn part(message: &Json, part_id: &str) -> Option<Attached> {
    let mut parts = Vec::new();
    leaves(message.get("payload")?, 0, &mut parts);
    let part = parts
        .into_iter()
        .find(|part| is_file(part) && text_of(part, "partId") == part_id)?;
    let attachment = part.pointer("/body/attachmentId").and_then(Json::as_str)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let fits = !attachment.is_empty() && attachment.len() <= 2_048;
    (fits && attachment.bytes().all(plain)).then(|| Attached {
        attachment: attachment.to_owned(),
        name: text_of(part, "filename").to_owned(),
        media_type: text_of(part, "mimeType").to_owned(),
    })
}

/// Whether a file of this type is a text.
pub(super) fn is_readable(media_type: &str) -> bool {
    media_type.starts_with("text/") || media_type == "application/json"
}

/// A file from the answer to the request for it.
pub(super) fn file(answer: &Json, name: String, media_type: String) -> File {
    let bytes = answer.get("data").and_then(Json::as_str).and_then(decoded);
    let bytes = bytes.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let text = if media_type == "text/html" {
        html::honest(&text, &html::Limits::default()).text
    } else {
        text
    };
    File {
        id: String::new(),
        name,
        media_type,
        text: Some(cut(text, super::OPENED_BYTES_MAX)),
    }
}

/// The file with its id at the service.
pub(super) fn with_id(file: File, id: &str) -> File {
    File {
        id: id.to_owned(),
        ..file
    }
}
