//! One process of the agent: what it has in memory, and a database that outlives it.
//!
//! It does what the executor of the Worker does, one small step at a time and in any order that
//! could come up there. It can die at every statement and between any two steps.

use crate::outside::{Met, Outside};
use crate::rng::Rng;
use sclerite::agent::effect::{Job, Outcome, Prepared, SendError};
use sclerite::agent::engine::{Config, Engine};
use sclerite::agent::turn::Turn;
use sclerite::channels::{self, Receipt};
use sclerite::egress::{self, Vault};
use sclerite::http::Request;
use sclerite::models::{ModelCall, ModelReply, ModelSettings};
use sclerite::policy::Permit;
use sclerite::store::memory::Memory;
use sclerite::store::turns;
use sclerite::store::{Cell as Value, Row, Sql, Store, StoreError, migrations, settings};
use sclerite::time::Timestamp;
use serde_json::Value as Json;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// The process is gone.
#[derive(Debug)]
pub struct Killed;

/// A database whose process can die at a statement. What was not committed is gone then.
struct Mortal {
    memory: Memory,
    left: Cell<Option<u32>>,
    dead: Cell<bool>,
}

impl Sql for Mortal {
    fn run(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        match self.left.get() {
            Some(0) => self.dead.set(true),
            Some(n) => self.left.set(Some(n - 1)),
            None => {}
        }
        if self.dead.get() {
            return Err(StoreError::Refused("the process is gone".to_owned()));
        }
        self.memory.run(statement, parameters)
    }

    fn atomically(
        &self,
        work: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.memory.atomically(work)
    }
}

struct Bindings(BTreeMap<String, String>);

impl Vault for Bindings {
    fn read(&self, binding: &str) -> Option<String> {
        self.0.get(binding).cloned()
    }
}

/// Something that is under way.
enum Flight {
    /// To be prepared and sent.
    Job(Job),
    /// Its outcome is there and not taken in yet.
    Outcome(Job, Outcome),
}

impl Flight {
    fn job(&self) -> &Job {
        match self {
            Self::Job(job) | Self::Outcome(job, _) => job,
        }
    }
}

pub struct Process {
    sql: Mortal,
    vault: Bindings,
    config: Config,
    pub now: Timestamp,
    flights: Vec<Flight>,
    counted: BTreeSet<i64>,
    pub outside: Outside,
    /// Whether this process has fired what was due once.
    has_fired: bool,
    /// Whether to print every step.
    pub traces: bool,
}

impl Process {
    pub fn new(undo_seconds: u32) -> Self {
        let memory = Memory::open().unwrap();
        migrations::migrate(Store::new(&memory)).unwrap();
        let bindings = [
            ("WEBHOOK_REPLY_URL", "https://owner.example.org/in"),
            (
                "WEBHOOK_SIGNING_SECRET",
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            ),
            ("WEBHOOK_TOKEN", "a-token-of-the-webhook"),
            ("OPENAI_API_KEY", "a-key-of-the-model"),
            ("DESK_TOKEN", "a-token-of-the-desk"),
        ];
        let mut bindings: BTreeMap<String, String> = bindings
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        bindings.insert("UNDO_SECONDS".to_owned(), undo_seconds.to_string());
        let process = Self {
            sql: Mortal {
                memory,
                left: Cell::new(None),
                dead: Cell::new(false),
            },
            vault: Bindings(bindings),
            config: Config {
                models: vec![ModelSettings {
                    provider: "openai".to_owned(),
                    name: "scripted".to_owned(),
                    base_url: None,
                }],
                quarantined: vec![],
            },
            now: Timestamp::from_millis(1_795_420_800_000),
            flights: Vec::new(),
            counted: BTreeSet::new(),
            outside: Outside::default(),
            has_fired: false,
            traces: std::env::args().any(|arg| arg == "--trace"),
        };
        settings::set(process.store(), "zone", "Europe/Paris").unwrap();
        process
    }

    fn trace(&self, what: &str) {
        if self.traces {
            println!("{} {what}", self.now.millis());
        }
    }

    /// The rows, for a look from outside.
    pub fn store(&self) -> Store<'_> {
        Store::new(&self.sql.memory)
    }

    pub fn die_after(&mut self, statements: u32) {
        self.sql.left.set(Some(statements));
    }

    /// Another process over the same rows.
    pub fn restart(&mut self) {
        self.trace("-- the process died");
        self.flights.clear();
        self.counted.clear();
        self.has_fired = false;
        self.sql.left.set(None);
        self.sql.dead.set(false);
    }

    /// Runs a function of the engine; an error that is no death is a mistake of ours.
    pub fn engine<T, E: std::fmt::Debug>(
        &mut self,
        rng: &mut Rng,
        work: impl FnOnce(&mut Engine<'_>) -> Result<T, E>,
    ) -> Result<Result<T, E>, Killed> {
        let store = Store::new(&self.sql);
        let mut engine = Engine::new(store, &self.config, &self.vault, self.now, rng.seed());
        let result = work(&mut engine);
        if self.sql.dead.get() {
            return Err(Killed);
        }
        Ok(result)
    }

    pub fn is_counted(&mut self, turn: i64) {
        self.counted.insert(turn);
    }

    pub fn take(&mut self, jobs: Vec<Job>) {
        self.flights.extend(jobs.into_iter().map(Flight::Job));
    }

    /// Whether something is under way.
    pub fn is_busy(&self) -> bool {
        !self.flights.is_empty()
    }

    /// What an alarm does: timers that are due fire, and turns that can go on are begun.
    pub fn wake(&mut self, rng: &mut Rng) -> Result<bool, Killed> {
        let careful = !self.has_fired;
        let due = self
            .engine(rng, |engine| engine.fall_due(50, careful))?
            .unwrap();
        self.has_fired = true;
        assert_eq!(due.failed, None);
        self.counted.extend(&due.turns);
        let mut moved = !due.turns.is_empty() || !due.jobs.is_empty();
        self.take(due.jobs);
        let open = turns::runnable(self.store(), self.now).unwrap();
        let mut seqs: Vec<i64> = open.into_iter().map(|turn| turn.seq).collect();
        seqs.retain(|seq| !self.flights.iter().any(|flight| flight.job().turn == *seq));
        for seq in seqs {
            moved = true;
            self.trace(&format!("begin {seq}"));
            if !self.counted.remove(&seq) {
                self.engine(rng, |engine| engine.count_attempt(seq))?
                    .unwrap();
            }
            let jobs = self.engine(rng, |engine| engine.begin(seq))?.unwrap();
            self.take(jobs);
        }
        Ok(moved)
    }

    /// Moves one thing on that is under way, whichever it is.
    pub fn advance(&mut self, rng: &mut Rng) -> Result<(), Killed> {
        if self.flights.is_empty() {
            return Ok(());
        }
        let mut at = rng.below(self.flights.len());
        if self.flights[at].job().tells {
            // Messages of a turn go one after the other.
            let turn = self.flights[at].job().turn;
            let first = |flight: &Flight| flight.job().turn == turn && flight.job().tells;
            at = self.flights.iter().position(first).unwrap();
        }
        match self.flights.remove(at) {
            Flight::Job(job) => {
                self.trace(&format!("prepare {job:?}"));
                let prepared = self.engine(rng, |engine| engine.prepare(&job))?.unwrap();
                if let Some(prepared) = prepared {
                    let outcome = self.meet(rng, &job, prepared);
                    self.flights.insert(at, Flight::Outcome(job, outcome));
                }
            }
            Flight::Outcome(job, outcome) => {
                self.trace(&format!(
                    "complete {job:?} {}",
                    format!("{outcome:?}").chars().take(90).collect::<String>()
                ));
                if matches!(outcome, Outcome::Later { .. }) {
                    // What would come after it waits with it, in the outbox.
                    self.flights
                        .retain(|flight| flight.job().turn != job.turn || !flight.job().tells);
                    self.counted.insert(job.turn);
                }
                let jobs = self
                    .engine(rng, |engine| engine.complete(&job, outcome))?
                    .unwrap();
                self.take(jobs);
            }
        }
        Ok(())
    }

    /// What comes of a job out there.
    fn meet(&mut self, rng: &mut Rng, job: &Job, prepared: Prepared) -> Outcome {
        match prepared {
            Prepared::Settled(outcome) => *outcome,
            Prepared::Model {
                settings,
                call,
                permit,
                ..
            } => {
                let ModelCall::Http(request) = *call else {
                    panic!("a scripted model is asked over the wire");
                };
                assert!(egress::admit(&permit, &settings.provider, request, &self.vault).is_ok());
                let turn = self.turn(job.turn);
                let words = match &turn.cause {
                    sclerite::agent::turn::Cause::Owner { text, .. } => text.clone(),
                    _ => String::new(),
                };
                Outcome::Model(
                    self.outside
                        .plan(rng, &words, turn.steps)
                        .map(|reply| ModelReply { ..reply }),
                )
            }
            Prepared::Requests {
                user,
                requests,
                permit,
            } => {
                let channel = channels::all()
                    .iter()
                    .find(|channel| channel.name() == user);
                let mut last = Outcome::Kept;
                for (sent, request) in requests.into_iter().enumerate() {
                    let answer = match self.send(rng, job, &user, &request, &permit) {
                        Met::Answer(response) => Ok(response),
                        Met::Silence => Err(SendError::NoAnswer),
                    };
                    let receipt = answer.as_ref().ok().zip(channel);
                    if let Some(Receipt::Later(wait_ms)) = receipt.map(|(a, c)| c.receipt(a)) {
                        return Outcome::Later { wait_ms, sent };
                    }
                    let failed = answer.is_err();
                    last = Outcome::Response(answer);
                    if failed {
                        break;
                    }
                }
                last
            }
        }
    }

    fn send(
        &mut self,
        rng: &mut Rng,
        job: &Job,
        user: &str,
        request: &Request,
        permit: &Permit,
    ) -> Met {
        let ticket =
            sclerite::connectors::accounts::admit(permit, user, request.clone(), &self.vault)
                .unwrap();
        let sealed = ticket.seal(&self.vault, self.now).unwrap();
        if user == "desk" {
            return self.outside.serve(rng, job.turn, request);
        }
        let body: Json = serde_json::from_slice(&sealed.body).unwrap();
        self.outside.deliver(rng, &body)
    }

    pub fn turn(&self, seq: i64) -> Turn {
        let row = turns::get(self.store(), seq).unwrap().unwrap();
        Turn {
            status: row.status,
            ..serde_json::from_str(&row.state).unwrap()
        }
    }
}
