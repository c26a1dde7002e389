//! Reads the JSON schema of a tool's arguments as far as a contract needs it.
//!
//! A shape that is not understood becomes "any JSON value", which the strictest rules apply to.

use serde_json::Value as Json;
use std::fmt::Write as _;

/// How often a reference may lead to another.
const DEPTH_MAX: usize = 16;
/// The longest text about a tool or an argument that planners are told, in characters.
const ABOUT_CHARS_MAX: usize = 1_000;
/// The longest text that an argument takes, in bytes.
const TEXT_BYTES_MAX: usize = 100_000;
/// The largest whole number that every program keeps exactly.
const EXACT_MAX: i64 = 9_007_199_254_740_991;

/// What an argument holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Text,
    Choice(Vec<String>),
    Integer(i64, i64),
    Number,
    Flag,
    List(Box<Shape>),
    Object,
    Anything,
}

impl Shape {
    /// Whether such a value can name somebody or something.
    pub(crate) fn can_identify(&self) -> bool {
        match self {
            Self::Text | Self::Choice(_) | Self::Integer(..) | Self::Anything => true,
            Self::List(inner) => inner.can_identify(),
            Self::Number | Self::Flag | Self::Object => false,
        }
    }

    /// The code of the argument's type; `set` is the sort of identifier, if it is one.
    pub(crate) fn arg_type(&self, set: Option<&str>) -> String {
        match (self, set) {
            (Self::List(inner), set) => format!("ArgType::List(&{})", inner.arg_type(set)),
            (_, Some("mail")) => "ArgType::Address".to_owned(),
            (_, Some(set)) => format!("ArgType::Name({set:?})"),
            (Self::Text, None) => format!("ArgType::Text({TEXT_BYTES_MAX})"),
            (Self::Choice(words), None) => format!("ArgType::Choice(&{words:?})"),
            (Self::Integer(least, most), None) => format!("ArgType::Integer({least}, {most})"),
            (Self::Number, None) => "ArgType::Number".to_owned(),
            (Self::Flag, None) => "ArgType::Flag".to_owned(),
            (Self::Object | Self::Anything, None) => "ArgType::Anything".to_owned(),
        }
    }
}

/// The shape that a schema describes; `root` is where its references start.
pub(crate) fn shape(schema: &Json, root: &Json) -> Shape {
    read(schema, root, DEPTH_MAX)
}

fn read(schema: &Json, root: &Json, depth: usize) -> Shape {
    let Some(depth) = depth.checked_sub(1) else {
        return Shape::Anything;
    };
    if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        let target = reference
            .strip_prefix('#')
            .and_then(|path| root.pointer(path));
        return target.map_or(Shape::Anything, |target| read(target, root, depth));
    }
    for choice in ["anyOf", "oneOf", "allOf"] {
        if let Some(options) = schema.get(choice).and_then(Json::as_array) {
            let options = options.iter().filter(|option| !is_null(option));
            return agreed(options.map(|option| read(option, root, depth)));
        }
    }
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        let words: Vec<&Json> = words.iter().filter(|word| !word.is_null()).collect();
        let texts: Option<Vec<String>> = words
            .iter()
            .map(|word| word.as_str().map(str::to_owned))
            .collect();
        return texts
            .filter(|texts| !texts.is_empty())
            .map_or(Shape::Anything, Shape::Choice);
    }
    match schema.get("type") {
        Some(Json::String(word)) => of_type(word, schema, root, depth),
        Some(Json::Array(words)) => {
            let words = words
                .iter()
                .filter_map(Json::as_str)
                .filter(|word| *word != "null");
            agreed(words.map(|word| of_type(word, schema, root, depth)))
        }
        _ => Shape::Anything,
    }
}

fn is_null(schema: &Json) -> bool {
    schema.get("type").and_then(Json::as_str) == Some("null")
}

/// The shape that all alternatives have.
fn agreed(mut shapes: impl Iterator<Item = Shape>) -> Shape {
    let Some(first) = shapes.next() else {
        return Shape::Anything;
    };
    if shapes.all(|shape| shape == first) {
        first
    } else {
        Shape::Anything
    }
}

fn of_type(word: &str, schema: &Json, root: &Json, depth: usize) -> Shape {
    let bound =
        |name: &str, otherwise: i64| schema.get(name).and_then(Json::as_i64).unwrap_or(otherwise);
    match word {
        "string" => Shape::Text,
        "integer" => Shape::Integer(bound("minimum", -EXACT_MAX), bound("maximum", EXACT_MAX)),
        "number" => Shape::Number,
        "boolean" => Shape::Flag,
        "array" => {
            let items = schema.get("items");
            Shape::List(Box::new(
                items.map_or(Shape::Anything, |items| read(items, root, depth)),
            ))
        }
        "object" => Shape::Object,
        _ => Shape::Anything,
    }
}

/// What a declaration says of itself, as one short line.
pub(crate) fn about(declaration: &Json) -> String {
    let text = ["description", "title"]
        .iter()
        .find_map(|name| declaration.get(name)?.as_str());
    line(text.unwrap_or_default())
}

/// What is said of an argument; an open shape is told with its schema, since the type says nothing.
pub(crate) fn arg_about(schema: &Json, shape: &Shape) -> String {
    let mut text = about(schema);
    let open = match shape {
        Shape::List(inner) => matches!(**inner, Shape::Object | Shape::Anything),
        Shape::Object | Shape::Anything => true,
        Shape::Text | Shape::Choice(_) | Shape::Integer(..) | Shape::Number | Shape::Flag => false,
    };
    if open {
        let schema = line(&schema.to_string());
        let blank = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{blank}JSON schema: {schema}");
    }
    text
}

fn line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(ABOUT_CHARS_MAX).collect()
}
