//! What tests of whole turns begin with and look at.

use super::sim::{HOME, Sim};
use crate::label::{Capacity, Integrity, Label, Labeled, Readers};
use crate::store;
use crate::tool::Kind;
use crate::value::{Item, Value, record};

pub(super) fn decisions(sim: &Sim, tool: &str) -> Vec<String> {
    sim.turn(1)
        .calls
        .iter()
        .filter(|r| r.call.tool == tool)
        .map(|r| format!("{} {} {:?}", r.decision, r.reason, r.status))
        .collect()
}

pub(super) fn prompts(sim: &Sim) -> Vec<String> {
    sim.prompts.iter().map(|(_, p)| p.clone()).collect()
}

pub(super) fn same(a: &Sim, b: &Sim) {
    let (a, b) = (prompts(a), prompts(b));
    for (n, (x, y)) in a.iter().zip(&b).enumerate() {
        if x != y {
            let at = x
                .bytes()
                .zip(y.bytes())
                .position(|(p, q)| p != q)
                .unwrap_or(0);
            let near = |text: &str| -> String {
                text.chars()
                    .skip(at.saturating_sub(120))
                    .take(240)
                    .collect()
            };
            panic!("prompt {n}:\n{}\n---\n{}", near(x), near(y));
        }
    }
    assert_eq!(a.len(), b.len(), "another number of prompts");
}

pub(super) fn word(text: &str) -> Item {
    Labeled::new(
        Value::Text(text.into()),
        Label::untrusted("mail:x", Readers::owner()),
    )
}

pub(super) fn mail(body: &str) -> Item {
    let known = Label::attested("mail:x", Readers::owner(), Capacity::Id);
    record(
        known.clone(),
        [
            (
                "id",
                Labeled::new(Value::Text("demo-1".into()), known.clone()),
            ),
            ("subject", word("s")),
            ("from", word("f@x.example")),
            ("body", word(body)),
        ],
    )
}

pub(super) fn mails(items: Vec<Item>) -> Item {
    let label = Label {
        readers: Readers::Everyone,
        capacity: Capacity::Unit,
        ..Label::owner()
    };
    Labeled::new(Value::List(items), label)
}

pub(super) fn put(sim: &Sim, name: &str, kind: Kind, item: &Item) {
    store::handles::put(sim.store(), HOME, name, kind, item).unwrap();
}

/// A mail whose sender its service vouches for, or does not: whether an answer to it is asked about.
pub(super) fn signed(vouched: bool) -> Item {
    let known = Label::attested("mail:demo-1", Readers::Everyone, Capacity::Id);
    let mut sender = known.clone();
    if !vouched {
        sender.integrity = Integrity::Untrusted;
    }
    let text =
        |text: &str, label: &Label| Labeled::new(Value::Text(text.to_owned()), label.clone());
    record(
        known.clone(),
        [
            ("id", text("demo-1", &known)),
            ("subject", text("s", &known)),
            ("from", text("x@x.example", &sender)),
            ("sender", text("x@x.example", &sender)),
        ],
    )
}
