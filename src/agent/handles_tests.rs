//! References as planners write them.

use super::*;

#[test]
fn references_read_whole_texts_only() {
    assert!(Reference::parse("$mail_2[1].body").is_some());
    for text in [
        "mail_2",
        "$mail",
        "$mail_",
        "$mail_2 ",
        "see $mail_2",
        "$mail_2[0]",
        "$_2",
    ] {
        assert_eq!(Reference::parse(text), None, "{text}");
    }
    for text in [
        "$mail_2[",
        "$mail_2[x]",
        "$mail_2.",
        "$mail_2.b-c",
        "$mail_2[1]x",
        "$MAIL_2",
    ] {
        assert_eq!(Reference::parse(text), None, "{text}");
    }
}
