//! New events.
//!
//! The one thing to know: an event has an id and a place that are drawn once and kept, and is only
//! written where nothing is yet. So sending it twice is harmless: the second is refused, and what is
//! there is read.

use super::super::family::calendar::{ATTENDEES_MAX, item, made, people};
use super::super::parts::invalid;
use super::home::{self, Home};
use super::occurrence::{self, Eyes};
use super::{Stage as Outer, refused};
use crate::egress::account::Account;
use crate::format::ical::{self, Attendee, NewEvent, Person, When};
use crate::http::{Method, Request};
use crate::time::Timestamp;
use crate::tool::{Answer, Call, CallContext, Kind, Progress, ToolError, ToolOutput};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stage {
    step: Step,
    uid: String,
    at: String,
    stamp: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// It is written for the first time.
    Put,
    /// It is written again, since the answer was lost.
    Again,
    /// It is there, and is read.
    Back,
}

impl Stage {
    pub(super) fn is_taken(&self) -> bool {
        self.step != Step::Put
    }
}

pub(super) fn start(
    account: &Account,
    home: &Home,
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let people = people(call);
    if call.spec.name == "calendar_schedule" {
        if people.is_empty() || people.len() > ATTENDEES_MAX {
            return Err(invalid("attendees", "1 to 100 mail addresses"));
        }
        // Without that nobody would hear of it.
        if !home.schedules || home.own.is_empty() {
            return Err(ToolError::Unavailable);
        }
    }
    let folder = home.to_write(account).ok_or(ToolError::Unavailable)?;
    let uid = context.ids.token();
    let stage = Stage {
        step: Step::Put,
        at: format!("{}/{uid}.ics", folder.trim_end_matches('/')),
        uid,
        stamp: context.now.millis(),
    };
    put(account, home, stage, call)
}

/// Somebody who is asked to come.
pub(super) fn invited(address: String) -> Attendee {
    Attendee {
        person: Person {
            address,
            name: String::new(),
        },
        rsvp: true,
        ..Attendee::default()
    }
}

/// Writes the event, which follows from the call and the stage alone.
fn put(account: &Account, home: &Home, stage: Stage, call: &Call) -> Result<Progress, ToolError> {
    let start = call
        .time("start")
        .ok_or_else(|| invalid("start", "a time"))?;
    let minutes = call.int("minutes").unwrap_or(60).clamp(1, 10_080);
    let end = start.plus_millis(minutes.saturating_mul(60_000));
    // Only what may send mail has people in it.
    let people = if call.spec.name == "calendar_schedule" {
        people(call)
    } else {
        Vec::new()
    };
    let organiser = home.own.first().filter(|_| !people.is_empty());
    let event = NewEvent {
        uid: stage.uid.clone(),
        title: call.text("title").to_owned(),
        start: When::at(start),
        end: When::at(end),
        place: call.text("place").to_owned(),
        about: call.text("about").to_owned(),
        organiser: organiser.map(|address| Person {
            address: address.clone(),
            name: String::new(),
        }),
        attendees: people.into_iter().map(invited).collect(),
    };
    let text = ical::write(&event, None, Timestamp::from_millis(stage.stamp));
    let request = write(account, &stage.at, ("if-none-match", "*"), text);
    Outer::Write(stage).send(request)
}

/// A request that writes an event under a condition.
pub(super) fn write(
    account: &Account,
    at: &str,
    (condition, value): (&str, &str),
    text: String,
) -> Request {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Request {
        method: Method::Put,
        url: account.url(at),
        headers: vec![
            header("content-type", "text/calendar; charset=utf-8"),
            header(condition, value),
        ],
        body: text.into_bytes(),
    }
}

/// A request that reads an event.
pub(super) fn fetch(account: &Account, at: &str) -> Request {
    Request {
        method: Method::Get,
        url: account.url(at),
        headers: vec![("accept".to_owned(), "text/calendar".to_owned())],
        body: Vec::new(),
    }
}

pub(super) fn go_on(
    account: &Account,
    stage: Stage,
    call: &Call,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    if stage.step == Step::Back {
        return back(account, &stage, call, answer, context);
    }
    match answer.status {
        // Where something is there, it is ours, since nobody else knows the place.
        200..=299 | 412 => {
            let request = fetch(account, &stage.at);
            let step = Step::Back;
            Outer::Write(Stage { step, ..stage }).send(request)
        }
        403 if stage.step == Step::Put => Err(refused(answer)),
        404 | 409 | 410 if stage.step == Step::Put => {
            home::forget(context)?;
            Err(ToolError::Unavailable)
        }
        400..=499 if stage.step == Step::Put => Err(ToolError::Unavailable),
        // The first may have arrived all the same, or nobody knows what this is.
        _ => Err(ToolError::Unknown),
    }
}

/// The event as the service has it now.
fn back(
    account: &Account,
    stage: &Stage,
    call: &Call,
    answer: Answer<'_>,
    context: &CallContext<'_>,
) -> Result<Progress, ToolError> {
    let home = home::of_call(context)?;
    let eyes = Eyes {
        home: &home,
        zone: context.zone()?,
    };
    let text = String::from_utf8_lossy(&answer.body);
    let seen = (answer.status == 200)
        .then(|| occurrence::find(&text, &stage.at, None, &eyes))
        .flatten()
        .filter(|seen| seen.uid == stage.uid);
    let event = seen.ok_or(ToolError::Unknown)?.event.bounded();
    let made = made(item(account, &event), call);
    Ok(Progress::Done(ToolOutput::new(Kind::Event, made)))
}

/// Writes it again: the service takes it once.
pub(super) fn find_out(
    account: &Account,
    stage: Stage,
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let home = home::of_call(context)?;
    if stage.step == Step::Back {
        let request = fetch(account, &stage.at);
        return Outer::Write(stage).send(request);
    }
    let step = Step::Again;
    put(account, &home, Stage { step, ..stage }, call)
}
