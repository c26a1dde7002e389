//! What calendars in the wild look like, and what becomes of them.

mod changes;
mod properties;
mod series;
mod times;

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn paris() -> Zone {
    Zone::named("Europe/Paris").unwrap()
}

/// A calendar with some lines as one event.
fn calendar(lines: &str) -> String {
    let lines = lines.trim().replace('\n', "\r\n");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn event(lines: &str) -> Event {
    read(calendar(lines)).unwrap().remove(0)
}

/// When the occurrences of some days begin, in universal time.
fn starts(events: &[Event], from: &str, to: &str) -> Vec<String> {
    let expanded = expand(events, at(from), at(to), &paris());
    assert!(!expanded.incomplete);
    let found = expanded.events.iter();
    found.map(|one| one.from.to_rfc3339()).collect()
}
