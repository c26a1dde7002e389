//! Lists: one request for each calendar; series are expanded here.
//!
//! The one thing to know: no service is asked to expand series, since one in wide use does it an hour
//! off after a change of the clocks. Services evaluate days and times without a zone in universal
//! time, so they are asked for a day more on either side.

use super::super::family::calendar::{self, Event, Missing};
use super::home::{self, Home};
use super::occurrence::{Eyes, is_off};
use super::place;
use super::{Stage as Outer, ask};
use crate::egress::account::Account;
use crate::format::{dav, ical};
use crate::http::Method;
use crate::time::Timestamp;
use crate::tool::{Answer, Call, CallContext, Progress, ToolError};
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;
/// The most events of one list, and the most text that they carry.
const EVENTS_MAX: usize = 1_000;
const BYTES_MAX: usize = 200 * 1024;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stage {
    /// The calendar that is being asked.
    at: usize,
    from: i64,
    to: i64,
    found: Vec<Event>,
    missing: Vec<Missing>,
}

impl Stage {
    fn misses(&mut self, what: Missing) {
        if !self.missing.contains(&what) {
            self.missing.push(what);
        }
    }

    fn window(&self) -> (Timestamp, Timestamp) {
        let at = Timestamp::from_millis;
        (at(self.from), at(self.to))
    }
}

pub(super) fn start(
    account: &Account,
    home: &Home,
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
        at: 0,
        from: from.millis(),
        to: to.millis(),
        found: Vec::new(),
        missing: if home.more {
            vec![Missing::Calendars]
        } else {
            Vec::new()
        },
    };
    next(account, home, stage, call, context)
}

/// Asks the calendar whose turn it is; the list, if all were asked.
fn next(
    account: &Account,
    home: &Home,
    stage: Stage,
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let Some(calendar) = home.calendars.get(stage.at) else {
        let output = calendar::listed(account, call, stage.found, &stage.missing, context)?;
        return Ok(Progress::Done(output));
    };
    let (from, to) = stage.window();
    let body = dav::calendar_query(
        from.plus_millis(DAY_MS.saturating_neg()),
        to.plus_millis(DAY_MS),
        false,
    );
    let request = ask(Method::Report, account.url(&calendar.at), "1", body);
    Outer::List(stage).send(request)
}

pub(super) fn go_on(
    account: &Account,
    mut stage: Stage,
    call: &Call,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let home = home::of_call(context)?;
    match answer.status {
        207 => read(account, &home, &mut stage, call, answer, context)?,
        404 | 410 => {
            home::forget(context)?;
            stage.misses(Missing::Calendars);
        }
        403 => return Err(super::refused(answer)),
        _ => return Err(ToolError::Unavailable),
    }
    stage.at = stage.at.saturating_add(1);
    next(account, &home, stage, call, context)
}

/// Takes the events out of the answer of one calendar.
fn read(
    account: &Account,
    home: &Home,
    stage: &mut Stage,
    call: &Call,
    answer: Answer<'_>,
    context: &CallContext<'_>,
) -> Result<(), ToolError> {
    let calendar = home.calendars.get(stage.at);
    let calendar = calendar.ok_or(ToolError::Unavailable)?;
    let zone = context.zone()?;
    let eyes = Eyes { home, zone };
    let (from, to) = stage.window();
    let found = dav::read(&answer.body).map_err(|_| ToolError::Unavailable)?;
    let mut bytes: usize = stage.found.iter().map(size).sum();
    for response in &found.responses {
        let Some(data) = &response.props.calendar_data else {
            continue;
        };
        let at = place::named(account, &calendar.at, &response.href);
        let at = at.filter(|at| place::is_within(&calendar.at, at));
        let (Some(at), Ok(events)) = (at, ical::read(data)) else {
            stage.misses(Missing::Unreadable);
            continue;
        };
        let expanded = ical::expand(&events, from, to, zone);
        if expanded.incomplete {
            stage.misses(Missing::Unreadable);
        }
        for one in expanded.events.iter().filter(|one| !is_off(one.event)) {
            let event = kept(eyes.event(&at, one).bounded(), call);
            let Some(event) = event else {
                continue;
            };
            bytes = bytes.saturating_add(size(&event));
            if stage.found.len() >= EVENTS_MAX || bytes > BYTES_MAX {
                stage.misses(Missing::Rest);
                return Ok(());
            }
            stage.found.push(event);
        }
    }
    Ok(())
}

/// An event as far as the call has a use for it.
fn kept(event: Event, call: &Call) -> Option<Event> {
    if call.spec.name == "calendar_slots" {
        return event.is_busy.then(|| Event {
            id: String::new(),
            title: String::new(),
            place: String::new(),
            about: String::new(),
            organiser: String::new(),
            attendees: Vec::new(),
            ..event
        });
    }
    event.fits(call.text("query")).then_some(event)
}

fn size(event: &Event) -> usize {
    let texts = [
        &event.id,
        &event.title,
        &event.place,
        &event.about,
        &event.organiser,
    ];
    let texts = texts.into_iter().chain(&event.attendees);
    texts.map(String::len).fold(64, usize::saturating_add)
}
