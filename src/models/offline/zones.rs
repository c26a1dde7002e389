//! Which time zone the owner means: "Europe/Paris", "I'm in Paris", "New York".
//!
//! Names come from the IANA database that is bundled; a city is the last part of a name. There is
//! no list of cities of our own but a few names that the languages add.

use super::grammar::{LANGUAGES, grammar};
use super::pattern::Subject;
use super::words::{Words, folded_line};

/// A zone's name has at most so many bytes.
const NAME_BYTES_MAX: usize = 64;

/// Areas whose names are other names for the same places.
const ALIAS_AREAS: &[&str] = &[
    "US", "Canada", "Brazil", "Chile", "Mexico", "Etc", "posix", "right",
];

/// The IANA name of the zone that a whole text names; `None` if it names none.
pub fn named(text: &str) -> Option<String> {
    let words = Words::of(text);
    let all = words.list.len();
    for locale in LANGUAGES {
        let grammar = grammar(*locale);
        let subject = Subject {
            words: &words,
            grammar,
            from: 0,
            to: all,
        };
        for start in [0, subject.phrase(grammar.place_leads, 0).unwrap_or(0)] {
            let place = words.span(start, all);
            if place.is_empty() || place.len() > NAME_BYTES_MAX {
                continue;
            }
            let place = folded_line(place);
            let known = grammar.places.iter().find(|(name, _)| *name == place);
            let found = known
                .map(|(_, zone)| (*zone).to_owned())
                .or_else(|| in_database(&place));
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

/// Looks for a whole name first, then for a last part, preferring areas over their aliases.
fn in_database(place: &str) -> Option<String> {
    let (mut city, mut alias) = (None, None);
    for name in jiff::tz::db().available() {
        let name = name.as_str();
        let folded = folded_line(name);
        if folded == place {
            return Some(name.to_owned());
        }
        let Some((area, last)) = folded.rsplit_once('/') else {
            continue;
        };
        if last != place {
            continue;
        }
        let is_alias = ALIAS_AREAS
            .iter()
            .any(|alias| alias.eq_ignore_ascii_case(area));
        let slot = if is_alias { &mut alias } else { &mut city };
        // `America/Argentina/Buenos_Aires` is the present name of `America/Buenos_Aires`.
        if slot.is_none() || area.contains('/') {
            *slot = Some(name.to_owned());
        }
    }
    city.or(alias)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cities_and_names_are_found() {
        for (text, zone) in [
            ("Europe/Paris", "Europe/Paris"),
            ("europe/paris.", "Europe/Paris"),
            ("Paris", "Europe/Paris"),
            ("I'm in Paris", "Europe/Paris"),
            ("Je suis à Paris !", "Europe/Paris"),
            ("new york", "America/New_York"),
            ("J’habite à Genève", "Europe/Zurich"),
            ("Londres", "Europe/London"),
            ("Port-au-Prince", "America/Port-au-Prince"),
            ("São Paulo", "America/Sao_Paulo"),
            ("utc", "UTC"),
        ] {
            assert_eq!(named(text).as_deref(), Some(zone), "{text}");
        }
    }

    #[test]
    fn other_words_are_no_zone() {
        for text in [
            "",
            "Gotham",
            "I was in Paris last week",
            "what's on tomorrow?",
            "in",
            "\0",
        ] {
            assert_eq!(named(text), None, "{text}");
        }
    }
}
