//! What is old enough to go, and the removal of it. What may not go is left out by the statements
//! themselves; how many and how old are the engine's to say.

use super::{Cell, Cells, Row, Store, StoreError};
use crate::time::Timestamp;

/// A finished turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Its number.
    pub seq: i64,
    /// When it was accepted.
    pub at: Timestamp,
}

/// A turn of which nothing is open: it has an end, nothing of it is in the outbox, and no question
/// of it waits.
const OVER: &str = "status IN ('done', 'failed', 'cancelled') \
    AND NOT EXISTS (SELECT 1 FROM effects WHERE effects.turn = turns.seq) \
    AND NOT EXISTS (SELECT 1 FROM approvals WHERE approvals.status = 'waiting' \
    AND approvals.turn = turns.seq)";

/// The oldest turns of which nothing is open: strangers', or all others.
pub fn oldest_turns(
    store: Store<'_>,
    strangers: bool,
    limit: i64,
) -> Result<Vec<Finished>, StoreError> {
    let whose = if strangers { "lane = 2" } else { "lane <> 2" };
    let statement =
        format!("SELECT seq, at FROM turns WHERE {whose} AND {OVER} ORDER BY seq LIMIT ?");
    let rows = store.run(&statement, &[Cell::from(limit)])?;
    let read = |row: Row| {
        let mut cells = Cells::of(row);
        Ok(Finished {
            seq: cells.int()?,
            at: Timestamp::from_millis(cells.int()?),
        })
    };
    rows.into_iter().map(read).collect()
}

/// The number of the newest turn; 0 if there is none.
pub fn newest_turn(store: Store<'_>) -> Result<i64, StoreError> {
    first_number(store, "SELECT coalesce(max(seq), 0) FROM turns", &[])
}

/// The number of the newest of a stranger's turns that is beyond the first `kept`; 0 if none is.
pub fn surplus_of_strangers(store: Store<'_>, kept: i64) -> Result<i64, StoreError> {
    first_number(
        store,
        "SELECT seq FROM turns WHERE lane = 2 ORDER BY seq DESC LIMIT 1 OFFSET ?",
        &[Cell::from(kept)],
    )
}

/// The number of the newest of the turns that are no stranger's and beyond the last `kept` of them; 0
/// if none is. It is found from the oldest on: an index of these turns would be written with every
/// step of theirs.
pub fn surplus_of_others(store: Store<'_>, kept: i64) -> Result<i64, StoreError> {
    let all = first_number(store, "SELECT count(*) FROM turns", &[])?;
    let strangers = first_number(store, "SELECT count(*) FROM turns WHERE lane = 2", &[])?;
    let surplus = all.saturating_sub(strangers).saturating_sub(kept);
    if surplus <= 0 {
        return Ok(0);
    }
    first_number(
        store,
        "SELECT seq FROM turns WHERE lane <> 2 ORDER BY seq LIMIT 1 OFFSET ?",
        &[Cell::from(surplus.saturating_sub(1))],
    )
}

/// Removes a turn. A short row says that its delivery was there, if whoever sent it could send it
/// again: an id that was drawn here never comes a second time.
pub fn remove_turn(store: Store<'_>, seq: i64, now: Timestamp) -> Result<(), StoreError> {
    store.run(
        "INSERT OR REPLACE INTO delivered (delivery, seq, id, at, stranger) \
         SELECT delivery, seq, id, ?, lane = 2 FROM turns WHERE seq = ? AND delivery GLOB '*:id:*'",
        &[Cell::from(now.millis()), Cell::from(seq)],
    )?;
    store.run("DELETE FROM turns WHERE seq = ?", &[Cell::from(seq)])?;
    Ok(())
}

/// Forgets deliveries whose turns went before an instant, or which are beyond the last `kept`: those
/// of strangers, or all others.
pub fn forget_deliveries(
    store: Store<'_>,
    strangers: bool,
    before: Timestamp,
    kept: i64,
    limit: i64,
) -> Result<usize, StoreError> {
    // The conditions are those of indexes, word for word.
    let whose = if strangers {
        "stranger = 1"
    } else {
        "stranger = 0"
    };
    let newest =
        format!("SELECT seq FROM delivered WHERE {whose} ORDER BY seq DESC LIMIT 1 OFFSET ?");
    let below = first_number(store, &newest, &[Cell::from(kept)])?;
    let oldest = format!("SELECT seq, at FROM delivered WHERE {whose} ORDER BY seq LIMIT ?");
    let rows = store.run(&oldest, &[Cell::from(limit)])?;
    let mut gone = 0_usize;
    for row in rows {
        let mut cells = Cells::of(row);
        let (seq, at) = (cells.int()?, cells.int()?);
        if seq <= below || at < before.millis() {
            store.run("DELETE FROM delivered WHERE seq = ?", &[Cell::from(seq)])?;
            gone = gone.saturating_add(1);
        }
    }
    Ok(gone)
}

/// Removes questions that were answered or ran out before an instant, oldest first.
pub fn remove_approvals(
    store: Store<'_>,
    before: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let gone = store.run(
        "DELETE FROM approvals WHERE id IN (SELECT id FROM approvals \
         WHERE status <> 'waiting' AND expires_at < ? ORDER BY expires_at LIMIT ?) RETURNING id",
        &[Cell::from(before.millis()), Cell::from(limit)],
    )?;
    Ok(gone.len())
}

/// Conversations in which nothing is open and nothing was said since an instant, or which are
/// beyond the `kept` that were used last; oldest first.
pub fn idle_conversations(
    store: Store<'_>,
    before: Timestamp,
    kept: i64,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let surplus = first_number(
        store,
        "SELECT touched FROM conversations ORDER BY touched DESC LIMIT 1 OFFSET ?",
        &[Cell::from(kept)],
    )?;
    let statement = format!(
        "SELECT id FROM conversations WHERE touched <= ? AND {} ORDER BY touched LIMIT ?",
        nothing_open("conversations.id")
    );
    let until = surplus.max(before.millis());
    names(store, &statement, &[Cell::from(until), Cell::from(limit)])
}

/// Conversations in which something was said since an instant and nothing is open.
pub fn used_conversations(
    store: Store<'_>,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let statement = format!(
        "SELECT id FROM conversations WHERE touched >= ? AND {} ORDER BY touched DESC LIMIT ?",
        nothing_open("conversations.id")
    );
    names(
        store,
        &statement,
        &[Cell::from(since.millis()), Cell::from(limit)],
    )
}

/// The handles of a conversation beyond the `kept` that were made last, newest first.
pub fn surplus_handles(
    store: Store<'_>,
    id: &str,
    kept: i64,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    // Of those of one turn, the number at the end of the name tells: it has more digits or is larger.
    let number = "CAST(replace(name, rtrim(name, '0123456789'), '') AS INTEGER)";
    let statement = format!(
        "SELECT name FROM handles WHERE conversation = ? AND piece = 0 \
         ORDER BY made DESC, {number} DESC, name LIMIT ? OFFSET ?"
    );
    let parameters = [Cell::from(id), Cell::from(limit), Cell::from(kept)];
    names(store, &statement, &parameters)
}

/// Handles that were made before an instant, in conversations where nothing is open; oldest first.
pub fn old_handles(
    store: Store<'_>,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<(String, String)>, StoreError> {
    let statement = format!(
        "SELECT conversation, name FROM handles WHERE piece = 0 AND made < ? AND {} \
         ORDER BY made LIMIT ?",
        nothing_open("handles.conversation")
    );
    let rows = store.run(
        &statement,
        &[Cell::from(before.millis()), Cell::from(limit)],
    )?;
    let read = |row: Row| {
        let mut cells = Cells::of(row);
        Ok((cells.text()?, cells.text()?))
    };
    rows.into_iter().map(read).collect()
}

/// Lets a handle that may not go count as made anew, so that it is in nobody's way.
pub fn renew_handle(
    store: Store<'_>,
    id: &str,
    name: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    store.run(
        "UPDATE handles SET made = ? WHERE conversation = ? AND name = ?",
        &[Cell::from(now.millis()), Cell::from(id), Cell::from(name)],
    )?;
    Ok(())
}

/// Removes a handle.
pub fn remove_handle(store: Store<'_>, id: &str, name: &str) -> Result<(), StoreError> {
    store.run(
        "DELETE FROM handles WHERE conversation = ? AND name = ?",
        &[Cell::from(id), Cell::from(name)],
    )?;
    Ok(())
}

/// Forgets that strangers were greeted, beyond the `kept` of them that were greeted last.
pub fn forget_greetings(store: Store<'_>, kept: i64, limit: i64) -> Result<usize, StoreError> {
    let gone = store.run(
        "DELETE FROM settings WHERE name IN (SELECT name FROM settings \
         WHERE name >= 'greeted:' AND name < 'greeted;' \
         ORDER BY CAST(value AS INTEGER) DESC, name LIMIT ? OFFSET ?) RETURNING name",
        &[Cell::from(limit), Cell::from(kept)],
    )?;
    Ok(gone.len())
}

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// How many.
    pub count: i64,
    /// How many bytes they have together.
    pub bytes: i64,
}

/// How many turns, of those strangers' ones, conversations, handles and documents there are.
pub fn amounts(store: Store<'_>) -> Result<[Amount; 5], StoreError> {
    let statements = [
        "SELECT count(*), coalesce(sum(octet_length(state)), 0) FROM turns",
        "SELECT count(*), coalesce(sum(octet_length(state)), 0) FROM turns WHERE lane = 2",
        "SELECT count(*), coalesce(sum(octet_length(state)), 0) FROM conversations",
        "SELECT coalesce(sum(piece = 0), 0), coalesce(sum(octet_length(body)), 0) FROM handles",
        "SELECT count(*), coalesce(sum(octet_length(body)), 0) FROM documents",
    ];
    let mut found = [Amount::default(); 5];
    for (amount, statement) in found.iter_mut().zip(statements) {
        if let Some(row) = store.run(statement, &[])?.into_iter().next() {
            let mut cells = Cells::of(row);
            *amount = Amount {
                count: cells.int()?,
                bytes: cells.int()?,
            };
        }
    }
    Ok(found)
}

/// That no turn of a conversation is unfinished. The first condition is that of an index, word for
/// word.
fn nothing_open(conversation: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM turns WHERE status IN ('queued', 'running', 'waiting') \
         AND turns.conversation = {conversation})"
    )
}

fn first_number(store: Store<'_>, statement: &str, parameters: &[Cell]) -> Result<i64, StoreError> {
    let row = store.run(statement, parameters)?.into_iter().next();
    row.map_or(Ok(0), |row| Cells::of(row).int())
}

fn names(
    store: Store<'_>,
    statement: &str,
    parameters: &[Cell],
) -> Result<Vec<String>, StoreError> {
    let rows = store.run(statement, parameters)?;
    rows.into_iter().map(|row| Cells::of(row).text()).collect()
}
