//! The names of the limits, what they are where nobody says otherwise, and how they are written.
//!
//! Money is written in dollars and counted in micro-dollars. The build script compiles this file
//! too, so that a table and a binding are read alike.

/// What has no limit.
pub const UNLIMITED: u64 = u64::MAX;

/// The largest amount that is counted. Even those of all days of a month together are a number that
/// every program keeps exactly.
pub const LARGEST: u64 = 100_000_000_000_000;

/// Every limit by its name in `[budget]`, with the default for one person.
///
/// The tokens of a turn are as many as its longest prompt has bytes, and some more: before a model
/// has answered, each byte may be a token.
pub const KEYS: [(&str, u64); 10] = [
    ("tokens_turn", 500_000),
    ("tokens_day", 2_000_000),
    ("tokens_month", UNLIMITED),
    ("usd_turn", 1_000_000),
    ("usd_day", 5_000_000),
    ("usd_month", 40_000_000),
    ("requests_day", 1_000),
    ("sends_day", 100),
    ("pays_day", 5),
    ("bytes_day", 50_000_000),
];

/// Reads the amount of a limit: a whole number, or dollars with up to six decimals.
pub fn read(key: &str, text: &str) -> Option<u64> {
    let mut left = if key.starts_with("usd_") { 6 } else { 0 };
    let mut amount = 0_u64;
    let mut is_fraction = false;
    let mut digits = 0_u32;
    for letter in text.trim().chars() {
        if letter == '.' && !is_fraction {
            is_fraction = true;
            continue;
        }
        left = if is_fraction {
            i32::checked_sub(left, 1)?
        } else {
            left
        };
        digits = digits.saturating_add(1);
        amount = amount
            .checked_mul(10)?
            .checked_add(letter.to_digit(10)?.into())?;
    }
    if digits == 0 || left < 0 {
        return None;
    }
    for _ in 0..left {
        amount = amount.checked_mul(10)?;
    }
    (amount <= LARGEST).then_some(amount)
}
