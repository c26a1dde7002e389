//! The parts of a message, found by their boundaries.
//!
//! The one thing to know: the outer boundary comes first. Whatever an inner part lacks or forges,
//! it ends where its parent says, each level is looked through once, and the levels are limited.

use super::Limits;
use super::fields::{Kind, RawField, kind, line, split};
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;

/// A part of a message.
#[derive(Debug)]
pub struct Part<'a> {
    pub fields: Vec<RawField<'a>>,
    pub kind: Kind,
    pub disposition: Kind,
    pub body: &'a [u8],
    pub children: Vec<usize>,
}

impl<'a> Part<'a> {
    /// The first field of a name.
    pub fn field(&self, name: &str) -> Option<&'a [u8]> {
        let found = self
            .fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name));
        found.map(|field| field.value)
    }

    /// Whether it is of this type.
    pub fn is(&self, main: &str, sub: &str) -> bool {
        self.kind.main == main && self.kind.sub == sub
    }

    /// Its file name.
    pub fn name(&self) -> Option<String> {
        let given = self
            .disposition
            .get("filename")
            .or_else(|| self.kind.get("name"))?;
        Some(super::fields::tidy(given)).filter(|name| !name.is_empty())
    }

    fn encoding(&self) -> Encoding {
        let value = self.field("Content-Transfer-Encoding").unwrap_or_default();
        let value = value.trim_ascii();
        if value.eq_ignore_ascii_case(b"base64") {
            Encoding::Base64
        } else if value.eq_ignore_ascii_case(b"quoted-printable") {
            Encoding::QuotedPrintable
        } else {
            Encoding::None
        }
    }

    /// How many bytes [`Part::decoded`] gives, without making them where that is easy.
    pub fn decoded_bytes(&self) -> usize {
        match self.encoding() {
            Encoding::None => self.body.len(),
            Encoding::Base64 => {
                let digits = self.body.iter().filter(|byte| in_base64(**byte)).count();
                digits.saturating_mul(3) / 4
            }
            Encoding::QuotedPrintable => self.decoded().len(),
        }
    }

    /// Its bytes. Mistakes in the encoding are passed over.
    pub fn decoded(&self) -> Vec<u8> {
        match self.encoding() {
            Encoding::None => self.body.to_vec(),
            Encoding::QuotedPrintable => quoted_printable(self.body),
            Encoding::Base64 => {
                let kept = self
                    .body
                    .iter()
                    .filter(|byte| in_base64(**byte) || **byte == b'=');
                let kept: Vec<u8> = kept.copied().collect();
                base64_decode(&kept).unwrap_or_default()
            }
        }
    }

    /// Its text.
    pub fn text(&self) -> String {
        in_charset(&self.decoded(), self.kind.get("charset"))
    }
}

enum Encoding {
    None,
    Base64,
    QuotedPrintable,
}

fn in_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Quoted-printable as everybody reads it: what is no escape stands for itself.
fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for whole in body.split_inclusive(|byte| *byte == b'\n') {
        let (line, _) = line(whole);
        let line = line.trim_ascii_end();
        let mut rest = line;
        let mut is_soft = false;
        while let Some((byte, ahead)) = rest.split_first() {
            let digit = |at: usize| {
                ahead
                    .get(at)
                    .and_then(|byte| char::from(*byte).to_digit(16))
            };
            rest = ahead;
            match (byte, digit(0), digit(1)) {
                (b'=', Some(high), Some(low)) => {
                    let value = high.saturating_mul(16).saturating_add(low);
                    out.push(u8::try_from(value).unwrap_or_default());
                    rest = ahead.get(2..).unwrap_or_default();
                }
                (b'=', ..) if ahead.is_empty() => is_soft = true,
                _ => out.push(*byte),
            }
        }
        if whole.ends_with(b"\n") && !is_soft {
            out.extend_from_slice(if whole.ends_with(b"\r\n") {
                b"\r\n"
            } else {
                b"\n"
            });
        }
    }
    out
}

/// Bytes as text. Without a known character set, what is no UTF-8 is Western European.
pub fn in_charset(bytes: &[u8], charset: Option<&str>) -> String {
    let label = charset.unwrap_or_default().trim();
    let is_plain = label.is_empty() || label.eq_ignore_ascii_case("us-ascii");
    if is_plain && str::from_utf8(bytes).is_ok() {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let label = if is_plain { "windows-1252" } else { label };
    match charset_decoder(label.as_bytes()) {
        Some(decode) => decode(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The parts of a message in order, the message itself first, and whether some were left out.
pub fn parts<'a>(raw: &'a [u8], limits: &Limits) -> (Vec<Part<'a>>, bool) {
    let mut walk = Walk {
        parts: Vec::new(),
        is_cut: false,
        limits,
    };
    walk.part(raw, 0, false);
    (walk.parts, walk.is_cut)
}

struct Walk<'a, 'l> {
    parts: Vec<Part<'a>>,
    is_cut: bool,
    limits: &'l Limits,
}

impl<'a> Walk<'a, '_> {
    /// Adds a part and those in it; gives its place.
    fn part(&mut self, raw: &'a [u8], depth: usize, in_digest: bool) -> Option<usize> {
        if self.parts.len() >= self.limits.parts_max {
            self.is_cut = true;
            return None;
        }
        let (fields, body, is_cut) = split(raw, self.limits.fields_max);
        self.is_cut = self.is_cut || is_cut;
        let first = |name: &str| {
            fields
                .iter()
                .find(|field| field.name.eq_ignore_ascii_case(name))
        };
        let given = first("Content-Type").and_then(|field| kind(field.value));
        let kind_of = |main: &str, sub: &str| Kind {
            main: main.to_owned(),
            sub: sub.to_owned(),
            ..Kind::default()
        };
        let kind = given
            .filter(|kind| !kind.main.is_empty())
            .unwrap_or_else(|| {
                if in_digest {
                    kind_of("message", "rfc822")
                } else {
                    kind_of("text", "plain")
                }
            });
        let disposition = first("Content-Disposition").and_then(|field| self::kind(field.value));
        let disposition = disposition.unwrap_or_default();
        let place = self.parts.len();
        let boundary = kind
            .get("boundary")
            .filter(|_| kind.main == "multipart")
            .map(str::to_owned);
        let in_digest = kind.sub == "digest";
        self.parts.push(Part {
            fields,
            kind,
            disposition,
            body,
            children: Vec::new(),
        });
        if let Some(boundary) = boundary.filter(|boundary| !boundary.is_empty()) {
            if depth >= self.limits.depth_max {
                self.is_cut = true;
            } else {
                for section in sections(body, boundary.trim_end().as_bytes()) {
                    let child = self.part(section, depth.saturating_add(1), in_digest);
                    if let (Some(child), Some(part)) = (child, self.parts.get_mut(place)) {
                        part.children.push(child);
                    }
                    if self.parts.len() >= self.limits.parts_max {
                        self.is_cut = true;
                        break;
                    }
                }
            }
        }
        Some(place)
    }
}

/// What lies between the lines of a boundary. A missing last one is the end of the text, and one
/// after the last begins again: two levels may have the same boundary, and nothing is to be lost.
fn sections<'a, 'b>(
    body: &'a [u8],
    boundary: &'b [u8],
) -> impl Iterator<Item = &'a [u8]> + use<'a, 'b> {
    let mut rest = body;
    let mut open: Option<&'a [u8]> = None;
    let mut is_done = false;
    std::iter::from_fn(move || {
        while !is_done {
            if rest.is_empty() {
                is_done = true;
                return open.take();
            }
            let (line, after) = line(rest);
            let before = rest;
            rest = after;
            let Some(mark) = line
                .strip_prefix(b"--")
                .and_then(|mark| mark.strip_prefix(boundary))
            else {
                continue;
            };
            let is_last = mark.starts_with(b"--");
            let tail = mark.strip_prefix(b"--").unwrap_or(mark);
            if !tail.trim_ascii().is_empty() {
                continue;
            }
            let section = open.take().map(|from| {
                let section = from
                    .get(..from.len().saturating_sub(before.len()))
                    .unwrap_or_default();
                let section = section.strip_suffix(b"\n").unwrap_or(section);
                section.strip_suffix(b"\r").unwrap_or(section)
            });
            open = (!is_last).then_some(after);
            if section.is_some() {
                return section;
            }
        }
        None
    })
}
