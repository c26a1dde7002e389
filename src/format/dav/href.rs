//! Where an `href` of an answer leads.
//!
//! The one thing to know: percent-encoding stays as it is, since services compare paths byte for
//! byte. Whether an address is still the same service is said, and the caller must look: an answer
//! may name any host, and a login must not go there.

/// An address, and whether it is the same service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The whole address.
    pub url: String,
    /// Whether scheme, host and port are those of the base.
    pub same_origin: bool,
}

/// The address that `href` means in an answer of `base`; `None` if it is none that may be asked.
pub fn resolve(base: &str, href: &str) -> Option<Resolved> {
    let (scheme, authority, path) = split(base)?;
    let href = href.split('#').next().unwrap_or_default();
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if href.is_empty() || href.contains(odd) || has_dots(href) {
        return None;
    }
    let origin = format!("{scheme}://{authority}");
    let url = if href.starts_with("//") {
        format!("{scheme}:{href}")
    } else if href.starts_with('/') {
        format!("{origin}{href}")
    } else if has_scheme(href) {
        href.to_owned()
    } else {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let (folder, _) = path.rsplit_once('/').unwrap_or_default();
        format!("{origin}{folder}/{href}")
    };
    let (other_scheme, other, _) = split(&url)?;
    let same_origin = other_scheme == scheme && other == authority;
    Some(Resolved { url, same_origin })
}

/// Scheme, authority without the scheme's own port, and path of an address of the web.
fn split(url: &str) -> Option<(String, String, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]_".contains(c);
    if authority.is_empty() || !authority.chars().all(plain) {
        return None;
    }
    let authority = authority.to_ascii_lowercase();
    let authority = authority
        .strip_suffix(port)
        .unwrap_or(&authority)
        .to_owned();
    Some((scheme, authority, path))
}

fn has_scheme(href: &str) -> bool {
    let head = href.split(['/', '?']).next().unwrap_or_default();
    head.contains(':')
}

/// Whether a step of the path leads up or nowhere, encoded or not: clients would take it.
fn has_dots(href: &str) -> bool {
    let path = href.split('?').next().unwrap_or_default();
    let mut steps = path.split('/');
    steps.any(|step| {
        let step = step.to_ascii_lowercase().replace("%2e", ".");
        step == "." || step == ".."
    })
}

/// Whether two places are the same one. Services write the same path in more than one way, such as
/// `@` and `%40`, with a slash at its end and without.
pub fn is_same(one: &str, other: &str) -> bool {
    let whole = |place: &str| -> Vec<Vec<u8>> {
        let place = place.strip_suffix('/').unwrap_or(place);
        // Step by step, since a slash that is encoded divides nothing.
        place.split('/').map(plain).collect()
    };
    whole(one) == whole(other)
}

/// The bytes of a path.
pub fn plain(path: &str) -> Vec<u8> {
    let mut bytes = path.as_bytes().iter();
    let mut plain = Vec::with_capacity(path.len());
    while let Some(&byte) = bytes.next() {
        let rest = bytes.as_slice();
        let code = match (byte, rest) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match code {
            Some((high, low)) => {
                plain.push(high.wrapping_mul(16).wrapping_add(low));
                bytes.nth(1);
            }
            None => plain.push(byte),
        }
    }
    plain
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}
