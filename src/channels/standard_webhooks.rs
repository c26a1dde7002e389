//! [Standard Webhooks](https://www.standardwebhooks.com): what is signed, and how the three
//! headers are read and written.
//!
//! The one thing to know: the signed text is `id.timestamp.body`, so an id with a full stop in it
//! would let one signature stand for another split; such ids are refused. This file computes no
//! HMAC and holds no secret: whoever does passes the signed text and the signature in base64.

use crate::channels::Head;
use crate::signature::signed_text;
use crate::time::Timestamp;

/// How far a signed timestamp may be from now, in seconds, either way.
pub const WINDOW_SECONDS: u64 = 300;

/// The most signatures of one request that are tried. Senders give two while they rotate a
/// secret; each try hashes the whole body, which a stranger could ask for.
pub const SIGNATURES_MAX: usize = 4;

/// Why signature headers prove nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// One of the three headers is missing or not in its form.
    #[error(
        "a signed request has `webhook-id` (printable, no full stop), `webhook-timestamp` \
         (seconds since 1970) and `webhook-signature` (`v1,` and base64)"
    )]
    Malformed,
    /// The timestamp is more than [`WINDOW_SECONDS`] away.
    #[error("`webhook-timestamp` is more than {WINDOW_SECONDS} seconds away from now")]
    Stale,
    /// No signature fits.
    #[error("no signature in `webhook-signature` fits the id, the timestamp and the body")]
    Wrong,
}

/// The three headers of a signed request, in form and in time, but not yet proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureHeaders<'a> {
    /// `webhook-id`, which names the delivery.
    pub id: &'a str,
    /// `webhook-timestamp`, in seconds since 1970.
    pub timestamp: i64,
    signatures: &'a str,
}

impl<'a> SignatureHeaders<'a> {
    /// Reads the headers and checks the time; the body is not needed for that.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`] and [`SignatureError::Stale`].
    pub fn read(head: &'a Head, now: Timestamp) -> Result<Self, SignatureError> {
        let header = |name| head.header(name).ok_or(SignatureError::Malformed);
        let (id, signatures) = (header("webhook-id")?, header("webhook-signature")?);
        let seconds = header("webhook-timestamp")?;
        let id_fits = (1..=crate::id::ID_BYTES_MAX).contains(&id.len())
            && !id.chars().any(|c| c.is_control() || c == '.');
        let digits =
            (1..=12).contains(&seconds.len()) && seconds.bytes().all(|b| b.is_ascii_digit());
        if !id_fits || !digits {
            return Err(SignatureError::Malformed);
        }
        let timestamp: i64 = seconds.parse().map_err(|_| SignatureError::Malformed)?;
        if now.millis().div_euclid(1000).abs_diff(timestamp) > WINDOW_SECONDS {
            return Err(SignatureError::Stale);
        }
        if v1(signatures).next().is_none() {
            return Err(SignatureError::Malformed);
        }
        Ok(Self {
            id,
            timestamp,
            signatures,
        })
    }

    /// Proves the body. `fits(message, signature)` says whether a base64 signature is the right
    /// one for a message, in constant time.
    ///
    /// # Errors
    /// [`SignatureError::Wrong`].
    pub fn prove(
        &self,
        body: &[u8],
        fits: impl Fn(&[u8], &str) -> bool,
    ) -> Result<(), SignatureError> {
        let message = signed_text(self.id, &self.timestamp.to_string(), body);
        if v1(self.signatures).any(|signature| fits(&message, signature)) {
            Ok(())
        } else {
            Err(SignatureError::Wrong)
        }
    }
}

/// The symmetric signatures of a list; `v1a` and later versions are for other keys.
fn v1(signatures: &str) -> impl Iterator<Item = &str> {
    signatures
        .split(' ')
        .filter_map(|entry| entry.split_once(','))
        .filter(|(version, _)| *version == "v1")
        .map(|(_, signature)| signature)
        .take(SIGNATURES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(id: &str, timestamp: &str, signature: &str) -> Head {
        let pairs = [
            ("webhook-id", id),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", signature),
        ];
        Head {
            headers: pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
        }
    }

    #[track_caller]
    fn check(id: &str, timestamp: &str, signature: &str, expected: Result<(), SignatureError>) {
        let head = head(id, timestamp, signature);
        let now = Timestamp::from_millis(1_700_000_000_999);
        let read = SignatureHeaders::read(&head, now).and_then(|read| {
            read.prove(b"{}", |message, text| {
                message == b"m1.1700000000.{}" && text == "good"
            })
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn headers_are_read_strictly() {
        use SignatureError::{Malformed, Stale, Wrong};
        check("m1", "1700000000", "v1,good", Ok(()));
        check(
            "m1",
            "1700000000",
            "v1a,good v2,good v1,bad v1,good",
            Ok(()),
        );
        check("m1", "1700000000", "v1,bad", Err(Wrong));
        check("m2", "1700000000", "v1,good", Err(Wrong));
        check("m1", "1700000300", "v1,good", Err(Wrong));
        check("m1", "1699999700", "v1,good", Err(Wrong));
        check("m1", "1700000301", "v1,good", Err(Stale));
        check("m1", "1699999699", "v1,good", Err(Stale));
        check("m1", "999999999999", "v1,good", Err(Stale));
        for odd in [
            "",
            "+1700000000",
            "1700000000.0",
            " 1700000000",
            "-5",
            "1e9",
            "99999999999999999999",
        ] {
            check("m1", odd, "v1,good", Err(Malformed));
        }
        for odd in ["", "a.b", "a\nb"] {
            check(odd, "1700000000", "v1,good", Err(Malformed));
        }
        for odd in ["", "good", "v1", "v1a,good", "v1;good"] {
            check("m1", "1700000000", odd, Err(Malformed));
        }
    }

    #[test]
    fn a_long_list_is_not_tried_to_its_end() {
        let list = "v1,bad ".repeat(1000) + "v1,good";
        check("m1", "1700000000", &list, Err(SignatureError::Wrong));
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        assert_eq!(signed_text("m1", "5", b"{}"), b"m1.5.{}");
        assert_eq!(v1("v1,abc=").collect::<Vec<_>>(), ["abc="]);
    }
}
