//! The numbered steps from an empty database to the present schema.
//!
//! A step that has been released is never edited; a change is a new step at the end. The number of
//! steps done is a setting, so a second start does one read.

use super::{Cell, Store, StoreError};

/// The steps in order; each is a list of statements, run in one transaction.
const STEPS: &[&[&str]] = &[
    FIRST, JUDGED, REMEMBERED, FAILED, BOUNDED, SPENT, DARED, APART,
];

const FIRST: &[&str] = &[
    "CREATE TABLE turns (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        delivery TEXT NOT NULL UNIQUE,
        conversation TEXT NOT NULL,
        status TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        lane INTEGER NOT NULL,
        due INTEGER NOT NULL,
        at INTEGER NOT NULL,
        state TEXT NOT NULL)",
    "CREATE INDEX turns_open ON turns (status, seq)
        WHERE status IN ('queued', 'running', 'waiting')",
    "CREATE INDEX turns_console ON turns (seq)
        WHERE conversation >= 'console:' AND conversation < 'console;'",
    "CREATE TABLE effects (
        turn INTEGER NOT NULL,
        n INTEGER NOT NULL,
        status TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (turn, n)) WITHOUT ROWID",
    "CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        state TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE handles (
        conversation TEXT NOT NULL,
        name TEXT NOT NULL,
        piece INTEGER NOT NULL,
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (conversation, name, piece)) WITHOUT ROWID",
    "CREATE TABLE approvals (
        id TEXT PRIMARY KEY,
        turn INTEGER NOT NULL,
        status TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        body TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX approvals_waiting ON approvals (expires_at) WHERE status = 'waiting'",
    "CREATE TABLE timers (
        id TEXT PRIMARY KEY,
        due INTEGER NOT NULL,
        connector TEXT NOT NULL,
        document TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX timers_due ON timers (due)",
    "CREATE TABLE documents (
        connector TEXT NOT NULL,
        collection TEXT NOT NULL,
        id TEXT NOT NULL,
        sort INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (connector, collection, id)) WITHOUT ROWID",
    "CREATE INDEX documents_sorted ON documents (connector, collection, sort)",
    "CREATE TABLE sessions (
        hash TEXT PRIMARY KEY,
        expires_at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        entries TEXT NOT NULL,
        hash TEXT NOT NULL)",
];

/// What the owner allowed for many times, what is counted by day and source, what messages showed.
const JUDGED: &[&str] = &[
    "CREATE TABLE standing (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        used INTEGER NOT NULL,
        rule TEXT NOT NULL)",
    "CREATE TABLE tallies (
        day INTEGER NOT NULL,
        tally TEXT NOT NULL,
        source TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (day, tally, source)) WITHOUT ROWID",
    "CREATE TABLE shown (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation TEXT NOT NULL,
        message TEXT NOT NULL,
        handles TEXT NOT NULL,
        UNIQUE (conversation, message))",
];

/// What the owner asked the agent to remember.
const REMEMBERED: &[&str] = &["CREATE TABLE facts (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        text TEXT NOT NULL)"];

/// What went wrong for good.
const FAILED: &[&str] = &["CREATE TABLE failures (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        turn INTEGER NOT NULL,
        failure TEXT NOT NULL,
        about TEXT NOT NULL)"];

/// What is kept in bounds: when things were made, and what is left of turns that are gone.
const BOUNDED: &[&str] = &[
    "CREATE TABLE delivered (
        delivery TEXT PRIMARY KEY,
        seq INTEGER NOT NULL,
        id TEXT NOT NULL,
        at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE UNIQUE INDEX delivered_seq ON delivered (seq)",
    "CREATE INDEX turns_guest ON turns (seq) WHERE lane = 2",
    "CREATE INDEX approvals_over ON approvals (expires_at) WHERE status <> 'waiting'",
    "ALTER TABLE handles ADD COLUMN made INTEGER NOT NULL DEFAULT 0",
    "UPDATE handles SET made = (SELECT coalesce(max(at), 0) FROM turns)",
    "CREATE INDEX handles_made ON handles (made) WHERE piece = 0",
    "ALTER TABLE conversations ADD COLUMN touched INTEGER NOT NULL DEFAULT 0",
    "UPDATE conversations SET touched = (SELECT coalesce(max(at), 0) FROM turns)",
    "CREATE INDEX conversations_touched ON conversations (touched)",
];

/// How often a timer was tried that the process may have died of.
const DARED: &[&str] = &["ALTER TABLE timers ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0"];

/// How many steps there are.
pub const STEPS_TOTAL: usize = STEPS.len();

/// How many steps are done.
pub fn done(store: Store<'_>) -> Result<usize, StoreError> {
    let done = super::settings::get(store, "schema")?.and_then(|text| text.parse().ok());
    Ok(done.unwrap_or(0))
}

/// What was spent, by the owner's day and by what it was spent on, and what is reserved for effects.
const SPENT: &[&str] = &[
    "CREATE TABLE ledger (
        day INTEGER NOT NULL,
        source TEXT NOT NULL,
        count INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        microusd INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        turn_tokens INTEGER NOT NULL,
        turn_microusd INTEGER NOT NULL,
        PRIMARY KEY (day, source)) WITHOUT ROWID",
    "ALTER TABLE effects ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE effects ADD COLUMN microusd INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE effects ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0",
];

/// What strangers sent is counted apart from all else.
const APART: &[&str] = &[
    "ALTER TABLE delivered ADD COLUMN stranger INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX delivered_own ON delivered (seq) WHERE stranger = 0",
    "CREATE INDEX delivered_stranger ON delivered (seq) WHERE stranger = 1",
];

/// Brings the database to the present schema; a database that is there already costs one read.
pub fn migrate(store: Store<'_>) -> Result<(), StoreError> {
    migrate_to(store, STEPS_TOTAL)
}

/// Brings the database to the schema of a step, for rows that come from there.
pub fn migrate_to(store: Store<'_>, steps: usize) -> Result<(), StoreError> {
    store.run(
        "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) \
         WITHOUT ROWID",
        &[],
    )?;
    let done = done(store)?;
    for (n, statements) in STEPS.iter().enumerate().take(steps).skip(done) {
        store.atomically(|| {
            for statement in *statements {
                store.run(statement, &[])?;
            }
            let reached = n.saturating_add(1).to_string();
            store.run(
                "INSERT OR REPLACE INTO settings (name, value) VALUES ('schema', ?)",
                &[Cell::from(reached)],
            )?;
            Ok::<(), StoreError>(())
        })?;
    }
    Ok(())
}
