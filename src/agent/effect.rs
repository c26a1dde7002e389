//! What is to be done outside, as it is stored in the outbox, and what came of it.
//!
//! A body refers to the turn's state instead of repeating it, so that a row stays small.

use crate::budget::OverBudget;
use crate::egress::EgressError;
use crate::http::{Request, Response};
use crate::id::ApprovalId;
use crate::models::{ModelCall, ModelError, ModelReply, ModelSettings};
use crate::policy::Permit;
use serde::{Deserialize, Serialize};

/// An effect in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Ask the planner. May be repeated; each time is counted.
    AskPlanner,
    /// Ask the quarantined model on behalf of a call. May be repeated; each time is counted.
    AskQuarantined {
        /// The call's place in the turn.
        record: usize,
        /// Whether an answer was malformed before.
        again: bool,
    },
    /// A request of a connector on behalf of a call.
    Request {
        /// The call's place in the turn.
        record: usize,
        /// The request.
        request: Request,
        /// What the connector wants back with the answer.
        stage: serde_json::Value,
    },
    /// Tell the owner a message of the turn.
    Tell {
        /// Its place in the turn's messages.
        message: usize,
        /// How many of the requests that it takes have been sent.
        #[serde(default)]
        sent: usize,
        /// Whether an earlier attempt may have arrived.
        #[serde(default)]
        unsure: bool,
    },
    /// Show the owner the questions of a turn.
    Cards {
        /// The approvals.
        approvals: Vec<ApprovalId>,
        /// Whether an earlier attempt may have arrived.
        #[serde(default)]
        unsure: bool,
    },
    /// Tell a service that nobody waits for its answer any more. Whether it arrives changes nothing.
    Abandon {
        /// The connector.
        user: String,
        /// The request.
        request: Request,
    },
    /// Answer a button press.
    ButtonDone {
        /// What the platform gave us.
        callback: String,
        /// A few words.
        text: String,
    },
}

impl Body {
    /// Tell the owner a message of the turn, by its place.
    pub fn tell(message: usize) -> Self {
        Self::Tell {
            message,
            sent: 0,
            unsure: false,
        }
    }

    /// Show the owner questions of the turn.
    pub fn cards(approvals: Vec<ApprovalId>) -> Self {
        Self::Cards {
            approvals,
            unsure: false,
        }
    }

    /// Whether it goes to the conversation.
    pub fn tells(&self) -> bool {
        match self {
            Self::Tell { .. } | Self::Cards { .. } => true,
            Self::AskPlanner
            | Self::AskQuarantined { .. }
            | Self::Request { .. }
            | Self::Abandon { .. }
            | Self::ButtonDone { .. } => false,
        }
    }

    /// Whether an earlier attempt to tell it may have arrived.
    pub fn is_unsure(&self) -> bool {
        matches!(
            self,
            Self::Tell { unsure: true, .. } | Self::Cards { unsure: true, .. }
        )
    }

    /// The same after an attempt that may have arrived.
    pub fn after_unsure(mut self) -> Self {
        if let Self::Tell { unsure, .. } | Self::Cards { unsure, .. } = &mut self {
            *unsure = true;
        }
        self
    }

    /// Whether it must not happen a second time unnoticed.
    pub fn is_once(&self) -> bool {
        match self {
            Self::Request { .. } | Self::Tell { .. } | Self::Cards { .. } => true,
            Self::AskPlanner
            | Self::AskQuarantined { .. }
            | Self::Abandon { .. }
            | Self::ButtonDone { .. } => false,
        }
    }
}

/// An effect that is to be run now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The turn.
    pub turn: i64,
    /// The effect's place in the turn.
    pub n: i64,
    /// Whether it tells the owner something; such jobs of a turn keep their order.
    pub tells: bool,
    /// How long to wait before it is run, in milliseconds: a service that did not answer, or asked
    /// for a pause, is left alone for a moment.
    pub wait_ms: u64,
}

/// What running a job takes.
#[derive(Debug)]
pub enum Prepared {
    /// Ask a model.
    Model {
        /// The provider, which is also the user of the route.
        settings: ModelSettings,
        /// What to send.
        call: Box<ModelCall>,
        /// Policy's yes.
        permit: Permit,
        /// The turn's id, for those who watch it stream; `None` for what nobody may watch.
        turn: Option<String>,
        /// A sign for the owner that somebody is at work, where the channel has one.
        sign: Option<Box<Prepared>>,
    },
    /// Send requests in order.
    Requests {
        /// The channel or connector that the route belongs to.
        user: String,
        /// The requests.
        requests: Vec<Request>,
        /// Policy's yes.
        permit: Permit,
    },
    /// Nothing can or may be sent; the outcome is known.
    Settled(Box<Outcome>),
}

/// What came of a job.
#[derive(Debug)]
pub enum Outcome {
    /// The planner's reply.
    Model(Result<ModelReply, ModelError>),
    /// The answer to the last request that was sent, or the reason why there is none.
    Response(Result<Response, SendError>),
    /// The channel asks us to come back, so it has certainly not taken the next request.
    Later {
        /// How long it asks us to wait, in milliseconds.
        wait_ms: u64,
        /// How many requests it has taken.
        sent: usize,
    },
    /// There is no way to push to this channel; the message stays where it can be read.
    Kept,
    /// The stop switch is on.
    Stopped,
    /// It would go over a limit of what may be spent.
    OverBudget(OverBudget),
}

/// Why a request has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It did not leave: the allow-list or a limit forbids it.
    #[error("refused by the allow-list")]
    Refused,
    /// It did not leave: a binding that its account needs is not set.
    #[error("not configured")]
    NotConfigured,
    /// It may or may not have arrived.
    #[error("no answer")]
    NoAnswer,
    /// The answer is over the route's limit.
    #[error("the answer is too large")]
    TooLarge,
    /// It did not leave: the route has been used as often as it may for now.
    #[error("too many requests; again in {wait_ms} ms")]
    Rate {
        /// When it may leave, in milliseconds from now.
        wait_ms: u64,
    },
    /// The answer is of a kind that the route does not take.
    #[error("the answer is of the wrong type")]
    WrongType,
}

impl From<EgressError> for SendError {
    fn from(error: EgressError) -> Self {
        match error {
            EgressError::NotConfigured => Self::NotConfigured,
            EgressError::NotAllowed | EgressError::TooLarge | EgressError::Leak => Self::Refused,
        }
    }
}
