//! A secret in every way of writing it, whole and in part; and ordinary text, which has none.

use super::*;
use crate::egress::redact::Redactor;
use crate::egress::{Vault, table};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;

/// A vault that has one secret.
pub(in crate::egress) struct One<'a>(pub(in crate::egress) &'a str);

impl Vault for One<'_> {
    fn read(&self, binding: &str) -> Option<String> {
        let first = table::secret_bindings().next();
        (Some(binding) == first).then(|| self.0.to_owned())
    }
}

/// Keys as providers make them, and as people do. Each is made up.
const SECRETS: &[&str] = &[
    "sk-proj-Qm3vT8xZr2Kp9WfLd6NyBc4HsJ7gAe1UuXoRiVt5",
    "sk-ant-api03-x7Lq-2Rb_Vn8Zk4Td9Yw3Mc6Hf1Js5Gp0Ae-AAA",
    "7123456789:AAHk3vQ9w1Lr7xZb8Fh2Ys5Tn0cJp6Dm4Ge",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "hook-Zk3vQ9w1Lr7x",
    "4f9c2e7ab1d80356e9a7c4f21b6d",
    "two/three+four==\"five\"\\six&seven<8>%zz",
    "eyJhbGciOiJIUzI1NiJ9.eyJ4IjoxfQ.Zx9Lw2Qp7Rt4Vn8Kd3Mb6",
    "correct horse battery staple",
    "p\u{e4}sswort-9fQ2xL7v",
];

fn hex(bytes: &[u8], separator: &str, upper: bool) -> String {
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
            written.push_str(&format!("{sign}{byte:02x}"));
        } else {
            written.push(char::from(byte));
        }
    }
    written
}

fn lines(text: &str, at: usize, end: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let lines = letters
        .chunks(at)
        .map(|line| line.iter().collect::<String>());
    lines.collect::<Vec<_>>().join(end)
}

/// Every way to write a secret that is looked for, with its name.
pub(in crate::egress) fn written(secret: &str) -> Vec<(String, String)> {
    let bytes = secret.as_bytes();
    let json = serde_json::Value::from(secret).to_string();
    let mut ways = vec![
        ("raw".to_owned(), secret.to_owned()),
        ("json".to_owned(), json.clone()),
        (
            "json twice".to_owned(),
            serde_json::Value::from(json).to_string(),
        ),
        ("reversed".to_owned(), secret.chars().rev().collect()),
        (
            "upper case".to_owned(),
            // An entity in upper case is none.
            secret.to_uppercase().replace("&AMP;", "&amp;"),
        ),
        (
            "utf-16".to_owned(),
            secret.chars().map(|c| format!("{c}\0")).collect(),
        ),
        (
            "decimal".to_owned(),
            bytes.iter().map(|b| format!("{b}, ")).collect(),
        ),
        (
            "html decimal".to_owned(),
            bytes.iter().map(|b| format!("&#{b};")).collect(),
        ),
        (
            "html hex".to_owned(),
            bytes.iter().map(|b| format!("&#x{b:X}")).collect(),
        ),
        (
            "html twice".to_owned(),
            bytes.iter().map(|b| format!("&amp;#0{b};")).collect(),
        ),
        (
            "html".to_owned(),
            secret.replace('&', "&amp;").replace('"', "&quot;"),
        ),
        (
            "unicode".to_owned(),
            secret
                .encode_utf16()
                .map(|u| format!("\\u{u:04X}"))
                .collect(),
        ),
        (
            "unicode twice".to_owned(),
            secret
                .encode_utf16()
                .map(|u| format!("\\\\u{u:04x}"))
                .collect(),
        ),
        (
            "javascript".to_owned(),
            bytes.iter().map(|b| format!("\\x{b:02x}")).collect(),
        ),
        (
            "full width".to_owned(),
            secret
                .chars()
                .map(|c| match c {
                    '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
                    c => c,
                })
                .collect(),
        ),
    ];
    for (name, every) in [
        ("all", 1),
        ("each second", 2),
        ("each fifth", 5),
        ("symbols", 1000),
    ] {
        for (times, sign) in [("once", "%"), ("twice", "%25"), ("thrice", "%2525")] {
            ways.push((
                format!("percent {name} {times}"),
                percent(secret, every, sign),
            ));
        }
    }
    for separator in ["", ":", " ", "-", ", ", "\\n"] {
        for upper in [false, true] {
            ways.push((
                format!("hex {separator:?} {upper}"),
                hex(bytes, separator, upper),
            ));
        }
    }
    for before in ["", "a", "ab", "name:"] {
        let whole = format!("{before}{secret} and more");
        for (name, engine) in [
            ("standard", &STANDARD),
            ("standard no pad", &STANDARD_NO_PAD),
            ("url", &URL_SAFE),
            ("url no pad", &URL_SAFE_NO_PAD),
        ] {
            for (end, text) in [("with more", whole.as_bytes()), ("alone", bytes)] {
                let text = engine.encode(text);
                for (lined, text) in [
                    ("", text.clone()),
                    (" in lines", lines(&text, 76, "\r\n")),
                    (" in short lines", lines(&text, 16, "\r\n ")),
                    (" in json lines", lines(&text, 20, "\\r\\n")),
                    (
                        " in a url",
                        text.replace('+', "%2B")
                            .replace('/', "%2f")
                            .replace('=', "%3D"),
                    ),
                ] {
                    ways.push((format!("base64 {name} {end} {before}{lined}"), text));
                }
            }
        }
    }
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
        "</b><b>".get(..1).unwrap(),
    ] {
        for size in [1, 2, 3, 7] {
            let split = lines(secret, size, separator);
            ways.push((format!("split by {separator:?} each {size}"), split));
        }
    }
    for size in [2, 5, 11] {
        let pieces: Vec<String> = lines(secret, size, "\n")
            .split('\n')
            .map(str::to_owned)
            .collect();
        ways.push((
            format!("array {size}"),
            serde_json::json!(pieces).to_string(),
        ));
        let members: serde_json::Map<String, serde_json::Value> = pieces
            .iter()
            .enumerate()
            .map(|(n, piece)| (format!("part{n:03}"), piece.as_str().into()))
            .collect();
        ways.push((
            format!("members {size}"),
            serde_json::Value::from(members).to_string(),
        ));
        let form = pieces.iter().enumerate();
        let form = form.map(|(n, piece)| format!("part{n}={}&", percent(piece, 1000, "%")));
        ways.push((format!("parameters {size}"), form.collect()));
    }
    ways
}

#[test]
fn every_way_to_write_a_secret_is_found_and_taken_out() {
    let mut tried = 0;
    for secret in SECRETS {
        let redactor = Redactor::new(&One(secret));
        for (name, way) in written(secret) {
            let text = format!("Dear Ada, {way} is what I was told.");
            assert!(
                redactor.finds(text.as_bytes()),
                "{name} of {secret}: {text}"
            );
            let clean = redactor.text(text.clone());
            assert!(!redactor.finds(clean.as_bytes()), "{name}: {clean}");
            assert!(clean.contains("[secret]"), "{name}: {clean}");
            let around = clean.starts_with("Dear Ada, ") && clean.ends_with("is what I was told.");
            // What cannot be told apart takes all with it, and nothing else does.
            assert!(around || clean == "[secret]", "{name} of {secret}: {clean}");
            tried += 1;
        }
    }
    assert!(tried > 2_000, "{tried}");
}

#[test]
fn a_secret_that_looks_like_an_escape_is_found_as_it_is() {
    for secret in [
        "Zk3%41vQ9w%2fLr7x",
        "Zk3\\nvQ9w\\u0041Lr7x",
        "Zk3&amp;vQ9w&#65;Lr7x",
    ] {
        let redactor = Redactor::new(&One(secret));
        let json = serde_json::Value::from(secret).to_string();
        for text in [secret.to_owned(), format!("a {secret} b"), json] {
            assert!(redactor.finds(text.as_bytes()), "{text}");
            assert!(!redactor.text(text).contains("Lr7x"));
        }
    }
}

#[test]
fn twelve_bytes_of_a_key_are_enough_and_eleven_are_not() {
    let secret = "Qm3vT8xZr2Kp9WfLd6NyBc4HsJ7gAe1U";
    let redactor = Redactor::new(&One(secret));
    for start in 0..=secret.len() - 12 {
        let part = &secret[start..start + 12];
        for (name, way) in written(part) {
            // Pieces of base64 lose the characters at their ends, so they are tried longer below.
            if name.starts_with("base64") {
                continue;
            }
            assert!(redactor.finds(way.as_bytes()), "{name} from {start}: {way}");
        }
        assert!(
            !redactor.finds(&secret.as_bytes()[start..start + 11]),
            "{start}"
        );
        for (name, way) in written(&secret[start..(start + 14).min(secret.len())]) {
            assert!(
                start + 14 > secret.len() || redactor.finds(way.as_bytes()),
                "{name}: {way}"
            );
        }
    }
}

#[test]
fn pieces_in_several_places_are_found_together() {
    let secret = SECRETS[0];
    let redactor = Redactor::new(&One(secret));
    for at in 0..secret.len() {
        let (head, tail) = secret.split_at(at);
        assert!(
            redactor.finds_in(&[head.as_bytes(), b"", tail.as_bytes()]),
            "{at}"
        );
    }
    let third = secret.len() / 3;
    let pieces = [
        &secret[..third],
        &secret[third..2 * third],
        &secret[2 * third..],
    ];
    let url = format!("https://x.example/?q={}", pieces[0]);
    let body = format!("{{\"note\":\"{}\"}}", pieces[2]);
    assert!(redactor.finds_in(&[url.as_bytes(), pieces[1].as_bytes(), body.as_bytes()]));
    assert!(!redactor.finds_in(&[b"https://x.example/?q=1", b"text/plain", b"{}"]));
}

#[test]
fn what_is_public_or_ordinary_is_not_found() {
    for (secret, text) in [
        (
            SECRETS[1],
            "Anthropic keys begin with sk-ant-api03- and yours ends in AAA",
        ),
        (SECRETS[1], "sk-ant-api03-B8Zq0L4nW6cX"),
        (SECRETS[0], "sk-proj-aaaaaaaaaaaa and sk_proj_ QM3 Vt8"),
        (
            SECRETS[2],
            "the bot 7123456789 sent AA, 7123456789:AA and 7123456789",
        ),
        (
            SECRETS[7],
            "eyJhbGciOiJIUzI1NiJ9.eyJ5IjoyfQ.AAAAAAAAAAAAAAAAAAAAA",
        ),
        (
            SECRETS[8],
            "a horse battery; this is the correct horse, and a battery staple",
        ),
        (
            "my-company-webhook-token",
            "our company webhook is at my company",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQD3x9Kq",
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA7vbqajDw4o6gJy8UtmIb",
        ),
    ] {
        assert!(
            !Redactor::new(&One(secret)).finds(text.as_bytes()),
            "{secret}: {text}"
        );
    }
    // A whole megabyte of what mail has in it: prose, ids, hashes, base64.
    let all: Vec<String> = SECRETS.iter().map(|secret| (*secret).to_owned()).collect();
    let forms = Forms::of(&all);
    let mut state = 1_u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as u8
    };
    let bytes: Vec<u8> = (0..1_000_000).map(|_| random()).collect();
    let prose = "The quick brown fox, order 2024-11-07, jumps over correct horses. ".repeat(10_000);
    for text in [
        STANDARD.encode(&bytes).into_bytes(),
        hex(&bytes, "", false).into_bytes(),
        bytes
            .iter()
            .map(u8::to_string)
            .collect::<String>()
            .into_bytes(),
        bytes,
        prose.into_bytes(),
    ] {
        assert!(!forms.find_in(&[&text], &Essence::of(&[&text])));
    }
}

#[test]
fn documents_stay_documents() {
    let secret = SECRETS[0];
    let redactor = Redactor::new(&One(secret));
    let (head, tail) = secret.split_at(9);
    let coded = STANDARD.encode(format!("x{secret}"));
    for document in [
        serde_json::json!({"a": [head, tail], "b": 1}),
        serde_json::json!({"a": head, "b": {"c": [tail]}}),
        serde_json::json!({"text": format!("line\n{coded}\nand \"{coded}\" \\{coded}\\")}),
        serde_json::json!({"text": format!("\u{e9}{coded}\u{1}{secret}")}),
        serde_json::json!({"inner": serde_json::json!({"t": format!("\n{coded}")}).to_string()}),
    ] {
        let clean = redactor.text(document.to_string());
        assert!(
            serde_json::from_str::<serde_json::Value>(&clean).is_ok(),
            "{document}: {clean}"
        );
        assert!(clean.contains("[secret]") && !redactor.finds(clean.as_bytes()));
    }
}

#[test]
fn nothing_of_a_secret_is_shown_while_it_arrives() {
    for secret in SECRETS {
        let redactor = Redactor::new(&One(secret));
        for (name, way) in written(secret) {
            // Pieces between names are told apart only once the whole is there.
            if name.starts_with("members") || name.starts_with("parameters") {
                continue;
            }
            for size in [1, 5] {
                let (mut shown, mut unshown) = (String::new(), String::new());
                for piece in lines(&format!("It is {way}, I think"), size, "\u{1}").split('\u{1}') {
                    unshown.push_str(piece);
                    if redactor.finds(unshown.as_bytes()) {
                        break;
                    }
                    let held = unshown.split_off(redactor.shown_until(&unshown));
                    shown.push_str(&unshown);
                    unshown = held;
                }
                let rest = shown.strip_prefix("It is ").unwrap_or_default();
                let kept: Vec<u8> = Essence::of(&[rest.as_bytes()]).letters;
                // The name in front of it in base64 is none of it.
                assert!(kept.len() <= 12, "{name} of {secret}: {shown}");
            }
        }
    }
}

proptest! {
    #[test]
    fn a_window_is_found_wherever_it_stands(
        before in "[ -~]{0,40}",
        after in "[ -~]{0,40}",
        secret in "[A-Za-z0-9_-]{30,60}",
        start in 0_usize..12,
        way in 0_usize..1000,
    ) {
        let letters = secret.bytes().filter(u8::is_ascii_alphanumeric).count();
        prop_assume!(letters >= 26);
        let redactor = Redactor::new(&One(&secret));
        let ways = written(&secret[start..]);
        let (_, way) = &ways[way % ways.len()];
        // Letters right beside it belong to another word.
        let text = format!("{before} {way} {after}");
        let bytes = redactor.bytes(text.clone().into_bytes());
        prop_assert!(!redactor.finds(&bytes));
        let part = &secret[start..start + 16];
        prop_assert!(!String::from_utf8_lossy(&bytes).contains(part));
    }

    #[test]
    fn any_bytes_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,200}") {
        let redactor = Redactor::new(&One(SECRETS[0]));
        let clean = redactor.bytes(bytes.clone());
        prop_assert_eq!(clean, bytes);
        prop_assert_eq!(redactor.text(text.clone()), text.clone());
        prop_assert!(text.is_char_boundary(redactor.shown_until(&text)));
    }
}
