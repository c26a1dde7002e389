//! The rules of `<style>` elements, and which of them an element matches.
//!
//! The one thing to know: a doubt hides. What a selector says beyond tags, classes, ids and
//! ancestors counts as matched, and its declarations are marked as doubtful: they may hide an
//! element, and never show one.

use super::css::{Weighted, clean, declarations};
use std::cell::Cell;
use std::collections::BTreeMap;

/// More comparisons of elements with rules are not made, and [`Sheet::is_lost`] says so.
const WORK_MAX: usize = 4_000_000;
/// More rules than that are not kept, and [`Sheet::is_lost`] says so.
const RULES_MAX: usize = 400;
/// More compounds than that make a selector that nobody matches by hand.
const COMPOUNDS_MAX: usize = 8;
/// How many bytes of style are read.
const SHEET_BYTES_MAX: usize = 256 * 1024;
/// A window that is at most so wide is a narrow one; wider than that, everybody has one.
const NARROW: i64 = 1_000_000;

/// States that text at rest is not in, and what is no text of the page.
const MOVING: [&str; 8] = [
    "hover", "active", "focus", "visited", "target", "before", "after", "checked",
];

/// What selectors ask about an element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// Its tag.
    pub tag: String,
    /// Its id, in lower case.
    pub id: String,
    /// Its classes, in lower case.
    pub classes: Vec<String>,
    /// The names of its attributes.
    pub attributes: Vec<String>,
}

/// What must hold for one element; what is not understood is left out.
#[derive(Debug, Clone, Default)]
struct Compound {
    tag: Option<String>,
    ids: Vec<String>,
    classes: Vec<String>,
    attributes: Vec<String>,
    is_exact: bool,
}

impl Compound {
    fn matches(&self, names: &Names) -> bool {
        self.tag.as_ref().is_none_or(|tag| *tag == names.tag)
            && self.ids.iter().all(|id| *id == names.id)
            && self
                .classes
                .iter()
                .all(|class| names.classes.contains(class))
            && self
                .attributes
                .iter()
                .all(|name| names.attributes.contains(name))
    }

    /// Where rules that end in it are looked for.
    fn key(&self) -> String {
        let class = self.classes.first().map(|class| format!(".{class}"));
        let id = self.ids.first().map(|id| format!("#{id}"));
        id.or(class)
            .or_else(|| self.tag.clone())
            .unwrap_or_else(|| "*".to_owned())
    }
}

#[derive(Debug, Clone)]
struct Rule {
    /// The element itself first, then its ancestors outwards.
    compounds: Vec<Compound>,
    weight: (usize, usize, usize),
    is_exact: bool,
    declared: Vec<Weighted>,
}

/// Declarations in the order of the cascade.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// What surely holds.
    pub exact: Vec<Weighted>,
    /// What surely holds, and what holds perhaps.
    pub perhaps: Vec<Weighted>,
}

impl Declared {
    /// Adds what surely holds.
    pub fn add(&mut self, declared: &[Weighted]) {
        self.exact.extend_from_slice(declared);
        self.perhaps.extend_from_slice(declared);
    }

    /// Adds what holds next.
    pub fn join(&mut self, next: Self) {
        self.exact.extend(next.exact);
        self.perhaps.extend(next.perhaps);
    }
}

/// All rules, to be asked for those of an element.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    rules: Vec<Rule>,
    by_key: BTreeMap<String, Vec<usize>>,
    bytes: usize,
    is_full: bool,
    /// How much was compared so far.
    work: Cell<usize>,
}

impl Sheet {
    /// Adds the text of a `<style>`.
    pub fn add(&mut self, css: &str) {
        self.bytes = self.bytes.saturating_add(css.len());
        if self.bytes > SHEET_BYTES_MAX {
            self.is_full = true;
            return;
        }
        // `<!--` and `-->` around a sheet are old and mean nothing.
        let text = clean(css).replace("<!--", " ").replace("-->", " ");
        self.rules_of(&text);
    }

    fn rules_of(&mut self, text: &str) {
        let mut rest = text;
        // The ends of the groups that are open, such as @media.
        let mut skipped: usize = 0;
        while let Some(at) = rest.find(['{', '}', ';']) {
            let Some((head, tail)) = rest.split_at_checked(at) else {
                return;
            };
            let mut marks = tail.chars();
            let mark = marks.next();
            rest = marks.as_str();
            let head = head.trim();
            if mark != Some('{') {
                if mark == Some('}') {
                    skipped = skipped.saturating_sub(1);
                }
                continue;
            }
            if skipped > 0 {
                skipped = skipped.saturating_add(1);
            } else if head.starts_with('@') {
                // Rules inside of a group that holds follow as if they stood alone.
                skipped = usize::from(!holds(head));
            } else {
                let end = rest.find('}').unwrap_or(rest.len());
                let Some((body, after)) = rest.split_at_checked(end) else {
                    return;
                };
                self.rule(head, body);
                rest = after.strip_prefix('}').unwrap_or(after);
            }
        }
    }

    fn rule(&mut self, selectors: &str, body: &str) {
        let declared = declarations(body);
        if declared.is_empty() {
            return;
        }
        for selector in split_outside(selectors, ',') {
            let Some(compounds) = compounds(&selector) else {
                continue;
            };
            let is_exact = compounds.iter().all(|compound| compound.is_exact);
            if self.rules.len() >= RULES_MAX {
                self.is_full = true;
                return;
            }
            let count = |of: fn(&Compound) -> usize| compounds.iter().map(of).sum();
            let weight = (
                count(|c| c.ids.len()),
                count(|c| c.classes.len()),
                count(|c| usize::from(c.tag.is_some())),
            );
            let key = compounds.first().map(Compound::key).unwrap_or_default();
            self.by_key.entry(key).or_default().push(self.rules.len());
            let declared = declared.clone();
            self.rules.push(Rule {
                compounds,
                weight,
                is_exact,
                declared,
            });
        }
    }

    /// Whether there was more than is kept or compared, so that nobody knows what is visible.
    pub fn is_lost(&self) -> bool {
        self.is_full || self.work.get() > WORK_MAX
    }

    fn matches<'a>(
        &self,
        compounds: &[Compound],
        names: &Names,
        ancestors: impl DoubleEndedIterator<Item = &'a Names>,
    ) -> bool {
        let mut work = self.work.get().saturating_add(1);
        let mut wanted = compounds.iter();
        let is_own = wanted.next().is_some_and(|own| own.matches(names));
        let mut ancestors = ancestors.rev();
        let mut compare = |compound: &Compound, ancestor: &Names| {
            work = work.saturating_add(1);
            compound.matches(ancestor)
        };
        let found =
            is_own && wanted.all(|compound| ancestors.any(|ancestor| compare(compound, ancestor)));
        self.work.set(work);
        found
    }

    /// The declarations for an element within these ancestors, in the order of the cascade.
    pub fn declared<'a>(
        &self,
        names: &Names,
        ancestors: &(impl DoubleEndedIterator<Item = &'a Names> + Clone),
    ) -> Declared {
        let mut declared = Declared::default();
        if self.rules.is_empty() || self.is_lost() {
            return declared;
        }
        let mut keys = vec!["*".to_owned(), names.tag.clone(), format!("#{}", names.id)];
        keys.extend(names.classes.iter().map(|class| format!(".{class}")));
        let mut found: Vec<((usize, usize, usize), usize, &Rule)> = Vec::new();
        for place in keys.iter().filter_map(|key| self.by_key.get(key)).flatten() {
            if let Some(rule) = self.rules.get(*place)
                && self.matches(&rule.compounds, names, ancestors.clone())
            {
                found.push((rule.weight, *place, rule));
            }
        }
        found.sort_by_key(|(weight, place, _)| (*weight, *place));
        found.dedup_by_key(|(_, place, _)| *place);
        for (_, _, rule) in found {
            declared.perhaps.extend_from_slice(&rule.declared);
            if rule.is_exact {
                declared.exact.extend_from_slice(&rule.declared);
            }
        }
        declared
    }
}

/// Whether the rules of a group such as `@media screen` count.
fn holds(head: &str) -> bool {
    let Some(query) = head.strip_prefix("@media") else {
        return ["@supports", "@layer", "@container", "@scope"]
            .iter()
            .any(|at| head.starts_with(at));
    };
    let is_narrow = |part: &str| {
        let limit = part
            .split("max-")
            .nth(1)
            .and_then(|after| after.split(':').nth(1));
        let width = limit.map(str::trim).and_then(super::css::number);
        part.contains("max-") && part.contains("width") && width.is_some_and(|(n, _)| n < NARROW)
    };
    query.split(',').any(|part| {
        let part = part.trim();
        let elsewhere = [
            "print",
            "speech",
            "tty",
            "embossed",
            "not screen",
            "not all",
        ];
        !elsewhere
            .iter()
            .any(|medium| part.starts_with(medium) || part.starts_with(&format!("only {medium}")))
            && !is_narrow(part)
            && !part.contains("prefers-color-scheme: dark")
            && !part.contains("prefers-color-scheme:dark")
    })
}

/// Splits at a mark that is not in brackets.
fn split_outside(text: &str, mark: char) -> Vec<String> {
    let mut depth: usize = 0;
    let parts = text.split(|c: char| {
        match c {
            '(' | '[' => depth = depth.saturating_add(1),
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == mark && depth == 0
    });
    parts.map(|part| part.trim().to_owned()).collect()
}

/// The compounds of a selector, the last first; `None` if it can never concern text at rest.
fn compounds(selector: &str) -> Option<Vec<Compound>> {
    let mut found = Vec::new();
    let mut depth: usize = 0;
    let words = selector.split(|c: char| {
        match c {
            '(' | '[' => depth = depth.saturating_add(1),
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && (c.is_whitespace() || matches!(c, '>' | '+' | '~'))
    });
    for word in words.filter(|word| !word.is_empty()) {
        found.push(compound(word)?);
    }
    // `a + b` names a neighbour, which is not looked at: it is left out, and the rest is in doubt.
    if selector.contains(['+', '~']) {
        let own = found.pop()?;
        found = vec![Compound {
            is_exact: false,
            ..own
        }];
    }
    if selector.contains('>') {
        for compound in &mut found {
            compound.is_exact = false;
        }
    }
    if found.is_empty() || found.len() > COMPOUNDS_MAX {
        return None;
    }
    found.reverse();
    Some(found)
}

fn compound(word: &str) -> Option<Compound> {
    let mut compound = Compound {
        is_exact: true,
        ..Compound::default()
    };
    let starts: Vec<usize> = word
        .char_indices()
        .filter(|(at, c)| *at == 0 || matches!(c, '.' | '#' | '[' | ':'))
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([word.len()]);
    let mut in_brackets = false;
    for (start, end) in starts.iter().copied().zip(ends) {
        let part = word.get(start..end)?;
        if in_brackets {
            in_brackets = !part.contains([']', ')']);
            continue;
        }
        let (mark, name) = match part.chars().next()? {
            mark @ ('.' | '#' | '[' | ':') => (mark, part.get(1..)?),
            _ => ('t', part),
        };
        match mark {
            '.' => compound.classes.push(name.to_owned()),
            '#' => compound.ids.push(name.to_owned()),
            't' if name != "*" => compound.tag = Some(name.to_owned()),
            't' => {}
            '[' => {
                // Values are not compared: that an attribute is there may be enough.
                let end = name.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_')));
                let (attribute, rest) = name.split_at_checked(end?)?;
                compound.attributes.push(attribute.to_owned());
                compound.is_exact = compound.is_exact && rest == "]";
                in_brackets = !part.contains(']');
            }
            _ if name == "root" => compound.tag = Some("html".to_owned()),
            _ => {
                if part == ":" || MOVING.iter().any(|state| name.starts_with(state)) {
                    return None;
                }
                compound.is_exact = false;
                in_brackets = part.contains('(') && !part.contains(')');
            }
        }
    }
    Some(compound)
}
