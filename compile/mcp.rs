//! Compiles `[[mcp]]`: a route, contracts and label rules for each server.
//!
//! What a tool does and what its arguments mean is said here, in the deployment's own words; what
//! it is called and how its arguments are shaped comes from the pinned declarations. A tool without
//! a contract is not compiled, so it does not exist.

use super::schema::{self, Shape};
use super::{Mistake, Secret, canonical, check_binding, check_host};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Names that a server cannot have: those of channels, connectors and models, and the first words
/// of the agent's own tools. `tests/build_script.rs` compares them with what is there.
pub(crate) const RESERVED: &[&str] = &[
    "anthropic", "calendar", "console", "contacts", "demo", "for", "generic", "mail", "notes",
    "offline", "openai", "reminders", "settings", "telegram", "workers", "zone",
];

/// Sorts of identifiers: what a planner writes out must be the owner's words or a known member.
const IDENTIFIERS: &[&str] = &[
    "mail", "url", "account", "user", "channel", "id", "path", "name", "secret",
];
/// Sorts of values that identify nothing.
const VALUES: &[&str] = &["amount", "time", "day", "text", "choice", "flag", "number"];
/// The longest name of a tool that providers of models accept.
const TOOL_NAME_BYTES_MAX: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) name: Spanned<String>,
    pub(crate) host: Option<Spanned<String>>,
    pub(crate) base_url: Option<Spanned<String>>,
    pub(crate) path: Spanned<String>,
    pub(crate) secret: Option<Spanned<Secret>>,
    source: Spanned<String>,
    #[serde(default)]
    owner: Vec<Spanned<String>>,
    pins: Spanned<String>,
    #[serde(default)]
    third_party: bool,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contract {
    effect: Spanned<String>,
    source: Option<Spanned<String>>,
    #[serde(default)]
    args: BTreeMap<Spanned<String>, ArgContract>,
    sinks: Option<Spanned<toml::Value>>,
    #[serde(default)]
    result: ResultRules,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArgContract {
    role: Spanned<String>,
    is: Option<Spanned<String>>,
    #[serde(default)]
    sink: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ResultRules {
    trust: Option<Spanned<String>>,
    #[serde(default)]
    attested: Vec<String>,
    #[serde(default)]
    untrusted: Vec<String>,
    #[serde(default)]
    authors: Vec<Spanned<String>>,
    editors: Option<Editors>,
    #[serde(default)]
    acl: Vec<Spanned<String>>,
    readers: Option<Spanned<toml::Value>>,
    #[serde(default)]
    knows: BTreeMap<Spanned<String>, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Editors {
    field: String,
    value: String,
}

/// A file of pinned declarations.
#[derive(Deserialize)]
struct Pins {
    tools: Vec<Pin>,
}

#[derive(Deserialize)]
struct Pin {
    sha256: String,
    declaration: Json,
}

fn mistake<T>(at: &Spanned<T>, text: impl Into<String>) -> Mistake {
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
    code.push_str("];\n");
    Ok(code)
}

fn check_server(server: &Server) -> Result<(), Mistake> {
    let name = server.name.get_ref();
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && name.len() <= 24;
    if !plain {
        let text = "the `name` of a server is one word of lower-case letters and digits";
        return Err(mistake(&server.name, text));
    }
    if RESERVED.contains(&name.as_str()) {
        return Err(mistake(&server.name, "the agent itself uses this `name`; take another"));
    }
    match (&server.host, &server.base_url) {
        (Some(host), None) => check_host(host)?,
        (None, Some(binding)) => check_binding(binding.span().start, binding.get_ref())?,
        _ => return Err(mistake(&server.name, "a server has exactly one of `host` and `base_url`")),
    }
    if server.path.get_ref().contains('*') {
        return Err(mistake(&server.path, "`path` is the one path of the server, without `*`"));
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

fn check_source(source: &Spanned<String>) -> Result<(), Mistake> {
    let word = source.get_ref();
    let plain = !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if plain && word.len() <= 32 {
        return Ok(());
    }
    Err(mistake(source, "`source` is one word of lower-case letters, since planners are told it"))
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
        let tool = tool.ok_or_else(|| wrong("a declaration has no name"))?.to_owned();
        if canonical::hash(&pin.declaration) != pin.sha256 {
            return Err(wrong(&format!("the declaration of {tool} is not what its sha256 says")));
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
        let tool = Tool { server, name, contract, pin };
        let args = tool.args()?;
        specs.push_str(&tool.spec(&exposed, &args)?);
        tools.push_str(&tool.pinned()?);
    }
    let (name, path) = (server.name.get_ref(), server.path.get_ref());
    let url = match (&server.host, &server.base_url) {
        (Some(host), _) => format!("https://{}{path}", host.get_ref()),
        (None, Some(binding)) => format!("binding:{}{path}", binding.get_ref()),
        (None, None) => String::new(),
    };
    let owner: Vec<String> = server.owner.iter().map(|one| one.get_ref().trim().to_lowercase()).collect();
    Ok(format!(
        "Server {{ name: {name:?}, url: {url:?}, owner: &{owner:?},\nspecs: &[\n{specs}],\n\
         tools: &[\n{tools}] }},\n"
    ))
}

/// What planners call a tool.
fn exposed_name(server: &str, name: &Spanned<String>) -> Result<String, Mistake> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let exposed = format!("{server}_{}", name.get_ref().chars().map(plain).collect::<String>());
    if exposed.len() > TOOL_NAME_BYTES_MAX {
        let text = format!("{exposed} is longer than {TOOL_NAME_BYTES_MAX} characters, which providers refuse; give the server a shorter name");
        return Err(mistake(name, text));
    }
    Ok(exposed)
}

/// A tool with all that is known of it.
struct Tool<'a> {
    server: &'a Server,
    name: &'a Spanned<String>,
    contract: &'a Contract,
    pin: &'a Pin,
}

/// An argument whose contract fits its schema.
struct Arg<'a> {
    name: &'a str,
    shape: Shape,
    role: &'static str,
    /// The sort of identifier, if it is one.
    set: Option<&'a str>,
    sink: bool,
    required: bool,
    about: String,
}

impl<'a> Tool<'a> {
    /// The arguments that have a contract; every required one must have.
    fn args(&self) -> Result<Vec<Arg<'a>>, Mistake> {
        let empty = Json::Null;
        let input = self.pin.declaration.get("inputSchema").unwrap_or(&empty);
        let properties = input.get("properties").and_then(Json::as_object);
        let required: Vec<&str> = match input.get("required").and_then(Json::as_array) {
            Some(names) => names.iter().filter_map(Json::as_str).collect(),
            None => Vec::new(),
        };
        let mut args = Vec::new();
        for (name, contract) in &self.contract.args {
            let declared = properties.and_then(|all| all.get(name.get_ref()));
            let Some(declared) = declared else {
                let known = properties.map(|all| all.keys().map(String::as_str).collect::<Vec<_>>());
                let text = format!(
                    "the declaration has no argument of this name; it has: {}",
                    known.unwrap_or_default().join(", ")
                );
                return Err(mistake(name, text));
            };
            args.push(arg(name, contract, declared, input, &required)?);
        }
        let given: Vec<&str> = self.contract.args.keys().map(|name| name.get_ref().as_str()).collect();
        if let Some(missing) = required.iter().find(|name| !given.contains(*name)) {
            let text = format!("the required argument `{missing}` has no role; add args.{missing}");
            return Err(mistake(self.name, text));
        }
        Ok(args)
    }

    fn spec(&self, exposed: &str, args: &[Arg<'_>]) -> Result<String, Mistake> {
        let effect = &self.contract.effect;
        let class = match effect.get_ref().as_str() {
            "read" => "Read",
            "draft" => "Draft",
            "write" => "Write",
            "send" => "Send",
            "delete" => "Delete",
            "pay" => "Pay",
            "admin" => "Admin",
            _ => {
                let text = "`effect` is read, draft, write, send, delete, pay or admin";
                return Err(mistake(effect, text));
            }
        };
        let source = self.contract.source.as_ref().unwrap_or(&self.server.source);
        check_source(source)?;
        let sinks = self.sinks(args)?;
        let mut written = String::new();
        for arg in args {
            let holds = arg.shape.arg_type(arg.set);
            let (name, role, required, about) = (arg.name, arg.role, arg.required, &arg.about);
            let _ = writeln!(
                written,
                "ArgSpec {{ name: {name:?}, holds: {holds}, role: ArgRole::{role}, \
                 required: {required}, about: {about:?} }},"
            );
        }
        let about = schema::about(&self.pin.declaration);
        let about = if about.is_empty() {
            format!("The tool {} of {}.", self.name.get_ref(), self.server.name.get_ref())
        } else {
            about
        };
        Ok(format!(
            "ToolSpec {{ name: {exposed:?}, about: {about:?}, effect: EffectClass::{class}, \
             reach: Reach::Outside, args: &[\n{written}], returns: Kind::Data, \
             source: Some({:?}), sinks: {sinks} }},\n",
            source.get_ref()
        ))
    }

    /// Who learns what a call carries.
    fn sinks(&self, args: &[Arg<'_>]) -> Result<String, Mistake> {
        let named: Vec<&str> = args.iter().filter(|arg| arg.sink).map(|arg| arg.name).collect();
        let Some(sinks) = &self.contract.sinks else {
            let is_read = self.contract.effect.get_ref() == "read";
            return Ok(if !named.is_empty() {
                format!("Sinks::Args(&{named:?})")
            } else if self.server.third_party && is_read {
                "Sinks::Everyone".to_owned()
            } else {
                "Sinks::Nobody".to_owned()
            });
        };
        if !named.is_empty() {
            return Err(mistake(sinks, "a tool has either `sinks` or arguments with `sink`"));
        }
        match sinks.get_ref().as_str() {
            Some("everyone") => return Ok("Sinks::Everyone".to_owned()),
            Some("nobody") => return Ok("Sinks::Nobody".to_owned()),
            _ => {}
        }
        let table = sinks.get_ref().as_table().filter(|table| table.len() == 1);
        let object = table.and_then(|table| table.get("object")?.as_str());
        let Some(name) = object else {
            let text = "`sinks` is \"everyone\", \"nobody\" or { object = \"ARGUMENT\" }";
            return Err(mistake(sinks, text));
        };
        if args.iter().any(|arg| arg.name == name) {
            return Ok(format!("Sinks::Object({name:?})"));
        }
        Err(mistake(sinks, "`object` names an argument of the tool that has a role"))
    }

    fn pinned(&self) -> Result<String, Mistake> {
        let declaration = &self.pin.declaration;
        let tasks = declaration.pointer("/execution/taskSupport").and_then(Json::as_str);
        if tasks == Some("required") {
            let text = "this tool answers by tasks only, which the agent does not speak";
            return Err(mistake(self.name, text));
        }
        let wrapped = declaration.pointer("/outputSchema/x-fastmcp-wrap-result");
        let wrapped = wrapped.and_then(Json::as_bool).unwrap_or_default();
        Ok(format!(
            "Pinned {{ name: {:?}, hash: {:?}, wrapped: {wrapped}, rules: {} }},\n",
            self.name.get_ref(),
            self.pin.sha256,
            self.rules()?
        ))
    }

    fn rules(&self) -> Result<String, Mistake> {
        let result = &self.contract.result;
        let trust = match &result.trust {
            None => "Untrusted",
            Some(word) => match word.get_ref().as_str() {
                "untrusted" => "Untrusted",
                "attested" => "Attested",
                "owner" => "Owner",
                _ => return Err(mistake(word, "`trust` is untrusted, attested or owner")),
            },
        };
        let authors: Vec<&String> = result.authors.iter().map(Spanned::get_ref).collect();
        let acl: Vec<&String> = result.acl.iter().map(Spanned::get_ref).collect();
        let needs_owner = result.authors.first().or(result.acl.first());
        if let Some(first) = needs_owner
            && self.server.owner.is_empty()
        {
            let text = "the server has no `owner`, so nobody could be recognised as the owner";
            return Err(mistake(first, text));
        }
        if let (Some(first), true) = (result.acl.first(), authors.is_empty()) {
            return Err(mistake(first, "`acl` needs `authors`: the fields that name whose the object is"));
        }
        let editors = match &result.editors {
            Some(Editors { field, value }) => format!("Some(({field:?}, {value:?}))"),
            None => "None".to_owned(),
        };
        let mut knows = String::new();
        for (set, field) in &result.knows {
            check_set(set, "a key of `knows`")?;
            let _ = write!(knows, "({:?}, {field:?}), ", set.get_ref());
        }
        Ok(format!(
            "Rules {{ trust: Integrity::{trust}, attested: &{:?}, untrusted: &{:?}, \
             authors: &{authors:?}, editors: {editors}, acl: &{acl:?}, readers: {}, \
             knows: &[{knows}] }}",
            result.attested,
            result.untrusted,
            self.readers()?
        ))
    }

    fn readers(&self) -> Result<String, Mistake> {
        let Some(readers) = &self.contract.result.readers else {
            return Ok("Audience::Named(&[])".to_owned());
        };
        let wrong = |text: &str| Err(mistake(readers, text));
        if readers.get_ref().as_str() == Some("everyone") {
            return Ok("Audience::Everyone".to_owned());
        }
        let Some(list) = readers.get_ref().as_array() else {
            return wrong("`readers` is \"everyone\" or a list of \"kind:field\"");
        };
        let mut code = String::from("Audience::Named(&[");
        for entry in list {
            let Some((set, place)) = entry.as_str().and_then(|text| text.split_once(':')) else {
                return wrong("a reader is written \"kind:field\" or \"kind:@argument\"");
            };
            if !IDENTIFIERS.contains(&set) {
                return wrong(&format!("the kind of a reader is one of {}", IDENTIFIERS.join(", ")));
            }
            let place = match place.strip_prefix('@') {
                Some(name) if self.contract.args.keys().any(|arg| arg.get_ref() == name) => {
                    format!("Place::Argument({name:?})")
                }
                Some(name) => {
                    return wrong(&format!("`{name}` is no argument that has a role"));
                }
                None if place.is_empty() => return wrong("a field has a name"),
                None => format!("Place::Field({place:?})"),
            };
            let _ = write!(code, "Reader {{ set: {set:?}, place: {place} }}, ");
        }
        code.push_str("])");
        Ok(code)
    }
}

fn check_set(set: &Spanned<String>, what: &str) -> Result<(), Mistake> {
    if IDENTIFIERS.contains(&set.get_ref().as_str()) {
        return Ok(());
    }
    Err(mistake(set, format!("{what} is one of {}", IDENTIFIERS.join(", "))))
}

/// Brings an argument's contract and its schema together.
fn arg<'a>(
    name: &'a Spanned<String>,
    contract: &'a ArgContract,
    declared: &Json,
    input: &Json,
    required: &[&str],
) -> Result<Arg<'a>, Mistake> {
    let text = name.get_ref().as_str();
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    if text.is_empty() || !plain || text.len() > TOOL_NAME_BYTES_MAX {
        return Err(mistake(name, "an argument of this name cannot be passed to a planner"));
    }
    let role = match contract.role.get_ref().as_str() {
        "control" => "Control",
        "content" => "Content",
        "inert" => "Inert",
        _ => return Err(mistake(&contract.role, "`role` is control, content or inert")),
    };
    let shape = schema::shape(declared, input);
    let mut set = None;
    if let Some(is) = &contract.is {
        let word = is.get_ref().as_str();
        if IDENTIFIERS.contains(&word) {
            set = Some(word);
        } else if !VALUES.contains(&word) {
            let text = format!("`is` is one of {}, {}", IDENTIFIERS.join(", "), VALUES.join(", "));
            return Err(mistake(is, text));
        }
        if set.is_some() && !shape.can_identify() {
            return Err(mistake(is, "the declaration says that this argument is no identifier"));
        }
    }
    if contract.sink && (set.is_none() || role != "Control") {
        let text = "a `sink` is a control argument that `is` an identifier: it names who reads";
        return Err(mistake(name, text));
    }
    Ok(Arg {
        name: text,
        about: schema::arg_about(declared, &shape),
        shape,
        role,
        set,
        sink: contract.sink,
        required: required.contains(&text),
    })
}
