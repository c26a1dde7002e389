//! Messages out, read back.
//!
//! The one thing to know: each field is offered what would end it, and must refuse or encode that.

use super::super::*;
use proptest::prelude::*;

fn person(name: &str, address: &str) -> Person {
    let name = (!name.is_empty()).then(|| name.to_owned());
    Person {
        name,
        address: address.to_owned(),
    }
}

fn plain() -> Outgoing<'static> {
    Outgoing {
        from: person("Ann", "ann@example.com"),
        to: &[],
        cc: &[],
        subject: "Hello",
        text: "Hi\nBob",
        message_id: "1@example.com",
        in_reply_to: None,
        references: &[],
        date: 0,
    }
}

fn written(mail: &Outgoing<'_>) -> String {
    String::from_utf8(compose(mail).expect("it can be sent")).expect("ascii")
}

#[test]
fn a_message_is_written_in_full() {
    let to = [
        person("", "bob@example.com"),
        person("Zoé \"Z\"", "zoe@example.com"),
    ];
    let cc = [person("Smith, J.", "js@example.com")];
    let references = ["<a@x>".to_owned(), "not an id".to_owned(), "b@x".to_owned()];
    let mail = Outgoing {
        to: &to,
        cc: &cc,
        in_reply_to: Some("<b@x>"),
        references: &references,
        ..plain()
    };
    assert_eq!(
        written(&mail),
        "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n\
         From: \"Ann\"\r\n <ann@example.com>\r\nTo: bob@example.com,\r\n \
         =?utf-8?B?Wm/DqSAiWiI=?=\r\n <zoe@example.com>\r\nCc: \"Smith, J.\"\r\n <js@example.com>\r\n\
         Subject: Hello\r\nIn-Reply-To: <b@x>\r\nReferences: <a@x>\r\n <b@x>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nHi\r\nBob\r\n"
    );
}

#[test]
fn no_field_can_be_broken_out_of() {
    let to = [person("", "bob@example.com")];
    for mark in [
        "\r\n", "\n", "\r", "\0", "\u{b}", "\u{85}", "\x1b", "\u{7f}",
    ] {
        let evil = format!("x{mark}Bcc: eve@example.com");
        let address = format!("a@example.com{mark}Bcc: eve@example.com");
        let mails = [
            (
                Outgoing {
                    subject: &evil,
                    to: &to,
                    ..plain()
                },
                Unsendable::Subject,
            ),
            (
                Outgoing {
                    from: person(&evil, "a@example.com"),
                    to: &to,
                    ..plain()
                },
                Unsendable::Name,
            ),
            (
                Outgoing {
                    from: person("", &address),
                    to: &to,
                    ..plain()
                },
                Unsendable::Address,
            ),
            (
                Outgoing {
                    to: &[person(&evil, "a@example.com")],
                    ..plain()
                },
                Unsendable::Name,
            ),
            (
                Outgoing {
                    cc: &[person("", &address)],
                    ..plain()
                },
                Unsendable::Address,
            ),
            (
                Outgoing {
                    message_id: &address,
                    to: &to,
                    ..plain()
                },
                Unsendable::MessageId,
            ),
        ];
        for (mail, error) in mails {
            assert_eq!(compose(&mail), Err(error), "{mark:?} {error}");
        }
        let ids = [address.clone()];
        let left_out = written(&Outgoing {
            in_reply_to: Some(&address),
            references: &ids,
            to: &to,
            ..plain()
        });
        assert!(!left_out.contains("eve") && !left_out.contains("In-Reply-To"));
    }
}

#[test]
fn what_is_no_message_is_refused() {
    let to = [person("", "bob@example.com")];
    for address in [
        "",
        "a",
        "@b.c",
        "a@",
        "a b@c.d",
        "a@b@c.d",
        "a@b..c",
        "<a@b.c>",
        "a,b@c.d",
        "\"a\"@b.c",
        "é@b.c",
        "a@é.c",
        "a@b.c,d@e.f",
        "a@-b.c",
    ] {
        assert_eq!(
            compose(&Outgoing {
                to: &[person("", address)],
                ..plain()
            }),
            Err(Unsendable::Address),
            "{address}"
        );
    }
    assert_eq!(compose(&plain()), Err(Unsendable::NoRecipient));
    assert_eq!(
        compose(&Outgoing {
            text: "a\0b",
            to: &to,
            ..plain()
        }),
        Err(Unsendable::Text)
    );
    assert_eq!(
        compose(&Outgoing {
            date: -1,
            to: &to,
            ..plain()
        }),
        Err(Unsendable::Date)
    );
    assert_eq!(
        compose(&Outgoing {
            date: i64::MAX,
            to: &to,
            ..plain()
        }),
        Err(Unsendable::Date)
    );
    let crowd: Vec<Person> = (0..101)
        .map(|n| person("", &format!("a{n}@example.com")))
        .collect();
    assert_eq!(
        compose(&Outgoing {
            to: &crowd,
            ..plain()
        }),
        Err(Unsendable::TooManyRecipients)
    );
}

#[test]
fn a_body_cannot_become_a_header_and_comes_back_whole() {
    let to = [person("", "bob@example.com")];
    let long = "x".repeat(3_000);
    for text in [
        "Bcc: eve@example.com\n\nhi",
        "\n\nBcc: x",
        "é à = . \t",
        "日本語のテキスト",
        ".\n.\nFrom x",
        long.as_str(),
        "a \nb\t\n",
        "\x1b[31m",
    ] {
        let raw = compose(&Outgoing {
            text,
            to: &to,
            ..plain()
        })
        .expect("it can be sent");
        assert!(
            raw.split(|byte| *byte == b'\n')
                .all(|line| line.len() < 1_000)
        );
        let back = read(&raw, &Limits::default());
        assert!(back.bcc.is_empty());
        let kept: String = text
            .chars()
            .filter(|c| !crate::inert::is_hidden(*c))
            .collect();
        assert_eq!(back.text, kept.trim_end(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_is_read_back(name in "[^\\p{C}]{0,40}", subject in "[^\\p{C}]{0,120}", text in "[^\\p{C}]{0,200}") {
        let to = [person(&name, "bob@example.com")];
        let mail = Outgoing { to: &to, subject: &subject, text: &text, ..plain() };
        let raw = match compose(&mail) {
            Ok(raw) => raw,
            Err(error) => {
                prop_assert!(matches!(error, Unsendable::Name | Unsendable::Subject));
                return Ok(());
            }
        };
        prop_assert!(raw.is_ascii());
        let back = read(&raw, &Limits::default());
        let tidy = |text: &str| {
            let spaced = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
            let seen: String = spaced.filter(|c| !crate::inert::is_hidden(*c)).collect();
            seen.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        prop_assert_eq!(&back.to[0].address, "bob@example.com");
        prop_assert_eq!(back.to[0].name.clone().unwrap_or_default(), tidy(&name));
        prop_assert_eq!(back.subject, tidy(&subject));
        prop_assert_eq!(tidy(&back.text), tidy(&text));
        prop_assert_eq!(back.fields.len(), 8);
    }
}
