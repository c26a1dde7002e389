//! When a planner is not asked again.

use super::*;
use crate::agent::turn::Announced;
use crate::agent::turn::tests::{owner, turn};
use serde_json::json;

fn record(tool: &str, result: &str) -> CallRecord {
    let call = ToolCall {
        id: "c1".into(),
        tool: tool.into(),
        args: json!({}),
    };
    let mut record = CallRecord::new(call, 1);
    record.result = Some(result.into());
    record
}

#[test]
fn only_words_that_leave_nothing_to_learn_are_the_last() {
    const OK: &str = "{\"ok\":true}";
    const SUBMITTED: &str = "{\"handle\":\"$mail_1\",\"status\":\"submitted\"}";
    const FAILED: &str = "{\"error\":\"invalid\"}";
    let read = ("mail_list", "{\"handle\":\"$mail_1\"}");
    for (round, last) in [
        (vec![("reply", OK)], true),
        (vec![("show", OK), ("reply", OK)], true),
        (vec![("show", OK), ("show", OK)], false),
        (vec![("mail_send", SUBMITTED), ("reply", OK)], true),
        (vec![("for_each", SUBMITTED), ("reply", OK)], true),
        // The planner has a handle that it has not used, a correction to take, or said nothing.
        (vec![read, ("reply", OK)], false),
        (vec![("plan", OK), ("reply", OK)], false),
        (
            vec![("ask", "{\"handle\":\"$answer_1\"}"), ("show", OK)],
            false,
        ),
        (vec![("show", FAILED), ("reply", OK)], false),
        (vec![("mail_send", FAILED), ("reply", OK)], false),
        (vec![("mail_send", SUBMITTED)], false),
        (vec![("no_tool", FAILED)], false),
        (vec![], false),
    ] {
        let mut turn = turn(owner("hello"));
        turn.calls = round
            .iter()
            .map(|(tool, told)| record(tool, told))
            .collect();
        assert_eq!(are_last_words(&turn), last, "{round:?}");
        // What was announced is yet to come.
        turn.announced.push(Announced {
            tool: "mail_send".into(),
            args: json!({}),
        });
        assert!(!are_last_words(&turn), "{round:?}");
        if let Some(first) = turn.calls.first_mut() {
            first.facts.announced = true;
            assert_eq!(are_last_words(&turn), last, "{round:?}");
        }
    }
}

/// Rounds of one call each, and whether it failed.
fn rounds(made: &[(&str, Json, bool)]) -> Vec<PromptItem> {
    made.iter()
        .flat_map(|(tool, args, failed)| {
            let call = ToolCall {
                id: "c1".into(),
                tool: (*tool).into(),
                args: args.clone(),
            };
            let planner = PromptItem::Planner {
                text: String::new(),
                calls: vec![call],
                opaque: vec![],
            };
            let result = PromptItem::Result {
                call: "c1".into(),
                text: String::new(),
                failed: *failed,
            };
            [planner, result]
        })
        .collect()
}

#[test]
fn a_call_that_fails_three_times_is_given_up_whatever_is_done_between() {
    let list = || ("mail_list", json!({"unread": true}), false);
    let wrong = |handle: &str| ("mail_read", json!({"mail": handle}), true);
    let mut made = vec![list(), wrong("$mail_1"), list(), wrong("$mail_3")];
    assert!(!is_stuck(&rounds(&made)));
    made.extend([list(), wrong("$mail_5")]);
    assert!(is_stuck(&rounds(&made)));

    // Three mistakes of different kinds are not the same one, nor is a call that works.
    let tries = [wrong("$mail_1"), wrong("$mail_1[1]"), wrong("$event_1")];
    assert!(!is_stuck(&rounds(&tries)));
    assert!(!is_stuck(&rounds(&[list(), list(), list(), list()])));
}
