//! What must be true of every channel, checked over [`all`] with the requests recorded in
//! `tests/fixtures/channels/<name>/contract.json`.
//!
//! A new channel brings that file and is tested by these functions unasked. A channel without the
//! file must never be configured.

mod properties;

use super::*;
use crate::message::Message;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::path::PathBuf;
use subtle::ConstantTimeEq;

/// Bindings that a test sets.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
struct Bindings(BTreeMap<String, String>);

impl Secrets for Bindings {
    fn is_set(&self, binding: &str) -> bool {
        self.0.get(binding).is_some_and(|value| !value.is_empty())
    }

    fn matches(&self, binding: &str, presented: &str) -> bool {
        let value = self.0.get(binding).map(String::as_bytes);
        value.is_some_and(|value| value.ct_eq(presented.as_bytes()).into())
    }

    fn signed(&self, binding: &str, message: &[u8], signature: &str) -> bool {
        let key = self.0.get(binding).and_then(|v| v.strip_prefix("whsec_"));
        let key = key.and_then(|text| STANDARD.decode(text).ok());
        let (Some(key), Ok(mac)) = (key, STANDARD.decode(signature)) else {
            return false;
        };
        let mut hmac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        hmac.update(message);
        hmac.verify_slice(&mac).is_ok()
    }
}

#[derive(Debug, Deserialize)]
struct Contract {
    secrets: Bindings,
    /// Whether the channel exists only with all of the secrets.
    all_needed: bool,
    now_ms: i64,
    /// Every URL that this channel may ever ask for.
    urls: Vec<String>,
    /// A thread that it can deliver to.
    thread: String,
    accepted: Vec<Accepted>,
    accepted_also: Vec<Case>,
    refused: Vec<Refused>,
}

#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    headers: BTreeMap<String, String>,
    body: String,
}

#[derive(Debug, Deserialize)]
struct Accepted {
    #[serde(flatten)]
    case: Case,
    /// Whether the body and a time are signed.
    signed: bool,
    inbound: Vec<Inbound>,
}

#[derive(Debug, Deserialize)]
struct Refused {
    #[serde(flatten)]
    case: Case,
    status: u16,
    code: String,
}

impl Contract {
    fn of(channel: &dyn Channel) -> Option<Self> {
        let path: PathBuf = [
            env!("CARGO_MANIFEST_DIR"),
            "tests/fixtures/channels",
            channel.name(),
            "contract.json",
        ]
        .iter()
        .collect();
        let text = std::fs::read_to_string(path).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now_ms)
    }
}

fn contracts() -> Vec<(&'static dyn Channel, Contract)> {
    let list: Vec<_> = all()
        .iter()
        .filter_map(|channel| Some((*channel, Contract::of(*channel)?)))
        .collect();
    assert!(list.len() >= 2, "the fixtures are missing");
    list
}

impl Case {
    fn head(&self) -> Head {
        Head {
            headers: self.headers.clone().into_iter().collect(),
        }
    }
}

fn receive(
    channel: &dyn Channel,
    head: &Head,
    body: &[u8],
    secrets: &Bindings,
    now: Timestamp,
) -> Result<Vec<Inbound>, Problem> {
    channel.admit(head, secrets, now)?;
    channel.parse(&channel.verify(head, body.to_vec(), secrets, now)?)
}

#[test]
fn names_are_unique_and_in_order() {
    let names: Vec<&str> = all().iter().map(|channel| channel.name()).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
}

#[test]
fn accepted_requests_become_what_the_fixture_says() {
    for (channel, contract) in contracts() {
        assert!(channel.is_configured(&contract.secrets));
        for Accepted { case, inbound, .. } in &contract.accepted {
            let body = case.body.as_bytes();
            let read = receive(
                channel,
                &case.head(),
                body,
                &contract.secrets,
                contract.now(),
            );
            assert_eq!(
                read.as_ref(),
                Ok(inbound),
                "{}: {}",
                channel.name(),
                case.name
            );
            for one in inbound {
                assert_eq!(one.channel, channel.name());
                let conversation = one.conversation.as_str();
                let thread = conversation
                    .strip_prefix(&format!("{}:", channel.name()))
                    .unwrap();
                let out = message("hello");
                assert!(
                    !channel.deliver(thread, &out, Locale::En, "k").is_empty(),
                    "{thread}"
                );
            }
        }
        for case in &contract.accepted_also {
            let body = case.body.as_bytes();
            let read = receive(
                channel,
                &case.head(),
                body,
                &contract.secrets,
                contract.now(),
            );
            assert!(read.is_ok(), "{}: {}: {read:?}", channel.name(), case.name);
        }
    }
}

#[test]
fn refused_requests_get_their_code() {
    for (channel, contract) in contracts() {
        for Refused { case, status, code } in &contract.refused {
            let body = case.body.as_bytes();
            let problem = receive(
                channel,
                &case.head(),
                body,
                &contract.secrets,
                contract.now(),
            )
            .expect_err(&case.name);
            assert_eq!(
                (problem.status, problem.code),
                (*status, code.as_str()),
                "{}",
                case.name
            );
            for secret in contract.secrets.0.values() {
                assert!(!problem.to_json().contains(secret.as_str()));
            }
        }
    }
}

#[test]
fn a_flipped_byte_of_a_proof_is_refused() {
    for (channel, contract) in contracts() {
        for Accepted { case, signed, .. } in &contract.accepted {
            for (name, value) in &case.headers {
                for place in 0..value.len() {
                    let mut bytes = value.clone().into_bytes();
                    bytes[place] ^= 1;
                    let mut head = case.head();
                    let pair = head
                        .headers
                        .iter_mut()
                        .find(|(key, _)| key == name)
                        .unwrap();
                    pair.1 = String::from_utf8(bytes).unwrap();
                    let now = contract.now();
                    let body = case.body.clone().into_bytes();
                    let verified = channel
                        .admit(&head, &contract.secrets, now)
                        .and_then(|()| channel.verify(&head, body, &contract.secrets, now));
                    assert_eq!(
                        verified.unwrap_err().status,
                        401,
                        "{}: {name} {place}",
                        case.name
                    );
                }
            }
            for place in 0..case.body.len() {
                let mut bytes = case.body.clone().into_bytes();
                bytes[place] ^= 1;
                let verified =
                    channel.verify(&case.head(), bytes, &contract.secrets, contract.now());
                assert_eq!(verified.is_err(), *signed, "{}: body {place}", case.name);
            }
        }
    }
}

#[test]
fn the_body_is_not_trusted_because_admit_was_skipped() {
    for (channel, contract) in contracts() {
        for Refused { case, status, .. } in &contract.refused {
            if *status == 401 {
                let body = case.body.clone().into_bytes();
                let verified =
                    channel.verify(&case.head(), body, &contract.secrets, contract.now());
                assert!(verified.is_err(), "{}", case.name);
            }
        }
    }
}

#[test]
fn signed_requests_are_refused_outside_five_minutes() {
    let mut checked = 0;
    for (channel, contract) in contracts() {
        for Accepted { case, .. } in contract.accepted.iter().filter(|a| a.signed) {
            checked += 1;
            let at = |seconds: i64| {
                let now = contract.now().plus_millis(seconds * 1000);
                channel
                    .admit(&case.head(), &contract.secrets, now)
                    .map_err(|p| p.code)
            };
            assert_eq!(at(-301), Err("stale_timestamp"));
            assert_eq!(at(301), Err("stale_timestamp"));
            assert_eq!(at(-300), Ok(()));
            assert_eq!(at(300), Ok(()));
            assert_eq!(at(i64::MAX / 2000), Err("stale_timestamp"));
        }
    }
    assert!(checked > 0);
}

#[test]
fn truncated_bodies_are_refused() {
    for (channel, contract) in contracts() {
        for Accepted { case, .. } in &contract.accepted {
            for end in 0..case.body.len() {
                let body = &case.body.as_bytes()[..end];
                let read = receive(
                    channel,
                    &case.head(),
                    body,
                    &contract.secrets,
                    contract.now(),
                );
                assert!(read.is_err(), "{}: {end} bytes", case.name);
            }
        }
    }
}

#[test]
fn without_its_secrets_a_channel_does_not_exist() {
    for (channel, contract) in contracts() {
        let empty = contract
            .secrets
            .0
            .keys()
            .map(|key| (key.clone(), String::new()))
            .collect();
        for none in [Bindings::default(), Bindings(empty)] {
            assert!(!channel.is_configured(&none));
            for Accepted { case, .. } in &contract.accepted {
                let now = contract.now();
                assert_eq!(
                    channel.admit(&case.head(), &none, now).unwrap_err().status,
                    404
                );
                let body = case.body.clone().into_bytes();
                assert!(channel.verify(&case.head(), body, &none, now).is_err());
            }
        }
        for missing in contract.secrets.0.keys() {
            let mut fewer = contract.secrets.clone();
            fewer.0.remove(missing);
            assert_eq!(
                channel.is_configured(&fewer),
                !contract.all_needed,
                "{missing}"
            );
        }
    }
    for channel in all()
        .iter()
        .filter(|channel| Contract::of(**channel).is_none())
    {
        let everything: BTreeMap<String, String> = contracts()
            .into_iter()
            .flat_map(|(_, contract)| contract.secrets.0)
            .collect();
        let everything = Bindings(everything);
        assert!(
            !channel.is_configured(&everything),
            "{} has no fixtures",
            channel.name()
        );
        let head = Head {
            headers: Vec::new(),
        };
        let now = Timestamp::default();
        assert_eq!(
            channel.admit(&head, &everything, now).unwrap_err().status,
            404
        );
        assert!(channel.verify(&head, Vec::new(), &everything, now).is_err());
    }
}

#[test]
fn one_way_to_prove_oneself_does_not_open_the_other() {
    for (channel, contract) in contracts().into_iter().filter(|(_, c)| !c.all_needed) {
        for Accepted { case, .. } in &contract.accepted {
            let accepted = contract.secrets.0.keys().filter(|missing| {
                let mut fewer = contract.secrets.clone();
                fewer.0.remove(*missing);
                receive(
                    channel,
                    &case.head(),
                    case.body.as_bytes(),
                    &fewer,
                    contract.now(),
                )
                .is_ok()
            });
            assert_eq!(
                accepted.count(),
                contract.secrets.0.len() - 1,
                "{}",
                case.name
            );
        }
    }
}

fn message(text: &str) -> Outgoing {
    Outgoing::Message {
        message: Message::say(text),
        turn: "t_1".into(),
        repeated: false,
    }
}
