//! Where a redirect leads, and which lead nowhere.

use super::*;
use crate::http::Method;

const BASE: &str = "https://dav.example.net/a/b/c?x=1";

fn asked(method: Method, url: &str) -> Request {
    Request {
        method,
        url: url.to_owned(),
        headers: vec![("depth".to_owned(), "1".to_owned())],
        body: b"<a/>".to_vec(),
    }
}

fn led(base: &str, location: &str) -> Option<String> {
    next(&asked(Method::Get, base), 302, Some(location), 0).map(|next| next.url)
}

#[test]
fn a_location_is_read_as_the_standard_says() {
    // The examples of RFC 3986, section 5.4, that a plain address can have, and some more.
    let base = "https://a.example/b/c/d;p?q";
    for (location, url) in [
        ("g", "/b/c/g"),
        ("./g", "/b/c/g"),
        ("g/", "/b/c/g/"),
        ("/g", "/g"),
        ("?y", "/b/c/d;p?y"),
        ("g?y", "/b/c/g?y"),
        (";x", "/b/c/;x"),
        ("g;x", "/b/c/g;x"),
        (".", "/b/c/"),
        ("./", "/b/c/"),
        ("..", "/b/"),
        ("../", "/b/"),
        ("../g", "/b/g"),
        ("../..", "/"),
        ("../../g", "/g"),
        ("../../../g", "/g"),
        ("/./g", "/g"),
        ("/../g", "/g"),
        ("g.", "/b/c/g."),
        ("..g", "/b/c/..g"),
        ("./g/.", "/b/c/g/"),
        ("g/./h", "/b/c/g/h"),
        ("g/../h", "/b/c/h"),
        ("g;x=1/../y", "/b/c/y"),
        ("g?y/../x", "/b/c/g?y/../x"),
        ("%2e%2E/g", "/b/g"),
        ("/a/%2e./g", "/g"),
        (
            "g?to=https://evil.example",
            "/b/c/g?to=https://evil.example",
        ),
        ("https://a.example", "/"),
        ("https://a.example?z", "/?z"),
        ("https://a.example/x/../y", "/y"),
    ] {
        let url = format!("https://a.example{url}");
        assert_eq!(led(base, location), Some(url), "{location}");
    }
    let elsewhere = "https://caldav.example.org/home/";
    assert_eq!(led(BASE, elsewhere).as_deref(), Some(elsewhere));
}

#[test]
fn what_is_no_plain_address_leads_nowhere() {
    for location in [
        "",
        "//evil.example/x",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/..//evil.example",
        "/.//evil.example",
        "..//../..//evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https://",
        "https://?x",
        "https://user@evil.example/",
        "https://user:word@evil.example/",
        "https://dav.example.net@evil.example/",
        "https://dav.example.net%40evil.example/",
        "https://dav.example.net\\@evil.example/",
        "https://dav.example.net/x#fragment",
        "/x#fragment",
        "#fragment",
        "http://dav.example.net/a",
        "HTTP://dav.example.net/a",
        "HTTPS://dav.example.net/a",
        "ftp://dav.example.net/a",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:,x",
        "mailto:a@evil.example",
        "x:y",
        "/a b",
        "/a\tb",
        "/a\nb",
        "/a\r\nx: y",
        " /a",
        "/\u{e9}",
        "https://\u{435}vil.example/",
        "/{secret}/a",
    ] {
        assert_eq!(led(BASE, location), None, "{location:?}");
    }
    let long = format!("/{}", "a".repeat(LOCATION_BYTES_MAX));
    assert_eq!(led(BASE, &long), None);
    // The same address again would only be asked again.
    assert_eq!(led(BASE, BASE), None);
}

#[test]
fn only_reads_go_on_and_only_so_often() {
    let read = asked(Method::Get, BASE);
    for status in [301, 302, 303, 307, 308] {
        let next = next(&read, status, Some("/d"), 0).unwrap();
        assert_eq!(next.url, "https://dav.example.net/d");
        assert_eq!((next.method, &next.headers), (read.method, &read.headers));
        assert_eq!(next.body, read.body);
    }
    for status in [200, 201, 300, 304, 305, 306, 309, 400, 500] {
        assert_eq!(next(&read, status, Some("/d"), 0), None, "{status}");
    }
    for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
        for status in [301, 302, 303, 307, 308] {
            assert_eq!(next(&asked(method, BASE), status, Some("/d"), 0), None);
        }
    }
    assert_eq!(next(&read, 302, None, 0), None);
    for hops in 0..=u8::MAX {
        let goes_on = next(&read, 302, Some("/d"), hops).is_some();
        assert_eq!(goes_on, hops < HOPS_MAX);
    }
}

#[test]
fn an_own_server_without_encryption_stays_where_it_is() {
    let own = "http://127.0.0.1:8092/a";
    let led_to = |location| led(own, location);
    let below = Some("http://127.0.0.1:8092/b".to_owned());
    assert_eq!(led_to("/b"), below);
    assert_eq!(led_to("http://127.0.0.1:8092/b"), below);
    for location in [
        "http://127.0.0.1:80/b",
        "http://127.0.0.1/b",
        "http://127.0.0.1:8/b",
        "http://evil.example/b",
    ] {
        assert_eq!(led_to(location), None, "{location}");
    }
    // Where else it may go is somewhere public, if the door lists it.
    assert_eq!(led_to("https://127.0.0.1:8092/b"), None);
    let public = "https://dav.example.net/b";
    assert_eq!(led_to(public).as_deref(), Some(public));
}

#[test]
fn no_spelling_of_a_machine_inside_is_gone_to() {
    for name in crate::egress::address::tests::SPELLINGS {
        for location in [
            format!("https://{name}/"),
            format!("https://{name}"),
            format!("http://{name}/latest/meta-data/"),
            format!("//{name}/"),
            format!("https:{name}/"),
            format!("\\\\{name}\\"),
            format!("/\\{name}"),
            format!("https://dav.example.net@{name}/"),
            format!("https://dav.example.net:x@{name}/"),
        ] {
            let led = led(BASE, &location);
            // A name with a path is that name's plain host, which the door has to list.
            let plain = location.starts_with("https://api.example.net/");
            assert!(led.is_none() || plain, "{location:?} leads to {led:?}");
        }
    }
}
