//! Compiles `connections.toml` into tables, and the console's files into content-hashed assets.
//!
//! A mistake in the file fails the build with file, line and remedy. `SCLERITE_CONNECTIONS` names
//! another file. The generated code is read by `src/egress/table.rs`, `src/connectors/mcp/table.rs`,
//! `src/policy`, `src/budget.rs` and `src/console/mod.rs`.

#[path = "compile/accounts.rs"]
pub(crate) mod accounts;
#[path = "src/budget/amount.rs"]
pub(crate) mod amount;
#[path = "compile/assets.rs"]
mod assets;
#[path = "compile/budget.rs"]
pub(crate) mod budget;
#[path = "src/connectors/mcp/canonical.rs"]
pub(crate) mod canonical;
#[path = "compile/contract.rs"]
mod contract;
#[path = "compile/mcp.rs"]
pub(crate) mod mcp;
#[path = "compile/schema.rs"]
mod schema;

pub(crate) use assets::compile as compile_assets;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Connections {
    #[serde(default)]
    secrets: Vec<Spanned<String>>,
    #[serde(default)]
    route: Vec<Spanned<Route>>,
    #[serde(default)]
    fallback: Vec<Fallback>,
    #[serde(default)]
    price: Vec<Price>,
    #[serde(default)]
    policy: Policy,
    #[serde(default)]
    mcp: Vec<Spanned<mcp::Server>>,
    #[serde(default)]
    account: Vec<accounts::Account>,
    #[serde(default)]
    budget: budget::Table,
}

/// What this deployment changes about the default rules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    #[serde(default)]
    without: Vec<Spanned<String>>,
    #[serde(default)]
    with: Vec<Spanned<String>>,
    #[serde(default = "default_bulk")]
    bulk: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            without: Vec::new(),
            with: Vec::new(),
            bulk: default_bulk(),
        }
    }
}

fn default_bulk() -> usize {
    8
}

/// The rules that may be left out; `policy::rules::OPTIONAL` has the same list.
pub(crate) const OPTIONAL_RULES: &[&str] = &["pay", "delete", "admin", "readers", "chosen"];

/// The rules that may be added; `policy::rules::ADDITIONAL` has the same list.
pub(crate) const ADDITIONAL_RULES: &[&str] = &["sends"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    r#use: Spanned<String>,
    host: Option<Spanned<String>>,
    base_url: Option<Spanned<String>>,
    ai: Option<Spanned<String>>,
    #[serde(default)]
    allow: Vec<Spanned<String>>,
    secret: Option<Spanned<Secret>>,
    #[serde(default = "default_request_bytes_max")]
    request_bytes_max: usize,
    #[serde(default = "default_response_bytes_max")]
    response_bytes_max: usize,
    #[serde(default = "default_timeout_ms")]
    timeout_ms: u32,
    /// What it has to do with access tokens; only servers with `auth` have to do with any.
    #[serde(skip)]
    token: Option<String>,
}

fn default_request_bytes_max() -> usize {
    65_536
}

fn default_response_bytes_max() -> usize {
    262_144
}

fn default_timeout_ms() -> u32 {
    15_000
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secret {
    binding: String,
    r#in: String,
    name: Option<String>,
    #[serde(default)]
    prefix: String,
    /// The binding with the name that goes with the secret; only `auth` of a server has one.
    #[serde(skip)]
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fallback {
    provider: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Price {
    model: String,
    r#in: u64,
    out: u64,
}

/// What is wrong, and the byte where it stands.
pub(crate) struct Mistake {
    at: Option<usize>,
    text: String,
}

/// Where the files of the connectors are.
const SOURCES: &str = "src/connectors";

fn main() -> ExitCode {
    let file = std::env::var("SCLERITE_CONNECTIONS").unwrap_or("connections.toml".to_owned());
    println!("cargo::rerun-if-env-changed=SCLERITE_CONNECTIONS");
    println!("cargo::rerun-if-changed={file}");
    println!("cargo::rerun-if-changed=src/console/assets");
    println!("cargo::rerun-if-changed={SOURCES}");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) => {
            return fail(&format!(
                "{file}: {error}. Write that file, or name another in SCLERITE_CONNECTIONS."
            ));
        }
    };
    let folder = Path::new(&file).parent().unwrap_or(Path::new(""));
    let compiled = [
        ("connections.rs", compile_connections(&text)),
        ("mcp.rs", compile_mcp(&text, folder)),
        ("accounts.rs", compile_accounts(&text)),
        ("policy.rs", compile_policy(&text)),
        ("budget.rs", compile_budget(&text)),
    ];
    let mut written = Vec::new();
    for (name, code) in compiled {
        match code {
            Ok(code) => written.push((name, code)),
            Err(mistake) => return fail(&format!("{file}:{}", place(&text, &mistake))),
        }
    }
    match compile_assets(Path::new("src/console/assets")) {
        Ok(assets) => written.push(("assets.rs", assets)),
        Err(error) => return fail(&format!("src/console/assets: {error}")),
    }
    let mut hash = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(hash, "{byte:02x}");
    }
    let hash = format!(
        "/// The SHA-256 of `connections.toml`.\npub const CONNECTIONS: &str = {hash:?};\n"
    );
    written.push(("deployed.rs", hash));
    for (name, code) in written {
        if let Err(error) = std::fs::write(out.join(name), code) {
            return fail(&format!("{name}: {error}"));
        }
    }
    ExitCode::SUCCESS
}

fn fail(text: &str) -> ExitCode {
    println!("cargo::error={}", text.replace('\n', " "));
    ExitCode::FAILURE
}

/// `12: what is wrong`.
pub(crate) fn place(text: &str, mistake: &Mistake) -> String {
    match mistake.at {
        Some(at) => {
            let line = text.get(..at).unwrap_or(text).matches('\n').count() + 1;
            format!("{line}: {}", mistake.text)
        }
        None => format!(" {}", mistake.text),
    }
}

fn read_connections(text: &str) -> Result<Connections, Mistake> {
    toml::from_str(text).map_err(|error| Mistake {
        at: error.span().map(|span| span.start),
        text: error.message().to_owned(),
    })
}

/// The tables of the MCP servers; the pinned declarations are looked for from `folder`.
pub(crate) fn compile_mcp(text: &str, folder: &Path) -> Result<String, Mistake> {
    let servers = read_connections(text)?.mcp;
    for file in mcp::pin_files(&servers, folder) {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    mcp::compile(&servers, folder)
}

/// The owner's accounts.
pub(crate) fn compile_accounts(text: &str) -> Result<String, Mistake> {
    accounts::compile(&read_connections(text)?.account, Path::new(SOURCES))
}

/// The limits of what may be spent.
pub(crate) fn compile_budget(text: &str) -> Result<String, Mistake> {
    budget::compile(&read_connections(text)?.budget)
}

/// The names of the rules that are left out, and how many like effects go unasked.
pub(crate) fn compile_policy(text: &str) -> Result<String, Mistake> {
    let policy = read_connections(text)?.policy;
    for name in &policy.without {
        if !OPTIONAL_RULES.contains(&name.get_ref().as_str()) {
            return Err(Mistake {
                at: Some(name.span().start),
                text: format!(
                    "only these rules can be left out: {}",
                    OPTIONAL_RULES.join(", ")
                ),
            });
        }
    }
    for name in &policy.with {
        if !ADDITIONAL_RULES.contains(&name.get_ref().as_str()) {
            return Err(Mistake {
                at: Some(name.span().start),
                text: format!(
                    "only these rules can be added: {}",
                    ADDITIONAL_RULES.join(", ")
                ),
            });
        }
    }
    let with: Vec<&String> = policy.with.iter().map(Spanned::get_ref).collect();
    let without: Vec<&String> = policy.without.iter().map(Spanned::get_ref).collect();
    Ok(format!(
        "static LEFT_OUT: &[&str] = &{without:?};\nstatic ADDED: &[&str] = &{with:?};\nconst BULK: usize = {};\n",
        policy.bulk.max(1)
    ))
}

pub(crate) fn compile_connections(text: &str) -> Result<String, Mistake> {
    let read = read_connections(text)?;
    let mut code = String::from("static SECRETS: &[&str] = &[");
    for name in &read.secrets {
        check_binding(name.span().start, name.get_ref())?;
        let _ = write!(code, "{:?},", name.get_ref());
    }
    for name in accounts::secrets(&read.account) {
        let _ = write!(code, "{name:?},");
    }
    code.push_str("];\n#[allow(clippy::unreadable_literal)]\nstatic ROUTES: &[Route] = &[\n");
    let mut seen = std::collections::BTreeSet::new();
    let of_servers = mcp::routes(&read.mcp, &read.secrets)?;
    let tokens = of_servers
        .iter()
        .any(|route| route.get_ref().token.is_some())
        || accounts::has_tokens(&read.account);
    for route in read.route.into_iter().chain(of_servers) {
        let route = (route.span().start, route.get_ref());
        let written = compile_route(route.0, route.1)?;
        let key = (
            route.1.r#use.get_ref().clone(),
            target_name(route.1),
            route.1.token.clone(),
        );
        if !seen.insert(key) {
            return Err(Mistake {
                at: Some(route.0),
                text: "this `use` has a route to that target already; merge their `allow` lists"
                    .to_owned(),
            });
        }
        code.push_str(&written);
    }
    code.push_str("];\nstatic FALLBACKS: &[Fallback] = &[\n");
    for entry in &read.fallback {
        let _ = writeln!(
            code,
            "Fallback {{ provider: {:?}, name: {:?} }},",
            entry.provider, entry.name
        );
    }
    code.push_str("];\n#[allow(clippy::unreadable_literal)]\nstatic PRICES: &[Price] = &[\n");
    for price in &read.price {
        let _ = writeln!(
            code,
            "Price {{ model: {:?}, microusd_in: {}, microusd_out: {} }},",
            price.model, price.r#in, price.out
        );
    }
    let _ = writeln!(code, "];\nconst TOKENS: bool = {tokens};");
    Ok(code)
}

fn target_name(route: &Route) -> String {
    [&route.host, &route.base_url, &route.ai]
        .into_iter()
        .flatten()
        .map(|name| name.get_ref().clone())
        .collect()
}

fn compile_route(at: usize, route: &Route) -> Result<String, Mistake> {
    let target = match (&route.host, &route.base_url, &route.ai) {
        (Some(host), None, None) => {
            check_host(host)?;
            format!("Target::Host({:?})", host.get_ref())
        }
        (None, Some(name), None) => {
            check_binding(name.span().start, name.get_ref())?;
            if !name.get_ref().ends_with("_URL") {
                return Err(Mistake {
                    at: Some(name.span().start),
                    text: "the binding of a `base_url` ends in _URL".to_owned(),
                });
            }
            format!("Target::BaseUrl({:?})", name.get_ref())
        }
        (None, None, Some(name)) => {
            check_binding(name.span().start, name.get_ref())?;
            format!("Target::Ai({:?})", name.get_ref())
        }
        _ => {
            return Err(Mistake {
                at: Some(at),
                text: "a route has exactly one of `host`, `base_url` and `ai`".to_owned(),
            });
        }
    };
    let in_path = route
        .secret
        .as_ref()
        .is_some_and(|secret| secret.get_ref().r#in == "path");
    let mut allow = String::new();
    for line in &route.allow {
        allow.push_str(&compile_allow(line, in_path)?);
    }
    if allow.is_empty() && route.ai.is_none() {
        return Err(Mistake {
            at: Some(at),
            text: "`allow` is empty, so nothing could pass; name methods and paths".to_owned(),
        });
    }
    let secret = route
        .secret
        .as_ref()
        .map_or(Ok("None".to_owned()), compile_secret)?;
    Ok(format!(
        "Route {{ user: {:?}, target: {target}, allow: &[{allow}], secret: {secret}, \
         request_bytes_max: {}, response_bytes_max: {}, timeout_ms: {}, token: {} }},\n",
        route.r#use.get_ref(),
        route.request_bytes_max,
        route.response_bytes_max,
        route.timeout_ms,
        route.token.as_deref().unwrap_or("None")
    ))
}

fn check_host(host: &Spanned<String>) -> Result<(), Mistake> {
    let name = host.get_ref();
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b));
    let labelled = name.split('.').count() >= 2 && name.split('.').all(|part| !part.is_empty());
    // A last part that begins with a digit makes an address of it, in one spelling or another.
    let last = name.rsplit('.').next().unwrap_or_default();
    let numeric = last.starts_with(|c: char| c.is_ascii_digit());
    if plain && labelled && !numeric {
        return Ok(());
    }
    Err(Mistake {
        at: Some(host.span().start),
        text: "`host` is a public host name in lower case, without scheme, port, path or address; \
               an own server is reached by a `base_url` binding"
            .to_owned(),
    })
}

fn check_binding(at: usize, name: &str) -> Result<(), Mistake> {
    let fits = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if fits {
        return Ok(());
    }
    Err(Mistake {
        at: Some(at),
        text: "a binding is named in UPPER_CASE; put the secret itself in `.dev.vars` or \
               `wrangler secret put`, never here"
            .to_owned(),
    })
}

fn compile_allow(line: &Spanned<String>, in_path: bool) -> Result<String, Mistake> {
    let mistake = |text: &str| Mistake {
        at: Some(line.span().start),
        text: text.to_owned(),
    };
    let (method, path) = line
        .get_ref()
        .split_once(' ')
        .ok_or_else(|| mistake("an entry of `allow` reads \"METHOD /path\""))?;
    let method = match method {
        "GET" => "Get",
        "POST" => "Post",
        "PUT" => "Put",
        "PATCH" => "Patch",
        "DELETE" => "Delete",
        _ => return Err(mistake("the method is GET, POST, PUT, PATCH or DELETE")),
    };
    if !path.is_empty() && !path.starts_with('/') {
        return Err(mistake("the path starts with `/`"));
    }
    if path.contains("{secret}") != in_path {
        return Err(mistake(
            "`{secret}` stands in the path exactly if the route has a `secret` with in = \"path\"",
        ));
    }
    if !path.bytes().all(|b| b.is_ascii_graphic()) || path.contains(['?', '#', '\\']) {
        return Err(mistake(
            "the path is plain, without query, fragment or blanks",
        ));
    }
    Ok(format!(
        "Allowed {{ method: Method::{method}, path: {path:?} }},"
    ))
}

fn compile_secret(secret: &Spanned<Secret>) -> Result<String, Mistake> {
    let at = secret.span().start;
    let secret = secret.get_ref();
    check_binding(at, &secret.binding)?;
    let place = match (secret.r#in.as_str(), &secret.name) {
        (place @ ("basic" | "form"), None) if secret.id.is_some() => {
            let id = secret.id.as_deref().unwrap_or_default();
            format!("Place::Client {{ id: {id:?}, form: {} }}", place == "form")
        }
        ("path", None) => "Place::Path".to_owned(),
        ("signature", None) => "Place::Signature".to_owned(),
        ("header", Some(name)) => {
            format!(
                "Place::Header {{ name: {name:?}, prefix: {:?} }}",
                secret.prefix
            )
        }
        _ => {
            return Err(Mistake {
                at: Some(at),
                text: "`in` is \"path\", \"signature\", or \"header\" with a `name`".to_owned(),
            });
        }
    };
    Ok(format!(
        "Some(SecretSlot {{ binding: {:?}, place: {place} }})",
        secret.binding
    ))
}
