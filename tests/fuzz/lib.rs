//! The modules under test, as they are in the Worker.
//!
//! The one thing to know: a module that `format` comes to name is added here by its name.

#![allow(dead_code, missing_docs)]

#[path = "../../src"]
mod worker {
    pub mod format;
    pub mod inert;
    pub mod time;
}

pub use worker::{format, inert, time};

/// The text of content lines with an end for each component that has none: what is cut off a long
/// calendar would otherwise never be more than an error.
pub fn closed(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    let mut open = Vec::new();
    for line in text.lines() {
        let (head, name) = line.split_once(':').unwrap_or_default();
        if head.eq_ignore_ascii_case("BEGIN") {
            open.push(name.trim().to_owned());
        } else if head.eq_ignore_ascii_case("END") {
            open.pop();
        }
    }
    // More are refused anyway.
    for name in open.iter().rev().take(20) {
        text.push_str(&format!("\r\nEND:{name}"));
    }
    text
}
