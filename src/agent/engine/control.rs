//! Control: commands to the agent itself, buttons, and the owner's answers to questions.
//!
//! None of it needs a planner, and none of it waits for one.

use super::Engine;
use super::accept::PAIRING_MS;
use crate::agent::commands::{self, Command};
use crate::agent::conversation::Conversation;
use crate::agent::effect::{Body, Job};
use crate::agent::turn::{Cause, Event, Turn};
use crate::approval::{self, ApprovalError};
use crate::audit::Entry;
use crate::id::ApprovalId;
use crate::message::{Locale, Message};
use crate::store::turns::{self, Status};
use crate::store::{StoreError, approvals, conversations, from_json, settings, to_json};
use crate::time::{Timestamp, Zone};

/// What became of an answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// What the question is now.
    pub status: approval::Status,
    /// The turn that asked.
    pub turn: i64,
    /// What is to be run now.
    pub jobs: Vec<Job>,
}

/// Why an answer was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// It does not count.
    #[error(transparent)]
    Refused(#[from] ApprovalError),
    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine<'_> {
    /// Takes the owner's answer to a question. `hash` is that of the call they were shown.
    pub fn answer(
        &mut self,
        id: &ApprovalId,
        yes: bool,
        hash: &str,
    ) -> Result<Answered, AnswerError> {
        let outcome = self.step(|engine| engine.answer_inside(id, yes, Some(hash)))?;
        Ok(outcome?)
    }

    /// `hash` is `None` for a button, which carries the id of one card and nothing else.
    fn answer_inside(
        &mut self,
        id: &ApprovalId,
        yes: bool,
        hash: Option<&str>,
    ) -> Result<Result<Answered, ApprovalError>, StoreError> {
        let Some(asked) = approvals::get(self.store, id)? else {
            return Ok(Err(ApprovalError::Unknown));
        };
        let hash = hash.unwrap_or(&asked.call_hash);
        if let Err(error) = approval::check_answer(&asked, hash, self.now) {
            return Ok(Err(error));
        }
        let status = if yes {
            approval::Status::Approved
        } else {
            approval::Status::Denied
        };
        if !approvals::answer(self.store, id, status)? {
            return Ok(Err(ApprovalError::Answered));
        }
        if !yes {
            self.refused(&asked)?;
        }
        let jobs = self.announce(&asked, status)?;
        Ok(Ok(Answered {
            status,
            turn: asked.turn,
            jobs,
        }))
    }

    /// Tells the turn that asked what became of its question.
    fn announce(
        &mut self,
        asked: &approval::Approval,
        status: approval::Status,
    ) -> Result<Vec<Job>, StoreError> {
        self.entries.push(Entry::Answered {
            approval: asked.id.to_string(),
            status: status.word().to_owned(),
        });
        let Some((_, mut turn)) = self.load(asked.turn)? else {
            return Ok(Vec::new());
        };
        // Whoever held the line may be gone by now.
        turn.held = false;
        self.drive(
            &mut turn,
            Event::Answered {
                approval: asked.id.clone(),
                status,
            },
        )
    }

    /// Closes a question whose time is over. One whose turn cannot be told is closed all the same.
    pub(in crate::agent) fn expire(
        &mut self,
        asked: &approval::Approval,
    ) -> Result<Vec<Job>, StoreError> {
        let status = approval::Status::Expired;
        let told = self.step(|engine| {
            if approvals::answer(engine.store, &asked.id, status)? {
                return engine.announce(asked, status);
            }
            Ok(Vec::new())
        });
        told.or_else(|error| {
            self.step(|engine| approvals::answer(engine.store, &asked.id, status))?;
            Err(error)
        })
    }

    /// Carries out a command or a button; `None` if the turn is neither.
    pub(super) fn control(&mut self, turn: &mut Turn) -> Result<Option<Vec<Job>>, StoreError> {
        let mut jobs = Vec::new();
        let words = match turn.cause.clone() {
            Cause::Owner { text, .. } => {
                let Some(command) = Command::parse(&text) else {
                    return Ok(None);
                };
                self.command(turn, command, &mut jobs)?
            }
            Cause::Button {
                approval,
                yes,
                callback,
            } => {
                let words = self.button(turn, &approval, yes, &mut jobs)?;
                if let Some(callback) = callback {
                    let body = Body::ButtonDone {
                        callback,
                        text: words.to_owned(),
                    };
                    self.post(turn, &body, &mut jobs)?;
                }
                turn.end(Status::Done);
                return self.save(turn, jobs).map(Some);
            }
            Cause::Guest { .. } | Cause::Notice { .. } | Cause::Check { .. } => return Ok(None),
        };
        let mut effects = Vec::new();
        turn.tell(Message::say(words), self.now, &mut effects);
        turn.end(Status::Done);
        let mut events = std::collections::VecDeque::new();
        for effect in effects {
            self.perform(turn, effect, &mut events, &mut jobs)?;
        }
        self.save(turn, jobs).map(Some)
    }

    fn button(
        &mut self,
        turn: &Turn,
        approval: &str,
        yes: bool,
        jobs: &mut Vec<Job>,
    ) -> Result<&'static str, StoreError> {
        let unknown = ("There is no such question.", "Cette question n'existe pas.");
        let Ok(id) = ApprovalId::try_from(approval) else {
            return Ok(turn.locale.pick(unknown.0, unknown.1));
        };
        let (english, french) = match self.answer_inside(&id, yes, None)? {
            Ok(answered) => {
                jobs.extend(answered.jobs);
                if yes {
                    ("Approved.", "Approuvé.")
                } else {
                    ("Not done.", "Ce n'est pas fait.")
                }
            }
            Err(ApprovalError::Unknown | ApprovalError::Differs) => unknown,
            Err(ApprovalError::Answered) => ("It was answered before.", "Déjà répondu."),
            Err(ApprovalError::Expired) => ("It has expired.", "C'est trop tard."),
        };
        Ok(turn.locale.pick(english, french))
    }

    fn command(
        &mut self,
        turn: &mut Turn,
        command: Command,
        jobs: &mut Vec<Job>,
    ) -> Result<String, StoreError> {
        let locale = turn.locale;
        Ok(match command {
            Command::Help => commands::help(locale).to_owned(),
            Command::Status => self.status(locale)?,
            Command::Budget => self.budget()?.text(locale),
            Command::Stop => self.stop(turn, jobs)?,
            Command::Resume => self.resume(locale)?,
            Command::Cancel => {
                let conversation = turn.conversation.as_str().to_owned();
                let n = self.cancel_all(turn, Some(&conversation), false, jobs)?;
                match n {
                    0 => locale.pick("Nothing is running here.", "Rien n'est en cours ici."),
                    _ => locale.pick("Cancelled.", "Annulé."),
                }
                .to_owned()
            }
            Command::New => {
                let conversation = turn.conversation.as_str().to_owned();
                self.cancel_all(turn, Some(&conversation), false, jobs)?;
                conversations::forget(self.store, turn.conversation.as_str())?;
                // Handles are numbered by calls, so a new conversation begins where none is taken.
                turn.next_call = 0;
                locale
                    .pick("A fresh conversation.", "Nouvelle conversation.")
                    .to_owned()
            }
            Command::Failures(text) => self.failures(&text, locale)?,
            Command::Retry(text) => self.take_up(&text, locale)?,
            Command::Approvals => self.approvals_list(locale)?,
            Command::Zone(text) => {
                let (zone, words) = commands::zone(&text, locale);
                if let Some(zone) = zone {
                    self.choose("zone", Some(zone.name()))?;
                }
                words
            }
            // A code makes its holder the owner, so only the console hands one out: whoever holds
            // the webhook's token must not be able to approve by way of another channel.
            Command::Pair(_) if turn.channel != "console" => locale
                .pick(
                    "Pair a chat app from the console: type /pair there.",
                    "Associez une messagerie depuis la console : tapez-y /associer.",
                )
                .to_owned(),
            Command::Pair(channel) => self.pairing(&channel, locale)?,
            Command::Allow(text) => self.allow(&turn.channel, &text, locale)?,
            Command::Rules => self.rules(locale)?,
            Command::Forbid(text) => self.forbid(&text, locale)?,
            Command::Remember(text) => self.remember(&text, locale)?,
            Command::Memory => self.memory(locale)?,
            Command::Forget(text) => self.forget(&text, locale)?,
            Command::Digest(text) => self.digest(turn, &text)?,
            Command::Quiet(text) => self.quiet(&text, locale)?,
            Command::Routines => self.routines(locale)?,
            Command::Routine(text) => self.routine(&text, locale)?,
        })
    }

    /// Nothing happens any more until `/resume`.
    fn stop(&mut self, turn: &Turn, jobs: &mut Vec<Job>) -> Result<String, StoreError> {
        self.choose("stopped", Some("1"))?;
        self.cancel_all(turn, None, true, jobs)?;
        let words = turn.locale.pick(
            "Stopped. I do nothing more until you send /resume.",
            "Arrêté. Je ne fais plus rien avant /reprendre.",
        );
        Ok(words.to_owned())
    }

    fn resume(&mut self, locale: Locale) -> Result<String, StoreError> {
        self.choose("stopped", None)?;
        let words = if self.is_stopped_by_binding() {
            locale.pick(
                "The binding STOP still stops me. Remove it from the Worker to let me go on.",
                "La variable STOP m'arrête encore. Retirez-la du Worker pour que je continue.",
            )
        } else {
            locale.pick("I go on.", "Je continue.")
        };
        Ok(words.to_owned())
    }

    /// Records a change of a setting.
    pub(super) fn setting(&mut self, name: &str, value: &str) {
        self.entries.push(Entry::Setting {
            name: name.to_owned(),
            value: value.to_owned(),
        });
    }

    /// Sets the owner's zone and language as the console's browser reports them.
    pub fn introduce(&mut self, zone: &Zone, locale: Locale) -> Result<(), StoreError> {
        self.step(|engine| {
            let known = settings::get(engine.store, "zone")?;
            if known.is_none() {
                engine.choose("zone", Some(zone.name()))?;
            }
            let word = locale.code();
            if settings::get(engine.store, "locale")?.as_deref() != Some(word) {
                engine.choose("locale", Some(word))?;
                // The choice counts at once, also where a conversation is in another language.
                let id = crate::agent::schedule::console()?;
                if let Some(state) = conversations::get(engine.store, id.as_str())? {
                    let mut console: Conversation = from_json(&state)?;
                    console.locale = Some(locale);
                    conversations::put(engine.store, id.as_str(), &to_json(&console)?)?;
                }
            }
            Ok(())
        })
    }

    /// Uses a console link once; `false` if it was used before.
    pub fn use_login(&mut self, nonce: &str, expires_at: Timestamp) -> Result<bool, StoreError> {
        self.step(|engine| {
            let now = engine.now.millis();
            for (name, until) in settings::with_prefix(engine.store, "login:")? {
                if until.parse::<i64>().is_ok_and(|until| until < now) {
                    settings::remove(engine.store, &name)?;
                }
            }
            let name = format!("login:{nonce}");
            if settings::get(engine.store, &name)?.is_some() {
                return Ok(false);
            }
            settings::set(engine.store, &name, &expires_at.millis().to_string())?;
            engine.setting("login", "used");
            Ok(true)
        })
    }

    /// Cancels all turns at work, or those of one conversation, but not the one that says so.
    fn cancel_all(
        &mut self,
        by: &Turn,
        conversation: Option<&str>,
        stopped: bool,
        jobs: &mut Vec<Job>,
    ) -> Result<usize, StoreError> {
        let (mut cancelled, mut after) = (0_usize, 0);
        loop {
            let open = turns::unfinished(self.store, after, conversation, 200)?;
            let Some(last) = open.last() else {
                return Ok(cancelled);
            };
            after = *last;
            for seq in open.into_iter().filter(|seq| *seq != by.seq) {
                let Some((_, mut turn)) = self.load(seq)? else {
                    continue;
                };
                // What code has to say, and what others wrote, is nobody's to cancel.
                if turn.is_over() || !matches!(turn.cause, Cause::Owner { .. }) {
                    continue;
                }
                cancelled = cancelled.saturating_add(1);
                jobs.extend(self.drive(&mut turn, Event::Cancel { stopped })?);
            }
        }
    }

    fn status(&self, locale: Locale) -> Result<String, StoreError> {
        let stopped = self.circumstances()?.stopped;
        let zone = self.zone()?;
        let zone = zone
            .as_ref()
            .map_or(locale.pick("not set", "non réglé"), |zone| zone.name());
        let model = self.config.models.first();
        let model = model.map_or(
            locale.pick("none (offline)", "aucun (hors ligne)"),
            |model| model.name.as_str(),
        );
        let at_work = turns::open(self.store, 100)?.len().saturating_sub(1);
        let waiting = approvals::waiting(self.store, 100)?.len();
        let state = if stopped {
            locale.pick(
                "stopped (/resume lets me go on)",
                "arrêté (/reprendre me relance)",
            )
        } else {
            locale.pick("at your service", "à votre service")
        };
        Ok(match locale {
            Locale::En => format!(
                "I am {state}.\nModel: {model}\nTime zone: {zone}\nTurns at work: {at_work}\n\
                 Waiting for your yes: {waiting}\nVersion: {}",
                env!("CARGO_PKG_VERSION")
            ),
            Locale::Fr => format!(
                "Je suis {state}.\nModèle : {model}\nFuseau horaire : {zone}\nTours en cours : \
                 {at_work}\nEn attente de votre accord : {waiting}\nVersion : {}",
                env!("CARGO_PKG_VERSION")
            ),
        })
    }

    fn approvals_list(&self, locale: Locale) -> Result<String, StoreError> {
        let waiting = approvals::waiting(self.store, 20)?;
        if waiting.is_empty() {
            let words = locale.pick("Nothing waits for your yes.", "Rien n'attend votre accord.");
            return Ok(words.to_owned());
        }
        let mut text = locale
            .pick(
                "Waiting for your yes (answer with the buttons or in the console):",
                "En attente de votre accord (répondez par les boutons ou dans la console) :",
            )
            .to_owned();
        for asked in waiting {
            text.push_str(&format!("\n- {}", asked.card.summary()));
        }
        Ok(text)
    }

    fn pairing(&mut self, channel: &str, locale: Locale) -> Result<String, StoreError> {
        let configured: Vec<&str> = crate::channels::all()
            .iter()
            .map(|known| known.name())
            .filter(|name| self.pushes(name))
            .collect();
        if !configured.contains(&channel) {
            let words = locale.pick(
                "Name a chat channel that is configured. These are",
                "Nommez une messagerie configurée. Il y a",
            );
            let names = if configured.is_empty() {
                locale.pick("none", "aucune").to_owned()
            } else {
                configured.join(", ")
            };
            return Ok(format!("{words}: {names}."));
        }
        let code: String = self
            .ids
            .token()
            .chars()
            .take(10)
            .collect::<String>()
            .to_uppercase();
        let until = self.now.plus_millis(PAIRING_MS).millis();
        settings::set(
            self.store,
            &format!("pairing:{channel}"),
            &format!("{code}|{until}|0"),
        )?;
        self.setting(&format!("pairing:{channel}"), "open");
        let words = locale.pick(
            "Send this code to the agent in that chat within an hour",
            "Envoyez ce code à l'agent dans cette messagerie d'ici une heure",
        );
        Ok(format!("{words}: {code}"))
    }
}
