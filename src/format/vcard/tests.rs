//! Cards as services and phones write them, what is written, and what stays.

use super::*;
use crate::time::Timestamp;
use proptest::prelude::*;

const PHONE: &str = "BEGIN:VCARD\r
VERSION:2.1\r
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=BCrgen;;;\r
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen =\r
M=C3=BCller\r
TEL;CELL;PREF:+49 170 1\r
TEL;WORK:+49 30 2\r
EMAIL;INTERNET;HOME:jm@example.com\r
NOTE;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:caf=E9=zz\r
PHOTO;ENCODING=BASE64;JPEG:\r
 AAAA\r
\r
END:VCARD\r
";

const CLOUD: &str = "BEGIN:VCARD
VERSION:3.0
UID:u-1
N:Doe;Ann;Q.;Dr.;
item1.EMAIL;type=INTERNET;type=WORK:ann@work.example
item1.X-ABLabel:_$!<Office>!$_
EMAIL;type=INTERNET;type=pref:ann@example.com
EMAIL;TYPE=\"home,old\":ann@home.example
ORG:Example\\, Inc.;Sales
CATEGORIES:Friends,Work\\,hard
X-CUSTOM;A=b:stays
REV:20200101T000000Z
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Team
X-ADDRESSBOOKSERVER-KIND:group
X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:u-1
END:VCARD
";

fn values(entries: &[Entry]) -> Vec<(&str, String)> {
    let all = entries.iter();
    all.map(|entry| (entry.value.as_str(), entry.kinds.join(" ")))
        .collect()
}

#[test]
fn a_card_of_a_phone_is_read() {
    let card = read(PHONE).unwrap().remove(0);
    assert_eq!(
        (card.name.as_str(), card.family.as_str()),
        ("Jürgen Müller", "Müller")
    );
    assert_eq!(
        values(&card.phones),
        [
            ("+49 170 1", "cell".to_owned()),
            ("+49 30 2", "work".to_owned())
        ]
    );
    assert_eq!(
        values(&card.emails),
        [("jm@example.com", "home".to_owned())]
    );
    assert_eq!(card.note, "café=zz");
}

#[test]
fn a_soft_line_break_does_not_take_the_end_of_a_card_with_it() {
    let text = "BEGIN:VCARD\nFN:A\nNOTE;QUOTED-PRINTABLE:a=\nb=\n \nEND:VCARD";
    let card = read(text).unwrap().remove(0);
    assert_eq!(card.note, "ab");
}

#[test]
fn a_card_of_a_service_is_read_and_groups_have_members() {
    let cards = read(CLOUD).unwrap();
    let [ann, team] = &cards[..] else {
        panic!("{cards:?}")
    };
    assert_eq!(ann.name, "Ann Doe", "a missing name is made of its parts");
    assert_eq!(
        values(&ann.emails),
        [
            ("ann@example.com", String::new()),
            ("ann@work.example", "work".to_owned()),
            ("ann@home.example", "home old".to_owned())
        ]
    );
    assert_eq!(ann.organisation, "Example, Inc.");
    assert_eq!(ann.categories, ["Friends", "Work,hard"]);
    assert_eq!(
        (team.kind, &team.members[..]),
        (Kind::Group, &["urn:uuid:u-1".to_owned()][..])
    );
    let new = "BEGIN:VCARD\nVERSION:4.0\nKIND:group\nFN:G\nMEMBER:mailto:a@example.com\nTEL;VALUE=uri;PREF=2:tel:+1\nTEL;PREF=1:tel:+2\nEND:VCARD";
    let new = read(new).unwrap().remove(0);
    assert_eq!((new.kind, new.members.len()), (Kind::Group, 1));
    assert_eq!(new.phones[0].value, "+2");
    assert_eq!(
        read("BEGIN:VCALENDAR\nEND:VCALENDAR"),
        Err(VcardError::NoCard)
    );
}

fn only_card() -> String {
    let (first, _) = CLOUD.split_once("END:VCARD\n").unwrap();
    format!("{first}END:VCARD\n").replace('\n', "\r\n")
}

fn changed(change: &Change) -> Result<String, EditError> {
    edit(
        &only_card(),
        change,
        Timestamp::from_millis(1_768_176_000_000),
    )
}

fn entry(value: &str) -> Entry {
    Entry {
        value: value.to_owned(),
        kinds: vec!["work".to_owned()],
    }
}

#[test]
fn a_line_is_not_added_to_a_soft_line_break() {
    let card = "BEGIN:VCARD\r\nVERSION:2.1\r\nNOTE;QUOTED-PRINTABLE:a=\r\nEND:VCARD\r\n";
    let add = Change::Add(Field::Email, entry("ann@example.com"));
    let new = edit(card, &add, Timestamp::from_millis(0)).unwrap();
    let read = read(&new).unwrap().remove(0);
    assert_eq!(read.emails.len(), 1, "{new}");
    assert_eq!(read.note, "a");
}

#[test]
fn a_kind_is_no_encoding() {
    let kinds = vec!["quoted-printable".to_owned()];
    let one = |value: &str| Entry {
        value: value.into(),
        kinds: kinds.clone(),
    };
    let card = Card {
        emails: vec![one("a="), one("b")],
        ..Card::default()
    };
    let again = read(write(&card, Version::V3)).unwrap().remove(0);
    assert_eq!(again.emails, card.emails);
}

#[test]
fn a_change_keeps_the_rest() {
    let after = changed(&Change::Add(Field::Email, entry("new@example.com"))).unwrap();
    let expected = only_card()
        .replace("20200101T000000Z", "20260112T000000Z")
        .replace("END:VCARD", "EMAIL;TYPE=work:new@example.com\r\nEND:VCARD");
    assert_eq!(after, expected);
    let same = changed(&Change::Add(Field::Email, entry("ANN@example.com"))).unwrap();
    assert_eq!(same.matches("EMAIL").count(), 3);
    let less = changed(&Change::Remove(Field::Email, "ann@work.example".to_owned())).unwrap();
    assert!(!less.contains("item1") && less.contains("X-CUSTOM;A=b:stays\r\n"));
    assert_eq!(
        changed(&Change::Remove(Field::Phone, "1".to_owned())),
        Err(EditError::NotFound)
    );
    let change = Change::Name {
        name: "Ann Roe".to_owned(),
        family: "Roe".to_owned(),
        given: "Ann".to_owned(),
    };
    let renamed = changed(&change).unwrap();
    assert!(renamed.contains("\r\nN:Roe;Ann;Q.;Dr.;\r\n") && renamed.contains("FN:Ann Roe\r\n"));
    assert_eq!(
        edit(CLOUD, &change, Timestamp::default()),
        Err(EditError::NotOne)
    );
    let member = Change::Add(Field::Member, entry("urn:uuid:x"));
    assert!(
        changed(&member)
            .unwrap()
            .contains("\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:x\r\n")
    );
    let old = edit(
        PHONE,
        &Change::Add(Field::Phone, entry("1")),
        Timestamp::default(),
    )
    .unwrap();
    assert!(
        old.starts_with(PHONE.trim_end_matches("END:VCARD\r\n")),
        "{old}"
    );
}

#[test]
fn no_text_begins_a_property() {
    let evil = "a\r\nEMAIL:eve@example.com\u{2028}EMAIL:x\nEND:VCARD";
    let card = Card {
        uid: evil.to_owned(),
        name: evil.to_owned(),
        organisation: evil.to_owned(),
        note: evil.to_owned(),
        categories: vec![evil.to_owned()],
        members: vec![evil.to_owned()],
        emails: vec![Entry {
            value: evil.to_owned(),
            kinds: vec![evil.to_owned()],
        }],
        ..Card::default()
    };
    for version in [Version::V3, Version::V4] {
        let text = write(&card, version);
        let begin = |name: &str| text.lines().filter(|line| line.starts_with(name)).count();
        assert_eq!((begin("EMAIL"), begin("END")), (1, 1), "{text}");
        assert!(!text.contains('\u{2028}'));
    }
}

fn word() -> impl Strategy<Value = String> {
    "[ -~é\n]{0,90}".prop_map(|text| text.trim().to_owned())
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let one = (
        "[a-z0-9+@.;,]{1,40}",
        prop::collection::vec("[a-z]{1,6}", 0..3),
    );
    let one = one.prop_filter("kinds that say something else", |(_, kinds)| {
        !kinds
            .iter()
            .any(|kind| kind == "pref" || kind == "internet")
    });
    prop::collection::vec(one.prop_map(|(value, kinds)| Entry { value, kinds }), 0..4)
}

proptest! {
    #[test]
    fn nothing_crashes_the_reader(text in "(BEGIN:VCARD\n)?[ -~é\n=;:]{0,200}(\nEND:VCARD)?", bytes in any::<Vec<u8>>()) {
        let _ = (read(&text), read(&bytes));
        let change = Change::Add(Field::Email, entry("a@example.com"));
        if let Ok(after) = edit(&text, &change, Timestamp::default()) {
            prop_assert_eq!(edit(&after, &change, Timestamp::default()), Ok(after));
        }
    }

    #[test]
    fn what_is_written_is_read_back(
        words in [word(), word(), word(), word(), word(), word()],
        (emails, phones) in (entries(), entries()),
        categories in prop::collection::vec("[ -~]{0,20}[a-z]", 0..3),
        (is_group, new) in any::<(bool, bool)>(),
    ) {
        let [uid, name, family, given, organisation, note] = words;
        let name = format!("N{name}");
        let card = Card {
            uid,
            kind: if is_group { Kind::Group } else { Kind::Individual },
            name,
            family,
            given,
            emails,
            phones,
            organisation,
            title: String::new(),
            categories: categories.iter().map(|one| one.trim().to_owned()).collect(),
            members: vec!["urn:uuid:1".to_owned()],
            note,
        };
        let text = write(&card, if new { Version::V4 } else { Version::V3 });
        prop_assert_eq!(read(&text), Ok(vec![card]));
    }
}

#[test]
fn a_member_that_cannot_be_seen_is_none() {
    let text = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Team\r\nKIND:group\r\n\
        MEMBER:\0\0\r\nMEMBER: urn:uuid:1\0 \r\nEND:VCARD\r\n";
    let team = read(text).unwrap().remove(0);
    assert_eq!(team.members, ["urn:uuid:1"]);
    assert_eq!(read(write(&team, Version::V4)).unwrap(), [team]);
}
