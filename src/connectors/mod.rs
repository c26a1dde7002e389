//! Outside services and built-in stores that tools work on.
//!
//! A connector builds requests and reads responses; it has no means of I/O but its own documents.
//! It labels what it returns: which fields the service vouches for and who may read them is known
//! nowhere else. What a result keeps of the thing that its call points at is no connector's
//! business: whoever begins a call or goes on with it gets it so labelled. Adding one is a file, its
//! fixtures, a `mod` line and an entry in [`all`].

mod access;
pub mod accounts;
pub mod caldav;
pub mod carddav;
pub mod demo;
pub mod family;
pub mod gmail;
pub mod google_calendar;
pub mod ics;
pub mod jmap;
mod kept;
pub mod mcp;
pub mod notes;
mod parts;
pub mod reminders;
pub mod routines;
pub mod settings;
pub mod web;

#[cfg(test)]
mod contract_tests;
#[cfg(test)]
mod service_tests;
#[cfg(test)]
pub(crate) mod test_documents;

use crate::http::Request;
use crate::message::{Locale, Message};
use crate::time::{Timestamp, Zone};
use crate::tool::{
    Answer, Call, CallContext, Documents, EffectClass, Kind, Progress, Shape, TimerChange,
    ToolError, ToolOutput, ToolSpec,
};
use crate::value::Item;
use std::sync::LazyLock;

/// Every connector: our own, and one for each MCP server of this deployment.
pub fn all() -> &'static [&'static dyn Connector] {
    static ALL: LazyLock<Vec<&'static dyn Connector>> = LazyLock::new(|| {
        let own: [&'static dyn Connector; 5] = [
            &demo::Demo,
            &notes::Notes,
            &reminders::Reminders,
            &routines::Routines,
            &settings::Settings,
        ];
        let families = family::all();
        // Where the owner has accounts for all of it, the demo account has nothing left.
        let own = own.into_iter().filter(|own| !own.tools().is_empty());
        own.chain(families).chain(mcp::connectors()).collect()
    });
    &ALL
}

/// One connector.
pub trait Connector: Sync {
    /// Its name; also the name of its routes in the allow-list.
    fn name(&self) -> &'static str;
    /// The contracts of its tools.
    fn tools(&self) -> &'static [ToolSpec];
    /// What is wrong with a call beyond its contract, as far as what the planner itself wrote shows
    /// it: arguments that exclude one another, a time that is past. `start` checks values that came
    /// by handles, and its planner hears nothing of that.
    fn check(&self, _tool: &str, _shape: &Shape, _when: When<'_>) -> Result<(), ToolError> {
        Ok(())
    }
    /// Adds the arguments that follow from those given, such as whom a reply goes to, so that
    /// policy and the owner's card see the whole effect. It looks at the call alone.
    fn complete(&self, _call: &mut Call) {}
    /// Whether an identifier is a member of a closed set that the owner curates here, such as the
    /// addresses in the owner's own address book.
    fn knows(&self, _set: &str, _identifier: &str, _documents: &dyn Documents) -> bool {
        false
    }
    /// By which names the owner calls somebody, such as a contact's name.
    fn called(&self, _set: &str, _identifier: &str, _documents: &dyn Documents) -> Vec<Called> {
        Vec::new()
    }
    /// Begins a call. Callers use `start`, which no connector can replace.
    fn run(&self, call: &Call, context: &mut CallContext<'_>) -> Result<Progress, ToolError>;
    /// Goes on with the answer to a request it asked for; callers use `resume`.
    fn go_on(
        &self,
        _call: &Call,
        _stage: &serde_json::Value,
        _answer: Answer<'_>,
        _context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        Err(ToolError::Unavailable)
    }
    /// A request of a call has failed, so that [`Connector::go_on`] gets no answer: how the call goes
    /// on without it. Usually it has failed then.
    fn failed(
        &self,
        _call: &Call,
        _stage: &serde_json::Value,
        failed: &Failed,
        _context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        Err(failed.error.clone())
    }
    /// Whether it takes an answer of this status itself, such as a 401 that calls for another access
    /// token, where otherwise the call would fail.
    fn takes(&self, _stage: &serde_json::Value, _status: u16) -> bool {
        false
    }
    /// What to do about a request whose answer was lost, so that nobody knows whether it arrived.
    /// What only reads may be asked again; of anything else only the connector knows whether its
    /// service takes it once, such as by a key that the request carries.
    fn lost(&self, spec: &ToolSpec, _stage: &serde_json::Value) -> Lost {
        match spec.effect {
            EffectClass::Read => Lost::Again,
            EffectClass::Draft
            | EffectClass::Write
            | EffectClass::Send
            | EffectClass::Delete
            | EffectClass::Pay
            | EffectClass::Admin => Lost::Unknown,
        }
    }
    /// Finds out what became of a request whose answer was lost, where [`Connector::lost`] said
    /// [`Lost::FindOut`]: it looks at the service, or sends the same request again where a key makes
    /// that harmless.
    fn find_out(
        &self,
        _call: &Call,
        _stage: &serde_json::Value,
        _context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        Err(ToolError::Unknown)
    }
    /// Whether the service had taken the call itself before it got this request: a later request
    /// only fetches the answer, so whatever becomes of it says nothing of the call.
    fn taken(&self, _stage: &serde_json::Value) -> bool {
        false
    }
    /// Nobody waits any longer for the answer to the request that this stage belongs to: what to
    /// tell the service, once, if it can be told. Whether it arrives changes nothing.
    fn abandon(&self, _stage: &serde_json::Value) -> Option<Request> {
        None
    }
    /// Why the connector itself gave this error for a call of this tool, as a sentence for the owner;
    /// `None` where there is no more to say. It holds nothing that a service chose.
    fn why(
        &self,
        _tool: &str,
        _error: &ToolError,
        _locale: Locale,
        _documents: &dyn Documents,
    ) -> Option<String> {
        None
    }
    /// One of its timers fell due. `due` is when it should have.
    fn wake(
        &self,
        _document: &str,
        _due: Timestamp,
        _context: &mut CallContext<'_>,
    ) -> Result<Woken, ToolError> {
        Ok(Woken::default())
    }
    /// Whether a timer of this document may fire in the owner's quiet hours.
    fn is_urgent(&self, _document: &str, _documents: &dyn Documents) -> bool {
        true
    }
    /// What was looked at for `wake` has come, in the order of its checks.
    fn checked(
        &self,
        _document: &str,
        _found: &[Checked],
        _context: &mut CallContext<'_>,
    ) -> Result<Woken, ToolError> {
        Ok(Woken::default())
    }
    /// What became of a message that `wake` or `checked` gave with a receipt of this name.
    fn told(
        &self,
        _receipt: &str,
        _told: Told,
        _now: Timestamp,
        _documents: &mut dyn Documents,
    ) -> Result<(), ToolError> {
        Ok(())
    }
}

/// A list that a connector wants to look at before it says anything. Every connector that has a tool
/// which reads such lists is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is a list of.
    pub kind: Kind,
    /// Only what is unread, where the tool can tell.
    pub unread: bool,
    /// Only what is from somebody, where the tool can tell; empty for everybody.
    pub from: String,
}

/// What one connector found; `None` if it could not be asked.
pub type Checked = Option<ToolOutput>;

/// What became of a message to the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// It is on its way.
    Sending,
    /// The channel confirmed it.
    Delivered,
    /// Nobody knows whether it arrived; it is in the console too.
    Unknown,
    /// It is in the console, since it could not be pushed.
    Kept,
}

/// How a request has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// What it means for the call.
    pub error: ToolError,
    /// Whether the deployment has the secrets that the request needs.
    pub is_set_up: bool,
}

/// What to do about a request whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Begin the call anew: the service does nothing a second time.
    Again,
    /// Ask [`Connector::find_out`] how to go on.
    FindOut,
    /// Tell the owner that it may have happened.
    Unknown,
}

/// What time it is for the owner.
#[derive(Debug, Clone, Copy)]
pub struct When<'a> {
    /// Now.
    pub now: Timestamp,
    /// The owner's zone, if they told it.
    pub zone: Option<&'a Zone>,
}

/// A name by which the owner calls somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// A name of several words, in whatever case it is written.
    Whole(String),
    /// A single word. It may be an ordinary word too, so it counts only as it is written here, or
    /// with one capital letter at its beginning.
    Part(String),
}

impl dyn Connector + '_ {
    /// Begins a call.
    pub fn start(&self, call: &Call, context: &mut CallContext<'_>) -> Result<Progress, ToolError> {
        self.run(call, context)
            .map(|progress| kept::of(call, progress))
    }

    /// Goes on with the answer to a request that a call asked for.
    pub fn resume(
        &self,
        call: &Call,
        stage: &serde_json::Value,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        self.go_on(call, stage, answer, context)
            .map(|progress| kept::of(call, progress))
    }
}

/// What a timer sets off.
#[derive(Debug, Default)]
pub struct Woken {
    /// What to tell the owner, if anything.
    pub message: Option<Message>,
    /// The conversation to tell it in.
    pub conversation: Option<String>,
    /// Under what name the connector wants to hear what became of the message.
    pub receipt: Option<String>,
    /// The next timer, for something that comes again.
    pub timers: Vec<TimerChange>,
    /// What to look at before anything is told.
    pub checks: Vec<Check>,
    /// What to show below the message.
    pub shown: Vec<(Kind, Item)>,
    /// Whether open and expired questions belong to it. Without any, and with nothing to show,
    /// nothing is told.
    pub with_questions: bool,
}
