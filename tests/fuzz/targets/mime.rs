//! Raw messages: whatever they are, they are read, within the limits, and what is seen is visible.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sclerite_fuzz::format::mime::{Limits, attachment, read};
use sclerite_fuzz::inert::is_hidden;

fuzz_target!(|raw: &[u8]| {
    let limits = Limits {
        raw_bytes_max: 20_000,
        parts_max: 20,
        depth_max: 5,
        text_bytes_max: 4_000,
        ..Limits::default()
    };
    let mail = read(raw, &limits);
    assert!(mail.text.len() <= limits.text_bytes_max);
    assert!(mail.attachments.len() <= limits.parts_max);
    assert!(!mail.text.chars().any(is_hidden));
    let line = |text: &str| !text.chars().any(|c| c.is_control() || is_hidden(c));
    assert!(line(&mail.subject));
    for person in mail.from.iter().chain(&mail.to).chain(&mail.reply_to) {
        assert!(line(&person.address) && person.name.as_deref().is_none_or(line));
    }
    for listed in &mail.attachments {
        let bytes = attachment(raw, listed.index, &limits).expect("what is listed can be fetched");
        // What is broken in base64 may give a little less than its size promises.
        assert!(bytes.len() <= listed.bytes + 3);
        assert!(listed.name.as_deref().is_none_or(line));
    }
});
