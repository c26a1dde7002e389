//! A message that kills the process again and again is given up, and others go on.

use super::sim::{Sim, calls, inbound, is_done, owner, text};
use crate::agent::effect::SendError;
use crate::agent::engine::ATTEMPTS_MAX;
use crate::message::Author;
use crate::store::turns::{self, Lane, Status};
use serde_json::{Value, json};

/// Lets process after process die at the same step of its life.
fn die(sim: &mut Sim, step: u32, times: usize) {
    for _ in 0..times {
        sim.fuse = Some(step);
        assert!(sim.work().is_err(), "it lived");
        sim.restart();
    }
}

#[test]
fn a_message_that_kills_at_any_step_is_given_up_and_said_so() {
    let mut tried = 0;
    for step in 0..60 {
        let mut sim = Sim::scripted(vec![
            calls(&[("reply", json!({"parts": ["Working."]}))]),
            text("Done."),
        ]);
        let poison = sim.accept(&owner("poison"), false).unwrap();
        sim.fuse = Some(step);
        if sim.work().is_ok() {
            break;
        }
        tried += 1;
        sim.restart();
        // It dies at each beginning, wherever that leads.
        for _ in 0..10 {
            sim.fuse = Some(step);
            let died = sim.work().is_err();
            sim.restart();
            if !died {
                break;
            }
        }
        sim.work().unwrap();
        let turn = sim.turn(poison.seq);
        assert!(
            turn.status.is_final() && sim.is_at_rest(),
            "step {step}: {turn:?}"
        );
        for body in &sim.sent {
            let same =
                |other: &&Value| other["turn"] == body["turn"] && other["text"] == body["text"];
            assert!(
                sim.sent.iter().filter(same).count() <= 2,
                "step {step}: told again: {body}"
            );
        }
        let next = sim.say("are you there?");
        assert!(next.status.is_final(), "step {step}");
        sim.records();
    }
    assert!(tried > 10);
}

#[test]
fn a_message_is_begun_three_times_and_then_given_up() {
    let mut sim = Sim::scripted(vec![]);
    let poison = sim.accept(&owner("poison"), false).unwrap();
    let other = {
        let mut other = inbound(Author::Owner, "healthy", "healthy");
        other.conversation = crate::id::ConversationId::try_from("generic:other").unwrap();
        sim.accept(&other, false).unwrap()
    };
    // Dies before the beginning is stored; the attempt itself is.
    for _ in 0..ATTEMPTS_MAX {
        sim.engine(|engine| engine.count_attempt(poison.seq))
            .unwrap()
            .unwrap();
        sim.restart();
    }
    sim.work().unwrap();
    assert_eq!(sim.turn(poison.seq).status, Status::Failed);
    assert!(sim.heard().contains("it stopped me several times"));
    assert!(is_done(&sim.turn(other.seq)) && sim.is_at_rest());
}

#[test]
fn giving_up_comes_to_rest_even_if_a_message_was_on_its_way() {
    let mut sim = Sim::scripted(vec![text("On its way.")]);
    let poison = sim.accept(&owner("poison"), false).unwrap();
    let jobs = sim
        .engine(|engine| engine.begin(poison.seq))
        .unwrap()
        .unwrap();
    sim.take(jobs);
    // The model has answered; the words have left, and the process dies before it knows.
    sim.fuse = Some(10);
    assert!(sim.work().is_err());
    sim.restart();
    for _ in 0..ATTEMPTS_MAX {
        sim.engine(|engine| engine.count_attempt(poison.seq))
            .unwrap()
            .unwrap();
    }
    sim.work().unwrap();
    let turn = sim.turn(poison.seq);
    assert!(turn.status.is_final() && sim.is_at_rest(), "{turn:?}");
}

#[test]
fn a_turn_that_cannot_be_read_is_given_up_too() {
    let mut sim = Sim::scripted(vec![]);
    let broken = sim.accept(&owner("broken"), false).unwrap();
    turns::update(
        sim.store(),
        broken.seq,
        Status::Queued,
        Lane::Owner,
        "{not json",
    )
    .unwrap();
    for _ in 0..=ATTEMPTS_MAX {
        let begun = sim.engine(|engine| engine.begin(broken.seq)).unwrap();
        if begun.is_ok() {
            break;
        }
        sim.engine(|engine| engine.count_attempt(broken.seq))
            .unwrap()
            .unwrap();
    }
    let row = turns::get(sim.store(), broken.seq).unwrap().unwrap();
    assert_eq!(row.status, Status::Failed);
    assert!(is_done(&sim.say("next")), "the conversation is blocked");
}

#[test]
fn a_server_that_takes_nothing_loses_nothing_here() {
    for server in [
        (|_| Err(SendError::NoAnswer)) as fn(usize) -> Result<u16, SendError>,
        |_| Err(SendError::Refused),
        |_| Ok(404),
    ] {
        let mut sim = Sim::scripted(vec![text("Nobody hears me.")]);
        sim.server = server;
        let turn = sim.say("hello");
        assert!(is_done(&turn) && sim.is_at_rest());
        assert_eq!(
            turn.messages.len(),
            1,
            "it can still be read in the console"
        );
        // What may have arrived is sent once more; for a receipt, the platform sends again.
        let unknown = server(0) == Err(SendError::NoAnswer);
        assert_eq!(sim.sent.len(), if unknown { 2 } else { 1 });
    }
    let mut sim = Sim::scripted(vec![]);
    die(&mut sim, 0, 2);
    assert!(is_done(&sim.say("hello")));
}

#[test]
fn what_a_channel_would_not_take_waits_in_the_outbox_and_holds_up_nobody() {
    let mut sim = Sim::scripted(vec![text("Later, then."), text("And me.")]);
    sim.server = |_| Ok(503);
    let first = sim.say("hello");
    let second = sim.say("and you?");
    for turn in [&first, &second] {
        assert_eq!((turn.status, turn.planned), (Status::Running, true));
    }
    assert_eq!(sim.sent.len(), 2, "each was offered once");
    sim.server = |_| Ok(200);
    sim.work().unwrap();
    assert_eq!(sim.sent.len(), 2, "it is not time yet");
    sim.now = sim.now.plus_millis(60_000);
    sim.work().unwrap();
    assert!(sim.is_at_rest() && sim.turn(first.seq).status == Status::Done);
    let told: Vec<bool> = sim.told().iter().map(|(_, repeated)| *repeated).collect();
    assert_eq!(
        told, [false; 4],
        "what was certainly not taken is no repeat"
    );
}

#[test]
fn a_channel_that_never_takes_it_is_given_up_after_hours() {
    let mut sim = Sim::scripted(vec![text("Nobody hears me.")]);
    sim.server = |_| Ok(503);
    let turn = sim.say("hello");
    let began = sim.now;
    for _ in 0..40 {
        sim.now = sim.now.plus_millis(3_600_000);
        sim.work().unwrap();
    }
    assert!(
        sim.is_at_rest() && sim.sent.len() == 15,
        "{}",
        sim.sent.len()
    );
    assert!(sim.now.millis() - began.millis() > 5 * 3_600_000);
    assert_eq!(
        sim.turn(turn.seq).messages.len(),
        1,
        "the console still has it"
    );
}
