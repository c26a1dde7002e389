//! Moving, inviting, answering and cancelling.
//!
//! The one thing to know: an event is read, must still be what the owner was shown, and is written
//! under the version that was read. If the answer is lost, the event is read again: the same version
//! means that nothing happened, and the request is sent once more under it; another one counts as
//! done only if what was asked for is there.

use super::super::access::own_id;
use super::super::family::calendar::{ATTENDEES_MAX, Event, item, made, people};
use super::super::parts::{invalid, object_id};
use super::home::{self, Home};
use super::occurrence::{self, Eyes, Seen, is_off};
use super::writing::{fetch, invited, write};
use super::{Stage as Outer, place, refused};
use crate::egress::account::Account;
use crate::format::ical::{self, Answer as Reply, Change, Person, When, Which};
use crate::http::{Method, Request};
use crate::time::Zone;
use crate::tool::{Answer, Call, CallContext, Kind, Progress, ToolError, ToolOutput};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stage {
    step: Step,
    at: String,
    /// Which occurrence, by the instant it would begin at.
    key: Option<i64>,
    /// The version that was read.
    version: Option<String>,
    /// Whether somebody else was faster once.
    tried: bool,
    /// Whether a request may have arrived whose answer was lost.
    sent: bool,
    /// The event before the change.
    before: Option<Event>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// It is read.
    Read,
    /// It is written, or removed.
    Act,
    /// What came of it is read.
    Back,
}

impl Stage {
    /// Whether nothing was sent yet that changes anything.
    pub(super) fn changes_nothing(&self) -> bool {
        self.step == Step::Read && !self.sent
    }

    pub(super) fn is_taken(&self) -> bool {
        self.sent || self.step == Step::Back
    }

    /// What it means that something is not as it was expected to be.
    fn failed(&self) -> ToolError {
        if self.sent {
            ToolError::Unknown
        } else {
            ToolError::Unavailable
        }
    }

    fn read(self, account: &Account) -> Result<Progress, ToolError> {
        let request = fetch(account, &self.at);
        Outer::Change(self).send(request)
    }
}

/// What is done to an event.
enum Act {
    Change(Which, Change),
    Remove,
}

pub(super) fn start(
    account: &Account,
    call: &Call,
    _context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let id = object_id(call, "event")?;
    let id = own_id(account, &id).ok_or(ToolError::Unavailable)?;
    let (at, key) = place::of_id(id).ok_or(ToolError::Unavailable)?;
    // An id is the service's own word, but a name that others wrote could stand in its place.
    let at = place::named(account, "/", at).ok_or(ToolError::Unavailable)?;
    Stage {
        step: Step::Read,
        at,
        key,
        version: None,
        tried: false,
        sent: false,
        before: None,
    }
    .read(account)
}

pub(super) fn go_on(
    account: &Account,
    stage: Stage,
    call: &Call,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    match stage.step {
        Step::Read => read(account, stage, call, answer, context),
        Step::Act => acted(account, stage, call, answer),
        Step::Back => back(account, &stage, call, answer, context),
    }
}

pub(super) fn find_out(account: &Account, mut stage: Stage) -> Result<Progress, ToolError> {
    if stage.step == Step::Act {
        stage.sent = true;
        stage.step = Step::Read;
    }
    stage.read(account)
}

/// The version of an answer.
fn version(answer: Answer<'_>) -> Option<String> {
    let of = |header: &str| answer.header(header).filter(|value| !value.is_empty());
    of("etag").or_else(|| of("schedule-tag")).map(str::to_owned)
}

/// The header that makes a request depend on a version that was read, and its value.
fn condition(answer: Answer<'_>, tried: bool) -> Option<(&'static str, String)> {
    let of = |header: &str| answer.header(header).filter(|value| !value.is_empty());
    let if_match = of("etag").map(|tag| ("if-match", tag.to_owned()));
    let of_schedule = || of("schedule-tag").map(|tag| ("if-schedule-tag-match", tag.to_owned()));
    match if_match {
        // Some services give a weak tag to what they have changed themselves, as where they noted
        // whom they told. They take it back; by the letter of HTTP it would match nothing.
        Some((_, tag)) if tried && tag.starts_with("W/") => {
            of_schedule().or(Some(("if-match", tag)))
        }
        Some(strong) => Some(strong),
        None => of_schedule(),
    }
}

fn read(
    account: &Account,
    stage: Stage,
    call: &Call,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    match answer.status {
        200 => {}
        404 | 410 if stage.sent && call.spec.name == "calendar_cancel" => {
            return done(account, &stage, call, None);
        }
        403 if !stage.sent => return Err(refused(answer)),
        _ => return Err(stage.failed()),
    }
    let home = home::of_call(context)?;
    let zone = context.zone()?;
    let eyes = Eyes { home: &home, zone };
    let text = String::from_utf8_lossy(&answer.body);
    let seen = find(&text, &stage, &eyes);
    let now = version(answer);
    let is_other = stage.version.is_some() && stage.version != now;
    if is_other && is_reached(call, seen.as_ref(), &text, &eyes) {
        return done(account, &stage, call, seen.as_ref());
    }
    let seen = seen.ok_or_else(|| stage.failed())?;
    let shown = call.item("event").ok_or(ToolError::Unavailable)?;
    if stage.sent && is_other || !seen.event.clone().bounded().is_as_shown(shown) {
        return Err(stage.failed());
    }
    let condition = condition(answer, stage.tried);
    let (condition, value) = condition.ok_or_else(|| stage.failed())?;
    let request = match act(call, &seen, &eyes)? {
        Act::Remove => Request {
            method: Method::Delete,
            url: account.url(&stage.at),
            headers: vec![(condition.to_owned(), value)],
            body: Vec::new(),
        },
        Act::Change(which, change) => {
            let changed = ical::edit(&text, &seen.uid, (&which, &change), context.now, zone);
            let changed = changed.map_err(|_| stage.failed())?;
            write(account, &stage.at, (condition, &value), changed)
        }
    };
    Outer::Change(Stage {
        step: Step::Act,
        version: now,
        before: Some(seen.event.bounded()),
        ..stage
    })
    .send(request)
}

fn acted(
    account: &Account,
    stage: Stage,
    call: &Call,
    answer: Answer<'_>,
) -> Result<Progress, ToolError> {
    let removes = call.spec.name == "calendar_cancel" && stage.key.is_none();
    match answer.status {
        // A file that is gone needs no reading.
        200 | 204 | 404 | 410 if removes => done(account, &stage, call, None),
        200..=299 => {
            let step = Step::Back;
            Stage { step, ..stage }.read(account)
        }
        412 if !stage.tried => Stage {
            step: Step::Read,
            tried: true,
            ..stage
        }
        .read(account),
        403 if !stage.sent => Err(refused(answer)),
        400..=499 => Err(stage.failed()),
        // Nobody knows what that is.
        _ => Err(ToolError::Unknown),
    }
}

/// What the service has after it has taken a change.
fn back(
    account: &Account,
    stage: &Stage,
    call: &Call,
    answer: Answer<'_>,
    context: &CallContext<'_>,
) -> Result<Progress, ToolError> {
    let cancels = call.spec.name == "calendar_cancel";
    if cancels && matches!(answer.status, 404 | 410) {
        return done(account, stage, call, None);
    }
    if answer.status != 200 {
        return Err(ToolError::Unknown);
    }
    let home = home::of_call(context)?;
    let eyes = Eyes {
        home: &home,
        zone: context.zone()?,
    };
    let text = String::from_utf8_lossy(&answer.body);
    let seen = find(&text, stage, &eyes);
    let reached = is_reached(call, seen.as_ref(), &text, &eyes);
    // A service may adapt times or people; the result shows them. An answer is given or not.
    let shows = !cancels && call.spec.name != "calendar_respond" && seen.is_some();
    if reached || shows {
        return done(account, stage, call, seen.as_ref());
    }
    Err(ToolError::Unknown)
}

fn done(
    account: &Account,
    stage: &Stage,
    call: &Call,
    seen: Option<&Seen>,
) -> Result<Progress, ToolError> {
    let cancels = call.spec.name == "calendar_cancel";
    let now = seen.filter(|_| !cancels).map(|seen| seen.event.clone());
    let event = now.or_else(|| stage.before.clone());
    let mut event = event.ok_or(ToolError::Unknown)?.bounded();
    // The same thing has the same id, however it is found.
    event.id = place::id(&stage.at, stage.key);
    let result = made(item(account, &event), call);
    Ok(Progress::Done(ToolOutput::new(Kind::Event, result)))
}

fn find(text: &str, stage: &Stage, eyes: &Eyes<'_>) -> Option<Seen> {
    occurrence::find(text, &stage.at, stage.key, eyes)
}

/// What a call does to the event that it points at, if it may.
fn act(call: &Call, seen: &Seen, eyes: &Eyes<'_>) -> Result<Act, ToolError> {
    let event = &seen.event;
    let which = seen
        .key
        .map_or(Which::Whole, |key| Which::Occurrence(When::at(key)));
    let told = !event.attendees.is_empty();
    // Others must hear of it, or it must not happen.
    let is_told = eyes.home.schedules && event.attendees.len() <= ATTENDEES_MAX;
    let may = |holds: bool| holds.then_some(()).ok_or(ToolError::Unavailable);
    let change = match call.spec.name {
        "calendar_move" => {
            may(event.is_own && (is_told || !told))?;
            let (start, end) = times(call, seen, eyes.zone)?;
            Change::Move { start, end }
        }
        "calendar_invite" => {
            // All that they are told must have been seen.
            may(event.is_own && is_told && event.clone().bounded() == *event)?;
            invite(call, event, eyes.home)?
        }
        "calendar_respond" => {
            may(!event.is_own && is_told)?;
            answer(call_answer(call)?, event, eyes.home)?
        }
        "calendar_cancel" if seen.key.is_none() => {
            may(!event.is_own || is_told || !told)?;
            return Ok(Act::Remove);
        }
        // A service tells attendees of a series that lacks an occurrence.
        "calendar_cancel" if event.is_own || !told => {
            may(is_told || !told)?;
            Change::Exclude
        }
        "calendar_cancel" => {
            may(is_told)?;
            answer(Reply::Declined, event, eyes.home)?
        }
        _ => return Err(ToolError::Unavailable),
    };
    Ok(Act::Change(which, change))
}

fn invite(call: &Call, event: &Event, home: &Home) -> Result<Change, ToolError> {
    let mut wanted = people(call);
    if wanted.is_empty() {
        return Err(invalid("attendees", "at least one mail address"));
    }
    wanted.retain(|person| !is_invited(event, person));
    if wanted.len().saturating_add(event.attendees.len()) > ATTENDEES_MAX {
        return Err(ToolError::Unavailable);
    }
    let address = home.own.first().cloned().ok_or(ToolError::Unavailable)?;
    Ok(Change::Invite {
        attendees: wanted.into_iter().map(invited).collect(),
        organiser: Person {
            address,
            name: String::new(),
        },
    })
}

fn is_invited(event: &Event, person: &str) -> bool {
    let mut all = event.attendees.iter();
    all.any(|one| one.trim().eq_ignore_ascii_case(person))
}

fn answer(answer: Reply, event: &Event, home: &Home) -> Result<Change, ToolError> {
    let mut all = event.attendees.iter();
    let own = all.find(|address| home.is_own(address));
    let address = own.cloned().ok_or(ToolError::Unavailable)?;
    Ok(Change::Respond { address, answer })
}

fn call_answer(call: &Call) -> Result<Reply, ToolError> {
    match call.text("answer") {
        "accepted" => Ok(Reply::Accepted),
        "declined" => Ok(Reply::Declined),
        "tentative" => Ok(Reply::Tentative),
        _ => Err(invalid("answer", "accepted, declined or tentative")),
    }
}

/// The new times of an event that is moved. A whole day stays one if no length is given.
fn times(call: &Call, seen: &Seen, zone: &Zone) -> Result<(When, When), ToolError> {
    let start = call
        .time("start")
        .ok_or_else(|| invalid("start", "a time"))?;
    let minutes = call.int("minutes").map(|one| one.clamp(1, 10_080));
    if minutes.is_none() && seen.start.is_day() {
        let day = start.in_zone(zone).date();
        let first = seen.start.wall().date();
        let days = first.duration_until(seen.end.wall().date()).as_hours() / 24;
        let last = day.checked_add(days.max(1).days());
        let last = last.map_err(|_| ToolError::Unavailable)?;
        return Ok((When::day(day), When::day(last)));
    }
    let lasts = match minutes {
        Some(minutes) => minutes.saturating_mul(60_000),
        None => seen.event.to.saturating_sub(seen.event.from),
    };
    Ok((When::at(start), When::at(start.plus_millis(lasts))))
}

/// Whether what a call asks for is so.
fn is_reached(call: &Call, seen: Option<&Seen>, text: &str, eyes: &Eyes<'_>) -> bool {
    let answered = |seen: &Seen| eyes.answer(&seen.part);
    match (call.spec.name, seen) {
        ("calendar_cancel", Some(seen)) => {
            is_off(&seen.part) || !seen.event.is_own && answered(seen) == Some(Reply::Declined)
        }
        // The series is there, and this one is not among them.
        ("calendar_cancel", None) => ical::read(text).is_ok_and(|events| !events.is_empty()),
        ("calendar_move", Some(seen)) => {
            let from = call.time("start").map(crate::time::Timestamp::millis);
            let minutes = call.int("minutes");
            let lasts = seen.event.to.saturating_sub(seen.event.from);
            let is_long = minutes.is_none_or(|one| one.saturating_mul(60_000) == lasts);
            if seen.start.is_day() {
                let day = call.time("start").map(|at| at.in_zone(eyes.zone).date());
                return day == Some(seen.start.wall().date()) && minutes.is_none();
            }
            from == Some(seen.event.from) && is_long
        }
        ("calendar_invite", Some(seen)) => people(call)
            .iter()
            .all(|person| is_invited(&seen.event, person)),
        ("calendar_respond", Some(seen)) => answered(seen) == call_answer(call).ok(),
        _ => false,
    }
}
