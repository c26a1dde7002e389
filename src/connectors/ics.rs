//! Calendars that somebody publishes as a file, such as holidays, a school or a club: iCalendar at one
//! address ([RFC 5545](https://www.rfc-editor.org/rfc/rfc5545)), read only.
//!
//! The one thing to know: everything in such a file is its publisher's, so no event of it is the
//! owner's own, whoever it names as organiser. `collection` is the path of the file.

use super::accounts::Service;
use super::family::calendar::{self, Event, Missing};
use crate::egress::account::{Account, Api, Way};
use crate::format::ical;
use crate::http::{Method, Request};
use crate::time::Timestamp;
use crate::tool::{Answer, Call, CallContext, Progress, ToolError};
use serde_json::{Value as Json, json};

/// What may be asked.
pub const API: Api = Api {
    name: "ics",
    user: "calendar",
    host: None,
    ways: &[Way {
        methods: &[Method::Get],
        path: "/**",
        accepts: &["text/calendar", "text/plain", "application/octet-stream"],
        request_bytes_max: 0,
        response_bytes_max: 2 << 20,
        timeout_ms: 20_000,
        per_minute: 20,
    }],
    grant: None,
};

/// The service.
pub const SERVICE: &dyn Service = &Published;

struct Published;

/// The most events of one list.
const EVENTS_MAX: usize = 1_000;

/// The days that a call is about.
fn window(
    call: &Call,
    context: &CallContext<'_>,
) -> Result<Option<(Timestamp, Timestamp)>, ToolError> {
    let usual = match call.spec.name {
        "calendar_list" => 1,
        "calendar_find" => 90,
        "calendar_slots" => calendar::slots::DAYS,
        _ => return Ok(None),
    };
    calendar::days(call, usual, context).map(Some)
}

impl Service for Published {
    fn run(
        &self,
        account: &'static Account,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        if account.collection.is_empty() || window(call, context)?.is_none() {
            return Err(ToolError::Unavailable);
        }
        let request = Request {
            method: Method::Get,
            url: account.url(account.collection),
            headers: vec![("accept".to_owned(), "text/calendar".to_owned())],
            body: Vec::new(),
        };
        let stage = json!({});
        Ok(Progress::Send { request, stage })
    }

    fn go_on(
        &self,
        account: &'static Account,
        call: &Call,
        _stage: &Json,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let days = window(call, context)?.filter(|_| answer.status == 200);
        let (from, to) = days.ok_or(ToolError::Unavailable)?;
        let events = ical::read(&answer.body).map_err(|_| ToolError::Unavailable)?;
        let found = ical::expand(&events, from, to, context.zone()?);
        let mut missing = Vec::new();
        if found.incomplete {
            missing.push(Missing::Unreadable);
        }
        if found.events.len() > EVENTS_MAX {
            missing.push(Missing::Rest);
        }
        let shown = found.events.iter().take(EVENTS_MAX);
        let shown = shown.filter(|one| one.event.status != ical::Status::Cancelled);
        let events = shown.map(event).collect();
        let output = calendar::listed(account, call, events, &missing, context)?;
        Ok(Progress::Done(output))
    }
}

/// An occurrence as the family has it. Nobody can change it, so its id only tells it from others.
fn event(one: &ical::Occurrence<'_>) -> Event {
    let organiser = one.event.organiser.as_ref();
    Event {
        id: format!("{}#{}", one.event.uid, one.from.millis()),
        title: one.event.title.clone(),
        from: one.from.millis(),
        to: one.to.millis(),
        place: one.event.place.clone(),
        about: one.event.about.clone(),
        organiser: organiser.map_or_else(String::new, |person| person.address.clone()),
        attendees: Vec::new(),
        is_own: false,
        is_busy: !one.event.is_free,
    }
    .bounded()
}
