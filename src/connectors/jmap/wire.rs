//! Requests of several calls, their answers, and what an error of JMAP means (RFC 8620).
//!
//! The one thing to know: a call's answer is found by the call's own id and its method's name, and
//! whatever else a server puts there is no answer. An error says whether anything was done at all,
//! which is what a write that must not happen twice depends on.

use crate::http::{Request, Response};
use crate::tool::ToolError;
use serde_json::{Map, Value as Json, json};

/// The most answers of one request that are looked at.
const ANSWERS_MAX: usize = 32;
const CORE: &str = "urn:ietf:params:jmap:core";
pub(super) const MAIL: &str = "urn:ietf:params:jmap:mail";
pub(super) const SUBMISSION: &str = "urn:ietf:params:jmap:submission";

/// A request that is being put together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    calls: Vec<Json>,
    submits: bool,
}

impl Batch {
    /// Adds a call; `id` is what its answer is found by.
    pub(super) fn call(mut self, method: &str, id: &str, account: &str, mut args: Json) -> Self {
        if let Json::Object(args) = &mut args {
            args.insert("accountId".to_owned(), account.into());
        }
        self.submits = self.submits || method.starts_with("EmailSubmission") || is_identity(method);
        self.calls.push(json!([method, args, id]));
        self
    }

    /// The request.
    pub(super) fn request(self, url: &str) -> Request {
        let mut using = vec![CORE, MAIL];
        if self.submits {
            using.push(SUBMISSION);
        }
        let body = json!({ "using": using, "methodCalls": self.calls });
        let mut request = Request::post_json(url.to_owned(), &body);
        let accept = ("accept".to_owned(), "application/json".to_owned());
        request.headers.push(accept);
        request
    }
}

fn is_identity(method: &str) -> bool {
    method.starts_with("Identity")
}

/// An argument that an earlier call of the same request gives.
pub(super) fn result_of(id: &str, method: &str, path: &str) -> Json {
    json!({ "resultOf": id, "name": method, "path": path })
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It cannot be read, so nobody knows what was done.
    Broken,
    /// The session is of another time: where it is asked, or for whom.
    Stale,
    /// The whole request was refused, or this call, for this reason.
    Refused(String),
}

/// Errors of a call, and of an object that was to be made or changed, which say that nothing was
/// done (RFC 8620 sections 3.6.2 and 5.3, RFC 8621 sections 4.6 and 7.5).
const NOTHING_DONE: &[&str] = &[
    "accountNotFound",
    "accountNotSupportedByMethod",
    "accountReadOnly",
    "anchorNotFound",
    "blobNotFound",
    "cannotCalculateChanges",
    "emailNotFound",
    "forbidden",
    "forbiddenFrom",
    "forbiddenMailFrom",
    "forbiddenToSend",
    "invalidArguments",
    "invalidEmail",
    "invalidPatch",
    "invalidProperties",
    "invalidRecipients",
    "invalidResultReference",
    "limit",
    "noRecipients",
    "notFound",
    "notJSON",
    "notRequest",
    "overQuota",
    "rateLimit",
    "requestTooLarge",
    "resultReference",
    "serverUnavailable",
    "singleton",
    "stateMismatch",
    "tooLarge",
    "tooManyKeywords",
    "tooManyMailboxes",
    "tooManyRecipients",
    "unknownCapability",
    "unknownMethod",
    "unsupportedFilter",
    "unsupportedSort",
    "willDestroy",
];

impl Failure {
    /// Whether it is certain that the call changed nothing.
    pub(super) fn is_certain(&self) -> bool {
        match self {
            // Whoever says that it is elsewhere may have passed it on.
            Self::Broken | Self::Stale => false,
            Self::Refused(kind) => NOTHING_DONE.contains(&kind.as_str()),
        }
    }

    pub(super) fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused(kind) if kind == wanted)
    }

    /// What a call ends with that fails so. Codes differ only by what the service itself decides.
    pub(super) fn error(&self) -> ToolError {
        let Self::Refused(kind) = self else {
            return ToolError::Unavailable;
        };
        match kind.as_str() {
            "accountNotFound"
            | "accountNotSupportedByMethod"
            | "accountReadOnly"
            | "forbidden"
            | "forbiddenFrom"
            | "forbiddenMailFrom"
            | "forbiddenToSend" => ToolError::Auth,
            "rateLimit" => ToolError::Rate,
            "serverFail" | "serverUnavailable" => ToolError::Offline,
            _ => ToolError::Unavailable,
        }
    }
}

/// The answers to the calls of a request.
#[derive(Debug)]
pub(super) struct Answers(Vec<(String, Map<String, Json>, String)>);

impl Answers {
    /// Reads an answer.
    pub(super) fn read(answer: &Response) -> Result<Self, Failure> {
        match answer.status {
            200 => {}
            300..=399 | 404 | 405 | 410 => return Err(Failure::Stale),
            _ => return Err(Failure::Refused(problem(answer))),
        }
        let body: Json = serde_json::from_slice(&answer.body).map_err(|_| Failure::Broken)?;
        let all = body.get("methodResponses").and_then(Json::as_array);
        let all = all.ok_or(Failure::Broken)?.iter().take(ANSWERS_MAX);
        let each = all.map(|one| {
            let [name, args, id] = one.as_array()?.as_slice() else {
                return None;
            };
            let args = args.as_object()?.clone();
            Some((name.as_str()?.to_owned(), args, id.as_str()?.to_owned()))
        });
        let each: Option<Vec<_>> = each.collect();
        each.map(Self).ok_or(Failure::Broken)
    }

    /// The result of a call.
    pub(super) fn of(&self, method: &str, id: &str) -> Result<&Map<String, Json>, Failure> {
        let mut answers = self.0.iter().filter(|(_, _, of)| of == id);
        let (name, args, _) = answers.next().ok_or(Failure::Broken)?;
        if name == method {
            return Ok(args);
        }
        let kind = args.get("type").and_then(Json::as_str);
        match kind.filter(|_| name == "error") {
            Some("accountNotFound") => Err(Failure::Stale),
            Some(kind) => Err(Failure::Refused(kind.to_owned())),
            None => Err(Failure::Broken),
        }
    }

    /// The result of the call of another method that a call brought about.
    pub(super) fn implied(&self, method: &str, id: &str) -> Option<&Map<String, Json>> {
        let mut answers = self.0.iter().filter(|(_, _, of)| of == id).skip(1);
        let (_, args, _) = answers.find(|(name, _, _)| name == method)?;
        Some(args)
    }

    /// The objects of a `get`.
    pub(super) fn list(&self, method: &str, id: &str) -> Result<&[Json], Failure> {
        let list = self.of(method, id)?.get("list").and_then(Json::as_array);
        Ok(list.ok_or(Failure::Broken)?)
    }

    /// The state that a call tells.
    pub(super) fn state(&self, method: &str, id: &str, field: &str) -> Result<String, Failure> {
        let state = self.of(method, id)?.get(field).and_then(Json::as_str);
        let fits = |state: &&str| (1..=STATE_BYTES_MAX).contains(&state.len());
        let state = state.filter(fits).ok_or(Failure::Broken)?;
        Ok(state.to_owned())
    }
}

/// The longest state that is kept.
const STATE_BYTES_MAX: usize = 1_024;

/// What an object of a `set` became: what the server says of it, or why not.
pub(super) fn outcome<'a>(
    set: &'a Map<String, Json>,
    done: &str,
    not_done: &str,
    id: &str,
) -> Result<Option<&'a Json>, Failure> {
    let within = |name: &str| set.get(name).and_then(|all| all.get(id));
    if let Some(refused) = within(not_done) {
        let kind = refused.get("type").and_then(Json::as_str);
        return Err(kind.map_or(Failure::Broken, |kind| Failure::Refused(kind.to_owned())));
    }
    let done = set.get(done).and_then(Json::as_object);
    let done = done.and_then(|all| all.get(id)).ok_or(Failure::Broken)?;
    Ok(Some(done).filter(|it| !it.is_null()))
}

/// The last word of the type of a problem document; `limit` says which one where that is what counts.
fn problem(answer: &Response) -> String {
    let body: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    let kind = body.get("type").and_then(Json::as_str).unwrap_or_default();
    let kind = kind.rsplit(':').next().unwrap_or_default();
    let limit = body.get("limit").and_then(Json::as_str).unwrap_or_default();
    let is_busy = kind == "limit" && limit.to_ascii_lowercase().contains("concurrent");
    if is_busy { "rateLimit" } else { kind }.to_owned()
}

/// Whether a text is an id as JMAP makes them (RFC 8620 section 1.2), so that it can stand in a path.
pub(super) fn is_id(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=255).contains(&text.len()) && text.bytes().all(plain)
}

/// The id in a field of an object.
pub(super) fn id_in<'a>(object: &'a Json, field: &str) -> Option<&'a str> {
    object.get(field)?.as_str().filter(|id| is_id(id))
}
