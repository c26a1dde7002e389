//! The state of a turn, what can happen to it and what it wants done.
//!
//! These are data and small helpers; the transitions are in `turn` and `turn::calls`.

use super::record::{Announced, CallRecord, Progress};
use super::spent::Spent;
use crate::agent::conversation;
use crate::agent::grounds::Grounds;
use crate::agent::handles::Handles;
use crate::agent::planner;
use crate::approval::{self, Approval, Binding};
use crate::budget::OverBudget;
use crate::id::{ApprovalId, ConversationId, IdSource, TurnId};
use crate::label::Labeled;
use crate::message::{Attachment, Locale, Message};
use crate::models::{ModelError, ModelReply, PromptItem};
use crate::policy::Circumstances;
use crate::store::turns::{Lane, Status};
use crate::time::{Timestamp, Zone};
use crate::tool::{Call, Kind, ToolError, ToolOutput};
use crate::value::Item;
use serde::{Deserialize, Serialize};

/// The most bytes of messages in one turn.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// What set a turn off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The owner wrote something.
    Owner {
        /// The words.
        text: String,
        /// Files that came with them, until they are kept under handles.
        attachments: Vec<Attachment>,
        /// The message that they answer, by the platform's id.
        #[serde(default)]
        reply_to: Option<String>,
    },
    /// Somebody else wrote something.
    Guest {
        /// Who, as the channel names them.
        name: String,
        /// What; nobody but the owner's eyes gets it.
        text: Labeled<String>,
        /// Whether code answers that this agent is private.
        answered: bool,
    },
    /// The owner pressed a button.
    Button {
        /// The approval.
        approval: String,
        /// Whether it was the yes.
        yes: bool,
        /// What the platform wants answered.
        callback: Option<String>,
    },
    /// Code has something to say.
    Notice {
        /// What.
        message: Message,
    },
    /// A timer's connector wants to look at something before it says anything.
    Check {
        /// The connector.
        connector: String,
        /// Its document.
        document: String,
    },
}

/// Something that was said to the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// What.
    pub message: Message,
    /// The handles that it shows.
    #[serde(default)]
    pub handles: Vec<String>,
}

/// The state of a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: TurnId,
    /// What set it off.
    pub cause: Cause,
    /// The channel.
    pub channel: String,
    /// The conversation.
    pub conversation: ConversationId,
    /// The language of code's own words.
    pub locale: Locale,
    /// How far it is.
    pub status: Status,
    /// Which of the deployment's models is asked; past the last one, the embedded planner is.
    pub candidate: usize,
    /// What the planner sees of this turn.
    pub items: Vec<PromptItem>,
    /// All calls of this turn, in order.
    pub calls: Vec<CallRecord>,
    /// Where the present round of calls begins in `calls`.
    pub round: usize,
    /// What was said.
    pub messages: Vec<Said>,
    /// How often the planner was asked.
    pub steps: u32,
    /// What it has cost.
    pub spent: Spent,
    /// When work began.
    pub began: Option<Timestamp>,
    /// The number of the next call in the conversation.
    pub next_call: u64,
    /// The number of the next effect.
    pub next_effect: i64,
    /// Whether the planner is done.
    pub planned: bool,
    /// Whether it failed; the turn does so once nothing in it waits any more.
    #[serde(default)]
    pub failed: bool,
    /// How it ends, once that is known; it is over when its effects are out.
    pub ending: Option<Status>,
    /// How many of its effects are in the outbox.
    pub open_effects: u32,
    /// Whether what the planner saw has been added to the conversation.
    pub merged: bool,
    /// Whether a caller holds the line, so that messages are not pushed.
    pub held: bool,
    /// The calls that the planner announced before it read anything.
    pub announced: Vec<Announced>,
    /// The handles in the message that the owner replied to.
    #[serde(default)]
    pub pointed_at: Vec<String>,
    /// The connector, and its receipt, that wants to hear what became of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<(String, String)>,
    /// Whether the planner has been told of a result that others may have written.
    pub exposed: bool,
    /// How many bits of others' text the planner has been told.
    pub bits: u32,
    /// Questions that have not been pushed yet: those of a turn go together.
    pub unpushed: Vec<ApprovalId>,
    /// Tokens that count as used since nobody can say how many were.
    #[serde(default)]
    pub held_tokens: u64,
    /// Micro-dollars of these.
    #[serde(default)]
    pub held_microusd: u64,
    /// The limits of what may be spent that the owner was told of, a bit for each.
    #[serde(default)]
    pub limits_told: u32,
}

/// What can happen to a turn.
#[derive(Debug)]
pub enum Event {
    /// It begins.
    Begin,
    /// The planner answered, or did not.
    Model(Result<ModelReply, ModelError>),
    /// Ask the next model of the list.
    AskAgain,
    /// The planner may not be asked, since that could go over a limit of what may be spent; the owner
    /// knows.
    OverBudget,
    /// A call goes on with a further request, which is in the outbox already.
    Posted {
        /// The request's job.
        jobs: Vec<crate::agent::effect::Job>,
    },
    /// A call ran.
    Ran {
        /// Its place in `calls`.
        record: usize,
        /// Its result.
        result: Result<ToolOutput, ToolError>,
    },
    /// Something is settled: calls that waited for it may go on, and the planner may be asked.
    Recheck,
    /// The owner answered a question, or its time is over.
    Answered {
        /// The question.
        approval: ApprovalId,
        /// The answer.
        status: approval::Status,
    },
    /// The owner cancelled it, or pressed stop.
    Cancel {
        /// Whether it was the stop switch.
        stopped: bool,
    },
    /// It was begun too often.
    GiveUp,
}

/// What a step wants done, in order.
#[derive(Debug)]
pub enum Effect {
    /// Ask the planner.
    AskPlanner,
    /// Hand out jobs that are in the outbox already.
    HandOut(Vec<crate::agent::effect::Job>),
    /// Run a call.
    Run {
        /// Its place in `calls`.
        record: usize,
    },
    /// Ask the quarantined model on behalf of a call.
    AskQuarantined {
        /// Its place in `calls`.
        record: usize,
    },
    /// Put values that are kept into one list.
    Gather {
        /// The list's name.
        name: String,
        /// The names of its items.
        parts: Vec<String>,
    },
    /// Look again at what waits, once all that comes before is done.
    Recheck,
    /// Keep a value under a handle's name.
    Keep {
        /// The name.
        name: String,
        /// The kind.
        kind: Kind,
        /// The value.
        item: Item,
    },
    /// Tell the owner; the message has been added to the turn.
    Tell {
        /// Its place in `messages`.
        message: usize,
    },
    /// Ask the owner.
    AskOwner(Box<Approval>),
    /// Apply what a result changes beside its value.
    Apply {
        /// The call.
        record: usize,
        /// The result.
        output: ToolOutput,
    },
    /// What a timer's connector wanted to look at has been looked at, or could not be.
    Looked {
        /// The place of the call.
        record: usize,
        /// What was found.
        output: Option<ToolOutput>,
    },
    /// Record that policy said no to a call.
    Denied {
        /// Its place in `calls`.
        record: usize,
    },
    /// Forget what has not begun, and close open questions.
    DropPending,
}

/// What a step may know.
pub struct World<'a> {
    /// The instant of the step.
    pub now: Timestamp,
    /// The owner's zone.
    pub zone: Option<&'a Zone>,
    /// What holds for all decisions.
    pub circumstances: Circumstances,
    /// The handles of the conversation.
    pub handles: &'a dyn Handles,
    /// What the owner said and knows.
    pub grounds: &'a dyn Grounds,
    /// Whether a standing rule of the owner's covers a call.
    pub covers: &'a dyn Fn(&Call) -> bool,
    /// The limit of what may be spent that a call goes over.
    pub over: &'a dyn Fn(&Call) -> Option<OverBudget>,
    /// Whether the planner is code of ours. Nobody hijacks it, so it hears how its calls went, and
    /// what it does after a read needs no words of the owner's.
    pub embedded: bool,
    /// Fresh ids.
    pub ids: &'a mut IdSource,
}

impl Turn {
    /// A new turn.
    pub fn new(
        seq: i64,
        id: TurnId,
        channel: &str,
        conversation: ConversationId,
        cause: Cause,
    ) -> Self {
        Self {
            seq,
            id,
            cause,
            channel: channel.to_owned(),
            conversation,
            locale: Locale::En,
            status: Status::Queued,
            candidate: 0,
            items: Vec::new(),
            calls: Vec::new(),
            round: 0,
            messages: Vec::new(),
            steps: 0,
            spent: Spent::default(),
            began: None,
            next_call: 0,
            next_effect: 0,
            planned: false,
            failed: false,
            ending: None,
            open_effects: 0,
            merged: false,
            held: false,
            announced: Vec::new(),
            pointed_at: Vec::new(),
            receipt: None,
            exposed: false,
            bits: 0,
            unpushed: Vec::new(),
            held_tokens: 0,
            held_microusd: 0,
            limits_told: 0,
        }
    }

    /// Adds a message for the owner; what is over the turn's limit is left out, and said so once.
    pub fn tell(&mut self, message: Message, now: Timestamp, effects: &mut Vec<Effect>) {
        let size = |message: &Message| message.plain(Locale::En).len();
        let said: usize = self.messages.iter().map(|said| size(&said.message)).sum();
        if said > MESSAGE_BYTES_MAX {
            return;
        }
        let fits = said.saturating_add(size(&message)) <= MESSAGE_BYTES_MAX;
        let message = if fits {
            message
        } else {
            let notice = Message::say(self.locale.pick(
                "There is more than I can show in one turn.",
                "Il y en a plus que je ne peux montrer en un tour.",
            ));
            if self.messages.iter().any(|said| said.message == notice) {
                return;
            }
            notice
        };
        self.messages.push(Said {
            at: now,
            message,
            handles: Vec::new(),
        });
        effects.push(Effect::Tell {
            message: self.messages.len().saturating_sub(1),
        });
    }

    /// Says of the last message which handles it shows.
    pub fn showing(&mut self, handles: Vec<String>) {
        if let Some(said) = self.messages.last_mut() {
            said.handles = handles;
        }
    }

    /// What the planner saw of this turn, with a result for every call: a turn that was cut short
    /// may have calls whose results never came, and no provider accepts those.
    ///
    /// What was extracted from others' text, and what the planner said after it knew, is left out:
    /// later turns begin untainted.
    pub fn closed_items(&self) -> Vec<PromptItem> {
        let mut items = self.items.clone();
        if let Some(PromptItem::Planner { calls, .. }) = self.items.last() {
            let round = self.round();
            for (n, call) in calls.iter().enumerate() {
                let known = round.get(n).and_then(|(_, record)| record.result.clone());
                items.push(PromptItem::Result {
                    call: call.id.clone(),
                    failed: known.is_none(),
                    text: known.unwrap_or_else(|| planner::error_text(&ToolError::Refused)),
                });
            }
        }
        if self.bits > 0 {
            conversation::forget_extracted(&mut items);
        }
        items
    }

    /// The calls of the present round with their places, as the planner wrote them.
    pub fn round(&self) -> Vec<(usize, &CallRecord)> {
        let numbered = self.calls.iter().enumerate().skip(self.round);
        numbered
            .filter(|(_, record)| record.parent.is_none())
            .collect()
    }

    /// How many calls the planner itself made; those of loops depend on how long lists are.
    pub fn planned_calls(&self) -> usize {
        let own = self.calls.iter().filter(|record| record.parent.is_none());
        own.count()
    }

    /// The call of this turn whose result bears a name, with its place.
    pub fn behind(&self, name: &str) -> Option<(usize, &CallRecord)> {
        let number: u64 = name.rsplit_once('_')?.1.parse().ok()?;
        let mut calls = self.calls.iter().enumerate();
        calls.find(|(_, record)| record.number == number && record.parent.is_none())
    }

    /// Whether the result of that name is still to come.
    pub fn is_open(&self, name: &str) -> bool {
        self.behind(name)
            .is_some_and(|(_, record)| record.is_open())
    }

    /// Whether untrusted bits have reached the planner.
    pub fn is_tainted(&self) -> bool {
        self.bits > 0
    }

    /// Asks the planner no more, since it failed. What it began goes on: the owner may have been
    /// asked about it.
    pub fn stop_planning(&mut self) {
        self.planned = true;
        self.failed = true;
    }

    /// Ends the turn, once its effects are out.
    pub fn end(&mut self, status: Status) {
        self.planned = true;
        self.ending.get_or_insert(status);
    }

    /// Whether nothing can happen to it any more.
    pub fn is_over(&self) -> bool {
        self.status.is_final() || self.ending.is_some()
    }

    /// What it has to wait for.
    pub fn lane(&self) -> Lane {
        match self.cause {
            Cause::Guest { .. } => Lane::Guest,
            Cause::Owner { .. } if !self.planned => Lane::Owner,
            Cause::Owner { .. }
            | Cause::Button { .. }
            | Cause::Notice { .. }
            | Cause::Check { .. } => Lane::Telling,
        }
    }

    /// Draws the status from what is still open.
    pub fn settle(&mut self) {
        let any = |wanted| self.calls.iter().any(|record| record.status == wanted);
        self.status = if self.status.is_final() {
            self.status
        } else if self.open_effects > 0 {
            Status::Running
        } else if let Some(ending) = self.ending {
            ending
        } else if !self.planned || any(Progress::Pending) {
            Status::Running
        } else if self.calls.iter().any(CallRecord::is_open) {
            Status::Waiting
        } else if self.failed {
            Status::Failed
        } else {
            Status::Done
        };
    }
}

impl Turn {
    /// What an approval of this turn is bound to.
    pub fn binding(&self, facts: Circumstances, expires_at: Timestamp) -> Binding<'_> {
        let words = match &self.cause {
            Cause::Owner { text, .. } => text.as_str(),
            Cause::Guest { .. }
            | Cause::Button { .. }
            | Cause::Notice { .. }
            | Cause::Check { .. } => "",
        };
        Binding {
            turn: self.id.as_str(),
            channel: &self.channel,
            conversation: self.conversation.as_str(),
            words,
            facts,
            expires_at,
        }
    }
}
