//! What proves a sender, and all that does not.
//!
//! The one thing to know: `nobody` is asked with fields that differ from a proof in one thing each.

use super::*;

const SERVER: &str = "mx.example.org";

fn fields(text: &str) -> Vec<Field> {
    let lines = text
        .lines()
        .map(|line| line.trim().split_once(':').expect("a field"));
    lines
        .map(|(name, value)| Field {
            name: name.to_owned(),
            value: value.trim().to_owned(),
        })
        .collect()
}

fn ask(text: &str) -> Option<Proven> {
    proven(
        &fields(text),
        &Trust {
            server: SERVER,
            relays: &[],
        },
    )
}

#[track_caller]
fn somebody(text: &str, method: Method) {
    let proven = ask(text);
    assert_eq!(
        proven.map(|proven| (proven.address, proven.method)),
        Some(("ann@bank.com".to_owned(), method)),
        "{text}"
    );
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
    somebody(&says("dmarc=pass header.from=bank.com"), Method::Dmarc);
    somebody(
        &says("spf=fail smtp.mailfrom=x.com; dmarc=pass (p=REJECT) header.from=Bank.com"),
        Method::Dmarc,
    );
    somebody(
        &says(
            "dkim=pass header.i=@bank.com header.s=20230601 header.b=\"AbC/1=\"; dmarc=pass header.from=bank.com;",
        ),
        Method::Dmarc,
    );
    somebody(
        "Authentication-Results: \"MX.example.org\" 1; dmarc = pass header.from = bank.com\nFrom: ann@bank.com",
        Method::Dmarc,
    );
}
