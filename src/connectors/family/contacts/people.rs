//! Whom the owner knows, and by which names: what every address book has in common.
//!
//! The one thing to know: a word that two people have calls neither, and a name that a stranger wrote
//! calls nobody; then the owner is asked.

use super::super::super::Called;
use super::super::super::parts::fold;
use std::collections::BTreeSet;

/// Somebody in an address book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super::super) struct Person {
    /// The name.
    pub(in super::super::super) name: String,
    /// Whether the owner, or one of the owner's own apps, wrote the name.
    pub(in super::super::super) is_named: bool,
    /// Whether being in this book makes somebody known.
    pub(in super::super::super) is_known: bool,
    /// Mail addresses.
    pub(in super::super::super) addresses: Vec<String>,
    /// Phone numbers.
    pub(in super::super::super) phones: Vec<String>,
}

impl Person {
    fn is_at(&self, set: &str, identifier: &str) -> bool {
        match set {
            "mail" => {
                let wanted = identifier.trim().to_lowercase();
                let mut own = self.addresses.iter();
                own.any(|own| own.trim().to_lowercase() == wanted)
            }
            "phone" => {
                let wanted = digits(identifier);
                let mut own = self.phones.iter();
                !wanted.is_empty() && own.any(|own| digits(own) == wanted)
            }
            _ => false,
        }
    }
}

/// A phone number without what is only there for the eye.
fn digits(number: &str) -> String {
    let plain: String = number
        .chars()
        .filter(|c| !c.is_whitespace() && !".-()/".contains(*c))
        .collect();
    match plain.strip_prefix("00") {
        Some(abroad) => format!("+{abroad}"),
        None => plain.to_lowercase(),
    }
}

/// Whether an address or a phone number is in an address book. What the owner did not write there
/// was added with the owner's consent, since policy asks about such an address.
pub(in super::super::super) fn knows(set: &str, identifier: &str, people: &[Person]) -> bool {
    let mut known = people.iter().filter(|person| person.is_known);
    known.any(|person| person.is_at(set, identifier))
}

/// The names by which the owner may call whoever has a mail address: the whole name, each word of it
/// with a capital letter, and what stands in brackets behind it, where no other contact has the same.
/// What follows a comma, such as a trade, names nobody, nor does a name that a stranger wrote.
pub(in super::super::super) fn called(address: &str, people: &[Person]) -> Vec<Called> {
    let is_it = |person: &&Person| person.is_at("mail", address);
    let others = || people.iter().filter(|person| !is_it(person));
    let taken: BTreeSet<String> = others()
        .flat_map(|person| all_words(&person.name))
        .map(|word| fold(&word))
        .collect();
    let whole: BTreeSet<String> = others()
        .flat_map(|person| calls(&person.name))
        .filter_map(|called| match called {
            Called::Whole(name) => Some(fold(&name)),
            Called::Part(_) => None,
        })
        .collect();
    let own = people.iter().filter(is_it);
    own.filter(|person| person.is_named && person.is_known)
        .flat_map(|person| calls(&person.name))
        .filter(|called| match called {
            Called::Whole(name) => !whole.contains(&fold(name)),
            Called::Part(word) => !taken.contains(&fold(word)),
        })
        .collect()
}

/// What somebody of this name is called.
fn calls(name: &str) -> Vec<Called> {
    let end = name.find([',', '(']).unwrap_or(name.len());
    let (whole, rest) = name.split_at_checked(end).unwrap_or((name, ""));
    let nickname = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let nickname = nickname.map_or("", |(nickname, _)| nickname);
    let mut calls = Vec::new();
    for name in [whole.trim(), nickname.trim()] {
        if name.contains(char::is_whitespace) {
            calls.push(Called::Whole(name.to_owned()));
        } else if !name.is_empty() {
            calls.push(Called::Part(name.to_owned()));
        }
    }
    if whole.trim().contains(char::is_whitespace) {
        let parts = words(whole).into_iter();
        let named = parts.filter(|word| word.starts_with(char::is_uppercase));
        calls.extend(named.map(Called::Part));
    }
    calls
}

/// The words of a name that are long enough to call somebody by.
fn words(name: &str) -> Vec<String> {
    let mut words = all_words(name);
    words.retain(|word| word.chars().count() >= 3);
    words
}

fn all_words(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric() && c != '-');
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
