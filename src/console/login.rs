//! How the owner gets into the console: a one-time link, or the token itself.
//!
//! A link's code is `expiry.nonce.mac` with the mac over `sclerite-login:expiry.nonce` under
//! `CONSOLE_TOKEN`. It is short-lived, and the store remembers its nonce until it has expired, so
//! it opens one session. Sessions are random tokens of which only the hash is stored.

use crate::id::hex;
use crate::signature::{equal, hmac};
use crate::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// How long a session lasts, in milliseconds: 30 days.
pub const SESSION_MS: i64 = 30 * 86_400_000;
/// The longest that a link may be valid, in milliseconds.
const LINK_MS_MAX: i64 = 20 * 60_000;
/// The cookie's name.
pub const COOKIE: &str = "sclerite_session";

/// A code that is genuine and in time; whether it was used before is for the store to say.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// What makes it single.
    pub nonce: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Checks a link's code.
pub fn check(code: &str, token: &str, now: Timestamp) -> Option<Code> {
    let (signed, mac) = code.rsplit_once('.')?;
    let (expiry, nonce) = signed.split_once('.')?;
    let text = format!("sclerite-login:{signed}");
    let right = URL_SAFE_NO_PAD.encode(hmac(token.as_bytes(), text.as_bytes())?);
    if !equal(&right, mac) {
        return None;
    }
    let expires_at = Timestamp::from_millis(expiry.parse::<i64>().ok()?.checked_mul(1000)?);
    let left = expires_at.millis().saturating_sub(now.millis());
    (left > 0 && left <= LINK_MS_MAX).then(|| Code {
        nonce: nonce.to_owned(),
        expires_at,
    })
}

/// The stored form of a session's token.
pub fn session_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// The session's token in a `Cookie` header.
pub fn session_of(cookie: &str) -> Option<&str> {
    cookie.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then_some(value)
    })
}

/// The `Set-Cookie` value of a new session, or of its end.
pub fn cookie(token: Option<&str>, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    let age = if token.is_some() {
        SESSION_MS / 1000
    } else {
        0
    };
    let token = token.unwrap_or_default();
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(token: &str, expiry: i64) -> String {
        let signed = format!("{expiry}.abc");
        let mac = hmac(
            token.as_bytes(),
            format!("sclerite-login:{signed}").as_bytes(),
        )
        .unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac))
    }

    #[test]
    fn only_a_genuine_code_in_time_counts() {
        let now = Timestamp::from_millis(1_000_000_000);
        let good = code("token", 1_000_600);
        assert_eq!(check(&good, "token", now).unwrap().nonce, "abc");
        assert_eq!(check(&good, "other", now), None);
        assert_eq!(check(&good.replace("abc", "abd"), "token", now), None);
        assert_eq!(
            check(&code("token", 999_999), "token", now),
            None,
            "expired"
        );
        assert_eq!(
            check(&code("token", 9_000_000), "token", now),
            None,
            "too far ahead"
        );
        for garbage in ["", ".", "..", "a.b.c", "1000600.abc."] {
            assert_eq!(check(garbage, "token", now), None);
        }
    }

    #[test]
    fn cookies_are_read_and_written() {
        assert_eq!(session_of("a=b; sclerite_session=xyz"), Some("xyz"));
        assert_eq!(session_of("xsclerite_session=xyz"), None);
        assert!(cookie(Some("xyz"), true).contains("HttpOnly; SameSite=Strict"));
        assert!(cookie(None, false).contains("Max-Age=0"));
    }
}
