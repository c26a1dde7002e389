//! What a limit counts, it counts once, however often a call is begun.

use super::sim::{Sim, calls, owner, text};
use crate::agent::effect::{Outcome, Prepared};
use crate::agent::turn::{Progress, Turn};
use crate::audit::Entry;
use crate::models::{ModelReply, Usage};
use crate::store::Cell;
use crate::time::Timestamp;
use serde_json::json;

/// A day on which one message to others is allowed and was counted, and the turn that sends it.
fn counted_one() -> (Sim, Turn) {
    let mail = json!({"to": "ada@example.org", "subject": "Hi", "body": "Lunch?"});
    let mut sim = Sim::scripted(vec![calls(&[("mail_send", mail)]), text("So.")]);
    sim.limit("SENDS_DAY", "1");
    let turn = sim.say("write to ada@example.org");
    assert_eq!(
        (turn.calls[0].decision.as_str(), counted(&sim)),
        ("allow", 1)
    );
    (sim, turn)
}

fn counted(sim: &Sim) -> i64 {
    let rows = sim.store().run(
        "SELECT coalesce(sum(count), 0) FROM ledger WHERE source = 'sends_day'",
        &[],
    );
    match rows.unwrap()[0][0] {
        Cell::Int(count) => count,
        Cell::Null | Cell::Text(_) => -1,
    }
}

/// Whether the turn's call may begin now.
fn may_begin(sim: &mut Sim, turn: &Turn) -> bool {
    let may = sim.engine(|engine| engine.permitted(turn, 0, None).map(|found| found.is_ok()));
    may.unwrap().unwrap()
}

#[test]
fn what_was_held_or_is_begun_anew_is_counted_once() {
    type Change = fn(&mut Turn, Timestamp);
    let again: [Change; 3] = [
        |turn, now| turn.calls[0].held_until = Some(now),
        |turn, _| turn.calls[0].retries = 1,
        |turn, now| {
            turn.calls[0].held_until = Some(now);
            turn.calls[0].retries = 2;
        },
    ];
    for change in again {
        let (mut sim, mut turn) = counted_one();
        // Another message is one too many.
        assert!(!may_begin(&mut sim, &turn));
        change(&mut turn, sim.now);
        assert!(may_begin(&mut sim, &turn), "it was counted");
        assert_eq!(counted(&sim), 1);
    }
}

#[test]
fn what_is_called_off_while_it_is_held_is_not_counted() {
    let (mut sim, mut turn) = counted_one();
    let give_back = |sim: &mut Sim, turn: &Turn| {
        sim.engine(|engine| engine.give_back(turn))
            .unwrap()
            .unwrap();
    };
    let until = sim.now.plus_millis(30_000);
    turn.calls[0].held_until = Some(until);
    // It was let go.
    give_back(&mut sim, &turn);
    assert_eq!(counted(&sim), 1);
    turn.calls[0].status = Progress::Held;
    give_back(&mut sim, &turn);
    assert_eq!(counted(&sim), 0);
    // There is never less than nothing.
    give_back(&mut sim, &turn);
    assert_eq!(counted(&sim), 0);
    turn.calls[0].held_until = None;
    assert!(may_begin(&mut sim, &turn));
}

/// Whoever calls off what was held before midnight gives nothing to the new day.
#[test]
fn what_is_called_off_on_the_next_day_gives_nothing_to_it() {
    let (mut sim, mut turn) = counted_one();
    // It is nine in Paris.
    sim.now = sim.now.plus_millis(15 * 3_600_000 - 10_000);
    turn.calls[0].held_until = Some(sim.now.plus_millis(30_000));
    turn.calls[0].status = Progress::Held;
    sim.now = sim.now.plus_millis(20_000);
    let another = sim.say("write to ada@example.org again");
    assert_eq!(
        (another.calls[0].decision.as_str(), counted(&sim)),
        ("allow", 2)
    );
    sim.engine(|engine| engine.give_back(&turn))
        .unwrap()
        .unwrap();
    assert_eq!(counted(&sim), 2);
}

/// The reader's answer that comes after its turn was cancelled is the reader's in every book.
#[test]
fn a_late_answer_is_booked_under_the_model_that_gave_it() {
    let question = json!({"handles": ["$mail_1"], "question": "What is new?", "as": "text"});
    let replies = vec![
        calls(&[("mail_list", json!({}))]),
        calls(&[("ask", question)]),
    ];
    let mut sim = Sim::reading(replies, |_| String::new());
    sim.read_by("priced");
    let seq = sim.accept(&owner("What is new?"), false).unwrap().seq;
    let mut jobs = sim.engine(|engine| engine.begin(seq)).unwrap().unwrap();
    let job = loop {
        let job = jobs.remove(0);
        let prepared = sim.engine(|engine| engine.prepare(&job)).unwrap().unwrap();
        let Some(Prepared::Model {
            settings,
            call,
            permit,
            ..
        }) = prepared
        else {
            continue;
        };
        if settings.name == "priced" {
            break job;
        }
        let outcome = sim.ask_patiently(&job, &settings, &call, &permit).unwrap();
        let more = sim.engine(|engine| engine.complete(&job, outcome));
        jobs.extend(more.unwrap().unwrap());
    };
    let before = sim.used().today;
    assert!(before.microusd > 0, "it is reserved");
    sim.accept(&owner("/cancel"), false).unwrap();
    assert_eq!(sim.used().today, before);
    let late = ModelReply {
        usage: Usage {
            tokens_in: 7_000,
            tokens_out: 300,
        },
        ..text("news")
    };
    let outcome = Outcome::Model(Ok(late));
    sim.engine(|engine| engine.complete(&job, outcome))
        .unwrap()
        .unwrap();
    // Two dollars for a million read, ten for a million written.
    let cost = 7_000 * 2 + 300 * 10;
    assert_eq!(sim.used().today.microusd, cost);
    let turn = sim.turn(seq);
    assert_eq!(
        (turn.spent.cost_microusd, turn.spent.quarantined_calls),
        (cost, 1)
    );
    let booked = |entry: &Entry| {
        matches!(entry, Entry::ModelAnswered { model, cost_microusd, .. }
            if model == "priced" && *cost_microusd == cost)
    };
    assert_eq!(
        sim.entries().iter().filter(|entry| booked(entry)).count(),
        1
    );
}
