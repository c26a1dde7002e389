//! What policy is told of a resolved call: who is known, who learns it, what goes out harmless.

use super::*;
use crate::agent::arguments::judging::disarm;
use crate::agent::test_world::{World, foreign, list, mail, only, text, vouched};
use crate::policy::Circumstances;
use crate::value::record;

fn audience_of(world: &World, tool: &str, args: Json) -> Audience {
    world.call(tool, args).unwrap().audience
}

fn people(named: &[(&str, bool)]) -> Audience {
    let people = named
        .iter()
        .map(|(name, named)| ((*name).to_owned(), *named));
    Audience::People(people.collect())
}

#[test]
fn an_untrusted_identifier_is_known_only_in_a_closed_set_and_an_address_only_if_named() {
    let answer = |written: &str| {
        World::said("tell Bob at bob@example.org")
            .knowing("user", &["alice", "bob"])
            .knowing("mail", &["bob@example.org", "carol@example.org"])
            .knowing("phone", &["0612345678"])
            .keep("$answer_1", Kind::Answer, foreign(written))
    };
    for (argument, written, known) in [
        ("user", "alice", true),
        ("user", "mallory", false),
        ("url", "alice", false),
        ("text", "alice", false),
        // Only whom the owner named in this message, since addresses are no closed set.
        ("address", "bob@example.org", true),
        ("address", "carol@example.org", false),
        ("address", "eve@example.org", false),
        ("count", "7", false),
        ("flag", "true", false),
    ] {
        let world = answer(written);
        let call = world
            .call("send_any", json!({argument: "$answer_1"}))
            .unwrap();
        assert_eq!(call.args[argument].known, known, "{argument} {written}");
        let named = argument == "address";
        let decided = match (known, named) {
            (false, _) => "ask untrusted_control",
            // It can be relied on, and yet is others' choice.
            (true, false) => "ask chosen_by_others",
            (true, true) => "allow as_you_said",
        };
        let found = world.decide("send_any", json!({argument: "$answer_1"}));
        assert_eq!(found, decided, "{argument} {written}");
    }
}

#[test]
fn every_member_of_a_list_must_be_known() {
    let names = |names: &[&str]| list(names.iter().map(|name| foreign(name)).collect());
    let decide = |item: Item| {
        World::said("tell them")
            .knowing("channel", &["general", "random"])
            .knowing("id", &["general", "random"])
            .keep("$data_1", Kind::Data, item)
            .decide("send_any", json!({"json": "$data_1"}))
    };
    let both = || names(&["general", "random"]);
    assert_eq!(decide(both()), "ask chosen_by_others");
    // In a deployment that asks about no choices, members of a closed set go through.
    let world = World::said("tell them").knowing("id", &["general", "random"]);
    let world = world.keep("$data_1", Kind::Data, both());
    let call = world.call("send_any", json!({"json": "$data_1"})).unwrap();
    assert!(call.args["json"].known && call.args["json"].chosen);
    assert_eq!(decide(names(&["general", "x"])), "ask untrusted_control");
    // What holds them may be worse than they are, and what was emptied is nobody's set.
    let inner = vouched(Value::Text("elsewhere".into()));
    let outer = Labeled::new(
        Value::List(vec![inner.clone()]),
        foreign("").label().clone(),
    );
    assert_eq!(decide(outer), "ask untrusted_control");
    let fields = record(foreign("").label().clone(), [("id", inner)]);
    assert_eq!(decide(fields), "ask untrusted_control");
    for empty in [
        Value::List(vec![]),
        Value::Record(BTreeMap::new()),
        Value::Null,
    ] {
        let empty = Labeled::new(empty, foreign("").label().clone());
        assert_eq!(decide(empty), "ask untrusted_control");
    }
}

#[test]
fn whoever_empties_a_list_has_a_say_in_it() {
    let empty = Labeled::new(Value::List(vec![]), foreign("").label().clone().picked());
    let world = World::said("go").keep("$data_1", Kind::Data, empty);
    for args in [
        json!({"people": "$data_1"}),
        json!({"people": ["$data_1"]}),
        json!({"texts": "$data_1"}),
        json!({"texts": ["go", "$data_1"]}),
        json!({"json": {"to": "$data_1"}}),
    ] {
        let call = world.call("send_any", args.clone()).unwrap();
        let label = call.args.values().next().unwrap().item.total_label();
        assert_eq!(label.integrity, Integrity::Untrusted, "{args}");
        assert!(label.selected && label.sources.contains("mail:1"), "{args}");
        assert_eq!(world.decide("send_any", args), "ask untrusted_control");
    }
}

#[test]
fn a_reference_is_one_with_blanks_around_it_too() {
    let world = World::said("x").keep("$answer_1", Kind::Answer, foreign("x"));
    let call = world.call("note", json!({"text": " $answer_1 "})).unwrap();
    assert_eq!(call.args["text"].origin, Origin::Handle("$answer_1".into()));
    assert_eq!(call.text("text"), "x");
}

#[test]
fn those_whom_arguments_name_learn_what_is_sent() {
    let world = World::said("to Bob@Example.org and Carol").keep(
        "$mail_1",
        Kind::Mail,
        mail("1", "ada@a.example", "x"),
    );
    for (args, wanted) in [
        (json!({"body": "x"}), Audience::Nobody),
        (
            json!({"to": ["BOB@example.org"]}),
            people(&[("mail:bob@example.org", true)]),
        ),
        (
            json!({"to": ["bob@example.org", "$mail_1.from"], "cc": ["eve@e.example"]}),
            people(&[
                ("mail:bob@example.org", true),
                ("mail:ada@a.example", false),
                ("mail:eve@e.example", false),
            ]),
        ),
    ] {
        assert_eq!(
            audience_of(&world, "send_mail", args.clone()),
            wanted,
            "{args}"
        );
    }
    // An account or a user may be a number.
    let number = audience_of(&world, "pay", json!({"account": 4711}));
    assert_eq!(number, people(&[("account:4711", false)]));
}

#[test]
fn naming_somebody_counts_in_the_message_at_hand_only() {
    let world = World::default().after("write to bob@example.org", "now the other one");
    let call = world
        .call("send_mail", json!({"to": ["bob@example.org"]}))
        .unwrap();
    assert_eq!(call.audience, people(&[("mail:bob@example.org", false)]));
    assert_eq!(
        call.args["to"].control_label().integrity,
        Integrity::Owner,
        "the owner said it in this conversation"
    );
}

#[test]
fn everybody_learns_what_is_published_and_only_a_place_can_be_named() {
    let world = World::said("post it at https://blog.example/new")
        .keep("$mail_1", Kind::Mail, mail("1", "ada@a.example", "private"))
        .keep(
            "$answer_2",
            Kind::Answer,
            foreign("https://blog.example/new"),
        );
    let named = |tool, args| audience_of(&world, tool, args);
    let here = json!({"url": "https://blog.example/new", "text": "$mail_1.body"});
    assert_eq!(
        named("publish", here.clone()),
        Audience::Everyone { named: true }
    );
    assert_eq!(world.decide("publish", here), "allow as_you_said");
    for args in [
        json!({"url": "https://e.example", "text": "$mail_1.body"}),
        json!({"url": "$answer_2", "text": "$mail_1.body"}),
        json!({"text": "$mail_1.body"}),
    ] {
        let found = named("publish", args.clone());
        assert_eq!(found, Audience::Everyone { named: false }, "{args}");
        assert!(world.decide("publish", args).starts_with("ask "));
    }
    // A search engine is nobody's choice: what is private is not searched for unasked.
    let search = json!({"query": "$mail_1.body"});
    assert_eq!(
        named("search_web", search.clone()),
        Audience::Everyone { named: false }
    );
    assert_eq!(world.decide("search_web", search), "ask new_readers");
    let own = json!({"query": "opening hours"});
    assert_eq!(world.decide("search_web", own), "allow as_you_said");
}

#[test]
fn those_who_read_an_object_learn_what_is_put_into_it() {
    let id = |integrity, readers| {
        let label = Label {
            integrity,
            ..Label::attested("file:7", readers, Capacity::Id)
        };
        text("7", label)
    };
    let world = |id: Item| {
        World::said("add it to number 13")
            .knowing("id", &["7", "8"])
            .keep("$data_1", Kind::Data, id)
            .keep("$mail_2", Kind::Mail, mail("1", "ada@a.example", "x"))
    };
    let shared = only(&["mail:ada@a.example"]);
    let to = |file: &str| json!({"file": file, "text": "$mail_2.body"});
    for (id, file, audience, decided) in [
        (
            id(Integrity::Attested, Readers::owner()),
            "$data_1",
            Audience::Nobody,
            "allow own_data",
        ),
        (
            id(Integrity::Attested, shared.clone()),
            "$data_1",
            people(&[("mail:ada@a.example", false)]),
            "allow own_data",
        ),
        (
            id(Integrity::Attested, only(&["mail:eve@e.example"])),
            "$data_1",
            people(&[("mail:eve@e.example", false)]),
            "ask new_readers",
        ),
        (
            id(Integrity::Attested, Readers::Everyone),
            "$data_1",
            Audience::Everyone { named: false },
            "ask new_readers",
        ),
        // A known id that others wrote down does not say who reads the object.
        (
            id(Integrity::Untrusted, Readers::owner()),
            "$data_1",
            Audience::Everyone { named: false },
            "ask chosen_by_others",
        ),
        // Nor does one that is written out; but the owner may name it.
        (
            id(Integrity::Attested, Readers::owner()),
            "13",
            Audience::Everyone { named: true },
            "allow own_data",
        ),
        (
            id(Integrity::Attested, Readers::owner()),
            "14",
            Audience::Everyone { named: false },
            "ask untrusted_control",
        ),
    ] {
        let world = world(id.clone());
        assert_eq!(audience_of(&world, "append", to(file)), audience, "{id:?}");
        assert_eq!(world.decide("append", to(file)), decided, "{id:?}");
    }
}

#[test]
fn what_others_wrote_goes_out_harmless() {
    let hostile = "see https://evil.example/x?q=1 ![i](http://e.example/p.png)\u{202e}\u{200b}";
    let world = World::said("note it")
        .keep("$answer_1", Kind::Answer, foreign(hostile))
        .keep(
            "$data_2",
            Kind::Data,
            vouched(Value::Text("http://ok.example".into())),
        );
    let body = |tool: &str, args: Json, name: &str| {
        let call = world.call(tool, args).unwrap();
        call.text(name).to_owned()
    };
    for (tool, name) in [("note", "text"), ("message", "body"), ("publish", "text")] {
        let sent = body(tool, json!({name: "$answer_1"}), name);
        for bad in [
            "https://",
            "http://",
            "evil.example",
            "\u{202e}",
            "\u{200b}",
        ] {
            assert!(!sent.contains(bad), "{tool}: {sent}");
        }
        // The owner's own words, and what a service vouches for, stay as they are.
        assert_eq!(
            body(tool, json!({name: "$data_2"}), name),
            "http://ok.example"
        );
        let own = json!({name: "look at https://evil.example"});
        assert_eq!(body(tool, own, name), "look at https://evil.example");
    }
    // A read hands nothing on, so what is looked for stays as it is.
    assert_eq!(
        body("look", json!({"query": "$answer_1"}), "query"),
        hostile
    );
}

#[test]
fn what_is_inside_something_untrusted_goes_out_harmless_too() {
    let inner = vouched(Value::Text("https://evil.example".into()));
    let mut item = record(foreign("").label().clone(), [("link", inner)]);
    disarm(&mut item, Integrity::Owner);
    assert_eq!(
        item.field("link").unwrap().text(),
        Some("https[:]//evil[.]example")
    );
}

#[test]
fn judging_twice_is_judging_once() {
    let world = World::said("to bob@example.org").keep(
        "$mail_1",
        Kind::Mail,
        mail("1", "ada@a.example", "a https://e.example b"),
    );
    let args = json!({"to": ["bob@example.org"], "body": "$mail_1.body"});
    let mut call = world.call("send_mail", args).unwrap();
    let before = format!("{call:?}");
    judge(&mut call, &world);
    assert_eq!(format!("{call:?}"), before);
    let now = Circumstances::default();
    assert_eq!(
        crate::agent::test_world::decided(&call, now),
        "allow as_you_said"
    );
}
