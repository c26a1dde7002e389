//! Routines: what the agent looks at by itself, and tells only if there is something to tell.
//!
//! A routine is a document and a timer. When the timer falls due it says what it wants to look at;
//! the agent reads that through the read tool of whichever connector lists such things, and code
//! here decides by the result. No model is asked, and nothing of it reaches a planner.

mod making;
mod running;

use super::parts::{document, read};
use super::{Checked, Connector, Told, When, Woken};
use crate::id::TimerId;
use crate::message::Locale;
use crate::time::Timestamp;
use crate::tool::{
    Call, CallContext, Documents, Progress, Shape, TimerChange, ToolError, ToolSpec,
};
use serde::{Deserialize, Serialize};

/// The connector.
pub struct Routines;

/// The most routines at once.
pub const ROUTINES_MAX: usize = 50;
const COLLECTION: &str = "routine";
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 1_440 * MINUTE_MS;

impl Connector for Routines {
    fn name(&self) -> &'static str {
        "routines"
    }

    fn tools(&self) -> &'static [ToolSpec] {
        making::TOOLS
    }

    fn check(&self, tool: &str, shape: &Shape, _when: When<'_>) -> Result<(), ToolError> {
        match tool {
            "tell_when" => making::check(|name| shape.has(name)),
            _ => Ok(()),
        }
    }

    fn run(&self, call: &Call, context: &mut CallContext<'_>) -> Result<Progress, ToolError> {
        match call.spec.name {
            "tell_when" => making::tell_when(call, context),
            "follow_up" => making::follow_up(call, context),
            _ => Err(ToolError::Unavailable),
        }
        .map(Progress::Done)
    }

    fn is_urgent(&self, id: &str, documents: &dyn Documents) -> bool {
        let stored = documents.get(COLLECTION, id).ok().flatten();
        let routine = stored.and_then(|stored| read::<Routine>(stored).ok());
        routine.is_some_and(|it| it.what == What::Event)
    }

    fn wake(
        &self,
        document: &str,
        due: Timestamp,
        context: &mut CallContext<'_>,
    ) -> Result<Woken, ToolError> {
        running::wake(document, due, context)
    }

    fn checked(
        &self,
        document: &str,
        found: &[Checked],
        context: &mut CallContext<'_>,
    ) -> Result<Woken, ToolError> {
        running::checked(document, found, context)
    }

    fn told(
        &self,
        receipt: &str,
        _told: Told,
        _now: Timestamp,
        documents: &mut dyn Documents,
    ) -> Result<(), ToolError> {
        let Some(stored) = documents.get(COLLECTION, receipt)? else {
            return Ok(());
        };
        // Whether a digest has anything to tell is known to the agent only.
        let mut routine: Routine = read(stored)?;
        if routine.what == What::Digest {
            routine.fired = routine.fired.saturating_add(1);
            save(&routine, documents)?;
        }
        Ok(())
    }
}

/// A routine as it is stored; its id is also that of its timer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Routine {
    id: String,
    /// Its number, by which the owner removes it.
    pub n: i64,
    what: What,
    /// Whom it watches; empty for anybody.
    who: String,
    /// The words that it looks for; empty for any.
    word: String,
    /// How long before an event.
    minutes: i64,
    conversation: String,
    made: Timestamp,
    /// How often it has told something.
    pub fired: u32,
    /// How often it may.
    pub most: u32,
    /// How long it is silent after it told something, in minutes.
    cool_minutes: i64,
    /// When it ends; `None` for one that has no end.
    pub until: Option<Timestamp>,
    /// What it has told already, so that nothing is told twice.
    told: Vec<String>,
}

/// What a routine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    /// A digest each day at the time in `word`: `08:00`.
    Digest,
    /// New mail from somebody, or with words in its subject, or both.
    Mail,
    /// An event that begins within so many minutes.
    Event,
    /// An answer that does not come.
    FollowUp,
}

impl Routine {
    /// The id of its timer.
    pub fn timer(&self) -> Result<TimerId, ToolError> {
        TimerId::try_from(self.id.as_str()).map_err(|_| ToolError::Unavailable)
    }

    /// What it does, in words. Texts in it are made harmless.
    pub fn words(&self, locale: Locale) -> String {
        let (who, word) = (
            crate::inert::inert(&self.who),
            crate::inert::inert(&self.word),
        );
        let minutes = self.minutes;
        let mut words = match self.what {
            What::Digest => {
                locale.pick(format!("a digest at {word}"), format!("un résumé à {word}"))
            }
            What::Mail => locale.pick("new mail", "nouveau courrier").to_owned(),
            What::Event => locale.pick(
                format!("an event within {minutes} minutes"),
                format!("un événement d'ici {minutes} minutes"),
            ),
            What::FollowUp => locale.pick("no answer", "pas de réponse").to_owned(),
        };
        if !who.is_empty() {
            words.push_str(locale.pick(" from ", " de "));
            words.push_str(&who);
        }
        if self.what == What::Mail && !word.is_empty() {
            words.push_str(locale.pick(" about ", " au sujet de "));
            words.push_str(&word);
        }
        words
    }

    fn timer_at(&self, due: Timestamp) -> Result<TimerChange, ToolError> {
        Ok(TimerChange::Set {
            id: self.timer()?,
            due,
            document: self.id.clone(),
        })
    }
}

/// All routines, in the order of their numbers.
pub fn all(documents: &dyn Documents) -> Result<Vec<Routine>, ToolError> {
    let most = u32::try_from(ROUTINES_MAX).unwrap_or(u32::MAX);
    let stored = documents.list(COLLECTION, 0, i64::MAX, most)?;
    stored.into_iter().map(read).collect()
}

/// Removes a routine by its number; the change of its timer, if there was one.
pub fn remove(n: i64, documents: &mut dyn Documents) -> Result<Option<TimerChange>, ToolError> {
    let Some(routine) = all(documents)?.into_iter().find(|it| it.n == n) else {
        return Ok(None);
    };
    documents.remove(COLLECTION, &routine.id)?;
    let id = routine.timer()?;
    Ok(Some(TimerChange::Clear { id }))
}

/// Sets the daily digest at a time such as `08:00`, in place of an earlier one.
pub fn set_digest(at: &str, context: &mut CallContext<'_>) -> Result<Vec<TimerChange>, ToolError> {
    let mut changes = end_digest(context.documents)?;
    let due = running::next_digest(at, context)?;
    let mut routine = making::new(What::Digest, context)?;
    at.clone_into(&mut routine.word);
    changes.push(routine.timer_at(due)?);
    save(&routine, context.documents)?;
    Ok(changes)
}

/// Ends the daily digest.
pub fn end_digest(documents: &mut dyn Documents) -> Result<Vec<TimerChange>, ToolError> {
    let mut changes = Vec::new();
    for routine in all(documents)? {
        if routine.what == What::Digest {
            changes.extend(remove(routine.n, documents)?);
        }
    }
    Ok(changes)
}

fn save(routine: &Routine, documents: &mut dyn Documents) -> Result<(), ToolError> {
    documents.put(COLLECTION, document(&routine.id, routine.n, routine)?)?;
    Ok(())
}
