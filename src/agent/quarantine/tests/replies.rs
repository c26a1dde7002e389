//! Whole replies: one object, one answer, and nothing that makes reading one panic.

use super::*;
use proptest::prelude::*;

#[test]
fn a_reply_is_one_object_with_one_answer() {
    let wanted = Wanted::Flag;
    for (good, value) in [
        ("{\"answer\":true}", true),
        ("  {\"answer\": false }\n", false),
        ("```json\n{\"answer\":true}\n```", true),
        ("```\n{\"answer\":true}\n```", true),
        ("```json {\"answer\":true}", true),
        ("{\"\\u0061nswer\":true}", true),
    ] {
        let item = answered(&wanted, good);
        assert_eq!(
            item.map(|item| item.peek().clone()),
            Some(Value::Bool(value)),
            "{good}"
        );
    }
    for bad in [
        "",
        " ",
        "true",
        "[true]",
        "[[\"answer\",true]]",
        "{}",
        "{\"answer\":true",
        "{\"answer\":true}}",
        "{\"answer\":true} and more",
        "Sure! {\"answer\":true}",
        "{\"answer\":true}{\"answer\":true}",
        "{\"answer\":true,}",
        "{'answer':true}",
        "{answer:true}",
        "{\"Answer\":true}",
        "{\"answer \":true}",
        "{\"answer\":true,\"reason\":\"because\"}",
        "{\"reason\":\"because\",\"answer\":true}",
        "{\"answer\":true,\"answer\":true}",
        "{\"answer\":false,\"answer\":true}",
        "{\"answer\":{\"answer\":true}}",
        "{\"answer\":null}",
        "{\"answer\":\"true\"}",
        "{\"answer\":1}",
        "{\"value\":true}",
        "{\"answer\":true}\u{0}",
        "\u{feff}{\"answer\":true}",
        "~~~\n{\"answer\":true}\n~~~",
        "```json\n```json\n{\"answer\":true}\n```\n```",
        "```yaml\nanswer: true\n```",
        "// yes\n{\"answer\":true}",
    ] {
        assert_eq!(answered(&wanted, bad), None, "{bad}");
    }
}

/// Texts that are nearly replies.
fn replies() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| n.to_string()),
        any::<String>().prop_map(|text| json!(text).to_string()),
        prop::collection::vec(any::<u8>(), 0..5).prop_map(|list| json!(list).to_string()),
        prop::sample::select(vec!["true", "null", "{}", "[[]]", "\"\\ud800\""])
            .prop_map(str::to_owned),
    ];
    prop_oneof![
        any::<String>(),
        value.clone().prop_map(|value| reply(&value)),
        (value.clone(), value).prop_map(|(a, b)| format!("{{\"answer\":{a},\"answer\":{b}}}")),
        ".{0,9}\\{\"answer\":.{0,9}\\}.{0,9}",
    ]
}

proptest! {
    #[test]
    fn no_reply_makes_it_panic_or_is_better_than_what_was_read(text in replies()) {
        for wanted in every_type() {
            let task = task(wanted.clone());
            let Some(item) = answer(&task, &text, None) else {
                continue;
            };
            let sole: Json = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(sole.as_object().unwrap().len(), 1);
            let read = task.label();
            if !matches!(wanted, Wanted::Place(_) | Wanted::Places(_)) {
                prop_assert_eq!(item.label().integrity, Integrity::Untrusted);
                prop_assert_eq!(&item.label().sources, &read.sources);
            }
        }
    }

    #[test]
    fn numbers_and_days_outside_their_range_never_count(n: i64, from: i16, to: i16) {
        let (from, to) = (i64::from(from.min(to)), i64::from(from.max(to)));
        let wanted = Wanted::Integer(from, to);
        let counts = answered(&wanted, &reply(&n.to_string())).is_some();
        prop_assert_eq!(counts, (from..=to).contains(&n));
        let near = n.rem_euclid(to - from + 3) + from - 1;
        let counts = answered(&wanted, &reply(&near.to_string())).is_some();
        prop_assert_eq!(counts, (from..=to).contains(&near));
    }

    #[test]
    fn a_span_counts_if_and_only_if_it_is_one(start in 0_usize..80, end in 0_usize..80, other in "[A-Z]{3}") {
        let (start, end) = (start.min(end), start.max(end));
        let piece = SOURCE.get(start..end).unwrap_or_default();
        let counts = answered(&Wanted::Span, &reply(&json!(piece).to_string())).is_some();
        prop_assert_eq!(counts, !piece.trim().is_empty());
        let changed = format!("{piece}{other}");
        prop_assert!(answered(&Wanted::Span, &reply(&json!(changed).to_string())).is_none());
    }
}
