//! Messages in, and messages out.
//!
//! The one thing to know: a message that was composed is read back by the same reader, and every
//! field is looked at for what it must not become.

use super::*;

fn mail(raw: &str) -> Mail {
    read(raw.replace('\n', "\r\n").as_bytes(), &Limits::default())
}

#[test]
fn a_simple_message_is_read() {
    let mail = mail(
        "From: Ann <ann@example.com>\nTo: b@example.com, \"C, D\" <c@example.com>\nSubject: =?utf-8?q?Caf=C3=A9?=\n to go\nMessage-ID: <1@x>\nIn-Reply-To: <0@x>\nReferences: <a@x>\n <0@x>\nDate: Thu, 1 Jan 1970 00:01:00 +0000\n\nHello\nthere\n",
    );
    assert_eq!(
        mail.from,
        [Person {
            name: Some("Ann".into()),
            address: "ann@example.com".into()
        }]
    );
    assert_eq!(mail.to[1].name.as_deref(), Some("C, D"));
    assert_eq!(mail.subject, "Café to go");
    assert_eq!(mail.message_id.as_deref(), Some("1@x"));
    assert_eq!(mail.in_reply_to, ["0@x"]);
    assert_eq!(mail.references, ["a@x", "0@x"]);
    assert_eq!(mail.date, Some(60));
    assert_eq!(mail.text, "Hello\nthere");
    assert!(!mail.is_cut);
}
