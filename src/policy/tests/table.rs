//! The default decisions, and what a yes of the owner does to them.

use super::*;
use crate::approval::{Approval, Approved, Card, Status, redeem};
use crate::id::ApprovalId;
use crate::time::Timestamp;
use crate::tool::ToolCall;
use expect_test::{expect, expect_file};

/// What DESIGN says, in other words than the rules: the strictest of what applies.
fn expected(case: Case) -> Verdict {
    let Case { weight, now, .. } = case;
    let changes = weight >= EffectClass::Write;
    let grave = weight >= EffectClass::Delete;
    let unannounced = now.tainted && !now.announced;
    let improvised = case.improvises && now.exposed && !now.announced;
    if now.stopped || now.over_budget || (grave && unannounced) {
        return Verdict::Deny;
    }
    let asks_any =
        case.steered || case.chosen || case.leaks || improvised || unannounced || now.in_bulk;
    let asks_grave = !now.covered || now.tainted || case.picked;
    if (changes && asks_any) || (grave && asks_grave) {
        Verdict::Ask
    } else {
        Verdict::Allow
    }
}

#[test]
fn every_effect_under_every_condition_is_decided_as_designed() {
    let mut counts = BTreeMap::new();
    for case in Case::all() {
        let found = verdict(&by_default(&case.call(), case.now));
        assert_eq!(found, expected(case), "{case:?}");
        *counts.entry((case.weight, found)).or_insert(0) += 1;
    }
    let told: Vec<String> = WEIGHTS
        .iter()
        .map(|weight| {
            let of = |verdict| counts.get(&(*weight, verdict)).copied().unwrap_or(0);
            let (allow, ask, deny) = (of(Verdict::Allow), of(Verdict::Ask), of(Verdict::Deny));
            format!("{}: {allow} allow, {ask} ask, {deny} deny", weight.word())
        })
        .collect();
    expect![[r#"
        [
            "read: 1024 allow, 0 ask, 3072 deny",
            "draft: 1024 allow, 0 ask, 3072 deny",
            "write: 44 allow, 980 ask, 3072 deny",
            "send: 44 allow, 980 ask, 3072 deny",
            "delete: 7 allow, 761 ask, 3328 deny",
            "pay: 7 allow, 761 ask, 3328 deny",
            "admin: 7 allow, 761 ask, 3328 deny",
        ]
    "#]]
    .assert_debug_eq(&told);
}

/// One condition at a time, everything else at its most harmless.
pub(super) fn conditions() -> Vec<(&'static str, Case)> {
    let calm = Case::nth(EffectClass::Read, 1 << 8);
    let now = calm.now;
    let with = |now: Circumstances| Case { now, ..calm };
    let on = |change: fn(&mut Circumstances)| {
        let mut now = now;
        change(&mut now);
        now
    };
    let exposed = on(|now| now.exposed = true);
    let tainted = on(|now| now.tainted = true);
    let announced = on(|now| (now.tainted, now.announced) = (true, true));
    let stopped = on(|now| now.stopped = true);
    let spent = on(|now| now.over_budget = true);
    let covered = false;
    let in_bulk = true;
    vec![
        ("nothing", calm),
        (
            "steered",
            Case {
                steered: true,
                ..calm
            },
        ),
        (
            "chosen",
            Case {
                chosen: true,
                ..calm
            },
        ),
        (
            "leaks",
            Case {
                leaks: true,
                ..calm
            },
        ),
        ("not covered", with(Circumstances { covered, ..now })),
        (
            "improvised, nothing read",
            Case {
                improvises: true,
                ..calm
            },
        ),
        (
            "improvised",
            Case {
                improvises: true,
                ..with(exposed)
            },
        ),
        ("exposed", with(exposed)),
        ("tainted", with(tainted)),
        ("tainted, announced", with(announced)),
        (
            "picked",
            Case {
                picked: true,
                ..calm
            },
        ),
        ("in bulk", with(Circumstances { in_bulk, ..now })),
        ("stopped", with(stopped)),
        ("over budget", with(spent)),
    ]
}

#[test]
fn the_default_decisions_and_their_reasons() {
    let mut table = String::new();
    for (name, case) in conditions() {
        table.push_str(&format!("{name}\n"));
        let decided = WEIGHTS.map(|weight| {
            let case = Case { weight, ..case };
            let decision = by_default(&case.call(), case.now);
            let what = format!("{:?}", verdict(&decision)).to_lowercase();
            (
                weight.word(),
                format!("{what} {}", reason(&decision).code()),
            )
        });
        for alike in decided.chunk_by(|a, b| a.1 == b.1) {
            let weights: Vec<&str> = alike.iter().map(|(weight, _)| *weight).collect();
            table.push_str(&format!("  {}: {}\n", alike[0].1, weights.join(" ")));
        }
    }
    expect_file!["table.txt"].assert_eq(&table);
}

#[test]
fn what_the_agent_does_within_itself_may_happen_and_ending_it_even_when_stopped() {
    for n in 0..1 << 12 {
        let now = Case::nth(EffectClass::Read, n).now;
        for intent in WITHIN {
            let decision = decide_by(DEFAULT, &intent, now);
            let ends = matches!(intent, Intent::TellOwner | Intent::CancelRequest);
            let may = !now.stopped && !now.over_budget || ends;
            let wanted = if may { Verdict::Allow } else { Verdict::Deny };
            assert_eq!(verdict(&decision), wanted, "{intent:?} {now:?}");
            let why = if may {
                Reason::WithinTheAgent
            } else if now.stopped {
                Reason::Stopped
            } else {
                Reason::OverBudget
            };
            assert_eq!(reason(&decision), why);
        }
    }
}

#[test]
fn what_no_rule_speaks_of_is_denied() {
    for case in Case::all() {
        let call = case.call();
        let decision = decide_by(&[], &Intent::Tool(&call), case.now);
        assert!(matches!(decision, Decision::Deny(Reason::NoRule)));
    }
    for intent in WITHIN {
        let decision = decide_by(&[], &intent, Circumstances::default());
        assert!(matches!(decision, Decision::Deny(Reason::NoRule)));
    }
}

#[test]
fn a_deployment_decides_by_the_default_rules_that_it_keeps() {
    let kept: Vec<Rule> = DEFAULT
        .iter()
        .filter(|rule| !LEFT_OUT.contains(&rule.name))
        .copied()
        .collect();
    for case in Case::all() {
        let call = case.call();
        let intent = Intent::Tool(&call);
        let (here, there) = (
            decide(&intent, case.now),
            decide_by(&kept, &intent, case.now),
        );
        assert_eq!(verdict(&here), verdict(&there), "{case:?}");
        assert_eq!(reason(&here), reason(&there), "{case:?}");
    }
    assert!(bulk_limit() >= 1);
}

fn approved() -> Approved {
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
        sources: std::collections::BTreeSet::new(),
        reason: "grave".into(),
    };
    redeem(&approval, "hash", Timestamp::from_millis(0)).unwrap()
}

#[test]
fn an_approval_turns_an_ask_into_a_yes_and_never_a_deny() {
    let mut seen = std::collections::BTreeSet::new();
    for case in Case::all() {
        let decision = by_default(&case.call(), case.now);
        let (before, why) = (verdict(&decision), reason(&decision));
        let confirmed = confirm(decision, approved());
        match before {
            Verdict::Allow | Verdict::Ask => assert!(confirmed.is_ok(), "{case:?}"),
            Verdict::Deny => assert_eq!(confirmed.err(), Some(why), "{case:?}"),
        }
        seen.insert(before);
    }
    assert_eq!(seen.len(), 3);
}

#[test]
fn a_read_that_somebody_else_sees_weighs_as_a_send_and_nothing_weighs_less_than_its_effect() {
    let sinks = [
        Sinks::Nobody,
        Sinks::Everyone,
        Sinks::Args(&["whom"]),
        Sinks::Object("which"),
    ];
    for effect in WEIGHTS {
        for sinks in sinks {
            let spec = ToolSpec {
                sinks,
                ..spec(effect)
            };
            let seen = effect == EffectClass::Read && sinks != Sinks::Nobody;
            let wanted = if seen { EffectClass::Send } else { effect };
            assert_eq!(spec.weight(), wanted, "{effect:?} {sinks:?}");
            assert!(spec.weight() >= spec.effect);
        }
    }
}
