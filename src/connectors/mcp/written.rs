//! What the agent wrote to a server from untrusted text, remembered so that it stays untrusted.
//!
//! A file that the agent wrote is the owner's by name, whatever was written into it. So the lines
//! of untrusted arguments are remembered, and the words in them that could identify something. The
//! memory has a fixed size: a set of bits, each text setting a few. It never forgets; when it is
//! crowded, it takes ever more of the owner's texts for untrusted ones, and never the reverse.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// How many bytes of bits there are.
const BYTES: usize = 16 * 1024;
/// How many bits one text sets.
const BITS_EACH: usize = 4;
/// How many digits make an account or a phone number of a word.
const DIGITS_MIN: usize = 5;

/// The memory of one server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// Empty until something is written.
    bits: Vec<u8>,
}

impl Written {
    /// Reads what [`Written::to_text`] wrote. `None` if it is damaged.
    pub fn from_text(text: &str) -> Option<Self> {
        let bits = STANDARD.decode(text).ok()?;
        (bits.is_empty() || bits.len() == BYTES).then_some(Self { bits })
    }

    /// The memory as text.
    pub fn to_text(&self) -> String {
        STANDARD.encode(&self.bits)
    }

    /// A memory in which everything is written already, for one that was damaged.
    pub fn full() -> Self {
        Self {
            bits: vec![0xff; BYTES],
        }
    }

    /// Remembers a text.
    pub fn add(&mut self, text: &str) {
        self.bits.resize(BYTES, 0);
        for part in parts(text) {
            for (byte, bit) in places(&part) {
                if let Some(byte) = self.bits.get_mut(byte) {
                    *byte |= bit;
                }
            }
        }
    }

    /// Whether a line of this text, or a word that could identify something, was written before.
    pub fn has(&self, text: &str) -> bool {
        let is_set = |(byte, bit): (usize, u8)| self.bits.get(byte).is_some_and(|b| b & bit != 0);
        !self.bits.is_empty()
            && parts(text)
                .iter()
                .any(|part| places(part).into_iter().all(is_set))
    }
}

/// The lines of a text, and the words in it that could identify something.
fn parts(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let is_edge = |c: char| c.is_whitespace() || "<>()[]{}\"'`,;|*".contains(c);
    let words = text
        .split(is_edge)
        .map(|word| word.trim_matches(['.', ':', '!', '?', '-', '_']));
    let words = words.filter(|word| identifies(word)).map(str::to_owned);
    lines.chain(words).filter(|part| !part.is_empty()).collect()
}

fn identifies(word: &str) -> bool {
    word.contains(['@', '/', ':', '.'])
        || word.bytes().filter(u8::is_ascii_digit).count() >= DIGITS_MIN
}

fn places(part: &str) -> Vec<(usize, u8)> {
    let digest = Sha256::digest(part);
    let pairs = digest.chunks_exact(4).take(BITS_EACH);
    pairs
        .map(|piece| {
            let number = piece
                .iter()
                .fold(0_usize, |n, byte| n << 8 | usize::from(*byte));
            let bit = number % (BYTES * 8);
            (bit / 8, 1 << (bit % 8))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_identifying_words_are_found_again_and_others_are_not() {
        let mut written = Written::default();
        assert!(!written.has("anything"));
        written.add("  Pay the  bill\nto GB29NWBK60161331926819 (mallory@evil.example).");
        let read = Written::from_text(&written.to_text()).unwrap();
        assert_eq!(read, written);
        for found in [
            "pay the bill",
            "Notes:\nPay the bill \nend",
            "account gb29nwbk60161331926819",
            "Re: mallory@evil.example wrote",
        ] {
            assert!(read.has(found), "{found}");
        }
        for other in ["pay", "the bill", "ada@example.org", "", "GB00"] {
            assert!(!read.has(other), "{other}");
        }
    }

    #[test]
    fn a_damaged_memory_is_one_that_has_everything() {
        assert_eq!(Written::from_text("AAAA"), None);
        assert_eq!(Written::from_text("not base64!"), None);
        assert_eq!(Written::from_text(""), Some(Written::default()));
        assert!(Written::full().has("x"));
    }

    #[test]
    fn thousands_of_lines_leave_most_other_texts_alone() {
        let mut written = Written::default();
        for n in 0..8_000 {
            written.add(&format!("line {n}"));
        }
        let wrong = (0..10_000)
            .filter(|n| written.has(&format!("other {n}")))
            .count();
        assert!(wrong < 100, "{wrong} of 10000");
        assert!((0..8_000).all(|n| written.has(&format!("line {n}"))));
    }
}
