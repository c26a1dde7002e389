//! What must never survive, what must stay readable, and that a second run changes nothing.

use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(inert(text), expected);
    assert_eq!(inert(expected), expected, "not idempotent");
}

#[test]
fn links_of_every_form_are_broken() {
    check(
        "see https://evil.com/a?b=1.",
        "see https[:]//evil[.]com/a?b=1.",
    );
    check("evil.com/x", "evil[.]com/x");
    check("www.a and t.me/x", "www[.]a and t[.]me/x");
    check(
        "![s](https://c.example.net/p.png?d=1)",
        "![s](https[:]//c[.]example[.]net/p[.]png?d=1)",
    );
    check("[1]: http://localhost/x", "[1]: http[:]//localhost/x");
    check("<img src=\"//evil.com/x\">", "<img src=\"//evil[.]com/x\">");
    check(
        "http://1.2.3.4/ and http://[::1]/",
        "http[:]//1[.]2[.]3[.]4/ and http[:]//[::1]/",
    );
    check(
        "javascript:alert(1) mailto:a@example.org",
        "javascript[:]alert(1) mailto[:]a@example.org",
    );
    check("evil\u{3002}com", "evil[.]com");
    check("evil.\u{200B}com", "evil[.]com");
    check("ev\u{AD}il.c\u{E0061}om", "evil[.]com");
}

#[test]
fn mail_addresses_stay_whole_and_links_that_look_like_them_do_not() {
    check(
        "ask jean.dupont@example.org.",
        "ask jean.dupont@example.org.",
    );
    check("Email:ada@example.org: hi", "Email:ada@example.org: hi");
    check("Ada <ada@example.org>", "Ada <ada@example.org>");
    check("x@evil.com/login", "x@evil[.]com/login");
    check(
        "https://bank.com@evil.com",
        "https[:]//bank[.]com@evil[.]com",
    );
    check(
        "x/ada@evil.com x=ada@evil.com",
        "x/ada@evil[.]com x=ada@evil[.]com",
    );
    check("@evil.com", "@evil[.]com");
    check("x@ev\u{456}l.com", "x@xn--evl-khd[.]com");
}

#[test]
fn ordinary_writing_is_left_alone() {
    for text in [
        "At 14:30, 3.14 or v2.0; e.g. this...",
        "Wait...what? @ada /inbox #1 data: none",
        "Voil\u{E0}: 1 850,00 \u{20AC} \u{AB} oui \u{BB}.\n\n\tMerci.",
        "\u{4F60}\u{597D}\u{3002}\u{4E16}\u{754C}\u{3002}",
        "\u{434}\u{430}. \u{43D}\u{435}\u{442}",
    ] {
        check(text, text);
    }
}

#[test]
fn a_host_of_mixed_scripts_is_shown_in_punycode() {
    check("p\u{430}ypal.com", "xn--pypal-4ve[.]com");
    check(
        "\u{430}\u{440}\u{440}\u{4CF}\u{435}.com",
        "xn--80ak6aa92e[.]com",
    );
    check("b\u{FC}cher.de", "b\u{FC}cher[.]de");
    assert_eq!(punycode("b\u{FC}cher").as_deref(), Some("bcher-kva"));
    assert_eq!(
        punycode("\u{4ED6}\u{4EEC}\u{4E3A}\u{4EC0}\u{4E48}\u{4E0D}\u{8BF4}\u{4E2D}\u{6587}")
            .as_deref(),
        Some("ihqwcrb4cv8a8dqg056pqjye")
    );
}

#[test]
fn padding_and_hidden_text_go() {
    check("a\r\n \n\t\n\n\n\nb", "a\n\n\nb");
    check("a\u{2028}b\u{85}c", "a\nb\nc");
    check("\u{202E}txt\u{1B}[31m\0 \u{FE0F}", "txt[31m ");
    let long = "x\n".repeat(5_000);
    let shown = inert(&long);
    assert_eq!(shown.lines().count(), INERT_LINES_MAX);
    assert!(shown.ends_with("x\n\u{2026}"));
}

#[test]
fn a_cut_is_marked_and_never_opens_a_link() {
    assert_eq!(inert_capped("hello world", 11), "hello world");
    assert_eq!(inert_capped("hello world", 10), "hello\n\u{2026}");
    assert_eq!(inert_capped("evil.com@example.org", 12), "\n\u{2026}");
    assert_eq!(inert_capped("hello", 2), "");
}

#[test]
fn long_text_takes_linear_time() {
    for unit in [
        "a.b@",
        "a.",
        "1.2.",
        "x://",
        "a+b",
        "\u{430}a.",
        "data:",
        ". ",
    ] {
        let text = unit.repeat(1_000_000 / unit.len());
        let _ = inert(&text);
    }
}

fn tricky() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        prop::sample::select(vec![
            ".",
            "..",
            "@",
            ":",
            "//",
            "/",
            "?",
            "-",
            "_",
            "'",
            "+",
            "[.]",
            "\n",
            " ",
            "\u{3002}",
            "\u{200B}",
            "\u{E0061}",
            "\u{2026}",
            "\r",
            "\u{301}",
            "\u{430}",
            "\u{E9}",
            "www",
            "evil",
            "com",
            "a",
            "1",
            "mailto",
            "data",
            "ada@example.org",
            "https://",
            "xn--",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Whether an app could link something: a scheme, or a dot inside what could be a domain.
fn links(text: &str) -> bool {
    text.contains("://")
        || text
            .split_whitespace()
            .filter(|word| !word.contains('@'))
            .any(|word| {
                let chars: Vec<char> = word.chars().collect();
                chars.windows(4).any(|w| {
                    w[0].is_alphanumeric()
                        && w[1] == '.'
                        && w[2].is_ascii_alphabetic()
                        && w[3].is_ascii_alphabetic()
                })
            })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_forbidden_survives_and_twice_is_once(text in tricky(), bytes_max in 0_usize..200) {
        let shown = inert(&text);
        prop_assert!(!shown.chars().any(is_hidden));
        prop_assert!(!links(&shown), "{shown:?}");
        prop_assert!(!shown.contains("\n\n\n\n"));
        prop_assert_eq!(&inert(&shown), &shown);
        let capped = inert_capped(&text, bytes_max);
        prop_assert!(capped.len() <= bytes_max);
        prop_assert!(!links(&capped), "{capped:?}");
        prop_assert_eq!(&inert_capped(&capped, bytes_max), &capped);
        prop_assert_eq!(&inert(&capped), &capped);
    }
}
