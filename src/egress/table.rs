//! The allow-list, as `build.rs` compiled it from `connections.toml`.
//!
//! The tables are constants of the build: nothing that runs can add a row.

use crate::http::Method;

/// One way out.
#[derive(Debug, PartialEq, Eq)]
pub struct Route {
    /// The channel, connector or model that may use it.
    pub user: &'static str,
    /// Where it leads.
    pub target: Target,
    /// What may be asked there.
    pub allow: &'static [Allowed],
    /// The secret that is attached.
    pub secret: Option<SecretSlot>,
    /// The most bytes of a request's body.
    pub request_bytes_max: usize,
    /// The most bytes of a response's body.
    pub response_bytes_max: usize,
    /// How long an exchange may take, in milliseconds.
    pub timeout_ms: u32,
    /// What it has to do with access tokens.
    pub token: Option<Token>,
}

/// What a request may take with it, and what may come back: what a ticket keeps of the route or the
/// account that it was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// Where it leads.
    pub target: Target,
    /// The secret that is attached.
    pub secret: Option<SecretSlot>,
    /// The most bytes of the request's body.
    pub request_bytes_max: usize,
    /// The most bytes of the response's body.
    pub response_bytes_max: usize,
    /// How long the exchange may take, in milliseconds.
    pub timeout_ms: u32,
    /// What it has to do with access tokens.
    pub token: Option<Token>,
    /// The media types that an answer may have; any, if there are none.
    pub accepts: &'static [&'static str],
    /// How many such requests may leave in a minute; 0 is no limit.
    pub per_minute: u32,
}

impl From<&Route> for Passage {
    fn from(route: &Route) -> Self {
        Self {
            target: route.target,
            secret: route.secret,
            request_bytes_max: route.request_bytes_max,
            response_bytes_max: route.response_bytes_max,
            timeout_ms: route.timeout_ms,
            token: route.token,
            accepts: &[],
            per_minute: 0,
        }
    }
}

/// What a route has to do with access tokens. The text names the pair of routes that share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// Its answers bring them; they are sealed before anything else reads them.
    Issues(&'static str),
    /// Its answers bring them for a refresh token, and maybe another refresh token.
    Grants(&'static str),
    /// Its requests carry sealed ones; they are opened as the request leaves.
    Uses(&'static str),
}

/// Where a route leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A public host, by https on the usual port.
    Host(&'static str),
    /// The address that this binding holds, which only the deployer can set.
    BaseUrl(&'static str),
    /// The platform's own models, under this binding.
    Ai(&'static str),
}

/// A method and a path pattern.
#[derive(Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The method.
    pub method: Method,
    /// The pattern: `*` is one segment.
    pub path: &'static str,
}

/// A secret and where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretSlot {
    /// The binding that holds it.
    pub binding: &'static str,
    /// Where it is put.
    pub place: Place,
}

/// Where a secret is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// For `{secret}` in the path.
    Path,
    /// In a header, behind a prefix.
    Header {
        /// The header's name.
        name: &'static str,
        /// What stands before the secret.
        prefix: &'static str,
    },
    /// As the key of a Standard Webhooks signature.
    Signature,
    /// As the password of this user, in the header for both.
    Basic {
        /// The binding that holds the user's name.
        user: &'static str,
    },
    /// As the refresh token in a form that asks for an access token
    /// ([RFC 6749 section 6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
    Grant {
        /// Who shares the tokens.
        pair: &'static str,
        /// The binding that holds the client's id.
        id: &'static str,
        /// The binding that holds the client's secret.
        secret: &'static str,
    },
    /// As the password of a client that asks for access tokens.
    Client {
        /// The binding that holds the client's name.
        id: &'static str,
        /// Whether both stand in the form that is posted, rather than in the header for them.
        form: bool,
    },
}

/// A model to try when the first does not answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Fallback {
    /// The provider.
    pub provider: &'static str,
    /// The model's name there.
    pub name: &'static str,
}

/// What a model costs, in micro-dollars for a million tokens.
#[derive(Debug, PartialEq, Eq)]
pub struct Price {
    /// The model's name.
    pub model: &'static str,
    /// For tokens of the prompt.
    pub microusd_in: u64,
    /// For tokens of the reply.
    pub microusd_out: u64,
}

include!(concat!(env!("OUT_DIR"), "/connections.rs"));
include!(concat!(env!("OUT_DIR"), "/deployed.rs"));

/// Every way out of this deployment.
pub fn routes() -> &'static [Route] {
    ROUTES
}

/// Whether any route has to do with access tokens: known when compiling, so that a deployment
/// without them carries no cipher.
pub const fn has_tokens() -> bool {
    TOKENS || cfg!(test)
}

/// The models to fall back to, in order.
pub fn fallbacks() -> &'static [Fallback] {
    FALLBACKS
}

/// The cost of a call in micro-dollars, rounded up; 0 for a model without a price.
pub fn cost_microusd(model: &str, tokens_in: u64, tokens_out: u64) -> u64 {
    let Some(price) = price_of(model) else {
        return 0;
    };
    let spent = tokens_in
        .saturating_mul(price.microusd_in)
        .saturating_add(tokens_out.saturating_mul(price.microusd_out));
    spent.div_ceil(1_000_000)
}

/// Whether a model has a price.
pub fn has_price(model: &str) -> bool {
    price_of(model).is_some()
}

/// Tests have a model with a price, whatever the deployment has.
#[cfg(test)]
const TESTED: &[Price] = &[Price {
    model: "priced",
    microusd_in: 2_000_000,
    microusd_out: 10_000_000,
}];
#[cfg(not(test))]
const TESTED: &[Price] = &[];

fn price_of(model: &str) -> Option<&'static Price> {
    let mut prices = PRICES.iter().chain(TESTED);
    prices.find(|price| price.model == model)
}

/// Every binding that holds a secret.
pub fn secret_bindings() -> impl Iterator<Item = &'static str> {
    let of_routes = ROUTES
        .iter()
        .filter_map(|route| route.secret.map(|slot| slot.binding));
    SECRETS.iter().copied().chain(of_routes)
}
