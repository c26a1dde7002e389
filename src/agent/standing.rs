//! Standing rules: calls that the owner allowed once for many times, within limits.
//!
//! A rule is made by a command of the owner's and by nothing else:
//! `/allow bank_send_money recipient~account amount<=100 count=3 days=30`. It names a tool; each
//! condition narrows what it covers: an argument's value, a limit, or a closed set that the owner
//! curates. It never covers a call whose control arguments cannot be relied on, and it ends with
//! its count or its day. What it covers is decided on the resolved call.

use super::grounds::Grounds;
use crate::label::Integrity;
use crate::time::Timestamp;
use crate::tool::{ArgRole, Call, ToolSpec};
use crate::value::{Item, Value};
use serde::{Deserialize, Serialize};

/// How long a rule lasts if the owner does not say, and at most, in days.
const DAYS_DEFAULT: i64 = 30;
const DAYS_MAX: i64 = 366;
/// How often a rule may be used if the owner does not say, and at most.
const COUNT_DEFAULT: i64 = 10;
const COUNT_MAX: i64 = 10_000;
const DAY_MS: i64 = 86_400_000;

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The tool.
    pub tool: String,
    /// What the arguments must be like.
    pub conditions: Vec<Condition>,
    /// How often it may be used.
    pub count: i64,
    /// When it ends.
    pub until: Timestamp,
}

/// What one argument must be like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It is this text.
    Is {
        /// The argument.
        argument: String,
        /// The text, compared without case.
        text: String,
    },
    /// It is at most this number.
    AtMost {
        /// The argument.
        argument: String,
        /// The number as it was written.
        number: String,
    },
    /// It is a member of a closed set that the owner curates.
    In {
        /// The argument.
        argument: String,
        /// The set.
        set: String,
    },
}

/// Why a rule cannot be made: what the owner should write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// There is no such tool.
    Tool,
    /// A word is no condition.
    Condition,
    /// The tool has no such argument.
    Argument,
    /// A number is none, or out of range.
    Number,
}

impl Standing {
    /// Reads what stands behind `/allow`.
    pub fn parse(
        text: &str,
        find: impl Fn(&str) -> Option<&'static ToolSpec>,
        now: Timestamp,
    ) -> Result<Self, Wrong> {
        let mut words = text.split_whitespace();
        let spec = find(words.next().unwrap_or_default()).ok_or(Wrong::Tool)?;
        let (mut count, mut days) = (COUNT_DEFAULT, DAYS_DEFAULT);
        let mut conditions = Vec::new();
        for word in words {
            let limit = |text: &str, most: i64| {
                let number = text.parse::<i64>().ok();
                number
                    .filter(|n| (1..=most).contains(n))
                    .ok_or(Wrong::Number)
            };
            if let Some(number) = word.strip_prefix("count=") {
                count = limit(number, COUNT_MAX)?;
            } else if let Some(number) = word.strip_prefix("days=") {
                days = limit(number, DAYS_MAX)?;
            } else {
                conditions.push(condition(word, spec)?);
            }
        }
        Ok(Self {
            tool: spec.name.to_owned(),
            conditions,
            count,
            until: now.plus_millis(days.saturating_mul(DAY_MS)),
        })
    }

    /// Whether a call is covered, given how often the rule was used before.
    pub fn covers(&self, call: &Call, used: i64, grounds: &dyn Grounds, now: Timestamp) -> bool {
        let relied_on = call
            .args
            .values()
            .filter(|argument| argument.spec.role == ArgRole::Control)
            .all(|argument| {
                argument.known || argument.control_label().integrity > Integrity::Untrusted
            });
        self.tool == call.spec.name
            && relied_on
            && used < self.count
            && now < self.until
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(call, grounds))
    }

    /// The rule in the words it was made with.
    pub fn text(&self) -> String {
        let mut text = self.tool.clone();
        for condition in &self.conditions {
            text.push(' ');
            text.push_str(&match condition {
                Condition::Is { argument, text } => format!("{argument}={text}"),
                Condition::AtMost { argument, number } => format!("{argument}<={number}"),
                Condition::In { argument, set } => format!("{argument}~{set}"),
            });
        }
        text
    }
}

fn condition(word: &str, spec: &ToolSpec) -> Result<Condition, Wrong> {
    let argument = |name: &str| {
        spec.arg(name)
            .map(|arg| arg.name.to_owned())
            .ok_or(Wrong::Argument)
    };
    if let Some((name, number)) = word.split_once("<=") {
        let fits = number.parse::<f64>().is_ok_and(f64::is_finite);
        let number = fits.then(|| number.to_owned()).ok_or(Wrong::Number)?;
        return Ok(Condition::AtMost {
            argument: argument(name)?,
            number,
        });
    }
    if let Some((name, set)) = word.split_once('~') {
        return Ok(Condition::In {
            argument: argument(name)?,
            set: set.to_owned(),
        });
    }
    let (name, text) = word.split_once('=').ok_or(Wrong::Condition)?;
    Ok(Condition::Is {
        argument: argument(name)?,
        text: text.to_owned(),
    })
}

impl Condition {
    fn holds(&self, call: &Call, grounds: &dyn Grounds) -> bool {
        let leaves = |name: &str, fits: &dyn Fn(&str) -> bool| {
            call.item(name).is_some_and(|item| every_leaf(item, fits))
        };
        match self {
            Self::Is { argument, text } => {
                leaves(argument, &|leaf| leaf.eq_ignore_ascii_case(text))
            }
            Self::AtMost { argument, number } => {
                let most: f64 = number.parse().unwrap_or(f64::NEG_INFINITY);
                leaves(argument, &|leaf| {
                    leaf.parse::<f64>().is_ok_and(|n| n <= most && n >= 0.0)
                })
            }
            Self::In { argument, set } => leaves(argument, &|leaf| grounds.knows(set, leaf)),
        }
    }
}

fn every_leaf(item: &Item, fits: &dyn Fn(&str) -> bool) -> bool {
    match item.peek() {
        // Nothing fits no condition.
        Value::List(items) => !items.is_empty() && items.iter().all(|item| every_leaf(item, fits)),
        Value::Record(fields) => {
            !fields.is_empty() && fields.values().all(|item| every_leaf(item, fits))
        }
        single @ (Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Time(_)) => single.as_text().is_some_and(|text| fits(&text)),
    }
}

#[cfg(test)]
mod tests;
