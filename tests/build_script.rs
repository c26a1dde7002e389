//! Mistakes in `connections.toml`: each is refused with its line and a remedy.
//!
//! The build script is compiled in as a module, so that no second build has to run.

// A test may fail where it stands: clippy knows test functions, not their helpers.
#![allow(clippy::unwrap_used, clippy::panic)]

// What only a build uses is unused here, and a build speaks to cargo by printing.
#[allow(dead_code, clippy::print_stdout)]
#[path = "../build.rs"]
mod build_script;

use build_script::{
    ADDITIONAL_RULES, OPTIONAL_RULES, compile_accounts, compile_assets, compile_budget,
    compile_connections, compile_policy, place,
};
use std::path::Path;

/// What the build would say, with the line in front.
fn mistake(text: &str) -> String {
    match compile_connections(text) {
        Ok(code) => panic!("this was taken:\n{text}\n{code}"),
        Err(mistake) => place(text, &mistake),
    }
}

#[track_caller]
fn refused(text: &str, line: usize, words: &str) {
    let said = mistake(text);
    assert!(said.starts_with(&format!("{line}: ")), "{said}");
    assert!(said.contains(words), "{said}");
}

/// A route with these lines after `use`, which is on line 2.
fn route(lines: &str) -> String {
    format!("[[route]]\nuse = \"a\"\n{lines}")
}

#[test]
fn what_is_right_is_compiled() {
    let text = "secrets = [\"A_KEY\"]\n\
        [[route]]\nuse = \"a\"\nhost = \"api.example.org\"\nallow = [\"GET /v1/*\", \"POST /v1\"]\n\
        secret = { binding = \"B_KEY\", in = \"header\", name = \"x-key\", prefix = \"Bearer \" }\n\
        request_bytes_max = 5\n\
        [[route]]\nuse = \"a\"\nbase_url = \"A_URL\"\nallow = [\"POST \"]\n\
        [[fallback]]\nprovider = \"p\"\nname = \"n\"\n\
        [[price]]\nmodel = \"m\"\nin = 1\nout = 2\n";
    let code = compile_connections(text).ok().unwrap();
    for part in [
        "SECRETS: &[&str] = &[\"A_KEY\",]",
        "Target::Host(\"api.example.org\")",
        "Allowed { method: Method::Get, path: \"/v1/*\" }",
        "Place::Header { name: \"x-key\", prefix: \"Bearer \" }",
        "request_bytes_max: 5, response_bytes_max: 262144, timeout_ms: 15000",
        "Target::BaseUrl(\"A_URL\")",
        "path: \"\"",
        "provider: \"p\", name: \"n\"",
        "microusd_in: 1, microusd_out: 2",
    ] {
        assert!(code.contains(part), "{part} is not in\n{code}");
    }
    assert!(
        compile_connections("").is_ok(),
        "nothing connected is a deployment too"
    );
}

#[test]
fn the_files_of_this_deployment_compile() {
    let file = std::fs::read_to_string("connections.toml").unwrap();
    assert!(compile_connections(&file).is_ok());
    let code = compile_assets(Path::new("src/console/assets")).unwrap();
    assert!(code.contains("static STYLE: Asset") && code.contains("static APP: Asset"));
    assert!(compile_assets(Path::new("tests")).is_err());
}

#[test]
fn every_route_belongs_to_something_that_can_use_it() {
    let users: Vec<&str> = sclerite::channels::all()
        .iter()
        .map(|channel| channel.name())
        .chain(
            sclerite::connectors::all()
                .iter()
                .map(|connector| connector.name()),
        )
        .chain(sclerite::models::all().iter().map(|model| model.provider()))
        .collect();
    for route in sclerite::egress::table::routes() {
        assert!(
            users.contains(&route.user),
            "nothing is called {:?}",
            route.user
        );
    }
    for fallback in sclerite::egress::table::fallbacks() {
        assert!(users.contains(&fallback.provider), "{fallback:?}");
    }
}

#[test]
fn limits_are_amounts_with_names_that_there_are() {
    let usual = compile_budget("").ok().unwrap();
    let table = "500000,2000000,UNLIMITED,1000000,5000000,40000000,1000,100,5,50000000,";
    assert!(usual.contains(table), "{usual}");
    let file = std::fs::read_to_string("connections.toml").unwrap();
    assert_eq!(
        compile_budget(&file).ok().unwrap(),
        usual,
        "the file shows the defaults"
    );
    let text =
        "[budget]\ntokens_month = 7\nusd_day = 0.25\nusd_turn = 2\nrequests = { a = 3, b = 0 }\n";
    let code = compile_budget(text).ok().unwrap();
    assert!(code.contains("2000000,7,2000000,250000,40000000"), "{code}");
    assert!(code.contains("&[(\"a\", 3),(\"b\", 0),]"), "{code}");
    for (line, words) in [
        (
            "token_day = 5",
            "`token_day` is no limit; there are tokens_turn",
        ),
        ("tokens_day = -5", "`tokens_day` is a whole number"),
        ("tokens_day = 1.5", "`tokens_day` is a whole number"),
        ("usd_day = 0.1234567", "at most six decimals"),
        ("usd_day = 1000000000", "from 0 to"),
        ("usd_day = { a = 1 }", "`usd_day` is a whole number"),
        ("requests = { a = -1 }", "`a` is a count"),
        ("requests = 5", "`requests` is no limit"),
        ("tokens_day = true", ""),
    ] {
        let text = format!("[budget]\nsends_day = 1\n{line}\n");
        let said = match compile_budget(&text) {
            Ok(code) => panic!("this was taken:\n{text}\n{code}"),
            Err(mistake) => place(&text, &mistake),
        };
        assert!(said.starts_with("3: ") && said.contains(words), "{said}");
    }
    let connectors = sclerite::connectors::all();
    for (name, _) in sclerite::budget::own_requests() {
        let known = connectors.iter().any(|connector| connector.name() == *name);
        assert!(known, "no connector is called {name:?}");
    }
}

#[test]
fn what_is_no_toml_or_not_known_is_refused_where_it_stands() {
    refused("a = 1\nb = = 2\n", 2, "");
    refused("\n\nsecret = []\n", 3, "unknown field `secret`");
    refused(
        &route("hots = \"x.example.org\"\n"),
        3,
        "unknown field `hots`",
    );
    refused(&route("allow = \"GET /\"\n"), 3, "expected a sequence");
    refused(&route("request_bytes_max = -1\n"), 3, "");
    refused(
        "[[route]]\nhost = \"x.example.org\"\n",
        1,
        "missing field `use`",
    );
    refused("[[price]]\nmodel = \"m\"\nin = 1.5\nout = 2\n", 3, "");
    refused(
        "[[fallback]]\nprovider = \"p\"\n",
        1,
        "missing field `name`",
    );
}

#[test]
fn a_route_leads_to_exactly_one_place() {
    let rest = "allow = [\"GET /\"]\n";
    refused(&route(rest), 1, "exactly one of");
    let two = format!("host = \"x.example.org\"\nbase_url = \"A_URL\"\n{rest}");
    refused(&route(&two), 1, "exactly one of");
    let twice = route(&format!("host = \"x.example.org\"\n{rest}")).repeat(2);
    refused(&twice, 5, "has a route to that target already");
}

#[test]
fn a_host_is_a_public_name_and_nothing_else() {
    for host in [
        "",
        "localhost",
        "https://x.example.org",
        "x.example.org/",
        "x.example.org:443",
        "user@x.example.org",
        "X.example.org",
        "x.example.org.",
        "x..example.org",
        "*.example.org",
        "127.0.0.1",
        "0x7f.1",
        "127.0x1",
        "1.2",
        "[::1]",
        "bücher.example",
        "x example.org",
    ] {
        let text = route(&format!("host = {host:?}\nallow = [\"GET /\"]\n"));
        refused(&text, 3, "a public host name");
    }
    for host in [
        "x.example.org",
        "a-b.example.org",
        "1x.example.org",
        "xn--bcher-kva.example",
    ] {
        let text = route(&format!("host = {host:?}\nallow = [\"GET /\"]\n"));
        assert!(compile_connections(&text).is_ok(), "{host}");
    }
}

#[test]
fn a_secret_itself_never_stands_in_the_file() {
    refused("secrets = [\"sk-live-abc\"]\n", 1, "never here");
    refused("secrets = [\n\"A_KEY\",\n\"\",\n]\n", 3, "UPPER_CASE");
    let host = "host = \"x.example.org\"\nallow = [\"GET /\"]\n";
    let secret = "secret = { binding = \"sk-live\", in = \"header\", name = \"x\" }\n";
    refused(&route(&format!("{host}{secret}")), 5, "`.dev.vars`");
    refused(
        &route("base_url = \"http://127.0.0.1\"\nallow = [\"GET /\"]\n"),
        3,
        "UPPER_CASE",
    );
    refused(
        &route("base_url = \"A_KEY\"\nallow = [\"GET /\"]\n"),
        3,
        "ends in _URL",
    );
}

#[test]
fn a_secret_has_one_place() {
    let host = "host = \"x.example.org\"\nallow = [\"GET /\"]\n";
    for place in [
        "in = \"query\"",
        "in = \"header\"",
        "in = \"path\", name = \"x\"",
        "in = \"signature\", name = \"x\"",
    ] {
        let secret = format!("secret = {{ binding = \"A_KEY\", {place} }}\n");
        // A place in the path is first missed in the path.
        let line = if place.starts_with("in = \"path") {
            4
        } else {
            5
        };
        refused(&route(&format!("{host}{secret}")), line, "\"path\"");
    }
}

#[test]
fn what_may_be_asked_is_a_method_and_a_plain_path() {
    for (allow, words) in [
        ("GET", "METHOD /path"),
        ("/v1", "METHOD /path"),
        ("get /v1", "the method is"),
        ("HEAD /v1", "the method is"),
        ("CONNECT /", "the method is"),
        ("GET v1", "starts with `/`"),
        ("GET  /v1", "starts with `/`"),
        ("GET /bot{secret}/x", "in = \"path\""),
        ("GET /v1?a=b", "plain"),
        ("GET /v1#a", "plain"),
        ("GET /v1 ", "plain"),
        ("GET /\u{e9}", "plain"),
    ] {
        let text = route(&format!(
            "host = \"x.example.org\"\nallow = [\n\"GET /\",\n{allow:?},\n]\n"
        ));
        refused(&text, 6, words);
    }
    refused(&route("host = \"x.example.org\"\n"), 1, "`allow` is empty");
    refused(
        &route("host = \"x.example.org\"\nallow = []\n"),
        1,
        "`allow` is empty",
    );
}

#[test]
fn a_path_that_takes_its_secret_says_where() {
    let secret = "secret = { binding = \"A_KEY\", in = \"path\" }\n";
    let with = |path: &str, secret: &str| {
        route(&format!(
            "host = \"x.example.org\"\nallow = [\"GET {path}\"]\n{secret}"
        ))
    };
    assert!(compile_connections(&with("/bot{secret}/x", secret)).is_ok());
    // Without a place the secret would silently not be sent; in a header it would stand there raw.
    refused(&with("/x", secret), 4, "{secret}");
    let header = "secret = { binding = \"A_KEY\", in = \"header\", name = \"x\" }\n";
    refused(&with("/bot{secret}/x", header), 4, "{secret}");
}

#[test]
fn the_rules_that_can_be_left_out_are_those_that_policy_lists() {
    assert_eq!(OPTIONAL_RULES, sclerite::policy::rules::OPTIONAL);
    let all = compile_policy(
        "[policy]\nwithout = [\"pay\", \"delete\", \"admin\", \"readers\", \"chosen\"]\n",
    );
    let all = all.ok().unwrap();
    for name in OPTIONAL_RULES {
        assert!(all.contains(&format!("{name:?}")), "{name} is not in {all}");
    }
    let none = compile_policy("").ok().unwrap();
    assert_eq!(
        none,
        "static LEFT_OUT: &[&str] = &[];\nstatic ADDED: &[&str] = &[];\nconst BULK: usize = 8;\n"
    );
    let more = sclerite::policy::rules::ADDITIONAL;
    let more: Vec<&str> = more.iter().map(|rule| rule.name).collect();
    assert_eq!(ADDITIONAL_RULES, more);
    let added = compile_policy("[policy]\nwith = [\"sends\"]\n")
        .ok()
        .unwrap();
    assert!(added.contains("ADDED: &[&str] = &[\"sends\"]"));
    let Err(mistake) = compile_policy("[policy]\nwith = [\"send\"]\n") else {
        panic!("an unknown rule was added");
    };
    let text = "[policy]\nwith = [\"send\"]\n";
    assert_eq!(
        place(text, &mistake),
        "2: only these rules can be added: sends"
    );
    let one_at_least = compile_policy("[policy]\nbulk = 0\n").ok().unwrap();
    assert!(one_at_least.contains("BULK: usize = 1;"));
}

#[test]
fn a_rule_that_must_stay_cannot_be_left_out() {
    let must_stay = sclerite::policy::rules::DEFAULT
        .iter()
        .map(|rule| rule.name)
        .filter(|name| !OPTIONAL_RULES.contains(name));
    let names: Vec<&str> = must_stay.chain(["contr0l", "", "Pay"]).collect();
    assert!(names.len() > 8);
    for name in names {
        let text = format!("[policy]\nwithout = [\n  {name:?},\n]\n");
        let Err(mistake) = compile_policy(&text) else {
            panic!("{name} was left out");
        };
        let said = place(&text, &mistake);
        assert!(said.starts_with("3: only these rules"), "{said}");
    }
    for text in [
        "[policy]\nalso = []\n",
        "[policy]\nbulk = -1\n",
        "policy = 1\n",
    ] {
        assert!(compile_policy(text).is_err(), "{text}");
    }
}

/// An account with these lines after `name`, which is on line 2.
fn account(lines: &str) -> String {
    format!("[[account]]\nname = \"work\"\n{lines}")
}

#[track_caller]
fn account_refused(text: &str, line: usize, words: &str) {
    let said = match compile_accounts(text) {
        Ok(code) => panic!("this was taken:\n{text}\n{code}"),
        Err(mistake) => place(text, &mistake),
    };
    assert!(said.starts_with(&format!("{line}: ")), "{said}");
    assert!(said.contains(words), "{said}");
}

#[test]
fn an_account_is_at_a_service_that_there_is() {
    account_refused(
        &account("use = \"nothing\"\nauth = \"none\"\n"),
        3,
        "there is no service",
    );
    // A file that is no service is none either.
    for name in ["notes", "mod", "../connectors/notes", "access"] {
        let text = account(&format!("use = {name:?}\nauth = \"none\"\n"));
        account_refused(&text, 3, "there is no service");
    }
    account_refused(&account("auth = \"none\"\n"), 1, "missing field `use`");
    account_refused(
        &account("use = \"nothing\"\npassword = \"hunter2\"\n"),
        4,
        "unknown field",
    );
}

#[test]
fn the_name_of_an_account_makes_the_names_of_bindings() {
    for name in [
        "Work",
        "1st",
        "my-mail",
        "a b",
        "",
        "work\u{e9}",
        &"a".repeat(25),
    ] {
        let text = format!("[[account]]\nname = {name:?}\nuse = \"x\"\nauth = \"none\"\n");
        account_refused(&text, 2, "an account's name is made of");
    }
}
