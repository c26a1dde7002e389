//! What a turn has cost, and what stands for answers that nobody can say the cost of.

use super::state::Turn;
use crate::budget::{Amounts, Limit};
use serde::{Deserialize, Serialize};

/// What a turn has cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spent {
    /// How often a model was asked, failed attempts included; the embedded planner not.
    pub model_calls: u64,
    /// How many of these were the quarantined model.
    pub quarantined_calls: u64,
    /// Tokens of the prompts.
    pub tokens_in: u64,
    /// Tokens of the replies.
    pub tokens_out: u64,
    /// Micro-dollars, where the model has a price.
    pub cost_microusd: u64,
}

impl Turn {
    /// Whether the owner is still to be told of a limit; from now on they were.
    pub fn is_news(&mut self, limit: Limit) -> bool {
        let at = Limit::ALL.iter().position(|known| *known == limit);
        let bit = at.map_or(0, |at| 1_u32 << at);
        let news = self.limits_told & bit == 0;
        self.limits_told |= bit;
        news
    }

    /// What its model calls have taken.
    pub fn used(&self) -> Amounts {
        let spent = &self.spent;
        let tokens = spent.tokens_in.saturating_add(spent.tokens_out);
        Amounts {
            tokens: tokens.saturating_add(self.held_tokens),
            microusd: spent.cost_microusd.saturating_add(self.held_microusd),
            bytes: 0,
        }
    }

    /// Counts as used what nobody can say the use of.
    pub fn hold(&mut self, amounts: Amounts) {
        self.held_tokens = self.held_tokens.saturating_add(amounts.tokens);
        self.held_microusd = self.held_microusd.saturating_add(amounts.microusd);
    }
}
