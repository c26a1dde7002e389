//! Access tokens that a service issues for an account of the owner's: sealed where they arrive,
//! opened where they leave.
//!
//! Whoever asked for a token gets it sealed, and can do nothing with it but hand it back with a
//! request to the one service it is for. It is sealed under a key made of `SEAL_KEY`, bound to the
//! pair of routes it belongs to; the nonce is made of what is sealed, so that no randomness is
//! needed and none can repeat. `docs/decisions/0013-sealed-access-tokens.md` says why.

use super::Vault;
use crate::http::Response;
use crate::signature::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut, KeyInit, Nonce};
use serde_json::{Value as Json, json};

/// What stands before a sealed token in an `authorization` header.
pub const SEALED: &str = "sealed ";

/// The collection of a connector's documents in which it keeps sealed tokens, and nothing else: a
/// deployment with another key finds them there and drops them.
pub const COLLECTION: &str = "token";

const KEY: &str = "SEAL_KEY";
const NONCE_BYTES: usize = 12;
/// The longest token that is taken, in bytes.
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// How long a token is used whose end its server does not tell, and the longest it is used.
const LIFE_S: u64 = 300;
const LIFE_S_MAX: u64 = 24 * 3_600;

/// Seals a token for a pair of routes; `None` without a key.
pub fn seal(token: &str, pair: &str, vault: &dyn Vault) -> Option<String> {
    let secret = vault.read(KEY)?;
    let key = hmac(secret.as_bytes(), b"access tokens: key")?;
    let for_nonces = hmac(secret.as_bytes(), b"access tokens: nonce")?;
    let nonce = hmac(&for_nonces, format!("{pair}\n{token}").as_bytes())?;
    let nonce = nonce.get(..NONCE_BYTES)?;
    let cipher = ChaCha20Poly1305::new_from_slice(&key).ok()?;
    let mut text = token.as_bytes().to_vec();
    cipher
        .encrypt_in_place(
            &Nonce::<ChaCha20Poly1305>::try_from(nonce).ok()?,
            pair.as_bytes(),
            &mut text,
        )
        .ok()?;
    Some(URL_SAFE_NO_PAD.encode([nonce, &text].concat()))
}

/// Opens a sealed token; `None` if it was sealed for another pair or under another key.
pub fn open(sealed: &str, pair: &str, vault: &dyn Vault) -> Option<String> {
    let secret = vault.read(KEY)?;
    let key = hmac(secret.as_bytes(), b"access tokens: key")?;
    let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, text) = bytes.split_at_checked(NONCE_BYTES)?;
    let cipher = ChaCha20Poly1305::new_from_slice(&key).ok()?;
    let mut text = text.to_vec();
    cipher
        .decrypt_in_place(
            &Nonce::<ChaCha20Poly1305>::try_from(nonce).ok()?,
            pair.as_bytes(),
            &mut text,
        )
        .ok()?;
    String::from_utf8(text).ok()
}

/// A word sealed under `SEAL_KEY`, by which rows can be told that were sealed under another.
pub fn own(vault: &dyn Vault) -> Option<String> {
    seal("export", "export", vault)
}

/// Whether a word was sealed under this deployment's `SEAL_KEY`.
pub fn is_own(sealed: &str, vault: &dyn Vault) -> bool {
    open(sealed, "export", vault).is_some()
}

/// What is left of an answer that brings a token: the token, sealed, and how many seconds it lives.
/// Nothing is left of one that brings none but its status.
pub fn sealed_answer(response: &Response, pair: &str, vault: &dyn Vault) -> Response {
    let body = sealed_body(response, pair, vault).unwrap_or(json!({}));
    let kind = ("content-type".to_owned(), "application/json".to_owned());
    Response {
        status: response.status,
        headers: vec![kind],
        body: body.to_string().into_bytes(),
    }
}

fn sealed_body(response: &Response, pair: &str, vault: &dyn Vault) -> Option<Json> {
    let answer: Json = serde_json::from_slice(&response.body).ok()?;
    let token = answer.get("access_token")?.as_str()?;
    let kind = answer.get("token_type").and_then(Json::as_str);
    let plain = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    let bears = kind.is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    if response.status != 200 || !plain || token.len() > TOKEN_BYTES_MAX || !bears {
        return None;
    }
    let life = answer.get("expires_in").and_then(|life| {
        let written = life.as_str().and_then(|text| text.parse().ok());
        life.as_u64().or(written)
    });
    let life = life.unwrap_or(LIFE_S).min(LIFE_S_MAX);
    let sealed = seal(token, pair, vault)?;
    Some(json!({"sealed": sealed, "expires_in": life}))
}

/// The refusals of a token endpoint that are told on, since the owner can do something about them
/// ([RFC 6749 section 5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
const REFUSALS: [&str; 4] = [
    "invalid_grant",
    "invalid_client",
    "unauthorized_client",
    "invalid_scope",
];

/// The pair under which a refresh token is sealed that came in place of an earlier one.
pub fn refresh_pair(pair: &str) -> String {
    format!("{pair}/refresh")
}

/// What is left of an answer to a refresh token: the access token and the refresh token that takes
/// the first one's place, both sealed; or which of a few refusals it is.
pub fn granted(response: &Response, pair: &str, vault: &dyn Vault) -> Response {
    let mut left = sealed_answer(response, pair, vault);
    let answer: Json = serde_json::from_slice(&response.body).unwrap_or_default();
    let text = |name: &str| answer.get(name).and_then(Json::as_str);
    let refusal = text("error").filter(|error| REFUSALS.contains(error));
    if let (Some(refusal), true) = (refusal, response.status != 200) {
        left.body = json!({"error": refusal}).to_string().into_bytes();
        return left;
    }
    let refresh = text("refresh_token").filter(|token| token.len() <= TOKEN_BYTES_MAX);
    let refresh = refresh.filter(|token| !token.is_empty());
    let sealed = refresh.and_then(|token| seal(token, &refresh_pair(pair), vault));
    let body: Option<Json> = serde_json::from_slice(&left.body).ok();
    if let (Some(sealed), Some(Json::Object(mut fields))) = (sealed, body)
        && fields.contains_key("sealed")
    {
        fields.insert("refresh".to_owned(), sealed.into());
        left.body = Json::Object(fields).to_string().into_bytes();
    }
    left
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
