//! Access tokens of an account: kept sealed, asked for where there is none, and told why there is none.

use super::{Stage, Trouble, note, sent};
use crate::egress::account::{Account, REFRESH};
use crate::egress::tokens::COLLECTION;
use crate::http::{Method, Request};
use crate::tool::{Answer, CallContext, Document, Progress, ToolError};
use serde_json::{Value as Json, json};

/// A token that ends sooner than this is not used any more.
const TOKEN_MARGIN_MS: i64 = 60_000;
/// The longest life of a token that is believed, in seconds.
const LIFE_S_MAX: i64 = 24 * 3_600;

/// The sealed access token of an account, if it has one that still lives for a while.
pub(super) fn token(account: &Account, context: &CallContext<'_>) -> Option<String> {
    let document = context.documents.get(COLLECTION, account.name).ok()??;
    let until = context.now.plus_millis(TOKEN_MARGIN_MS).millis();
    let sealed = document.body.as_str().filter(|_| document.sort > until)?;
    Some(sealed.to_owned())
}

/// The id under which a refresh token is kept that came in place of the binding's.
fn refresh_id(account: &Account) -> String {
    format!("{}/refresh", account.name)
}

/// Asks for an access token; the call begins once it is there.
pub(super) fn ask_for_token(
    account: &Account,
    stage: Stage,
    context: &mut CallContext<'_>,
) -> Result<Progress, ToolError> {
    let mut request = Request {
        method: Method::Post,
        url: account.grant_url(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let kept = context.documents.get(COLLECTION, &refresh_id(account))?;
    if let Some(sealed) = kept.as_ref().and_then(|kept| kept.body.as_str()) {
        let header = (REFRESH.to_owned(), sealed.to_owned());
        request.headers.push(header);
    }
    let stage = Stage {
        token: None,
        inner: None,
        ..stage
    };
    sent(request, &stage)
}

/// Keeps a token that came; without one, why there is none.
pub(super) fn keep_token(
    account: &Account,
    answer: Answer<'_>,
    context: &mut CallContext<'_>,
) -> Result<String, ToolError> {
    if answer.status == 429 {
        return Err(ToolError::Rate);
    }
    if answer.status >= 500 {
        return Err(ToolError::Offline);
    }
    let body: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    let Some(sealed) = body.get("sealed").and_then(Json::as_str) else {
        let revoked = body.get("error") == Some(&json!("invalid_grant"));
        if revoked {
            // What the binding holds may be newer than what was kept.
            context.documents.remove(COLLECTION, &refresh_id(account))?;
        }
        let trouble = if revoked {
            Trouble::Revoked
        } else {
            Trouble::Client
        };
        note(account, Some(trouble), context.documents)?;
        return Err(ToolError::Auth);
    };
    let life = body.get("expires_in").and_then(Json::as_i64).unwrap_or(0);
    let until = context
        .now
        .plus_millis(life.clamp(0, LIFE_S_MAX).saturating_mul(1_000));
    let kept = |id: &str, sort: i64, sealed: &str| Document {
        id: id.to_owned(),
        sort,
        body: sealed.into(),
    };
    let token = kept(account.name, until.millis(), sealed);
    context.documents.put(COLLECTION, token)?;
    if let Some(refresh) = body.get("refresh").and_then(Json::as_str) {
        let document = kept(&refresh_id(account), i64::MAX, refresh);
        context.documents.put(COLLECTION, document)?;
    }
    Ok(sealed.to_owned())
}
