//! How a reminder comes again: a rule, where it began, and where it ends.

use crate::message::Locale;
use crate::time::{Days, Place, Repeat, Rule, Timestamp, Unit, Zone};
use crate::tool::ToolError;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// How a reminder comes again.
#[derive(Serialize, Deserialize)]
pub(super) struct Series {
    pub(super) repeat: Repeat,
    /// The first occurrence on the clock of `zone`, for example `2026-11-24T09:00:00`.
    pub(super) first: String,
    pub(super) zone: String,
    /// The instant from which on it comes no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Timestamp>,
    /// How often it still comes, the next time included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) left: Option<u32>,
}

impl Series {
    /// A series that begins at `at` or, if its rule has no occurrence there, after it; and when it
    /// first comes. `None` for one that never does.
    pub(super) fn starting(
        repeat: Repeat,
        at: Timestamp,
        zone: Option<&Zone>,
    ) -> Result<Option<(Self, Timestamp)>, ToolError> {
        // Minutes pass the same everywhere; only the other rules read a clock on the wall.
        let utc = Zone::utc();
        let zone = match repeat {
            Repeat::Minutes(_) => &utc,
            Repeat::Daily
            | Repeat::Weekdays
            | Repeat::Weekly
            | Repeat::Monthly
            | Repeat::Yearly
            | Repeat::On(_)
            | Repeat::Cron(_) => zone.ok_or(ToolError::NoZone)?,
        };
        let first = at.in_zone(zone).datetime();
        let due = if repeat.begins_at(first) {
            Some(at)
        } else {
            repeat.next(first, zone, at)
        };
        let series = Self {
            repeat,
            first: first.to_string(),
            zone: zone.name().to_owned(),
            until: None,
            left: None,
        };
        Ok(due.map(|due| (series, due)))
    }

    pub(super) fn zone(&self) -> Option<Zone> {
        Zone::named(&self.zone)
    }

    /// The next time after `now`, now that the one of `due` has come. Those between them passed
    /// while nobody was there, and count. `None` once it is over.
    pub(super) fn go_on(&mut self, due: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let first: DateTime = self.first.parse().ok()?;
        let zone = self.zone()?;
        let next = match self.left {
            None => self.repeat.next(first, &zone, now)?,
            Some(mut left) => {
                let mut next = due;
                while next <= now {
                    left = left.checked_sub(1).filter(|left| *left > 0)?;
                    next = self.repeat.next(first, &zone, next)?;
                }
                self.left = Some(left);
                next
            }
        };
        self.until.is_none_or(|until| next < until).then_some(next)
    }

    /// The rule in words, with its end.
    pub(super) fn words(&self, locale: Locale) -> String {
        let mut words = repeat_words(&self.repeat, self.first.parse().ok(), locale);
        if let (Some(until), Some(zone)) = (self.until, self.zone()) {
            let last = until.plus_millis(-1).in_zone(&zone).date();
            words.push_str(&locale.pick(format!(", until {last}"), format!(", jusqu'au {last}")));
        }
        match (self.left, locale) {
            (Some(1), Locale::En) => words.push_str(", once more"),
            (Some(1), Locale::Fr) => words.push_str(", encore une fois"),
            (Some(left), Locale::En) => words.push_str(&format!(", {left} times more")),
            (Some(left), Locale::Fr) => words.push_str(&format!(", encore {left} fois")),
            (None, _) => {}
        }
        words
    }
}

fn repeat_words(repeat: &Repeat, first: Option<DateTime>, locale: Locale) -> String {
    let (english, french) = match repeat {
        Repeat::Minutes(n) => {
            return locale.pick(
                format!("every {n} minutes"),
                format!("toutes les {n} minutes"),
            );
        }
        Repeat::Daily => ("every day", "tous les jours"),
        Repeat::Weekdays => ("Monday to Friday", "du lundi au vendredi"),
        Repeat::Weekly => ("every week", "toutes les semaines"),
        Repeat::Monthly => ("every month", "tous les mois"),
        Repeat::Yearly => ("every year", "tous les ans"),
        Repeat::On(rule) => return rule_words(*rule, first, locale),
        Repeat::Cron(cron) => return format!("cron {cron}"),
    };
    locale.pick(english, french).to_owned()
}

fn rule_words(rule: Rule, first: Option<DateTime>, locale: Locale) -> String {
    let every = rule.every.max(1);
    let (one, many) = match (rule.unit, locale) {
        (Unit::Day, Locale::En) => ("day", "days"),
        (Unit::Week, Locale::En) => ("week", "weeks"),
        (Unit::Month, Locale::En) => ("month", "months"),
        (Unit::Year, Locale::En) => ("year", "years"),
        (Unit::Day, Locale::Fr) => ("tous les jours", "tous les {} jours"),
        (Unit::Week, Locale::Fr) => ("toutes les semaines", "toutes les {} semaines"),
        (Unit::Month, Locale::Fr) => ("tous les mois", "tous les {} mois"),
        (Unit::Year, Locale::Fr) => ("tous les ans", "tous les {} ans"),
    };
    let often = match (every, locale) {
        (1, Locale::En) => format!("every {one}"),
        (_, Locale::En) => format!("every {every} {many}"),
        (1, Locale::Fr) => one.to_owned(),
        (_, Locale::Fr) => many.replace("{}", &every.to_string()),
    };
    let days = day_names(rule.days, locale);
    let place = rule.place.map(|place| match (place, locale) {
        (Place::First, Locale::En) => "first",
        (Place::Second, Locale::En) => "second",
        (Place::Third, Locale::En) => "third",
        (Place::Fourth, Locale::En) => "fourth",
        (Place::Last, Locale::En) => "last",
        (Place::First, Locale::Fr) => "premier",
        (Place::Second, Locale::Fr) => "deuxième",
        (Place::Third, Locale::Fr) => "troisième",
        (Place::Fourth, Locale::Fr) => "quatrième",
        (Place::Last, Locale::Fr) => "dernier",
    });
    let month = first.filter(|_| rule.unit == Unit::Year);
    let month = month.map_or(String::new(), |first| format!(" ({:02})", first.month()));
    match (place, days.is_empty(), locale) {
        (None, true, _) => often,
        (None, false, Locale::En) => format!("{often} on {days}"),
        (None, false, Locale::Fr) => format!("{often}, le {days}"),
        (Some(place), true, Locale::En) => format!("{often} on the {place} day{month}"),
        (Some(place), true, Locale::Fr) => format!("{often}, le {place} jour{month}"),
        (Some(place), false, Locale::En) => format!("{often} on the {place} {days}{month}"),
        (Some(place), false, Locale::Fr) => format!("{often}, le {place} {days}{month}"),
    }
}

fn day_names(days: Days, locale: Locale) -> String {
    const EN: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    const FR: [&str; 7] = [
        "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
    ];
    let week = locale.pick(EN, FR);
    let names: Vec<&str> = week
        .iter()
        .zip(1_i8..)
        .filter(|(_, day)| days.has(*day))
        .map(|(name, _)| *name)
        .collect();
    match names.split_last() {
        Some((last, before)) if !before.is_empty() => {
            let and = locale.pick("and", "et");
            format!("{} {and} {last}", before.join(", "))
        }
        Some((last, _)) => (*last).to_owned(),
        None => String::new(),
    }
}
