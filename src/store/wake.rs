//! When something falls due next, over all tables that hold times, in one statement: it is asked
//! in every round of the executor's loop.

use super::{Cell, Cells, Store, StoreError};
use crate::time::Timestamp;

/// The next instant at which a timer falls due, a question expires, or a turn that was put off may
/// go on; `None` if there is none.
pub fn next(store: Store<'_>) -> Result<Option<Timestamp>, StoreError> {
    let rows = store.run(
        "SELECT min(at) FROM (SELECT min(due) AS at FROM timers UNION ALL \
         SELECT min(expires_at) FROM approvals WHERE status = 'waiting' UNION ALL \
         SELECT min(due) FROM turns WHERE status IN ('queued', 'running', 'waiting') AND due > 0)",
        &[],
    )?;
    match rows.into_iter().next() {
        Some(row) if row != [Cell::Null] => Ok(Some(Timestamp::from_millis(Cells::of(row).int()?))),
        _ => Ok(None),
    }
}
