//! An approval is for one exact call, and its card shows the whole of it.

mod binding;
mod cards;
mod mutations;

use super::*;
use crate::label::{Capacity, Integrity, Label, Labeled, Readers};
use crate::tool::{
    ArgSpec, ArgType, Argument, Audience, EffectClass, Kind, Origin, Reach, Sinks, ToolSpec,
};
use crate::value::record;
use std::collections::{BTreeMap, BTreeSet};

const fn arg(name: &'static str, role: ArgRole) -> ArgSpec {
    ArgSpec {
        name,
        holds: ArgType::Text(1000),
        role,
        required: false,
        about: "",
    }
}

static ARGS: [ArgSpec; 3] = [
    arg("body", ArgRole::Content),
    arg("page", ArgRole::Inert),
    arg("to", ArgRole::Control),
];

const fn spec(name: &'static str) -> ToolSpec {
    ToolSpec {
        name,
        about: "",
        effect: EffectClass::Send,
        reach: Reach::Outside,
        args: &ARGS,
        returns: Kind::Mail,
        source: None,
        sinks: Sinks::Nobody,
    }
}

static SEND: ToolSpec = spec("send");
static OTHER: ToolSpec = spec("other");

fn text(text: &str, label: Label) -> Item {
    Labeled::new(Value::Text(text.to_owned()), label)
}

fn untrusted() -> Label {
    let readers = Readers::Only(BTreeSet::from(["mail:a@example.org".to_owned()]));
    Label::untrusted("mail:7", readers)
}

fn given(call: &mut Call, name: &str, item: Item, origin: Origin) {
    let spec = ARGS.iter().find(|arg| arg.name == name).unwrap();
    call.args
        .insert(spec.name, Argument::new(spec, item, origin));
}

fn call() -> Call {
    let mut call = Call {
        spec: &SEND,
        args: BTreeMap::new(),
        audience: Audience::Nobody,
    };
    given(
        &mut call,
        "body",
        text("hello", untrusted()),
        Origin::Handle("$mail_1.body".into()),
    );
    given(
        &mut call,
        "to",
        text("ada@example.org", Label::owner()),
        Origin::Literal,
    );
    call
}

fn binding() -> Binding<'static> {
    Binding {
        turn: "t_1",
        channel: "chat",
        conversation: "chat:1",
        words: "write to Ada",
        facts: Circumstances::default(),
        expires_at: Timestamp::from_millis(1000),
    }
}

fn asked(status: Status) -> Approval {
    Approval {
        id: ApprovalId::try_from("a_1").unwrap(),
        turn: 1,
        call: ToolCall {
            id: "c1".into(),
            tool: "send".into(),
            args: serde_json::json!({"to": "ada@example.org"}),
        },
        card: card(&call()),
        call_hash: call_hash(&call(), &binding()),
        expires_at: binding().expires_at,
        status,
        sources: BTreeSet::new(),
        reason: "grave".into(),
    }
}

#[test]
fn an_answer_counts_once_in_time_and_for_what_was_shown() {
    let hash = call_hash(&call(), &binding());
    let at = |ms| Timestamp::from_millis(ms);
    let check = |status, hash: &str, now| check_answer(&asked(status), hash, now).err();
    assert_eq!(check(Status::Waiting, &hash, at(999)), None);
    assert_eq!(
        check(Status::Waiting, &hash, at(1000)),
        Some(ApprovalError::Expired)
    );
    assert_eq!(
        check(Status::Waiting, "", at(0)),
        Some(ApprovalError::Differs)
    );
    assert_eq!(
        check(Status::Waiting, &hash.to_uppercase(), at(0)),
        Some(ApprovalError::Differs)
    );
    assert_eq!(
        check(Status::Approved, &hash, at(0)),
        Some(ApprovalError::Answered)
    );
    assert_eq!(
        check(Status::Denied, &hash, at(0)),
        Some(ApprovalError::Answered)
    );
    assert_eq!(
        check(Status::Expired, &hash, at(0)),
        Some(ApprovalError::Expired)
    );
}

#[test]
fn statuses_have_stable_words() {
    let all = [
        Status::Waiting,
        Status::Approved,
        Status::Denied,
        Status::Expired,
    ];
    for status in all {
        let wire = serde_json::to_string(&status).unwrap();
        assert_eq!(wire, format!("\"{}\"", status.word()));
    }
}
