//! Pages: whatever they are, they are read, within the limits, and hidden text cannot end its mark.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sclerite_fuzz::format::html::{Limits, honest};
use sclerite_fuzz::inert::is_hidden;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        html_bytes_max: 20_000,
        text_bytes_max: 8_000,
        ..Limits::default()
    };
    let html = String::from_utf8_lossy(bytes);
    let page = honest(&html, &limits);
    assert!(!page.text.chars().any(is_hidden));
    assert!(page.text.len() <= limits.text_bytes_max + 40_000);
    // The same page within a hidden element: nothing of it is outside of a mark, unless its own
    // tags end the element, as they do in a browser.
    let has_tags = html.contains('<');
    if !has_tags {
        let hidden = honest(&format!("<p hidden>{html}"), &limits);
        let text = hidden.text;
        assert!(
            text.is_empty()
                || (text.starts_with("[hidden: ") && text.find(']') == Some(text.len() - 1)),
            "{text:?}"
        );
    }
});
