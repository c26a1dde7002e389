//! An approval is for one exact call in its circumstances: any change of one thing voids it.

use super::mutations::{full, other_arguments, other_bindings, other_marks};
use super::*;
use crate::label::strategies::labels;
use crate::value::strategies::items;
use proptest::prelude::*;

const IN_TIME: Timestamp = Timestamp::from_millis(999);

#[test]
fn any_change_of_one_thing_changes_the_hash_and_voids_the_yes() {
    let approved = Approval {
        call_hash: call_hash(&full(), &binding()),
        ..asked(Status::Approved)
    };
    assert!(redeem(&approved, &call_hash(&full(), &binding()), IN_TIME).is_ok());
    let mut seen = BTreeSet::from([approved.call_hash.clone()]);
    let mut check = |what: &str, hash: String| {
        let refused = redeem(&approved, &hash, IN_TIME).err();
        assert_eq!(refused, Some(ApprovalError::Differs), "{what}");
        assert!(seen.insert(hash), "{what}: two calls have one hash");
    };
    for (what, changed) in other_arguments().into_iter().chain(other_marks()) {
        check(what, call_hash(&changed, &binding()));
    }
    for (what, changed) in other_bindings() {
        check(what, call_hash(&full(), &changed));
    }
    assert!(seen.len() > 65);
    assert_eq!(approved.call_hash.len(), 64);
}

#[test]
fn only_an_approved_question_can_be_redeemed_and_only_in_time() {
    let hash = call_hash(&call(), &binding());
    for (status, error) in [
        (Status::Waiting, ApprovalError::Unknown),
        (Status::Denied, ApprovalError::Answered),
        (Status::Expired, ApprovalError::Expired),
    ] {
        assert_eq!(redeem(&asked(status), &hash, IN_TIME).err(), Some(error));
    }
    let at = |ms| redeem(&asked(Status::Approved), &hash, Timestamp::from_millis(ms)).err();
    assert_eq!(at(999), None);
    // A yes to a call that had to wait for others ends like any other.
    assert_eq!(at(1000), Some(ApprovalError::Expired));
    assert_eq!(at(i64::MAX), Some(ApprovalError::Expired));
}

#[test]
fn the_yes_to_one_question_is_none_to_another() {
    let elsewhere = Binding {
        conversation: "chat:2",
        ..binding()
    };
    let later = Binding {
        expires_at: Timestamp::from_millis(2000),
        ..binding()
    };
    let again = Binding {
        turn: "t_2",
        ..binding()
    };
    // The same call, asked for elsewhere, later or by another turn.
    for other in [elsewhere, later, again] {
        let theirs = Approval {
            id: ApprovalId::try_from("a_2").unwrap(),
            call_hash: call_hash(&call(), &other),
            expires_at: other.expires_at,
            ..asked(Status::Approved)
        };
        let here = call_hash(&call(), &binding());
        assert_eq!(
            redeem(&theirs, &here, IN_TIME).err(),
            Some(ApprovalError::Differs)
        );
        let there = asked(Status::Waiting);
        assert_eq!(
            check_answer(&there, &theirs.call_hash, IN_TIME),
            Err(ApprovalError::Differs)
        );
    }
}

#[test]
fn grave_calls_can_be_approved_for_a_short_time_only() {
    for (effect, minutes) in [
        (EffectClass::Read, 1440),
        (EffectClass::Draft, 1440),
        (EffectClass::Write, 1440),
        (EffectClass::Send, 1440),
        (EffectClass::Delete, 1440),
        (EffectClass::Pay, 15),
        (EffectClass::Admin, 15),
    ] {
        assert_eq!(lifetime_ms(effect), minutes * 60_000, "{effect:?}");
    }
}

proptest! {
    #[test]
    fn two_calls_have_one_hash_if_and_only_if_they_are_the_same(
        a in items(), b in items(), same: bool,
    ) {
        let b = if same { a.clone() } else { b };
        let hash = |item: &Item| {
            let mut call = call();
            given(&mut call, "body", item.clone(), Origin::Literal);
            call_hash(&call, &binding())
        };
        prop_assert_eq!(hash(&a) == hash(&b), a == b);
    }

    #[test]
    fn a_call_that_was_stored_has_the_same_hash(item in items()) {
        let hash = |item: Item| {
            let mut call = call();
            given(&mut call, "body", item, Origin::Literal);
            call_hash(&call, &binding())
        };
        let row = serde_json::to_string(&item).unwrap();
        prop_assert_eq!(hash(serde_json::from_str(&row).unwrap()), hash(item));
    }

    #[test]
    fn any_other_label_is_another_call(a in labels(), b in labels()) {
        let hash = |label: &Label| {
            let mut call = call();
            given(&mut call, "to", text("ada@example.org", label.clone()), Origin::Literal);
            call_hash(&call, &binding())
        };
        prop_assert_eq!(hash(&a) == hash(&b), a == b);
    }

    #[test]
    fn no_value_makes_a_card_panic_or_cut(item in items(), text_ in any::<String>()) {
        let mut call = call();
        given(&mut call, "body", item, Origin::Literal);
        given(&mut call, "to", text(&text_, Label::worst()), Origin::Literal);
        let card = card(&call);
        prop_assert_eq!(card.lines.len(), 2);
        prop_assert_eq!(card.lines[0].name.as_str(), "to");
        prop_assert_eq!(&card.lines[0].value, &inert_whole(&text_));
        let hidden = card.plain(Locale::En).chars().any(crate::inert::is_hidden);
        prop_assert!(!hidden);
    }
}
