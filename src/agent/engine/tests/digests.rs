//! Digests: each day at their time, with what there is, and nothing if there is nothing.

use super::routines::{at, pass, told, until, used};
use super::sim::{Sim, calls, text};
use crate::store::failures::{self, Failure};
use crate::store::wake::next as next_wake;
use serde_json::json;

const DAY_MS: i64 = 86_400_000;

#[test]
fn a_digest_shows_what_there_is_each_day_at_its_time() {
    let mut sim = used(&["/digest 8:00", "remind me at 17:00 to water the plants"]);
    sim.say("remind me in 3 days to do something else");
    sim.sent.clear();
    sim.models(&["scripted"]);
    until(&mut sim, at("2026-11-24T06:59:00Z"));
    let early = told(&sim)
        .into_iter()
        .filter(|text| text.starts_with("Your day"));
    assert_eq!(early.count(), 0);
    until(&mut sim, at("2026-11-24T07:00:00Z"));
    let all = sim.heard();
    assert!(
        all.contains("Your day:") && all.contains("Agenda") && all.contains("Mail"),
        "{all}"
    );
    assert!(!all.contains("something else"), "{all}");
    assert_eq!(
        next_wake(sim.store()).unwrap(),
        Some(at("2026-11-25T07:00:00Z"))
    );
    assert!(sim.prompts.is_empty());
    sim.say("/routines");
    assert!(
        sim.heard()
            .contains("a digest at 08:00 (next: Wed 25 Nov 2026, 08:00; told: 1)"),
        "{}",
        sim.heard()
    );
    sim.say("/digest off");
    pass(&mut sim, 3 * DAY_MS);
    let digests = told(&sim)
        .into_iter()
        .filter(|text| text.starts_with("Your day"));
    assert_eq!(digests.count(), 1);
}

#[test]
fn a_digest_with_nothing_in_it_is_not_told() {
    let mut sim = used(&["/digest 8:00"]);
    sim.sent.clear();
    // Nothing may be read, and nobody was asked anything.
    sim.say("/stop");
    let before = told(&sim).len();
    pass(&mut sim, 5 * DAY_MS);
    assert_eq!(told(&sim).len(), before, "{}", sim.heard());
    assert_eq!(sim.timers().len(), 1);
    sim.say("/resume");
    pass(&mut sim, DAY_MS);
    assert_eq!(told(&sim).len(), before + 2, "{}", sim.heard());
}

#[test]
fn a_digest_says_which_questions_wait_and_which_have_expired() {
    let mut sim = Sim::scripted(vec![
        calls(&[("mail_list", json!({"limit": 1}))]),
        calls(&[(
            "mail_send",
            json!({"to": "$mail_1[1].sender", "body": "hello"}),
        )]),
        text("Sent."),
    ]);
    sim.say("/digest 8:00");
    sim.say("write to whoever wrote last");
    assert_eq!(sim.waiting().len(), 1);
    let summary = sim.waiting()[0].card.summary();
    sim.sent.clear();
    until(&mut sim, at("2026-11-24T07:00:00Z"));
    assert!(
        sim.heard()
            .contains(&format!("Waiting for your yes:\n- {summary}")),
        "{}",
        sim.heard()
    );
    sim.sent.clear();
    until(&mut sim, at("2026-11-25T07:00:00Z"));
    assert!(
        sim.heard().contains("Expired without your answer"),
        "{}",
        sim.heard()
    );
    sim.sent.clear();
    failures::add(
        sim.store(),
        sim.now.plus_millis(1_000),
        1,
        Failure::Unknown,
        "mail_send",
    )
    .unwrap();
    pass(&mut sim, DAY_MS);
    assert!(!sim.heard().contains("Expired"), "{}", sim.heard());
    let failed = "Went wrong for good since yesterday: 1. /failures lists it.";
    assert!(sim.heard().contains(failed), "{}", sim.heard());
    sim.sent.clear();
    pass(&mut sim, DAY_MS);
    assert!(!sim.heard().contains("Went wrong"), "{}", sim.heard());
}
