//! Reminders fall due whatever else goes on, once each, and late ones say so.

use super::sim::{Sim, calls, is_done, owner, text};
use crate::audit::Entry;
use crate::store::wake::next as next_wake;
use serde_json::json;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

fn remind(args: serde_json::Value) -> Sim {
    let mut sim = Sim::scripted(vec![calls(&[("remind", args)]), text("I will.")]);
    assert!(is_done(&sim.say("remind me")));
    assert_eq!(sim.timers().len(), 1);
    sim
}

fn reminders(sim: &Sim) -> Vec<String> {
    let told = sim.told().into_iter().map(|(text, _)| text);
    told.filter(|text| text.starts_with("Reminder")).collect()
}

#[test]
fn a_reminder_is_told_when_it_is_due_and_once() {
    let mut sim = remind(json!({"text": "call Ada", "in_minutes": 20}));
    let due = next_wake(sim.store()).unwrap().unwrap();
    assert_eq!(due, sim.now.plus_millis(20 * MINUTE_MS));
    sim.now = due.plus_millis(-1);
    sim.work().unwrap();
    assert!(reminders(&sim).is_empty());
    for _ in 0..3 {
        sim.now = sim.now.plus_millis(MINUTE_MS);
        sim.work().unwrap();
    }
    assert_eq!(reminders(&sim), ["Reminder: call Ada"]);
    assert!(sim.timers().is_empty() && sim.is_at_rest());
    assert_eq!(next_wake(sim.store()).unwrap(), None);
}

#[test]
fn a_daily_reminder_comes_again_at_the_same_hour() {
    let mut sim = remind(json!({"text": "stretch", "at": "2026-11-23T18:00", "repeat": "daily"}));
    let mut hours = Vec::new();
    for _ in 0..4 {
        sim.now = next_wake(sim.store()).unwrap().unwrap();
        hours.push(sim.now.to_rfc3339());
        sim.work().unwrap();
    }
    assert_eq!(hours[0], "2026-11-23T17:00:00Z");
    assert_eq!(hours[3], "2026-11-26T17:00:00Z");
    assert_eq!(reminders(&sim), ["Reminder: stretch"; 4]);
    assert_eq!(sim.timers().len(), 1);
}

#[test]
fn what_was_slept_through_is_told_once_as_late() {
    let mut sim = remind(json!({"text": "stretch", "at": "2026-11-23T18:00", "repeat": "daily"}));
    sim.now = sim.now.plus_millis(5 * DAY_MS);
    sim.work().unwrap();
    let told = reminders(&sim);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("late"), "{told:?}");
    assert!(next_wake(sim.store()).unwrap().unwrap() > sim.now);
    let late =
        |entry: &Entry| matches!(entry, Entry::TimerFired { late_ms, .. } if *late_ms > DAY_MS);
    assert!(sim.entries().iter().any(late));
}

#[test]
fn a_model_that_does_not_answer_holds_up_no_reminder() {
    let mut sim = remind(json!({"text": "call Ada", "in_minutes": 1}));
    let busy = sim.accept(&owner("think hard"), false).unwrap();
    // The question to the model is out and stays out.
    sim.engine(|engine| engine.begin(busy.seq))
        .unwrap()
        .unwrap();
    sim.now = sim.now.plus_millis(MINUTE_MS);
    let due = sim
        .engine(|engine| engine.fall_due(50, false))
        .unwrap()
        .unwrap();
    assert_eq!(due.jobs.len(), 1, "the reminder waits for the model");
    assert!(due.jobs[0].tells);
}

#[test]
fn neither_cancel_nor_stop_takes_a_reminder_away() {
    for words in ["/cancel", "/new", "/stop"] {
        let mut sim = remind(json!({"text": "call Ada", "in_minutes": 1}));
        sim.now = sim.now.plus_millis(MINUTE_MS);
        // It has fallen due and is about to be told.
        let due = sim
            .engine(|engine| engine.fall_due(50, false))
            .unwrap()
            .unwrap();
        assert_eq!(due.jobs.len(), 1);
        sim.accept(&owner(words), false).unwrap();
        sim.work().unwrap();
        assert_eq!(reminders(&sim).len(), 1, "{words}: {}", sim.heard());
        assert!(sim.is_at_rest());
    }
}

#[test]
fn a_stopped_agent_still_reminds() {
    let mut sim = remind(json!({"text": "call Ada", "in_minutes": 1}));
    sim.say("/stop");
    sim.now = sim.now.plus_millis(MINUTE_MS);
    sim.work().unwrap();
    assert_eq!(reminders(&sim), ["Reminder: call Ada"]);
}

#[test]
fn a_cancelled_reminder_stays_silent() {
    let mut sim = remind(json!({"text": "call Ada", "in_minutes": 1}));
    sim.script = Box::new(|turn, _| {
        Ok(match turn.steps {
            0 => calls(&[("reminder_cancel", json!({"reminder": "$reminder_1"}))]),
            _ => text("Cancelled."),
        })
    });
    assert!(is_done(&sim.say("never mind")));
    sim.now = sim.now.plus_millis(DAY_MS);
    sim.work().unwrap();
    assert!(reminders(&sim).is_empty() && sim.timers().is_empty());
}

#[test]
fn what_the_owner_has_cancelled_by_number_is_cancelled_and_said_so_only_then() {
    let mut sim = Sim::offline();
    sim.say("/zone Europe/Paris");
    sim.say("/remind in 20 minutes call the dentist");
    let turn = sim.say("cancel reminder 1");
    let cancelled = turn
        .calls
        .iter()
        .find(|call| call.call.tool == "reminder_cancel");
    assert_eq!(cancelled.unwrap().decision, "allow");
    assert!(sim.heard().contains("Cancelled."), "{}", sim.heard());
    let before = sim.told().len();
    sim.say("cancel reminder 3");
    let told: Vec<String> = sim
        .told()
        .iter()
        .skip(before)
        .map(|(text, _)| text.clone())
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(!told[0].contains("Cancelled."), "{told:?}");
}

#[test]
fn a_zone_that_is_told_counts_for_what_comes_after_it_in_the_same_turn() {
    let mut sim = Sim::offline();
    crate::store::settings::remove(sim.store(), "zone").unwrap();
    sim.say("what's on tomorrow?");
    assert!(sim.heard().contains("Which time zone"), "{}", sim.heard());
    sim.say("America/New_York");
    let heard = sim.heard();
    assert!(heard.contains("Lunch with Priya"), "{heard}");
    // The zone is not named beside the times once it is the owner's own.
    assert!(!heard.contains("UTC"), "{heard}");
}
