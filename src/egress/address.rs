//! Addresses that a server names, read strictly.
//!
//! A host that is compiled in is compared letter by letter, so no spelling of it needs to be
//! understood. One that a server names has to be: here only the plainest spelling is an address at
//! all. Whoever writes a host in another way, however well-known, is refused, since another reader
//! might understand it differently.

/// The longest name and label of a host, in bytes.
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// A host name in its plainest spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host(String);

impl Host {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a name: at least two labels of lower-case letters, digits and inner hyphens, of which
    /// the last begins with a letter.
    pub fn read(name: &str) -> Option<Self> {
        let is_label = |label: &str| {
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            (1..=LABEL_BYTES_MAX).contains(&label.len())
                && label.bytes().all(plain)
                && !label.starts_with('-')
                && !label.ends_with('-')
                // Names that a browser would show in another script.
                && !label.starts_with("xn--")
        };
        let last = name.rsplit('.').next()?;
        // A last label that begins with a digit makes an address of it, in one reading or another.
        let numeric = last.starts_with(|c: char| c.is_ascii_digit());
        let labels = name.split('.').count();
        let fits = name.len() <= NAME_BYTES_MAX && labels >= 2 && !numeric;
        (fits && name.split('.').all(is_label)).then(|| Self(name.to_owned()))
    }
}

/// The host of an `https` URL that has no port, user or odd character, and ends with its path or
/// query.
pub fn host_of(url: &str) -> Option<Host> {
    let rest = url.strip_prefix("https://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (name, path) = rest.split_at_checked(end)?;
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\\#<>\"`^|".contains(&byte);
    path.bytes().all(plain).then(|| Host::read(name))?
}

/// What follows the origin (scheme, host and port) of the deployer's own address `base`, in a URL that
/// has exactly the same. `http` and the loopback are fine here, since the deployer wrote them.
pub fn below_origin<'a>(url: &'a str, base: &str) -> Option<&'a str> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| base.starts_with(scheme))?;
    let named = base.strip_prefix(scheme)?;
    let end = named.find(['/', '?', '#', '\\']).unwrap_or(named.len());
    let authority = named.get(..end)?;
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    let rest = url.strip_prefix(scheme)?.strip_prefix(authority)?;
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\\#<>\"`^|".contains(&byte);
    let begins = rest.is_empty() || rest.starts_with(['/', '?']);
    (begins && rest.bytes().all(plain)).then_some(rest)
}

/// Whether a host is below a suffix such as `.example.net`. The suffix has at least two labels, and
/// the host at least one more.
pub fn fits_suffix(host: &Host, suffix: &str) -> bool {
    let Some(parent) = suffix.strip_prefix('.').and_then(Host::read) else {
        return false;
    };
    let below = host.0.strip_suffix(parent.as_str());
    below
        .and_then(|labels| labels.strip_suffix('.'))
        .is_some_and(|labels| !labels.is_empty())
}

#[cfg(test)]
#[path = "address_tests.rs"]
pub(in crate::egress) mod tests;
