//! What of a quarantined model's reply counts: every type at its boundaries, and any text at all.

mod answers;
mod labels;
mod replies;
mod steering;

use super::*;
use crate::agent::test_world::{foreign, list, mail, text};
use crate::label::{Integrity, Readers};
use crate::time::Timestamp;
use crate::value::record;
use std::sync::LazyLock;

const SOURCE: &str = "Pay 12.50 to Ada Smith <ada@a.example>, see https://a.example/x?q=1 \u{e9}";

/// Something of which nothing can be relied on.
fn stranger(id: &str) -> Item {
    let label = foreign("").label().clone();
    record(
        label,
        [("id", foreign(id)), ("from", foreign("eve@e.example"))],
    )
}

fn task(wanted: Wanted) -> Task {
    let values = if let Wanted::Place(count) | Wanted::Places(count) = wanted {
        let items = (1..=count).map(|n| stranger(&n.to_string()));
        vec![list(items.collect())]
    } else {
        vec![foreign(SOURCE)]
    };
    Task {
        tool: "ask",
        instruction: "what?".to_owned(),
        values,
        wanted,
        kind: Kind::Answer,
        tainted: false,
    }
}

/// A day of one year.
fn in_2026() -> Wanted {
    let day = |text: &str| text.parse().unwrap();
    Wanted::Day(Some((day("2026-01-01"), day("2026-12-31"))))
}

/// One of every type of answer.
fn every_type() -> Vec<Wanted> {
    vec![
        Wanted::Text(16),
        Wanted::Text(2_000_000),
        Wanted::Span,
        Wanted::Address,
        Wanted::Url,
        Wanted::Name,
        Wanted::Number,
        Wanted::Integer(-3, 4),
        Wanted::Day(None),
        in_2026(),
        Wanted::Time,
        Wanted::Flag,
        Wanted::Texts,
        Wanted::Choice(vec!["up".into(), "down".into(), "true".into()]),
        Wanted::Place(0),
        Wanted::Place(3),
        Wanted::Places(0),
        Wanted::Places(3),
    ]
}

/// The reply that answers with this JSON.
fn reply(json: &str) -> String {
    format!("{{\"answer\":{json}}}")
}

fn answered(wanted: &Wanted, reply: &str) -> Option<Item> {
    static PARIS: LazyLock<Option<Zone>> = LazyLock::new(|| Zone::named("Europe/Paris"));
    answer(&task(wanted.clone()), reply, PARIS.as_ref())
}

/// Nothing, flags and numbers.
const NUMBERS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "-1",
    "-3",
    "-4",
    "1.0",
    "1.5",
    "-0.5",
    "12.50",
    "1e2",
    "1e400",
    "-1e400",
    "1E-400",
    "NaN",
    "Infinity",
    "0x10",
    "01",
    "+1",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
];

/// Texts: empty, of the sources, nearly of them, options and nearly options.
const TEXTS: &[&str] = &[
    "\"\"",
    "\" \"",
    "\"a\"",
    "\"Ada Smith\"",
    "\" Ada Smith \"",
    "\"ada smith\"",
    "\"Ada\\u0020Smith\"",
    "\"Ada  Smith\"",
    "\"Ada Smith \\u200b\"",
    "\"Eve\"",
    "\"ada@a.example\"",
    "\"Ada Smith <ada@a.example>\"",
    "\"eve@e.example\"",
    "\"ada@a.example, eve@e.example\"",
    "\"https://a.example/x?q=1\"",
    "\"https://a.example/x?q=2\"",
    "\"see https://a.example/x?q=1\"",
    "\"12.50\"",
    "\"\\u00e9\"",
    "\"e\\u0301\"",
    "\"up\"",
    "\"down\"",
    "\"UP\"",
    "\"up \"",
    "\"left\"",
    "\"true\"",
    "\"0123456789abcdef\"",
    "\"0123456789abcdefg\"",
    "\"0123456789abcde\\u00e9\"",
];

/// Days and times.
const DAYS: &[&str] = &[
    "\"2026-01-01\"",
    "\"2026-12-31\"",
    "\"2025-12-31\"",
    "\"2027-01-01\"",
    "\"2026-02-29\"",
    "\"2026-13-01\"",
    "\"2026-1-1\"",
    "\"01.01.2026\"",
    "\"2026-01-01T09:00\"",
    "\"2026-01-01T09:00:00Z\"",
    "\"2026-01-01T25:00\"",
    "\"2026-01-01T09:00+14:00\"",
    "\"soon\"",
    "\"9999-12-31\"",
    "\"10000-01-01\"",
    "1767225600",
];

/// Lists and what is no single value.
const LISTS: &[&str] = &[
    "[]",
    "[[]]",
    "[1]",
    "[1,2,3]",
    "[3,1]",
    "[1,1]",
    "[0]",
    "[4]",
    "[-1]",
    "[1.0]",
    "[\"1\"]",
    "[null]",
    "[true]",
    "[[1]]",
    "[\"a\",\"b\"]",
    "[\"a\",\"a\"]",
    "[\"a\",1]",
    "[\"\"]",
    "{}",
    "{\"answer\":1}",
    "{\"a\":[1]}",
    "\"{\\\"answer\\\":true}\"",
];

/// Values at the boundaries of all types, as JSON.
fn boundaries() -> Vec<String> {
    let short = [NUMBERS, TEXTS, DAYS, LISTS].concat();
    let mut all: Vec<String> = short.into_iter().map(str::to_owned).collect();
    let megabyte = "x".repeat(1_000_000);
    let texts = |count: usize, bytes: usize| {
        let texts = vec![format!("\"{}\"", "y".repeat(bytes)); count];
        format!("[{}]", texts.join(","))
    };
    all.push(format!("\"{megabyte}\""));
    all.push(texts(100, 1));
    all.push(texts(101, 1));
    all.push(texts(4, 4096));
    all.push(texts(4, 4097));
    all.push(format!("[{}]", vec!["1"; 100_000].join(",")));
    all.push(format!("{}{}", "[".repeat(200), "]".repeat(200)));
    all.push(format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    all
}

/// The same, short enough for a table.
fn shown(json: &str) -> String {
    if json.len() <= 60 {
        return json.to_owned();
    }
    let start: String = json.chars().take(8).collect();
    format!("{start}… of {} bytes", json.len())
}
