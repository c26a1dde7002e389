//! Calendars at any service that speaks CalDAV (RFC 4791), with its scheduling (RFC 6638).
//!
//! The one thing to know: writing an event with attendees makes such a service send mail at once, so
//! only tools that others can see the effect of ever write one. A change is made only to what the
//! owner was shown, under the version that was read; what becomes of it is read back.
//!
//! Every request is one of a few steps: discovery (`home`), lists (`listing`), new events
//! (`writing`) and changes (`changing`).

mod changing;
mod home;
mod listing;
mod occurrence;
mod place;
#[cfg(test)]
mod tests;
mod writing;

use super::Lost;
use super::accounts::Service;
use crate::egress::account::{Account, Api, Way};
use crate::http::{Method, Request};
use crate::tool::{Answer, Call, CallContext, EffectClass, Progress, ToolError, ToolSpec};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The most bytes of one event.
const EVENT_BYTES_MAX: usize = 256 * 1024;

const fn way(method: &'static [Method], request_bytes_max: usize, response: usize) -> Way {
    let lists = matches!(method, [Method::Propfind | Method::Report]);
    Way {
        methods: method,
        path: "/**",
        accepts: if lists {
            &["application/xml", "text/xml"]
        } else {
            &[]
        },
        request_bytes_max,
        response_bytes_max: response,
        timeout_ms: 20_000,
        per_minute: 120,
    }
}

/// What may be asked.
pub const API: Api = Api {
    name: "caldav",
    user: "calendar",
    host: None,
    ways: &[
        way(&[Method::Propfind], 16_384, 1024 * 1024),
        way(&[Method::Report], 16_384, 4 * 1024 * 1024),
        way(&[Method::Get], 0, EVENT_BYTES_MAX),
        way(&[Method::Put], EVENT_BYTES_MAX, 65_536),
        way(&[Method::Delete], 0, 65_536),
    ],
    grant: None,
};

/// The service.
pub const SERVICE: &dyn Service = &CalDav;

struct CalDav;

/// Where a call is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// The owner's calendars are being found.
    Home(home::Stage),
    /// Events are being read.
    List(listing::Stage),
    /// A new event is being written.
    Write(writing::Stage),
    /// An event is being changed.
    Change(changing::Stage),
}

impl Stage {
    fn read(stage: &Json) -> Option<Self> {
        serde_json::from_value(stage.clone()).ok()
    }

    fn send(self, request: Request) -> Result<Progress, ToolError> {
        let stage = serde_json::to_value(self).map_err(|_| ToolError::Unavailable)?;
        Ok(Progress::Send { request, stage })
    }
}

/// A request for an XML document.
fn ask(method: Method, url: String, depth: &str, body: String) -> Request {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Request {
        method,
        url,
        headers: vec![
            header("content-type", "application/xml; charset=utf-8"),
            header("depth", depth),
        ],
        body: body.into_bytes(),
    }
}

/// Begins what a call is for, once the owner's calendars are known.
fn begin(
    account: &'static Account,
    home: &home::Home,
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    match call.spec.name {
        "calendar_list" | "calendar_find" | "calendar_slots" => {
            listing::start(account, home, call, context)
        }
        "calendar_add" | "calendar_schedule" => writing::start(account, home, call, context),
        "calendar_invite" | "calendar_move" | "calendar_cancel" | "calendar_respond" => {
            changing::start(account, call, context)
        }
        _ => Err(ToolError::Unavailable),
    }
}

impl Service for CalDav {
    fn run(
        &self,
        account: &'static Account,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        context.zone()?;
        match home::known(context)? {
            Some(home) => begin(account, &home, call, context),
            None => home::start(account),
        }
    }

    fn go_on(
        &self,
        account: &'static Account,
        call: &Call,
        stage: &Json,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        match Stage::read(stage).ok_or(ToolError::Unavailable)? {
            Stage::Home(stage) => match home::go_on(account, stage, answer, context)? {
                home::Next::Ask(progress) => Ok(progress),
                home::Next::Found(home) => begin(account, &home, call, context),
            },
            Stage::List(stage) => listing::go_on(account, stage, call, answer, context),
            Stage::Write(stage) => writing::go_on(account, stage, call, answer, context),
            Stage::Change(stage) => changing::go_on(account, stage, call, answer, context),
        }
    }

    /// A 403 says why in a body, so it may be no matter of the password; the others say that
    /// something is there or not there.
    fn takes(&self, stage: &Json, status: u16) -> bool {
        match Stage::read(stage) {
            Some(Stage::Home(_)) => matches!(status, 403 | 404 | 405 | 501),
            Some(Stage::List(_) | Stage::Write(_) | Stage::Change(_)) => status == 403,
            None => false,
        }
    }

    /// Until something is written, all is read, and begins anew.
    fn lost(&self, spec: &ToolSpec, stage: &Json) -> Lost {
        let reads = spec.effect == EffectClass::Read;
        match Stage::read(stage) {
            Some(Stage::Home(_) | Stage::List(_)) => Lost::Again,
            Some(Stage::Change(stage)) if stage.changes_nothing() => Lost::Again,
            Some(Stage::Write(_) | Stage::Change(_)) => Lost::FindOut,
            None if reads => Lost::Again,
            None => Lost::Unknown,
        }
    }

    fn find_out(
        &self,
        account: &'static Account,
        call: &Call,
        stage: &Json,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        match Stage::read(stage) {
            Some(Stage::Write(stage)) => writing::find_out(account, stage, call, context),
            Some(Stage::Change(stage)) => changing::find_out(account, stage),
            Some(Stage::Home(_) | Stage::List(_)) | None => Err(ToolError::Unknown),
        }
    }

    fn taken(&self, stage: &Json) -> bool {
        match Stage::read(stage) {
            Some(Stage::Write(stage)) => stage.is_taken(),
            Some(Stage::Change(stage)) => stage.is_taken(),
            Some(Stage::Home(_) | Stage::List(_)) | None => false,
        }
    }
}

/// What a refusal of a service means that came with a body: one that names a condition is about the
/// request, anything else about who asks.
fn refused(answer: Answer<'_>) -> ToolError {
    if crate::format::dav::conditions(&answer.body).is_empty() {
        ToolError::Auth
    } else {
        ToolError::Unavailable
    }
}
