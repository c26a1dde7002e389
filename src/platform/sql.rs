//! The database in the Worker: a Durable Object's SQLite storage, and its synchronous transaction.
//!
//! The `worker` crate binds neither `transactionSync` nor rows as plain arrays, so a few externs
//! do. Plain statements followed by an exception would stay committed; inside `transactionSync`
//! they do not.
//! [Source](https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/).

use crate::store::{Cell, Row, Sql, StoreError};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use worker::State;

#[wasm_bindgen]
extern "C" {
    type RawStorage;

    #[wasm_bindgen(method, getter)]
    fn sql(this: &RawStorage) -> RawSql;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &RawStorage,
        work: &mut dyn FnMut() -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue>;

    type RawSql;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &RawSql, statement: &str, parameters: &Array) -> Result<RawCursor, JsValue>;

    type RawCursor;

    #[wasm_bindgen(method, catch)]
    fn raw(this: &RawCursor) -> Result<RawRows, JsValue>;

    type RawRows;

    #[wasm_bindgen(method, catch, js_name = toArray)]
    fn to_array(this: &RawRows) -> Result<Array, JsValue>;
}

/// The database of one object.
pub struct ObjectSql {
    storage: RawStorage,
    sql: RawSql,
    /// Whether a statement has failed since the transaction began.
    failed: std::cell::Cell<bool>,
}

impl ObjectSql {
    /// The database of this object.
    pub fn of(state: &State) -> Self {
        let storage: JsValue = state.storage().as_raw().into();
        let storage: RawStorage = storage.unchecked_into();
        let sql = storage.sql();
        Self {
            storage,
            sql,
            failed: std::cell::Cell::new(false),
        }
    }

    fn execute(&self, statement: &str, bound: &Array) -> Result<Array, JsValue> {
        // A statement runs only as far as its cursor is read, so every cursor is read to its end.
        self.sql.exec(statement, bound)?.raw()?.to_array()
    }
}

impl Sql for ObjectSql {
    fn run(&self, statement: &str, parameters: &[Cell]) -> Result<Vec<Row>, StoreError> {
        let bound = Array::new();
        for cell in parameters {
            bound.push(&to_js(cell)?);
        }
        let rows = self.execute(statement, &bound).map_err(|error| {
            self.failed.set(true);
            refused(&error)
        })?;
        rows.iter()
            .map(|row| {
                Array::from(&row)
                    .iter()
                    .map(|cell| from_js(&cell))
                    .collect()
            })
            .collect()
    }

    fn atomically(
        &self,
        work: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut failed = None;
        self.failed.set(false);
        // A step in which any statement failed is not kept, even if the work made do without it: a
        // tool may have written half of what it meant to.
        let whole = |done: Result<(), StoreError>| match done {
            Ok(()) if self.failed.get() => Err(StoreError::Refused("a statement failed".into())),
            done => done,
        };
        let ended = self.storage.transaction_sync(&mut || match whole(work()) {
            Ok(()) => Ok(JsValue::UNDEFINED),
            Err(error) => {
                let text = JsValue::from_str("rolled back");
                failed = Some(error);
                Err(text)
            }
        });
        match (failed, ended) {
            (Some(error), _) => Err(error),
            (None, Ok(_)) => Ok(()),
            (None, Err(error)) => Err(refused(&error)),
        }
    }
}

fn to_js(cell: &Cell) -> Result<JsValue, StoreError> {
    Ok(match cell {
        Cell::Null => JsValue::NULL,
        Cell::Int(number) => {
            // Every number of ours is a time, a count or a rank, far below 2^53.
            let small = i32::try_from(*number).map(f64::from);
            let exact = small.ok().or_else(|| exact_float(*number));
            JsValue::from_f64(exact.ok_or(StoreError::Limit("a number beyond 2^53"))?)
        }
        Cell::Text(text) => JsValue::from_str(text),
    })
}

/// A whole number as a float, if that is exact.
fn exact_float(number: i64) -> Option<f64> {
    let (high, low) = (number.div_euclid(1 << 32), number.rem_euclid(1 << 32));
    let high = i32::try_from(high)
        .ok()
        .filter(|high| high.unsigned_abs() <= 1 << 21)?;
    Some(f64::from(high).mul_add(4_294_967_296.0, f64::from(u32::try_from(low).ok()?)))
}

fn from_js(cell: &JsValue) -> Result<Cell, StoreError> {
    if let Some(text) = cell.as_string() {
        return Ok(Cell::Text(text));
    }
    if cell.is_null() {
        return Ok(Cell::Null);
    }
    let number = cell
        .as_f64()
        .filter(|number| number.fract().abs() < f64::EPSILON);
    let number = number.filter(|number| number.abs() <= 9_007_199_254_740_992.0);
    let text = number.map(|number| format!("{number:.0}"));
    let whole = text.and_then(|text| text.parse().ok());
    whole
        .map(Cell::Int)
        .ok_or(StoreError::Unreadable("only numbers and texts are stored"))
}

fn refused(error: &JsValue) -> StoreError {
    let text = error.as_string().or_else(|| {
        js_sys::Reflect::get(error, &JsValue::from_str("message"))
            .ok()?
            .as_string()
    });
    StoreError::Refused(text.unwrap_or_else(|| "the storage threw".to_owned()))
}
