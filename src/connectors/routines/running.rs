//! What a routine looks at when its time has come, and what it makes of that.
//!
//! The one thing to know: what has been told is remembered by id, never by a time that a sender
//! chose, so that nothing that others send can hide what comes after it.

use super::{COLLECTION, DAY_MS, MINUTE_MS, Routine, What, save};
use crate::connectors::parts::{Search, read};
use crate::connectors::{Check, Checked, Woken};
use crate::message::{Locale, Message};
use crate::time::{Repeat, Timestamp, clock};
use crate::tool::{CallContext, Kind, TimerChange, ToolError};
use crate::value::{Item, Value};
use jiff::civil::DateTime;

/// How often a routine looks. All look at the same minutes, so that they share an alarm.
const EVERY_MS: i64 = 5 * MINUTE_MS;
/// How many things that were told are remembered.
const TOLD_MAX: usize = 200;

/// When a routine looks next, not before `from`.
pub(super) fn next_look(routine: &Routine, from: Timestamp) -> Timestamp {
    let every = match routine.what {
        What::Mail => 2 * EVERY_MS,
        What::Event | What::Digest | What::FollowUp => EVERY_MS,
    };
    let rounds = from.millis().saturating_add(every - 1).div_euclid(every);
    Timestamp::from_millis(rounds.saturating_mul(every))
}

/// When the next digest is due.
pub(super) fn next_digest(at: &str, context: &CallContext<'_>) -> Result<Timestamp, ToolError> {
    let zone = context.zone()?;
    let time = clock(at).ok_or(ToolError::Unavailable)?;
    let today = context.now.in_zone(zone).date();
    let first: DateTime = today.to_datetime(time);
    Repeat::Daily
        .next(first, zone, context.now)
        .ok_or(ToolError::Unavailable)
}

pub(super) fn wake(
    id: &str,
    _due: Timestamp,
    context: &mut CallContext<'_>,
) -> Result<Woken, ToolError> {
    let Some(stored) = context.documents.get(COLLECTION, id)? else {
        return Ok(Woken::default());
    };
    let routine: Routine = read(stored)?;
    if routine.until.is_some_and(|until| context.now >= until) {
        context.documents.remove(COLLECTION, id)?;
        return Ok(Woken::default());
    }
    let next = match routine.what {
        What::Digest => next_digest(&routine.word, context)?,
        // It looks once; where it could not, it looks again.
        What::FollowUp | What::Mail | What::Event => {
            next_look(&routine, context.now.plus_millis(MINUTE_MS))
        }
    };
    let mail = |unread, from: &str| Check {
        kind: Kind::Mails,
        unread,
        from: from.to_owned(),
    };
    let list = |kind| Check {
        kind,
        unread: false,
        from: String::new(),
    };
    let checks = match routine.what {
        What::Digest => vec![list(Kind::Events), list(Kind::Reminders), mail(true, "")],
        What::Event => vec![list(Kind::Events)],
        What::Mail | What::FollowUp => vec![mail(false, &routine.who)],
    };
    Ok(Woken {
        conversation: Some(routine.conversation.clone()),
        timers: vec![routine.timer_at(next)?],
        checks,
        ..Woken::default()
    })
}

pub(super) fn checked(
    id: &str,
    found: &[Checked],
    context: &mut CallContext<'_>,
) -> Result<Woken, ToolError> {
    let Some(stored) = context.documents.get(COLLECTION, id)? else {
        // It was removed while it looked.
        return Ok(Woken::default());
    };
    let routine: Routine = read(stored)?;
    match routine.what {
        What::Digest => Ok(digest(routine, found, context)),
        What::Mail => mail(routine, found, context),
        What::Event => event(routine, found, context),
        What::FollowUp => follow_up(routine, found, context),
    }
}

/// The items of all lists that were found.
fn items(found: &[Checked]) -> impl Iterator<Item = &Item> {
    let lists = found.iter().flatten();
    lists.flat_map(|output| output.item.items())
}

fn text<'a>(item: &'a Item, field: &str) -> &'a str {
    item.field(field).and_then(Item::text).unwrap_or_default()
}

fn time(item: &Item, field: &str) -> Option<Timestamp> {
    let Value::Time(at) = item.field(field)?.peek() else {
        return None;
    };
    Some(*at)
}

fn digest(routine: Routine, found: &[Checked], context: &CallContext<'_>) -> Woken {
    let mut shown = Vec::new();
    let today = context.zone.map(|zone| context.now.in_zone(zone).date());
    let is_today = |at: Option<Timestamp>| {
        let day = at
            .zip(context.zone)
            .map(|(at, zone)| at.in_zone(zone).date());
        day.is_some() && day == today
    };
    for (kind, field) in [
        (Kind::Events, "start"),
        (Kind::Reminders, "at"),
        (Kind::Mails, ""),
    ] {
        let lists = found.iter().flatten();
        for list in lists.filter(|output| output.kind == kind) {
            let fits = |item: &&Item| field.is_empty() || is_today(time(item, field));
            let kept: Vec<Item> = list.item.items().iter().filter(fits).cloned().collect();
            if !kept.is_empty() {
                shown.push((kind, list.item.clone().map(|_| Value::List(kept))));
            }
        }
    }
    let head = context.locale.pick("Your day:", "Votre journée :");
    Woken {
        message: Some(Message::say(head)),
        conversation: Some(routine.conversation),
        receipt: Some(routine.id),
        shown,
        with_questions: true,
        ..Woken::default()
    }
}

fn mail(
    routine: Routine,
    found: &[Checked],
    context: &mut CallContext<'_>,
) -> Result<Woken, ToolError> {
    let words = Search::new(&routine.word);
    let fits = |item: &&Item| {
        let new = time(item, "date").is_some_and(|at| at > routine.made);
        new && is_from(item, &routine.who) && words.fits_record(item, &["subject"])
    };
    let new = items(found).filter(fits).cloned().collect();
    tell(
        routine,
        Kind::Mails,
        new,
        |item| text(item, "id").to_owned(),
        context,
    )
}

/// Whether a mail is from an address, or from somebody of that name.
fn is_from(item: &Item, from: &str) -> bool {
    if from.contains('@') {
        return text(item, "sender").eq_ignore_ascii_case(from);
    }
    Search::new(from).fits_record(item, &["from", "sender"])
}

fn event(
    routine: Routine,
    found: &[Checked],
    context: &mut CallContext<'_>,
) -> Result<Woken, ToolError> {
    let horizon = context
        .now
        .plus_millis(routine.minutes.saturating_mul(MINUTE_MS));
    let fits =
        |item: &&Item| time(item, "start").is_some_and(|at| at > context.now && at <= horizon);
    let soon = items(found).filter(fits).cloned().collect();
    // An event that is moved is told again.
    let key = |item: &Item| {
        let start = time(item, "start").map_or(0, Timestamp::millis);
        format!("{} {start}", text(item, "id"))
    };
    tell(routine, Kind::Events, soon, key, context)
}

/// Tells what was not told before, and counts it.
fn tell(
    mut routine: Routine,
    kind: Kind,
    found: Vec<Item>,
    key: impl Fn(&Item) -> String,
    context: &mut CallContext<'_>,
) -> Result<Woken, ToolError> {
    let is_new = |item: &Item| !routine.told.contains(&key(item));
    let new: Vec<Item> = found.into_iter().filter(is_new).collect();
    if new.is_empty() {
        return Ok(Woken::default());
    }
    let keys: Vec<String> = new.iter().map(&key).collect();
    routine.told.extend(keys);
    let over = routine.told.len().saturating_sub(TOLD_MAX);
    routine.told.drain(..over);
    routine.fired = routine.fired.saturating_add(1);
    let ended = routine.fired >= routine.most;
    let cool = routine.cool_minutes.saturating_mul(MINUTE_MS);
    let next = next_look(&routine, context.now.plus_millis(cool.max(MINUTE_MS)));
    let timer = if ended {
        context.documents.remove(COLLECTION, &routine.id)?;
        TimerChange::Clear {
            id: routine.timer()?,
        }
    } else {
        save(&routine, context.documents)?;
        routine.timer_at(next)?
    };
    let label = crate::label::Label {
        readers: crate::label::Readers::owner(),
        ..crate::label::Label::owner()
    };
    let list = crate::label::Labeled::new(Value::List(new), label);
    Ok(Woken {
        message: Some(Message::say(head(&routine, ended, context.locale))),
        conversation: Some(routine.conversation),
        receipt: Some(routine.id),
        timers: vec![timer],
        shown: vec![(kind, list)],
        ..Woken::default()
    })
}

fn head(routine: &Routine, ended: bool, locale: Locale) -> String {
    let (what, n) = (routine.words(locale), routine.n);
    let told = locale.pick("You asked to be told of", "Vous vouliez savoir");
    let (off, last) = locale.pick(
        ("ends it", "This was the last time."),
        ("l'arrête", "C'était la dernière fois."),
    );
    if ended {
        format!("{told}: {what}. {last}")
    } else {
        format!("{told}: {what}. /routine off {n} {off}.")
    }
}

fn follow_up(
    routine: Routine,
    found: &[Checked],
    context: &mut CallContext<'_>,
) -> Result<Woken, ToolError> {
    let is_blind = found.is_empty() || found.iter().any(Option::is_none);
    let gave_up = routine.made.plus_millis(DAY_MS.saturating_mul(61)) < context.now;
    if is_blind && !gave_up {
        // It could not look; it does so again.
        return Ok(Woken::default());
    }
    let answered = |item: &Item| {
        // Anybody can write any sender, so only one that is vouched for counts.
        let vouched = item.field("authenticated").map(Item::peek) == Some(&Value::Bool(true));
        let later = time(item, "date").is_some_and(|at| at > routine.made);
        vouched && later && text(item, "sender").eq_ignore_ascii_case(&routine.who)
    };
    context.documents.remove(COLLECTION, &routine.id)?;
    let timers = vec![TimerChange::Clear {
        id: routine.timer()?,
    }];
    if items(found).any(answered) {
        return Ok(Woken {
            timers,
            ..Woken::default()
        });
    }
    let address = crate::inert::inert(&routine.who);
    let words = context.locale.pick(
        format!("Reminder: no answer from {address} yet, as far as I can see."),
        format!("Rappel : pas encore de réponse de {address}, pour autant que je voie."),
    );
    Ok(Woken {
        message: Some(Message::say(words)),
        conversation: Some(routine.conversation),
        receipt: Some(routine.id),
        timers,
        ..Woken::default()
    })
}
