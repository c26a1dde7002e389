//! The owner's accounts at outside services: where each may be asked, and with which secret.
//!
//! The one thing to know: what may be asked is written in the file of the service, as constants, and
//! where, in `connections.toml`; nothing that runs can add to either. A connector names an account
//! and a path, such as `account:work/jmap/api`, and never a host of its own. A host that a server
//! names is written `account:work//host/path`, and must lie below a suffix that the account lists.

use super::address::{Host, fits_suffix};
use super::table::{Passage, Place, SecretSlot, Target, Token};
use super::{EgressError, Ticket, Vault, encoded, fits, plain_rest, ticket, tokens};
use crate::http::{Method, Request};
use crate::policy::Permit;

/// What stands before an account's name in the address of a request.
pub const SCHEME: &str = "account:";
/// What follows the name of an account in the address of its token endpoint.
pub const GRANT: &str = ":grant";
/// The header in which a request for an access token carries a refresh token that was sealed.
pub const REFRESH: &str = "refresh";

const TOKEN_ANSWER_BYTES_MAX: usize = 65_536;
const TOKEN_TIMEOUT_MS: u32 = 15_000;

/// What a service is, for the door.
#[derive(Debug, PartialEq, Eq)]
pub struct Api {
    /// The name that `connections.toml` uses.
    pub name: &'static str,
    /// The connector whose requests may use it.
    pub user: &'static str,
    /// Its host, if it is the same for everybody.
    pub host: Option<&'static str>,
    /// What may be asked.
    pub ways: &'static [Way],
    /// Where access tokens are asked for, for accounts that have a refresh token.
    pub grant: Option<Grant>,
}

/// One kind of request that a service takes.
#[derive(Debug, PartialEq, Eq)]
pub struct Way {
    /// The methods.
    pub methods: &'static [Method],
    /// The pattern of the path: `*` is one segment, `**` at the end whatever follows.
    pub path: &'static str,
    /// The media types that an answer may have; any, if there are none.
    pub accepts: &'static [&'static str],
    /// The most bytes of a request's body.
    pub request_bytes_max: usize,
    /// The most bytes of a response's body.
    pub response_bytes_max: usize,
    /// How long an exchange may take, in milliseconds.
    pub timeout_ms: u32,
    /// How many such requests may leave in a minute; 0 is no limit.
    pub per_minute: u32,
}

/// Where access tokens are asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Grant {
    /// The host.
    pub host: &'static str,
    /// The path.
    pub path: &'static str,
}

/// How an account proves whose it is. The texts name bindings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Auth {
    /// It needs no proof.
    None,
    /// A user's name and a password.
    Password {
        user: &'static str,
        password: &'static str,
    },
    /// A token that does not end.
    Bearer { token: &'static str },
    /// Access tokens that a refresh token is good for.
    Refresh {
        token: &'static str,
        client_id: &'static str,
        client_secret: &'static str,
    },
}

/// An account of the owner's.
#[derive(Debug, PartialEq, Eq)]
pub struct Account {
    /// What the owner calls it.
    pub name: &'static str,
    /// The service.
    pub api: &'static Api,
    /// Where it is.
    pub target: Target,
    /// Suffixes of the hosts that its server may name, each with its leading dot.
    pub hosts: &'static [&'static str],
    /// How it proves whose it is.
    pub auth: Auth,
    /// The owner's own address there; empty where there is none.
    pub address: &'static str,
    /// Whose word on the authentication of a mail counts; empty for nobody's.
    pub authserv: &'static str,
    /// The calendar or address book that is written to; empty for the first one.
    pub collection: &'static str,
}

impl Account {
    /// The address of a path of this account's service.
    pub fn url(&self, path: &str) -> String {
        format!("{SCHEME}{}{path}", self.name)
    }

    /// The address of this account's token endpoint.
    pub fn grant_url(&self) -> String {
        format!("{SCHEME}{}{GRANT}", self.name)
    }

    /// The address of what a server named: a path, or an `https` address of its own host or one
    /// below a listed suffix. The door decides whether it may be asked.
    pub fn named(&self, address: &str) -> Option<String> {
        if address.starts_with('/') && !address.starts_with("//") {
            return Some(self.url(address));
        }
        if let Target::Host(host) = self.target
            && let Some(path) = address.strip_prefix(&format!("https://{host}"))
            && path.starts_with('/')
        {
            return Some(self.url(path));
        }
        let rest = address.strip_prefix("https:")?;
        Some(self.url(rest))
    }

    /// Whether this deployment has what the account needs.
    pub fn is_set_up(&self, vault: &dyn Vault) -> bool {
        let has = |binding: &str| vault.read(binding).is_some();
        let reached = match self.target {
            Target::BaseUrl(binding) => has(binding),
            Target::Host(_) | Target::Ai(_) => true,
        };
        let proven = match self.auth {
            Auth::None => true,
            Auth::Password { user, password } => has(user) && has(password),
            Auth::Bearer { token } => has(token),
            Auth::Refresh {
                token,
                client_id,
                client_secret,
            } => has(token) && has(client_id) && has(client_secret),
        };
        reached && proven
    }
}

/// The name of the account that a request is for; `None` if it is for none.
pub fn name_of(request: &Request) -> Option<&str> {
    let rest = request.url.strip_prefix(SCHEME)?;
    let end = rest.find(['/', ':', '?']).unwrap_or(rest.len());
    rest.get(..end)
}

/// Makes a ticket for a request of `user` for an account, or says why not.
pub fn admit(
    _permit: &Permit,
    user: &str,
    account: &'static Account,
    mut request: Request,
    vault: &dyn Vault,
) -> Result<Ticket, EgressError> {
    let rest = request.url.strip_prefix(SCHEME);
    let rest = rest.and_then(|rest| rest.strip_prefix(account.name));
    let rest = rest.ok_or(EgressError::NotAllowed)?;
    if account.api.user != user {
        return Err(EgressError::NotAllowed);
    }
    if rest == GRANT {
        return admit_grant(account, request);
    }
    let base = base_of(account, vault)?;
    let (base, rest) = match rest.strip_prefix("//") {
        None => (base, rest),
        Some(named) => {
            let (host, _) = named.split_at(named.find(['/', '?']).unwrap_or(named.len()));
            if !is_below(host, account.hosts) {
                return Err(EgressError::NotAllowed);
            }
            let path = named.get(host.len()..).unwrap_or_default();
            (format!("https://{host}"), path)
        }
    };
    let rest = plain_rest(&base, rest).ok_or(EgressError::NotAllowed)?;
    let way = account
        .api
        .ways
        .iter()
        .find(|way| way.methods.contains(&request.method) && fits_way(way.path, &rest.path));
    let way = way.ok_or(EgressError::NotAllowed)?;
    request.url = rest.url;
    ticket(passage(account, way), request)
}

fn admit_grant(account: &'static Account, mut request: Request) -> Result<Ticket, EgressError> {
    let (
        Some(grant),
        Auth::Refresh {
            token,
            client_id,
            client_secret,
        },
        Method::Post,
    ) = (&account.api.grant, account.auth, request.method)
    else {
        return Err(EgressError::NotAllowed);
    };
    request.url = format!("https://{}{}", grant.host, grant.path);
    let place = Place::Grant {
        pair: account.name,
        id: client_id,
        secret: client_secret,
    };
    let passage = Passage {
        target: Target::Host(grant.host),
        secret: Some(SecretSlot {
            binding: token,
            place,
        }),
        request_bytes_max: 0,
        response_bytes_max: TOKEN_ANSWER_BYTES_MAX,
        timeout_ms: TOKEN_TIMEOUT_MS,
        token: Some(Token::Grants(account.name)),
        accepts: &[],
        per_minute: 0,
    };
    ticket(passage, request)
}

/// The beginning of every address of an account.
fn base_of(account: &Account, vault: &dyn Vault) -> Result<String, EgressError> {
    match account.target {
        Target::Host(host) => Ok(format!("https://{host}")),
        Target::BaseUrl(binding) => {
            let base = vault.read(binding).ok_or(EgressError::NotConfigured)?;
            let base = base.trim_end_matches('/').to_owned();
            let known = base.starts_with("https://") || base.starts_with("http://");
            known.then_some(base).ok_or(EgressError::NotConfigured)
        }
        Target::Ai(_) => Err(EgressError::NotAllowed),
    }
}

fn passage(account: &Account, way: &Way) -> Passage {
    let (secret, token) = match account.auth {
        Auth::None => (None, None),
        Auth::Password { user, password } => {
            let place = Place::Basic { user };
            (Some((password, place)), None)
        }
        Auth::Bearer { token } => {
            let place = Place::Header {
                name: "authorization",
                prefix: "Bearer ",
            };
            (Some((token, place)), None)
        }
        Auth::Refresh { .. } => (None, Some(Token::Uses(account.name))),
    };
    Passage {
        target: account.target,
        secret: secret.map(|(binding, place)| SecretSlot { binding, place }),
        request_bytes_max: way.request_bytes_max,
        response_bytes_max: way.response_bytes_max,
        timeout_ms: way.timeout_ms,
        token,
        accepts: way.accepts,
        per_minute: way.per_minute,
    }
}

/// Whether a host that a server named is one that the account lists: a plain public name below one
/// of the suffixes.
fn is_below(host: &str, suffixes: &[&str]) -> bool {
    let Some(host) = Host::read(host) else {
        return false;
    };
    suffixes.iter().any(|suffix| {
        let own = suffix.strip_prefix('.') == Some(host.as_str());
        own || fits_suffix(&host, suffix)
    })
}

/// Whether a path matches a pattern, in which `**` at the end is whatever follows.
fn fits_way(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix("**") {
        Some(start) => path.starts_with(start),
        None => fits(pattern, path),
    }
}

/// Writes the form that asks for an access token. What comes back is what stands there and is in no
/// binding.
pub(super) fn attach_grant(
    bound: String,
    pair: &str,
    id: &str,
    secret: &str,
    request: &mut Request,
    vault: &dyn Vault,
) -> Result<String, EgressError> {
    let id = vault.read(id).ok_or(EgressError::NotConfigured)?;
    let secret = vault.read(secret).ok_or(EgressError::NotConfigured)?;
    let sealed = request.headers.iter().position(|(name, _)| name == REFRESH);
    let sealed = sealed.map(|at| request.headers.remove(at).1);
    let kept = sealed.and_then(|sealed| tokens::open(&sealed, &tokens::refresh_pair(pair), vault));
    // The binding's own token is what the deployer set; one that replaced it is newer.
    let token = kept.unwrap_or(bound);
    let form = format!(
        "grant_type=refresh_token&refresh_token={}&client_id={}&client_secret={}",
        encoded(&token),
        encoded(&id),
        encoded(&secret)
    );
    request.body = form.into_bytes();
    let kind = "application/x-www-form-urlencoded";
    request.headers = vec![
        ("content-type".to_owned(), kind.to_owned()),
        ("accept".to_owned(), "application/json".to_owned()),
    ];
    Ok(token)
}

#[cfg(test)]
#[path = "account_tests.rs"]
mod tests;
