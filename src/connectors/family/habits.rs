//! What some families do otherwise than most.
//!
//! The one thing to know: the defaults are what most families do, so one that is like the others
//! says [`Usual`] and nothing more.

use super::super::Woken;
use super::super::access::{self, Asks, Kept};
use super::super::accounts::Served;
use crate::message::Locale;
use crate::tool::{CallContext, ToolError, ToolOutput};

/// What a family does otherwise.
pub(in super::super) trait Habits: Sync {
    /// How it knows which accounts a call is for.
    fn asks(&self) -> Asks {
        access::asked
    }
    /// Whether a call may say which account it is for.
    fn lets_choose(&self) -> bool {
        true
    }
    /// An account that the agent keeps itself, at no service, for owners who have any account.
    fn own(&self) -> Option<&'static Served> {
        None
    }
    /// What is added to the result of a call.
    fn done(
        &self,
        _accounts: &[&'static Served],
        output: ToolOutput,
        _context: &mut CallContext<'_>,
    ) -> Result<ToolOutput, ToolError> {
        Ok(output)
    }
    /// Why a call gave no result that no account is to blame for, as a sentence for the owner.
    fn why(&self, _error: &ToolError, _locale: Locale, _kept: &Kept<'_>) -> Option<String> {
        None
    }
    /// One of its timers fell due.
    fn wake(&self, _document: &str, _context: &mut CallContext<'_>) -> Result<Woken, ToolError> {
        Ok(Woken::default())
    }
}

/// What most families do.
pub(in super::super) struct Usual;

impl Habits for Usual {}
