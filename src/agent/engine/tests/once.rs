//! What a limit counts, it counts once, however often a call is begun.

use super::sim::{Sim, calls, text};
use crate::agent::turn::{Progress, Turn};
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
        _ => -1,
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
