//! What happens when a reminder falls due: one message, and the next timer if it comes again.
//!
//! The one thing to know: a timer may fire late or twice. What was told is marked in the same step,
//! so a second firing says nothing; occurrences that were slept through are told once, as late.

use super::{COLLECTION, Reminder, Series, past};
use crate::connectors::Woken;
use crate::connectors::parts::{document, read};
use crate::id::TimerId;
use crate::inert::inert;
use crate::label::{Integrity, Label};
use crate::message::{Block, Message};
use crate::time::Timestamp;
use crate::tool::{CallContext, TimerChange, ToolError};

/// From here on the owner is told that a reminder is late.
pub(super) const LATE_MS: i64 = 2 * 60_000;
/// How long a reminder that is over is kept.
const KEPT_MS: i64 = 30 * 86_400_000;
/// How many of those are cleared away at once.
const CLEARED_MAX: u32 = 20;

pub(super) fn wake(
    id: &str,
    due: Timestamp,
    context: &mut CallContext<'_>,
) -> Result<Woken, ToolError> {
    let Some(stored) = context.documents.get(COLLECTION, id)? else {
        // It was cancelled after the timer had been taken.
        return Ok(Woken::default());
    };
    let is_told = stored.sort < 0 || stored.sort > due.millis();
    if is_told {
        return Ok(Woken::default());
    }
    let mut reminder: Reminder = read(stored)?;
    let since = reminder.due;
    let series = reminder.series.as_mut();
    let next = series.and_then(|series| series.go_on(since, context.now.max(due)));
    let message = message(&reminder, since, context);
    let receipt = past::note(&reminder, context)?;
    let sort = match next {
        Some(next) => {
            reminder.due = next;
            next.millis()
        }
        // Over: the negated time takes it out of the range of active ones.
        None => since.millis().max(1).saturating_neg(),
    };
    context
        .documents
        .put(COLLECTION, document(id, sort, &reminder)?)?;
    clear_old(context)?;
    let timer = TimerId::try_from(id).map_err(|_| ToolError::Unavailable)?;
    let set = |due| TimerChange::Set {
        id: timer,
        due,
        document: id.to_owned(),
    };
    Ok(Woken {
        message: Some(message),
        conversation: Some(reminder.conversation),
        receipt: Some(receipt),
        timers: next.map(set).into_iter().collect(),
        ..Woken::default()
    })
}

fn clear_old(context: &mut CallContext<'_>) -> Result<(), ToolError> {
    // Keys of what is over are negated, so the oldest are nearest to zero.
    let from = KEPT_MS.saturating_sub(context.now.millis());
    for old in context.documents.list(COLLECTION, from, 0, CLEARED_MAX)? {
        context.documents.remove(COLLECTION, &old.id)?;
    }
    Ok(())
}

fn message(reminder: &Reminder, since: Timestamp, context: &CallContext<'_>) -> Message {
    let late = context.now.millis().saturating_sub(since.millis()) > LATE_MS;
    let head = if late {
        let since = clock(since, reminder, context);
        context.locale.pick(
            format!("Reminder (late, due since {since}):"),
            format!("Rappel (en retard, prévu le {since}) :"),
        )
    } else {
        context.locale.pick("Reminder:", "Rappel :").to_owned()
    };
    let words = reminder.text.text().unwrap_or_default();
    let label = reminder.text.label();
    if label.integrity == Integrity::Owner {
        return Message::say(format!("{head} {words}"));
    }
    // What a stranger wrote is never said in the agent's own voice.
    let quote = Block::Quote {
        source: source_word(label).to_owned(),
        text: inert(words),
    };
    Message {
        blocks: vec![Block::Say { text: head }, quote],
    }
}

/// The wall-clock time in the owner's zone, or else in that of the series, or in UTC.
fn clock(at: Timestamp, reminder: &Reminder, context: &CallContext<'_>) -> String {
    let series = reminder.series.as_ref().and_then(Series::zone);
    match context.zone.or(series.as_ref()) {
        Some(zone) => at.in_zone(zone).strftime("%Y-%m-%d %H:%M").to_string(),
        None => at.to_rfc3339(),
    }
}

/// The closed word for where a text came from.
fn source_word(label: &Label) -> &'static str {
    const WORDS: [&str; 7] = [
        "mail", "calendar", "contacts", "notes", "chat", "file", "web",
    ];
    label
        .sources
        .iter()
        .filter_map(|source| source.split(':').next())
        .find_map(|word| WORDS.iter().copied().find(|known| *known == word))
        .unwrap_or("reminders")
}
