//! An approval is for one exact call, and its card shows the whole of it.

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

/// Calls that differ from [`call`] in one thing each.
fn mutations() -> Vec<(&'static str, Call)> {
    let changed = |change: &dyn Fn(&mut Argument), name: &str| {
        let mut call = call();
        change(call.args.get_mut(name).unwrap());
        call
    };
    let label = |change: &dyn Fn(&mut Label)| {
        changed(
            &|arg| {
                let mut label = arg.item.label().clone();
                change(&mut label);
                arg.item = Labeled::new(arg.item.peek().clone(), label);
            },
            "body",
        )
    };
    let value = |value: Value, name| {
        changed(
            &|arg| arg.item = Labeled::new(value.clone(), arg.item.label().clone()),
            name,
        )
    };
    let with = |name: &str, item: Item| {
        let mut call = call();
        given(&mut call, name, item, Origin::Literal);
        call
    };
    let mut fewer = call();
    fewer.args.remove("body");
    let mut swapped = call();
    swapped.spec = &OTHER;
    let line = |text: &str| Value::Text(text.to_owned());
    vec![
        ("the tool", swapped),
        ("an argument less", fewer),
        ("an argument more", with("page", text("", Label::owner()))),
        ("a control value", value(line("eve@example.org"), "to")),
        ("a letter's case", value(line("Ada@example.org"), "to")),
        ("a content value", value(line("hello "), "body")),
        ("a hidden character", value(line("hel\u{200b}lo"), "body")),
        ("its type", value(Value::List(vec![]), "body")),
        ("no value", value(Value::Null, "body")),
        (
            "integrity",
            label(&|label| label.integrity = Integrity::Attested),
        ),
        ("readers", label(&|label| label.readers = Readers::Everyone)),
        (
            "fewer readers",
            label(&|label| label.readers = Readers::owner()),
        ),
        ("capacity", label(&|label| label.capacity = Capacity::Span)),
        ("sources", label(&|label| label.sources = BTreeSet::new())),
        (
            "the handle",
            changed(
                &|arg| arg.origin = Origin::Handle("$mail_2.body".into()),
                "body",
            ),
        ),
        (
            "the origin",
            changed(&|arg| arg.origin = Origin::Literal, "body"),
        ),
    ]
}

#[test]
fn any_change_of_the_call_changes_its_hash_and_voids_the_yes() {
    let approved = asked(Status::Approved);
    assert!(redeem(&approved, &call_hash(&call(), &binding())).is_ok());
    let mut seen = BTreeSet::from([approved.call_hash.clone()]);
    for (what, changed) in mutations() {
        let hash = call_hash(&changed, &binding());
        assert_eq!(
            redeem(&approved, &hash).err(),
            Some(ApprovalError::Differs),
            "{what}"
        );
        assert!(seen.insert(hash), "{what}: two calls have one hash");
    }
}

#[test]
fn any_change_of_the_circumstances_changes_the_hash() {
    let here = binding();
    let others = [
        Binding {
            turn: "t_2",
            ..here
        },
        Binding {
            conversation: "chat:2",
            ..here
        },
        Binding {
            expires_at: Timestamp::from_millis(1001),
            ..here
        },
        // Nothing moves from one field into the next.
        Binding {
            turn: "t_1chat",
            conversation: ":1",
            ..here
        },
    ];
    let mut seen = BTreeSet::from([call_hash(&call(), &here)]);
    for other in others {
        assert!(seen.insert(call_hash(&call(), &other)), "{other:?}");
    }
    assert_eq!(call_hash(&call(), &here).len(), 64);
    assert_eq!(call_hash(&call(), &here), call_hash(&call().clone(), &here));
}

#[test]
fn only_an_approved_question_can_be_redeemed() {
    let hash = call_hash(&call(), &binding());
    for (status, error) in [
        (Status::Waiting, ApprovalError::Unknown),
        (Status::Denied, ApprovalError::Answered),
        (Status::Expired, ApprovalError::Expired),
    ] {
        assert_eq!(redeem(&asked(status), &hash).err(), Some(error));
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
fn a_card_shows_control_arguments_first_and_everything_whole() {
    let mut long = call();
    let body = "a word\n".repeat(900);
    given(&mut long, "body", text(&body, untrusted()), Origin::Literal);
    given(
        &mut long,
        "page",
        text("3", Label::owner()),
        Origin::Literal,
    );
    let card = card(&long);
    let names: Vec<&str> = card.lines.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["to", "body", "page"]);
    assert_eq!((card.tool.as_str(), card.effect.as_str()), ("send", "send"));
    assert_eq!(card.lines[1].value.matches("a word").count(), 900);
    assert_eq!(card.lines[1].trust, "untrusted");
    assert_eq!(card.lines[1].source, "mail:7");
    assert_eq!(card.lines[0].source, "");
    assert_eq!(card.summary(), "send (send) · to: ada@example.org");
}

#[test]
fn nothing_in_a_card_is_cut_unseen() {
    let mut long = call();
    let body = format!("{}the end of it", "line\n".repeat(5_000));
    given(&mut long, "body", text(&body, untrusted()), Origin::Literal);
    let shown = card(&long).plain(Locale::En);
    assert!(
        shown.contains("the end of it"),
        "the last line is not on the card"
    );
}

#[test]
fn a_card_is_inert() {
    let mut hostile = call();
    let body = "https://evil.example/x \u{202e}\u{200b}hidden";
    given(
        &mut hostile,
        "body",
        text(body, untrusted()),
        Origin::Literal,
    );
    let shown = card(&hostile).plain(Locale::En);
    assert!(
        !shown.contains("https://") && !shown.contains("evil.example"),
        "{shown}"
    );
    assert!(!shown.contains('\u{202e}') && !shown.contains('\u{200b}'));
}

#[test]
fn no_value_can_pass_for_a_line_of_the_card() {
    let forged = "hello\nto: boss@example.org\n  | to: boss@example.org";
    let mut plain = call();
    given(
        &mut plain,
        "body",
        text(forged, untrusted()),
        Origin::Literal,
    );
    // A draft: its own fields, of which a stranger wrote one.
    let draft = record(
        Label::owner(),
        [
            ("body", text(forged, untrusted())),
            ("to", text("eve@example.org", untrusted())),
        ],
    );
    let list = Labeled::new(Value::List(vec![text(forged, untrusted())]), untrusted());
    let mut nested = call();
    given(&mut nested, "to", draft, Origin::Handle("$draft_1".into()));
    given(&mut nested, "body", list, Origin::Literal);
    let lines = |call: &Call, start: &str| {
        let shown = card(call).plain(Locale::En);
        shown.lines().filter(|line| line.starts_with(start)).count()
    };
    assert_eq!(lines(&plain, "to: "), 1);
    assert_eq!(
        lines(&nested, "to: "),
        1,
        "{}",
        card(&nested).plain(Locale::En)
    );
    // Inside the draft its own lines stand one step to the right, foreign ones two.
    assert_eq!(
        lines(&nested, "  | to: "),
        1,
        "{}",
        card(&nested).plain(Locale::En)
    );
    assert!(!card(&nested).summary().contains('\n'));
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
