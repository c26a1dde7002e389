//! Calls and circumstances that differ from one in one thing each.

use super::*;

/// A call in which everything can be changed.
pub(super) fn full() -> Call {
    let mut call = call();
    let list = vec![
        text("ada@example.org", Label::owner()),
        text("bo@example.org", untrusted()),
    ];
    let body = record(
        untrusted(),
        [
            ("amount", Labeled::new(Value::Int(100), untrusted())),
            ("name", text("Zo\u{eb}", untrusted())),
            ("none", Labeled::new(Value::Null, untrusted())),
            ("urgent", Labeled::new(Value::Bool(true), untrusted())),
            (
                "when",
                Labeled::new(Value::Time(Timestamp::from_millis(5)), untrusted()),
            ),
        ],
    );
    let to = Labeled::new(Value::List(list), Label::owner());
    given(&mut call, "to", to, Origin::Literal);
    given(&mut call, "body", body, Origin::Handle("$data_1".into()));
    call.audience = Audience::People(BTreeMap::from([
        ("mail:ada@example.org".to_owned(), true),
        ("mail:bo@example.org".to_owned(), false),
    ]));
    call
}

fn changed(change: &dyn Fn(&mut Call)) -> Call {
    let mut call = full();
    change(&mut call);
    call
}

fn with_label(change: &dyn Fn(&mut Label)) -> Call {
    changed(&|call| {
        let item = &mut call.args.get_mut("body").unwrap().item;
        let mut label = item.label().clone();
        change(&mut label);
        *item = Labeled::new(item.peek().clone(), label);
    })
}

/// A field of the body changed.
fn with_field(name: &'static str, value: &Value) -> Call {
    changed(&|call| {
        call.args.get_mut("body").unwrap().item.change(|body| {
            if let Value::Record(fields) = body {
                let label = fields[name].label().clone();
                fields.insert(name.to_owned(), Labeled::new(value.clone(), label));
            }
        });
    })
}

/// The list of recipients changed.
fn with_list(change: &dyn Fn(&mut Vec<Item>)) -> Call {
    changed(&|call| {
        call.args.get_mut("to").unwrap().item.change(|to| {
            if let Value::List(items) = to {
                change(items);
            }
        });
    })
}

fn number(text: &str) -> Value {
    Value::Number(serde_json::from_str(text).unwrap())
}

/// Calls that differ from [`full`] in their arguments.
pub(super) fn other_arguments() -> Vec<(&'static str, Call)> {
    let mut all = vec![
        ("the tool", changed(&|call| call.spec = &OTHER)),
        (
            "an argument less",
            changed(&|call| drop(call.args.remove("body"))),
        ),
        (
            "an argument more",
            changed(&|call| given(call, "page", text("", Label::owner()), Origin::Literal)),
        ),
        (
            "another argument",
            changed(&|call| {
                let body = call.args.remove("body").unwrap();
                given(call, "page", body.item, body.origin);
            }),
        ),
        (
            "a field less",
            changed(&|call| {
                call.args.get_mut("body").unwrap().item.change(|body| {
                    if let Value::Record(fields) = body {
                        fields.remove("none");
                    }
                });
            }),
        ),
    ];
    all.extend(other_recipients());
    all.extend(other_values());
    all
}

fn other_recipients() -> Vec<(&'static str, Call)> {
    vec![
        ("one recipient less", with_list(&|items| drop(items.pop()))),
        ("no recipient", with_list(&Vec::clear)),
        (
            "a recipient twice",
            with_list(&|items| items.push(items[0].clone())),
        ),
        (
            "a recipient more",
            with_list(&|items| items.push(text("eve@example.org", Label::owner()))),
        ),
        (
            "the order of recipients",
            with_list(&|items| items.reverse()),
        ),
        (
            "another recipient",
            with_list(&|items| items[0] = text("eve@example.org", Label::owner())),
        ),
        (
            "a letter's case",
            with_list(&|items| items[0] = text("Ada@example.org", Label::owner())),
        ),
        (
            "a recipient's label",
            with_list(&|items| items[1] = text("bo@example.org", Label::owner())),
        ),
        (
            "a list in a list",
            with_list(&|items| {
                let inner = Labeled::new(Value::List(items.clone()), Label::owner());
                *items = vec![inner];
            }),
        ),
        (
            "recipients in one text",
            with_list(&|items| {
                *items = vec![text("ada@example.org,bo@example.org", Label::owner())];
            }),
        ),
    ]
}

/// Values that look alike, and others.
fn other_values() -> Vec<(&'static str, Call)> {
    let line = |text: &str| Value::Text(text.to_owned());
    vec![
        (
            "the form of a letter",
            with_field("name", &line("Zoe\u{308}")),
        ),
        (
            "a letter of another script",
            with_field("name", &line("Z\u{43e}\u{eb}")),
        ),
        (
            "a hidden character",
            with_field("name", &line("Zo\u{200b}\u{eb}")),
        ),
        ("a blank behind", with_field("name", &line("Zo\u{eb} "))),
        ("an empty text", with_field("name", &line(""))),
        ("an amount", with_field("amount", &Value::Int(101))),
        ("its sign", with_field("amount", &Value::Int(-100))),
        ("its form", with_field("amount", &number("100.0"))),
        ("a little more", with_field("amount", &number("100.01"))),
        ("an amount in words", with_field("amount", &line("100"))),
        (
            "a yes that is a no",
            with_field("urgent", &Value::Bool(false)),
        ),
        ("a yes in words", with_field("urgent", &line("true"))),
        (
            "a time",
            with_field("when", &Value::Time(Timestamp::from_millis(6))),
        ),
        ("a time as a number", with_field("when", &Value::Int(5))),
        (
            "nothing that is an empty text",
            with_field("none", &line("")),
        ),
        (
            "nothing that is an empty list",
            with_field("none", &Value::List(vec![])),
        ),
        (
            "nothing that is an empty record",
            with_field("none", &Value::Record(BTreeMap::new())),
        ),
    ]
}

/// Calls that differ from [`full`] in what is around the arguments.
pub(super) fn other_marks() -> Vec<(&'static str, Call)> {
    let origin = |origin: &Origin| {
        changed(&|call| call.args.get_mut("body").unwrap().origin = origin.clone())
    };
    let mut all = vec![
        (
            "known",
            changed(&|call| call.args.get_mut("body").unwrap().known = true),
        ),
        ("the handle", origin(&Origin::Handle("$data_2".into()))),
        ("the path", origin(&Origin::Handle("$data_1[1]".into()))),
        ("the origin", origin(&Origin::Literal)),
    ];
    all.extend(other_labels());
    all.extend(other_audiences());
    all
}

fn other_labels() -> Vec<(&'static str, Call)> {
    vec![
        (
            "integrity",
            with_label(&|label| label.integrity = Integrity::Attested),
        ),
        (
            "more integrity",
            with_label(&|label| label.integrity = Integrity::Owner),
        ),
        (
            "readers",
            with_label(&|label| label.readers = Readers::Everyone),
        ),
        (
            "fewer readers",
            with_label(&|label| label.readers = Readers::owner()),
        ),
        (
            "capacity",
            with_label(&|label| label.capacity = Capacity::Span),
        ),
        (
            "sources",
            with_label(&|label| label.sources = BTreeSet::new()),
        ),
        (
            "a source more",
            with_label(&|label| label.sources.extend(["mail:8".to_owned()])),
        ),
        ("picked", with_label(&|label| label.selected = true)),
    ]
}

fn other_audiences() -> Vec<(&'static str, Call)> {
    let people = |people: &[(&str, bool)]| {
        let people = people
            .iter()
            .map(|(name, named)| ((*name).to_owned(), *named));
        Audience::People(people.collect())
    };
    let (ada, bo) = ("mail:ada@example.org", "mail:bo@example.org");
    let watched = |audience: Audience| changed(&|call| call.audience = audience.clone());
    vec![
        ("a reader less", watched(people(&[(ada, true)]))),
        (
            "a reader more",
            watched(people(&[
                (ada, true),
                (bo, false),
                ("mail:eve@e.example", false),
            ])),
        ),
        (
            "another reader",
            watched(people(&[(ada, true), ("mail:eve@e.example", false)])),
        ),
        (
            "a reader named",
            watched(people(&[(ada, true), (bo, true)])),
        ),
        (
            "a reader not named",
            watched(people(&[(ada, false), (bo, false)])),
        ),
        ("nobody", watched(Audience::Nobody)),
        ("no people", watched(people(&[]))),
        ("everyone", watched(Audience::Everyone { named: false })),
        (
            "everyone, named",
            watched(Audience::Everyone { named: true }),
        ),
    ]
}

/// One thing of a binding changed.
type Change<T> = (&'static str, fn(&mut T));

const BINDINGS: &[Change<Binding<'static>>] = &[
    ("the turn", |here| here.turn = "t_2"),
    ("the channel", |here| here.channel = "other"),
    ("the conversation", |here| here.conversation = "chat:2"),
    ("the owner's words", |here| here.words = "write to Bo"),
    ("no words", |here| here.words = ""),
    ("a later end", |here| {
        here.expires_at = Timestamp::from_millis(1001);
    }),
    ("an earlier end", |here| {
        here.expires_at = Timestamp::from_millis(999);
    }),
    // Nothing moves from one field into the next.
    ("the end of the turn", |here| {
        (here.turn, here.channel) = ("t_1chat", "");
    }),
    ("the end of the channel", |here| {
        (here.channel, here.conversation) = ("chatchat:", "1");
    }),
    ("a quotation mark", |here| here.words = "\",\"turn\":\"t_2"),
];

const FACTS: &[Change<Circumstances>] = &[
    ("stopped", |facts| facts.stopped = true),
    ("exposed", |facts| facts.exposed = true),
    ("tainted", |facts| facts.tainted = true),
    ("announced", |facts| facts.announced = true),
    ("in bulk", |facts| facts.in_bulk = true),
    ("covered", |facts| facts.covered = true),
    ("over budget", |facts| facts.over_budget = true),
];

/// Circumstances that differ from [`binding`] in one thing each.
pub(super) fn other_bindings() -> Vec<(&'static str, Binding<'static>)> {
    let places = BINDINGS.iter().map(|(what, change)| {
        let mut here = binding();
        change(&mut here);
        (*what, here)
    });
    let facts = FACTS.iter().map(|(what, change)| {
        let mut here = binding();
        change(&mut here.facts);
        (*what, here)
    });
    places.chain(facts).collect()
}
