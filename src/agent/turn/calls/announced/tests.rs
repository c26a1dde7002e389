//! What was announced, and what only resembles it.

use super::super::super::record::CallRecord;
use super::super::super::state::Cause;
use super::*;
use crate::id::{ConversationId, TurnId};
use crate::tool::Circumstances;
use serde_json::json;

fn call(tool: &str, args: Json) -> ToolCall {
    ToolCall {
        id: "c1".into(),
        tool: tool.into(),
        args,
    }
}

fn turn() -> Turn {
    let conversation = ConversationId::try_from("chat:1").unwrap();
    let cause = Cause::Owner {
        text: "go".into(),
        attachments: vec![],
        reply_to: None,
    };
    let id = TurnId::try_from("t_1").unwrap();
    Turn::new(1, id, "chat", conversation, cause)
}

/// A turn in which these calls were announced.
fn after(calls: &[(&str, Json)]) -> Turn {
    let mut turn = turn();
    let calls: Vec<Json> = calls
        .iter()
        .map(|(tool, args)| json!({"tool": tool, "args": args}))
        .collect();
    take(&mut turn, &call("plan", json!({"calls": calls}))).unwrap();
    turn
}

/// The turn once a call was made.
fn made(mut turn: Turn, made: &ToolCall, status: Progress) -> Turn {
    let mut record = CallRecord::new(made.clone(), 1);
    record.facts = Circumstances {
        announced: covers(&turn, made),
        ..Circumstances::default()
    };
    record.status = status;
    turn.calls.push(record);
    turn
}

fn send(args: Json) -> ToolCall {
    call("mail_send", args)
}

#[test]
fn a_hole_takes_a_reference_and_nothing_that_the_planner_writes() {
    let turn = after(&[("mail_send", json!({"to": "bob@example.org", "body": "$"}))]);
    for body in [
        "$mail_1.body",
        "$answer_12",
        "$mail_1[2].body",
        " $text_3 ",
        "$item",
        "$item.body",
    ] {
        let sent = send(json!({"to": "bob@example.org", "body": body}));
        assert!(covers(&turn, &sent), "{body}");
    }
    for body in [
        json!("Dear Bob"),
        json!("see $mail_1.body"),
        json!("$mail_1.body and more"),
        json!("$item and click https://evil.example"),
        json!("$items"),
        json!("$item."),
        json!("$item[x]"),
        json!("$"),
        json!(""),
        json!(1),
        json!(["$mail_1.body"]),
        json!(null),
    ] {
        let sent = send(json!({"to": "bob@example.org", "body": body}));
        assert!(!covers(&turn, &sent), "{body}");
    }
}

#[test]
fn attack_07_an_added_removed_or_changed_argument_was_not_announced() {
    let plan = json!({"to": "bob@example.org", "subject": "$", "body": ["Hi", "$"]});
    let turn = after(&[("mail_send", plan)]);
    let as_planned =
        json!({"to": "bob@example.org", "subject": "$mail_1.subject", "body": ["Hi", "$answer_2"]});
    assert!(covers(&turn, &send(as_planned.clone())));
    let with = |name: &str, value: Json| {
        let mut args = as_planned.clone();
        args[name] = value;
        args
    };
    let mut without = as_planned.clone();
    without.as_object_mut().unwrap().remove("subject");
    for args in [
        with("bcc", json!("eve@evil.example")),
        with("cc", json!(["$mail_1.from"])),
        with("draft", json!("$draft_1")),
        with("files", json!(["$file_3"])),
        with("right", json!("rw")),
        with("to", json!("eve@evil.example")),
        with("to", json!("$mail_1.from")),
        with("to", json!("Bob@example.org")),
        with("to", json!(["bob@example.org"])),
        with("body", json!(["Hi", "$answer_2", "$mail_1.body"])),
        with("body", json!(["Hi!", "$answer_2"])),
        with("body", json!(["$answer_2", "Hi"])),
        with("body", json!("$answer_2")),
        with("subject", json!("urgent")),
        without,
        json!({}),
        json!(null),
    ] {
        assert!(!covers(&turn, &send(args.clone())), "{args}");
    }
    assert!(!covers(&turn, &call("mail_forward", as_planned.clone())));
    assert!(!covers(&turn, &call("MAIL_SEND", as_planned.clone())));
    // What is not given is not given, however it is written.
    assert!(covers(&turn, &send(with("draft", json!(null)))));
}

#[test]
fn what_was_announced_once_is_made_once() {
    let sent = send(json!({"to": "bob@example.org", "body": "$mail_1.body"}));
    let again = send(json!({"to": "bob@example.org", "body": "$mail_2.body"}));
    let hole = ("mail_send", json!({"to": "bob@example.org", "body": "$"}));
    let once = || after(std::slice::from_ref(&hole));
    assert!(covers(&once(), &sent) && covers(&once(), &again));
    for status in [
        Progress::Done,
        Progress::Pending,
        Progress::Waiting,
        Progress::Denied,
        Progress::Deferred,
    ] {
        let turn = made(once(), &sent, status);
        assert!(!covers(&turn, &again), "{status:?}");
        assert!(!covers(&turn, &sent), "{status:?}");
    }
    // What was malformed may be written again.
    assert!(covers(&made(once(), &sent, Progress::Failed), &again));
    // What was announced twice is made twice.
    let twice = || after(&[hole.clone(), hole.clone()]);
    let turn = made(twice(), &sent, Progress::Done);
    assert!(covers(&turn, &again));
    assert!(!covers(&made(turn, &again, Progress::Done), &sent));
    // Other announcements are not used up.
    let other = ("mail_send", json!({"to": "ada@example.org", "body": "$"}));
    let turn = made(after(&[hole.clone(), other]), &sent, Progress::Done);
    let to_ada = send(json!({"to": "ada@example.org", "body": "$mail_1.body"}));
    assert!(covers(&turn, &to_ada) && !covers(&turn, &sent));
}

#[test]
fn an_announcement_comes_before_anything_is_read() {
    let plan = call(
        "plan",
        json!({"calls": [{"tool": "mail_send", "args": {"body": "$"}}]}),
    );
    for (exposed, bits) in [(true, 0), (false, 1), (true, 16)] {
        let mut late = turn();
        late.exposed = exposed;
        late.bits = bits;
        let error = take(&mut late, &plan).unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid: calls: to be announced before anything is read"
        );
        assert!(late.announced.is_empty());
    }
    let mut early = turn();
    take(&mut early, &plan).unwrap();
    assert_eq!(early.announced.len(), 1);
}

#[test]
fn what_is_no_announcement_is_corrected() {
    for (args, expected) in [
        (json!({}), "a list of {\"tool\", \"args\"}"),
        (json!(null), "a list of {\"tool\", \"args\"}"),
        (
            json!({"calls": "mail_send"}),
            "a list of {\"tool\", \"args\"}",
        ),
        (
            json!({"calls": [{"tool": "steal", "args": {}}]}),
            "names of listed tools",
        ),
        (json!({"calls": ["mail_send"]}), "names of listed tools"),
        (json!({"calls": [{"args": {}}]}), "names of listed tools"),
        (
            json!({"calls": vec![json!({"tool": "mail_send", "args": {}}); 41]}),
            "at most 40 calls in a turn",
        ),
    ] {
        let mut turn = turn();
        let error = take(&mut turn, &call("plan", args.clone())).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("invalid: calls: {expected}"),
            "{args}"
        );
        assert!(turn.announced.is_empty(), "{args}");
    }
    // One without arguments announces a call without any.
    let mut turn = turn();
    take(
        &mut turn,
        &call("plan", json!({"calls": [{"tool": "contacts_find"}]})),
    )
    .unwrap();
    assert!(!covers(
        &turn,
        &call("contacts_find", json!({"query": "x"}))
    ));
}
