//! What lies between a family and the services of its accounts: which account a call is for, access
//! tokens, and lists over several accounts.
//!
//! The one thing to know: a service never sees this. It asks for a path and gets an answer; that the
//! account's access token had to be renewed in between, or that another account was asked before, is
//! in the stage around the service's own. A token is asked for before the call begins, so a refusal
//! of it has touched nothing; a service that refuses one gets another once, and the call begins anew.

mod kept;

pub(super) use kept::Kept;

mod tokens;

use super::Failed;
use super::accounts::Served;
use crate::egress::account::{Account, Auth};
use crate::egress::tokens::SEALED;
use crate::http::Request;
use crate::tool::{
    Answer, ArgType, Call, CallContext, Document, Documents, EffectClass, Progress, ToolError,
    ToolOutput,
};
use crate::value::{Item, Value};
use kept::Own;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokens::{ask_for_token, keep_token, token};

/// The collection of what is known of each account.
const ACCESS: &str = "access";

/// Where a call is, around what the service wants to remember.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Stage {
    account: String,
    /// The access token, as the door sealed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// Whether it was renewed for this call.
    #[serde(default)]
    renewed: bool,
    /// The accounts that are still to be asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rest: Vec<String>,
    /// What those before gave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    found: Vec<Item>,
    /// What went wrong at the first of those before that gave nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<ToolError>,
    /// Whether this is one of several accounts.
    #[serde(default)]
    several: bool,
    /// What the service wants back; `None` while an access token is asked for.
    inner: Option<Json>,
    /// What the service had wanted back when it refused the token, if the call had been taken then:
    /// it does not begin anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<Json>,
}

impl Stage {
    pub(super) fn read(stage: &Json) -> Option<Self> {
        serde_json::from_value(stage.clone()).ok()
    }

    /// What the service wants back, if it was asked already.
    pub(super) fn inner(&self) -> Option<&Json> {
        self.inner.as_ref()
    }

    pub(super) fn account(&self) -> &str {
        &self.account
    }

    /// What was under way when the token was refused.
    pub(super) fn after(&self) -> Option<&Json> {
        self.after.as_ref()
    }

    /// Whether a failure of this account leaves others to ask.
    pub(super) fn is_one_of_several(&self) -> bool {
        self.several
    }
}

/// Why an account cannot be used, as it is remembered for the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Trouble {
    /// The service refuses the password or the token.
    Denied,
    /// The provider does not take the refresh token any more.
    Revoked,
    /// The provider does not know the client.
    Client,
    /// The account lacks a permission that the tool needs.
    Scope,
    /// The deployment lacks a secret of the account.
    Unset,
}

/// Says which accounts a call is for, by their names.
pub(super) type Asks =
    fn(&Call, &[&'static Served], &mut dyn Documents) -> Result<Vec<String>, ToolError>;

/// The accounts of a family, which of them it asks, and how it orders what several of them list.
pub(super) struct Desk<'a> {
    pub(super) accounts: &'a [&'static Served],
    pub(super) asks: Asks,
    pub(super) merge: fn(Vec<Item>, &Call) -> Vec<Item>,
}

/// The id at the service of what an account's handle has; `None` for another account's.
#[allow(dead_code, reason = "a deployment may have no account")]
pub(super) fn own_id<'a>(account: &Account, id: &'a str) -> Option<&'a str> {
    id.strip_prefix(account.name)?.strip_prefix(':')
}

#[allow(dead_code, reason = "a deployment may have no account")]
/// An id of a service as handles have it: with the account in front.
pub(super) fn public_id(account: &Account, id: &str) -> String {
    format!("{}:{id}", account.name)
}

/// The name of the account that the objects of a call belong to.
pub(super) fn account_of_objects(call: &Call) -> Option<(&'static str, String)> {
    call.args.values().find_map(|argument| {
        let ArgType::Object(_) = argument.spec.holds else {
            return None;
        };
        let id = argument.item.field("id").unwrap_or(&argument.item).text()?;
        let (name, _) = id.split_once(':')?;
        Some((argument.spec.name, name.to_owned()))
    })
}

/// The accounts that a call is for: that of what it points at, the one it names, all of them for a
/// list, and otherwise the first.
pub(super) fn asked(
    call: &Call,
    accounts: &[&'static Served],
    _: &mut dyn Documents,
) -> Result<Vec<String>, ToolError> {
    if let Some((_, name)) = account_of_objects(call) {
        return Ok(vec![name]);
    }
    let given = call.text("account");
    if !given.is_empty() {
        return Ok(vec![given.to_owned()]);
    }
    let names = accounts.iter().map(|it| it.account.name.to_owned());
    let lists = call.spec.effect == EffectClass::Read && call.spec.returns.item().is_some();
    let most = if lists { usize::MAX } else { 1 };
    let names: Vec<String> = names.take(most).collect();
    if names.is_empty() {
        return Err(ToolError::Unavailable);
    }
    Ok(names)
}

impl Desk<'_> {
    fn find(&self, name: &str) -> Result<&'static Served, ToolError> {
        let mut all = self.accounts.iter();
        let found = all.find(|served| served.account.name == name);
        found.copied().ok_or(ToolError::Unavailable)
    }

    pub(super) fn start(
        &self,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let mut names = (self.asks)(call, self.accounts, &mut *context.documents)?;
        let several = names.len() > 1;
        let stage = Stage {
            account: names.remove(0),
            token: None,
            renewed: false,
            rest: names,
            found: Vec::new(),
            failed: None,
            several,
            inner: None,
            after: None,
        };
        self.begin(stage, call, context)
    }

    /// Begins at one account: with its access token, if it needs one.
    fn begin(
        &self,
        mut stage: Stage,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let served = self.find(&stage.account)?;
        if let Auth::Refresh { .. } = served.account.auth {
            stage.token = token(&served.account, context);
            if stage.token.is_none() {
                return ask_for_token(&served.account, stage, context);
            }
        }
        self.run(served, stage, call, context)
    }

    fn run(
        &self,
        served: &'static Served,
        stage: Stage,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let account = &served.account;
        let progress = within(account, context, |context| {
            served.service.run(account, call, context)
        });
        self.advance(stage, progress, call, context)
    }

    pub(super) fn go_on(
        &self,
        stage: Stage,
        call: &Call,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let served = self.find(&stage.account)?;
        let account = &served.account;
        let Some(inner) = stage.inner.clone() else {
            return match keep_token(account, answer, context) {
                Ok(token) => {
                    let token = Some(token);
                    self.renewed(served, Stage { token, ..stage }, call, context)
                }
                // What had been taken may have happened, whatever became of the token.
                Err(_) if stage.after.is_some() => Err(ToolError::Unknown),
                Err(error) => self.advance(stage, Err(error), call, context),
            };
        };
        if answer.status == 401 {
            let after = served.service.taken(&inner).then_some(inner);
            if matches!(account.auth, Auth::Refresh { .. }) && !stage.renewed {
                let stage = Stage {
                    renewed: true,
                    after,
                    ..stage
                };
                return ask_for_token(account, stage, context);
            }
            note(account, Some(Trouble::Denied), context.documents)?;
            let error = after.map_or(ToolError::Auth, |_| ToolError::Unknown);
            return self.advance(stage, Err(error), call, context);
        }
        let taken = served.service.takes(&inner, answer.status);
        let trouble = (answer.status == 403 && !taken).then_some(match account.auth {
            Auth::Refresh { .. } => Trouble::Scope,
            Auth::None | Auth::Password { .. } | Auth::Bearer { .. } => Trouble::Denied,
        });
        note(account, trouble, context.documents)?;
        let progress = if taken { None } else { refusal(answer.status) };
        let progress = match progress {
            Some(error) => Err(error),
            None => within(account, context, |context| {
                let service = served.service;
                service.go_on(account, call, &inner, answer, context)
            }),
        };
        self.advance(stage, progress, call, context)
    }

    /// Goes on with a token: the call begins, or what had been taken is looked for.
    fn renewed(
        &self,
        served: &'static Served,
        mut stage: Stage,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let Some(after) = stage.after.take() else {
            return self.run(served, stage, call, context);
        };
        let account = &served.account;
        let progress = within(account, context, |context| {
            served.service.find_out(account, call, &after, context)
        });
        self.advance(stage, progress, call, context)
    }

    /// Goes on without the answer to a request: with the next account, if there is one.
    pub(super) fn failed(
        &self,
        stage: Stage,
        call: &Call,
        failed: &Failed,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let served = self.find(&stage.account)?;
        if failed.error == ToolError::Auth {
            let trouble = match served.account.auth {
                _ if !failed.is_set_up => Trouble::Unset,
                Auth::Refresh { .. } => Trouble::Scope,
                Auth::None | Auth::Password { .. } | Auth::Bearer { .. } => Trouble::Denied,
            };
            note(&served.account, Some(trouble), context.documents)?;
        }
        self.advance(stage, Err(failed.error.clone()), call, context)
    }

    pub(super) fn find_out(
        &self,
        stage: Stage,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let served = self.find(&stage.account)?;
        let account = &served.account;
        if stage.after.is_some() {
            return ask_for_token(account, stage, context);
        }
        let inner = stage.inner.clone().ok_or(ToolError::Unknown)?;
        let progress = within(account, context, |context| {
            served.service.find_out(account, call, &inner, context)
        });
        self.advance(stage, progress, call, context)
    }

    /// Wraps what a service wants to send, or goes on to the next account.
    fn advance(
        &self,
        mut stage: Stage,
        progress: Result<Progress, ToolError>,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let output = match progress {
            Ok(Progress::Send {
                mut request,
                stage: inner,
            }) => {
                if let Some(token) = &stage.token {
                    let value = format!("{SEALED}{token}");
                    request.headers.push(("authorization".to_owned(), value));
                }
                stage.inner = Some(inner);
                return sent(request, &stage);
            }
            Ok(Progress::Done(output)) if !stage.several => return Ok(Progress::Done(output)),
            Ok(Progress::Done(output)) => Ok(output),
            Err(error) => Err(error),
        };
        match output {
            Ok(output) => stage.found.extend(output.item.items().iter().cloned()),
            Err(error) if !stage.several => return Err(error),
            // One account that fails leaves what the others have.
            Err(error) => stage.failed = stage.failed.or(Some(error)),
        }
        if stage.rest.is_empty() {
            // Where one could not be asked and the others have nothing, nothing is not the answer.
            if let (Some(error), true) = (stage.failed.take(), stage.found.is_empty()) {
                return Err(error);
            }
            let items = (self.merge)(std::mem::take(&mut stage.found), call);
            let label = super::parts::chosen_by(call);
            let list = crate::label::Labeled::new(Value::List(items), label);
            return Ok(Progress::Done(ToolOutput::new(call.spec.returns, list)));
        }
        let next = Stage {
            account: stage.rest.remove(0),
            token: None,
            renewed: false,
            inner: None,
            after: None,
            ..stage
        };
        self.begin(next, call, context)
    }
}

/// What an answer means that the service does not take itself.
fn refusal(status: u16) -> Option<ToolError> {
    match status {
        401 | 403 => Some(ToolError::Auth),
        429 => Some(ToolError::Rate),
        500.. => Some(ToolError::Offline),
        _ => None,
    }
}

fn sent(request: Request, stage: &Stage) -> Result<Progress, ToolError> {
    let stage = serde_json::to_value(stage).map_err(|_| ToolError::Unavailable)?;
    Ok(Progress::Send { request, stage })
}

/// Gives a service a context in which the documents are its account's own.
fn within<T>(
    account: &'static Account,
    context: &mut CallContext<'_>,
    work: impl FnOnce(&mut CallContext<'_>) -> T,
) -> T {
    let mut own = Own::of(account, &mut *context.documents);
    work(&mut CallContext {
        now: context.now,
        zone: context.zone,
        locale: context.locale,
        conversation: context.conversation,
        ids: &mut *context.ids,
        documents: &mut own,
    })
}

/// Remembers what is wrong with an account, or that nothing is.
pub(super) fn note(
    account: &Account,
    trouble: Option<Trouble>,
    documents: &mut dyn Documents,
) -> Result<(), ToolError> {
    let known = trouble_of(account.name, documents);
    if known == trouble {
        return Ok(());
    }
    let Some(trouble) = trouble else {
        documents.remove(ACCESS, account.name)?;
        return Ok(());
    };
    let body = serde_json::to_value(trouble).map_err(|_| ToolError::Unavailable)?;
    let id = account.name.to_owned();
    Ok(documents.put(ACCESS, Document { id, sort: 0, body })?)
}

/// What is known to be wrong with an account.
pub(super) fn trouble_of(account: &str, documents: &dyn Documents) -> Option<Trouble> {
    let document = documents.get(ACCESS, account).ok()??;
    serde_json::from_value(document.body).ok()
}
