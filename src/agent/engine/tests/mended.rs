//! What is left after things went wrong: taking messages up again, and what the owner can call off.

use super::sim::{Sim, calls, inbound, owner, text};
use crate::agent::engine::ATTEMPTS_MAX;
use crate::message::Author;
use crate::store::failures::{self, Failure};
use crate::store::timers::{self, Timer};
use crate::store::turns::Status;
use serde_json::json;

/// Gives a turn up that was begun.
fn give_up(sim: &mut Sim, seq: i64) {
    for _ in 0..=ATTEMPTS_MAX {
        sim.engine(|engine| engine.count_attempt(seq).map(|()| 0))
            .unwrap()
            .unwrap();
    }
    sim.restart();
    sim.work().unwrap();
    assert_eq!(sim.turn(seq).status, Status::Failed);
}

#[test]
fn a_message_that_was_given_up_is_taken_up_again_once() {
    let mut sim = Sim::scripted(vec![text("Here I am.")]);
    let poison = sim.accept(&owner("are you there?"), false).unwrap();
    give_up(&mut sim, poison.seq);
    assert!(
        sim.say("/failures").messages[0]
            .message
            .plain(crate::message::Locale::En)
            .contains("1. ")
    );
    sim.say("/retry 1");
    assert!(sim.heard().contains("I take it up again"));
    assert!(sim.heard().contains("Here I am."));
    sim.say("/retry 01");
    assert!(sim.heard().contains("Give the number of a failure"));
}

#[test]
fn a_message_that_did_something_before_it_was_given_up_is_not_taken_up_again() {
    let mut sim = Sim::scripted(vec![calls(&[("notes_add", json!({"text": "once"}))])]);
    let poison = sim.accept(&owner("take a note"), false).unwrap();
    // It dies after the note, before the planner is asked again.
    sim.fuse = Some(12);
    assert!(sim.work().is_err());
    sim.restart();
    assert_eq!(
        sim.turn(poison.seq).calls.len(),
        1,
        "the note is not taken yet"
    );
    give_up(&mut sim, poison.seq);
    sim.say("/retry 1");
    assert!(sim.heard().contains("look there first"), "{}", sim.heard());
    assert_eq!(failures::count(sim.store()).unwrap(), 1);
}

#[test]
fn strangers_in_numbers_hide_no_turn_from_cancel_and_fill_no_list() {
    let mut sim = Sim::scripted(vec![calls(&[("mail_delete", json!({"mail": "$mail_1"}))])]);
    sim.server = |_| Ok(404);
    for n in 0..230 {
        let words = format!("hello {n}");
        let guest = inbound(Author::Guest("mallory".to_owned()), &words, &words);
        sim.accept(&guest, false).unwrap();
    }
    let own = sim.accept(&owner("wait for me"), false).unwrap();
    sim.say("/cancel");
    assert_eq!(sim.turn(own.seq).status, Status::Cancelled);
    let listed = failures::latest(sim.store(), 500).unwrap();
    assert!(
        listed
            .iter()
            .all(|row| row.failure != Failure::Untold || row.turn >= own.seq),
        "strangers' answers are on the owner's list"
    );
}

#[test]
fn a_timer_that_kills_the_process_is_dropped_and_the_others_fire() {
    let mut sim = Sim::offline();
    sim.say("remind me in 10 minutes to drink tea");
    let bad = Timer {
        id: crate::id::TimerId::try_from("bad").unwrap(),
        due: sim.now.plus_millis(1),
        connector: "held".to_owned(),
        document: "no place".to_owned(),
    };
    timers::set(sim.store(), &bad).unwrap();
    sim.now = sim.now.plus_millis(3_600_000);
    for _ in 0..3 {
        // It dies in the transaction that would fire the bad one.
        let tried = timers::dare(sim.store(), &bad.id, sim.now).unwrap();
        assert!(tried <= 3);
    }
    let due = sim
        .engine(|engine| engine.fall_due(50, true))
        .unwrap()
        .unwrap();
    assert_eq!(due.failed, None);
    sim.take(due.jobs);
    sim.work().unwrap();
    assert!(sim.heard().contains("drink tea"));
    assert!(timers::due(sim.store(), sim.now, 10).unwrap().is_empty());
    let listed = failures::latest(sim.store(), 10).unwrap();
    assert!(listed[0].about.contains("bad (held)"), "{listed:?}");
}
