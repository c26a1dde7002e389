//! The generic webhook: any program that can POST JSON can talk to the agent.
//!
//! The one thing to know: a message without `sender` is the owner's, so a request must prove
//! itself with `Authorization: Bearer <WEBHOOK_TOKEN>` or with a signature of
//! [Standard Webhooks](https://www.standardwebhooks.com) under `WEBHOOK_SIGNING_SECRET`; one of
//! the two is enough. A `sender`, whatever it says, makes a guest without commands. Answers go to
//! the one address in `WEBHOOK_REPLY_URL`, which this file does not know: it names the binding,
//! and the door outside resolves it and signs.

use crate::channels::body::{absent, bad_field, read_json};
use crate::channels::standard_webhooks::{SignatureError, SignatureHeaders};
use crate::channels::{Asked, Channel, Head, Outgoing, Receipt, Secrets, Verified};
use crate::http::{Problem, Request, Response};
use crate::id::{ConversationId, DeliveryId};
use crate::message::{Attachment, Author, Content, Inbound, Locale};
use crate::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};
use serde_json::json;

/// The delivery of a message that came without an id of its own: the caller gives each such
/// message a fresh id, as two equal ones are two messages. No sender can choose this id.
pub const DELIVERY_AUTO: &str = "auto";

/// Where answers go: the address in this binding, which only the deployer can set.
pub const REPLY_URL: &str = "binding:WEBHOOK_REPLY_URL";

/// The longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// The longest name of a conversation or a sender, in bytes.
pub const NAME_BYTES_MAX: usize = 128;

/// The most attachments of one message.
pub const ATTACHMENTS_MAX: usize = 8;

const TOKEN: &str = "WEBHOOK_TOKEN";
const SIGNING_SECRET: &str = "WEBHOOK_SIGNING_SECRET";
const RETRY_MS: u64 = 5_000;
const RETRY_MS_MAX: u64 = 3_600_000;

/// The generic webhook.
#[derive(Debug, Clone, Copy)]
pub struct Generic;

impl Channel for Generic {
    fn name(&self) -> &'static str {
        "generic"
    }

    fn is_configured(&self, secrets: &dyn Secrets) -> bool {
        secrets.is_set(TOKEN) || secrets.is_set(SIGNING_SECRET)
    }

    fn admit(&self, head: &Head, secrets: &dyn Secrets, now: Timestamp) -> Result<(), Problem> {
        claim(head, secrets, now).map(|_| ())
    }

    fn verify(
        &self,
        head: &Head,
        body: Vec<u8>,
        secrets: &dyn Secrets,
        now: Timestamp,
    ) -> Result<Verified, Problem> {
        match claim(head, secrets, now)? {
            Claim::Bearer => Ok(Verified::new(body, None)),
            Claim::Signed(headers) => {
                headers
                    .prove(&body, |text, mac| secrets.signed(SIGNING_SECRET, text, mac))
                    .map_err(refused)?;
                Ok(Verified::new(body, Some(headers.id.to_owned())))
            }
        }
    }

    fn parse(&self, verified: &Verified) -> Result<Vec<Inbound>, Problem> {
        let body: Body = read_json(verified.body())?;
        check_text(&body)?;
        check_attachments(&body.attachments)?;
        let conversation = name("conversation", &body.conversation)?;
        let author = match body.sender {
            None => Author::Owner,
            Some(sender) => Author::Guest(name("sender", &sender)?.to_owned()),
        };
        let delivery = match (verified.delivery(), body.id.as_deref()) {
            (Some(id), _) => delivery("webhook-id", id)?,
            (None, Some(id)) => delivery("id", id)?,
            (None, None) => id_or_refuse("id", DeliveryId::try_from(DELIVERY_AUTO))?,
        };
        let thread = ConversationId::try_from(format!("{}:{conversation}", self.name()));
        Ok(vec![Inbound {
            channel: self.name().to_owned(),
            delivery,
            conversation: id_or_refuse("conversation", thread)?,
            author,
            content: Content::Text {
                text: body.text,
                attachments: body.attachments,
                reply_to: None,
            },
        }])
    }

    fn approves(&self) -> bool {
        // The token of the webhook is held by programs, and programs approve nothing.
        false
    }

    fn deliver(&self, thread: &str, out: &Outgoing, locale: Locale, key: &str) -> Vec<Request> {
        if let Outgoing::Cards { cards } = out {
            let asked = cards.iter().enumerate();
            return asked
                .map(|(n, card)| question(thread, card, &format!("{key}_{n}")))
                .collect();
        }
        let body = match out {
            Outgoing::Message {
                message,
                turn,
                repeated,
            } => json!({
                "type": "message",
                "turn": turn,
                "conversation": thread,
                "text": message.plain(locale),
                "blocks": message.blocks,
                "repeated": repeated,
            }),
            Outgoing::Cards { .. } | Outgoing::Typing | Outgoing::ButtonDone { .. } => {
                return Vec::new();
            }
        };
        vec![post(&body, key)]
    }

    fn receipt(&self, answer: &Response) -> Receipt {
        match answer.status {
            200..=299 => Receipt::Delivered,
            408 | 429 | 500..=599 => {
                // A date instead of seconds is legal and rare; the usual pause does for it.
                let seconds = answer
                    .header("retry-after")
                    .and_then(|text| text.trim().parse().ok());
                let pause = seconds.map_or(RETRY_MS, |s: u64| s.saturating_mul(1000));
                Receipt::Later(pause.clamp(1000, RETRY_MS_MAX))
            }
            _ => Receipt::Refused,
        }
    }
}

/// How a request says that it may speak.
enum Claim<'a> {
    /// The right bearer token: proven.
    Bearer,
    /// Signature headers in form and in time: the body must bear them out.
    Signed(SignatureHeaders<'a>),
}

fn claim<'a>(head: &'a Head, secrets: &dyn Secrets, now: Timestamp) -> Result<Claim<'a>, Problem> {
    if !Generic.is_configured(secrets) {
        return Err(absent(&Generic));
    }
    // An unset token must match nothing, not even an empty one.
    if let Some(presented) = bearer(head)
        && secrets.is_set(TOKEN)
        && secrets.matches(TOKEN, presented)
    {
        return Ok(Claim::Bearer);
    }
    if head.header("webhook-signature").is_some() && secrets.is_set(SIGNING_SECRET) {
        return SignatureHeaders::read(head, now)
            .map(Claim::Signed)
            .map_err(refused);
    }
    let detail = "send `Authorization: Bearer` with the value of WEBHOOK_TOKEN, or sign the \
                  request as Standard Webhooks with WEBHOOK_SIGNING_SECRET";
    Err(Problem::new(401, "bad_token", detail))
}

fn bearer(head: &Head) -> Option<&str> {
    let (scheme, token) = head.header("authorization")?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn refused(error: SignatureError) -> Problem {
    let code = match error {
        SignatureError::Stale => "stale_timestamp",
        SignatureError::Malformed | SignatureError::Wrong => "bad_signature",
    };
    Problem::new(401, code, error.to_string())
}

/// The body of a message. A field that is not here is refused: a misspelt `sender` must not turn
/// a stranger into the owner.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    id: Option<String>,
    conversation: String,
    #[serde(default, deserialize_with = "never_null")]
    sender: Option<String>,
    text: String,
    #[serde(default)]
    attachments: Vec<Attachment>,
}

/// `"sender": null` is a sender that the calling program failed to name, not the owner.
fn never_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    String::deserialize(from).map(Some)
}

fn check_text(body: &Body) -> Result<(), Problem> {
    if body.text.len() > TEXT_BYTES_MAX {
        return Err(bad_field(
            "text",
            &format!("longer than {TEXT_BYTES_MAX} bytes"),
        ));
    }
    if body.text.contains('\0') {
        return Err(bad_field("text", "has a NUL character"));
    }
    if body.text.trim().is_empty() && body.attachments.is_empty() {
        return Err(bad_field("text", "empty, and there are no attachments"));
    }
    Ok(())
}

fn check_attachments(attachments: &[Attachment]) -> Result<(), Problem> {
    if attachments.len() > ATTACHMENTS_MAX {
        return Err(bad_field(
            "attachments",
            &format!("more than {ATTACHMENTS_MAX}"),
        ));
    }
    for (place, attachment) in attachments.iter().enumerate() {
        let field = |part: &str| format!("attachments[{place}].{part}");
        name(&field("name"), &attachment.name)?;
        name(&field("content_type"), &attachment.content_type)?;
        STANDARD
            .decode(&attachment.data)
            .map_err(|error| bad_field(&field("data"), &format!("not base64: {error}")))?;
    }
    Ok(())
}

fn name<'a>(field: &str, text: &'a str) -> Result<&'a str, Problem> {
    let fits = (1..=NAME_BYTES_MAX).contains(&text.len());
    if fits && !text.chars().any(char::is_control) {
        return Ok(text);
    }
    let rule = format!("expected 1 to {NAME_BYTES_MAX} bytes without control characters");
    Err(bad_field(field, &rule))
}

fn delivery(field: &str, id: &str) -> Result<DeliveryId, Problem> {
    if id == DELIVERY_AUTO {
        return Err(bad_field(field, &format!("`{DELIVERY_AUTO}` is reserved")));
    }
    id_or_refuse(field, DeliveryId::try_from(id))
}

fn id_or_refuse<T>(field: &str, id: Result<T, crate::id::IdError>) -> Result<T, Problem> {
    id.map_err(|error| bad_field(field, &error.to_string()))
}

/// One question, which is one delivery: its answer names it alone.
fn question(thread: &str, card: &Asked, key: &str) -> Request {
    let body = json!({
        "type": "approval",
        "conversation": thread,
        "approval": card.approval,
        "call_hash": card.call_hash,
        "expires_at": card.expires_at,
        "text": card.text,
    });
    post(&body, key)
}

fn post(body: &serde_json::Value, key: &str) -> Request {
    let mut request = Request::post_json(REPLY_URL.to_owned(), body);
    request
        .headers
        .push(("webhook-id".to_owned(), key.to_owned()));
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(body: &str, expected: &Expect) {
        let verified = Verified::new(body.as_bytes().to_vec(), None);
        let shown = match Generic.parse(&verified) {
            Ok(list) => serde_json::to_string(&list).unwrap(),
            Err(problem) => format!("{} {}: {}", problem.status, problem.code, problem.detail),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn bodies_are_read_or_refused_by_field() {
        check(
            r#"{"conversation":"c","text":"hi"}"#,
            &expect![[
                r#"[{"channel":"generic","delivery":"auto","conversation":"generic:c","author":"owner","content":{"text":{"text":"hi","attachments":[]}}}]"#
            ]],
        );
        check(
            r#"{"id":null,"conversation":"c","text":" hi "}"#,
            &expect![[
                r#"[{"channel":"generic","delivery":"auto","conversation":"generic:c","author":"owner","content":{"text":{"text":" hi ","attachments":[]}}}]"#
            ]],
        );
        check(
            r#"{"conversation":"c","text":"hi","sender":null}"#,
            &expect![
                "400 bad_request: sender: invalid type: null, expected a string at line 1 column 45"
            ],
        );
        check(
            r#"{"conversation":"c","text":"hi","sender":""}"#,
            &expect!["400 bad_request: sender: expected 1 to 128 bytes without control characters"],
        );
        check(
            r#"{"conversation":"c","text":"hi","Sender":"bob"}"#,
            &expect![
                "400 bad_request: Sender: unknown field `Sender`, expected one of `id`, `conversation`, `sender`, `text`, `attachments` at line 1 column 40"
            ],
        );
        check(
            r#"{"conversation":"c","text":"hi","sender":"a","sender":"b"}"#,
            &expect!["400 bad_request: duplicate field `sender` at line 1 column 53"],
        );
        check(
            r#"{"conversation":"","text":"hi"}"#,
            &expect![
                "400 bad_request: conversation: expected 1 to 128 bytes without control characters"
            ],
        );
        check(
            r#"{"conversation":"a\nb","text":"hi"}"#,
            &expect![
                "400 bad_request: conversation: expected 1 to 128 bytes without control characters"
            ],
        );
        check(
            r#"{"conversation":"c"}"#,
            &expect!["400 bad_request: missing field `text` at line 1 column 20"],
        );
        check(
            r#"{"conversation":"c","text":"  "}"#,
            &expect!["400 bad_request: text: empty, and there are no attachments"],
        );
        check(
            r#"{"conversation":"c","text":"\ud800"}"#,
            &expect![
                "400 bad_request: text: not valid JSON: unexpected end of hex escape at line 1 column 35"
            ],
        );
        check(
            r#"{"conversation":"c","text":"a\u0000"}"#,
            &expect!["400 bad_request: text: has a NUL character"],
        );
    }

    #[test]
    fn ids_and_files_are_read_or_refused_by_field() {
        check(
            r#"{"conversation":"c","text":[[[[]]]]}"#,
            &expect![
                "400 bad_request: text: invalid type: sequence, expected a string at line 1 column 27"
            ],
        );
        check(
            r#"{"id":"auto","conversation":"c","text":"hi"}"#,
            &expect!["400 bad_request: id: `auto` is reserved"],
        );
        check(
            r#"{"id":"","conversation":"c","text":"hi"}"#,
            &expect!["400 bad_request: id: an id has 1 to 256 bytes and no control characters"],
        );
        check(
            r#"{"conversation":"c","text":"","attachments":[{"name":"a","data":"aGk="}]}"#,
            &expect![[
                r#"[{"channel":"generic","delivery":"auto","conversation":"generic:c","author":"owner","content":{"text":{"text":"","attachments":[{"name":"a","content_type":"application/octet-stream","data":"aGk="}]}}}]"#
            ]],
        );
        check(
            r#"{"conversation":"c","text":"x","attachments":[{"name":"a","data":"a!"}]}"#,
            &expect![
                "400 bad_request: attachments[0].data: not base64: Invalid symbol 33, offset 1."
            ],
        );
        check(
            r#"{"conversation":"c","text":"x","attachments":[{"name":"a","url":"b"}]}"#,
            &expect![
                "400 bad_request: attachments[0].url: unknown field `url`, expected one of `name`, `content_type`, `data` at line 1 column 63"
            ],
        );
    }

    #[test]
    fn limits_are_exact() {
        let accepted = |text: usize, named: usize, files: usize| {
            let file = json!({"name": "a", "data": ""});
            let body = json!({
                "conversation": "c".repeat(named),
                "sender": "s".repeat(named),
                "text": "t".repeat(text),
                "attachments": vec![file; files],
            });
            Generic
                .parse(&Verified::new(body.to_string().into_bytes(), None))
                .is_ok()
        };
        assert!(accepted(TEXT_BYTES_MAX, NAME_BYTES_MAX, ATTACHMENTS_MAX));
        assert!(!accepted(TEXT_BYTES_MAX + 1, 1, 0));
        assert!(!accepted(1, NAME_BYTES_MAX + 1, 0));
        assert!(!accepted(1, 1, ATTACHMENTS_MAX + 1));
    }

    #[test]
    fn a_signed_id_beats_the_one_in_the_body() {
        let body = br#"{"id":"body","conversation":"c","text":"hi"}"#.to_vec();
        let list = Generic
            .parse(&Verified::new(body, Some("signed".into())))
            .unwrap();
        assert_eq!(list[0].delivery.as_str(), "signed");
    }

    #[test]
    fn answers_carry_their_key_and_their_parts() {
        let out = |out: Outgoing| Generic.deliver("c", &out, Locale::En, "e_1");
        let requests = out(Outgoing::Message {
            message: Message::say("hi"),
            turn: "t_1".into(),
            repeated: true,
        });
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].url, REPLY_URL);
        assert!(
            requests[0]
                .headers
                .contains(&("webhook-id".to_owned(), "e_1".to_owned()))
        );
        expect![[r#"{"blocks":[{"say":{"text":"hi"}}],"conversation":"c","repeated":true,"text":"hi","turn":"t_1","type":"message"}"#]].assert_eq(std::str::from_utf8(&requests[0].body).unwrap());
        let card = out(Outgoing::Cards {
            cards: vec![Asked {
                text: "Send?".into(),
                approval: "a_1".into(),
                call_hash: "00ff".into(),
                expires_at: Timestamp::from_millis(5),
            }],
        });
        expect![[r#"{"approval":"a_1","call_hash":"00ff","conversation":"c","expires_at":5,"text":"Send?","type":"approval"}"#]]
            .assert_eq(std::str::from_utf8(&card[0].body).unwrap());
        assert!(out(Outgoing::Typing).is_empty());
        let done = Outgoing::ButtonDone {
            callback: "x".into(),
            text: "y".into(),
        };
        assert!(out(done).is_empty());
    }

    #[test]
    fn receipts_follow_the_status() {
        let receipt = |status, after: Option<&str>| {
            let headers = after.map(|v| ("retry-after".to_owned(), v.to_owned()));
            let headers = headers.into_iter().collect();
            Generic.receipt(&Response {
                status,
                headers,
                body: vec![],
            })
        };
        assert_eq!(receipt(204, None), Receipt::Delivered);
        assert_eq!(receipt(503, None), Receipt::Later(5_000));
        assert_eq!(receipt(429, Some("7")), Receipt::Later(7_000));
        assert_eq!(receipt(429, Some("0")), Receipt::Later(1_000));
        assert_eq!(
            receipt(408, Some("Wed, 21 Oct 2026 07:28:00 GMT")),
            Receipt::Later(5_000)
        );
        assert_eq!(
            receipt(500, Some("18446744073709551615")),
            Receipt::Later(3_600_000)
        );
        assert_eq!(receipt(301, None), Receipt::Refused);
        assert_eq!(receipt(410, None), Receipt::Refused);
    }
}
