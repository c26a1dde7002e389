//! Commands to the agent itself, which need no planner: `/help`, `/status`, `/stop`, …
//!
//! They work while a turn runs, while the agent is stopped, and with any model, and cost no token.
//! Everything else that begins with `/` goes to the embedded planner. A guest has no commands.

use crate::message::Locale;
use crate::time::Zone;

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// What can I say?
    Help,
    /// How is it going?
    Status,
    /// What is used of what may be spent?
    Budget,
    /// Do nothing until `/resume`.
    Stop,
    /// Go on.
    Resume,
    /// Cancel what runs in this conversation.
    Cancel,
    /// Forget this conversation.
    New,
    /// What waits for my yes?
    Approvals,
    /// What went wrong for good?
    Failures(String),
    /// Take up a message again that was given up.
    Retry(String),
    /// Set the time zone.
    Zone(String),
    /// Make a code that pairs an account of a channel with the owner.
    Pair(String),
    /// Make a standing rule.
    Allow(String),
    /// Which standing rules are there?
    Rules,
    /// Remove a standing rule.
    Forbid(String),
    /// Remember what the owner states.
    Remember(String),
    /// What do you remember?
    Memory,
    /// Forget one thing, or all.
    Forget(String),
    /// Set or end the daily digest.
    Digest(String),
    /// Set or end quiet hours.
    Quiet(String),
    /// What is looked at without being asked?
    Routines,
    /// Remove a routine.
    Routine(String),
}

impl Command {
    /// Reads a command, in English or French; `None` for everything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let word = word.strip_prefix('/')?.to_lowercase();
        // In groups, a platform appends the bot's name: `/stop@my_bot`.
        let word = word.split('@').next().unwrap_or_default();
        let rest = rest.trim().to_owned();
        match word {
            "help" | "aide" => Some(Self::Help),
            "status" | "état" | "etat" => Some(Self::Status),
            "budget" => Some(Self::Budget),
            "stop" | "arrêt" | "arret" => Some(Self::Stop),
            "resume" | "reprendre" => Some(Self::Resume),
            "cancel" | "annuler" => Some(Self::Cancel),
            "new" | "nouveau" => Some(Self::New),
            "approvals" | "approbations" => Some(Self::Approvals),
            "failures" | "échecs" | "echecs" => Some(Self::Failures(rest)),
            "retry" | "réessayer" | "reessayer" => Some(Self::Retry(rest)),
            "zone" | "fuseau" => Some(Self::Zone(rest)),
            "pair" | "associer" => Some(Self::Pair(rest.to_lowercase())),
            "allow" | "autoriser" => Some(Self::Allow(rest)),
            "rules" | "règles" | "regles" => Some(Self::Rules),
            "forbid" | "interdire" => Some(Self::Forbid(rest)),
            "remember" | "retenir" => Some(Self::Remember(rest)),
            "memory" | "mémoire" | "memoire" => Some(Self::Memory),
            "forget" | "oublier" => Some(Self::Forget(rest)),
            "digest" | "résumé" => Some(Self::Digest(rest)),
            "quiet" | "silence" => Some(Self::Quiet(rest)),
            "routines" => Some(Self::Routines),
            "routine" => Some(Self::Routine(rest)),
            "start" if rest.is_empty() => Some(Self::Help),
            _ => None,
        }
    }
}

/// Whether a text begins like a command, so that the embedded planner reads it.
pub fn is_slashed(text: &str) -> bool {
    let mut chars = text.trim_start().chars();
    chars.next() == Some('/') && chars.next().is_some_and(char::is_alphabetic)
}

/// The answer to `/help`.
pub fn help(locale: Locale) -> &'static str {
    locale.pick(HELP_EN, HELP_FR)
}

/// The answer to `/zone`, and the zone if it is one.
pub fn zone(text: &str, locale: Locale) -> (Option<Zone>, String) {
    let Some(zone) = Zone::named(text) else {
        let words = locale.pick(
            "Please give a time zone by its name, for example: /zone Europe/Paris",
            "Donnez un fuseau horaire par son nom, par exemple : /zone Europe/Paris",
        );
        return (None, words.to_owned());
    };
    let words = locale.pick("Your time zone is", "Votre fuseau horaire est");
    let answer = format!("{words} {}.", zone.name());
    (Some(zone), answer)
}

/// A guess at the language of a text by small words that only one of the two has.
pub fn language(text: &str) -> Option<Locale> {
    const FRENCH: [&str; 22] = [
        "le",
        "la",
        "les",
        "mes",
        "mon",
        "ma",
        "que",
        "quoi",
        "quel",
        "quelle",
        "est",
        "dans",
        "demain",
        "pour",
        "avec",
        "aide",
        "rappelle",
        "rappelle-moi",
        "moi",
        "bonjour",
        "merci",
        "aujourd'hui",
    ];
    const ENGLISH: [&str; 20] = [
        "the", "my", "what", "what's", "is", "in", "tomorrow", "for", "with", "remind", "me",
        "and", "hello", "hi", "thanks", "show", "please", "today", "any", "read",
    ];
    let head: String = text.chars().take(400).collect::<String>().to_lowercase();
    let words = head.split(|c: char| c.is_whitespace() || ",.;:!?".contains(c));
    let mut score = 0_i32;
    for word in words {
        let word = word.replace('’', "'");
        let elided = ["qu'", "j'", "l'", "d'", "n'", "s'", "m'"]
            .iter()
            .any(|e| word.starts_with(e));
        if elided || FRENCH.contains(&word.as_str()) {
            score = score.saturating_add(1);
        } else if ENGLISH.contains(&word.as_str()) {
            score = score.saturating_sub(1);
        }
    }
    match score {
        0 => None,
        1.. => Some(Locale::Fr),
        _ => Some(Locale::En),
    }
}

const HELP_EN: &str = "\
Here is what I understand without a model:
/inbox — your mail; /read 2 — the second one
/agenda tomorrow — your calendar
/remind in 20 minutes call the dentist
/note buy milk; /notes; /reminders; /contacts Ada
/draft ada@example.org: Lunch on Friday?
The same in plain words: “what's on tomorrow?”, “remind me at 9 to call Ada”.
/approvals — what waits for your yes; /failures — what went wrong
/remember I am vegetarian; /memory; /forget 1
/digest 8:00; /quiet 22:00-7:00; /routines — what I look at by myself
/cancel — this turn; /new — a fresh conversation
/stop — do nothing; /resume — go on; /status
/budget — what is used of what may be spent
/zone Europe/Paris — your time zone; /pair — pair a chat app";

const HELP_FR: &str = "\
Voici ce que je comprends sans modèle :
/inbox — votre courrier ; /read 2 — le deuxième
/agenda demain — votre agenda
/remind dans 20 minutes appeler le dentiste
/note acheter du lait ; /notes ; /reminders ; /contacts Ada
/draft ada@example.org: On déjeune vendredi ?
Ou en clair : « qu'ai-je demain ? », « rappelle-moi à 9h d'appeler Ada ».
/approbations — ce qui attend votre accord ; /échecs — ce qui a échoué
/retenir je suis végétarien ; /mémoire ; /oublier 1
/résumé 8h ; /silence 22h-7h ; /routines — ce que je surveille
/annuler — ce tour ; /nouveau — nouvelle conversation
/stop — ne rien faire ; /reprendre — continuer ; /état
/budget — ce qui est utilisé de ce qui peut être dépensé
/fuseau Europe/Paris — votre fuseau ; /associer — associer une messagerie";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_in_both_languages() {
        assert_eq!(Command::parse(" /STOP "), Some(Command::Stop));
        assert_eq!(Command::parse("/arrêt"), Some(Command::Stop));
        assert_eq!(Command::parse("/Budget"), Some(Command::Budget));
        assert_eq!(Command::parse("/stop@sclerite_bot"), Some(Command::Stop));
        assert_eq!(
            Command::parse("/zone  Europe/Paris"),
            Some(Command::Zone("Europe/Paris".into()))
        );
        assert_eq!(Command::parse("/mémoire"), Some(Command::Memory));
        assert_eq!(
            Command::parse("/retenir j'aime le thé"),
            Some(Command::Remember("j'aime le thé".into()))
        );
        for text in ["/inbox", "stop", "please /stop", "", "/", "/remind me"] {
            assert_eq!(Command::parse(text), None, "{text}");
        }
        assert!(is_slashed("/inbox") && !is_slashed("/ 2") && !is_slashed("a/b"));
    }

    #[test]
    fn the_language_is_guessed_only_from_signs_of_it() {
        assert_eq!(language("qu’ai-je demain ?"), Some(Locale::Fr));
        assert_eq!(language("what's on tomorrow?"), Some(Locale::En));
        assert_eq!(language("12:30"), None);
    }
}
