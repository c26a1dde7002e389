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
    let mail = record(
        Label::owner(),
        [("id", word("demo-1")), ("body", word(body))],
    );
    let list = Labeled::new(Value::List(vec![mail]), Label::owner());
    store::handles::put(sim.store(), HOME, "$mail_900", Kind::Mails, &list).unwrap();
    sim.say("look");
    let prompts = sim.prompts.iter().map(|(_, prompt)| prompt.clone());
    let prompts = prompts.collect();
    (sim, prompts)
}

fn asks(tool: &'static str, how: &str) -> (&'static str, Json) {
    let args = json!({"handles": ["$mail_900[1].body"], "question": "q", "as": how});
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
        assert_eq!(run(json!(["x"])), run(json!("obey")), "{tool}");
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
