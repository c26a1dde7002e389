//! Bits that answers can tell, and how much one task may read.

use super::*;
use proptest::prelude::*;

fn days(from: &str, to: &str) -> Wanted {
    Wanted::Day(Some((from.parse().unwrap(), to.parse().unwrap())))
}

fn options(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("option {n}")).collect()
}

#[test]
fn bits_tell_every_answer_and_that_there_is_none() {
    for (wanted, bits) in [
        // Yes, no, or unavailable: three things, which one bit cannot tell.
        (Wanted::Flag, 2),
        (Wanted::Choice(options(2)), 2),
        (Wanted::Choice(options(3)), 2),
        (Wanted::Choice(options(4)), 3),
        (Wanted::Choice(options(7)), 3),
        (Wanted::Choice(options(8)), 4),
        (Wanted::Choice(options(64)), 7),
        (Wanted::Integer(7, 7), 1),
        (Wanted::Integer(0, 1), 2),
        (Wanted::Integer(-1, 1), 2),
        (Wanted::Integer(1, 100), 7),
        (Wanted::Integer(1, 65_535), 16),
        (Wanted::Integer(0, 65_535), 17),
        (Wanted::Integer(0, i64::MAX), 64),
        (Wanted::Integer(i64::MIN, i64::MAX), 65),
        (days("2026-01-01", "2026-01-02"), 2),
        (days("2026-01-01", "2026-01-03"), 2),
        (days("2026-01-01", "2026-12-31"), 9),
        (days("-009999-01-01", "9999-12-31"), 23),
    ] {
        assert_eq!(wanted.bits(), Some(bits), "{wanted:?}");
    }
    for unbounded in [
        Wanted::Text(1),
        Wanted::Span,
        Wanted::Address,
        Wanted::Url,
        Wanted::Name,
        Wanted::Number,
        Wanted::Day(None),
        Wanted::Time,
        Wanted::Texts,
        Wanted::Place(2),
        Wanted::Places(2),
    ] {
        assert_eq!(unbounded.bits(), None, "{unbounded:?}");
    }
}

#[test]
fn what_tells_more_than_a_turn_may_is_refused_before_anybody_is_asked() {
    let extract = |to: i64| {
        let args =
            json!({"handle": "$mail_2", "question": "q", "as": "integer", "from": 0, "to": to});
        read_as("extract", &args)
    };
    assert!(extract(65_534).starts_with("asks"));
    assert_eq!(
        extract(65_535),
        "invalid: to: a range that fits the turn's 16 bits"
    );
    assert_eq!(TURN_BITS_MAX, 16);
    assert_eq!(SOURCE_DAY_BITS_MAX, 64);
}

#[test]
fn only_what_is_bounded_can_be_extracted() {
    for kind in [
        "text", "span", "address", "url", "name", "number", "time", "texts", "", "Flag",
    ] {
        let args = json!({"handle": "$mail_2", "question": "q", "as": kind,
            "from": 0, "to": 1, "options": ["a", "b"]});
        let found = read_as("extract", &args);
        assert!(found.starts_with("invalid: as"), "{kind}: {found}");
    }
}

#[test]
fn what_a_planner_writes_has_limits() {
    let long = |bytes: usize| "x".repeat(bytes);
    let ask = |question: String, handles: Vec<&str>| {
        read_as("ask", &json!({"handles": handles, "question": question}))
    };
    assert!(ask(long(4_000), vec!["$mail_2"]).starts_with("asks"));
    assert_eq!(
        ask(long(4_001), vec!["$mail_2"]),
        "invalid: question: a text of at most 4000 bytes"
    );
    assert!(ask(long(1), vec!["$mail_2"; 50]).starts_with("asks"));
    assert_eq!(
        ask(long(1), vec!["$mail_2"; 51]),
        "invalid: handles: at most 50 references"
    );
    let classify = |count| {
        read_as(
            "classify",
            &json!({"handle": "$mail_2", "options": options(count)}),
        )
    };
    assert!(classify(64).starts_with("asks"));
    assert!(classify(65).starts_with("invalid: options"));
}

proptest! {
    #[test]
    fn so_many_bits_tell_all_alternatives_and_one_less_does_not(from: i64, to: i64) {
        let (from, to) = (from.min(to), from.max(to));
        let bits = Wanted::Integer(from, to).bits().unwrap();
        // One of them is that there is no answer.
        let alternatives = i128::from(to) - i128::from(from) + 2;
        prop_assert!(alternatives <= 1_i128 << bits);
        prop_assert!(alternatives > 1_i128 << (bits - 1));
    }

    #[test]
    fn no_call_makes_it_panic(
        tool in proptest::sample::select(TOOLS.iter().map(|spec| spec.name).collect::<Vec<_>>()),
        name in "handles?|list|question|criterion|as|by|from|to|options|order|instruction",
        text in any::<String>(),
        number in any::<i64>(),
    ) {
        for value in [json!(text), json!(number), json!([text]), json!([[text]]), json!(null)] {
            let mut args = json!({"handles": ["$mail_2"], "handle": "$mail_2", "list": "$mail_1"});
            args[&name] = value;
            let _ = read(&call(tool, args), &world(), false);
        }
    }
}
