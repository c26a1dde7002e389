//! New events and changes of events.
//!
//! The one thing to know: a change is made only to what the owner was shown, and under the version
//! that was read then. Google's answer to a change is the event as it is now; after a lost one it is
//! read again.

use super::super::family::calendar::{ATTENDEES_MAX, Event, item, made, people};
use super::super::parts::{encoded, invalid, object_id};
use super::event::{PRIMARY, Seen, events_path, path_of, read};
use super::{Stage as Outer, ask, refused};
use crate::egress::account::Account;
use crate::http::{Method, Request};
use crate::time::{Timestamp, Zone};
use crate::tool::{Answer, Call, CallContext, Kind, Progress, ToolError, ToolOutput};
use crate::value::Item;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// A new event, from the first request to the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Insert {
    /// Its own id, drawn once.
    id: String,
    /// Whether it may be there already.
    again: bool,
    /// Whether it is there, and is read.
    back: bool,
}

impl Insert {
    pub(super) fn is_taken(&self) -> bool {
        self.again || self.back
    }
}

/// The calendar that new events go to.
fn calendar(account: &Account) -> &str {
    match account.collection {
        "" => PRIMARY,
        named => named,
    }
}

/// Whether Google tells the guests.
fn updates(tells: bool) -> &'static str {
    if tells { "all" } else { "none" }
}

pub(super) fn insert(
    account: &Account,
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    // Google takes ids of the letters of base32hex.
    let token = context.ids.token();
    let mut id = String::new();
    for byte in token.bytes() {
        id.push_str(&format!("{byte:02x}"));
    }
    let stage = Insert {
        id,
        again: false,
        back: false,
    };
    post(account, stage, call)
}

pub(super) fn insert_again(
    account: &Account,
    stage: Insert,
    call: &Call,
) -> Result<Progress, ToolError> {
    if stage.back {
        return back(account, stage);
    }
    let again = true;
    post(account, Insert { again, ..stage }, call)
}

fn post(account: &Account, stage: Insert, call: &Call) -> Result<Progress, ToolError> {
    let start = call
        .time("start")
        .ok_or_else(|| invalid("start", "a time"))?;
    let minutes = call.int("minutes").unwrap_or(60).clamp(1, 10_080);
    let end = start.plus_millis(minutes.saturating_mul(60_000));
    let mut event = json!({
        "id": stage.id,
        "summary": call.text("title"),
        "location": call.text("place"),
        "description": call.text("about"),
        "start": {"dateTime": start.to_rfc3339()},
        "end": {"dateTime": end.to_rfc3339()},
    });
    // Only what may send mail has people in it.
    let tells = call.spec.name == "calendar_schedule";
    if tells {
        let people = people(call);
        if people.is_empty() || people.len() > ATTENDEES_MAX {
            return Err(invalid("attendees", "1 to 100 mail addresses"));
        }
        let guests: Json = people.iter().map(|one| json!({"email": one})).collect();
        if let Some(fields) = event.as_object_mut() {
            fields.insert("attendees".to_owned(), guests);
        }
    }
    let path = events_path(calendar(account));
    let path = format!("{path}?sendUpdates={}", updates(tells));
    let request = ask(account, Method::Post, &path, Some(&event));
    Outer::Insert(stage).send(request)
}

fn back(account: &Account, stage: Insert) -> Result<Progress, ToolError> {
    let path = format!("{}/{}", events_path(calendar(account)), stage.id);
    let request = ask(account, Method::Get, &path, None);
    let back = true;
    Outer::Insert(Insert { back, ..stage }).send(request)
}

pub(super) fn inserted(
    account: &Account,
    stage: Insert,
    call: &Call,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    match answer.status {
        200 => {
            let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
            let zone = context.zone()?;
            let seen = read(account, calendar(account), &json, zone);
            let own = format!("{}/{}", encoded(calendar(account)), stage.id);
            let seen = seen.filter(|seen| seen.event.id == own && !seen.is_off);
            match seen {
                Some(seen) => Ok(done(account, &seen, call)),
                // It was taken, and its answer cannot be read.
                None if !stage.back => back(account, stage),
                None => Err(ToolError::Unknown),
            }
        }
        // The id is ours alone, so what is there is what was written.
        409 => back(account, stage),
        _ if stage.is_taken() => Err(ToolError::Unknown),
        400..=499 => Err(refused(answer)),
        // A service that sends one elsewhere has taken nothing.
        300..=399 => Err(ToolError::Unavailable),
        _ => Err(ToolError::Unknown),
    }
}

fn done(account: &Account, seen: &Seen, call: &Call) -> Progress {
    let event = item(account, &seen.event.clone().bounded());
    let event = made(event, call);
    Progress::Done(ToolOutput::new(Kind::Event, event))
}

/// A change, from the first request to the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stage {
    step: Step,
    /// The path of the event.
    path: String,
    /// The version that was read, once it was.
    version: Option<String>,
    /// Whether another version was in the way before.
    tried: bool,
    /// Whether a change may have arrived.
    sent: bool,
    /// The event as it was before.
    before: Option<Event>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// The event is read.
    Read,
    /// It is changed.
    Act,
    /// It is read after its change.
    Back,
}

impl Stage {
    pub(super) fn is_taken(&self) -> bool {
        self.sent || self.step == Step::Back
    }

    fn failed(&self) -> ToolError {
        if self.is_taken() {
            ToolError::Unknown
        } else {
            ToolError::Unavailable
        }
    }

    fn read(self, account: &Account) -> Result<Progress, ToolError> {
        let request = ask(account, Method::Get, &self.path, None);
        Outer::Change(self).send(request)
    }
}

pub(super) fn start(account: &Account, call: &Call) -> Result<Progress, ToolError> {
    let id = object_id(call, "event")?;
    let id = super::super::access::own_id(account, &id).ok_or(ToolError::Unavailable)?;
    Stage {
        step: Step::Read,
        path: path_of(id).ok_or(ToolError::Unavailable)?,
        version: None,
        tried: false,
        sent: false,
        before: None,
    }
    .read(account)
}

pub(super) fn find_out(account: &Account, mut stage: Stage) -> Result<Progress, ToolError> {
    if stage.step == Step::Act {
        stage.sent = true;
        stage.step = Step::Read;
    }
    stage.read(account)
}

pub(super) fn go_on(
    account: &Account,
    stage: Stage,
    call: &Call,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let zone = context.zone()?;
    let cancels = call.spec.name == "calendar_cancel";
    let gone = matches!(answer.status, 404 | 410);
    match (stage.step, answer.status) {
        (Step::Read | Step::Back, 200) => looked(account, stage, call, answer, zone),
        (Step::Act, 200..=299) if cancels && is_own(call, account) => removed(account, &stage),
        (Step::Act, 200..=299) => {
            let step = Step::Back;
            Stage { step, ..stage }.read(account)
        }
        (Step::Act, 404 | 410) if cancels => removed(account, &stage),
        // Somebody changed it since; once more, if it still is what the owner was shown.
        (Step::Act, 412) if !stage.tried => Stage {
            step: Step::Read,
            tried: true,
            ..stage
        }
        .read(account),
        (Step::Read | Step::Back, _) if gone && cancels && stage.is_taken() => {
            removed(account, &stage)
        }
        (Step::Read | Step::Act, 300..=499) if !stage.sent => Err(refused(answer)),
        (Step::Read, _) => Err(stage.failed()),
        (Step::Back | Step::Act, _) => Err(ToolError::Unknown),
    }
}

/// Whether the event that a call shows is one that the owner organises.
fn is_own(call: &Call, account: &Account) -> bool {
    let event = call.item("event");
    let organiser = event.and_then(|event| event.field("organiser"));
    organiser
        .and_then(Item::text)
        .is_none_or(|one| one.is_empty() || one.eq_ignore_ascii_case(account.address))
}

/// The event as it was: what was taken out of the calendar is not there any more.
fn removed(account: &Account, stage: &Stage) -> Result<Progress, ToolError> {
    let event = stage.before.clone().ok_or(ToolError::Unknown)?;
    let event = item(account, &event.bounded());
    Ok(Progress::Done(ToolOutput::new(Kind::Event, event)))
}

/// Takes the event as it is: before its change, after it, or after an answer that was lost.
fn looked(
    account: &Account,
    stage: Stage,
    call: &Call,
    answer: Answer<'_>,
    zone: &Zone,
) -> Result<Progress, ToolError> {
    let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    let calendar = stage.path.split('/').nth(2).unwrap_or_default();
    let plain = decoded(calendar);
    let seen = read(account, &plain, &json, zone).ok_or_else(|| stage.failed())?;
    if stage.is_taken() && is_reached(call, &seen, account) {
        if call.spec.name == "calendar_cancel" {
            return removed(account, &stage);
        }
        return Ok(done(account, &seen, call));
    }
    if stage.step == Step::Back {
        return Err(ToolError::Unknown);
    }
    let same = stage
        .version
        .as_ref()
        .is_none_or(|before| *before == seen.version);
    let pointed_at = call.item("event").ok_or(ToolError::Unavailable)?;
    let as_shown = seen.event.clone().bounded().is_as_shown(pointed_at);
    if seen.is_off || stage.sent && !same || !as_shown {
        return Err(stage.failed());
    }
    let request = act(account, &stage, call, &seen)?;
    Outer::Change(Stage {
        step: Step::Act,
        version: Some(seen.version),
        before: Some(seen.event.bounded()),
        ..stage
    })
    .send(request)
}

/// A segment of a path as it was before it was encoded.
fn decoded(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment;
    while let Some((plain, coded)) = rest.split_once('%') {
        bytes.extend_from_slice(plain.as_bytes());
        let (digits, tail) = coded.split_at_checked(2).unwrap_or((coded, ""));
        bytes.extend(u8::from_str_radix(digits, 16).ok());
        rest = tail;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The request that changes an event, if the call may.
fn act(account: &Account, stage: &Stage, call: &Call, seen: &Seen) -> Result<Request, ToolError> {
    let event = &seen.event;
    let may = |holds: bool| holds.then_some(()).ok_or(stage.failed());
    let cancels = call.spec.name == "calendar_cancel";
    let tells = !event.attendees.is_empty() || call.spec.name == "calendar_invite";
    let path = format!("{}?sendUpdates={}", stage.path, updates(tells));
    let change = match call.spec.name {
        "calendar_move" => {
            may(event.is_own)?;
            moved(call, seen)?
        }
        "calendar_invite" => {
            may(event.is_own)?;
            let mut guests = seen.guests.clone();
            let known = |one: &String| {
                let mut all = event.attendees.iter();
                all.any(|guest| guest.eq_ignore_ascii_case(one))
            };
            let fresh = people(call).into_iter().filter(|one| !known(one));
            guests.extend(fresh.map(|one| json!({"email": one})));
            may(!guests.is_empty() && guests.len() <= ATTENDEES_MAX)?;
            json!({"attendees": guests})
        }
        "calendar_respond" => {
            may(!event.is_own)?;
            answered(account, seen, call.text("answer")).ok_or(stage.failed())?
        }
        _ if cancels && event.is_own => {
            return Ok(conditional(ask(account, Method::Delete, &path, None), seen));
        }
        _ if cancels => answered(account, seen, "declined").ok_or(stage.failed())?,
        _ => return Err(stage.failed()),
    };
    let request = ask(account, Method::Patch, &path, Some(&change));
    Ok(conditional(request, seen))
}

/// The request under the version that was read.
fn conditional(mut request: Request, seen: &Seen) -> Request {
    let plain = |b: u8| b.is_ascii_graphic();
    if !seen.version.is_empty() && seen.version.bytes().all(plain) {
        let header = ("if-match".to_owned(), seen.version.clone());
        request.headers.push(header);
    }
    request
}

fn moved(call: &Call, seen: &Seen) -> Result<Json, ToolError> {
    let start = call
        .time("start")
        .ok_or_else(|| invalid("start", "a time"))?;
    let end = start.plus_millis(lasts(call, seen));
    let time = |at: Timestamp| json!({"dateTime": at.to_rfc3339(), "date": null});
    Ok(json!({"start": time(start), "end": time(end)}))
}

/// How long an event is after it was moved, in milliseconds.
fn lasts(call: &Call, seen: &Seen) -> i64 {
    let minutes = call.int("minutes").map(|one| one.clamp(1, 10_080));
    let before = seen.event.to.saturating_sub(seen.event.from);
    match minutes {
        Some(minutes) => minutes.saturating_mul(60_000),
        // A whole day that gets an hour of the day lasts an hour, as a new event does.
        None if seen.is_day => 3_600_000,
        None => before,
    }
}

/// The guests with the owner's answer; `None` if the owner is none of them.
fn answered(account: &Account, seen: &Seen, answer: &str) -> Option<Json> {
    let answer = match answer {
        "accepted" => "accepted",
        "declined" => "declined",
        "tentative" => "tentative",
        _ => return None,
    };
    let mut guests = seen.guests.clone();
    let owner = guests.iter_mut().find(|guest| {
        let address = guest.get("email").and_then(Json::as_str);
        guest.get("self") == Some(&Json::Bool(true))
            || address.is_some_and(|one| one.eq_ignore_ascii_case(account.address))
    })?;
    owner
        .as_object_mut()?
        .insert("responseStatus".to_owned(), answer.into());
    Some(json!({"attendees": guests}))
}

/// Whether what a call asks for is so.
fn is_reached(call: &Call, seen: &Seen, account: &Account) -> bool {
    let answer = seen.answer.as_deref();
    match call.spec.name {
        "calendar_cancel" => seen.is_off || !is_own(call, account) && answer == Some("declined"),
        "calendar_move" => {
            let from = call.time("start").map(Timestamp::millis);
            from == Some(seen.event.from) && !seen.is_day
        }
        "calendar_invite" => people(call).iter().all(|one| {
            let mut all = seen.event.attendees.iter();
            all.any(|guest| guest.eq_ignore_ascii_case(one))
        }),
        "calendar_respond" => answer == Some(call.text("answer")),
        _ => false,
    }
}
