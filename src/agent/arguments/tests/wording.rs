//! Whose words a planner wrote out: said by the owner, composed, or put there by way of a handle.

use super::*;
use crate::agent::test_world::{World, mail, text};

#[test]
fn what_the_planner_writes_out_is_the_owners_only_as_far_as_the_owner_said_it() {
    let world = World::said("pay for no. 12 to DE89 3704 0044 and tell bob@example.org")
        .knowing("user", &["alice"]);
    for (args, integrity) in [
        (json!({"address": "bob@example.org"}), Integrity::Owner),
        (json!({"address": "eve@example.org"}), Integrity::Untrusted),
        (json!({"user": "alice"}), Integrity::Owner),
        (json!({"user": "mallory"}), Integrity::Untrusted),
        (json!({"url": "https://example.org"}), Integrity::Untrusted),
        (json!({"count": 7}), Integrity::Owner),
        (json!({"amount": 7.5}), Integrity::Owner),
        (json!({"flag": true}), Integrity::Owner),
        (json!({"way": "up"}), Integrity::Owner),
        (json!({"day": "2026-11-24"}), Integrity::Owner),
        (json!({"text": "composed words"}), Integrity::Owner),
        (json!({"people": ["bob@example.org"]}), Integrity::Owner),
        (
            json!({"people": ["bob@example.org", "eve@example.org"]}),
            Integrity::Untrusted,
        ),
        (
            json!({"json": {"id": "12", "type": "file"}}),
            Integrity::Owner,
        ),
        (
            json!({"json": {"id": "13", "type": "file"}}),
            Integrity::Untrusted,
        ),
        (
            json!({"json": [{"id": 12}, {"id": 13}]}),
            Integrity::Untrusted,
        ),
    ] {
        let call = world.call("write_any", args.clone()).unwrap();
        let argument = call.args.values().next().unwrap();
        assert_eq!(argument.control_label().integrity, integrity, "{args}");
        assert_eq!(argument.origin, Origin::Literal);
        assert!(!argument.known, "{args}");
    }
}

#[test]
fn once_untrusted_bits_are_out_only_said_identifiers_are_the_owners() {
    let mut world = World::said("tell bob@example.org").knowing("user", &["alice"]);
    world.tainted = true;
    for (args, integrity) in [
        (json!({"address": "bob@example.org"}), Integrity::Owner),
        (json!({"user": "alice"}), Integrity::Owner),
        (json!({"count": 7}), Integrity::Untrusted),
        (json!({"amount": 7.5}), Integrity::Untrusted),
        (json!({"flag": true}), Integrity::Untrusted),
        (json!({"way": "up"}), Integrity::Untrusted),
        (json!({"day": "2026-11-24"}), Integrity::Untrusted),
        (json!({"at": "2026-11-24T09:00"}), Integrity::Untrusted),
        (json!({"text": "tell"}), Integrity::Untrusted),
        (json!({"json": {"flag": true}}), Integrity::Untrusted),
    ] {
        let call = world.call("write_any", args.clone()).unwrap();
        let label = call.args.values().next().unwrap().control_label();
        assert_eq!(label.integrity, integrity, "{args}");
        if integrity == Integrity::Untrusted {
            assert!(label.sources.contains("planner"), "{args}");
        }
    }
}

#[test]
fn whose_words_a_planner_wrote_out_is_marked() {
    let world = World::said("tell bob@example.org that I am late, move it up by 45 minutes")
        .knowing("user", &["alice"]);
    for (tool, args, wording) in [
        (
            "message",
            json!({"body": "I am late, Bob@example.org!"}),
            Wording::Owner,
        ),
        ("message", json!({"body": "I am late"}), Wording::Owner),
        ("message", json!({"body": " "}), Wording::None),
        (
            "message",
            json!({"body": "I am late and so is Eve"}),
            Wording::Planner,
        ),
        (
            "write_any",
            json!({"address": "bob@example.org"}),
            Wording::Owner,
        ),
        // A member of the owner's own set, of whom they said nothing.
        ("write_any", json!({"user": "alice"}), Wording::Planner),
        ("write_any", json!({"count": 45}), Wording::Owner),
        ("write_any", json!({"count": 4}), Wording::Planner),
        ("write_any", json!({"amount": 45.5}), Wording::Planner),
        ("write_any", json!({"way": "up"}), Wording::Owner),
        ("write_any", json!({"way": "down"}), Wording::Planner),
        ("write_any", json!({"flag": true}), Wording::Planner),
        ("write_any", json!({"day": "2026-11-24"}), Wording::Planner),
        (
            "write_any",
            json!({"at": "2026-11-24T09:00"}),
            Wording::Planner,
        ),
        (
            "write_any",
            json!({"json": {"flag": true}}),
            Wording::Planner,
        ),
        (
            "write_any",
            json!({"json": {"text": ["late", "I am"]}}),
            Wording::Owner,
        ),
        (
            "write_any",
            json!({"json": {"text": ["late", "Eve"]}}),
            Wording::Planner,
        ),
    ] {
        let call = world.call(tool, args.clone()).unwrap();
        let found = call.args.values().next().unwrap().wording;
        assert_eq!(found, wording, "{args}");
    }
    // What comes by a handle is not the planner's words.
    let world = world.keep("$mail_1", Kind::Mail, mail("1", "a@a.example", "x"));
    let call = world.call("message", json!({"body": "$mail_1.body"}));
    assert_eq!(call.unwrap().args["body"].wording, Wording::None);
}

#[test]
fn what_has_no_source_is_composed_whatever_its_integrity() {
    for integrity in [Integrity::Owner, Integrity::Attested] {
        let label = Label {
            integrity,
            ..Label::owner()
        };
        let world =
            World::said("tell them").keep("$answer_2", Kind::Answer, text("mallory", label));
        let decision = world.decide("send_any", json!({"user": "$answer_2"}));
        assert_eq!(decision, "ask untrusted_control", "{integrity:?}");
    }
}

#[test]
fn composed_words_become_no_identifier_by_going_through_a_handle() {
    let composed = |words: &str| {
        World::said("write to bob@example.org").keep(
            "$text_2",
            Kind::Text,
            text(words, Label::owner()),
        )
    };
    let to = |world: &World| world.decide("send_mail", json!({"to": "$text_2", "body": "hi"}));
    assert_eq!(to(&composed("eve@example.org")), "ask untrusted_control");
    assert_eq!(to(&composed("bob@example.org")), "allow as_you_said");
    let listed = composed("eve@example.org")
        .decide("send_mail", json!({"to": ["bob@example.org", "$text_2"]}));
    assert_eq!(listed, "ask untrusted_control");
    let inside = composed("eve").decide("write_any", json!({"json": {"a": "$text_2"}}));
    assert_eq!(inside, "ask untrusted_control");
    // As a text it is what the owner had written.
    let body = composed("Dear Eve").decide(
        "send_mail",
        json!({"to": "bob@example.org", "body": "$text_2"}),
    );
    assert_eq!(body, "allow as_you_said");
}
