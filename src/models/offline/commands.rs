//! Slash commands that work without a model: a table of names and patterns.
//!
//! A pattern is fitted to what follows the command, in any language; `pattern` explains them.
//! Commands about the agent itself (`/help`, `/stop`, …) never reach a planner.

use super::grammar::{Grammar, Intent};
use super::pattern::{Found, Subject};
use super::words::Words;

/// A command, what it asks for, and what may follow it. The first pattern that fits wins.
const COMMANDS: &[(&str, Intent, &[&str])] = &[
    (
        "inbox",
        Intent::Unread,
        &["unread|new", "non lu|lus|lue|lues", "nouveaux"],
    ),
    (
        "inbox",
        Intent::Inbox,
        &["", "from|de|d' {from}", "about|sur {query}", "{query}"],
    ),
    (
        "agenda",
        Intent::Agenda,
        &["", "{when}", "for|on|du|de {when}", "{n}"],
    ),
    (
        "remind",
        Intent::Remind,
        &[
            "cron :? {cron}",
            "{time} <to>? {text} {time}",
            "{time} <to>? {text}",
            "<to>? {text} {time}",
            "<to>? {text}",
            "",
        ],
    ),
    ("note", Intent::Note, &[":? {body}", ""]),
    ("notes", Intent::Notes, &["", "{query}"]),
    ("reminders", Intent::Reminders, &[""]),
    (
        "reminders",
        Intent::PastReminders,
        &["past|old", "passes|recus"],
    ),
    (
        "snooze",
        Intent::Snooze,
        &["", "{span}", "for|in|de|dans {span}", "until? {when}"],
    ),
    ("contacts", Intent::Contacts, &["", "{query}"]),
    ("contact", Intent::Contacts, &["", "{query}"]),
    ("read", Intent::Read, &["{n}", ""]),
    ("mail", Intent::Read, &["{n}"]),
    ("mail", Intent::Inbox, &["", "{query}"]),
    (
        "draft",
        Intent::Draft,
        &[
            "to|for|a|au|pour? {who} about|sur|objet {about} : {body}",
            "to|for|a|au|pour? {who} : {body}",
            "to|for|a|au|pour? {who}",
            "",
        ],
    ),
    (
        "reply",
        Intent::Reply,
        &["to|a|au? {n} :? {body}", ":? {body}", ""],
    ),
    (
        "add",
        Intent::AddEvent,
        &["{title} {when}", "{when} :? {title}", "{title}"],
    ),
    ("time", Intent::Time, &[""]),
    ("help", Intent::Help, &[""]),
];

/// The name of the command that a text is, without the slash; `None` if it is none.
pub fn name(text: &str) -> Option<String> {
    let written = text
        .trim_start()
        .strip_prefix('/')?
        .split_whitespace()
        .next();
    // A group chat writes `/inbox@name`.
    let name = written
        .unwrap_or_default()
        .split('@')
        .next()
        .unwrap_or_default();
    Some(name.to_lowercase())
}

/// Whether there is a command of this name.
pub fn exists(name: &str) -> bool {
    COMMANDS.iter().any(|(key, ..)| *key == name)
}

/// The request that a command makes; `None` if it cannot go on that way.
pub fn read<'a>(
    words: &Words<'a>,
    name: &str,
    languages: &[&'static Grammar],
) -> Option<(Intent, Found<'a>)> {
    let slash = words.raw.find('/')?;
    let after = words.raw.get(slash..)?.find(char::is_whitespace);
    let end = after.map_or(words.raw.len(), |length| slash.saturating_add(length));
    let from = words.list.iter().take_while(|word| word.end <= end).count();
    let fitting = |pattern: &'static str| {
        languages.iter().find_map(|grammar| {
            Subject {
                words,
                grammar,
                from,
                to: words.list.len(),
            }
            .fit(pattern, "")
        })
    };
    COMMANDS
        .iter()
        .filter(|(key, ..)| *key == name)
        .flat_map(|(_, intent, patterns)| patterns.iter().map(move |one| (*intent, *one)))
        .find_map(|(intent, pattern)| Some((intent, fitting(pattern)?)))
}
