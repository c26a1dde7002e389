//! Commands, pairing and callers who hold the line: what works beside the planner.

use super::sim::{Sim, calls, inbound, is_done, owner, text};
use crate::audit::Entry;
use crate::id::ConversationId;
use crate::message::Author;
use crate::store::{settings, turns};
use serde_json::json;

/// What is answered to a command that the owner types in the console.
fn console(sim: &mut Sim, words: &str) -> String {
    let mut typed = owner(words);
    typed.channel = "console".to_owned();
    typed.conversation = ConversationId::try_from("console:main").unwrap();
    let seq = sim.accept(&typed, false).unwrap().seq;
    sim.work().unwrap();
    let turn = sim.turn(seq);
    turn.messages[0].message.plain(turn.locale)
}

/// Opens a pairing and reads the code.
fn open_pairing(sim: &mut Sim) -> String {
    let answer = console(sim, "/pair generic");
    let (_, code) = answer.rsplit_once(": ").unwrap();
    code.trim().to_owned()
}

/// An account writes a text; whether it is the owner's now.
fn writes(sim: &mut Sim, account: &str, words: &str) -> bool {
    let delivery = format!("{account}{words}{}", sim.now.millis());
    sim.now = sim.now.plus_millis(1);
    sim.accept(
        &inbound(Author::Account(account.into()), words, &delivery),
        false,
    )
    .unwrap();
    sim.work().unwrap();
    settings::get(sim.store(), "owner:generic")
        .unwrap()
        .as_deref()
        == Some(account)
}

#[test]
fn how_the_agent_is_deployed_is_recorded_when_it_changes() {
    let mut sim = Sim::offline();
    let deployed = |sim: &Sim| {
        let entries = sim.records().into_iter().flat_map(|record| record.entries);
        let mut found = Vec::new();
        for entry in entries {
            if let Entry::Deployed { models, .. } = entry {
                found.push(models);
            }
        }
        found
    };
    for _ in 0..2 {
        sim.engine(|engine| engine.note_deployment().map(|()| engine.now))
            .unwrap()
            .unwrap();
    }
    assert_eq!(deployed(&sim), [Vec::<String>::new()]);
    sim.models(&["another"]);
    sim.engine(|engine| engine.note_deployment().map(|()| engine.now))
        .unwrap()
        .unwrap();
    assert_eq!(deployed(&sim).len(), 2);
    assert!(deployed(&sim)[1][0].ends_with(" another"));
}

#[test]
fn a_stopped_agent_does_nothing_until_it_is_resumed() {
    let mut sim = Sim::scripted(vec![calls(&[("notes_add", json!({"text": "a"}))])]);
    sim.say("/stop");
    let turn = sim.say("take a note");
    assert_eq!(turn.status, turns::Status::Cancelled);
    assert!(sim.prompts.is_empty() && turn.calls.is_empty());
    assert!(sim.heard().contains("/resume"));
    assert!(
        sim.say("/status").messages[0]
            .message
            .plain(turn.locale)
            .contains("stopped")
    );
    sim.say("/resume");
    let turn = sim.say("take a note now");
    assert!(is_done(&turn) && sim.is_at_rest());
    assert_eq!(turn.calls[0].decision, "allow");
}

#[test]
fn stop_reaches_a_turn_that_waits_for_its_model() {
    let mut sim = Sim::scripted(vec![calls(&[("notes_add", json!({"text": "a"}))])]);
    let first = sim.accept(&owner("take a note"), false).unwrap();
    // The turn is begun, its question to the model is in the outbox.
    let jobs = sim
        .engine(|engine| engine.begin(first.seq))
        .unwrap()
        .unwrap();
    assert_eq!(jobs.len(), 1);
    sim.say("/stop");
    assert_eq!(sim.turn(first.seq).status, turns::Status::Cancelled);
    assert!(sim.is_at_rest());
    let late = sim
        .engine(|engine| engine.prepare(&jobs[0]))
        .unwrap()
        .unwrap();
    assert!(late.is_none(), "the model would still be asked");
}

#[test]
fn cancel_is_about_this_conversation_only() {
    let mut sim = Sim::scripted(vec![]);
    let here = sim.accept(&owner("one"), false).unwrap();
    let mut other = owner("two");
    other.conversation = ConversationId::try_from("generic:other").unwrap();
    let there = sim.accept(&other, false).unwrap();
    for seq in [here.seq, there.seq] {
        sim.engine(|engine| engine.begin(seq)).unwrap().unwrap();
    }
    sim.accept(&owner("/cancel"), false).unwrap();
    assert_eq!(sim.turn(here.seq).ending, Some(turns::Status::Cancelled));
    assert_eq!(sim.turn(there.seq).status, turns::Status::Running);
    sim.work().unwrap();
    assert_eq!(sim.turn(here.seq).status, turns::Status::Cancelled);
    assert!(is_done(&sim.turn(there.seq)) && sim.is_at_rest());
}

#[test]
fn a_fresh_conversation_knows_nothing_of_the_old_one() {
    let mut sim = Sim::scripted(vec![calls(&[("notes_list", json!({}))]), text("Yes.")]);
    sim.say("remember the word xylophone");
    sim.say("/new");
    let turn = sim.say("which word?");
    assert!(!sim.prompts.last().unwrap().1.contains("xylophone"));
    assert!(is_done(&turn));
    let rows = sim.store().run("SELECT name FROM handles", &[]).unwrap();
    assert_eq!(rows.len(), 1, "old handles are left: {rows:?}");
}

#[test]
fn commands_work_in_both_languages_and_cost_no_prompt() {
    let mut sim = Sim::scripted(vec![]);
    for words in [
        "/help",
        "/aide",
        "/status",
        "/état",
        "/approvals",
        "/approbations",
        "/start",
    ] {
        assert!(is_done(&sim.say(words)), "{words}");
    }
    sim.say("/fuseau America/Montreal");
    let zone = settings::get(sim.store(), "zone").unwrap();
    assert_eq!(zone.as_deref(), Some("America/Montreal"));
    sim.say("/zone Mars/Base");
    assert_eq!(settings::get(sim.store(), "zone").unwrap(), zone);
    assert!(sim.prompts.is_empty() && sim.is_at_rest());
    assert!(sim.told().iter().all(|(text, _)| !text.is_empty()));
}

#[test]
fn the_right_code_pairs_an_account_once() {
    let mut sim = Sim::scripted(vec![]);
    assert!(!writes(&mut sim, "7", "hello"));
    let code = open_pairing(&mut sim);
    assert!(code.len() >= 10, "{code}");
    assert!(!writes(&mut sim, "7", "not a code"));
    assert!(writes(
        &mut sim,
        "7",
        &format!("/start {}", code.to_lowercase())
    ));
    assert!(sim.heard().contains("Paired."));
    // The code is used up, and the account is now the owner.
    assert!(!writes(&mut sim, "8", &code));
    assert!(writes(&mut sim, "7", "/stop"));
    assert!(settings::get(sim.store(), "stopped").unwrap().is_some());
}

#[test]
fn guessing_or_waiting_ends_a_pairing() {
    let mut sim = Sim::scripted(vec![]);
    let code = open_pairing(&mut sim);
    for n in 0..5 {
        let wrong = format!("{n}").repeat(code.len());
        assert!(!writes(&mut sim, "7", &wrong));
    }
    assert!(
        !writes(&mut sim, "7", &code),
        "the sixth try was still taken"
    );
    assert!(!writes(&mut sim, "7", &code));

    let mut sim = Sim::scripted(vec![]);
    let code = open_pairing(&mut sim);
    sim.now = sim.now.plus_millis(3_600_001);
    assert!(!writes(&mut sim, "7", &code), "the code outlived its hour");
}

#[test]
fn pairing_names_the_channels_there_are() {
    let mut sim = Sim::scripted(vec![]);
    for words in ["/pair", "/pair nothing", "/pair console"] {
        let answer = console(&mut sim, words);
        assert!(answer.ends_with(": generic."), "{answer}");
    }
    // Whoever holds the webhook's token must not become the owner elsewhere.
    sim.say("/pair generic");
    assert!(sim.heard().contains("from the console"), "{}", sim.heard());
    let open = settings::with_prefix(sim.store(), "pairing:").unwrap();
    assert!(open.is_empty());
}

#[test]
fn who_holds_the_line_is_answered_on_it() {
    let mut sim = Sim::scripted(vec![text("On the line.")]);
    let held = sim.accept(&owner("hello"), true).unwrap();
    sim.work().unwrap();
    let turn = sim
        .engine(|engine| engine.release(held.seq))
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(is_done(&turn));
    assert_eq!(turn.messages.len(), 1);
    assert!(sim.sent.is_empty(), "it was also pushed");
}

#[test]
fn who_hung_up_is_told_the_rest_and_nothing_twice() {
    let mut sim = Sim::scripted(vec![
        calls(&[
            ("reply", json!({"parts": ["First."]})),
            ("notes_list", json!({})),
        ]),
        text("Second."),
    ]);
    let held = sim.accept(&owner("hello"), true).unwrap();
    let jobs = sim
        .engine(|engine| engine.begin(held.seq))
        .unwrap()
        .unwrap();
    assert_eq!(jobs.len(), 1);
    let released = sim
        .engine(|engine| engine.release(held.seq))
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(released.messages.is_empty());
    sim.work().unwrap();
    assert_eq!(sim.heard(), "First.\n---\nSecond.");
}

#[test]
fn a_process_that_dies_on_the_line_pushes_what_was_said() {
    let mut sim = Sim::scripted(vec![
        calls(&[
            ("reply", json!({"parts": ["First."]})),
            ("notes_list", json!({})),
        ]),
        text("Second."),
    ]);
    sim.accept(&owner("hello"), true).unwrap();
    // Dies while the second prompt is out.
    sim.fuse = Some(11);
    assert!(sim.work().is_err());
    sim.restart();
    sim.work().unwrap();
    assert_eq!(sim.heard(), "First.\n---\nSecond.");
    assert!(sim.is_at_rest());
}
