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

/// Up to how many digits a number is too common to be an id by itself.
const ID_DIGITS_MAX: usize = 8;

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
            for word in text.split_whitespace() {
                words.text.push(' ');
                words.text.push_str(&normal(&apart(word)));
            }
        }
        words
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

    /// Whether every word of a text stands in them; marks and single letters do not count.
    pub fn have_every_word(&self, text: &str) -> bool {
        let text = normal(text);
        text.split(' ').all(|word| {
            // A date or an address is one word if the owner wrote it so.
            let word = word.trim_matches(|c| !is_of_word(c));
            let mut parts = word.split(|c| !is_of_word(c));
            parts.all(|part| part.chars().count() < 2 || self.have_whole(part))
                || self.have_whole(word)
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
