//! Questions to the owner: what was shown is what happens, once, in time, or not at all.

use super::sim::{Sim, calls, inbound, is_done, owner, text};
use crate::agent::engine::AnswerError;
use crate::agent::turn::Progress;
use crate::approval::{Approval, ApprovalError, LIFETIME_MS, Status};
use crate::audit::Entry;
use crate::id::ApprovalId;
use crate::label::{Label, Labeled};
use crate::message::{Author, Content};
use crate::models::ModelReply;
use crate::store;
use crate::store::turns;
use crate::value::Value;
use serde_json::json;

fn send() -> ModelReply {
    calls(&[(
        "mail_send",
        json!({"to": "ada@example.org", "subject": "Hi", "body": "Lunch?"}),
    )])
}

/// An agent that was asked to send a mail, and its question.
fn asked() -> (Sim, Approval) {
    let mut sim = Sim::scripted(vec![send(), text("I asked you.")]);
    let turn = sim.say("write to the one I met");
    assert_eq!(turn.status, turns::Status::Waiting);
    let question = sim.waiting().remove(0);
    (sim, question)
}

/// How many mails were sent.
fn mails_sent(sim: &Sim) -> usize {
    let sent = "SELECT id FROM documents WHERE connector = 'demo' AND collection = 'sent'";
    sim.store().run(sent, &[]).unwrap().len()
}

#[test]
fn a_yes_runs_the_call_once_and_the_owner_hears_of_it() {
    let (mut sim, question) = asked();
    assert_eq!(mails_sent(&sim), 0);
    let card = sim
        .sent
        .iter()
        .find(|body| body["type"] == "approval")
        .unwrap();
    assert_eq!(card["approval"], question.id.as_str());
    assert!(card["text"].as_str().unwrap().contains("ada@example.org"));
    let told = "\\\"status\\\":\\\"submitted\\\"";
    assert!(sim.prompts[1].1.contains(told), "the planner was not told");
    sim.answer(&question.id, true, &question.call_hash).unwrap();
    assert_eq!(mails_sent(&sim), 1);
    assert!(is_done(&sim.turn(1)) && sim.is_at_rest());
    assert!(sim.heard().contains("Done, as you approved: mail_send."));
    let again = sim.answer(&question.id, true, &question.call_hash);
    assert_eq!(again, Err(AnswerError::Refused(ApprovalError::Answered)));
    assert_eq!(mails_sent(&sim), 1);
    // The planner does not hear that it was asked: that follows from what others wrote.
    sim.say("thanks");
    let told = &sim.prompts.last().unwrap().1;
    assert!(told.contains("submitted") && !told.contains("approved"));
}

#[test]
fn a_no_runs_nothing() {
    let (mut sim, question) = asked();
    sim.answer(&question.id, false, &question.call_hash)
        .unwrap();
    let turn = sim.turn(1);
    assert!(is_done(&turn) && sim.is_at_rest());
    assert_eq!(turn.calls[0].status, Progress::Denied);
    let late = sim.answer(&question.id, true, &question.call_hash);
    assert_eq!(late, Err(AnswerError::Refused(ApprovalError::Answered)));
    assert_eq!(mails_sent(&sim), 0);
}

#[test]
fn a_question_that_nobody_answers_closes_itself() {
    let (mut sim, question) = asked();
    sim.now = sim.now.plus_millis(LIFETIME_MS);
    let late = sim.engine(|engine| engine.answer(&question.id, true, &question.call_hash));
    assert_eq!(
        late.unwrap(),
        Err(AnswerError::Refused(ApprovalError::Expired))
    );
    sim.work().unwrap();
    assert!(is_done(&sim.turn(1)) && sim.is_at_rest());
    assert!(sim.heard().contains("Nobody approved this in time"));
    let late = sim.answer(&question.id, true, &question.call_hash);
    assert_eq!(late, Err(AnswerError::Refused(ApprovalError::Expired)));
    assert_eq!(mails_sent(&sim), 0);
}

#[test]
fn an_answer_to_another_call_or_question_does_not_count() {
    let (mut sim, question) = asked();
    for hash in ["", "0", &question.call_hash.to_uppercase()] {
        let wrong = sim.answer(&question.id, true, hash);
        assert_eq!(wrong, Err(AnswerError::Refused(ApprovalError::Differs)));
    }
    let unknown = ApprovalId::try_from("a_unknown").unwrap();
    let wrong = sim.answer(&unknown, true, &question.call_hash);
    assert_eq!(wrong, Err(AnswerError::Refused(ApprovalError::Unknown)));
    assert_eq!((mails_sent(&sim), sim.waiting().len()), (0, 1));
}

#[test]
fn a_draft_that_changed_after_it_was_shown_is_not_sent() {
    let draft = json!({"to": "ada@example.org", "subject": "Hi", "body": "Lunch?"});
    let replies = || {
        vec![
            calls(&[("mail_draft", draft.clone())]),
            calls(&[("mail_send", json!({"draft": "$draft_1"}))]),
            text("I asked you."),
        ]
    };
    let mut calm = Sim::scripted(replies());
    calm.say("write to somebody");
    let question = calm.waiting().remove(0);
    calm.answer(&question.id, true, &question.call_hash)
        .unwrap();
    assert_eq!(mails_sent(&calm), 1, "{}", calm.heard());

    let mut sim = Sim::scripted(replies());
    sim.say("write to somebody");
    let question = sim.waiting().remove(0);
    let home = super::sim::HOME;
    let (kind, item) = store::handles::get(sim.store(), home, "$draft_1")
        .unwrap()
        .unwrap();
    let Value::Record(mut fields) = item.peek().clone() else {
        panic!("a draft is a record");
    };
    let eve = Labeled::new(Value::Text("eve@example.org".into()), Label::owner());
    fields.insert("to".to_owned(), eve);
    let changed = Labeled::new(Value::Record(fields), item.label().clone());
    store::handles::put(sim.store(), home, "$draft_1", kind, &changed).unwrap();
    sim.answer(&question.id, true, &question.call_hash).unwrap();
    assert_eq!(mails_sent(&sim), 0);
    assert!(
        sim.heard()
            .contains("This did not work: mail_send (refused)"),
        "{}",
        sim.heard()
    );
    let differs = |entry: &Entry| {
        matches!(entry, Entry::Decided { decision, reason, .. }
            if decision == "deny" && reason == "approval_differs")
    };
    assert!(sim.entries().iter().any(differs));
}

#[test]
fn a_handle_that_is_gone_voids_the_yes() {
    let (mut sim, _) = asked();
    let draft = calls(&[("mail_draft", json!({"to": "a@example.org", "body": "x"}))]);
    sim.script = Box::new(move |turn, _| {
        Ok(match turn.steps {
            0 => draft.clone(),
            1 => {
                let name = format!("$draft_{}", turn.calls[0].number);
                calls(&[("mail_send", json!({"draft": name}))])
            }
            _ => text("Asked."),
        })
    });
    sim.now = sim.now.plus_millis(1);
    sim.say("another");
    let question = sim.waiting().pop().unwrap();
    store::conversations::forget(sim.store(), super::sim::HOME).unwrap();
    sim.answer(&question.id, true, &question.call_hash).unwrap();
    assert_eq!(mails_sent(&sim), 0);
    assert!(sim.is_at_rest());
}

#[test]
fn a_button_answers_as_the_card_says() {
    for (data, sent) in [("y", 1), ("n", 0)] {
        let (mut sim, question) = asked();
        let mut pressed = inbound(Author::Owner, "", "button 1");
        pressed.content = Content::Button {
            data: format!("{data}:{}", question.id.as_str()),
            callback: None,
        };
        let accepted = sim.accept(&pressed, false).unwrap();
        assert!(accepted.control);
        sim.work().unwrap();
        assert_eq!(mails_sent(&sim), sent);
        assert!(sim.is_at_rest() && sim.waiting().is_empty());
        // The same press once more, and a press of somebody else's.
        let mut other = inbound(Author::Guest("mallory".into()), "", "button 2");
        other.content = pressed.content.clone();
        assert!(!sim.accept(&other, false).unwrap().control);
        assert!(!sim.accept(&pressed, false).unwrap().fresh);
        sim.work().unwrap();
        assert_eq!(mails_sent(&sim), sent);
    }
}

#[test]
fn a_stranger_s_press_on_the_button_is_no_answer() {
    let (mut sim, question) = asked();
    for author in [
        Author::Guest("mallory".into()),
        Author::Account("66".into()),
    ] {
        let mut pressed = inbound(author, "", &format!("{:?}", sim.now));
        pressed.content = Content::Button {
            data: format!("y:{}", question.id.as_str()),
            callback: None,
        };
        sim.accept(&pressed, false).unwrap();
        sim.work().unwrap();
        sim.now = sim.now.plus_millis(1);
    }
    assert_eq!((mails_sent(&sim), sim.waiting().len()), (0, 1));
}

#[test]
fn stop_and_cancel_close_what_was_asked() {
    for words in ["/stop", "/cancel", "/new"] {
        let (mut sim, question) = asked();
        sim.say(words);
        assert!(sim.waiting().is_empty(), "{words}");
        let late = sim.answer(&question.id, true, &question.call_hash);
        assert_eq!(late, Err(AnswerError::Refused(ApprovalError::Expired)));
        assert_eq!(mails_sent(&sim), 0);
        assert!(sim.is_at_rest());
        let read = store::approvals::get(sim.store(), &question.id)
            .unwrap()
            .unwrap();
        assert_eq!(read.status, Status::Expired);
    }
}

#[test]
fn what_does_not_wait_for_the_answer_goes_on() {
    let (mut sim, _) = asked();
    sim.script = Box::new(|_, _| Ok(text("Of course.")));
    assert!(is_done(&sim.say("something else")));
    assert!(
        sim.say("/approvals").messages[0]
            .message
            .plain(crate::message::Locale::En)
            .contains("ada@example.org")
    );
    let accepted = sim.accept(&owner("and this"), false).unwrap();
    sim.work().unwrap();
    assert!(is_done(&sim.turn(accepted.seq)));
    assert_eq!(sim.waiting().len(), 1);
}

/// How many questions were pushed.
fn pushed(sim: &Sim) -> usize {
    let asks = |body: &&serde_json::Value| body["type"] == "approval";
    sim.sent.iter().filter(asks).count()
}

#[test]
fn attack_23_of_a_flood_of_questions_three_are_pushed() {
    let send = |n: usize| {
        let to = format!("stranger{n}@example.org");
        let args = json!({"to": to, "subject": "Hi", "body": "Lunch?"});
        ("mail_send", args)
    };
    let flood: Vec<_> = (0..5).map(send).collect();
    let mut sim = Sim::scripted(vec![calls(&flood), text("I asked you.")]);
    sim.say("write to those I met");
    assert_eq!((sim.waiting().len(), pushed(&sim)), (5, 3));
    assert!(sim.heard().contains("2 more of this turn's actions wait"));
    assert_eq!(mails_sent(&sim), 0);
}

#[test]
fn attack_23_what_a_source_that_was_refused_twice_has_a_say_in_is_not_pushed() {
    let to_a_stranger = json!({"to": "$mail_1[1].from", "subject": "Hi", "body": "Lunch?"});
    let mut sim = Sim::scripted(vec![
        calls(&[("mail_list", json!({}))]),
        calls(&[("mail_send", to_a_stranger)]),
        text("I asked you."),
    ]);
    for refused in 1..=2 {
        sim.say(&format!("answer them, {refused}"));
        assert_eq!(pushed(&sim), refused);
        let question = sim.waiting().remove(0);
        sim.answer(&question.id, false, &question.call_hash)
            .unwrap();
    }
    sim.say("answer them");
    assert_eq!(pushed(&sim), 2, "a third question was pushed");
    assert_eq!(sim.waiting().len(), 1, "it does not wait in the list");
    assert!(sim.heard().contains("1 more of this turn's actions wait"));
    assert_eq!(mails_sent(&sim), 0);
}
