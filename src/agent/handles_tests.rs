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

#[test]
fn the_files_of_a_mail_are_files() {
    let part = |text: &str, kind| Reference::parse(text).unwrap().part(kind);
    for (text, kind) in [
        ("$mail_1[1].attachments[2]", Kind::Mails),
        ("$mail_2.attachments[1]", Kind::Mail),
    ] {
        assert_eq!(part(text, kind), Some(Part::Whole(Kind::File)), "{text}");
        let name = format!("{text}.name");
        assert_eq!(part(&name, kind), Some(Part::Field));
        let nothing = format!("{text}.body");
        assert_eq!(part(&nothing, kind), None);
    }
    assert_eq!(part("$mail_2.attachments", Kind::Mail), Some(Part::Field));
    assert_eq!(part("$mail_2.body[1]", Kind::Mail), Some(Part::Open));
    assert_eq!(part("$event_1.attendees[1]", Kind::Event), Some(Part::Open));
}
