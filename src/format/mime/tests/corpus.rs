//! The awkward messages of another project, in `tests/fixtures/mime`.
//!
//! The one thing to know: each is read whole and cut off at many places, and none may do more than
//! be read; of some, the words are known.

use super::super::*;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mime")
}

fn fixture(number: &str) -> Mail {
    let path = folder().join(format!("msg_{number}.txt"));
    let raw = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    read(&raw, &Limits::default())
}

#[test]
fn every_message_is_read_however_it_is_cut() {
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        count += 1;
        let raw = std::fs::read(&path).expect("it can be read");
        for end in (0..=raw.len())
            .step_by(raw.len() / 60 + 1)
            .chain([raw.len()])
        {
            let mail = read(&raw[..end], &Limits::default());
            assert!(mail.text.len() <= raw.len() * 3, "{}", path.display());
            for listed in &mail.attachments {
                assert!(attachment(&raw[..end], listed.index, &Limits::default()).is_some());
            }
        }
        assert!(!read(&raw, &Limits::default()).is_cut, "{}", path.display());
    }
    assert_eq!(count, 16);
}

#[test]
fn a_digest_has_its_messages() {
    let mail = fixture("02");
    assert_eq!(mail.subject, "Ppp digest, Vol 1 #2 - 5 msgs");
    assert!(
        mail.text
            .starts_with("Send Ppp mailing list submissions to\n")
    );
    // An empty line before the header of each makes it a part without a type: a message.
    let inner = mail.attachments.iter().filter_map(|a| a.text.as_deref());
    assert_eq!(inner.filter(|text| text.ends_with("\n\nhello")).count(), 5);
}

#[test]
fn encodings_and_sets_differ_from_part_to_part() {
    let mail = fixture("10");
    assert_eq!(
        mail.text,
        "This is a 7bit encoded message.\n\n¡This is a Quoted Printable encoded message!\n\n\
         This is a Base64 encoded message.\n\nThis is a Base64 encoded message.\n\n\
         This has no Content-Transfer-Encoding: header."
    );
    assert_eq!(fixture("32").text, "Some message.");
}

#[test]
fn what_breaks_the_rules_is_read_as_people_read_it() {
    // A type without a subtype.
    let odd = fixture("14");
    assert!(odd.text.contains("drainbread ISP"));
    assert_eq!(odd.from[0].name.as_deref(), Some("John X. Doe"));
    // The same boundary within and without.
    let twice = fixture("15");
    assert!(twice.text.contains("Some removed test.") && twice.text.contains("Some removed text."));
    assert_eq!(twice.attachments[0].name.as_deref(), Some("xx.gif"));
    // No empty line after the header.
    let no_body = fixture("35");
    assert_eq!(
        no_body.text,
        "counter to RFC 2822, there's no separating newline here"
    );
    // Boundaries with nothing between them, and none at all.
    assert_eq!(fixture("37").attachments.len(), 3);
    assert_eq!(fixture("41").text, "Blah blah blah");
    let report = fixture("16");
    assert!(
        report
            .text
            .starts_with("This report relates to a message you sent")
    );
    assert!(report.attachments.iter().any(|a| {
        a.text
            .as_deref()
            .is_some_and(|text| text.contains("[scr] yeah for Ians!!"))
    }));
}
