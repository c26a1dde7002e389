//! A secret in every way of writing it, whole and in part; and ordinary text, which has none.

#[path = "ways_tests.rs"]
mod ways;

use super::*;
use crate::egress::redact::Redactor;
use crate::egress::{Vault, table};
use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use ways::{hex, lines, written};

/// A vault that has one secret.
struct One<'a>(&'a str);

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
        let part = secret.get(start..start + 12).unwrap();
        for (name, way) in written(part) {
            // Pieces of base64 lose the characters at their ends, so they are tried longer below.
            if name.starts_with("base64") {
                continue;
            }
            assert!(redactor.finds(way.as_bytes()), "{name} from {start}: {way}");
        }
        assert!(
            !redactor.finds(secret.as_bytes().get(start..start + 11).unwrap()),
            "{start}"
        );
        // With its ends lost, base64 takes two bytes more.
        let longer = secret.get(start..start + 14).map(written);
        for (name, way) in longer.unwrap_or_default() {
            assert!(redactor.finds(way.as_bytes()), "{name}: {way}");
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
    let (first, others) = secret.split_at(secret.len() / 3);
    let (second, third) = others.split_at(secret.len() / 3);
    let url = format!("https://x.example/?q={first}");
    let body = format!("{{\"note\":\"{third}\"}}");
    assert!(redactor.finds_in(&[url.as_bytes(), second.as_bytes(), body.as_bytes()]));
    assert!(!redactor.finds_in(&[b"https://x.example/?q=1", b"text/plain", b"{}"]));
}

#[test]
fn what_is_public_or_ordinary_is_not_found() {
    for (secret, text) in [
        (
            SECRETS[1],
            "such keys begin with sk-ant-api03- and yours ends in AAA",
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
        u8::try_from(state >> 56).unwrap()
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
        let ways = written(secret.get(start..).unwrap());
        let (_, way) = &ways[way % ways.len()];
        // Letters right beside it belong to another word.
        let text = format!("{before} {way} {after}");
        let bytes = redactor.bytes(text.clone().into_bytes());
        prop_assert!(!redactor.finds(&bytes));
        let part = secret.get(start..start + 16).unwrap();
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
