//! Where values stand in a JSON result: fields, paths, names, sizes.

use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// Where a value stands: the fields on the way, and whether the last is an entry of a map.
#[derive(Clone, Default)]
pub struct Position {
    /// The names of the fields, from the outside in.
    pub fields: Vec<String>,
    /// Whether the last is an entry of a map.
    pub in_map: bool,
    /// Whether a field on the way is one that only the object's author can set.
    pub acl: bool,
}

impl Position {
    /// The place of a key or a value of a map.
    pub fn entry(&self, name: &str) -> Self {
        let mut fields = self.fields.clone();
        fields.push(name.to_owned());
        Self {
            fields,
            in_map: true,
            acl: self.acl,
        }
    }

    /// Whether a rule speaks of this place: its last fields are those of the rule. An empty rule
    /// speaks of values that are in no field. An entry of a map also goes by the map's own field.
    pub fn ends_with(&self, rule: &str) -> bool {
        let ends = |fields: &[String]| {
            if rule.is_empty() {
                return fields.is_empty();
            }
            let mut fields = fields.iter().rev();
            let mut parts = rule.rsplit('.');
            parts.all(|part| fields.next().is_some_and(|field| field == part))
        };
        let map = self.fields.split_last().map(|(_, map)| map);
        ends(&self.fields) || self.in_map && map.is_some_and(ends)
    }
}

/// Whether a planner can name a field so.
pub fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// What a path of fields leads to; through lists it leads to all of their items.
pub fn found(fields: &Map<String, Json>, path: &str) -> Option<Json> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let value = fields.get(first)?;
    if rest.is_empty() {
        return Some(value.clone());
    }
    match value {
        Json::Object(inner) => found(inner, rest),
        Json::Array(items) => {
            let inner = items.iter().filter_map(Json::as_object);
            Some(inner.filter_map(|inner| found(inner, rest)).collect())
        }
        Json::Null => Some(Json::Null),
        Json::Bool(_) | Json::Number(_) | Json::String(_) => None,
    }
}

/// The names in a value: a text, the texts of a list, the keys of a map.
pub fn collect_names(value: &Json, names: &mut BTreeSet<String>) {
    match value {
        Json::String(name) if !name.trim().is_empty() => {
            names.insert(name.clone());
        }
        Json::Number(number) => {
            names.insert(number.to_string());
        }
        Json::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        Json::Object(map) => names.extend(map.keys().cloned()),
        Json::Null | Json::Bool(_) | Json::String(_) => {}
    }
}

/// How many levels a result may have: so many can be stored with their labels and read back.
pub const DEPTH_MAX: usize = 32;

/// How many levels a value has once it is labelled. A map whose keys are no plain words becomes a
/// list of entries, which are a level more.
pub fn depth(value: &Json) -> usize {
    let (inner, own) = match value {
        Json::Array(items) => (items.iter().map(depth).max(), 1),
        Json::Object(fields) => {
            let is_map = fields.keys().any(|name| !is_plain(name));
            (fields.values().map(depth).max(), if is_map { 2 } else { 1 })
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => (None, 1),
    };
    inner.unwrap_or(0).saturating_add(own)
}

/// Counts the single values and the bytes of a result.
pub fn measure(value: &Json, leaves: &mut usize, bytes: &mut usize) {
    *leaves = leaves.saturating_add(1);
    match value {
        Json::String(text) => *bytes = bytes.saturating_add(text.len()),
        Json::Array(items) => items.iter().for_each(|item| measure(item, leaves, bytes)),
        Json::Object(fields) => {
            for (name, value) in fields {
                *bytes = bytes.saturating_add(name.len());
                measure(value, leaves, bytes);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}
