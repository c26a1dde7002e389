//! Turns: one row holds a whole turn, so that a step of it is one write.
//!
//! The delivery id is unique, which makes accepting a message idempotent. The state is a JSON text
//! whose shape belongs to `agent::turn`.

use super::{Cell, Cells, Row, Store, StoreError};
use crate::id::TurnId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How far a turn is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Accepted; nothing has been done.
    Queued,
    /// At work.
    Running,
    /// Only the owner's answers are missing.
    Waiting,
    /// Finished.
    Done,
    /// Given up; the owner was told why.
    Failed,
    /// The owner cancelled it.
    Cancelled,
}

impl Status {
    /// The word in rows and APIs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn read(word: &str) -> Result<Self, StoreError> {
        match word {
            "queued" => Ok(Self::Queued),
            "running" => Ok(Self::Running),
            "waiting" => Ok(Self::Waiting),
            "done" => Ok(Self::Done),
            "failed" => Ok(Self::Failed),
            "cancelled" => Ok(Self::Cancelled),
            _ => Err(StoreError::Unreadable("a turn's status")),
        }
    }

    /// Whether nothing more will happen.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// What a turn has to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// For the owner's earlier turns of its conversation.
    Owner,
    /// For nothing: it is planned, and only has something to tell.
    Telling,
    /// For a free place: strangers have few, so that they cannot hold up the owner.
    Guest,
}

impl Lane {
    fn number(self) -> i64 {
        match self {
            Self::Owner => 0,
            Self::Telling => 1,
            Self::Guest => 2,
        }
    }

    fn read(number: i64) -> Result<Self, StoreError> {
        match number {
            0 => Ok(Self::Owner),
            1 => Ok(Self::Telling),
            2 => Ok(Self::Guest),
            _ => Err(StoreError::Unreadable("a turn's lane")),
        }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnRow {
    /// Its number; later turns have higher ones.
    pub seq: i64,
    /// Its id, which holds the number and cannot be guessed.
    pub id: TurnId,
    /// `channel:delivery`.
    pub delivery: String,
    /// The conversation.
    pub conversation: String,
    /// How far it is.
    pub status: Status,
    /// How often it was begun.
    pub attempts: i64,
    /// What it has to wait for.
    pub lane: Lane,
    /// When it was accepted.
    pub at: Timestamp,
    /// The rest, as JSON.
    pub state: String,
}

const COLUMNS: &str = "seq, id, delivery, conversation, status, attempts, lane, at, state";

fn read(row: Row) -> Result<TurnRow, StoreError> {
    let mut cells = Cells::of(row);
    Ok(TurnRow {
        seq: cells.int()?,
        id: TurnId::try_from(cells.text()?).map_err(|_| StoreError::Unreadable("a turn's id"))?,
        delivery: cells.text()?,
        conversation: cells.text()?,
        status: Status::read(&cells.text()?)?,
        attempts: cells.int()?,
        lane: Lane::read(cells.int()?)?,
        at: Timestamp::from_millis(cells.int()?),
        state: cells.text()?,
    })
}

/// The number of the next turn.
pub fn next_seq(store: Store<'_>) -> Result<i64, StoreError> {
    let rows = store.run("SELECT coalesce(max(seq), 0) + 1 FROM turns", &[])?;
    rows.into_iter()
        .next()
        .map_or(Ok(1), |row| Cells::of(row).int())
}

/// The turn that a delivery began, if it was accepted before; it may be gone by now.
pub fn by_delivery(store: Store<'_>, delivery: &str) -> Result<Option<(i64, TurnId)>, StoreError> {
    let rows = store.run(
        "SELECT seq, id FROM turns WHERE delivery = ? \
         UNION ALL SELECT seq, id FROM delivered WHERE delivery = ?",
        &[Cell::from(delivery), Cell::from(delivery)],
    )?;
    let Some(row) = rows.into_iter().next() else {
        return Ok(None);
    };
    let mut cells = Cells::of(row);
    let seq = cells.int()?;
    let id = TurnId::try_from(cells.text()?).map_err(|_| StoreError::Unreadable("a turn's id"))?;
    Ok(Some((seq, id)))
}

/// Adds a turn.
pub fn insert(store: Store<'_>, turn: &TurnRow) -> Result<(), StoreError> {
    store.run(
        "INSERT INTO turns (seq, id, delivery, conversation, status, attempts, lane, due, at, state) \
         VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
        &[
            Cell::from(turn.seq),
            Cell::from(turn.id.as_str()),
            Cell::from(turn.delivery.as_str()),
            Cell::from(turn.conversation.as_str()),
            Cell::from(turn.status.word()),
            Cell::from(turn.attempts),
            Cell::from(turn.lane.number()),
            Cell::from(turn.at.millis()),
            Cell::from(turn.state.as_str()),
        ],
    )?;
    Ok(())
}

/// One turn by its number.
pub fn get(store: Store<'_>, seq: i64) -> Result<Option<TurnRow>, StoreError> {
    let statement = format!("SELECT {COLUMNS} FROM turns WHERE seq = ?");
    let rows = store.run(&statement, &[Cell::from(seq)])?;
    rows.into_iter().next().map(read).transpose()
}

/// One turn by its id; the number in the id finds it, the whole id must match.
pub fn by_id(store: Store<'_>, id: &TurnId) -> Result<Option<TurnRow>, StoreError> {
    let number = id
        .as_str()
        .split('_')
        .nth(1)
        .and_then(|part| part.parse().ok());
    let Some(seq) = number else { return Ok(None) };
    Ok(get(store, seq)?.filter(|turn| turn.id == *id))
}

/// Writes what a step changes.
pub fn update(
    store: Store<'_>,
    seq: i64,
    status: Status,
    lane: Lane,
    state: &str,
) -> Result<(), StoreError> {
    store.run(
        "UPDATE turns SET status = ?, lane = ?, due = 0, state = ? WHERE seq = ?",
        &[
            Cell::from(status.word()),
            Cell::from(lane.number()),
            Cell::from(state),
            Cell::from(seq),
        ],
    )?;
    Ok(())
}

/// Puts a turn off until an instant. It did not kill the process, so its attempts begin anew.
pub fn postpone(store: Store<'_>, seq: i64, until: Timestamp) -> Result<(), StoreError> {
    store.run(
        "UPDATE turns SET due = ?, attempts = 0 WHERE seq = ?",
        &[Cell::from(until.millis()), Cell::from(seq)],
    )?;
    Ok(())
}

/// Counts one more attempt at a turn, before it is made.
pub fn count_attempt(store: Store<'_>, seq: i64) -> Result<(), StoreError> {
    store.run(
        "UPDATE turns SET attempts = attempts + 1 WHERE seq = ?",
        &[Cell::from(seq)],
    )?;
    Ok(())
}

/// What the executor needs to know of a turn that is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTurn {
    /// Its number.
    pub seq: i64,
    /// The conversation.
    pub conversation: String,
    /// How far it is.
    pub status: Status,
    /// How often it was begun.
    pub attempts: i64,
}

/// The turns that can be worked on, oldest first, at most `limit`.
pub fn open(store: Store<'_>, limit: i64) -> Result<Vec<OpenTurn>, StoreError> {
    some(store, "'queued', 'running'", limit)
}

/// How many turns of each lane are worked on side by side.
const PLACES: [i64; 3] = [50, 40, 5];

/// A turn that can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runnable {
    /// Its number.
    pub seq: i64,
    /// How often it was begun.
    pub attempts: i64,
    /// Whether it was begun before, as far as the rows say.
    pub begun: bool,
}

/// The turns that can go on now: of the owner's, the oldest of each conversation, so that a long
/// queue does not hide the others; of those that only tell, the oldest; of strangers', a few.
pub fn runnable(store: Store<'_>, now: Timestamp) -> Result<Vec<Runnable>, StoreError> {
    const OPEN: &str = "status IN ('queued', 'running', 'waiting') \
        AND status IN ('queued', 'running') AND due <= ?";
    let [owner, telling, guest] = PLACES;
    let statement = format!(
        "SELECT * FROM (SELECT min(seq) AS seq, attempts, status FROM turns WHERE {OPEN} AND lane = 0 \
         GROUP BY conversation ORDER BY 1 LIMIT {owner}) UNION ALL \
         SELECT * FROM (SELECT seq, attempts, status FROM turns WHERE {OPEN} AND lane = 1 \
         ORDER BY seq LIMIT {telling}) UNION ALL \
         SELECT * FROM (SELECT seq, attempts, status FROM turns WHERE {OPEN} AND lane = 2 \
         ORDER BY seq LIMIT {guest})"
    );
    let now = Cell::from(now.millis());
    let rows = store.run(&statement, &[now.clone(), now.clone(), now])?;
    rows.into_iter()
        .map(|row| {
            let mut cells = Cells::of(row);
            let (seq, attempts) = (cells.int()?, cells.int()?);
            let status = Status::read(&cells.text()?)?;
            Ok(Runnable {
                seq,
                attempts,
                // The first attempt is counted when a turn is accepted, and one that was put off
                // begins to count anew.
                begun: attempts > 0 && (status != Status::Queued || attempts > 1),
            })
        })
        .collect()
}

/// The turns behind a number that are not finished and are no stranger's, those that wait for the
/// owner included; of one conversation, if it is given.
pub fn unfinished(
    store: Store<'_>,
    after: i64,
    conversation: Option<&str>,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let rows = store.run(
        "SELECT seq FROM turns WHERE status IN ('queued', 'running', 'waiting') AND seq > ? \
         AND lane <> 2 AND (? IS NULL OR conversation = ?) ORDER BY seq LIMIT ?",
        &[
            Cell::from(after),
            conversation.map_or(Cell::Null, Cell::from),
            conversation.map_or(Cell::Null, Cell::from),
            Cell::from(limit),
        ],
    )?;
    rows.into_iter().map(|row| Cells::of(row).int()).collect()
}

fn some(store: Store<'_>, statuses: &str, limit: i64) -> Result<Vec<OpenTurn>, StoreError> {
    // The first condition is that of the index `turns_open`, word for word: without it SQLite does
    // not see that the index covers the rest, and reads every turn there ever was.
    let statement = format!(
        "SELECT seq, conversation, status, attempts FROM turns \
         WHERE status IN ('queued', 'running', 'waiting') AND status IN ({statuses}) \
         ORDER BY seq LIMIT ?"
    );
    let rows = store.run(&statement, &[Cell::from(limit)])?;
    rows.into_iter().map(read_open).collect()
}

fn read_open(row: Row) -> Result<OpenTurn, StoreError> {
    let mut cells = Cells::of(row);
    Ok(OpenTurn {
        seq: cells.int()?,
        conversation: cells.text()?,
        status: Status::read(&cells.text()?)?,
        attempts: cells.int()?,
    })
}

/// The latest turns, newest first.
pub fn latest(store: Store<'_>, limit: i64) -> Result<Vec<TurnRow>, StoreError> {
    let statement = format!("SELECT {COLUMNS} FROM turns ORDER BY seq DESC LIMIT ?");
    store
        .run(&statement, &[Cell::from(limit)])?
        .into_iter()
        .map(read)
        .collect()
}

/// The latest turns of the console's conversations, newest first.
pub fn latest_of_console(store: Store<'_>, limit: i64) -> Result<Vec<TurnRow>, StoreError> {
    let statement = format!(
        "SELECT {COLUMNS} FROM turns \
         WHERE conversation >= 'console:' AND conversation < 'console;' ORDER BY seq DESC LIMIT ?"
    );
    store
        .run(&statement, &[Cell::from(limit)])?
        .into_iter()
        .map(read)
        .collect()
}
