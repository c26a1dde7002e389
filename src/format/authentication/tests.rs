//! What proves a sender, and all that does not.
//!
//! The one thing to know: `nobody` is asked with fields that differ from a proof in one thing each.

use super::*;

const SERVER: &str = "mx.example.org";

fn fields(text: &str) -> Vec<Field> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let split = lines.map(|line| line.trim().split_once(':').expect("a field"));
    let field = |(name, value): (&str, &str)| Field {
        name: name.to_owned(),
        value: value.trim().to_owned(),
    };
    split.map(field).collect()
}

fn ask_trusting(text: &str, server: &str, relays: &[&str]) -> Option<Proven> {
    proven(&fields(text), &Trust { server, relays })
}

fn ask(text: &str) -> Option<Proven> {
    ask_trusting(text, SERVER, &[])
}

#[track_caller]
fn somebody(text: &str, method: Method) {
    let proven = ask(text).map(|proven| (proven.address, proven.method));
    assert_eq!(proven, Some(("ann@bank.com".to_owned(), method)), "{text}");
}

#[track_caller]
fn nobody(text: &str) {
    assert_eq!(ask(text), None, "{text}");
}

#[test]
fn a_message_without_results_is_from_nobody_in_particular() {
    nobody("From: Ann <ann@bank.com>");
}

/// A message from Ann whose results say this.
fn says(results: &str) -> String {
    format!("Authentication-Results: mx.example.org; {results}\nFrom: Ann <ann@bank.com>")
}

#[test]
fn dmarc_proves_a_sender() {
    for results in [
        "dmarc=pass header.from=bank.com",
        "spf=fail smtp.mailfrom=x.com; dmarc=pass (p=REJECT) header.from=Bank.com",
        "dkim=pass header.i=@bank.com header.s=2023 header.b=\"AbC/1=\"; dmarc=pass header.from=bank.com;",
        "dmarc=pass action=none header.from=bank.com",
        "dmarc=PASS reason=\"dmarc=fail\" header.from=\"bank.com\"",
        "dmarc/1=pass header.from=bank.com",
        "dkim=pass header.b=a=b+/c=; dmarc=pass header.from=bank.com",
    ] {
        somebody(&says(results), Method::Dmarc);
    }
    somebody(
        "Authentication-Results: \"MX.example.org\" (c; c) 1; dmarc = pass header.from = bank.com\nFrom: ann@bank.com",
        Method::Dmarc,
    );
    somebody(
        "AUTHENTICATION-RESULTS: mx.example.org; dmarc=pass header.from=bank.com\nfrom: ann@BANK.com",
        Method::Dmarc,
    );
}

#[test]
fn without_dmarc_an_aligned_domain_proves_a_sender() {
    somebody(&says("dkim=pass header.d=bank.com"), Method::Dkim);
    somebody(&says("dkim=pass header.i=@mail.bank.com"), Method::Dkim);
    somebody(
        &says("dkim=fail header.d=list.example; dkim=pass header.d=bank.com"),
        Method::Dkim,
    );
    somebody(
        &says("spf=pass smtp.mailfrom=bounce@mail.bank.com"),
        Method::Spf,
    );
    somebody(&says("spf=pass smtp.mailfrom=bank.com"), Method::Spf);
    nobody(&says("dkim=pass header.d=evil.com"));
    nobody(&says("dkim=pass header.d=notbank.com"));
    nobody(&says("dkim=pass header.d=bank.com.evil.com"));
    nobody(&says("dkim=pass header.d=com"));
    nobody(&says("dkim=pass"));
    nobody(&says(
        "dkim=pass header.d=bank.com; dkim=fail header.d=bank.com",
    ));
    nobody(&says("dkim=pass header.d=bank.com header.d=evil.com"));
    nobody(&says(
        "dkim=fail header.d=bank.com; spf=pass smtp.mailfrom=bank.com",
    ));
    nobody(&says("spf=pass smtp.helo=bank.com"));
    nobody(&says("spf=pass smtp.mailfrom=evil.com"));
    nobody(&says(
        "spf=pass smtp.mailfrom=bank.com; spf=fail smtp.mailfrom=bank.com",
    ));
    nobody(&says("spf=softfail smtp.mailfrom=bank.com"));
    nobody(&says(
        "arc=pass; auth=pass; iprev=pass policy.iprev=1.2.3.4",
    ));
    // DMARC was looked at, so it alone decides.
    nobody(&says(
        "dkim=pass header.d=bank.com; dmarc=fail header.from=bank.com",
    ));
    nobody(&says(
        "dkim=pass header.d=bank.com; dmarc=none header.from=bank.com",
    ));
}

#[test]
fn names_that_anybody_can_have_are_not_aligned() {
    assert!(are_aligned("bank.com", "bank.com"));
    assert!(are_aligned("mail.bank.com", "bank.com"));
    assert!(are_aligned("bank.co.uk", "a.bank.co.uk"));
    assert!(!are_aligned("evil.co.uk", "co.uk"));
    assert!(!are_aligned("a.bank.com", "b.bank.com"));
    assert!(!are_aligned("xbank.com", "bank.com"));
    assert!(!are_aligned("bank.com", "com"));
}

#[test]
fn no_trick_in_a_field_proves_anybody() {
    for results in [
        "dmarc=fail header.from=bank.com",
        "dmarc=fail (dmarc=pass header.from=bank.com)",
        "(dmarc=pass) dmarc=fail header.from=bank.com",
        "dmarc=fail (\\) dmarc=pass header.from=bank.com)",
        "dmarc=fail reason=\"; dmarc=pass header.from=bank.com\"",
        "dmarc=fail reason=\"\\\"; dmarc=pass header.from=bank.com",
        "dmarc=pass header.from=bank.com (",
        "dmarc=pass header.from=bank.com )",
        "dmarc=pass header.from=\"bank.com",
        "dmarc=pass header.from=evil.com",
        "dmarc=pass header.from=evil.com header.from=bank.com",
        "dmarc=pass header.from=bank.com.evil.com",
        "dmarc=pass header.from=sub.bank.com",
        "dmarc=pass",
        "dmarc=pass smtp.mailfrom=bank.com",
        "dmarc=pass header.from=bank.com; dmarc=fail header.from=bank.com",
        "dmarc=fail header.from=bank.com; dmarc=pass header.from=bank.com",
        "dmarc=pass header.from=bank.com; dmarc=pass header.from=bank.com",
        "dmarc=pass header.from=bank.com; none",
        "dmarc=passed header.from=bank.com",
        "dmarc=pass;header.from=bank.com",
        "dmarc pass header.from=bank.com",
        "xdmarc=pass header.from=bank.com",
        "dmarc/2=pass header.from=bank.com",
        "dmarc==pass header.from=bank.com",
        "\"dmarc\"=pass header.from=bank.com",
        "dmarc=pass header.from=bank.com;;spf=pass",
        "x-y=\u{ff44}marc=pass header.from=bank.com",
        "dmarc=pass header.from=b\u{0430}nk.com",
        "none",
        "",
    ] {
        nobody(&says(results));
    }
    let deep = "(".repeat(100_000) + &")".repeat(100_000);
    nobody(&says(&format!("dmarc=pass {deep} header.from=bank.com")));
    nobody(&says(&format!(
        "dmarc=pass header.from=bank.com {}",
        "a.b=c ".repeat(20_000)
    )));
}

#[test]
fn only_the_server_that_is_trusted_counts() {
    let field = |server: &str| {
        format!(
            "Authentication-Results: {server}; dmarc=pass header.from=bank.com\nFrom: ann@bank.com"
        )
    };
    nobody(&field("mx.evil.org"));
    nobody(&field("example.org"));
    nobody(&field("x.mx.example.org"));
    nobody(&field("mx.example.org.evil.org"));
    nobody(&field("mx.example.org/evil"));
    nobody(&field("evil (mx.example.org)"));
    nobody(&field("mx.example.org evil"));
    nobody(&field("mx.example.org 2"));
    nobody(&field(""));
    let suffix = |server: &str| ask_trusting(&field(server), ".example.org", &[]).is_some();
    assert!(suffix("mx.example.org") && suffix("a.b.example.org"));
    assert!(!suffix("example.org") && !suffix("evilexample.org") && !suffix(".example.org"));
    for no_server in ["", ".", "..", ".org", " "] {
        assert_eq!(
            ask_trusting(&field("mx.example.org"), no_server, &[]),
            None,
            "{no_server}"
        );
    }
}

#[test]
fn the_topmost_field_of_that_server_counts_alone() {
    let pass = "Authentication-Results: mx.example.org; dmarc=pass header.from=bank.com";
    let fail = "Authentication-Results: mx.example.org; dmarc=fail header.from=bank.com";
    let from = "From: ann@bank.com";
    somebody(&format!("{pass}\n{fail}\n{from}"), Method::Dmarc);
    nobody(&format!("{fail}\n{pass}\n{from}"));
    nobody(&format!(
        "Authentication-Results: mx.example.org; none\n{pass}\n{from}"
    ));
    nobody(&format!(
        "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=x.com\n{pass}\n{from}"
    ));
    // A field that cannot be read may be the server's.
    nobody(&format!(
        "Authentication-Results: mx.example.org; dmarc=\n{pass}\n{from}"
    ));
    nobody(&format!(
        "Authentication-Results: \"mx.exam\n{pass}\n{from}"
    ));
    // Another server's field above it is another server's word.
    somebody(
        &format!("Authentication-Results: inner.example.net; none\n{pass}\n{from}"),
        Method::Dmarc,
    );
    // What stands below the field of a foreign server was there before ours had the message.
    nobody(&format!(
        "Received: from a by mx.evil.org; now\n{pass}\n{from}"
    ));
    nobody(&format!(
        "Received: from a (x by mx.example.org) by mx.evil.org; now\n{pass}\n{from}"
    ));
    nobody(&format!(
        "Received: from a (never ends by mx.example.org\n{pass}\n{from}"
    ));
    for inside in [
        "mx.example.org",
        "MX2.example.org",
        "2002:a17:522:1",
        "store7",
        "a.nyi.internal",
    ] {
        somebody(
            &format!("Received: from a by {inside} with LMTP; now\n{pass}\n{from}"),
            Method::Dmarc,
        );
    }
    let relayed = format!("Received: from a by in.relay.net; now\n{pass}\n{from}");
    assert!(ask_trusting(&relayed, SERVER, &[".relay.net"]).is_some());
    assert!(ask_trusting(&relayed, SERVER, &[".other.net"]).is_none());
}

#[test]
fn there_is_one_sender_or_none() {
    let with = |from: &str| {
        format!("Authentication-Results: mx.example.org; dmarc=pass header.from=bank.com\n{from}")
    };
    somebody(
        &with("From: \"Ann, of the bank\" <ann@bank.com>"),
        Method::Dmarc,
    );
    somebody(&with("From: ann@bank.com (Ann)"), Method::Dmarc);
    somebody(&with("From: \"x@y.com\" <ann@bank.com>"), Method::Dmarc);
    for from in [
        "To: ann@bank.com",
        "From: ann@bank.com\nFrom: eve@evil.com",
        "From: ann@bank.com\nFrom: ann@bank.com",
        "From: ann@bank.com, eve@evil.com",
        "From: eve@evil.com, ann@bank.com",
        "From: friends: ann@bank.com, eve@evil.com;",
        "From: <ann@bank.com> <eve@evil.com>",
        "From: <eve@evil.com> ann@bank.com",
        "From: <eve@evil.com@bank.com>",
        "From: \"eve@evil.com\"@bank.com",
        "From: <@evil.com:ann@bank.com>",
        "From: <ann@bank.com",
        "From: ann@bank.com>, <eve@evil.com",
        "From: ann",
        "From: <>",
        "From:",
        "From: ann@[1.2.3.4]",
        "From: ann@com",
        "From: ann@bank..com",
        "From: ann@bank.com.",
        "From: ann@evil.com",
    ] {
        nobody(&with(from));
    }
}
