//! What a language has to say to be understood: tables only.
//!
//! A language is one file with one [`Grammar`] and one entry in [`grammar`] and [`LANGUAGES`].
//! Table words are written folded (see `words`): small letters without accents. The pattern
//! language is explained in `pattern`. No code of a language lives outside its tables.

use super::when::{Again, Day, Part};
use super::{english, french};
use crate::message::Locale;
use crate::time::Place;

/// The languages, in the order in which they are tried.
pub const LANGUAGES: &[Locale] = &[Locale::En, Locale::Fr];

/// The tables of a language.
pub fn grammar(locale: Locale) -> &'static Grammar {
    match locale {
        Locale::En => &english::GRAMMAR,
        Locale::Fr => &french::GRAMMAR,
    }
}

/// What the owner can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Intent {
    Greet,
    Thank,
    Help,
    Time,
    Inbox,
    Unread,
    Sent,
    Drafts,
    Search,
    Read,
    ReadLatest,
    ReadFound,
    Agenda,
    FindEvent,
    AddEvent,
    Remind,
    Reminders,
    PastReminders,
    Snooze,
    TellMail,
    TellEvent,
    FollowUp,
    CancelReminder,
    CancelShown,
    WhichReminder,
    Note,
    Notes,
    Contacts,
    Send,
    Draft,
    SendDraft,
    Reply,
    DraftReply,
    Zone,
}

/// One kind of request: it is written as any head followed by any tail.
#[derive(Debug)]
pub struct Rule {
    /// What it asks for.
    pub intent: Intent,
    /// How it begins.
    pub heads: &'static [&'static str],
    /// How it goes on. An empty pattern means that the head may stand alone.
    pub tails: &'static [&'static str],
}

/// Everything that one language has to say.
#[derive(Debug)]
pub struct Grammar {
    /// The language.
    pub locale: Locale,
    /// Frequent short words by which the language is recognised.
    pub marks: &'static [&'static str],
    /// Politeness before a request, which changes nothing.
    pub before: &'static [&'static str],
    /// Politeness after it.
    pub after: &'static [&'static str],
    /// Beginnings by which the owner says not to do something.
    pub refusals: &'static [&'static str],
    /// Named sets of words for patterns.
    pub sets: &'static [(&'static str, &'static [&'static str])],
    /// The requests; the first that fits wins.
    pub rules: &'static [Rule],
    /// Words that cannot end what comes before a time: "every Monday **and**".
    pub dangling: &'static [&'static str],
    /// Words that stand for somebody without naming them.
    pub nobody: &'static [&'static str],
    /// Places under another name than in the IANA database.
    pub places: &'static [(&'static str, &'static str)],
    /// Beginnings of an answer to "which time zone".
    pub place_leads: &'static [&'static str],
    /// Numbers that count items: "second".
    pub ordinals: &'static [(&'static str, i64)],
    /// Ends of numbers that count items: "2nd".
    pub ordinal_ends: &'static [&'static str],
    /// Words of time.
    pub times: Times,
    /// The planner's own words.
    pub answers: Answers,
}

/// Words of time. Phrases are patterns of plain words.
#[derive(Debug)]
pub struct Times {
    /// What may stand before a day: "on".
    pub day_leads: &'static [&'static str],
    /// What stands before a clock time: "at".
    pub clock_leads: &'static [&'static str],
    /// Days in relation to today, longest first.
    pub days: &'static [(&'static str, Day)],
    /// Parts of the day that say so by themselves: "in the morning".
    pub parts: &'static [(&'static str, Part)],
    /// Parts of the day that need a day or an hour before them: "tomorrow **morning**".
    pub parts_behind: &'static [(&'static str, Part)],
    /// Part of today in one phrase: "tonight".
    pub today_parts: &'static [(&'static str, Part)],
    /// Fixed clock times: "noon".
    pub clocks: &'static [(&'static str, i8, i8)],
    /// Patterns before an hour that add minutes: "half past".
    pub minutes_before: &'static [(&'static str, i64)],
    /// Patterns behind an hour that add minutes: "et demie".
    pub minutes_after: &'static [(&'static str, i64)],
    /// Words behind an hour that say that it is one: "o'clock".
    pub hour_words: &'static [&'static str],
    /// Whether a lone small hour can be before or after noon.
    pub twelve_hours: bool,
    /// How a repetition begins: "every".
    pub every: &'static [&'static str],
    /// Places among the days of a month: "last".
    pub places: &'static [(&'static str, Place)],
    /// "day" behind one of these.
    pub place_days: &'static [&'static str],
    /// What follows then, longest first, and whether it says that it comes again: "of every month".
    pub of_months: &'static [(&'static str, bool)],
    /// What stands before the last day of a repetition: "until".
    pub until: &'static [&'static str],
    /// What stands behind how often it comes: "times".
    pub often: &'static [&'static str],
    /// Whole repetitions, longest first.
    pub repeats: &'static [(&'static str, Again)],
    /// Days of the week from Monday on.
    pub weekdays: &'static [(&'static str, i8)],
    /// "next" before a day of the week.
    pub next_before: &'static [&'static str],
    /// "next" behind it.
    pub next_after: &'static [&'static str],
    /// Names of months.
    pub months: &'static [(&'static str, i8)],
    /// What may stand between the day and the month.
    pub month_links: &'static [&'static str],
    /// Whether `11/10` is the 11th of October for certain.
    pub day_first: bool,
    /// What stands before a day of the month that is only a number: "the 24th".
    pub month_day_leads: &'static [&'static str],
    /// What stands before a span that lies ahead: "in".
    pub ahead: &'static [&'static str],
    /// What stands before a duration: "for".
    pub lasting: &'static [&'static str],
    /// What stands before the beginning of a range, and between it and the end.
    pub range: (&'static [&'static str], &'static [&'static str]),
    /// Spans that are a phrase of their own, longest first, in minutes.
    pub spans: &'static [(&'static str, i64)],
    /// Units in minutes; a month has none.
    pub units: &'static [(&'static str, Unit)],
    /// "and a half" behind a unit.
    pub halves: &'static [&'static str],
    /// "and" between two amounts.
    pub and: &'static [&'static str],
    /// Number words.
    pub numbers: &'static [(&'static str, i64)],
    /// Names of the days to show, from Monday on.
    pub weekday_names: [&'static str; 7],
    /// Names of the months to show.
    pub month_names: [&'static str; 12],
}

/// A unit of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// So many seconds.
    Seconds(i64),
    /// So many minutes.
    Minutes(i64),
    /// So many calendar months.
    Months(i64),
}

/// The planner's own words. `{}` is filled in.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Answers {
    pub greeting: &'static str,
    pub welcome: &'static str,
    pub abilities: &'static str,
    pub no_model: &'static str,
    pub too_long: &'static str,
    pub part_too_long: &'static str,
    pub nothing_done: &'static str,
    pub unknown_command: &'static str,
    pub time_is: &'static str,
    pub which_zone: &'static str,
    pub zone_unknown: &'static str,
    pub zone_is: &'static str,
    pub which_time: &'static str,
    pub which_clock: &'static str,
    pub morning_or_afternoon: &'static str,
    pub day_or_month: &'static str,
    pub time_past: &'static str,
    pub no_such_date: &'static str,
    pub too_far: &'static str,
    pub too_often: &'static str,
    pub repeat_unclear: &'static str,
    pub no_repeating_event: &'static str,
    pub which_day: &'static str,
    pub which_mail: &'static str,
    pub which_item: &'static str,
    pub which_reminder: &'static str,
    pub which_person: &'static str,
    pub no_draft: &'static str,
    pub what_to_write: &'static str,
    pub what_to_note: &'static str,
    pub what_about: &'static str,
    pub agenda: &'static str,
    pub agenda_days: &'static str,
    pub reminder_set: &'static str,
    pub snoozed: &'static str,
    pub watching: &'static str,
    pub following_up: &'static str,
    pub watch_span: &'static str,
    pub past_reminders: &'static str,
    pub cron_unclear: &'static str,
    pub cancelled: &'static str,
    pub noted: &'static str,
    pub added: &'static str,
    pub drafted: &'static str,
    pub sent: &'static str,
    pub failed_auth: &'static str,
    pub failed_offline: &'static str,
    pub failed_rate: &'static str,
    pub failed_refused: &'static str,
    pub failed_invalid: &'static str,
    pub failed_unavailable: &'static str,
    /// Joins a title and the company: "lunch **with** Ada".
    pub with: &'static str,
    /// A day to show: weekday, day, month.
    pub date: fn(&str, i8, &str, i16) -> String,
}
