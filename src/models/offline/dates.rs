//! Reads a day from words: "tomorrow", "next Tuesday", "24 November", `24/11`, `2026-11-24`.
//!
//! A date of two small numbers is only clear where the language puts the day first. Whether a date
//! exists and when it comes is `when`.

use super::clocks::clock_word;
use super::pattern::Subject;
use super::times::entry;
use super::when::{Clock, Day, Doubt, When};

/// A day, alone or in a phrase, and where it ends.
pub fn day(subject: &Subject<'_, '_>, at: usize) -> Option<(When, usize)> {
    let times = &subject.grammar.times;
    let start = subject.phrase(times.day_leads, at).unwrap_or(at);
    let known = |day: Day, end: usize| {
        (
            When {
                day: Some(day),
                ..When::default()
            },
            end,
        )
    };
    let relative = entry(subject, times.days, at);
    if let Some((day, end)) = relative.or_else(|| entry(subject, times.days, start)) {
        return Some(known(day, end));
    }
    let next = subject.phrase(times.next_before, start);
    if let Some((day, false, end)) = weekday(subject, next.unwrap_or(start)) {
        if let Some((day, doubt, end)) = date(subject, end) {
            return Some((
                When {
                    day: Some(day),
                    doubt,
                    ..When::default()
                },
                end,
            ));
        }
        let after = subject.phrase(times.next_after, end);
        let later = next.is_some() || after.is_some();
        return Some(known(Day::Weekday { day, later }, after.unwrap_or(end)));
    }
    if let Some((day, doubt, end)) = date(subject, start).or_else(|| date(subject, at)) {
        return Some((
            When {
                day: Some(day),
                doubt,
                ..When::default()
            },
            end,
        ));
    }
    let (word, wall) = subject
        .word(start)
        .and_then(|word| Some((word, word.split_once('t')?.1)))?;
    let (day, None) = numeric_date(word.split_once('t')?.0, times.day_first)? else {
        return None;
    };
    let clock = clock_word(wall).map(|(clock, _)| Clock {
        vague: false,
        ..clock
    });
    Some((
        When {
            day: Some(day),
            clock,
            ..When::default()
        },
        start.saturating_add(1),
    ))
}

/// A day of the week, whether it is a plural, and where it ends.
pub fn weekday(subject: &Subject<'_, '_>, at: usize) -> Option<(i8, bool, usize)> {
    let word = subject.word(at)?;
    let names = subject.grammar.times.weekdays;
    let number = |word: &str| {
        names
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, n)| *n)
    };
    let end = at.saturating_add(1);
    match number(word) {
        Some(day) => Some((day, false, end)),
        None => Some((number(word.strip_suffix('s')?)?, true, end)),
    }
}

/// A date, what is unclear about it, and where it ends.
pub fn date(subject: &Subject<'_, '_>, at: usize) -> Option<(Day, Option<Doubt>, usize)> {
    let times = &subject.grammar.times;
    let next = at.saturating_add(1);
    if let Some((day, doubt)) = numeric_date(subject.word(at)?, times.day_first) {
        return Some((day, doubt, next));
    }
    let month = |at: usize| {
        let word = subject.word(at)?;
        times
            .months
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, month)| *month)
    };
    let with_year = |month: i8, day: i8, end: usize| {
        let year = subject.word(end).filter(|word| word.len() == 4);
        let year = year
            .and_then(|word| word.parse::<i16>().ok())
            .filter(|year| *year >= 1900);
        let end = if year.is_some() {
            end.saturating_add(1)
        } else {
            end
        };
        Some((Day::Date { year, month, day }, None, end))
    };
    if let Some((day, _)) = day_number(subject, at) {
        let named = subject.phrase(times.month_links, next).unwrap_or(next);
        if let Some(month) = month(named) {
            return with_year(month, day, named.saturating_add(1));
        }
    }
    if let (Some(month), Some((day, _))) = (month(at), day_number(subject, next)) {
        return with_year(month, day, next.saturating_add(1));
    }
    let start = subject.phrase(times.month_day_leads, at)?;
    let (day, marked) = day_number(subject, start)?;
    let end = start.saturating_add(1);
    let closed = start > at
        && subject.word(end).is_none_or(|word| {
            subject.grammar.dangling.contains(&word) || times.clock_leads.contains(&word)
        });
    (marked || closed).then_some((Day::OfMonth(day), None, end))
}

/// A day of the month, and whether it is marked as such: "24th".
fn day_number(subject: &Subject<'_, '_>, at: usize) -> Option<(i8, bool)> {
    let word = subject.word(at)?;
    let bare = subject
        .grammar
        .ordinal_ends
        .iter()
        .find_map(|end| word.strip_suffix(end));
    let day: i8 = bare.unwrap_or(word).parse().ok()?;
    (1..=31).contains(&day).then_some((day, bare.is_some()))
}

/// `2026-11-24`, `24/11`, `24/11/2026`.
fn numeric_date(word: &str, day_first: bool) -> Option<(Day, Option<Doubt>)> {
    if let Some((year, rest)) = word.split_once('-')
        && year.len() == 4
    {
        let (month, day) = rest.split_once('-')?;
        let year = Some(year.parse().ok()?);
        return Some((
            Day::Date {
                year,
                month: month.parse().ok()?,
                day: day.parse().ok()?,
            },
            None,
        ));
    }
    let mut numbers = word.split('/');
    let first: i8 = numbers.next()?.parse().ok()?;
    let second: i8 = numbers.next()?.parse().ok()?;
    let year = match numbers.next() {
        None => None,
        Some(year) if year.len() == 4 => Some(year.parse().ok()?),
        Some(year) if year.len() == 2 => Some(year.parse::<i16>().ok()?.checked_add(2000)?),
        Some(_) => return None,
    };
    if numbers.next().is_some() || first < 1 || second < 1 {
        return None;
    }
    let swapped = second > 12;
    let (day, month) = if swapped {
        (second, first)
    } else {
        (first, second)
    };
    let unsure = !day_first && !swapped && first <= 12 && first != second;
    Some((
        Day::Date { year, month, day },
        unsure.then_some(Doubt::DayOrMonth),
    ))
}
