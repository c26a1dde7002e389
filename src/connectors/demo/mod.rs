//! The demo account: a mailbox, a calendar and an address book that need no key and no network.
//!
//! The one thing to know: nothing is seeded into storage. What the account starts with is computed
//! from tables and the instant of first use; only changes are stored: mails sent, drafts, events
//! added, and one document that says which mails were read. Mail sent here reaches nobody. Several
//! of the mails try to steer the agent.

mod calendar;
mod contacts;
mod mail;
mod seed;
mod specs;
mod state;

use super::Connector;
use crate::tool::{Call, CallContext, Progress, ToolError, ToolSpec};

/// The connector.
pub struct Demo;

impl Connector for Demo {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn tools(&self) -> &'static [ToolSpec] {
        specs::TOOLS
    }

    fn complete(&self, call: &mut Call) {
        mail::complete(call);
    }

    fn start(&self, call: &Call, context: &mut CallContext<'_>) -> Result<Progress, ToolError> {
        match call.spec.name {
            "mail_list" => mail::list(call, context),
            "mail_read" => mail::open(call, context),
            "mail_draft" => mail::draft(call, context),
            "mail_send" => mail::send(call, context),
            "calendar_list" => calendar::list(call, context),
            "calendar_add" => calendar::add(call, context),
            "contacts_find" => Ok(contacts::find(call)),
            _ => Err(ToolError::Unavailable),
        }
        .map(Progress::Done)
    }
}

#[cfg(test)]
mod tests;
