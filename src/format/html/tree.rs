//! Walks through a page: what each tag does to the elements that are open, and to the text.
//!
//! The one thing to know: a page is walked twice by the same code. The first walk finds the styles
//! and the attributes of `<html>` and `<body>`, which hold for text before them too.

use super::css::{Weighted, inline};
use super::kinds::{
    BLOCKS, BREAKS_OUT, DROPPED, PARAGRAPHS, TABLE_PARTS, UNDRAWN, VOID, opens_formatting,
};
use super::lines::Lines;
use super::links::{address, says, shown};
use super::look::Look;
use super::page::{CLASSES_MAX, Page, names_of, old_attributes};
use super::sheet::{Declared, Names};
use super::stack::{Element, Space, Stack};
use super::tokens::{Sink, Tag, read};
use super::{Honest, Limits, Link};

/// A walk through a page.
pub struct Tree<'a> {
    page: Page,
    limits: &'a Limits,
    stack: Stack,
    lines: Lines,
    links: Vec<Link>,
    sheets: Vec<String>,
    body: Look,
    is_first: bool,
    is_cut: bool,
}

impl<'a> Tree<'a> {
    /// The first walk, which only looks for styles.
    pub fn first(limits: &'a Limits) -> Self {
        Self::new(Page::default(), limits, true)
    }

    /// The second walk, which knows the page.
    pub fn second(page: Page, limits: &'a Limits) -> Self {
        Self::new(page, limits, false)
    }

    fn new(page: Page, limits: &'a Limits, is_first: bool) -> Self {
        let mut stack = Stack::new(Look::plain());
        for (name, root) in [("html", &page.html), ("body", &page.body)] {
            let names = Names {
                tag: name.to_owned(),
                ..root.names.clone()
            };
            let attributes: Vec<Weighted> = root.colour.into_iter().chain(root.behind).collect();
            let mut declared = Declared::default();
            declared.add(&attributes);
            declared.join(page.sheet.declared(&names, &stack.names()));
            declared.add(root.style.as_deref().unwrap_or_default());
            let look = stack.look().inside(&declared);
            stack.push(Element::new(names.into(), Space::Html, look, declared));
        }
        let body = stack.look();
        let room = if is_first { 0 } else { limits.text_bytes_max };
        Self {
            page,
            limits,
            stack,
            lines: Lines::new(room),
            links: Vec::new(),
            sheets: Vec::new(),
            body,
            is_first,
            is_cut: false,
        }
    }

    /// Walks.
    pub fn read(mut self, html: &str) -> Self {
        read(html, &mut self);
        let open = self.stack.pop_to(2);
        self.closed(open);
        self
    }

    /// What the first walk found.
    pub fn into_page(mut self) -> Page {
        for sheet in &self.sheets {
            self.page.sheet.add(sheet);
        }
        self.page
    }

    /// What the second walk wrote.
    pub fn into_honest(self) -> Honest {
        let (text, has_hidden, is_full) = self.lines.finish();
        Honest {
            text,
            has_hidden,
            links: self.links,
            is_cut: self.is_cut || is_full,
        }
    }

    fn is_hidden(&self) -> bool {
        // Where it can no longer be said what is visible, nothing is.
        self.stack.look().is_hidden() || self.stack.is_lost || self.page.sheet.is_lost()
    }

    fn declared(&self, tag: &Tag, names: &Names) -> Declared {
        let mut declared = Declared::default();
        declared.add(&old_attributes(tag));
        declared.join(self.page.sheet.declared(names, &self.stack.names()));
        declared.add(&tag.get("style").map(inline).unwrap_or_default());
        declared
    }

    fn open_html(&mut self, tag: &Tag) {
        let name = tag.name.as_str();
        match name {
            "html" => return self.page.html.add(tag),
            "body" => return self.page.body.add(tag),
            "head" | "frameset" => return,
            _ => {}
        }
        if TABLE_PARTS.contains(&name) && !self.stack.in_table() {
            return self.lines.end_line(self.is_hidden());
        }
        let closed = self.stack.closed_by_start(name);
        self.closed(closed);
        if opens_formatting(name) {
            self.reconstruct();
        }
        let names = names_of(tag);
        let declared = self.declared(tag, &names);
        let parent = self.stack.look();
        let mut look = parent.inside(&declared);
        look.is_dropped = look.is_dropped || DROPPED.contains(&name);
        look.is_verbatim = look.is_verbatim
            || matches!(name, "pre" | "listing" | "xmp" | "textarea" | "plaintext");
        look.hides = look.hides || names.classes.len() > CLASSES_MAX || tag.is_crowded();
        if name == "table" {
            if !self.page.has_doctype {
                look = look.as_table(parent, self.body);
            }
            look.hides = look.hides || self.stack.table_in_paragraph();
        }
        self.before(name, look);
        let element = Element::new(names.into(), Space::Html, look, declared);
        if VOID.contains(&name) {
            return self.void(tag, look);
        }
        self.push(element, tag);
    }

    fn push(&mut self, mut element: Element, tag: &Tag) {
        let name = tag.name.as_str();
        if element.look.is_dropped && name == "style" {
            self.sheets.push(String::new());
        }
        if name == "ol" {
            let start = tag.get("start").and_then(|start| start.trim().parse().ok());
            element.items = Some(start.unwrap_or(1_u32));
        }
        if name == "a" {
            element.link = tag.get("href").and_then(address).map(|url| (url, 0));
        }
        if name == "form"
            && !element.look.is_dropped
            && let Some(url) = tag.get("action").and_then(address)
        {
            self.note_link("form", &url, element.look.is_hidden());
        }
        self.stack.push(element);
        let place = self.stack.depth().saturating_sub(1);
        let mark = self.lines.mark(self.is_hidden());
        self.stack.begin_link(place, mark);
        if name == "blockquote" {
            self.lines.quote(self.stack.quotes());
        }
        self.is_cut = self.is_cut || self.stack.depth() > self.limits.depth_max;
    }

    /// What comes before the content of an element. Its parent decides whether that can be seen.
    fn before(&mut self, name: &str, look: Look) {
        let is_hidden = self.is_hidden();
        if PARAGRAPHS.contains(&name) && !self.in_item(name) {
            self.lines.end_paragraph(is_hidden);
        } else if BLOCKS.contains(&name) || PARAGRAPHS.contains(&name) || look.is_block {
            self.lines.end_line(is_hidden);
        } else if matches!(name, "td" | "th") {
            self.lines.cell(is_hidden);
        }
        if name == "li" && !look.is_hidden() {
            let depth = self.stack.lists().saturating_sub(1).min(8);
            let mark = match self.stack.list().and_then(|list| list.items.as_mut()) {
                Some(items) => {
                    let mark = format!("{items}. ");
                    *items = items.saturating_add(1);
                    mark
                }
                None => "- ".to_owned(),
            };
            self.lines
                .bullet(format!("{}{mark}", "  ".repeat(depth)), is_hidden);
        }
    }

    /// Lists within lists stand close together.
    fn in_item(&self, name: &str) -> bool {
        matches!(name, "ul" | "ol" | "menu") && self.stack.lists() > 0
    }

    /// What comes after elements that are closed now, the innermost first.
    fn closed(&mut self, closed: Vec<Element>) {
        let mut outside = closed
            .iter()
            .skip(1)
            .map(|element| element.look)
            .collect::<Vec<_>>();
        outside.push(self.stack.look());
        for (element, outside) in closed.into_iter().zip(outside) {
            let name = element.names.tag.as_str();
            if element.look.is_dropped {
                continue;
            }
            if let Some((url, mark)) = &element.link {
                self.end_link(url, *mark, element.look.is_hidden());
            }
            if name == "blockquote" {
                self.lines.quote(self.stack.quotes());
            }
            if element.space == Space::Foreign {
                continue;
            }
            let is_hidden = outside.is_hidden();
            if PARAGRAPHS.contains(&name) && !self.in_item(name) {
                self.lines.end_paragraph(is_hidden);
            } else if BLOCKS.contains(&name) || PARAGRAPHS.contains(&name) || element.look.is_block
            {
                self.lines.end_line(is_hidden);
            }
        }
    }

    fn end_link(&mut self, url: &str, mark: usize, is_hidden: bool) {
        let text = self.lines.since(mark, is_hidden).to_owned();
        if !says(&text, url) {
            self.lines
                .attach(&format!("<{}>", shown(url)), mark, is_hidden);
        }
        self.list_link(&text, url, is_hidden);
    }

    fn note_link(&mut self, text: &str, url: &str, is_hidden: bool) {
        self.lines
            .word(&format!("({text} <{}>)", shown(url)), is_hidden);
        self.lines.flow(" ", is_hidden);
        self.list_link(text, url, is_hidden);
    }

    fn list_link(&mut self, text: &str, url: &str, is_hidden: bool) {
        if self.links.len() >= self.limits.links_max {
            self.is_cut = true;
        } else if !self.is_first {
            let (text, url) = (super::cut(text, 500).0.to_owned(), url.to_owned());
            self.links.push(Link {
                text,
                url,
                is_hidden,
            });
        }
    }

    fn void(&mut self, tag: &Tag, look: Look) {
        if look.is_dropped {
            return;
        }
        let is_hidden = look.is_hidden() || self.is_hidden();
        match tag.name.as_str() {
            "br" => self.lines.new_line(is_hidden),
            "hr" => {
                self.lines.end_paragraph(is_hidden);
                self.lines.word("---", is_hidden);
                self.lines.end_paragraph(is_hidden);
            }
            "img" => {
                let is_dot = |name: &str| {
                    tag.get(name)
                        .is_some_and(|v| matches!(v.trim(), "0" | "1" | "0px" | "1px"))
                };
                let is_hidden = is_hidden || is_dot("width") || is_dot("height");
                if let Some(alt) = tag.get("alt").map(str::trim).filter(|alt| !alt.is_empty()) {
                    self.lines.flow(
                        &format!("[image: {}]", alt.replace(['[', ']'], "|")),
                        is_hidden,
                    );
                }
            }
            "area" => {
                if let Some(url) = tag.get("href").and_then(address) {
                    self.note_link(tag.get("alt").unwrap_or("area"), &url, is_hidden);
                }
            }
            "input" => {
                let kind = tag.get("type").unwrap_or_default().to_ascii_lowercase();
                if matches!(kind.as_str(), "submit" | "button" | "reset") {
                    self.lines
                        .flow(tag.get("value").unwrap_or("Submit"), is_hidden);
                }
            }
            _ => {}
        }
    }

    fn open_foreign(&mut self, tag: &Tag) {
        let name = tag.name.as_str();
        let names = names_of(tag);
        let mut declared = self.declared(tag, &names);
        for name in ["fill", "display", "visibility", "opacity", "font-size"] {
            if let Some(value) = tag.get(name) {
                let property = if name == "fill" {
                    "-webkit-text-fill-color"
                } else {
                    name
                };
                declared.add(&inline(&format!("{property}:{value}")));
            }
        }
        let mut look = self.stack.look().inside(&declared);
        look.is_dropped = look.is_dropped || matches!(name, "script" | "style" | "title");
        look.hides = look.hides || UNDRAWN.contains(&name);
        if !tag.is_closed {
            self.push(
                Element::new(names.into(), Space::Foreign, look, declared),
                tag,
            );
        }
    }

    fn reconstruct(&mut self) {
        for place in self.stack.reconstruct() {
            let mark = self.lines.mark(self.is_hidden());
            self.stack.begin_link(place, mark);
        }
    }
}

impl Sink for Tree<'_> {
    fn open(&mut self, tag: &Tag) -> bool {
        let name = tag.name.as_str();
        if self.stack.is_foreign() {
            let is_styled = ["color", "size"].iter().any(|name| tag.get(name).is_some());
            let breaks_out = BREAKS_OUT.contains(&name) || (name == "font" && is_styled);
            if !breaks_out {
                self.open_foreign(tag);
                return false;
            }
            let closed = self.stack.leave_foreign();
            self.closed(closed);
        }
        if matches!(name, "svg" | "math") {
            self.reconstruct();
            self.open_foreign(tag);
            return false;
        }
        self.open_html(tag);
        true
    }

    fn close(&mut self, name: &str) {
        if name == "br" {
            return self.lines.new_line(self.is_hidden());
        }
        let closed = self.stack.closed_by_end(name);
        self.closed(closed);
    }

    fn text(&mut self, text: &str) {
        if self.stack.look().is_dropped {
            let in_style = self
                .stack
                .names()
                .next_back()
                .is_some_and(|names| names.tag == "style");
            if let Some(sheet) = self.sheets.last_mut().filter(|_| in_style) {
                sheet.push_str(text);
            }
            return;
        }
        if !text.trim().is_empty() && !self.stack.is_foreign() {
            self.reconstruct();
        }
        let is_hidden = self.is_hidden();
        if self.stack.look().is_verbatim {
            self.lines.verbatim(text, is_hidden);
        } else {
            self.lines.flow(text, is_hidden);
        }
    }

    fn doctype(&mut self, is_standard: bool) {
        self.page.has_doctype = self.page.has_doctype || is_standard;
    }

    fn is_foreign(&self) -> bool {
        self.stack.is_foreign()
    }

    fn is_done(&self) -> bool {
        self.is_cut || (self.lines.is_full && !self.is_first)
    }
}
