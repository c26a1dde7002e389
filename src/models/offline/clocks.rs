//! Reads a clock time from words: "at 9", "half past nine", `21h30`, "3 pm", "midi et demi".
//!
//! A small hour that can be before or after noon is marked as vague; nothing is guessed here.

use super::pattern::Subject;
use super::times::entry;
use super::when::{Clock, When};

/// A clock time with the word before it. Behind a day a lone number is one too.
pub fn clock(subject: &Subject<'_, '_>, at: usize, behind: bool) -> Option<(When, usize)> {
    let lead = subject.phrase(subject.grammar.times.clock_leads, at);
    let (clock, end) = clock_at(subject, lead.unwrap_or(at), lead.is_some() || behind)?;
    Some((
        When {
            clock: Some(clock),
            ..When::default()
        },
        end,
    ))
}

/// A clock time. A lone number is one only if `led` says that a word like "at" came before.
pub fn clock_at(subject: &Subject<'_, '_>, at: usize, led: bool) -> Option<(Clock, usize)> {
    let times = &subject.grammar.times;
    for (phrase, hour, minute) in times.clocks {
        if let Some(end) = subject.words_at(phrase, at) {
            return Some((
                Clock {
                    hour: *hour,
                    minute: *minute,
                    vague: false,
                },
                end,
            ));
        }
    }
    let before = entry(subject, times.minutes_before, at);
    let start = before.map_or(at, |(_, end)| end);
    let word = subject.word(start)?;
    let (mut clock, mut sure) = clock_word(word).or_else(|| named_hour(subject, word))?;
    let mut end = start.saturating_add(1);
    if let Some(next) = subject.phrase(times.hour_words, end) {
        end = next;
        let minute = subject.word(end).filter(|word| word.len() == 2);
        if let Some(minute) = minute
            .and_then(|word| word.parse().ok())
            .filter(|m| *m < 60)
        {
            (clock.minute, end) = (minute, end.saturating_add(1));
        }
    }
    let half = subject.word(end).and_then(half_of_day);
    if let Some(after_noon) = half {
        (clock, sure, end) = (in_half(clock, after_noon)?, true, end.saturating_add(1));
    }
    if !sure && !led && before.is_none() {
        return None;
    }
    let behind = entry(subject, times.minutes_after, end);
    end = behind.map_or(end, |(_, end)| end);
    let moved = before.or(behind).map_or(0, |(minutes, _)| minutes);
    Some((
        plus_minutes(
            Clock {
                vague: clock.vague && times.twelve_hours,
                ..clock
            },
            moved,
        )?,
        end,
    ))
}

/// An hour in letters.
fn named_hour(subject: &Subject<'_, '_>, word: &str) -> Option<(Clock, bool)> {
    // "a" and "un" are articles before they are hours.
    let mut names = subject
        .grammar
        .times
        .numbers
        .iter()
        .filter(|(name, _)| name.len() > 2);
    let (_, hour) = names.find(|(name, _)| *name == word)?;
    let hour = i8::try_from(*hour).ok().filter(|hour| *hour < 24)?;
    Some((
        Clock {
            hour,
            minute: 0,
            vague: hour < 7,
        },
        false,
    ))
}

/// `9`, `9:30`, `9h`, `9h30`, `9am`, `9:30pm`; and whether it can be nothing but a clock time.
pub fn clock_word(word: &str) -> Option<(Clock, bool)> {
    for (end, after_noon) in [("am", false), ("pm", true)] {
        if let Some((clock, _)) = word.strip_suffix(end).and_then(clock_word) {
            return Some((in_half(clock, after_noon)?, true));
        }
    }
    let parts = word.split_once([':', 'h', '.']);
    let (hour, minute) = parts.unwrap_or((word, ""));
    let digits = |text: &str| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let short = minute.len() == 1 || (minute.is_empty() && parts.is_some() && !word.ends_with('h'));
    if hour.is_empty() || !digits(hour) || !digits(minute) || short {
        return None;
    }
    let minute = if minute.is_empty() {
        0
    } else {
        minute.parse().ok()?
    };
    let vague = !hour.starts_with('0') && matches!(hour.parse(), Ok(1..=6_i8));
    let hour: i8 = hour.parse().ok()?;
    let hour = if hour == 24 && minute == 0 { 0 } else { hour };
    let fits = hour < 24 && minute < 60;
    let vague = vague && !word.contains('h');
    // "2h" may as well be a span, "9.30" a price.
    let sure = parts.is_some() && !word.contains('.') && !word.ends_with('h');
    fits.then_some((
        Clock {
            hour,
            minute,
            vague,
        },
        sure,
    ))
}

/// Whether a word says after noon; `None` if it says neither.
pub fn half_of_day(word: &str) -> Option<bool> {
    match word {
        "am" | "a.m" => Some(false),
        "pm" | "p.m" => Some(true),
        _ => None,
    }
}

fn in_half(clock: Clock, after_noon: bool) -> Option<Clock> {
    let hour = match (clock.hour, after_noon) {
        (12, false) => 0,
        (1..=11, true) => clock.hour.checked_add(12)?,
        (0..=12, _) => clock.hour,
        _ => return None,
    };
    Some(Clock {
        hour,
        vague: false,
        ..clock
    })
}

fn plus_minutes(clock: Clock, minutes: i64) -> Option<Clock> {
    let all = i64::from(clock.hour)
        .checked_mul(60)?
        .checked_add(i64::from(clock.minute))?;
    let all = all.checked_add(minutes)?.rem_euclid(1440);
    let hour = i8::try_from(all.div_euclid(60)).ok()?;
    Some(Clock {
        hour,
        minute: i8::try_from(all.rem_euclid(60)).ok()?,
        ..clock
    })
}
