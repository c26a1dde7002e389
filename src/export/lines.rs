//! The lines of an export: one that says what it is, one for each row, one that says it is whole.

use crate::id::hex;
use crate::store::schema::Table;
use crate::store::{Cell, Row};
use crate::time::Timestamp;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

/// The version of the format. A reader refuses any other.
pub const FORMAT: i64 = 1;

/// How many rows, by table.
pub type Counts = Map<String, Json>;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Up to which step the database's schema was.
    pub schema: usize,
    /// The version of the program that wrote it.
    pub version: String,
    /// The instant whose rows they are.
    pub at: Timestamp,
    /// The tables and how many rows of each follow, in this order.
    pub tables: Vec<(String, i64)>,
    /// The number that was given last in each table that numbers its rows.
    pub sequences: Vec<(String, i64)>,
    /// A word sealed under the deployment's `SEAL_KEY`: what is sealed in the rows can be opened by
    /// a deployment that can open this.
    pub sealed: Option<String>,
}

impl Header {
    /// The line, with its end.
    pub fn line(&self) -> String {
        let pairs = |pairs: &[(String, i64)]| {
            let each = pairs.iter();
            let each = each.map(|(name, n)| json!({"name": name, "rows": n}));
            each.collect::<Vec<Json>>()
        };
        let numbers = self.sequences.iter().cloned();
        let numbers: Map<String, Json> = numbers.map(|(name, n)| (name, n.into())).collect();
        let line = json!({
            "sclerite_export": FORMAT,
            "schema": self.schema,
            "version": self.version,
            "at": self.at.millis(),
            "tables": pairs(&self.tables),
            "sequences": numbers,
            "sealed": self.sealed,
        });
        format!("{line}\n")
    }

    /// Reads the line; `None` if it is none, or one of another format.
    pub fn read(line: &str) -> Option<Self> {
        let line: Json = serde_json::from_str(line).ok()?;
        let number = |name| line.get(name).and_then(Json::as_i64);
        if number("sclerite_export") != Some(FORMAT) {
            return None;
        }
        let mut tables = Vec::new();
        for table in line.get("tables")?.as_array()? {
            let name = table.get("name")?.as_str()?;
            tables.push((name.to_owned(), table.get("rows")?.as_i64()?));
        }
        let mut sequences = Vec::new();
        for (table, last) in line.get("sequences")?.as_object()? {
            sequences.push((table.clone(), last.as_i64()?));
        }
        Some(Self {
            schema: usize::try_from(number("schema")?).ok()?,
            version: line.get("version")?.as_str()?.to_owned(),
            at: Timestamp::from_millis(number("at")?),
            tables,
            sequences,
            sealed: line.get("sealed")?.as_str().map(str::to_owned),
        })
    }
}

/// The last line: what came before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// How many rows of each table; of one that is not named, none.
    pub rows: Counts,
    /// The SHA-256 of all bytes before this line, in hexadecimal digits.
    pub sha256: String,
}

impl Trailer {
    /// The line, with its end.
    pub fn line(&self) -> String {
        let end = json!({"rows": self.rows, "sha256": self.sha256});
        format!("{}\n", json!({"end": end}))
    }

    /// Reads the line; `None` if it is none.
    pub fn read(line: &str) -> Option<Self> {
        let line: Json = serde_json::from_str(line).ok()?;
        let end = line.get("end")?;
        Some(Self {
            rows: end.get("rows")?.as_object()?.clone(),
            sha256: end.get("sha256")?.as_str()?.to_owned(),
        })
    }

    /// How many rows of a table there are.
    pub fn count(&self, table: &str) -> i64 {
        self.rows.get(table).and_then(Json::as_i64).unwrap_or(0)
    }
}

/// A line in between: the table, and the cells by column.
pub fn read_row(line: &str) -> Option<(String, Map<String, Json>)> {
    let Json::Object(mut line) = serde_json::from_str(line).ok()? else {
        return None;
    };
    match (line.remove("table")?, line.remove("row")?) {
        (Json::String(table), Json::Object(row)) if line.is_empty() => Some((table, row)),
        _ => None,
    }
}

/// Counts and hashes what is written or read.
#[derive(Clone, Default)]
pub struct Sum {
    rows: Counts,
    total: i64,
    hash: Sha256,
}

impl Sum {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    /// Counts rows.
    pub fn count(&mut self, table: &str, more: usize) {
        let more = i64::try_from(more).unwrap_or(i64::MAX);
        let before = self.rows.get(table).and_then(Json::as_i64).unwrap_or(0);
        self.rows
            .insert(table.to_owned(), before.saturating_add(more).into());
        self.total = self.total.saturating_add(more);
    }

    /// How many rows there were.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// What the last line says of all that came before it.
    pub fn trailer(self) -> Trailer {
        Trailer {
            rows: self.rows,
            sha256: hex(&self.hash.finalize()),
        }
    }
}

/// Writes a row as a line, with its end.
pub fn write_row(table: &Table, row: &Row, out: &mut String) {
    let text = |text: &str| Json::from(text).to_string();
    out.push_str(&format!("{{\"table\":{},\"row\":{{", text(&table.name)));
    for (n, ((column, _), cell)) in table.columns.iter().zip(row).enumerate() {
        let mark = if n == 0 { "" } else { "," };
        let cell = match cell {
            Cell::Null => "null".to_owned(),
            Cell::Int(number) => number.to_string(),
            Cell::Text(words) => text(words),
        };
        out.push_str(&format!("{mark}{}:{cell}", text(column)));
    }
    out.push_str("}}\n");
}

/// A cell as a line has it; `None` for what no cell can be.
pub fn read_cell(value: Json) -> Option<Cell> {
    const EXACT: i64 = 1 << 53;
    match value {
        Json::Null => Some(Cell::Null),
        Json::String(text) => Some(Cell::Text(text)),
        Json::Number(number) => {
            let number = number.as_i64()?;
            (-EXACT..=EXACT)
                .contains(&number)
                .then_some(Cell::Int(number))
        }
        Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}
