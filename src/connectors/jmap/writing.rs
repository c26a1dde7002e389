//! Drafts, mails that are sent, answers and forwarded mails.
//!
//! The one thing to know: a mail is sent at most once, however often its request arrives. One request
//! makes the mail and submits what it made, and the first of these two only succeeds in the state of
//! the account that was seen before (`ifInState`). Making the mail changes that state, so a second
//! arrival makes nothing, and a reference to what was not made submits nothing. That holds for a
//! request that is sent anew under a newer state too: if the first one still arrives, it is of an
//! older state. After a lost answer, what was made since that state is read back.

use super::super::family::mail::completing::{cut, of_draft};
use super::super::family::mail::{self, Mail, drafts};
use super::super::parts::invalid;
use super::reading::{self, pointed};
use super::session::{Identity, Mailbox, Session, is_address};
use super::wire::{Answers, Batch, Failure, id_in, is_id, outcome};
use crate::egress::account::Account;
use crate::http::Request;
use crate::tool::{Call, CallContext, Kind, ToolError, ToolOutput};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

/// How often a mail is offered under a newer state, and how often it is looked for.
pub(super) const TRIES_MAX: u8 = 4;
/// The longest message id and the most of them that an answer names.
const ID_BYTES_MAX: usize = 250;
const REFERENCES_MAX: usize = 30;
const SUBJECT_BYTES_MAX: usize = 998;

/// A mail under way, but for what the call's own arguments say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outgoing {
    /// Drawn once.
    pub(super) message_id: String,
    /// The `Date` of the mail, fixed once, so that every request has the same bytes.
    date: String,
    /// The state that mails were in before the latest request.
    pub(super) state: String,
    /// The state that submissions were in, where the server tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) submissions: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    in_reply_to: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    references: Vec<String>,
    /// The draft that becomes this mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    draft: Option<String>,
    /// How many requests were made for it.
    #[serde(default)]
    tries: u8,
}

/// Where a mail is at the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Placed {
    pub(super) id: String,
    pub(super) thread: String,
    pub(super) folder: String,
}

/// What follows from an answer to a mail under way.
pub(super) enum Next {
    /// It is done.
    Done(Placed),
    /// It is certain that it was not done. What was made for it lies there, if anything was.
    Failed(ToolError, Option<String>),
    /// Look for it.
    Find,
    /// It is certain that nothing was done so far, and this is the state now.
    Again(Outgoing),
    /// Nobody knows.
    Unknown,
}

/// Whether the mail goes out.
pub(super) fn submits(call: &Call) -> bool {
    call.spec.name != "mail_draft"
}

/// Whether the call is one that can be sent, by its values.
pub(super) fn check(call: &Call) -> Result<(), ToolError> {
    if call.item("draft").is_some() {
        let given = |name: &&str| {
            let argument = call.args.get(*name);
            argument.is_some_and(|argument| argument.origin != of_draft(name))
        };
        if ["to", "subject", "body", "in_reply_to"].iter().any(given) {
            return Err(invalid("draft", "either a draft or the mail itself"));
        }
    }
    if call.item("body").is_none() {
        return Err(match call.spec.name {
            "mail_forward" => ToolError::Unavailable,
            _ => invalid("body", "a draft, or the text of the mail"),
        });
    }
    if submits(call) && !is_address(call.text("to")) {
        return Err(invalid("to", "a mail address"));
    }
    Ok(())
}

/// The mail whose conversation this goes into: the one that is answered, or the draft.
fn before(account: &Account, call: &Call) -> Result<Option<String>, ToolError> {
    for name in ["in_reply_to", "draft"] {
        if call.item(name).is_some() {
            return pointed(account, call, name).map(Some);
        }
    }
    if call.spec.name == "mail_forward" {
        pointed(account, call, "mail")?;
    }
    Ok(None)
}

/// Asks for the states, and for what the mail goes on from.
pub(super) fn prepare(
    account: &Account,
    call: &Call,
    session: &Session,
) -> Result<Request, ToolError> {
    check(call)?;
    if submits(call) && !session.sends {
        return Err(ToolError::Auth);
    }
    let ids = before(account, call)?.into_iter().collect::<Vec<_>>();
    let args = match ids.first() {
        Some(draft) if call.item("draft").is_some() => reading::of_draft(draft),
        _ => json!({
            "ids": ids,
            "properties": ["id", "messageId", "references", "inReplyTo", "keywords"],
        }),
    };
    let mut batch = Batch::default().call("Email/get", "b", &session.id, args);
    if submits(call) {
        let none = json!({ "ids": [] });
        batch = batch.call("EmailSubmission/get", "s", &session.id, none);
    }
    Ok(batch.request(&session.api))
}

/// The mail, once the states are known.
pub(super) fn outgoing(
    account: &Account,
    call: &Call,
    session: &Session,
    answers: &Answers,
    context: &mut CallContext<'_>,
) -> Result<Outgoing, ToolError> {
    let failed = |failure: Failure| failure.error();
    let state = answers.state("Email/get", "b", "state").map_err(failed)?;
    let (mut in_reply_to, mut references) = (Vec::new(), Vec::new());
    if let Some(id) = before(account, call)? {
        let found = answers.list("Email/get", "b").map_err(failed)?;
        let found = found.iter().find(|one| id_in(one, "id") == Some(&id));
        let found = found.ok_or(ToolError::Unavailable)?;
        references = ids_in(found, "references");
        if call.item("draft").is_some() {
            // One that is no draft any more was sent.
            if found.pointer("/keywords/$draft") != Some(&Json::Bool(true)) {
                return Err(ToolError::Refused);
            }
            // What policy and the owner looked at must be what lies there.
            let draft = reading::draft(account, session, found).ok_or(ToolError::Unavailable)?;
            if draft.folder == "trash" || !drafts::is_as_shown(call, &draft) {
                return Err(ToolError::Unavailable);
            }
            in_reply_to = ids_in(found, "inReplyTo");
        } else {
            in_reply_to = ids_in(found, "messageId");
            if references.is_empty() {
                references = ids_in(found, "inReplyTo");
            }
            references.extend(in_reply_to.iter().cloned());
        }
    }
    // The first says where a conversation begins, the last ones where it is.
    let left_out = references.len().saturating_sub(REFERENCES_MAX);
    if left_out > 0 {
        references.drain(1..=left_out);
    }
    let own = session.own_address(account).ok_or(ToolError::Auth)?;
    let domain = own
        .rsplit_once('@')
        .map_or("localhost", |(_, domain)| domain);
    let message_id = format!("{}@{domain}", context.ids.token());
    let submissions = answers.state("EmailSubmission/get", "s", "state").ok();
    let draft = match call.item("draft") {
        Some(_) => Some(pointed(account, call, "draft")?),
        None => None,
    };
    Ok(Outgoing {
        message_id,
        date: second(context.now.to_rfc3339()),
        state,
        submissions,
        in_reply_to,
        references,
        draft,
        tries: 0,
    })
}

/// An instant without parts of a second, which dates of mails do not have.
fn second(at: String) -> String {
    match at.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => at,
    }
}

/// Message ids of a field; those that would break a header are left out.
fn ids_in(mail: &Json, name: &str) -> Vec<String> {
    let all = mail.get(name).and_then(Json::as_array);
    let all = all.into_iter().flatten().filter_map(Json::as_str);
    let plain = |id: &&str| {
        let graphic = |b: u8| b.is_ascii_graphic() && !b"<>()\\\",;".contains(&b);
        (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(graphic)
    };
    all.filter(plain).take(100).map(str::to_owned).collect()
}

/// Where a mail is made, and where it is once it was sent.
fn homes(session: &Session) -> Option<(&Mailbox, &Mailbox)> {
    let sent = session.role("sent");
    let home = session.role("drafts").or(sent).or(session.role("inbox"))?;
    Some((home, sent.unwrap_or(home)))
}

fn email(
    account: &Account,
    call: &Call,
    session: &Session,
    mail: &Outgoing,
    home: &str,
) -> Result<(Json, String, Option<Identity>), ToolError> {
    let own = session.own_address(account).ok_or(ToolError::Auth)?;
    let identity = session.identity(&own).cloned();
    let name = identity.as_ref().map(|one| one.name.as_str());
    let name = name.filter(|name| !name.is_empty());
    let subject = call.text("subject").replace(char::is_control, " ");
    let mut email = json!({
        "mailboxIds": { home: true },
        "keywords": { "$draft": true, "$seen": true },
        "from": [{ "name": name, "email": own }],
        "subject": cut(subject, SUBJECT_BYTES_MAX),
        "messageId": [mail.message_id],
        "sentAt": mail.date,
        "textBody": [{ "partId": "t", "type": "text/plain" }],
        "bodyValues": { "t": { "value": call.text("body") } },
    });
    if let Json::Object(email) = &mut email {
        let to = call.text("to");
        if !to.is_empty() {
            email.insert("to".to_owned(), json!([{ "email": to }]));
        }
        for (name, ids) in [
            ("inReplyTo", &mail.in_reply_to),
            ("references", &mail.references),
        ] {
            if !ids.is_empty() {
                email.insert(name.to_owned(), json!(ids));
            }
        }
    }
    Ok((email, own, identity))
}

/// The request that makes the mail, and sends it.
pub(super) fn write(
    account: &Account,
    call: &Call,
    session: &Session,
    mail: &Outgoing,
) -> Result<Request, ToolError> {
    let (home, sent) = homes(session).ok_or(ToolError::Unavailable)?;
    let (email, own, identity) = email(account, call, session, mail, &home.id)?;
    let making = json!({ "ifInState": mail.state, "create": { "d": email } });
    let mut batch = Batch::default().call("Email/set", "e", &session.id, making);
    if submits(call) {
        let identity = identity.ok_or(ToolError::Auth)?;
        let submission = json!({
            "emailId": "#d",
            "identityId": identity.id,
            "envelope": {
                "mailFrom": { "email": own, "parameters": null },
                "rcptTo": [{ "email": call.text("to"), "parameters": null }],
            },
        });
        let mut update = Map::from_iter([("keywords/$draft".to_owned(), Json::Null)]);
        if home.id != sent.id {
            update.insert(format!("mailboxIds/{}", home.id), Json::Null);
            update.insert(format!("mailboxIds/{}", sent.id), true.into());
        }
        let sending = json!({
            "create": { "s": submission },
            "onSuccessUpdateEmail": { "#s": update },
        });
        batch = batch.call("EmailSubmission/set", "s", &session.id, sending);
    }
    Ok(batch.request(&session.api))
}

/// What became of the request.
pub(super) fn written(call: &Call, session: &Session, answers: Result<Answers, Failure>) -> Next {
    let answers = match answers {
        Ok(answers) => answers,
        Err(failure) => return refused(&failure, None),
    };
    let made = answers.of("Email/set", "e");
    let made = made.and_then(|set| outcome(set, "created", "notCreated", "d"));
    let made = match made {
        Ok(made) => made,
        Err(failure) => return refused(&failure, None),
    };
    let ids = made.and_then(|made| Some((id_in(made, "id")?, id_in(made, "threadId")?)));
    let Some((id, thread)) = ids else {
        return Next::Find;
    };
    let Some((home, sent)) = homes(session) else {
        return Next::Find;
    };
    let placed = |place: &Mailbox| Placed {
        id: id.to_owned(),
        thread: thread.to_owned(),
        folder: session.name_of(&[place.id.as_str()]),
    };
    if !submits(call) {
        return Next::Done(placed(home));
    }
    let submitted = answers.of("EmailSubmission/set", "s");
    let submitted = submitted.and_then(|set| outcome(set, "created", "notCreated", "s"));
    match submitted {
        Ok(_) => {
            let moved = answers.implied("Email/set", "s");
            let moved = moved.is_none_or(|set| outcome(set, "updated", "notUpdated", id).is_ok());
            Next::Done(placed(if moved { sent } else { home }))
        }
        Err(failure) => refused(&failure, Some(id)),
    }
}

/// What a refusal means: in another state than was thought, another request may have been first.
fn refused(failure: &Failure, made: Option<&str>) -> Next {
    let may_be_there = failure.is("stateMismatch") || failure.is("alreadyExists");
    if made.is_none() && may_be_there || !failure.is_certain() {
        return Next::Find;
    }
    Next::Failed(failure.error(), made.map(str::to_owned))
}

impl Outgoing {
    /// The same mail, to be offered under a newer state.
    pub(super) fn under(&self, state: String) -> Self {
        Self {
            state,
            ..self.clone()
        }
    }

    /// Counts a request; `None` if there were enough.
    pub(super) fn again(&self) -> Option<Self> {
        let tries = self.tries.saturating_add(1);
        (tries <= TRIES_MAX).then(|| Self {
            tries,
            ..self.clone()
        })
    }

    /// The draft that this mail was.
    pub(super) fn draft(&self) -> Option<&str> {
        self.draft.as_deref().filter(|id| is_id(id))
    }
}

/// Puts the draft that was sent into the trash; without one it goes for good.
pub(super) fn put_away(session: &Session, draft: &str) -> Request {
    let Some(trash) = session.role("trash") else {
        return clear(session, draft);
    };
    let there = json!({ "mailboxIds": { &trash.id: true }, "keywords/$draft": null });
    let args = json!({ "update": { draft: there } });
    Batch::default()
        .call("Email/set", "d", &session.id, args)
        .request(&session.api)
}

/// Destroys what this call made itself. A mail of the owner's never comes here.
pub(super) fn clear(session: &Session, id: &str) -> Request {
    let args = json!({ "destroy": [id] });
    Batch::default()
        .call("Email/set", "d", &session.id, args)
        .request(&session.api)
}

/// What the call ends with.
pub(super) fn output(
    account: &Account,
    call: &Call,
    session: &Session,
    placed: &Placed,
    context: &CallContext<'_>,
) -> ToolOutput {
    if !submits(call) {
        let state = context
            .locale
            .pick("draft, not sent", "brouillon, non envoyé");
        return ToolOutput::new(Kind::Draft, mail::draft(account, &placed.id, call, state));
    }
    let own = session.own_address(account).unwrap_or_default();
    let sent = Mail {
        id: placed.id.clone(),
        thread: placed.thread.clone(),
        at: context.now.millis(),
        folder: placed.folder.clone(),
        from: own.clone(),
        sender: own,
        to: vec![call.text("to").to_owned()],
        subject: call.text("subject").to_owned(),
        body: call.text("body").to_owned(),
        ..Mail::default()
    };
    ToolOutput::new(Kind::Mail, mail::item(account, &sent))
}
