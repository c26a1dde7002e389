//! The owner's text as words that can be compared, each with its place in the original.
//!
//! A word is folded: small letters, no accents, straight apostrophes, so tables are written in
//! plain letters. Joined words come apart (`peux-tu`, `d'appeler`); addresses, dates and clock times
//! stay whole. This file knows no language but the French elisions, which no other one has.

/// How much of a text is read, in bytes. What follows is kept but not looked at.
pub const READ_BYTES_MAX: usize = 4096;

/// One word, or a colon that stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The folded word.
    pub folded: String,
    /// Where it starts in the original, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// A text and its words.
#[derive(Debug)]
pub struct Words<'a> {
    /// The original.
    pub raw: &'a str,
    /// The words of its first [`READ_BYTES_MAX`] bytes.
    pub list: Vec<Word>,
}

impl<'a> Words<'a> {
    /// Takes a text apart.
    pub fn of(raw: &'a str) -> Self {
        let mut list = Vec::new();
        let mut letters = raw.char_indices().peekable();
        let mut chunk: Vec<(usize, char)> = Vec::new();
        while let Some((at, letter)) = letters.next() {
            if at >= READ_BYTES_MAX {
                break;
            }
            let next = letters.peek().map_or(' ', |(_, next)| *next);
            let previous = chunk.last().map(|(_, previous)| *previous);
            if is_letter(letter) || previous.is_some_and(|before| joins(before, letter, next)) {
                chunk.push((at, letter));
                continue;
            }
            split(&chunk, &mut list);
            chunk.clear();
            if letter == ':' {
                list.push(Word {
                    folded: ":".to_owned(),
                    start: at,
                    end: at.saturating_add(1),
                });
            }
        }
        split(&chunk, &mut list);
        Self { raw, list }
    }

    /// The folded word at a position.
    pub fn word(&self, at: usize) -> Option<&str> {
        self.list.get(at).map(|word| word.folded.as_str())
    }

    /// The original text of the words from `from` up to `to`, with what stands between them and
    /// the next word (an emoji, a bracket), without the marks that end a clause.
    pub fn span(&self, from: usize, to: usize) -> &'a str {
        let start = self
            .list
            .get(from)
            .map_or(self.raw.len(), |word| word.start);
        let end = self.list.get(to).map_or(self.raw.len(), |word| word.start);
        unquoted_end(
            self.raw
                .get(start..end)
                .unwrap_or_default()
                .trim_end_matches(ends_clause),
        )
    }

    /// The original text after the word before `from`, untouched but for white space.
    pub fn tail(&self, from: usize) -> &'a str {
        let start = match from.checked_sub(1) {
            Some(before) => self
                .list
                .get(before)
                .map_or(self.raw.len(), |word| word.end),
            None => 0,
        };
        self.raw.get(start..).unwrap_or_default().trim()
    }
}

/// A text folded as the words are, with white space, hyphens and underscores as single spaces.
pub fn folded_line(text: &str) -> String {
    let mut line = String::new();
    for letter in text.chars().take(READ_BYTES_MAX) {
        if letter.is_whitespace() || matches!(letter, '-' | '_') {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else {
            fold(letter, &mut line);
        }
    }
    line.trim_end().to_owned()
}

fn ends_clause(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, ',' | ';' | ':' | '.' | '!' | '?' | '…' | '–' | '—')
}

/// Drops a closing quotation mark whose opening one is outside the text.
fn unquoted_end(text: &str) -> &str {
    let open = |mark: char| text.chars().filter(|letter| *letter == mark).count();
    let stray = match text.chars().next_back() {
        Some('"') => open('"') % 2 == 1,
        Some('”') => open('“') < open('”'),
        Some('»') => open('«') < open('»'),
        _ => false,
    };
    if !stray {
        return text;
    }
    text.trim_end_matches(['"', '”', '»'])
        .trim_end_matches(ends_clause)
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || is_accent(letter)
}

fn is_accent(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '‘' | 'ʼ')
}

/// Whether a mark between two letters keeps them together.
fn joins(before: char, mark: char, after: char) -> bool {
    if !is_letter(after) || !is_letter(before) {
        return false;
    }
    match mark {
        ':' | ',' => before.is_ascii_digit() && after.is_ascii_digit(),
        '-' | '_' | '.' | '/' | '@' | '+' | '&' => true,
        _ => is_apostrophe(mark),
    }
}

/// Ends of words that are written together with the next one.
const ELISIONS: &[&str] = &[
    "l", "d", "j", "n", "m", "t", "s", "c", "qu", "jusqu", "lorsqu",
];

/// Words that look joined but are one word.
const WHOLE: &[(&str, &str)] = &[("e-mail", "email"), ("e-mails", "emails")];

fn split(chunk: &[(usize, char)], list: &mut Vec<Word>) {
    let mut whole = String::with_capacity(chunk.len());
    for (_, letter) in chunk {
        fold(*letter, &mut whole);
    }
    let (Some((start, _)), Some((final_at, letter))) = (chunk.first(), chunk.last()) else {
        return;
    };
    let end = final_at.saturating_add(letter.len_utf8());
    if let Some((_, word)) = WHOLE.iter().find(|(joined, _)| *joined == whole) {
        list.push(Word {
            folded: (*word).to_owned(),
            start: *start,
            end,
        });
        return;
    }
    if whole.contains('@') || !whole.contains(['-', '\'']) {
        list.push(Word {
            folded: whole,
            start: *start,
            end,
        });
        return;
    }
    let mut part = Word {
        folded: String::new(),
        start: *start,
        end: *start,
    };
    let mut letters = chunk.iter().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        let ends_here = if *letter == '-' {
            part.folded.ends_with(char::is_alphabetic) && next.is_some_and(char::is_alphabetic)
        } else {
            is_apostrophe(*letter) && ELISIONS.contains(&part.folded.as_str())
        };
        if *letter != '-' || !ends_here {
            fold(*letter, &mut part.folded);
        }
        part.end = at.saturating_add(if ends_here && *letter == '-' {
            0
        } else {
            letter.len_utf8()
        });
        if ends_here {
            let start = at.saturating_add(letter.len_utf8());
            let fresh = Word {
                folded: String::new(),
                start,
                end: start,
            };
            list.push(std::mem::replace(&mut part, fresh));
        }
    }
    list.push(part);
}

/// Adds a letter in the form in which words are compared.
fn fold(letter: char, folded: &mut String) {
    if letter.is_ascii() {
        folded.push(letter.to_ascii_lowercase());
        return;
    }
    if is_accent(letter) {
        return;
    }
    for small in letter.to_lowercase() {
        match small {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => folded.push('a'),
            'ç' => folded.push('c'),
            'è' | 'é' | 'ê' | 'ë' => folded.push('e'),
            'ì' | 'í' | 'î' | 'ï' => folded.push('i'),
            'ñ' => folded.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' => folded.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            _ if is_apostrophe(small) => folded.push('\''),
            _ if is_accent(small) => {}
            _ => folded.push(small),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let words = Words::of(text);
        let folded: Vec<&str> = words.list.iter().map(|word| word.folded.as_str()).collect();
        assert_eq!(folded.join(" "), expected);
    }

    #[test]
    fn words_are_folded_and_taken_apart() {
        check(
            "Peux-tu me RAPPELER d’appeler Zoé ?",
            "peux tu me rappeler d' appeler zoe",
        );
        check(
            "What's new, e-mail-wise? E-Mail!",
            "what's new e mail wise email",
        );
        check(
            "le 2026-11-24 à 9h30, 9:30 a.m. 24/11",
            "le 2026-11-24 a 9h30 9:30 a.m 24/11",
        );
        check("note:lait", "note : lait");
        check("jean-luc+x@example.org: ok", "jean-luc+x@example.org : ok");
        check(
            "aujourd'hui Europe/Paris e\u{301}te\u{301}",
            "aujourd'hui europe/paris ete",
        );
        check("❤️\0 …", "");
    }

    #[test]
    fn spans_keep_the_original() {
        let words = Words::of("cherche « la Banque » s'il te plaît");
        assert_eq!(words.span(1, 3), "la Banque");
        assert_eq!(words.tail(1), "« la Banque » s'il te plaît");
        let words = Words::of("call Mum ❤️ tomorrow.");
        assert_eq!(
            (words.span(0, 2), words.span(2, 3)),
            ("call Mum ❤️", "tomorrow")
        );
        assert_eq!((words.span(9, 3), words.tail(9)), ("", ""));
    }

    #[test]
    fn only_the_beginning_is_read() {
        let words = Words::of(&"a ".repeat(500_000)).list.len();
        assert_eq!(words, READ_BYTES_MAX / 2);
    }
}
