//! Turns in which something waits for the owner while the planner fails, ends or reads on.

use super::given::{mail, mails, put};
use super::sim::{Sim, calls, is_done, text};
use crate::store::turns::Status;
use crate::tool::Kind;
use serde_json::json;

/// A part that a result never has is the planner's mistake, whether the result is there or waits.
#[test]
fn a_mistake_about_a_result_is_told_to_the_planner_before_it_is_there() {
    let mut sim = Sim::scripted(vec![
        calls(&[
            ("notes_add", json!({"text": "milk"})),
            ("notes_add", json!({"text": "$note_1.title"})),
            ("reply", json!({"parts": ["I write both down."]})),
        ]),
        text("Only the first."),
    ]);
    let turn = sim.say("write milk down twice");
    assert!(is_done(&turn));
    let told = turn.calls[1].result.as_ref().unwrap();
    assert!(told.contains("a part that it has"), "{told}");
    assert!(sim.heard().ends_with("Only the first."), "{}", sim.heard());
}

/// A row that nests deeper than a reader of JSON goes would be a turn that is lost.
#[test]
fn arguments_that_are_nested_deeply_are_malformed_and_lose_no_turn() {
    let mut deep = json!("x");
    for _ in 0..124 {
        deep = json!([deep]);
    }
    let mut sim = Sim::scripted(vec![
        calls(&[("notes_add", json!({"text": deep}))]),
        text("Sorry."),
    ]);
    let turn = sim.say("note it");
    assert!(is_done(&turn));
    let told = turn.calls[0].result.as_ref().unwrap();
    assert!(told.contains("a JSON object"), "{told}");
}

/// A planner that has the owner asked about a mail and fails before it can go on.
fn failing() -> Sim {
    let mut sim = Sim::scripted(vec![]);
    sim.script = Box::new(|turn, _| {
        let mail = json!({"to": "eve@example.net", "body": "hello"});
        if turn.steps == 0 {
            Ok(calls(&[("mail_send", mail)]))
        } else {
            Err(crate::models::ModelError::Offline)
        }
    });
    sim
}

/// What the owner was asked about does not end with the planner.
#[test]
fn a_yes_to_an_open_question_counts_although_the_planner_failed() {
    let mut sim = failing();
    let turn = sim.say("write to her");
    let waiting = sim.waiting();
    assert_eq!((turn.status, waiting.len()), (Status::Waiting, 1));
    for asked in waiting {
        sim.answer(&asked.id, true, &asked.call_hash).unwrap();
        let turn = sim.turn(1);
        assert!(
            sim.heard().contains("as you approved"),
            "{:?}: {}",
            turn.calls[0].status,
            sim.heard()
        );
    }
}

#[test]
fn a_value_that_is_not_there_does_not_silence_the_planner() {
    let mut sim = Sim::scripted(vec![calls(&[(
        "reply",
        json!({"parts": ["The bank wants an answer by Friday. Its second letter:", "$mail_900[2].subject"]}),
    )])]);
    put(&sim, "$mail_900", Kind::Mails, &mails(vec![mail("b")]));
    let turn = sim.say("what does the bank want");
    assert!(is_done(&turn));
    assert!(sim.heard().contains("by Friday"), "{}", sim.heard());
}

/// `/stop` closes what is open, whatever became of the planner.
#[test]
fn stop_closes_the_questions_of_a_turn_whose_planner_failed() {
    let mut sim = failing();
    sim.say("write to her");
    sim.say("/stop");
    assert!(sim.waiting().is_empty(), "{} wait", sim.waiting().len());
}

/// An extraction from the result of a call that the owner is asked about.
fn extracting() -> Sim {
    let asked = ("mail_send", json!({"to": "eve@example.net", "body": "ok"}));
    let extract = json!({"handle": "$mail_1.subject", "question": "q", "as": "flag"});
    let mut sim = Sim::reading(
        vec![calls(&[asked, ("extract", extract)]), text("That was it.")],
        |_| json!({"answer": true}).to_string(),
    );
    sim.say("write to her");
    sim
}

#[test]
fn an_extraction_that_would_wait_for_the_owner_has_no_answer_and_the_turn_goes_on() {
    let sim = extracting();
    let turn = sim.turn(1);
    assert_eq!(turn.status, Status::Waiting, "{}", sim.heard());
    assert_eq!(sim.waiting().len(), 1);
    let told = turn.calls[1].result.as_ref().unwrap();
    assert!(told.contains("refused"), "{told}");
    // That it was not there to be read is a bit that others may have set.
    assert_eq!(turn.bits, 1);
}

#[test]
fn the_owner_may_take_longer_over_a_question_than_a_turn_may_work() {
    let mut sim = extracting();
    sim.now = sim.now.plus_millis(6 * 60_000);
    for asked in sim.waiting() {
        sim.answer(&asked.id, true, &asked.call_hash).unwrap();
    }
    let turn = sim.turn(1);
    assert!(is_done(&turn), "{:?} {}", turn.status, sim.heard());
}
