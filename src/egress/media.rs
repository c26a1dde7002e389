//! Which kinds of answer a route takes.
//!
//! An answer of another kind than a route lists is not read: a page where JSON was asked for is an
//! error page, a login page or somebody else's server. Only success is looked at, since errors come
//! in any kind and their status says enough.

/// Whether an answer is of a kind that is listed. `*` for the second part takes any, and a listed
/// `+json` or `+xml` suffix is written out: `application/jmap+json`.
pub fn takes(accepts: &[&str], status: u16, content_type: Option<&str>) -> bool {
    let succeeded = (200..300).contains(&status);
    // Nothing is sent with these, so they have no type.
    let empty = matches!(status, 204 | 205);
    if accepts.is_empty() || !succeeded || empty {
        return true;
    }
    let written = content_type.unwrap_or_default();
    let kind = written.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    accepts.iter().any(|listed| {
        let family = listed.strip_suffix('*').filter(|part| part.ends_with('/'));
        match family {
            Some(family) => kind
                .strip_prefix(family)
                .is_some_and(|rest| !rest.is_empty()),
            None => kind == *listed,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_is_taken() {
        let json = &["application/json", "application/jmap+json"][..];
        for (accepts, status, kind, taken) in [
            (&[][..], 200, Some("text/html"), true),
            (&[], 200, None, true),
            (json, 200, Some("application/json"), true),
            (json, 200, Some("Application/JSON; charset=utf-8"), true),
            (json, 200, Some(" application/jmap+json ;x=y"), true),
            (json, 200, Some("text/html"), false),
            (json, 200, Some("application/jsonp"), false),
            (json, 200, Some("application/json, text/html"), false),
            (json, 200, Some("text/html; application/json"), false),
            (json, 200, Some(""), false),
            (json, 200, None, false),
            (json, 207, Some("text/html"), false),
            (json, 299, Some("text/html"), false),
            (json, 204, None, true),
            (json, 302, Some("text/html"), true),
            (json, 404, Some("text/html"), true),
            (json, 500, None, true),
            (&["text/*"], 200, Some("text/calendar"), true),
            (&["text/*"], 200, Some("text/"), false),
            (&["text/*"], 200, Some("text"), false),
            (&["text/*"], 200, Some("application/text"), false),
        ] {
            assert_eq!(
                takes(accepts, status, kind),
                taken,
                "{accepts:?} {status} {kind:?}"
            );
        }
    }
}
