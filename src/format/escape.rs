//! Texts inside content lines: folding and escaping.
//!
//! The one thing to know: what [`escape`] and [`parameter_value`] return holds no control character
//! but the tab, so no text ends its line.

/// The longest line on the wire, in bytes, without its end.
const FOLD_AT: usize = 75;

/// Whether a character ends a line for some reader, or is no text.
pub(super) fn ends_line(c: char) -> bool {
    c.is_control() && c != '\t' || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A line as it was read, without its folds and its end.
pub(super) fn unfolded(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    for (n, piece) in raw.split('\n').enumerate() {
        let piece = piece.strip_suffix('\r').unwrap_or(piece);
        let fold = piece.strip_prefix([' ', '\t']).filter(|_| n > 0);
        text.push_str(fold.unwrap_or(piece));
    }
    text
}

/// A line as it goes on the wire: at most 75 bytes, then a break and a blank.
pub(super) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(8));
    let mut used = 0_usize;
    for c in text.chars() {
        if used.saturating_add(c.len_utf8()) > FOLD_AT {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(c);
        used = used.saturating_add(c.len_utf8());
    }
    out.push_str("\r\n");
    out
}

/// A text as a value: no line break, no other control character, its marks escaped.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\r' => {
                rest.next_if_eq(&'\n');
                out.push_str("\\n");
            }
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push_str("\\n"),
            '\t' => out.push(c),
            _ if c.is_control() => {}
            _ => out.push(c),
        }
    }
    out
}

/// The text of an escaped value.
pub(super) fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        match (c, c == '\\') {
            (_, false) => out.push(c),
            (_, true) => match rest.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(mark @ ('\\' | ';' | ',' | ':' | '"')) => out.push(mark),
                other => out.extend(['\\'].into_iter().chain(other)),
            },
        }
    }
    out
}

/// The parts of a value between marks that are not escaped, as texts.
pub(super) fn fields(value: &str, mark: char) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut escaped = false;
    for c in value.chars() {
        if c == mark && !escaped {
            fields.push(String::new());
        } else if let Some(field) = fields.last_mut() {
            field.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    fields.iter().map(|field| unescaped(field)).collect()
}

/// A text as the value of a parameter (RFC 6868).
pub(super) fn parameter_value(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '^' => out.push_str("^^"),
            '"' => out.push_str("^'"),
            '\r' => {
                rest.next_if_eq(&'\n');
                out.push_str("^n");
            }
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push_str("^n"),
            _ if c.is_control() && c != '\t' => {}
            _ => out.push(c),
        }
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@+".contains(c);
    if out.is_empty() || !out.chars().all(plain) {
        out = format!("\"{out}\"");
    }
    out
}

/// The text of a parameter's value.
pub(super) fn uncircumflexed(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        match (c, c == '^') {
            (_, false) => out.push(c),
            (_, true) => match rest.next() {
                Some('n') => out.push('\n'),
                Some('\'') => out.push('"'),
                Some('^') => out.push('^'),
                other => out.extend(['^'].into_iter().chain(other)),
            },
        }
    }
    out
}
