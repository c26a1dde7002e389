//! The planner's tests: conversations played to their end, written as tables.
//!
//! Goal: pin what every kind of sentence does, and that nothing else does anything. Method: each
//! row is a conversation of the owner's texts, parted by ` / `; every call is answered with a
//! handle of the kind that the tool returns, and the last turn is compared as a line of calls and
//! words. A property test feeds arbitrary text and checks each call against the tools' contracts.

mod contract;
mod english;
mod follow_ups;
mod french;
mod repeating;
mod times;

use super::super::{Model, ModelCall, ModelReply, ModelSettings, Prompt, PromptItem};
use super::Offline;
use crate::message::Locale;
use crate::time::{Timestamp, Zone};
use crate::tool::Kind;
use contract::TOOLS;

/// A Monday, ten in the morning in Paris.
const NOW: &str = "2026-11-23T09:00:00Z";

/// Where and when a conversation takes place.
#[derive(Clone)]
struct Scene {
    now: Timestamp,
    zone: Option<Zone>,
    locale: Locale,
    /// What the tool of this name answers instead of a handle.
    answer: Option<(&'static str, &'static str)>,
}

impl Scene {
    fn new(now: &str, zone: &str, locale: Locale) -> Self {
        let now: jiff::Timestamp = now.parse().unwrap();
        Self {
            now: Timestamp::from_millis(now.as_millisecond()),
            zone: Zone::named(zone),
            locale,
            answer: None,
        }
    }

    fn ask(&self, items: &[PromptItem]) -> ModelReply {
        let settings = ModelSettings {
            provider: "offline".into(),
            name: String::new(),
            base_url: None,
        };
        let prompt = Prompt {
            system: "",
            items,
            tools: &[],
            answer: None,
            tokens_max: 1000,
            now: self.now,
            zone: self.zone.as_ref(),
            locale: self.locale,
        };
        match Offline.call(&settings, &prompt).unwrap() {
            ModelCall::Answered(reply) => reply,
            other @ (ModelCall::Http(_) | ModelCall::Binding { .. }) => panic!("{other:?}"),
        }
    }

    /// Plays one turn to its end and writes it as a line.
    fn turn(&mut self, items: &mut Vec<PromptItem>, text: &str) -> String {
        items.push(PromptItem::Owner {
            text: text.to_owned(),
        });
        let mut line = Vec::new();
        for _ in 0..6 {
            let reply = self.ask(items);
            let calls = reply.calls.clone();
            if !reply.text.is_empty() {
                line.push(format!("“{}”", reply.text.lines().next().unwrap()));
            }
            items.push(PromptItem::Planner {
                text: reply.text,
                calls: calls.clone(),
                opaque: vec![],
            });
            if calls.is_empty() {
                return line.join(" ");
            }
            for call in calls {
                contract::check(&call);
                line.push(format!("{} {}", call.tool, call.args));
                let text = self.result(items, &call.tool, &call.args);
                let failed = text.contains("\"error\"");
                items.push(PromptItem::Result {
                    call: call.id,
                    text,
                    failed,
                });
            }
        }
        panic!("no end: {line:?}");
    }

    fn result(&mut self, items: &[PromptItem], tool: &str, args: &serde_json::Value) -> String {
        if let Some((_, answer)) = self.answer.filter(|(name, _)| *name == tool) {
            return answer.to_owned();
        }
        if tool == "zone_set" {
            self.zone = Zone::named(args["zone"].as_str().unwrap());
        }
        let spec = TOOLS.iter().find(|spec| spec.name == tool).unwrap();
        let Some(kind) = spec.returns else {
            return r#"{"ok":true}"#.to_owned();
        };
        let calls = items.iter().map(|item| match item {
            PromptItem::Planner { calls, .. } => calls.len(),
            PromptItem::Owner { .. } | PromptItem::Result { .. } => 0,
        });
        let number = calls.sum();
        handle(kind, number)
    }

    fn play(&self, conversation: &str) -> String {
        let (mut items, mut last, mut scene) = (Vec::new(), String::new(), self.clone());
        for text in conversation.split(" / ") {
            last = scene.turn(&mut items, text);
        }
        last
    }
}

fn handle(kind: Kind, number: usize) -> String {
    let (stem, word, source) = (kind.stem(), kind.word(), kind.source());
    format!(
        r#"{{"handle":"${stem}_{number}","kind":"{word}","source":"{source}","trust":"untrusted"}}"#
    )
}

/// Plays every row and names all that differ, so that a change of a table is seen whole.
#[track_caller]
fn check(scene: &Scene, rows: &[(&str, &str)]) {
    let differ: Vec<String> = rows
        .iter()
        .map(|(text, expected)| (text, *expected, scene.play(text)))
        .filter(|(_, expected, got)| expected != got)
        .map(|(text, expected, got)| format!("{text:?}\n  expected {expected}\n  got      {got}"))
        .collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
