//! Addresses of links, as a browser reads them and as a reader should see them.
//!
//! The one thing to know: what is shown begins with the real host. A name before an `@` is left
//! out, backslashes are slashes, and a long path is cut, so that nothing pushes the host away.

/// The longest address that stands in the text, in characters.
const SHOWN_CHARS_MAX: usize = 200;
/// The longest address that is kept.
const URL_BYTES_MAX: usize = 8 * 1024;
/// Schemes with a host, for which browsers take any number of slashes, of either kind.
const WEB: [&str; 4] = ["http", "https", "ftp", "ws"];

/// The address that a browser would open; nothing for one that leads nowhere.
pub fn address(href: &str) -> Option<String> {
    let kept = href
        .chars()
        .filter(|c| !c.is_control() && !crate::inert::is_hidden(*c));
    let mut url = String::new();
    for c in kept.collect::<String>().trim().chars() {
        match c {
            ' ' => url.push_str("%20"),
            '<' => url.push_str("%3C"),
            '>' => url.push_str("%3E"),
            '[' => url.push_str("%5B"),
            ']' => url.push_str("%5D"),
            c if c.is_whitespace() => url.push_str("%20"),
            c => url.push(c),
        }
    }
    if url.is_empty() || url.starts_with('#') {
        return None;
    }
    let (kept, _) = super::cut(&url, URL_BYTES_MAX);
    Some(normal(kept))
}

/// `https:\\a` and `https:a` are `https://a` to a browser.
fn normal(url: &str) -> String {
    let slashes = |c: char| matches!(c, '/' | '\\');
    let Some((scheme, rest)) = url.split_once(':') else {
        // `\\host` and `//host` lead to another host as well.
        return match url
            .strip_prefix(slashes)
            .and_then(|rest| rest.strip_prefix(slashes))
        {
            Some(host) => format!("//{}", host.trim_start_matches(slashes)),
            None => url.to_owned(),
        };
    };
    let lower = scheme.to_ascii_lowercase();
    if !WEB.contains(&lower.as_str()) {
        return url.to_owned();
    }
    let rest = rest.trim_start_matches(slashes);
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (path, query) = rest.split_at_checked(end).unwrap_or((rest, ""));
    format!("{lower}://{}{query}", path.replace('\\', "/"))
}

/// The address as it stands in the text.
pub fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("//").unwrap_or(("", url));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let is_web =
        url.contains("//") && (scheme.is_empty() || WEB.contains(&scheme.trim_end_matches(':')));
    let host = if is_web {
        authority.rsplit('@').next().unwrap_or(authority)
    } else {
        authority
    };
    let whole = if url.contains("//") {
        format!("{scheme}//{host}{path}")
    } else {
        url.to_owned()
    };
    let mut short: String = whole.chars().take(SHOWN_CHARS_MAX).collect();
    if short.len() < whole.len() {
        short.push('…');
    }
    short
}

/// Whether a link's text already is its address.
pub fn says(text: &str, url: &str) -> bool {
    let bare = |address: &str| address.trim_end_matches('/').to_owned();
    let (text, mail) = (bare(text), url.strip_prefix("mailto:").unwrap_or(url));
    text == bare(url) || text == bare(mail)
}
