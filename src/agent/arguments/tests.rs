//! Calls that are resolved: what planners write out, and what comes by a handle.

mod judging;
mod keys;
mod naming;
mod properties;
mod wording;

use super::*;
use crate::agent::grounds::Words;
use crate::label::{Integrity, Readers};
use crate::tool::{ArgRole, EffectClass, Kind, Reach, Sinks};
use serde_json::json;

struct One;

impl Handles for One {
    fn get(&self, name: &str) -> Option<(Kind, Item)> {
        let text = |text: &str| {
            Labeled::new(
                Value::Text(text.into()),
                Label::untrusted("mail:1", Readers::owner()),
            )
        };
        let mail = crate::value::record(
            Label::untrusted("mail:1", Readers::owner()),
            [("subject", text("Hi")), ("body", text("long"))],
        );
        let list = Labeled::new(Value::List(vec![mail]), Label::worst());
        (name == "$mail_1").then_some((Kind::Mails, list))
    }
}

/// An owner who said one thing and knows one address.
struct Said(Words);

impl Grounds for Said {
    fn said(&self, set: &str, identifier: &str) -> bool {
        self.0.have(set, identifier)
    }
    fn said_words(&self, text: &str) -> bool {
        self.0.have_every_word(text)
    }
    fn knows(&self, set: &str, identifier: &str) -> bool {
        set == "mail" && identifier == "known@example.org"
    }
    fn names(&self, identity: &str) -> bool {
        let (set, identifier) = identity.split_once(':').unwrap();
        self.0.name(set, identifier)
    }
}

fn said() -> Said {
    Said(Words::of(["ok, write to ada@example.org, and go up"]))
}

fn scope<'a>(grounds: &'a Said, zone: Option<&'a Zone>) -> Scope<'a> {
    Scope {
        handles: &One,
        grounds,
        zone,
        tainted: false,
        swayed: false,
    }
}

static SPEC: ToolSpec = ToolSpec {
    name: "demo",
    about: "",
    effect: EffectClass::Read,
    reach: Reach::Inside,
    args: &[
        arg("text", ArgType::Text(8)),
        arg("to", ArgType::Address),
        arg("n", ArgType::Integer(1, 5)),
        arg("at", ArgType::Instant),
        arg("mail", ArgType::Object(Kind::Mail)),
        arg("way", ArgType::Choice(&["up", "down"])),
    ],
    returns: Kind::Note,
    source: None,
    sinks: Sinks::Nobody,
};

const fn arg(name: &'static str, holds: ArgType) -> ArgSpec {
    ArgSpec {
        name,
        holds,
        role: ArgRole::Content,
        required: false,
        about: "",
    }
}

#[track_caller]
fn check(args: Json, outcome: &str) {
    let call = ToolCall {
        id: "c1".into(),
        tool: "demo".into(),
        args,
    };
    let zone = Zone::named("Europe/Paris").unwrap();
    let found = match resolve(&call, &SPEC, scope(&said(), Some(&zone))) {
        Ok(call) => call
            .args
            .values()
            .map(|arg| format!("{}={:?}", arg.spec.name, arg.item.peek()))
            .collect::<Vec<_>>()
            .join(" "),
        Err(error) => error.to_string(),
    };
    assert_eq!(found, outcome);
}

#[test]
fn literals_are_checked_against_the_contract() {
    check(json!({"text": "ok"}), "text=Text(\"ok\")");
    check(
        json!({"text": "far too long"}),
        "invalid: text: a text of at most 8 bytes",
    );
    check(
        json!({"to": "ada@example.org"}),
        "to=Text(\"ada@example.org\")",
    );
    check(
        json!({"to": "ada@example.org, b@example.org"}),
        "invalid: to: one mail address",
    );
    check(json!({"n": "3"}), "n=Int(3)");
    check(json!({"n": 6}), "invalid: n: a whole number from 1 to 5");
    check(json!({"way": "left"}), "invalid: way: up, down");
    check(
        json!({"at": "2026-11-24T09:00"}),
        "at=Time(Timestamp(1795507200000))",
    );
    check(
        json!({"at": "2026-11-24T09:00:00Z"}),
        "at=Time(Timestamp(1795510800000))",
    );
    check(
        json!({"at": "soon"}),
        "invalid: at: a time such as 2026-11-24T09:00",
    );
    check(
        json!({"other": 1}),
        "invalid: other: an argument that this tool has",
    );
    check(json!(null), "invalid: arguments: a JSON object");
    check(
        json!({"mail": "17"}),
        "invalid: mail: one mail, such as $mail_2[1] of a list",
    );
}

#[test]
fn handles_fill_in_with_their_label() {
    check(json!({"text": "$mail_1[1].subject"}), "text=Text(\"Hi\")");
    check(json!({"text": "$mail_1[2].subject"}), "unavailable");
    check(
        json!({"text": "$mail_1[1].nothing"}),
        "invalid: text: a part that it has",
    );
    check(
        json!({"text": "$mail_9"}),
        "invalid: text: the name of a handle in this conversation",
    );
    check(
        json!({"mail": "$mail_1"}),
        "invalid: mail: one mail, such as $mail_2[1] of a list",
    );
    let call = ToolCall {
        id: "c".into(),
        tool: "demo".into(),
        args: json!({"mail": "$mail_1[1]", "text": "hi"}),
    };
    let call = resolve(&call, &SPEC, scope(&said(), None)).unwrap();
    assert_eq!(
        call.item("mail").unwrap().label().integrity,
        Integrity::Untrusted
    );
    assert_eq!(
        call.item("text").unwrap().label().integrity,
        Integrity::Owner
    );
    assert_eq!(
        call.args["mail"].origin,
        Origin::Handle("$mail_1[1]".into())
    );
}
