//! Names for things that are stored: turns, effects, approvals, conversations, deliveries.
//!
//! Each is its own type, so that an approval id cannot be passed where a turn id is meant.
//! Ids that come from outside are checked on the way in; there is no unchecked constructor.
//! This file draws no randomness: [`IdSource`] is seeded by the platform once per step.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Empty, longer than [`ID_BYTES_MAX`], or not made of printable characters.
    #[error("an id has 1 to {ID_BYTES_MAX} bytes and no control characters")]
    Malformed,
}

/// The longest id that is accepted from outside, in bytes.
pub const ID_BYTES_MAX: usize = 256;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as it is stored and shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                let fits = (1..=ID_BYTES_MAX).contains(&text.len());
                if fits && !text.chars().any(char::is_control) {
                    Ok(Self(text))
                } else {
                    Err(IdError::Malformed)
                }
            }
        }

        impl TryFrom<&str> for $name {
            type Error = IdError;
            fn try_from(text: &str) -> Result<Self, IdError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// One turn: the work that one event sets off.
    TurnId,
    /// One row of the outbox.
    EffectId,
    /// One question to the owner about one exact call.
    ApprovalId,
    /// One timer: a reminder or another thing that falls due.
    TimerId,
    /// One thread of talk on one channel, written `channel:thread`.
    ConversationId,
    /// What a platform calls one delivery of one message; unique per channel, so it makes the
    /// delivery idempotent.
    DeliveryId,
}

/// Makes ids for one step from one random seed.
///
/// One call for random bytes per step keeps crossings to the runtime few, and the same seed gives
/// the same ids, which makes a step repeatable in tests.
#[derive(Debug)]
pub struct IdSource {
    seed: [u8; 32],
    drawn: u64,
}

impl IdSource {
    /// A source over 256 random bits. Reusing a seed repeats ids; draw a fresh one per step.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    /// 128 bits nobody can guess, as 32 hexadecimal digits.
    pub fn token(&mut self) -> String {
        hex(self.bytes().get(..16).unwrap_or_default())
    }

    /// 256 bits that nobody can guess.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.drawn.to_be_bytes());
        self.drawn = self.drawn.saturating_add(1);
        hash.finalize().into()
    }

    /// The id of the turn with this number: the number finds it, the rest cannot be guessed.
    pub fn turn(&mut self, seq: i64) -> TurnId {
        TurnId(format!("t_{seq}_{}", self.token()))
    }

    /// A fresh effect id.
    pub fn effect(&mut self) -> EffectId {
        EffectId(format!("e_{}", self.token()))
    }

    /// A fresh approval id: 128 bits, so that it fits in a chat button and cannot be guessed.
    pub fn approval(&mut self) -> ApprovalId {
        ApprovalId(format!("a_{}", self.token()))
    }

    /// A fresh timer id.
    pub fn timer(&mut self) -> TimerId {
        TimerId(format!("r_{}", self.token()))
    }
}

/// Lower-case hexadecimal digits of some bytes.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            if let Some(digit) = DIGITS.get(usize::from(nibble)) {
                text.push(char::from(*digit));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_refuse_what_is_empty_long_or_invisible() {
        assert!(TurnId::try_from("").is_err());
        assert!(TurnId::try_from("a\0b").is_err());
        assert!(TurnId::try_from("x".repeat(ID_BYTES_MAX + 1)).is_err());
        assert_eq!(TurnId::try_from("t_1").unwrap().as_str(), "t_1");
        assert!(serde_json::from_str::<TurnId>("\"\"").is_err());
    }

    #[test]
    fn one_seed_gives_distinct_and_repeatable_ids() {
        let mut one = IdSource::new([7; 32]);
        let mut two = IdSource::new([7; 32]);
        let (a, b) = (one.turn(1), one.turn(1));
        assert_ne!(a, b);
        assert_eq!(a, two.turn(1));
        assert_eq!(a.as_str().len(), 36);
    }
}
