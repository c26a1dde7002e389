//! Arithmetic by code: an amount that follows from attested amounts stays attested.
//!
//! `$data_1[2].amount * 10 / 100 + 5`: numbers, references, `+ - * /` and parentheses. A model that
//! calculates could be told what to answer; code cannot.

use super::super::handles::{Handles, Reference, invalid, look_up};
use crate::label::{Capacity, Integrity, Label, Labeled};
use crate::tool::ToolError;
use crate::value::{Item, Value};
use std::collections::BTreeSet;

/// How deep parentheses may stand in one another.
const DEPTH_MAX: u32 = 20;
/// Results are rounded to so many decimals, as sums of money want it.
const DECIMALS: f64 = 1e6;

/// The value of an expression, with the labels of all that stands in it joined.
pub fn calculate(text: &str, handles: &dyn Handles, tainted: bool) -> Result<Item, ToolError> {
    let mut reader = Reader {
        rest: text.trim(),
        handles,
        label: None,
        lacks: false,
    };
    let value = reader.sum(0)?;
    if !reader.rest.is_empty() {
        return Err(wrong());
    }
    if reader.lacks {
        return Err(ToolError::Unavailable);
    }
    let number = (value * DECIMALS).round() / DECIMALS;
    let value = if number.is_finite() {
        serde_json::Number::from_f64(number).map(whole)
    } else {
        None
    };
    // Dividing by nothing, or a number out of range, follows from what was read.
    let value = value.ok_or(ToolError::Unavailable)?;
    let mut label = reader.label.unwrap_or_else(Label::owner);
    label.capacity = Capacity::Number;
    if tainted {
        label.integrity = Integrity::Untrusted;
        label.sources.extend(BTreeSet::from(["planner".to_owned()]));
    }
    Ok(Labeled::new(value, label))
}

fn whole(number: serde_json::Number) -> Value {
    let text = number.to_string();
    let text = text.strip_suffix(".0").unwrap_or(&text);
    text.parse().map_or(Value::Number(number), Value::Int)
}

fn wrong() -> ToolError {
    invalid(
        "expression",
        "numbers and references with + - * / and parentheses",
    )
}

struct Reader<'a> {
    rest: &'a str,
    handles: &'a dyn Handles,
    label: Option<Label>,
    /// Whether a reference led to no number. What is wrong with the expression is told before that.
    lacks: bool,
}

impl Reader<'_> {
    /// Takes a sign if it comes next.
    fn take(&mut self, sign: char) -> bool {
        let rest = self.rest.strip_prefix(sign);
        if let Some(rest) = rest {
            self.rest = rest.trim_start();
        }
        rest.is_some()
    }

    fn sum(&mut self, depth: u32) -> Result<f64, ToolError> {
        let mut value = self.product(depth)?;
        loop {
            if self.take('+') {
                value += self.product(depth)?;
            } else if self.take('-') {
                value -= self.product(depth)?;
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self, depth: u32) -> Result<f64, ToolError> {
        let mut value = self.factor(depth)?;
        loop {
            if self.take('*') {
                value *= self.factor(depth)?;
            } else if self.take('/') {
                value /= self.factor(depth)?;
            } else {
                return Ok(value);
            }
        }
    }

    fn factor(&mut self, depth: u32) -> Result<f64, ToolError> {
        if depth > DEPTH_MAX {
            return Err(wrong());
        }
        let deeper = depth.saturating_add(1);
        if self.take('-') {
            return Ok(-self.factor(deeper)?);
        }
        if self.take('(') {
            let value = self.sum(deeper)?;
            return if self.take(')') {
                Ok(value)
            } else {
                Err(wrong())
            };
        }
        let is_end = |c: char| c.is_whitespace() || "+-*/()".contains(c);
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).ok_or_else(wrong)?;
        self.rest = rest.trim_start();
        if word.starts_with('$') {
            return match self.reference(word) {
                Err(ToolError::Unavailable) => {
                    self.lacks = true;
                    Ok(1.0)
                }
                found => found,
            };
        }
        let is_number = word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let number: Option<f64> = word.parse().ok();
        number.filter(|_| is_number).ok_or_else(wrong)
    }

    fn reference(&mut self, word: &str) -> Result<f64, ToolError> {
        let reference = Reference::parse(word).ok_or_else(wrong)?;
        let (_, item) = look_up(&reference, self.handles, "expression")?;
        self.label = Some(match &self.label {
            Some(label) => label.join(item.label()),
            None => item.label().clone(),
        });
        let text = item.peek().as_text().ok_or(ToolError::Unavailable)?;
        text.trim().parse().map_err(|_| ToolError::Unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Readers;
    use crate::tool::Kind;

    struct Amounts;

    impl Handles for Amounts {
        fn get(&self, name: &str) -> Option<(Kind, Item)> {
            let (value, label) = match name {
                "$data_1" => (
                    Value::Text("100.5".into()),
                    Label::attested("bank:1", Readers::owner(), Capacity::Number),
                ),
                "$data_2" => (Value::Int(4), Label::untrusted("mail:1", Readers::owner())),
                "$data_3" => (Value::Text("many".into()), Label::worst()),
                _ => return None,
            };
            Some((Kind::Data, Labeled::new(value, label)))
        }
    }

    fn result(text: &str) -> Result<Value, String> {
        let item = calculate(text, &Amounts, false);
        item.map(|item| item.peek().clone())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn signs_bind_as_in_school_and_money_has_no_dust() {
        let is = |text: &str, number: &str| {
            assert_eq!(
                result(text).unwrap().as_text().as_deref(),
                Some(number),
                "{text}"
            );
        };
        is("1 + 2 * 3", "7");
        is("(1+2)*3 - -1", "10");
        is("0.1 + 0.2", "0.3");
        is("$data_1 * 19.5 / 100 + 5.29", "24.8875");
        is("$data_1-$data_2", "96.5");
        for bad in [
            "", "1 +", "(1", "1 2", "$data_9", "sum(1)", "1e9", "--", "$", "a",
        ] {
            assert!(result(bad).unwrap_err().starts_with("invalid"), "{bad}");
        }
        let deep = "(".repeat(100);
        assert!(result(&deep).unwrap_err().starts_with("invalid"));
        for content in ["1 / 0", "$data_3", "1 / ($data_2 - 4)"] {
            assert_eq!(result(content).unwrap_err(), "unavailable", "{content}");
        }
    }

    #[test]
    fn a_result_is_as_good_as_what_it_was_made_of() {
        let integrity = |text: &str, tainted| {
            let item = calculate(text, &Amounts, tainted).unwrap();
            item.label().integrity
        };
        assert_eq!(integrity("2", false), Integrity::Owner);
        assert_eq!(integrity("$data_1 * 2", false), Integrity::Attested);
        assert_eq!(integrity("$data_1 * $data_2", false), Integrity::Untrusted);
        assert_eq!(integrity("$data_1 * 2", true), Integrity::Untrusted);
    }
}
