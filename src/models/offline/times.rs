//! Reads a time from words, by the tables of a language.
//!
//! A time is a row of pieces in any order: a day (`dates`), a clock time (`clocks`), a span
//! (`spans`), a repetition, a duration. [`read`] takes as many as fit together. A lone number is
//! never a time without a word like "at" before it. What it means on the calendar is `when`.

use super::clocks::{clock, clock_at, half_of_day};
use super::dates::{date, day, weekday};
use super::pattern::Subject;
use super::spans::{amount, one_unit, span};
use super::when::{Again, Clock, Day, Doubt, Part, When};
use crate::time::{Days, Repeat, Rule, Unit};

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
        .or_else(|| placed(subject, at))
        .or_else(|| until(subject, at))
        .or_else(|| often(subject, at))
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
    let plural = weekday(subject, led(subject, at));
    if let Some((_, true, _)) = plural {
        return weekly(subject, led(subject, at));
    }
    let start = subject.phrase(times.every, at)?;
    if weekday(subject, start).is_some() {
        return weekly(subject, start);
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
    let counted = |unit, count: i64, most| match u16::try_from(count) {
        Ok(every) if every <= most => (on(Rule::every(every, unit)), None),
        _ => (Again::Minutes(0), Some(Doubt::TooFar)),
    };
    let (again, doubt) = match (span.months, span.minutes) {
        (0, minutes @ ..5) => (Again::Minutes(minutes), Some(Doubt::TooOften)),
        (0, minutes) if minutes % WEEK == 0 => counted(Unit::Week, minutes / WEEK, 366),
        (0, minutes) if minutes % DAY == 0 => counted(Unit::Day, minutes / DAY, 366),
        (0, minutes) => (Again::Minutes(minutes), None),
        (months, 0) if months % 12 == 0 => counted(Unit::Year, months / 12, 10),
        (months, 0) => counted(Unit::Month, months, 366),
        (_, minutes) => (Again::Minutes(minutes), Some(Doubt::Unclear)),
    };
    let fortnightly = |again: Again| match again {
        Again::Calendar(Repeat::On(rule)) if rule.unit == Unit::Week => Some(rule),
        Again::Calendar(_) | Again::DailyPart(_) | Again::Minutes(_) => None,
    };
    // "Every two weeks on Monday and Thursday"; one day of the week is a day like any other.
    if let Some(rule) = fortnightly(again)
        && let Some((days, true, end)) = weekdays(subject, led(subject, end))
    {
        return Some((repeating(on(Rule { days, ..rule })), end));
    }
    Some((
        When {
            doubt,
            ..repeating(again)
        },
        end,
    ))
}

const DAY: i64 = 1440;
const WEEK: i64 = 7 * DAY;

fn repeating(again: Again) -> When {
    When {
        again: Some(again),
        ..When::default()
    }
}

/// A rule in its simplest form.
fn on(rule: Rule) -> Again {
    Again::Calendar(match rule.unit {
        _ if rule.every != 1 || !rule.days.is_empty() || rule.place.is_some() => Repeat::On(rule),
        Unit::Day => Repeat::Daily,
        Unit::Week => Repeat::Weekly,
        Unit::Month => Repeat::Monthly,
        Unit::Year => Repeat::Yearly,
    })
}

fn led(subject: &Subject<'_, '_>, at: usize) -> usize {
    let leads = subject.grammar.times.day_leads;
    subject.phrase(leads, at).unwrap_or(at)
}

/// Days of the week in a row, whether there are several, and where they end.
fn weekdays(subject: &Subject<'_, '_>, at: usize) -> Option<(Days, bool, usize)> {
    let (day, _, mut end) = weekday(subject, at)?;
    let mut days = Days::default().and(day);
    for _ in 0..7 {
        let and = subject.phrase(subject.grammar.times.and, end);
        let next = and.unwrap_or(end);
        // "Every Tuesday and every Thursday", "le mardi et le jeudi".
        let again = subject.phrase(subject.grammar.times.every, next);
        let next = again.unwrap_or(if and.is_some() {
            led(subject, next)
        } else {
            next
        });
        let Some((day, _, after)) = weekday(subject, next) else {
            break;
        };
        (days, end) = (days.and(day), after);
    }
    Some((days, days != Days::default().and(day), end))
}

/// Every week on a day, or on several.
fn weekly(subject: &Subject<'_, '_>, at: usize) -> Option<(When, usize)> {
    let (days, several, end) = weekdays(subject, at)?;
    if several {
        let rule = Rule {
            days,
            ..Rule::every(1, Unit::Week)
        };
        return Some((repeating(on(rule)), end));
    }
    let (day, ..) = weekday(subject, at)?;
    let day = Some(Day::Weekday { day, later: false });
    Some((
        When {
            day,
            ..repeating(Again::Calendar(Repeat::Weekly))
        },
        end,
    ))
}

/// "On the last day of the month", "the first Monday of every month".
fn placed(subject: &Subject<'_, '_>, at: usize) -> Option<(When, usize)> {
    let times = &subject.grammar.times;
    let every = subject.phrase(times.every, at);
    let start = every.unwrap_or_else(|| led(subject, at));
    let (place, next) = entry(subject, times.places, start)?;
    let (days, end) = match weekday(subject, next) {
        Some((day, _, end)) => (Days::default().and(day), end),
        None => (Days::default(), subject.phrase(times.place_days, next)?),
    };
    let (repeats, end) = entry(subject, times.of_months, end)?;
    let rule = Rule {
        days,
        place: Some(place),
        ..Rule::every(1, Unit::Month)
    };
    if repeats || every.is_some() {
        return Some((repeating(on(rule)), end));
    }
    let day = Some(Day::Fitting(rule));
    Some((
        When {
            day,
            ..When::default()
        },
        end,
    ))
}

/// "Until 24 December".
fn until(subject: &Subject<'_, '_>, at: usize) -> Option<(When, usize)> {
    let start = subject.phrase(subject.grammar.times.until, at)?;
    let (last, end) = day(subject, start).or_else(|| {
        let (day, doubt, end) = date(subject, start)?;
        Some((
            When {
                day: Some(day),
                doubt,
                ..When::default()
            },
            end,
        ))
    })?;
    let (until, doubt) = (last.day, last.doubt);
    last.clock.is_none().then_some((
        When {
            until,
            doubt,
            ..When::default()
        },
        end,
    ))
}

/// "Ten times".
fn often(subject: &Subject<'_, '_>, at: usize) -> Option<(When, usize)> {
    let (times, next) = amount(subject, at)?;
    let end = subject.phrase(subject.grammar.times.often, next)?;
    (1..=1_000).contains(&times).then_some((
        When {
            times: Some(times),
            ..When::default()
        },
        end,
    ))
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
