//! The text as it grows: lines, blanks, quotes, and marks around what is hidden.
//!
//! The one thing to know: hidden text is gathered apart and written in one mark when something
//! visible follows. Square brackets in it become round ones, so that nothing in it ends the mark.

use crate::inert::is_hidden;

/// Deeper quotes look like this many.
const QUOTES_MAX: usize = 8;

/// The text so far.
#[derive(Debug, Default)]
pub struct Lines {
    text: String,
    hidden: String,
    bytes_max: usize,
    /// Line breaks that are due before the next word.
    breaks: usize,
    has_space: bool,
    has_cell: bool,
    at_line_start: bool,
    quotes: usize,
    /// How many quotes the last line is in.
    quotes_before: usize,
    /// What the next line begins with: the mark of an item in a list.
    bullet: String,
    /// Whether any text was hidden.
    pub has_hidden: bool,
    /// Whether it is full.
    pub is_full: bool,
}

impl Lines {
    /// Text that has room for so many bytes.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            at_line_start: true,
            ..Self::default()
        }
    }

    /// How long it is, for [`Lines::since`].
    pub fn mark(&mut self, is_hidden: bool) -> usize {
        if !is_hidden {
            self.flush();
        }
        if is_hidden {
            self.hidden.len()
        } else {
            self.text.len()
        }
    }

    /// What was written since a mark.
    pub fn since(&self, mark: usize, is_hidden: bool) -> &str {
        let from = if is_hidden { &self.hidden } else { &self.text };
        from.get(mark..).unwrap_or_default().trim()
    }

    /// Adds text in which blanks and line breaks are all the same.
    pub fn flow(&mut self, text: &str, is_hidden_here: bool) {
        for piece in text.split_inclusive([' ', '\t', '\n', '\r', '\u{c}']) {
            let word = piece.trim_end_matches([' ', '\t', '\n', '\r', '\u{c}']);
            if !word.is_empty() {
                self.word(word, is_hidden_here);
            }
            if word.len() < piece.len() {
                self.space(is_hidden_here);
            }
        }
    }

    /// Adds text in which blanks and line breaks count.
    pub fn verbatim(&mut self, text: &str, is_hidden_here: bool) {
        for (place, line) in text.split('\n').enumerate() {
            if place > 0 {
                self.new_line(is_hidden_here);
            }
            let line = line.trim_end_matches('\r').replace('\t', "    ");
            if is_hidden_here {
                self.flow(&line, true);
            } else if !line.is_empty() {
                self.word(&line, false);
            }
        }
    }

    fn space(&mut self, is_hidden_here: bool) {
        if is_hidden_here {
            if !self.hidden.is_empty() && !self.hidden.ends_with(' ') {
                self.hidden.push(' ');
            }
        } else {
            // A blank after hidden text belongs after its mark.
            self.flush();
            self.has_space = true;
        }
    }

    /// Adds text without line breaks as it is.
    pub fn word(&mut self, word: &str, is_hidden_here: bool) {
        if self.text.len().saturating_add(self.hidden.len()) > self.bytes_max {
            self.is_full = true;
            return;
        }
        let seen = word.chars().filter(|c| !is_hidden(*c) && !c.is_control());
        if is_hidden_here {
            self.hidden.extend(seen.map(|c| match c {
                '[' => '(',
                ']' => ')',
                other => other,
            }));
            return;
        }
        let seen: String = seen.collect();
        if !seen.is_empty() {
            self.flush();
            self.put(&seen);
        }
    }

    /// Writes what is hidden so far in its mark.
    fn flush(&mut self) {
        if self.hidden.is_empty() {
            return;
        }
        let hidden = std::mem::take(&mut self.hidden);
        // Mails fill their preview with blanks that nobody hides anything in.
        let is_blank = |c: char| c.is_whitespace() || matches!(c, '\u{2800}' | '\u{b7}');
        if !hidden.chars().all(is_blank) {
            self.has_hidden = true;
            self.put(&format!("[hidden: {}]", hidden.trim()));
        }
        if hidden.ends_with(' ') {
            self.has_space = true;
        }
    }

    fn put(&mut self, word: &str) {
        let here = self.quotes.min(QUOTES_MAX);
        if self.breaks > 0 && !self.text.is_empty() {
            for left in (0..self.breaks.min(2)).rev() {
                self.text.truncate(self.text.trim_end_matches(' ').len());
                // An empty line is as deep as the shallower of the lines around it.
                let depth = if left == 0 {
                    here
                } else {
                    here.min(self.quotes_before)
                };
                self.text.push('\n');
                self.text.push_str(&"> ".repeat(depth));
            }
        } else if self.at_line_start {
            self.text.push_str(&"> ".repeat(here));
        } else if self.has_cell {
            self.text.push_str(" | ");
        } else if self.has_space && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
        let bullet = std::mem::take(&mut self.bullet);
        self.text.push_str(&bullet);
        (
            self.breaks,
            self.has_space,
            self.has_cell,
            self.at_line_start,
        ) = (0, false, false, false);
        self.quotes_before = here;
        self.text.push_str(word);
    }

    /// Ends the line, if something is on it.
    pub fn end_line(&mut self, is_hidden_here: bool) {
        self.at_least(1, is_hidden_here);
    }

    /// Ends the paragraph, if there is one.
    pub fn end_paragraph(&mut self, is_hidden_here: bool) {
        self.at_least(2, is_hidden_here);
    }

    fn at_least(&mut self, breaks: usize, is_hidden_here: bool) {
        if is_hidden_here {
            self.space(true);
        } else {
            self.flush();
            self.breaks = self.breaks.max(breaks);
            self.has_cell = false;
        }
    }

    /// Ends the line, even an empty one.
    pub fn new_line(&mut self, is_hidden_here: bool) {
        if is_hidden_here {
            self.space(true);
        } else {
            self.flush();
            self.breaks = self.breaks.saturating_add(1);
            self.has_cell = false;
        }
    }

    /// Begins another cell of the same row.
    pub fn cell(&mut self, is_hidden_here: bool) {
        if is_hidden_here {
            self.space(true);
        } else {
            self.flush();
            self.has_cell = self.breaks == 0 && !self.at_line_start;
        }
    }

    /// What the next line begins with.
    pub fn bullet(&mut self, bullet: String, is_hidden_here: bool) {
        if !is_hidden_here {
            self.flush();
            self.bullet = bullet;
        }
    }

    /// How many quotes the next lines are in.
    pub fn quote(&mut self, quotes: usize) {
        self.flush();
        self.quotes = quotes;
    }

    /// Adds a note to the text since a mark, on the same line.
    pub fn attach(&mut self, note: &str, mark: usize, is_hidden_here: bool) {
        let has_text = !self.since(mark, is_hidden_here).is_empty();
        if has_text && is_hidden_here {
            self.space(true);
            self.word(note, true);
        } else if has_text {
            self.flush();
            self.text.push(' ');
            self.text.push_str(note);
        } else {
            self.word(note, is_hidden_here);
        }
    }

    /// The whole text.
    pub fn finish(mut self) -> (String, bool, bool) {
        self.flush();
        self.text.truncate(self.text.trim_end().len());
        (self.text, self.has_hidden, self.is_full)
    }
}
