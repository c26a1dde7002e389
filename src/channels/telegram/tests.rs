//! What goes out, and how answers are read. What comes in is in the fixtures of the contract.

use super::*;
use crate::message::Message;
use expect_test::{Expect, expect};

fn deliver(thread: &str, out: &Outgoing, locale: Locale) -> Vec<(String, Value)> {
    let requests = Telegram.deliver(thread, out, locale, "e_1");
    let read = |r: Request| {
        let method = r.url.rsplit_once('/').unwrap().1.to_owned();
        (method, serde_json::from_slice(&r.body).unwrap())
    };
    requests.into_iter().map(read).collect()
}

fn say(text: &str, repeated: bool) -> Outgoing {
    Outgoing::Message {
        message: Message::say(text),
        turn: "t_1".into(),
        repeated,
    }
}

#[track_caller]
fn check(out: &Outgoing, locale: Locale, expected: &Expect) {
    let lines: Vec<String> = deliver("42:7", out, locale)
        .iter()
        .map(|(m, b)| format!("{m} {b}"))
        .collect();
    expected.assert_eq(&lines.join("\n"));
}

fn units(body: &Value) -> usize {
    body["text"].as_str().unwrap().encode_utf16().count()
}

#[test]
fn each_kind_has_its_method() {
    check(
        &say("*hi* <b>you</b>", false),
        Locale::En,
        &expect![[
            r#"sendMessage {"chat_id":42,"link_preview_options":{"is_disabled":true},"message_thread_id":7,"text":"*hi* <b>you</b>"}"#
        ]],
    );
    check(
        &say("hi", true),
        Locale::En,
        &expect![[
            r#"sendMessage {"chat_id":42,"link_preview_options":{"is_disabled":true},"message_thread_id":7,"text":"(possibly a repeat) hi"}"#
        ]],
    );
    check(
        &say("hi", true),
        Locale::Fr,
        &expect![[
            r#"sendMessage {"chat_id":42,"link_preview_options":{"is_disabled":true},"message_thread_id":7,"text":"(peut-être déjà envoyé) hi"}"#
        ]],
    );
    check(&say(" \n", true), Locale::En, &expect![[""]]);
    check(
        &Outgoing::Typing,
        Locale::En,
        &expect![[r#"sendChatAction {"action":"typing","chat_id":42,"message_thread_id":7}"#]],
    );
    let card = asked(&[("Send it?", "a_0f")]);
    check(
        &card,
        Locale::Fr,
        &expect![[
            r#"sendMessage {"chat_id":42,"link_preview_options":{"is_disabled":true},"message_thread_id":7,"reply_markup":{"inline_keyboard":[[{"callback_data":"n:a_0f","text":"Non"},{"callback_data":"y:a_0f","text":"Oui"}]]},"text":"Send it?"}"#
        ]],
    );
    let done = Outgoing::ButtonDone {
        callback: "438".into(),
        text: "Sent".into(),
    };
    check(
        &done,
        Locale::En,
        &expect![[r#"answerCallbackQuery {"callback_query_id":"438","text":"Sent"}"#]],
    );
}

#[test]
fn long_text_is_counted_as_the_platform_counts() {
    let exact = "👍".repeat(TEXT_UNITS_MAX / 2);
    assert_eq!(deliver("1", &say(&exact, false), Locale::En).len(), 1);
    let over = format!("{exact}x");
    let bodies = deliver("1", &say(&over, false), Locale::En);
    assert_eq!(
        bodies.iter().map(|(_, b)| units(b)).collect::<Vec<_>>(),
        [4096, 1]
    );
}

#[test]
fn a_very_long_text_ends_with_where_to_find_the_rest() {
    for (locale, place) in [(Locale::En, "console"), (Locale::Fr, "la console")] {
        let text = "word ".repeat(10 * TEXT_UNITS_MAX);
        let bodies = deliver("1", &say(&text, false), locale);
        assert_eq!(bodies.len(), PIECES_MAX);
        assert!(bodies.iter().all(|(_, b)| units(b) <= TEXT_UNITS_MAX));
        assert!(bodies[9].1["text"].as_str().unwrap().contains(place));
        assert!(!bodies[8].1["text"].as_str().unwrap().contains(place));
    }
}

fn asked(cards: &[(&str, &str)]) -> Outgoing {
    let cards = cards.iter().map(|(text, approval)| Asked {
        text: (*text).to_owned(),
        approval: (*approval).to_owned(),
        call_hash: "00ff".into(),
        expires_at: Timestamp::from_millis(5),
    });
    Outgoing::Cards {
        cards: cards.collect(),
    }
}

#[test]
fn the_questions_of_a_turn_are_one_message_with_a_row_of_buttons_each() {
    let bodies = deliver(
        "1",
        &asked(&[("Pay?", "a_1"), ("Send?", "a_2")]),
        Locale::En,
    );
    assert_eq!(bodies.len(), 1);
    assert_eq!(bodies[0].1["text"], "1. Pay?\n\n2. Send?");
    let rows = &bodies[0].1["reply_markup"]["inline_keyboard"];
    assert_eq!(rows[0][0]["callback_data"], "n:a_1");
    assert_eq!(rows[1][1]["callback_data"], "y:a_2");
    assert_eq!(rows[1][1]["text"], "2: Yes");
}

#[test]
fn buttons_are_under_a_whole_card_only() {
    let card = |length: usize, approval: &str| {
        let text = "a".repeat(length);
        deliver("1", &asked(&[(&text, approval)]), Locale::En)
    };
    let two = card(TEXT_UNITS_MAX + 1, "a_1");
    assert!(two[0].1["reply_markup"].is_null());
    assert_eq!(
        two[1].1["reply_markup"]["inline_keyboard"][0][0]["callback_data"],
        "n:a_1"
    );
    let cut = card(PIECES_MAX * TEXT_UNITS_MAX + 1, "a_1");
    assert!(cut.iter().all(|(_, body)| body["reply_markup"].is_null()));
    assert!(!card(5, &"a".repeat(62))[0].1["reply_markup"].is_null());
    assert!(card(5, &"a".repeat(63))[0].1["reply_markup"].is_null());
}

#[test]
fn a_thread_that_is_no_chat_gets_nothing() {
    for thread in [
        "",
        "abc",
        "@name",
        "1:",
        ":1",
        "1:2:3",
        "1.5",
        "99999999999999999999",
    ] {
        assert!(
            deliver(thread, &say("hi", false), Locale::En).is_empty(),
            "{thread}"
        );
    }
    assert_eq!(
        deliver("-100123", &say("hi", false), Locale::En)[0].1["chat_id"],
        -100_123
    );
}

#[test]
fn a_notice_is_at_most_200_characters() {
    let out = Outgoing::ButtonDone {
        callback: "1".into(),
        text: "é".repeat(500),
    };
    assert_eq!(units(&deliver("1", &out, Locale::En)[0].1), 200);
}

#[test]
fn receipts_follow_the_envelope() {
    let receipt = |status, body: &str| {
        Telegram.receipt(&Response {
            status,
            headers: vec![],
            body: body.as_bytes().to_vec(),
        })
    };
    assert_eq!(
        receipt(200, r#"{"ok":true,"result":{"message_id":1}}"#),
        Receipt::Delivered
    );
    assert_eq!(receipt(200, r#"{"ok":tr"#), Receipt::Delivered);
    assert_eq!(receipt(200, r#"{"ok":false}"#), Receipt::Refused);
    let slow = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 14","parameters":{"retry_after":14}}"#;
    assert_eq!(receipt(429, slow), Receipt::Later(14_000));
    assert_eq!(receipt(429, "{}"), Receipt::Later(2_000));
    assert_eq!(
        receipt(429, r#"{"parameters":{"retry_after":-1}}"#),
        Receipt::Later(2_000)
    );
    assert_eq!(receipt(502, "<html>"), Receipt::Later(2_000));
    let blocked =
        r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#;
    assert_eq!(receipt(403, blocked), Receipt::Refused);
    assert_eq!(
        receipt(400, r#"{"ok":false,"error_code":400}"#),
        Receipt::Refused
    );
}
