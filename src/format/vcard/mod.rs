//! vCard (RFC 6350, RFC 2426, and 2.1 as phones still write it): cards read, written and changed.
//!
//! The one thing to know: a card is what somebody says of a person, so nothing in it proves who has
//! an address. A change writes its own lines anew and keeps every other one, photos and `X-` lines
//! included.

mod edit;
mod quoted;
#[cfg(test)]
mod tests;

pub use edit::{Change, EditError, Field, edit};

use super::escape::{escape, fields, unescaped};
use super::line::{Component, Line, LineError, Part};

/// Why a file of cards cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VcardError {
    /// It is not made of content lines.
    #[error(transparent)]
    Lines(#[from] LineError),
    /// There is no card.
    #[error("no card")]
    NoCard,
}

/// A card.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// Its id; empty if it has none.
    pub uid: String,
    /// What it is about.
    pub kind: Kind,
    /// The name as it is shown; made of the parts, of the organisation or an address if it is missing.
    pub name: String,
    /// The family name.
    pub family: String,
    /// The given name.
    pub given: String,
    /// Mail addresses, the preferred ones first.
    pub emails: Vec<Entry>,
    /// Telephone numbers, the preferred ones first.
    pub phones: Vec<Entry>,
    /// Where somebody works.
    pub organisation: String,
    /// What somebody does there.
    pub title: String,
    /// The groups that the card says it is in.
    pub categories: Vec<String>,
    /// The members of a group: ids of cards such as `urn:uuid:…`, or addresses.
    pub members: Vec<String>,
    /// More about it.
    pub note: String,
}

/// What a card is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A person; also where nothing is said.
    #[default]
    Individual,
    /// A list of others.
    Group,
    /// An organisation.
    Organisation,
    /// A place, or something else.
    Other,
}

/// A mail address or a number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// The address or number.
    pub value: String,
    /// What it is for, in small letters, such as `work`.
    pub kinds: Vec<String>,
}

/// How a new card is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 3.0, which every service takes.
    V3,
    /// 4.0.
    V4,
}

/// Reads all cards of a file. Bytes that are no text become `U+FFFD`.
pub fn read(bytes: impl AsRef<[u8]>) -> Result<Vec<Card>, VcardError> {
    let text = String::from_utf8_lossy(bytes.as_ref());
    let whole = Component::read(&text)?;
    let cards: Vec<Card> = whole.inner("VCARD").map(card).collect();
    if cards.is_empty() {
        return Err(VcardError::NoCard);
    }
    Ok(cards)
}

/// Who a line says is in a group: an address as it is, without what cannot be seen.
fn member(line: &Line) -> String {
    let seen = line.value().chars().filter(|c| !c.is_control());
    seen.collect::<String>().trim().to_owned()
}

fn card(card: &Component) -> Card {
    let first = |name: &str| card.first(name).map(text).unwrap_or_default();
    let kind = card.first("KIND");
    let kind = kind.or_else(|| card.first("X-ADDRESSBOOKSERVER-KIND"));
    let kind = kind.map(|line| line.value().trim().to_ascii_lowercase());
    let names = card.first("N").map(|line| parts(line, ';'));
    let name_part = |n: usize| names.as_ref().and_then(|all| all.get(n)).cloned();
    let members = card
        .lines()
        .filter(|line| line.name == "MEMBER" || line.name == "X-ADDRESSBOOKSERVER-MEMBER");
    let organisation = card.first("ORG").map(|line| parts(line, ';'));
    let mut read = Card {
        uid: first("UID"),
        kind: match kind.as_deref() {
            None | Some("individual" | "") => Kind::Individual,
            Some("group") => Kind::Group,
            Some("org") => Kind::Organisation,
            Some(_) => Kind::Other,
        },
        name: first("FN"),
        family: name_part(0).unwrap_or_default(),
        given: name_part(1).unwrap_or_default(),
        emails: entries(card, "EMAIL"),
        phones: entries(card, "TEL"),
        organisation: organisation
            .and_then(|all| all.into_iter().next())
            .unwrap_or_default(),
        title: first("TITLE"),
        categories: card
            .named("CATEGORIES")
            .flat_map(|line| parts(line, ','))
            .collect(),
        members: members.map(member).collect(),
        note: first("NOTE"),
    };
    read.categories.retain(|one| !one.is_empty());
    read.members.retain(|one| !one.is_empty());
    if read.name.is_empty() {
        let both = [read.given.as_str(), read.family.as_str()].join(" ");
        let email = read.emails.first().map(|one| one.value.as_str());
        let names = [both.trim(), &read.organisation, email.unwrap_or_default()];
        let name = names.into_iter().find(|name| !name.is_empty());
        read.name = name.unwrap_or_default().to_owned();
    }
    read
}

/// The value of a line, without its outer encoding but still escaped.
fn value(line: &Line) -> String {
    if line.is_quoted_printable() {
        quoted::decode(line.value(), line.param("CHARSET").unwrap_or_default())
    } else {
        line.value().to_owned()
    }
}

fn text(line: &Line) -> String {
    unescaped(&value(line)).trim().to_owned()
}

fn parts(line: &Line, mark: char) -> Vec<String> {
    let parts = fields(&value(line), mark).into_iter();
    parts.map(|part| part.trim().to_owned()).collect()
}

fn entries(card: &Component, name: &str) -> Vec<Entry> {
    let mut found: Vec<(u32, Entry)> = Vec::new();
    for line in card.named(name) {
        let value = entry_value(line);
        if value.is_empty() {
            continue;
        }
        let kinds = line.params("TYPE").flat_map(|kinds| kinds.split(','));
        let mut kinds: Vec<String> = kinds.map(|kind| kind.trim().to_ascii_lowercase()).collect();
        let preferred = kinds.iter().any(|kind| kind == "pref");
        kinds.retain(|kind| kind != "pref" && kind != "internet" && !kind.is_empty());
        let place = line.param("PREF").and_then(|place| place.parse().ok());
        let place = place.unwrap_or(if preferred { 1 } else { u32::MAX });
        found.push((place, Entry { value, kinds }));
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// An address or a number; 4.0 writes numbers as `tel:`.
fn entry_value(line: &Line) -> String {
    let value = text(line);
    let plain = ["tel:", "mailto:"].into_iter().find_map(|scheme| {
        let head = value.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme)
            .then(|| value.get(scheme.len()..))?
    });
    plain.unwrap_or(&value).to_owned()
}

/// Writes a new card.
pub fn write(card: &Card, version: Version) -> String {
    let mut lines = vec![match version {
        Version::V3 => Line::build("VERSION", &[], "3.0"),
        Version::V4 => Line::build("VERSION", &[], "4.0"),
    }];
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(Line::build(name, &[], &value));
        }
    };
    add("UID", escape(&card.uid));
    let (kind, member) = match version {
        Version::V3 => ("X-ADDRESSBOOKSERVER-KIND", "X-ADDRESSBOOKSERVER-MEMBER"),
        Version::V4 => ("KIND", "MEMBER"),
    };
    match card.kind {
        Kind::Individual => {}
        Kind::Group => add(kind, "group".to_owned()),
        Kind::Organisation => add(kind, "org".to_owned()),
        Kind::Other => add(kind, "location".to_owned()),
    }
    add("FN", escape(&card.name));
    // 3.0 wants the parts of a name even where they are not known.
    add(
        "N",
        format!("{};{};;;", escape(&card.family), escape(&card.given)),
    );
    add("ORG", escape(&card.organisation));
    add("TITLE", escape(&card.title));
    add("NOTE", escape(&card.note));
    let categories: Vec<String> = card.categories.iter().map(|one| escape(one)).collect();
    add("CATEGORIES", categories.join(","));
    for one in &card.members {
        add(member, one.clone());
    }
    for (name, entries) in [("EMAIL", &card.emails), ("TEL", &card.phones)] {
        lines.extend(entries.iter().map(|entry| entry_line(name, entry)));
    }
    let mut whole = Component::default();
    let card = Component::build("VCARD", lines);
    whole.parts.push(Part::Component(card));
    whole.write()
}

fn entry_line(name: &str, entry: &Entry) -> Line {
    let kinds = entry.kinds.iter().map(|kind| ("TYPE", kind.as_str()));
    Line::build(name, &kinds.collect::<Vec<_>>(), &escape(&entry.value))
}
