//! The commands that have the agent remember something, show it and forget it.
//!
//! What the owner stated stands in every planner's prompt and counts as their words. Nothing else
//! gets there: no tool writes a fact, and what is read from others stays behind handles.

use super::Engine;
use crate::message::Locale;
use crate::store::{StoreError, facts};

/// How long a fact may be, in bytes.
const BYTES_MAX: usize = 500;
/// How many facts there may be. They stand in every prompt, so they are paid for each time.
const FACTS_MAX: usize = 40;

impl Engine<'_> {
    /// Keeps what the owner states.
    pub(super) fn remember(&mut self, text: &str, locale: Locale) -> Result<String, StoreError> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            let words = locale.pick(
                "Tell me what, for example: /remember my landlord is henri@example.org",
                "Dites quoi, par exemple : /retenir mon propriétaire est henri@example.org",
            );
            return Ok(words.to_owned());
        }
        if names_handle(&text) {
            let words = locale.pick(
                "That names a result, and what others wrote stays what they wrote: I remember only what you say yourself. Say it in your own words, or keep it with /note.",
                "Cela désigne un résultat, et ce que d'autres ont écrit reste d'eux : je ne retiens que ce que vous dites vous-même. Dites-le avec vos mots, ou gardez-le avec /note.",
            );
            return Ok(words.to_owned());
        }
        if text.len() > BYTES_MAX {
            let words = locale.pick(
                "That is too long to stand in every prompt (500 bytes at most). /note keeps it all the same.",
                "C'est trop long pour figurer dans chaque requête (500 octets au plus). /note le garde quand même.",
            );
            return Ok(words.to_owned());
        }
        if facts::all(self.store)?.len() >= FACTS_MAX {
            let words = locale.pick(
                "I remember 40 things already. /memory lists them, /forget N makes room.",
                "Je retiens déjà 40 choses. /mémoire les montre, /oublier N fait de la place.",
            );
            return Ok(words.to_owned());
        }
        let n = facts::add(self.store, &text)?;
        self.setting(&format!("fact:{n}"), "remembered");
        Ok(match locale {
            Locale::En => format!("I remember that. /forget {n} undoes it."),
            Locale::Fr => format!("Je le retiens. /oublier {n} l'efface."),
        })
    }

    /// Lists what is remembered, and says how much is kept besides.
    pub(super) fn memory(&self, locale: Locale) -> Result<String, StoreError> {
        let rows = facts::all(self.store)?;
        let words = if rows.is_empty() {
            locale.pick(
                "You asked me to remember nothing yet. /remember TEXT does.",
                "Vous ne m'avez encore rien fait retenir. /retenir TEXTE le fait.",
            )
        } else {
            locale.pick("I remember:", "Je retiens :")
        };
        let mut text = words.to_owned();
        for row in rows {
            text.push_str(&format!("\n{}. {}", row.n, row.text));
        }
        text.push_str("\n\n");
        text.push_str(&self.kept(locale)?);
        Ok(text)
    }

    /// Forgets one fact, or all of them.
    pub(super) fn forget(&mut self, text: &str, locale: Locale) -> Result<String, StoreError> {
        let text = text.trim().to_lowercase();
        if matches!(text.as_str(), "all" | "tout") {
            facts::clear(self.store)?;
            self.setting("fact:all", "forgotten");
            return Ok(locale
                .pick("I forgot all of it.", "J'ai tout oublié.")
                .to_owned());
        }
        let removed = match text.parse() {
            Ok(n) => facts::remove(self.store, n)?,
            Err(_) => false,
        };
        if removed {
            self.setting(&format!("fact:{text}"), "forgotten");
        }
        let words = if removed {
            locale.pick("Forgotten.", "Oublié.")
        } else {
            locale.pick(
                "I remember nothing of this number; /memory lists what I do, /forget all forgets everything.",
                "Je ne retiens rien de ce numéro ; /mémoire montre ce que je retiens, /oublier tout efface tout.",
            )
        };
        Ok(words.to_owned())
    }

    /// What planners are told of it, behind their instructions; empty if there is nothing.
    pub(super) fn told_facts(&self) -> Result<String, StoreError> {
        let rows = facts::all(self.store)?;
        let mut text = String::new();
        if !rows.is_empty() {
            text.push_str("\nThe owner asked you to remember:");
        }
        for row in rows {
            text.push_str("\n- ");
            text.push_str(&row.text);
        }
        Ok(text)
    }
}

/// Whether a text names a handle, such as `$mail_1`: in a prompt it would stand for what is behind
/// it, and count as the owner's words.
fn names_handle(text: &str) -> bool {
    text.split('$').skip(1).any(|rest| {
        let kind = rest.chars().take_while(char::is_ascii_lowercase).count();
        let after = rest.chars().skip(kind);
        let number: String = after.take(2).collect();
        let digit = number
            .chars()
            .nth(1)
            .is_some_and(|digit| digit.is_ascii_digit());
        kind > 0 && number.starts_with('_') && digit
    })
}
