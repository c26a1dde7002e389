//! Where things are at a service: a path, or `//host/path` for another host that it named.
//!
//! The one thing to know: a service may name any address. One of another host is kept as such, and
//! the door lets it pass only below a suffix that the account lists.

use crate::egress::account::Account;
use crate::egress::table::Target;
use crate::format::dav::{plain, resolve};

/// The longest place.
const BYTES_MAX: usize = 600;
/// The host of an account whose host only its binding says. It stands for itself and is never asked.
const UNNAMED: &str = "account.invalid";

fn host(account: &Account) -> &'static str {
    match account.target {
        Target::Host(host) => host,
        Target::BaseUrl(_) | Target::Ai(_) => UNNAMED,
    }
}

/// The place that an answer of `at` means by `href`; `None` for what may not be asked.
pub(super) fn named(account: &Account, at: &str, href: &str) -> Option<String> {
    let own = format!("https://{}", host(account));
    let base = if at.starts_with("//") {
        format!("https:{at}")
    } else {
        format!("{own}{at}")
    };
    let found = resolve(&base, href)?.url;
    // A service behind a door that speaks TLS for it may think that it is asked without.
    let open = own.replacen("https:", "http:", 1);
    let own_path = found.strip_prefix(&own).or(found.strip_prefix(&open));
    let place = match own_path.filter(|path| path.starts_with('/')) {
        Some(path) if !path.starts_with("//") => path.to_owned(),
        Some(_) => return None,
        None => found.strip_prefix("https:")?.to_owned(),
    };
    let elsewhere = |host: &str| place.get(2..).is_some_and(|rest| rest.starts_with(host));
    let is_plain = place.len() <= BYTES_MAX && !place.contains(['?', '#']);
    (is_plain && !(place.starts_with("//") && elsewhere(UNNAMED))).then_some(place)
}

/// The host that a place names; none if it is the account's own.
pub(super) fn host_of(place: &str) -> Option<&str> {
    place.strip_prefix("//")?.split('/').next()
}

/// What an event is called here: where it is, and which occurrence of a series, by the instant that
/// it would begin at.
pub(super) fn id(place: &str, occurrence: Option<i64>) -> String {
    match occurrence {
        Some(at) => format!("{place}#{at}"),
        None => place.to_owned(),
    }
}

/// The place and the occurrence of an id.
pub(super) fn of_id(id: &str) -> Option<(&str, Option<i64>)> {
    match id.rsplit_once('#') {
        Some((place, at)) => Some((place, Some(at.parse().ok()?))),
        None => Some((id, None)),
    }
    .filter(|(place, _)| place.starts_with('/'))
}

/// Whether a place is in a folder. Services write the same path in more than one way, such as `@` and
/// `%40`.
pub(super) fn is_within(folder: &str, place: &str) -> bool {
    plain(place).starts_with(&plain(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_in_every_way_of_writing_it() {
        assert!(is_within(
            "/cal/alice@test/a/",
            "/cal/alice%40test/a/x%20y.ics"
        ));
        assert!(is_within("/cal/alice%40test/", "/cal/alice@test/%"));
        assert!(!is_within("/cal/alice/", "/cal/bob/x.ics"));
        assert!(!is_within("/cal/alice/", "/cal/alice"));
    }
}
