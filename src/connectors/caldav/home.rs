//! Finds the owner's calendars (RFC 6764, RFC 5397): from the service's well-known address to who is
//! logged in, to where their calendars are, to the calendars.
//!
//! The one thing to know: it takes four requests, so what was found is kept for a day. A calendar
//! that is gone forgets all of it.

use super::super::parts::{document, read};
use super::place;
use super::{Stage as Outer, ask};
use crate::egress::account::Account;
use crate::format::dav::{self, Multistatus, Prop};
use crate::http::Method;
use crate::tool::{Answer, CallContext, Progress, ToolError};
use serde::{Deserialize, Serialize};

const COLLECTION: &str = "home";
const ID: &str = "home";
const KEPT_MS: i64 = 24 * 3_600_000;
/// How many calendars are looked at.
const CALENDARS_MAX: usize = 10;
/// How often an answer may say that it is elsewhere (docs: at most three hops).
const HOPS_MAX: u8 = 3;
const WELL_KNOWN: &str = "/.well-known/caldav";

/// What is known of an account's calendars.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Home {
    pub(super) calendars: Vec<Calendar>,
    /// The owner's own addresses, the account's first.
    pub(super) own: Vec<String>,
    /// Whether the service tells attendees of what is written.
    pub(super) schedules: bool,
    /// Whether there are calendars that are not looked at.
    pub(super) more: bool,
}

/// One calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Calendar {
    pub(super) at: String,
    pub(super) may_write: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stage {
    step: Step,
    at: String,
    hops: u8,
    home: Home,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// Who is logged in.
    Who,
    /// Where their calendars are.
    Principal,
    /// Which calendars there are.
    Calendars,
}

/// How far the search is.
pub(super) enum Next {
    Ask(Progress),
    Found(Home),
}

impl Home {
    /// The calendar that new events go to.
    pub(super) fn to_write(&self, account: &Account) -> Option<&str> {
        if !account.collection.is_empty() {
            return Some(account.collection);
        }
        let mut all = self.calendars.iter();
        all.find(|one| one.may_write).map(|one| one.at.as_str())
    }

    /// Whether an address is the owner's own.
    pub(super) fn is_own(&self, address: &str) -> bool {
        let mut own = self.own.iter();
        own.any(|own| own.eq_ignore_ascii_case(address.trim()))
    }

    /// Whether the owner writes to the calendar that a place is in.
    pub(super) fn may_write(&self, place: &str) -> bool {
        let mut all = self.calendars.iter();
        all.any(|one| one.may_write && place::is_within(&one.at, place))
    }
}

/// What was found before, if it is not too old.
pub(super) fn known(context: &CallContext<'_>) -> Result<Option<Home>, ToolError> {
    let found = context.documents.get(COLLECTION, ID)?;
    let fresh = found.filter(|found| found.sort > context.now.millis());
    fresh.map(read).transpose()
}

/// The same, in the midst of a call.
pub(super) fn of_call(context: &CallContext<'_>) -> Result<Home, ToolError> {
    let found = context.documents.get(COLLECTION, ID)?;
    read(found.ok_or(ToolError::Unavailable)?)
}

/// Forgets what was found.
pub(super) fn forget(context: &mut CallContext<'_>) -> Result<(), ToolError> {
    // It stays there for the call that is under way, and is too old for the next.
    let home = of_call(context)?;
    Ok(context.documents.put(COLLECTION, document(ID, 0, &home)?)?)
}

pub(super) fn start(account: &Account) -> Result<Progress, ToolError> {
    let mut home = Home::default();
    if !account.address.is_empty() {
        home.own.push(account.address.to_lowercase());
    }
    send(account, Step::Who, WELL_KNOWN.to_owned(), 0, home)
}

fn send(
    account: &Account,
    step: Step,
    at: String,
    hops: u8,
    home: Home,
) -> Result<Progress, ToolError> {
    let (props, depth): (&[Prop], &str) = match step {
        Step::Who => (&[Prop::CurrentUserPrincipal, Prop::ResourceType], "0"),
        Step::Principal => (
            &[
                Prop::CalendarHomeSet,
                Prop::CalendarUserAddressSet,
                Prop::ScheduleOutbox,
            ],
            "0",
        ),
        Step::Calendars => (
            &[
                Prop::ResourceType,
                Prop::SupportedComponents,
                Prop::Privileges,
            ],
            "1",
        ),
    };
    let request = ask(
        Method::Propfind,
        account.url(&at),
        depth,
        dav::propfind(props),
    );
    Outer::Home(Stage {
        step,
        at,
        hops,
        home,
    })
    .send(request)
}

/// Goes on with an answer.
pub(super) fn go_on(
    account: &Account,
    stage: Stage,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<Next, ToolError> {
    if matches!(answer.status, 301 | 302 | 307 | 308) {
        let to = answer.header("location").unwrap_or_default();
        let to = place::named(account, &stage.at, to).filter(|_| stage.hops < HOPS_MAX);
        let to = to.ok_or(ToolError::Unavailable)?;
        let hops = stage.hops.saturating_add(1);
        return send(account, stage.step, to, hops, stage.home).map(Next::Ask);
    }
    let found = match answer.status {
        207 => dav::read(&answer.body).map_err(|_| ToolError::Unavailable)?,
        403 => return Err(super::refused(answer)),
        _ => Multistatus::default(),
    };
    match stage.step {
        Step::Who => who(account, stage, &found),
        Step::Principal => principal(account, stage, &found),
        Step::Calendars => calendars(account, stage, &found, context),
    }
}

fn who(account: &Account, stage: Stage, found: &Multistatus) -> Result<Next, ToolError> {
    let mut principals = found.responses.iter();
    let href = principals.find_map(|one| one.props.current_user_principal.as_deref());
    let to = href.and_then(|href| place::named(account, &stage.at, href));
    match to {
        Some(to) => send(account, Step::Principal, to, stage.hops, stage.home).map(Next::Ask),
        // Some services have no well-known address.
        None if stage.at == WELL_KNOWN => {
            send(account, Step::Who, "/".to_owned(), stage.hops, stage.home).map(Next::Ask)
        }
        None => Err(ToolError::Unavailable),
    }
}

fn principal(account: &Account, mut stage: Stage, found: &Multistatus) -> Result<Next, ToolError> {
    let mut homes = Vec::new();
    for props in found.responses.iter().map(|one| &one.props) {
        stage.home.schedules |= props.schedule_outbox.is_some();
        homes.extend(props.calendar_homes.iter());
        for address in &props.addresses {
            let scheme = address.get(..7);
            let is_mail = scheme.is_some_and(|it| it.eq_ignore_ascii_case("mailto:"));
            let mail = address.get(7..).filter(|_| is_mail).map(str::to_lowercase);
            stage.home.own.extend(mail.filter(|mail| !mail.is_empty()));
        }
    }
    stage.home.own.dedup();
    stage.home.own.truncate(20);
    stage.home.more = homes.len() > 1;
    let first = homes.first().ok_or(ToolError::Unavailable)?;
    let to = place::named(account, &stage.at, first).ok_or(ToolError::Unavailable)?;
    send(account, Step::Calendars, to, stage.hops, stage.home).map(Next::Ask)
}

fn calendars(
    account: &Account,
    stage: Stage,
    found: &Multistatus,
    context: &mut CallContext<'_>,
) -> Result<Next, ToolError> {
    let mut home = stage.home;
    for one in &found.responses {
        if !one.props.holds_events() {
            continue;
        }
        match place::named(account, &stage.at, &one.href) {
            Some(at) if home.calendars.len() < CALENDARS_MAX => home.calendars.push(Calendar {
                at,
                may_write: one.props.may_write().unwrap_or(true),
            }),
            _ => home.more = true,
        }
    }
    if home.calendars.is_empty() {
        return Err(ToolError::Unavailable);
    }
    let until = context.now.plus_millis(KEPT_MS).millis();
    context
        .documents
        .put(COLLECTION, document(ID, until, &home)?)?;
    Ok(Next::Found(home))
}
