//! What is old or beyond a limit goes, and exactly that; what is open stays and works.

use super::sim::{HOME, Sim, calls, inbound, is_done, owner, text};
use crate::agent::engine::compact::{
    APPROVAL_DAYS, CONVERSATION_DAYS, CONVERSATIONS_MAX, DELIVERIES_MAX, DELIVERY_DAYS,
    GREETINGS_MAX, GUEST_DAYS, GUEST_DELIVERIES_MAX, GUESTS_MAX, HANDLE_DAYS, HANDLES_MAX,
    TURN_DAYS, TURNS_MAX,
};
use crate::agent::engine::{Compacted, RUN_MAX};
use crate::audit::Entry;
use crate::id::TurnId;
use crate::label::{Label, Labeled};
use crate::message::Author;
use crate::store::turns::{self, Lane, TurnRow};
use crate::store::{Cell, conversations, facts, handles, sessions, settings, shown};
use crate::tool::Kind;
use crate::value::Value;
use serde_json::json;

const DAY_MS: i64 = 24 * 3_600_000;

impl Sim {
    fn compact(&mut self) -> Compacted {
        self.engine(|engine| engine.keep_in_bounds(RUN_MAX))
            .unwrap()
            .unwrap()
    }

    /// Runs until a run removes nothing more; every run is bounded.
    fn compact_all(&mut self) -> usize {
        for runs in 0..500 {
            let done = self.compact();
            assert!(
                done.turns <= 600 && done.handles <= 20 * 300 + 300,
                "{done:?}"
            );
            if done == Compacted::default() {
                return runs;
            }
        }
        panic!("this never comes to an end");
    }

    fn pass(&mut self, days: i64) {
        self.now = self.now.plus_millis(days * DAY_MS);
    }

    /// The first number that a statement finds.
    fn count(&self, statement: &str) -> i64 {
        match self.store().run(statement, &[]).unwrap()[0][0] {
            Cell::Int(number) => number,
            Cell::Null | Cell::Text(_) => panic!("{statement}"),
        }
    }

    /// A turn like another, with the number `seq` and what follows from it.
    fn copy_of(&self, of: &TurnRow, seq: i64) {
        let row = TurnRow {
            seq,
            id: TurnId::try_from(format!("t_{seq}_copy")).unwrap(),
            delivery: format!("generic:id:copy{seq}"),
            at: self.now,
            ..of.clone()
        };
        turns::insert(self.store(), &row).unwrap();
    }

    fn row(&self, seq: i64) -> TurnRow {
        turns::get(self.store(), seq).unwrap().unwrap()
    }

    /// Remembers deliveries whose turns had the numbers from `first` on.
    fn remember(&self, first: i64, many: i64, stranger: i64) {
        let cells = [many, first, first, self.now.millis(), stranger].map(Cell::from);
        let statement = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
            INSERT INTO delivered SELECT 'chat:id:' || (? + i), ? + i, 'id', ?, ? FROM n";
        self.store().run(statement, &cells).unwrap();
    }

    fn keep(&self, conversation: &str, name: &str) {
        let value = Labeled::new(Value::Text("x".into()), Label::worst());
        handles::put(self.store(), conversation, name, Kind::Text, &value).unwrap();
    }
}

fn seqs(sim: &Sim) -> Vec<i64> {
    let rows = sim
        .store()
        .run("SELECT seq FROM turns ORDER BY seq", &[])
        .unwrap();
    let number = |row: &Vec<Cell>| match row[0] {
        Cell::Int(number) => number,
        Cell::Null | Cell::Text(_) => panic!("no number"),
    };
    rows.iter().map(number).collect()
}

/// An agent with a question that waits, whose turn has a handle.
fn asked() -> Sim {
    let mut sim = Sim::scripted(vec![
        calls(&[("mail_list", json!({}))]),
        calls(&[(
            "mail_send",
            json!({"to": "ada@example.org", "subject": "Hi", "body": "Lunch?"}),
        )]),
        text("I asked you."),
    ]);
    let turn = sim.say("write to the one I met");
    assert_eq!(turn.status, turns::Status::Waiting);
    sim
}

#[test]
fn a_waiting_question_outlives_twenty_thousand_turns_and_works() {
    let mut sim = asked();
    let question = sim.waiting().remove(0);
    sim.say("/remember I am vegetarian");
    let done = sim.row(2);
    // A turn in the middle of which the process died is as open as one that waits.
    sim.copy_of(
        &TurnRow {
            status: turns::Status::Running,
            ..done.clone()
        },
        3,
    );
    let last = TURNS_MAX + 700;
    for seq in 4..=last {
        sim.copy_of(&done, seq);
    }
    assert!(sim.compact_all() >= 2, "all of it went in one run");
    let mut left = vec![1, 3];
    left.extend(last - TURNS_MAX + 1..=last);
    assert_eq!(seqs(&sim), left);
    assert_eq!(sim.count("SELECT count(*) FROM facts"), 1);
    let kept = handles::get(sim.store(), HOME, "$mail_1").unwrap();
    assert!(kept.is_some(), "the open turn lost its handle");
    sim.answer(&question.id, true, &question.call_hash).unwrap();
    assert!(sim.heard().contains("Done, as you approved: mail_send."));
    assert_eq!(sim.turn(1).status, turns::Status::Done);
    let mut removed = 0;
    for entry in sim.entries() {
        if let Entry::Compacted { turns, .. } = entry {
            removed += turns;
        }
    }
    assert_eq!(i64::try_from(removed).unwrap(), last - TURNS_MAX - 2);
}

#[test]
fn a_delivery_whose_turn_is_gone_is_still_a_repeat_for_a_while() {
    let mut sim = Sim::offline();
    let first = sim.accept(&owner("/status"), false).unwrap();
    sim.work().unwrap();
    sim.pass(TURN_DAYS - 1);
    sim.say("/help");
    sim.compact_all();
    assert_eq!(seqs(&sim), [1, 2], "it went too early");
    sim.pass(2);
    sim.compact_all();
    assert_eq!(seqs(&sim), [2]);
    let told = sim.told().len();
    let again = sim.accept(&owner("/status"), false).unwrap();
    assert_eq!(
        (again.seq, &again.id, again.fresh, again.control),
        (1, &first.id, false, false)
    );
    sim.work().unwrap();
    assert_eq!((sim.told().len(), seqs(&sim)), (told, vec![2]));
    // Nobody sends a message again after a quarter of a year.
    sim.pass(DELIVERY_DAYS + 1);
    sim.compact_all();
    assert_eq!(sim.count("SELECT count(*) FROM delivered"), 0);
    // The newest turn stays for its number: no id is given twice.
    sim.pass(TURN_DAYS);
    sim.compact_all();
    assert_eq!(seqs(&sim), [2]);
    assert_eq!(sim.accept(&owner("/status"), false).unwrap().seq, 3);
}

#[test]
fn strangers_messages_go_sooner_and_do_not_push_out_the_owners() {
    let mut sim = Sim::offline();
    sim.say("/status");
    let guest = inbound(Author::Guest("mallory".into()), "hello", "from mallory");
    sim.accept(&guest, false).unwrap();
    sim.work().unwrap();
    let row = sim.row(2);
    assert_eq!(row.lane, Lane::Guest);
    for seq in 3..GUESTS_MAX + 402 {
        sim.copy_of(&row, seq);
    }
    sim.compact_all();
    let left = seqs(&sim);
    assert_eq!(
        (left[0], left[1]),
        (1, 402),
        "the owner's turn went, or a wrong one"
    );
    assert_eq!(i64::try_from(left.len()).unwrap(), 1 + GUESTS_MAX);
    sim.pass(GUEST_DAYS + 1);
    sim.say("/help");
    sim.compact_all();
    assert_eq!(seqs(&sim), [1, GUESTS_MAX + 402]);
    assert!(!sim.accept(&guest, false).unwrap().fresh);
}

#[test]
fn numbers_that_strangers_take_up_do_not_count_against_the_owner() {
    let mut sim = Sim::offline();
    let mine = sim.accept(&owner("/status"), false).unwrap();
    sim.say("/help");
    let guest = inbound(Author::Guest("mallory".into()), "hello", "from mallory");
    sim.accept(&guest, false).unwrap();
    sim.work().unwrap();
    let far = 3 * (TURNS_MAX + DELIVERIES_MAX);
    sim.copy_of(&sim.row(3), far);
    sim.compact_all();
    assert_eq!(seqs(&sim), [1, 2, 3, far]);
    // What is left of turns is counted apart as well.
    sim.pass(TURN_DAYS + 1);
    sim.say("/rules");
    sim.compact_all();
    assert_eq!(seqs(&sim), [far + 1]);
    sim.remember(far + 200_000, GUEST_DELIVERIES_MAX + 405, 1);
    sim.compact_all();
    let remembered = |sim: &Sim, stranger: i64| {
        sim.count(&format!(
            "SELECT count(*) FROM delivered WHERE stranger = {stranger}"
        ))
    };
    assert_eq!(remembered(&sim, 1), GUEST_DELIVERIES_MAX);
    assert!(!sim.accept(&owner("/status"), false).unwrap().fresh);
    assert_eq!(sim.accept(&owner("/status"), false).unwrap().id, mine.id);
    sim.remember(far + 100_000, DELIVERIES_MAX, 0);
    sim.compact_all();
    assert_eq!(remembered(&sim, 0), DELIVERIES_MAX);
    assert_eq!(remembered(&sim, 1), GUEST_DELIVERIES_MAX);
    assert!(sim.accept(&owner("/status"), false).unwrap().fresh);
}

#[test]
fn a_conversation_keeps_its_newest_handles_and_those_its_planner_has() {
    let mut sim = Sim::scripted(vec![calls(&[("mail_list", json!({}))]), text("Here.")]);
    assert!(is_done(&sim.say("what is new?")));
    let view = conversations::get(sim.store(), HOME).unwrap().unwrap();
    assert!(view.contains("$mail_1") && !view.contains("$mail_10"));
    for n in 10..10 + HANDLES_MAX + 19 {
        sim.keep(HOME, &format!("$mail_{n}"));
    }
    sim.keep("generic:other", "$mail_10");
    assert_eq!(sim.compact().handles, 19);
    let left = |n: i64| {
        let name = format!("$mail_{n}");
        handles::kind(sim.store(), HOME, &name).unwrap().is_some()
    };
    let gone: Vec<i64> = (1..600)
        .filter(|n| !left(*n) && *n >= 10 && *n < 529)
        .collect();
    assert_eq!(gone, (10..29).collect::<Vec<_>>());
    assert!(left(1), "the planner would name what is gone");
    assert_eq!(sim.compact(), Compacted::default());
    // Old ones go as well, but not while something is open there.
    sim.pass(HANDLE_DAYS + 1);
    sim.accept(&owner("and now?"), false).unwrap();
    let open = sim.compact();
    assert_eq!(open.handles, 1, "of the other conversation");
    sim.work().unwrap();
    sim.compact_all();
    let names = format!("SELECT count(*) FROM handles WHERE conversation = '{HOME}'");
    let kept = sim.count(&names);
    assert!((1..=3).contains(&kept), "{kept}");
    assert!(
        handles::kind(sim.store(), HOME, "$mail_1")
            .unwrap()
            .is_some()
    );
}

#[test]
fn idle_conversations_are_forgotten_whole() {
    let mut sim = asked();
    let store = sim.store();
    for n in 0..CONVERSATIONS_MAX {
        // Later ones are newer: the turn that tells the time is.
        sim.copy_of(
            &TurnRow {
                status: turns::Status::Done,
                ..sim.row(1)
            },
            2 + n,
        );
        let later = "UPDATE turns SET at = at + ? WHERE seq = ?";
        store
            .run(later, &[Cell::from(n * 1000), Cell::from(2 + n)])
            .unwrap();
        conversations::put(store, &format!("generic:{n}"), "{}").unwrap();
        sim.keep(&format!("generic:{n}"), "$mail_1");
        shown::put(store, &format!("generic:{n}"), "m", &["$mail_1".into()]).unwrap();
    }
    conversations::put(store, "generic:one more", "{}").unwrap();
    conversations::put(store, HOME, "{}").unwrap();
    store
        .run(
            "UPDATE conversations SET touched = 1 WHERE id = ?",
            &[Cell::from(HOME)],
        )
        .unwrap();
    // What was used last stays, and so does what has a question waiting, however old it is.
    assert_eq!(sim.compact_all(), 1);
    let is_there = |id: &str| conversations::get(sim.store(), id).unwrap().is_some();
    assert!(is_there(HOME) && !is_there("generic:0"));
    assert!(is_there("generic:1") && is_there("generic:one more"));
    let shows = |id: &str| shown::get(sim.store(), id, "m").unwrap().len();
    assert_eq!((shows("generic:0"), shows("generic:1")), (0, 1));
    assert_eq!(
        handles::kind(sim.store(), "generic:0", "$mail_1").unwrap(),
        None
    );
    sim.pass(CONVERSATION_DAYS + 1);
    sim.compact_all();
    assert_eq!(sim.count("SELECT count(*) FROM conversations"), 1);
    assert_eq!(sim.count("SELECT count(*) FROM shown"), 0);
    let others = format!("SELECT count(*) FROM handles WHERE conversation <> '{HOME}'");
    assert_eq!(sim.count(&others), 0);
}

#[test]
fn answered_questions_sessions_and_greetings_go_and_waiting_ones_do_not() {
    let mut sim = asked();
    let question = sim.waiting().remove(0);
    sim.answer(&question.id, false, &question.call_hash)
        .unwrap();
    sim.script = Box::new(|turn, _| {
        let call = ("mail_send", json!({"to": "eve@example.net", "body": "x"}));
        Ok(if turn.steps == 0 {
            calls(&[call])
        } else {
            text("ok")
        })
    });
    sim.say("write to the other one");
    for n in 0..GREETINGS_MAX + 5 {
        settings::set(sim.store(), &format!("greeted:chat:{n}"), &n.to_string()).unwrap();
    }
    sessions::open(sim.store(), "old", sim.now.plus_millis(1_000)).unwrap();
    sessions::open(sim.store(), "new", sim.now.plus_millis(200 * DAY_MS)).unwrap();
    sim.compact_all();
    let questions = "SELECT count(*) FROM approvals";
    assert_eq!(
        (
            sim.count(questions),
            sim.count("SELECT count(*) FROM sessions")
        ),
        (2, 2)
    );
    let greeted = |n: i64| settings::get(sim.store(), &format!("greeted:chat:{n}")).unwrap();
    assert_eq!((greeted(4), greeted(5).as_deref()), (None, Some("5")));
    sim.pass(APPROVAL_DAYS + 2);
    sim.compact_all();
    assert_eq!(
        (
            sim.count(questions),
            sim.count("SELECT count(*) FROM sessions")
        ),
        (1, 1)
    );
    assert_eq!(sim.waiting().len(), 1);
}

#[test]
fn what_the_owner_made_stays_for_ever() {
    let mut sim = Sim::offline();
    sim.say("/remember I am vegetarian");
    sim.say("/note the blue folder is in the attic");
    sim.say("/remind tomorrow at 9:00 call Priya");
    assert_eq!(sim.timers().len(), 1);
    let rule = sim
        .store()
        .run("INSERT INTO standing (used, rule) VALUES (0, '{}')", &[]);
    rule.unwrap();
    sim.pass(2 * TURN_DAYS);
    sim.copy_of(&sim.row(1), 50);
    sim.compact_all();
    assert_eq!(seqs(&sim), [50]);
    assert_eq!(sim.timers().len(), 1);
    assert_eq!(facts::all(sim.store()).unwrap().len(), 1);
    assert_eq!(sim.count("SELECT count(*) FROM standing"), 1);
    assert_eq!(
        sim.count("SELECT count(*) FROM documents WHERE connector = 'notes'"),
        1
    );
    // The reminder is late, and is told once.
    sim.work().unwrap();
    assert_eq!(
        sim.heard().matches("call Priya").count(),
        2,
        "{}",
        sim.heard()
    );
    sim.say("/memory");
    assert!(sim.heard().contains("Kept besides: "), "{}", sim.heard());
}

/// Years of use, at the pace of the watchdog. Turns are copies of real ones with what they leave.
#[test]
fn the_database_stops_growing() {
    let mut sim = Sim::scripted(vec![calls(&[("mail_list", json!({}))]), text("Here.")]);
    sim.say("what is new?");
    let row = sim.row(1);
    let view = conversations::get(sim.store(), HOME).unwrap().unwrap();
    let mut sizes = Vec::new();
    for seq in 2..50_000 {
        // Fifty a day.
        sim.now = sim.now.plus_millis(DAY_MS / 50);
        sim.copy_of(&row, seq);
        let id = format!("generic:{}", seq % 1_700);
        sim.keep(&id, &format!("$mail_{seq}"));
        conversations::put(sim.store(), &id, &view).unwrap();
        shown::put(sim.store(), &id, &format!("m{seq}"), &["$mail_1".into()]).unwrap();
        if seq % 19 == 0 {
            sim.compact();
        }
        if seq % 5_000 == 0 {
            let pages = sim.count("PRAGMA page_count") - sim.count("PRAGMA freelist_count");
            sizes.push(pages * sim.count("PRAGMA page_size") / 1024);
        }
    }
    assert!(sim.count("SELECT count(*) FROM turns") <= TURNS_MAX + 19);
    assert!(sim.count("SELECT count(*) FROM conversations") <= CONVERSATIONS_MAX + 19);
    let (middle, end) = (sizes[4], *sizes.last().unwrap());
    // What still comes is the short rows of deliveries.
    assert!(end < middle + middle / 20, "{sizes:?} KiB");
}
