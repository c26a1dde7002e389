//! Pages of listed hosts: one request, and up to three more where a host sends on.
//!
//! The one thing to know: each account is one host. A page that leads to another host is followed
//! only if that one is listed too, by an account of its own; otherwise nothing is asked there.

mod reading;

use super::accounts::{self, Served, Service};
use super::family::web::address::Address;
use super::family::web::{self, Why, is_host_of, note};
use crate::egress::account::{Account, Api, Way};
use crate::http::{Method, Request};
use crate::tool::{Answer, Call, CallContext, Documents, Progress, ToolError};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What may be asked.
pub const API: Api = Api {
    name: "web",
    user: web::NAME,
    host: None,
    ways: &[Way {
        methods: &[Method::Get],
        path: "/**",
        accepts: reading::TYPES,
        request_bytes_max: 0,
        response_bytes_max: 2 << 20,
        timeout_ms: 15_000,
        per_minute: 60,
    }],
    grant: None,
};

/// The service.
pub const SERVICE: &dyn Service = &Web;

/// How often a host may send on.
const HOPS_MAX: u8 = 3;

struct Web;

#[derive(Serialize, Deserialize)]
struct Stage {
    /// What was asked for.
    url: String,
    /// How often a host sent on before.
    hops: u8,
}

impl Service for Web {
    fn run(
        &self,
        account: &'static Account,
        call: &Call,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        note(None, context.documents)?;
        let address = Address::read(call.text("url")).ok_or(ToolError::Unavailable)?;
        ask(account, &address, 0)
    }

    fn go_on(
        &self,
        _: &'static Account,
        call: &Call,
        stage: &Json,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let listed = accounts::of(web::NAME);
        go_on(&listed, call, stage, answer, context.documents)
    }

    /// What a page answers says nothing of the owner's access.
    fn takes(&self, _: &Json, status: u16) -> bool {
        status >= 400
    }
}

fn ask(account: &Account, address: &Address, hops: u8) -> Result<Progress, ToolError> {
    let url = account.named(&address.url());
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let request = Request {
        method: Method::Get,
        url: url.ok_or(ToolError::Unavailable)?,
        headers: vec![
            header("accept", reading::ACCEPT),
            header("user-agent", "Sclerite"),
        ],
        body: Vec::new(),
    };
    let stage = Stage {
        url: address.url(),
        hops,
    };
    let stage = serde_json::to_value(stage).map_err(|_| ToolError::Unavailable)?;
    Ok(Progress::Send { request, stage })
}

fn go_on(
    listed: &[&'static Served],
    call: &Call,
    stage: &Json,
    answer: Answer<'_>,
    documents: &mut dyn Documents,
) -> Result<Progress, ToolError> {
    let stage: Stage = serde_json::from_value(stage.clone()).map_err(|_| ToolError::Unavailable)?;
    let at = Address::read(&stage.url).ok_or(ToolError::Unavailable)?;
    match answer.status {
        200 | 203 => {
            note(None, documents)?;
            let asked = Address::read(call.text("url")).ok_or(ToolError::Unavailable)?;
            let page = reading::page(&at, answer).ok_or(ToolError::Unavailable)?;
            Ok(Progress::Done(web::output(call, &asked, &at, &page)))
        }
        301 | 302 | 303 | 307 | 308 => {
            let next = answer.header("location").and_then(|to| at.next(to));
            let next = next.ok_or(ToolError::Unavailable)?;
            if stage.hops >= HOPS_MAX {
                note(Some(Why::Around), documents)?;
                return Err(ToolError::Unavailable);
            }
            let mut all = listed.iter();
            let Some(served) = all.find(|served| is_host_of(&served.account, &next.host)) else {
                note(Some(Why::Elsewhere), documents)?;
                return Err(ToolError::Unavailable);
            };
            ask(&served.account, &next, stage.hops.saturating_add(1))
        }
        _ => Err(ToolError::Unavailable),
    }
}

#[cfg(test)]
mod tests;
