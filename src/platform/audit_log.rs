//! The audit log as an answer: the whole chain, a page of rows at a time.

use super::object::Agent;
use super::respond;
use crate::store::{StoreError, audit};
use futures::stream;
use serde_json::json;
use std::rc::Rc;
use worker::{Request, Response, Result};

/// How many records are in memory at once.
const PAGE: i64 = 500;

/// The chain as JSON Lines, from the beginning or from behind `?after=SEQ`. It ends with the record
/// of its export.
pub fn answer(agent: &Rc<Agent>, request: &Request) -> Result<Response> {
    let url = request.url()?;
    let after = url.query_pairs().find(|(name, _)| name == "after");
    let after = after.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let agent = Rc::clone(agent);
    let pages = stream::unfold(Some(after), move |after| {
        let agent = Rc::clone(&agent);
        async move { Some(page(&agent, after?)) }
    });
    respond::stream("application/jsonl", pages)
}

/// The next page, and behind which record the one after it begins.
fn page(agent: &Agent, after: i64) -> (Result<Vec<u8>>, Option<i64>) {
    match lines(agent, after) {
        Ok((lines, next)) => (Ok(lines.into_bytes()), next),
        Err(error) => {
            super::log(&agent.env, "audit", &error.to_string());
            (Err(worker::Error::from(error.to_string())), None)
        }
    }
}

fn lines(agent: &Agent, after: i64) -> std::result::Result<(String, Option<i64>), StoreError> {
    let store = agent.store();
    let mut records = audit::after(store, after, PAGE)?;
    let ends = i64::try_from(records.len()).unwrap_or(i64::MAX) < PAGE;
    if ends {
        store.atomically(|| audit::end_export(store, super::now()))?;
        records = audit::after(store, after, PAGE)?;
    }
    let mut lines = String::new();
    for record in &records {
        lines.push_str(&json!(record).to_string());
        lines.push('\n');
    }
    let next = records.last().map(|record| record.seq);
    Ok((lines, next.filter(|_| !ends)))
}
