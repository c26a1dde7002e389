//! The demo account: a mailbox, a calendar, an address book and a few web pages that need no key
//! and no network.
//!
//! The one thing to know: nothing is seeded into storage. What the account starts with is computed
//! from tables and the instant of first use; only changes are stored: mails sent, drafts, events
//! and contacts added or changed, and one document that says what was done with the rest. Mail and
//! invitations sent here reach nobody. Several of the mails and pages try to steer the agent.

mod calendar;
mod contacts;
mod mail;
mod seed;
mod specs;
mod state;
mod web;

use super::family::calendar::completing;
use super::{Called, Connector, When};
use crate::tool::{Call, CallContext, Documents, Kind, Progress, Shape, ToolError, ToolSpec};
use std::sync::LazyLock;

/// The connector.
pub struct Demo;

impl Connector for Demo {
    fn name(&self) -> &'static str {
        "demo"
    }

    /// Those that no account of the owner's has.
    fn tools(&self) -> &'static [ToolSpec] {
        static LEFT: LazyLock<Vec<ToolSpec>> = LazyLock::new(|| {
            let left = specs::TOOLS.iter();
            let left = left.filter(|spec| super::family::leaves_to_demo(spec.returns));
            left.map(|spec| ToolSpec { ..*spec }).collect()
        });
        &LEFT
    }

    fn check(&self, tool: &str, shape: &Shape, _when: When<'_>) -> Result<(), ToolError> {
        match tool {
            "mail_send" => mail::check_sending(shape),
            "calendar_schedule" | "calendar_invite" => completing::check_people(shape),
            _ => Ok(()),
        }
    }

    fn complete(&self, call: &mut Call) {
        super::family::mail::completing::complete(call, &[seed::OWNER_ADDRESS]);
        completing::complete(call);
    }

    /// Whoever is invented is nobody's contact where the owner has contacts of their own.
    fn knows(&self, set: &str, identifier: &str, documents: &dyn Documents) -> bool {
        super::family::leaves_to_demo(Kind::Contacts) && contacts::knows(set, identifier, documents)
    }

    fn called(&self, set: &str, identifier: &str, documents: &dyn Documents) -> Vec<Called> {
        if super::family::leaves_to_demo(Kind::Contacts) {
            contacts::called(set, identifier, documents)
        } else {
            Vec::new()
        }
    }

    fn run(&self, call: &Call, context: &mut CallContext<'_>) -> Result<Progress, ToolError> {
        match call.spec.name {
            "mail_list" => mail::list(call, context),
            "mail_read" => mail::open(call, context),
            "mail_draft" => mail::draft(call, context),
            "mail_send" => mail::send(call, context),
            "mail_forward" => mail::forward(call, context),
            "mail_move" => mail::shift(call, context),
            "mail_mark" => mail::mark(call, context),
            "mail_delete" => mail::remove(call, context),
            "calendar_list" => calendar::list(call, context),
            "calendar_find" => calendar::find(call, context),
            "calendar_add" => calendar::add(call, context),
            "calendar_schedule" => calendar::schedule(call, context),
            "calendar_invite" => calendar::invite(call, context),
            "calendar_move" => calendar::reschedule(call, context),
            "calendar_cancel" => calendar::cancel(call, context),
            "contacts_find" => contacts::find(call, context),
            "contacts_add" => contacts::add(call, context),
            "web_read" => web::read(call),
            _ => Err(ToolError::Unavailable),
        }
        .map(Progress::Done)
    }
}

#[cfg(test)]
mod tests;
