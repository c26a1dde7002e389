//! The letters and digits of a text, with the usual ways of writing them undone.
//!
//! Whoever wants to carry a secret past the door can put anything between its characters, or write
//! them as escapes. What stays the same is the row of its letters and digits, so that is what the
//! door compares: in lower case, without everything else. Percent signs, JSON and HTML escapes are
//! read as what they stand for, any number of times over; full-width forms are read as plain ones.

/// The longest name of a parameter, in letters, that is left out in [`Essence::values`].
const NAME_LETTERS_MAX: usize = 64;

/// What the HTML escapes that have a name stand for is no letter and no digit.
const ENTITIES: &[&[u8]] = &[
    b"quot;",
    b"apos;",
    b"lt;",
    b"gt;",
    b"nbsp;",
    b"shy;",
    b"zwj;",
    b"zwnj;",
    b"lowbar;",
    b"dash;",
    b"hyphen;",
    b"colon;",
    b"period;",
    b"plus;",
    b"equals;",
    b"sol;",
    b"Tab;",
    b"NewLine;",
];

/// Bytes that are neither kept nor simply left out.
const SPECIAL: u8 = 1;

/// What each byte is: a letter or digit in lower case, special, or 0.
const TABLE: [u8; 256] = table();

#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)]
const fn table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 128 {
        let byte = at as u8;
        if byte.is_ascii_alphanumeric() {
            table[at] = byte.to_ascii_lowercase();
        } else if matches!(byte, b'%' | b'\\' | b'&' | b'=' | b'"' | b':' | b'?' | b';') {
            table[at] = SPECIAL;
        }
        at += 1;
    }
    // The first byte of full-width forms.
    table[0xef] = SPECIAL;
    table
}

/// The letters and digits of a text.
pub(super) struct Essence {
    /// In lower case.
    pub(super) letters: Vec<u8>,
    /// Where each stands in the text, if that was asked for: the first byte, and the one behind it.
    places: Option<Vec<(usize, usize)>>,
    /// Ranges of letters that are names: of JSON members, and of parameters.
    members: Vec<(usize, usize)>,
    parameters: Vec<(usize, usize)>,
    /// How many letters there were at the last delimiter, and at the last two quotes.
    delimiter: usize,
    quotes: (usize, usize),
}

impl Essence {
    /// That of several texts, one behind the other: a value may be cut in two between them.
    pub(super) fn of(texts: &[&[u8]]) -> Self {
        let bytes = texts.iter().map(|text| text.len()).sum();
        let mut essence = Self::empty(bytes, None);
        for text in texts {
            essence.read(text);
            essence.delimiter = essence.letters.len();
        }
        essence
    }

    /// That of one text, which knows where each letter stands.
    pub(super) fn placed(text: &[u8]) -> Self {
        let mut essence = Self::empty(text.len(), Some(Vec::with_capacity(text.len())));
        essence.read(text);
        essence
    }

    fn empty(bytes: usize, places: Option<Vec<(usize, usize)>>) -> Self {
        Self {
            letters: Vec::with_capacity(bytes),
            places,
            members: Vec::new(),
            parameters: Vec::new(),
            delimiter: 0,
            quotes: (0, 0),
        }
    }

    /// The same without the names of members, and without those of parameters: names may stand
    /// between the pieces of a value. There is nothing where there are none.
    pub(super) fn values(&self) -> impl Iterator<Item = Self> + '_ {
        let kinds = [&self.members, &self.parameters].into_iter();
        kinds
            .filter(|names| !names.is_empty())
            .map(|names| self.without(names))
    }

    fn without(&self, names: &[(usize, usize)]) -> Self {
        let places = self.places.as_ref().map(|_| Vec::new());
        let mut values = Self::empty(self.letters.len(), places);
        let mut at = 0;
        for (start, end) in names.iter().copied() {
            values.copy(self, at, start);
            at = at.max(end);
        }
        values.copy(self, at, self.letters.len());
        values
    }

    fn copy(&mut self, from: &Self, start: usize, end: usize) {
        if let Some(letters) = from.letters.get(start..end) {
            self.letters.extend_from_slice(letters);
        }
        if let (Some(places), Some(all)) = (&mut self.places, &from.places) {
            places.extend_from_slice(all.get(start..end).unwrap_or_default());
        }
    }

    /// Where a letter stands in the text.
    pub(super) fn place(&self, letter: usize) -> Option<(usize, usize)> {
        self.places.as_ref()?.get(letter).copied()
    }

    fn read(&mut self, text: &[u8]) {
        let mut at = 0;
        while let Some(byte) = text.get(at).copied() {
            let kept = TABLE.get(usize::from(byte)).copied().unwrap_or(0);
            if kept > SPECIAL {
                self.letters.push(kept);
                if let Some(places) = &mut self.places {
                    places.push((at, at.saturating_add(1)));
                }
            } else if kept == SPECIAL {
                at = self.special(text, at);
                continue;
            }
            at = at.saturating_add(1);
        }
    }

    /// Reads what begins with a special byte; what comes back is where it ends.
    fn special(&mut self, text: &[u8], at: usize) -> usize {
        let rest = text.get(at..).unwrap_or_default();
        let escape = match rest {
            [b'%', after @ ..] => percent(after),
            [b'\\', after @ ..] => Some(backslash(after)),
            [b'&', after @ ..] => {
                self.delimiter = self.letters.len();
                entity(after)
            }
            [0xef, high @ (0xbc | 0xbd), low @ 0x80..=0xbf, ..] => {
                let base = if *high == 0xbc { 0x20 } else { 0x60 };
                Some((Some(u32::from(low - 0x80) + base), 2))
            }
            _ => {
                self.delimit(text, at);
                None
            }
        };
        let Some((code, bytes)) = escape else {
            return at.saturating_add(1);
        };
        let end = at.saturating_add(1).saturating_add(bytes);
        let byte = code.and_then(|code| u8::try_from(code).ok());
        if let Some(byte) = byte.filter(u8::is_ascii_alphanumeric) {
            self.letters.push(byte.to_ascii_lowercase());
            if let Some(places) = &mut self.places {
                places.push((at, end));
            }
        }
        end
    }

    /// Notes where names end: a JSON member's before `":`, a parameter's before `=`.
    fn delimit(&mut self, text: &[u8], at: usize) {
        let now = self.letters.len();
        match text.get(at) {
            Some(b'"') => {
                self.quotes = (self.quotes.1, now);
                self.delimiter = now;
            }
            Some(b':') => {
                let before = at.checked_sub(1).and_then(|at| text.get(at));
                if before == Some(&b'"') {
                    note(&mut self.members, self.quotes.0, self.quotes.1);
                }
            }
            Some(b'=') => note(&mut self.parameters, self.delimiter, now),
            _ => self.delimiter = now,
        }
    }
}

fn note(names: &mut Vec<(usize, usize)>, start: usize, end: usize) {
    let after_others = names.last().is_none_or(|last| last.1 <= start);
    let letters = end.saturating_sub(start);
    if after_others && letters > 0 && letters <= NAME_LETTERS_MAX {
        names.push((start, end));
    }
}

/// What an escape stands for, if it is a character at all, and how many bytes it has behind the one
/// that begins it.
type Escape = (Option<u32>, usize);

/// `%41`, written any number of times over (`%2541`), and `%u0041`.
fn percent(after: &[u8]) -> Option<Escape> {
    let mut rest = after;
    while let Some(next) = rest.strip_prefix(b"25")
        && hex(next, 2).is_some()
    {
        rest = next;
    }
    let folded = after.len().saturating_sub(rest.len());
    if let [b'u' | b'U', digits @ ..] = rest {
        return Some((Some(hex(digits, 4)?), folded.saturating_add(5)));
    }
    Some((Some(hex(rest, 2)?), folded.saturating_add(2)))
}

/// `\u0041`, `\x41`, `\n` and the like, behind any number of backslashes.
fn backslash(after: &[u8]) -> Escape {
    let more = after.iter().take_while(|byte| **byte == b'\\').count();
    let rest = after.get(more..).unwrap_or_default();
    match rest {
        [b'u', digits @ ..] if hex(digits, 4).is_some() => (hex(digits, 4), more.saturating_add(5)),
        [b'x', digits @ ..] if hex(digits, 2).is_some() => (hex(digits, 2), more.saturating_add(3)),
        [b'n' | b'r' | b't' | b'b' | b'f', ..] => (None, more.saturating_add(1)),
        _ => (None, more),
    }
}

/// `&#65;`, `&#x41;` and names, behind any number of `amp;`.
fn entity(after: &[u8]) -> Option<Escape> {
    let mut rest = after;
    while let Some(next) = rest.strip_prefix(b"amp;") {
        rest = next;
    }
    let folded = after.len().saturating_sub(rest.len());
    let [b'#', number @ ..] = rest else {
        let name = ENTITIES.iter().find(|name| rest.starts_with(name));
        let bytes = folded.saturating_add(name.map_or(0, |name| name.len()));
        return (bytes > 0).then_some((None, bytes));
    };
    let (digits, radix) = match number {
        [b'x' | b'X', digits @ ..] => (digits, 16),
        digits => (digits, 10),
    };
    let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
    let count = digits.iter().take(8).take_while(is_digit).count();
    let written = std::str::from_utf8(digits.get(..count)?).ok()?;
    let code = u32::from_str_radix(written, radix).ok()?;
    let closed = usize::from(digits.get(count) == Some(&b';'));
    let marks = if radix == 16 { 2 } else { 1 };
    Some((Some(code), folded + marks + count + closed))
}

/// The number that so many hexadecimal digits write.
fn hex(digits: &[u8], count: usize) -> Option<u32> {
    digits.get(..count)?.iter().try_fold(0, |number, byte| {
        Some(number * 16 + char::from(*byte).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> String {
        String::from_utf8(Essence::of(&[text.as_bytes()]).letters).unwrap()
    }

    #[test]
    fn every_way_to_write_a_character_is_undone() {
        for (text, kept) in [
            ("", ""),
            ("Ab-9", "ab9"),
            ("a\u{200b}b\u{2060}c \t\r\n.,-_/+=d", "abcd"),
            ("%41%42", "ab"),
            ("%2541%252542%25", "ab"),
            ("%4", "4"),
            ("%zz", "zz"),
            ("%u0041", "a"),
            (r"\u0041\\u0042\\\\u0043", "abc"),
            (r"a\nb\\nc\/d\e", "abcde"),
            (r"\x41\u00e9\uD83D", "a"),
            ("&#65;&#x42;&#067&amp;#68;&amp;amp;#x45;", "abcde"),
            ("a&amp;b&quot;c&d", "abcd"),
            ("&#;&#x;&", "x"),
            ("\u{ff21}\u{ff42}\u{ff19}\u{ff0d}", "ab9"),
            ("\u{e9}\u{430}\u{ffff}", ""),
        ] {
            assert_eq!(letters(text), kept, "{text:?}");
        }
    }

    #[test]
    fn names_can_be_left_out() {
        for (text, kept) in [
            ("?first=ab&b=cd;c=ef", "abcdef"),
            (r#"{"a":"bc","d" :"e","f":["g","h"]}"#, "bcdegh"),
            (r#"{\"a\":\"bc\",\"d\":1}"#, "bc1"),
        ] {
            let essence = Essence::of(&[text.as_bytes()]);
            let values = essence.values().next().unwrap();
            assert_eq!(String::from_utf8(values.letters).unwrap(), kept, "{text}");
        }
        assert_eq!(Essence::of(&[b"plain words"]).values().count(), 0);
        assert_eq!(Essence::of(&[br#"{"a":"b=c"}"#]).values().count(), 2);
    }

    #[test]
    fn a_letter_knows_where_it_stands() {
        let text = r"a-%2541\u0042&#x43;d";
        let essence = Essence::placed(text.as_bytes());
        let at = |letter| text.get(essence.place(letter)?.0..essence.place(letter)?.1);
        assert_eq!(essence.letters, b"aabcd");
        assert_eq!(at(0), Some("a"));
        assert_eq!(at(1), Some("%2541"));
        assert_eq!(at(2), Some(r"\u0042"));
        assert_eq!(at(3), Some("&#x43;"));
        assert_eq!(at(4), Some("d"));
        assert_eq!(at(5), None);
    }
}
