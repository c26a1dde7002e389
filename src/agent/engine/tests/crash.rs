//! The process dies after every single step and at every single statement of a scenario. Another
//! one goes on from the rows: nothing is lost, nothing happens twice, a message at most once more.

use super::sim::{Killed, Sim, calls, is_done, owner, text};
use crate::store::{Cell, turns};
use serde_json::{Value, json};

/// A scenario: what the owner does, each part to be done again if the process dies in it.
struct Scenario {
    /// Every how many statements a process dies. A transaction that is cut anywhere leaves
    /// nothing, so one scenario that tries each of them is enough.
    stride: usize,
    new: fn() -> Sim,
    play: fn(&mut Sim) -> Result<(), Killed>,
    holds: fn(&Sim),
}

/// Plays until the end; a process that dies is followed by another.
fn play(scenario: &Scenario, sim: &mut Sim) -> bool {
    let mut killed = false;
    for _ in 0..3 {
        if (scenario.play)(sim).is_ok() {
            return killed;
        }
        killed = true;
        sim.restart();
    }
    panic!("it dies for ever");
}

/// Kills at every step and at every statement, once each.
fn survives(scenario: &Scenario) {
    let mut deaths = 0;
    for by_statement in [false, true] {
        let stride = if by_statement { scenario.stride } else { 1 };
        for n in (0..).step_by(stride) {
            let mut sim = (scenario.new)();
            if by_statement {
                sim.die_at_statement(n);
            } else {
                sim.fuse = Some(n);
            }
            let killed = play(scenario, &mut sim);
            sim.restart();
            sim.work().unwrap();
            check(&sim, killed);
            (scenario.holds)(&sim);
            if !killed {
                break;
            }
            deaths += 1;
        }
    }
    assert!(deaths > 25, "only {deaths} deaths");
}

/// What holds after any scenario.
fn check(sim: &Sim, killed: bool) {
    assert!(sim.is_at_rest());
    sim.records();
    for turn in turns::latest(sim.store(), 100).unwrap() {
        let ended = turn.status.is_final() || turn.status == turns::Status::Waiting;
        assert!(ended, "{turn:?}");
    }
    // A message arrives, and a second time only as a marked repeat.
    let told: Vec<_> = sim
        .sent
        .iter()
        .filter(|body| body["type"] == "message")
        .collect();
    let mut repeats = 0;
    for one in &told {
        let same = |other: &&&Value| other["turn"] == one["turn"] && other["text"] == one["text"];
        let all = told.iter().filter(same).count();
        let marked = told
            .iter()
            .filter(same)
            .filter(|other| other["repeated"] == true)
            .count();
        assert!(all <= 2 && all - marked <= 1, "told {all} times: {one}");
        repeats += usize::from(one["repeated"] == true);
    }
    assert!(repeats <= usize::from(killed), "{told:?}");
}

fn count(sim: &Sim, connector: &str, collection: &str) -> i64 {
    let statement = "SELECT count(*) FROM documents WHERE connector = ? AND collection = ?";
    let rows = sim
        .store()
        .run(statement, &[Cell::from(connector), Cell::from(collection)]);
    match rows.unwrap()[0][0] {
        Cell::Int(n) => n,
        Cell::Null | Cell::Text(_) => panic!("a count is a number"),
    }
}

#[test]
fn a_turn_with_tools_and_words_survives_any_death() {
    survives(&Scenario {
        stride: 1,
        new: || {
            Sim::scripted(vec![
                calls(&[
                    ("notes_add", json!({"text": "one"})),
                    ("reply", json!({"parts": ["Noted."]})),
                    ("notes_list", json!({})),
                ]),
                calls(&[("notes_list", json!({}))]),
                text("Done."),
            ])
        },
        play: |sim| {
            sim.accept(&owner("take a note"), false)?;
            sim.work()
        },
        holds: |sim| {
            assert_eq!(count(sim, "notes", "note"), 1);
            assert!(is_done(&sim.turn(1)));
            assert_eq!(sim.turn(1).messages.len(), 2);
            for words in ["Noted.", "Done."] {
                assert!(
                    sim.told().iter().any(|(text, _)| text == words),
                    "{words} is lost"
                );
            }
        },
    });
}

#[test]
fn an_approved_call_survives_any_death() {
    survives(&Scenario {
        stride: 7,
        new: || {
            let mail = json!({"to": "ada@example.org", "subject": "Hi", "body": "Lunch?"});
            Sim::scripted(vec![calls(&[("mail_send", mail)]), text("I asked you.")])
        },
        play: |sim| {
            sim.accept(&owner("write to Ada"), false)?;
            sim.work()?;
            if let Some(question) = sim.waiting().first() {
                let (id, hash) = (question.id.clone(), question.call_hash.clone());
                // Whoever presses does so again until there is an answer.
                let answered = sim
                    .engine(|engine| engine.answer(&id, true, &hash))?
                    .unwrap();
                sim.take(answered.jobs);
            }
            sim.work()
        },
        holds: |sim| {
            assert_eq!(count(sim, "demo", "sent"), 1);
            assert!(is_done(&sim.turn(1)));
            let done = sim
                .told()
                .iter()
                .any(|(text, _)| text.contains("Done, as you approved"));
            assert!(done, "{}", sim.heard());
            assert!(sim.sent.iter().any(|body| body["type"] == "approval"));
        },
    });
}

#[test]
fn a_reminder_survives_any_death() {
    survives(&Scenario {
        stride: 7,
        new: || {
            let mut sim = Sim::offline();
            sim.say("remind me in 5 minutes to call Ada");
            assert_eq!(sim.timers().len(), 1);
            sim.now = sim.now.plus_millis(6 * 60_000);
            sim
        },
        play: |sim| {
            sim.work()?;
            sim.accept(&owner("/status"), false)?;
            sim.work()
        },
        holds: |sim| {
            let told = sim.told();
            let told = told
                .iter()
                .filter(|(text, _)| text.starts_with("Reminder: "));
            assert!((1..=2).contains(&told.count()), "{}", sim.heard());
            assert!(sim.timers().is_empty());
        },
    });
}

#[test]
fn two_messages_at_once_survive_any_death_in_order() {
    survives(&Scenario {
        stride: 7,
        new: || {
            Sim::scripted(vec![
                calls(&[("notes_add", json!({"text": "x"}))]),
                text("Noted."),
            ])
        },
        play: |sim| {
            sim.accept(&owner("first"), false)?;
            sim.accept(&owner("second"), false)?;
            sim.work()
        },
        holds: |sim| {
            assert_eq!(count(sim, "notes", "note"), 2);
            assert!(is_done(&sim.turn(1)) && is_done(&sim.turn(2)));
            let last = &sim.prompts.last().unwrap().1;
            assert!(last.find("first") < last.find("second"));
        },
    });
}
