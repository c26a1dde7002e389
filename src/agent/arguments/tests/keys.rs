//! Keys of JSON objects, which name things too.

use super::*;
use crate::agent::test_world::{World, foreign};
use crate::tool::Circumstances;

#[test]
fn a_key_that_the_planner_wrote_is_judged_like_a_text_in_its_place() {
    let world = World::said("share the report with bob@example.org and 42 others")
        .knowing("id", &["the team"]);
    for (key, trusted) in [
        ("mallory@evil.example", false),
        ("a b", false),
        ("", false),
        ("é", false),
        (&"k".repeat(65), false),
        ("bob@example.org", true),
        ("the team", true),
        ("file_id", true),
        ("Reply-To", true),
        (&"k".repeat(64), true),
    ] {
        for args in [
            json!({"json": {key: true}}),
            json!({"json": [{"with": {key: []}}]}),
        ] {
            let call = world.call("send_any", args.clone()).unwrap();
            let argument = &call.args["json"];
            let untrusted = argument.control_label().integrity == Integrity::Untrusted;
            assert_eq!(untrusted, !trusted, "{args}");
            assert_eq!(argument.is_steered(), !trusted, "{args}");
            assert!(!argument.known, "{args}");
            let decided = world.decide("send_any", args.clone());
            let asked = if trusted {
                "allow as_you_said"
            } else {
                "ask untrusted_control"
            };
            assert_eq!(decided, asked, "{args}");
        }
    }
    let wording = |key: &str| {
        let call = world.call("send_any", json!({"json": {key: {}}}));
        call.unwrap().args["json"].wording
    };
    assert_eq!(wording("mallory@evil.example"), Wording::Planner);
    assert_eq!(wording("bob@example.org"), Wording::Owner);
    assert_eq!(wording("file_id"), Wording::None);
}

#[test]
fn once_untrusted_bits_are_out_every_key_may_tell_them() {
    let mut world = World::said("share the report with bob@example.org").knowing("id", &["x"]);
    world.tainted = true;
    for (key, integrity) in [
        ("mallory@evil.example", Integrity::Untrusted),
        ("pay4200", Integrity::Untrusted),
        ("report", Integrity::Owner),
        ("bob@example.org", Integrity::Owner),
    ] {
        for inside in [json!([]), json!({"type": ""}), json!(["x"])] {
            let args = json!({"json": {key: inside}});
            let call = world.call("send_any", args.clone()).unwrap();
            let label = call.args["json"].item.at(&[]).unwrap().label().clone();
            assert_eq!(label.integrity, integrity, "{args}");
            // That all that it holds is known does not make the key so.
            let told = integrity == Integrity::Untrusted;
            assert!(!call.args["json"].known || !told, "{args}");
            let announced = Circumstances {
                tainted: true,
                announced: true,
                ..Circumstances::default()
            };
            let decided = world.decide_when("send_any", args.clone(), announced);
            assert!(!told || decided.starts_with("ask"), "{args} {decided}");
        }
    }
}

#[test]
fn the_owners_key_narrows_no_readers_and_the_planners_does() {
    let world =
        World::said("share it with bob@example.org").keep("$data_1", Kind::Data, foreign("x"));
    let readers = |key: &str| {
        let args = json!({"json": {key: "$data_1"}});
        let call = world.call("send_any", args).unwrap();
        call.args["json"].item.label().readers.clone()
    };
    assert_eq!(readers("bob@example.org"), Readers::Everyone);
    assert_eq!(readers("eve@example.org"), Readers::owner());
}

#[test]
fn whom_a_key_names_learns_what_is_sent() {
    let world = World::said("send it to bob@example.org");
    let call = world.call("send_any", json!({"json": {"eve@example.org": true}}));
    let mut call = call.unwrap();
    let spec = Box::leak(Box::new(crate::tool::ToolSpec {
        name: "send_any",
        about: "",
        effect: EffectClass::Send,
        reach: Reach::Outside,
        args: call.spec.args,
        returns: Kind::Data,
        source: None,
        sinks: Sinks::Args(&["json"]),
    }));
    call.spec = spec;
    judge(&mut call, &world);
    let people = [("id:eve@example.org".to_owned(), false)].into();
    assert_eq!(call.audience, Audience::People(people));
}
