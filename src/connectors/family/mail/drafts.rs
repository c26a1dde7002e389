//! Whether a draft at its service still is the one that its handle shows.
//!
//! The one thing to know: an owner who corrects a draft in their mail program changes it under the
//! same id. What policy and the owner look at is the handle, so a draft that differs from it in its
//! people, its subject, its text or its files is not sent and not taken away.

use super::Mail;
use super::completing::{address, cut};
use crate::format::mime;
use crate::tool::Call;
use std::collections::BTreeSet;

/// The longest subject, in bytes (RFC 5322 section 2.1.1).
const SUBJECT_BYTES_MAX: usize = 998;

/// Whether the draft that a service has says what the call says.
pub(in super::super::super) fn is_as_shown(call: &Call, draft: &Mail) -> bool {
    let to = mime::people(call.text("to"));
    let to = people(to.iter().map(|person| person.address.as_str()));
    // A draft that is written here has no files.
    draft.files.is_empty()
        && people(draft.to.iter().map(|person| address(person))) == to
        && line(&draft.subject) == line(call.text("subject"))
        && lines(&draft.body) == lines(call.text("body"))
}

fn people<'a>(addresses: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    addresses.map(|it| it.trim().to_lowercase()).collect()
}

/// A subject, however it is folded on its way.
fn line(subject: &str) -> String {
    let subject = cut(subject.replace(char::is_control, " "), SUBJECT_BYTES_MAX);
    subject.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text, whatever ends its lines, and without the blanks that end them.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}
