//! Who may learn what: content that goes to somebody who may not read it.

use super::*;
use crate::value::record;
use std::collections::BTreeSet;

fn only(people: &[&str]) -> Readers {
    Readers::Only(people.iter().map(|name| (*name).to_owned()).collect())
}

fn people(named: &[(&str, bool)]) -> Audience {
    let people = named
        .iter()
        .map(|(name, named)| ((*name).to_owned(), *named));
    Audience::People(people.collect())
}

fn mail(readers: Readers) -> Label {
    Label::untrusted("mail:1", readers)
}

#[track_caller]
fn check(item: &Item, audience: &Audience, leaks_it: bool) {
    for name in ["what", "files", "rules"] {
        let mut call = empty(EffectClass::Send);
        give(&mut call, name, item.clone());
        call.audience = audience.clone();
        assert_eq!(leaks(&call), leaks_it, "{name}: {item:?} to {audience:?}");
    }
    // What only names somebody or is of no weight carries nothing.
    for name in ["whom", "which", "page"] {
        let mut call = empty(EffectClass::Send);
        give(&mut call, name, item.clone());
        call.audience = audience.clone();
        assert!(!leaks(&call), "{name}");
    }
}

#[test]
fn content_goes_to_those_who_may_read_it() {
    let ada = &["mail:ada@a.example"];
    for (readers, audience, leaks_it) in [
        (Readers::owner(), Audience::Nobody, false),
        (Readers::owner(), people(&[(ada[0], false)]), true),
        (Readers::owner(), people(&[(ada[0], true)]), false),
        (only(ada), people(&[(ada[0], false)]), false),
        (
            only(ada),
            people(&[(ada[0], false), ("mail:eve@e.example", false)]),
            true,
        ),
        (
            only(ada),
            people(&[(ada[0], false), ("mail:eve@e.example", true)]),
            false,
        ),
        (only(ada), people(&[("user:ada@a.example", false)]), true),
        (only(ada), Audience::Everyone { named: false }, true),
        (only(ada), Audience::Everyone { named: true }, false),
        (Readers::owner(), Audience::Everyone { named: false }, true),
        (
            Readers::Everyone,
            Audience::Everyone { named: false },
            false,
        ),
        (
            Readers::Everyone,
            people(&[("mail:eve@e.example", false)]),
            false,
        ),
        (Readers::Everyone, Audience::Nobody, false),
    ] {
        check(&text("x", mail(readers)), &audience, leaks_it);
    }
}

#[test]
fn the_owners_own_words_go_where_the_owner_sends_them_but_not_their_files() {
    let anybody = Audience::Everyone { named: false };
    check(&text("x", Label::owner()), &anybody, false);
    let noted = Label {
        sources: BTreeSet::from(["notes:1".to_owned()]),
        ..Label::owner()
    };
    check(&text("x", noted), &anybody, true);
    let composed = Label {
        integrity: Integrity::Untrusted,
        ..Label::owner()
    };
    check(&text("x", composed), &anybody, true);
    check(&text("x", Label::worst()), &anybody, true);
}

#[test]
fn every_part_counts_with_what_is_around_it() {
    let anybody = Audience::Everyone { named: false };
    let public = || text("public", mail(Readers::Everyone));
    let private = || text("private", mail(Readers::owner()));
    let list = |items: Vec<Item>, readers| Labeled::new(Value::List(items), mail(readers));
    check(&list(vec![public()], Readers::Everyone), &anybody, false);
    check(
        &list(vec![public(), private()], Readers::Everyone),
        &anybody,
        true,
    );
    check(&list(vec![public()], Readers::owner()), &anybody, true);
    let deep = |inner: Item| {
        let inner = record(mail(Readers::Everyone), [("body", inner)]);
        list(vec![public(), inner], Readers::Everyone)
    };
    check(&deep(public()), &anybody, false);
    check(&deep(private()), &anybody, true);
    // Owner's words inside something with a source are that something's.
    let inside = list(vec![text("x", Label::owner())], Readers::owner());
    check(&inside, &anybody, true);
}

#[test]
fn numbers_and_times_tell_as_much_as_texts_and_nothing_tells_nothing() {
    let anybody = Audience::Everyone { named: false };
    let label = || mail(Readers::owner());
    for value in [
        Value::Bool(false),
        Value::Int(0),
        Value::Text(String::new()),
        Value::Time(crate::time::Timestamp::from_millis(0)),
    ] {
        check(&Labeled::new(value, label()), &anybody, true);
    }
    check(&Labeled::new(Value::Null, label()), &anybody, false);
}
