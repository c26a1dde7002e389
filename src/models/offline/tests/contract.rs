//! The contracts of the tools that the planner calls, as the planner relies on them.

use super::{NOW, Scene};
use crate::message::Locale;
use crate::tool::{Kind, ToolCall};
use proptest::prelude::*;
use serde_json::Value;

/// What an argument may be.
pub(super) enum Holds {
    Text(usize),
    Integer(i64, i64),
    Flag,
    Choice(&'static [&'static str]),
    Instant,
    Day,
    /// Names of days of the week.
    Days,
    /// A handle or an item or field of one.
    Reference(&'static str),
    /// An address or a reference to one.
    Address,
    Zone,
}

pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) returns: Option<Kind>,
    required: &'static [&'static str],
    args: &'static [(&'static str, Holds)],
}

const MAIL_ARGS: &[(&str, Holds)] = &[
    ("to", Holds::Address),
    ("subject", Holds::Text(998)),
    ("body", Holds::Text(100_000)),
    ("in_reply_to", Holds::Reference("mail")),
    ("draft", Holds::Reference("draft")),
];

#[rustfmt::skip]
pub(super) const TOOLS: &[Tool] = &[
    Tool { name: "show", returns: None, required: &["handle"], args: &[("handle", Holds::Reference(""))] },
    Tool { name: "mail_list", returns: Some(Kind::Mails), required: &[], args: &[
        ("folder", Holds::Choice(&["inbox", "sent", "drafts"])), ("unread", Holds::Flag),
        ("query", Holds::Text(200)), ("from", Holds::Text(200)), ("limit", Holds::Integer(1, 50)),
    ] },
    Tool { name: "mail_read", returns: Some(Kind::Mail), required: &["mail"], args: &[("mail", Holds::Reference("mail"))] },
    Tool { name: "mail_draft", returns: Some(Kind::Draft), required: &["body"], args: MAIL_ARGS },
    Tool { name: "mail_send", returns: Some(Kind::Draft), required: &[], args: MAIL_ARGS },
    Tool { name: "calendar_list", returns: Some(Kind::Events), required: &["from"], args: &[
        ("from", Holds::Day), ("days", Holds::Integer(1, 62)), ("query", Holds::Text(200)),
    ] },
    Tool { name: "calendar_add", returns: Some(Kind::Event), required: &["title", "start"], args: &[
        ("title", Holds::Text(500)), ("start", Holds::Instant), ("minutes", Holds::Integer(1, 10_080)),
        ("place", Holds::Text(500)), ("about", Holds::Text(5000)),
    ] },
    Tool { name: "contacts_find", returns: Some(Kind::Contacts), required: &[], args: &[("query", Holds::Text(200))] },
    Tool { name: "notes_add", returns: Some(Kind::Note), required: &["text"], args: &[("text", Holds::Text(10_000))] },
    Tool { name: "notes_list", returns: Some(Kind::Notes), required: &[], args: &[
        ("query", Holds::Text(200)), ("limit", Holds::Integer(1, 50)),
    ] },
    Tool { name: "remind", returns: Some(Kind::Reminder), required: &["text"], args: &[
        ("text", Holds::Text(1000)), ("at", Holds::Instant), ("in_minutes", Holds::Integer(1, 525_600)),
        ("repeat", Holds::Choice(&["daily", "weekdays", "weekly", "monthly", "yearly"])),
        ("every_minutes", Holds::Integer(5, 525_600)), ("every", Holds::Integer(1, 366)),
        ("on", Holds::Days), ("place", Holds::Choice(&["first", "second", "third", "fourth", "last"])),
        ("cron", Holds::Text(100)), ("until", Holds::Day), ("times", Holds::Integer(1, 1000)),
    ] },
    Tool { name: "reminders_list", returns: Some(Kind::Reminders), required: &[], args: &[("limit", Holds::Integer(1, 50))] },
    Tool { name: "reminders_past", returns: Some(Kind::Reminders), required: &[], args: &[("limit", Holds::Integer(1, 50))] },
    Tool { name: "reminder_snooze", returns: Some(Kind::Reminder), required: &["minutes"], args: &[("minutes", Holds::Integer(1, 525_600))] },
    Tool { name: "reminder_cancel", returns: Some(Kind::Reminder), required: &["reminder"], args: &[("reminder", Holds::Reference("reminder"))] },
    Tool { name: "tell_when", returns: Some(Kind::Setting), required: &[], args: &[
        ("mail_from", Holds::Text(100)), ("mail_about", Holds::Text(100)),
        ("event_in_minutes", Holds::Integer(5, 1440)),
    ] },
    Tool { name: "follow_up", returns: Some(Kind::Setting), required: &["address", "days"], args: &[
        ("address", Holds::Address), ("days", Holds::Integer(1, 60)),
    ] },
    Tool { name: "zone_set", returns: Some(Kind::Setting), required: &["zone"], args: &[("zone", Holds::Zone)] },
];

/// Checks a call against its contract.
#[track_caller]
pub(super) fn check(call: &ToolCall) {
    let tool = TOOLS.iter().find(|tool| tool.name == call.tool).unwrap();
    let args = call.args.as_object().unwrap();
    for name in tool.required {
        assert!(args.contains_key(*name), "{call:?} lacks {name}");
    }
    for (name, value) in args {
        let (_, holds) = tool.args.iter().find(|(key, _)| key == name).unwrap();
        assert!(fits(holds, value), "{call:?}: {name}");
    }
    let has = |name: &str| args.contains_key(name);
    match tool.name {
        "remind" => {
            let times = ["at", "in_minutes", "cron"]
                .into_iter()
                .filter(|name| has(name));
            assert_eq!(times.count(), 1, "{call:?}");
            let repeats = ["repeat", "every_minutes", "cron"].into_iter().any(has);
            let ends = has("until") || has("times");
            assert!(repeats || !ends, "{call:?}");
        }
        "mail_send" => assert!(has("draft") != has("body"), "{call:?}"),
        _ => {}
    }
}

fn fits(holds: &Holds, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    match holds {
        Holds::Text(most) => (1..=*most).contains(&text.len()),
        Holds::Integer(least, most) => value
            .as_i64()
            .is_some_and(|n| (*least..=*most).contains(&n)),
        Holds::Flag => value.is_boolean(),
        Holds::Choice(words) => words.contains(&text),
        Holds::Instant => text.parse::<jiff::civil::DateTime>().is_ok(),
        Holds::Day => text.parse::<jiff::civil::Date>().is_ok(),
        Holds::Days => {
            let days = value.as_array().unwrap();
            !days.is_empty()
                && days
                    .iter()
                    .all(|day| day.as_str().unwrap().ends_with("day"))
        }
        Holds::Reference(stem) => text.starts_with(&format!("${stem}")),
        Holds::Address => text.starts_with("$contact_") || text.split('@').count() == 2,
        Holds::Zone => crate::time::Zone::named(text).is_some(),
    }
}

/// Pieces of requests.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "remind me", "to", "tomorrow", "at 9", "every", "monday", "in", "20", "minutes", "/remind",
    "rappelle-moi", "dans", "demain", "à 9h", "de", "d'", "tous les", "lundis", "note", ":",
    "read", "the", "second", "one", "reply", "lis le 2", "réponds", "add", "lunch", "with",
    "for an hour", "half past", "31 February", "2026-02-30", "5/6", "99999999999999999999",
    "send an email to", "ada@example.org", "Ada", "saying", "about", "what's on", "free",
    "every 2 hours", "in 999999 years", "@", "''", "’", "-", "9:61", "25h", "/", "/agenda",
    "/draft", "cancel reminder 2", "my time zone is", "Paris", "midnight", "tonight", "et",
    "until", "jusqu'à", "3 times", "cron */5 * * * *", "tell me when", "Ada writes", "before every meeting", "remind me if", "doesn't answer within", "3 days", "snooze", "the last day of", "the month",
    "every 2 weeks", "on",
];

/// Text that is likely to reach deep: pieces of requests in any order, among anything else.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(PIECES);
    let any = prop_oneof![4 => pieces.prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(any, 0..12).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #[test]
    fn any_text_ends_in_calls_of_the_contracts(
        first in texts(),
        second in texts(),
        french: bool,
        zoned: bool,
    ) {
        let locale = if french { Locale::Fr } else { Locale::En };
        let mut scene = Scene::new(NOW, if zoned { "Europe/Paris" } else { "" }, locale);
        let mut items = Vec::new();
        scene.turn(&mut items, &first);
        scene.turn(&mut items, &second);
    }
}
