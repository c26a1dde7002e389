//! What the owner can see of reminders that fell due, and being reminded once more.

use super::sim::{Sim, calls, is_done, text};
use crate::agent::effect::SendError;
use crate::store::turns;
use crate::store::wake::next as next_wake;
use crate::time::Timestamp;
use crate::value::{Item, Value};
use serde_json::json;

const MINUTE_MS: i64 = 60_000;

/// Sets a reminder in twenty minutes; `server` is what the owner's server answers from then on.
fn reminded(server: fn(usize) -> Result<u16, SendError>) -> Sim {
    let remind = json!({"text": "call Ada", "in_minutes": 20});
    let mut sim = Sim::scripted(vec![calls(&[("remind", remind)]), text("I will.")]);
    assert!(is_done(&sim.say("remind me")));
    sim.server = server;
    sim
}

/// Lets time pass until the next timer, and `late` milliseconds more.
fn fall_due(sim: &mut Sim, late: i64) {
    sim.now = next_wake(sim.store()).unwrap().unwrap().plus_millis(late);
    sim.work().unwrap();
}

/// The receipts, the latest first.
fn receipts(sim: &mut Sim) -> Vec<Item> {
    sim.server = |_| Ok(200);
    sim.script = Box::new(|turn, _| {
        Ok(match turn.steps {
            0 => calls(&[("reminders_past", json!({"limit": 50}))]),
            _ => text("Here."),
        })
    });
    let asked = format!("what did I get by {}", sim.now.to_rfc3339());
    let turn = sim.say(&asked);
    sim.listed(&turn, 0)
}

fn line(receipt: &Item) -> String {
    let field = |name| receipt.field(name).unwrap().text().unwrap_or_default();
    format!(
        "{}: {}, {}",
        field("text"),
        field("where"),
        field("receipt")
    )
}

fn time(receipt: &Item, field: &str) -> Option<Timestamp> {
    let Value::Time(at) = receipt.field(field)?.peek() else {
        return None;
    };
    Some(*at)
}

/// What the console shows of its own.
fn in_the_console(sim: &Sim) -> Vec<String> {
    let rows = turns::latest_of_console(sim.store(), 20).unwrap();
    let turns = rows.iter().map(|row| sim.turn(row.seq));
    turns
        .flat_map(|turn| turn.messages)
        .map(|said| said.message.plain(crate::message::Locale::En))
        .collect()
}

#[test]
fn a_delivered_reminder_says_when_it_was_due_told_and_where() {
    let mut sim = reminded(|_| Ok(200));
    let due = next_wake(sim.store()).unwrap().unwrap();
    fall_due(&mut sim, 0);
    let told = receipts(&mut sim);
    assert_eq!(told.len(), 1);
    assert_eq!(line(&told[0]), "call Ada: generic, delivered");
    assert_eq!(time(&told[0], "at"), Some(due));
    assert_eq!(time(&told[0], "told"), Some(due));
    assert!(in_the_console(&sim).is_empty());
}

#[test]
fn one_that_was_late_says_so() {
    let mut sim = reminded(|_| Ok(200));
    fall_due(&mut sim, 40 * MINUTE_MS);
    assert!(
        sim.heard().contains("late, due since 2026-11-23 09:20"),
        "{}",
        sim.heard()
    );
    assert_eq!(
        line(&receipts(&mut sim)[0]),
        "call Ada: generic, delivered late"
    );
}

#[test]
fn one_that_the_channel_refuses_is_in_the_console() {
    let mut sim = reminded(|_| Ok(403));
    fall_due(&mut sim, 0);
    assert_eq!(
        in_the_console(&sim),
        ["generic could not take this:\nReminder: call Ada"]
    );
    assert_eq!(
        line(&receipts(&mut sim)[0]),
        "call Ada: console, kept in the console"
    );
    assert!(sim.is_at_rest() && sim.timers().is_empty());
}

#[test]
fn one_whose_fate_is_unknown_is_in_the_console_too() {
    let mut sim = reminded(|_| Err(SendError::NoAnswer));
    fall_due(&mut sim, 0);
    assert_eq!(
        in_the_console(&sim),
        ["generic may not have got this:\nReminder: call Ada"]
    );
    let told = line(&receipts(&mut sim)[0]);
    assert_eq!(
        told,
        "call Ada: generic, unknown whether it arrived; kept in the console"
    );
}

#[test]
fn one_of_a_channel_that_is_gone_is_kept_from_the_first() {
    let mut sim = reminded(|_| Ok(200));
    sim.vault.0.remove("WEBHOOK_REPLY_URL");
    fall_due(&mut sim, 0);
    assert_eq!(in_the_console(&sim), ["Reminder: call Ada"]);
    let kept = sim.vault.0.insert(
        "WEBHOOK_REPLY_URL".into(),
        "https://owner.example.org/in".into(),
    );
    assert!(kept.is_none());
    assert_eq!(
        line(&receipts(&mut sim)[0]),
        "call Ada: console, kept in the console"
    );
}

#[test]
fn one_that_is_put_off_and_then_taken_is_delivered_late() {
    let mut sim = reminded(|n| Ok(if n < 6 { 503 } else { 200 }));
    fall_due(&mut sim, 0);
    for _ in 0..8 {
        let Some(due) = next_wake(sim.store()).unwrap() else {
            break;
        };
        sim.now = due.max(sim.now.plus_millis(MINUTE_MS));
        sim.work().unwrap();
    }
    assert!(
        sim.told()
            .iter()
            .any(|(text, _)| text == "Reminder: call Ada")
    );
    assert_eq!(
        line(&receipts(&mut sim)[0]),
        "call Ada: generic, delivered late"
    );
    assert!(in_the_console(&sim).is_empty());
}

#[test]
fn receipts_are_bounded_and_the_oldest_go() {
    let every = json!({"text": "drink", "in_minutes": 5, "every_minutes": 5});
    let mut sim = Sim::scripted(vec![calls(&[("remind", every)]), text("I will.")]);
    sim.say("remind me");
    let first = next_wake(sim.store()).unwrap().unwrap();
    for _ in 0..503 {
        fall_due(&mut sim, 0);
    }
    let count = "SELECT count(*) FROM documents WHERE collection = 'receipt'";
    assert_eq!(
        sim.store().run(count, &[]).unwrap(),
        [[crate::store::Cell::Int(500)]]
    );
    let told = receipts(&mut sim);
    assert_eq!(
        time(&told[0], "at"),
        Some(first.plus_millis(502 * 5 * MINUTE_MS))
    );
    assert!(
        told.iter()
            .all(|one| line(one) == "drink: generic, delivered")
    );
}

#[test]
fn snoozing_tells_the_last_one_again_and_once() {
    let mut sim = Sim::offline();
    sim.say("remind me in 20 minutes to call Ada");
    sim.say("snooze");
    assert_eq!(
        sim.timers().len(),
        1,
        "there was nothing to snooze: {}",
        sim.heard()
    );
    fall_due(&mut sim, 0);
    sim.say("snooze that 15 minutes");
    let again = sim.now.plus_millis(15 * MINUTE_MS);
    assert_eq!(next_wake(sim.store()).unwrap(), Some(again));
    fall_due(&mut sim, 0);
    sim.say("/snooze 10");
    fall_due(&mut sim, 0);
    let told = sim
        .told()
        .into_iter()
        .filter(|(text, _)| text == "Reminder: call Ada");
    assert_eq!(told.count(), 3, "{}", sim.heard());
    assert!(sim.timers().is_empty());
    sim.say("/reminders past");
    assert!(
        sim.heard().contains("receipt: delivered"),
        "{}",
        sim.heard()
    );
}

#[test]
fn what_others_wrote_stays_theirs_when_it_is_told_again() {
    let mut sim = Sim::scripted(vec![
        calls(&[("mail_list", json!({"limit": 1}))]),
        calls(&[(
            "remind",
            json!({"text": "$mail_1[1].subject", "in_minutes": 5}),
        )]),
        text("I will."),
    ]);
    sim.say("remind me of my first mail in 5 minutes");
    if let Some(asked) = sim.waiting().first().cloned() {
        sim.answer(&asked.id, true, &asked.call_hash).unwrap();
    }
    fall_due(&mut sim, 0);
    let before = sim.sent.last().unwrap().clone();
    assert!(before["text"].as_str().unwrap().contains("> "), "{before}");
    sim.say("/snooze 10");
    fall_due(&mut sim, 0);
    assert_eq!(sim.sent.last().unwrap()["text"], before["text"]);
}
