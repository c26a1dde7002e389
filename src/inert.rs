//! Makes text from outside harmless to show.
//!
//! The one thing to know: what comes out is plain text in which no chat app finds a link. Invisible
//! characters are gone, `https://evil.com/x` reads `https[:]//evil[.]com/x`, a host that mixes
//! scripts reads in punycode, and long padding is cut. Mail addresses stay whole: the owner needs
//! to read and copy them, a tap on one opens an unsent mail, and no app fetches a preview for one.
//! File names such as `report.pdf` are bracketed too, since `.pdf` may be a domain tomorrow.
//! It is idempotent and takes linear time. It does not escape a platform's markup: the channel does.

use std::iter::Peekable;
use std::str::Chars;

/// The most lines that are kept; the last one then is `…`.
pub const INERT_LINES_MAX: usize = 1_000;

/// What follows a cut. On a line of its own, so that it never touches what was kept.
const CUT_MARK: &str = "\n…";
/// Longer runs of line breaks only push text out of sight.
const LINE_BREAKS_MAX: usize = 3;
/// Longest part of a mail address before the `@` (RFC 5321 section 4.5.3.1.1), in bytes.
const LOCAL_BYTES_MAX: usize = 64;
/// Longest host name (RFC 1035 section 3.1), in bytes.
const HOST_BYTES_MAX: usize = 253;
/// Schemes that apps link without `//`.
const BARE_SCHEMES: [&str; 17] = [
    "mailto",
    "tel",
    "sms",
    "smsto",
    "callto",
    "facetime",
    "skype",
    "sip",
    "sips",
    "xmpp",
    "geo",
    "magnet",
    "bitcoin",
    "data",
    "file",
    "javascript",
    "vbscript",
];

/// The text without anything that hides, misleads or links; all of it up to [`INERT_LINES_MAX`].
pub fn inert(text: &str) -> String {
    inert_capped(text, usize::MAX)
}

/// Like [`inert`], without the limit on lines: for text that goes on to somebody else.
pub fn inert_whole(text: &str) -> String {
    let is_break = |c: char| {
        matches!(
            c,
            '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    let lines: Vec<&str> = text.split_inclusive(is_break).collect();
    let parts = lines.chunks(INERT_LINES_MAX / 2);
    parts.map(|part| inert(&part.concat())).collect()
}

/// Like [`inert`], and at most `bytes_max` bytes long; a cut is marked by a last line `…`.
pub fn inert_capped(text: &str, bytes_max: usize) -> String {
    let visible = strip(text);
    let mut out = Capped::new(bytes_max, visible.len());
    let mut breaks = 0_usize;
    for (place, line) in visible.split('\n').enumerate() {
        breaks = breaks.saturating_add(usize::from(place > 0));
        // Lines of blanks count as empty: padding with them must not beat the limit on breaks.
        if !line.trim().is_empty() {
            out.push_breaks(breaks);
            breaks = 0;
            defang_line(line, &mut out);
        }
        if out.cut {
            break;
        }
    }
    out.push_breaks(breaks);
    out.finish()
}

/// Text that grows up to a limit and remembers where it may be cut.
struct Capped {
    text: String,
    bytes_max: usize,
    lines: usize,
    /// The last place where it may be cut with room for the mark.
    cut_at: usize,
    cut: bool,
}

impl Capped {
    fn new(bytes_max: usize, expected: usize) -> Self {
        let room = expected.saturating_add(expected / 8).min(bytes_max);
        Self {
            text: String::with_capacity(room),
            bytes_max,
            lines: 1,
            cut_at: 0,
            cut: false,
        }
    }

    /// Adds a piece that is kept whole or not at all.
    fn push(&mut self, piece: &str) {
        let bytes = self.text.len().saturating_add(piece.len());
        if self.cut || bytes > self.bytes_max {
            self.cut = true;
            return;
        }
        self.text.push_str(piece);
        // The mark is a line too, so the last line that fits is not kept when there is a cut.
        if bytes <= self.bytes_max.saturating_sub(CUT_MARK.len()) && self.lines < INERT_LINES_MAX {
            self.cut_at = bytes;
        }
    }

    /// Adds text that may be cut between any two characters.
    fn push_text(&mut self, text: &str) {
        let bytes = self.text.len().saturating_add(text.len());
        if bytes <= self.bytes_max.saturating_sub(CUT_MARK.len()) {
            return self.push(text);
        }
        let mut buffer = [0_u8; 4];
        for character in text.chars() {
            self.push(character.encode_utf8(&mut buffer));
        }
    }

    fn push_breaks(&mut self, breaks: usize) {
        for _ in 0..breaks.min(LINE_BREAKS_MAX) {
            self.lines = self.lines.saturating_add(1);
            if self.lines > INERT_LINES_MAX {
                self.cut = true;
            }
            self.push("\n");
        }
    }

    fn finish(mut self) -> String {
        if !self.cut {
            return self.text;
        }
        if self.bytes_max < CUT_MARK.len() {
            return String::new();
        }
        self.text.truncate(self.cut_at);
        // Blanks before the mark would make a line that a second run empties.
        self.text.truncate(self.text.trim_end().len());
        self.text.push_str(CUT_MARK);
        self.text
    }
}

/// Drops what cannot be seen, and writes every kind of line break as `\n`.
fn strip(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    // A full stop of another script counts as a dot only before what may be a domain.
    let mut foreign_dot = None;
    while let Some(character) = next_visible(&mut chars) {
        if let Some(dot) = foreign_dot.take() {
            kept.push(if character.is_ascii_alphanumeric() {
                '.'
            } else {
                dot
            });
        }
        if is_foreign_dot(character) {
            foreign_dot = Some(character);
        } else {
            kept.push(character);
        }
    }
    kept.extend(foreign_dot);
    kept
}

/// Full stops of other scripts, which some apps and browsers read as the dot of a host name.
fn is_foreign_dot(character: char) -> bool {
    matches!(character, '\u{3002}' | '\u{FF0E}' | '\u{FF61}')
}

/// Whether a host that punycode may rewrite follows: the dot before it must not become a link.
fn leads_to_latin(text: &str) -> bool {
    let (run, _) = split_where(text, |character| !in_host(character));
    run.chars()
        .any(|character| character.is_ascii_alphanumeric())
}

fn next_visible(chars: &mut Peekable<Chars<'_>>) -> Option<char> {
    loop {
        let character = chars.next()?;
        match character {
            '\r' => {
                let _ = chars.next_if_eq(&'\n');
                return Some('\n');
            }
            '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => return Some('\n'),
            '\n' | '\t' => return Some(character),
            _ if is_hidden(character) => {}
            _ => return Some(character),
        }
    }
}

/// Whether a character cannot be seen or changes how others are seen: controls, format characters
/// (bidirectional marks, zero width, tags), variation selectors and blank fillers.
pub fn is_hidden(character: char) -> bool {
    let format = matches!(
        character,
        '\u{AD}' | '\u{34F}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}'
            | '\u{890}' | '\u{891}' | '\u{8E2}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{110BD}' | '\u{110CD}'
            | '\u{13430}'..='\u{1343F}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    );
    format || (character.is_control() && character != '\n' && character != '\t')
}

fn defang_line(line: &str, out: &mut Capped) {
    for token in line.split_inclusive(char::is_whitespace) {
        if out.cut {
            return;
        }
        if token.contains(['.', ':']) {
            let word = token.trim_end_matches(char::is_whitespace);
            defang_word(word, out);
            out.push_text(token.strip_prefix(word).unwrap_or_default());
        } else {
            out.push_text(token);
        }
    }
}

/// Breaks every link in a text without blanks.
fn defang_word(word: &str, out: &mut Capped) {
    let mut rest = word;
    let mut previous: Option<char> = None;
    let mut last_run = "";
    let mut in_url = false;
    while !rest.is_empty() && !out.cut {
        let may_start = !in_url && previous.is_none_or(may_precede_mail);
        let mail = if may_start { mail_prefix(rest) } else { None };
        if let Some((mail, tail)) = mail {
            out.push(mail);
            previous = mail.chars().next_back();
            (last_run, rest) = ("", tail);
            continue;
        }
        let (run, tail) = split_where(rest, |character| !in_host(character));
        if !run.is_empty() {
            defang_run(run, out);
            previous = run.chars().next_back();
            (last_run, rest) = (run, tail);
            continue;
        }
        let mut chars = rest.chars();
        previous = chars.next();
        let after = chars.as_str();
        let scheme = last_run.rsplit('.').next().unwrap_or_default();
        let bare = BARE_SCHEMES
            .iter()
            .any(|name| name.eq_ignore_ascii_case(scheme));
        if previous == Some(':') && (after.starts_with("//") || (bare && !after.is_empty())) {
            out.push("[:]");
        } else if previous.is_some_and(is_foreign_dot) && leads_to_latin(after) {
            out.push("[.]");
        } else {
            out.push_text(rest.strip_suffix(after).unwrap_or_default());
        }
        in_url = in_url || rest.starts_with("//");
        (last_run, rest) = ("", after);
    }
}

/// Writes a run of host characters; what looks like a host name gets its dots bracketed.
fn defang_run(run: &str, out: &mut Capped) {
    let mut rest = run;
    while !rest.is_empty() && !out.cut {
        let (dots, tail) = split_where(rest, |character| character != '.');
        out.push_text(dots);
        // Two dots in a row are an ellipsis and end a name.
        let end = tail.find("..").unwrap_or(tail.len());
        let (group, _) = tail.split_at_checked(end).unwrap_or((tail, ""));
        let name = group.trim_end_matches('.');
        if looks_like_host(name) {
            defang_host(name, out);
        } else {
            out.push_text(name);
        }
        rest = tail.strip_prefix(name).unwrap_or_default();
    }
}

fn defang_host(host: &str, out: &mut Capped) {
    let latin = host
        .chars()
        .any(|character| character.is_ascii_alphabetic());
    let foreign = host
        .chars()
        .any(|character| character > '\u{24F}' && character.is_alphabetic());
    for (place, label) in host.split('.').enumerate() {
        if place > 0 {
            out.push("[.]");
        }
        let encoded = if latin && foreign && !label.is_ascii() {
            punycode(label)
        } else {
            None
        };
        match encoded {
            Some(encoded) => {
                out.push_text("xn--");
                out.push_text(&encoded);
            }
            None => out.push_text(label),
        }
    }
}

/// Whether a dotted name could be linked: a later part could be a top-level domain, or it starts
/// with `www.`, or with an IPv4 address.
fn looks_like_host(name: &str) -> bool {
    let mut labels = name.split('.');
    let first = labels.next().unwrap_or_default();
    let mut numbers = usize::from(is_number(first));
    for (place, label) in labels.enumerate() {
        let mut chars = label.chars();
        let letter = chars
            .next()
            .is_some_and(|c| c.is_alphabetic() || !c.is_ascii());
        if (letter && chars.next().is_some()) || first.eq_ignore_ascii_case("www") {
            return true;
        }
        // Only the first four parts count, and they must all be numbers.
        numbers = numbers.saturating_add(usize::from(place < 3 && is_number(label)));
    }
    numbers >= 4
}

fn is_number(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit())
}

/// A mail address at the start of `text` that stays whole, with what follows it.
fn mail_prefix(text: &str) -> Option<(&str, &str)> {
    let (local, tail) = split_where(text, |character| !in_local_part(character));
    let domain_on = tail.strip_prefix('@')?;
    let (domain, _) = split_where(domain_on, |c| {
        !(c.is_ascii_alphanumeric() || c == '-' || c == '.')
    });
    let host = domain.trim_end_matches('.');
    let fits = !local.is_empty() && local.len() <= LOCAL_BYTES_MAX && host.len() <= HOST_BYTES_MAX;
    if !fits || host.starts_with('.') || host.contains("..") || !looks_like_host(host) {
        return None;
    }
    let after = domain_on.strip_prefix(host)?;
    let (_, beyond) = split_where(after, |character| character != '.');
    // `a@evil.com/x` is a link to a page, whatever it looks like.
    let ends = match beyond.chars().next() {
        None => true,
        Some(':' | '?') => beyond.len() == 1,
        Some(next) => !in_host(next) && !matches!(next, '/' | '\\' | '#' | '@' | '&' | '=' | '%'),
    };
    let mail = text.strip_suffix(after)?;
    ends.then_some((mail, after))
}

fn may_precede_mail(character: char) -> bool {
    !in_local_part(character)
        && !in_host(character)
        && !matches!(character, '/' | '\\' | '@' | '=' | '&' | '?' | '#')
}

fn in_local_part(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '%' | '+' | '-' | '\'')
}

/// Generous on purpose: apps disagree on what a host may contain, and a bracket too many is cheap.
fn in_host(character: char) -> bool {
    character.is_alphanumeric()
        || matches!(character, '.' | '-' | '_')
        || (character >= '\u{C0}'
            && !character.is_whitespace()
            && !matches!(character, '\u{2000}'..='\u{206F}' | '\u{3000}'..='\u{303F}')
            && !is_foreign_dot(character))
}

fn split_where(text: &str, stop: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(stop).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// A label in punycode without its `xn--` (RFC 3492 section 6.3); `None` if it is over 63
/// characters, which no real label is.
fn punycode(label: &str) -> Option<String> {
    let points: Vec<u32> = label.to_lowercase().chars().map(u32::from).collect();
    if points.len() > 63 {
        return None;
    }
    let mut out: String = points
        .iter()
        .filter_map(|p| char::from_u32(*p))
        .filter(char::is_ascii)
        .collect();
    let basic = u32::try_from(out.len()).ok()?;
    let total = u32::try_from(points.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut low, mut delta, mut bias, mut done) = (128_u32, 0_u32, 72_u32, basic);
    while done < total {
        let next = points.iter().copied().filter(|point| *point >= low).min()?;
        delta = delta.checked_add(next.checked_sub(low)?.checked_mul(done.checked_add(1)?)?)?;
        low = next;
        for point in &points {
            if *point < low {
                delta = delta.checked_add(1)?;
            }
            if *point == low {
                push_varint(&mut out, delta, bias)?;
                bias = adapt(delta, done.checked_add(1)?, done == basic)?;
                delta = 0;
                done = done.checked_add(1)?;
            }
        }
        delta = delta.checked_add(1)?;
        low = low.checked_add(1)?;
    }
    Some(out)
}

fn push_varint(out: &mut String, delta: u32, bias: u32) -> Option<()> {
    let (mut rest, mut step) = (delta, 36_u32);
    loop {
        let threshold = step.saturating_sub(bias).clamp(1, 26);
        if rest < threshold {
            out.push(punycode_digit(rest)?);
            return Some(());
        }
        let over = rest.checked_sub(threshold)?;
        let span = 36_u32.checked_sub(threshold)?;
        out.push(punycode_digit(
            threshold.checked_add(over.checked_rem(span)?)?,
        )?);
        rest = over.checked_div(span)?;
        step = step.checked_add(36)?;
    }
}

/// Punycode's digits: `a` to `z`, then `0` to `9`.
fn punycode_digit(digit: u32) -> Option<char> {
    let code = match digit {
        0..=25 => u32::from(b'a').checked_add(digit)?,
        26..=35 => u32::from(b'0').checked_add(digit.checked_sub(26)?)?,
        _ => return None,
    };
    char::from_u32(code)
}

fn adapt(delta: u32, points: u32, first: bool) -> Option<u32> {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta = delta.checked_add(delta.checked_div(points)?)?;
    let mut bias = 0_u32;
    while delta > 455 {
        delta /= 35;
        bias = bias.checked_add(36)?;
    }
    bias.checked_add(
        36_u32
            .checked_mul(delta)?
            .checked_div(delta.checked_add(38)?)?,
    )
}

#[cfg(test)]
#[path = "inert/tests.rs"]
mod tests;
