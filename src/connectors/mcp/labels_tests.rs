//! Rules of contracts against results as services give them.

use super::*;
use crate::connectors::mcp::table::Reader;
use crate::connectors::test_documents::{owner_text, stranger_text};
use crate::tool::{
    ArgRole, ArgSpec, ArgType, Argument, Audience as Heard, Kind, Origin, Reach, Sinks, ToolSpec,
};
use crate::value::Step;
use serde_json::json;

#[path = "labels_properties.rs"]
mod properties;

const NONE: Rules = Rules {
    trust: Integrity::Untrusted,
    attested: &[],
    untrusted: &[],
    authors: &[],
    editors: None,
    acl: &[],
    readers: Audience::Named(&[]),
    knows: &[],
};

const fn spec(effect: EffectClass) -> ToolSpec {
    const CONTROL: ArgSpec = ArgSpec {
        name: "channel",
        holds: ArgType::Name("channel"),
        role: ArgRole::Control,
        required: false,
        about: "Which.",
    };
    const CONTENT: ArgSpec = ArgSpec {
        name: "text",
        holds: ArgType::Text(1_000),
        role: ArgRole::Content,
        required: false,
        about: "What.",
    };
    ToolSpec {
        name: "desk_tool",
        about: "Does it.",
        effect,
        reach: Reach::Outside,
        args: &[CONTROL, CONTENT],
        returns: Kind::Data,
        source: Some("mail"),
        sinks: Sinks::Nobody,
    }
}

static READ: ToolSpec = spec(EffectClass::Read);
static SEND: ToolSpec = spec(EffectClass::Send);

fn call(spec: &'static ToolSpec, args: &[(&str, Item)]) -> Call {
    let args = args.iter().map(|(name, item)| {
        let spec = spec.arg(name).unwrap();
        (
            spec.name,
            Argument::new(spec, item.clone(), Origin::Literal),
        )
    });
    Call {
        spec,
        args: args.collect(),
        audience: Heard::Nobody,
    }
}

fn labelled(rules: &Rules, call: &Call, result: &Json) -> Item {
    let written = Written::default();
    let frame = Frame::new(rules, &["me@own.example", "me"], call, &written);
    frame.label(result).unwrap().item
}

fn plainly(rules: &Rules, result: &Json) -> Item {
    labelled(rules, &call(&READ, &[]), result)
}

/// The part at a path such as `0.sender`, with the labels around it.
fn at(item: &Item, path: &str) -> Item {
    let steps: Vec<Step> = path
        .split('.')
        .filter(|step| !step.is_empty())
        .map(|step| {
            step.parse()
                .map_or_else(|_| Step::Field(step.to_owned()), Step::Nth)
        })
        .collect();
    item.at(&steps)
        .unwrap_or_else(|| panic!("nothing at {path} in {:?}", item.to_json()))
}

fn trust(item: &Item, path: &str) -> Integrity {
    at(item, path).label().integrity
}

fn readers(item: &Item, path: &str) -> Readers {
    at(item, path).label().readers.clone()
}

fn people(names: &[&str]) -> Readers {
    Readers::Only(names.iter().map(|name| (*name).to_owned()).collect())
}

fn mails() -> Json {
    json!([
        {"id_": "17", "sender": "Eve@evil.example", "recipients": ["me@own.example", "Bob@own.example"],
         "subject": "Hi", "read": false, "size": 2.5, "timestamp": "2024-05-15", "cc": []},
        {"id_": "18", "sender": " Me@Own.example ", "recipients": ["bob@own.example"], "subject": "Re: Hi",
         "read": true, "size": 3, "timestamp": "2024-05-16", "cc": null},
    ])
}

#[test]
fn what_no_rule_speaks_of_is_untrusted_and_the_owners_alone() {
    let item = plainly(&NONE, &mails());
    for path in [
        "0.id_",
        "0.sender",
        "0.recipients.0",
        "1.subject",
        "0.read",
        "0.size",
        "0.cc",
        "1.cc",
    ] {
        assert_eq!(trust(&item, path), Integrity::Untrusted, "{path}");
        assert_eq!(readers(&item, path), Readers::owner(), "{path}");
    }
    assert_eq!(at(&item, "0.size").peek().as_text().unwrap(), "2.5");
    for (leaf, value) in [
        (json!("text"), "text"),
        (json!(7), "7"),
        (json!(true), "true"),
    ] {
        let item = plainly(&NONE, &leaf);
        assert_eq!(item.peek().as_text().unwrap(), value);
        assert_eq!(item.label().integrity, Integrity::Untrusted);
        assert_eq!(item.label().readers, Readers::owner());
    }
    for empty in [json!([]), json!({}), Json::Null] {
        let item = plainly(&NONE, &empty);
        assert_eq!(
            item.total_label().integrity,
            Integrity::Untrusted,
            "{empty}"
        );
    }
}

#[test]
fn attested_fields_authors_and_readers_of_mail() {
    let rules = Rules {
        attested: &["id_", "timestamp"],
        authors: &["sender"],
        readers: Audience::Named(&[
            Reader {
                set: "mail",
                place: Place::Field("sender"),
            },
            Reader {
                set: "mail",
                place: Place::Field("recipients"),
            },
        ]),
        ..NONE
    };
    let item = plainly(&rules, &mails());
    assert_eq!(trust(&item, "0.id_"), Integrity::Attested);
    assert_eq!(trust(&item, "0.timestamp"), Integrity::Attested);
    assert_eq!(trust(&item, "0.subject"), Integrity::Untrusted);
    assert_eq!(trust(&item, "0.recipients.1"), Integrity::Untrusted);
    // The owner wrote the second one, so all of it can be relied on.
    for path in ["1.id_", "1.subject", "1.recipients.0", "1.read"] {
        assert_eq!(trust(&item, path), Integrity::Attested, "{path}");
    }
    let all = people(&[
        "mail:eve@evil.example",
        "mail:me@own.example",
        "mail:bob@own.example",
        "mail:me",
    ]);
    assert_eq!(readers(&item, "0.subject"), all);
    let own = people(&["mail:me@own.example", "mail:bob@own.example", "mail:me"]);
    assert_eq!(readers(&item, "1.subject"), own);
    let sources = &at(&item, "0.subject").label().sources.clone();
    assert!(sources.contains("mail:17") && !sources.contains("mail:18"));
}

#[test]
fn who_may_edit_takes_away_what_the_author_gives_and_leaves_the_list_of_editors() {
    let rules = Rules {
        attested: &["id_"],
        authors: &["owner"],
        editors: Some(("shared_with", "rw")),
        acl: &["shared_with"],
        readers: Audience::Named(&[
            Reader {
                set: "mail",
                place: Place::Field("owner"),
            },
            Reader {
                set: "mail",
                place: Place::Field("shared_with"),
            },
        ]),
        ..NONE
    };
    let file = |owner: &str, shared: Json| json!({"id_": "3", "owner": owner, "content": "c", "shared_with": shared});
    for (shared, content) in [
        (json!({}), Integrity::Attested),
        (Json::Null, Integrity::Attested),
        (json!({"bob@own.example": "r"}), Integrity::Attested),
        (json!({"me@own.example": "rw"}), Integrity::Attested),
        (json!({"bob@own.example": "rw"}), Integrity::Untrusted),
        (json!("everyone"), Integrity::Untrusted),
        (json!([{"who": "bob"}]), Integrity::Untrusted),
    ] {
        let item = plainly(&rules, &file("me@own.example", shared.clone()));
        assert_eq!(trust(&item, "content"), content, "{shared}");
    }
    let shared = json!({"bob@own.example": "rw", "eve@own.example": "r"});
    let item = plainly(&rules, &file("me@own.example", shared.clone()));
    for path in ["shared_with.0.key", "shared_with.1.value"] {
        assert_eq!(trust(&item, path), Integrity::Attested, "{path}");
    }
    let all = people(&[
        "mail:me@own.example",
        "mail:me",
        "mail:bob@own.example",
        "mail:eve@own.example",
    ]);
    assert_eq!(readers(&item, "content"), all);
    let item = plainly(&rules, &file("eve@own.example", shared));
    for path in ["shared_with.0.key", "content", "owner"] {
        assert_eq!(trust(&item, path), Integrity::Untrusted, "{path}");
    }
    let without = json!({"id_": "3", "owner": "me", "content": "c"});
    assert_eq!(
        trust(&plainly(&rules, &without), "content"),
        Integrity::Untrusted
    );
}

#[test]
fn an_author_speaks_for_its_own_object_only() {
    let rules = Rules {
        authors: &["owner", "by.mail"],
        ..NONE
    };
    let item = plainly(
        &rules,
        &json!({
            "owner": "me", "text": "mine", "tags": ["a"], "map": {"a b": "c"},
            "comments": [{"text": "not said whose"}, {"owner": "eve", "text": "theirs"}],
        }),
    );
    for path in ["text", "tags.0", "map.0.key", "map.0.value"] {
        assert_eq!(trust(&item, path), Integrity::Attested, "{path}");
    }
    for path in ["comments.0.text", "comments.1.text"] {
        assert_eq!(trust(&item, path), Integrity::Untrusted, "{path}");
    }
    for (by, found) in [
        (json!({"by": {"mail": "me"}}), Integrity::Attested),
        (
            json!({"by": [{"mail": "me"}, {"mail": "eve"}]}),
            Integrity::Untrusted,
        ),
        (
            json!({"by": {"mail": ["me", "me@own.example"]}}),
            Integrity::Attested,
        ),
        (json!({"owner": null}), Integrity::Untrusted),
        (json!({"owner": ""}), Integrity::Untrusted),
        (
            json!({"owner": "me", "by": {"mail": "eve"}}),
            Integrity::Untrusted,
        ),
    ] {
        let mut object = by.clone();
        object["text"] = "t".into();
        assert_eq!(trust(&plainly(&rules, &object), "text"), found, "{by}");
    }
}

#[test]
fn defaults_exceptions_paths_and_maps() {
    let rules = Rules {
        trust: Integrity::Attested,
        untrusted: &["subject", "from.name"],
        ..NONE
    };
    let item = plainly(
        &rules,
        &json!({
            "amount": 5, "subject": "s", "from": {"name": "n", "account": "a"}, "name": "ok",
            "rooms": {"Big Room": {"price": 3, "subject": "x"}},
        }),
    );
    for (path, found) in [
        ("amount", Integrity::Attested),
        ("name", Integrity::Attested),
        ("from.account", Integrity::Attested),
        ("subject", Integrity::Untrusted),
        ("from.name", Integrity::Untrusted),
        ("rooms.0.key", Integrity::Attested),
        ("rooms.0.value.price", Integrity::Attested),
        ("rooms.0.value.subject", Integrity::Untrusted),
    ] {
        assert_eq!(trust(&item, path), found, "{path}");
    }
    let keys = Rules {
        trust: Integrity::Attested,
        untrusted: &["rooms.key"],
        ..NONE
    };
    let item = plainly(&keys, &json!({"rooms": {"Big Room": 1}}));
    assert_eq!(trust(&item, "rooms.0.key"), Integrity::Untrusted);
    assert_eq!(trust(&item, "rooms.0.value"), Integrity::Attested);
    let unnamed = Rules {
        attested: &[""],
        ..NONE
    };
    let item = plainly(&unnamed, &json!(["general", {"name": "x"}]));
    assert_eq!(trust(&item, "0"), Integrity::Attested);
    assert_eq!(trust(&item, "1.name"), Integrity::Untrusted);
    assert_eq!(
        trust(&plainly(&unnamed, &json!("page")), ""),
        Integrity::Attested
    );
}

#[test]
fn readers_come_from_the_call_or_are_everybody() {
    let channel = [Reader {
        set: "channel",
        place: Place::Argument("channel"),
    }];
    let rules = Rules {
        readers: Audience::Named(Box::leak(Box::new(channel))),
        ..NONE
    };
    let read = call(&READ, &[("channel", owner_text(" General"))]);
    let item = labelled(&rules, &read, &json!([{"body": "b"}]));
    assert_eq!(readers(&item, "0.body"), people(&["channel:general"]));
    assert_eq!(readers(&plainly(&rules, &json!("x")), ""), Readers::owner());
    let public = Rules {
        readers: Audience::Everyone,
        ..NONE
    };
    assert_eq!(
        readers(&plainly(&public, &json!({"a": ["b"]})), "a.0"),
        Readers::Everyone
    );
}

#[test]
fn what_untrusted_arguments_chose_is_marked_and_what_repeats_them_is_untrusted() {
    let rules = Rules {
        trust: Integrity::Attested,
        attested: &["id"],
        ..NONE
    };
    let result = json!({"id": "7", "title": "Evil Channel", "note": "about evil channel and more", "other": 1});
    let read = call(&READ, &[("channel", stranger_text("evil channel"))]);
    let item = labelled(&rules, &read, &result);
    for (path, found) in [
        ("id", Integrity::Attested),
        ("other", Integrity::Attested),
        ("title", Integrity::Untrusted),
        ("note", Integrity::Untrusted),
    ] {
        let part = at(&item, path);
        assert_eq!(part.label().integrity, found, "{path}");
        assert!(
            part.label().selected && part.label().sources.contains("mail:17"),
            "{path}"
        );
    }
    let id = call(&READ, &[("channel", stranger_text("7"))]);
    assert_eq!(
        trust(&labelled(&rules, &id, &result), "id"),
        Integrity::Untrusted
    );
    let trusted = call(&READ, &[("channel", owner_text("evil channel"))]);
    let item = labelled(&rules, &trusted, &result);
    assert_eq!(trust(&item, "title"), Integrity::Attested);
    assert!(!at(&item, "title").label().selected);
    // A member of a closed set chooses nothing that the owner would not.
    let mut known = call(&READ, &[("channel", stranger_text("evil channel"))]);
    known.args.get_mut("channel").unwrap().known = true;
    assert!(
        !at(&labelled(&rules, &known, &result), "title")
            .label()
            .selected
    );
}

#[test]
fn a_write_with_untrusted_content_vouches_for_ids_only() {
    let rules = Rules {
        trust: Integrity::Attested,
        attested: &["id"],
        authors: &["by"],
        ..NONE
    };
    let result = json!({"id": "7", "by": "me", "text": "shortened to harb", "at": "12:00"});
    let send = call(
        &SEND,
        &[
            ("channel", owner_text("general")),
            ("text", stranger_text("harbour and milk")),
        ],
    );
    let item = labelled(&rules, &send, &result);
    assert_eq!(trust(&item, "text"), Integrity::Untrusted);
    assert_eq!(trust(&item, "at"), Integrity::Untrusted);
    assert!(!at(&item, "at").label().selected, "content chooses nothing");
    let named = Rules {
        authors: &[],
        ..rules
    };
    assert_eq!(
        trust(&labelled(&named, &send, &result), "id"),
        Integrity::Attested
    );
}

#[test]
fn members_of_closed_sets_are_collected_by_field() {
    let rules = Rules {
        knows: &[("channel", ""), ("user", "name")],
        ..NONE
    };
    let written = Written::default();
    let read = call(&READ, &[]);
    let frame = Frame::new(&rules, &[], &read, &written);
    let found = frame
        .label(&json!(["general", {"name": "Bob", "x": {"name": 7}}]))
        .unwrap();
    assert_eq!(found.members["channel"], ["general"]);
    assert_eq!(found.members["user"], ["Bob", "7"]);
}

#[test]
fn a_result_that_is_too_large_is_none() {
    let (written, read) = (Written::default(), call(&READ, &[]));
    let frame = Frame::new(&NONE, &[], &read, &written);
    assert!(frame.label(&json!(vec![0; LEAVES_MAX])).is_none());
    assert!(
        frame
            .label(&json!("x".repeat(TEXT_BYTES_MAX + 1)))
            .is_none()
    );
    assert!(
        frame
            .label(&json!({"x".repeat(TEXT_BYTES_MAX): "yy"}))
            .is_none()
    );
}
