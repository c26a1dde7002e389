//! Calendars over the Google Calendar API
//! (<https://developers.google.com/workspace/calendar/api/v3/reference>).
//!
//! The one thing to know: a new event has an id of our own, so writing it twice makes one (409 says
//! that it is there); a change is made under the version that was read, and only in the primary
//! calendar or the one that the account names. Google tells guests itself,
//! and is asked to only by tools that others can see the effect of.

mod changing;
mod event;
mod listing;
#[cfg(test)]
mod tests;

use super::Lost;
use super::accounts::Service;
use super::parts::gives_reason;
use crate::egress::account::{Account, Api, Grant, Way};
use crate::http::{Method, Request};
use crate::tool::{Answer, Call, CallContext, EffectClass, Progress, ToolError, ToolSpec};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

const READ: Way = Way {
    methods: &[Method::Get],
    path: "",
    accepts: &["application/json"],
    request_bytes_max: 0,
    response_bytes_max: 4 << 20,
    timeout_ms: 20_000,
    // 600 requests a minute and user.
    per_minute: 300,
};

const CHANGE: Way = Way {
    request_bytes_max: 65_536,
    response_bytes_max: 1 << 20,
    per_minute: 60,
    ..READ
};

const EVENTS: &str = "/calendar/v3/calendars/*/events";
const EVENT: &str = "/calendar/v3/calendars/*/events/*";

/// What may be asked.
pub const API: Api = Api {
    name: "google_calendar",
    user: "calendar",
    host: Some("www.googleapis.com"),
    ways: &[
        Way {
            path: "/calendar/v3/users/me/calendarList",
            ..READ
        },
        Way {
            path: EVENTS,
            ..READ
        },
        Way {
            path: EVENT,
            ..READ
        },
        Way {
            methods: &[Method::Post],
            path: EVENTS,
            ..CHANGE
        },
        Way {
            methods: &[Method::Patch],
            path: EVENT,
            ..CHANGE
        },
        Way {
            methods: &[Method::Delete],
            path: EVENT,
            accepts: &[],
            ..CHANGE
        },
    ],
    grant: Some(Grant {
        host: "oauth2.googleapis.com",
        path: "/token",
    }),
};

/// The service.
pub const SERVICE: &dyn Service = &GoogleCalendar;

struct GoogleCalendar;

/// Where a call is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// Events are being read.
    List(listing::Stage),
    /// A new event is being written.
    Insert(changing::Insert),
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

/// What a refusal means; Google says with a 403 too that it is asked too often.
fn refused(answer: Answer<'_>) -> ToolError {
    let quota = [
        "userRateLimitExceeded",
        "rateLimitExceeded",
        "quotaExceeded",
        "dailyLimitExceeded",
    ];
    match answer.status {
        403 if gives_reason(answer, &quota) => ToolError::Rate,
        // Somebody else's event, not somebody else's account.
        403 if gives_reason(answer, &["forbiddenForNonOrganizer", "forbidden"]) => {
            ToolError::Unavailable
        }
        401 | 403 => ToolError::Auth,
        429 => ToolError::Rate,
        _ => ToolError::Unavailable,
    }
}

/// A request for a path below the calendars, with a JSON body if there is one.
fn ask(account: &Account, method: Method, path: &str, body: Option<&Json>) -> Request {
    let url = account.url(&format!("/calendar/v3{path}"));
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut headers = vec![header("accept", "application/json")];
    if body.is_some() {
        headers.push(header("content-type", "application/json"));
    }
    Request {
        method,
        url,
        headers,
        body: body.map_or_else(Vec::new, |body| body.to_string().into_bytes()),
    }
}

impl Service for GoogleCalendar {
    fn run(
        &self,
        account: &'static Account,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        context.zone()?;
        match call.spec.name {
            "calendar_list" | "calendar_find" | "calendar_slots" => {
                listing::start(account, call, context)
            }
            "calendar_add" | "calendar_schedule" => changing::insert(account, call, context),
            "calendar_invite" | "calendar_move" | "calendar_cancel" | "calendar_respond" => {
                changing::start(account, call, context)
            }
            _ => Err(ToolError::Unavailable),
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
            Stage::List(stage) => listing::go_on(account, stage, call, answer, context),
            Stage::Insert(stage) => changing::inserted(account, stage, call, answer, context),
            Stage::Change(stage) => changing::go_on(account, stage, call, answer, context),
        }
    }

    fn takes(&self, stage: &Json, status: u16) -> bool {
        let writes = matches!(
            Stage::read(stage),
            Some(Stage::Insert(_) | Stage::Change(_))
        );
        status == 403 || writes && matches!(status, 404 | 409 | 410 | 412)
    }

    fn lost(&self, spec: &ToolSpec, stage: &Json) -> Lost {
        match Stage::read(stage) {
            Some(Stage::Insert(_) | Stage::Change(_)) => Lost::FindOut,
            Some(Stage::List(_)) if spec.effect == EffectClass::Read => Lost::Again,
            Some(Stage::List(_)) | None => Lost::Unknown,
        }
    }

    fn find_out(
        &self,
        account: &'static Account,
        call: &Call,
        stage: &Json,
        _context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        match Stage::read(stage) {
            Some(Stage::Insert(stage)) => changing::insert_again(account, stage, call),
            Some(Stage::Change(stage)) => changing::find_out(account, stage),
            Some(Stage::List(_)) | None => Err(ToolError::Unknown),
        }
    }

    fn taken(&self, stage: &Json) -> bool {
        match Stage::read(stage) {
            Some(Stage::Insert(stage)) => stage.is_taken(),
            Some(Stage::Change(stage)) => stage.is_taken(),
            Some(Stage::List(_)) | None => false,
        }
    }
}
