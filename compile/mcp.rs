//! Compiles `[[mcp]]`: a route, contracts and label rules for each server.
//!
//! What a tool does and what its arguments mean is said here, in the deployment's own words; what
//! it is called and how its arguments are shaped comes from the pinned declarations. A tool without
//! a contract is not compiled, so it does not exist.

use super::contract::{Contract, Tool};
use super::{Mistake, Route, Secret, canonical, check_binding, check_host};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Names that a server cannot have: those of channels, connectors and models, and the first words
/// of the agent's own tools. `tests/build_script.rs` compares them with what is there.
pub(crate) const RESERVED: &[&str] = &[
    "anthropic",
    "calendar",
    "console",
    "contacts",
    "demo",
    "follow",
    "for",
    "generic",
    "mail",
    "notes",
    "offline",
    "openai",
    "reminder",
    "reminders",
    "routines",
    "settings",
    "telegram",
    "tell",
    "web",
    "workers",
    "zone",
];

/// The longest name of a tool that providers of models accept.
pub(crate) const TOOL_NAME_BYTES_MAX: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) name: Spanned<String>,
    pub(crate) host: Option<Spanned<String>>,
    pub(crate) base_url: Option<Spanned<String>>,
    pub(crate) path: Spanned<String>,
    pub(crate) secret: Option<Spanned<Secret>>,
    auth: Option<Spanned<Auth>>,
    pub(crate) source: Spanned<String>,
    #[serde(default)]
    pub(crate) owner: Vec<Spanned<String>>,
    pins: Spanned<String>,
    #[serde(default)]
    pub(crate) third_party: bool,
    #[serde(default = "default_request_bytes_max")]
    pub(crate) request_bytes_max: usize,
    #[serde(default = "default_response_bytes_max")]
    pub(crate) response_bytes_max: usize,
    #[serde(default = "default_timeout_ms")]
    pub(crate) timeout_ms: u32,
    #[serde(default)]
    tools: BTreeMap<Spanned<String>, Contract>,
}

fn default_request_bytes_max() -> usize {
    262_144
}

fn default_response_bytes_max() -> usize {
    1_048_576
}

fn default_timeout_ms() -> u32 {
    60_000
}

/// The account that a server's authorization server issues access tokens for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Auth {
    token_url: Spanned<String>,
    client_id: Spanned<String>,
    client_secret: Spanned<String>,
    scope: Option<String>,
    #[serde(default = "default_place")]
    r#in: String,
}

fn default_place() -> String {
    "basic".to_owned()
}

/// A file of pinned declarations.
#[derive(Deserialize)]
struct Pins {
    tools: Vec<Pin>,
}

#[derive(Deserialize)]
pub(crate) struct Pin {
    pub(crate) sha256: String,
    pub(crate) declaration: Json,
}

pub(crate) fn mistake<T>(at: &Spanned<T>, text: impl Into<String>) -> Mistake {
    Mistake {
        at: Some(at.span().start),
        text: text.into(),
    }
}

/// The files of pinned declarations that these servers name.
pub(crate) fn pin_files(servers: &[Spanned<Server>], folder: &Path) -> Vec<PathBuf> {
    let files = servers.iter().map(|server| server.get_ref().pins.get_ref());
    files.map(|file| folder.join(file)).collect()
}

/// The ways out to all servers, and to the servers that issue their access tokens.
pub(crate) fn routes(
    servers: &[Spanned<Server>],
    secrets: &[Spanned<String>],
) -> Result<Vec<Spanned<Route>>, Mistake> {
    let mut routes = Vec::new();
    for server in servers {
        let one = server.get_ref();
        let mut route = route_of(one);
        if let Some(auth) = &one.auth {
            if one.secret.is_some() {
                return Err(mistake(auth, "a server has either a `secret` or `auth`"));
            }
            if secrets.iter().all(|name| name.get_ref() != "SEAL_KEY") {
                let text = "access tokens are sealed under SEAL_KEY; add it to `secrets`";
                return Err(mistake(auth, text));
            }
            let issuing = route_of_tokens(one, auth.get_ref())?;
            // A token is sealed for this pair of places and opens nowhere else.
            let (url, from) = (url_of(one), auth.get_ref().token_url.get_ref());
            let pair = format!("{} {url} {from}", one.name.get_ref());
            route.token = Some(format!("Some(Token::Uses({pair:?}))"));
            let token = Some(format!("Some(Token::Issues({pair:?}))"));
            routes.push(Spanned::new(auth.span(), Route { token, ..issuing }));
        }
        routes.push(Spanned::new(server.span(), route));
    }
    Ok(routes)
}

/// The way out to a server: messages are posted, and a broken stream is taken up again.
fn route_of(server: &Server) -> Route {
    let allow = ["POST", "GET"].map(|method| {
        let line = format!("{method} {}", server.path.get_ref());
        Spanned::new(server.path.span(), line)
    });
    Route {
        r#use: server.name.clone(),
        host: server.host.clone(),
        base_url: server.base_url.clone(),
        ai: None,
        allow: allow.into(),
        secret: server.secret.clone(),
        request_bytes_max: server.request_bytes_max,
        response_bytes_max: server.response_bytes_max,
        timeout_ms: server.timeout_ms,
        token: None,
    }
}

/// The way out to the server that issues access tokens.
fn route_of_tokens(server: &Server, auth: &Auth) -> Result<Route, Mistake> {
    const BYTES_MAX: usize = 16 * 1024;
    let url = &auth.token_url;
    check_binding(auth.client_id.span().start, auth.client_id.get_ref())?;
    if !matches!(auth.r#in.as_str(), "basic" | "form") {
        return Err(mistake(url, "the account goes `in` \"basic\" or \"form\""));
    }
    let at = |text: &str| Spanned::new(url.span(), text.to_owned());
    let (host, base_url, path) = match url.get_ref().strip_prefix("https://") {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (host, path) = rest.split_at(end);
            (Some(at(host)), None, path)
        }
        None => (None, Some(url.clone()), ""),
    };
    let secret = Secret {
        binding: auth.client_secret.get_ref().clone(),
        r#in: auth.r#in.clone(),
        name: None,
        prefix: String::new(),
        id: Some(auth.client_id.get_ref().clone()),
    };
    Ok(Route {
        r#use: server.name.clone(),
        host,
        base_url,
        ai: None,
        allow: vec![at(&format!("POST {path}"))],
        secret: Some(Spanned::new(auth.client_secret.span(), secret)),
        request_bytes_max: BYTES_MAX,
        response_bytes_max: BYTES_MAX,
        timeout_ms: server.timeout_ms,
        token: None,
    })
}

fn url_of(server: &Server) -> String {
    let path = server.path.get_ref();
    match (&server.host, &server.base_url) {
        (Some(host), _) => format!("https://{}{path}", host.get_ref()),
        (None, Some(binding)) => format!("binding:{}{path}", binding.get_ref()),
        (None, None) => String::new(),
    }
}

/// The code of what a connector needs to know to ask for a token.
fn compile_auth(server: &Server) -> String {
    let Some(auth) = &server.auth else {
        return "None".to_owned();
    };
    let auth = auth.get_ref();
    let url = auth.token_url.get_ref();
    let url = if url.starts_with("https://") {
        url.clone()
    } else {
        format!("binding:{url}")
    };
    let mut body = String::from("grant_type=client_credentials");
    if let Some(scope) = &auth.scope {
        let _ = write!(body, "&scope={}", encoded(scope));
    }
    // The address of an own server is known to its deployer only.
    if server.host.is_some() {
        let _ = write!(body, "&resource={}", encoded(&url_of(server)));
    }
    format!("Some(Auth {{ url: {url:?}, body: {body:?} }})")
}

/// A text as it stands in a form.
fn encoded(text: &str) -> String {
    let mut written = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            let _ = write!(written, "%{byte:02X}");
        }
    }
    written
}

/// The tables of all servers; `folder` is where the file stands that names the pins.
pub(crate) fn compile(servers: &[Spanned<Server>], folder: &Path) -> Result<String, Mistake> {
    let mut code = String::new();
    let mut names = BTreeSet::new();
    if !servers.is_empty() {
        code.push_str(
            "#[allow(unused_imports)]\n\
             use crate::tool::{ArgRole, ArgSpec, ArgType, EffectClass, Kind, Reach, Sinks};\n",
        );
    }
    code.push_str("#[allow(clippy::unreadable_literal)]\nstatic SERVERS: &[Server] = &[\n");
    for server in servers {
        let server = server.get_ref();
        check_server(server)?;
        if !names.insert(server.name.get_ref()) {
            return Err(mistake(&server.name, "another server has this name"));
        }
        code.push_str(&compile_server(server, folder)?);
    }
    let any = !servers.is_empty();
    code.push_str(&format!("];\nconst ANY: bool = {any};\n"));
    Ok(code)
}

fn check_server(server: &Server) -> Result<(), Mistake> {
    let name = server.name.get_ref();
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && name.len() <= 24;
    if !plain {
        let text = "the `name` of a server is one word of lower-case letters and digits";
        return Err(mistake(&server.name, text));
    }
    if RESERVED.contains(&name.as_str()) {
        return Err(mistake(
            &server.name,
            "the agent itself uses this `name`; take another",
        ));
    }
    match (&server.host, &server.base_url) {
        (Some(host), None) => check_host(host)?,
        (None, Some(binding)) => check_binding(binding.span().start, binding.get_ref())?,
        _ => {
            return Err(mistake(
                &server.name,
                "a server has exactly one of `host` and `base_url`",
            ));
        }
    }
    if server.path.get_ref().contains('*') {
        return Err(mistake(
            &server.path,
            "`path` is the one path of the server, without `*`",
        ));
    }
    check_source(&server.source)?;
    for owner in &server.owner {
        if owner.get_ref().trim().is_empty() {
            return Err(mistake(owner, "an empty text names nobody"));
        }
    }
    if server.tools.is_empty() {
        let text = "no tool of this server has a contract, so none could be used; add a table \
                    [mcp.tools.NAME]";
        return Err(mistake(&server.name, text));
    }
    Ok(())
}

pub(crate) fn check_source(source: &Spanned<String>) -> Result<(), Mistake> {
    let word = source.get_ref();
    let plain = !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if plain && word.len() <= 32 {
        return Ok(());
    }
    Err(mistake(
        source,
        "`source` is one word of lower-case letters, since planners are told it",
    ))
}

fn read_pins(server: &Server, folder: &Path) -> Result<BTreeMap<String, Pin>, Mistake> {
    let file = folder.join(server.pins.get_ref());
    let name = server.name.get_ref();
    let wrong = |what: &str| {
        let text = format!(
            "{}: {what}; `npm run mcp:pin -- --server {name}` writes it",
            file.display()
        );
        mistake(&server.pins, text)
    };
    let text = std::fs::read_to_string(&file).map_err(|error| wrong(&error.to_string()))?;
    let pins: Pins = serde_json::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
    let mut by_name = BTreeMap::new();
    for pin in pins.tools {
        let tool = pin.declaration.get("name").and_then(Json::as_str);
        let tool = tool
            .ok_or_else(|| wrong("a declaration has no name"))?
            .to_owned();
        if canonical::hash(&pin.declaration) != pin.sha256 {
            return Err(wrong(&format!(
                "the declaration of {tool} is not what its sha256 says"
            )));
        }
        if by_name.insert(tool.clone(), pin).is_some() {
            return Err(wrong(&format!("{tool} is declared twice")));
        }
    }
    Ok(by_name)
}

fn compile_server(server: &Server, folder: &Path) -> Result<String, Mistake> {
    let pins = read_pins(server, folder)?;
    let (mut specs, mut tools) = (String::new(), String::new());
    let mut names = BTreeSet::new();
    for (name, contract) in &server.tools {
        let Some(pin) = pins.get(name.get_ref()) else {
            let known: Vec<&str> = pins.keys().map(String::as_str).collect();
            let text = format!(
                "{} declares no tool of this name; it has: {}",
                server.pins.get_ref(),
                known.join(", ")
            );
            return Err(mistake(name, text));
        };
        let exposed = exposed_name(server.name.get_ref(), name)?;
        if !names.insert(exposed.clone()) {
            return Err(mistake(name, "another tool is exposed by the same name"));
        }
        let tool = Tool {
            server,
            name,
            contract,
            pin,
        };
        let args = tool.args()?;
        specs.push_str(&tool.spec(&exposed, &args)?);
        tools.push_str(&tool.pinned()?);
    }
    let (name, url, auth) = (server.name.get_ref(), url_of(server), compile_auth(server));
    let owner: Vec<String> = server
        .owner
        .iter()
        .map(|one| one.get_ref().trim().to_lowercase())
        .collect();
    Ok(format!(
        "Server {{ name: {name:?}, url: {url:?}, auth: {auth}, owner: &{owner:?},\nspecs: &[\n{specs}],\n\
         tools: &[\n{tools}] }},\n"
    ))
}

/// What planners call a tool.
fn exposed_name(server: &str, name: &Spanned<String>) -> Result<String, Mistake> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let exposed = format!(
        "{server}_{}",
        name.get_ref().chars().map(plain).collect::<String>()
    );
    if exposed.len() > TOOL_NAME_BYTES_MAX {
        let text = format!(
            "{exposed} is longer than {TOOL_NAME_BYTES_MAX} characters, which providers refuse; give the server a shorter name"
        );
        return Err(mistake(name, text));
    }
    Ok(exposed)
}
