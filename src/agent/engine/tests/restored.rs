//! After a restore nothing is done a second time that the other deployment may have done.

use super::sim::{HOME, Sim, calls, is_done, text};
use crate::agent::effect::Body;
use crate::agent::turn::{Progress, Turn};
use crate::approval;
use crate::http::Request;
use crate::id::TimerId;
use crate::store::failures::{self, Failure};
use crate::store::timers::{self, Timer};
use crate::store::turns::{self, Status};
use crate::store::{Cell, StoreError, approvals, effects};
use serde_json::json;

const LIST: usize = 0;
const SEND: usize = 1;

impl Sim {
    fn end_restored(&mut self) -> usize {
        let ended = self.engine(|engine| {
            let ended = engine.end_restored()?;
            Ok::<usize, StoreError>(ended)
        });
        ended.unwrap().unwrap()
    }

    fn write(&self, turn: &Turn) {
        let state = serde_json::to_string(turn).unwrap();
        turns::update(self.store(), turn.seq, turn.status, turn.lane(), &state).unwrap();
    }

    /// Puts a request of a call into the outbox, begun or not.
    fn request(&self, turn: &mut Turn, record: usize, status: effects::Status) {
        let body = Body::Request {
            record,
            request: Request::post_json("https://desk.example.org/".into(), &json!({})),
            stage: json!(null),
        };
        let body = serde_json::to_string(&body).unwrap();
        effects::insert(self.store(), turn.seq, turn.next_effect, &body).unwrap();
        if status == effects::Status::Begun {
            effects::begin(self.store(), turn.seq, turn.next_effect, status).unwrap();
        }
        turn.next_effect += 1;
        turn.open_effects += 1;
    }

    fn failed(&self) -> Vec<(Failure, String)> {
        let rows = failures::latest(self.store(), 100).unwrap();
        rows.into_iter()
            .map(|row| (row.failure, row.about))
            .collect()
    }

    /// That the sending was not done, will not be, and that the owner knows.
    fn is_told_unknown(&mut self) {
        self.work().unwrap();
        self.now = self.now.plus_millis(3_600_000);
        self.work().unwrap();
        let turn = self.turn(1);
        assert_eq!(turn.calls[SEND].status, Progress::Failed);
        assert!(self.is_at_rest() && is_done(&turn), "{:?}", turn.status);
        let heard = self.heard();
        assert!(!heard.contains("Done, as you approved"), "{heard}");
        let unknown = "I do not know whether this happened";
        assert_eq!(heard.matches(unknown).count(), 1, "{heard}");
        let failed = self.failed();
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert!(failed[0].0 == Failure::Unknown && failed[0].1.contains("ada@example.org"));
    }
}

/// An agent with a question that waits.
fn asked() -> Sim {
    let mut sim = Sim::scripted(vec![
        calls(&[("mail_list", json!({}))]),
        calls(&[(
            "mail_send",
            json!({"to": "ada@example.org", "subject": "Hi", "body": "Lunch?"}),
        )]),
        text("I asked you."),
    ]);
    assert_eq!(sim.say("write to Ada").status, Status::Waiting);
    sim
}

/// The same after a yes of which nothing has come yet.
fn approved(progress: Progress) -> (Sim, Turn) {
    let sim = asked();
    let id = sim.waiting().remove(0).id;
    assert!(approvals::answer(sim.store(), &id, approval::Status::Approved).unwrap());
    let mut turn = sim.turn(1);
    turn.calls[SEND].status = progress;
    turn.calls[SEND].approved = true;
    (sim, turn)
}

/// The same while the owner can still call it off.
fn held() -> Sim {
    let (sim, mut turn) = approved(Progress::Held);
    let due = sim.now.plus_millis(10_000);
    turn.calls[SEND].held_until = Some(due);
    sim.write(&turn);
    let timer = Timer {
        id: TimerId::try_from("held_1_1".to_owned()).unwrap(),
        due,
        connector: "held".into(),
        document: "1:1".into(),
    };
    timers::set(sim.store(), &timer).unwrap();
    sim
}

#[test]
fn a_held_call_is_not_let_go_again() {
    // After a kill it is.
    let mut killed = held();
    killed.now = killed.now.plus_millis(10_000);
    killed.work().unwrap();
    assert!(killed.heard().contains("Done, as you approved: mail_send."));
    let mut sim = held();
    assert_eq!(sim.end_restored(), 1);
    assert_eq!(sim.timers(), []);
    sim.is_told_unknown();
    assert_eq!(sim.end_restored(), 0);
}

#[test]
fn a_request_of_a_call_is_gone_whatever_step_it_was_at() {
    for status in [effects::Status::Pending, effects::Status::Begun] {
        let (mut sim, mut turn) = approved(Progress::Pending);
        sim.request(&mut turn, SEND, status);
        turn.status = Status::Running;
        sim.write(&turn);
        assert_eq!(sim.end_restored(), 1);
        let rows = effects::of_turn(sim.store(), 1).unwrap();
        assert!(rows.iter().all(|row| row.body.starts_with("{\"tell\"")));
        sim.is_told_unknown();
    }
}

#[test]
fn an_approved_call_that_waits_for_a_read_does_not_follow_it() {
    let (mut sim, mut turn) = approved(Progress::Deferred);
    turn.calls[LIST].status = Progress::Pending;
    sim.request(&mut turn, LIST, effects::Status::Pending);
    turn.status = Status::Running;
    // Whoever held the line to the other deployment is not there.
    turn.held = true;
    sim.write(&turn);
    assert_eq!(sim.end_restored(), 1);
    // The read begins anew, as after any kill.
    let rows = effects::of_turn(sim.store(), 1).unwrap();
    let reads = rows
        .iter()
        .filter(|row| row.body.contains("desk.example.org"));
    assert_eq!(reads.count(), 1);
    let turn = sim.turn(1);
    assert_eq!(turn.calls[SEND].status, Progress::Failed);
    assert!(!turn.held);
    let told = rows.iter().filter(|row| row.body.starts_with("{\"tell\""));
    assert_eq!(told.count(), turn.messages.len());
    assert_eq!(sim.failed().len(), 1);
}

#[test]
fn a_question_waits_on_and_its_yes_works() {
    let mut sim = asked();
    let before = sim.turn(1);
    assert_eq!(sim.end_restored(), 0);
    assert_eq!(sim.turn(1), before);
    let question = sim.waiting().remove(0);
    sim.answer(&question.id, true, &question.call_hash).unwrap();
    assert!(sim.heard().contains("Done, as you approved: mail_send."));
}

#[test]
fn what_was_called_off_is_not_told_of_again() {
    let (mut sim, mut turn) = approved(Progress::Pending);
    turn.ending = Some(Status::Cancelled);
    turn.status = Status::Running;
    sim.write(&turn);
    assert_eq!(sim.end_restored(), 0);
    assert_eq!(sim.failed(), []);
}

#[test]
fn a_turn_that_cannot_be_read_is_given_up_and_the_others_go_on() {
    let mut sim = held();
    let row = turns::get(sim.store(), 1).unwrap().unwrap();
    turns::update(sim.store(), 1, row.status, row.lane, "{").unwrap();
    sim.say("/help");
    assert_eq!(sim.end_restored(), 0);
    let row = turns::get(sim.store(), 1).unwrap().unwrap();
    assert_eq!(row.status, Status::Failed);
    assert_eq!(sim.failed(), [(Failure::GivenUp, HOME.to_owned())]);
    let left = "SELECT count(*) FROM effects";
    assert_eq!(sim.store().run(left, &[]).unwrap(), [[Cell::Int(0)]]);
}
