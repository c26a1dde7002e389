//! The door against hostile URLs, wrong users and leaks, over every route of this deployment.
//!
//! No vendor is named: the routes are taken from the compiled table as they are.

mod attacks;

use super::table::{Allowed, routes, secret_bindings};
use super::*;
use crate::policy::{Circumstances, Decision, Intent, decide};
use std::collections::BTreeMap;

struct Bindings(BTreeMap<String, String>);

impl Vault for Bindings {
    fn read(&self, binding: &str) -> Option<String> {
        self.0.get(binding).cloned()
    }
}

const SIGNING_KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Bindings with every secret set, each to a value of its own.
fn full() -> Bindings {
    let mut values = BTreeMap::new();
    for (n, binding) in secret_bindings().enumerate() {
        values.insert(binding.to_owned(), format!("secret-{n}-{binding}"));
    }
    for route in routes() {
        if let Target::BaseUrl(binding) = route.target {
            values.insert(
                binding.to_owned(),
                "https://own.example.org/base".to_owned(),
            );
        }
        if let Some(slot) = route.secret
            && slot.place == Place::Signature
        {
            values.insert(slot.binding.to_owned(), SIGNING_KEY.to_owned());
        }
    }
    Bindings(values)
}

fn permit() -> Permit {
    let decision = decide(&Intent::TellOwner, Circumstances::default());
    let Decision::Allow(permit, _) = decision else {
        panic!("speaking to the owner is always allowed");
    };
    permit
}

fn request(method: Method, url: &str) -> Request {
    Request {
        method,
        url: url.to_owned(),
        headers: vec![("webhook-id".to_owned(), "m_1".to_owned())],
        body: b"{}".to_vec(),
    }
}

/// A URL that a route allows.
fn url_of(route: &Route, allowed: &Allowed) -> String {
    let base = match route.target {
        Target::Host(host) => format!("https://{host}"),
        Target::BaseUrl(binding) => format!("binding:{binding}"),
        Target::Ai(_) => String::new(),
    };
    format!("{base}{}", allowed.path.replace('*', "x"))
}

/// Every route that takes requests, with what it allows first.
fn listed() -> Vec<(&'static Route, &'static Allowed)> {
    let found: Vec<_> = routes()
        .iter()
        .filter_map(|route| Some((route, route.allow.first()?)))
        .collect();
    assert!(found.len() >= 4, "the table is nearly empty");
    found
}

fn admitted(user: &str, request: Request) -> Result<Ticket, EgressError> {
    admit(&permit(), user, request, &full())
}

fn sealed(route: &Route, request: Request) -> Result<Sealed, EgressError> {
    admitted(route.user, request)?.seal(&full(), Timestamp::from_millis(1_700_000_000_999))
}

#[test]
fn what_a_route_lists_passes_and_gets_its_secret_in_its_place() {
    let vault = full();
    let mut places = [0; 3];
    for (route, allowed) in listed() {
        let sent = sealed(route, request(allowed.method, &url_of(route, allowed))).unwrap();
        let slot = route.secret.unwrap();
        let secret = vault.read(slot.binding).unwrap();
        let in_url = sent.url.contains(&secret);
        let header = |name: &str| {
            let mut found = sent.headers.iter().filter(|(key, _)| key == name);
            found.next().map(|(_, value)| value.clone())
        };
        match slot.place {
            Place::Path => {
                places[0] += 1;
                assert!(in_url && !sent.url.contains("{secret}"), "{}", sent.url);
            }
            Place::Header { name, prefix } => {
                places[1] += 1;
                assert!(!in_url);
                assert_eq!(header(name), Some(format!("{prefix}{secret}")));
            }
            Place::Client { .. } | Place::Basic { .. } | Place::Grant { .. } => assert!(!in_url),
            Place::Signature => {
                places[2] += 1;
                assert!(!in_url);
                assert_eq!(header("webhook-timestamp").as_deref(), Some("1700000000"));
                let mac = header("webhook-signature").unwrap();
                let signed = crate::signature::signed_text("m_1", "1700000000", b"{}");
                let mac = mac.strip_prefix("v1,").unwrap();
                assert!(crate::signature::verify(&secret, &signed, mac));
            }
        }
        assert_eq!(sent.response_bytes_max, route.response_bytes_max);
        assert_eq!(sent.timeout_ms, route.timeout_ms);
        assert!(!sent.url.starts_with("binding:"));
    }
    assert!(
        places.iter().all(|n| *n > 0),
        "a place is not tried: {places:?}"
    );
}

/// URLs that look like a host's and are not.
fn hostile(host: &str, path: &str) -> Vec<String> {
    let upper = host.to_uppercase();
    let first = host.chars().next().unwrap();
    let rest = host.trim_start_matches(first);
    vec![
        format!("http://{host}{path}"),
        format!("HTTPS://{host}{path}"),
        format!("https:/{host}{path}"),
        format!("https:\\\\{host}{path}"),
        format!("//{host}{path}"),
        format!(" https://{host}{path}"),
        format!("https://{host}{path} "),
        format!("https://{host}:443{path}"),
        format!("https://{host}:8443{path}"),
        format!("https://{host}.{path}"),
        format!("https://{upper}{path}"),
        format!("https://user@{host}{path}"),
        format!("https://user:word@{host}{path}"),
        format!("https://{host}@evil.example{path}"),
        format!("https://{host}:x@evil.example{path}"),
        format!("https://{host}.evil.example{path}"),
        format!("https://evil.example/{host}{path}"),
        format!("https://evil.example?{host}{path}"),
        format!("https://evil.example#{host}{path}"),
        format!("https://evil.example\\@{host}{path}"),
        format!("https://{host}\\@evil.example{path}"),
        format!("https://{host}\\.evil.example{path}"),
        format!("https://{host}\t{path}"),
        format!("https://{host}\n{path}"),
        format!("https://{host}{path}\n"),
        format!("https://{host}{path}\r\nx: y"),
        format!("https://{host}/{path}"),
        format!("https://{host}//evil.example{path}"),
        format!("https://{host}/.{path}"),
        format!("https://{host}/..{path}"),
        format!("https://{host}/%2e%2e{path}"),
        format!("https://{host}/a/.%2E{path}"),
        format!("https://{host}{path}/.."),
        format!("https://{host}{path}/"),
        format!("https://{host}{path}#fragment"),
        format!("https://{host}{path}?a=\\"),
        format!("https://{host}{path}?a=\u{e9}"),
        format!("https://{host}%2f{path}"),
        format!("https://{host}%00{path}"),
        format!("https://\u{ff41}{rest}{path}"),
        format!("https://\u{430}{rest}{path}"),
        format!("https://%61{rest}{path}"),
        format!("https://[::1]{path}"),
        format!("https://[::ffff:127.0.0.1]{path}"),
        format!("https://2130706433{path}"),
        format!("https://0x7f.1{path}"),
        format!("https://127.0.0.1{path}"),
        format!("https://localhost{path}"),
        format!("javascript:https://{host}{path}"),
        format!("data:,https://{host}{path}"),
        format!("binding:{host}{path}"),
        path.to_owned(),
        String::new(),
    ]
}

#[test]
fn a_url_that_only_looks_like_the_route_is_refused() {
    for (route, allowed) in listed() {
        let Target::Host(host) = route.target else {
            continue;
        };
        let path = allowed.path.replace('*', "x");
        let hostile = hostile(host, &path);
        for url in hostile {
            let refused = admitted(route.user, request(allowed.method, &url)).err();
            assert_eq!(refused, Some(EgressError::NotAllowed), "{url:?}");
        }
        // A query belongs to the path that is listed.
        let query = format!("https://{host}{path}?limit=1&q=a%20b");
        assert!(admitted(route.user, request(allowed.method, &query)).is_ok());
    }
}

#[test]
fn another_user_method_or_path_is_refused() {
    const METHODS: [Method; 5] = [
        Method::Get,
        Method::Post,
        Method::Put,
        Method::Patch,
        Method::Delete,
    ];
    for (route, allowed) in listed() {
        let url = url_of(route, allowed);
        for other in routes().iter().filter(|other| other.user != route.user) {
            let refused = admitted(other.user, request(allowed.method, &url)).err();
            assert_eq!(
                refused,
                Some(EgressError::NotAllowed),
                "{} for {url}",
                other.user
            );
        }
        for nobody in ["", "nobody", "demo", &route.user.to_uppercase()] {
            assert!(admitted(nobody, request(allowed.method, &url)).is_err());
        }
        for method in METHODS {
            let lists = |one: &Allowed| one.method == method && one.path == allowed.path;
            let passes = admitted(route.user, request(method, &url)).is_ok();
            assert_eq!(passes, route.allow.iter().any(lists), "{method:?} {url}");
        }
        assert!(admitted(route.user, request(allowed.method, &format!("{url}x/y"))).is_err());
    }
}

#[test]
fn a_star_is_one_whole_segment() {
    for (pattern, path, fit) in [
        ("", "", true),
        ("", "/", false),
        ("/", "/", true),
        ("/a/*", "/a/b", true),
        ("/a/*", "/a/", false),
        ("/a/*", "/a", false),
        ("/a/*", "/a/b/c", false),
        ("/a/*/c", "/a/b/c", true),
        ("/a/*/c", "/a//c", false),
        ("/a*", "/ab", false),
        ("/a", "/a/", false),
        ("/a", "/A", false),
    ] {
        assert_eq!(fits(pattern, path), fit, "{pattern} {path}");
    }
}

#[test]
fn an_address_of_the_deployer_binds_what_lies_below_it() {
    let reach = |base: &str, url: &str| {
        let vault = Bindings(BTreeMap::from([("A_URL".to_owned(), base.to_owned())]));
        below(url, Target::BaseUrl("A_URL"), &vault).map(|rest| (rest.path, rest.url))
    };
    let found = |path: &str, url: &str| Some((path.to_owned(), url.to_owned()));
    let loopback = "http://127.0.0.1:8092/v1";
    for base in [loopback, "http://127.0.0.1:8092/v1/"] {
        let whole = "http://127.0.0.1:8092/v1/chat";
        assert_eq!(reach(base, whole), found("/chat", whole));
        assert_eq!(reach(base, "binding:A_URL/chat"), found("/chat", whole));
        assert_eq!(reach(base, "binding:A_URL"), found("", base));
        for url in [
            "http://127.0.0.1:8092/v1evil/chat",
            "http://127.0.0.1:8092/v2/chat",
            "http://127.0.0.1:80920/v1/chat",
            "https://127.0.0.1:8092/v1/chat",
            "http://127.0.0.1:8092/v1/../admin",
            "http://127.0.0.1:8092/v1/%2e%2e/admin",
            "http://127.0.0.1:8092/v1@evil.example/chat",
            "binding:A_URLx/chat",
            "binding:OTHER_URL/chat",
            "binding:A_URL@evil.example/chat",
            "binding:A_URL.evil.example/chat",
        ] {
            assert_eq!(reach(base, url), None, "{url}");
        }
    }
    let bare = "https://own.example.org";
    assert_eq!(reach(bare, "https://own.example.org.evil.example/"), None);
    assert_eq!(reach(bare, "https://own.example.org@evil.example/"), None);
    assert_eq!(reach(bare, "https://own.example.org:99/"), None);
    for base in [
        "",
        "/",
        "ftp://own.example.org",
        "own.example.org",
        "https:",
        "file:///etc",
    ] {
        assert_eq!(reach(base, &format!("{base}/chat")), None, "{base}");
        assert_eq!(reach(base, "binding:A_URL/chat"), None, "{base}");
    }
    let none = Bindings(BTreeMap::new());
    assert!(below("binding:A_URL/x", Target::BaseUrl("A_URL"), &none).is_none());
    assert!(below("https://x.example/", Target::Ai("A_URL"), &none).is_none());
}

#[test]
fn a_body_over_the_limit_stays_here() {
    for (route, allowed) in listed() {
        let mut large = request(allowed.method, &url_of(route, allowed));
        large.body = vec![b' '; route.request_bytes_max];
        assert!(admitted(route.user, large.clone()).is_ok());
        large.body.push(b' ');
        assert_eq!(
            admitted(route.user, large).err(),
            Some(EgressError::TooLarge)
        );
    }
}

#[test]
fn a_public_host_needs_its_secret() {
    for (route, allowed) in listed() {
        let mut vault = full();
        vault.0.remove(route.secret.unwrap().binding);
        let asked = request(allowed.method, &url_of(route, allowed));
        let ticket = admit(&permit(), route.user, asked, &vault).unwrap();
        let left = ticket.seal(&vault, Timestamp::from_millis(0));
        match route.target {
            Target::Host(_) => assert_eq!(left.err(), Some(EgressError::NotConfigured)),
            Target::BaseUrl(_) => assert!(left.is_ok(), "an own server may want no key"),
            Target::Ai(_) => panic!("a binding takes no request"),
        }
    }
}

#[test]
fn a_request_that_carries_any_secret_anywhere_is_refused() {
    let vault = full();
    for (route, allowed) in listed() {
        for binding in secret_bindings() {
            let secret = vault.read(binding).unwrap();
            let url = url_of(route, allowed);
            let mut bodied = request(allowed.method, &url);
            bodied.body = format!("{{\"text\":\"my key is {secret}\"}}").into_bytes();
            let queried = request(allowed.method, &format!("{url}?q={secret}"));
            let mut headed = request(allowed.method, &url);
            headed
                .headers
                .push(("x-note".to_owned(), format!("a {secret}")));
            for leaking in [bodied, queried, headed] {
                let left = sealed(route, leaking.clone()).err();
                assert_eq!(left, Some(EgressError::Leak), "{} {leaking:?}", route.user);
            }
        }
    }
}

#[test]
fn the_deployers_own_address_may_carry_a_token() {
    let own = listed()
        .into_iter()
        .find(|(route, _)| matches!(route.target, Target::BaseUrl(_)));
    let (route, allowed) = own.unwrap();
    let Target::BaseUrl(binding) = route.target else {
        panic!("it was chosen for that");
    };
    let mut vault = full();
    let token = vault.read("WEBHOOK_TOKEN").unwrap();
    let address = format!("https://own.example.org/{token}");
    vault.0.insert(binding.to_owned(), address.clone());
    let asked = request(allowed.method, &url_of(route, allowed));
    let ticket = admit(&permit(), route.user, asked, &vault).unwrap();
    let sent = ticket.seal(&vault, Timestamp::from_millis(0)).unwrap();
    assert!(sent.url.starts_with(&address));
}

#[test]
fn the_platforms_model_is_behind_the_same_door() {
    let (user, binding) = routes()
        .iter()
        .find_map(|route| match route.target {
            Target::Ai(binding) => Some((route.user, binding)),
            Target::Host(_) | Target::BaseUrl(_) => None,
        })
        .unwrap();
    let vault = full();
    let input = serde_json::json!({"messages": []});
    let ticket = admit_model(&permit(), user, &input).unwrap();
    assert_eq!(ticket.open(&Redactor::new(&vault)).unwrap().0, binding);
    let secret = vault.read("CONSOLE_TOKEN").unwrap();
    let leaking = admit_model(&permit(), user, &serde_json::json!({"a": secret})).unwrap();
    assert_eq!(
        leaking.open(&Redactor::new(&vault)).err(),
        Some(EgressError::Leak)
    );
    let other = listed()[0].0.user;
    assert_eq!(
        admit_model(&permit(), other, &input).err(),
        Some(EgressError::NotAllowed)
    );
    let large = serde_json::json!({"a": " ".repeat(2_000_000)});
    assert_eq!(
        admit_model(&permit(), user, &large).err(),
        Some(EgressError::TooLarge)
    );
}

#[test]
fn a_user_reaches_out_only_with_its_secret_or_address() {
    let (vault, none) = (full(), Bindings(BTreeMap::new()));
    for (route, _) in listed() {
        assert!(reaches(route.user, &vault));
        assert!(!reaches(route.user, &none), "{}", route.user);
    }
    assert!(!reaches("console", &vault) && !reaches("", &vault));
}

struct Counted(Bindings, std::cell::Cell<usize>);

impl Vault for Counted {
    fn read(&self, binding: &str) -> Option<String> {
        self.1.set(self.1.get() + 1);
        self.0.read(binding)
    }
}

#[test]
fn an_exchange_reads_each_binding_once() {
    let vault = Counted(full(), std::cell::Cell::new(0));
    let bindings: std::collections::BTreeSet<_> = secret_bindings().collect();
    for (route, allowed) in listed() {
        let asked = request(allowed.method, &url_of(route, allowed));
        let ticket = admit(&permit(), route.user, asked, &vault).unwrap();
        vault.1.set(0);
        let sent = ticket.seal(&vault, Timestamp::from_millis(0)).unwrap();
        let echo = Response {
            status: 200,
            headers: Vec::new(),
            body: full().read("SEAL_KEY").unwrap().into_bytes(),
        };
        let redactor = sent.cleaner.redactor();
        assert!(redactor.finds(&echo.body));
        assert_eq!(sent.cleaner.clean(echo, &vault).body, b"[secret]");
        // The route's address and its secret are read where they are put.
        assert!(vault.1.get() <= bindings.len() + 3, "{}", vault.1.get());
    }
}

#[test]
fn a_secret_in_pieces_all_over_a_request_stays_here() {
    let secret = full().read("SEAL_KEY").unwrap();
    let (head, tail) = secret.split_at(7);
    for (route, allowed) in listed() {
        let mut asked = request(allowed.method, &url_of(route, allowed));
        asked.headers.push(("x-note".to_owned(), head.to_owned()));
        asked.body = tail.as_bytes().to_vec();
        assert_eq!(sealed(route, asked).err(), Some(EgressError::Leak));
    }
}

#[test]
fn what_comes_back_is_scrubbed() {
    let mut vault = Bindings(BTreeMap::new());
    let mut set = |binding: &str, value: &str| vault.0.insert(binding.to_owned(), value.to_owned());
    set("WEBHOOK_TOKEN", "abcdefgh");
    set("CONSOLE_TOKEN", "xx-abcdefgh-yy");
    set("SEAL_KEY", "short");
    let redactor = Redactor::new(&vault);
    for (text, clean) in [
        ("nothing here", "nothing here"),
        ("abcdefgh", "[secret]"),
        ("a xx-abcdefgh-yy b abcdefgh", "a [secret] b [secret]"),
        ("abcdefghabcdefgh", "[secret][secret]"),
        // A value this short would hit ordinary words, and is too weak to be a secret anyway.
        ("a short word", "a short word"),
        // Whoever changes the case changes nothing.
        ("ABCDEFGH", "[secret]"),
        ("", ""),
    ] {
        assert_eq!(redactor.text(text.to_owned()), clean);
        assert_eq!(redactor.bytes(text.as_bytes().to_vec()), clean.as_bytes());
    }
    assert_eq!(redactor.bytes(b"\xff abcdefgh".to_vec()), b"");
    assert_eq!(redactor.bytes(b"\xff other".to_vec()), b"\xff other");
    let empty = Redactor::new(&Bindings(BTreeMap::new()));
    assert_eq!(
        (empty.shown_until("any"), empty.finds(b"anything")),
        (3, false)
    );
}
