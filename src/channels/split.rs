//! Cuts a long text into pieces that a platform accepts.
//!
//! The one thing to know: the pieces are parts of the text in order, and only white space at the
//! cuts is lost. A cut falls on a blank line, else on a line's end, else on a space, else between
//! two characters that are not drawn as one, as long as the piece is then at least half full: that
//! keeps the number of pieces small and the work linear. It knows a few ways in which characters
//! combine, not the whole of Unicode's rules, and it renders nothing.

/// The pieces of a text, each at most `limit` long as `length` counts its characters.
///
/// `length` is `char::len_utf16`, `char::len_utf8`, or `|_| 1`. A single character that is longer
/// than the limit becomes a piece of its own, so `limit` should be at least 4. No piece is empty.
pub fn split(
    text: &str,
    limit: usize,
    length: impl Fn(char) -> usize,
) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches(['\n', '\r']);
            if rest.is_empty() {
                return None;
            }
            let (piece, after) = rest.split_at_checked(cut(rest, limit, &length))?;
            rest = after;
            let piece = piece.trim_end();
            if !piece.is_empty() {
                return Some(piece);
            }
        }
    })
}

/// The byte at which to cut: everything before it is one piece. Never 0 for a text with content.
fn cut(text: &str, limit: usize, length: &impl Fn(char) -> usize) -> usize {
    let mut used = 0_usize;
    let mut before = None;
    let mut paragraph = None;
    let mut line = None;
    let mut space = None;
    let mut clean = None;
    for (at, next) in text.char_indices() {
        if let Some(last) = before {
            // Earlier places are not worth remembering: see the file's head.
            if used >= limit / 2 {
                match last {
                    '\n' if next == '\n' => paragraph = Some(at),
                    '\n' => line = Some(at),
                    _ if last.is_whitespace() => space = Some(at),
                    _ => {}
                }
                if !drawn_as_one(last, next) {
                    clean = Some(at);
                }
            }
            let fits = used.saturating_add(length(next)) <= limit;
            if !fits {
                // White space that does not fit is a cut already, and is lost with it.
                let after = at.saturating_add(next.len_utf8());
                match next {
                    '\n' => line = Some(after),
                    _ if next.is_whitespace() => space = Some(after),
                    _ => {}
                }
                return paragraph.or(line).or(space).or(clean).unwrap_or(at);
            }
        }
        used = used.saturating_add(length(next));
        before = Some(next);
    }
    text.len()
}

/// Whether a reader sees two neighbouring characters as one: accents, emoji sequences, flags.
fn drawn_as_one(last: char, next: char) -> bool {
    let joiner = '\u{200d}';
    let flag_letter = |c: char| matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
    let extends = matches!(next,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}');
    extends
        || last == joiner
        || next == joiner
        || (last == '\r' && next == '\n')
        || (flag_letter(last) && flag_letter(next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(text: &str, limit: usize) -> Vec<&str> {
        split(text, limit, char::len_utf16).collect()
    }

    #[test]
    fn cuts_fall_where_a_reader_would_cut() {
        assert_eq!(
            pieces("one two\n\nthree four", 14),
            ["one two", "three four"]
        );
        assert_eq!(pieces("one two\nthree four", 14), ["one two", "three four"]);
        assert_eq!(pieces("one two three", 8), ["one two", "three"]);
        assert_eq!(pieces("one two three", 7), ["one two", "three"]);
        assert_eq!(pieces("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(pieces(" \n\n ", 4), Vec::<&str>::new());
        // A blank line in the first half would leave the piece nearly empty.
        assert_eq!(pieces("a b\n\ncc dd ee ff", 12), ["a b\n\ncc dd", "ee ff"]);
        assert_eq!(pieces("short", 4096), ["short"]);
    }

    #[test]
    fn nothing_that_is_drawn_as_one_is_cut() {
        // Family: man, joiner, woman; 2 + 1 + 2 code units.
        assert_eq!(pieces("abc👨\u{200d}👩d", 6), ["abc", "👨\u{200d}👩d"]);
        assert_eq!(pieces("abcde\u{301}", 5), ["abcd", "e\u{301}"]);
        assert_eq!(pieces("abc🇫🇷", 6), ["abc", "🇫🇷"]);
        assert_eq!(pieces("👍👍👍", 5), ["👍👍", "👍"]);
    }

    #[test]
    fn a_character_over_the_limit_still_comes_through() {
        assert_eq!(pieces("👍👍", 1), ["👍", "👍"]);
        assert_eq!(pieces("ab", 0), ["a", "b"]);
    }

    #[test]
    fn the_work_is_linear() {
        for text in [
            "a".repeat(400_000),
            "a\u{301}".repeat(200_000),
            "🇫".repeat(100_000),
        ] {
            let counted = std::cell::Cell::new(0_usize);
            let count = split(&text, 4096, |c| {
                counted.set(counted.get() + 1);
                c.len_utf16()
            })
            .count();
            assert!(count > 1);
            assert!(
                counted.get() < 5 * text.chars().count(),
                "{} looks",
                counted.get()
            );
        }
    }

    proptest! {
        #[test]
        fn only_white_space_at_cuts_is_lost(
            text in "([a-z]{0,9}|[ \n\t]{1,3}|[👍é\u{301}\u{200d}🇫🇷])*",
            limit in 4_usize..40,
        ) {
            let mut rest = text.as_str();
            for piece in split(&text, limit, char::len_utf16) {
                prop_assert!(piece.encode_utf16().count() <= limit);
                prop_assert!(!piece.trim().is_empty());
                let at = rest.find(piece).unwrap();
                let (gap, after) = rest.split_at(at);
                prop_assert!(gap.trim().is_empty());
                rest = after.strip_prefix(piece).unwrap();
            }
            prop_assert!(rest.trim().is_empty());
        }

        #[test]
        fn any_text_and_limit_is_cut(text in any::<String>(), limit in 0_usize..300) {
            let all: String = split(&text, limit, char::len_utf8).collect();
            let solid = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(solid(&all), solid(&text));
        }
    }
}
