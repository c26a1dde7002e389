//! What the owner said, and whether what a planner writes out rests on it.
//!
//! An identifier that a planner writes out counts as the owner's only if the owner wrote it, or if
//! it is a member of a closed set that the owner curates. The comparison knows how each sort of
//! identifier is written: an address is a whole word, an account may be written in groups, and a
//! name must not be a part of a longer one. Nothing here looks at what others wrote.

use crate::connectors::Called;
use crate::inert::is_hidden;
use std::collections::BTreeSet;

/// What a call's arguments are judged by.
pub trait Grounds {
    /// Whether the owner wrote this identifier in this conversation.
    fn said(&self, set: &str, identifier: &str) -> bool;
    /// Whether every word of a text occurs in what the owner wrote in this conversation.
    fn said_words(&self, text: &str) -> bool;
    /// Whether it is a member of a closed set that the owner curates.
    fn knows(&self, set: &str, identifier: &str) -> bool;
    /// Whether the message at hand names somebody, by identifier or as the owner calls them, so that
    /// it could not as well be a word of it.
    fn names(&self, identity: &str) -> bool;
    /// Whether the message at hand has somebody's identifier in it, be it as a word like others: of
    /// use for what a planner wrote out, not for what others chose.
    fn mentions(&self, identity: &str) -> bool {
        self.names(identity)
    }
}

/// Up to how many digits a number is too common to be an id by itself.
const ID_DIGITS_MAX: usize = 8;

/// The owner's words in a form that comparisons work on.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Lower case, one blank between words, nothing invisible.
    text: String,
    /// Where in it the owner wrote capital letters.
    capitals: BTreeSet<usize>,
    /// Where in it their lines began.
    lines: BTreeSet<usize>,
}

/// What stands before a name and says that it is one, by set.
const NOUNS: &[(&str, &[&str])] = &[
    ("channel", &["channel", "canal", "salon", "chaîne"]),
    ("user", &["user", "utilisateur", "utilisatrice"]),
];

/// Marks that go around a name.
const QUOTES: &[(char, char)] = &[
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('“', '”'),
    ('„', '“'),
    ('‘', '\''),
    ('«', '»'),
    ('<', '>'),
];

impl Words {
    /// The words of these texts.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words = Self::default();
        for text in texts {
            for line in text.lines() {
                words.lines.insert(words.text.len());
                for word in line.split_whitespace() {
                    words.text.push(' ');
                    words.push(&apart(word));
                }
            }
        }
        words
    }

    fn push(&mut self, word: &str) {
        for c in word.chars().filter(|c| !is_hidden(*c)) {
            if c.is_uppercase() {
                self.capitals.insert(self.text.len());
            }
            self.text.push_str(&normal_char(c));
        }
    }

    /// Whether an identifier of this set stands in them. One with invisible characters in it is not
    /// what anybody wrote.
    pub fn have(&self, set: &str, identifier: &str) -> bool {
        let wanted = normal(identifier);
        if wanted.is_empty() || identifier.chars().any(is_hidden) {
            return false;
        }
        match set {
            "mail" => self.addresses().any(|word| word == wanted),
            "url" => {
                let wanted = plain_url(&wanted);
                let words = self.text.split(' ').flat_map(|word| word.split("]("));
                words.into_iter().any(|word| is_page(word, wanted))
            }
            "id" if is_plain_number(&wanted) => self.have_number(&wanted),
            "account" | "phone" => self.have_grouped(&wanted) || self.have_whole(&wanted),
            _ => self.have_whole(&wanted),
        }
    }

    /// Whether they name a member of a set in a way that is no other use of the same word. What
    /// looks like an ordinary word must be marked as a name (`#random`, `"random"`, `channel
    /// random`) or have a capital letter that no sentence begins with. What looks like no word,
    /// such as `notes_2` or an address, is a name wherever it stands.
    pub fn name(&self, set: &str, identifier: &str) -> bool {
        let wanted = normal(identifier);
        let spelled = matches!(set, "mail" | "url" | "phone");
        let digits = wanted.bytes().all(|byte| byte.is_ascii_digit());
        // The digits of an account are no word; an id's have a rule of their own.
        let spelled = spelled || digits && matches!(set, "account" | "id");
        if spelled || !digits && !is_ordinary(&wanted) {
            return self.have(set, identifier);
        }
        !identifier.chars().any(is_hidden)
            && self.places(&wanted).any(|(start, end)| {
                self.is_marked(set, start, end) || self.is_capitalised(start, end)
            })
    }

    /// Whether somebody is called so in them.
    pub fn call(&self, name: &Called) -> bool {
        match name {
            Called::Whole(name) => self.have("name", name),
            Called::Part(part) => self.have_as_written(part),
        }
    }

    /// Whether a word stands in them with the capital letters that it has, or with one at its
    /// beginning and no other.
    fn have_as_written(&self, word: &str) -> bool {
        let own = Self::of([word]);
        let own_capitals: BTreeSet<usize> = own
            .capitals
            .iter()
            .filter_map(|at| at.checked_sub(1))
            .collect();
        let wanted = own.text.trim_start();
        self.places(wanted).any(|(start, end)| {
            let inside = self.capitals.range(start..end);
            let written: BTreeSet<usize> = inside.map(|at| at.saturating_sub(start)).collect();
            written == own_capitals || written == BTreeSet::from([0])
        })
    }

    /// Whether the owner marked what stands there as a name.
    fn is_marked(&self, set: &str, start: usize, end: usize) -> bool {
        let before = self.text.get(..start).unwrap_or_default();
        let after = self.text.get(end..).unwrap_or_default();
        if before.ends_with(['#', '@']) {
            return true;
        }
        let quoted = QUOTES.iter().any(|(open, close)| {
            let (before, after) = if *open == '«' {
                (before.trim_end(), after.trim_start())
            } else {
                (before, after)
            };
            let outside = before.strip_suffix(*open);
            // An apostrophe joins what stands before it.
            let opens = outside.is_some_and(|rest| !rest.ends_with(is_of_word));
            let ends = after.strip_prefix(*close);
            opens && ends.is_some_and(|rest| !rest.starts_with(is_of_word))
        });
        let nouns = NOUNS.iter().find(|(of, _)| *of == set);
        let noun = before.trim_end().trim_end_matches(':');
        let noun = noun.rsplit(' ').next().unwrap_or_default();
        let noun = noun.trim_matches(|c| !is_of_word(c));
        let noun = noun.rsplit('\'').next().unwrap_or_default();
        quoted || nouns.is_some_and(|(_, nouns)| nouns.contains(&noun))
    }

    /// Whether what stands there has a capital letter as names have it: among small ones, and not
    /// because a sentence begins.
    fn is_capitalised(&self, start: usize, end: usize) -> bool {
        let found = self.text.get(start..end).unwrap_or_default();
        let letters = found.chars().filter(|c| c.is_alphabetic()).count();
        let capitals = self.capitals.range(start..end).count();
        let before = self.text.get(..start).unwrap_or_default();
        let before = before
            .trim_end_matches(|c: char| c.is_whitespace() || "\"'`“„‘«<([{*_-–—•".contains(c));
        let begins = before.ends_with(['.', '!', '?', '…', ':', ';'])
            || self.lines.range(before.len()..start).next().is_some();
        (1..letters).contains(&capitals) && !begins
    }

    /// Whether every word of a text stands in them, of which it has at least one. A single letter
    /// or digit is a word; marks are none.
    pub fn have_every_word(&self, text: &str) -> bool {
        let text = normal(text);
        // A date or an address is one word if the owner wrote it so.
        let words = text
            .split(' ')
            .map(|word| word.trim_matches(|c| !is_of_word(c)));
        let mut words = words.filter(|word| !word.is_empty()).peekable();
        words.peek().is_some()
            && words.all(|word| {
                let mut parts = word.split(|c| !is_of_word(c));
                parts.all(|part| part.is_empty() || self.have_whole(part)) || self.have_whole(word)
            })
    }

    /// Words that may be mail addresses, without the marks around them. A mark that may stand in an
    /// address does not end one.
    fn addresses(&self) -> impl Iterator<Item = &str> {
        let is_edge = |c: char| c.is_whitespace() || "<>()[],;:\"«»“”".contains(c);
        let words = self.text.split(is_edge);
        words.map(|word| word.trim_matches(|c| ".!?…'`‘{}|".contains(c)))
    }

    /// The text with nothing on either side that would make it a part of something longer.
    fn have_whole(&self, wanted: &str) -> bool {
        self.places(wanted).next().is_some()
    }

    /// Where a text stands with nothing on either side that would make it a part of something
    /// longer. An `@` that no word stands before is a mark.
    fn places<'t>(&'t self, wanted: &'t str) -> impl Iterator<Item = (usize, usize)> + 't {
        let found = self.text.match_indices(wanted);
        let found = found.map(|(start, found)| (start, start.saturating_add(found.len())));
        found.filter(move |(start, end)| !wanted.is_empty() && self.is_whole(*start, *end))
    }

    fn is_whole(&self, start: usize, end: usize) -> bool {
        let mut before = self.text.get(..start).unwrap_or_default().chars().rev();
        let mut after = self.text.get(end..).unwrap_or_default().chars();
        let (next, second) = (after.next(), after.next());
        // A full stop ends a sentence, or joins what follows it.
        let joins = match next {
            Some('.' | '@' | '-' | '/' | '\\') => second.is_some_and(is_of_word),
            other => other.is_some_and(is_of_word),
        };
        let joined = match before.next() {
            Some('@') => before
                .next()
                .is_some_and(|c| !c.is_whitespace() && c != '('),
            other => other.is_some_and(|c| is_of_word(c) || "./\\-".contains(c)),
        };
        !joins && !joined
    }

    /// Whether a number is spoken of as an id: `id 13`, `no. 13`, `#13`.
    fn have_number(&self, number: &str) -> bool {
        const WORDS: &[&str] = &["id", "ids", "no", "nr", "number", "n°", "numéro"];
        let words: Vec<&str> = self.text.split(' ').collect();
        let bare = |word: &str| -> String {
            word.trim_matches(|c: char| !c.is_alphanumeric() && c != '°' && c != '#')
                .to_owned()
        };
        words.iter().enumerate().any(|(n, word)| {
            let word = bare(word);
            let before = n.checked_sub(1).and_then(|n| words.get(n));
            let named = before.is_some_and(|before| WORDS.contains(&bare(before).as_str()));
            (word == number && named) || word.strip_prefix(['#', '°']) == Some(number)
        })
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

/// Sets the next sentence apart from the address of a page, where the blank was forgotten:
/// `www.site.example.They`. Hosts are not written so.
fn apart(word: &str) -> String {
    let is_page = word.contains("www.") || word.contains("://");
    if !is_page || word.contains('@') {
        return word.to_owned();
    }
    let mut out = String::with_capacity(word.len());
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '.' && chars.peek().is_some_and(|next| next.is_uppercase()) {
            out.push(' ');
        }
    }
    out
}

/// Whether an id could as well be any number: a day, a count, the number of a list.
fn is_plain_number(id: &str) -> bool {
    id.len() <= ID_DIGITS_MAX && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a name could as well be a word or a few.
fn is_ordinary(name: &str) -> bool {
    name.chars().all(|c| c.is_alphabetic() || "-' ".contains(c))
}

/// A visible character in the form that comparisons work on.
fn normal_char(c: char) -> String {
    if c == '’' {
        return '\''.to_string();
    }
    c.to_lowercase().collect()
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

/// Whether a word is the address of a page, but for marks around it.
fn is_page(word: &str, wanted: &str) -> bool {
    let mut rest = word.trim_start_matches(|c| "<([{\"'`«“‘".contains(c));
    loop {
        if plain_url(rest) == wanted {
            return true;
        }
        let mut chars = rest.chars();
        let is_mark = chars
            .next_back()
            .is_some_and(|c| ".,:;!?…>)]}\"'`»”|".contains(c));
        if !is_mark {
            return false;
        }
        rest = chars.as_str();
    }
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
mod tests;
