//! What every provider's request needs: the clock line, and ids and names that any server accepts.
//!
//! A conversation may go on with another provider than it began with, so ids that one server
//! issued must not make the next one refuse the whole history. Deliberately no provider's format.

use super::Prompt;
use crate::message::Locale;
use std::collections::{BTreeMap, BTreeSet};

/// The most characters of an id that all known servers accept.
const ID_CHARS_MAX: usize = 40;
/// The same for the name of a tool.
const NAME_CHARS_MAX: usize = 64;

/// The system text's last line: the date and time where the owner is, and their language.
///
/// It stands apart from the deployment's instructions since it differs from step to step, and what
/// stands before it can be cached by the provider.
pub fn clock_line(prompt: &Prompt<'_>) -> String {
    let language = prompt.locale.pick("English", "French");
    let now = match prompt.zone {
        Some(zone) => {
            let wall = prompt.now.in_zone(zone);
            format!("{} in {}", wall.strftime("%A %Y-%m-%dT%H:%M"), zone.name())
        }
        None => format!(
            "{}; the owner's time zone is not known",
            prompt.now.to_rfc3339()
        ),
    };
    match prompt.locale {
        Locale::En | Locale::Fr => format!("It is {now}. The owner's language is {language}."),
    }
}

/// A tool's name as every server accepts it. A planner can invent any name, and it comes back to
/// the server with the history.
pub fn tool_name(name: &str) -> String {
    if name.is_empty() {
        "unknown".to_owned()
    } else {
        plain(name, NAME_CHARS_MAX)
    }
}

/// The arguments of an earlier call: an object, also where the planner wrote something else.
pub fn arguments(args: &serde_json::Value) -> serde_json::Value {
    if args.is_object() {
        args.clone()
    } else {
        serde_json::json!({})
    }
}

/// The ids of calls within one request: plain, short, and each used once.
#[derive(Debug, Default)]
pub struct CallIds<'a> {
    used: BTreeSet<String>,
    latest: BTreeMap<&'a str, String>,
}

impl<'a> CallIds<'a> {
    /// The id to send for a call.
    pub fn call(&mut self, id: &'a str) -> String {
        let mut wire = if id.is_empty() {
            "call".to_owned()
        } else {
            plain(id, ID_CHARS_MAX)
        };
        if self.used.contains(&wire) {
            wire.truncate(ID_CHARS_MAX.saturating_sub(8));
            wire = format!("{wire}_{}", self.used.len());
        }
        self.used.insert(wire.clone());
        self.latest.insert(id, wire.clone());
        wire
    }

    /// The id to send with a result: that of the latest call with this id.
    pub fn result(&self, id: &str) -> String {
        self.latest
            .get(id)
            .cloned()
            .unwrap_or_else(|| plain(id, ID_CHARS_MAX))
    }
}

fn plain(text: &str, most: usize) -> String {
    let keep = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') {
            c
        } else {
            '_'
        }
    };
    text.chars().take(most).map(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    #[test]
    fn the_clock_is_the_owners_or_says_that_it_is_not() {
        let paris = Zone::named("Europe/Paris").unwrap();
        let mut prompt = Prompt {
            system: "",
            items: &[],
            tools: &[],
            answer: None,
            tokens_max: 1,
            now: Timestamp::from_millis(1_795_442_700_000),
            zone: Some(&paris),
            locale: Locale::Fr,
        };
        assert_eq!(
            clock_line(&prompt),
            "It is Monday 2026-11-23T15:05 in Europe/Paris. The owner's language is French."
        );
        prompt.zone = None;
        prompt.locale = Locale::En;
        assert_eq!(
            clock_line(&prompt),
            "It is 2026-11-23T14:05:00Z; the owner's time zone is not known. \
             The owner's language is English."
        );
    }

    #[test]
    fn ids_are_plain_short_and_unique_and_results_follow_the_latest_call() {
        let mut ids = CallIds::default();
        assert_eq!(ids.call("functions.show:0"), "functions_show_0");
        assert_eq!(ids.result("functions.show:0"), "functions_show_0");
        assert_eq!(ids.call("functions.show:0"), "functions_show_0_1");
        assert_eq!(ids.result("functions.show:0"), "functions_show_0_1");
        assert_eq!(ids.call(""), "call");
        let long = "é".repeat(100);
        assert_eq!(ids.call(&long), "_".repeat(40));
        assert_eq!(ids.call(&long), format!("{}_4", "_".repeat(32)));
        assert_eq!(ids.result("never called"), "never_called");
    }

    #[test]
    fn invented_names_and_broken_arguments_can_be_sent_back() {
        assert_eq!(tool_name("mail.search!"), "mail_search_");
        assert_eq!(tool_name(""), "unknown");
        assert_eq!(arguments(&serde_json::Value::Null), serde_json::json!({}));
        assert_eq!(
            arguments(&serde_json::json!({"a": 1})),
            serde_json::json!({"a": 1})
        );
    }
}
