//! Patterns: how a table says what a sentence may look like.
//!
//! A pattern is words with spaces between. Each is one of
//! - `word`, or `<set>` for a named set of the grammar, or `one|<other>` for alternatives;
//! - any of these with `?` (may be missing) or `*` (up to six times);
//! - `{n}`: a number that counts items; `{whose}`: a name with `'s`;
//! - `{when}`: a time; `{time}`: one without a duration, which may belong to what is to be done;
//! - `{span}`: how long from now, with its unit or as a lone number of minutes;
//! - `{name}`: some words, as few as possible; the last one in a pattern takes all that is left.
//!
//! A pattern fits the whole text or not at all. Work is bounded: captures and repetitions have
//! limits, so no text takes long.

use super::grammar::Grammar;
use super::when::{Span, When};
use super::words::Words;
use super::{spans, times};

/// What a pattern found.
#[derive(Debug, Default)]
pub struct Found<'a> {
    /// Captured words by name, in the original spelling.
    pub texts: Vec<(&'static str, &'a str)>,
    /// A number that counts items.
    pub number: Option<i64>,
    /// A time.
    pub when: Option<When>,
}

impl<'a> Found<'a> {
    /// What was captured under a name.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.texts
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, text)| *text)
    }
}

/// A text to be fitted, between two word positions.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'w, 'a> {
    /// The text.
    pub words: &'w Words<'a>,
    /// The language.
    pub grammar: &'static Grammar,
    /// Where the request begins, in words.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
}

const REPEATS_MAX: usize = 6;

impl<'a> Subject<'_, 'a> {
    /// Fits a pattern given in two parts to the whole of the text.
    pub fn fit(&self, head: &'static str, tail: &'static str) -> Option<Found<'a>> {
        let elements: Vec<&'static str> = head
            .split_ascii_whitespace()
            .chain(tail.split_ascii_whitespace())
            .collect();
        let mut found = Found::default();
        self.go(&elements, self.from, &mut found).then_some(found)
    }

    /// Whether the text begins with a pattern.
    pub fn begins(&self, head: &'static str) -> bool {
        let elements: Vec<&'static str> = head.split_ascii_whitespace().chain(["{...}"]).collect();
        self.go(&elements, self.from, &mut Found::default())
    }

    /// The end of the longest of some phrases of plain words at a position.
    pub fn phrase(&self, phrases: &[&str], at: usize) -> Option<usize> {
        phrases
            .iter()
            .filter_map(|phrase| self.words_at(phrase, at))
            .max()
    }

    /// The end of one phrase of plain words at a position.
    pub fn words_at(&self, phrase: &str, at: usize) -> Option<usize> {
        let mut at = at;
        for element in phrase.split_ascii_whitespace() {
            let (word, optional) = match element.strip_suffix('?') {
                Some(word) => (word, true),
                None => (element, false),
            };
            if self.is(word, at) {
                at = at.saturating_add(1);
            } else if !optional {
                return None;
            }
        }
        Some(at)
    }

    /// The folded word at a position inside the request.
    pub fn word(&self, at: usize) -> Option<&str> {
        if at < self.to {
            self.words.word(at)
        } else {
            None
        }
    }

    fn is(&self, alternatives: &str, at: usize) -> bool {
        let Some(word) = self.word(at) else {
            return false;
        };
        alternatives.split('|').any(|one| {
            match one
                .strip_prefix('<')
                .and_then(|name| name.strip_suffix('>'))
            {
                Some(name) => self
                    .grammar
                    .sets
                    .iter()
                    .any(|(key, set)| *key == name && set.contains(&word)),
                None => one == word,
            }
        })
    }

    fn go(&self, elements: &[&'static str], at: usize, found: &mut Found<'a>) -> bool {
        let Some((element, rest)) = elements.split_first() else {
            return at == self.to;
        };
        let times_max = match element.chars().next_back() {
            Some('?') => 1,
            Some('*') => REPEATS_MAX,
            _ => 0,
        };
        let element = element.trim_end_matches(['?', '*']);
        if let Some(name) = element
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            return self.capture(name, rest, at, found)
                || (times_max > 0 && self.go(rest, at, found));
        }
        if times_max == 0 {
            return self.is(element, at) && self.go(rest, at.saturating_add(1), found);
        }
        let here = (0..times_max)
            .take_while(|n| self.is(element, at.saturating_add(*n)))
            .count();
        (0..=here)
            .rev()
            .any(|n| self.go(rest, at.saturating_add(n), found))
    }

    fn capture(
        &self,
        name: &'static str,
        rest: &[&'static str],
        at: usize,
        found: &mut Found<'a>,
    ) -> bool {
        match name {
            "..." => true,
            "n" => self.number(at).is_some_and(|(number, next)| {
                found.number = Some(number);
                self.go(rest, next, found)
            }),
            "when" | "time" => times::read(self, at).is_some_and(|(when, next)| {
                if name == "time" && when.lasts_minutes.is_some() {
                    return false;
                }
                let before = found.when;
                let both = before.unwrap_or_default().and(when);
                let Some(both) = both.filter(When::is_whole) else {
                    return false;
                };
                found.when = Some(both);
                let fits = self.go(rest, next, found);
                if !fits {
                    found.when = before;
                }
                fits
            }),
            "span" => self.span(at).is_some_and(|(ahead, next)| {
                found.when = Some(When {
                    ahead: Some(ahead),
                    ..When::default()
                });
                self.go(rest, next, found)
            }),
            _ => self.capture_words(name, rest, at, found),
        }
    }

    fn capture_words(
        &self,
        name: &'static str,
        rest: &[&'static str],
        at: usize,
        found: &mut Found<'a>,
    ) -> bool {
        let left = self.to.saturating_sub(at);
        let most = left.min(words_max(name));
        let least = if rest.is_empty() { left.max(1) } else { 1 };
        let kept = found.texts.len();
        for count in least..=most {
            let end = at.saturating_add(count);
            if !self.may_end(name, end) {
                continue;
            }
            let text = if matches!(name, "body" | "cron") {
                self.words.tail(at)
            } else {
                self.words.span(at, end)
            };
            let text = if name == "whose" {
                without_possessive(text)
            } else {
                text
            };
            found.texts.push((name, text));
            if !text.is_empty() && self.go(rest, end, found) {
                return true;
            }
            found.texts.truncate(kept);
        }
        false
    }

    /// Whether a capture may end before this position.
    fn may_end(&self, name: &str, end: usize) -> bool {
        let last = end
            .checked_sub(1)
            .and_then(|last| self.word(last))
            .unwrap_or_default();
        match name {
            "whose" => last.ends_with("'s") || last.ends_with("s'"),
            "body" | "cron" => true,
            _ => !self.grammar.dangling.contains(&last),
        }
    }

    /// A span, or a lone number of minutes.
    fn span(&self, at: usize) -> Option<(Span, usize)> {
        spans::span(self, at).or_else(|| {
            let minutes = self.word(at)?.parse().ok().filter(|n| *n > 0)?;
            Some((Span { minutes, months: 0 }, at.saturating_add(1)))
        })
    }

    /// A number that counts items, and where it ends.
    fn number(&self, at: usize) -> Option<(i64, usize)> {
        let word = self.word(at)?;
        let next = at.saturating_add(1);
        if let Some((_, number)) = self.grammar.ordinals.iter().find(|(name, _)| *name == word) {
            return Some((*number, next));
        }
        let mut ends = self.grammar.ordinal_ends.iter();
        let digits = ends.find_map(|end| word.strip_suffix(end)).unwrap_or(word);
        let number: i64 = digits.parse().ok()?;
        (1..=50).contains(&number).then_some((number, next))
    }
}

/// How many words a capture takes at most.
fn words_max(name: &str) -> usize {
    match name {
        "who" | "whose" | "from" | "with" => 6,
        "about" | "query" | "place" => 24,
        "title" => 40,
        "text" => 200,
        _ => usize::MAX,
    }
}

fn without_possessive(text: &str) -> &str {
    let text = text.strip_suffix(['s', 'S']).unwrap_or(text);
    text.trim_end_matches(['\'', '’'])
}
