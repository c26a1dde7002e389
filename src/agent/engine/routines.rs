//! Routines: looking at something without being asked, quiet hours, and the commands for both.
//!
//! What a routine looks at is read like any call: policy decides, and a request to a service is a
//! row of the outbox. A look that needs no request leaves no turn behind if nothing comes of it.

use super::Engine;
use crate::agent::effect::Job;
use crate::agent::planner;
use crate::agent::render::{self, Manner};
use crate::agent::turn::{CallRecord, Cause, Effect, Event, Turn};
use crate::connectors::{self, Check, Checked, Connector, Woken, routines};
use crate::message::{Block, Locale, Message};
use crate::store::documents::Space;
use crate::store::failures;
use crate::store::timers::{self, Timer};
use crate::store::turns::{self, Status};
use crate::store::{StoreError, approvals, conversations, handles, settings};
use crate::time::{Timestamp, Zone, clock};
use crate::tool::{CallContext, ToolError, ToolOutput};
use std::collections::VecDeque;

/// The name of the setting that holds the quiet hours, such as `22:00-07:00`.
const QUIET: &str = "quiet";
/// How long an expired question is told of in digests, in milliseconds: a day.
const EXPIRED_MS: i64 = 86_400_000;

impl Engine<'_> {
    /// When the quiet hours end that keep a timer from firing now; `None` if nothing does.
    pub(in crate::agent) fn waits_for_quiet(
        &self,
        timer: &Timer,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Some(connector) = known(&timer.connector) else {
            return Ok(None);
        };
        let documents = Space::of(self.store, connector.name());
        if connector.is_urgent(&timer.document, &documents) {
            return Ok(None);
        }
        let hours = settings::get(self.store, QUIET)?;
        let zone = self.zone()?;
        Ok(hours
            .zip(zone)
            .and_then(|(hours, zone)| quiet_end(&hours, &zone, self.now)))
    }

    /// Looks at what a timer's connector wants to see; returns the turn that tells of it, or that
    /// waits for a service.
    pub(in crate::agent) fn look(
        &mut self,
        timer: &Timer,
        woken: &Woken,
    ) -> Result<Option<i64>, StoreError> {
        let Some((channel, conversation)) = self.place_of(woken)? else {
            return Ok(None);
        };
        let seq = turns::next_seq(self.store)?;
        let id = self.ids.turn(seq);
        let cause = Cause::Check {
            connector: timer.connector.clone(),
            document: timer.document.clone(),
        };
        let mut turn = Turn::new(seq, id, &channel, conversation, cause);
        turn.locale = self.locale()?;
        let today = match self.zone()? {
            Some(zone) => self.now.in_zone(&zone).date(),
            None => self.now.in_zone(&Zone::utc()).date(),
        };
        let mut jobs = Vec::new();
        let mut found = Vec::new();
        let calls = woken.checks.iter();
        let calls = calls.flat_map(|check| planner::looks(&check_args(check), check.kind, today));
        for call in calls {
            let at = turn.look(call);
            let result = self.run(&mut turn, at, &mut jobs)?;
            found.push(result.and_then(|result| turn.looked(at, result)));
        }
        if jobs.is_empty() {
            let woken = self.found(&turn, &found)?;
            return self.announce_timer(timer, woken);
        }
        // The others wait for those that a service answers.
        for (at, seen) in found.into_iter().enumerate() {
            self.keep_seen(&turn, at, seen)?;
        }
        turn.settle();
        let delivery = format!("check:{}:{}", timer.id, timer.due.millis());
        Ok(Some(self.insert(&turn, &delivery)?.seq))
    }

    /// Takes what one call of a turn found; after the last one, tells what comes of it, if anything
    /// does.
    pub(super) fn looked(
        &mut self,
        turn: &mut Turn,
        at: usize,
        output: Option<ToolOutput>,
        events: &mut VecDeque<Event>,
        jobs: &mut Vec<Job>,
    ) -> Result<(), StoreError> {
        self.keep_seen(turn, at, output)?;
        if turn.calls.iter().any(CallRecord::is_open) {
            return Ok(());
        }
        let place = seen_by(turn);
        let mut found = Vec::new();
        for at in 0..turn.calls.len() {
            let seen = handles::get(self.store, &place, &at.to_string())?;
            found.push(seen.map(|(kind, item)| ToolOutput::new(kind, item)));
        }
        conversations::forget(self.store, &place)?;
        let mut woken = self.found(turn, &found)?;
        if let Some(message) = self.message_of(&woken, turn.locale)? {
            if let Cause::Check { connector, .. } = &turn.cause {
                let name = connector.clone();
                self.expect_receipt(turn, &name, woken.receipt.take());
            }
            let mut effects: Vec<Effect> = Vec::new();
            turn.tell(message, self.now, &mut effects);
            for effect in effects {
                self.perform(turn, effect, events, jobs)?;
            }
        }
        turn.end(Status::Done);
        Ok(())
    }

    /// Keeps what a call found until the others are settled.
    fn keep_seen(
        &self,
        turn: &Turn,
        at: usize,
        seen: Option<ToolOutput>,
    ) -> Result<(), StoreError> {
        let Some(seen) = seen else {
            return Ok(());
        };
        let place = seen_by(turn);
        handles::put(self.store, &place, &at.to_string(), seen.kind, &seen.item)
    }

    /// What a connector makes of what was found for it.
    fn found(&mut self, turn: &Turn, found: &[Checked]) -> Result<Woken, StoreError> {
        let Cause::Check {
            connector,
            document,
        } = &turn.cause
        else {
            return Ok(Woken::default());
        };
        let Some(connector) = known(connector) else {
            return Ok(Woken::default());
        };
        let woken = self.with_context(turn, connector, |context| {
            connector.checked(document, found, context)
        })?;
        let woken = woken.unwrap_or_default();
        self.set_timers(connector.name(), &woken.timers)?;
        Ok(woken)
    }

    /// What a timer has to say, with what it shows rendered by code.
    pub(in crate::agent) fn message_of(
        &self,
        woken: &Woken,
        locale: Locale,
    ) -> Result<Option<Message>, StoreError> {
        let Some(mut message) = woken.message.clone() else {
            return Ok(None);
        };
        let zone = self.zone()?;
        let manner = Manner {
            locale,
            zone: zone.as_ref(),
        };
        let shown = woken.shown.iter();
        let mut blocks: Vec<Block> = shown
            .map(|(kind, item)| render::shown(*kind, item, manner))
            .collect();
        if woken.with_questions {
            blocks.extend(self.questions_now(locale)?);
            if blocks.is_empty() {
                return Ok(None);
            }
        }
        message.blocks.extend(blocks);
        Ok(Some(message))
    }

    /// The questions that wait, those that nobody answered in time, and whether things went wrong.
    fn questions_now(&self, locale: Locale) -> Result<Vec<Block>, StoreError> {
        let since = self.now.plus_millis(-EXPIRED_MS);
        let lists = [
            (
                approvals::waiting(self.store, 10)?,
                locale.pick("Waiting for your yes:", "En attente de votre accord :"),
            ),
            (
                approvals::expired(self.store, since, self.now, 10)?,
                locale.pick(
                    "Expired without your answer; ask me again if you still want it:",
                    "Expiré sans réponse de votre part ; redemandez-le si vous y tenez :",
                ),
            ),
        ];
        let blocks = lists.into_iter().filter(|(asked, _)| !asked.is_empty());
        let failed = failures::count_since(self.store, since)?;
        let failed = (failed > 0).then(|| Block::Say {
            text: match locale {
                Locale::En => {
                    format!("Went wrong for good since yesterday: {failed}. /failures lists it.")
                }
                Locale::Fr => {
                    format!("Échecs définitifs depuis hier : {failed}. /échecs les montre.")
                }
            },
        });
        let blocks = blocks.map(|(asked, head)| {
            let mut text = head.to_owned();
            for one in asked {
                text.push_str(&format!("\n- {}", one.card.summary()));
            }
            Block::Say { text }
        });
        Ok(blocks.chain(failed).collect())
    }

    /// `/digest 8:00`, `/digest off`.
    pub(super) fn digest(&mut self, turn: &Turn, text: &str) -> Result<String, StoreError> {
        let locale = turn.locale;
        if is_off(text) {
            let mut documents = Space::of(self.store, ROUTINES.name());
            let Ok(changes) = routines::end_digest(&mut documents) else {
                return Ok(broken(locale));
            };
            self.set_timers(ROUTINES.name(), &changes)?;
            self.setting("digest", "none");
            let words = locale.pick("No more digests.", "Plus de résumés.");
            return Ok(words.to_owned());
        }
        let Some(time) = clock(text) else {
            let words = locale.pick(
                "Give a time, for example: /digest 8:00. /digest off ends it.",
                "Donnez une heure, par exemple : /résumé 8h. /résumé off l'arrête.",
            );
            return Ok(words.to_owned());
        };
        let at = time.strftime("%H:%M").to_string();
        let set = self.with_context(turn, ROUTINES, |context: &mut CallContext<'_>| {
            routines::set_digest(&at, context)
        })?;
        let changes = match set {
            Ok(changes) => changes,
            Err(ToolError::NoZone) => return Ok(no_zone(locale)),
            Err(_) => return Ok(broken(locale)),
        };
        self.set_timers(ROUTINES.name(), &changes)?;
        self.setting("digest", &at);
        Ok(locale.pick(
            format!("Every day at {at} I tell you what there is, if there is anything."),
            format!("Chaque jour à {at} je vous dis ce qu'il y a, s'il y a quelque chose."),
        ))
    }

    /// `/quiet 22:00-7:00`, `/quiet off`.
    pub(super) fn quiet(&mut self, text: &str, locale: Locale) -> Result<String, StoreError> {
        if is_off(text) {
            self.choose(QUIET, None)?;
            let words = locale.pick("No quiet hours.", "Plus d'heures calmes.");
            return Ok(words.to_owned());
        }
        let hours = text.split_once(['-', '–']);
        let hours = hours.and_then(|(from, to)| Some((clock(from)?, clock(to)?)));
        let Some((from, to)) = hours.filter(|(from, to)| from != to) else {
            let words = locale.pick(
                "Give two times, for example: /quiet 22:00-7:00. /quiet off ends them.",
                "Donnez deux heures, par exemple : /silence 22h-7h. /silence off les supprime.",
            );
            return Ok(words.to_owned());
        };
        if self.zone()?.is_none() {
            return Ok(no_zone(locale));
        }
        let hours = format!("{}-{}", from.strftime("%H:%M"), to.strftime("%H:%M"));
        self.choose(QUIET, Some(&hours))?;
        Ok(locale.pick(
            format!(
                "From {hours} I keep quiet; what comes waits until then. Reminders that you set, \
                 and events that begin soon, come all the same."
            ),
            format!(
                "De {hours} je me tais ; le reste attend la fin. Les rappels que vous avez réglés \
                 et les événements imminents passent quand même."
            ),
        ))
    }

    /// `/routines`.
    pub(super) fn routines(&self, locale: Locale) -> Result<String, StoreError> {
        let documents = Space::of(self.store, ROUTINES.name());
        let Ok(all) = routines::all(&documents) else {
            return Ok(broken(locale));
        };
        let zone = self.zone()?;
        let manner = Manner {
            locale,
            zone: zone.as_ref(),
        };
        let mut text = String::new();
        for routine in all {
            let due = match routine.timer() {
                Ok(timer) => timers::when(self.store, &timer)?,
                Err(_) => None,
            };
            let next = due.map_or_else(String::new, |due| render::moment(due, manner));
            let (next_word, told) = locale.pick(("next", "told"), ("prochain", "dit"));
            text.push_str(&format!(
                "\n{}. {} ({next_word}: {next}; {told}: {})",
                routine.n,
                routine.words(locale),
                routine.fired
            ));
            if let Some(until) = routine.until {
                let word = locale.pick("ends", "prend fin");
                text.push_str(&format!(", {word}: {}", render::moment(until, manner)));
            }
        }
        if let Some(hours) = settings::get(self.store, QUIET)? {
            let quiet = locale.pick("Quiet hours", "Heures calmes");
            text.push_str(&format!("\n{quiet}: {hours}"));
        }
        if text.is_empty() {
            let words = locale.pick(
                "I look at nothing by myself. /digest 8:00 sets a daily digest; “tell me when Ada writes” watches your mail.",
                "Je ne surveille rien. /résumé 8h règle un résumé quotidien ; « préviens-moi quand Léa écrit » surveille votre courrier.",
            );
            return Ok(words.to_owned());
        }
        let head = locale.pick(
            "What I look at by myself (/routine off N ends one):",
            "Ce que je surveille (/routine off N en arrête une) :",
        );
        Ok(format!("{head}{text}"))
    }

    /// `/routine off 2`.
    pub(super) fn routine(&mut self, text: &str, locale: Locale) -> Result<String, StoreError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let n = match words.as_slice() {
            [off, n] if is_off(off) => n.parse().ok(),
            _ => None,
        };
        let mut documents = Space::of(self.store, ROUTINES.name());
        let removed = n.map(|n| routines::remove(n, &mut documents));
        let change = match removed {
            Some(Ok(change)) => change,
            Some(Err(_)) => return Ok(broken(locale)),
            None => None,
        };
        let Some(change) = change else {
            let words = locale.pick(
                "There is no such routine. /routines lists them, /routine off 2 ends the second.",
                "Pas de telle routine. /routines les montre, /routine off 2 arrête la deuxième.",
            );
            return Ok(words.to_owned());
        };
        self.set_timers(ROUTINES.name(), &[change])?;
        self.setting("routine", "none");
        Ok(locale
            .pick("I no longer look.", "Je ne regarde plus.")
            .to_owned())
    }
}

/// The connector of routines.
const ROUTINES: &dyn Connector = &routines::Routines;

fn known(name: &str) -> Option<&'static dyn Connector> {
    connectors::all()
        .iter()
        .find(|known| known.name() == name)
        .copied()
}

/// Under what name the findings of a turn are kept, which is no conversation's.
fn seen_by(turn: &Turn) -> String {
    format!("check:{}", turn.id)
}

/// What a check asks for, by the names that such arguments have.
fn check_args(check: &Check) -> Vec<(&'static str, serde_json::Value)> {
    let mut args = Vec::new();
    if check.unread {
        args.push(("unread", true.into()));
    }
    if !check.from.is_empty() {
        args.push(("from", check.from.as_str().into()));
    }
    args
}

fn is_off(text: &str) -> bool {
    matches!(
        text.trim().to_lowercase().as_str(),
        "off" | "none" | "non" | "aucun" | "arrêt"
    )
}

fn no_zone(locale: Locale) -> String {
    let words = locale.pick(
        "Tell me your time zone first: /zone Europe/Paris",
        "Dites d'abord votre fuseau horaire : /fuseau Europe/Paris",
    );
    words.to_owned()
}

fn broken(locale: Locale) -> String {
    let words = locale.pick("That did not work.", "Cela n'a pas marché.");
    words.to_owned()
}

/// The end of the quiet hours that an instant lies in; `None` if it lies in none.
fn quiet_end(hours: &str, zone: &Zone, now: Timestamp) -> Option<Timestamp> {
    let (from, to) = hours.split_once('-')?;
    let (from, to) = (clock(from)?, clock(to)?);
    let wall = now.in_zone(zone).datetime();
    let (time, today) = (wall.time(), wall.date());
    let day = if from < to {
        (from <= time && time < to).then_some(today)?
    } else if time >= from {
        today.tomorrow().ok()?
    } else {
        (time < to).then_some(today)?
    };
    zone.instant(day.to_datetime(to)).filter(|end| *end > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_end_on_the_clock_of_the_wall() {
        let zone = Zone::named("Europe/Paris").unwrap();
        let at = |text: &str| {
            Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
        };
        let end =
            |hours: &str, now: &str| quiet_end(hours, &zone, at(now)).map(Timestamp::to_rfc3339);
        let night = "22:00-07:00";
        assert_eq!(end(night, "2026-11-23T20:59:59Z"), None);
        assert_eq!(
            end(night, "2026-11-23T21:00:00Z").unwrap(),
            "2026-11-24T06:00:00Z"
        );
        assert_eq!(
            end(night, "2026-11-24T05:59:59Z").unwrap(),
            "2026-11-24T06:00:00Z"
        );
        assert_eq!(end(night, "2026-11-24T06:00:00Z"), None);
        // The night on which clocks go forward is an hour shorter.
        assert_eq!(
            end(night, "2027-03-27T22:30:00Z").unwrap(),
            "2027-03-28T05:00:00Z"
        );
        assert_eq!(
            end("13:00-14:30", "2026-11-24T12:30:00Z").unwrap(),
            "2026-11-24T13:30:00Z"
        );
        assert_eq!(end("13:00-14:30", "2026-11-24T13:30:00Z"), None);
        assert_eq!(end("nonsense", "2026-11-24T13:30:00Z"), None);
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        let read = |text: &str| clock(text).map(|time| time.strftime("%H:%M").to_string());
        for (text, expected) in [
            ("8", "08:00"),
            ("8:05", "08:05"),
            ("8h", "08:00"),
            ("21H30", "21:30"),
        ] {
            assert_eq!(read(text).unwrap(), expected);
        }
        for text in ["", "25", "8:60", "8:5x", "-1", "eight", "8:00:00"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
