//! What a decision costs: `npm run bench:policy`.
//!
//! `decide` is asked about a small call, about one with twenty arguments that each hold a hundred
//! values, and about one that asks for the strictest reason. Beside it stands what comes before a
//! decision: reading a mail that a planner wrote, with its handles and the owner's words.

// A benchmark may fail where it stands.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use sclerite::agent::arguments::Scope;
use sclerite::agent::grounds::{Grounds, Words};
use sclerite::agent::handles::Handles;
use sclerite::agent::planner::{self, Found};
use sclerite::label::{Capacity, Label, Labeled, Readers};
use sclerite::policy::{Circumstances, Decision, Intent, decide};
use sclerite::tool::{
    ArgRole, ArgSpec, ArgType, Argument, Audience, Call, EffectClass, Kind, Origin, Reach, Sinks,
    ToolCall, ToolSpec,
};
use sclerite::value::{Item, Value, record};
use serde_json::json;
use std::collections::BTreeMap;
use std::hint::black_box;

const ARGUMENTS: usize = 20;
const ITEMS: usize = 100;

fn argument(name: &'static str, role: ArgRole) -> ArgSpec {
    ArgSpec {
        name,
        holds: ArgType::Anything,
        role,
        required: false,
        about: "",
    }
}

/// A contract that lasts as long as the program, as those of connectors do.
fn contract(args: Vec<ArgSpec>) -> &'static ToolSpec {
    Box::leak(Box::new(ToolSpec {
        name: "send",
        about: "",
        effect: EffectClass::Send,
        reach: Reach::Outside,
        args: Vec::leak(args),
        returns: Kind::Mail,
        source: None,
        sinks: Sinks::Nobody,
    }))
}

fn text(text: &str, label: Label) -> Item {
    Labeled::new(Value::Text(text.to_owned()), label)
}

fn readers() -> Readers {
    Readers::Only((0..5).map(|n| format!("mail:p{n}@a.example")).collect())
}

fn attested() -> Label {
    Label::attested("mail:17", readers(), Capacity::Id)
}

fn audience() -> Audience {
    let people = (0..5).map(|n| (format!("mail:p{n}@a.example"), n == 0));
    Audience::People(people.collect())
}

/// A mail: to, subject and body.
fn small() -> Call {
    let spec = contract(vec![
        argument("to", ArgRole::Control),
        argument("subject", ArgRole::Content),
        argument("body", ArgRole::Content),
    ]);
    let untrusted = Label::untrusted("mail:17", readers());
    let items = [
        text("p0@a.example", Label::owner()),
        text("Re: Friday", attested()),
        text("See you then.", untrusted),
    ];
    let args = spec.args.iter().zip(items);
    Call {
        spec,
        args: args
            .map(|(spec, item)| (spec.name, Argument::new(spec, item, Origin::Literal)))
            .collect(),
        audience: audience(),
    }
}

/// A list of records, each with a label of its own.
fn nested() -> Item {
    let items = (0..ITEMS).map(|n| {
        let id = text(&n.to_string(), attested());
        record(attested(), [("id", id)])
    });
    Labeled::new(Value::List(items.collect()), attested())
}

/// Twenty arguments, half of them control, with a hundred records each.
fn big() -> Call {
    let names: Vec<&'static str> = (0..ARGUMENTS)
        .map(|n| &*String::leak(format!("argument_{n:02}")))
        .collect();
    let args = names.iter().enumerate().map(|(n, name)| {
        let role = if n % 2 == 0 {
            ArgRole::Control
        } else {
            ArgRole::Content
        };
        argument(name, role)
    });
    let spec = contract(args.collect());
    let args = spec.args.iter();
    Call {
        spec,
        args: args
            .map(|spec| (spec.name, Argument::new(spec, nested(), Origin::Literal)))
            .collect(),
        audience: audience(),
    }
}

fn is_allowed(call: &Call) -> bool {
    let decision = decide(&Intent::Tool(call), Circumstances::default());
    matches!(decision, Decision::Allow(..))
}

fn decisions(criterion: &mut Criterion) {
    let (small, big) = (small(), big());
    assert!(is_allowed(&small) && is_allowed(&big));
    let mut steered = small.clone();
    if let Some(to) = steered.args.get_mut("to") {
        to.item = text("p0@a.example", Label::worst());
    }
    assert!(!is_allowed(&steered));
    let mut group = criterion.benchmark_group("decide");
    let now = Circumstances::default();
    group.bench_function("a mail that is allowed", |bencher| {
        bencher.iter(|| decide(&Intent::Tool(black_box(&small)), black_box(now)));
    });
    group.bench_function("a mail that asks", |bencher| {
        bencher.iter(|| decide(&Intent::Tool(black_box(&steered)), black_box(now)));
    });
    group.bench_function("20 arguments of 100 records", |bencher| {
        bencher.iter(|| decide(&Intent::Tool(black_box(&big)), black_box(now)));
    });
    group.bench_function("asking the planner", |bencher| {
        bencher.iter(|| decide(black_box(&Intent::AskPlanner), black_box(now)));
    });
    group.finish();
}

/// A conversation with one mail in it.
struct Conversation {
    kept: BTreeMap<&'static str, (Kind, Item)>,
    words: Words,
}

impl Handles for Conversation {
    fn get(&self, name: &str) -> Option<(Kind, Item)> {
        self.kept.get(name).cloned()
    }
}

impl Grounds for Conversation {
    fn said(&self, set: &str, identifier: &str) -> bool {
        self.words.have(set, identifier)
    }
    fn said_words(&self, text: &str) -> bool {
        self.words.have_every_word(text)
    }
    fn knows(&self, _: &str, _: &str) -> bool {
        false
    }
    fn names(&self, identity: &str) -> bool {
        let split = identity.split_once(':');
        split.is_some_and(|(set, identifier)| self.words.have(set, identifier))
    }
}

fn conversation() -> Conversation {
    let words = Label::untrusted("mail:17", readers());
    let mail = record(
        attested(),
        [
            ("id", text("17", attested())),
            ("from", text("p1@a.example", words.clone())),
            ("subject", text("Friday", words.clone())),
            ("body", text(&"A sentence of a mail. ".repeat(100), words)),
        ],
    );
    let said =
        "Tell p0@a.example what is in the mail about Friday, and that I am late. ".repeat(10);
    Conversation {
        kept: BTreeMap::from([("$mail_1", (Kind::Mail, mail))]),
        words: Words::of([said.as_str()]),
    }
}

fn reading(criterion: &mut Criterion) {
    let here = conversation();
    let Some(Found::Works(connector, spec)) = planner::find("mail_send") else {
        return;
    };
    let scope = Scope {
        handles: &here,
        grounds: &here,
        zone: None,
        tainted: false,
        swayed: false,
    };
    let call = ToolCall {
        id: "c1".to_owned(),
        tool: "mail_send".to_owned(),
        args: json!({"to": "p0@a.example", "subject": "I am late", "body": "$mail_1.body"}),
    };
    let read = || planner::read(black_box(&call), connector, spec, scope);
    let ready = read().unwrap();
    assert!(is_allowed(&ready), "{ready:?}");
    let mut group = criterion.benchmark_group("read");
    group.bench_function("a mail with a body of 2 KB", |bencher| bencher.iter(read));
    group.bench_function("a mail, and decide", |bencher| {
        bencher.iter(|| read().map(|call| is_allowed(&call)));
    });
    group.finish();
}

criterion_group!(policy, decisions, reading);
criterion_main!(policy);
