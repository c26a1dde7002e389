//! Standing rules: how they are written, and what they never cover.

use super::*;
use crate::agent::test_world::{World, foreign, list, spec, text};
use crate::label::{Capacity, Label, Labeled, Readers};
use crate::policy::Circumstances;
use crate::tool::Kind;
use expect_test::expect;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn parse(text: &str) -> Result<Standing, Wrong> {
    let find = |name: &str| (name == "pay" || name == "send_mail").then(|| spec(name));
    Standing::parse(text, find, NOW)
}

fn rule(text: &str) -> Standing {
    parse(text).unwrap()
}

/// What the owner said and knows in these tests.
fn world() -> World {
    World::said("pay 12 and 100 to DE11 and DE22")
        .knowing("account", &["DE33", "DE11"])
        .keep("$answer_1", Kind::Answer, foreign("DE11"))
        .keep("$answer_2", Kind::Answer, foreign("DE99"))
}

fn covers(rule: &str, args: Json) -> bool {
    let world = world();
    let call = world.call("pay", args).unwrap();
    parse(rule).unwrap().covers(&call, 0, &world, NOW)
}

#[test]
fn rules_are_read_and_written_alike() {
    for text in [
        "pay",
        "pay account=DE11",
        "pay account~account amount<=100",
        "pay amount<=12.50 subject=rent account=DE11",
        "send_mail to=ada@a.example",
    ] {
        assert_eq!(rule(text).text(), text);
        assert_eq!(rule(&format!("  {text}  count=3\n days=5 ")).text(), text);
    }
    let limits = rule("pay count=3 amount<=5 days=2");
    assert_eq!(limits.count, 3);
    assert_eq!(limits.until, NOW.plus_millis(2 * 86_400_000));
    assert_eq!(rule("pay").count, 10);
    assert_eq!(rule("pay").until, NOW.plus_millis(30 * 86_400_000));
    let row = serde_json::to_string(&limits).unwrap();
    assert_eq!(serde_json::from_str::<Standing>(&row).unwrap(), limits);
}

#[test]
fn what_is_no_rule_is_refused_with_what_is_wrong() {
    let mut table = String::new();
    for text in [
        "",
        "  ",
        "steal",
        "PAY",
        "pay to",
        "pay = ",
        "pay to=x",
        "pay to<=5",
        "pay to~mail",
        "pay amount<=",
        "pay amount<=many",
        "pay amount<=NaN",
        "pay amount<=inf",
        "pay amount<=-inf",
        "pay amount<=1e400",
        "pay amount<5",
        "pay amount>=5",
        "pay count=0",
        "pay count=-1",
        "pay count=1.5",
        "pay count=10001",
        "pay count=99999999999999999999",
        "pay count=",
        "pay days=0",
        "pay days=367",
        "pay days=forever",
        "pay account=DE11 and more",
    ] {
        table.push_str(&format!("{text:?}: {:?}\n", parse(text).unwrap_err()));
    }
    expect![[r#"
        "": Tool
        "  ": Tool
        "steal": Tool
        "PAY": Tool
        "pay to": Condition
        "pay = ": Argument
        "pay to=x": Argument
        "pay to<=5": Argument
        "pay to~mail": Argument
        "pay amount<=": Number
        "pay amount<=many": Number
        "pay amount<=NaN": Number
        "pay amount<=inf": Number
        "pay amount<=-inf": Number
        "pay amount<=1e400": Number
        "pay amount<5": Condition
        "pay amount>=5": Argument
        "pay count=0": Number
        "pay count=-1": Number
        "pay count=1.5": Number
        "pay count=10001": Number
        "pay count=99999999999999999999": Number
        "pay count=": Number
        "pay days=0": Number
        "pay days=367": Number
        "pay days=forever": Number
        "pay account=DE11 and more": Condition
    "#]]
    .assert_eq(&table);
}

#[test]
fn a_rule_covers_what_it_names_and_nothing_else() {
    for (rule, args, covered) in [
        ("pay", json!({"account": "DE11", "amount": 5}), true),
        ("pay account=DE11", json!({"account": "DE11"}), true),
        ("pay account=de11", json!({"account": "DE11"}), true),
        ("pay account=DE11", json!({"account": "DE22"}), false),
        ("pay account=DE11", json!({"amount": 5}), false),
        ("pay account~account", json!({"account": "DE11"}), true),
        ("pay account~account", json!({"account": "DE22"}), false),
        ("pay account~user", json!({"account": "DE11"}), false),
        ("pay amount<=100", json!({"amount": 100}), true),
        ("pay amount<=100", json!({"amount": 99.99}), true),
        ("pay amount<=100", json!({"amount": "12"}), true),
        ("pay amount<=100", json!({"amount": 100.01}), false),
        ("pay amount<=100", json!({"amount": 1e300}), false),
        ("pay amount<=100", json!({"amount": 0}), true),
        // Less than nothing is no payment.
        ("pay amount<=100", json!({"amount": -1}), false),
        ("pay amount<=100", json!({"account": "DE11"}), false),
        ("pay subject<=100", json!({"subject": "NaN"}), false),
        ("pay subject<=100", json!({"subject": "-inf"}), false),
        ("pay subject<=100", json!({"subject": ""}), false),
        ("pay subject=rent", json!({"subject": "rent "}), false),
        (
            "pay amount<=100 account=DE11",
            json!({"amount": 5, "account": "DE22"}),
            false,
        ),
        ("send_mail", json!({"account": "DE11"}), false),
    ] {
        assert_eq!(covers(rule, args.clone()), covered, "{rule}: {args}");
    }
}

#[test]
fn a_rule_ends_with_its_count_and_its_day() {
    let world = world();
    let call = world.call("pay", json!({"account": "DE11"})).unwrap();
    let rule = rule("pay account=DE11 count=2 days=1");
    let at = |used, now| rule.covers(&call, used, &world, now);
    assert!(at(0, NOW) && at(1, NOW));
    assert!(!at(2, NOW) && !at(3, NOW) && !at(i64::MAX, NOW));
    let end = NOW.plus_millis(86_400_000);
    assert!(at(0, end.plus_millis(-1)));
    assert!(!at(0, end) && !at(0, Timestamp::from_millis(i64::MAX)));
}

#[test]
fn a_rule_never_covers_what_cannot_be_relied_on() {
    // The planner wrote out an account that the owner never said.
    assert!(!covers("pay account=DE77", json!({"account": "DE77"})));
    assert!(!covers("pay", json!({"account": "DE77"})));
    // It came from others' text, even where it is what the rule names.
    assert!(!covers("pay account=DE99", json!({"account": "$answer_2"})));
    // One of a set that the owner curates can be relied on.
    assert!(covers(
        "pay account~account",
        json!({"account": "$answer_1"})
    ));
    assert!(covers("pay account=DE11", json!({"account": "$answer_1"})));
    // An amount of others' choosing is not covered by its limit.
    let amount = Labeled::new(Value::Int(5), foreign("").label().clone());
    let world = world().keep("$answer_3", Kind::Answer, amount);
    let call = world
        .call("pay", json!({"account": "DE11", "amount": "$answer_3"}))
        .unwrap();
    assert!(!rule("pay amount<=100").covers(&call, 0, &world, NOW));
}

#[test]
fn a_condition_holds_for_every_item_and_not_for_none() {
    let mail = |to: Json, rule_text: &str| {
        let world =
            World::said("to ada@a.example and bo@a.example").knowing("mail", &["ada@a.example"]);
        let call = world.call("send_mail", json!({"to": to})).unwrap();
        rule(rule_text).covers(&call, 0, &world, NOW)
    };
    let ada = "send_mail to=ada@a.example";
    assert!(mail(json!(["ada@a.example"]), ada));
    assert!(mail(json!("Ada@A.example"), ada));
    assert!(!mail(json!(["ada@a.example", "bo@a.example"]), ada));
    assert!(!mail(json!([]), ada));
    let known = "send_mail to~mail";
    assert!(mail(json!(["ada@a.example"]), known));
    assert!(!mail(json!(["ada@a.example", "bo@a.example"]), known));
    assert!(!mail(json!([]), known));
    assert!(mail(json!([]), "send_mail"));
}

#[test]
fn a_rule_does_not_help_what_others_picked_or_what_was_not_announced() {
    let account = text(
        "DE11",
        Label::attested("bank:1", Readers::owner(), Capacity::Id),
    );
    let picked = account
        .clone()
        .map(|value| value)
        .tainted_by(&account.label().clone().picked());
    let world = world()
        .keep("$data_1", Kind::Data, list(vec![account]))
        .keep("$data_2", Kind::Data, picked);
    let covered = Circumstances {
        covered: true,
        ..Circumstances::default()
    };
    let pay = |account: &str, now| world.decide_when("pay", json!({"account": account}), now);
    assert_eq!(pay("DE11", covered), "allow covered");
    assert_eq!(pay("$data_1[1]", covered), "allow covered");
    assert_eq!(pay("$data_2", covered), "ask influenced");
    assert_eq!(pay("DE11", Circumstances::default()), "ask grave");
    let tainted = Circumstances {
        tainted: true,
        ..covered
    };
    assert_eq!(pay("DE11", tainted), "deny not_announced");
    let announced = Circumstances {
        announced: true,
        ..tainted
    };
    assert_eq!(pay("DE11", announced), "ask influenced");
    let bulk = Circumstances {
        in_bulk: true,
        ..covered
    };
    assert_eq!(pay("DE11", bulk), "ask in_bulk");
}

proptest! {
    #[test]
    fn no_words_make_it_panic(text in any::<String>(), rest in "(count=|days=|amount<=|account[~=])?.{0,9}") {
        let _ = parse(&text);
        if let Ok(rule) = parse(&format!("pay {rest}")) {
            prop_assert!((1..=COUNT_MAX).contains(&rule.count));
            prop_assert!(rule.until > NOW && rule.until <= NOW.plus_millis(DAYS_MAX * DAY_MS));
            prop_assert_eq!(parse(&rule.text()).unwrap().conditions, rule.conditions);
        }
    }

    #[test]
    fn more_conditions_and_more_use_never_cover_more(
        amount in -10_i64..200, most in 0_i64..200, used in 0_i64..20, count in 1_i64..20,
    ) {
        let world = world();
        let call = world.call("pay", json!({"account": "DE11", "amount": amount})).unwrap();
        let covers = |text: &str, used| rule(text).covers(&call, used, &world, NOW);
        let plain = format!("pay count={count}");
        let limited = format!("pay amount<={most} count={count}");
        let both = format!("pay amount<={most} account=DE22 count={count}");
        prop_assert_eq!(covers(&plain, used), used < count);
        prop_assert_eq!(covers(&limited, used), used < count && (0..=most).contains(&amount));
        prop_assert!(!covers(&both, used));
        prop_assert!(covers(&limited, used) || !covers(&limited, used + 1));
    }
}
