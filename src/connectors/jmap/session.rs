//! Where an account's JMAP is: its session, its folders, and whom it may send as.
//!
//! The one thing to know: it is found once, by `/.well-known/jmap` and at most three redirects, and
//! kept for hours; what turns out to be of another time is thrown away and found anew, once a call.
//! A server names addresses; each is made one of the account's own or is not asked.

use super::super::family::mail::FOLDERS;
use super::super::family::mail::completing::cut;
use super::super::parts::{document, fold};
use super::wire::{Answers, Batch, Failure, MAIL, SUBMISSION, id_in, is_id};
use crate::egress::account::Account;
use crate::egress::table::Target;
use crate::http::{Method, Request, Response};
use crate::tool::{CallContext, ToolError};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

const COLLECTION: &str = "jmap";
const DOCUMENT: &str = "session";
/// How long it is believed, in milliseconds.
const LIFE_MS: i64 = 6 * 3_600_000;
pub(super) const HOPS_MAX: u8 = 3;
const BOXES_MAX: usize = 400;
const IDENTITIES_MAX: usize = 50;
/// The longest name of a folder or an identity that is kept.
const NAME_BYTES_MAX: usize = 200;
const ADDRESS_BYTES_MAX: usize = 2_000;

/// What is known of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Session {
    /// Where calls go.
    pub(super) api: String,
    /// Where files are, with its variables.
    pub(super) download: String,
    /// The account's id there.
    pub(super) id: String,
    /// Whether mail can be sent from it.
    pub(super) sends: bool,
    #[serde(default)]
    pub(super) boxes: Vec<Mailbox>,
    #[serde(default)]
    pub(super) identities: Vec<Identity>,
}

/// A folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mailbox {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) role: String,
}

/// Somebody that the account may send as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
}

/// The address of what a server named in an answer to `asked`, as one of the account's own. Servers
/// behind a proxy say `http` where they are asked by `https`; nothing is ever asked by what they
/// say. One that was given by a binding is known under no other name, so its own paths are asked.
pub(super) fn reach(account: &Account, asked: &str, named: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_graphic();
    if named.is_empty() || named.len() > ADDRESS_BYTES_MAX || !named.bytes().all(plain) {
        return None;
    }
    let absolute = named.strip_prefix("https://");
    let Some(rest) = absolute.or_else(|| named.strip_prefix("http://")) else {
        if named.starts_with('/') {
            return account.named(named);
        }
        let path = asked.strip_prefix(&account.url(""))?;
        let elsewhere = path.starts_with("//") || named.contains(':');
        let (folder, _) = path.split('?').next()?.rsplit_once('/')?;
        return (!elsewhere).then(|| account.url(&format!("{folder}/{named}")));
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at_checked(end)?;
    let below = |suffix: &&str| host.ends_with(*suffix) || suffix.strip_prefix('.') == Some(host);
    if let Target::BaseUrl(_) = account.target
        && !account.hosts.iter().any(below)
    {
        return path.starts_with('/').then(|| account.url(path));
    }
    account.named(&format!("https://{rest}"))
}

impl Session {
    /// What is kept of an account, if it is not too old to begin with.
    pub(super) fn load(context: &CallContext<'_>) -> Option<Self> {
        Self::kept(context, LIFE_MS)
    }

    /// What is kept of an account, for a call that is under way.
    pub(super) fn under_way(context: &CallContext<'_>) -> Option<Self> {
        Self::kept(context, i64::MAX)
    }

    fn kept(context: &CallContext<'_>, life_ms: i64) -> Option<Self> {
        let kept = context.documents.get(COLLECTION, DOCUMENT).ok()??;
        let age = context.now.millis().saturating_sub(kept.sort);
        let fresh = (0..life_ms).contains(&age);
        fresh.then(|| serde_json::from_value(kept.body).ok())?
    }

    pub(super) fn keep(&self, context: &mut CallContext<'_>) -> Result<(), ToolError> {
        let kept = document(DOCUMENT, context.now.millis(), self)?;
        Ok(context.documents.put(COLLECTION, kept)?)
    }

    /// The request that finds it.
    pub(super) fn look(url: String) -> Request {
        Request {
            method: Method::Get,
            url,
            headers: vec![("accept".to_owned(), "application/json".to_owned())],
            body: Vec::new(),
        }
    }

    /// Where to look next, if an answer says that it is elsewhere.
    pub(super) fn moved(account: &Account, asked: &str, answer: &Response) -> Option<String> {
        let moved = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
        let location = answer.header("location").filter(|_| moved)?;
        reach(account, asked, location)
    }

    /// Reads the session object (RFC 8620 section 2); folders and identities are asked for next.
    pub(super) fn read(account: &Account, asked: &str, answer: &Response) -> Result<Self, Failure> {
        if answer.status != 200 {
            return Err(Failure::Broken);
        }
        let body: Json = serde_json::from_slice(&answer.body).map_err(|_| Failure::Broken)?;
        let text = |name: &str| body.get(name).and_then(Json::as_str).unwrap_or_default();
        let api = reach(account, asked, text("apiUrl")).ok_or(Failure::Broken)?;
        let primary = body.get("primaryAccounts");
        // Whoever opens the session may not have been given mail.
        let none = || Failure::Refused("accountNotSupportedByMethod".to_owned());
        let id = primary.and_then(|all| id_in(all, MAIL)).ok_or_else(none)?;
        let can = body.get("accounts").and_then(|all| all.get(id));
        let can = can.and_then(|it| it.get("accountCapabilities"));
        Ok(Self {
            api,
            download: text("downloadUrl").to_owned(),
            id: id.to_owned(),
            sends: can.is_some_and(|can| can.get(SUBMISSION).is_some()),
            boxes: Vec::new(),
            identities: Vec::new(),
        })
    }

    /// The request for its folders and for whom it may send as.
    pub(super) fn ask(&self) -> Request {
        let args = json!({ "ids": null, "properties": ["id", "name", "role"] });
        let mut batch = Batch::default().call("Mailbox/get", "m", &self.id, args);
        if self.sends {
            batch = batch.call("Identity/get", "i", &self.id, json!({ "ids": null }));
        }
        batch.request(&self.api)
    }

    /// Adds what was asked for.
    pub(super) fn complete(mut self, answer: &Response) -> Result<Self, Failure> {
        let answers = Answers::read(answer)?;
        let text = |object: &Json, name: &str| {
            let text = object.get(name).and_then(Json::as_str).unwrap_or_default();
            cut(text.replace(char::is_control, " "), NAME_BYTES_MAX)
        };
        for found in answers.list("Mailbox/get", "m")?.iter().take(BOXES_MAX) {
            self.boxes.push(Mailbox {
                id: id_in(found, "id").ok_or(Failure::Broken)?.to_owned(),
                name: text(found, "name"),
                role: text(found, "role").to_ascii_lowercase(),
            });
        }
        // Without the right to send there is still mail to read.
        let identities = answers.list("Identity/get", "i").unwrap_or_default();
        for found in identities.iter().take(IDENTITIES_MAX) {
            self.identities.push(Identity {
                id: id_in(found, "id").ok_or(Failure::Broken)?.to_owned(),
                name: text(found, "name"),
                email: text(found, "email"),
            });
        }
        Ok(self)
    }

    /// The folder of a role.
    pub(super) fn role(&self, role: &str) -> Option<&Mailbox> {
        self.boxes.iter().find(|one| one.role == role)
    }

    /// The folder that the owner calls so: by role, or by its name in whatever case.
    pub(super) fn folder(&self, called: &str) -> Option<&Mailbox> {
        let called = called.trim();
        let role = called.to_lowercase();
        if FOLDERS.contains(&role.as_str())
            && let Some(found) = self.role(&role)
        {
            return Some(found);
        }
        let exact = self.boxes.iter().find(|one| one.name == called);
        let wanted = fold(called);
        exact.or_else(|| self.boxes.iter().find(|one| fold(&one.name) == wanted))
    }

    /// What the folders of a mail are called.
    pub(super) fn name_of(&self, ids: &[&str]) -> String {
        let called = |one: &Mailbox| {
            let known = FOLDERS.contains(&one.role.as_str());
            if known { &one.role } else { &one.name }.clone()
        };
        let within = self
            .boxes
            .iter()
            .filter(|one| ids.contains(&one.id.as_str()));
        let names: Vec<String> = within.map(called).collect();
        names.join(", ")
    }

    /// The owner's own address here.
    pub(super) fn own_address(&self, account: &Account) -> Option<String> {
        if !account.address.is_empty() {
            return Some(account.address.to_owned());
        }
        let mut all = self.identities.iter().map(|one| one.email.clone());
        all.find(|email| is_address(email))
    }

    /// Whom mail from this address is sent as: the identity that has it, one for all of its domain,
    /// or else the first one.
    pub(super) fn identity(&self, address: &str) -> Option<&Identity> {
        let exact = |one: &&Identity| one.email.eq_ignore_ascii_case(address);
        let domain = address
            .rsplit_once('@')
            .map(|(_, domain)| format!("*@{domain}"));
        let all = || self.identities.iter();
        all()
            .find(exact)
            .or_else(|| all().find(|one| Some(one.email.to_lowercase()) == domain))
            .or_else(|| all().find(|one| !is_address(&one.email)))
    }

    /// Where a file is (RFC 8620 section 6.2); none of what stands in the address is others' words.
    pub(super) fn file_url(&self, account: &Account, blob: &str) -> Option<String> {
        if !is_id(blob) {
            return None;
        }
        let filled = self
            .download
            .replace("{accountId}", &self.id)
            .replace("{blobId}", blob)
            .replace("{name}", "file")
            .replace("{type}", "application/octet-stream");
        let plain = !filled.contains(['{', '}']);
        reach(account, &self.api, &filled).filter(|_| plain)
    }
}

/// Whether a text is one plain mail address.
pub(super) fn is_address(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    match text.split_once('@') {
        Some((local, domain)) => {
            let named = |part: &str| !part.is_empty() && part.chars().all(plain);
            named(local) && named(domain) && local != "*" && text.len() <= 320
        }
        None => false,
    }
}
