//! Tokens are sealed for one pair of routes, and accounts stand where their server wants them.

use super::super::table::{Place, SecretSlot};
use super::super::{EgressError, attach, bear};
use super::*;
use crate::http::{Method, Request};
use crate::time::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeMap;

struct Bindings(BTreeMap<&'static str, &'static str>);

impl Vault for Bindings {
    fn read(&self, binding: &str) -> Option<String> {
        self.0.get(binding).map(|value| (*value).to_owned())
    }
}

fn vault() -> Bindings {
    let values = [
        ("SEAL_KEY", "a key that nobody knows"),
        ("DESK_ID", "me & you"),
        ("DESK_SECRET", "s%cret+1"),
    ];
    Bindings(values.into())
}

const PAIR: &str = "desk https://desk.example.org/mcp https://auth.example.org/token";

fn answered(status: u16, body: &str) -> Json {
    let response = Response {
        status,
        headers: vec![("x-token".to_owned(), "t0ken".to_owned())],
        body: body.as_bytes().to_vec(),
    };
    let left = sealed_answer(&response, PAIR, &vault());
    assert_eq!(left.status, status);
    assert_eq!(left.headers.len(), 1, "a header of the server passed");
    serde_json::from_slice(&left.body).unwrap()
}

#[test]
fn a_token_is_sealed_and_nothing_else_is_left_of_the_answer() {
    let left = answered(
        200,
        r#"{"access_token":"t0ken","token_type":"Bearer","expires_in":3600,"refresh_token":"r"}"#,
    );
    let sealed = left["sealed"].as_str().unwrap();
    assert_eq!(left, json!({"sealed": sealed, "expires_in": 3600}));
    assert!(!sealed.contains("t0ken"));
    assert_eq!(open(sealed, PAIR, &vault()).as_deref(), Some("t0ken"));
    assert_eq!(answered(200, r#"{"access_token":"t"}"#)["expires_in"], 300);
    assert_eq!(
        answered(200, r#"{"access_token":"t","expires_in":"60"}"#)["expires_in"],
        60
    );
    assert_eq!(
        answered(200, r#"{"access_token":"t","expires_in":1e9}"#)["expires_in"],
        300
    );
    assert_eq!(
        answered(200, r#"{"access_token":"t","expires_in":999999999}"#)["expires_in"],
        86_400
    );
}

#[test]
fn what_brings_no_usable_token_leaves_nothing() {
    let long = format!(
        r#"{{"access_token":"{}"}}"#,
        "t".repeat(TOKEN_BYTES_MAX + 1)
    );
    for (status, body) in [
        (200, ""),
        (200, "{}"),
        (200, r#"{"access_token":""}"#),
        (200, r#"{"access_token":7}"#),
        (200, "{\"access_token\":\"a\\r\\nx: y\"}"),
        (200, r#"{"access_token":"t","token_type":"mac"}"#),
        (200, long.as_str()),
        (400, r#"{"access_token":"t"}"#),
        (401, r#"{"error":"invalid_client"}"#),
    ] {
        assert_eq!(answered(status, body), json!({}), "{status} {body}");
    }
    let none = Bindings(BTreeMap::new());
    assert_eq!(seal("t", PAIR, &none), None);
}

#[test]
fn a_sealed_token_opens_for_its_pair_and_key_only() {
    let sealed = seal("t0ken", PAIR, &vault()).unwrap();
    assert_eq!(
        seal("t0ken", PAIR, &vault()).as_ref(),
        Some(&sealed),
        "it is a pure function"
    );
    assert_ne!(
        seal("other", PAIR, &vault()).unwrap().get(..16),
        sealed.get(..16),
        "a nonce twice"
    );
    assert_eq!(
        open(&sealed, "desk https://evil.example/mcp x", &vault()),
        None
    );
    let mut other = vault();
    other.0.insert("SEAL_KEY", "another key");
    assert_eq!(open(&sealed, PAIR, &other), None);
    let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
    for at in 0..bytes.len() {
        let mut bent = bytes.clone();
        bent[at] ^= 1;
        assert_eq!(
            open(&URL_SAFE_NO_PAD.encode(bent), PAIR, &vault()),
            None,
            "byte {at}"
        );
    }
    let cut = sealed.get(1..).unwrap();
    for bad in ["", "AAAA", "not base64!", cut] {
        assert_eq!(open(bad, PAIR, &vault()), None, "{bad}");
    }
}

fn request(value: &str) -> Request {
    Request {
        method: Method::Post,
        url: "https://desk.example.org/mcp".to_owned(),
        headers: vec![("authorization".to_owned(), value.to_owned())],
        body: b"grant_type=client_credentials".to_vec(),
    }
}

#[test]
fn a_request_bears_the_token_or_nothing() {
    let sealed = seal("t0ken", PAIR, &vault()).unwrap();
    let mut good = request(&format!("sealed {sealed}"));
    assert_eq!(bear(&mut good, PAIR, &vault()).as_deref(), Some("t0ken"));
    assert_eq!(
        good.headers,
        [("authorization".to_owned(), "Bearer t0ken".to_owned())]
    );
    for bad in [
        "Bearer mine".to_owned(),
        format!("sealed x{sealed}"),
        String::new(),
    ] {
        let mut request = request(&bad);
        assert_eq!(bear(&mut request, PAIR, &vault()), None);
        assert!(request.headers.is_empty(), "{bad} left");
    }
}

#[test]
fn an_account_stands_in_the_header_or_in_the_form() {
    let now = Timestamp::from_millis(0);
    let slot = |form| SecretSlot {
        binding: "DESK_SECRET",
        place: Place::Client {
            id: "DESK_ID",
            form,
        },
    };
    let mut posted = request("");
    posted.headers.clear();
    let mut basic = posted.clone();
    let shown = attach(slot(false), &mut basic, &vault(), now, true)
        .unwrap()
        .unwrap();
    assert_eq!(
        basic.headers,
        [("authorization".to_owned(), format!("Basic {shown}"))]
    );
    let both = base64::engine::general_purpose::STANDARD
        .decode(shown)
        .unwrap();
    assert_eq!(both, b"me%20%26%20you:s%25cret%2B1");
    assert_eq!(basic.body, posted.body);
    let mut form = posted.clone();
    attach(slot(true), &mut form, &vault(), now, true).unwrap();
    assert_eq!(form.headers, posted.headers);
    let body = b"grant_type=client_credentials&client_id=me%20%26%20you&client_secret=s%25cret%2B1";
    assert_eq!(form.body, body);
    let mut without = vault();
    without.0.remove("DESK_ID");
    let failed = attach(slot(true), &mut form, &without, now, false);
    assert_eq!(failed, Err(EgressError::NotConfigured));
}

proptest! {
    #[test]
    fn every_token_comes_back_as_it_was(token in "\\PC{0,80}", pair in "\\PC{0,40}") {
        let sealed = seal(&token, &pair, &vault()).unwrap();
        prop_assert_eq!(open(&sealed, &pair, &vault()), Some(token));
    }

    #[test]
    fn no_sealed_text_is_too_odd(text in "[A-Za-z0-9_=-]{0,90}") {
        prop_assert_eq!(open(&text, PAIR, &vault()), None);
    }
}
