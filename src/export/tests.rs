//! Out and back: what is restored is what was exported, or nothing is.

use super::age::tests::{RECIPIENT, opened, random};
use super::lines::{Header, Trailer};
use super::restore::{MARK, Restore, RestoreError, Restored, abandon, is_under_way};
use super::*;
use crate::audit::{GENESIS, follows};
use crate::egress::{Vault, tokens};
use crate::store::memory::Memory;
use crate::store::{effects, settings};
use std::collections::BTreeMap;

const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);

struct Key(&'static str);

impl Vault for Key {
    fn read(&self, binding: &str) -> Option<String> {
        (binding == "SEAL_KEY").then(|| self.0.to_owned())
    }
}

fn database() -> Memory {
    let memory = Memory::open().unwrap();
    migrations::migrate(Store::new(&memory)).unwrap();
    memory
}

/// A database with rows in every table.
fn used() -> Memory {
    let memory = database();
    let store = Store::new(&memory);
    for table in schema::tables(store).unwrap() {
        // The chain is real; what else refers to one another does not matter here.
        let many: i64 = if table.name == "audit" { 0 } else { 700 };
        for n in 0..many {
            let cells: Vec<Cell> = (table.columns.iter())
                .map(|(name, kind)| match (name.as_str(), kind.as_str()) {
                    (_, "INTEGER") => Cell::from(n),
                    ("status", _) if table.name == "effects" => Cell::from("pending"),
                    ("body", _) if table.name == "effects" && n == 3 => {
                        Cell::from("{\"request\":1}")
                    }
                    (name, _) => Cell::from(format!("{name} \"é\u{1}\" {n}")),
                })
                .collect();
            let marks = vec!["?"; cells.len()].join(", ");
            let statement = format!("INSERT INTO {} VALUES ({marks})", table.name);
            store.run(&statement, &cells).unwrap();
        }
    }
    for zone in ["UTC", "Europe/Paris"] {
        let value = zone.to_owned();
        let entry = Entry::Setting {
            name: "zone".into(),
            value,
        };
        audit::append(store, NOW, vec![entry]).unwrap();
    }
    store.run("DELETE FROM facts WHERE n > 500", &[]).unwrap();
    let sealed = "INSERT INTO documents VALUES ('mcp', 'token', 'one', 1, '\"sealed\"')";
    store.run(sealed, &[]).unwrap();
    memory
}

/// The decrypted text of an export.
fn exported(store: Store<'_>) -> String {
    let about = About {
        now: NOW,
        recipient: RECIPIENT,
        sealed: tokens::own(&Key("a key")),
    };
    let (mut export, mut file) = Export::begin(store, &about, &random()).unwrap();
    while let Some(bytes) = export.next(store).unwrap() {
        assert!(bytes.len() < 600_000, "a page of {} bytes", bytes.len());
        file.extend(bytes);
    }
    assert_eq!(export.next(store).unwrap(), None);
    String::from_utf8(opened(&file)).unwrap()
}

/// First line, pages of a hundred lines, last line.
fn cut(text: &str) -> (String, Vec<String>, String) {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let first = lines.remove(0);
    let last = lines.pop().unwrap();
    let pages = lines.chunks(100).map(<[String]>::concat).collect();
    (first, pages, last)
}

fn restored(store: Store<'_>, text: &str, vault: &dyn Vault) -> Result<Restored, RestoreError> {
    let (first, pages, last) = cut(text);
    let mut restore = Restore::begin(store, first.as_bytes(), "r".into())?;
    for (n, page) in pages.iter().enumerate() {
        restore.add(store, u64::try_from(n).unwrap(), page.as_bytes())?;
    }
    restore.finish(store, last.as_bytes(), vault, NOW, &mut || {
        assert!(is_under_way(store).unwrap(), "the door is open too early");
        Ok(2)
    })
}

/// All rows by table.
fn rows(store: Store<'_>) -> BTreeMap<String, Vec<Vec<Cell>>> {
    let tables = schema::tables(store).unwrap().into_iter();
    tables
        .map(|table| {
            let statement = format!(
                "SELECT * FROM {} ORDER BY {}",
                table.name,
                table.key.join(", ")
            );
            (table.name, store.run(&statement, &[]).unwrap())
        })
        .collect()
}

#[test]
fn what_is_restored_is_what_was_exported() {
    let (old, new) = (used(), database());
    let (from, to) = (Store::new(&old), Store::new(&new));
    let text = exported(from);
    // Nothing of the copy is left behind in the database that it was taken of.
    let left = "SELECT name FROM sqlite_master WHERE name GLOB 'snapshot_of_*'";
    assert_eq!(from.run(left, &[]).unwrap(), Vec::<Vec<Cell>>::new());
    settings::set(to, "zone", "of the fresh deployment").unwrap();
    let done = restored(to, &text, &Key("a key")).unwrap();
    assert_eq!((done.tokens_dropped, done.unknown), (0, 2));
    assert!(!is_under_way(to).unwrap());
    let (mut was, mut is) = (rows(from), rows(to));
    // Sessions are not exported.
    assert_eq!(was.remove("sessions").unwrap().len(), 700);
    assert_eq!(is.remove("sessions").unwrap(), Vec::<Vec<Cell>>::new());
    // A request that waits may have been sent since, elsewhere.
    let (before, after) = (
        was.remove("effects").unwrap(),
        is.remove("effects").unwrap(),
    );
    let changed: Vec<_> = before.iter().zip(&after).filter(|(a, b)| a != b).collect();
    assert_eq!(changed.len(), 1);
    let doubted = effects::of_turn(to, 3).unwrap();
    assert_eq!(
        (doubted[0].status, doubted[0].attempts),
        (effects::Status::Begun, 4)
    );
    // The chain goes on from the record of the export.
    let (before, mut after) = (was.remove("audit").unwrap(), is.remove("audit").unwrap());
    after.pop();
    assert_eq!(before, after);
    let mut prev = GENESIS.to_owned();
    let chain = audit::after(to, 0, 100).unwrap();
    for (record, seq) in chain.iter().zip(1..) {
        assert!(follows(record, seq, &prev), "{record:?}");
        prev.clone_from(&record.hash);
    }
    let said: Vec<_> = chain
        .iter()
        .flat_map(|record| &record.entries)
        .skip(2)
        .collect();
    let taken = Entry::ExportBegun {
        recipient: RECIPIENT.into(),
    };
    let unknown = Entry::Restored {
        exported_at: NOW.millis(),
        rows: done.rows,
        tokens_dropped: 0,
        unknown: 2,
    };
    assert_eq!(said, [&taken, &unknown]);
    assert_eq!(was, is);
    // A number that was given is not given again.
    assert_eq!(crate::store::facts::add(to, "new").unwrap(), 700);
}

#[test]
fn the_first_and_the_last_line_say_what_there_is() {
    let old = used();
    let text = exported(Store::new(&old));
    let (first, _, last) = cut(&text);
    let header = Header::read(&first).unwrap();
    assert_eq!((header.schema, header.at), (migrations::STEPS_TOTAL, NOW));
    assert_eq!(header.version, env!("CARGO_PKG_VERSION"));
    let trailer = Trailer::read(&last).unwrap();
    assert_eq!((header.line(), trailer.line()), (first, last));
    for (name, rows) in &header.tables {
        let marker = format!("{{\"table\":\"{name}\",");
        let lines = text.lines().filter(|line| line.starts_with(&marker));
        assert_eq!(i64::try_from(lines.count()).unwrap(), *rows, "{name}");
        assert_eq!(trailer.count(name), *rows);
    }
    assert!(!text.contains("a key"), "a binding is in the file");
}

#[test]
fn an_export_that_is_not_whole_restores_nothing() {
    let old = used();
    let text = exported(Store::new(&old));
    let (first, pages, last) = cut(&text);
    let swapped = text.replacen("text \\\"é\\u0001\\\" 5", "text \\\"é\\u0001\\\" X", 1);
    let twice = [
        first.clone(),
        pages[0].clone(),
        pages.concat(),
        last.clone(),
    ]
    .concat();
    let short = [first.clone(), pages[1..].concat(), last].concat();
    let promises = text.replacen("\"rows\":700", "\"rows\":699", 1);
    let named = "{\"table\":\"settings\",\"row\":{\"name\":\"name";
    assert!(swapped != text && promises != text && text.contains(named));
    for (bad, why) in [
        (swapped, "its hash does not fit"),
        (twice, "a row does not fit its table"),
        (short, "rows are missing"),
        (promises, "rows are missing"),
        (
            text.replacen("{\"table\":\"facts\"", "{\"table\":\"sessions\"", 1),
            "a row is of no table",
        ),
        (
            text.replacen("{\"n\":", "{\"m\":", 1),
            "a row does not fit its table",
        ),
        (
            text.replacen(named, &named.replace(":\"name", ":\"pairing:"), 1),
            "a row does not fit its table",
        ),
        ([first, pages.concat()].concat(), "its last line is missing"),
    ] {
        let new = database();
        let to = Store::new(&new);
        assert_eq!(
            restored(to, &bad, &Key("a key")),
            Err(RestoreError::Damaged(why))
        );
        assert!(is_under_way(to).unwrap(), "the agent would go on from it");
        // It can be begun anew, or given up.
        assert!(restored(to, &text, &Key("a key")).is_ok());
        let again = restored(to, &text, &Key("a key"));
        assert_eq!(again, Err(RestoreError::NotEmpty));
    }
}

#[test]
fn a_restore_is_begun_anew_or_given_up() {
    let (old, new) = (used(), database());
    let to = Store::new(&new);
    let text = exported(Store::new(&old));
    let (first, pages, _) = cut(&text);
    let mut restore = Restore::begin(to, first.as_bytes(), "r".into()).unwrap();
    restore.add(to, 0, pages[0].as_bytes()).unwrap();
    // An answer that was lost is asked for again; anything else is out of order.
    restore.add(to, 0, pages[0].as_bytes()).unwrap();
    assert_eq!(
        restore.add(to, 2, pages[2].as_bytes()),
        Err(RestoreError::WrongPage(1))
    );
    assert!(is_under_way(to).unwrap());
    abandon(to).unwrap();
    assert!(!is_under_way(to).unwrap());
    let empty = |(_, rows): &(String, Vec<Vec<Cell>>)| rows.is_empty();
    let mut left: Vec<_> = rows(to).into_iter().filter(|table| !empty(table)).collect();
    assert_eq!(
        left.pop().map(|(name, _)| name),
        Some("settings".to_owned())
    );
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(settings::get(to, MARK).unwrap(), None);
    // To give up what is not under way takes nothing away.
    assert!(restored(to, &text, &Key("a key")).is_ok());
    let before = rows(to);
    abandon(to).unwrap();
    assert_eq!(rows(to), before);
}

#[test]
fn tokens_under_another_key_are_dropped_and_counted() {
    let old = used();
    let text = exported(Store::new(&old));
    for (key, dropped, left) in [("a key", 0, 1), ("another", 1, 0)] {
        let new = database();
        let to = Store::new(&new);
        assert_eq!(
            restored(to, &text, &Key(key)).unwrap().tokens_dropped,
            dropped
        );
        let tokens = "SELECT id FROM documents WHERE collection = 'token'";
        assert_eq!(to.run(tokens, &[]).unwrap().len(), left);
    }
}

#[test]
fn rows_of_an_older_schema_go_the_way_of_their_own_database() {
    let old = Memory::open().unwrap();
    let from = Store::new(&old);
    let mark = "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID";
    from.run(mark, &[]).unwrap();
    migrations::migrate_to(from, 2).unwrap();
    settings::set(from, "zone", "Europe/Paris").unwrap();
    let text = exported(from);
    assert!(text.contains("\"schema\":2") && !text.contains("facts"));
    let new = database();
    let to = Store::new(&new);
    restored(to, &text, &Key("a key")).unwrap();
    assert_eq!(migrations::done(to).unwrap(), migrations::STEPS_TOTAL);
    assert_eq!(
        settings::get(to, "zone").unwrap().as_deref(),
        Some("Europe/Paris")
    );
    crate::store::facts::add(to, "there is a table for it").unwrap();
    // What comes from later than this program knows is refused before anything is touched.
    let later = text.replacen("\"schema\":2", "\"schema\":99", 1);
    let new = database();
    let refused = restored(Store::new(&new), &later, &Key("a key"));
    assert_eq!(
        refused,
        Err(RestoreError::Newer(env!("CARGO_PKG_VERSION").into()))
    );
    assert!(!is_under_way(Store::new(&new)).unwrap());
}

#[test]
fn what_is_no_export_touches_nothing() {
    let new = database();
    let to = Store::new(&new);
    settings::set(to, "zone", "UTC").unwrap();
    let version = "{\"sclerite_export\":2,\"schema\":1,\"version\":\"9\",\"at\":1,\"tables\":[],\"sequences\":{},\"sealed\":null}\n";
    for bad in [
        "",
        "\n",
        "{}\n",
        "[1]\n",
        "age-encryption.org/v1\n",
        version,
    ] {
        let refused = Restore::begin(to, bad.as_bytes(), "r".into()).err();
        assert_eq!(refused, Some(RestoreError::NotAnExport), "{bad}");
    }
    assert_eq!(settings::get(to, "zone").unwrap().as_deref(), Some("UTC"));
    let foreign = version.replacen('2', "1", 1).replacen(
        "[]",
        "[{\"name\":\"x\",\"columns\":[],\"rows\":0}]",
        1,
    );
    let refused = Restore::begin(to, foreign.as_bytes(), "r".into()).err();
    assert_eq!(refused, Some(RestoreError::NotAnExport));
    assert!(!is_under_way(to).unwrap());
}
