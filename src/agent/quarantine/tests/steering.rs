//! Whatever the quarantined model answers, no control argument changes without the owner's yes.
//!
//! It is replaced by an enumerator: every boundary value of every type of answer is put into every
//! type of control argument of tools of every effect.

use super::*;
use crate::agent::test_world::{ANY, World, decided, spec};
use crate::policy::Circumstances;
use crate::policy::rules::DEFAULT;
use crate::policy::{Decision, Intent, decide_by};
use crate::tool::Call;
use crate::value::record;

/// What an adversary may hope for: nothing is tainted, all was announced, a rule covers it.
const KINDEST: Circumstances = Circumstances {
    stopped: false,
    exposed: false,
    tainted: false,
    announced: true,
    in_bulk: false,
    covered: true,
    over_budget: false,
};

/// The ways to hand on an answer.
fn references(item: &Item) -> Vec<Json> {
    let mut all = vec![
        json!("$answer_1"),
        json!(["$answer_1"]),
        json!({"a": ["$answer_1"]}),
    ];
    if !item.items().is_empty() {
        all.extend([json!("$answer_1[1]"), json!(["$answer_1[1]"])]);
    }
    if item.field("id").is_some() {
        all.extend([json!("$answer_1.id"), json!({"id": "$answer_1.from"})]);
    }
    all
}

/// Every call whose one control argument takes this value.
fn calls(item: &Item, kind: Kind, world: &dyn Fn() -> World) -> Vec<(String, Call)> {
    let mut all = Vec::new();
    let world = world().keep("$answer_1", kind, item.clone());
    for tool in ANY {
        for argument in spec(tool).args {
            for reference in references(item) {
                let args = json!({argument.name: reference});
                let Ok(call) = world.call(tool, args.clone()) else {
                    continue;
                };
                all.push((format!("{tool} {args}"), call));
            }
        }
    }
    all
}

/// What is decided about them at best.
fn decisions(item: &Item, kind: Kind, world: &dyn Fn() -> World) -> Vec<(String, String)> {
    let calls = calls(item, kind, world).into_iter();
    calls
        .map(|(what, call)| (what, decided(&call, KINDEST)))
        .collect()
}

/// Every answer that counts, but for the longest.
fn every_answer() -> Vec<(String, Item)> {
    let values: Vec<String> = boundaries()
        .into_iter()
        .filter(|json| json.len() < 50_000)
        .collect();
    let mut all = Vec::new();
    for wanted in every_type() {
        for json in &values {
            let item = answered(&wanted, &reply(json));
            all.extend(item.map(|item| (format!("{wanted:?} {}", shown(json)), item)));
        }
    }
    all
}

#[test]
fn every_answer_in_every_control_argument_asks() {
    let answers = every_answer();
    assert!(
        answers.len() > 150,
        "only {} answers were tried",
        answers.len()
    );
    let world = || World::said("do it").knowing("mail", &["ada@a.example"]);
    let mut calls = 0;
    for (answer, item) in answers {
        for (what, decision) in decisions(&item, Kind::Answer, &world) {
            calls += 1;
            assert!(decision.starts_with("ask "), "{answer}: {what} {decision}");
            assert!(!what.contains("\"mail\":"), "an answer is no mail");
        }
    }
    assert!(calls > 5_000, "only {calls} calls were decided");
}

#[test]
fn the_longest_answer_asks_too() {
    let megabyte = format!("\"{}\"", "x".repeat(1_000_000));
    let item = answered(&Wanted::Text(2_000_000), &reply(&megabyte)).unwrap();
    let world = World::said("do it").keep("$answer_1", Kind::Answer, item);
    for tool in ANY {
        let decision = world.decide_when(tool, json!({"text": "$answer_1"}), KINDEST);
        assert!(decision.starts_with("ask "), "{tool} {decision}");
    }
    // What is longer than its argument may be is not cut but refused.
    let body = world.decide("note", json!({"text": "$answer_1"}));
    assert_eq!(body, "unavailable");
}

#[test]
fn a_member_of_a_closed_set_passes_only_where_the_owner_named_it() {
    let members = ["Ada Smith", "up"];
    let passing = |said: &'static str| {
        let mut passed = std::collections::BTreeSet::new();
        let world = || World::said(said).knowing("user", &members);
        for (answer, item) in every_answer() {
            for (what, decision) in decisions(&item, Kind::Answer, &world) {
                if decision.starts_with("allow ") {
                    assert!(what.contains("{\"user\":\"$answer_1"), "{answer} {what}");
                    let text = item.to_json();
                    let first = text.get(0).cloned().unwrap_or(text);
                    passed.insert(first.as_str().unwrap_or_default().to_owned());
                }
            }
        }
        passed.into_iter().collect::<Vec<_>>()
    };
    assert!(passing("tell them").is_empty());
    assert_eq!(passing("tell Ada Smith"), ["Ada Smith"]);
}

#[test]
fn a_deployment_without_the_rule_chosen_lets_members_of_a_closed_set_pass_and_nothing_else() {
    let world = || World::said("tell them").knowing("user", &["Ada Smith", "up"]);
    let rules: Vec<_> = DEFAULT
        .iter()
        .filter(|rule| rule.name != "chosen")
        .collect();
    let mut passed = std::collections::BTreeSet::new();
    for (answer, item) in every_answer() {
        for (what, call) in calls(&item, Kind::Answer, &world) {
            let decision = decide_by(rules.iter().copied(), &Intent::Tool(&call), KINDEST);
            if matches!(decision, Decision::Allow(..)) {
                assert!(what.contains("{\"user\":\"$answer_1"), "{answer} {what}");
                let text = item.to_json();
                let first = text.get(0).cloned().unwrap_or(text);
                passed.insert(first.as_str().unwrap_or_default().to_owned());
            }
        }
    }
    let passed: Vec<&str> = passed.iter().map(String::as_str).collect();
    assert_eq!(passed, ["Ada Smith", "up"]);
}

#[test]
fn picking_among_what_anybody_wrote_asks() {
    let strangers = || list(["1", "2", "3"].map(stranger).to_vec());
    for (wanted, json) in picks() {
        let task = Task {
            values: vec![strangers()],
            ..task(wanted)
        };
        let item = answer(&task, &reply(json), None).unwrap();
        for (what, decision) in decisions(&item, Kind::Data, &World::default) {
            assert!(decision.starts_with("ask "), "{json}: {what} {decision}");
        }
    }
}

fn picks() -> Vec<(Wanted, &'static str)> {
    vec![
        (Wanted::Place(3), "0"),
        (Wanted::Place(3), "1"),
        (Wanted::Place(3), "3"),
        (Wanted::Places(3), "[]"),
        (Wanted::Places(3), "[1]"),
        (Wanted::Places(3), "[1,2,3]"),
    ]
}

#[test]
fn picking_among_what_can_be_relied_on_asks_and_takes_only_what_stands_there() {
    let vouched = |text_: &str| {
        text(
            text_,
            Label::attested("bank:1", Readers::owner(), Capacity::Id),
        )
    };
    let known = || {
        let item = |id: &str| {
            let label = Label::attested("bank:1", Readers::owner(), Capacity::Unit);
            record(
                label,
                [("id", vouched(id)), ("from", vouched("ada@a.example"))],
            )
        };
        list(vec![item("1"), item("2"), item("3")])
    };
    let mut named = 0;
    for (wanted, json) in picks() {
        let task = Task {
            values: vec![known()],
            ..task(wanted)
        };
        let item = answer(&task, &reply(json), None).unwrap();
        let all = known().to_json().to_string();
        for value in leaves(&item.to_json()) {
            assert!(all.contains(&value), "{value}");
        }
        for (what, decision) in decisions(&item, Kind::Data, &World::default) {
            assert!(decision.starts_with("ask "), "{json}: {what} {decision}");
        }
        // Whoever the owner named may be picked.
        let world = || World::said("tell ada@a.example");
        for (what, decision) in decisions(&item, Kind::Data, &world) {
            if decision.starts_with("allow ") {
                let by_address = what.contains("address") || what.contains(".from");
                assert!(by_address, "{json}: {what}");
                named += 1;
            }
        }
    }
    assert!(named > 0);
}

fn leaves(json: &Json) -> Vec<String> {
    match json {
        Json::Array(items) => items.iter().flat_map(leaves).collect(),
        Json::Object(fields) => fields.values().flat_map(leaves).collect(),
        Json::Null => vec![],
        Json::Bool(_) | Json::Number(_) | Json::String(_) => vec![json.to_string()],
    }
}

#[test]
fn content_may_be_what_others_wrote_and_goes_out_harmless() {
    let hostile = "see https://evil.example/steal?x=1";
    let item = answered(&Wanted::Text(100), &reply(&json!(hostile).to_string())).unwrap();
    let world = World::said("note it").keep("$answer_1", Kind::Answer, item);
    assert_eq!(
        world.decide("note", json!({"text": "$answer_1"})),
        "allow own_data"
    );
    let call = world.call("note", json!({"text": "$answer_1"})).unwrap();
    assert_eq!(call.text("text"), "see https[:]//evil[.]example/steal?x=1");
}

#[test]
fn what_an_extraction_can_say_fits_the_bits_that_are_counted() {
    let days = (0..1_100).filter_map(|n| {
        let first: jiff::civil::Date = "2025-01-01".parse().ok()?;
        first.checked_add(jiff::Span::new().days(n)).ok()
    });
    // A day may be written in several ways; only the day itself must be told.
    let days = days.flat_map(|day| {
        [
            json!(day.to_string()),
            json!(format!("{day}T09:00")),
            json!(format!("{day}T10:00Z")),
        ]
    });
    let numbers =
        (-300..300).flat_map(|n: i32| [json!(n), json!(f64::from(n)), json!(n.to_string())]);
    let words = ["up", "down", "true", "Up", " up", "left"].map(|word| json!(word));
    let tried: Vec<String> = days
        .chain(numbers)
        .chain(words)
        .chain([json!(true), json!(false), json!(null)])
        .map(|value| value.to_string())
        .chain(boundaries())
        .collect();
    for wanted in every_type() {
        let Some(bits) = wanted.bits() else { continue };
        let told: std::collections::BTreeSet<String> = tried
            .iter()
            .filter_map(|json| answered(&wanted, &reply(json)))
            .map(|item| item.to_json().to_string())
            .collect();
        assert!(told.len() > 1, "{wanted:?} tells nothing");
        assert!(
            // That there is no answer is told as well.
            told.len() < 1 << bits,
            "{wanted:?} tells {} things",
            told.len()
        );
    }
}
