//! Answers of calendars and address books: an address leaves its service only where that is said.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sclerite_fuzz::format::dav::{
    DavError, addressbook_query, calendar_multiget, conditions, events_of, make_calendar, read,
    resolve, sync_collection,
};

const BASE: &str = "https://dav.example.org/calendars/ann/";

fuzz_target!(|bytes: &[u8]| {
    let whole = read(bytes);
    let named = conditions(bytes);
    // A body is one or the other.
    assert!(whole.is_err() || named.is_empty());
    let text = String::from_utf8_lossy(bytes);
    if let Ok(answer) = whole {
        for response in &answer.responses {
            follow(BASE, &response.href);
            let props = &response.props;
            let homes = props.calendar_homes.iter().chain(&props.addressbook_homes);
            homes.for_each(|href| follow(BASE, href));
        }
    }
    let mut lines = text.lines();
    let (first, second) = (
        lines.next().unwrap_or_default(),
        lines.next().unwrap_or_default(),
    );
    follow(BASE, first);
    follow(first, second);
    ask(&text);
});

fn follow(base: &str, href: &str) {
    let Some(found) = resolve(base, href) else {
        return;
    };
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\' || c == '#';
    // What is odd in a base came with it.
    if !base.contains(odd) {
        assert!(!found.url.contains(odd), "{found:?}");
    }
    let host = |url: &str| {
        let (scheme, rest) = url.split_once("://")?;
        let host = rest.split(['/', '?', '#', '\\']).next()?;
        Some((scheme.to_ascii_lowercase(), host.to_ascii_lowercase()))
    };
    let (scheme, own) = host(base).expect("a base has a host");
    let (to_scheme, other) = host(&found.url).expect("an address has a host");
    assert!(!other.contains('@'), "{found:?}");
    if found.same_origin {
        let bare = |host: &str| {
            let port = if scheme == "https" { ":443" } else { ":80" };
            host.strip_suffix(port).unwrap_or(host).to_owned()
        };
        assert_eq!((bare(&own), &scheme), (bare(&other), &to_scheme));
    }
}

/// No text that is asked about becomes a part of the question.
fn ask(text: &str) {
    let body = match text.len() % 5 {
        0 => addressbook_query(Some(text), 10),
        1 => calendar_multiget(&[text, text], None),
        2 => events_of(text),
        3 => make_calendar(text),
        _ => sync_collection(text),
    };
    assert_eq!(read(&body), Err(DavError::Other), "{body}");
}
