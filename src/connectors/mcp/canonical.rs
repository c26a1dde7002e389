//! One spelling for each JSON value, and its hash: what a tool's declaration is pinned by.
//!
//! Servers may order fields and write numbers as they like. Here fields are in the order of their
//! UTF-8 bytes, whole numbers are decimal digits, and other numbers have twelve digits, since not
//! every reader keeps the last bit. `scripts/lib/mcp.mjs` has the same rules, and both are tested
//! against `tests/fixtures/connectors/mcp/canonical.json`. The build script compiles this file too.

use serde_json::{Number, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The largest whole number that a reader with binary fractions keeps exactly.
const EXACT_MAX: u64 = 9_007_199_254_740_991;

/// The hash of a value's one spelling, as hexadecimal digits.
pub fn hash(value: &Value) -> String {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(canonical(value)) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// The one spelling of a value.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, &mut text);
    text
}

fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => {
            let _ = write!(text, "{value}");
        }
        Value::Number(number) => text.push_str(&spelled(number)),
        Value::Array(items) => {
            text.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    text.push(',');
                }
                write_value(item, text);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            text.push('{');
            for (n, (name, item)) in sorted.into_iter().enumerate() {
                if n > 0 {
                    text.push(',');
                }
                let _ = write!(text, "{}:", Value::from(name.as_str()));
                write_value(item, text);
            }
            text.push('}');
        }
    }
}

fn spelled(number: &Number) -> String {
    let whole = number.as_i64().filter(|n| n.unsigned_abs() <= EXACT_MAX);
    if let Some(whole) = whole {
        return whole.to_string();
    }
    let number = number.as_f64().unwrap_or_default();
    let is_whole = number.trunc().to_bits() == number.to_bits();
    if is_whole && number.abs() < 9_007_199_254_740_992.0 {
        let digits = format!("{:.0}", number.abs());
        let minus = if number < 0.0 { "-" } else { "" };
        return format!("{minus}{digits}");
    }
    format!("{number:.11e}")
}
