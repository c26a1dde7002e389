//! What tags say about looks, and what holds for a whole page.
//!
//! The one thing to know: of `<html>` and `<body>`, however many there are, the first of each
//! attribute counts, as in a browser.

use super::colour::old_colour;
use super::css::{Decl, Flag, Length, Weighted, inline};
use super::kinds::GONE;
use super::sheet::{Names, Sheet};
use super::tokens::Tag;

/// More classes than that are not looked at, and hide.
pub const CLASSES_MAX: usize = 64;

/// What holds for the whole page.
#[derive(Debug, Default)]
pub struct Page {
    /// Its styles.
    pub sheet: Sheet,
    /// Its outermost element.
    pub html: Root,
    /// The element of all that is shown.
    pub body: Root,
    /// Whether it is a page of today.
    pub has_doctype: bool,
}

/// `<html>` or `<body>`: the first of each attribute counts.
#[derive(Debug, Default)]
pub struct Root {
    /// What selectors ask.
    pub names: Names,
    /// Its `style`.
    pub style: Option<Vec<Weighted>>,
    /// Its `text`.
    pub colour: Option<Weighted>,
    /// Its `bgcolor`.
    pub behind: Option<Weighted>,
}

impl Root {
    /// Adds another such tag.
    pub fn add(&mut self, tag: &Tag) {
        let names = names_of(tag);
        self.names.tag = names.tag;
        if self.names.id.is_empty() {
            self.names.id = names.id;
        }
        if self.names.classes.is_empty() {
            self.names.classes = names.classes;
        }
        if self.style.is_none() {
            self.style = tag.get("style").map(inline);
        }
        let paint = |name: &str| tag.get(name).and_then(old_colour);
        self.colour = self
            .colour
            .or(paint("text").map(|paint| (Decl::Colour(paint), false)));
        self.behind = self
            .behind
            .or(paint("bgcolor").map(|paint| (Decl::Behind(paint), false)));
    }
}

/// What selectors ask about a tag.
pub fn names_of(tag: &Tag) -> Names {
    let lower = |name: &str| tag.get(name).unwrap_or_default().trim().to_lowercase();
    let classes = lower("class");
    let classes = classes
        .split_whitespace()
        .take(CLASSES_MAX.saturating_add(1));
    Names {
        tag: tag.name.clone(),
        id: lower("id"),
        classes: classes.map(str::to_owned).collect(),
        attributes: tag.attribute_names().map(str::to_owned).collect(),
    }
}

/// What the attributes of HTML itself say about looks, before any style.
pub fn old_attributes(tag: &Tag) -> Vec<Weighted> {
    let name = tag.name.as_str();
    let mut found = Vec::new();
    let is_closed_dialog = name == "dialog" && tag.get("open").is_none();
    let is_hidden_field = name == "input"
        && tag
            .get("type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("hidden"));
    let is_gone =
        tag.get("hidden").is_some() || tag.get("popover").is_some() || GONE.contains(&name);
    if is_gone || is_closed_dialog || is_hidden_field {
        found.push(Decl::Set(Flag::Gone, true));
    }
    if name == "bdo"
        && tag
            .get("dir")
            .is_some_and(|dir| dir.eq_ignore_ascii_case("rtl"))
    {
        found.push(Decl::Set(Flag::Reversed, true));
    }
    if name == "a" && tag.get("href").is_some() {
        found.extend(old_colour("0000ee").map(Decl::Colour));
    }
    if matches!(name, "small" | "sub" | "sup") {
        found.push(Decl::Font(Length::Type(833)));
    }
    if name == "font" {
        found.extend(tag.get("color").and_then(old_colour).map(Decl::Colour));
    }
    found.extend(tag.get("bgcolor").and_then(old_colour).map(Decl::Behind));
    found.into_iter().map(|decl| (decl, false)).collect()
}
