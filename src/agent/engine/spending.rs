//! What things cost: reserved before they happen, replaced by what they came to, and accounted for.
//!
//! The reservation of a model call stands in the row of its effect, and goes with it into the ledger:
//! as what the provider says that the answer took, or as it is where nobody can say. So none is lost
//! with a process, and none stays for ever. What is known beforehand, a request or a payment, is
//! written into the ledger at once.

use super::{Engine, planner};
use crate::agent::effect::{Body, Job, Outcome};
use crate::agent::planner::Found;
use crate::agent::turn::Turn;
use crate::audit::Entry;
use crate::budget::{Amounts, Limit, Limits, OverBudget, Period, Shortfall};
use crate::egress::{Vault, table};
use crate::http::Request;
use crate::message::{Locale, Message};
use crate::models::{ModelCall, ModelError, ModelSettings};
use crate::policy::{self, Circumstances, Decision, Intent, Permit, Reason};
use crate::store::effects::EffectRow;
use crate::store::{Store, StoreError, effects, from_json, ledger, settings, to_json, turns};
use crate::tool::ToolSpec;

/// No effect, for what no model is asked about.
pub(super) const NONE: (i64, i64) = (-1, -1);

/// The setting that holds the day which limits are counted in.
pub(super) const DAY: &str = "budget_day";

/// No call is held for longer, in milliseconds.
const HELD_MS_MAX: i64 = 600_000;

impl<'a> Engine<'a> {
    /// The day and the month that limits are counted in.
    pub(super) fn period(&self) -> Result<Period, StoreError> {
        let choices = self.choices()?;
        let pin = choices.budget_day.as_deref();
        Ok(Period::pinned(pin, self.now, choices.zone.as_ref()))
    }

    /// The day that something is written into, which from now on is pinned.
    fn pinned_day(&self) -> Result<i64, StoreError> {
        let period = self.period()?;
        let pin = Some(period.pin());
        if self.choices()?.budget_day != pin {
            settings::set(self.store, DAY, pin.as_deref().unwrap_or_default())?;
            *self.choices.borrow_mut() = None;
        }
        Ok(period.today)
    }

    /// Reserves what a model call can take at most, if policy lets it be made; else why not. What an
    /// earlier process had reserved for the row is lost with its answer, and was spent.
    pub(super) fn reserve(
        &mut self,
        turn: &mut Turn,
        row: &EffectRow,
        settings: &ModelSettings,
        call: &ModelCall,
        intent: &Intent<'_>,
    ) -> Result<Result<Permit, Outcome>, StoreError> {
        let bytes = match call {
            ModelCall::Http(request) => request.body.len(),
            ModelCall::Binding { input, .. } => input.to_string().len(),
            ModelCall::Answered(_) => 0,
        };
        let needs = Amounts::bound(bytes, super::TOKENS_MAX, |read, written| {
            table::cost_microusd(&settings.name, read, written)
        });
        self.lose_reserved(turn, row.reserved)?;
        self.reserve_again(turn, row, needs, intent, false)
    }

    /// Reserves for a row whose last reservation is booked.
    fn reserve_again(
        &mut self,
        turn: &Turn,
        row: &EffectRow,
        needs: Amounts,
        intent: &Intent<'_>,
        again: bool,
    ) -> Result<Result<Permit, Outcome>, StoreError> {
        let period = self.period()?;
        let mut used = ledger::used(self.store, &period, (row.turn, row.n), "")?;
        used.turn = used.turn.plus(turn.used());
        let short = with_limits(self.vault, |limits| limits.check_model(&used, needs));
        let now = Circumstances {
            over_budget: short.is_some(),
            ..self.circumstances()?
        };
        let (reserved, outcome) = match policy::decide(intent, now) {
            Decision::Allow(permit, _) => (needs, Ok(permit)),
            Decision::Ask(_) | Decision::Deny(_) => {
                let over = short.filter(|_| !now.stopped);
                let over = over.map(|short| short.told(turn.locale, &period));
                let outcome = over.map_or(Outcome::Stopped, |over| {
                    self.limited(turn, &over);
                    Outcome::OverBudget(over)
                });
                (Amounts::default(), Err(outcome))
            }
        };
        if !(reserved.is_nothing() && row.reserved.is_nothing()) {
            effects::reserve(self.store, row.turn, row.n, reserved, again)?;
        }
        Ok(outcome)
    }

    /// Whether a model may be asked once more after an error: nobody cancelled the turn, the agent is
    /// not stopped, and there is enough for a further attempt, which is counted and reserved.
    pub fn try_again(&mut self, job: &Job, error: &ModelError) -> Result<bool, StoreError> {
        self.step(|engine| {
            let rows = effects::of_turn(engine.store, job.turn)?;
            let Some(row) = rows.iter().find(|row| row.n == job.n) else {
                return Ok(false);
            };
            let Some((_, mut turn)) = engine.load(job.turn)? else {
                return Ok(false);
            };
            engine.lose_reserved(&mut turn, owed(row.reserved, error))?;
            // Planners and quarantined models are decided about alike.
            let intent = Intent::AskPlanner;
            let permit = engine.reserve_again(&turn, row, row.reserved, &intent, true)?;
            Ok(permit.is_ok())
        })
    }

    /// Books what was reserved for an answer that is lost.
    fn lose_reserved(&mut self, turn: &mut Turn, lost: Amounts) -> Result<(), StoreError> {
        if lost.is_nothing() {
            return Ok(());
        }
        self.note(ledger::MODELS, lost, turn.used().plus(lost))?;
        turn.hold(lost);
        let state = to_json(turn)?;
        turns::update(self.store, turn.seq, turn.status, turn.lane(), &state)
    }

    /// Writes into today's ledger.
    fn note(&self, source: &str, amounts: Amounts, turn: Amounts) -> Result<(), StoreError> {
        ledger::add(self.store, self.pinned_day()?, source, amounts, turn)
    }

    /// Replaces what is reserved for a row that is finished by what came of it.
    pub(super) fn reconcile(
        &mut self,
        turn: &mut Turn,
        row: &EffectRow,
        body: &Body,
        outcome: &Outcome,
    ) -> Result<(), StoreError> {
        if row.reserved.is_nothing() {
            return Ok(());
        }
        let model = self.asked_model(turn, body);
        let (mut bill, mut told) = (row.reserved, Amounts::default());
        match outcome {
            Outcome::Model(Ok(reply)) => {
                let usage = reply.usage;
                bill = bill.settled(usage.tokens_in, usage.tokens_out, |read, written| {
                    table::cost_microusd(model, read, written)
                });
                told = reply_amounts(model, usage);
            }
            Outcome::Model(Err(error)) => bill = owed(bill, error),
            Outcome::Response(_)
            | Outcome::Later { .. }
            | Outcome::Kept
            | Outcome::Stopped
            | Outcome::OverBudget(_) => {}
        }
        self.note(ledger::MODELS, bill, turn.used().plus(bill))?;
        turn.hold(bill.minus(told));
        Ok(())
    }

    /// Books what is reserved for a row that is given up, apart: its answer may come all the same.
    pub(super) fn book_given_up(&self, row: &EffectRow) -> Result<(), StoreError> {
        if row.reserved.is_nothing() {
            return Ok(());
        }
        let read = matches!(from_json(&row.body)?, Body::AskQuarantined { .. });
        let source = ledger::late(row.turn, row.n, read);
        self.note(&source, row.reserved, Amounts::default())
    }

    /// Takes an answer that nobody waits for any more: what it cost is owed all the same, and in the
    /// ledger stands for what was reserved.
    pub(super) fn reconcile_late(
        &mut self,
        turn: &mut Turn,
        n: i64,
        reply: &crate::models::ModelReply,
    ) -> Result<(), StoreError> {
        let read = ledger::has(self.store, &ledger::late(turn.seq, n, true))?;
        let model = if read {
            turn.spent.quarantined_calls = turn.spent.quarantined_calls.saturating_add(1);
            self.reader()
        } else {
            self.planner_of(turn)
        };
        self.account_for(turn, model, reply, 0);
        let usage = reply.usage;
        if usage.tokens_in == 0 || usage.tokens_out == 0 {
            return Ok(());
        }
        let source = ledger::late(turn.seq, n, read);
        ledger::settle_late(self.store, &source, reply_amounts(model, usage))
    }

    /// The model that a row asks.
    fn asked_model(&self, turn: &Turn, body: &Body) -> &'a str {
        match body {
            Body::AskQuarantined { .. } => self.reader(),
            Body::AskPlanner
            | Body::Request { .. }
            | Body::Tell { .. }
            | Body::Cards { .. }
            | Body::Abandon { .. }
            | Body::ButtonDone { .. } => self.planner_of(turn),
        }
    }

    /// The quarantined model's name.
    fn reader(&self) -> &'a str {
        let config = self.config;
        let model = config.quarantined.first().or(config.models.first());
        model.map_or("", |model| model.name.as_str())
    }

    /// The name of the model that plans a turn.
    fn planner_of(&self, turn: &Turn) -> &'a str {
        let model = self.config.models.get(turn.candidate);
        model.map_or("", |model| model.name.as_str())
    }

    /// The limit that a call goes over as it begins, or a request of it as it leaves.
    pub(super) fn check_call(
        &self,
        spec: &ToolSpec,
        connector: &str,
        request: Option<&Request>,
        locale: Locale,
    ) -> Result<Option<OverBudget>, StoreError> {
        let Some(request) = request else {
            let period = self.period()?;
            return Self::over_count(self.store, self.vault, &period, spec, locale);
        };
        let period = self.period()?;
        let used = ledger::used(self.store, &period, NONE, &ledger::requests_of(connector))?;
        let short = with_limits(self.vault, |limits| {
            let requests = limits.check(Limit::RequestsDay, Some(connector), used.count, 1);
            let bytes = || limits.check(Limit::BytesDay, None, used.today.bytes, size(request));
            requests.or_else(bytes)
        });
        Ok(short.map(|short| short.told(locale, &period)))
    }

    /// The limit on calls of a class that a further one goes over.
    pub(super) fn over_count(
        store: Store<'a>,
        vault: &'a dyn Vault,
        period: &Period,
        spec: &ToolSpec,
        locale: Locale,
    ) -> Result<Option<OverBudget>, StoreError> {
        // Most calls are of no class that is counted.
        let Some(limit) = Limit::of_effect(spec.effect) else {
            return Ok(None);
        };
        let count = ledger::used(store, period, NONE, limit.key())?.count;
        let short = with_limits(vault, |limits| limits.check(limit, None, count, 1));
        Ok(short.map(|short| short.told(locale, period)))
    }

    /// Counts a call that begins, or a request of it that leaves.
    pub(super) fn charge(
        &self,
        spec: &ToolSpec,
        connector: &str,
        request: Option<&Request>,
    ) -> Result<(), StoreError> {
        if let Some(request) = request {
            return self.charge_request(connector, request);
        }
        match Limit::of_effect(spec.effect) {
            Some(limit) => self.note(limit.key(), Amounts::default(), Amounts::default()),
            None => Ok(()),
        }
    }

    /// Gives back the count of what was held and is called off. What may have been counted on an
    /// earlier day stays there.
    pub(super) fn give_back(&self, turn: &Turn) -> Result<(), StoreError> {
        for record in turn.calls.iter().filter(|record| record.is_held()) {
            let (Some(Found::Works(_, spec)), Some(until)) =
                (planner::find(&record.call.tool), record.held_until)
            else {
                continue;
            };
            let period = self.period()?;
            let counted = until.plus_millis(-HELD_MS_MAX);
            if let Some(limit) = Limit::of_effect(spec.effect)
                && period.began_by(counted)
            {
                ledger::give_back(self.store, period.today, limit.key())?;
            }
        }
        Ok(())
    }

    /// Counts a request.
    pub(super) fn charge_request(
        &self,
        connector: &str,
        request: &Request,
    ) -> Result<(), StoreError> {
        let amounts = Amounts::of([0, 0, size(request)]);
        self.note(&ledger::requests_of(connector), amounts, Amounts::default())
    }

    /// Records that a limit stopped a model call, with the limit in place of arguments.
    fn limited(&mut self, turn: &Turn, over: &OverBudget) {
        self.entries.push(Entry::Decided {
            turn: turn.id.to_string(),
            tool: "ask_model".to_owned(),
            decision: "deny".to_owned(),
            reason: Reason::OverBudget.code().to_owned(),
            args: vec![(over.limit.key().to_owned(), over.used.to_string())],
        });
    }

    /// Tells the owner once in a turn that a limit stopped something.
    pub(super) fn tell_limited(
        &mut self,
        turn: &mut Turn,
        over: &OverBudget,
        jobs: &mut Vec<Job>,
    ) -> Result<(), StoreError> {
        if !turn.is_news(over.limit) {
            return Ok(());
        }
        self.tell(turn, Message::say(over.words.clone()), jobs)
    }
}

/// Looks at the limits, which bindings can lower.
pub(super) fn with_limits<T>(vault: &dyn Vault, look: impl FnOnce(Limits<'_>) -> T) -> T {
    look(Limits {
        binding: &|name| vault.read(name),
    })
}

impl Shortfall {
    fn told(&self, locale: Locale, period: &Period) -> OverBudget {
        OverBudget {
            limit: self.limit,
            used: self.used,
            words: self.sentence(locale, period),
        }
    }
}

/// What is owed for a call that failed.
fn owed(reserved: Amounts, error: &ModelError) -> Amounts {
    if error.is_unbilled() {
        reserved.unbilled()
    } else {
        reserved
    }
}

/// What a provider says that a call took.
fn reply_amounts(model: &str, usage: crate::models::Usage) -> Amounts {
    let tokens = usage.tokens_in.saturating_add(usage.tokens_out);
    let cost = table::cost_microusd(model, usage.tokens_in, usage.tokens_out);
    Amounts::of([tokens, cost, 0])
}

/// How many bytes a request takes on the wire, about.
fn size(request: &Request) -> u64 {
    let mut bytes = request.url.len().saturating_add(request.body.len());
    for (name, value) in &request.headers {
        bytes = bytes.saturating_add(name.len()).saturating_add(value.len());
    }
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
