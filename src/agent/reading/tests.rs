//! The tools that work on handles: what planners may write, what comes of it, what it costs.

mod code;
mod limits;

use super::*;
use crate::agent::test_world::{World, foreign, list, mail};
use crate::label::{Integrity, Labeled};
use expect_test::expect;
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

fn table(cases: &[(&str, Json)]) -> String {
    let lines = cases
        .iter()
        .map(|(tool, args)| format!("{tool} {args}\n  {}\n", read_as(tool, args)));
    lines.collect()
}

#[test]
fn calls_that_are_right_become_tasks_or_results() {
    let found = table(&[
        (
            "ask",
            json!({"handles": ["$mail_1[2].body", "$data_3"], "question": "q"}),
        ),
        (
            "ask",
            json!({"handles": "$mail_2", "question": "q", "as": "address"}),
        ),
        (
            "ask",
            json!({"handles": " $mail_2.from ", "question": "q", "as": "texts"}),
        ),
        ("extract", json!({"handle": "$mail_2", "question": "q"})),
        (
            "extract",
            json!({"handle": "$mail_2", "question": "q", "as": "integer", "from": -3, "to": 4}),
        ),
        (
            "extract",
            json!({"handle": "$mail_2", "question": "q", "as": "date", "from": "2026-01-01", "to": "2026-12-31"}),
        ),
        (
            "extract",
            json!({"handle": "$mail_2", "question": "q", "as": "choice", "options": ["a", "b", "c"]}),
        ),
        (
            "classify",
            json!({"handle": "$mail_2", "options": ["spam", "fine"]}),
        ),
        ("summarise", json!({"handles": ["$mail_1"]})),
        ("draft", json!({"instruction": "write"})),
        (
            "draft",
            json!({"instruction": "write", "handles": "$summary_6"}),
        ),
        ("select", json!({"list": "$mail_1", "criterion": "c"})),
        ("filter", json!({"list": "$data_3", "criterion": "c"})),
        ("sort", json!({"list": "$data_3", "by": "a"})),
        ("first", json!({"list": "$data_3"})),
        ("count", json!({"list": "$mail_1"})),
        ("count", json!({"list": "$answer_5"})),
        ("count", json!({"list": "$done_7"})),
    ]);
    expect![[r#"
        ask {"handles":["$mail_1[2].body","$data_3"],"question":"q"}
          asks "q" of 2 for Text(16384) as answer
        ask {"as":"address","handles":"$mail_2","question":"q"}
          asks "q" of 1 for Address as answer
        ask {"as":"texts","handles":" $mail_2.from ","question":"q"}
          asks "q" of 1 for Texts as answer
        extract {"handle":"$mail_2","question":"q"}
          asks "q" of 1 for Flag as answer
        extract {"as":"integer","from":-3,"handle":"$mail_2","question":"q","to":4}
          asks "q" of 1 for Integer(-3, 4) as answer
        extract {"as":"date","from":"2026-01-01","handle":"$mail_2","question":"q","to":"2026-12-31"}
          asks "q" of 1 for Day(Some((2026-01-01, 2026-12-31))) as answer
        extract {"as":"choice","handle":"$mail_2","options":["a","b","c"],"question":"q"}
          asks "q" of 1 for Choice(["a", "b", "c"]) as answer
        classify {"handle":"$mail_2","options":["spam","fine"]}
          asks "" of 1 for Choice(["spam", "fine"]) as answer
        summarise {"handles":["$mail_1"]}
          asks "" of 1 for Text(16384) as summary
        draft {"instruction":"write"}
          asks "write" of 0 for Text(100000) as text
        draft {"handles":"$summary_6","instruction":"write"}
          asks "write" of 1 for Text(100000) as text
        select {"criterion":"c","list":"$mail_1"}
          asks "c" of 1 for Place(2) as mail
        filter {"criterion":"c","list":"$data_3"}
          asks "c" of 1 for Places(2) as data
        sort {"by":"a","list":"$data_3"}
          data ["a","b"]
        first {"list":"$data_3"}
          data "a"
        count {"list":"$mail_1"}
          answer 2
        count {"list":"$answer_5"}
          answer 1
        count {"list":"$done_7"}
          answer 0
    "#]]
    .assert_eq(&found);
}

#[test]
fn calls_that_are_wrong_are_corrected_as_far_as_the_planner_may_know() {
    let found = table(&[
        ("ask", json!("text")),
        ("ask", json!(null)),
        ("ask", json!({"question": "q"})),
        ("ask", json!({"handles": [], "question": "q"})),
        ("ask", json!({"handles": ["$mail_2"]})),
        ("ask", json!({"handles": ["$mail_2"], "question": " "})),
        ("ask", json!({"handles": ["$mail_2"], "question": 5})),
        ("ask", json!({"handles": ["mail 2"], "question": "q"})),
        ("ask", json!({"handles": [2], "question": "q"})),
        ("ask", json!({"handles": ["$mail_77"], "question": "q"})),
        (
            "ask",
            json!({"handles": ["$mail_2.nothing"], "question": "q"}),
        ),
        (
            "ask",
            json!({"handles": ["$mail_2"], "question": "q", "as": "poem"}),
        ),
        (
            "ask",
            json!({"handles": ["$mail_2"], "question": "q", "extra": 1}),
        ),
        (
            "extract",
            json!({"handle": "$mail_2", "question": "q", "as": "text"}),
        ),
        (
            "extract",
            json!({"handle": "$mail_2", "question": "q", "as": "integer"}),
        ),
        (
            "extract",
            json!({"handle": "$mail_2", "question": "q", "as": "integer", "from": 1, "to": 1}),
        ),
        (
            "extract",
            json!({"handle": "$mail_2", "question": "q", "as": "integer", "from": 4, "to": 1}),
        ),
        (
            "extract",
            json!({"handle": "$mail_2", "question": "q", "as": "integer", "from": 0, "to": 65_536}),
        ),
        (
            "extract",
            json!({"handle": "$mail_2", "question": "q", "as": "integer", "from": i64::MIN, "to": i64::MAX}),
        ),
        (
            "extract",
            json!({"handle": "$mail_2", "question": "q", "as": "integer", "from": 0.5, "to": 2}),
        ),
        (
            "extract",
            json!({"handle": "$mail_2", "question": "q", "as": "date", "from": "2026-02-30", "to": "2026-12-31"}),
        ),
        (
            "extract",
            json!({"handle": "$mail_2", "question": "q", "as": "choice"}),
        ),
        ("classify", json!({"handle": "$mail_2", "options": ["one"]})),
        (
            "classify",
            json!({"handle": "$mail_2", "options": ["same", "same"]}),
        ),
        (
            "classify",
            json!({"handle": "$mail_2", "options": ["a", 2]}),
        ),
        ("classify", json!({"options": ["a", "b"]})),
        ("summarise", json!({})),
        ("draft", json!({})),
        ("select", json!({"list": "$mail_1"})),
        ("select", json!({"list": "$mail_2", "criterion": "c"})),
        ("select", json!({"list": "mail", "criterion": "c"})),
        ("select", json!({"criterion": "c"})),
        ("sort", json!({"list": "$data_3"})),
        ("sort", json!({"list": "$data_3", "by": 1})),
        ("first", json!({"list": "$text_9"})),
        ("first", json!({"list": "$summary_6"})),
        ("nonsense", json!({})),
    ]);
    expect![[r#"
        ask "text"
          invalid: arguments: a JSON object
        ask null
          invalid: arguments: a JSON object
        ask {"question":"q"}
          invalid: handles: at least one reference
        ask {"handles":[],"question":"q"}
          invalid: handles: at least one reference
        ask {"handles":["$mail_2"]}
          invalid: question: a text; it is required
        ask {"handles":["$mail_2"],"question":" "}
          invalid: question: a text; it is required
        ask {"handles":["$mail_2"],"question":5}
          invalid: question: a text; it is required
        ask {"handles":["mail 2"],"question":"q"}
          invalid: handles: references such as $mail_1[2].body
        ask {"handles":[2],"question":"q"}
          invalid: handles: references such as $mail_1[2].body
        ask {"handles":["$mail_77"],"question":"q"}
          invalid: handles: the name of a handle in this conversation
        ask {"handles":["$mail_2.nothing"],"question":"q"}
          invalid: handles: a part that it has
        ask {"as":"poem","handles":["$mail_2"],"question":"q"}
          invalid: as: text, span, address, url, name, number, date, time, flag or texts
        ask {"extra":1,"handles":["$mail_2"],"question":"q"}
          invalid: extra: an argument that this tool has
        extract {"as":"text","handle":"$mail_2","question":"q"}
          invalid: as: flag; integer or date with `from` and `to`; choice with `options`
        extract {"as":"integer","handle":"$mail_2","question":"q"}
          invalid: as: flag; integer or date with `from` and `to`; choice with `options`
        extract {"as":"integer","from":1,"handle":"$mail_2","question":"q","to":1}
          invalid: as: flag; integer or date with `from` and `to`; choice with `options`
        extract {"as":"integer","from":4,"handle":"$mail_2","question":"q","to":1}
          invalid: as: flag; integer or date with `from` and `to`; choice with `options`
        extract {"as":"integer","from":0,"handle":"$mail_2","question":"q","to":65536}
          invalid: to: a range that fits the turn's 16 bits
        extract {"as":"integer","from":-9223372036854775808,"handle":"$mail_2","question":"q","to":9223372036854775807}
          invalid: to: a range that fits the turn's 16 bits
        extract {"as":"integer","from":0.5,"handle":"$mail_2","question":"q","to":2}
          invalid: as: flag; integer or date with `from` and `to`; choice with `options`
        extract {"as":"date","from":"2026-02-30","handle":"$mail_2","question":"q","to":"2026-12-31"}
          invalid: as: flag; integer or date with `from` and `to`; choice with `options`
        extract {"as":"choice","handle":"$mail_2","question":"q"}
          invalid: options: a list of 2 to 64 different texts
        classify {"handle":"$mail_2","options":["one"]}
          invalid: options: a list of 2 to 64 different texts
        classify {"handle":"$mail_2","options":["same","same"]}
          invalid: options: a list of 2 to 64 different texts
        classify {"handle":"$mail_2","options":["a",2]}
          invalid: options: a list of 2 to 64 different texts
        classify {"options":["a","b"]}
          invalid: handles: at least one reference
        summarise {}
          invalid: handles: at least one reference
        draft {}
          invalid: instruction: a text; it is required
        select {"list":"$mail_1"}
          invalid: criterion: a text; it is required
        select {"criterion":"c","list":"$mail_2"}
          invalid: list: a list's handle, such as $mail_1
        select {"criterion":"c","list":"mail"}
          invalid: list: a list's handle, such as $mail_1
        select {"criterion":"c"}
          invalid: list: a list's handle, such as $mail_1
        sort {"list":"$data_3"}
          invalid: by: a text; it is required
        sort {"by":1,"list":"$data_3"}
          invalid: by: a text; it is required
        first {"list":"$text_9"}
          invalid: list: a list's handle, such as $mail_1
        first {"list":"$summary_6"}
          invalid: list: a list's handle, such as $mail_1
        nonsense {}
          unavailable
    "#]]
    .assert_eq(&found);
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
            assert_eq!(returns(tool, Some(of_list)), kind, "{tool} {handle}");
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
