//! Which answers count: exactly those of the type that was wanted.

use super::*;
use expect_test::expect_file;

/// What counts for a type among all boundary values.
fn accepted<'a>(wanted: &Wanted, all: &'a [String]) -> Vec<(&'a str, Item)> {
    let found = all.iter().filter_map(|json| {
        let item = answered(wanted, &reply(json))?;
        Some((json.as_str(), item))
    });
    found.collect()
}

/// The text with every character that is not plain written out.
fn visible(text: &str) -> String {
    let written = text.chars().map(|c| {
        if c.is_ascii() {
            c.to_string()
        } else {
            c.escape_unicode().to_string()
        }
    });
    written.collect()
}

#[test]
fn of_all_boundary_values_exactly_these_count() {
    let (all, mut table) = (boundaries(), String::new());
    for wanted in every_type() {
        let name = format!("{wanted:?}");
        table.push_str(&format!("{}\n", name.chars().take(60).collect::<String>()));
        for (json, item) in accepted(&wanted, &all) {
            let value = visible(&item.to_json().to_string());
            let same = if value == json {
                String::new()
            } else {
                format!(" -> {}", shown(&value))
            };
            table.push_str(&format!("  {}{same}\n", shown(json)));
        }
    }
    expect_file!["answers.txt"].assert_eq(&table);
}

#[test]
fn a_piece_of_a_source_stands_in_one_source_byte_for_byte() {
    let spanning = Task {
        values: vec![
            foreign("first ha"),
            foreign("lf and half"),
            mail("1", "ada@a.example", "in a body"),
        ],
        ..task(Wanted::Span)
    };
    let found = |json: &str| answer(&spanning, &reply(json), None).is_some();
    assert!(found("\"first ha\"") && found("\"half\"") && found("\"in a body\""));
    assert!(found("\"ada@a.example\""), "inside a record");
    assert!(!found("\"first half\""), "over two sources");
    assert!(!found("\"First\"") && !found("\"in a bodY\""));
    let numbers = Task {
        values: vec![Labeled::new(Value::Int(4711), Label::worst())],
        ..task(Wanted::Span)
    };
    assert!(
        answer(&numbers, &reply("\"4711\""), None).is_none(),
        "a number is no text"
    );
    let long = |bytes: usize| {
        let source = "z".repeat(10_000);
        let task = Task {
            values: vec![foreign(&source)],
            ..task(Wanted::Span)
        };
        answer(&task, &reply(&format!("\"{}\"", "z".repeat(bytes))), None).is_some()
    };
    assert!(long(4_096) && !long(4_097));
}

#[test]
fn the_address_of_a_page_has_a_host() {
    let found = |text: &str| {
        let task = Task {
            values: vec![foreign(text)],
            ..task(Wanted::Url)
        };
        answer(&task, &reply(&json!(text).to_string()), None).is_some()
    };
    for page in [
        "https://a.example",
        "http://www.a.example:8080/x?y=z#w",
        "www.a.example/x",
        "b\u{fc}cher.example",
    ] {
        assert!(found(page), "{page}");
    }
    for other in [
        "a",
        "12.50",
        "ada@a.example",
        "https://",
        "https:///x",
        "https://a",
        "https://user@a.example",
        "https://a.example/a b",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x.y",
        "https://10.0.0.1/",
        ".example",
    ] {
        assert!(!found(other), "{other}");
    }
}

#[test]
fn a_place_is_one_in_the_list_that_was_read() {
    let items = |json: &str| {
        let item = answered(&Wanted::Places(3), &reply(json))?;
        let ids = item
            .items()
            .iter()
            .map(|item| item.field("id")?.text().map(str::to_owned));
        ids.collect::<Option<Vec<_>>>()
    };
    assert_eq!(items("[]"), Some(vec![]));
    assert_eq!(items("[2]"), Some(vec!["2".to_owned()]));
    // The order is the list's, so that "the second one" stays what it was.
    assert_eq!(items("[3,1]"), Some(vec!["1".to_owned(), "3".to_owned()]));
    for bad in [
        "[0]", "[4]", "[1,1]", "[3,2,3]", "[1,4]", "[-1]", "1", "\"1\"", "null",
    ] {
        assert_eq!(items(bad), None, "{bad}");
    }
    let one = |json: &str| answered(&Wanted::Place(3), &reply(json));
    for place in 1..=3_usize {
        let item = one(&place.to_string()).unwrap();
        assert_eq!(
            item.field("id").unwrap().text(),
            Some(place.to_string().as_str())
        );
    }
    assert_eq!(one("0").unwrap().peek(), &Value::Null);
    for bad in [
        "4",
        "-1",
        "1.0",
        "\"1\"",
        "[1]",
        "null",
        "18446744073709551615",
    ] {
        assert_eq!(one(bad), None, "{bad}");
    }
    // A list that has become shorter than was asked about has no such place.
    let shorter = Task {
        values: vec![list(vec![foreign("only")])],
        ..task(Wanted::Place(3))
    };
    assert!(answer(&shorter, &reply("1"), None).is_some());
    assert!(answer(&shorter, &reply("2"), None).is_none());
    let fewer = Task {
        wanted: Wanted::Places(3),
        ..shorter
    };
    assert!(answer(&fewer, &reply("[2]"), None).is_none());
}

#[test]
fn a_wall_clock_time_needs_the_owners_zone() {
    let time = |json: &str, zone: Option<&Zone>| answer(&task(Wanted::Time), &reply(json), zone);
    let paris = Zone::named("Europe/Paris");
    let nine = Value::Time(Timestamp::from_millis(1_795_507_200_000));
    let found = time("\"2026-11-24T09:00\"", paris.as_ref()).unwrap();
    assert_eq!(found.peek(), &nine);
    assert_eq!(time("\"2026-11-24T09:00\"", None), None);
    assert_eq!(
        time("\"2026-11-24T08:00:00Z\"", None).unwrap().peek(),
        &nine
    );
}

#[test]
fn the_schema_asks_for_what_counts() {
    let all = boundaries();
    for wanted in every_type() {
        let schema = reply_schema(&wanted);
        assert_eq!(schema["required"], json!(["answer"]));
        assert_eq!(schema["additionalProperties"], false);
        let kind = schema["properties"]["answer"]["type"]
            .as_str()
            .unwrap()
            .to_owned();
        for (json, _) in accepted(&wanted, &all) {
            let value: Json = serde_json::from_str(json).unwrap();
            let fits = match kind.as_str() {
                "string" => value.is_string(),
                "integer" => value.is_i64() || value.is_u64(),
                "number" => value.is_number(),
                "boolean" => value.is_boolean(),
                "array" => value.is_array(),
                other => panic!("{other} is no type"),
            };
            assert!(fits, "{wanted:?} {}", shown(json));
        }
    }
}

#[test]
fn a_question_has_the_data_and_nothing_else_and_a_limit() {
    let text = question(&task(Wanted::Flag)).unwrap();
    let sent: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(
        sent,
        json!({"task": "ask", "instruction": "what?", "data": [SOURCE], "answer": {"type": "boolean"}})
    );
    let listed: Json = serde_json::from_str(&question(&task(Wanted::Place(2))).unwrap()).unwrap();
    assert_eq!(listed["data"][1]["n"], 2);
    assert_eq!(listed["data"][1]["value"]["id"], "2");
    let of = |bytes: usize| Task {
        values: vec![foreign(&"x".repeat(bytes))],
        ..task(Wanted::Flag)
    };
    assert!(question(&of(DATA_BYTES_MAX - 200)).is_some());
    assert!(question(&of(DATA_BYTES_MAX)).is_none());
}
