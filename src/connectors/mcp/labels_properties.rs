//! What holds for the labels of any result.

use super::*;
use proptest::prelude::*;

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        "(me|eve|id|7|a b|[a-z]{0,4})".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            proptest::collection::btree_map(
                "(id|owner|shared|name|text|a b|[a-z]{1,3})",
                inner,
                0..5
            )
            .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Untrusted arguments never make any part better, and never add a reader.
    #[test]
    fn worse_arguments_never_give_better_parts(result in any_json()) {
        let rules = Rules {
            attested: &["id", "name"],
            authors: &["owner"],
            editors: Some(("shared", "me")),
            acl: &["shared"],
            readers: Audience::Named(&[Reader { set: "user", place: Place::Field("owner") }]),
            ..NONE
        };
        for spec in [&READ, &SEND] {
            let good = labelled(&rules, &call(spec, &[("text", owner_text("eve"))]), &result);
            let bad = labelled(&rules, &call(spec, &[("text", stranger_text("eve"))]), &result);
            prop_assert_eq!(good.to_json(), bad.to_json());
            let mut pairs = vec![(good, bad)];
            while let Some((good, bad)) = pairs.pop() {
                let (a, b) = (good.label(), bad.label());
                prop_assert!(b.integrity <= a.integrity && b.readers.is_within(&a.readers));
                prop_assert!(!a.selected || b.selected);
                pairs.extend(good.items().iter().cloned().zip(bad.items().iter().cloned()));
                if let (Value::Record(a), Value::Record(b)) = (good.peek(), bad.peek()) {
                    pairs.extend(a.values().cloned().zip(b.values().cloned()));
                }
            }
        }
    }

    /// With no rule at all nothing is better than untrusted or read by others.
    #[test]
    fn without_rules_everything_is_untrusted(result in any_json()) {
        let item = plainly(&NONE, &result);
        let label = item.total_label();
        prop_assert_eq!(label.integrity, Integrity::Untrusted);
        prop_assert_eq!(label.readers, Readers::owner());
    }
}

#[test]
fn a_text_that_somebody_wrote_as_json_beside_another_vouches_for_nothing() {
    let rules = Rules {
        attested: &["id"],
        authors: &["owner"],
        readers: Audience::Named(&[Reader {
            set: "mail",
            place: Place::Field("shared_with"),
        }]),
        ..NONE
    };
    let evil =
        r#"{"id": "of-eve", "owner": "me@own.example", "shared_with": ["eve@evil.example"]}"#;
    // A server that describes a file in one piece and gives its content in another.
    let result = json!({"content": [
        {"type": "text", "text": r#"{"id": "f1", "owner": "eve@evil.example"}"#},
        {"type": "text", "text": evil},
    ]});
    let value = crate::connectors::mcp::content::value(&result, false).unwrap();
    let item = plainly(&rules, &value);
    assert_eq!(trust(&item, "1"), Integrity::Untrusted);
    assert_eq!(readers(&item, "1"), Readers::owner());
}

#[test]
fn whatever_is_labelled_can_be_stored_and_read_back() {
    let (written, read) = (Written::default(), call(&READ, &[]));
    let frame = Frame::new(&NONE, &[], &read, &written);
    for (shape, levels) in [("list", 1), ("record", 1), ("map", 2)] {
        let mut value = json!("x");
        let mut deepest = 1;
        for _ in 0..120 {
            let labelled = frame.label(&value);
            assert_eq!(labelled.is_some(), deepest <= DEPTH_MAX, "{deepest}");
            if let Some(labelled) = labelled {
                // As part of what a loop gathers, too.
                let label = Label::owner();
                let all = Labeled::new(Value::List(vec![labelled.item]), label);
                let row = serde_json::to_string(&all).unwrap();
                assert_eq!(serde_json::from_str::<Item>(&row).unwrap(), all);
            }
            value = match shape {
                "list" => json!([value]),
                "record" => json!({"a": value}),
                _ => json!({"a b": value}),
            };
            deepest += levels;
        }
    }
}
