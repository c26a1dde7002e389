//! The commands about what went wrong for good: the list, trying again, and forgetting it.

use super::Engine;
use crate::agent::planner::{self, Found};
use crate::agent::render::{Manner, moment};
use crate::agent::turn::{CallRecord, Cause, Progress};
use crate::inert::inert_capped;
use crate::message::Locale;
use crate::models::PromptItem;
use crate::store::StoreError;
use crate::store::failures::{self, Failure, FailureRow};

/// The most rows that are listed.
const LISTED_MAX: i64 = 20;
/// The most bytes of each.
const LINE_BYTES_MAX: usize = 200;

impl Engine<'_> {
    /// Lists what went wrong for good, or removes it from the list.
    pub(super) fn failures(&mut self, text: &str, locale: Locale) -> Result<String, StoreError> {
        if matches!(text.trim().to_lowercase().as_str(), "clear" | "effacer") {
            failures::clear(self.store)?;
            self.setting("failures", "cleared");
            return Ok(locale
                .pick("The list is empty now.", "La liste est vide maintenant.")
                .to_owned());
        }
        let rows = failures::latest(self.store, LISTED_MAX)?;
        if rows.is_empty() {
            let words = locale.pick(
                "Nothing went wrong that you would have to look at.",
                "Rien n'a échoué que vous devriez vérifier.",
            );
            return Ok(words.to_owned());
        }
        let all = failures::count(self.store)?;
        let mut text = locale
            .pick(
                "This went wrong for good, the latest first:",
                "Ceci a échoué pour de bon, le plus récent d'abord :",
            )
            .to_owned();
        let zone = self.zone()?;
        for row in &rows {
            let manner = Manner {
                locale,
                zone: zone.as_ref(),
            };
            let when = moment(row.at, manner);
            let about = inert_capped(&row.about, LINE_BYTES_MAX);
            let what = what(row, locale);
            text.push_str(&format!("\n{}. {when} · {what}: {about}", row.n));
        }
        let shown = i64::try_from(rows.len()).unwrap_or(LISTED_MAX);
        if all > shown {
            let more = all.saturating_sub(shown);
            text.push_str(&match locale {
                Locale::En => format!("\n… and {more} older."),
                Locale::Fr => format!("\n… et {more} plus anciens."),
            });
        }
        text.push_str(locale.pick(
            "\n/retry N takes up a message again; /failures clear empties this list.",
            "\n/réessayer N reprend un message ; /échecs effacer vide cette liste.",
        ));
        Ok(text)
    }

    /// Takes up a message again that was given up. Nothing else is repeated: it may have happened.
    pub(super) fn take_up(&mut self, text: &str, locale: Locale) -> Result<String, StoreError> {
        let found = match text.trim().parse() {
            Ok(n) => failures::get(self.store, n)?,
            Err(_) => None,
        };
        let Some(row) = found else {
            let words = locale.pick(
                "Give the number of a failure: /failures lists them.",
                "Donnez le numéro d'un échec : /échecs les montre.",
            );
            return Ok(words.to_owned());
        };
        let given_up = match self.load(row.turn)? {
            Some((_, turn)) if row.failure == Failure::GivenUp => Some(turn),
            Some(_) | None => None,
        };
        if self.circumstances()?.stopped {
            return Ok(locale
                .pick(
                    "I am stopped. Send /resume first.",
                    "Je suis arrêté. Envoyez d'abord /reprendre.",
                )
                .to_owned());
        }
        let given_up = given_up.filter(|turn| {
            matches!(turn.cause, Cause::Owner { .. }) && !turn.calls.iter().any(may_have_acted)
        });
        let Some(turn) = given_up else {
            let words = locale.pick(
                "I repeat only messages of yours that I gave up before they did anything. This one \
                 may have done something: look there first, then ask me again in your own words.",
                "Je ne reprends que vos messages abandonnés avant d'avoir agi. Celui-ci a peut-être \
                 agi : vérifiez d'abord, puis redemandez-le-moi.",
            );
            return Ok(words.to_owned());
        };
        failures::remove(self.store, row.n)?;
        let had_files = turn.items.iter().any(|item| match item {
            PromptItem::Owner { text } => text.contains("[The owner attached a file:"),
            PromptItem::Planner { .. } | PromptItem::Result { .. } => false,
        });
        let delivery = format!("{}:retry:{}", turn.channel, row.n);
        let added = self.add(
            &turn.channel,
            &turn.conversation,
            &delivery,
            turn.cause,
            false,
        )?;
        let mut words = match locale {
            Locale::En => format!("I take it up again as {}.", added.id),
            Locale::Fr => format!("Je le reprends sous {}.", added.id),
        };
        if had_files {
            words.push_str(locale.pick(
                " Files that came with it are not: send them again.",
                " Les fichiers joints ne le sont pas : renvoyez-les.",
            ));
        }
        Ok(words)
    }
}

/// Whether a call that changes or sends something was begun.
fn may_have_acted(record: &CallRecord) -> bool {
    let begun = !matches!(
        record.status,
        Progress::Denied | Progress::Waiting | Progress::Deferred | Progress::Held
    );
    begun
        && match planner::find(&record.call.tool) {
            Some(Found::Works(_, spec)) => planner::is_effectful(spec),
            Some(Found::Speaks(_) | Found::Announces | Found::Repeats | Found::Reads(_)) | None => {
                false
            }
        }
}

fn what(row: &FailureRow, locale: Locale) -> &'static str {
    match row.failure {
        Failure::GivenUp => locale.pick("I gave up this message", "message abandonné"),
        Failure::Unknown => locale.pick("may or may not have happened", "a peut-être eu lieu"),
        Failure::Untold => locale.pick(
            "may not have reached you",
            "ne vous est peut-être pas parvenu",
        ),
    }
}
