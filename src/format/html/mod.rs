//! HTML as the text that a reader would see, honest about what a reader would not see.
//!
//! The one thing to know: text that is in the page but not on the screen is kept and marked,
//! `[hidden: …]`; it never mixes with the rest. Whoever writes to an agent hides orders that way.
//!
//! A link reads `text <https://real.host/path>`: the real address stands beside what it calls
//! itself, and a name before an `@` is left out of it. The whole address is in [`Honest::links`].
//! Comments, scripts, styles, templates, `noscript`, titles and frames are dropped.
//!
//! Tokens are those of the HTML standard; the tree follows its rules as far as they decide which
//! style a text has: implied ends, scopes, formatting that is opened anew, foreign content.
//! Hidden is: `hidden`, `popover`, closed dialogs, `display`, `visibility`, `opacity`,
//! `content-visibility`, tiny type or lines, boxes of no size that clip, positions, margins,
//! indents and transforms that lead off the screen, clips, `mso-hide`, reversed writing, and a
//! colour that is nearly that of its background. `<style>` is read with its cascade; selectors of
//! tags, classes, ids and attributes with ancestors are exact, and the parts of others that are not
//! understood match everything, so that a doubt hides. Media queries for narrow windows and print are left out.
//!
//! Not understood, so that text may be shown as visible that is not: styles of other files,
//! `var()`, newer colour functions, `z-index` and what covers what, pictures behind text, and
//! `content` of pseudo-elements, which is not shown at all. A relative link stays relative.

mod closing;
mod colour;
mod css;
mod kinds;
mod lines;
mod links;
mod look;
mod page;
mod sheet;
mod stack;
#[cfg(test)]
mod tests;
mod tokens;
mod tree;

use tree::Tree;

/// How much is read and written. What is beyond it is left out, and [`Honest::is_cut`] says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of HTML that are read.
    pub html_bytes_max: usize,
    /// Bytes of text that are written.
    pub text_bytes_max: usize,
    /// Elements within elements.
    pub depth_max: usize,
    /// Links that are listed.
    pub links_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            html_bytes_max: 2 * 1024 * 1024,
            text_bytes_max: 256 * 1024,
            depth_max: 400,
            links_max: 500,
        }
    }
}

/// What a page says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Honest {
    /// What a reader would see, with marks where there is more.
    pub text: String,
    /// Whether some text is in the page and not on the screen.
    pub has_hidden: bool,
    /// The links in the order of the text.
    pub links: Vec<Link>,
    /// Whether a limit left something out.
    pub is_cut: bool,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What the link calls itself.
    pub text: String,
    /// Its whole address, as a browser would read it.
    pub url: String,
    /// Whether a reader would not see it.
    pub is_hidden: bool,
}

/// The text of a page, with what is hidden in it marked.
pub fn honest(html: &str, limits: &Limits) -> Honest {
    let (read, is_cut) = cut(html, limits.html_bytes_max);
    // A style or a second <body> may follow the text that it hides, so the page is read twice.
    let page = Tree::first(limits).read(read).into_page();
    let mut honest = Tree::second(page, limits).read(read).into_honest();
    honest.is_cut = honest.is_cut || is_cut;
    honest
}

/// The beginning of a text, cut between characters, and whether something was cut off.
pub(super) fn cut(text: &str, bytes_max: usize) -> (&str, bool) {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    (text.get(..end).unwrap_or_default(), end < text.len())
}
