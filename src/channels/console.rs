//! The chat of the owner's console, which comes over a WebSocket of the console's session.
//!
//! The one thing to know: this is not a webhook. Its route under `/webhook/` never exists, since
//! the session proves the owner before a socket opens; the platform reads each frame with
//! [`parse_client`] and broadcasts answers to the open sockets, so nothing is delivered from here.

use crate::channels::body::{absent, bad_field, read_json};
use crate::channels::{Channel, Head, Outgoing, Receipt, Secrets, Verified};
use crate::http::{Problem, Request, Response};
use crate::id::DeliveryId;
use crate::message::{Inbound, Locale};
use crate::time::{Timestamp, Zone};
use serde::Deserialize;

/// The longest message, in bytes.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// The longest id that the page gives a message, in bytes.
pub const ID_BYTES_MAX: usize = 64;

/// What the console's page may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientMessage {
    /// The first words of a page: `{"type":"hello","zone":"Europe/Paris","locale":"fr-FR"}`.
    Hello {
        /// The browser's time zone.
        zone: Zone,
        /// The browser's language; English for every language but French.
        locale: Locale,
    },
    /// The owner's words: `{"type":"say","id":"…","text":"…"}`.
    Say {
        /// Chosen by the page, the same when it sends the message again.
        id: DeliveryId,
        /// The words as written: 1 to [`TEXT_BYTES_MAX`] bytes, not only white space.
        text: String,
    },
}

/// Reads one text frame.
///
/// # Errors
/// `400 bad_request` that names the field, `413 too_large`.
pub fn parse_client(text: &str) -> Result<ClientMessage, Problem> {
    let frame: Frame = read_json(text.as_bytes())?;
    let stray = |field: &str| bad_field(field, &format!("not part of `{}`", frame.kind));
    match frame.kind.as_str() {
        "hello" if frame.id.is_some() => Err(stray("id")),
        "hello" if frame.text.is_some() => Err(stray("text")),
        "hello" => hello(frame.zone.as_deref(), frame.locale.as_deref()),
        "say" if frame.zone.is_some() => Err(stray("zone")),
        "say" if frame.locale.is_some() => Err(stray("locale")),
        "say" => say(frame.id, frame.text),
        _ => Err(bad_field("type", "expected `hello` or `say`")),
    }
}

/// All fields of all frames: a flat shape keeps the field's name in a refusal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Frame {
    #[serde(rename = "type")]
    kind: String,
    zone: Option<String>,
    locale: Option<String>,
    id: Option<String>,
    text: Option<String>,
}

fn hello(zone: Option<&str>, locale: Option<&str>) -> Result<ClientMessage, Problem> {
    let zone = zone
        .and_then(Zone::named)
        .ok_or_else(|| bad_field("zone", "expected an IANA name such as `Europe/Paris`"))?;
    let tag = locale.ok_or_else(|| bad_field("locale", "missing"))?;
    let language = tag.split(['-', '_']).next().unwrap_or_default();
    let french = language.eq_ignore_ascii_case("fr");
    Ok(ClientMessage::Hello {
        zone,
        locale: if french { Locale::Fr } else { Locale::En },
    })
}

fn say(id: Option<String>, text: Option<String>) -> Result<ClientMessage, Problem> {
    let id = id
        .filter(|id| id.len() <= ID_BYTES_MAX && id.bytes().all(|b| b.is_ascii_graphic()))
        .and_then(|id| DeliveryId::try_from(id).ok())
        .ok_or_else(|| bad_field("id", "expected 1 to 64 printable ASCII characters"))?;
    let text = text.ok_or_else(|| bad_field("text", "missing"))?;
    if text.len() > TEXT_BYTES_MAX {
        return Err(bad_field(
            "text",
            &format!("longer than {TEXT_BYTES_MAX} bytes"),
        ));
    }
    if text.trim().is_empty() {
        return Err(bad_field("text", "empty"));
    }
    if text.contains('\0') {
        return Err(bad_field("text", "has a NUL character"));
    }
    Ok(ClientMessage::Say { id, text })
}

/// The console's chat.
#[derive(Debug, Clone, Copy)]
pub struct Console;

impl Channel for Console {
    fn name(&self) -> &'static str {
        "console"
    }

    fn is_configured(&self, _: &dyn Secrets) -> bool {
        false
    }

    fn admit(&self, _: &Head, _: &dyn Secrets, _: Timestamp) -> Result<(), Problem> {
        Err(absent(self))
    }

    fn verify(
        &self,
        _: &Head,
        _: Vec<u8>,
        _: &dyn Secrets,
        _: Timestamp,
    ) -> Result<Verified, Problem> {
        Err(absent(self))
    }

    fn parse(&self, _: &Verified) -> Result<Vec<Inbound>, Problem> {
        Err(absent(self))
    }

    fn deliver(&self, _: &str, _: &Outgoing, _: Locale, _: &str) -> Vec<Request> {
        Vec::new()
    }

    fn receipt(&self, _: &Response) -> Receipt {
        Receipt::Delivered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    #[track_caller]
    fn check(frame: &str, expected: &Expect) {
        let shown = match parse_client(frame) {
            Ok(ClientMessage::Hello { zone, locale }) => format!("{} {locale:?}", zone.name()),
            Ok(ClientMessage::Say { id, text }) => format!("{id} {text:?}"),
            Err(problem) => format!("{} {}", problem.status, problem.detail),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn frames_are_read_or_refused_by_field() {
        check(
            r#"{"type":"hello","zone":"Europe/Paris","locale":"fr-CA"}"#,
            &expect!["Europe/Paris Fr"],
        );
        check(
            r#"{"type":"hello","zone":"UTC","locale":"de"}"#,
            &expect!["UTC En"],
        );
        check(
            r#"{"type":"hello","zone":"Mars/Base","locale":"de"}"#,
            &expect!["400 zone: expected an IANA name such as `Europe/Paris`"],
        );
        check(
            r#"{"type":"hello","zone":"UTC","locale":"de","text":"x"}"#,
            &expect!["400 text: not part of `hello`"],
        );
        check(
            r#"{"type":"say","id":"m-1","text":" hé\n"}"#,
            &expect![[r#"m-1 " hé\n""#]],
        );
        check(
            r#"{"type":"say","id":"m 1","text":"x"}"#,
            &expect!["400 id: expected 1 to 64 printable ASCII characters"],
        );
        check(
            r#"{"type":"say","id":"m1","text":" \n"}"#,
            &expect!["400 text: empty"],
        );
        check(
            r#"{"type":"say","id":"m1","text":"a\u0000"}"#,
            &expect!["400 text: has a NUL character"],
        );
        check(r#"{"type":"say","id":"m1"}"#, &expect!["400 text: missing"]);
        check(
            r#"{"type":"say","id":"m1","text":7}"#,
            &expect!["400 text: invalid type: integer `7`, expected a string at line 1 column 32"],
        );
        check(
            r#"{"type":"stop"}"#,
            &expect!["400 type: expected `hello` or `say`"],
        );
        check(
            r#"{"type":"say","id":"m1","txt":"a"}"#,
            &expect![
                "400 txt: unknown field `txt`, expected one of `type`, `zone`, `locale`, `id`, `text` at line 1 column 29"
            ],
        );
        check(
            "hi",
            &expect!["400 not valid JSON: expected value at line 1 column 1"],
        );
    }

    #[test]
    fn limits_are_exact() {
        let frame = |id: &str, text: &str| {
            let value = serde_json::json!({"type": "say", "id": id, "text": text});
            parse_client(&value.to_string()).is_ok()
        };
        assert!(frame(&"i".repeat(64), &"t".repeat(TEXT_BYTES_MAX)));
        assert!(!frame(&"i".repeat(65), "t"));
        assert!(!frame("", "t"));
        assert!(!frame("i", &"t".repeat(TEXT_BYTES_MAX + 1)));
    }

    proptest! {
        #[test]
        fn any_frame_is_answered(text in any::<String>()) {
            let _ = parse_client(&text);
        }
    }
}
