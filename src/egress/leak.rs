//! Finds values that must not leave, in any usual way of writing them, whole or in part.
//!
//! A value is compiled into the forms it can take: as it is, reversed, hexadecimal, decimal codes,
//! base64 at its three alignments. All of them, and the text that is searched, are reduced to their
//! letters and digits ([`Essence`]), so separators, escapes, padding and line breaks are out of the
//! way. What counts as found is a *window*: so many consecutive bytes of the value that no ordinary
//! text has them by chance. Only every few letters of the text are looked up, which is enough to hit
//! each window once; so a megabyte takes about as long as reading it.

use super::essence::Essence;

/// The fewest letters and digits of a value that count.
const WINDOW_LETTERS: usize = 12;
/// A window is at least this unlikely to be written by chance, in bits.
const WINDOW_BITS: usize = 36;
/// What a letter or digit tells: one of the same kind as that before it, which may be of the same
/// word; a digit among digits; one of another kind.
const SAME_KIND_TENTHS: usize = 15;
const DIGIT_TENTHS: usize = 33;
const OTHER_KIND_TENTHS: usize = 40;
/// A form shorter than this is not looked for: it would be found in ordinary words.
const FORM_LETTERS_MIN: usize = 8;
/// Of a longer value the first and the last half of this are looked for.
const VALUE_BYTES_MAX: usize = 1024;
/// The letters that are looked up together.
const GRAM: usize = 6;
const GRAM_MASK: u64 = (1 << (8 * GRAM)) - 1;
/// Bits of the filter in front of the table, and the words that hold them.
const FILTER_BITS: u32 = 17;
const FILTER_WORDS: usize = 1 << (FILTER_BITS - 6);
const NONE: u32 = u32::MAX;

/// What many values of a kind begin with, or have in them: known to everybody, so it tells nothing.
const PUBLIC: &[&str] = &[
    "sk-ant-api03-",
    "sk-ant-",
    "sk-proj-",
    "sk-svcacct-",
    "github_pat_",
    "whsec_",
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----",
    "ADANBgkqhkiG9w0BAQEFAASC",
];

/// One way to write a value, reduced to its letters.
struct Form {
    letters: Vec<u8>,
    /// Ranges of letters that count as found, each behind the one before.
    windows: Vec<(usize, usize)>,
}

/// Where a few letters stand in the forms.
struct Place {
    gram: u64,
    form: usize,
    offset: usize,
    /// The next place in the same bucket.
    next: u32,
}

/// Values, ready to be looked for.
pub(super) struct Forms {
    known: Vec<Form>,
    places: Vec<Place>,
    buckets: Vec<u32>,
    filter: Vec<u64>,
    /// How many letters of a text are between two that are looked up.
    step: usize,
    /// Values with too few letters for all this, which are looked for byte by byte.
    plain: Vec<Vec<u8>>,
}

impl Forms {
    /// Compiles values.
    pub(super) fn of(values: &[String]) -> Self {
        let mut forms = Self {
            known: Vec::new(),
            places: Vec::new(),
            buckets: Vec::new(),
            filter: vec![0; FILTER_WORDS],
            step: 1,
            plain: Vec::new(),
        };
        for value in values {
            let value = value.as_bytes();
            let letters = value.iter().filter(|byte| byte.is_ascii_alphanumeric());
            if letters.count() < FORM_LETTERS_MIN {
                forms.plain.push(value.to_vec());
            }
            if value.len() > VALUE_BYTES_MAX {
                let half = VALUE_BYTES_MAX / 2;
                let (head, _) = value.split_at(half);
                let (_, tail) = value.split_at(value.len().saturating_sub(half));
                forms.add(head);
                forms.add(tail);
            } else {
                forms.add(value);
            }
        }
        forms.index();
        forms
    }

    fn add(&mut self, value: &[u8]) {
        let windows = windows(value);
        let plain = form(value, |at| Some((at, at.checked_add(1)?)), &windows);
        let mut reversed = Form {
            letters: plain.letters.clone(),
            windows: Vec::new(),
        };
        reversed.letters.reverse();
        let count = plain.letters.len();
        let turned = plain.windows.iter().rev();
        reversed.windows = turned
            .map(|(start, end)| (count.saturating_sub(*end), count.saturating_sub(*start)))
            .collect();
        // A value that looks like an escape is read as one wherever it stands.
        let read = Essence::of(&[value]).letters;
        if read != plain.letters {
            let windows = vec![(0, read.len())];
            let letters = read;
            self.push(Form { letters, windows });
        }
        self.push(plain);
        self.push(reversed);
        let mut written = String::new();
        for byte in value {
            written.push_str(&format!("{byte:02x}"));
        }
        let hex = form(
            written.as_bytes(),
            |at| Some((at.checked_mul(2)?, at.checked_mul(2)?.checked_add(2)?)),
            &windows,
        );
        self.push(hex);
        let mut written = String::new();
        let mut ends = vec![0];
        for byte in value {
            written.push_str(&byte.to_string());
            ends.push(written.len());
        }
        let place = |at: usize| Some((*ends.get(at)?, *ends.get(at.checked_add(1)?)?));
        self.push(form(written.as_bytes(), place, &windows));
        for shift in 0..3 {
            self.push(base64(value, shift, &windows));
        }
    }

    fn push(&mut self, mut form: Form) {
        let letters = form.letters.len();
        form.windows.retain(|(start, end)| {
            *end <= letters && end.saturating_sub(*start) >= FORM_LETTERS_MIN
        });
        let known = |other: &Form| other.letters == form.letters;
        if !form.windows.is_empty() && !self.known.iter().any(known) {
            self.known.push(form);
        }
    }

    /// Makes the table in which letters are looked up.
    fn index(&mut self) {
        let all = self.known.iter().flat_map(|form| &form.windows);
        let shortest = all.map(|(start, end)| end.saturating_sub(*start)).min();
        // Of every window, one gram begins at a letter that is looked up.
        self.step = shortest
            .unwrap_or(GRAM)
            .saturating_sub(GRAM)
            .saturating_add(1);
        let grams = self.known.iter().map(|form| form.letters.len()).sum();
        self.places.reserve(grams);
        self.buckets = vec![NONE; grams.next_power_of_two().max(1)];
        for (number, form) in self.known.iter().enumerate() {
            for (offset, letters) in form.letters.windows(GRAM).enumerate() {
                let gram = letters
                    .iter()
                    .rev()
                    .fold(0, |gram, letter| gram << 8 | u64::from(*letter));
                let hash = hash(gram);
                if let Some(word) = self.filter.get_mut(hash >> 6) {
                    *word |= 1 << (hash & 63);
                }
                let bucket = hash & self.buckets.len().saturating_sub(1);
                let Some(head) = self.buckets.get_mut(bucket) else {
                    continue;
                };
                let next =
                    std::mem::replace(head, u32::try_from(self.places.len()).unwrap_or(NONE));
                self.places.push(Place {
                    gram,
                    form: number,
                    offset,
                    next,
                });
            }
        }
    }

    /// Whether any of the values stands in these texts, or in them put together.
    pub(super) fn find_in(&self, texts: &[&[u8]], essence: &Essence) -> bool {
        self.stand_in(essence)
            || essence.values().any(|values| self.stand_in(&values))
            || texts.iter().any(|text| self.has_plain(text))
    }

    fn has_plain(&self, text: &[u8]) -> bool {
        self.plain.iter().any(|value| {
            !value.is_empty() && text.windows(value.len()).any(|window| window == value)
        })
    }

    fn stand_in(&self, essence: &Essence) -> bool {
        let mut found = false;
        self.look(&essence.letters, |_, _| {
            found = true;
            false
        });
        found
    }

    /// The ranges of letters that belong to a value, in the order of their ends.
    pub(super) fn ranges(&self, essence: &Essence) -> Vec<(usize, usize)> {
        let mut ranges = Vec::new();
        self.look(&essence.letters, |start, end| {
            ranges.push((start, end));
            true
        });
        ranges
    }

    /// Tells what is found, as long as `more` wants more.
    fn look(&self, letters: &[u8], mut more: impl FnMut(usize, usize) -> bool) {
        let mut at = 0;
        while let Some(rest) = letters.get(at..) {
            let gram = match rest.first_chunk::<8>() {
                Some(chunk) => u64::from_le_bytes(*chunk) & GRAM_MASK,
                None if rest.len() >= GRAM => rest
                    .iter()
                    .take(GRAM)
                    .rev()
                    .fold(0, |gram, letter| gram << 8 | u64::from(*letter)),
                None => return,
            };
            let hash = hash(gram);
            let word = self.filter.get(hash >> 6).copied().unwrap_or(0);
            if word >> (hash & 63) & 1 == 1 && !self.check(letters, at, gram, hash, &mut more) {
                return;
            }
            at = at.saturating_add(self.step);
        }
    }

    /// Looks at all places that have these letters. Whether to go on is what comes back.
    fn check(
        &self,
        letters: &[u8],
        at: usize,
        gram: u64,
        hash: usize,
        more: &mut impl FnMut(usize, usize) -> bool,
    ) -> bool {
        let bucket = hash & self.buckets.len().saturating_sub(1);
        let mut next = self.buckets.get(bucket).copied().unwrap_or(NONE);
        while let Some(place) = usize::try_from(next)
            .ok()
            .and_then(|next| self.places.get(next))
        {
            next = place.next;
            if place.gram == gram
                && let Some(form) = self.known.get(place.form)
                && let Some((start, end)) = form.covers(place.offset, letters, at)
                && !more(start, end)
            {
                return false;
            }
        }
        true
    }

    /// The most letters that somebody may read before a value is recognised.
    pub(super) fn window_max(&self) -> usize {
        let all = self.known.iter().flat_map(|form| &form.windows);
        let longest = all.map(|(start, end)| end.saturating_sub(*start)).max();
        longest.unwrap_or(0)
    }

    /// The longest value that is looked for byte by byte.
    pub(super) fn plain_max(&self) -> usize {
        self.plain.iter().map(Vec::len).max().unwrap_or(0)
    }
}

impl Form {
    /// The letters around `at` that are the form's around `offset`, if a window is among them.
    fn covers(&self, offset: usize, letters: &[u8], at: usize) -> Option<(usize, usize)> {
        let before = self.letters.get(..offset)?.iter().rev();
        let same = |(one, other): &(&u8, &u8)| one == other;
        let before = before.zip(letters.get(..at)?.iter().rev());
        let before = before.take_while(same).count();
        let after = self.letters.get(offset..)?.iter();
        let after = after.zip(letters.get(at..)?).take_while(same).count();
        let start = offset.checked_sub(before)?;
        let end = offset.checked_add(after)?;
        let first = self.windows.partition_point(|window| window.0 < start);
        let window = self.windows.get(first)?;
        (window.1 <= end).then_some((at.checked_sub(before)?, at.checked_add(after)?))
    }
}

fn hash(gram: u64) -> usize {
    let mixed = gram.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> (64 - FILTER_BITS)).unwrap_or(0)
}

/// A form whose bytes `place` of the value's byte is known.
fn form(
    written: &[u8],
    place: impl Fn(usize) -> Option<(usize, usize)>,
    windows: &[(usize, usize)],
) -> Form {
    let mut letters = Vec::with_capacity(written.len());
    // How many letters stand before each byte.
    let mut before = Vec::with_capacity(written.len());
    for byte in written {
        before.push(letters.len());
        if byte.is_ascii_alphanumeric() {
            letters.push(byte.to_ascii_lowercase());
        }
    }
    before.push(letters.len());
    let placed = windows.iter().filter_map(|(start, end)| {
        let first = place(*start)?.0;
        let last = place(end.checked_sub(1)?)?.1;
        Some((*before.get(first)?, *before.get(last)?))
    });
    let windows = placed.collect();
    Form { letters, windows }
}

/// The value in base64 behind `shift` other bytes, without the characters that these have a part in.
fn base64(value: &[u8], shift: usize, windows: &[(usize, usize)]) -> Form {
    use ::base64::Engine;
    let mut bytes = vec![0; shift];
    bytes.extend_from_slice(value);
    let written = ::base64::engine::general_purpose::STANDARD_NO_PAD.encode(&bytes);
    let skipped = (8 * shift).div_ceil(6);
    let whole = 8 * bytes.len() / 6;
    let own = written.as_bytes().get(skipped..whole).unwrap_or_default();
    let place = |at: usize| {
        let first = (8 * (at + shift)).div_ceil(6);
        let behind = 8 * (at + shift + 1) / 6;
        Some((first.checked_sub(skipped)?, behind.checked_sub(skipped)?))
    };
    form(own, place, windows)
}

/// The shortest ranges of bytes that no ordinary text has by chance. Without any, the whole.
fn windows(value: &[u8]) -> Vec<(usize, usize)> {
    let told = told(value);
    let mut windows = Vec::new();
    let (mut end, mut letters, mut tenths) = (0, 0, 0);
    for (start, (first, first_tenths)) in value.iter().zip(&told).enumerate() {
        while (letters < WINDOW_LETTERS || tenths < 10 * WINDOW_BITS)
            && let (Some(byte), Some(more)) = (value.get(end), told.get(end))
        {
            letters += usize::from(byte.is_ascii_alphanumeric());
            tenths += more;
            end += 1;
        }
        if letters >= WINDOW_LETTERS && tenths >= 10 * WINDOW_BITS {
            windows.push((start, end));
        }
        letters -= usize::from(first.is_ascii_alphanumeric());
        tenths -= first_tenths;
    }
    if windows.is_empty() {
        windows.push((0, value.len()));
    }
    windows
}

/// How much each byte tells, in tenths of a bit: nothing where it is known to everybody.
fn told(value: &[u8]) -> Vec<usize> {
    let mut kind = 0;
    let mut told: Vec<usize> = Vec::with_capacity(value.len());
    for byte in value {
        let own = match byte {
            b'a'..=b'z' => 1,
            b'A'..=b'Z' => 2,
            b'0'..=b'9' => 3,
            _ => {
                told.push(0);
                continue;
            }
        };
        told.push(match (kind == own, own) {
            (true, 3) => DIGIT_TENTHS,
            (true, _) => SAME_KIND_TENTHS,
            (false, _) => OTHER_KIND_TENTHS,
        });
        kind = own;
    }
    let mut public: Vec<(usize, usize)> = Vec::new();
    for part in PUBLIC {
        let found = value.windows(part.len()).position(|w| w == part.as_bytes());
        public.extend(found.map(|at| (at, at + part.len())));
    }
    let until = |mark: u8| value.iter().position(|byte| *byte == mark);
    // The head of a signed token says only how it is signed; a number before a colon is a name.
    if value.starts_with(b"eyJ") {
        public.extend(until(b'.').map(|dot| (0, dot)));
    }
    let number = until(b':').filter(|colon| {
        let before = value.get(..*colon).unwrap_or_default();
        before.iter().all(u8::is_ascii_digit)
    });
    public.extend(number.map(|colon| (0, colon)));
    for (start, end) in public {
        if let Some(known) = told.get_mut(start..end) {
            known.fill(0);
        }
    }
    told
}

#[cfg(test)]
#[path = "leak_tests.rs"]
mod tests;
