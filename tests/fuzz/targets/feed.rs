//! Feeds: whatever they are, their entries are read, and no more than was asked for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sclerite_fuzz::format::feed::read;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let Some(feed) = read(&text, 20) else { return };
    assert!(feed.entries.len() <= 20);
    assert!(feed.title.len() <= 8_192);
    for entry in &feed.entries {
        for field in [&entry.title, &entry.link, &entry.date, &entry.summary] {
            assert!(field.len() <= 8_192);
            assert_eq!(field.trim(), field);
        }
    }
    // Fewer are the first of them.
    let fewer = read(&text, 1).expect("it is a feed");
    assert_eq!(fewer.entries.first(), feed.entries.first());
});
