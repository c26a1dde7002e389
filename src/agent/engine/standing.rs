//! The commands that make, list and remove standing rules.

use super::{Engine, planner};
use crate::agent::planner::Found;
use crate::agent::standing::{Standing, Wrong};
use crate::channels;
use crate::message::Locale;
use crate::store::{StoreError, from_json, standing, to_json};
use crate::tool::{EffectClass, ToolSpec};

impl Engine<'_> {
    /// Makes a rule. Whoever holds the webhook's token approves nothing, so not from there.
    pub(super) fn allow(
        &mut self,
        channel: &str,
        text: &str,
        locale: Locale,
    ) -> Result<String, StoreError> {
        let known = channels::all().iter().find(|known| known.name() == channel);
        if !known.is_some_and(|known| known.approves()) {
            let words = locale.pick(
                "A standing rule is made in the console or in a paired chat.",
                "Une règle permanente se crée dans la console ou une messagerie associée.",
            );
            return Ok(words.to_owned());
        }
        let rule = match Standing::parse(text, spec_of, self.now) {
            Ok(rule) => rule,
            Err(wrong) => return Ok(remedy(wrong, locale).to_owned()),
        };
        if spec_of(&rule.tool).is_none_or(|spec| spec.effect < EffectClass::Delete) {
            let words = locale.pick(
                "A rule covers what deletes, pays or changes rights. I ask about this tool for other reasons only, which no rule lifts.",
                "Une règle couvre ce qui supprime, paie ou change des droits. Pour cet outil je ne demande que pour d'autres raisons, qu'aucune règle ne lève.",
            );
            return Ok(words.to_owned());
        }
        let n = standing::add(self.store, &to_json(&rule)?)?;
        self.setting(&format!("standing:{n}"), &rule.text());
        let (allowed, times, until, undo) = locale.pick(
            ("Allowed without asking", "times", "until", "undoes it"),
            ("Permis sans demander", "fois", "jusqu'au", "l'annule"),
        );
        Ok(format!(
            "{allowed}: {} ({} {times}, {until} {}). /forbid {n} {undo}.",
            rule.text(),
            rule.count,
            day(&rule.until.to_rfc3339()),
        ))
    }

    /// Lists the rules.
    pub(super) fn rules(&self, locale: Locale) -> Result<String, StoreError> {
        let rows = standing::all(self.store)?;
        if rows.is_empty() {
            let words = locale.pick(
                "There is no standing rule. /allow TOOL argument=value amount<=10 count=5 days=30 makes one.",
                "Il n'y a aucune règle permanente. /autoriser OUTIL argument=valeur montant<=10 count=5 days=30 en crée une.",
            );
            return Ok(words.to_owned());
        }
        let mut text = locale
            .pick("Standing rules:", "Règles permanentes :")
            .to_owned();
        for row in rows {
            let rule: Standing = from_json(&row.rule)?;
            let used = locale.pick("used", "utilisée");
            text.push_str(&format!(
                "\n{}. {} ({used} {}/{}, {})",
                row.n,
                rule.text(),
                row.used,
                rule.count,
                day(&rule.until.to_rfc3339()),
            ));
        }
        Ok(text)
    }

    /// Removes a rule.
    pub(super) fn forbid(&mut self, text: &str, locale: Locale) -> Result<String, StoreError> {
        let removed = match text.trim().parse() {
            Ok(n) => standing::remove(self.store, n)?,
            Err(_) => false,
        };
        if removed {
            self.setting(&format!("standing:{}", text.trim()), "none");
        }
        let words = if removed {
            locale.pick("I ask again from now on.", "Je demanderai de nouveau.")
        } else {
            locale.pick(
                "There is no rule of this number; /rules lists them.",
                "Aucune règle de ce numéro ; /règles les montre.",
            )
        };
        Ok(words.to_owned())
    }
}

fn spec_of(name: &str) -> Option<&'static ToolSpec> {
    match planner::find(name)? {
        Found::Works(_, spec) => Some(spec),
        Found::Speaks(_) | Found::Announces | Found::Repeats | Found::Reads(_) => None,
    }
}

fn day(instant: &str) -> &str {
    instant.split('T').next().unwrap_or(instant)
}

fn remedy(wrong: Wrong, locale: Locale) -> &'static str {
    match wrong {
        Wrong::Tool => locale.pick(
            "Name a tool that there is, as its card shows it: /allow mail_delete count=5 days=30",
            "Nommez un outil qui existe, comme sur sa carte : /autoriser mail_delete count=5 days=30",
        ),
        Wrong::Condition => locale.pick(
            "A condition reads argument=value, argument<=number or argument~set, without blanks.",
            "Une condition s'écrit argument=valeur, argument<=nombre ou argument~ensemble, sans espace.",
        ),
        Wrong::Argument => locale.pick(
            "This tool has no such argument; its card shows them.",
            "Cet outil n'a pas cet argument ; sa carte les montre.",
        ),
        Wrong::Number => locale.pick(
            "That is no number, or over the limit: count up to 10000, days up to 366.",
            "Ce n'est pas un nombre, ou il dépasse la limite : count jusqu'à 10000, days jusqu'à 366.",
        ),
    }
}
