//! The grammar of `Authentication-Results` (RFC 8601 section 2.2).
//!
//! The one thing to know: it is read token by token, so that nothing in a comment or a quoted string
//! counts as a result; whatever does not fit makes the whole field unreadable.

/// A longer field is not read.
const VALUE_BYTES_MAX: usize = 32 * 1024;
/// More results are not read.
const RESULTS_MAX: usize = 100;
/// Deeper comments are not read.
const COMMENTS_MAX: usize = 16;

/// One result, such as `dkim=pass header.d=example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Result {
    /// `dkim`, in lower case.
    pub method: String,
    /// `pass`, in lower case.
    pub value: String,
    properties: Vec<(String, String)>,
}

impl Result {
    /// The value of a property.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.properties.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// Characters without blanks and marks.
    Word(String),
    /// What stood in quotes.
    Quoted(String),
    /// `=`
    Is,
    /// `;`
    End,
}

/// The server that wrote a field, and its results if they can be read; nothing if not even the
/// server can.
pub fn results(value: &str) -> Option<(String, Option<Vec<Result>>)> {
    if value.len() > VALUE_BYTES_MAX {
        return None;
    }
    let tokens = tokens(value)?;
    let mut statements = tokens.split(|token| *token == Token::End);
    let server = match statements.next()? {
        [Token::Word(server) | Token::Quoted(server)] => server.clone(),
        // The version of the format, of which there is one.
        [
            Token::Word(server) | Token::Quoted(server),
            Token::Word(version),
        ] if version == "1" => server.clone(),
        _ => return None,
    };
    if server.contains(['/', '@']) || server.trim().is_empty() {
        return None;
    }
    Some((server, all(statements)))
}

fn all<'a>(statements: impl Iterator<Item = &'a [Token]>) -> Option<Vec<Result>> {
    let mut found = Vec::new();
    let mut is_none = false;
    let mut statements = statements.peekable();
    while let Some(statement) = statements.next() {
        match statement {
            // Many servers end with a semicolon.
            [] if statements.peek().is_none() => {}
            [Token::Word(word)] if word.eq_ignore_ascii_case("none") => is_none = true,
            _ => found.push(one(statement)?),
        }
    }
    let is_clear = !is_none || found.is_empty();
    (is_clear && found.len() <= RESULTS_MAX).then_some(found)
}

fn one(statement: &[Token]) -> Option<Result> {
    let (method, rest) = pair(statement)?;
    let (method, value) = method;
    // `dkim/1` names the version of the method, of which there is one.
    let method = method.strip_suffix("/1").unwrap_or(&method).to_owned();
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    if !is_name(&method) || !is_name(&value) {
        return None;
    }
    let mut result = Result {
        method,
        value: value.to_ascii_lowercase(),
        properties: Vec::new(),
    };
    let mut rest = rest;
    while !rest.is_empty() {
        let ((name, value), after) = pair(rest)?;
        if result.get(&name).is_some() {
            return None;
        }
        result.properties.push((name, value));
        rest = after;
    }
    Some(result)
}

/// `name=value` at the beginning, and what follows it.
fn pair(tokens: &[Token]) -> Option<((String, String), &[Token])> {
    match tokens {
        [
            Token::Word(name),
            Token::Is,
            Token::Word(value) | Token::Quoted(value),
            rest @ ..,
        ] => Some(((name.to_ascii_lowercase(), value.clone()), rest)),
        _ => None,
    }
}

fn tokens(value: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => {}
            '(' => comment(&mut chars)?,
            '"' => {
                let quoted = quoted(&mut chars)?;
                // `"dmarc"=pass` and `a"b"` are not what anybody's server writes.
                let is_after_word = matches!(found.last(), Some(Token::Word(_) | Token::Quoted(_)));
                if is_after_word {
                    return None;
                }
                found.push(Token::Quoted(quoted));
            }
            '=' => found.push(Token::Is),
            ';' => found.push(Token::End),
            c if c.is_ascii_graphic() && !matches!(c, ')' | '<' | '>' | ',' | '\\') => {
                // In a value, `=` and `,` are letters like others; in a name they are not.
                let in_value = found.last() == Some(&Token::Is);
                let mut word = String::from(c);
                while let Some(next) = chars.next_if(|c| in_word(*c, in_value)) {
                    word.push(next);
                }
                found.push(Token::Word(word));
            }
            _ => return None,
        }
    }
    Some(found)
}

fn in_word(c: char, in_value: bool) -> bool {
    c.is_ascii_graphic()
        && !matches!(c, '(' | ')' | ';' | '"' | '\\')
        && (in_value || !matches!(c, '=' | ',' | '<' | '>'))
}

fn comment(chars: &mut impl Iterator<Item = char>) -> Option<()> {
    let mut depth: usize = 1;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next()?;
            }
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(());
        }
        if depth > COMMENTS_MAX {
            return None;
        }
    }
    None
}

fn quoted(chars: &mut impl Iterator<Item = char>) -> Option<String> {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some(text),
            '\\' => text.push(chars.next()?),
            c => text.push(c),
        }
    }
    None
}
