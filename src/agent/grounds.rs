//! What the owner said, and whether what a planner writes out rests on it.
//!
//! An identifier that a planner writes out counts as the owner's only if the owner wrote it, or if
//! it is a member of a closed set that the owner curates. The comparison knows how each sort of
//! identifier is written: an address is a whole word, an account may be written in groups, and a
//! name must not be a part of a longer one. Nothing here looks at what others wrote.

use crate::inert::is_hidden;

/// What a call's arguments are judged by.
pub trait Grounds {
    /// Whether the owner wrote this identifier in this conversation.
    fn said(&self, set: &str, identifier: &str) -> bool;
    /// Whether every word of a text occurs in what the owner wrote in this conversation.
    fn said_words(&self, text: &str) -> bool;
    /// Whether it is a member of a closed set that the owner curates.
    fn knows(&self, set: &str, identifier: &str) -> bool;
    /// Whether the message at hand names somebody, by identifier or as the owner calls them.
    fn names(&self, identity: &str) -> bool;
}

/// The owner's words in a form that comparisons work on.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Lower case, one blank between words, nothing invisible.
    text: String,
}

impl Words {
    /// The words of these texts.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words = Self::default();
        for text in texts {
            words.text.push(' ');
            words.text.push_str(&normal(text));
        }
        words
    }

    /// Whether an identifier of this set stands in them.
    pub fn have(&self, set: &str, identifier: &str) -> bool {
        let wanted = normal(identifier);
        if wanted.is_empty() {
            return false;
        }
        match set {
            "mail" => self.tokens().any(|token| token == wanted),
            "url" => {
                let wanted = plain_url(&wanted);
                self.tokens().any(|token| plain_url(token) == wanted)
            }
            "account" | "phone" => self.have_grouped(&wanted) || self.have_whole(&wanted),
            _ => self.have_whole(&wanted),
        }
    }

    /// Whether every word of a text stands in them; marks and single letters do not count.
    pub fn have_every_word(&self, text: &str) -> bool {
        let text = normal(text);
        let mut words = text.split(|c: char| !is_of_word(c));
        words.all(|word| word.chars().count() < 2 || self.have_whole(word))
    }

    /// Words without the marks around them.
    fn tokens(&self) -> impl Iterator<Item = &str> {
        let is_edge = |c: char| c.is_whitespace() || "<>()[]{},;\"'`«»“”’|".contains(c);
        let words = self.text.split(is_edge);
        words.map(|word| {
            let word = word.trim_end_matches(['.', ':', '!', '?', '…']);
            word.strip_prefix("mailto:").unwrap_or(word)
        })
    }

    /// The text with nothing on either side that would make it a part of something longer.
    fn have_whole(&self, wanted: &str) -> bool {
        let mut from = 0;
        while let Some(found) = self.text.get(from..).and_then(|rest| rest.find(wanted)) {
            let start = from.saturating_add(found);
            let end = start.saturating_add(wanted.len());
            let before = self.text.get(..start).and_then(|t| t.chars().next_back());
            let mut after = self.text.get(end..).unwrap_or_default().chars();
            let (next, second) = (after.next(), after.next());
            // A full stop ends a sentence, or joins what follows it.
            let joins = match next {
                Some('.' | '@' | '-' | '/' | '\\') => second.is_some_and(is_of_word),
                other => other.is_some_and(is_of_word),
            };
            if !joins && !before.is_some_and(|c| is_of_word(c) || "@./\\-".contains(c)) {
                return true;
            }
            from = end;
        }
        false
    }

    /// An account or a phone number whose groups are apart: `GB29 NWBK 6016`.
    fn have_grouped(&self, wanted: &str) -> bool {
        let bare =
            |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
        let wanted = bare(wanted);
        if wanted.len() < 6 {
            return false;
        }
        let groups: Vec<String> = self.text.split([' ', '-']).map(bare).collect();
        (0..groups.len()).any(|start| {
            let mut joined = String::new();
            for group in groups.iter().skip(start) {
                joined.push_str(group);
                if joined.len() >= wanted.len() {
                    break;
                }
            }
            joined == wanted
        })
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let visible = text.chars().filter(|c| !is_hidden(*c));
    for c in visible.flat_map(char::to_lowercase) {
        let blank = c.is_whitespace();
        if !blank {
            out.push(if c == '’' { '\'' } else { c });
        } else if !out.ends_with(' ') && !out.is_empty() {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// An address of a page without its scheme and the slash at its end, which people leave out.
fn plain_url(url: &str) -> &str {
    let url = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or(url);
    url.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words::of([
            "Write to Bob.Ray@Example.org, and pay GB29 NWBK 6016 1331 9268 19.",
            "Look at https://www.site.example/a/b and book the Le Marais Boutique for Alice",
        ])
    }

    #[test]
    fn an_identifier_counts_only_as_a_whole() {
        let words = words();
        for (set, said) in [
            ("mail", "bob.ray@example.org"),
            ("account", "GB29NWBK60161331926819"),
            ("url", "www.site.example/a/b"),
            ("url", "https://www.site.example/a/b/"),
            ("user", "alice"),
            ("name", "Le Marais  Boutique"),
        ] {
            assert!(words.have(set, said), "{set} {said}");
        }
        for (set, not_said) in [
            ("mail", "ray@example.org"),
            ("mail", "bob.ray@example.or"),
            ("account", "GB29NWBK6016133192681"),
            ("url", "www.site.example"),
            ("url", "www.site.example/a"),
            ("user", "Ali"),
            ("user", "example"),
            ("name", ""),
            ("name", "Marais Bou"),
        ] {
            assert!(!words.have(set, not_said), "{set} {not_said}");
        }
    }

    #[test]
    fn a_text_rests_on_the_owner_if_every_word_does() {
        let words = words();
        assert!(words.have_every_word("Book: Le Marais, for Alice & pay!"));
        assert!(words.have_every_word(""));
        assert!(!words.have_every_word("Book the Riverside for Alice"));
        // A zero-width joiner neither makes nor breaks a word.
        assert!(words.have_every_word("Al\u{200d}ice"));
    }
}
