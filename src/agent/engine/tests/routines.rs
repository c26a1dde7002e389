//! Routines: told when there is something, silent when there is nothing, and nobody's but the
//! owner's to make, change or end.

use super::sim::{HOME, Sim, calls, text};
use crate::store::wake::next as next_wake;
use crate::store::{Cell, settings, timers};
use crate::time::Timestamp;
use serde_json::json;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The mailbox is in use, and what the owner wrote is said.
pub fn used(words: &[&str]) -> Sim {
    let mut sim = Sim::offline();
    sim.say("/inbox");
    for words in words {
        sim.say(words);
    }
    sim.sent.clear();
    sim
}

/// Three mails of the demo account came 25, 95 and 160 minutes before its first use, so moving that
/// lets them come later.
fn mail_came(sim: &Sim, first_use: Timestamp) {
    let moved = sim.store().run(
        "UPDATE documents SET body = json_set(body, '$.first_use', ?) \
         WHERE connector = 'demo' AND json_extract(body, '$.first_use') IS NOT NULL RETURNING id",
        &[Cell::from(first_use.millis())],
    );
    assert_eq!(moved.unwrap().len(), 1);
}

/// Lets time pass until an instant, from alarm to alarm.
pub fn until(sim: &mut Sim, end: Timestamp) {
    while let Some(due) = next_wake(sim.store()).unwrap().filter(|due| *due <= end) {
        sim.now = due.max(sim.now);
        sim.work().unwrap();
    }
    sim.now = end;
    sim.work().unwrap();
}

/// Lets so much time pass.
pub fn pass(sim: &mut Sim, ms: i64) {
    let end = sim.now.plus_millis(ms);
    until(sim, end);
}

pub fn at(text: &str) -> Timestamp {
    Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

/// A routine that a planner makes with these arguments, on the owner's words.
fn watching(words: &str, args: serde_json::Value) -> Sim {
    let mut sim = used(&[]);
    sim.models(&["scripted"]);
    sim.script = Box::new(move |turn, _| {
        Ok(match turn.steps {
            0 => calls(&[("tell_when", args.clone())]),
            _ => text("I will."),
        })
    });
    let turn = sim.say(words);
    assert_eq!(turn.calls[0].decision, "allow", "{:?}", turn.calls);
    sim.sent.clear();
    sim.prompts.clear();
    sim
}

fn rows(sim: &Sim) -> i64 {
    let tables = [
        "turns",
        "effects",
        "documents",
        "handles",
        "conversations",
        "timers",
        "shown",
        "approvals",
    ];
    let count = |table: &&str| {
        let found = sim
            .store()
            .run(&format!("SELECT count(*) FROM {table}"), &[])
            .unwrap();
        let [row] = found.as_slice() else { panic!() };
        let [Cell::Int(count)] = row.as_slice() else {
            panic!()
        };
        *count
    };
    tables.iter().map(count).sum()
}

pub fn told(sim: &Sim) -> Vec<String> {
    sim.told().into_iter().map(|(text, _)| text).collect()
}

#[test]
fn new_mail_from_somebody_is_told_once_with_what_it_is() {
    let mut sim = used(&["tell me when Nadia writes"]);
    pass(&mut sim, 2 * HOUR_MS);
    assert!(told(&sim).is_empty(), "{}", sim.heard());
    mail_came(&sim, sim.now);
    pass(&mut sim, 3 * HOUR_MS);
    let all = told(&sim);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(
        all[0].starts_with("You asked to be told of: new mail from Nadia."),
        "{}",
        all[0]
    );
    assert!(all[0].contains("— from mail, not verified"), "{}", all[0]);
    assert!(sim.prompts.is_empty() && sim.is_at_rest());
    sim.say("/routines");
    assert!(sim.heard().contains("told: 1"), "{}", sim.heard());
}

#[test]
fn a_look_that_finds_nothing_writes_a_timer_and_a_line_of_the_log_and_nothing_else() {
    let mut sim = used(&[
        "tell me when Nadia writes",
        "tell me 15 minutes before every meeting",
    ]);
    sim.models(&["scripted"]);
    // The meeting of this morning is over, and it was told of.
    pass(&mut sim, 90 * MINUTE_MS);
    assert_eq!(told(&sim).len(), 1, "{}", sim.heard());
    sim.sent.clear();
    let (before, records, fired) = (rows(&sim), sim.records().len(), sim.now);
    let turns = sim.store().run("SELECT max(seq) FROM turns", &[]).unwrap();
    pass(&mut sim, 10 * HOUR_MS);
    assert!(sim.now > fired);
    assert_eq!(rows(&sim), before);
    assert_eq!(
        sim.store().run("SELECT max(seq) FROM turns", &[]).unwrap(),
        turns
    );
    // Sixty looks at the mail and twice as many at the calendar, a record each.
    assert_eq!(sim.records().len() - records, 180);
    assert!(sim.prompts.is_empty() && told(&sim).is_empty());
}

#[test]
fn after_it_told_something_it_is_silent_for_a_while_and_ends_when_it_told_enough() {
    let args = json!({"mail_from": "example", "cool_minutes": 60, "times": 2});
    let mut sim = watching("tell me when example writes", args);
    let made = sim.now;
    pass(&mut sim, 20 * MINUTE_MS);
    mail_came(&sim, made.plus_millis(30 * MINUTE_MS));
    pass(&mut sim, 10 * MINUTE_MS);
    let first = told(&sim);
    assert_eq!(first.len(), 1);
    assert!(first[0].contains("Harbour launch"), "{first:?}");
    let fired = sim.now;
    // Two more come at once, and wait until it may speak again.
    mail_came(&sim, made.plus_millis(120 * MINUTE_MS));
    until(&mut sim, fired.plus_millis(59 * MINUTE_MS));
    assert_eq!(told(&sim).len(), 1, "{}", sim.heard());
    pass(&mut sim, 11 * MINUTE_MS);
    let second = told(&sim);
    assert_eq!(second.len(), 2);
    assert!(second[1].contains("This was the last time."), "{second:?}");
    assert!(second[1].contains("Mailbox migration") && second[1].contains("parents-professeurs"));
    assert!(
        !second[1].contains("Harbour launch"),
        "told twice: {second:?}"
    );
    mail_came(&sim, made.plus_millis(400 * MINUTE_MS));
    pass(&mut sim, DAY_MS);
    assert_eq!(told(&sim).len(), 2);
    assert!(sim.timers().is_empty() && sim.prompts.is_empty());
}

#[test]
fn it_ends_on_its_last_day_without_a_word() {
    let args = json!({"mail_from": "example", "until": "2026-11-24"});
    let mut sim = watching("tell me when example writes", args);
    until(&mut sim, at("2026-11-24T22:59:00Z"));
    assert_eq!(sim.timers().len(), 1);
    pass(&mut sim, HOUR_MS);
    assert!(sim.timers().is_empty());
    mail_came(&sim, sim.now);
    pass(&mut sim, DAY_MS);
    assert!(told(&sim).is_empty());
}

#[test]
fn an_event_that_begins_soon_is_told_once_also_in_quiet_hours() {
    let mut sim = used(&[
        "/quiet 22:00-7:00",
        "tell me 30 minutes before every meeting",
    ]);
    sim.say("add night train tomorrow at 06:20");
    sim.sent.clear();
    until(&mut sim, at("2026-11-24T04:49:00Z"));
    let before = told(&sim)
        .into_iter()
        .filter(|text| text.contains("night train"));
    assert_eq!(before.count(), 0, "{}", sim.heard());
    until(&mut sim, at("2026-11-24T08:00:00Z"));
    let soon: Vec<String> = told(&sim)
        .into_iter()
        .filter(|text| text.contains("night train"))
        .collect();
    assert_eq!(soon.len(), 1, "{}", sim.heard());
}

#[test]
fn quiet_hours_hold_back_what_can_wait_and_no_reminder() {
    let mut sim = used(&[
        "tell me when Nadia writes",
        "/quiet 22:00-7:00",
        "remind me at 23:30 to sleep",
    ]);
    sim.sent.clear();
    until(&mut sim, at("2026-11-23T21:05:00Z"));
    mail_came(&sim, sim.now);
    until(&mut sim, at("2026-11-24T05:59:00Z"));
    assert_eq!(told(&sim), ["Reminder: sleep"]);
    assert_eq!(
        next_wake(sim.store()).unwrap(),
        Some(at("2026-11-24T06:00:00Z"))
    );
    until(&mut sim, at("2026-11-24T06:00:00Z"));
    assert_eq!(told(&sim).len(), 2, "{}", sim.heard());
    assert!(told(&sim)[1].contains("Harbour launch"));
    sim.say("/quiet off");
    assert_eq!(settings::get(sim.store(), "quiet").unwrap(), None);
}

#[test]
fn a_follow_up_reminds_only_of_an_answer_that_did_not_come() {
    let nobody = "remind me if priya.shah@example.org doesn't answer within 3 days";
    let somebody = "remind me if nadia.benali@example.com doesn't answer within 3 days";
    let forged = "remind me if it-desk@example.net doesn't answer within 3 days";
    let mut sim = used(&[nobody, somebody, forged]);
    assert_eq!(sim.timers().len(), 3, "{}", sim.heard());
    sim.sent.clear();
    pass(&mut sim, DAY_MS);
    // Both mails come; nobody vouches for the sender of one of them.
    mail_came(&sim, sim.now);
    pass(&mut sim, 3 * DAY_MS);
    let mut all = told(&sim);
    all.sort();
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(
        all[0].contains("no answer from it-desk@example.net yet"),
        "{all:?}"
    );
    assert!(
        all[1].contains("no answer from priya.shah@example.org yet"),
        "{all:?}"
    );
    assert!(sim.timers().is_empty() && sim.prompts.is_empty());
}

#[test]
fn what_strangers_wrote_makes_no_routine_unasked() {
    for (tool, args) in [
        ("tell_when", json!({"mail_from": "$mail_1[1].sender"})),
        ("tell_when", json!({"mail_about": "$mail_1[1].subject"})),
        (
            "follow_up",
            json!({"address": "$mail_1[1].sender", "days": 3}),
        ),
        ("tell_when", json!({"mail_from": "mallory@example.net"})),
        (
            "follow_up",
            json!({"address": "mallory@example.net", "days": 3}),
        ),
    ] {
        let call = calls(&[(tool, args.clone())]);
        let mut sim = Sim::scripted(vec![
            calls(&[("mail_list", json!({"limit": 3}))]),
            call,
            text("Yes."),
        ]);
        sim.say("read my mail and do what it says");
        assert!(sim.timers().is_empty(), "{tool} {args}");
        assert_eq!(sim.waiting().len(), 1, "{tool} {args}");
        // A no leaves none.
        let asked = sim.waiting()[0].clone();
        sim.answer(&asked.id, false, &asked.call_hash).unwrap();
        assert!(sim.timers().is_empty());
    }
}

#[test]
fn what_strangers_write_changes_and_silences_no_routine() {
    let mut sim = used(&[
        "tell me when Nadia writes",
        "/digest 8:00",
        "/quiet 22:00-7:00",
    ]);
    let before = (
        sim.timers(),
        sim.store()
            .run("SELECT * FROM documents WHERE connector = 'routines'", &[])
            .unwrap(),
    );
    for words in [
        "/routine off 1",
        "/digest off",
        "/quiet off",
        "/quiet 0:00-23:59",
        "/digest 3:00",
        "/snooze 10",
    ] {
        let guest = crate::message::Author::Guest("mallory".into());
        sim.accept(&super::sim::inbound(guest, words, words), false)
            .unwrap();
        sim.work().unwrap();
    }
    let after = (
        sim.timers(),
        sim.store()
            .run("SELECT * FROM documents WHERE connector = 'routines'", &[])
            .unwrap(),
    );
    assert_eq!(after, before);
    assert_eq!(
        settings::get(sim.store(), "quiet").unwrap().as_deref(),
        Some("22:00-07:00")
    );
    // Mails that say so are told of like any other, as what they are.
    mail_came(&sim, sim.now.plus_millis(30 * MINUTE_MS));
    sim.sent.clear();
    pass(&mut sim, HOUR_MS);
    assert_eq!(told(&sim).len(), 1, "{}", sim.heard());
    assert_eq!(sim.timers().len(), 2);
}

#[test]
fn what_a_routine_tells_reaches_no_planner() {
    let prompt_after = |comes: bool| {
        let mut sim = used(&["tell me when example writes", "/digest 8:00"]);
        if comes {
            mail_came(&sim, sim.now.plus_millis(3 * HOUR_MS));
        }
        pass(&mut sim, 2 * DAY_MS);
        assert_eq!(
            sim.heard().contains("Mailbox migration tonight"),
            comes || sim.heard().contains("Your day")
        );
        assert_eq!(sim.heard().contains("new mail from example"), comes);
        sim.models(&["scripted"]);
        sim.say("what did you tell me?");
        assert_eq!(sim.prompts.len(), 1);
        sim.prompts.remove(0)
    };
    assert_eq!(prompt_after(true), prompt_after(false));
}

#[test]
fn a_routine_whose_channel_refuses_is_told_in_the_console() {
    let mut sim = used(&["tell me when Nadia writes"]);
    sim.server = |_| Ok(403);
    mail_came(&sim, sim.now.plus_millis(30 * MINUTE_MS));
    pass(&mut sim, HOUR_MS);
    let rows = crate::store::turns::latest_of_console(sim.store(), 5).unwrap();
    assert_eq!(rows.len(), 1);
    let said = &sim.turn(rows[0].seq).messages[0].message;
    let said = said.plain(crate::message::Locale::En);
    assert!(
        said.starts_with("generic could not take this:") && said.contains("Harbour"),
        "{said}"
    );
}

#[test]
fn the_owner_ends_a_routine_by_its_number_and_mistakes_are_said() {
    let mut sim = used(&["tell me when Nadia writes", "tell me when Tom writes"]);
    for (words, heard) in [
        ("/routine off 1", "I no longer look."),
        ("/routine off 7", "There is no such routine."),
        ("/routine", "There is no such routine."),
        ("/digest", "Give a time"),
        ("/digest 25:00", "Give a time"),
        ("/quiet 22:00", "Give two times"),
        ("/quiet 9:00-9:00", "Give two times"),
    ] {
        sim.sent.clear();
        sim.say(words);
        assert!(sim.heard().contains(heard), "{words}: {}", sim.heard());
    }
    sim.sent.clear();
    sim.say("/routines");
    assert!(
        sim.heard().contains("2. new mail from Tom") && !sim.heard().contains("Nadia"),
        "{}",
        sim.heard()
    );
    assert_eq!(sim.timers().len(), 1);
}

#[test]
fn a_look_that_needs_a_service_ends_when_the_service_does_not_answer() {
    use crate::agent::effect::{Body, Job, Outcome, SendError};
    use crate::agent::turn::{Cause, Turn};
    use crate::http::{Method, Request};
    use crate::store::{effects, turns};
    let mut sim = used(&["tell me when Nadia writes"]);
    let timer = timers::due(sim.store(), sim.now.plus_millis(DAY_MS), 1)
        .unwrap()
        .remove(0);
    let request = Request {
        method: Method::Get,
        url: "https://mail.example.org/".to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    // As the engine leaves it when a connector asks for a request.
    let seq = turns::next_seq(sim.store()).unwrap();
    let cause = Cause::Check {
        connector: timer.connector.clone(),
        document: timer.document.clone(),
    };
    let id = crate::id::IdSource::new([9; 32]).turn(seq);
    let conversation = crate::id::ConversationId::try_from(HOME).unwrap();
    let mut turn = Turn::new(seq, id, "generic", conversation, cause);
    let call = crate::tool::ToolCall {
        id: "look".into(),
        tool: "mail_list".into(),
        args: json!({}),
    };
    let record = turn.look(call);
    turn.open_effects = 1;
    turn.settle();
    let body = Body::Request {
        record,
        request,
        stage: json!(null),
    };
    effects::insert(sim.store(), seq, 0, &serde_json::to_string(&body).unwrap()).unwrap();
    sim.engine(|engine| engine.insert(&turn, "check:1"))
        .unwrap()
        .unwrap();
    let job = Job {
        turn: seq,
        n: 0,
        tells: false,
        wait_ms: 0,
    };
    let answer = Outcome::Response(Err(SendError::NoAnswer));
    let jobs = sim
        .engine(|engine| engine.complete(&job, answer))
        .unwrap()
        .unwrap();
    assert!(jobs.is_empty());
    let turn = sim.turn(seq);
    assert_eq!(turn.status, turns::Status::Done);
    assert!(turn.messages.is_empty() && sim.is_at_rest());
    assert_eq!(sim.timers().len(), 1);
}
