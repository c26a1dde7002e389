//! What adding and leaving out rules does to decisions.

use super::table::conditions;
use super::*;
use proptest::prelude::*;

/// Whether a rule of this name can matter in a case.
fn names(name: &str, case: Case) -> bool {
    let grave =
        |weight| case.weight == weight && (!case.now.covered || case.now.tainted || case.picked);
    match name {
        "chosen" => case.weight >= EffectClass::Write && case.chosen,
        "readers" => case.weight >= EffectClass::Write && case.leaks,
        "pay" => grave(EffectClass::Pay),
        "delete" => grave(EffectClass::Delete),
        "admin" => grave(EffectClass::Admin),
        _ => false,
    }
}

#[test]
fn a_rule_that_is_left_out_loosens_only_what_it_names() {
    for left_out in OPTIONAL {
        assert!(DEFAULT.iter().any(|rule| rule.name == *left_out));
        let kept: Vec<Rule> = DEFAULT
            .iter()
            .filter(|rule| rule.name != *left_out)
            .copied()
            .collect();
        let mut loosened = 0;
        for case in Case::all() {
            let call = case.call();
            let with = verdict(&by_default(&call, case.now));
            let without = decide_by(&kept, &Intent::Tool(&call), case.now);
            assert!(verdict(&without) <= with, "{left_out} {case:?}");
            if verdict(&without) < with {
                assert!(names(left_out, case), "{left_out} {case:?}");
                assert_eq!((with, verdict(&without)), (Verdict::Ask, Verdict::Allow));
                loosened += 1;
            }
        }
        assert!(loosened > 0, "{left_out} changes nothing");
    }
}

#[test]
fn without_every_optional_rule_what_is_steered_or_improvised_still_asks() {
    let kept: Vec<Rule> = DEFAULT
        .iter()
        .filter(|rule| !OPTIONAL.contains(&rule.name))
        .copied()
        .collect();
    for case in Case::all().filter(|case| case.weight >= EffectClass::Write) {
        let call = case.call();
        let found = verdict(&decide_by(&kept, &Intent::Tool(&call), case.now));
        let improvised = case.improvises && case.now.exposed && !case.now.announced;
        if case.steered || improvised || case.now.in_bulk {
            assert!(found >= Verdict::Ask, "{case:?}");
        }
        if case.now.stopped {
            assert_eq!(found, Verdict::Deny);
        }
    }
}

#[test]
fn a_rule_that_is_added_only_asks_more() {
    for added in ADDITIONAL {
        let with: Vec<Rule> = DEFAULT.iter().chain([added]).copied().collect();
        let mut stricter = 0;
        for case in Case::all() {
            let call = case.call();
            let before = verdict(&by_default(&call, case.now));
            let after = verdict(&decide_by(&with, &Intent::Tool(&call), case.now));
            assert!(after >= before, "{} {case:?}", added.name);
            if after > before {
                assert_eq!(case.weight, EffectClass::Send, "{case:?}");
                assert_eq!((before, after), (Verdict::Allow, Verdict::Ask));
                stricter += 1;
            }
        }
        assert!(stricter > 0, "{} changes nothing", added.name);
    }
}

/// Every rule that can be written, but for its reason.
fn all_rules() -> Vec<Rule> {
    const SINGLE: [Scope; 7] = [
        Scope::Tools(&[EffectClass::Read]),
        Scope::Tools(&[EffectClass::Draft]),
        Scope::Tools(&[EffectClass::Write]),
        Scope::Tools(&[EffectClass::Send]),
        Scope::Tools(&[EffectClass::Delete]),
        Scope::Tools(&[EffectClass::Pay]),
        Scope::Tools(&[EffectClass::Admin]),
    ];
    let scopes = SINGLE.into_iter().chain([
        Scope::Tools(&[]),
        Scope::Tools(&WEIGHTS),
        Scope::WithinTheAgent,
        Scope::Everything,
    ]);
    let mut rules = Vec::new();
    for scope in scopes {
        for when in [
            When::Always,
            When::Stopped,
            When::OverBudget,
            When::Steered,
            When::Chosen,
            When::Leaks,
            When::NotCovered,
            When::Improvised,
            When::Unannounced,
            When::Influenced,
            When::InBulk,
        ] {
            for verdict in [Verdict::Allow, Verdict::Ask, Verdict::Deny] {
                rules.push(Rule {
                    name: "added",
                    scope,
                    when,
                    verdict,
                    reason: Reason::Grave,
                });
            }
        }
    }
    rules
}

/// Adding a rule makes nothing looser, save what no rule spoke of, and its place does not count.
fn check_added(base: &[Rule], added: Rule, intent: &Intent<'_>, now: Circumstances) {
    let more: Vec<Rule> = base.iter().copied().chain([added]).collect();
    let turned: Vec<Rule> = more.iter().rev().copied().collect();
    let before = decide_by(base, intent, now);
    let after = verdict(&decide_by(&more, intent, now));
    let unspoken = reason(&before) == Reason::NoRule;
    assert!(
        after >= verdict(&before) || unspoken,
        "{base:?} + {added:?}: {intent:?} {now:?}"
    );
    assert_eq!(after, verdict(&decide_by(&turned, intent, now)));
}

#[test]
fn no_rule_that_is_added_to_the_default_loosens_it() {
    let rules = all_rules();
    for (_, case) in conditions() {
        for weight in WEIGHTS {
            let call = Case { weight, ..case }.call();
            for added in &rules {
                check_added(DEFAULT, *added, &Intent::Tool(&call), case.now);
            }
        }
        for intent in WITHIN {
            for added in &rules {
                check_added(DEFAULT, *added, &intent, case.now);
            }
        }
    }
}

proptest! {
    #[test]
    fn no_rule_that_is_added_to_any_others_loosens_them(
        base in proptest::sample::subsequence(all_rules(), 0..12),
        added in proptest::sample::select(all_rules()),
        weight in proptest::sample::select(WEIGHTS.to_vec()),
        n in 0_u32..1 << 12,
    ) {
        let case = Case::nth(weight, n);
        let call = case.call();
        check_added(&base, added, &Intent::Tool(&call), case.now);
        check_added(&base, added, &Intent::AskPlanner, case.now);
        check_added(&base, added, &Intent::TellOwner, case.now);
    }
}
