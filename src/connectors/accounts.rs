//! The owner's accounts, and what a service is to the connectors that use it.
//!
//! The one thing to know: a [`Service`] is one API, such as JMAP; an account is one login there; a
//! family, such as mail, is the connector whose tools planners know, and which asks the services of
//! its accounts. So a planner has one `mail_send`, whatever the owner's mail is kept at.
//! The tables are constants of the build.

use super::Lost;
#[allow(unused_imports, reason = "a deployment may have no account")]
use crate::egress::account::{Account, Api, Auth};
use crate::egress::table::Target;
use crate::egress::{self, EgressError, Ticket, Vault};
use crate::http::Request;
use crate::policy::Permit;
use crate::tool::{Answer, Call, CallContext, EffectClass, Progress, ToolError, ToolSpec};
use serde_json::Value as Json;

/// One API that accounts can be at: it builds requests, reads answers, and says what each field of
/// an answer is. It sees no secret and no token.
pub trait Service: Sync {
    /// Begins a call of a tool that the family has.
    fn run(
        &self,
        account: &'static Account,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError>;
    /// Goes on with an answer; `stage` is what it gave with the request.
    fn go_on(
        &self,
        account: &'static Account,
        call: &Call,
        stage: &Json,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError>;
    /// Whether it takes an answer of this status itself: such as a 404, 409, 410 or 412 that means
    /// something here.
    fn takes(&self, _stage: &Json, _status: u16) -> bool {
        false
    }
    /// What to do about a request whose answer was lost.
    fn lost(&self, spec: &ToolSpec, _stage: &Json) -> Lost {
        if spec.effect == EffectClass::Read {
            Lost::Again
        } else {
            Lost::Unknown
        }
    }
    /// Finds out what became of a request whose answer was lost, where [`Service::lost`] said so.
    fn find_out(
        &self,
        _account: &'static Account,
        _call: &Call,
        _stage: &Json,
        _context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        Err(ToolError::Unknown)
    }
    /// Whether the service had taken the call itself before it got this request.
    fn taken(&self, _stage: &Json) -> bool {
        false
    }
}

/// An account with the code that speaks to its service.
pub struct Served {
    /// The service.
    pub service: &'static dyn Service,
    /// The account.
    pub account: Account,
}

include!(concat!(env!("OUT_DIR"), "/accounts.rs"));

/// Every account of this deployment.
pub fn served() -> &'static [Served] {
    SERVED
}

/// The accounts that a family uses, in the order of `connections.toml`.
pub fn of(user: &str) -> Vec<&'static Served> {
    let all = SERVED.iter();
    all.filter(|served| served.account.api.user == user)
        .collect()
}

/// Where an account is that names no host.
#[allow(dead_code, reason = "a deployment may have no such account")]
const fn target(api: &Api, binding: &'static str) -> Target {
    match api.host {
        Some(host) => Target::Host(host),
        None => Target::BaseUrl(binding),
    }
}

/// Makes a ticket for a request of a channel, connector or model, or says why not: by the account
/// that it names, or by the allow-list.
pub fn admit(
    permit: &Permit,
    user: &str,
    request: Request,
    vault: &dyn Vault,
) -> Result<Ticket, EgressError> {
    let Some(name) = egress::account::name_of(&request) else {
        return egress::admit(permit, user, request, vault);
    };
    let mut all = SERVED.iter();
    let served = all.find(|served| served.account.name == name);
    let account = &served.ok_or(EgressError::NotAllowed)?.account;
    egress::account::admit(permit, user, account, request, vault)
}

/// Every service, so that what holds for each is tested on each.
#[cfg(test)]
pub const EVERY: &[(&Api, &dyn Service)] = &[
    (&super::caldav::API, super::caldav::SERVICE),
    (&super::carddav::API, super::carddav::SERVICE),
    (&super::gmail::API, super::gmail::SERVICE),
    (
        &super::google_calendar::API,
        super::google_calendar::SERVICE,
    ),
    (&super::ics::API, super::ics::SERVICE),
    (&super::jmap::API, super::jmap::SERVICE),
    (&super::web::API, super::web::SERVICE),
];
