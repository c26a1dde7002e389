//! What may be spent: limits, what a model call can cost at most, and the words for the owner.
//!
//! What a call can cost is reserved before it is made and replaced by what it did cost; a call whose
//! answer is lost keeps what was reserved. Limits are a table of the build; a binding can only lower
//! one. Amounts are whole numbers: tokens, micro-dollars, bytes, or counts. Nothing here reads a row.

pub mod amount;
pub mod period;
mod words;

pub use period::Period;
pub use words::{Account, Line};

use crate::tool::EffectClass;
use amount::{LARGEST, UNLIMITED};

include!(concat!(env!("OUT_DIR"), "/budget.rs"));

/// Something that is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Tokens of one turn.
    TokensTurn,
    /// Tokens of a day.
    TokensDay,
    /// Tokens of a month.
    TokensMonth,
    /// Micro-dollars of one turn.
    UsdTurn,
    /// Micro-dollars of a day.
    UsdDay,
    /// Micro-dollars of a month.
    UsdMonth,
    /// Requests of one connector on a day.
    RequestsDay,
    /// Calls of a day that others can see.
    SendsDay,
    /// Calls of a day that spend money.
    PaysDay,
    /// Bytes of a day that go to models and connectors.
    BytesDay,
}

/// What an amount counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Tokens of prompts and replies.
    Tokens,
    /// Millionths of a dollar.
    Microusd,
    /// Things that were done.
    Count,
    /// Bytes.
    Bytes,
}

/// When a limit is free again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// With the next turn.
    Turn,
    /// With the owner's next day.
    Day,
    /// With the owner's next month.
    Month,
}

impl Limit {
    /// Every limit, in the order of [`amount::KEYS`].
    pub const ALL: [Self; 10] = [
        Self::TokensTurn,
        Self::TokensDay,
        Self::TokensMonth,
        Self::UsdTurn,
        Self::UsdDay,
        Self::UsdMonth,
        Self::RequestsDay,
        Self::SendsDay,
        Self::PaysDay,
        Self::BytesDay,
    ];

    /// Its name in `[budget]`, in the log and in the API.
    pub fn key(self) -> &'static str {
        let mut all = Self::ALL.iter().zip(amount::KEYS);
        all.find(|(limit, _)| **limit == self)
            .map_or("", |(_, (key, _))| key)
    }

    /// The binding that can lower it.
    pub fn binding(self) -> String {
        format!("BUDGET_{}", self.key().to_uppercase())
    }

    /// What it counts.
    pub fn unit(self) -> Unit {
        match self {
            Self::TokensTurn | Self::TokensDay | Self::TokensMonth => Unit::Tokens,
            Self::UsdTurn | Self::UsdDay | Self::UsdMonth => Unit::Microusd,
            Self::RequestsDay | Self::SendsDay | Self::PaysDay => Unit::Count,
            Self::BytesDay => Unit::Bytes,
        }
    }

    /// When it is free again.
    pub fn span(self) -> Span {
        match self {
            Self::TokensTurn | Self::UsdTurn => Span::Turn,
            Self::TokensMonth | Self::UsdMonth => Span::Month,
            Self::TokensDay
            | Self::UsdDay
            | Self::RequestsDay
            | Self::SendsDay
            | Self::PaysDay
            | Self::BytesDay => Span::Day,
        }
    }

    /// The limit on how often calls of a class may be made on a day.
    pub fn of_effect(effect: EffectClass) -> Option<Self> {
        match effect {
            EffectClass::Send => Some(Self::SendsDay),
            EffectClass::Pay => Some(Self::PaysDay),
            EffectClass::Read
            | EffectClass::Draft
            | EffectClass::Write
            | EffectClass::Delete
            | EffectClass::Admin => None,
        }
    }
}

/// The connectors that have a limit of their own on requests, with that limit.
pub fn own_requests() -> &'static [(&'static str, u64)] {
    REQUESTS
}

/// The limits of this deployment.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Reads a binding, which can lower a limit.
    pub binding: &'a dyn Fn(&str) -> Option<String>,
}

impl Limits<'_> {
    /// How much a limit leaves, and whether a binding lowered it. A binding that is no amount leaves
    /// nothing: whoever wrote it wanted less than the table says.
    pub fn most(&self, limit: Limit, connector: Option<&str>) -> (u64, bool) {
        let own = REQUESTS
            .iter()
            .find(|(name, _)| limit == Limit::RequestsDay && connector == Some(*name));
        let mut table = Limit::ALL.iter().zip(TABLE);
        let listed = table.find(|(known, _)| **known == limit);
        let compiled = own
            .map(|(_, most)| *most)
            .or(listed.map(|(_, most)| most))
            .unwrap_or(0);
        let lowered = (self.binding)(&limit.binding()).map_or(compiled, |text| {
            amount::read(limit.key(), &text).unwrap_or(0)
        });
        (lowered.min(compiled), lowered < compiled)
    }

    /// The limit that something goes over, if it does. What needs nothing goes over none.
    pub fn check(
        &self,
        limit: Limit,
        connector: Option<&str>,
        used: u64,
        needs: u64,
    ) -> Option<Shortfall> {
        if needs == 0 {
            return None;
        }
        let (most, lowered) = self.most(limit, connector);
        let over = most != UNLIMITED && used.saturating_add(needs) > most;
        over.then(|| Shortfall {
            limit,
            connector: connector.map(str::to_owned),
            used,
            most,
            needs,
            lowered,
        })
    }

    /// The first limit that a model call goes over.
    pub fn check_model(&self, used: &Used, needs: Amounts) -> Option<Shortfall> {
        let (turn, today, month) = (used.turn, used.today, used.month);
        [
            (Limit::TokensTurn, turn.tokens, needs.tokens),
            (Limit::UsdTurn, turn.microusd, needs.microusd),
            (Limit::TokensDay, today.tokens, needs.tokens),
            (Limit::UsdDay, today.microusd, needs.microusd),
            (Limit::TokensMonth, month.tokens, needs.tokens),
            (Limit::UsdMonth, month.microusd, needs.microusd),
            (Limit::BytesDay, today.bytes, needs.bytes),
        ]
        .into_iter()
        .find_map(|(limit, used, needs)| self.check(limit, None, used, needs))
    }
}

/// What stops something: a limit, and the words for the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverBudget {
    /// The limit.
    pub limit: Limit,
    /// How much of it is used.
    pub used: u64,
    /// Which limit it is, what was used, when it is free again, and where to raise it.
    pub words: String,
}

/// A limit that something would go over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    /// The limit.
    pub limit: Limit,
    /// The connector, where the limit is that of one.
    pub connector: Option<String>,
    /// How much is used, reservations included.
    pub used: u64,
    /// How much may be used.
    pub most: u64,
    /// How much the next step may take.
    pub needs: u64,
    /// Whether a binding lowered the limit.
    pub lowered: bool,
}

/// What models take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amounts {
    /// Tokens of prompts and replies.
    pub tokens: u64,
    /// Micro-dollars, where the model has a price.
    pub microusd: u64,
    /// Bytes that left.
    pub bytes: u64,
}

impl Amounts {
    /// The most that a model call can take. A token is at least one byte of the prompt, so a prompt
    /// has at most as many tokens as bytes.
    pub fn bound(bytes: usize, reply: u32, price: impl Fn(u64, u64) -> u64) -> Self {
        let bytes = u64::try_from(bytes).unwrap_or(LARGEST).min(LARGEST);
        let reply = u64::from(reply);
        Self {
            tokens: bytes.saturating_add(reply),
            microusd: price(bytes, reply).min(LARGEST),
            bytes,
        }
    }

    /// What an answer did take, if this was reserved for it. A side that the provider says nothing
    /// about stands as it was reserved.
    pub fn settled(self, tokens_in: u64, tokens_out: u64, price: impl Fn(u64, u64) -> u64) -> Self {
        let or = |told: u64, reserved: u64| {
            if told == 0 {
                reserved
            } else {
                told.min(LARGEST)
            }
        };
        let read = or(tokens_in, self.bytes);
        let written = or(tokens_out, self.tokens.saturating_sub(self.bytes));
        Self {
            tokens: read.saturating_add(written).min(LARGEST),
            microusd: price(read, written).min(LARGEST),
            bytes: self.bytes,
        }
    }

    /// What is left of a call that its provider does not charge for: its bytes.
    pub fn unbilled(self) -> Self {
        Self {
            bytes: self.bytes,
            ..Self::default()
        }
    }

    /// From tokens, micro-dollars and bytes, as rows hold them.
    pub fn of([tokens, microusd, bytes]: [u64; 3]) -> Self {
        Self {
            tokens,
            microusd,
            bytes,
        }
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_add(other.tokens),
            microusd: self.microusd.saturating_add(other.microusd),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    /// This without the other; never less than nothing.
    pub fn minus(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_sub(other.tokens),
            microusd: self.microusd.saturating_sub(other.microusd),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    /// Whether it is nothing.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What is used, as far as one decision needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Used {
    /// Today, open reservations included.
    pub today: Amounts,
    /// This month, open reservations included.
    pub month: Amounts,
    /// In one turn.
    pub turn: Amounts,
    /// How often today, where something is counted.
    pub count: u64,
}

#[cfg(test)]
mod tests;
