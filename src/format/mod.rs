//! Formats that other people's bytes come in, read and written by pure functions.
//!
//! The one thing to know: nothing here is trusted, and nothing here has a label. A function takes
//! bytes and says what a reader would see in them; who wrote them is known to the connector that
//! calls it. Every reader has limits, takes linear time and never panics.

pub mod authentication;
pub mod dav;
mod escape;
pub mod feed;
pub mod html;
pub mod ical;
mod line;
pub mod mime;
pub mod vcard;
