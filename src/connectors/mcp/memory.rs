//! What is remembered of a server: the session, its tools' declarations, its closed sets.
//!
//! All of it is in the connector's own documents. A document that cannot be read counts as one
//! that is not there, except for what was written to the server, which then is everything.

use super::table::Server;
use super::written::Written;
use crate::id::hex;
use crate::time::Timestamp;
use crate::tool::{Call, CallContext, Document, Documents, ToolError};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const SESSION: &str = "session";
const KNOWN: &str = "known";
const WRITTEN: &str = "written";
const TOKEN: &str = crate::egress::tokens::COLLECTION;
/// The only document of a collection that has one.
const ONE: &str = "one";

/// How long before its end an access token is no longer used, in milliseconds.
const TOKEN_MARGIN_MS: i64 = 30_000;

/// How long a list of tools is believed, in milliseconds.
const LIST_MS_MAX: i64 = 3_600_000;
/// How many results of different calls feed the closed sets; the oldest is forgotten first.
const KNOWN_MAX: u32 = 64;
/// The most bytes of the members that one result names, and of one of them.
const MEMBERS_BYTES_MAX: usize = 128 * 1024;
const MEMBER_BYTES_MAX: usize = 256;

/// A session with a server, and what it said of its tools.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Session {
    /// Its id, if the server keeps sessions.
    pub id: Option<String>,
    /// The protocol's version that both speak.
    pub version: String,
    /// The hashes of the declarations, by the tool's name at the server. A tool that was declared
    /// twice has an empty one.
    #[serde(default)]
    pub hashes: BTreeMap<String, String>,
    /// When they were listed.
    #[serde(default)]
    pub listed_at: Option<Timestamp>,
    /// Whether the server said since then that they changed.
    #[serde(default)]
    pub stale: bool,
    /// Why no session can be had at all: the server speaks another version.
    #[serde(default)]
    pub foreign: bool,
}

/// Whether a tool is declared as it was pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    /// Word for word.
    AsPinned,
    /// In other words.
    Otherwise,
    /// Not any more.
    NoMore,
}

impl Session {
    /// The session that is under way, if there is one.
    pub fn read(documents: &dyn Documents) -> Option<Self> {
        let document = documents.get(SESSION, ONE).ok().flatten()?;
        serde_json::from_value(document.body).ok()
    }

    /// Remembers it.
    pub fn write(&self, documents: &mut dyn Documents) -> Result<(), ToolError> {
        let body = serde_json::to_value(self).map_err(|_| ToolError::Unavailable)?;
        put_one(SESSION, body, documents)
    }

    /// Whether the list of tools is fresh enough to rely on.
    pub fn is_listed(&self, now: Timestamp) -> bool {
        let is_young = |at: Timestamp| {
            let age = now.millis().saturating_sub(at.millis());
            (0..LIST_MS_MAX).contains(&age)
        };
        !self.stale && self.listed_at.is_some_and(is_young)
    }

    /// Whether a tool is declared as it was pinned.
    pub fn declares(&self, name: &str, hash: &str) -> Declared {
        match self.hashes.get(name) {
            None => Declared::NoMore,
            Some(found) if found == hash => Declared::AsPinned,
            Some(_) => Declared::Otherwise,
        }
    }
}

/// Replaces the members that this call named before with those that it names now.
pub fn keep_members(
    call: &Call,
    members: BTreeMap<&'static str, Vec<String>>,
    now: Timestamp,
    documents: &mut dyn Documents,
) -> Result<(), ToolError> {
    let args = call
        .args
        .iter()
        .map(|(name, argument)| ((*name).to_owned(), argument.item.to_json()));
    let args = serde_json::Value::Object(args.collect());
    let id = hex(&Sha256::digest(format!("{}\n{args}", call.spec.name)));
    let mut left = MEMBERS_BYTES_MAX;
    let mut kept: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (set, names) in members {
        for name in names {
            let name = normal(&name);
            let Some(rest) = left.checked_sub(name.len().saturating_add(4)) else {
                break;
            };
            if !name.is_empty() && name.len() <= MEMBER_BYTES_MAX {
                left = rest;
                kept.entry(set).or_default().push(name);
            }
        }
    }
    let all = documents.list(KNOWN, i64::MIN, i64::MAX, KNOWN_MAX)?;
    let is_new = all.iter().all(|document| document.id != id);
    if let Some(oldest) = all
        .first()
        .filter(|_| is_new && all.len() >= count(KNOWN_MAX))
    {
        documents.remove(KNOWN, &oldest.id)?;
    }
    let sort = now.millis();
    Ok(documents.put(
        KNOWN,
        Document {
            id,
            sort,
            body: json!(kept),
        },
    )?)
}

/// Whether a closed set of this server has a member.
pub fn has_member(set: &str, name: &str, documents: &dyn Documents) -> bool {
    let name = normal(name);
    let Ok(all) = documents.list(KNOWN, i64::MIN, i64::MAX, KNOWN_MAX) else {
        return false;
    };
    all.iter().any(|document| {
        let members = document.body.get(set).and_then(serde_json::Value::as_array);
        members.is_some_and(|members| members.iter().any(|member| member.as_str() == Some(&name)))
    })
}

fn normal(name: &str) -> String {
    name.trim().to_lowercase()
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The sealed access token for this server, if it has one that still lives for a while.
pub fn token(now: Timestamp, documents: &dyn Documents) -> Option<String> {
    let document = documents.get(TOKEN, ONE).ok().flatten()?;
    let until = now.plus_millis(TOKEN_MARGIN_MS).millis();
    let sealed = document.body.as_str().filter(|_| document.sort > until)?;
    Some(sealed.to_owned())
}

/// Remembers a sealed access token that lives for some seconds.
pub fn keep_token(
    sealed: &str,
    life_s: i64,
    context: &mut CallContext<'_>,
) -> Result<(), ToolError> {
    let document = Document {
        id: ONE.to_owned(),
        sort: context
            .now
            .plus_millis(life_s.saturating_mul(1_000))
            .millis(),
        body: sealed.into(),
    };
    Ok(context.documents.put(TOKEN, document)?)
}

/// What the agent wrote to this server from untrusted text.
pub fn written(documents: &dyn Documents) -> Written {
    match documents.get(WRITTEN, ONE) {
        Ok(None) => Written::default(),
        Ok(Some(document)) => {
            let text = document.body.as_str().and_then(Written::from_text);
            text.unwrap_or_else(Written::full)
        }
        Err(_) => Written::full(),
    }
}

/// Remembers what a call writes from untrusted text, before it is sent.
pub fn keep_written(texts: &[String], documents: &mut dyn Documents) -> Result<(), ToolError> {
    if texts.is_empty() {
        return Ok(());
    }
    let mut all = written(documents);
    for text in texts {
        all.add(text);
    }
    put_one(WRITTEN, all.to_text().into(), documents)
}

fn put_one(
    collection: &str,
    body: serde_json::Value,
    documents: &mut dyn Documents,
) -> Result<(), ToolError> {
    let id = ONE.to_owned();
    Ok(documents.put(collection, Document { id, sort: 0, body })?)
}

/// Whether a tool of a server is off, for all that its last list of tools says.
pub fn refusal(server: &Server, tool: &str, documents: &dyn Documents) -> Option<Refusal> {
    let pinned = server.pinned(tool)?;
    let session = Session::read(documents)?;
    if session.foreign {
        return Some(Refusal::Foreign);
    }
    session.listed_at?;
    match session.declares(pinned.name, pinned.hash) {
        Declared::AsPinned => None,
        Declared::Otherwise => Some(Refusal::Changed),
        Declared::NoMore => Some(Refusal::Gone),
    }
}

/// Why a tool is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The server declares it in other words than those that were pinned.
    Changed,
    /// The server does not have it any more.
    Gone,
    /// The server speaks a version of the protocol that the agent does not.
    Foreign,
}
