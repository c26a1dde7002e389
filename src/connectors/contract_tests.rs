//! What holds for every connector, run on each of them unasked.

use super::all;
use super::test_documents::{Bench, int, owner_text, stranger_text};
use crate::label::{Capacity, Integrity, Label, Labeled};
use crate::tool::{
    ArgRole, ArgSpec, ArgType, EffectClass, Kind, TimerChange, ToolError, ToolOutput, ToolSpec,
};
use crate::value::{Item, Step, Value, record};
use std::collections::BTreeSet;

/// A value of the type that an argument holds, written by the owner or by a stranger.
fn sample(spec: &ArgSpec, bench: &Bench, is_strange: bool) -> Item {
    let text = |words: &str| {
        if is_strange {
            stranger_text(words)
        } else {
            owner_text(words)
        }
    };
    let label = text("").label().clone();
    let value = |value| Labeled::new(value, label.clone());
    match spec.holds {
        ArgType::Text(_) if spec.name == "zone" => text("Europe/Paris"),
        ArgType::Text(_) if spec.role == ArgRole::Inert => text("a"),
        ArgType::Text(_) => text("harbour milk"),
        ArgType::Address => text("ada@example.org"),
        ArgType::Name("url") => text("https://www.example.org/boathouse"),
        ArgType::Name(_) => text("06 39 98 00 11"),
        ArgType::List(ArgType::Choice(words)) => {
            Labeled::new(Value::List(vec![text(words.first().unwrap())]), label)
        }
        ArgType::List(_) => Labeled::new(Value::List(vec![text("ada@example.org")]), label),
        ArgType::Number | ArgType::Anything => value(Value::Int(1)),
        ArgType::Integer(from, _) => value(Value::Int(from)),
        ArgType::Flag => value(Value::Bool(true)),
        ArgType::Choice(words) => text(words.first().unwrap()),
        ArgType::Instant => value(Value::Time(bench.now.plus_millis(3_600_000))),
        ArgType::Day => text("2026-11-24"),
        // Only the agent's own `reply` takes parts.
        ArgType::Parts => Labeled::new(Value::Null, label),
        ArgType::Object(_) => record(
            label.clone(),
            [(
                "id",
                Labeled::new(Value::Text("nobody".into()), label.clone()),
            )],
        ),
    }
}

/// Arguments that cannot be given together with those that are required or with one another.
fn is_alternative(tool: &str, name: &str) -> bool {
    matches!(
        (tool, name),
        ("remind", "at" | "every_minutes" | "cron" | "place")
            | ("tell_when", "event_in_minutes")
            | ("mail_send", "draft")
    )
}

/// Calls every tool that needs no object, with all its arguments.
fn outputs(bench: &mut Bench, is_strange: bool) -> Vec<(&'static str, ToolOutput)> {
    let mut outputs = Vec::new();
    for connector in all() {
        for spec in connector.tools() {
            let args = |is_strange| -> Vec<(&'static str, Item)> {
                spec.args
                    .iter()
                    .filter(|arg| !matches!(arg.holds, ArgType::Object(_)))
                    .filter(|arg| !is_alternative(spec.name, arg.name))
                    .map(|arg| (arg.name, sample(arg, bench, is_strange)))
                    .collect()
            };
            let needs_object = spec
                .args
                .iter()
                .any(|a| a.required && matches!(a.holds, ArgType::Object(_)));
            if !needs_object {
                let (args, more) = (args(is_strange), args(is_strange));
                let output = bench.done(*connector, spec.name, args);
                if spec.name == "remind" {
                    // One that was told, beside one that waits.
                    bench.done(*connector, spec.name, more);
                    for timer in &output.timers {
                        if let TimerChange::Set { due, document, .. } = timer {
                            bench.wake(*connector, document, *due);
                        }
                    }
                }
                outputs.push((spec.name, output));
            }
        }
    }
    outputs
}

fn is_snake_case(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[test]
fn names_are_unique_and_every_contract_is_complete() {
    let (mut tools, mut connectors) = (BTreeSet::new(), BTreeSet::new());
    for connector in all() {
        assert!(connectors.insert(connector.name()));
        assert!(!connector.tools().is_empty());
        for spec in connector.tools() {
            assert!(tools.insert(spec.name), "{} twice", spec.name);
            assert!(is_snake_case(spec.name) && spec.about.ends_with('.'));
            let names: BTreeSet<_> = spec.args.iter().map(|arg| arg.name).collect();
            assert_eq!(names.len(), spec.args.len());
            for arg in spec.args {
                assert!(
                    is_snake_case(arg.name) && arg.about.ends_with('.'),
                    "{}",
                    arg.name
                );
                let decides = matches!(arg.holds, ArgType::Object(_)) || arg.holds.set().is_some();
                assert!(
                    !decides || arg.role == ArgRole::Control,
                    "{} {}",
                    spec.name,
                    arg.name
                );
                let is_inert = arg.role == ArgRole::Inert;
                // What only a read tells nobody steers nothing, but for the object it is about.
                let reads = spec.weight() == EffectClass::Read;
                assert!(!reads || is_inert || decides, "{} {}", spec.name, arg.name);
            }
        }
    }
    assert!(
        connectors
            .iter()
            .zip(all())
            .all(|(name, connector)| *name == connector.name())
    );
    assert_eq!(tools.len(), 29);
}

#[test]
fn what_is_not_there_is_unavailable() {
    for connector in all() {
        for spec in connector.tools() {
            for object in spec
                .args
                .iter()
                .filter(|arg| matches!(arg.holds, ArgType::Object(_)))
            {
                let of_another_kind = if object.holds == ArgType::Object(Kind::Event) {
                    "demo-1"
                } else {
                    "demo-e1"
                };
                for id in [
                    "",
                    "nobody",
                    "draft-",
                    "sent-x",
                    "demo-0",
                    of_another_kind,
                    "../state",
                ] {
                    let mut bench = Bench::default();
                    let is_whole = object.name != "draft";
                    let needed = spec.args.iter().filter(|arg| {
                        let goes_along = arg.role == ArgRole::Content && is_whole;
                        arg.name == object.name || arg.required || goes_along
                    });
                    let args = needed.map(|arg| {
                        let is_it = arg.name == object.name;
                        let item = if is_it {
                            owner_text(id)
                        } else {
                            sample(arg, &bench, false)
                        };
                        (arg.name, item)
                    });
                    let args = args.collect();
                    let error = bench.call(*connector, spec.name, args).unwrap_err();
                    assert_eq!(error, ToolError::Unavailable, "{} {id}", spec.name);
                }
            }
        }
    }
}

/// A thing of a kind that an argument can point at, as its connector hands it out.
fn thing(kind: Kind, bench: &mut Bench) -> Item {
    let texts = |given: &[(&'static str, &str)]| -> Vec<(&'static str, Item)> {
        let given = given.iter();
        given
            .map(|(name, text)| (*name, owner_text(text)))
            .collect()
    };
    let (connector, tool, args): (&dyn super::Connector, _, _) = if kind == Kind::Mail {
        (&super::demo::Demo, "mail_list", vec![])
    } else if kind == Kind::Draft {
        let args = texts(&[("to", "ada@example.org"), ("body", "milk")]);
        (&super::demo::Demo, "mail_draft", args)
    } else if kind == Kind::Event {
        let start = Value::Time(bench.now.plus_millis(3_600_000));
        let start = ("start", Labeled::new(start, Label::owner()));
        let mut args = texts(&[("title", "milk")]);
        args.push(start);
        (&super::demo::Demo, "calendar_add", args)
    } else if kind == Kind::Note {
        let args = texts(&[("text", "milk")]);
        (&super::notes::Notes, "notes_add", args)
    } else if kind == Kind::Reminder {
        let args = vec![("text", owner_text("milk")), ("in_minutes", int(5))];
        (&super::reminders::Reminders, "remind", args)
    } else {
        panic!("nothing makes one of {kind:?}")
    };
    let made = bench.done(connector, tool, args).item;
    made.at(&[Step::Nth(0)]).unwrap_or(made)
}

/// Calls a tool about a thing, which is labelled by `mark` first.
fn about(
    connector: &dyn super::Connector,
    spec: &ToolSpec,
    object: &ArgSpec,
    mark: &dyn Fn(Item) -> Item,
) -> (Item, Item) {
    let mut bench = Bench::default();
    let ArgType::Object(kind) = object.holds else {
        panic!("{} points at nothing", object.name);
    };
    let thing = mark(thing(kind, &mut bench));
    let needed = spec.args.iter().filter(|arg| {
        let goes_along = arg.role == ArgRole::Content && object.name != "draft";
        arg.name == object.name || arg.required || goes_along
    });
    let args = needed.map(|arg| {
        let is_it = arg.name == object.name;
        let item = if is_it {
            thing.clone()
        } else {
            sample(arg, &bench, false)
        };
        (arg.name, item)
    });
    let args = args.collect();
    let output = bench.done(connector, spec.name, args);
    (thing, output.item)
}

#[test]
fn what_a_call_hands_back_is_no_better_than_the_choice_of_what_it_points_at() {
    let neutral = Label {
        readers: crate::label::Readers::Everyone,
        capacity: Capacity::Unit,
        ..Label::owner()
    };
    let picked = neutral.clone().picked();
    let untrusted = Label {
        integrity: Integrity::Untrusted,
        ..neutral
    };
    let id = |item: &Item| item.field("id").and_then(Item::text).map(str::to_owned);
    let mut seen = 0;
    for connector in all() {
        for spec in connector.tools() {
            let objects = spec.args.iter();
            for object in objects.filter(|arg| matches!(arg.holds, ArgType::Object(_))) {
                let is_it = |thing: &Item, result: &Item| {
                    spec.effect == EffectClass::Read || id(thing) == id(result)
                };
                // All of the thing was picked, or is what a stranger asked for.
                let (thing, result) =
                    about(*connector, spec, object, &|item| item.tainted_by(&picked));
                if is_it(&thing, &result) {
                    seen += 1;
                    assert!(result.label().selected, "{}", spec.name);
                }
                let (thing, result) = about(*connector, spec, object, &|item| {
                    item.tainted_by(&untrusted)
                });
                if is_it(&thing, &result) {
                    let integrity = result.label().integrity;
                    assert_eq!(integrity, Integrity::Untrusted, "{}", spec.name);
                }
                // Only what is said in it was.
                let (thing, result) = about(*connector, spec, object, &|mut item| {
                    item.change(|value| {
                        let Value::Record(fields) = value else { return };
                        for (_, field) in fields.iter_mut().filter(|(name, _)| *name != "id") {
                            *field = field.clone().tainted_by(&picked);
                        }
                    });
                    item
                });
                let Value::Record(fields) = result.peek() else {
                    panic!("{} returns no record", spec.name);
                };
                for (name, field) in fields.iter().filter(|(name, _)| *name != "id") {
                    let before = thing.field(name).map(Item::to_json);
                    if is_it(&thing, &result) && before == Some(field.to_json()) {
                        assert!(field.label().selected, "{} {name}", spec.name);
                    }
                }
            }
        }
    }
    assert!(seen >= 9, "{seen}");
}

#[test]
fn outputs_keep_their_contract_and_survive_storage() {
    let mut bench = Bench::default();
    for (tool, output) in outputs(&mut bench, false) {
        let json = serde_json::to_string(&output).unwrap();
        assert_eq!(
            serde_json::from_str::<ToolOutput>(&json).unwrap(),
            output,
            "{tool}"
        );
        let spec = all()
            .iter()
            .flat_map(|c| c.tools())
            .find(|spec| spec.name == tool)
            .unwrap();
        assert_eq!(output.kind, spec.returns);
        let items: Vec<&Item> = match output.kind.item() {
            Some(_) => output.item.items().iter().collect(),
            None => vec![&output.item],
        };
        assert!(!items.is_empty(), "{tool} found nothing");
        for item in items {
            for field in output.kind.fields() {
                assert!(item.field(field).is_some(), "{tool} lacks {field}");
            }
            let has_id = item
                .field("id")
                .and_then(Item::text)
                .is_some_and(|id| !id.is_empty());
            assert!(has_id || output.kind == Kind::Setting, "{tool} lacks an id");
        }
    }
}

#[test]
fn what_strangers_wrote_is_never_better_than_untrusted_nor_is_what_is_read_back() {
    let mut bench = Bench::default();
    let stranger = stranger_text("").label().clone();
    for (tool, output) in outputs(&mut bench, true) {
        let label = output.item.total_label();
        assert_eq!(label.integrity, Integrity::Untrusted, "{tool}");
        assert!(label.sources.is_superset(&stranger.sources), "{tool}");
    }
    for (tool, args) in [
        ("notes_list", vec![]),
        ("reminders_list", vec![]),
        ("contacts_find", vec![("query", owner_text("milk"))]),
        ("mail_list", vec![("folder", owner_text("sent"))]),
        ("mail_list", vec![("folder", owner_text("drafts"))]),
        (
            "calendar_list",
            vec![
                ("from", owner_text("2026-11-23")),
                ("query", owner_text("milk")),
            ],
        ),
    ] {
        let connector = all()
            .iter()
            .find(|c| c.tools().iter().any(|spec| spec.name == tool))
            .unwrap();
        let output = bench.done(*connector, tool, args);
        let first = output.item.items().first().unwrap();
        let written = ["text", "body", "title", "name"]
            .iter()
            .find_map(|name| first.field(name))
            .unwrap();
        assert!(written.text().unwrap().contains("milk"), "{tool}");
        assert_eq!(written.label().integrity, Integrity::Untrusted, "{tool}");
        assert!(written.label().sources.contains("mail:17"), "{tool}");
        assert_ne!(output.item.label().capacity, Capacity::Text);
    }
}

#[test]
fn labels_of_what_the_owner_wrote_stay_the_owner_s() {
    let mut bench = Bench::default();
    for (tool, output) in outputs(&mut bench, false) {
        let is_mixed = matches!(
            tool,
            "mail_list" | "calendar_list" | "calendar_find" | "web_read"
        );
        if !is_mixed {
            let worst = output.item.total_label();
            assert!(worst.integrity >= Integrity::Attested, "{tool}");
            let text = ["text", "title", "body", "value", "name"]
                .iter()
                .find_map(|f| output.item.field(f));
            if let Some(text) = text {
                assert_eq!(text.label().integrity, Label::owner().integrity, "{tool}");
            }
        }
    }
}
