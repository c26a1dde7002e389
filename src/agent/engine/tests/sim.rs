//! A platform in a test: one process that can be killed, scripted models, a server of the owner's.
//!
//! Killing drops all that a process has in memory and keeps the rows, as on the real platform.

pub use super::words::{calls, inbound, is_done, owner, text, with_file};
use crate::agent::effect::{Job, Outcome, Prepared, SendError};
use crate::agent::engine::{Accepted, AnswerError, Answered, Config, Engine};
use crate::agent::turn::Turn;
use crate::audit::{Entry, GENESIS, Record, follows};
use crate::budget::Amounts;
use crate::channels::{self, Receipt};
use crate::egress::{self, Vault};
use crate::http::{Request, Response};
use crate::id::{ApprovalId, TimerId};
use crate::message::Inbound;
use crate::models::{self, ModelCall, ModelError, ModelReply, ModelSettings};
use crate::policy::Permit;
use crate::store::memory::Memory;
use crate::store::turns;
use crate::store::{self, Cell as Value, Row, Sql, Store, StoreError, approvals, migrations};
use crate::time::Timestamp;
use serde_json::Value as Json;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The conversation that the owner writes in.
pub const HOME: &str = "generic:home";
/// When the simulation begins: 2026-11-23 08:00 UTC, a Monday.
pub const BEGIN_MS: i64 = 1_795_420_800_000;
/// More rounds than any scenario needs: beyond, nothing moves on.
const ROUNDS_MAX: u32 = 3_000;

/// The name of the quarantined model.
const READER: &str = "reader";

/// The process is gone.
#[derive(Debug, PartialEq, Eq)]
pub struct Killed;

/// A database whose process can die at a statement.
struct Mortal {
    memory: Memory,
    /// How many statements are left to live; `None` is for ever.
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

/// The deployment's bindings.
pub struct Bindings(pub BTreeMap<String, String>);

impl Vault for Bindings {
    fn read(&self, binding: &str) -> Option<String> {
        self.0.get(binding).cloned()
    }
}

/// What the quarantined model answers to its user message, as the text of its reply.
type Reader = Box<dyn Fn(&Json) -> String>;
type Script = Box<dyn Fn(&Turn, &ModelSettings) -> Result<ModelReply, ModelError>>;

/// The platform, and the world around it.
pub struct Sim {
    sql: Mortal,
    config: Config,
    pub vault: Bindings,
    pub now: Timestamp,
    seeds: u64,
    queue: VecDeque<Job>,
    counted: BTreeSet<i64>,
    /// What arrived at the owner's server.
    pub sent: Vec<Json>,
    /// The prompts as they left, and to which model.
    pub prompts: Vec<(String, String)>,
    pub script: Script,
    /// The questions that the quarantined model was asked.
    pub read: Vec<Json>,
    reader: Reader,
    /// What the owner's server answers.
    pub server: fn(usize) -> Result<u16, SendError>,
    /// How many steps between calls are left to live.
    pub fuse: Option<u32>,
    /// Whether a model that fails is asked again.
    pub patient: bool,
    /// The most that was used of a day at any time, if it is noted.
    pub peak: Option<Amounts>,
}

impl Sim {
    /// An agent without a model.
    pub fn offline() -> Self {
        let memory = Memory::open().unwrap();
        migrations::migrate(Store::new(&memory)).unwrap();
        let bindings = [
            ("WEBHOOK_REPLY_URL", "https://owner.example.org/in"),
            (
                "WEBHOOK_SIGNING_SECRET",
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            ),
            ("WEBHOOK_TOKEN", "a-token-of-the-webhook"),
        ];
        let bindings = bindings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut sim = Self {
            sql: Mortal {
                memory,
                left: Cell::new(None),
                dead: Cell::new(false),
            },
            config: Config::default(),
            vault: Bindings(bindings.into()),
            now: Timestamp::from_millis(BEGIN_MS),
            seeds: 0,
            queue: VecDeque::new(),
            counted: BTreeSet::new(),
            sent: Vec::new(),
            prompts: Vec::new(),
            script: Box::new(|_, _| Ok(text("ok"))),
            read: Vec::new(),
            reader: Box::new(|_| String::new()),
            server: |_| Ok(200),
            fuse: None,
            patient: false,
            peak: None,
        };
        store::settings::set(sim.store(), "zone", "Europe/Paris").unwrap();
        sim.fuse = None;
        sim
    }

    /// An agent with a scripted model: the n-th time a turn asks, it gets the n-th reply.
    pub fn scripted(replies: Vec<ModelReply>) -> Self {
        let mut sim = Self::offline();
        sim.models(&["scripted"]);
        sim.script = Box::new(move |turn, _| {
            let step = usize::try_from(turn.steps).unwrap();
            Ok(replies.get(step).cloned().unwrap_or_else(|| text("Done.")))
        });
        sim
    }

    /// The same with a quarantined model.
    pub fn reading(replies: Vec<ModelReply>, reader: impl Fn(&Json) -> String + 'static) -> Self {
        let mut sim = Self::scripted(replies);
        let mut settings = sim.config.models[0].clone();
        READER.clone_into(&mut settings.name);
        sim.config.quarantined = vec![settings];
        sim.reader = Box::new(reader);
        sim
    }

    /// Has another model read.
    pub fn read_by(&mut self, name: &str) {
        for model in &mut self.config.quarantined {
            name.clone_into(&mut model.name);
        }
    }

    /// Configures models of these names, to be tried in this order.
    pub fn models(&mut self, names: &[&str]) {
        let provider = models::all()
            .iter()
            .map(|model| model.provider())
            .find(|provider| *provider != crate::agent::planner::EMBEDDED)
            .unwrap();
        let settings = names.iter().map(|name| ModelSettings {
            provider: provider.to_owned(),
            name: (*name).to_owned(),
            base_url: None,
        });
        self.config.models = settings.collect();
    }

    /// The rows, for a look from outside: it costs a process nothing.
    pub fn store(&self) -> Store<'_> {
        Store::new(&self.sql.memory)
    }

    /// Lets the process die at the n-th statement from here.
    pub fn die_at_statement(&mut self, n: u32) {
        self.sql.left.set(Some(n));
    }

    /// A new process over the same rows.
    pub fn restart(&mut self) {
        self.queue.clear();
        self.counted.clear();
        self.fuse = None;
        self.sql.left.set(None);
        self.sql.dead.set(false);
    }

    pub(super) fn tick(&mut self) -> Result<(), Killed> {
        match &mut self.fuse {
            Some(0) => return Err(Killed),
            Some(n) => *n -= 1,
            None => {}
        }
        Ok(())
    }

    /// Runs a function of the engine; an error that is no killing fails the test.
    pub fn engine<T, E: std::fmt::Debug>(
        &mut self,
        work: impl FnOnce(&mut Engine<'_>) -> Result<T, E>,
    ) -> Result<Result<T, E>, Killed> {
        self.tick()?;
        self.seeds += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seeds.to_be_bytes());
        let store = Store::new(&self.sql);
        let mut engine = Engine::new(store, &self.config, &self.vault, self.now, seed);
        let result = work(&mut engine);
        if self.sql.dead.get() {
            return Err(Killed);
        }
        self.peak = self.peak.map(|peak| peak.most(self.used().today));
        self.tick()?;
        Ok(result)
    }

    /// Takes a message in.
    pub fn accept(&mut self, inbound: &Inbound, held: bool) -> Result<Accepted, Killed> {
        let accepted = self.engine(|engine| engine.accept(inbound, held))?.unwrap();
        if accepted.fresh {
            self.counted.insert(accepted.seq);
        }
        if accepted.control {
            let jobs = self.engine(|engine| engine.begin(accepted.seq))?.unwrap();
            self.queue.extend(jobs);
        }
        Ok(accepted)
    }

    /// Takes over jobs that were made outside of its loop.
    pub fn take(&mut self, jobs: Vec<Job>) {
        self.queue.extend(jobs);
    }

    /// Works until nothing is left to do now.
    pub fn work(&mut self) -> Result<(), Killed> {
        for _ in 0..ROUNDS_MAX {
            let due = self.engine(|engine| engine.fall_due(50, false))?.unwrap();
            self.counted.extend(due.turns);
            self.queue.extend(due.jobs);
            let mut begun = false;
            for seq in self.runnable() {
                begun = true;
                if !self.counted.remove(&seq) {
                    self.engine(|engine| engine.count_attempt(seq))?.unwrap();
                }
                let jobs = self.engine(|engine| engine.begin(seq))?.unwrap();
                self.queue.extend(jobs);
            }
            match self.queue.pop_front() {
                Some(job) => self.run(&job)?,
                None if !begun => return Ok(()),
                None => {}
            }
        }
        panic!("this never comes to rest");
    }

    /// The turns that can go on, unless jobs of them are under way.
    fn runnable(&self) -> Vec<i64> {
        let open = turns::runnable(self.store(), self.now).unwrap();
        let mut seqs: Vec<i64> = open.into_iter().map(|turn| turn.seq).collect();
        seqs.retain(|seq| !self.queue.iter().any(|job| job.turn == *seq));
        seqs
    }

    /// Runs one job as far as the process lives.
    fn run(&mut self, job: &Job) -> Result<(), Killed> {
        let Some(prepared) = self.engine(|engine| engine.prepare(job))?.unwrap() else {
            return Ok(());
        };
        let outcome = match prepared {
            Prepared::Settled(outcome) => *outcome,
            Prepared::Model {
                settings,
                call,
                permit,
                ..
            } => self.ask_patiently(job, &settings, &call, &permit)?,
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
                    let answer = self.send(&user, request, &permit);
                    self.tick()?;
                    let receipt = answer.as_ref().ok().zip(channel);
                    if let Some(Receipt::Later(wait_ms)) = receipt.map(|(a, c)| c.receipt(a)) {
                        last = Outcome::Later { wait_ms, sent };
                        break;
                    }
                    last = Outcome::Response(answer);
                }
                last
            }
        };
        self.tick()?;
        let jobs = self
            .engine(|engine| engine.complete(job, outcome))?
            .unwrap();
        self.queue.extend(jobs);
        Ok(())
    }

    pub(super) fn ask(
        &mut self,
        job: &Job,
        settings: &ModelSettings,
        call: ModelCall,
        permit: &Permit,
    ) -> Result<ModelReply, ModelError> {
        let ModelCall::Http(request) = call else {
            panic!("a scripted model is asked over the wire");
        };
        let body = String::from_utf8(request.body.clone()).unwrap();
        let ticket = egress::admit(permit, &settings.provider, request, &self.vault);
        assert!(ticket.is_ok(), "the prompt has no way out");
        if settings.name == READER {
            let prompt: Json = serde_json::from_str(&body).unwrap();
            assert!(prompt.get("tools").is_none(), "the reader has no tools");
            // One user message and nothing before it, in either provider's form.
            let said = &prompt["messages"].as_array().unwrap().last().unwrap()["content"];
            let said = said.as_str().or(said[0]["text"].as_str()).unwrap();
            let question: Json = serde_json::from_str(said).unwrap();
            let answer = (self.reader)(&question);
            self.read.push(question);
            // A provider that refuses what it is sent.
            if let Some(status) = answer.strip_prefix("!status ") {
                return Err(ModelError::Status {
                    status: status.parse().unwrap(),
                    retry_after_ms: None,
                });
            }
            return Ok(text(&answer));
        }
        self.prompts.push((settings.name.clone(), body));
        let turn = self.turn(job.turn);
        (self.script)(&turn, settings)
    }

    fn send(
        &mut self,
        user: &str,
        request: Request,
        permit: &Permit,
    ) -> Result<Response, SendError> {
        let admitted = crate::connectors::accounts::admit(permit, user, request, &self.vault);
        let ticket = admitted.map_err(|_| SendError::Refused)?;
        let sealed = ticket.seal(&self.vault, self.now).unwrap();
        let status = (self.server)(self.sent.len());
        self.sent
            .push(serde_json::from_slice(&sealed.body).unwrap());
        status.map(|status| Response {
            status,
            headers: vec![],
            body: vec![],
        })
    }

    /// The owner writes, and everything that follows is done.
    pub fn say(&mut self, words: &str) -> Turn {
        let seq = self.accept(&owner(words), false).unwrap().seq;
        self.work().unwrap();
        self.turn(seq)
    }

    /// The owner answers a question, and everything that follows is done.
    pub fn answer(
        &mut self,
        id: &ApprovalId,
        yes: bool,
        hash: &str,
    ) -> Result<Answered, AnswerError> {
        let answered = self
            .engine(|engine| engine.answer(id, yes, hash))
            .unwrap()?;
        self.queue.extend(answered.jobs.clone());
        self.work().unwrap();
        Ok(answered)
    }

    /// The questions that wait.
    pub fn waiting(&self) -> Vec<crate::approval::Approval> {
        approvals::waiting(self.store(), 100).unwrap()
    }

    pub fn turn(&self, seq: i64) -> Turn {
        let row = turns::get(self.store(), seq).unwrap().unwrap();
        Turn {
            status: row.status,
            ..serde_json::from_str(&row.state).unwrap()
        }
    }

    /// The texts that arrived, and whether each was marked as a repeat.
    pub fn told(&self) -> Vec<(String, bool)> {
        let messages = self.sent.iter().filter(|body| body["type"] == "message");
        messages
            .map(|body| {
                (
                    body["text"].as_str().unwrap().to_owned(),
                    body["repeated"] == true,
                )
            })
            .collect()
    }

    /// The texts of one conversation's messages, joined.
    pub fn heard(&self) -> String {
        let texts: Vec<String> = self.told().into_iter().map(|(text, _)| text).collect();
        texts.join("\n---\n")
    }

    /// The audit chain, which must be whole.
    pub fn records(&self) -> Vec<Record> {
        let records = store::audit::after(self.store(), 0, 10_000).unwrap();
        let mut prev = GENESIS.to_owned();
        for (n, record) in records.iter().enumerate() {
            assert!(
                follows(record, i64::try_from(n).unwrap() + 1, &prev),
                "record {n}"
            );
            prev.clone_from(&record.hash);
        }
        records
    }

    /// Everything that was recorded, in order.
    pub fn entries(&self) -> Vec<Entry> {
        self.records()
            .into_iter()
            .flat_map(|record| record.entries)
            .collect()
    }

    /// Whether the outbox is empty and every turn has an end.
    pub fn is_at_rest(&self) -> bool {
        let rows = self
            .store()
            .run("SELECT count(*) FROM effects", &[])
            .unwrap();
        let open = turns::open(self.store(), 10).unwrap();
        rows == [[Value::Int(0)]] && open.is_empty()
    }

    /// The timers that are set.
    pub fn timers(&self) -> Vec<TimerId> {
        let far = Timestamp::from_millis(i64::MAX >> 12);
        let set = store::timers::due(self.store(), far, 100).unwrap();
        set.into_iter().map(|timer| timer.id).collect()
    }

    /// The items of a list that a turn's call returned, by the call's place.
    pub fn listed(&self, turn: &Turn, call: usize) -> Vec<crate::value::Item> {
        let described: Json =
            serde_json::from_str(turn.calls[call].result.as_ref().unwrap()).unwrap();
        let name = described["handle"].as_str().unwrap();
        let stored = store::handles::get(self.store(), turn.conversation.as_str(), name);
        stored.unwrap().unwrap().1.items().to_vec()
    }
}
