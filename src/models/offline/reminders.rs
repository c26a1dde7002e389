//! Plans for reminders: once, by a rule, by a cron line, and once more.

use super::plan::{Arg, Plan, is};
use super::requests::{Args, Maker, Planned, Problem};
use super::when::{AHEAD_MINUTES_MAX, Again, Doubt, When, written};
use crate::time::{Cron, Days, Place, Repeat, Rule, Unit};
use jiff::ToSpan;
use serde_json::Value;

/// How long to wait where the owner does not say, in minutes.
const SNOOZE_MINUTES: i64 = 10;

impl Maker<'_> {
    pub(super) fn remind(&self) -> Planned {
        if let Some(line) = self.text("cron", 1_100)? {
            return self.by_cron(line);
        }
        let text = self
            .text("text", 1000)?
            .ok_or(Problem::Say(self.answers.what_about))?;
        if let Some(doubt) = self.when.doubt {
            return Err(doubt.into());
        }
        let mut args = vec![("text", is(text))];
        match self.when.plain_minutes() {
            Some(minutes) if minutes <= AHEAD_MINUTES_MAX => {
                args.push(("in_minutes", is(minutes.max(1))));
            }
            Some(_) => return Err(Doubt::TooFar.into()),
            None if self.when == When::default() => return Err(Doubt::NoTime.into()),
            None => args.push(("at", is(written(self.when.moment(self.here()?, true)?)))),
        }
        match self.when.again {
            Some(Again::Calendar(repeat)) => repeated(repeat, &mut args)?,
            Some(Again::DailyPart(_)) => args.push(("repeat", is("daily"))),
            Some(Again::Minutes(every)) if every > AHEAD_MINUTES_MAX => {
                return Err(Doubt::TooFar.into());
            }
            Some(Again::Minutes(every)) => args.push(("every_minutes", is(every))),
            None => {}
        }
        if let Some(day) = self.when.until {
            let until = When {
                day: Some(day),
                ..When::default()
            };
            let (first, days) = until.days(self.here()?)?;
            let last = first.checked_add(days.saturating_sub(1).days());
            let last = last.map_err(|_| Doubt::TooFar)?;
            args.push(("until", is(last.to_string())));
        }
        if let Some(times) = self.when.times {
            args.push(("times", is(times)));
        }
        Ok(Plan::show("remind", args, self.answers.reminder_set))
    }

    /// Five fields, then the text.
    fn by_cron(&self, line: &str) -> Planned {
        let unclear = || Problem::Say(self.answers.cron_unclear);
        let mut rest =
            line.trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '"' | '“'));
        let mut fields = Vec::new();
        for _ in 0..5 {
            let (field, after) = rest.split_once(char::is_whitespace).ok_or_else(unclear)?;
            fields.push(field.trim_end_matches(['"', '”']));
            rest = after.trim_start();
        }
        let fields = fields.join(" ");
        Cron::parse(&fields).map_err(|_| unclear())?;
        let mut text = rest.trim_start_matches(['"', '”', ':', ' ']);
        if let Some((first, after)) = text.split_once(char::is_whitespace)
            && self.is_lead(first)
        {
            text = after.trim_start();
        }
        if text.is_empty() {
            return Err(unclear());
        }
        self.here()?;
        let args = vec![("text", is(text)), ("cron", is(fields))];
        Ok(Plan::show("remind", args, self.answers.reminder_set))
    }

    /// Whether a word only leads to what a reminder is about: "to".
    fn is_lead(&self, word: &str) -> bool {
        let mut sets = self.grammar.sets.iter();
        let leads = sets.find(|(name, _)| *name == "to");
        leads.is_some_and(|(_, words)| words.contains(&word.to_lowercase().as_str()))
    }

    pub(super) fn snooze(&self) -> Planned {
        let minutes = match self.when.plain_minutes() {
            Some(minutes) => minutes,
            None if self.when == When::default() => SNOOZE_MINUTES,
            None => {
                let here = self.here()?;
                let wall = self.when.moment(here, true)?;
                let at = here.zone.instant(wall).ok_or(Doubt::TooFar)?;
                let ahead = at.millis().saturating_sub(self.now.millis());
                ahead.saturating_add(59_999).div_euclid(60_000)
            }
        };
        if minutes > AHEAD_MINUTES_MAX {
            return Err(Doubt::TooFar.into());
        }
        let args = vec![("minutes", is(minutes.max(1)))];
        Ok(Plan::show("reminder_snooze", args, self.answers.snoozed))
    }
}

/// A repetition as arguments.
fn repeated(repeat: Repeat, args: &mut Args) -> Result<(), Doubt> {
    let rule = match repeat {
        Repeat::Daily => Rule::every(1, Unit::Day),
        Repeat::Weekly => Rule::every(1, Unit::Week),
        Repeat::Monthly => Rule::every(1, Unit::Month),
        Repeat::Yearly => Rule::every(1, Unit::Year),
        Repeat::On(rule) => rule,
        Repeat::Weekdays => {
            args.push(("repeat", is("weekdays")));
            return Ok(());
        }
        Repeat::Minutes(_) | Repeat::Cron(_) => return Err(Doubt::Unclear),
    };
    let word = match rule.unit {
        Unit::Day => "daily",
        Unit::Week => "weekly",
        Unit::Month => "monthly",
        Unit::Year => "yearly",
    };
    args.push(("repeat", is(word)));
    if rule.every > 1 {
        args.push(("every", is(rule.every)));
    }
    if !rule.days.is_empty() {
        args.push(("on", day_words(rule.days)));
    }
    if let Some(place) = rule.place {
        let place = match place {
            Place::First => "first",
            Place::Second => "second",
            Place::Third => "third",
            Place::Fourth => "fourth",
            Place::Last => "last",
        };
        args.push(("place", is(place)));
    }
    Ok(())
}

fn day_words(days: Days) -> Arg {
    const NAMES: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let named = NAMES.iter().zip(1_i8..).filter(|(_, day)| days.has(*day));
    Arg::Is(named.map(|(name, _)| Value::from(*name)).collect())
}
