//! Addresses of pages.
//!
//! The one thing to know: two programs that read an address differently are how a request ends at
//! another host than the one that was looked at. So an address has a plain host and nothing before or
//! behind it, and what is not plain in its path is written in its percent form.

use crate::format::dav;

/// The longest address.
const BYTES_MAX: usize = 4 * 1024;

/// An address by https.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super::super) struct Address {
    /// The host in small letters.
    pub(in super::super::super) host: String,
    /// The path, which begins with a slash, and the query.
    pub(in super::super::super) path: String,
}

impl Address {
    /// Reads an address; what was written for http is asked for by https.
    pub(in super::super::super) fn read(url: &str) -> Option<Self> {
        let url = url.trim();
        let (scheme, rest) = url.split_once("://")?;
        let known = ["https", "http"];
        if url.len() > BYTES_MAX || !known.iter().any(|it| it.eq_ignore_ascii_case(scheme)) {
            return None;
        }
        let (rest, _) = rest.split_once('#').unwrap_or((rest, ""));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, path) = rest.split_at_checked(end)?;
        let host = host.to_ascii_lowercase();
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
        let usual = host.strip_suffix(":443");
        let host = usual.unwrap_or(&host).to_owned();
        if host.is_empty() || !host.chars().all(plain) {
            return None;
        }
        let path = encoded(path)?;
        let slash = if path.starts_with('/') { "" } else { "/" };
        Some(Self {
            host,
            path: format!("{slash}{path}"),
        })
    }

    /// Where `location` leads, as it stands in the answer to a request for this address.
    pub(in super::super::super) fn next(&self, location: &str) -> Option<Self> {
        let location = encoded(location.trim())?;
        let next = if location.starts_with('?') {
            let (path, _) = self.path.split_once('?').unwrap_or((&self.path, ""));
            format!("https://{}{path}{location}", self.host)
        } else {
            dav::resolve(&self.url(), &location)?.url
        };
        Self::read(&next)
    }

    /// The whole address.
    pub(in super::super::super) fn url(&self) -> String {
        format!("https://{}{}", self.host, self.path)
    }

    /// The address as labels and handles know it.
    pub(in super::super::super) fn without_scheme(&self) -> String {
        format!("{}{}", self.host, self.path)
    }

    /// The page without what is asked of it.
    pub(in super::super::super) fn place(&self) -> String {
        let (path, _) = self.path.split_once('?').unwrap_or((&self.path, ""));
        format!("{}{}", self.host, path.trim_end_matches('/'))
    }
}

/// With the characters that no address has in their percent form, as browsers send them; `None` for
/// those that browsers read as something else.
fn encoded(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte == b'\\' || byte.is_ascii_control() {
            return None;
        }
        if byte.is_ascii_graphic() && !b"<>\"`^|{}".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Option<String> {
        Address::read(url).map(|address| address.url())
    }

    #[test]
    fn an_address_has_a_plain_host_and_a_plain_path() {
        for (url, is) in [
            ("https://www.example.org", "https://www.example.org/"),
            (
                "http://WWW.example.org:443/A?b=c#d",
                "https://www.example.org/A?b=c",
            ),
            (
                " https://www.example.org?q=é x ",
                "https://www.example.org/?q=%C3%A9%20x",
            ),
            (
                "https://www.example.org/a|b%2F",
                "https://www.example.org/a%7Cb%2F",
            ),
        ] {
            assert_eq!(read(url).as_deref(), Some(is), "{url}");
        }
        for url in [
            "",
            "www.example.org/",
            "ftp://www.example.org/",
            "file:///etc/passwd",
            "https:///a",
            "https://ann@www.example.org/",
            "https://www.example.org:8443/",
            "https://www.example.org\\@evil.example.net/",
            "https://www.example.org\n.evil.example.net/",
            "https://www.exämple.org/",
            "https://[::1]/",
        ] {
            assert_eq!(read(url), None, "{url}");
        }
        assert_eq!(
            read(&format!("https://a.example.org/{}", "a".repeat(5_000))),
            None
        );
    }

    #[test]
    fn what_an_answer_names_is_read_where_it_stands() {
        let from = Address::read("https://www.example.org/a/b?c=d").unwrap();
        let next = |location: &str| from.next(location).map(|next| next.url());
        for (location, is) in [
            ("/x", "https://www.example.org/x"),
            ("x?y", "https://www.example.org/a/x?y"),
            ("?e=f", "https://www.example.org/a/b?e=f"),
            ("//other.example.net/x", "https://other.example.net/x"),
            ("http://www.example.org/x", "https://www.example.org/x"),
            ("HTTPS://Other.example.net", "https://other.example.net/"),
        ] {
            assert_eq!(next(location).as_deref(), Some(is), "{location}");
        }
        for location in [
            "",
            "javascript:alert(1)",
            "https://ann@other.example.net/",
            "/\\other.example.net/",
            "../../x",
            "data:text/html,x",
        ] {
            assert_eq!(next(location), None, "{location}");
        }
    }
}
