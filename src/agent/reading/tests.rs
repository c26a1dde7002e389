//! The tools that work on handles: what planners may write, what comes of it, what it costs.

mod code;
mod limits;
mod tables;

use super::*;
use crate::agent::test_world::{World, foreign, list, mail};
use crate::label::{Integrity, Labeled};
use serde_json::json;

/// A conversation with one handle of each sort.
fn world() -> World {
    let letter = |id| mail(id, "ada@a.example", "long");
    World::said("look")
        .keep("$mail_1", Kind::Mails, list(vec![letter("1"), letter("2")]))
        .keep("$mail_2", Kind::Mail, letter("3"))
        .keep(
            "$data_3",
            Kind::Data,
            list(vec![foreign("a"), foreign("b")]),
        )
        .keep("$data_4", Kind::Data, foreign("no list"))
        .keep("$answer_5", Kind::Answer, list(vec![foreign("x")]))
        .keep("$summary_6", Kind::Summary, foreign("sum"))
        .keep("$done_7", Kind::Done, list(vec![]))
        .keep("$contact_8", Kind::Contacts, list(vec![]))
        .keep("$text_9", Kind::Text, foreign("text"))
}

fn call(tool: &str, args: Json) -> ToolCall {
    ToolCall {
        id: "c1".into(),
        tool: tool.into(),
        args,
    }
}

/// What a call comes to, in one line.
fn read_as(tool: &str, args: &Json) -> String {
    match read(&call(tool, args.clone()), &world(), false) {
        Ok(Work::Ask(task)) => format!(
            "asks {:?} of {} for {:?} as {}",
            task.instruction,
            task.values.len(),
            task.wanted,
            task.kind.word()
        ),
        Ok(Work::Done(kind, item)) => format!("{} {}", kind.word(), item.to_json()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_follows_from_content_is_unavailable() {
    for (tool, args) in [
        ("ask", json!({"handles": ["$mail_1[3]"], "question": "q"})),
        ("ask", json!({"handles": ["$data_3[9]"], "question": "q"})),
        (
            "ask",
            json!({"handles": ["$data_3[1].field"], "question": "q"}),
        ),
        ("select", json!({"list": "$data_4", "criterion": "c"})),
        ("count", json!({"list": "$data_4"})),
        ("first", json!({"list": "$data_3[1]"})),
        ("sort", json!({"list": "$mail_2.body", "by": "x"})),
    ] {
        assert_eq!(read_as(tool, &args), "unavailable", "{tool} {args}");
    }
}

#[test]
fn kinds_of_lists_and_their_items_match_what_is_promised() {
    for (handle, of_list, of_item) in [
        ("$mail_1", Kind::Mails, Kind::Mail),
        ("$data_3", Kind::Data, Kind::Data),
        ("$answer_5", Kind::Data, Kind::Data),
        ("$done_7", Kind::Data, Kind::Data),
        ("$contact_8", Kind::Contacts, Kind::Contact),
    ] {
        for (tool, rest, kind) in [
            ("select", json!({"criterion": "c"}), of_item),
            ("first", json!({}), of_item),
            ("filter", json!({"criterion": "c"}), of_list),
            ("sort", json!({"by": "id"}), of_list),
            ("count", json!({}), Kind::Answer),
        ] {
            let mut args = rest;
            args["list"] = handle.into();
            let found = match read(&call(tool, args), &world(), false).unwrap() {
                Work::Ask(task) => task.kind,
                Work::Done(kind, _) => kind,
            };
            assert_eq!(found, kind, "{tool} {handle}");
            let (whole, _) = world().get(handle).unwrap();
            assert_eq!(returns(tool, Some(whole)), kind, "{tool} {handle}");
        }
    }
    assert_eq!(returns("ask", None), Kind::Answer);
    assert_eq!(returns("extract", None), Kind::Answer);
    assert_eq!(returns("classify", None), Kind::Answer);
    assert_eq!(returns("summarise", None), Kind::Summary);
    assert_eq!(returns("draft", None), Kind::Text);
    assert_eq!(returns("select", None), Kind::Data);
}

#[test]
fn a_task_carries_the_labels_of_all_that_it_reads() {
    let args = json!({"handles": ["$mail_1", "$data_3"], "question": "q"});
    let Work::Ask(task) = read(&call("ask", args), &world(), true).unwrap() else {
        panic!("it is no task");
    };
    assert!(task.tainted);
    let label = task.label();
    assert_eq!(label.integrity, Integrity::Untrusted);
    let sources: Vec<&str> = label.sources.iter().map(String::as_str).collect();
    assert_eq!(sources, ["mail:1", "mail:2"]);
    assert_eq!(label.readers, crate::label::Readers::owner());
}

#[test]
fn planners_are_told_of_every_argument_that_is_read() {
    for spec in TOOLS {
        assert!(spec.args.iter().all(|arg| !arg.about.is_empty()));
        let listed = spec.args.iter().any(|arg| arg.name == "list");
        let handles = spec.args.iter().any(|arg| arg.name.starts_with("handle"));
        let sums = spec.args.iter().any(|arg| arg.name == "expression");
        assert!(listed || handles || sums, "{}", spec.name);
        // Nothing that reads changes anything.
        assert_eq!(spec.weight(), crate::tool::EffectClass::Read);
    }
    let names: std::collections::BTreeSet<&str> = TOOLS.iter().map(|spec| spec.name).collect();
    assert_eq!(names.len(), TOOLS.len());
}

#[test]
fn a_place_outside_the_numbers_is_no_reference() {
    for text in [
        "$mail_1[0]",
        "$mail_1[-1]",
        "$mail_1[99999999999999999999999]",
        "$mail_1[1.5]",
    ] {
        let found = read_as("ask", &json!({"handles": [text], "question": "q"}));
        assert!(found.starts_with("invalid: handles"), "{text}: {found}");
    }
    let item = Labeled::new(Value::Null, Label::worst());
    assert_eq!(first(&item).peek(), &Value::Null);
}
