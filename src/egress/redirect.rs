//! What to ask next when a service says that something is elsewhere.
//!
//! The door never follows by itself: code asks again, and the next request needs a ticket like any
//! other, of a route that lists its host and path. This file only says what that request would be.
//! It holds no secret, since secrets are attached by the route that lets it out.

use super::address::host_of;
use crate::http::Request;

/// The most requests that one answer may take after the first.
pub const HOPS_MAX: u8 = 3;

/// Methods that change nothing, so asking at another place does nothing twice.
const READS: &[&str] = &["GET", "HEAD", "PROPFIND", "REPORT"];

/// The longest address that is taken.
const LOCATION_BYTES_MAX: usize = 8 * 1024;

/// The request to make in place of `request`, which got this answer after `hops` others.
///
/// `None` if the status is no redirect, the request is no read, there were too many, or the address
/// is not one that is taken: `https` and a plain host (or the very scheme, host and port of the
/// request), no user, no fragment, plain characters.
pub fn next(request: &Request, status: u16, location: Option<&str>, hops: u8) -> Option<Request> {
    let moved = matches!(status, 301 | 302 | 307 | 308);
    // "See other" is an answer to a form; a read that gets it goes on as a plain one.
    let other = status == 303 && request.method.as_str() == "GET";
    let reads = READS.contains(&request.method.as_str());
    if !(moved || other) || !reads || hops >= HOPS_MAX {
        return None;
    }
    let url = resolve(&request.url, location?)?;
    if url == request.url {
        return None;
    }
    Some(Request {
        url,
        ..request.clone()
    })
}

/// The address that `location` means, read at `base`.
fn resolve(base: &str, location: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\\#<>\"`^|{}".contains(&byte);
    if location.is_empty()
        || location.len() > LOCATION_BYTES_MAX
        || !location.bytes().all(plain)
        || location.starts_with("//")
    {
        return None;
    }
    let (origin, below) = split(base)?;
    if let Some((named, below)) = split(location) {
        let taken = named == origin || host_of(location).is_some();
        return taken.then(|| joined(named, below))?;
    }
    // What has a scheme of its own, in whatever spelling, is no path.
    let first = location.split(['/', '?']).next().unwrap_or_default();
    if first.contains(':') {
        return None;
    }
    if location.starts_with('/') {
        return joined(origin, location);
    }
    let path = below.split('?').next().unwrap_or_default();
    if location.starts_with('?') {
        return joined(origin, &format!("{path}{location}"));
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    joined(origin, &format!("{folder}/{location}"))
}

/// Scheme and host, and what follows; `None` if it is no such address.
fn split(url: &str) -> Option<(&str, &str)> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| url.starts_with(scheme))?;
    let rest = url.get(scheme.len()..)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let host = rest.get(..end)?;
    if host.is_empty() || host.contains(['@', '%']) {
        return None;
    }
    Some((url.get(..scheme.len() + end)?, rest.get(end..)?))
}

/// The address of a path below an origin, its dot segments resolved.
fn joined(origin: &str, below: &str) -> Option<String> {
    let (path, query) = below.split_once('?').unzip();
    let path = path.unwrap_or(below);
    let mut segments: Vec<&str> = Vec::new();
    let mut open = false;
    for segment in path.strip_prefix('/').unwrap_or(path).split('/') {
        let folded = segment.to_ascii_lowercase().replace("%2e", ".");
        open = matches!(folded.as_str(), "." | "..");
        match folded.as_str() {
            "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    // A path that ends in dots ends in a slash.
    if open {
        segments.push("");
    }
    // Two slashes at its beginning would make a host of what follows.
    if segments.len() > 1 && segments.first() == Some(&"") {
        return None;
    }
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    Some(format!("{origin}/{}{query}", segments.join("/")))
}

#[cfg(test)]
#[path = "redirect_tests.rs"]
mod tests;
