//! From the owner's text to a request: language, politeness, commands, rules, follow-ups.
//!
//! A follow-up answers a question of ours ("Which time zone?", "When?"): the earlier request is
//! read again and completed by the answer. What no rule fits is [`Request::Unknown`]: there is no
//! guessing.

use super::commands;
use super::grammar::{Grammar, Intent, LANGUAGES, grammar};
use super::pattern::{Found, Subject};
use super::times;
use super::turn::Turn;
use super::when::When;
use super::words::{READ_BYTES_MAX, Words};
use super::zones;
use crate::message::Locale;
use crate::models::PromptItem;

/// What the owner wants, and the language to answer in.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The language.
    pub grammar: &'static Grammar,
    /// The request.
    pub request: Request<'a>,
    /// The zone that the owner just named.
    pub zone: Option<String>,
    /// A time that the owner added in answer to a question.
    pub added: When,
}

/// A request.
#[derive(Debug)]
pub enum Request<'a> {
    /// One that is understood.
    Of(Intent, Box<Found<'a>>),
    /// The owner says not to do something.
    Refusal,
    /// A command that does not exist.
    UnknownCommand,
    /// A command that exists, but its argument is not understood.
    UnclearDay,
    /// An answer to "which zone" that is no zone.
    UnknownZone,
    /// A text that is not read to its end.
    TooLong,
    /// Anything else.
    Unknown,
}

/// How many questions and answers are followed back.
const FOLLOW_UPS_MAX: usize = 4;

/// Understands the last of these items, which is the owner's text.
pub fn understand(said: &[PromptItem], locale: Locale) -> Asked<'_> {
    follow(said, locale, FOLLOW_UPS_MAX)
}

fn follow(said: &[PromptItem], locale: Locale, depth: usize) -> Asked<'_> {
    let text = match said.last() {
        Some(PromptItem::Owner { text }) => text.as_str(),
        Some(PromptItem::Planner { .. } | PromptItem::Result { .. }) | None => "",
    };
    let asked = alone(text, locale);
    let (Some(question), Some(before)) = (Turn::question(said), Turn::earlier(said)) else {
        return asked;
    };
    let Some(depth) = depth.checked_sub(1) else {
        return asked;
    };
    let asks_zone = LANGUAGES
        .iter()
        .any(|locale| question.contains(grammar(*locale).answers.which_zone));
    if asks_zone {
        if let Some(zone) = zones::named(text) {
            let mut earlier = follow(before, locale, depth);
            let mut before = before;
            while matches!(earlier.request, Request::UnknownZone) {
                let Some(more) = Turn::earlier(before) else {
                    break;
                };
                before = more;
                earlier = follow(before, locale, depth);
            }
            return Asked {
                zone: Some(zone),
                ..earlier
            };
        }
        if matches!(asked.request, Request::Unknown) {
            return Asked {
                request: Request::UnknownZone,
                ..asked
            };
        }
    }
    let asks_when = LANGUAGES.iter().any(|locale| {
        time_questions(grammar(*locale))
            .iter()
            .any(|one| question.contains(one))
    });
    if asks_when && let Some(added) = time_answer(text, locale) {
        let earlier = follow(before, locale, depth);
        return Asked {
            added: earlier.added.corrected(added),
            ..earlier
        };
    }
    asked
}

fn time_questions(grammar: &Grammar) -> [&'static str; 6] {
    let answers = &grammar.answers;
    [
        answers.which_time,
        answers.which_clock,
        answers.morning_or_afternoon,
        answers.day_or_month,
        answers.time_past,
        answers.no_such_date,
    ]
}

fn time_answer(text: &str, locale: Locale) -> Option<When> {
    let words = Words::of(text);
    languages(&words, locale).into_iter().find_map(|grammar| {
        times::answer(&polite_part(&Subject {
            words: &words,
            grammar,
            from: 0,
            to: words.list.len(),
        }))
    })
}

/// Understands one text by itself.
fn alone(text: &str, locale: Locale) -> Asked<'_> {
    let words = Words::of(text);
    let languages = languages(&words, locale);
    let first = languages
        .first()
        .copied()
        .unwrap_or_else(|| grammar(locale));
    let answer = |grammar: &'static Grammar, request| Asked {
        grammar,
        request,
        zone: None,
        added: When::default(),
    };
    let too_long = text.len() > READ_BYTES_MAX;
    let fits = |intent: Intent| !too_long || intent == Intent::Note;
    if let Some(name) = commands::name(text) {
        let request = match commands::read(&words, &name, &languages) {
            Some((intent, _)) if !fits(intent) => Request::TooLong,
            Some((intent, found)) => Request::Of(intent, Box::new(found)),
            None if commands::exists(&name) => Request::UnclearDay,
            None => Request::UnknownCommand,
        };
        return answer(first, request);
    }
    for grammar in &languages {
        let whole = Subject {
            words: &words,
            grammar,
            from: 0,
            to: words.list.len(),
        };
        if let Some((intent, found)) = by_rules(&whole) {
            let request = if fits(intent) {
                Request::Of(intent, Box::new(found))
            } else {
                Request::TooLong
            };
            return answer(grammar, request);
        }
    }
    if too_long {
        return answer(first, Request::TooLong);
    }
    let refuses = languages.iter().find(|grammar| {
        let whole = Subject {
            words: &words,
            grammar,
            from: 0,
            to: words.list.len(),
        };
        let request = polite_part(&whole);
        request.phrase(grammar.refusals, request.from).is_some()
    });
    match refuses {
        Some(grammar) => answer(grammar, Request::Refusal),
        None => answer(first, Request::Unknown),
    }
}

/// The languages, the one that the text is most likely in first.
fn languages(words: &Words<'_>, locale: Locale) -> Vec<&'static Grammar> {
    let score = |grammar: &Grammar| {
        let known = words
            .list
            .iter()
            .filter(|word| grammar.marks.contains(&word.folded.as_str()));
        known
            .count()
            .saturating_mul(2)
            .saturating_add(usize::from(grammar.locale == locale))
    };
    let mut all: Vec<(usize, &'static Grammar)> = LANGUAGES
        .iter()
        .map(|locale| grammar(*locale))
        .map(|one| (score(one), one))
        .collect();
    all.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    all.into_iter().map(|(_, grammar)| grammar).collect()
}

/// Fits the rules to the text, then to the text without politeness, then to what follows a time.
fn by_rules<'a>(whole: &Subject<'_, 'a>) -> Option<(Intent, Found<'a>)> {
    if let Some(found) = first_rule(whole) {
        return Some(found);
    }
    let request = polite_part(whole);
    if (request.from, request.to) != (whole.from, whole.to)
        && let Some(found) = first_rule(&request)
    {
        return Some(found);
    }
    let (when, from) = times::read(&request, request.from)?;
    let (intent, mut found) = first_rule(&Subject { from, ..request })?;
    if !matches!(intent, Intent::Remind | Intent::AddEvent) {
        return None;
    }
    let both = found.when.unwrap_or_default().and(when)?;
    found.when = Some(both).filter(When::is_whole);
    found.when?;
    Some((intent, found))
}

fn first_rule<'a>(subject: &Subject<'_, 'a>) -> Option<(Intent, Found<'a>)> {
    if subject.from >= subject.to {
        return None;
    }
    subject.grammar.rules.iter().find_map(|rule| {
        // Most heads do not fit, so their tails need not be tried.
        let heads = rule.heads.iter().filter(|head| subject.begins(head));
        let pairs = heads.flat_map(|head| rule.tails.iter().map(move |tail| (*head, *tail)));
        pairs
            .into_iter()
            .find_map(|(head, tail)| Some((rule.intent, subject.fit(head, tail)?)))
    })
}

/// The text without the politeness around it; at least one word stays.
fn polite_part<'w, 'a>(whole: &Subject<'w, 'a>) -> Subject<'w, 'a> {
    let mut rest = *whole;
    for _ in 0..6 {
        match rest.phrase(rest.grammar.before, rest.from) {
            Some(next) if next > rest.from && next < rest.to => rest.from = next,
            Some(_) | None => break,
        }
    }
    for _ in 0..3 {
        let starts = (1..=5).filter_map(|count| rest.to.checked_sub(count));
        let polite = starts
            .filter(|start| *start > rest.from)
            .filter(|start| rest.phrase(rest.grammar.after, *start) == Some(rest.to))
            .min();
        match polite {
            Some(start) => rest.to = start,
            None => break,
        }
    }
    rest
}
