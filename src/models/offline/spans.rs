//! Reads a span of time from words: "20 minutes", "an hour and a half", `1h30`.

use super::grammar::Unit;
use super::pattern::Subject;
use super::times::entry;
use super::when::Span;

/// A span of time and where it ends: "an hour and a half", "2 heures 30", "90min".
pub fn span(subject: &Subject<'_, '_>, at: usize) -> Option<(Span, usize)> {
    let times = &subject.grammar.times;
    if let Some((minutes, end)) = entry(subject, times.spans, at) {
        return Some((Span { minutes, months: 0 }, end));
    }
    if let Some(glued) = subject.word(at).and_then(|word| glued(subject, word)) {
        return Some((glued, at.saturating_add(1)));
    }
    let (amount, next) = amount(subject, at)?;
    let (unit, mut end) = unit(subject, next)?;
    let mut all = times_unit(amount, unit)?;
    if let Some(next) = subject.phrase(times.halves, end) {
        all.minutes = all.minutes.checked_add(half_unit(unit)?)?;
        return Some((all, next));
    }
    for _ in 0..3 {
        let start = subject.phrase(times.and, end).unwrap_or(end);
        let Some((more, next)) = self::amount(subject, start) else {
            break;
        };
        let Some((unit, next)) = self::unit(subject, next) else {
            break;
        };
        let more = times_unit(more, unit)?;
        all.minutes = all.minutes.checked_add(more.minutes)?;
        all.months = all.months.checked_add(more.months)?;
        end = next;
    }
    Some((all, end))
}

/// A unit without a number: "every **hour**".
pub fn one_unit(subject: &Subject<'_, '_>, at: usize) -> Option<(Span, usize)> {
    let (unit, end) = unit(subject, at)?;
    Some((times_unit(1, unit)?, end))
}

fn unit(subject: &Subject<'_, '_>, at: usize) -> Option<(Unit, usize)> {
    entry(subject, subject.grammar.times.units, at)
}

/// A number in digits or words: "20", "forty five".
pub fn amount(subject: &Subject<'_, '_>, at: usize) -> Option<(i64, usize)> {
    let next = at.saturating_add(1);
    let word = subject.word(at)?;
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return word.parse().ok().map(|amount| (amount, next));
    }
    let (tens, next) = entry(subject, subject.grammar.times.numbers, at)?;
    let ones = entry(subject, subject.grammar.times.numbers, next);
    match ones.filter(|(ones, _)| tens >= 20 && *ones < 10) {
        Some((ones, end)) => Some((tens.checked_add(ones)?, end)),
        None => Some((tens, next)),
    }
}

/// `20min`, `2h`, `1h30`.
fn glued(subject: &Subject<'_, '_>, word: &str) -> Option<Span> {
    let (digits, rest) = word.split_at_checked(word.find(|c: char| !c.is_ascii_digit())?)?;
    let amount = digits.parse().ok()?;
    let (name, minutes) = match rest.find(|c: char| c.is_ascii_digit()) {
        Some(end) => rest.split_at_checked(end)?,
        None => (rest, "0"),
    };
    let units = subject.grammar.times.units.iter();
    let (_, unit) = units
        .into_iter()
        .find(|(key, _)| key.split('|').any(|one| one == name))?;
    let span = times_unit(amount, *unit)?;
    let minutes: i64 = minutes.parse().ok().filter(|_| minutes.len() <= 2)?;
    Some(Span {
        minutes: span.minutes.checked_add(minutes)?,
        ..span
    })
}

fn times_unit(amount: i64, unit: Unit) -> Option<Span> {
    Some(match unit {
        // Reminders have whole minutes; rounding up never reminds too early.
        Unit::Seconds(n) => Span {
            minutes: seconds_up(amount.checked_mul(n)?)?,
            months: 0,
        },
        Unit::Minutes(n) => Span {
            minutes: amount.checked_mul(n)?,
            months: 0,
        },
        Unit::Months(n) => Span {
            minutes: 0,
            months: amount.checked_mul(n)?,
        },
    })
}

fn seconds_up(seconds: i64) -> Option<i64> {
    Some(seconds.checked_add(59)?.div_euclid(60))
}

fn half_unit(unit: Unit) -> Option<i64> {
    match unit {
        Unit::Minutes(n) => Some(n.div_euclid(2)),
        Unit::Seconds(_) | Unit::Months(_) => None,
    }
}
