//! What follows from the mail or the draft that a call points at: recipient, subject, text.
//!
//! The one thing to know: an answer goes to the sender of the mail that was pointed at, never to
//! another address it names. What is filled in keeps the label of the field that it came from.

use crate::label::{Integrity, Labeled};
use crate::tool::{Argument, Call, Origin};
use crate::value::{Item, Step, Value};

/// The longest subject, in bytes (RFC 5322 section 2.1.1).
const SUBJECT_BYTES_MAX: usize = 998;
/// The longest text, in bytes.
const BODY_BYTES_MAX: usize = 100_000;

/// Adds what follows from the mail that a call points at.
pub(in super::super::super) fn complete(call: &mut Call, own: &[&str]) {
    if let Some(mail) = call.item("in_reply_to").cloned() {
        complete_answer(call, &mail, own);
    }
    if let Some(draft) = call.item("draft").cloned() {
        for name in ["to", "subject", "body"] {
            let field =
                part(&draft, name).filter(|field| field.text().is_some_and(|t| !t.is_empty()));
            if let (Some(field), Some(spec), None) = (field, call.spec.arg(name), call.item(name)) {
                let argument = Argument::new(spec, field, of_draft(name));
                call.args.insert(spec.name, argument);
            }
        }
    }
    if call.spec.name == "mail_forward"
        && let Some(mail) = call.item("mail").cloned()
    {
        complete_forward(call, &mail);
    }
}

/// Whom an answer goes to and its subject: the sender of the mail it answers, never what that mail
/// asks answers to be sent to; or, for a mail of the owner's own, whom that one went to.
fn complete_answer(call: &mut Call, mail: &Item, own: &[&str]) {
    let from = part(mail, "from");
    let from = from.as_ref().and_then(Item::text).map(address);
    let is_own = from.is_some_and(|from| own.iter().any(|own| own.eq_ignore_ascii_case(from)));
    let people = if is_own {
        "to"
    } else if part(mail, "sender").is_some() {
        "sender"
    } else {
        "from"
    };
    let first = |people: &str| address(people.split(',').next().unwrap_or_default()).to_owned();
    let to = part(mail, people).map(|people| map_text(people, first));
    let subject = part(mail, "subject").map(|subject| {
        map_text(subject, |subject| {
            prefixed("Re: ", &["re:", "re :"], subject)
        })
    });
    for (name, from, item) in [("to", people, to), ("subject", "subject", subject)] {
        if let Some(item) = item {
            fill(call, name, item, &format!("in_reply_to.{from}"));
        }
    }
}

/// The subject and the text of a forwarded mail: a remark if there is one, then the mail itself.
fn complete_forward(call: &mut Call, mail: &Item) {
    let parts = ["subject", "from", "to", "body"].map(|name| part(mail, name));
    let [Some(subject), Some(from), Some(to), Some(body)] = parts else {
        return;
    };
    let head = [("From", &from), ("To", &to), ("Subject", &subject)];
    let head = head.map(|(name, item)| format!("{name}: {}", item.text().unwrap_or_default()));
    let mut note = call.text("note").to_owned();
    if !note.is_empty() {
        note.push_str("\n\n");
    }
    let text = format!(
        "{note}-------- Fwd --------\n{}\n\n{}",
        head.join("\n"),
        body.text().unwrap_or_default()
    );
    let mut label = body.label().join(from.label()).join(to.label());
    label = label.join(subject.label());
    if let Some(note) = call.item("note") {
        // The owner's own words go where the owner sends them, so they narrow no readers.
        let own = note.label().integrity == Integrity::Owner && note.label().sources.is_empty();
        if !own {
            label = label.join(note.label());
        }
    }
    let whole = Labeled::new(Value::Text(cut(text, BODY_BYTES_MAX)), label);
    let subject = map_text(subject, |subject| {
        prefixed("Fwd: ", &["fwd:", "fw:", "tr:", "tr :"], subject)
    });
    // These are not the planner's to give: what policy and the owner look at is what goes out.
    put(call, "subject", subject, "mail.subject");
    put(call, "body", whole, "mail.body");
}

/// Where an argument came from that a draft has.
pub(in super::super::super) fn of_draft(field: &str) -> Origin {
    Origin::Handle(format!("draft.{field}"))
}

pub(in super::super::super) fn part(mail: &Item, name: &str) -> Option<Item> {
    mail.at(&[Step::Field(name.to_owned())])
}

/// Gives a call an argument that it has not been given.
fn fill(call: &mut Call, name: &str, item: Item, from: &str) {
    if call.item(name).is_none() {
        put(call, name, item, from);
    }
}

/// Gives a call an argument, whatever it has been given.
fn put(call: &mut Call, name: &str, item: Item, from: &str) {
    if let Some(spec) = call.spec.arg(name) {
        let origin = Origin::Handle(from.to_owned());
        call.args
            .insert(spec.name, Argument::new(spec, item, origin));
    }
}

fn map_text(item: Item, change: impl FnOnce(&str) -> String) -> Item {
    item.map(|value| {
        if let Value::Text(text) = value {
            Value::Text(change(&text))
        } else {
            value
        }
    })
}

/// `Re: …`, once; `known` are the ways in which others write it.
fn prefixed(prefix: &str, known: &[&str], subject: &str) -> String {
    let has_it = known.iter().any(|known| {
        subject
            .get(..known.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(known))
    });
    let whole = if has_it {
        subject.to_owned()
    } else {
        format!("{prefix}{subject}")
    };
    cut(whole, SUBJECT_BYTES_MAX)
}

/// The beginning of a text that is too long.
pub(in super::super::super) fn cut(mut text: String, bytes_max: usize) -> String {
    let end = (0..=bytes_max)
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0).min(text.len()));
    text
}

/// The bare address in `Ada <ada@example.org>`.
pub(in super::super::super) fn address(person: &str) -> &str {
    let bare = person
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    bare.map_or(person, |(bare, _)| bare).trim()
}
