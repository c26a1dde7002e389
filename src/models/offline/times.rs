//! Reads a time from words, by the tables of a language.
//!
//! A time is a row of pieces in any order: a day (`dates`), a clock time (`clocks`), a span
//! (`spans`), a repetition, a duration. [`read`] takes as many as fit together. A lone number is
//! never a time without a word like "at" before it. What it means on the calendar is `when`.

use super::clocks::{clock, clock_at, half_of_day};
use super::dates::{date, day, weekday};
use super::pattern::Subject;
use super::spans::{one_unit, span};
use super::when::{Again, Clock, Day, Doubt, Part, When};
use crate::time::Repeat;

/// The time that begins at a word, and where it ends.
pub fn read(subject: &Subject<'_, '_>, at: usize) -> Option<(When, usize)> {
    let mut all = When::default();
    let mut end = at;
    while let Some((piece, next)) = piece(subject, end, end > at) {
        let Some(both) = all.and(piece) else { break };
        all = both;
        end = next;
    }
    (end > at).then_some((all, end))
}

fn piece(subject: &Subject<'_, '_>, at: usize, behind: bool) -> Option<(When, usize)> {
    repetition(subject, at)
        .or_else(|| ahead(subject, at))
        .or_else(|| range(subject, at))
        .or_else(|| lasting(subject, at))
        .or_else(|| part(subject, at, behind))
        .or_else(|| day(subject, at))
        .or_else(|| clock(subject, at, behind))
}

/// The value and end of the first phrase of a table that fits.
pub fn entry<T: Copy>(
    subject: &Subject<'_, '_>,
    table: &[(&str, T)],
    at: usize,
) -> Option<(T, usize)> {
    table
        .iter()
        .find_map(|(phrase, value)| Some((*value, subject.words_at(phrase, at)?)))
}

fn repetition(subject: &Subject<'_, '_>, at: usize) -> Option<(When, usize)> {
    let times = &subject.grammar.times;
    if let Some((again, end)) = entry(subject, times.repeats, at) {
        return Some((
            When {
                again: Some(again),
                ..When::default()
            },
            end,
        ));
    }
    let plural = weekday(subject, subject.phrase(times.day_leads, at).unwrap_or(at));
    if let Some((day, true, end)) = plural {
        return Some(weekly(subject, day, end));
    }
    let start = subject.phrase(times.every, at)?;
    if let Some((day, _, end)) = weekday(subject, start) {
        return Some(weekly(subject, day, end));
    }
    if let Some((day, doubt, end)) = date(subject, start) {
        let again = Some(Again::Calendar(Repeat::Yearly));
        return Some((
            When {
                day: Some(day),
                doubt,
                again,
                ..When::default()
            },
            end,
        ));
    }
    let (span, end) = span(subject, start).or_else(|| one_unit(subject, start))?;
    let (again, doubt) = match (span.months, span.minutes) {
        (0, minutes @ ..5) => (Again::Minutes(minutes), Some(Doubt::TooOften)),
        (0, minutes) => (Again::Minutes(minutes), None),
        (1, 0) => (Again::Calendar(Repeat::Monthly), None),
        (12, 0) => (Again::Calendar(Repeat::Yearly), None),
        (_, minutes) => (Again::Minutes(minutes), Some(Doubt::Unclear)),
    };
    Some((
        When {
            again: Some(again),
            doubt,
            ..When::default()
        },
        end,
    ))
}

/// Every week on a day. Two days of the week are more than one reminder can do.
fn weekly(subject: &Subject<'_, '_>, day: i8, end: usize) -> (When, usize) {
    let (mut end, mut doubt) = (end, None);
    for _ in 0..7 {
        let next = subject
            .phrase(subject.grammar.times.and, end)
            .unwrap_or(end);
        let Some((_, _, after)) = weekday(subject, next) else {
            break;
        };
        (end, doubt) = (after, Some(Doubt::Unclear));
    }
    let again = Some(Again::Calendar(Repeat::Weekly));
    let day = Some(Day::Weekday { day, later: false });
    (
        When {
            day,
            again,
            doubt,
            ..When::default()
        },
        end,
    )
}

fn ahead(subject: &Subject<'_, '_>, at: usize) -> Option<(When, usize)> {
    let start = subject.phrase(subject.grammar.times.ahead, at)?;
    let (span, end) = span(subject, start)?;
    Some((
        When {
            ahead: Some(span),
            ..When::default()
        },
        end,
    ))
}

fn lasting(subject: &Subject<'_, '_>, at: usize) -> Option<(When, usize)> {
    let start = subject.phrase(subject.grammar.times.lasting, at)?;
    let (span, end) = span(subject, start)?;
    let fits = span.months == 0 && span.minutes > 0;
    fits.then_some((
        When {
            lasts_minutes: Some(span.minutes),
            ..When::default()
        },
        end,
    ))
}

fn range(subject: &Subject<'_, '_>, at: usize) -> Option<(When, usize)> {
    let (from, to) = subject.grammar.times.range;
    let (first, next) = clock_at(subject, subject.phrase(from, at)?, true)?;
    let (last, end) = clock_at(subject, subject.phrase(to, next)?, true)?;
    let minutes = |clock: Clock| {
        i64::from(clock.hour)
            .saturating_mul(60)
            .saturating_add(i64::from(clock.minute))
    };
    let noon = if last.vague && minutes(last) < minutes(first) {
        720
    } else {
        0
    };
    let lasts = minutes(last)
        .saturating_add(noon)
        .saturating_sub(minutes(first))
        .rem_euclid(1440);
    let lasts_minutes = Some(if lasts == 0 { 1440 } else { lasts });
    Some((
        When {
            clock: Some(first),
            lasts_minutes,
            ..When::default()
        },
        end,
    ))
}

fn part(subject: &Subject<'_, '_>, at: usize, behind: bool) -> Option<(When, usize)> {
    let times = &subject.grammar.times;
    if let Some((part, end)) = entry(subject, times.today_parts, at) {
        let day = Some(Day::Offset(0));
        return Some((
            When {
                day,
                part: Some(part),
                ..When::default()
            },
            end,
        ));
    }
    let alone = entry(subject, times.parts, at);
    let found = alone.or_else(|| {
        if behind {
            entry(subject, times.parts_behind, at)
        } else {
            None
        }
    });
    found.map(|(part, end)| {
        (
            When {
                part: Some(part),
                ..When::default()
            },
            end,
        )
    })
}

/// The whole of a text as the answer to "when?": there a lone number or "pm" will do.
pub fn answer(subject: &Subject<'_, '_>) -> Option<When> {
    let whole = |end: usize| end == subject.to;
    if let Some((when, _)) = read(subject, subject.from).filter(|(_, end)| whole(*end)) {
        return Some(when);
    }
    if let Some((clock, _)) = clock_at(subject, subject.from, true).filter(|(_, end)| whole(*end)) {
        return Some(When {
            clock: Some(clock),
            ..When::default()
        });
    }
    let half = subject
        .word(subject.from)
        .and_then(half_of_day)
        .map(|after_noon| {
            (
                if after_noon {
                    Part::Afternoon
                } else {
                    Part::Morning
                },
                subject.from.saturating_add(1),
            )
        });
    let part = half.or_else(|| entry(subject, subject.grammar.times.parts_behind, subject.from));
    part.filter(|(_, end)| whole(*end)).map(|(part, _)| When {
        part: Some(part),
        ..When::default()
    })
}
