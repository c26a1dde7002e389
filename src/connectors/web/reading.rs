//! What a page says, by its media type.
//!
//! The one thing to know: what is shown is text. HTML becomes what a reader would see, with what is
//! hidden marked; a feed becomes a list; nothing is run, fetched or followed.

use super::super::family::web::address::Address;
use super::super::family::web::{Entry, Page};
use crate::format::{feed, html};
use crate::tool::Answer;
use mail_parser::decoders::charsets::map::charset_decoder;

/// The media types that are read.
pub(super) const TYPES: &[&str] = &[
    "text/html",
    "application/xhtml+xml",
    "text/plain",
    "application/json",
    "application/xml",
    "text/xml",
    "application/rss+xml",
    "application/atom+xml",
];
/// The same, as a request says it.
pub(super) const ACCEPT: &str = "text/html, application/xhtml+xml, text/plain;q=0.9, application/json;q=0.9, application/rss+xml;q=0.9, application/atom+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8";

/// The longest text of a page, in bytes.
const TEXT_BYTES_MAX: usize = 128 * 1024;
const TITLE_BYTES_MAX: usize = 500;
/// The most entries of a feed, and the longest summary.
const ENTRIES_MAX: usize = 50;
const SUMMARY_BYTES_MAX: usize = 1_000;
/// How far into a page its character set and its title are looked for.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Reads an answer; `None` if it is nothing that is read.
pub(super) fn page(at: &Address, answer: Answer<'_>) -> Option<Page> {
    let kind = answer.header("content-type")?;
    let (essence, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    let essence = essence.trim().to_ascii_lowercase();
    if !TYPES.contains(&essence.as_str()) {
        return None;
    }
    let text = decoded(&answer.body, charset_of(parameters), &essence)?;
    let mut page = match essence.as_str() {
        "text/html" | "application/xhtml+xml" => of_html(&text),
        "application/json" => of_json(&text)?,
        "text/plain" => of_text(&text),
        _ => feed::read(&text, ENTRIES_MAX).map_or_else(|| of_text(&text), |feed| of_feed(&feed)),
    };
    if page.title.is_empty() {
        page.title = at.without_scheme();
    }
    Some(page)
}

fn charset_of(parameters: &str) -> Option<String> {
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_it = name.trim().eq_ignore_ascii_case("charset");
        is_it.then(|| value.trim().trim_matches(['"', '\'']).to_ascii_lowercase())
    })
}

/// A body as text: by its byte order mark, by what its head says, by what it says itself.
fn decoded(body: &[u8], told: Option<String>, essence: &str) -> Option<String> {
    let marked = match body {
        [0xEF, 0xBB, 0xBF, ..] => Some("utf-8"),
        [0xFE, 0xFF, ..] => Some("utf-16be"),
        [0xFF, 0xFE, ..] => Some("utf-16le"),
        _ => None,
    };
    let written = || match essence {
        "text/plain" | "application/json" => None,
        _ => written_charset(body),
    };
    let charset = marked.map(str::to_owned).or(told).or_else(written);
    let charset = charset.as_deref().unwrap_or("utf-8");
    let text = if charset == "utf-8" || charset == "utf8" {
        String::from_utf8_lossy(body).into_owned()
    } else {
        // One that nobody knows is no text.
        charset_decoder(charset.as_bytes())?(body)
    };
    Some(text.trim_start_matches('\u{FEFF}').to_owned())
}

/// The character set that a page names in its first bytes: `<meta charset=…>`, the older form of it,
/// or `encoding=…` in XML.
fn written_charset(body: &[u8]) -> Option<String> {
    let head = body.get(..body.len().min(2_048))?;
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let of_xml = head.trim_start().starts_with("<?xml");
    let mark = if of_xml && !head.contains("charset") {
        "encoding"
    } else {
        "charset"
    };
    let (_, rest) = head.split_once(mark)?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let rest = rest.trim_start_matches(['"', '\'']);
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:.".contains(c));
    let name = rest.get(..end.unwrap_or(rest.len()))?;
    // A page whose head could be read is in no such set, whatever it says.
    let name = if name.starts_with("utf-16") {
        "utf-8"
    } else {
        name
    };
    (!name.is_empty()).then(|| name.to_owned())
}

fn of_html(source: &str) -> Page {
    let limits = html::Limits {
        text_bytes_max: TEXT_BYTES_MAX,
        ..html::Limits::default()
    };
    let honest = html::honest(source, &limits);
    let mut text = honest.text;
    if honest.is_cut {
        text.push_str("\n…");
    }
    Page {
        title: title_of(source),
        text,
        entries: Vec::new(),
    }
}

/// What stands in `<title>`: entities count there, tags do not.
fn title_of(source: &str) -> String {
    let head = beginning(source, HEAD_BYTES_MAX);
    // Letters of ASCII keep their length, so places in one are places in the other.
    let small = head.to_ascii_lowercase();
    let title = small.find("<title").and_then(|start| {
        let inner = start
            .checked_add(small.get(start..)?.find('>')?)?
            .checked_add(1)?;
        let end = inner.checked_add(small.get(inner..)?.find("</title")?)?;
        head.get(inner..end)
    });
    plain(
        &title.unwrap_or_default().replace('<', "&lt;"),
        TITLE_BYTES_MAX,
    )
}

/// The text of a piece of HTML in one line.
fn plain(source: &str, bytes_max: usize) -> String {
    let limits = html::Limits {
        html_bytes_max: HEAD_BYTES_MAX,
        text_bytes_max: bytes_max,
        ..html::Limits::default()
    };
    let text = html::honest(source, &limits).text;
    let words: Vec<&str> = text.split_whitespace().collect();
    beginning(&words.join(" "), bytes_max).to_owned()
}

/// JSON on several lines. One that is no JSON is nothing.
fn of_json(source: &str) -> Option<Page> {
    let value: serde_json::Value = serde_json::from_str(source).ok()?;
    Some(of_text(&serde_json::to_string_pretty(&value).ok()?))
}

fn of_text(source: &str) -> Page {
    let kept = beginning(source, TEXT_BYTES_MAX);
    let mut text = kept.to_owned();
    if kept.len() < source.len() {
        text.push_str("\n…");
    }
    Page {
        text,
        ..Page::default()
    }
}

fn of_feed(read: &feed::Feed) -> Page {
    let entries: Vec<Entry> = read
        .entries
        .iter()
        .map(|entry| Entry {
            title: plain(&entry.title, TITLE_BYTES_MAX),
            link: beginning(&entry.link, TITLE_BYTES_MAX).to_owned(),
            date: beginning(&entry.date, 60).to_owned(),
            summary: plain(&entry.summary, SUMMARY_BYTES_MAX),
        })
        .collect();
    let mut text = String::new();
    for (n, entry) in entries.iter().enumerate() {
        let number = n.saturating_add(1);
        let lines = [&entry.date, &entry.link, &entry.summary];
        text.push_str(&format!("{number}. {}\n", entry.title));
        for line in lines.into_iter().filter(|line| !line.is_empty()) {
            text.push_str(&format!("   {line}\n"));
        }
    }
    Page {
        title: plain(&read.title, TITLE_BYTES_MAX),
        entries,
        ..of_text(text.trim_end())
    }
}

/// The beginning of a text, cut between characters.
fn beginning(text: &str, bytes_max: usize) -> &str {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}
