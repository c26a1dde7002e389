//! The one door out.
//!
//! A request leaves only as a [`Ticket`], and a ticket is made only by [`admit`], which wants the
//! policy's [`Permit`] and a route of the compiled allow-list that covers host, method, path and
//! size. Secrets are attached by [`Ticket::seal`], the only function that reads them, after a scan
//! that refuses a request which carries a secret anywhere else. Sending is done by `platform`.

pub mod account;
pub mod address;
mod essence;
mod leak;
pub mod media;
pub mod rate;
pub mod redact;
pub mod redirect;
pub mod table;
pub mod tokens;

use crate::http::{Method, Request, Response};
use crate::policy::Permit;
use crate::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use redact::Redactor;
use table::{Passage, Place, Route, SecretSlot, Target, Token};

/// Where secrets and deployer-set addresses come from: the Worker's bindings.
pub trait Vault {
    /// The value of a binding; `None` if it is absent or empty.
    fn read(&self, binding: &str) -> Option<String>;
}

/// Why a request does not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// No route of the allow-list covers it.
    #[error("no route allows this request")]
    NotAllowed,
    /// The binding that holds the route's secret or address is not set.
    #[error("the route's binding is not set")]
    NotConfigured,
    /// The body is over the route's limit.
    #[error("the request is larger than its route allows")]
    TooLarge,
    /// A secret stands in the URL or the body.
    #[error("the request carries a secret")]
    Leak,
}

/// The permission to send one request once.
///
/// It cannot be cloned, and sealing consumes it.
#[derive(Debug)]
pub struct Ticket {
    passage: Passage,
    request: Request,
}

/// The permission to run the platform's own model once.
#[derive(Debug)]
pub struct ModelTicket {
    route: &'static Route,
    binding: &'static str,
    input: String,
}

/// A request with its secret, on its way out. It has no `Debug`, so no log can hold it.
pub struct Sealed {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The most bytes of the response.
    pub response_bytes_max: usize,
    /// How long the whole exchange may take, in milliseconds.
    pub timeout_ms: u32,
    /// What the response goes through before anything else reads it.
    pub cleaner: Cleaner,
}

/// Takes out of a response what nobody but the door may know.
pub struct Cleaner {
    passage: Passage,
    redactor: Redactor,
    /// What was attached to the request and is in no binding.
    attached: Vec<String>,
}

/// Makes a ticket for a request of `user` (a channel, connector or model), or says why not.
pub fn admit(
    _permit: &Permit,
    user: &str,
    mut request: Request,
    vault: &dyn Vault,
) -> Result<Ticket, EgressError> {
    let routes = table::routes().iter().filter(|route| route.user == user);
    for route in routes {
        let Some(rest) = below(&request.url, route.target, vault) else {
            continue;
        };
        let listed = route
            .allow
            .iter()
            .any(|allowed| allowed.method == request.method && fits(allowed.path, &rest.path));
        if !listed {
            continue;
        }
        request.url = rest.url;
        return ticket(Passage::from(route), request);
    }
    Err(EgressError::NotAllowed)
}

/// The one place where tickets are made.
fn ticket(passage: Passage, request: Request) -> Result<Ticket, EgressError> {
    if request.body.len() > passage.request_bytes_max {
        return Err(EgressError::TooLarge);
    }
    Ok(Ticket { passage, request })
}

/// Makes a ticket for the platform's own model binding.
pub fn admit_model(
    _permit: &Permit,
    user: &str,
    input: &serde_json::Value,
) -> Result<ModelTicket, EgressError> {
    let input = input.to_string();
    for route in table::routes().iter().filter(|route| route.user == user) {
        let Target::Ai(binding) = route.target else {
            continue;
        };
        if input.len() > route.request_bytes_max {
            return Err(EgressError::TooLarge);
        }
        return Ok(ModelTicket {
            route,
            binding,
            input,
        });
    }
    Err(EgressError::NotAllowed)
}

/// Whether a channel, connector or model has a way out in this deployment: a route whose secret, or
/// whose address, is set.
pub fn reaches(user: &str, vault: &dyn Vault) -> bool {
    table::routes()
        .iter()
        .filter(|route| route.user == user)
        .any(|route| match route.target {
            Target::Host(_) => route
                .secret
                .is_none_or(|slot| vault.read(slot.binding).is_some()),
            Target::BaseUrl(binding) => vault.read(binding).is_some(),
            Target::Ai(_) => true,
        })
}

impl ModelTicket {
    /// Uses the ticket: the binding's name, the input document and the time limit.
    pub fn open(self, redactor: &Redactor) -> Result<(&'static str, String, u32), EgressError> {
        if redactor.finds(self.input.as_bytes()) {
            return Err(EgressError::Leak);
        }
        Ok((self.binding, self.input, self.route.timeout_ms))
    }
}

impl Ticket {
    /// How many requests a minute its route allows; 0 means any number.
    pub fn per_minute(&self) -> u32 {
        self.passage.per_minute
    }

    /// Uses the ticket: attaches the route's secret where the route says.
    pub fn seal(self, vault: &dyn Vault, now: Timestamp) -> Result<Sealed, EgressError> {
        let Self {
            passage,
            mut request,
        } = self;
        let redactor = Redactor::new(vault);
        // The deployer's own address may carry a token of theirs; nothing else may.
        let base = match passage.target {
            Target::BaseUrl(binding) => vault.read(binding).unwrap_or_default(),
            Target::Host(_) | Target::Ai(_) => String::new(),
        };
        let below = request.url.strip_prefix(base.trim_end_matches('/'));
        let url = below.unwrap_or(&request.url);
        // As one text, so that no secret leaves in pieces in several places.
        let values = request.headers.iter().map(|(_, value)| value.as_bytes());
        let names = request.headers.iter().map(|(name, _)| name.as_bytes());
        let mut texts = vec![url.as_bytes()];
        texts.extend(values.chain([request.body.as_slice()]).chain(names));
        if redactor.finds_in(&texts) {
            return Err(EgressError::Leak);
        }
        let mut cleaner = Cleaner {
            passage,
            redactor,
            attached: Vec::new(),
        };
        if let Some(slot) = passage.secret {
            let required = matches!(passage.target, Target::Host(_));
            cleaner
                .attached
                .extend(attach(slot, &mut request, vault, now, required)?);
        }
        if let (true, Some(Token::Uses(pair))) = (table::has_tokens(), passage.token) {
            cleaner.attached.extend(bear(&mut request, pair, vault));
        }
        Ok(Sealed {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body,
            response_bytes_max: passage.response_bytes_max,
            timeout_ms: passage.timeout_ms,
            cleaner,
        })
    }
}

impl Cleaner {
    /// Whether the route takes an answer of this status and media type.
    pub fn takes(&self, status: u16, content_type: Option<&str>) -> bool {
        media::takes(self.passage.accepts, status, content_type)
    }

    /// What knows the secrets of this exchange.
    pub fn redactor(&self) -> Redactor {
        self.redactor.clone().and(self.attached.clone())
    }

    /// The response with its access token sealed, and without secrets.
    pub fn clean(self, response: Response, vault: &dyn Vault) -> Response {
        let mut response = match self.passage.token {
            Some(Token::Issues(pair)) if table::has_tokens() => {
                tokens::sealed_answer(&response, pair, vault)
            }
            Some(Token::Grants(pair)) if table::has_tokens() => {
                tokens::granted(&response, pair, vault)
            }
            Some(Token::Issues(_) | Token::Grants(_) | Token::Uses(_)) | None => response,
        };
        let redactor = self.redactor.and(self.attached);
        response.body = redactor.bytes(response.body);
        for (_, value) in &mut response.headers {
            *value = redactor.text(std::mem::take(value));
        }
        let mut texts = vec![response.body.as_slice()];
        texts.extend(response.headers.iter().map(|(_, value)| value.as_bytes()));
        // Pieces in several places cannot be told from what else is there.
        if redactor.finds_in(&texts) {
            response.body.clear();
            response.headers.clear();
        }
        response
    }
}

/// Opens the sealed token that a request carries. One that does not open stays here, so that the
/// service asks for another.
fn bear(request: &mut Request, pair: &str, vault: &dyn Vault) -> Option<String> {
    let at = request
        .headers
        .iter()
        .position(|(name, _)| name == "authorization")?;
    let (name, value) = request.headers.remove(at);
    let token = tokens::open(value.strip_prefix(tokens::SEALED)?, pair, vault)?;
    request.headers.push((name, format!("Bearer {token}")));
    Some(token)
}

/// Puts a secret in its place. What comes back is what stands there if it is not the binding's value.
fn attach(
    slot: SecretSlot,
    request: &mut Request,
    vault: &dyn Vault,
    now: Timestamp,
    required: bool,
) -> Result<Option<String>, EgressError> {
    let Some(secret) = vault.read(slot.binding) else {
        // A server of the deployer's own may want no key; a public host always does.
        return if required {
            Err(EgressError::NotConfigured)
        } else {
            Ok(None)
        };
    };
    match slot.place {
        Place::Path => request.url = request.url.replacen("{secret}", &secret, 1),
        Place::Header { name, prefix } => {
            request
                .headers
                .push((name.to_owned(), format!("{prefix}{secret}")));
        }
        Place::Signature => {
            let id = request
                .headers
                .iter()
                .find(|(name, _)| name == "webhook-id")
                .map(|(_, id)| id.clone())
                .ok_or(EgressError::NotAllowed)?;
            let seconds = now.millis().div_euclid(1000).to_string();
            let mac = crate::signature::sign(&secret, &id, &seconds, &request.body)
                .ok_or(EgressError::NotConfigured)?;
            request
                .headers
                .push(("webhook-timestamp".to_owned(), seconds));
            request.headers.push(("webhook-signature".to_owned(), mac));
        }
        Place::Basic { user } => {
            let user = vault.read(user).ok_or(EgressError::NotConfigured)?;
            let both = STANDARD.encode(format!("{user}:{secret}"));
            let header = ("authorization".to_owned(), format!("Basic {both}"));
            request.headers.push(header);
            return Ok(Some(both));
        }
        Place::Grant {
            pair,
            id,
            secret: of,
        } => {
            return account::attach_grant(secret, pair, id, of, request, vault).map(Some);
        }
        Place::Client { id, form } => {
            let id = vault.read(id).ok_or(EgressError::NotConfigured)?;
            let (id, secret) = (encoded(&id), encoded(&secret));
            if form {
                let both = format!("&client_id={id}&client_secret={secret}");
                request.body.extend_from_slice(both.as_bytes());
                return Ok(Some(secret));
            }
            let both = STANDARD.encode(format!("{id}:{secret}"));
            let header = ("authorization".to_owned(), format!("Basic {both}"));
            request.headers.push(header);
            return Ok(Some(both));
        }
    }
    Ok(None)
}

/// A text as it stands in a form.
fn encoded(text: &str) -> String {
    let mut written = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}

/// The part of a URL below a route's target.
struct Rest {
    url: String,
    path: String,
}

/// Finds the path below the target, or `None` if the URL lies elsewhere or is not plain.
///
/// The URL must begin with the exact host, so there is no user name, port, other spelling of the
/// host or trailing dot to reason about; what follows must be a path of plain characters.
fn below(url: &str, target: Target, vault: &dyn Vault) -> Option<Rest> {
    let (base, rest) = match target {
        Target::Host(host) => {
            let base = format!("https://{host}");
            let rest = url.strip_prefix(&base)?.to_owned();
            (base, rest)
        }
        Target::BaseUrl(binding) => {
            let whole = vault.read(binding)?;
            let base = whole.trim_end_matches('/').to_owned();
            if !base.starts_with("https://") && !base.starts_with("http://") {
                return None;
            }
            let named = url
                .strip_prefix("binding:")
                .and_then(|rest| rest.strip_prefix(binding));
            // Named alone, the address is used as the deployer wrote it.
            if named == Some("") {
                return plain_rest(&whole, "");
            }
            let rest = named.or_else(|| url.strip_prefix(&base))?.to_owned();
            (base, rest)
        }
        Target::Ai(_) => return None,
    };
    plain_rest(&base, &rest)
}

/// What follows the target, if it is a path of plain characters.
fn plain_rest(base: &str, rest: &str) -> Option<Rest> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let starts = path.is_empty() || path.starts_with('/');
    let plain = |part: &str| {
        part.bytes()
            .all(|b| b.is_ascii_graphic() && !b"\\#<>\"`^|".contains(&b))
    };
    if !starts || !plain(path) || !plain(query) || path.split('/').any(is_dots) {
        return None;
    }
    Some(Rest {
        path: path.to_owned(),
        url: format!("{base}{rest}"),
    })
}

/// Whether a segment moves up or stays, in any spelling a URL parser folds.
fn is_dots(segment: &str) -> bool {
    let folded = segment.to_ascii_lowercase().replace("%2e", ".");
    folded == "." || folded == ".."
}

/// Whether a path matches a pattern in which `*` is one whole, non-empty segment.
fn fits(pattern: &str, path: &str) -> bool {
    let mut want = pattern.split('/');
    let mut have = path.split('/');
    loop {
        match (want.next(), have.next()) {
            (None, None) => return true,
            (Some("*"), Some(segment)) if !segment.is_empty() => {}
            (Some(want), Some(have)) if want == have => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests;
