//! The console: one page, its files, and what it is told. Functions of data; the routes are in
//! `platform`.
//!
//! Nothing on the page comes from a third party, and its policy forbids scripts and styles that
//! are not its own files. What strangers wrote reaches it as JSON fields that it shows as text.

pub mod login;
pub mod views;

/// A file of the console, named by its content.
#[derive(Debug)]
pub struct Asset {
    /// The path, which changes when the file does.
    pub path: &'static str,
    /// The media type.
    pub content_type: &'static str,
    /// The content.
    pub body: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// What the page may do, as a `Content-Security-Policy`.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'";

/// Headers of every page and answer, beside the policy.
pub const HEADERS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
];

/// The page.
pub fn page() -> String {
    include_str!("assets/index.html")
        .replace("{{style}}", STYLE.path)
        .replace("{{text}}", TEXT.path)
        .replace("{{page}}", PAGE.path)
        .replace("{{app}}", APP.path)
        .replace("{{icon}}", ICON.path)
}

/// A file by its path.
pub fn asset(path: &str) -> Option<&'static Asset> {
    [&STYLE, &ICON, &TEXT, &PAGE, &APP]
        .into_iter()
        .find(|asset| asset.path == path)
}

/// Whether a `Host` is one that the console answers to: that of `PUBLIC_URL` if it is set, else the
/// loopback names and hosts under `workers.dev`. Any other name may be an attacker's that leads
/// here (DNS rebinding).
pub fn is_own_host(host: &str, public_url: Option<&str>) -> bool {
    if let Some(url) = public_url {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        if rest.split('/').next() == Some(host) {
            return true;
        }
    }
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|b| b.is_ascii_digit()) {
            name
        } else {
            host
        }
    });
    let loopback = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
    loopback || (public_url.is_none() && name.ends_with(".workers.dev"))
}

/// Whether an `Origin` is the page's own: the same host by the same scheme.
pub fn is_own_origin(origin: &str, scheme: &str, host: &str) -> bool {
    origin.split_once("://") == Some((scheme, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_whole_and_its_files_are_found() {
        let page = page();
        assert!(!page.contains("{{"));
        assert!(page.contains(APP.path) && page.contains(STYLE.path));
        assert_eq!(asset(APP.path).unwrap().body, APP.body);
        for script in [&PAGE, &APP] {
            let imports: Vec<&str> = script.body.split("from './").skip(1).collect();
            assert!(!imports.is_empty());
            for rest in imports {
                let name = rest.split('\'').next().unwrap_or_default();
                assert!(asset(&format!("/assets/{name}")).is_some(), "{name}");
            }
        }
        assert!(asset("/assets/app.js").is_none());
    }

    #[test]
    fn only_own_hosts_are_answered() {
        assert!(is_own_host("127.0.0.1:8787", None));
        assert!(is_own_host("localhost", Some("https://agent.example.org")));
        assert!(is_own_host(
            "agent.example.org",
            Some("https://agent.example.org/")
        ));
        assert!(is_own_host("sclerite.ada.workers.dev", None));
        assert!(!is_own_host("evil.example", None));
        assert!(!is_own_host("127.0.0.1.evil.example", None));
        assert!(!is_own_host(
            "evil.workers.dev",
            Some("https://agent.example.org")
        ));
        let own = |origin: &str| is_own_origin(origin, "http", "127.0.0.1:8787");
        assert!(own("http://127.0.0.1:8787"));
        assert!(!own("null"));
        assert!(!own("http://evil.example"));
        assert!(!own("https://127.0.0.1:8787"));
    }
}
