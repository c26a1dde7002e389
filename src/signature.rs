//! HMAC signatures of [Standard Webhooks](https://www.standardwebhooks.com/), in both directions,
//! and the comparison of secrets in constant time.
//!
//! The signed text is `id.timestamp.body`; the key is the base64 behind `whsec_`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The value of `webhook-signature` for a message; `None` if the secret is not `whsec_` + base64.
pub fn sign(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> Option<String> {
    let mut mac = keyed(secret)?;
    mac.update(&signed_text(id, timestamp, body));
    Some(format!(
        "v1,{}",
        STANDARD.encode(mac.finalize().into_bytes())
    ))
}

/// Whether `signature` (base64) signs `text` under the secret.
pub fn verify(secret: &str, text: &[u8], signature: &str) -> bool {
    let (Some(mut mac), Ok(given)) = (keyed(secret), STANDARD.decode(signature)) else {
        return false;
    };
    mac.update(text);
    mac.verify_slice(&given).is_ok()
}

/// The bytes that a signature covers.
pub fn signed_text(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(id.len() + timestamp.len() + body.len() + 2);
    text.extend_from_slice(id.as_bytes());
    text.push(b'.');
    text.extend_from_slice(timestamp.as_bytes());
    text.push(b'.');
    text.extend_from_slice(body);
    text
}

/// Whether two secrets are equal, in a time that depends on their lengths only.
pub fn equal(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// HMAC-SHA256 of a text under a plain key.
pub fn hmac(key: &[u8], text: &[u8]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text);
    Some(mac.finalize().into_bytes().into())
}

fn keyed(secret: &str) -> Option<Hmac<Sha256>> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    if key.is_empty() {
        return None;
    }
    Hmac::<Sha256>::new_from_slice(&key).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_verifies_and_nothing_else_does() {
        let secret = format!("whsec_{}", STANDARD.encode("01234567890123456789"));
        let header = sign(&secret, "msg_1", "1700000000", b"{}").unwrap();
        let signature = header.strip_prefix("v1,").unwrap();
        assert!(verify(
            &secret,
            &signed_text("msg_1", "1700000000", b"{}"),
            signature
        ));
        assert!(!verify(
            &secret,
            &signed_text("msg_2", "1700000000", b"{}"),
            signature
        ));
        assert!(!verify(
            "whsec_",
            &signed_text("msg_1", "1700000000", b"{}"),
            signature
        ));
        assert!(!verify(&secret, b"x", "not base64!"));
    }
}
