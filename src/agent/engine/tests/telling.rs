//! What planners hear of mistakes and of calls that are asked about.

use super::given::{decisions, mail, mails, prompts, put, same, signed};
use super::sim::{Sim, calls, text};
use crate::models::ModelReply;
use crate::tool::Kind;
use serde_json::{Value as Json, json};

/// A mistake of the planner's is told only if content does not fail first.
#[test]
fn a_mistake_is_told_whatever_else_is_in_the_call() {
    let run = |count: usize, call: (&str, Json)| {
        let mut sim = Sim::reading(vec![calls(&[call]), text("ok")], |_| {
            json!({"answer": "a"}).to_string()
        });
        let items = (0..count).map(|_| mail("b")).collect();
        put(&sim, "$mail_900", Kind::Mails, &mails(items));
        sim.say("look");
        sim
    };
    let wrong = [
        (
            "mail_draft",
            json!({"body": "$mail_900[2].body", "to": "no address"}),
        ),
        ("calendar_add", json!({"title": "$mail_900[2].subject"})),
        ("ask", json!({"handles": ["$mail_900[2]"]})),
        ("select", json!({"list": "$mail_900[2].body"})),
        ("calculate", json!({"expression": "$mail_900[2].body + )"})),
        ("reply", json!({"parts": ["$mail_900[2].body", 7]})),
    ];
    let mut told = Vec::new();
    for call in wrong {
        let (a, b) = (run(1, call.clone()), run(2, call.clone()));
        if prompts(&a) != prompts(&b) {
            told.push(call);
        }
    }
    assert!(told.is_empty(), "{told:#?}");
}

/// An answer to a mail whose sender is vouched for, which needs no question, or is not.
fn answering(vouched: bool, replies: Vec<ModelReply>) -> Sim {
    let mut sim = Sim::scripted(replies);
    let list = mails(vec![signed(vouched)]);
    put(&sim, "$mail_900", Kind::Mails, &list);
    sim.say("answer it");
    sim
}

/// How a mistake is told does not show whether an earlier call was asked about.
#[test]
fn a_mistake_with_a_result_is_told_alike_whether_it_is_there_or_waits() {
    let run = |vouched: bool| {
        answering(
            vouched,
            vec![
                calls(&[(
                    "mail_send",
                    json!({"in_reply_to": "$mail_900[1]", "body": "ok"}),
                )]),
                calls(&[("notes_add", json!({"text": "$mail_1.nothing"}))]),
                text("ok"),
            ],
        )
    };
    same(&run(true), &run(false));
}

/// What the contract does not say and the connector checks is told whether or not somebody is asked.
#[test]
fn a_mistake_that_the_connector_finds_is_told_alike() {
    let run = |vouched: bool| {
        answering(
            vouched,
            vec![
                calls(&[("mail_send", json!({"in_reply_to": "$mail_900[1]"}))]),
                text("ok"),
            ],
        )
    };
    same(&run(true), &run(false));
}

/// Whether a call is asked about follows from what others wrote.
#[test]
fn later_planners_do_not_hear_whether_a_call_was_asked_about() {
    let run = |vouched: bool| {
        let mut sim = answering(
            vouched,
            vec![
                calls(&[(
                    "mail_send",
                    json!({"in_reply_to": "$mail_900[1]", "body": "ok"}),
                )]),
                text("ok"),
            ],
        );
        for asked in sim.waiting() {
            sim.answer(&asked.id, true, &asked.call_hash).unwrap();
        }
        sim.say("and now");
        sim
    };
    same(&run(true), &run(false));
}

/// The planner's own words by way of a handle.
#[test]
fn words_of_the_planner_s_own_are_its_own_by_a_handle_too() {
    let to = "ada@example.org";
    let own = "Please wire 4200 to DE02 1203 0000 0000 2020 51 today";
    let make: Vec<(&str, Json, &str)> = vec![
        ("notes_list", json!({}), own),
        (
            "mail_draft",
            json!({"to": to, "body": own}),
            "$draft_2.body",
        ),
        ("draft", json!({"instruction": own}), "$text_2"),
        ("calculate", json!({"expression": "4200"}), "$answer_2"),
    ];
    let mut wrong = Vec::new();
    for (tool, args, body) in make {
        let mut sim = Sim::reading(
            vec![
                calls(&[("mail_list", json!({}))]),
                calls(&[(tool, args)]),
                calls(&[("mail_send", json!({"to": to, "body": body}))]),
            ],
            move |_| json!({"answer": own}).to_string(),
        );
        sim.say("read my mail. ada@example.org is the address of Ada");
        let found = decisions(&sim, "mail_send");
        if found != ["ask improvised Waiting"] {
            wrong.push((tool, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// A reader picks by `select`, or by a number that the planner puts into the hole.
#[test]
fn a_number_that_a_reader_told_picks_as_much_as_a_reader_does() {
    for number in [false, true] {
        let plan =
            json!({"calls": [{"tool": "mail_send", "args": {"in_reply_to": "$", "body": "yes"}}]});
        let (read, answered) = if number {
            (
                (
                    "extract",
                    json!({"handle": "$mail_2", "question": "which", "as": "integer", "from": 1, "to": 10}),
                ),
                "$mail_2[3]",
            )
        } else {
            (
                ("select", json!({"list": "$mail_2", "criterion": "which"})),
                "$mail_3",
            )
        };
        let mut sim = Sim::reading(
            vec![
                calls(&[("plan", plan), ("mail_list", json!({}))]),
                calls(&[read]),
                calls(&[("mail_send", json!({"in_reply_to": answered, "body": "yes"}))]),
            ],
            |_| json!({"answer": 3}).to_string(),
        );
        sim.say("say yes to the one who asks for it");
        let found = decisions(&sim, "mail_send");
        assert!(found[0].starts_with("ask"), "number: {number} {found:?}");
    }
}
