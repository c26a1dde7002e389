//! Messages to send: no argument becomes a header field, and all of it is read back.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sclerite_fuzz::format::mime::{Limits, Outgoing, Person, compose, read};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let mut pieces = text.split('|');
    let mut next = || pieces.next().unwrap_or_default().to_owned();
    let (name, address, to, subject, id, reply) = (next(), next(), next(), next(), next(), next());
    let body = next();
    let references: Vec<String> = pieces.map(str::to_owned).collect();
    let usable = |address: &str| {
        if address.contains('@') {
            address.to_owned()
        } else {
            "a@example.com".to_owned()
        }
    };
    let to = [Person {
        name: Some(name.clone()),
        address: usable(&to),
    }];
    let outgoing = Outgoing {
        from: Person {
            name: Some(name),
            address: usable(&address),
        },
        to: &to,
        cc: &[],
        subject: &subject,
        text: &body,
        message_id: if id.contains('@') {
            &id
        } else {
            "1@example.com"
        },
        in_reply_to: Some(&reply),
        references: &references,
        date: 1_700_000_000,
    };
    let Ok(raw) = compose(&outgoing) else { return };
    assert!(raw.is_ascii());
    let lines = String::from_utf8(raw.clone()).expect("ascii");
    assert!(
        lines
            .split("\r\n")
            .all(|line| line.len() <= 998 && !line.contains(['\r', '\n', '\0']))
    );
    let mail = read(&raw, &Limits::default());
    let allowed = [
        "Date",
        "Message-ID",
        "From",
        "To",
        "Subject",
        "In-Reply-To",
        "References",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ];
    let mut names: Vec<&str> = mail
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert!(names.iter().all(|name| allowed.contains(name)));
    names.dedup();
    assert_eq!(names.len(), mail.fields.len());
    assert_eq!(mail.from.len(), 1);
    assert_eq!(mail.to.len(), 1);
    assert_eq!(mail.from[0].address, outgoing.from.address);
    assert_eq!(mail.to[0].address, to[0].address);
    assert!(mail.attachments.is_empty() && !mail.is_cut);
});
