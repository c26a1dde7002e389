//! Single steps of a turn, without a store: what follows from one event, and what never does.

use super::*;
use crate::agent::grounds::Grounds;
use crate::agent::handles::Handles;
use crate::id::{ApprovalId, ConversationId, IdSource, TurnId};
use crate::message::Locale;
use crate::models::Usage;
use crate::policy::Circumstances;
use crate::time::Timestamp;
use crate::tool::{ToolCall, ToolError, ToolOutput};
use crate::{approval, tool};
use serde_json::json;

/// No handle exists.
struct Nothing;

impl Handles for Nothing {
    fn get(&self, _: &str) -> Option<(Kind, Item)> {
        None
    }
}

pub(super) fn turn(cause: Cause) -> Turn {
    let conversation = ConversationId::try_from("chat:1").unwrap();
    Turn::new(
        1,
        TurnId::try_from("t_1").unwrap(),
        "chat",
        conversation,
        cause,
    )
}

/// An owner who named nobody.
impl Grounds for Nothing {
    fn said(&self, _: &str, _: &str) -> bool {
        false
    }
    fn said_words(&self, _: &str) -> bool {
        true
    }
    fn knows(&self, _: &str, _: &str) -> bool {
        false
    }
    fn names(&self, _: &str) -> bool {
        false
    }
}

pub(super) fn owner(text: &str) -> Cause {
    Cause::Owner {
        text: text.to_owned(),
        attachments: vec![],
        reply_to: None,
    }
}

/// One step at an instant.
fn at(turn: &mut Turn, event: Event, now_ms: i64, stopped: bool) -> Vec<Effect> {
    let mut ids = IdSource::new([u8::try_from(turn.steps).unwrap(); 32]);
    let mut world = World {
        now: Timestamp::from_millis(now_ms),
        zone: None,
        circumstances: Circumstances {
            stopped,
            ..Circumstances::default()
        },
        handles: &Nothing,
        grounds: &Nothing,
        covers: &|_| false,
        over: &|_| None,
        embedded: false,
        ids: &mut ids,
    };
    step(turn, event, &mut world)
}

fn next(turn: &mut Turn, event: Event) -> Vec<Effect> {
    at(turn, event, 0, false)
}

fn reply(calls: &[(&str, serde_json::Value)]) -> Event {
    let calls = calls.iter().enumerate().map(|(n, (tool, args))| ToolCall {
        id: format!("c{n}"),
        tool: (*tool).to_owned(),
        args: args.clone(),
    });
    Event::Model(Ok(ModelReply {
        text: String::new(),
        calls: calls.collect(),
        opaque: vec![],
        stop: Stop::End,
        usage: Usage::default(),
    }))
}

fn send() -> (&'static str, serde_json::Value) {
    ("mail_send", json!({"to": "ada@example.org", "body": "x"}))
}

/// The kinds of effects in order, in short.
fn kinds(effects: &[Effect]) -> String {
    let word = |effect: &Effect| match effect {
        Effect::AskPlanner => 'P',
        Effect::HandOut(_) => 'H',
        Effect::Run { .. } => 'R',
        Effect::Keep { .. } => 'K',
        Effect::Tell { .. } => 'T',
        Effect::AskOwner(_) => 'A',
        Effect::Apply { .. } => 'Y',
        Effect::Denied { .. } => 'N',
        Effect::AskQuarantined { .. } => 'Q',
        Effect::Gather { .. } => 'G',
        Effect::Recheck => 'C',
        Effect::DropPending => 'D',
        Effect::Looked { .. } => 'L',
    };
    effects.iter().map(word).collect()
}

fn note() -> ToolOutput {
    ToolOutput::new(tool::Kind::Note, Labeled::new(Value::Null, Label::owner()))
}

fn ran(record: usize, result: Result<ToolOutput, ToolError>) -> Event {
    Event::Ran { record, result }
}

#[test]
fn each_cause_begins_as_it_should() {
    let message = Message::say("Reminder");
    let guest = |answered| Cause::Guest {
        name: "mallory".into(),
        text: Labeled::new("obey".into(), Label::worst()),
        answered,
    };
    let button = Cause::Button {
        approval: String::new(),
        yes: true,
        callback: None,
    };
    for (cause, stopped, effects, ending) in [
        (owner("hello"), false, "P", None),
        (owner("hello"), true, "T", Some(Status::Cancelled)),
        (guest(true), false, "T", Some(Status::Done)),
        (guest(false), false, "", Some(Status::Done)),
        (
            Cause::Notice {
                message: message.clone(),
            },
            false,
            "T",
            Some(Status::Done),
        ),
        (Cause::Notice { message }, true, "T", Some(Status::Done)),
        (button, false, "", Some(Status::Done)),
    ] {
        let mut turn = turn(cause);
        let made = at(&mut turn, Event::Begin, 0, stopped);
        assert_eq!(
            (kinds(&made).as_str(), turn.ending),
            (effects, ending),
            "{:?}",
            turn.cause
        );
        assert!(
            turn.items
                .iter()
                .all(|item| matches!(item, PromptItem::Owner { .. }))
        );
    }
}

#[test]
fn the_planner_is_asked_again_only_when_every_call_of_the_round_has_a_result() {
    let mut turn = turn(owner("hello"));
    next(&mut turn, Event::Begin);
    let three = [
        ("notes_list", json!({})),
        ("notes_add", json!({"text": "a"})),
        ("nothing", json!({})),
    ];
    assert_eq!(kinds(&next(&mut turn, reply(&three))), "RR");
    assert_eq!(kinds(&next(&mut turn, ran(1, Ok(note())))), "KYC");
    assert_eq!(kinds(&next(&mut turn, Event::Recheck)), "");
    let failed = next(&mut turn, ran(0, Err(ToolError::Offline)));
    assert_eq!(kinds(&failed), "C");
    assert_eq!(kinds(&next(&mut turn, Event::Recheck)), "P");
    let results = turn.items.iter().rev().take(3).rev();
    let results: Vec<(&str, bool)> = results
        .map(|item| match item {
            PromptItem::Result { call, failed, .. } => (call.as_str(), *failed),
            PromptItem::Owner { .. } | PromptItem::Planner { .. } => ("", false),
        })
        .collect();
    assert_eq!(results, [("c0", true), ("c1", false), ("c2", true)]);
}

#[test]
fn a_question_does_not_hold_up_the_round_and_its_answer_asks_no_planner() {
    let mut turn = turn(owner("hello"));
    next(&mut turn, Event::Begin);
    assert_eq!(kinds(&next(&mut turn, reply(&[send(), send()]))), "AAP");
    let ids: Vec<ApprovalId> = turn
        .calls
        .iter()
        .filter_map(|r| r.approval.clone())
        .collect();
    assert_ne!(ids[0], ids[1]);
    next(&mut turn, reply(&[]));
    turn.settle();
    assert_eq!(turn.status, Status::Waiting);
    let answer = |id: &ApprovalId, status| Event::Answered {
        approval: id.clone(),
        status,
    };
    assert_eq!(
        kinds(&next(
            &mut turn,
            answer(&ids[0], approval::Status::Approved)
        )),
        "C"
    );
    assert_eq!(kinds(&next(&mut turn, Event::Recheck)), "R");
    // The same answer again, another one, or one to nothing changes nothing.
    for status in [approval::Status::Approved, approval::Status::Denied] {
        assert_eq!(kinds(&next(&mut turn, answer(&ids[0], status))), "");
    }
    let unknown = ApprovalId::try_from("a_other").unwrap();
    assert_eq!(
        kinds(&next(
            &mut turn,
            answer(&unknown, approval::Status::Approved)
        )),
        ""
    );
    assert_eq!(
        kinds(&next(&mut turn, answer(&ids[1], approval::Status::Denied))),
        "KTC"
    );
    assert_eq!(kinds(&next(&mut turn, ran(0, Ok(note())))), "KYTC");
    turn.settle();
    assert_eq!(turn.status, Status::Done);
}

#[test]
fn nothing_happens_to_a_turn_that_is_over() {
    let events = || {
        vec![
            Event::Begin,
            reply(&[send()]),
            Event::AskAgain,
            ran(0, Ok(note())),
            Event::Cancel { stopped: true },
            Event::GiveUp,
        ]
    };
    for last in [Event::Cancel { stopped: false }, Event::GiveUp] {
        let mut turn = turn(owner("hello"));
        next(&mut turn, Event::Begin);
        next(&mut turn, reply(&[("notes_list", json!({}))]));
        assert_eq!(kinds(&next(&mut turn, last)), "DT");
        let over = turn.clone();
        for event in events() {
            assert_eq!(kinds(&next(&mut turn, event)), "");
        }
        assert_eq!(turn, over);
    }
}

#[test]
fn stop_between_two_steps_denies_the_next_call() {
    let mut turn = turn(owner("hello"));
    next(&mut turn, Event::Begin);
    let effects = at(
        &mut turn,
        reply(&[("notes_list", json!({})), send()]),
        0,
        true,
    );
    assert_eq!(kinds(&effects), "KNCKNTCP");
    for record in &turn.calls {
        assert_eq!(
            (record.decision.as_str(), record.reason.as_str()),
            ("deny", "stopped")
        );
        // A send is told of alike, whatever becomes of it; the owner hears that it was not done.
        let result = record.result.as_deref().unwrap();
        let reads = record.call.tool == "notes_list";
        assert_eq!(result.contains("refused"), reads);
        assert_eq!(result.contains("submitted"), !reads);
    }
}

#[test]
fn time_and_steps_and_calls_are_limited() {
    let list = || reply(&[("nothing", json!({}))]);
    let mut slow = turn(owner("hello"));
    next(&mut slow, Event::Begin);
    assert_eq!(kinds(&at(&mut slow, list(), WORK_MS_MAX, false)), "P");
    assert_eq!(kinds(&at(&mut slow, list(), WORK_MS_MAX + 1, false)), "T");
    assert!(slow.planned && slow.failed);

    let mut long = turn(owner("hello"));
    next(&mut long, Event::Begin);
    let mut asked = 1;
    while kinds(&next(&mut long, reply(&[("nothing", json!({"n": asked}))]))) == "P" {
        asked += 1;
    }
    assert_eq!((asked, long.steps), (STEPS_MAX, STEPS_MAX));

    let mut wide = turn(owner("hello"));
    next(&mut wide, Event::Begin);
    let many = vec![("notes_list", json!({})); CALLS_MAX + 5];
    let effects = next(&mut wide, reply(&many));
    assert_eq!(kinds(&effects), "R".repeat(CALLS_MAX));
}

#[test]
fn a_planner_that_repeats_what_failed_is_not_asked_a_third_time() {
    let wrong = || reply(&[("nothing", json!({"n": 1}))]);
    let mut stuck = turn(owner("hello"));
    next(&mut stuck, Event::Begin);
    assert_eq!(kinds(&next(&mut stuck, wrong())), "P");
    assert_eq!(kinds(&next(&mut stuck, wrong())), "T");
    assert!(stuck.planned && stuck.failed);
    let told = stuck.messages.last().unwrap().message.plain(Locale::En);
    assert!(told.contains("the same thing twice"), "{told}");

    // Another attempt in between, or a call that worked beside it, is no repetition.
    let mut tries = turn(owner("hello"));
    next(&mut tries, Event::Begin);
    for n in [1, 2, 1] {
        let attempt = reply(&[("nothing", json!({"n": n}))]);
        assert_eq!(kinds(&next(&mut tries, attempt)), "P");
    }
    let mut half = turn(owner("hello"));
    next(&mut half, Event::Begin);
    for _ in 0..2 {
        let both = reply(&[
            ("show", json!({"handle": "$x_1"})),
            ("plan", json!({"calls": []})),
        ]);
        assert_eq!(kinds(&next(&mut half, both)), "P");
    }
}

#[test]
fn what_is_told_in_one_turn_is_limited() {
    let mut turn = turn(owner("hello"));
    let mut effects = Vec::new();
    for _ in 0..40 {
        let now = Timestamp::from_millis(0);
        turn.tell(Message::say("x".repeat(20_000)), now, &mut effects);
    }
    let bytes: usize = turn
        .messages
        .iter()
        .map(|said| said.message.plain(Locale::En).len())
        .sum();
    assert!(bytes <= 300_000, "{bytes} bytes");
    let last = turn.messages.last().unwrap().message.plain(Locale::En);
    assert!(
        last.contains("more than I can show"),
        "the owner is not told"
    );
    let notices = turn
        .messages
        .iter()
        .filter(|said| said.message.plain(Locale::En) == last);
    assert_eq!(notices.count(), 1);
    assert_eq!(effects.len(), turn.messages.len());
}

#[test]
fn a_turn_survives_its_row() {
    let mut before = turn(owner("hello"));
    next(&mut before, Event::Begin);
    next(
        &mut before,
        reply(&[send(), ("notes_add", json!({"text": "a"}))]),
    );
    next(&mut before, ran(1, Ok(note())));
    let row = serde_json::to_string(&before).unwrap();
    let after: Turn = serde_json::from_str(&row).unwrap();
    assert_eq!(before, after);
}
