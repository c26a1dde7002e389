//! Header fields: where they begin and end, and what their values say.
//!
//! The one thing to know: fields keep their order and their raw values, since who wrote a field is
//! told by its place. Values are read by `mail-parser`, one field at a time and each cut to a size.

use super::Person;
use crate::inert::is_hidden;
use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, Address, DateTime, HeaderValue};

/// The longest value that is read for its meaning.
const VALUE_BYTES_MAX: usize = 64 * 1024;
/// The longest subject, name or file name that is kept.
const TEXT_BYTES_MAX: usize = 4 * 1024;
/// The longest list of addresses that is kept.
const PEOPLE_MAX: usize = 1_000;
/// The most message ids of one field that are kept, and the longest.
const IDS_MAX: usize = 100;
const ID_BYTES_MAX: usize = 998;

/// A header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name as it is written.
    pub name: String,
    /// Its value as it is written, folds included.
    pub value: String,
}

impl Field {
    /// Whether it has this name.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// A field that lies in a message.
#[derive(Debug, Clone, Copy)]
pub struct RawField<'a> {
    pub name: &'a str,
    pub value: &'a [u8],
}

/// The fields at the beginning, the rest, and whether fields were left out. Whatever is no field
/// begins the body, so that nothing disappears between the two.
pub fn split(bytes: &[u8], fields_max: usize) -> (Vec<RawField<'_>>, &[u8], bool) {
    let mut fields: Vec<RawField<'_>> = Vec::new();
    let mut rest = bytes;
    let mut is_cut = false;
    loop {
        let (line, after) = line(rest);
        if line.is_empty() {
            return (fields, after, is_cut);
        }
        // Some stores put a line of their own first.
        let is_envelope =
            fields.is_empty() && (line.starts_with(b"From ") || line.starts_with(b">From "));
        if is_envelope {
            rest = after;
            continue;
        }
        let Some((name, value)) = name_and_value(line) else {
            return (fields, rest, is_cut);
        };
        let mut end = after;
        while end
            .first()
            .is_some_and(|first| matches!(first, b' ' | b'\t'))
        {
            end = self::line(end).1;
        }
        // The value reaches from behind the colon to where the next field begins.
        let from = line.len().saturating_sub(value.len());
        let value = rest
            .get(from..rest.len().saturating_sub(end.len()))
            .unwrap_or(value);
        if fields.len() < fields_max {
            fields.push(RawField { name, value });
        } else {
            is_cut = true;
        }
        rest = end;
    }
}

/// The first line without its end, and what follows it.
pub fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (line, rest) = match end {
        Some(end) => (bytes.get(..end), bytes.get(end.saturating_add(1)..)),
        None => (Some(bytes), None),
    };
    let line = line.unwrap_or_default();
    (
        line.strip_suffix(b"\r").unwrap_or(line),
        rest.unwrap_or_default(),
    )
}

fn name_and_value(line: &[u8]) -> Option<(&str, &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let name = str::from_utf8(name).ok()?.trim_end_matches([' ', '\t']);
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    is_name.then_some((name, value.get(1..)?))
}

/// A value that ends as the readers want it to.
fn ended(value: &[u8]) -> Vec<u8> {
    let kept = value
        .get(..VALUE_BYTES_MAX.min(value.len()))
        .unwrap_or_default();
    let mut ended = kept.trim_ascii_end().to_vec();
    ended.extend_from_slice(b"\r\n");
    ended
}

/// Text on one line, without anything that cannot be seen.
pub fn tidy(text: &str) -> String {
    let spaced = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c });
    let seen: String = spaced.filter(|c| !is_hidden(*c)).collect();
    let words: Vec<&str> = seen.split(' ').filter(|word| !word.is_empty()).collect();
    let joined = words.join(" ");
    super::cut(&joined, TEXT_BYTES_MAX).to_owned()
}

/// An unstructured value, its encoded words decoded.
pub fn text(value: &[u8]) -> String {
    let value = ended(value);
    let read = MessageStream::new(&value).parse_unstructured();
    read.as_text().map(tidy).unwrap_or_default()
}

/// A list of addresses; groups are opened.
pub fn people(value: &[u8]) -> Vec<Person> {
    let value = ended(value);
    let mut found = Vec::new();
    let mut add = |list: Vec<Addr<'_>>| {
        for addr in list {
            let name = addr
                .name
                .map(|name| tidy(&name))
                .filter(|name| !name.is_empty());
            let address = addr
                .address
                .map(|address| tidy(&address))
                .unwrap_or_default();
            if found.len() < PEOPLE_MAX {
                found.push(Person { name, address });
            }
        }
    };
    match MessageStream::new(&value).parse_address().into_address() {
        Some(Address::List(list)) => add(list),
        Some(Address::Group(groups)) => {
            for group in groups {
                add(group.addresses);
            }
        }
        None => {}
    }
    found
}

/// Message ids without their angle brackets.
pub fn ids(value: &[u8]) -> Vec<String> {
    let value = ended(value);
    let read = MessageStream::new(&value).parse_id();
    let list = read.as_text_list().unwrap_or_default();
    let ids = list.iter().map(|id| tidy(id));
    let fits = |id: &String| !id.is_empty() && id.len() <= ID_BYTES_MAX;
    ids.filter(fits).take(IDS_MAX).collect()
}

/// A date in seconds since 1970.
pub fn date(value: &[u8]) -> Option<i64> {
    let value = ended(value);
    let read = MessageStream::new(&value).parse_date();
    let date = read.as_datetime().filter(|date| date.is_valid());
    date.map(DateTime::to_timestamp)
}

/// A media type or disposition in lower case, with its parameters.
#[derive(Debug, Clone, Default)]
pub struct Kind {
    pub main: String,
    pub sub: String,
    pub parameters: Vec<(String, String)>,
}

impl Kind {
    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A `Content-Type` or a `Content-Disposition`.
pub fn kind(value: &[u8]) -> Option<Kind> {
    let value = ended(value);
    let HeaderValue::ContentType(kind) = MessageStream::new(&value).parse_content_type() else {
        return None;
    };
    let lower = |text: &str| text.trim().to_ascii_lowercase();
    let parameters = kind.attributes.unwrap_or_default();
    Some(Kind {
        main: lower(&kind.c_type),
        sub: kind.c_subtype.map(|sub| lower(&sub)).unwrap_or_default(),
        parameters: parameters
            .iter()
            .map(|p| (lower(&p.name), p.value.to_string()))
            .collect(),
    })
}
