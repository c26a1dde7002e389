//! Formats that services speak, read and written as data.
//!
//! The one thing to know: everything that is read here was written by strangers. Reading is bounded
//! and never guesses: what cannot be understood is an error with a name, or said beside the result.

pub mod dav;
mod escape;
pub mod ical;
mod line;
pub mod vcard;
