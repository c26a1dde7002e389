//! Finds secret values in bytes that must not hold them, and takes them out.
//!
//! A service may echo a key in an error text, and a model may repeat what it was told. What comes
//! back through the door is scrubbed before anything else reads it, and so is every log line. What
//! cannot be cut out of a text exactly takes the whole text with it.

use super::essence::Essence;
use super::leak::Forms;
use super::{Vault, table};
use std::cell::RefCell;
use std::rc::Rc;

/// What stands where a secret stood.
const MARK: &str = "[secret]";

/// Shorter values would hit ordinary words.
const SECRET_BYTES_MIN: usize = 8;

/// How many sets of values are kept compiled: the bindings, and a few access tokens.
const COMPILED_MAX: usize = 8;

thread_local! {
    /// Values that were compiled, the latest first. This only saves time: the bindings are read for
    /// each exchange, and what is here counts only for the very same values.
    static COMPILED: RefCell<Vec<Rc<Values>>> = const { RefCell::new(Vec::new()) };
}

/// Values, the longest first, and what they are looked for with.
struct Values {
    values: Vec<String>,
    forms: Forms,
}

impl Values {
    fn of(mut values: Vec<String>) -> Rc<Self> {
        // A secret that contains another must be taken out first.
        values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        COMPILED.with_borrow_mut(|compiled| {
            let known = compiled.iter().position(|known| known.values == values);
            let found = match known {
                Some(at) => compiled.remove(at),
                None => Rc::new(Self {
                    forms: Forms::of(&values),
                    values,
                }),
            };
            compiled.truncate(COMPILED_MAX - 1);
            compiled.insert(0, Rc::clone(&found));
            found
        })
    }
}

/// Knows the values of all secret bindings for the length of one exchange.
#[derive(Clone)]
pub struct Redactor {
    /// The bindings' values, and others that are known for this exchange.
    known: Vec<Rc<Values>>,
}

impl Redactor {
    /// Reads every secret binding once.
    pub fn new(vault: &dyn Vault) -> Self {
        let mut read: Vec<&str> = Vec::new();
        let mut secrets: Vec<String> = Vec::new();
        for binding in table::secret_bindings() {
            if read.contains(&binding) {
                continue;
            }
            read.push(binding);
            let Some(value) = vault.read(binding) else {
                continue;
            };
            // A part that is secret by itself counts too.
            let part = value
                .strip_prefix("whsec_")
                .or_else(|| Some(value.split_once(':')?.1));
            secrets.extend(part.map(str::to_owned));
            secrets.push(value);
        }
        secrets.retain(|secret| secret.len() >= SECRET_BYTES_MIN);
        Self {
            known: vec![Values::of(secrets)],
        }
    }

    /// Knows these as well.
    pub fn and(mut self, mut secrets: Vec<String>) -> Self {
        secrets.retain(|secret| secret.len() >= SECRET_BYTES_MIN);
        if !secrets.is_empty() {
            self.known.push(Values::of(secrets));
        }
        self
    }

    /// Whether any secret stands in these bytes, in any way of writing it.
    pub fn finds(&self, bytes: &[u8]) -> bool {
        self.finds_in(&[bytes])
    }

    /// Whether any secret stands in these texts, or in them one behind the other.
    pub fn finds_in(&self, texts: &[&[u8]]) -> bool {
        let essence = Essence::of(texts);
        let mut known = self.known.iter();
        known.any(|values| values.forms.find_in(texts, &essence))
    }

    /// The text without secrets.
    pub fn text(&self, text: String) -> String {
        if !self.finds(text.as_bytes()) {
            return text;
        }
        let all = self.known.iter().flat_map(|values| &values.values);
        let text = all.fold(text, |text, secret| text.replace(secret.as_str(), MARK));
        let essence = Essence::placed(text.as_bytes());
        let mut all: Vec<Essence> = essence.values().collect();
        all.push(essence);
        let text = cut_out(&text, self.cuts(&text, &all));
        // What could not be cut out takes everything with it.
        if self.finds(text.as_bytes()) {
            return MARK.to_owned();
        }
        text
    }

    /// The bytes of a text that belong to a secret, and those between them that go with them.
    fn cuts(&self, text: &str, all: &[Essence]) -> Vec<bool> {
        let mut cut = vec![false; text.len()];
        for essence in all {
            let known = self.known.iter();
            for (start, end) in known.flat_map(|values| values.forms.ranges(essence)) {
                let mut last: Option<usize> = None;
                for (from, to) in (start..end).filter_map(|letter| essence.place(letter)) {
                    let from = last.filter(|last| joins(text, *last, from)).unwrap_or(from);
                    if let Some(bytes) = cut.get_mut(from..to) {
                        bytes.fill(true);
                    }
                    last = Some(to);
                }
            }
        }
        cut
    }

    /// The bytes without secrets. Bytes that are not UTF-8 and hold a secret are dropped whole.
    pub fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        if !self.finds(&bytes) {
            return bytes;
        }
        String::from_utf8(bytes).map_or_else(|_| Vec::new(), |text| self.text(text).into_bytes())
    }

    /// How much of the beginning of a growing text may be shown: what follows may be the beginning
    /// of a secret that is still arriving.
    pub fn shown_until(&self, text: &str) -> usize {
        let forms = self.known.iter().map(|values| &values.forms);
        let window = forms.clone().map(Forms::window_max).max().unwrap_or(0);
        let plain = forms.map(Forms::plain_max).max().unwrap_or(0);
        let essence = Essence::placed(text.as_bytes());
        // With as many letters a secret is found, and then nothing more is shown.
        let first = essence.letters.len().saturating_sub(window);
        let by_letters = essence.place(first).map_or(text.len(), |place| place.0);
        let mut until = by_letters.min(text.len().saturating_sub(plain));
        while !text.is_char_boundary(until) {
            until = until.saturating_sub(1);
        }
        until
    }
}

/// The text without what is cut, and without what touches it.
fn cut_out(text: &str, mut cut: Vec<bool>) -> String {
    widen(text.as_bytes(), &mut cut);
    let mut kept = String::with_capacity(text.len());
    let mut cutting = false;
    for (at, letter) in text.char_indices() {
        let is_cut = cut.get(at) == Some(&true);
        if is_cut && !cutting {
            kept.push_str(MARK);
        }
        if !is_cut {
            kept.push(letter);
        }
        cutting = is_cut;
    }
    kept
}

/// Whether what stands between two letters of a secret goes with them: all but what holds a
/// document together.
fn joins(text: &str, from: usize, to: usize) -> bool {
    let between = text.as_bytes().get(from..to).unwrap_or_default();
    let holds = |byte: &u8| matches!(byte, b'"' | b'[' | b']' | b'{' | b'}');
    !between.is_empty() && !between.iter().any(holds)
}

/// Cuts what touches a cut as well, as far as one word of base64 or of escapes may reach: its last
/// letters may be of the secret in part. No escape is cut in two.
fn widen(text: &[u8], cut: &mut [bool]) {
    let in_word = |at: usize| {
        let byte = text.get(at);
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+/=_-%".contains(byte))
    };
    let mut touched = false;
    for (at, is_cut) in cut.iter_mut().enumerate() {
        touched = *is_cut || (touched && in_word(at));
        *is_cut = touched;
    }
    touched = false;
    for (at, is_cut) in cut.iter_mut().enumerate().rev() {
        touched = *is_cut || (touched && (in_word(at) || text.get(at) == Some(&b'\\')));
        *is_cut = touched;
    }
}
