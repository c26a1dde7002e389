//! Finds the owner's calendars (RFC 6764, RFC 5397): from the service's well-known address to who is
//! logged in, to where their calendars are, to the calendars.
//!
//! The one thing to know: what others share stands among them, and to be allowed to write does not
//! make a calendar the owner's. All this takes four requests, so it is kept for a day. A calendar
//! that is gone forgets all of it.

use super::super::parts::{document, read};
use super::place;
use super::{Stage as Outer, ask};
use crate::egress::account::Account;
use crate::format::dav::{self, Multistatus, Prop, Props};
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
    /// Whether it is the owner's own, and they may write to it.
    #[serde(default)]
    pub(super) is_own: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stage {
    step: Step,
    at: String,
    hops: u8,
    /// Who is logged in, once that is known.
    who: String,
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
        all.find(|one| one.is_own).map(|one| one.at.as_str())
    }

    /// Whether an address is the owner's own.
    pub(super) fn is_own(&self, address: &str) -> bool {
        let mut own = self.own.iter();
        own.any(|own| own.eq_ignore_ascii_case(address.trim()))
    }

    /// Whether the calendar that a place is in is the owner's own, and they may write to it.
    pub(super) fn has_own(&self, place: &str) -> bool {
        let mut all = self.calendars.iter();
        all.any(|one| one.is_own && place::is_within(&one.at, place))
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
    let stage = Stage {
        step: Step::Who,
        at: WELL_KNOWN.to_owned(),
        hops: 0,
        who: String::new(),
        home,
    };
    send(account, stage)
}

fn send(account: &Account, stage: Stage) -> Result<Progress, ToolError> {
    let (props, depth): (&[Prop], &str) = match stage.step {
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
                Prop::Owner,
                Prop::CurrentUserPrincipal,
            ],
            "1",
        ),
    };
    let url = account.url(&stage.at);
    let request = ask(Method::Propfind, url, depth, dav::propfind(props));
    Outer::Home(stage).send(request)
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
        let stage = Stage {
            at: to,
            hops,
            ..stage
        };
        return send(account, stage).map(Next::Ask);
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
    let stage = match to {
        Some(to) => Stage {
            step: Step::Principal,
            who: to.clone(),
            at: to,
            ..stage
        },
        // Some services have no well-known address.
        None if stage.at == WELL_KNOWN => Stage {
            at: "/".to_owned(),
            ..stage
        },
        None => return Err(ToolError::Unavailable),
    };
    send(account, stage).map(Next::Ask)
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
    stage.at = place::named(account, &stage.at, first).ok_or(ToolError::Unavailable)?;
    stage.step = Step::Calendars;
    send(account, stage).map(Next::Ask)
}

fn calendars(
    account: &Account,
    stage: Stage,
    found: &Multistatus,
    context: &mut CallContext<'_>,
) -> Result<Next, ToolError> {
    let Stage {
        at: asked,
        who,
        mut home,
        ..
    } = stage;
    for one in &found.responses {
        if !one.props.holds_events() {
            continue;
        }
        match place::named(account, &asked, &one.href) {
            Some(at) if home.calendars.len() < CALENDARS_MAX => home.calendars.push(Calendar {
                is_own: is_own(account, (&asked, &who), &at, &one.props),
                at,
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

/// Whether a calendar is the owner's own: the one that the deployment names, or one that says so.
/// Nobody but `who` is logged in; `asked` is where the calendars were asked for.
fn is_own(account: &Account, (asked, who): (&str, &str), at: &str, props: &Props) -> bool {
    let named = account.collection;
    if !named.is_empty() && dav::is_same(named, at) {
        return props.may_write() != Some(false);
    }
    let at_service = |href: &Option<String>| place::named(account, asked, href.as_deref()?);
    // A host of its own for calendars says by its own names who is logged in.
    let who = if place::host_of(asked) == place::host_of(who) {
        Some(who.to_owned())
    } else {
        at_service(&props.current_user_principal)
    };
    let owner = at_service(&props.owner);
    let is_theirs = who
        .zip(owner)
        .is_some_and(|(who, owner)| dav::is_same(&who, &owner));
    is_theirs && props.may_write() == Some(true)
}
