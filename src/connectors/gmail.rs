//! Mail over the Gmail API (<https://developers.google.com/workspace/gmail/api/reference/rest>).
//!
//! The one thing to know: a mail goes out in two steps, a draft and then the sending of that draft.
//! A draft is sent once and is gone then, so whoever lost the answer asks for the same draft again:
//! it is either sent now or was before. The scope `gmail.modify` covers all of it; nothing here
//! deletes a mail for good.

mod payload;
mod requests;
mod sending;

#[cfg(test)]
mod tests;

use super::Lost;
use super::accounts::Service;
use super::family::mail::{self as family, LISTED, Mail};
use super::parts::{limit, list as to_list, object_id};
use crate::egress::account::{Account, Api, Grant, Way};
use crate::http::Method;
use crate::tool::{
    Answer, Call, CallContext, EffectClass, Kind, Progress, ToolError, ToolOutput, ToolSpec,
};
use requests::{Folder, get, modify, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

const JSON: &[&str] = &["application/json"];

const READ: Way = Way {
    methods: &[Method::Get],
    path: "",
    accepts: JSON,
    request_bytes_max: 0,
    response_bytes_max: 8 << 20,
    timeout_ms: 20_000,
    // 15,000 units a minute and user, of which a mail that is read takes 20.
    per_minute: 600,
};

const CHANGE: Way = Way {
    methods: &[Method::Post],
    request_bytes_max: 65_536,
    response_bytes_max: 1 << 20,
    per_minute: 120,
    ..READ
};

/// What may be asked.
pub const API: Api = Api {
    name: "gmail",
    user: "mail",
    host: Some("gmail.googleapis.com"),
    ways: &[
        Way {
            path: "/gmail/v1/users/me/messages",
            ..READ
        },
        Way {
            path: "/gmail/v1/users/me/messages/*",
            ..READ
        },
        Way {
            path: "/gmail/v1/users/me/messages/*/attachments/*",
            ..READ
        },
        Way {
            path: "/gmail/v1/users/me/threads/*",
            ..READ
        },
        Way {
            path: "/gmail/v1/users/me/labels",
            ..READ
        },
        Way {
            path: "/gmail/v1/users/me/messages/*/modify",
            ..CHANGE
        },
        Way {
            path: "/gmail/v1/users/me/messages/*/trash",
            ..CHANGE
        },
        Way {
            path: "/gmail/v1/users/me/drafts",
            request_bytes_max: 1 << 20,
            ..CHANGE
        },
        Way {
            path: "/gmail/v1/users/me/drafts/send",
            ..CHANGE
        },
        Way {
            path: "/gmail/v1/users/me/drafts/*",
            ..READ
        },
    ],
    grant: Some(Grant {
        host: "oauth2.googleapis.com",
        path: "/token",
    }),
};

/// The service.
pub const SERVICE: &dyn Service = &Gmail;

struct Gmail;

/// Whose word on a mail's authentication counts if the account does not say otherwise.
const AUTHSERV: &str = "mx.google.com";
/// The most text of one mail in a list, in bytes.
const LISTED_BYTES_MAX: usize = 20_000;
/// The most text of one mail that is opened, in bytes.
const OPENED_BYTES_MAX: usize = 200_000;
/// The most mails of a conversation that are shown.
const THREAD_MAX: usize = 50;

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// The labels are asked for, since the call names a folder of the owner's.
    Labels,
    /// The ids of the mails that a list has.
    Ids,
    /// One mail of a list after the other.
    Each {
        ids: Vec<String>,
        found: Vec<Mail>,
    },
    /// The mail that is opened.
    Open,
    /// It is marked as read.
    Marked {
        mail: Box<Mail>,
    },
    Thread,
    /// The mail whose attachment is wanted, then the attachment itself.
    Holder,
    Attachment {
        name: String,
        media_type: String,
    },
    /// A change of a mail; then the mail as it is now.
    Changed,
    Check,
    /// Writing and sending: see `sending`.
    Writing(sending::Step),
}

fn stage(stage: &Stage) -> Result<Json, ToolError> {
    serde_json::to_value(stage).map_err(|_| ToolError::Unavailable)
}

fn body(answer: Answer<'_>) -> Result<Json, ToolError> {
    match answer.status {
        200 => serde_json::from_slice(&answer.body).map_err(|_| ToolError::Unavailable),
        // Google says with a 403 too that it is asked too often.
        403 if requests::is_quota(answer) => Err(ToolError::Rate),
        401 | 403 => Err(ToolError::Auth),
        429 => Err(ToolError::Rate),
        _ => Err(ToolError::Unavailable),
    }
}

impl Service for Gmail {
    fn run(
        &self,
        account: &'static Account,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        match call.spec.name {
            "mail_list" => match Folder::of(call.text("folder")) {
                Folder::Known(label) => list(account, call, Some(label)),
                Folder::Archive => list(account, call, None),
                Folder::Own => labels(account),
            },
            "mail_read" => open(account, &own(account, call, "mail")?, &Stage::Open),
            "mail_thread" => thread(account, call),
            "mail_attachment" => {
                let id = own(account, call, "file")?;
                let (mail, _) = id.split_once('/').ok_or(ToolError::Unavailable)?;
                open(account, mail, &Stage::Holder)
            }
            "mail_move" | "mail_label" => match Folder::of(call.text("folder")) {
                Folder::Own => labels(account),
                Folder::Known(_) | Folder::Archive => change(account, call, None),
            },
            "mail_mark" => change(account, call, None),
            "mail_delete" => {
                let id = own(account, call, "mail")?;
                let request = post(account, &format!("/messages/{id}/trash"), &json!({}));
                send(request, &Stage::Changed)
            }
            "mail_draft" | "mail_send" | "mail_forward" => sending::begin(account, call, context),
            _ => Err(ToolError::Unavailable),
        }
    }

    fn go_on(
        &self,
        account: &'static Account,
        call: &Call,
        stage: &Json,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let stage: Stage =
            serde_json::from_value(stage.clone()).map_err(|_| ToolError::Unavailable)?;
        if let Stage::Writing(step) = stage {
            return sending::go_on(account, call, step, answer, context);
        }
        let read = body(answer);
        let read = read.map_err(|error| meant(&stage, error, answer))?;
        match stage {
            Stage::Labels => {
                let label = requests::label_named(&read, call.text("folder"));
                let label = label.ok_or(ToolError::Unavailable)?;
                match call.spec.name {
                    "mail_list" => list(account, call, Some(&label)),
                    _ => change(account, call, Some(&label)),
                }
            }
            Stage::Ids => {
                let ids = requests::ids(&read, limit(call, LISTED));
                each(account, call, ids, Vec::new())
            }
            Stage::Each { mut ids, mut found } => {
                if !ids.is_empty() {
                    ids.remove(0);
                }
                found.extend(payload::mail(account, &read, LISTED_BYTES_MAX));
                each(account, call, ids, found)
            }
            Stage::Open => {
                let mail = payload::mail(account, &read, OPENED_BYTES_MAX);
                let mail = Box::new(mail.ok_or(ToolError::Unavailable)?);
                if !mail.unread {
                    return Ok(done(account, &mail));
                }
                let change = json!({"removeLabelIds": ["UNREAD"]});
                let request = modify(account, &mail.id, &change);
                send(request, &Stage::Marked { mail })
            }
            Stage::Marked { mut mail } => {
                mail.unread = false;
                Ok(done(account, &mail))
            }
            Stage::Thread => {
                let messages = read.get("messages").and_then(Json::as_array);
                let messages = messages.ok_or(ToolError::Unavailable)?.iter();
                let mails: Vec<Mail> = messages
                    .filter_map(|it| payload::mail(account, it, LISTED_BYTES_MAX))
                    .take(THREAD_MAX)
                    .collect();
                Ok(listed(account, call, &mails))
            }
            Stage::Holder => attachment(account, call, &read),
            Stage::Attachment { name, media_type } => {
                let file = payload::file(&read, name, media_type);
                let pointed_at = call.item("file").ok_or(ToolError::Unavailable)?;
                let file = payload::with_id(file, &own(account, call, "file")?);
                let item = family::opened(account, &file, pointed_at);
                Ok(Progress::Done(ToolOutput::new(Kind::File, item)))
            }
            Stage::Changed => open(account, &own(account, call, "mail")?, &Stage::Check),
            Stage::Check => {
                let mail = payload::mail(account, &read, LISTED_BYTES_MAX);
                Ok(done(account, &mail.ok_or(ToolError::Unknown)?))
            }
            Stage::Writing(_) => Err(ToolError::Unavailable),
        }
    }

    fn takes(&self, stage: &Json, status: u16) -> bool {
        let read: Option<Stage> = serde_json::from_value(stage.clone()).ok();
        let sends = matches!(read, Some(Stage::Writing(_)));
        status == 403 || sends && matches!(status, 400 | 404)
    }

    fn lost(&self, spec: &ToolSpec, stage: &Json) -> Lost {
        let read: Option<Stage> = serde_json::from_value(stage.clone()).ok();
        match read {
            // A change sets labels that are the same after a second time.
            Some(Stage::Changed | Stage::Labels) => Lost::Again,
            Some(Stage::Check) => Lost::FindOut,
            Some(Stage::Writing(step)) => sending::lost(&step),
            _ if spec.effect == EffectClass::Read => Lost::Again,
            _ => Lost::Unknown,
        }
    }

    fn find_out(
        &self,
        account: &'static Account,
        call: &Call,
        stage: &Json,
        _context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let stage: Stage = serde_json::from_value(stage.clone()).map_err(|_| ToolError::Unknown)?;
        if let Stage::Writing(step) = stage {
            return sending::find_out(account, call, step);
        }
        if stage == Stage::Check {
            return open(account, &own(account, call, "mail")?, &stage);
        }
        Err(ToolError::Unknown)
    }

    fn taken(&self, stage: &Json) -> bool {
        let read: Option<Stage> = serde_json::from_value(stage.clone()).ok();
        match read {
            Some(Stage::Check) => true,
            Some(Stage::Writing(step)) => sending::taken(&step),
            _ => false,
        }
    }
}

/// What a failure means at a stage: a change may have been taken, or was taken before.
fn meant(stage: &Stage, error: ToolError, answer: Answer<'_>) -> ToolError {
    if *stage == Stage::Check {
        ToolError::Unknown
    } else if *stage == Stage::Changed && error == ToolError::Unavailable {
        requests::unread(answer)
    } else {
        error
    }
}

fn send(request: crate::http::Request, next: &Stage) -> Result<Progress, ToolError> {
    Ok(Progress::Send {
        request,
        stage: stage(next)?,
    })
}

/// The service's id of an object of the call, if it is one of this account.
fn own(account: &Account, call: &Call, name: &str) -> Result<String, ToolError> {
    let id = object_id(call, name)?;
    let own = super::access::own_id(account, &id).ok_or(ToolError::Unavailable)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_/.".contains(&b);
    let fits = !own.is_empty() && own.len() <= 256 && own.bytes().all(plain);
    fits.then(|| own.to_owned()).ok_or(ToolError::Unavailable)
}

fn done(account: &Account, mail: &Mail) -> Progress {
    let item = family::item(account, mail);
    Progress::Done(ToolOutput::new(Kind::Mail, item))
}

fn listed(account: &Account, call: &Call, mails: &[Mail]) -> Progress {
    let items = mails.iter().map(|mail| family::item(account, mail));
    if call.spec.name == "mail_thread" {
        let items = family::conversation(call, items.collect());
        return Progress::Done(to_list(Kind::Mails, call, items));
    }
    let by_words = !call.text("query").is_empty() || !call.text("from").is_empty();
    let items = items.map(|item| {
        if by_words {
            family::searched(item)
        } else {
            item
        }
    });
    Progress::Done(to_list(Kind::Mails, call, items))
}

fn labels(account: &Account) -> Result<Progress, ToolError> {
    send(get(account, "/labels"), &Stage::Labels)
}

fn list(account: &Account, call: &Call, label: Option<&str>) -> Result<Progress, ToolError> {
    let request = get(
        account,
        &requests::list_path(call, label, limit(call, LISTED)),
    );
    send(request, &Stage::Ids)
}

fn each(
    account: &Account,
    call: &Call,
    ids: Vec<String>,
    found: Vec<Mail>,
) -> Result<Progress, ToolError> {
    let Some(id) = ids.first() else {
        return Ok(listed(account, call, &found));
    };
    let request = get(account, &format!("/messages/{id}?format=full"));
    send(request, &Stage::Each { ids, found })
}

fn open(account: &Account, id: &str, next: &Stage) -> Result<Progress, ToolError> {
    let request = get(account, &format!("/messages/{id}?format=full"));
    send(request, next)
}

fn thread(account: &Account, call: &Call) -> Result<Progress, ToolError> {
    own(account, call, "mail")?;
    let mail = call.item("mail").ok_or(ToolError::Unavailable)?;
    let id = mail.field("thread").and_then(crate::value::Item::text);
    let id = id.filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()));
    let id = id.ok_or(ToolError::Unavailable)?;
    send(
        get(account, &format!("/threads/{id}?format=full")),
        &Stage::Thread,
    )
}

fn change(account: &Account, call: &Call, label: Option<&str>) -> Result<Progress, ToolError> {
    let id = own(account, call, "mail")?;
    let change = requests::change(call, label).ok_or(ToolError::Unavailable)?;
    send(modify(account, &id, &change), &Stage::Changed)
}

/// Asks for an attachment, by the id that it has today.
fn attachment(account: &Account, call: &Call, holder: &Json) -> Result<Progress, ToolError> {
    let id = own(account, call, "file")?;
    let (mail, part) = id.split_once('/').ok_or(ToolError::Unavailable)?;
    let found = payload::part(holder, part).ok_or(ToolError::Unavailable)?;
    if !payload::is_readable(&found.media_type) {
        return Err(ToolError::Unavailable);
    }
    let path = format!("/messages/{mail}/attachments/{}", found.attachment);
    let next = Stage::Attachment {
        name: found.name,
        media_type: found.media_type,
    };
    send(get(account, &path), &next)
}
