//! Whether a message is from whom it says, by the word of the server that received it.
//!
//! The one thing to know: only the topmost `Authentication-Results` (RFC 8601) of the server that
//! the owner trusts counts, whole or not at all. What is malformed, named twice, contradictory or
//! unclear is no proof. A server must add this field to all mail that it takes in, or take out those
//! that senders forge; most do both.
//!
//! DMARC decides where it was looked at. Else a DKIM signature or an SPF check of an aligned domain
//! does. Domains are aligned (RFC 7489) if they are the same, or if one lies in the other: there is
//! no list of public suffixes, so the outer one must have two labels and not look like `co.uk`.
//! That is stricter than the standard (`a.example.com` and `b.example.com` are not aligned), and
//! looser only under a suffix of two labels under which strangers can name hosts of their own.

mod results;
#[cfg(test)]
mod tests;

use super::mime::{Field, people};
use results::{Result, results};

/// Names inside of which servers hand mail on among themselves.
const INSIDE: [&str; 6] = [
    "internal",
    "intern",
    "local",
    "localhost",
    "localdomain",
    "lan",
];
/// Second labels under which countries register names for everybody.
const SHARED_SECOND: [&str; 21] = [
    "ac", "asn", "co", "com", "edu", "firm", "gen", "go", "gob", "gov", "gouv", "ind", "info",
    "ltd", "me", "mil", "ne", "net", "nom", "or", "org",
];

/// Whom the owner's mail server is, and which of its own machines hand mail on to it.
#[derive(Debug, Clone, Copy)]
pub struct Trust<'a> {
    /// The `authserv-id` that it signs with, such as `mx.example.com`; `.example.com` is any name
    /// that ends so.
    pub server: &'a str,
    /// Names of its machines that do not end as the server's own name does, written the same way.
    pub relays: &'a [&'a str],
}

/// What proved a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// DMARC passed.
    Dmarc,
    /// There was no DMARC; a signature of an aligned domain passed.
    Dkim,
    /// There was no DMARC; the envelope of an aligned domain passed.
    Spf,
}

/// A sender that is proven: the domain is, and it vouches for the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The one address of the From field, its domain in lower case.
    pub address: String,
    /// What proved it.
    pub method: Method,
}

/// Who a message is surely from; nobody, if there is any doubt. `fields` are all of its header
/// fields, the topmost first.
pub fn proven(fields: &[Field], trust: &Trust<'_>) -> Option<Proven> {
    let (address, domain) = sender(fields)?;
    let results = trusted(fields, trust)?;
    let method = judge(&results, &domain)?;
    Some(Proven { address, method })
}

/// The one address of the one From field, and its domain.
fn sender(fields: &[Field]) -> Option<(String, String)> {
    let mut from = fields.iter().filter(|field| field.is("From"));
    let (field, None) = (from.next()?, from.next()) else {
        return None;
    };
    let people = people(&field.value);
    let [person] = people.as_slice() else {
        return None;
    };
    // Readers differ in what they take from a field that is not quite right: this one must be plain.
    if plain_address(&field.value)? != person.address {
        return None;
    }
    let (local, domain) = person.address.split_once('@')?;
    let in_local = |c: char| {
        c.is_ascii_graphic()
            && !matches!(
                c,
                '"' | '(' | ')' | '<' | '>' | ',' | ':' | ';' | '[' | ']' | '\\' | '@'
            )
    };
    let domain = host(domain)?;
    let is_plain = !local.is_empty() && local.chars().all(in_local);
    is_plain.then(|| (format!("{local}@{domain}"), domain))
}

/// The results of the topmost field that the trusted server wrote.
fn trusted(fields: &[Field], trust: &Trust<'_>) -> Option<Vec<Result>> {
    for field in fields {
        if field.is("Received") && !is_inside(&field.value, trust) {
            // What follows was there when another server had the message.
            return None;
        }
        if !field.is("Authentication-Results") {
            continue;
        }
        // A field that cannot be read may be meant to hide which server wrote it.
        let (server, results) = results(&field.value)?;
        if is_named(&server, trust.server) {
            return results;
        }
    }
    None
}

/// Whether a name is the one that is trusted, or ends as it does.
fn is_named(name: &str, trusted: &str) -> bool {
    let (name, trusted) = (
        name.to_ascii_lowercase(),
        trusted.trim().to_ascii_lowercase(),
    );
    let has_labels = trusted
        .trim_start_matches('.')
        .split('.')
        .all(|label| !label.is_empty());
    match trusted.strip_prefix('.') {
        Some(suffix) => {
            let inside = name
                .strip_suffix(suffix)
                .and_then(|rest| rest.strip_suffix('.'));
            has_labels && suffix.contains('.') && inside.is_some_and(|rest| !rest.is_empty())
        }
        None => has_labels && name == trusted,
    }
}

/// Whether a Received field was written by a machine of the trusted server. Names that are no
/// host's, and addresses, tell nothing about others.
fn is_inside(received: &str, trust: &Trust<'_>) -> bool {
    let Some(plain) = bare(received) else {
        return false;
    };
    let mut words = plain.split_whitespace();
    let Some(by) = words
        .by_ref()
        .find(|word| word.eq_ignore_ascii_case("by"))
        .and(words.next())
    else {
        return true;
    };
    let Some(by) = host(by.trim_end_matches(';')) else {
        return true;
    };
    let own = trust.server.trim_start_matches('.').to_ascii_lowercase();
    let last = by.rsplit('.').next().unwrap_or_default();
    INSIDE.contains(&last)
        || are_aligned(&by, &own)
        || shares_parent(&by, &own)
        || trust.relays.iter().any(|relay| is_named(&by, relay))
}

/// Machines of one domain, such as `mx1.example.com` and `mx2.example.com`.
fn shares_parent(one: &str, other: &str) -> bool {
    let parent = |name: &str| name.split_once('.').map(|(_, parent)| parent.to_owned());
    match (parent(one), parent(other)) {
        (Some(one), Some(other)) => one == other && is_owned(&one),
        _ => false,
    }
}

/// The address of a field that has one, `a@b` or `name <a@b>`, and nothing else that could be one.
fn plain_address(value: &str) -> Option<String> {
    let bare = bare(value)?;
    let address = match bare.split_once('<') {
        Some((_, rest)) => {
            let (address, after) = rest.split_once('>')?;
            if !after.trim().is_empty() {
                return None;
            }
            address
        }
        None => &bare,
    };
    let one_at = bare.matches('@').count() == 1 && address.contains('@');
    let is_plain = one_at && !address.contains(['<', '>']) && !bare.contains([',', ';', ':']);
    is_plain.then(|| address.trim().to_owned())
}

/// A text without its comments and quoted strings; nothing if they do not end.
fn bare(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut depth: usize = 0;
    let mut in_quotes = false;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next()?;
            }
            '"' if depth == 0 => in_quotes = !in_quotes,
            _ if in_quotes => {}
            '(' => depth = depth.saturating_add(1),
            ')' => {
                depth = depth.checked_sub(1)?;
                out.push(' ');
            }
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    (depth == 0 && !in_quotes).then_some(out)
}

/// A host name of at least two labels, in lower case.
fn host(name: &str) -> Option<String> {
    let name = name.trim().to_ascii_lowercase();
    let in_label = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let labels = name
        .split('.')
        .all(|label| !label.is_empty() && label.bytes().all(in_label));
    let is_name = name.contains('.') && name.bytes().any(|byte| byte.is_ascii_alphabetic());
    (labels && is_name && name.len() <= 253).then_some(name)
}

/// Whether both domains are surely of the same owner.
fn are_aligned(one: &str, other: &str) -> bool {
    let lies_in = |inner: &str, outer: &str| {
        let rest = inner
            .strip_suffix(outer)
            .and_then(|rest| rest.strip_suffix('.'));
        is_owned(outer) && rest.is_some_and(|rest| !rest.is_empty())
    };
    one == other || lies_in(one, other) || lies_in(other, one)
}

/// Whether a domain looks like one that somebody owns: two labels, and not like `co.uk`.
fn is_owned(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    match labels.as_slice() {
        [second, top] => top.len() != 2 || (!SHARED_SECOND.contains(second) && second.len() > 2),
        _ => labels.len() > 2,
    }
}

fn judge(results: &[Result], domain: &str) -> Option<Method> {
    let of = |method: &'static str| results.iter().filter(move |result| result.method == method);
    let mut dmarc = of("dmarc");
    if let Some(only) = dmarc.next() {
        let is_proof = only.value == "pass"
            && dmarc.next().is_none()
            && domain_of(only, &["header.from"])? == domain;
        return is_proof.then_some(Method::Dmarc);
    }
    // A signature that fails beside one that passes is a doubt.
    let signed: Vec<&Result> = of("dkim")
        .filter(|result| {
            domain_of(result, &["header.d", "header.i"]).is_some_and(|d| are_aligned(&d, domain))
        })
        .collect();
    if !signed.is_empty() {
        return signed
            .iter()
            .all(|result| result.value == "pass")
            .then_some(Method::Dkim);
    }
    let mut spf = of("spf");
    let (only, None) = (spf.next()?, spf.next()) else {
        return None;
    };
    let envelope = domain_of(only, &["smtp.mailfrom"])?;
    (only.value == "pass" && are_aligned(&envelope, domain)).then_some(Method::Spf)
}

/// The domain that the first of these properties names.
fn domain_of(result: &Result, names: &[&str]) -> Option<String> {
    let value = names.iter().find_map(|name| result.get(name))?;
    host(value.rsplit('@').next()?)
}
