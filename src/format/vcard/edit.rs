//! Changes a card that a service holds.
//!
//! The one thing to know: a line that is added takes the form of the card's own version, and a line
//! that is removed takes with it what belongs to its group, such as its label.

use super::super::escape::escape;
use super::super::line::{Component, Line, LineError, Part};
use super::{Entry, entry_line, entry_value, text};
use crate::time::{Timestamp, Zone};

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The name.
    Name {
        /// As it is shown.
        name: String,
        /// The family name.
        family: String,
        /// The given name.
        given: String,
    },
    /// Something is added, unless it is there.
    Add(Field, Entry),
    /// Something goes, by its value in any letter case.
    Remove(Field, String),
}

/// What a card may have several of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// A mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A member of a group.
    Member,
}

/// Why a change cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The file cannot be read.
    #[error(transparent)]
    Lines(#[from] LineError),
    /// There is not exactly one card.
    #[error("not one card")]
    NotOne,
    /// What should go is not there.
    #[error("not on the card")]
    NotFound,
}

/// The same card with a change, as of an instant.
pub fn edit(original: &str, change: &Change, stamp: Timestamp) -> Result<String, EditError> {
    let mut whole = Component::read(original)?;
    let mut cards = whole.parts.iter_mut().filter_map(|part| match part {
        Part::Component(card) if card.name == "VCARD" => Some(card),
        Part::Component(_) | Part::Line(_) => None,
    });
    let (Some(card), None) = (cards.next(), cards.next()) else {
        return Err(EditError::NotOne);
    };
    apply(card, change)?;
    if card.first("REV").is_some() {
        let now = stamp.in_zone(&Zone::utc());
        let now = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        card.set(Line::build("REV", &[], &now));
    }
    Ok(whole.write())
}

fn apply(card: &mut Component, change: &Change) -> Result<(), EditError> {
    match change {
        Change::Name {
            name,
            family,
            given,
        } => {
            card.set(Line::build("FN", &[], &escape(name)));
            let rest = card.first("N").map(|line| super::parts(line, ';'));
            let mut parts = vec![family.clone(), given.clone()];
            // Middle names, titles and what follows a name are not ours to lose.
            parts.extend(rest.unwrap_or_default().into_iter().skip(2));
            parts.resize(parts.len().max(5), String::new());
            let parts: Vec<String> = parts.iter().map(|part| escape(part)).collect();
            card.set(Line::build("N", &[], &parts.join(";")));
        }
        Change::Add(field, entry) => {
            if !card.lines().any(|line| is_it(line, *field, &entry.value)) {
                let name = field.name(card);
                card.add(match field {
                    Field::Email | Field::Phone => entry_line(name, entry),
                    Field::Member => Line::build(name, &[], &entry.value),
                });
            }
        }
        Change::Remove(field, value) => {
            let gone: Vec<Line> = card
                .lines()
                .filter(|line| is_it(line, *field, value))
                .cloned()
                .collect();
            if gone.is_empty() {
                return Err(EditError::NotFound);
            }
            let groups: Vec<&str> = gone.iter().map(|line| line.group.as_str()).collect();
            card.parts.retain(|part| match part {
                Part::Line(line) => {
                    let labels = line.name == "X-ABLABEL" && !line.group.is_empty();
                    !(gone.contains(line) || labels && groups.contains(&line.group.as_str()))
                }
                Part::Component(_) => true,
            });
        }
    }
    Ok(())
}

fn is_it(line: &Line, field: Field, value: &str) -> bool {
    let names = match field {
        Field::Email => ["EMAIL", ""],
        Field::Phone => ["TEL", ""],
        Field::Member => ["MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"],
    };
    let own = match field {
        Field::Email | Field::Phone => entry_value(line),
        Field::Member => text(line),
    };
    !line.name.is_empty()
        && names.contains(&line.name.as_str())
        && own.eq_ignore_ascii_case(value.trim())
}

impl Field {
    fn name(self, card: &Component) -> &'static str {
        let is_v4 = card
            .first("VERSION")
            .is_some_and(|line| line.value().trim() == "4.0");
        match self {
            Self::Email => "EMAIL",
            Self::Phone => "TEL",
            Self::Member if is_v4 => "MEMBER",
            Self::Member => "X-ADDRESSBOOKSERVER-MEMBER",
        }
    }
}
