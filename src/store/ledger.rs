//! What was spent: one row for each day of the owner's and each thing that it was spent on.
//!
//! What is reserved stands in the rows of effects until it is known what came of them; together they
//! are what is used.

use super::{Cell, Cells, Store, StoreError};
use crate::budget::amount::LARGEST;
use crate::budget::{Amounts, Period, Used};
use crate::time::Timestamp;

/// What models were asked.
pub const MODELS: &str = "models";

/// How many days are kept, as many as of the audit log.
const KEPT_DAYS: i64 = 400;

/// The requests to a connector.
pub fn requests_of(connector: &str) -> String {
    format!("to:{connector}")
}

/// A call of a model that was given up while it was under way; whether it is the one that reads.
pub fn late(turn: i64, n: i64, reads: bool) -> String {
    let kind = if reads { "reader" } else { "late" };
    format!("{kind}:{turn}:{n}")
}

/// Whether anything was spent on something.
pub fn has(store: Store<'_>, source: &str) -> Result<bool, StoreError> {
    let statement = "SELECT 1 FROM ledger WHERE source = ? LIMIT 1";
    Ok(!store.run(statement, &[Cell::from(source)])?.is_empty())
}

/// Adds one more of something to a day, with what it took. `turn` is what its turn has taken with
/// it, so that the largest turn of the day is known.
pub fn add(
    store: Store<'_>,
    day: i64,
    source: &str,
    amounts: Amounts,
    turn: Amounts,
) -> Result<(), StoreError> {
    store.run(
        "INSERT INTO ledger \
         (day, source, count, tokens, microusd, bytes, turn_tokens, turn_microusd) \
         VALUES (?, ?, 1, ?, ?, ?, ?, ?) ON CONFLICT (day, source) DO UPDATE SET \
         count = count + 1, \
         tokens = min(100000000000000, tokens + excluded.tokens), \
         microusd = min(100000000000000, microusd + excluded.microusd), \
         bytes = min(100000000000000, bytes + excluded.bytes), \
         turn_tokens = max(turn_tokens, excluded.turn_tokens), \
         turn_microusd = max(turn_microusd, excluded.turn_microusd)",
        &[
            Cell::from(day),
            Cell::from(source),
            Cell::from(amounts.tokens),
            Cell::from(amounts.microusd),
            Cell::from(amounts.bytes),
            Cell::from(turn.tokens),
            Cell::from(turn.microusd),
        ],
    )?;
    Ok(())
}

/// Takes one of something that did not happen off a day.
pub fn give_back(store: Store<'_>, day: i64, source: &str) -> Result<(), StoreError> {
    store.run(
        "UPDATE ledger SET count = max(0, count - 1) WHERE day = ? AND source = ?",
        &[Cell::from(day), Cell::from(source)],
    )?;
    Ok(())
}

/// Writes what a call that was given up has come to after all.
pub fn settle_late(store: Store<'_>, source: &str, amounts: Amounts) -> Result<(), StoreError> {
    store.run(
        "UPDATE ledger SET tokens = ?, microusd = ? WHERE source = ?",
        &[
            Cell::from(amounts.tokens.min(LARGEST)),
            Cell::from(amounts.microusd.min(LARGEST)),
            Cell::from(source),
        ],
    )?;
    Ok(())
}

/// What is used, reservations included: today, in the month, and by a turn beside what its row holds.
/// What is reserved for the effect `n` of the turn is left out. `counted` is what is counted today.
pub fn used(
    store: Store<'_>,
    period: &Period,
    (turn, n): (i64, i64),
    counted: &str,
) -> Result<Used, StoreError> {
    let rows = store.run(
        "SELECT dt + ht, dm + hm, db + hb, mt + ht, mm + hm, 0, ot, om, 0, c FROM (SELECT \
         coalesce(sum(CASE WHEN day = ? THEN tokens END), 0) AS dt, \
         coalesce(sum(CASE WHEN day = ? THEN microusd END), 0) AS dm, \
         coalesce(sum(CASE WHEN day = ? THEN bytes END), 0) AS db, \
         coalesce(sum(CASE WHEN day = ? AND source = ? THEN count END), 0) AS c, \
         coalesce(sum(tokens), 0) AS mt, coalesce(sum(microusd), 0) AS mm \
         FROM ledger WHERE day BETWEEN ? AND ?), \
         (SELECT coalesce(sum(tokens), 0) AS ht, coalesce(sum(microusd), 0) AS hm, \
         coalesce(sum(bytes), 0) AS hb, \
         coalesce(sum(CASE WHEN turn = ? THEN tokens END), 0) AS ot, \
         coalesce(sum(CASE WHEN turn = ? THEN microusd END), 0) AS om \
         FROM effects WHERE turn <> ? OR n <> ?)",
        &[
            Cell::from(period.today),
            Cell::from(period.today),
            Cell::from(period.today),
            Cell::from(period.today),
            Cell::from(counted),
            Cell::from(period.first),
            Cell::from(period.last),
            Cell::from(turn),
            Cell::from(turn),
            Cell::from(turn),
            Cell::from(n),
        ],
    )?;
    let mut cells = Cells::of(rows.into_iter().next().unwrap_or_default());
    Ok(Used {
        today: Amounts::of(cells.amounts()?),
        month: Amounts::of(cells.amounts()?),
        turn: Amounts::of(cells.amounts()?),
        count: cells.amounts::<1>()?.into_iter().sum(),
    })
}

/// What rows come to, for those who want to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// What the largest turn of today took.
    pub largest: Amounts,
    /// How many calls others could see today.
    pub sends: u64,
    /// How many calls paid today.
    pub pays: u64,
    /// The requests of today: a line for each connector, its name and how many.
    pub requests: String,
    /// The days since the first, those on which anything was spent, as a JSON document.
    pub days: String,
}

/// Sums up today and the days since the first.
pub fn summary(store: Store<'_>, first: i64, today: i64) -> Result<Summary, StoreError> {
    let rows = store.run(
        "SELECT coalesce(max(turn_tokens), 0), coalesce(max(turn_microusd), 0), 0, \
         coalesce(sum(CASE source WHEN 'sends_day' THEN count END), 0), \
         coalesce(sum(CASE source WHEN 'pays_day' THEN count END), 0), \
         coalesce(group_concat(CASE WHEN source LIKE 'to:%' \
         THEN substr(source, 4) || ' ' || count END, char(10)), ''), \
         (SELECT json_group_array(json_object('day', date(day * 86400, 'unixepoch'), \
         'tokens', t, 'microusd', m)) FROM (SELECT day, sum(tokens) AS t, sum(microusd) AS m \
         FROM ledger WHERE day BETWEEN ? AND ? GROUP BY day ORDER BY day)) \
         FROM ledger WHERE day = ?",
        &[Cell::from(first), Cell::from(today), Cell::from(today)],
    )?;
    let mut cells = Cells::of(rows.into_iter().next().unwrap_or_default());
    let largest = Amounts::of(cells.amounts()?);
    let [sends, pays] = cells.amounts()?;
    Ok(Summary {
        largest,
        sends,
        pays,
        requests: cells.text()?,
        days: cells.text()?,
    })
}

/// Removes what is too old to be shown; to the day, whatever the zone.
pub fn keep_in_bounds(store: Store<'_>, now: Timestamp) -> Result<(), StoreError> {
    let oldest = Period::at(now, None).today.saturating_sub(KEPT_DAYS);
    store.run("DELETE FROM ledger WHERE day < ?", &[Cell::from(oldest)])?;
    Ok(())
}
