//! The door for accounts, against requests that name another account, host, path or user.

use super::*;
use crate::egress::Sealed;
use crate::http::Response;
use crate::policy::{Circumstances, Decision, Intent, decide};
use crate::time::Timestamp;
use std::collections::BTreeMap;

struct Bindings(BTreeMap<&'static str, &'static str>);

impl Vault for Bindings {
    fn read(&self, binding: &str) -> Option<String> {
        self.0.get(binding).map(|value| (*value).to_owned())
    }
}

const WAY: Way = Way {
    methods: &[Method::Get, Method::Propfind],
    path: "/dav/**",
    accepts: &[],
    request_bytes_max: 100,
    response_bytes_max: 1_000,
    timeout_ms: 5_000,
    per_minute: 0,
};

static API: Api = Api {
    name: "files",
    user: "files",
    host: None,
    ways: &[
        WAY,
        Way {
            methods: &[Method::Post],
            path: "/v1/*/send",
            ..WAY
        },
    ],
    grant: Some(Grant {
        host: "login.example.org",
        path: "/token",
    }),
};

fn account(target: Target, auth: Auth) -> &'static Account {
    Box::leak(Box::new(Account {
        name: "work",
        api: &API,
        target,
        hosts: &[".example.net"],
        auth,
        address: "ada@example.org",
        authserv: "",
        collection: "",
    }))
}

fn hosted() -> &'static Account {
    let auth = Auth::Password {
        user: "WORK_USER",
        password: "WORK_PASSWORD",
    };
    account(Target::Host("dav.example.org"), auth)
}

fn refreshed() -> &'static Account {
    let auth = Auth::Refresh {
        token: "WORK_REFRESH_TOKEN",
        client_id: "GOOGLE_CLIENT_ID",
        client_secret: "GOOGLE_CLIENT_SECRET",
    };
    account(Target::Host("dav.example.org"), auth)
}

fn vault() -> Bindings {
    Bindings(BTreeMap::from([
        ("WORK_USER", "ada"),
        ("WORK_PASSWORD", "correct horse"),
        ("WORK_URL", "http://127.0.0.1:5232/base/"),
        ("WORK_REFRESH_TOKEN", "refresh-of-the-binding"),
        ("GOOGLE_CLIENT_ID", "client-of-ada"),
        ("GOOGLE_CLIENT_SECRET", "secret&of=ada"),
        ("SEAL_KEY", "a key for what is kept"),
    ]))
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
        headers: Vec::new(),
        body: Vec::new(),
    }
}

fn let_out(account: &'static Account, user: &str, request: Request) -> Result<Sealed, EgressError> {
    let ticket = admit(&permit(), user, account, request, &vault())?;
    ticket.seal(&vault(), Timestamp::from_millis(0))
}

fn get(account: &'static Account, url: &str) -> Result<String, EgressError> {
    let_out(account, "files", request(Method::Get, url)).map(|sealed| sealed.url)
}

#[test]
fn an_account_is_asked_where_it_is_and_nowhere_else() {
    let told = |url: &str| get(hosted(), url);
    assert_eq!(
        told("account:work/dav/a/b?x=1").as_deref(),
        Ok("https://dav.example.org/dav/a/b?x=1")
    );
    assert_eq!(
        told("account:work//p1.example.net/dav/a").as_deref(),
        Ok("https://p1.example.net/dav/a")
    );
    assert_eq!(
        told("account:work//example.net/dav/").as_deref(),
        Ok("https://example.net/dav/")
    );
    for url in [
        "account:work",
        "account:work/",
        "account:work/v1/x/send",
        "account:work/dav/../v1",
        "account:work/dav/%2e%2E/x",
        "account:work/dav/a b",
        "account:work/dav/a#b",
        "account:work/dav/\\evil",
        "account:other/dav/a",
        "account:workshop/dav/a",
        "account:work@evil.org/dav/a",
        "account:work:80/dav/a",
        "account:work:grant",
        "account:work//evil.org/dav/a",
        "account:work//evil-example.net/dav/a",
        "account:work//example.net.evil.org/dav/a",
        "account:work//a.example.net:8080/dav/a",
        "account:work//ada@a.example.net/dav/a",
        "account:work//a.example.net./dav/a",
        "account:work//.example.net/dav/a",
        "account:work//a..example.net/dav/a",
        "account:work//A.EXAMPLE.NET/dav/a",
        "account:work//127.0.0.1/dav/a",
        "account:work//[::1]/dav/a",
        "account:work//localhost/dav/a",
        "account:work///a.example.net/dav/a",
        "account:work//a.example.net",
        "https://dav.example.org/dav/a",
        "",
    ] {
        assert_eq!(told(url), Err(EgressError::NotAllowed), "{url}");
    }
    let other = let_out(hosted(), "mail", request(Method::Get, "account:work/dav/a"));
    assert_eq!(other.err(), Some(EgressError::NotAllowed));
    let post = let_out(
        hosted(),
        "files",
        request(Method::Post, "account:work/dav/a"),
    );
    assert_eq!(post.err(), Some(EgressError::NotAllowed));
    let mut large = request(Method::Get, "account:work/dav/a");
    large.body = vec![b' '; 101];
    let large = let_out(hosted(), "files", large);
    assert_eq!(large.err(), Some(EgressError::TooLarge));
}

#[test]
fn an_own_server_is_where_the_deployer_says_and_gets_the_password() {
    let auth = hosted().auth;
    let own = account(Target::BaseUrl("WORK_URL"), auth);
    let sent = let_out(own, "files", request(Method::Get, "account:work/dav/a")).unwrap();
    assert_eq!(sent.url, "http://127.0.0.1:5232/base/dav/a");
    // base64 of `ada:correct horse`.
    let basic = "Basic YWRhOmNvcnJlY3QgaG9yc2U=".to_owned();
    assert_eq!(sent.headers, [("authorization".to_owned(), basic.clone())]);
    let echoed = Response {
        status: 200,
        headers: Vec::new(),
        body: format!("you said {basic}").into_bytes(),
    };
    let cleaned = sent.cleaner.clean(echoed, &vault());
    let said = String::from_utf8(cleaned.body).unwrap();
    assert!(!said.contains("YWRhOmNvcnJlY3QgaG9yc2U"), "{said}");
}

#[test]
fn a_refresh_token_goes_to_its_provider_alone_and_what_comes_is_sealed() {
    let asked = request(Method::Post, "account:work:grant");
    let sent = let_out(refreshed(), "files", asked.clone()).unwrap();
    assert_eq!(sent.url, "https://login.example.org/token");
    let form = String::from_utf8(sent.body).unwrap();
    assert_eq!(
        form,
        "grant_type=refresh_token&refresh_token=refresh-of-the-binding&client_id=client-of-ada\
         &client_secret=secret%26of%3Dada"
    );
    let answer = r#"{"access_token":"access-1","expires_in":3599,"token_type":"Bearer","refresh_token":"refresh-2"}"#;
    let answer = Response {
        status: 200,
        headers: Vec::new(),
        body: answer.into(),
    };
    let kept = sent.cleaner.clean(answer, &vault()).body;
    let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap();
    assert!(!kept.to_string().contains("access-1") && !kept.to_string().contains("refresh-2"));
    // What was sealed goes back to the provider, and the access token to the service.
    let mut again = asked;
    let refresh = kept["refresh"].as_str().unwrap().to_owned();
    again.headers.push((REFRESH.to_owned(), refresh));
    let sent = let_out(refreshed(), "files", again).unwrap();
    let form = String::from_utf8(sent.body).unwrap();
    assert!(form.contains("refresh_token=refresh-2&"), "{form}");
    let mut used = request(Method::Get, "account:work/dav/a");
    let sealed = kept["sealed"].as_str().unwrap();
    let header = format!("{}{sealed}", tokens::SEALED);
    used.headers.push(("authorization".to_owned(), header));
    let sent = let_out(refreshed(), "files", used).unwrap();
    assert_eq!(
        sent.headers,
        [("authorization".to_owned(), "Bearer access-1".to_owned())]
    );
    // An account that has no refresh token has no token endpoint either.
    let none = let_out(
        hosted(),
        "files",
        request(Method::Post, "account:work:grant"),
    );
    assert_eq!(none.err(), Some(EgressError::NotAllowed));
}

#[test]
fn what_a_server_names_becomes_an_address_of_the_account() {
    let named = |address: &str| hosted().named(address);
    assert_eq!(named("/dav/x").as_deref(), Some("account:work/dav/x"));
    assert_eq!(
        named("https://dav.example.org/dav/x").as_deref(),
        Some("account:work/dav/x")
    );
    assert_eq!(
        named("https://p1.example.net/dav/x").as_deref(),
        Some("account:work//p1.example.net/dav/x")
    );
    assert_eq!(named("http://p1.example.net/dav/x"), None);
    // Another host is an address too, and the door refuses it.
    let evil = named("https://dav.example.org.evil.org/dav/x").unwrap();
    assert_eq!(get(hosted(), &evil), Err(EgressError::NotAllowed));
}

#[test]
fn an_account_is_set_up_once_its_bindings_are() {
    let empty = Bindings(BTreeMap::new());
    let own = account(Target::BaseUrl("WORK_URL"), Auth::None);
    for account in [hosted(), refreshed(), own] {
        assert!(account.is_set_up(&vault()));
        assert!(!account.is_set_up(&empty));
    }
}
