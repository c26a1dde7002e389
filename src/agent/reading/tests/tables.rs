//! What planners may write, case by case, and what they are told where it is wrong.

use super::*;
use expect_test::expect_file;

/// Calls as they should be.
const RIGHT: &[&str] = &[
    r#"ask {"handles": ["$mail_1[2].body", "$data_3"], "question": "q"}"#,
    r#"ask {"handles": "$mail_2", "question": "q", "as": "address"}"#,
    r#"ask {"handles": " $mail_2.from ", "question": "q", "as": "texts"}"#,
    r#"extract {"handle": "$mail_2", "question": "q"}"#,
    r#"extract {"handle": "$mail_2", "question": "q", "as": "integer", "from": -3, "to": 4}"#,
    r#"extract {"handle": "$mail_2", "question": "q", "as": "date", "from": "2026-01-01", "to": "2026-12-31"}"#,
    r#"extract {"handle": "$mail_2", "question": "q", "as": "choice", "options": ["a", "b", "c"]}"#,
    r#"classify {"handle": "$mail_2", "options": ["spam", "fine"]}"#,
    r#"summarise {"handles": ["$mail_1"]}"#,
    r#"draft {"instruction": "write"}"#,
    r#"draft {"instruction": "write", "handles": "$summary_6"}"#,
    r#"select {"list": "$mail_1", "criterion": "c"}"#,
    r#"filter {"list": "$data_3", "criterion": "c"}"#,
    r#"sort {"list": "$data_3", "by": "a"}"#,
    r#"first {"list": "$data_3"}"#,
    r#"count {"list": "$mail_1"}"#,
    r#"count {"list": "$answer_5"}"#,
    r#"count {"list": "$done_7"}"#,
];

/// Calls that a planner can be told how to correct.
const WRONG: &[&str] = &[
    r#"ask "text""#,
    "ask null",
    r#"ask {"question": "q"}"#,
    r#"ask {"handles": [], "question": "q"}"#,
    r#"ask {"handles": ["$mail_2"]}"#,
    r#"ask {"handles": ["$mail_2"], "question": " "}"#,
    r#"ask {"handles": ["$mail_2"], "question": 5}"#,
    r#"ask {"handles": ["mail 2"], "question": "q"}"#,
    r#"ask {"handles": [2], "question": "q"}"#,
    r#"ask {"handles": ["$mail_77"], "question": "q"}"#,
    r#"ask {"handles": ["$mail_2.nothing"], "question": "q"}"#,
    r#"ask {"handles": ["$mail_2"], "question": "q", "as": "poem"}"#,
    r#"ask {"handles": ["$mail_2"], "question": "q", "extra": 1}"#,
    r#"extract {"handle": "$mail_2", "question": "q", "as": "text"}"#,
    r#"extract {"handle": "$mail_2", "question": "q", "as": "integer"}"#,
    r#"extract {"handle": "$mail_2", "question": "q", "as": "integer", "from": 1, "to": 1}"#,
    r#"extract {"handle": "$mail_2", "question": "q", "as": "integer", "from": 4, "to": 1}"#,
    r#"extract {"handle": "$mail_2", "question": "q", "as": "integer", "from": 0, "to": 65536}"#,
    r#"extract {"handle": "$mail_2", "question": "q", "as": "integer", "from": -9223372036854775808, "to": 9223372036854775807}"#,
    r#"extract {"handle": "$mail_2", "question": "q", "as": "integer", "from": 0.5, "to": 2}"#,
    r#"extract {"handle": "$mail_2", "question": "q", "as": "date", "from": "2026-02-30", "to": "2026-12-31"}"#,
    r#"extract {"handle": "$mail_2", "question": "q", "as": "choice"}"#,
    r#"classify {"handle": "$mail_2", "options": ["one"]}"#,
    r#"classify {"handle": "$mail_2", "options": ["same", "same"]}"#,
    r#"classify {"handle": "$mail_2", "options": ["a", 2]}"#,
    r#"classify {"options": ["a", "b"]}"#,
    "summarise {}",
    "draft {}",
    r#"select {"list": "$mail_1"}"#,
    r#"select {"list": "$mail_2", "criterion": "c"}"#,
    r#"select {"list": "mail", "criterion": "c"}"#,
    r#"select {"criterion": "c"}"#,
    r#"sort {"list": "$data_3"}"#,
    r#"sort {"list": "$data_3", "by": 1}"#,
    r#"first {"list": "$text_9"}"#,
    r#"first {"list": "$summary_6"}"#,
    "nonsense {}",
];

/// Each call with what it comes to.
fn table(cases: &[&str]) -> String {
    let lines = cases.iter().map(|case| {
        let (tool, args) = case.split_once(' ').unwrap();
        let args: Json = serde_json::from_str(args).unwrap();
        format!("{tool} {args}\n  {}\n", read_as(tool, &args))
    });
    lines.collect::<Vec<_>>().concat()
}

#[test]
fn calls_that_are_right_become_tasks_or_results() {
    expect_file!["right.txt"].assert_eq(&table(RIGHT));
}

#[test]
fn calls_that_are_wrong_are_corrected_as_far_as_the_planner_may_know() {
    expect_file!["wrong.txt"].assert_eq(&table(WRONG));
}
