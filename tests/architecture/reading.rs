//! Reads Rust text just well enough: code without comments and texts, its words, its functions.
//!
//! It knows strings, raw strings, characters, lifetimes and comments, and counts brackets. It does
//! not know macros: what a macro expands to is not seen.

use std::collections::BTreeSet;
use std::path::Path;

/// One file.
pub struct Source {
    /// Its path below the folder that was read, with `/`.
    pub path: String,
    /// What stands in it.
    pub text: String,
    /// The same with comments and the insides of texts blanked; lines stay where they are.
    pub code: String,
}

/// A word of the code, and what stands around it.
pub struct Word<'a> {
    /// The word.
    pub text: &'a str,
    /// The line, counted from 0.
    pub line: usize,
    before: &'a str,
    after: &'a str,
}

impl Word<'_> {
    /// Whether the next thing after the word is `mark`.
    pub fn is_followed_by(&self, mark: &str) -> bool {
        self.after.trim_start().starts_with(mark)
    }

    /// Whether the last thing before the word is `mark`.
    pub fn is_preceded_by(&self, mark: &str) -> bool {
        self.before.trim_end().ends_with(mark)
    }
}

/// A function with a body.
pub struct Function {
    /// Its name.
    pub name: String,
    /// The lines between its brackets.
    pub body_lines: usize,
    lines: usize,
    first: usize,
}

impl Function {
    /// Whether a line, counted from 0, is part of it.
    pub fn holds_line(&self, line: usize) -> bool {
        (self.first..self.first + self.lines).contains(&line)
    }
}

/// Every Rust file below a folder.
pub fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(folder).to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
                found.push(Source::new(name, &std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

impl Source {
    /// A file with its text.
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.replace('\\', "/"),
            text: text.to_owned(),
            code: blanked(text),
        }
    }

    /// The module of the crate that it belongs to.
    pub fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs")
    }

    /// What its code names of the crate's root, modules and items, by `crate::` or by `super::` up to the root.
    pub fn modules_named(&self) -> BTreeSet<String> {
        let depth = self
            .path
            .split('/')
            .filter(|part| *part != "mod.rs")
            .count();
        let mut found = BTreeSet::new();
        let read = words(&self.code);
        let mut at = 0;
        while let Some(word) = read.get(at) {
            at += 1;
            let root = match word.text {
                "crate" => word.is_followed_by("::"),
                "super" => {
                    let mut ups = 1;
                    while read.get(at).is_some_and(|next| next.text == "super") {
                        ups += 1;
                        at += 1;
                    }
                    ups == depth
                }
                _ => false,
            };
            let Some(next) = read.get(at).filter(|_| root) else {
                continue;
            };
            if next.is_preceded_by("{") && read[at - 1].is_followed_by("::") {
                found.extend(group(&read[at - 1]));
            } else if next.is_preceded_by("::") {
                found.insert(next.text.to_owned());
            }
        }
        found
    }

    /// The attributes just before a line.
    pub fn attributes_before(&self, line: usize) -> String {
        let before: Vec<&str> = self.code.lines().take(line).collect();
        let head = before
            .iter()
            .rev()
            .take_while(|line| !line.contains([';', '}', '{']));
        head.copied().collect()
    }
}

/// The first words inside `::{a::…, b}`.
fn group(root: &Word<'_>) -> Vec<String> {
    let Some((_, inner)) = root.after.split_once('{') else {
        return Vec::new();
    };
    let mut depth = 0;
    let mut first = true;
    let mut found = Vec::new();
    for word in inner.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
        let (name, mark) =
            word.split_at(word.len() - word.chars().last().map_or(0, char::len_utf8));
        if first && depth == 0 && !name.is_empty() {
            found.push(name.to_owned());
            first = false;
        }
        match mark {
            "{" => depth += 1,
            "}" if depth == 0 => break,
            "}" => depth -= 1,
            "," if depth == 0 => first = true,
            _ => {}
        }
    }
    found
}

/// The words of code, in order.
pub fn words(code: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let (mut line, mut start) = (0, None);
    for (at, c) in code.char_indices().chain([(code.len(), ' ')]) {
        match (is_part(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push(Word {
                    text: &code[from..at],
                    line,
                    before: &code[..from],
                    after: &code[at..],
                });
                start = None;
            }
            _ => {}
        }
        line += usize::from(c == '\n');
    }
    found
}

/// The functions of code that have a body.
pub fn functions(code: &str) -> Vec<Function> {
    let read = words(code);
    let mut found = Vec::new();
    // A function pointer's type has its bracket right behind `fn`.
    let named = |pair: &&[Word<'_>]| pair[0].text == "fn" && pair[0].after.starts_with(' ');
    for pair in read.windows(2).filter(named) {
        let mut depth = 0_i32;
        let mut lines = 1_usize;
        let mut head = 1;
        for c in pair[0].after.chars() {
            match c {
                '\n' => lines += 1,
                '{' if depth == 0 => {
                    depth += 1;
                    head = lines;
                }
                '(' | '[' | '{' => depth += 1,
                ')' | ']' => depth -= 1,
                '}' => {
                    depth -= 1;
                    if depth == 0 {
                        found.push(Function {
                            name: pair[1].text.to_owned(),
                            body_lines: (lines - head).saturating_sub(1),
                            lines,
                            first: pair[0].line,
                        });
                        break;
                    }
                }
                // A declaration.
                ';' if depth == 0 => break,
                _ => {}
            }
            if depth < 0 {
                break;
            }
        }
    }
    found
}

/// The text with comments and the insides of strings and characters turned into spaces.
fn blanked(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (length, kept) = piece(rest, code.chars().last());
        if kept {
            code.push_str(&rest[..length]);
        } else {
            code.extend(
                rest[..length]
                    .chars()
                    .map(|c| if c == '\n' { '\n' } else { ' ' }),
            );
            // A text stays one thing between two words.
            if c == '"' {
                code.pop();
                code.push('"');
            }
        }
        rest = &rest[length..];
    }
    code
}

/// How long the next piece is, and whether it is code.
fn piece(rest: &str, before: Option<char>) -> (usize, bool) {
    let up_to = |found: Option<usize>| found.unwrap_or(rest.len());
    let first = rest.chars().next().map_or(0, char::len_utf8);
    if rest.starts_with("//") {
        return (up_to(rest.find('\n')), false);
    }
    if rest.starts_with("/*") {
        return (up_to(rest.find("*/").map(|at| at + 2)), false);
    }
    let begins_word = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let raw = rest.strip_prefix('r').filter(|_| begins_word);
    if let Some((hashes, tail)) = raw.and_then(|raw| raw.split_once('"'))
        && hashes.bytes().all(|b| b == b'#')
    {
        let begin = "r\"".len() + hashes.len();
        let end = format!("\"{hashes}");
        return (
            up_to(tail.find(&end).map(|at| begin + at + end.len())),
            false,
        );
    }
    if let Some(tail) = rest.strip_prefix('"') {
        return (1 + closing(tail, '"'), false);
    }
    if let Some(tail) = rest.strip_prefix('\'') {
        let escaped = tail.starts_with('\\');
        let closes = tail.chars().nth(1) == Some('\'');
        // Anything else that begins with an apostrophe is a lifetime.
        return if escaped || closes {
            (1 + closing(tail, '\''), false)
        } else {
            (first, true)
        };
    }
    (first, true)
}

/// The length up to and with the closing mark, over escapes.
fn closing(text: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == mark => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[test]
fn comments_and_texts_are_not_code() {
    let text = "a /* b\n c */ \"d \\\" e\" r#\"f \" g\"# 'h' '\\'' &'i x // j\nk";
    let code = blanked(text);
    let read: Vec<&str> = words(&code).iter().map(|word| word.text).collect();
    assert_eq!(read, ["a", "i", "x", "k"]);
    assert_eq!(code.lines().count(), 3);
}

#[test]
fn functions_are_found_with_their_lines() {
    let code = "fn a<C, D>(x: [u8; 2]) -> B {\n if c { d }\n}\nfn declared(e: fn(u8));\n";
    let found = functions(code);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].name.as_str(), found[0].body_lines), ("a", 1));
    assert!(found[0].holds_line(2) && !found[0].holds_line(3));
}

#[test]
fn grouped_paths_name_each_of_their_modules() {
    let source = Source::new(
        "x/y.rs",
        "use crate::{a::{b, c}, d, e::F};\nuse super::super::g::H;",
    );
    let named: Vec<String> = source.modules_named().into_iter().collect();
    assert_eq!(named, ["a", "d", "e", "g"]);
}
