//! Runs turns and timers side by side inside one alarm.
//!
//! A turn that waits for a model holds up neither a timer nor another conversation: all of them are
//! futures of one loop, and messages that arrive meanwhile join it. What is kept in memory here is
//! only what is under way; the rows are the truth, and after a kill the next alarm reads them.
//!
//! An invocation that has made all the requests it may ends at once and hands what is still under
//! way to the next one: a model that answers late would otherwise hold up everything that is new.

use super::object::Agent;
use super::runner;
use super::trap;
use crate::agent::effect::{Job, Outcome};
use crate::egress::rate::Rates;
use crate::models::ModelError;
use crate::store::turns::{self, Runnable, Status};
use crate::store::{StoreError, wake};
use crate::time::Timestamp;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;
use worker::Delay;

/// After this many requests an invocation begins nothing new; the free plan allows 50.
const SUBREQUESTS_MAX: u32 = 40;
/// After this long, in milliseconds, an invocation begins nothing new.
const INVOCATION_MS_MAX: i64 = 10 * 60_000;
/// When to look again if a long invocation dies, in milliseconds.
const SAFETY_MS: i64 = 30_000;
/// After this long, in milliseconds, an invocation counts as long. A shorter one needs no alarm of
/// its own to be safe: the runtime repeats an alarm whose handler did not end.
const LONG_MS: i64 = 5_000;
/// How long a turn that was begun before stays alone, in milliseconds.
const ALONE_MS: i64 = 500;
/// The most turns that are looked at together.
const OPEN_MAX: i64 = 50;

/// The shortest time between two looks at what is due, in milliseconds.
const ROUND_MS: i64 = 10;

/// What an invocation leaves.
pub enum Left {
    /// Work that it put off.
    Work,
    /// Nothing until this instant, or ever.
    Until(Option<Timestamp>),
}

/// What is under way in this instance.
pub struct Shared {
    /// The consoles.
    pub sockets: super::sockets::Sockets,
    /// Turns whose next attempt is counted already: accepted or answered by this instance.
    counted: RefCell<BTreeSet<i64>>,
    /// Turns that a trap is blamed on, if that is how the last instance ended: others that were
    /// under way then are innocent, once.
    blamed: RefCell<Option<BTreeSet<i64>>>,
    began_before: RefCell<BTreeSet<i64>>,
    /// Whether this instance has fired what was due once, and lived.
    has_fired: Cell<bool>,
    /// The turn that is begun alone, and since when.
    alone: Cell<(i64, i64)>,
    running: RefCell<BTreeMap<i64, u32>>,
    in_flight: RefCell<BTreeSet<(i64, i64)>>,
    posted: RefCell<Vec<Job>>,
    waiters: RefCell<BTreeMap<i64, Vec<oneshot::Sender<()>>>>,
    kick: RefCell<Option<UnboundedSender<()>>>,
    /// What the last invocation had under way when it ended.
    tasks: RefCell<FuturesUnordered<LocalBoxFuture<'static, ()>>>,
    subrequests: Cell<u32>,
    /// How often each way out was used in the last minute.
    rates: RefCell<Rates>,
    began: Cell<i64>,
}

impl Shared {
    /// Nothing is under way.
    pub fn new(sockets: super::sockets::Sockets) -> Self {
        Self {
            sockets,
            counted: RefCell::default(),
            blamed: RefCell::new(trap::blame().map(|turns| turns.into_iter().collect())),
            began_before: RefCell::default(),
            has_fired: Cell::new(false),
            alone: Cell::new((0, 0)),
            running: RefCell::default(),
            in_flight: RefCell::default(),
            posted: RefCell::default(),
            waiters: RefCell::default(),
            kick: RefCell::default(),
            tasks: RefCell::default(),
            subrequests: Cell::new(0),
            rates: RefCell::default(),
            began: Cell::new(0),
        }
    }

    /// Counts a request to the outside.
    pub fn count_subrequest(&self) {
        self.subrequests
            .set(self.subrequests.get().saturating_add(1));
    }

    /// Counts a use of a way out, or says in how many milliseconds there may be another.
    pub fn may_send(&self, user: &str, account: &str, per_minute: u32) -> Result<(), u64> {
        // Ways with different limits are counted apart.
        let account = format!("{account}/{per_minute}");
        self.rates
            .borrow_mut()
            .take(user, &account, per_minute, super::now())
    }

    /// The attempt at this turn has been counted.
    pub fn is_counted(&self, seq: i64) {
        self.counted.borrow_mut().insert(seq);
    }

    /// Whether a turn's next attempt is not to be counted: the last instance trapped at another.
    fn is_innocent(&self, seq: i64) -> bool {
        let again = !self.began_before.borrow_mut().insert(seq);
        let blamed = self.blamed.borrow();
        !again && blamed.as_ref().is_some_and(|blamed| !blamed.contains(&seq))
    }

    /// For how long the turn that was begun alone stays so, if it is still at work.
    fn alone_for_ms(&self, now: Timestamp) -> i64 {
        let (at, since) = self.alone.get();
        let left = ALONE_MS.saturating_sub(now.millis().saturating_sub(since));
        if left > 0 && self.running.borrow().contains_key(&at) {
            return left;
        }
        LONG_MS
    }

    /// Which turns to begin. One that another process began, or this one before it died, may be
    /// what it died of: such turns are begun one at a time, and nothing else beside them for a
    /// moment, so that each dies of itself alone.
    fn to_begin(&self, open: &[Runnable], now: Timestamp) -> Vec<i64> {
        let (at, since) = self.alone.get();
        let is_alone = now.millis().saturating_sub(since) < ALONE_MS;
        if is_alone && self.running.borrow().contains_key(&at) {
            return Vec::new();
        }
        let counted = self.counted.borrow();
        let begun_before = open
            .iter()
            .filter(|turn| turn.begun && !counted.contains(&turn.seq));
        if let Some(first) = begun_before.min_by_key(|turn| (turn.attempts, turn.seq)) {
            self.alone.set((first.seq, now.millis()));
            return vec![first.seq];
        }
        open.iter().map(|turn| turn.seq).collect()
    }

    /// Jobs that an event outside the loop has made.
    pub fn post(&self, jobs: Vec<Job>) {
        self.posted.borrow_mut().extend(jobs);
    }

    /// Wakes a running loop; `false` if there is none.
    pub fn kick(&self) -> bool {
        let kick = self.kick.borrow();
        kick.as_ref()
            .is_some_and(|kick| kick.unbounded_send(()).is_ok())
    }

    /// Resolves when the turn has nothing more to say for now.
    pub fn wait_for(&self, seq: i64) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.waiters
            .borrow_mut()
            .entry(seq)
            .or_default()
            .push(sender);
        receiver
    }

    /// Tells consoles and waiting callers what a turn has come to.
    pub fn notify(&self, agent: &Agent, seq: i64) {
        if !self.sockets.are_open() && !self.waiters.borrow().contains_key(&seq) {
            return;
        }
        let Ok(Some(row)) = turns::get(agent.store(), seq) else {
            // A caller who waits looks for itself rather than wait for news that are lost.
            drop(self.waiters.borrow_mut().remove(&seq));
            return;
        };
        let Ok(turn) = super::object::turn_of(&row) else {
            return;
        };
        self.sockets.show(&turn, row.at);
        if turn.status == Status::Waiting {
            self.sockets.ask(agent.store(), &turn);
        }
        if turn.status.is_final() || turn.status == Status::Waiting {
            for waiter in self.waiters.borrow_mut().remove(&seq).unwrap_or_default() {
                // A caller that is gone needs no answer.
                let _gone = waiter.send(());
            }
        }
    }

    fn is_spent(&self, now: Timestamp) -> bool {
        self.subrequests.get() >= SUBREQUESTS_MAX
            || now.millis().saturating_sub(self.began.get()) >= INVOCATION_MS_MAX
    }
}

/// The alarm: works until nothing is left to do now, and sets the next one.
pub async fn work(agent: &Rc<Agent>) {
    let shared = &agent.shared;
    if agent.backup.is_restoring() || shared.kick() {
        return;
    }
    let (kick, mut kicked) = unbounded();
    *shared.kick.borrow_mut() = Some(kick);
    shared.subrequests.set(0);
    shared.began.set(super::now().millis());
    let mut tasks = shared.tasks.take();
    let mut failed = false;
    let left = loop {
        if shared.is_spent(super::now()) {
            break Left::Work;
        }
        let mut next = next_wake(agent, &mut failed);
        if next.is_some_and(|at| at <= super::now()) {
            if let Err(error) = fall_due(agent) {
                failed = true;
                super::log(&agent.env, "timers", &error.to_string());
            }
            next = next_wake(agent, &mut failed);
        }
        for jobs in posted(shared) {
            tasks.push(run_jobs(Rc::clone(agent), jobs).boxed_local());
        }
        let seqs = runnable(agent);
        let open = seqs.as_deref().unwrap_or_default();
        for seq in shared.to_begin(open, super::now()) {
            enter(shared, seq);
            tasks.push(run_turn(Rc::clone(agent), seq).boxed_local());
        }
        if let Err(error) = &seqs {
            failed = true;
            super::log(&agent.env, "turns", &error.to_string());
        }
        if tasks.is_empty() {
            // A storage that does not say what there is to do is asked again.
            break if seqs.is_err() {
                Left::Work
            } else {
                Left::Until(next)
            };
        }
        let sleep = next.map_or(SAFETY_MS, |due| due.millis() - super::now().millis());
        // A long invocation keeps an alarm ahead of itself: it could die more often than the
        // runtime repeats an alarm.
        if super::now().millis() - shared.began.get() > LONG_MS {
            agent.wake_at(super::now().plus_millis(SAFETY_MS)).await;
        }
        let sleep = sleep.min(shared.alone_for_ms(super::now()));
        let sleep = u64::try_from(sleep.clamp(ROUND_MS, LONG_MS)).unwrap_or(1);
        let mut sleep = Delay::from(Duration::from_millis(sleep)).fuse();
        futures::select! {
            _ = tasks.next() => {}
            _ = kicked.next() => {}
            () = sleep => {}
        }
    };
    *shared.tasks.borrow_mut() = tasks;
    *shared.kick.borrow_mut() = None;
    agent.wake_next(left, failed).await;
}

/// When something falls due next. A storage that does not say is asked again soon.
fn next_wake(agent: &Agent, failed: &mut bool) -> Option<Timestamp> {
    wake::next(agent.store()).unwrap_or_else(|error| {
        *failed = true;
        super::log(&agent.env, "timers", &error.to_string());
        Some(super::now().plus_millis(LONG_MS))
    })
}

/// Fires timers and closes questions whose time is over.
fn fall_due(agent: &Agent) -> Result<(), StoreError> {
    let careful = !agent.shared.has_fired.get();
    let due = agent.engine(|engine| engine.fall_due(OPEN_MAX, careful))?;
    agent.shared.has_fired.set(true);
    for seq in due.turns {
        agent.shared.is_counted(seq);
        agent.shared.notify(agent, seq);
    }
    agent.shared.post(due.jobs);
    due.failed.map_or(Ok(()), Err)
}

/// Turns that can go on and are not under way.
fn runnable(agent: &Agent) -> Result<Vec<Runnable>, StoreError> {
    let mut open = turns::runnable(agent.store(), super::now())?;
    let running = agent.shared.running.borrow();
    open.retain(|turn| !running.contains_key(&turn.seq));
    Ok(open)
}

/// Jobs from outside the loop, by turn.
fn posted(shared: &Shared) -> Vec<Vec<Job>> {
    let mut by_turn: BTreeMap<i64, Vec<Job>> = BTreeMap::new();
    for job in shared.posted.borrow_mut().drain(..) {
        enter(shared, job.turn);
        by_turn.entry(job.turn).or_default().push(job);
    }
    by_turn.into_values().collect()
}

fn enter(shared: &Shared, seq: i64) {
    *shared.running.borrow_mut().entry(seq).or_insert(0) += 1;
}

fn leave(shared: &Shared, seq: i64) {
    let mut running = shared.running.borrow_mut();
    if let Some(count) = running.get_mut(&seq) {
        *count -= 1;
        if *count == 0 {
            running.remove(&seq);
        }
    }
}

async fn run_turn(agent: Rc<Agent>, seq: i64) {
    let agent = &*agent;
    let shared = &agent.shared;
    if !shared.counted.borrow_mut().remove(&seq)
        && !shared.is_innocent(seq)
        && let Err(error) = agent.engine(|engine| engine.count_attempt(seq))
    {
        super::log(&agent.env, "attempt", &error.to_string());
    }
    let begun = trap::blaming(seq, || {
        let begun = agent.engine(|engine| engine.begin(seq));
        shared.notify(agent, seq);
        begun
    });
    match begun {
        Ok(jobs) => {
            run_all(agent, jobs).await;
        }
        Err(error) => {
            super::log(&agent.env, "turn", &error.to_string());
            // The row stays as it was; the attempt is counted, so this ends.
            Delay::from(Duration::from_secs(1)).await;
        }
    }
    leave(shared, seq);
}

async fn run_jobs(agent: Rc<Agent>, jobs: Vec<Job>) {
    let agent = &*agent;
    let entered: Vec<i64> = jobs.iter().map(|job| job.turn).collect();
    for seq in entered.iter().collect::<BTreeSet<_>>() {
        agent.shared.notify(agent, *seq);
    }
    run_all(agent, jobs).await;
    for seq in entered {
        leave(&agent.shared, seq);
    }
}

/// Runs jobs and those that follow from them: messages one after the other, the rest side by side.
async fn run_all(agent: &Agent, jobs: Vec<Job>) {
    let mut told: VecDeque<Job> = VecDeque::new();
    let mut telling = false;
    let mut tasks = FuturesUnordered::new();
    let mut next = jobs;
    loop {
        for job in next.drain(..) {
            if job.tells {
                told.push_back(job);
            } else {
                tasks.push(run_job(agent, job).boxed_local());
            }
        }
        if !telling && let Some(job) = told.pop_front() {
            telling = true;
            tasks.push(run_job(agent, job).boxed_local());
        }
        let Some(ran) = tasks.next().await else {
            return;
        };
        telling = telling && !ran.tells;
        if ran.put_off {
            // What would come after it waits with it, in the outbox.
            told.clear();
        }
        next = ran.following;
    }
}

/// What became of a job.
struct Ran {
    /// Whether it told something.
    tells: bool,
    /// Whether it waits in the outbox for another day.
    put_off: bool,
    /// The jobs that follow.
    following: Vec<Job>,
}

async fn run_job(agent: &Agent, job: Job) -> Ran {
    let shared = &agent.shared;
    let mut ran = Ran {
        tells: job.tells,
        put_off: false,
        following: Vec::new(),
    };
    let key = (job.turn, job.n);
    if job.wait_ms > 0 {
        Delay::from(Duration::from_millis(job.wait_ms)).await;
    }
    if shared.is_spent(super::now()) {
        // The row waits for the next invocation, which this turn need not pay an attempt for.
        shared.is_counted(job.turn);
        return ran;
    }
    if !shared.in_flight.borrow_mut().insert(key) {
        return ran;
    }
    let prepared = trap::blaming(job.turn, || agent.engine(|engine| engine.prepare(&job)));
    let following = match prepared {
        Ok(Some(prepared)) => {
            let again = |error: &ModelError| {
                let again = agent.engine(|engine| engine.try_again(&job, error));
                again.unwrap_or(false)
            };
            let outcome = runner::run(&agent.env, shared, prepared, &again).await;
            ran.put_off = matches!(outcome, Outcome::Later { .. });
            trap::blaming(job.turn, || {
                agent.engine_once(|engine| engine.complete(&job, outcome))
            })
        }
        Ok(None) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    shared.in_flight.borrow_mut().remove(&key);
    if ran.put_off {
        // It is no failure of the turn's, so the next attempt is not counted.
        shared.is_counted(job.turn);
    }
    shared.notify(agent, job.turn);
    ran.following = following.unwrap_or_else(|error| {
        super::log(&agent.env, "effect", &error.to_string());
        Vec::new()
    });
    ran
}
