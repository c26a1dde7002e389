// Runs inside workerd around the build, only in the benchmark's counting run: it is never deployed,
// and CPU is measured without it. It must be imported before the build, which fetches these
// functions when it starts.
// It counts calls between wasm and JavaScript, SQL statements and rows, alarms and subrequests.

const counts = { wasm_imports: 0, wasm_exports: 0, statements: 0, rows_read: 0, rows_written: 0, transactions: 0, alarms_set: 0, alarms_deleted: 0, subrequests: 0 };
const byName = { imports: {}, exports: {}, statements: {} };

const bump = (table, name) => {
  table[name] = (table[name] ?? 0) + 1;
};

function counted(name, work, total, table) {
  return function (...parameters) {
    counts[total] += 1;
    bump(table, name);
    return work.apply(this, parameters);
  };
}

const RealInstance = WebAssembly.Instance;
WebAssembly.Instance = function (module, imports) {
  const wrapped = {};
  for (const [space, entries] of Object.entries(imports ?? {})) {
    wrapped[space] = {};
    for (const [name, entry] of Object.entries(entries)) {
      wrapped[space][name] = typeof entry === "function" ? counted(name, entry, "wasm_imports", byName.imports) : entry;
    }
  }
  const instance = new RealInstance(module, wrapped);
  const exports = {};
  for (const [name, entry] of Object.entries(instance.exports)) {
    exports[name] = typeof entry === "function" ? counted(name, entry, "wasm_exports", byName.exports) : entry;
  }
  return { exports };
};

const realFetch = globalThis.fetch;
globalThis.fetch = function (...parameters) {
  counts.subrequests += 1;
  return realFetch(...parameters);
};

/** A cursor's rows are counted once it has been read to its end. */
function countRows(cursor) {
  let known = { read: 0, written: 0 };
  const note = () => {
    counts.rows_read += cursor.rowsRead - known.read;
    counts.rows_written += cursor.rowsWritten - known.written;
    known = { read: cursor.rowsRead, written: cursor.rowsWritten };
  };
  note();
  for (const name of ["toArray", "one", "next"]) {
    const work = cursor[name].bind(cursor);
    cursor[name] = () => {
      const result = work();
      note();
      return result;
    };
  }
  const raw = cursor.raw.bind(cursor);
  cursor.raw = () => {
    const rows = raw();
    const toArray = rows.toArray.bind(rows);
    rows.toArray = () => {
      const result = toArray();
      note();
      return result;
    };
    return rows;
  };
  return cursor;
}

let patched = false;

/** Counts what objects of this isolate do with their storage. */
export function watchStorage(storage) {
  if (patched) return;
  patched = true;
  const sql = Object.getPrototypeOf(storage.sql);
  const exec = sql.exec;
  sql.exec = function (statement, ...parameters) {
    counts.statements += 1;
    bump(byName.statements, statement.replace(/\s+/g, " "));
    return countRows(exec.call(this, statement, ...parameters));
  };
  let shared = Object.getPrototypeOf(storage);
  const watch = (name, total) => {
    while (!Object.hasOwn(shared, name) && Object.getPrototypeOf(shared)) shared = Object.getPrototypeOf(shared);
    const work = shared[name];
    shared[name] = function (...parameters) {
      counts[total] += 1;
      return work.apply(this, parameters);
    };
    shared = Object.getPrototypeOf(storage);
  };
  watch("setAlarm", "alarms_set");
  watch("deleteAlarm", "alarms_deleted");
  watch("transactionSync", "transactions");
}

/** The counts so far. */
export const report = () => Response.json({ counts, byName });
