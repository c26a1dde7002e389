//! Every class of effect, every rule that could be added: what may happen, asked of each.
//!
//! The universe is small, so it is enumerated and not sampled.

use super::rules::{DEFAULT, Verdict};
use super::*;
use crate::approval::{Approval, Card, Status, redeem};
use crate::id::ApprovalId;
use crate::time::Timestamp;
use crate::tool::{Kind, ToolCall, ToolSpec};
use expect_test::expect;
use std::collections::{BTreeMap, BTreeSet};

const EFFECTS: [EffectClass; 7] = [
    EffectClass::Read,
    EffectClass::Draft,
    EffectClass::Write,
    EffectClass::Send,
    EffectClass::Delete,
    EffectClass::Pay,
    EffectClass::Admin,
];
const REACHES: [Reach, Sinks; 2] = [Reach::Inside, Reach::Outside];
const REASONS: [Reason; 11] = [
    Reason::OnlyReads,
    Reason::OnlyDrafts,
    Reason::OwnStorage,
    Reason::WithinTheAgent,
    Reason::OthersSeeIt,
    Reason::ChangesOutside,
    Reason::Grave,
    Reason::Stopped,
    Reason::NoRule,
    Reason::ApprovalDiffers,
    Reason::OwnerSaidNo,
];

fn call(effect: EffectClass, reach: Reach) -> Call {
    let spec = ToolSpec {
        name: "a_tool",
        about: "",
        effect,
        reach,
        args: &[],
        returns: Kind::Note,
        source: None,
        sinks: Sinks::Nobody,
    };
    Call {
        spec: Box::leak(Box::new(spec)),
        args: BTreeMap::new(),
    }
}

/// All calls that differ for policy.
fn calls() -> Vec<Call> {
    let of = |effect| REACHES.map(|reach| call(effect, reach));
    EFFECTS.into_iter().flat_map(of).collect()
}

/// All intents, stopped and not.
fn cases(calls: &[Call]) -> Vec<(Intent<'_>, Circumstances)> {
    let mut cases = Vec::new();
    for stopped in [false, true] {
        let now = Circumstances { stopped };
        cases.extend(calls.iter().map(|call| (Intent::Tool(call), now)));
        cases.push((Intent::AskPlanner, now));
        cases.push((Intent::TellOwner, now));
    }
    cases
}

/// Every rule that can be written.
fn all_rules() -> Vec<Rule> {
    let mut scopes = vec![Scope::WithinTheAgent, Scope::WhenStopped];
    for effect in EFFECTS {
        scopes.push(Scope::Tool(effect, None));
        scopes.extend(REACHES.map(|reach| Scope::Tool(effect, Some(reach))));
    }
    let verdicts = [Verdict::Allow, Verdict::Ask, Verdict::Deny];
    let of = |scope| {
        verdicts.map(|verdict| Rule {
            scope,
            verdict,
            reason: Reason::Grave,
        })
    };
    scopes.into_iter().flat_map(of).collect()
}

/// How strict a decision is, and whether it is the one for what no rule speaks of.
fn strictness(decision: &Decision) -> (u8, bool) {
    match decision {
        Decision::Allow(_) => (0, false),
        Decision::Ask(_) => (1, false),
        Decision::Deny(reason) => (2, *reason == Reason::NoRule),
    }
}

fn told(decision: &Decision) -> String {
    match decision {
        Decision::Allow(_) => "allow".to_owned(),
        Decision::Ask(reason) => format!("ask ({})", reason.code()),
        Decision::Deny(reason) => format!("deny ({})", reason.code()),
    }
}

#[test]
fn the_decisions_of_a_deployment_without_rules_of_its_own() {
    let calls = calls();
    let mut table = String::new();
    for (intent, now) in cases(&calls) {
        let what = match &intent {
            Intent::Tool(call) => format!("{} {:?}", call.spec.effect.word(), call.spec.reach),
            Intent::AskPlanner => "ask planner".to_owned(),
            Intent::TellOwner => "tell owner".to_owned(),
        };
        let stopped = if now.stopped { "stopped: " } else { "" };
        let decision = told(&decide(&intent, now));
        table.push_str(&format!("{stopped}{what}: {decision}\n"));
    }
    expect![[r"
        read Inside: allow
        read Outside: allow
        draft Inside: allow
        draft Outside: allow
        write Inside: allow
        write Outside: ask (changes_outside)
        send Inside: ask (others_see_it)
        send Outside: ask (others_see_it)
        delete Inside: ask (grave)
        delete Outside: ask (grave)
        pay Inside: ask (grave)
        pay Outside: ask (grave)
        admin Inside: ask (grave)
        admin Outside: ask (grave)
        ask planner: allow
        tell owner: allow
        stopped: read Inside: deny (stopped)
        stopped: read Outside: deny (stopped)
        stopped: draft Inside: deny (stopped)
        stopped: draft Outside: deny (stopped)
        stopped: write Inside: deny (stopped)
        stopped: write Outside: deny (stopped)
        stopped: send Inside: deny (stopped)
        stopped: send Outside: deny (stopped)
        stopped: delete Inside: deny (stopped)
        stopped: delete Outside: deny (stopped)
        stopped: pay Inside: deny (stopped)
        stopped: pay Outside: deny (stopped)
        stopped: admin Inside: deny (stopped)
        stopped: admin Outside: deny (stopped)
        stopped: ask planner: deny (stopped)
        stopped: tell owner: allow
    "]]
    .assert_eq(&table);
}

#[test]
fn without_a_rule_everything_is_denied() {
    for (intent, now) in cases(&calls()) {
        let decision = decide_by(&[], &intent, now);
        assert!(matches!(decision, Decision::Deny(Reason::NoRule)));
    }
}

#[test]
fn adding_a_rule_never_loosens_a_decision() {
    let calls = calls();
    let rules = all_rules();
    let mut bases: Vec<Vec<Rule>> = rules.iter().map(|rule| vec![*rule]).collect();
    bases.push(DEFAULT.to_vec());
    for base in &bases {
        for added in &rules {
            let more: Vec<Rule> = base.iter().copied().chain([*added]).collect();
            let fewer: Vec<Rule> = [*added].into_iter().chain(base.iter().copied()).collect();
            for (intent, now) in cases(&calls) {
                let (before, unspoken) = strictness(&decide_by(base, &intent, now));
                let (after, _) = strictness(&decide_by(&more, &intent, now));
                assert!(
                    after >= before || unspoken,
                    "{base:?} + {added:?}: {intent:?}"
                );
                let turned = strictness(&decide_by(&fewer, &intent, now)).0;
                assert_eq!(
                    after, turned,
                    "the order of rules counts: {base:?} + {added:?}"
                );
            }
        }
    }
}

#[test]
fn pressing_stop_never_loosens_and_leaves_only_words_to_the_owner() {
    for (intent, now) in cases(&calls()).into_iter().filter(|(_, now)| !now.stopped) {
        let stopped = decide(&intent, Circumstances { stopped: true });
        assert!(strictness(&stopped) >= strictness(&decide(&intent, now)));
        let may = matches!(stopped, Decision::Allow(_));
        assert_eq!(may, matches!(intent, Intent::TellOwner), "{intent:?}");
    }
}

#[test]
fn what_is_allowed_has_a_reason_on_record() {
    for (intent, now) in cases(&calls()) {
        if matches!(decide(&intent, now), Decision::Allow(_)) {
            assert_ne!(
                reason_for_allowing(&intent, now),
                Reason::NoRule,
                "{intent:?}"
            );
        }
    }
}

#[test]
fn an_approval_turns_an_ask_into_a_yes_and_nothing_else() {
    let approved = || {
        let approval = Approval {
            id: ApprovalId::try_from("a_1").unwrap(),
            turn: 1,
            call: ToolCall {
                id: String::new(),
                tool: "a_tool".into(),
                args: serde_json::json!({}),
            },
            card: Card {
                tool: String::new(),
                effect: String::new(),
                lines: vec![],
            },
            call_hash: "hash".into(),
            expires_at: Timestamp::from_millis(1),
            status: Status::Approved,
        };
        redeem(&approval, "hash").unwrap()
    };
    assert!(confirm(Decision::Ask(Reason::Grave), approved()).is_ok());
    let denied = confirm(Decision::Deny(Reason::Stopped), approved());
    assert_eq!(denied.err(), Some(Reason::Stopped));
}

#[test]
fn reasons_have_stable_codes_and_a_sentence_in_each_language() {
    let codes: Vec<&str> = REASONS.iter().map(|reason| reason.code()).collect();
    expect![[r#"
        [
            "only_reads",
            "only_drafts",
            "own_storage",
            "within_the_agent",
            "others_see_it",
            "changes_outside",
            "grave",
            "stopped",
            "no_rule",
            "approval_differs",
            "owner_said_no",
        ]
    "#]]
    .assert_debug_eq(&codes);
    let mut sentences = BTreeSet::new();
    for reason in REASONS {
        // The log and the wire use one word.
        let wire = serde_json::to_string(&reason).unwrap();
        assert_eq!(wire, format!("\"{}\"", reason.code()));
        let (english, french) = reason.sentence();
        assert!(english.ends_with('.') && french.ends_with('.') && english != french);
        assert!(sentences.insert(english), "two reasons say {english:?}");
    }
}
