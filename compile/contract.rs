//! Brings a tool's contract together with its pinned declaration.

use super::Mistake;
use super::mcp::{Pin, Server, TOOL_NAME_BYTES_MAX, check_source, mistake};
use super::schema::{self, Shape};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use toml::Spanned;

/// Sorts of identifiers: what a planner writes out must be the owner's words or a known member.
const IDENTIFIERS: &[&str] = &[
    "mail", "url", "account", "user", "channel", "id", "path", "name", "secret",
];
/// Sorts of values that identify nothing.
const VALUES: &[&str] = &["amount", "time", "day", "text", "choice", "flag", "number"];
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contract {
    effect: Spanned<String>,
    #[serde(default)]
    idempotent: bool,
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

/// A tool with all that is known of it.
pub(crate) struct Tool<'a> {
    pub(crate) server: &'a Server,
    pub(crate) name: &'a Spanned<String>,
    pub(crate) contract: &'a Contract,
    pub(crate) pin: &'a Pin,
}

/// An argument whose contract fits its schema.
pub(crate) struct Arg<'a> {
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
    pub(crate) fn args(&self) -> Result<Vec<Arg<'a>>, Mistake> {
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
                let known =
                    properties.map(|all| all.keys().map(String::as_str).collect::<Vec<_>>());
                let text = format!(
                    "the declaration has no argument of this name; it has: {}",
                    known.unwrap_or_default().join(", ")
                );
                return Err(mistake(name, text));
            };
            args.push(arg(name, contract, declared, input, &required)?);
        }
        let given: Vec<&str> = self
            .contract
            .args
            .keys()
            .map(|name| name.get_ref().as_str())
            .collect();
        if let Some(missing) = required.iter().find(|name| !given.contains(*name)) {
            let text = format!("the required argument `{missing}` has no role; add args.{missing}");
            return Err(mistake(self.name, text));
        }
        Ok(args)
    }

    pub(crate) fn spec(&self, exposed: &str, args: &[Arg<'_>]) -> Result<String, Mistake> {
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
            format!(
                "The tool {} of {}.",
                self.name.get_ref(),
                self.server.name.get_ref()
            )
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
        let named: Vec<&str> = args
            .iter()
            .filter(|arg| arg.sink)
            .map(|arg| arg.name)
            .collect();
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
            return Err(mistake(
                sinks,
                "a tool has either `sinks` or arguments with `sink`",
            ));
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
        Err(mistake(
            sinks,
            "`object` names an argument of the tool that has a role",
        ))
    }

    pub(crate) fn pinned(&self) -> Result<String, Mistake> {
        let declaration = &self.pin.declaration;
        let tasks = declaration
            .pointer("/execution/taskSupport")
            .and_then(Json::as_str);
        if tasks == Some("required") {
            let text = "this tool answers by tasks only, which the agent does not speak";
            return Err(mistake(self.name, text));
        }
        let wrapped = declaration.pointer("/outputSchema/x-fastmcp-wrap-result");
        let wrapped = wrapped.and_then(Json::as_bool).unwrap_or_default();
        Ok(format!(
            "Pinned {{ name: {:?}, hash: {:?}, wrapped: {wrapped}, idempotent: {}, rules: {} }},\n",
            self.name.get_ref(),
            self.pin.sha256,
            self.contract.idempotent,
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
            return Err(mistake(
                first,
                "`acl` needs `authors`: the fields that name whose the object is",
            ));
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
                return wrong(&format!(
                    "the kind of a reader is one of {}",
                    IDENTIFIERS.join(", ")
                ));
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
    Err(mistake(
        set,
        format!("{what} is one of {}", IDENTIFIERS.join(", ")),
    ))
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
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    if text.is_empty() || !plain || text.len() > TOOL_NAME_BYTES_MAX {
        return Err(mistake(
            name,
            "an argument of this name cannot be passed to a planner",
        ));
    }
    let role = match contract.role.get_ref().as_str() {
        "control" => "Control",
        "content" => "Content",
        "inert" => "Inert",
        _ => {
            return Err(mistake(
                &contract.role,
                "`role` is control, content or inert",
            ));
        }
    };
    let shape = schema::shape(declared, input);
    let mut set = None;
    if let Some(is) = &contract.is {
        let word = is.get_ref().as_str();
        if IDENTIFIERS.contains(&word) {
            set = Some(word);
        } else if !VALUES.contains(&word) {
            let text = format!(
                "`is` is one of {}, {}",
                IDENTIFIERS.join(", "),
                VALUES.join(", ")
            );
            return Err(mistake(is, text));
        }
        if set.is_some() && !shape.can_identify() {
            return Err(mistake(
                is,
                "the declaration says that this argument is no identifier",
            ));
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
