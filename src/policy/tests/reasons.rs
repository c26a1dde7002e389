//! The words of reasons: they stand in logs, on cards and in the API.

use super::*;
use expect_test::expect;
use std::collections::BTreeSet;

#[test]
fn reasons_have_stable_codes() {
    let codes = Reason::ALL.map(Reason::code).join(" ");
    expect!["only_reads only_drafts own_data as_you_said within_the_agent covered untrusted_control chosen_by_others new_readers improvised not_announced in_bulk each_shown grave influenced stopped over_budget no_rule approval_differs owner_said_no no_input"]
    .assert_eq(&codes);
    for reason in Reason::ALL {
        // The log and the wire use one word.
        let wire = serde_json::to_value(reason).unwrap();
        assert_eq!(wire, reason.code());
        assert_eq!(serde_json::from_value::<Reason>(wire).unwrap(), reason);
    }
}

#[test]
fn reasons_have_a_sentence_of_their_own_in_each_language() {
    let (mut english, mut french) = (BTreeSet::new(), BTreeSet::new());
    for reason in Reason::ALL {
        let (en, fr) = reason.sentence();
        for sentence in [en, fr] {
            assert!(sentence.ends_with('.'), "{sentence}");
            assert!(sentence.len() < 120, "{sentence} is no short sentence");
            assert!(!sentence.contains('_') && sentence.trim() == sentence);
        }
        assert!(english.insert(en) && french.insert(fr) && en != fr);
    }
}

#[test]
fn every_rule_gives_a_reason_and_every_reason_is_in_the_list() {
    for rule in DEFAULT {
        assert!(Reason::ALL.contains(&rule.reason), "{rule:?}");
        // A rule of one name is about one thing, whatever its reasons.
        let alike = DEFAULT.iter().filter(|other| other.name == rule.name);
        let verdicts: BTreeSet<bool> = alike.map(|r| r.verdict == Verdict::Allow).collect();
        assert_eq!(verdicts.len(), 1, "{}", rule.name);
    }
    let distinct: BTreeSet<Reason> = Reason::ALL.into_iter().collect();
    assert_eq!(distinct.len(), Reason::ALL.len());
}
