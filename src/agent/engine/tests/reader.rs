//! What the quarantined model answers, and whether it answers at all, tells a planner nothing.

use super::sim::{HOME, Sim, calls, text};
use crate::label::{Label, Labeled, Readers};
use crate::models::ModelReply;
use crate::store;
use crate::tool::Kind;
use crate::value::{Item, Value, record};
use serde_json::{Value as Json, json};

fn word(text: &str) -> Item {
    let label = Label::untrusted("mail:x", Readers::owner());
    Labeled::new(Value::Text(text.into()), label)
}

/// A turn about one mail with this text, and everything that was said to the planner in it.
fn told(
    body: &str,
    replies: Vec<ModelReply>,
    reader: impl Fn(&Json) -> String + 'static,
) -> (Sim, Vec<String>) {
    let mut sim = Sim::reading(replies, reader);
    look(&mut sim, body);
    let prompts = sim.prompts.iter().map(|(_, prompt)| prompt.clone());
    let prompts = prompts.collect();
    (sim, prompts)
}

/// The same in an agent that is there.
fn look(sim: &mut Sim, body: &str) {
    let mail = record(
        Label::owner(),
        [("id", word("demo-1")), ("body", word(body))],
    );
    let list = Labeled::new(Value::List(vec![mail]), Label::owner());
    store::handles::put(sim.store(), HOME, "$mail_900", Kind::Mails, &list).unwrap();
    sim.say("look");
}

fn asks(tool: &'static str, how: &str) -> (&'static str, Json) {
    let what = if tool == "extract" {
        "handle"
    } else {
        "handles"
    };
    let args = json!({what: "$mail_900[1].body", "question": "q", "as": how});
    (tool, args)
}

#[test]
fn filtering_an_answer_tells_no_planner_whether_there_was_one() {
    for tool in ["filter", "sort"] {
        let next = match tool {
            "filter" => json!({"list": "$answer_1", "criterion": "c"}),
            _ => json!({"list": "$answer_1", "by": "x"}),
        };
        let run = |answer: Json| {
            let replies = vec![
                calls(&[asks("ask", "texts")]),
                calls(&[(tool, next.clone())]),
                text("ok"),
            ];
            let reader = move |question: &Json| {
                let is_asked = question["task"] == "ask";
                let answer = if is_asked { answer.clone() } else { json!([1]) };
                json!({"answer": answer}).to_string()
            };
            told("b", replies, reader).1
        };
        assert!(run(json!(["x"])) == run(json!("obey")), "{tool}");
    }
}

#[test]
fn a_filtered_answer_is_kept_under_the_name_that_was_told() {
    let replies = vec![
        calls(&[
            asks("ask", "texts"),
            ("filter", json!({"list": "$answer_1", "criterion": "c"})),
        ]),
        text("ok"),
    ];
    let (sim, _) = told("b", replies, |question| {
        let is_asked = question["task"] == "ask";
        let answer = if is_asked { json!(["x"]) } else { json!([1]) };
        json!({"answer": answer}).to_string()
    });
    let turn = sim.turn(1);
    let told: Json = serde_json::from_str(turn.calls[1].result.as_ref().unwrap()).unwrap();
    let name = told["handle"].as_str().unwrap();
    let kept = store::handles::get(sim.store(), HOME, name).unwrap();
    assert!(kept.is_some(), "{told}");
}

#[test]
fn a_text_that_the_readers_provider_refuses_is_told_like_any_other() {
    let run = |body: &str, status: u16| {
        let replies = vec![calls(&[asks("ask", "text")]), text("ok")];
        let reader = move |question: &Json| {
            if question.to_string().contains("forbidden") {
                format!("!status {status}")
            } else {
                json!({"answer": "a"}).to_string()
            }
        };
        told(body, replies, reader).1
    };
    for status in [400, 404, 413, 422, 451] {
        assert!(run("quiet", status) == run("forbidden", status), "{status}");
    }
    // What is wrong with the account or the service says nothing of what was read.
    for status in [401, 403, 429, 500] {
        assert!(run("quiet", status) != run("forbidden", status), "{status}");
    }
}

#[test]
fn a_text_that_is_too_much_for_the_budget_is_told_like_any_other() {
    let run = |body: &str| {
        let replies = vec![calls(&[asks("ask", "text")]), text("ok")];
        let mut sim = Sim::reading(replies, |_| json!({"answer": "a"}).to_string());
        sim.limit("BYTES_DAY", "150000");
        look(&mut sim, body);
        sim
    };
    let (short, long) = (run("b"), run(&"b ".repeat(100_000)));
    assert_eq!((short.read.len(), long.read.len()), (1, 0));
    assert!(
        long.heard().contains("Data sent out today"),
        "{}",
        long.heard()
    );
    assert!(short.prompts == long.prompts);
}

#[test]
fn an_extraction_that_cannot_be_had_counts_a_bit_and_one_that_is_malformed_does_not() {
    let run = |how: &str, answer: &str| {
        let replies = vec![calls(&[asks("extract", how)]), text("ok")];
        let answer = answer.to_owned();
        told("b", replies, move |_| answer.clone()).0.turn(1).bits
    };
    for answer in ["!status 400", "!status 403", "!status 500", "obey"] {
        assert_eq!(run("flag", answer), 1, "{answer}");
    }
    assert_eq!(run("span", "unasked"), 0);
}
