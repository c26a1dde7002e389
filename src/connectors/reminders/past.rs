//! Reminders that fell due: a receipt for each, and being reminded once more.
//!
//! The one thing to know: a receipt is a copy of the reminder, written when it is told, that learns
//! afterwards what became of the message. Its sort key is its number negated, so that the latest
//! comes first. There are at most [`RECEIPTS_MAX`]; the next one takes the place of the
//! oldest.

use super::{COLLECTION, MINUTE_MS, Reminder, of_timing, set};
use crate::connectors::Told;
use crate::connectors::parts::{document, limit, list, object_id, read};
use crate::message::Locale;
use crate::time::Timestamp;
use crate::tool::{Call, CallContext, Documents, Kind, ToolError, ToolOutput};

/// How many receipts are kept.
const RECEIPTS_MAX: i64 = 500;
const RECEIPTS: &str = "receipt";

/// Writes the receipt of a reminder that is told now; returns its name.
pub(super) fn note(
    reminder: &Reminder,
    context: &mut CallContext<'_>,
) -> Result<String, ToolError> {
    let latest = context.documents.list(RECEIPTS, i64::MIN, 0, 1)?;
    let latest = latest.first().map_or(0, |latest| latest.sort);
    let n = latest.saturating_neg().saturating_add(1);
    let receipt = Reminder {
        id: reminder.id.clone(),
        text: reminder.text.clone(),
        chosen_by: reminder.chosen_by.clone(),
        conversation: reminder.conversation.clone(),
        due: reminder.due,
        series: None,
        told: Some((context.now, Told::Sending)),
    };
    let id = n.rem_euclid(RECEIPTS_MAX).to_string();
    let stored = document(&id, n.saturating_neg(), &receipt)?;
    context.documents.put(RECEIPTS, stored)?;
    Ok(format!("{id}:{n}"))
}

/// Notes what became of a reminder's message.
pub(super) fn told(
    receipt: &str,
    told: Told,
    now: Timestamp,
    documents: &mut dyn Documents,
) -> Result<(), ToolError> {
    let Some((id, n)) = receipt.split_once(':') else {
        return Ok(());
    };
    // Its place may have been taken since.
    let stored = documents.get(RECEIPTS, id)?;
    let Some(stored) = stored.filter(|stored| stored.sort.saturating_neg().to_string() == n) else {
        return Ok(());
    };
    let sort = stored.sort;
    let mut receipt: Reminder = read(stored)?;
    receipt.told = Some((now, told));
    documents.put(RECEIPTS, document(id, sort, &receipt)?)?;
    Ok(())
}

/// The reminders that fell due, the latest first.
pub(super) fn list_past(call: &Call, context: &CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let wanted = u32::try_from(limit(call, 20)).unwrap_or(20);
    let stored = context.documents.list(RECEIPTS, i64::MIN, 0, wanted)?;
    let receipts = stored
        .into_iter()
        .map(read::<Reminder>)
        .collect::<Result<Vec<_>, _>>()?;
    let items = receipts.into_iter().map(|it| it.item(context.locale));
    Ok(list(Kind::Reminders, call, items))
}

/// Sets a reminder of the same text once more.
pub(super) fn snooze(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let (text, chosen_by) = if call.item("reminder").is_some() {
        let id = object_id(call, "reminder")?;
        let stored = context.documents.get(COLLECTION, &id)?;
        let reminder: Reminder = read(stored.ok_or(ToolError::Unavailable)?)?;
        (reminder.text, reminder.chosen_by)
    } else {
        let latest = context.documents.list(RECEIPTS, i64::MIN, 0, 50)?;
        let mut latest = latest
            .into_iter()
            .filter_map(|it| read::<Reminder>(it).ok());
        let here = latest.find(|it| it.conversation == context.conversation.as_str());
        let receipt = here.ok_or(ToolError::Unavailable)?;
        (receipt.text, receipt.chosen_by)
    };
    let minutes = call.int("minutes").unwrap_or(10).max(1);
    let reminder = Reminder {
        id: String::new(),
        text,
        chosen_by: chosen_by.join(&of_timing(call)),
        conversation: context.conversation.as_str().to_owned(),
        due: context.now.plus_millis(minutes.saturating_mul(MINUTE_MS)),
        series: None,
        told: None,
    };
    set(reminder, context)
}

/// Where and whether a reminder was told, in words.
pub(super) fn outcome(
    reminder: &Reminder,
    (told_at, told): (Timestamp, Told),
    locale: Locale,
) -> (String, &'static str) {
    let channel = reminder.conversation.split(':').next().unwrap_or_default();
    let place = match told {
        Told::Kept => "console",
        Told::Sending | Told::Delivered | Told::Unknown => channel,
    };
    let late = told_at.millis().saturating_sub(reminder.due.millis()) > super::wake::LATE_MS;
    let words = match told {
        Told::Sending => locale.pick("not confirmed yet", "pas encore confirmé"),
        Told::Delivered if late => locale.pick("delivered late", "remis en retard"),
        Told::Delivered => locale.pick("delivered", "remis"),
        Told::Unknown => locale.pick(
            "unknown whether it arrived; kept in the console",
            "arrivée inconnue ; gardé dans la console",
        ),
        Told::Kept if late => locale.pick(
            "kept in the console, late",
            "gardé dans la console, en retard",
        ),
        Told::Kept => locale.pick("kept in the console", "gardé dans la console"),
    };
    (place.to_owned(), words)
}
