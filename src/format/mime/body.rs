//! Which parts of a message are its text, and which came along.
//!
//! The one thing to know: of alternatives, the plain one is the text and the HTML is compared with
//! it; everything that is no text, or says that it is an attachment, is listed.

use super::parts::Part;
use super::{Attachment, Limits, Mail, read_within};
use crate::format::html::{Honest, honest};
use crate::inert::is_hidden;
use std::collections::BTreeSet;

/// Words that are compared, of each version.
const WORDS_MAX: usize = 4_000;
/// Two versions differ grossly when they share less than one word in so many.
const SHARED_MIN: usize = 2;
/// The header of a message in a message that is part of its text.
const MESSAGE_TEXT_BYTES_MAX: usize = 64 * 1024;

/// A stretch of the text: its plain version, its HTML, or both.
#[derive(Debug, Clone, Copy, Default)]
struct Piece {
    plain: Option<usize>,
    html: Option<usize>,
}

/// Which parts are what.
#[derive(Debug, Default)]
struct Sorted {
    pieces: Vec<Piece>,
    attachments: Vec<(usize, bool)>,
}

/// Fills in the text and the attachments.
pub fn fill(mail: &mut Mail, parts: &[Part<'_>], limits: &Limits, messages: usize) {
    let mut sorted = Sorted::default();
    sort(parts, 0, false, &mut sorted);
    let mut texts = Vec::new();
    let mut others = Vec::new();
    let mut differs = false;
    let mut bytes: usize = 0;
    for piece in &sorted.pieces {
        if bytes > limits.text_bytes_max {
            mail.is_cut = true;
            break;
        }
        let plain = piece
            .plain
            .and_then(|place| parts.get(place))
            .map(plain_text);
        let html = piece.html.and_then(|place| parts.get(place));
        let html = html.map(|part| honest(&part.text(), &limits.html));
        if let Some(html) = &html {
            mail.has_hidden = mail.has_hidden || html.has_hidden;
            mail.is_cut = mail.is_cut || html.is_cut;
            mail.links.extend(html.links.iter().cloned());
        }
        let plain = plain.filter(|plain| !plain.trim().is_empty());
        let (text, other) = match (plain, html) {
            (Some(plain), Some(html)) => {
                differs = differs || differ(&plain, &html);
                (plain, html.text)
            }
            (Some(plain), None) => (plain.clone(), plain),
            (None, Some(html)) => (html.text.clone(), html.text),
            (None, None) => continue,
        };
        bytes = bytes.saturating_add(text.len());
        texts.push(text);
        others.push(other);
    }
    mail.text = joined(&texts, limits, &mut mail.is_cut);
    if differs {
        mail.html_text = Some(joined(&others, limits, &mut mail.is_cut));
    }
    mail.links.truncate(limits.html.links_max);
    for (place, is_inline) in sorted.attachments {
        if let Some(part) = parts.get(place) {
            let attachment = attachment(part, place, is_inline, limits, messages);
            mail.attachments.push(attachment);
        }
    }
}

fn joined(texts: &[String], limits: &Limits, is_cut: &mut bool) -> String {
    let whole = texts
        .iter()
        .map(|text| text.trim_end())
        .collect::<Vec<_>>()
        .join("\n\n");
    let kept = super::cut(&whole, limits.text_bytes_max);
    *is_cut = *is_cut || kept.len() < whole.len();
    kept.to_owned()
}

/// Sorts a part and those in it. Depth is limited where parts are made.
fn sort(parts: &[Part<'_>], place: usize, in_related: bool, sorted: &mut Sorted) {
    let Some(part) = parts.get(place) else { return };
    if part.children.is_empty() {
        return sort_leaf(part, place, in_related, sorted);
    }
    let related = part.is("multipart", "related");
    if !part.is("multipart", "alternative") {
        for (nth, child) in part.children.iter().enumerate() {
            sort(parts, *child, in_related || (related && nth > 0), sorted);
        }
        return;
    }
    let mut inside = Sorted::default();
    for child in &part.children {
        sort(parts, *child, in_related, &mut inside);
    }
    let plain: Vec<usize> = inside
        .pieces
        .iter()
        .filter_map(|piece| piece.plain)
        .collect();
    let html: Vec<usize> = inside
        .pieces
        .iter()
        .filter_map(|piece| piece.html)
        .collect();
    // Mail programs show the last version that they can; a version may be of several parts.
    if plain.len() <= 1 && html.len() <= 1 {
        sorted.pieces.push(Piece {
            plain: plain.first().copied(),
            html: html.first().copied(),
        });
    } else {
        sorted.pieces.extend(inside.pieces);
    }
    sorted.attachments.extend(inside.attachments);
}

fn sort_leaf(part: &Part<'_>, place: usize, in_related: bool, sorted: &mut Sorted) {
    let is_attached =
        part.disposition.main == "attachment" || (in_related && part.name().is_some());
    let is_named = part.name().is_some() && part.disposition.main != "inline";
    let is_text = part.kind.main == "text" && !is_attached && !is_named;
    // A multipart that could not be split is text that somebody may read.
    let is_unsplit = part.kind.main == "multipart" && !is_attached;
    if is_text && part.kind.sub == "html" {
        sorted.pieces.push(Piece {
            html: Some(place),
            ..Piece::default()
        });
    } else if (is_text && matches!(part.kind.sub.as_str(), "plain" | "")) || is_unsplit {
        sorted.pieces.push(Piece {
            plain: Some(place),
            ..Piece::default()
        });
    } else {
        let is_inline = part.disposition.main == "inline" || in_related;
        sorted
            .attachments
            .push((place, is_inline && !is_attached || in_related));
    }
}

/// A plain text as it is shown.
fn plain_text(part: &Part<'_>) -> String {
    let breaks = ['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
    let text = part.text().replace("\r\n", "\n").replace(breaks, "\n");
    let is_flowed = part
        .kind
        .get("format")
        .is_some_and(|format| format.eq_ignore_ascii_case("flowed"));
    let text = if is_flowed { unflowed(&text) } else { text };
    text.chars().filter(|c| !is_hidden(*c)).collect()
}

/// Lines that end in a blank go on (RFC 3676), as long as they are quoted as deep.
fn unflowed(text: &str) -> String {
    let quotes = |line: &str| line.chars().take_while(|c| *c == '>').count();
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let depth = quotes(line);
        let content = line.trim_start_matches('>');
        let content = content.strip_prefix(' ').unwrap_or(content);
        if open == Some(depth) {
            out.push_str(content);
        } else {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&">".repeat(depth));
            if depth > 0 {
                out.push(' ');
            }
            out.push_str(content);
        }
        open = (content.ends_with(' ') && content != "-- ").then_some(depth);
        if open.is_none() && content.is_empty() && out.is_empty() {
            out.push('\n');
        }
    }
    out
}

/// Whether the plain version and what is visible of the HTML are not the same letter.
fn differ(plain: &str, html: &Honest) -> bool {
    let visible: String = html
        .text
        .split("[hidden: ")
        .enumerate()
        .map(|(nth, part)| {
            if nth == 0 {
                part
            } else {
                part.split_once(']').map_or("", |(_, rest)| rest)
            }
        })
        .collect();
    let (plain, html) = (words(plain), words(&visible));
    let shared = plain.intersection(&html).count();
    shared.saturating_mul(SHARED_MIN) < plain.len().max(html.len())
}

fn words(text: &str) -> BTreeSet<String> {
    let tokens =
        text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '|' | '*' | '_'));
    let tokens = tokens.filter(|token| !token.contains("://"));
    let words = tokens.flat_map(|token| token.split(|c: char| !c.is_alphanumeric()));
    words
        .filter(|word| !word.is_empty())
        .take(WORDS_MAX)
        .map(str::to_lowercase)
        .collect()
}

fn attachment(
    part: &Part<'_>,
    index: usize,
    is_inline: bool,
    limits: &Limits,
    messages: usize,
) -> Attachment {
    let is_message =
        part.kind.main == "message" && matches!(part.kind.sub.as_str(), "rfc822" | "global");
    let text = (is_message && messages < limits.messages_max).then(|| {
        let inner = read_within(&part.decoded(), limits, messages.saturating_add(1));
        message_text(&inner)
    });
    let sub = if part.kind.sub.is_empty() {
        "octet-stream"
    } else {
        &part.kind.sub
    };
    let media_type = super::fields::tidy(&format!("{}/{sub}", part.kind.main));
    let (name, bytes) = (part.name(), part.decoded_bytes());
    Attachment {
        index,
        name,
        media_type,
        bytes,
        is_inline,
        text,
    }
}

/// A message in a message, as text.
fn message_text(mail: &Mail) -> String {
    let people = |list: &[super::Person]| {
        let shown = list.iter().map(|person| match &person.name {
            Some(name) => format!("{name} <{}>", person.address),
            None => person.address.clone(),
        });
        shown.collect::<Vec<_>>().join(", ")
    };
    let mut text = format!(
        "From: {}\nTo: {}\nSubject: {}\n\n{}",
        people(&mail.from),
        people(&mail.to),
        mail.subject,
        mail.text,
    );
    for inner in mail
        .attachments
        .iter()
        .filter_map(|attachment| attachment.text.as_ref())
    {
        text.push_str("\n\n");
        text.push_str(inner);
    }
    super::cut(&text, MESSAGE_TEXT_BYTES_MAX).to_owned()
}
