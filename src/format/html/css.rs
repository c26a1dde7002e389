//! The little CSS that decides whether text can be seen: declarations and their values.
//!
//! The one thing to know: text is cleaned first. Comments become blanks, strings become empty,
//! escapes become the letters that they stand for, and all is lower case, so that no spelling of
//! `display:none` reads otherwise than a browser reads it.

use super::colour::{Paint, colour, first_colour};

/// The longest `style` attribute that is read; a longer one hides, since nobody reads it all.
pub const STYLE_BYTES_MAX: usize = 32 * 1024;
/// From here on, in thousandths of a pixel, a place is off the screen.
const FAR: i64 = 100_000;
/// Places beyond this are off any screen on the other side too.
const FAR_BEYOND: i64 = 3_000_000;

/// Something about a box that can be switched on and off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// `display: none`.
    Gone,
    /// A display that begins a line.
    Block,
    /// `visibility: hidden`, which a child can undo.
    Invisible,
    /// `visibility: visible`.
    Visible,
    /// As good as no opacity.
    SeeThrough,
    /// No width.
    Narrow,
    /// No height.
    Flat,
    /// No largest width.
    NarrowMost,
    /// No largest height.
    FlatMost,
    /// What does not fit is not shown.
    Clips,
    /// It can be moved.
    Moved,
    /// Moved off by its left side.
    FarLeft,
    /// Moved off by its top.
    FarTop,
    /// Moved off by its right side.
    FarRight,
    /// Moved off by its bottom.
    FarBottom,
    /// Pulled off by a margin.
    FarMargin,
    /// Pulled off by an indent.
    FarIndent,
    /// `clip` leaves nothing.
    Clipped,
    /// `clip-path` leaves nothing.
    Masked,
    /// A transform makes it nothing, or leads off.
    Transformed,
    /// A filter makes it nothing.
    Filtered,
    /// `mso-hide: all`.
    MsoHide,
    /// `content-visibility: hidden`.
    Skipped,
    /// Writing is turned round.
    Reversed,
}

impl Flag {
    /// Its place among the others.
    pub fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

/// A length, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Of a pixel.
    Pixels(i64),
    /// Of the size of the type.
    Type(i64),
}

/// What one declaration says that matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decl {
    /// Something is on or off.
    Set(Flag, bool),
    /// The size of the type.
    Font(Length),
    /// The height of a line.
    Line(Length),
    /// The colour of the text.
    Colour(Paint),
    /// What is painted over that colour.
    Fill(Paint),
    /// What is behind the text.
    Behind(Paint),
}

/// A declaration, and whether it is `!important`.
pub type Weighted = (Decl, bool);

/// Text without comments, strings and escapes, in lower case.
pub fn clean(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut chars = css.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'*') => {
                chars.next();
                let mut previous = ' ';
                for inside in chars.by_ref() {
                    if previous == '*' && inside == '/' {
                        break;
                    }
                    previous = inside;
                }
                out.push(' ');
            }
            '"' | '\'' => {
                while let Some(inside) = chars.next() {
                    if inside == c || inside == '\n' {
                        break;
                    }
                    if inside == '\\' {
                        chars.next();
                    }
                }
                out.push_str("\"\"");
            }
            '\\' => {
                let mut value: u32 = 0;
                let mut digits: u32 = 0;
                while let Some(digit) = chars
                    .peek()
                    .and_then(|c| c.to_digit(16))
                    .filter(|_| digits < 6)
                {
                    chars.next();
                    value = value.saturating_mul(16).saturating_add(digit);
                    digits = digits.saturating_add(1);
                }
                let meant = if digits == 0 {
                    chars.next()
                } else {
                    let _ = chars.next_if(char::is_ascii_whitespace);
                    char::from_u32(value)
                };
                // An escaped mark has no meaning of its own; a letter is that letter.
                let letter = meant.filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
                out.extend(letter.unwrap_or('_').to_lowercase());
            }
            _ => out.push(c.to_ascii_lowercase()),
        }
    }
    out
}

/// The declarations of a `style` attribute.
pub fn inline(style: &str) -> Vec<Weighted> {
    if style.len() > STYLE_BYTES_MAX {
        return vec![(Decl::Set(Flag::Gone, true), true)];
    }
    declarations(&clean(style))
}

/// The declarations in clean text.
pub fn declarations(clean: &str) -> Vec<Weighted> {
    let mut found = Vec::new();
    let mut depth: usize = 0;
    let semicolons = clean.split(|c: char| {
        match c {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ';' && depth == 0
    });
    for part in semicolons {
        if let Some((name, value)) = part.split_once(':') {
            let (value, is_important) = match value.split_once('!') {
                Some((value, mark)) => (value, mark.trim().starts_with("important")),
                None => (value, false),
            };
            one(name.trim(), value.trim(), &mut |decl| {
                found.push((decl, is_important));
            });
        }
    }
    found
}

fn one(name: &str, value: &str, found: &mut impl FnMut(Decl)) {
    let decl = match name {
        "color" => colour(value).map(Decl::Colour),
        "-webkit-text-fill-color" => colour(value).map(Decl::Fill),
        "background" | "background-color" | "background-image" => {
            first_colour(value).map(Decl::Behind)
        }
        "font-size" => font_size(value).map(Decl::Font),
        "line-height" => line_height(value).map(Decl::Line),
        "font" => return font(value, found),
        _ => return flags(name, value, &mut |flag, on| found(Decl::Set(flag, on))),
    };
    if let Some(decl) = decl {
        found(decl);
    }
}

fn flags(name: &str, value: &str, found: &mut impl FnMut(Flag, bool)) {
    let (kept, word) = (is_far(value), value);
    match name {
        "display" => {
            found(Flag::Gone, word == "none");
            let blocks = ["block", "flex", "grid", "table", "list-item", "flow-root"];
            found(Flag::Block, blocks.contains(&word) || word == "table-row");
        }
        "visibility" => {
            let hides = matches!(word, "hidden" | "collapse");
            found(Flag::Invisible, hides);
            found(Flag::Visible, !hides && word != "inherit");
        }
        "opacity" => found(
            Flag::SeeThrough,
            number(word).is_some_and(|(n, unit)| if unit == "%" { n < 10_000 } else { n < 100 }),
        ),
        "width" | "inline-size" => found(Flag::Narrow, is_nothing(word)),
        "height" | "block-size" => found(Flag::Flat, is_nothing(word)),
        "max-width" | "max-inline-size" => found(Flag::NarrowMost, is_nothing(word)),
        "max-height" | "max-block-size" => found(Flag::FlatMost, is_nothing(word)),
        "overflow" | "overflow-x" | "overflow-y" => {
            found(Flag::Clips, !word.starts_with("visible"));
        }
        "position" => found(Flag::Moved, word != "static"),
        "left" | "inset-inline-start" => found(Flag::FarLeft, kept),
        "top" | "inset-block-start" | "inset" => found(Flag::FarTop, kept),
        "right" | "inset-inline-end" => found(Flag::FarRight, kept),
        "bottom" | "inset-block-end" => found(Flag::FarBottom, kept),
        "margin" | "margin-left" | "margin-top" | "margin-right" | "margin-inline-start" => {
            found(Flag::FarMargin, kept);
        }
        "text-indent" => found(Flag::FarIndent, kept),
        "clip" => found(Flag::Clipped, is_empty_rect(word)),
        "clip-path" | "-webkit-clip-path" => found(Flag::Masked, is_empty_shape(word)),
        "transform" | "-webkit-transform" | "scale" | "translate" | "zoom" => {
            found(Flag::Transformed, leads_off(name, word));
        }
        "filter" | "-webkit-filter" => found(Flag::Filtered, word.contains("opacity(0")),
        "mso-hide" => found(Flag::MsoHide, word.starts_with("all")),
        "content-visibility" => found(Flag::Skipped, word == "hidden"),
        "unicode-bidi" => found(Flag::Reversed, word.ends_with("override")),
        _ => {}
    }
}

/// The number that a text begins with, in thousandths, and what follows it.
pub fn number(text: &str) -> Option<(i64, &str)> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    let (whole, rest) = digits.split_at_checked(end)?;
    let (part, unit) = match rest.strip_prefix('.') {
        Some(after) => {
            let end = after
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(after.len());
            after.split_at_checked(end)?
        }
        None => ("", rest),
    };
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let digit = |value: i64, c: char| {
        let next = c.to_digit(10).map_or(0, i64::from);
        value.saturating_mul(10).saturating_add(next)
    };
    let whole = whole.chars().fold(0, digit).min(i64::MAX / 10_000);
    let thousandths = part.chars().chain("000".chars()).take(3).fold(0, digit);
    // `1e-9px`: no author writes it, and whoever does wants a number that looks like another.
    let exponent = unit.strip_prefix('e').and_then(number);
    let value = match exponent {
        Some((power, _)) if power < 0 => 0,
        _ => whole.saturating_mul(1000).saturating_add(thousandths),
    };
    let unit = exponent.map_or(unit, |(_, after)| after);
    Some((value.saturating_mul(sign), unit.trim()))
}

/// The numbers in a value, each in thousandths with its unit; functions are looked into.
fn all_numbers(value: &str) -> impl Iterator<Item = (i64, &str)> {
    value
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '/' | '*'))
        .filter_map(number)
}

fn length(value: &str) -> Option<Length> {
    let (n, unit) = number(value).or_else(|| all_numbers(value).next())?;
    let unit = unit
        .split(|c: char| !c.is_ascii_alphabetic() && c != '%')
        .next();
    Some(match unit.unwrap_or_default() {
        "em" | "ex" | "ch" | "lh" => Length::Type(n),
        "%" => Length::Type(n / 100),
        "rem" | "vw" | "vh" | "vmin" | "vmax" | "pc" => Length::Pixels(n.saturating_mul(16)),
        "pt" => Length::Pixels(n.saturating_mul(4) / 3),
        "cm" => Length::Pixels(n.saturating_mul(38)),
        "mm" | "q" => Length::Pixels(n.saturating_mul(4)),
        "in" => Length::Pixels(n.saturating_mul(96)),
        _ => Length::Pixels(n),
    })
}

fn font_size(value: &str) -> Option<Length> {
    let pixels = |n: i64| Some(Length::Pixels(n.saturating_mul(1000)));
    match value {
        "xx-small" => pixels(9),
        "x-small" => pixels(10),
        "small" => pixels(13),
        "medium" | "initial" => pixels(16),
        "large" => pixels(18),
        "x-large" => pixels(24),
        "xx-large" => pixels(32),
        "smaller" => Some(Length::Type(833)),
        "larger" => Some(Length::Type(1200)),
        _ => length(value),
    }
}

/// A line height without a unit is a multiple of the type.
fn line_height(value: &str) -> Option<Length> {
    match number(value) {
        Some((n, "")) => Some(Length::Type(n)),
        _ if value == "normal" => Some(Length::Type(1200)),
        _ => length(value),
    }
}

/// `font: italic 12px/1.5 Arial`: the first length is the size.
fn font(value: &str, found: &mut impl FnMut(Decl)) {
    for word in value.split_whitespace() {
        let (size, line) = word.split_once('/').unwrap_or((word, "normal"));
        let is_weight = number(size).is_some_and(|(n, unit)| unit.is_empty() && n != 0);
        let is_size = number(size).is_some() && !is_weight;
        if is_size || matches!(size, "small" | "medium" | "large" | "x-small" | "xx-small") {
            let size = font_size(size).map(Decl::Font);
            let line = line_height(line).map(Decl::Line);
            for decl in size.into_iter().chain(line) {
                found(decl);
            }
            return;
        }
    }
}

/// Whether a length leaves no room, so that nothing in it can be read.
fn is_nothing(value: &str) -> bool {
    match length(value) {
        Some(Length::Pixels(n)) => n <= 2_000,
        Some(Length::Type(n)) => n <= 10,
        None => false,
    }
}

/// Whether a place is off the screen. In functions, a large number is enough.
fn is_far(value: &str) -> bool {
    let is_function = value.contains('(');
    all_numbers(value).any(|(n, unit)| {
        let pixels = match unit {
            "em" | "rem" | "vw" | "vh" | "pc" => n.saturating_mul(16),
            "in" | "cm" => n.saturating_mul(96),
            _ => n,
        };
        pixels <= -FAR || pixels >= FAR_BEYOND || (is_function && pixels.abs() >= FAR * 10)
    })
}

fn is_empty_rect(value: &str) -> bool {
    value.starts_with("rect") && all_numbers(value).all(|(n, _)| n.abs() <= 2_000)
}

fn is_empty_shape(value: &str) -> bool {
    if value.starts_with("circle(0") || value.starts_with("ellipse(0") {
        return true;
    }
    if value.starts_with("polygon") {
        return all_numbers(value).all(|(n, _)| n.abs() <= 2_000);
    }
    value.starts_with("inset") && all_numbers(value).any(|(n, unit)| n >= 50_000 && unit == "%")
}

fn leads_off(name: &str, value: &str) -> bool {
    let scales = |from: &str| {
        let inside = from.split_once('(').map_or(from, |(_, rest)| rest);
        number(inside.trim_start()).is_some_and(|(n, _)| n.abs() < 50)
    };
    if matches!(name, "scale" | "zoom") {
        return scales(value);
    }
    let mut functions = value.split(')').map(str::trim_start);
    functions.any(|f| {
        (f.starts_with("scale") && scales(f))
            || (f.starts_with("rotatex(90") || f.starts_with("rotatey(90"))
    }) || (value.contains("translate") || name == "translate")
        && all_numbers(value)
            .any(|(n, unit)| n <= -FAR || n >= FAR_BEYOND || (unit == "%" && n.abs() > FAR))
        || value.contains("matrix(0,")
        || value.contains("matrix(0 ")
}
