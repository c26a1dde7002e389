//! How often a route may be used, counted for each account.
//!
//! The count is kept in memory: it spares a service that asks for it, and protects nothing. Money,
//! messages and requests of a day are limited by budgets, whose rows outlive the process.

use crate::time::Timestamp;
use std::collections::{BTreeMap, VecDeque};

/// The time in which requests are counted, in milliseconds.
const WINDOW_MS: i64 = 60_000;
/// The most accounts that are counted at once. One that is not counted any more begins anew.
const ACCOUNTS_MAX: usize = 256;

/// Counts the requests of the last minute, for each user of the door and account.
#[derive(Debug, Default)]
pub struct Rates {
    sent: BTreeMap<(String, String), VecDeque<i64>>,
}

impl Rates {
    /// Counts a request and lets it go, or says in how many milliseconds the next one may.
    ///
    /// A request that may not go is not counted, so asking again and again delays nothing.
    pub fn take(
        &mut self,
        user: &str,
        account: &str,
        per_minute: u32,
        now: Timestamp,
    ) -> Result<(), u64> {
        let Some(limit) = usize::try_from(per_minute).ok().filter(|limit| *limit > 0) else {
            return Ok(());
        };
        let now = now.millis();
        self.forget(now);
        let key = (user.to_owned(), account.to_owned());
        let sent = self.sent.entry(key).or_default();
        let oldest = sent.len().checked_sub(limit).and_then(|at| sent.get(at));
        if let Some(oldest) = oldest {
            let wait = oldest.saturating_add(WINDOW_MS).saturating_sub(now);
            return Err(u64::try_from(wait).unwrap_or(0).max(1));
        }
        sent.push_back(now);
        Ok(())
    }

    /// Drops what is older than the window. A clock that was set back makes the future old too.
    fn forget(&mut self, now: i64) {
        self.sent.retain(|_, sent| {
            sent.retain(|at| *at <= now && now.saturating_sub(*at) < WINDOW_MS);
            !sent.is_empty()
        });
        // An account that has been quiet the longest goes first.
        while self.sent.len() >= ACCOUNTS_MAX {
            let quiet = self
                .sent
                .iter()
                .min_by_key(|(_, sent)| sent.back().copied());
            let Some(key) = quiet.map(|(key, _)| key.clone()) else {
                return;
            };
            self.sent.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + 1000 * seconds)
    }

    #[test]
    fn no_minute_has_more_than_the_limit() {
        let mut rates = Rates::default();
        let mut sent: Vec<i64> = Vec::new();
        for second in 0..600 {
            // Twice a second at first, then every seven seconds.
            let tries = if second < 300 {
                2
            } else {
                usize::from(second % 7 == 0)
            };
            for _ in 0..tries {
                match rates.take("mail", "a", 10, at(second)) {
                    Ok(()) => sent.push(second),
                    Err(wait_ms) => {
                        let wait = i64::try_from(wait_ms).unwrap();
                        assert!((1..=60_000).contains(&wait));
                        // What it says is true: one that waits so long goes.
                        let tenth = sent[sent.len() - 10];
                        assert_eq!(wait, (tenth + 60 - second) * 1000);
                    }
                }
            }
            let minute = sent.iter().filter(|at| **at > second - 60).count();
            assert!(minute <= 10, "{minute} at {second}");
        }
        assert!(sent.len() > 80, "{}", sent.len());
    }

    #[test]
    fn accounts_and_users_are_counted_apart() {
        let mut rates = Rates::default();
        for (user, account) in [
            ("mail", "a"),
            ("mail", "b"),
            ("calendar", "a"),
            ("mail", ""),
        ] {
            assert_eq!(rates.take(user, account, 1, at(0)), Ok(()));
            assert_eq!(rates.take(user, account, 1, at(30)), Err(30_000));
            assert_eq!(rates.take(user, account, 1, at(59)), Err(1_000));
        }
        assert_eq!(rates.take("mail", "a", 1, at(60)), Ok(()));
        assert_eq!(rates.take("mail", "a", 2, at(60)), Ok(()));
        assert_eq!(rates.take("mail", "a", 2, at(60)), Err(60_000));
        // Without a limit nothing is counted.
        for _ in 0..1000 {
            assert_eq!(rates.take("mail", "c", 0, at(0)), Ok(()));
        }
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nobody() {
        let mut rates = Rates::default();
        assert_eq!(rates.take("mail", "a", 1, at(10_000)), Ok(()));
        assert_eq!(rates.take("mail", "a", 1, at(0)), Ok(()));
        assert!(rates.take("mail", "a", 1, at(1)).is_err());
    }

    #[test]
    fn what_is_counted_stays_in_bounds() {
        let mut rates = Rates::default();
        for n in 0..2_000 {
            assert_eq!(rates.take("mail", &n.to_string(), 3, at(n / 100)), Ok(()));
        }
        assert!(rates.sent.len() <= ACCOUNTS_MAX);
        // The busiest is not what is forgotten.
        assert_eq!(rates.take("mail", "1999", 1, at(20)), Err(59_000));
    }
}
