//! Moving, marking and throwing away mails.
//!
//! The one thing to know: a mail that is deleted is in the trash, where it can be taken out again.
//! Each mark keeps the label of the call that made it.

use super::super::super::parts::{chosen_by, object_id};
use super::super::seed;
use super::super::state::{Marks, State, mark as labelled};
use super::{INBOX, TRASH, find, rewrite};
use crate::tool::{Call, CallContext, Kind, ToolError, ToolOutput};
use crate::value::Value;

/// Moves a mail to a folder; the inbox stands for the folder that it came from.
pub(in super::super) fn shift(
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    let folder = call.text("folder").to_owned();
    let by = chosen_by(call);
    change(call, context, |marks| {
        marks.folder = (folder != INBOX).then(|| labelled(Value::Text(folder), &by));
    })
}

/// Moves a mail to the trash.
pub(in super::super) fn remove(
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    let by = chosen_by(call);
    change(call, context, |marks| {
        marks.folder = Some(labelled(Value::Text(TRASH.to_owned()), &by));
    })
}

/// Marks a mail as read or unread, or sets or takes away its flag.
pub(in super::super) fn mark(
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    let by = chosen_by(call);
    let word = call.text("mark").to_owned();
    let yes = matches!(word.as_str(), "unread" | "flagged");
    let value = labelled(Value::Bool(yes), &by);
    change(call, context, |marks| {
        if matches!(word.as_str(), "read" | "unread") {
            marks.unread = Some(value);
        } else {
            marks.flagged = Some(value);
        }
    })
}

fn change(
    call: &Call,
    context: &mut CallContext<'_>,
    change: impl FnOnce(&mut Marks),
) -> Result<ToolOutput, ToolError> {
    let id = object_id(call, "mail")?;
    let mut state = State::load(context)?;
    if seed::mails().any(|mail| mail.id == id) {
        state.change(&id, change, context)?;
    } else {
        rewrite(&id, change, context)?;
    }
    let item = find(&id, &state, context)?.item;
    Ok(ToolOutput::new(Kind::Mail, item))
}
