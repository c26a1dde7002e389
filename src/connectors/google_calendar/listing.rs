//! Lists: the owner's calendars, and then the events of each; Google expands series.

use super::super::family::calendar::{self, Event, Missing};
use super::super::parts::{document, encoded, read as read_document};
use super::event::{PRIMARY, events_path, read};
use super::{Stage as Outer, ask, refused};
use crate::egress::account::Account;
use crate::http::Method;
use crate::time::Timestamp;
use crate::tool::{Answer, Call, CallContext, Progress, ToolError};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// How many calendars are looked at, and how many pages of one.
const CALENDARS_MAX: usize = 10;
const PAGES_MAX: u32 = 4;
/// The most events of one list.
const EVENTS_MAX: usize = 1_000;
/// How long the list of calendars is believed.
const KEPT_MS: i64 = 24 * 3_600_000;
const COLLECTION: &str = "home";
const TOKEN_BYTES_MAX: usize = 2_048;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stage {
    /// The calendars that are still to be asked; `None` while they are not known.
    calendars: Option<Vec<String>>,
    from: i64,
    to: i64,
    page: u32,
    found: Vec<Event>,
    missing: Vec<Missing>,
}

/// The calendars of an account, as they are kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    calendars: Vec<String>,
    more: bool,
}

impl Stage {
    fn misses(&mut self, what: Missing) {
        if !self.missing.contains(&what) {
            self.missing.push(what);
        }
    }

    fn know(mut self, kept: Kept) -> Self {
        if kept.more {
            self.misses(Missing::Calendars);
        }
        self.calendars = Some(kept.calendars);
        self
    }
}

pub(super) fn start(
    account: &Account,
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let usual = match call.spec.name {
        "calendar_find" => 90,
        "calendar_slots" => calendar::slots::DAYS,
        _ => 1,
    };
    let (from, to) = calendar::days(call, usual, context)?;
    let stage = Stage {
        calendars: None,
        from: from.millis(),
        to: to.millis(),
        page: 0,
        found: Vec::new(),
        missing: Vec::new(),
    };
    let kept = context.documents.get(COLLECTION, COLLECTION)?;
    let kept = kept.filter(|kept| kept.sort > context.now.millis());
    if let Some(kept) = kept {
        let stage = stage.know(read_document(kept)?);
        return next(account, stage, None, call, context);
    }
    let path = "/users/me/calendarList?maxResults=100";
    Outer::List(stage).send(ask(account, Method::Get, path, None))
}

/// Asks the calendar whose turn it is; the list, if all were asked.
fn next(
    account: &Account,
    stage: Stage,
    page: Option<&str>,
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let calendars = stage.calendars.as_deref().unwrap_or_default();
    let Some(calendar) = calendars.first() else {
        let output = calendar::listed(account, call, stage.found, &stage.missing, context)?;
        return Ok(Progress::Done(output));
    };
    let at = |millis| encoded(&Timestamp::from_millis(millis).to_rfc3339());
    let mut path = format!(
        "{}?singleEvents=true&orderBy=startTime&maxResults=250&timeMin={}&timeMax={}",
        events_path(calendar),
        at(stage.from),
        at(stage.to)
    );
    if let Some(page) = page {
        path.push_str(&format!("&pageToken={}", encoded(page)));
    }
    let request = ask(account, Method::Get, &path, None);
    Outer::List(stage).send(request)
}

pub(super) fn go_on(
    account: &Account,
    mut stage: Stage,
    call: &Call,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    if answer.status != 200 {
        return Err(refused(answer));
    }
    let body: Json = serde_json::from_slice(&answer.body).map_err(|_| ToolError::Unavailable)?;
    let items = body.get("items").and_then(Json::as_array);
    let items = items.ok_or(ToolError::Unavailable)?;
    let Some(calendars) = &mut stage.calendars else {
        let kept = calendars(account, items);
        let until = context.now.plus_millis(KEPT_MS).millis();
        let row = document(COLLECTION, until, &kept)?;
        context.documents.put(COLLECTION, row)?;
        return next(account, stage.know(kept), None, call, context);
    };
    let Some(calendar) = calendars.first().cloned() else {
        return Err(ToolError::Unavailable);
    };
    let zone = context.zone()?;
    for json in items {
        let Some(seen) = read(account, &calendar, json, zone) else {
            stage.misses(Missing::Unreadable);
            continue;
        };
        if stage.found.len() >= EVENTS_MAX {
            stage.misses(Missing::Rest);
            break;
        }
        let event = seen.event.bounded();
        if !seen.is_off && event.fits(call.text("query")) {
            stage.found.push(event);
        }
    }
    let page = body.get("nextPageToken").and_then(Json::as_str);
    let page = page.filter(|page| !page.is_empty() && page.len() <= TOKEN_BYTES_MAX);
    stage.page = stage.page.saturating_add(1);
    if let Some(page) = page {
        if stage.page < PAGES_MAX {
            let page = page.to_owned();
            return next(account, stage, Some(&page), call, context);
        }
        stage.misses(Missing::Rest);
    }
    stage.page = 0;
    if let Some(calendars) = &mut stage.calendars
        && !calendars.is_empty()
    {
        calendars.remove(0);
    }
    next(account, stage, None, call, context)
}

/// The calendars that the owner shows, the one that is written to first.
fn calendars(account: &Account, items: &[Json]) -> Kept {
    let id = |json: &Json| json.get("id").and_then(Json::as_str).map(str::to_owned);
    let is = |json: &Json, name: &str| json.get(name) == Some(&Json::Bool(true));
    let own = if account.collection.is_empty() {
        let primary = items.iter().find(|json| is(json, "primary"));
        primary.and_then(id).unwrap_or_else(|| PRIMARY.to_owned())
    } else {
        account.collection.to_owned()
    };
    let shown = items.iter().filter(|json| is(json, "selected"));
    let mut calendars = vec![own];
    for calendar in shown.filter_map(id) {
        if !calendars.contains(&calendar) && calendar.len() <= 256 {
            calendars.push(calendar);
        }
    }
    let more = calendars.len() > CALENDARS_MAX;
    calendars.truncate(CALENDARS_MAX);
    Kept { calendars, more }
}
