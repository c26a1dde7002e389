//! The modules under test, as they are in the Worker.
//!
//! The one thing to know: a module that `format` comes to name is added here by its path.

#![allow(dead_code, missing_docs)]

#[path = "../../src/format/mod.rs"]
pub mod format;
#[path = "../../src/inert.rs"]
pub mod inert;
