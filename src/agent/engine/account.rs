//! What is used of every limit: for `/budget`, the API and the console.

use super::Engine;
use super::spending::{NONE, with_limits};
use crate::budget::{Account, Limit, Line, Used, amount};
use crate::egress::table;
use crate::store::{StoreError, ledger};

/// How many days are shown.
const DAYS_SHOWN: i64 = 14;

impl Engine<'_> {
    /// What is used of every limit.
    pub fn budget(&self) -> Result<Account, StoreError> {
        let period = self.period()?;
        let Used { today, month, .. } = ledger::used(self.store, &period, NONE, "")?;
        let shown = period.today.saturating_sub(DAYS_SHOWN - 1);
        let summary = ledger::summary(self.store, shown, period.today)?;
        let used = [
            summary.largest.tokens,
            today.tokens,
            month.tokens,
            summary.largest.microusd,
            today.microusd,
            month.microusd,
            0,
            summary.sends,
            summary.pays,
            today.bytes,
        ];
        let mut lines = Vec::new();
        for (limit, used) in Limit::ALL.into_iter().zip(used) {
            if limit != Limit::RequestsDay {
                lines.push((limit, None, used));
            }
        }
        for line in summary.requests.lines() {
            let (name, count) = line.split_once(' ').unwrap_or_default();
            lines.push((Limit::RequestsDay, Some(name), count.parse().unwrap_or(0)));
        }
        let mut limits = Vec::new();
        for (limit, connector, used) in lines {
            let most = with_limits(self.vault, |limits| limits.most(limit, connector).0);
            limits.push(Line {
                limit,
                connector: connector.map(str::to_owned),
                used,
                most: (most != amount::UNLIMITED).then_some(most),
            });
        }
        let mut unpriced = Vec::new();
        for model in self.config.models.iter().chain(&self.config.quarantined) {
            if !table::has_price(&model.name) && !unpriced.contains(&model.name) {
                unpriced.push(model.name.clone());
            }
        }
        Ok(Account {
            period,
            limits,
            days: summary.days,
            unpriced,
        })
    }
}
