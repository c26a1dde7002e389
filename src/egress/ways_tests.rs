//! Every way to write a secret that the door knows.

use ::base64::Engine;
use ::base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::Value as Json;
use std::fmt::Write;

/// A way to write a secret, by its name.
pub(super) type Way = (String, String);

/// Each byte in a way of its own.
fn each(bytes: &[u8], mut write: impl FnMut(&mut String, u8)) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write(&mut text, *byte);
        text
    })
}

pub(super) fn hex(bytes: &[u8], separator: &str, upper: bool) -> String {
    let digit = |byte: &u8| {
        if upper {
            format!("{byte:02X}")
        } else {
            format!("{byte:02x}")
        }
    };
    bytes.iter().map(digit).collect::<Vec<_>>().join(separator)
}

fn percent(text: &str, every: usize, sign: &str) -> String {
    let mut written = String::new();
    for (n, byte) in text.bytes().enumerate() {
        if n % every == 0 || !byte.is_ascii_alphanumeric() {
            write!(written, "{sign}{byte:02x}").unwrap();
        } else {
            written.push(char::from(byte));
        }
    }
    written
}

/// The text cut in pieces of so many letters.
pub(super) fn lines(text: &str, size: usize, end: &str) -> String {
    pieces(text, size).join(end)
}

fn pieces(text: &str, size: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let pieces = letters.chunks(size).map(|piece| piece.iter().collect());
    pieces.collect()
}

/// Every way to write a secret that is looked for.
pub(super) fn written(secret: &str) -> Vec<Way> {
    let mut ways = escaped(secret);
    ways.extend(in_digits(secret));
    ways.extend(in_base64(secret));
    ways.extend(split(secret));
    ways
}

fn escaped(secret: &str) -> Vec<Way> {
    let bytes = secret.as_bytes();
    let json = Json::from(secret).to_string();
    let units = |sign: &str| -> String {
        let units = secret.encode_utf16();
        units.fold(String::new(), |text, unit| {
            format!("{text}{sign}{unit:04X}")
        })
    };
    let wide = |letter: char| match letter {
        '!'..='~' => char::from_u32(u32::from(letter) + 0xfee0).unwrap(),
        _ => letter,
    };
    let mut ways = vec![
        ("raw", secret.to_owned()),
        ("json twice", Json::from(json.as_str()).to_string()),
        ("json", json),
        ("reversed", secret.chars().rev().collect()),
        ("upper case", secret.to_uppercase()),
        (
            "utf-16",
            secret.chars().flat_map(|letter| [letter, '\0']).collect(),
        ),
        ("full width", secret.chars().map(wide).collect()),
        ("html", secret.replace('&', "&amp;").replace('"', "&quot;")),
        (
            "html decimal",
            each(bytes, |text, byte| write!(text, "&#{byte};").unwrap()),
        ),
        (
            "html hex",
            each(bytes, |text, byte| write!(text, "&#x{byte:X}").unwrap()),
        ),
        (
            "html twice",
            each(bytes, |text, byte| write!(text, "&amp;#0{byte};").unwrap()),
        ),
        ("unicode", units("\\u")),
        ("unicode twice", units("\\\\u")),
        (
            "javascript",
            each(bytes, |text, byte| write!(text, "\\x{byte:02x}").unwrap()),
        ),
    ];
    for (name, every) in [
        ("percent all", 1),
        ("percent each second", 2),
        ("percent each fifth", 5),
        ("percent symbols", 1000),
    ] {
        for sign in ["%", "%25", "%2525"] {
            ways.push((name, percent(secret, every, sign)));
        }
    }
    let named = |(name, way): (&str, String)| (name.to_owned(), way);
    ways.into_iter().map(named).collect()
}

fn in_digits(secret: &str) -> Vec<Way> {
    let bytes = secret.as_bytes();
    let decimal = each(bytes, |text, byte| write!(text, "{byte}, ").unwrap());
    let mut ways = vec![("decimal".to_owned(), decimal)];
    for separator in ["", ":", " ", "-", ", ", "\\n"] {
        for upper in [false, true] {
            let name = format!("hex {separator:?} {upper}");
            ways.push((name, hex(bytes, separator, upper)));
        }
    }
    ways
}

fn in_base64(secret: &str) -> Vec<Way> {
    let mut ways = Vec::new();
    for before in ["", "a", "ab", "name:"] {
        for after in ["", " and more"] {
            for (kind, engine) in [
                ("standard", &STANDARD),
                ("standard without padding", &STANDARD_NO_PAD),
                ("for urls", &URL_SAFE),
                ("for urls without padding", &URL_SAFE_NO_PAD),
            ] {
                let text = engine.encode(format!("{before}{secret}{after}"));
                let in_url = text.replace('+', "%2B").replace('/', "%2f");
                for (form, text) in [
                    ("in lines", lines(&text, 76, "\r\n")),
                    ("in short lines", lines(&text, 16, "\r\n ")),
                    ("in lines of json", lines(&text, 20, "\\r\\n")),
                    ("in a url", in_url.replace('=', "%3D")),
                    ("", text),
                ] {
                    let name = format!("base64 {kind} {before:?} {after:?} {form}");
                    ways.push((name, text));
                }
            }
        }
    }
    ways
}

fn split(secret: &str) -> Vec<Way> {
    let mut ways = Vec::new();
    for separator in [
        " ",
        "-",
        ".",
        "\n",
        "\\n",
        "\u{200b}",
        "\u{2060}\u{ad}",
        "%20",
        "&shy;",
        "\",\"",
        "<>",
    ] {
        for size in [1, 2, 3, 7] {
            let name = format!("split by {separator:?} each {size}");
            ways.push((name, lines(secret, size, separator)));
        }
    }
    for size in [2, 5, 11] {
        let pieces = pieces(secret, size);
        ways.push((
            format!("array {size}"),
            Json::from(pieces.clone()).to_string(),
        ));
        let numbered = pieces.iter().enumerate();
        let members: serde_json::Map<String, Json> = numbered
            .clone()
            .map(|(n, piece)| (format!("part{n:03}"), piece.as_str().into()))
            .collect();
        ways.push((format!("members {size}"), Json::from(members).to_string()));
        let parameters = numbered.fold(String::new(), |text, (n, piece)| {
            format!("{text}part{n}={}&", percent(piece, 1000, "%"))
        });
        ways.push((format!("parameters {size}"), parameters));
    }
    ways
}
