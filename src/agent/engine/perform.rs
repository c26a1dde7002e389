//! What a step wants done, done: rows, tool calls, or an entry in the outbox.

use super::{Engine, TOKENS_MAX, planner};
use crate::agent::arguments::Scope;
use crate::agent::effect::{Body, Job};
use crate::agent::planner::Found;
use crate::agent::turn::{CallRecord, Effect, Event, Turn};
use crate::approval;
use crate::audit::Entry;
use crate::budget::OverBudget;
use crate::connectors::Connector;
use crate::http::Request;
use crate::models::{ModelCall, ModelError, Prompt};
use crate::policy::{self, Circumstances, Decision, Intent, Permit, Reason};
use crate::store::documents::Space;
use crate::store::timers::{self, Timer};
use crate::store::{StoreError, approvals, effects, from_json, handles, standing};
use crate::tool::{Call, CallContext, Progress, TimerChange, ToolError, ToolOutput, ToolSpec};
use std::collections::VecDeque;

/// The tool whose result sets the owner's zone.
const ZONE_TOOL: &str = "zone_set";

impl Engine<'_> {
    pub(super) fn perform(
        &mut self,
        turn: &mut Turn,
        effect: Effect,
        events: &mut VecDeque<Event>,
        jobs: &mut Vec<Job>,
    ) -> Result<(), StoreError> {
        match effect {
            Effect::AskPlanner if self.is_embedded(turn) => {
                let call = self.model_call(turn, None)?;
                let reply = match call {
                    Ok(ModelCall::Answered(reply)) => Ok(reply),
                    Ok(ModelCall::Http(_) | ModelCall::Binding { .. }) => {
                        Err(ModelError::Unconfigured)
                    }
                    Err(error) => Err(error),
                };
                events.push_back(Event::Model(reply));
            }
            Effect::AskPlanner => self.post(turn, &Body::AskPlanner, jobs)?,
            Effect::HandOut(posted) => jobs.extend(posted),
            Effect::AskQuarantined { record } => {
                if let Some(error) = self.ask_quarantined(turn, record, jobs)? {
                    let result = Err(error);
                    events.push_back(Event::Ran { record, result });
                }
            }
            Effect::Recheck => events.push_back(Event::Recheck),
            Effect::Gather { name, parts } => self.gather(turn, &name, &parts)?,
            Effect::Run { record } => {
                if let Some(result) = self.run(turn, record, jobs)? {
                    events.push_back(Event::Ran { record, result });
                } else if turn.calls.get(record).is_some_and(CallRecord::is_held) {
                    // Nothing waits for it meanwhile.
                    events.push_back(Event::Recheck);
                }
            }
            Effect::Keep { name, kind, item } => {
                handles::put(self.store, turn.conversation.as_str(), &name, kind, &item)?;
            }
            Effect::Tell { message } => {
                if !turn.held && self.pushes(&turn.channel) {
                    self.post(turn, &Body::tell(message), jobs)?;
                }
            }
            Effect::AskOwner(approval) => self.ask_owner(turn, &approval, jobs)?,
            Effect::Apply { record, output } => self.apply(turn, record, &output)?,
            Effect::Looked { record, output } => {
                self.looked(turn, record, output, events, jobs)?;
            }
            Effect::Denied { record } => {
                if let Some(record) = turn.calls.get(record) {
                    self.entries.push(Entry::Decided {
                        turn: turn.id.to_string(),
                        tool: record.call.tool.clone(),
                        decision: record.decision.clone(),
                        reason: record.reason.clone(),
                        args: record.labels.clone().into_iter().collect(),
                    });
                }
            }
            Effect::DropPending => self.drop_pending(turn, jobs)?,
        }
        Ok(())
    }

    /// Asks the model that is code of ours, or builds the request for another.
    pub(super) fn model_call(
        &mut self,
        turn: &Turn,
        settings: Option<&crate::models::ModelSettings>,
    ) -> Result<Result<ModelCall, ModelError>, StoreError> {
        let embedded = crate::models::ModelSettings {
            provider: planner::EMBEDDED.to_owned(),
            name: planner::EMBEDDED.to_owned(),
            base_url: None,
        };
        let settings = settings.unwrap_or(&embedded);
        let Some(model) = planner::model(&settings.provider) else {
            return Ok(Err(ModelError::Unconfigured));
        };
        let conversation = self.conversation(turn)?;
        let mut items = conversation.items;
        items.extend(turn.items.iter().cloned());
        let zone = self.zone()?;
        let system = format!("{}{}", planner::SYSTEM, self.told_facts()?);
        let prompt = Prompt {
            system: &system,
            items: &items,
            tools: &planner::tools(settings.provider == planner::EMBEDDED),
            answer: None,
            tokens_max: TOKENS_MAX,
            // How long reading took is others' doing, too.
            now: turn.began.unwrap_or(self.now),
            zone: zone.as_ref(),
            locale: turn.locale,
        };
        Ok(model.call(settings, &prompt))
    }

    /// Runs a call of the turn. `None` means that its answer comes later.
    pub(super) fn run(
        &mut self,
        turn: &mut Turn,
        at: usize,
        jobs: &mut Vec<Job>,
    ) -> Result<Option<Result<ToolOutput, ToolError>>, StoreError> {
        let (connector, call, permit, used) = match self.permitted(turn, at, None)? {
            Ok(found) => found,
            Err(Refused::Error(error)) => return Ok(Some(Err(error))),
            Err(Refused::OverBudget(over)) => {
                self.tell_limited(turn, &over, jobs)?;
                return Ok(Some(Err(ToolError::Unavailable)));
            }
        };
        if let Some(record) = turn.calls.get_mut(at) {
            record.covered_by = used;
        }
        if self.hold(turn, at, call.spec, jobs)? {
            return Ok(None);
        }
        let progress = self.with_context(turn, connector, |context| {
            start(&permit, connector, &call, context)
        })?;
        self.progressed(turn, at, call.spec.name, progress, jobs)
    }

    /// Takes a connector's progress: done, or a request for the outbox.
    pub(super) fn progressed(
        &mut self,
        turn: &mut Turn,
        at: usize,
        tool: &str,
        progress: Result<Progress, ToolError>,
        jobs: &mut Vec<Job>,
    ) -> Result<Option<Result<ToolOutput, ToolError>>, StoreError> {
        let result = match progress {
            Ok(Progress::Send { request, stage }) => {
                self.post(
                    turn,
                    &Body::Request {
                        record: at,
                        request,
                        stage,
                    },
                    jobs,
                )?;
                return Ok(None);
            }
            Ok(Progress::Done(output)) => Ok(output),
            Err(error) => Err(error),
        };
        if let Err(error) = &result {
            self.say_why(turn, tool, error, jobs)?;
        }
        self.ended(turn, at, tool, &result, jobs)?;
        Ok(Some(result))
    }

    /// Resolves a call again and decides about it again, just before it begins or a request of it
    /// leaves. What that takes of a limit is counted, a call once.
    pub(super) fn permitted(
        &mut self,
        turn: &Turn,
        at: usize,
        request: Option<&Request>,
    ) -> Result<Result<Permitted, Refused>, StoreError> {
        let unavailable = Refused::Error(ToolError::Unavailable);
        let Some(record) = turn.calls.get(at) else {
            return Ok(Err(unavailable));
        };
        let Some(Found::Works(connector, spec)) = planner::find(&record.call.tool) else {
            return Ok(Err(unavailable));
        };
        let call = match self.resolved(turn, record, connector, spec)? {
            Ok(call) => call,
            Err(error) => return Ok(Err(Refused::Error(error))),
        };
        // What was held, or is begun anew, was counted as it first began.
        let begun = request.is_none() && (record.held_until.is_some() || record.retries > 0);
        let over = if begun {
            None
        } else {
            self.check_call(spec, connector.name(), request, turn.locale)?
        };
        let intent = Intent::Tool(&call);
        let counted = record.covered_by;
        let judge = self.judge(turn);
        let standing = match counted {
            Some(n) => Some(n).filter(|n| judge.still_covers(*n, &call)),
            None => judge.covering(&call),
        };
        let now = Circumstances {
            stopped: self.circumstances()?.stopped,
            covered: standing.is_some(),
            over_budget: over.is_some(),
            ..record.facts
        };
        let (decision, reason, permit) = match policy::decide(&intent, now) {
            Decision::Allow(permit, reason) if record.approval.is_none() => {
                let used = standing.filter(|_| reason == Reason::Covered);
                if let (Some(n), None) = (used, counted) {
                    // A call may take several requests and is one use.
                    standing::use_once(self.store, n)?;
                }
                ("allow", reason, Some(permit))
            }
            Decision::Deny(reason) => ("deny", reason, None),
            // What was asked about happens as it was shown, or not at all.
            asked @ (Decision::Allow(_, reason) | Decision::Ask(reason)) => {
                match self.approved(turn, record, &call)? {
                    None => ("deny", Reason::ApprovalDiffers, None),
                    Some(yes) => match policy::confirm(asked, yes) {
                        Ok(permit) => ("approved", reason, Some(permit)),
                        Err(reason) => ("deny", reason, None),
                    },
                }
            }
        };
        self.entries.push(Entry::Decided {
            turn: turn.id.to_string(),
            tool: spec.name.to_owned(),
            decision: decision.to_owned(),
            reason: reason.code().to_owned(),
            args: record.labels.clone().into_iter().collect(),
        });
        let used = standing.filter(|_| reason == Reason::Covered && record.approval.is_none());
        let Some(permit) = permit else {
            let over = over.filter(|_| reason == Reason::OverBudget);
            let refused = Refused::Error(ToolError::Refused);
            return Ok(Err(over.map_or(refused, Refused::OverBudget)));
        };
        if !begun {
            self.charge(spec, connector.name(), request)?;
        }
        Ok(Ok((connector, call, permit, used)))
    }

    /// A call as its connector will see it, from its row.
    pub(super) fn resolved(
        &self,
        turn: &Turn,
        record: &CallRecord,
        connector: &dyn Connector,
        spec: &'static ToolSpec,
    ) -> Result<Result<Call, ToolError>, StoreError> {
        let handles = super::StoredHandles {
            store: self.store,
            conversation: turn.conversation.as_str().to_owned(),
        };
        let zone = self.zone()?;
        let scope = Scope {
            handles: &handles,
            grounds: &self.judge(turn),
            zone: zone.as_ref(),
            tainted: record.is_tainted(),
            swayed: record.facts.tainted,
        };
        Ok(planner::read(&record.call, connector, spec, scope))
    }

    /// The owner's yes to exactly this call, if there is one.
    fn approved(
        &self,
        turn: &Turn,
        record: &CallRecord,
        call: &Call,
    ) -> Result<Option<approval::Approved>, StoreError> {
        let Some(id) = &record.approval else {
            return Ok(None);
        };
        let Some(asked) = approvals::get(self.store, id)? else {
            return Ok(None);
        };
        let hash = approval::call_hash(call, &turn.binding(record.facts, asked.expires_at));
        Ok(approval::redeem(&asked, &hash, self.now).ok())
    }

    /// Gives a connector what it may know, and its own documents.
    pub(super) fn with_context<T>(
        &mut self,
        turn: &Turn,
        connector: &'static dyn Connector,
        work: impl FnOnce(&mut CallContext<'_>) -> T,
    ) -> Result<T, StoreError> {
        let zone = self.zone()?;
        let mut documents = Space::of(self.store, connector.name());
        Ok(work(&mut CallContext {
            now: self.now,
            zone: zone.as_ref(),
            locale: turn.locale,
            conversation: &turn.conversation,
            ids: &mut self.ids,
            documents: &mut documents,
        }))
    }

    /// Applies timers, and a zone that the owner set.
    fn apply(&mut self, turn: &Turn, at: usize, output: &ToolOutput) -> Result<(), StoreError> {
        let tool = turn
            .calls
            .get(at)
            .map_or("", |record| record.call.tool.as_str());
        let Some(Found::Works(connector, _)) = planner::find(tool) else {
            return Ok(());
        };
        self.set_timers(connector.name(), &output.timers)?;
        let field = |name| output.item.field(name).and_then(crate::value::Item::text);
        if let (ZONE_TOOL, Some("zone"), Some(zone)) = (tool, field("name"), field("value")) {
            self.choose("zone", Some(zone))?;
        }
        Ok(())
    }

    pub(in crate::agent) fn set_timers(
        &mut self,
        connector: &str,
        changes: &[TimerChange],
    ) -> Result<(), StoreError> {
        for change in changes {
            match change {
                TimerChange::Set { id, due, document } => timers::set(
                    self.store,
                    &Timer {
                        id: id.clone(),
                        due: *due,
                        connector: connector.to_owned(),
                        document: document.clone(),
                    },
                )?,
                TimerChange::Clear { id } => timers::clear(self.store, id)?,
            }
        }
        Ok(())
    }

    fn drop_pending(&mut self, turn: &mut Turn, jobs: &mut Vec<Job>) -> Result<(), StoreError> {
        for row in effects::of_turn(self.store, turn.seq)? {
            self.book_given_up(&row)?;
            turn.hold(row.reserved);
            self.tell_if_taken(turn, &row, jobs)?;
        }
        effects::drop_pending(self.store, turn.seq)?;
        self.give_back(turn)?;
        self.forget_held(turn)?;
        let left = effects::of_turn(self.store, turn.seq)?;
        turn.open_effects = u32::try_from(left.len()).unwrap_or(u32::MAX);
        for row in left {
            if let Body::Request { record, stage, .. } = from_json(&row.body)? {
                self.abandon(turn, record, &stage, jobs)?;
            }
        }
        for id in turn
            .calls
            .iter()
            .filter_map(|record| record.approval.as_ref())
        {
            if approvals::answer(self.store, id, approval::Status::Expired)? {
                self.entries.push(Entry::Answered {
                    approval: id.to_string(),
                    status: approval::Status::Expired.word().to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// A call that may happen now: its connector, its resolved form, policy's yes, and the standing rule
/// that covers it.
pub(super) type Permitted = (&'static dyn Connector, Call, Permit, Option<i64>);

/// Why a call may not happen now.
#[derive(Debug)]
pub(super) enum Refused {
    /// This is its result.
    Error(ToolError),
    /// It would go over a limit of what may be spent.
    OverBudget(OverBudget),
}

/// The only place where a connector begins: it takes policy's yes.
fn start(
    _permit: &Permit,
    connector: &'static dyn Connector,
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    connector.start(call, context)
}
