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
    /// Those that the owner's own events are in.
    own: Vec<String>,
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
    /// Those that the owner's own events are in: the primary one and the one that the account
    /// names, if the owner writes to them.
    own: Vec<String>,
    /// The one that the account named then.
    named: String,
    more: bool,
}

/// What is kept of the calendars, and until when it is believed to be all of them.
fn kept(account: &Account, context: &CallContext<'_>) -> Result<Option<(i64, Kept)>, ToolError> {
    let Some(row) = context.documents.get(COLLECTION, COLLECTION)? else {
        return Ok(None);
    };
    let until = row.sort;
    let kept: Kept = read_document(row)?;
    Ok((kept.named == account.collection).then_some((until, kept)))
}

/// Whether the owner's own events are in a calendar. Nothing is changed in any other.
pub(super) fn is_owners(
    account: &Account,
    calendar: &str,
    context: &CallContext<'_>,
) -> Result<bool, ToolError> {
    let own = match kept(account, context)? {
        Some((_, kept)) => kept.own,
        None => own(account, &[]),
    };
    Ok(is_among(&own, calendar))
}

fn is_among(own: &[String], calendar: &str) -> bool {
    own.iter().any(|one| one.eq_ignore_ascii_case(calendar))
}

fn id_of(json: &Json) -> Option<&str> {
    json.get("id").and_then(Json::as_str)
}

/// The one that Google says is the owner's primary one.
fn primary(items: &[Json]) -> Option<&str> {
    let is_primary = |json: &&Json| json.get("primary") == Some(&Json::Bool(true));
    items.iter().find(is_primary).and_then(id_of)
}

/// The calendars that the owner's own events are in.
fn own(account: &Account, items: &[Json]) -> Vec<String> {
    // Google names a primary calendar by its owner's address.
    let primary = primary(items).unwrap_or(account.address);
    let is_written = |calendar: &&str| {
        let is_it = |json: &&Json| id_of(json).is_some_and(|id| id.eq_ignore_ascii_case(calendar));
        let role = |json: &Json| {
            let role = json.get("accessRole").and_then(Json::as_str);
            matches!(role, Some("owner" | "writer"))
        };
        // What is not in the list is found out by writing.
        items.iter().find(is_it).is_none_or(role)
    };
    let own = [PRIMARY, primary, account.collection].into_iter();
    let own = own.filter(|one| !one.is_empty()).filter(is_written);
    own.map(str::to_owned).collect()
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
        self.own = kept.own;
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
        own: Vec::new(),
        from: from.millis(),
        to: to.millis(),
        page: 0,
        found: Vec::new(),
        missing: Vec::new(),
    };
    let kept = kept(account, context)?.filter(|(until, _)| *until > context.now.millis());
    if let Some((_, kept)) = kept {
        let stage = stage.know(kept);
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
    let is_owners = is_among(&stage.own, &calendar);
    for json in items {
        let Some(seen) = read(account, (&calendar, is_owners), json, zone) else {
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
    let first = match account.collection {
        "" => primary(items).unwrap_or(PRIMARY),
        named => named,
    };
    let is_shown = |json: &&Json| json.get("selected") == Some(&Json::Bool(true));
    let mut calendars = vec![first.to_owned()];
    for calendar in items.iter().filter(is_shown).filter_map(id_of) {
        if !calendars.iter().any(|one| one == calendar) && calendar.len() <= 256 {
            calendars.push(calendar.to_owned());
        }
    }
    let more = calendars.len() > CALENDARS_MAX;
    calendars.truncate(CALENDARS_MAX);
    Kept {
        calendars,
        own: own(account, items),
        named: account.collection.to_owned(),
        more,
    }
}
