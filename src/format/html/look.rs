//! What text in an element looks like, as far as it decides whether it can be read.
//!
//! The one thing to know: some ways of hiding hold for all that is inside (`hides`), others can be
//! undone by a child (`visibility`, colours, sizes). A doubt about the tree counts as the first.

use super::colour::{Paint, is_lost};
use super::css::{Decl, Flag, Length, Weighted};
use super::sheet::Declared;

/// Type of this size and less cannot be read, in thousandths of a pixel.
const TYPE_MAX_UNREAD: i64 = 2_000;
/// Lines of this height and less lie on top of one another.
const LINE_MAX_UNREAD: i64 = 2_000;
/// Flags that hide whatever is inside, whatever that says.
const HIDES: [Flag; 11] = [
    Flag::Gone,
    Flag::SeeThrough,
    Flag::FarMargin,
    Flag::FarIndent,
    Flag::Clipped,
    Flag::Masked,
    Flag::Transformed,
    Flag::Filtered,
    Flag::MsoHide,
    Flag::Skipped,
    Flag::Reversed,
];

/// What the declarations of one element come to.
#[derive(Debug, Clone, Copy, Default)]
struct Own {
    on: u32,
    font: Option<Length>,
    line: Option<Length>,
    colour: Option<Paint>,
    fill: Option<Paint>,
    behind: Option<Paint>,
}

impl Own {
    fn take(&mut self, decl: Decl) {
        match decl {
            Decl::Set(flag, true) => self.on |= flag.bit(),
            Decl::Set(flag, false) => self.on &= !flag.bit(),
            Decl::Font(size) => self.font = Some(size),
            Decl::Line(size) => self.line = Some(size),
            Decl::Colour(paint) => self.colour = Some(paint),
            Decl::Fill(paint) => self.fill = Some(paint),
            Decl::Behind(paint) => self.behind = Some(paint),
        }
    }

    fn has(self, flag: Flag) -> bool {
        self.on & flag.bit() != 0
    }

    fn hides(self) -> bool {
        let has_any = |flags: &[Flag]| flags.iter().any(|flag| self.has(*flag));
        let no_size = [Flag::Narrow, Flag::Flat, Flag::NarrowMost, Flag::FlatMost];
        let far = [Flag::FarLeft, Flag::FarTop, Flag::FarRight, Flag::FarBottom];
        has_any(&HIDES)
            || (self.has(Flag::Clips) && has_any(&no_size))
            || (self.has(Flag::Moved) && has_any(&far))
    }
}

/// What text looks like here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// All that is inside is hidden.
    pub hides: bool,
    /// All that is inside is no text: scripts, styles, templates.
    pub is_dropped: bool,
    /// Blanks and line breaks in it count.
    pub is_verbatim: bool,
    /// It begins and ends a line.
    pub is_block: bool,
    is_invisible: bool,
    font: i64,
    line: Length,
    colour: Paint,
    /// The colour that other mail programs take here, where they differ.
    other: Option<Paint>,
    fill: Option<Paint>,
    behind: (u8, u8, u8),
}

impl Look {
    /// Black type of 16 pixels on white.
    pub fn plain() -> Self {
        Self {
            hides: false,
            is_dropped: false,
            is_verbatim: false,
            is_block: false,
            is_invisible: false,
            font: 16_000,
            line: Length::Type(1200),
            colour: Paint::Solid(0, 0, 0),
            other: None,
            fill: None,
            behind: (255, 255, 255),
        }
    }

    /// The look of an element in one of this look; what may hide it hides it.
    pub fn inside(self, declared: &Declared) -> Self {
        let mut look = self.with(&declared.exact);
        let is_doubtful = declared.perhaps.len() > declared.exact.len();
        look.hides = look.hides || (is_doubtful && self.with(&declared.perhaps).is_hidden());
        look
    }

    fn with(self, declared: &[Weighted]) -> Self {
        let mut own = Own::default();
        let important = declared.iter().filter(|(_, is_important)| *is_important);
        let normal = declared.iter().filter(|(_, is_important)| !*is_important);
        for (decl, _) in normal.chain(important) {
            own.take(*decl);
        }
        let font = match own.font {
            Some(Length::Pixels(n)) => n,
            Some(Length::Type(n)) => self.font.saturating_mul(n) / 1000,
            None => self.font,
        };
        Self {
            hides: self.hides || own.hides(),
            is_dropped: self.is_dropped,
            is_verbatim: self.is_verbatim,
            is_block: own.has(Flag::Block),
            is_invisible: own.has(Flag::Invisible)
                || (self.is_invisible && !own.has(Flag::Visible)),
            font,
            line: match own.line {
                // What is relative to the type is computed here and inherited, except plain
                // multiples; the difference does not make a tiny line large.
                Some(line) => line,
                None => self.line,
            },
            colour: own.colour.unwrap_or(self.colour),
            other: if own.colour.is_some() {
                None
            } else {
                self.other
            },
            fill: own.fill.or(self.fill),
            behind: match own.behind {
                Some(Paint::Solid(r, g, b)) => (r, g, b),
                Some(Paint::Clear) | None => self.behind,
            },
        }
    }

    /// The look of a table, which in pages without a doctype takes the colour of the body, unless
    /// it has its own. Whether a mail program shows such a page so depends on what is around it.
    pub fn as_table(mut self, parent: Self, body: Self) -> Self {
        if self.colour == parent.colour {
            self.other = Some(body.colour);
        }
        self
    }

    /// Whether a reader would not see text here.
    pub fn is_hidden(&self) -> bool {
        let line = match self.line {
            Length::Pixels(n) => n,
            Length::Type(n) => self.font.saturating_mul(n) / 1000,
        };
        self.hides
            || self.is_invisible
            || self.font <= TYPE_MAX_UNREAD
            || line <= LINE_MAX_UNREAD
            || is_lost(self.fill.unwrap_or(self.colour), self.behind)
            || self
                .other
                .is_some_and(|other| is_lost(self.fill.unwrap_or(other), self.behind))
    }
}
