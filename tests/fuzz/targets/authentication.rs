//! Header fields: whoever is proven wrote from a domain that a field of the trusted server names.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sclerite_fuzz::format::authentication::{Trust, proven};
use sclerite_fuzz::format::mime::{Limits, read};

fuzz_target!(|raw: &[u8]| {
    let mail = read(
        raw,
        &Limits {
            raw_bytes_max: 8_000,
            ..Limits::default()
        },
    );
    let trust = Trust {
        server: "mx.example.org",
        relays: &[],
    };
    if let Some(proven) = proven(&mail.fields, &trust) {
        assert_eq!(mail.from.len(), 1);
        assert!(mail.from[0].address.eq_ignore_ascii_case(&proven.address));
        let field = mail
            .headers("Authentication-Results")
            .find(|value| value.to_ascii_lowercase().contains("mx.example.org"));
        assert!(field.is_some_and(|value| value.to_ascii_lowercase().contains("pass")));
    }
    // A server that nobody named proves nothing.
    assert_eq!(
        sclerite_fuzz::format::authentication::proven(
            &mail.fields,
            &Trust {
                server: "",
                relays: &[]
            }
        ),
        None
    );
});
