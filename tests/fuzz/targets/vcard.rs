//! Cards: they are read and written alike, and no text of a change becomes a line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sclerite_fuzz::closed;
use sclerite_fuzz::format::vcard::{Card, Change, Entry, Field, Version, edit, read, write};
use sclerite_fuzz::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fuzz_target!(|bytes: &[u8]| {
    let text = closed(bytes);
    let Ok(cards) = read(&text) else { return };
    for (card, version) in cards
        .iter()
        .zip([Version::V3, Version::V4].into_iter().cycle())
    {
        let again = one(&write(card, version));
        let third = one(&write(&again, version));
        // A scheme before a value is taken off once each time.
        let schemes = |entry: &Entry| entry.value.contains(':');
        if !card.emails.iter().chain(&card.phones).any(schemes) {
            assert_eq!(again, third);
            assert!(again.emails.len() <= card.emails.len());
            assert!(again.phones.len() <= card.phones.len());
        }
        assert!(again.members.len() <= card.members.len());
    }
    let [card] = &cards[..] else { return };
    let tail: String = text.chars().rev().skip(10).take(60).collect();
    // One change each; every one for what is read whole.
    let is_whole = bytes.len() > 600;
    let picked = bytes
        .iter()
        .fold(bytes.len(), |sum, byte| sum + usize::from(*byte));
    if is_whole || picked % 3 == 0 {
        name(&text, &tail);
    }
    for (nth, field) in [Field::Email, Field::Phone, Field::Member]
        .into_iter()
        .enumerate()
    {
        if is_whole || picked % 9 == nth * 3 + 1 {
            add(&text, card, field, &tail);
        }
        if is_whole || picked % 9 == nth * 3 + 2 {
            remove(&text, card, field);
        }
    }
});

fn one(text: &str) -> Card {
    let mut cards = read(text).expect("what was written can be read");
    assert_eq!(cards.len(), 1, "{text}");
    cards.pop().expect("one")
}

fn name(text: &str, tail: &str) {
    let change = Change::Name {
        name: tail.to_owned(),
        family: "Schmidt".to_owned(),
        given: tail.to_owned(),
    };
    if let Ok(new) = edit(text, &change, NOW) {
        let card = one(&new);
        assert_eq!(card.family, "Schmidt");
    }
}

fn held(card: &Card, field: Field) -> Vec<&str> {
    let entries = match field {
        Field::Email => &card.emails,
        Field::Phone => &card.phones,
        Field::Member => return card.members.iter().map(String::as_str).collect(),
    };
    entries.iter().map(|one| one.value.as_str()).collect()
}

fn add(text: &str, card: &Card, field: Field, tail: &str) {
    for value in ["max@example.org", tail] {
        let entry = Entry {
            value: value.to_owned(),
            kinds: vec![tail.to_owned()],
        };
        let Ok(new) = edit(text, &Change::Add(field, entry), NOW) else {
            continue;
        };
        let after = one(&new);
        assert!(held(&after, field).len() <= held(card, field).len() + 1);
        for other in [Field::Email, Field::Phone, Field::Member] {
            if other != field {
                assert_eq!(held(&after, other), held(card, other));
            }
        }
    }
}

fn remove(text: &str, card: &Card, field: Field) {
    let Some(value) = held(card, field).first().map(|one| (*one).to_owned()) else {
        return;
    };
    if let Ok(new) = edit(text, &Change::Remove(field, value), NOW) {
        let after = one(&new);
        assert!(held(&after, field).len() < held(card, field).len());
    }
}
