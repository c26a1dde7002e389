//! Content lines: what iCalendar (RFC 5545) and vCard (RFC 6350) are written in.
//!
//! The one thing to know: a line keeps the text that it was read from with its folds, so a file that
//! is read and written again differs only where somebody changed it, and in that all lines end alike. What is written
//! anew goes through `escape` or [`Line::build`]: no text can end its line.

use super::escape::{ends_line, folded, parameter_value, uncircumflexed, unescaped, unfolded};
use std::ops::Range;

/// The largest file that is read, in bytes.
pub(super) const BYTES_MAX: usize = 4 << 20;
/// The most lines of a file.
const LINES_MAX: usize = 100_000;
/// How deep components may lie in one another. Calendars need three levels.
const DEPTH_MAX: usize = 8;

/// Why a text is not made of content lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It is larger than what is read.
    #[error("more than is read")]
    TooLarge,
    /// Components lie too deep in one another.
    #[error("too many levels")]
    TooDeep,
    /// A `BEGIN` has no `END` or the other way round.
    #[error("BEGIN and END do not match")]
    Unbalanced,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// As it was read.
    raw: String,
    /// Without folds and line end.
    text: String,
    /// In capitals, without its group; empty for a line that is none.
    pub name: String,
    /// What stands before the name and a dot.
    pub group: String,
    params: Vec<Param>,
    value_at: usize,
}

/// One parameter of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Param {
    name: String,
    values: Vec<String>,
    /// Where it stands in the text, with the `;` before it.
    span: Range<usize>,
}

/// What stands between a `BEGIN` and its `END`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Component {
    /// In capitals; empty for the file as a whole.
    pub name: String,
    /// In their order.
    pub parts: Vec<Part>,
    begin: String,
    end: String,
}

/// A part of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A property.
    Line(Line),
    /// A component within.
    Component(Component),
}

impl Line {
    fn read(raw: String) -> Self {
        let text = unfolded(&raw);
        Self::of(raw, text)
    }

    fn of(raw: String, text: String) -> Self {
        let mut line = Self {
            raw,
            name: String::new(),
            group: String::new(),
            params: Vec::new(),
            value_at: text.len(),
            text,
        };
        line.split();
        line
    }

    /// Finds name, parameters and value. A line without a value stays nameless.
    fn split(&mut self) -> Option<()> {
        let mut at = self.text.find([';', ':'])?;
        let full = self.text.get(..at)?;
        let (group, name) = full.rsplit_once('.').unwrap_or(("", full));
        let (group, name) = (group.to_owned(), name.trim().to_ascii_uppercase());
        let mut params = Vec::new();
        while self.text.get(at..)?.starts_with(';') {
            let (param, end) = parameter(&self.text, at)?;
            params.push(param);
            at = end;
        }
        self.value_at = at.checked_add(1)?;
        (self.group, self.name, self.params) = (group, name, params);
        Some(())
    }

    /// A new line. Names are the program's own; values of parameters and the value itself are
    /// made harmless, the value only where line breaks are concerned: escape its texts first.
    pub fn build(name: &str, params: &[(&str, &str)], value: &str) -> Self {
        let mut text = name.to_owned();
        for (name, value) in params {
            text.push_str(&format!(";{name}={}", parameter_value(value)));
        }
        text.push(':');
        text.extend(value.chars().filter(|c| !ends_line(*c)));
        Self::read(folded(&text))
    }

    /// The value, still escaped.
    pub fn value(&self) -> &str {
        self.text.get(self.value_at..).unwrap_or_default()
    }

    /// The value as text.
    pub fn text(&self) -> String {
        unescaped(self.value())
    }

    /// The first value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params(name).next()
    }

    /// All values of a parameter, which may be given more than once.
    pub fn params<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.params.iter().filter(move |param| param.name == name);
        let values: Vec<&str> = named
            .flat_map(|param| &param.values)
            .map(String::as_str)
            .collect();
        values.into_iter()
    }

    /// The same line with one parameter set, and everything else as it was.
    pub fn with_param(&self, name: &str, value: &str) -> Self {
        let new = format!(";{name}={}", parameter_value(value));
        let span = self.params.iter().find(|param| param.name == name);
        // Behind the value's other parameters, which is where its colon stands.
        let colon = self.value_at.saturating_sub(1);
        let span = span.map_or(colon..colon, |param| param.span.clone());
        let before = self.text.get(..span.start).unwrap_or_default();
        let after = self.text.get(span.end..).unwrap_or_default();
        Self::read(folded(&format!("{before}{new}{after}")))
    }

    /// The same line under another name, one of the program's own.
    pub fn renamed(&self, name: &str) -> Self {
        let rest = self
            .text
            .find([';', ':'])
            .and_then(|at| self.text.get(at..));
        Self::read(folded(&format!("{name}{}", rest.unwrap_or(":"))))
    }

    /// The same line with another value, escaped by the caller.
    pub fn with_value(&self, value: &str) -> Self {
        let before = self.text.get(..self.value_at).unwrap_or_default();
        let value: String = value.chars().filter(|c| !ends_line(*c)).collect();
        Self::read(folded(&format!("{before}{value}")))
    }

    /// Whether it ends in a soft line break, so that a line behind it would become a part of it.
    fn goes_on(&self) -> bool {
        let text = unfolded(&self.raw);
        text.strip_suffix('=').is_some_and(is_quoted_printable)
    }

    /// Whether its value is written in quoted-printable.
    pub fn is_quoted_printable(&self) -> bool {
        self.params("ENCODING")
            .any(|encoding| encoding.eq_ignore_ascii_case("quoted-printable"))
    }
}

/// The parameter that begins with a `;` at a place, and where it ends.
fn parameter(text: &str, at: usize) -> Option<(Param, usize)> {
    let begin = at.checked_add(1)?;
    let length = text.get(begin..)?.find(['=', ';', ':'])?;
    let mut end = begin.checked_add(length)?;
    let name = text.get(begin..end)?.trim().to_ascii_uppercase();
    if !text.get(end..)?.starts_with('=') {
        // Version 2.1 leaves out the names of its parameters.
        let (name, value) = match name.as_str() {
            "QUOTED-PRINTABLE" | "BASE64" | "B" => ("ENCODING", name),
            _ => ("TYPE", name),
        };
        let param = Param {
            name: name.to_owned(),
            values: vec![value],
            span: at..end,
        };
        return Some((param, end));
    }
    let mut values = Vec::new();
    loop {
        let begin = end.checked_add(1)?;
        let rest = text.get(begin..)?;
        let (value, length) = if let Some(inner) = rest.strip_prefix('"') {
            let (value, behind) = inner.split_once('"')?;
            // What stands behind the closing mark belongs to nothing.
            let junk = behind.find([',', ';', ':'])?;
            (value, value.len().checked_add(2)?.checked_add(junk)?)
        } else {
            let length = rest.find([',', ';', ':'])?;
            (rest.get(..length)?, length)
        };
        values.push(uncircumflexed(value));
        end = begin.checked_add(length)?;
        if !text.get(end..)?.starts_with(',') {
            break;
        }
    }
    let param = Param {
        name,
        values,
        span: at..end,
    };
    Some((param, end))
}

impl Component {
    /// An empty component.
    pub fn build(name: &str, lines: Vec<Line>) -> Self {
        Self {
            name: name.to_owned(),
            begin: format!("BEGIN:{name}\r\n"),
            end: format!("END:{name}\r\n"),
            parts: lines.into_iter().map(Part::Line).collect(),
        }
    }

    /// Reads a file.
    pub fn read(text: &str) -> Result<Self, LineError> {
        if text.len() > BYTES_MAX {
            return Err(LineError::TooLarge);
        }
        let mut open = vec![Self::default()];
        for line in lines(text.trim_start_matches('\u{FEFF}'))? {
            match line.name.as_str() {
                "BEGIN" => {
                    if open.len() > DEPTH_MAX {
                        return Err(LineError::TooDeep);
                    }
                    open.push(Self {
                        name: line.value().trim().to_ascii_uppercase(),
                        begin: line.raw,
                        ..Self::default()
                    });
                }
                "END" => {
                    let mut done = open.pop().ok_or(LineError::Unbalanced)?;
                    let outer = open.last_mut().ok_or(LineError::Unbalanced)?;
                    if !line.value().trim().eq_ignore_ascii_case(&done.name) {
                        return Err(LineError::Unbalanced);
                    }
                    done.end = line.raw;
                    outer.parts.push(Part::Component(done));
                }
                _ => {
                    let inner = open.last_mut().ok_or(LineError::Unbalanced)?;
                    inner.parts.push(Part::Line(line));
                }
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(whole), true) => Ok(whole),
            _ => Err(LineError::Unbalanced),
        }
    }

    /// The text of the file again.
    pub fn write(&self) -> String {
        let mut out = String::new();
        self.write_to(&mut out);
        out
    }

    fn write_to(&self, out: &mut String) {
        out.push_str(&self.begin);
        for part in &self.parts {
            match part {
                Part::Line(line) => out.push_str(&line.raw),
                Part::Component(inner) => inner.write_to(out),
            }
        }
        out.push_str(&self.end);
    }

    /// Its own properties.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.parts.iter().filter_map(|part| match part {
            Part::Line(line) => Some(line),
            Part::Component(_) => None,
        })
    }

    /// Its own properties of a name.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines().filter(move |line| line.name == name)
    }

    /// The first property of a name.
    pub fn first(&self, name: &str) -> Option<&Line> {
        self.lines().find(|line| line.name == name)
    }

    /// The components of a name right within it.
    pub fn inner<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.parts.iter().filter_map(move |part| match part {
            Part::Component(inner) if inner.name == name => Some(inner),
            Part::Component(_) | Part::Line(_) => None,
        })
    }

    /// Puts a line in place of the first of its name, or before the components within.
    pub fn set(&mut self, line: Line) {
        let mut own = self.parts.iter_mut().filter_map(|part| match part {
            Part::Line(line) => Some(line),
            Part::Component(_) => None,
        });
        if let Some(found) = own.find(|one| one.name == line.name) {
            *found = line;
        } else {
            self.add(line);
        }
    }

    /// Adds a line behind its other properties.
    pub fn add(&mut self, line: Line) {
        let is_inner = |part: &Part| matches!(part, Part::Component(_));
        let behind = self.parts.iter().position(is_inner);
        let behind = behind.unwrap_or(self.parts.len());
        let last = behind.checked_sub(1).and_then(|at| self.parts.get(at));
        let at = match last {
            Some(Part::Line(last)) if last.goes_on() => behind.saturating_sub(1),
            _ => behind,
        };
        self.parts.insert(at, Part::Line(line));
    }

    /// Removes its own properties of some names.
    pub fn remove(&mut self, names: &[&str]) {
        self.parts.retain(|part| match part {
            Part::Line(line) => !names.contains(&line.name.as_str()),
            Part::Component(_) => true,
        });
    }
}

/// The lines of a text, each with its folds.
fn lines(text: &str) -> Result<Vec<Line>, LineError> {
    let mut raw: Vec<String> = Vec::new();
    for piece in text.split_terminator('\n') {
        // Both formats end lines so; XML on the way takes the half of it away.
        let piece = format!("{}\r\n", piece.strip_suffix('\r').unwrap_or(piece));
        let is_fold = piece.starts_with([' ', '\t']);
        match raw.last_mut().filter(|_| is_fold) {
            Some(last) => last.push_str(&piece),
            None => raw.push(piece),
        }
        if raw.len() > LINES_MAX {
            return Err(LineError::TooLarge);
        }
    }
    let mut lines: Vec<Line> = Vec::new();
    // Version 2.1 goes on without a blank where quoted-printable ends in a soft line break.
    let mut open: Option<(String, String)> = None;
    for raw in raw {
        let text = unfolded(&raw);
        // A soft line break at the end of a card does not take its end with it.
        let ends = text
            .get(..4)
            .is_some_and(|head| head.eq_ignore_ascii_case("END:"));
        if ends {
            lines.extend(open.take().map(|(raw, text)| Line::of(raw, text)));
        }
        let (raw, text) = match open.take() {
            Some((before, begun)) => (before + &raw, begun + &text),
            None => (raw, text),
        };
        match text.strip_suffix('=') {
            Some(begun) if is_quoted_printable(begun) => open = Some((raw, begun.to_owned())),
            _ => lines.push(Line::of(raw, text)),
        }
    }
    lines.extend(open.map(|(raw, text)| Line::of(raw, text)));
    Ok(lines)
}

/// Whether the head of a line says that its value is written in quoted-printable.
fn is_quoted_printable(text: &str) -> bool {
    let head = text.split(':').next().unwrap_or_default();
    let mut params = head.split(';').skip(1);
    params.any(|param| {
        // As the value of another parameter it is no encoding.
        let (name, value) = param.split_once('=').unwrap_or(("ENCODING", param));
        name.trim().eq_ignore_ascii_case("ENCODING")
            && value.eq_ignore_ascii_case("quoted-printable")
    })
}
