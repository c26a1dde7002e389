//! Compiles the `[[account]]` tables: the owner's accounts at outside services.
//!
//! The one thing to know: what a service may be asked stands in its own file under `src/connectors`,
//! so this names that file's constants and knows no service. The bindings of an account have names
//! that follow from its own.

use super::{Mistake, Spanned, check_binding, check_host};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

const NAME_BYTES_MAX: usize = 24;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    name: Spanned<String>,
    r#use: Spanned<String>,
    host: Option<Spanned<String>>,
    #[serde(default)]
    hosts: Vec<Spanned<String>>,
    auth: Spanned<String>,
    #[serde(default)]
    address: Option<Spanned<String>>,
    #[serde(default)]
    authserv: String,
    #[serde(default)]
    collection: Option<Spanned<String>>,
    /// The beginning of the bindings that hold an OAuth client.
    client: Option<Spanned<String>>,
}

fn mistake(at: &Spanned<String>, text: impl Into<String>) -> Mistake {
    Mistake {
        at: Some(at.span().start),
        text: text.into(),
    }
}

/// The table of accounts, for the connectors; `sources` is the folder of their files.
pub(crate) fn compile(accounts: &[Account], sources: &Path) -> Result<String, Mistake> {
    let mut code = String::from("static SERVED: &[Served] = &[\n");
    let mut names = BTreeSet::new();
    for account in accounts {
        check(account, sources)?;
        if !names.insert(account.name.get_ref().as_str()) {
            return Err(mistake(&account.name, "another account has this name"));
        }
        let service = account.r#use.get_ref();
        let target = match &account.host {
            Some(host) => format!("Target::Host({:?})", host.get_ref()),
            None => format!(
                "target(&super::{service}::API, {:?})",
                binding(account, "URL")
            ),
        };
        let hosts: Vec<&String> = account.hosts.iter().map(Spanned::get_ref).collect();
        let text = |field: &Option<Spanned<String>>| {
            field
                .as_ref()
                .map_or_else(String::new, |text| text.get_ref().clone())
        };
        let _ = writeln!(
            code,
            "Served {{ service: super::{service}::SERVICE, account: Account {{ name: {:?}, \
             api: &super::{service}::API, target: {target}, hosts: &{hosts:?}, auth: {}, \
             address: {:?}, authserv: {:?}, collection: {:?} }} }},",
            account.name.get_ref(),
            compile_auth(account),
            text(&account.address),
            account.authserv,
            text(&account.collection),
        );
    }
    code.push_str("];\n");
    Ok(code)
}

/// Every binding of an account that holds a secret.
pub(crate) fn secrets(accounts: &[Account]) -> Vec<String> {
    let mut all = BTreeSet::new();
    for account in accounts {
        match account.auth.get_ref().as_str() {
            "password" => {
                all.insert(binding(account, "PASSWORD"));
            }
            "token" => {
                all.insert(binding(account, "TOKEN"));
            }
            "oauth" => {
                all.insert(binding(account, "REFRESH_TOKEN"));
                all.insert(format!("{}_CLIENT_SECRET", client(account)));
            }
            _ => {}
        }
    }
    all.into_iter().collect()
}

/// Whether any account has to do with access tokens.
pub(crate) fn has_tokens(accounts: &[Account]) -> bool {
    accounts
        .iter()
        .any(|account| account.auth.get_ref() == "oauth")
}

fn binding(account: &Account, what: &str) -> String {
    format!("{}_{what}", account.name.get_ref().to_ascii_uppercase())
}

fn client(account: &Account) -> &str {
    let named = account.client.as_ref();
    named.map_or("GOOGLE", |client| client.get_ref())
}

fn compile_auth(account: &Account) -> String {
    match account.auth.get_ref().as_str() {
        "password" => format!(
            "Auth::Password {{ user: {:?}, password: {:?} }}",
            binding(account, "USER"),
            binding(account, "PASSWORD")
        ),
        "token" => format!("Auth::Bearer {{ token: {:?} }}", binding(account, "TOKEN")),
        "oauth" => format!(
            "Auth::Refresh {{ token: {:?}, client_id: \"{client}_CLIENT_ID\", \
             client_secret: \"{client}_CLIENT_SECRET\" }}",
            binding(account, "REFRESH_TOKEN"),
            client = client(account)
        ),
        _ => "Auth::None".to_owned(),
    }
}

fn check(account: &Account, sources: &Path) -> Result<(), Mistake> {
    let name = account.name.get_ref();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if !name.starts_with(|c: char| c.is_ascii_lowercase())
        || !name.bytes().all(plain)
        || name.len() > NAME_BYTES_MAX
    {
        let text = format!(
            "an account's name is made of lower-case letters, digits and _, begins with a letter \
             and has at most {NAME_BYTES_MAX} characters"
        );
        return Err(mistake(&account.name, text));
    }
    let service = account.r#use.get_ref();
    let services = services(sources);
    if !services.contains(service) {
        let text = format!(
            "there is no service {service:?}; there are {}",
            services.join(", ")
        );
        return Err(mistake(&account.r#use, text));
    }
    if let Some(host) = &account.host {
        check_host(host)?;
    }
    for suffix in &account.hosts {
        check_suffix(suffix)?;
    }
    if !["none", "password", "token", "oauth"].contains(&account.auth.get_ref().as_str()) {
        let text = "`auth` is \"password\", \"token\", \"oauth\" or \"none\"";
        return Err(mistake(&account.auth, text));
    }
    if let Some(client) = &account.client {
        check_binding(client.span().start, client.get_ref())?;
    }
    if let Some(address) = &account.address
        && !address.get_ref().contains('@')
    {
        return Err(mistake(address, "`address` is a mail address"));
    }
    if let Some(path) = &account.collection
        && !path.get_ref().starts_with('/')
        && service.contains("dav")
    {
        return Err(mistake(path, "`collection` is a path that begins with `/`"));
    }
    Ok(())
}

/// The services that accounts can be at: the files that say what one may be asked.
fn services(sources: &Path) -> Vec<String> {
    let files = std::fs::read_dir(sources).into_iter().flatten().flatten();
    let mut names: Vec<String> = files
        .filter(|file| {
            let text = std::fs::read_to_string(file.path()).unwrap_or_default();
            text.contains("\npub const API: Api = ")
        })
        .filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            name.strip_suffix(".rs").map(str::to_owned)
        })
        .collect();
    names.sort();
    names
}

/// A suffix of host names, such as `.example.net`.
fn check_suffix(suffix: &Spanned<String>) -> Result<(), Mistake> {
    let own = suffix.get_ref().strip_prefix('.').unwrap_or_default();
    let labelled = own.split('.').count() >= 2 && own.split('.').all(|label| !label.is_empty());
    let plain = own
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b));
    let last = own.rsplit('.').next().unwrap_or_default();
    if labelled && plain && !last.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(());
    }
    let text = "an entry of `hosts` is a dot and a domain of at least two parts in lower case, such \
                as \".example.net\"";
    Err(mistake(suffix, text))
}
