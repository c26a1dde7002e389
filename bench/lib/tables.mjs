// Plain tables for a terminal.

import { bold } from "../../scripts/lib/log.mjs";

/** Prints rows of cells; the first cell of each is its name, and `head` names the others. */
export function printTable(title, head, rows) {
  const cells = [["", ...head], ...rows].map((row) => row.map(String));
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  const line = (row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column] + 2))).join("");
  console.log(`\n${bold(title)}`);
  for (const row of cells) console.log(`  ${line(row)}`);
}

/** The sum of a field over several records. */
export function sumOf(records, field) {
  return records.reduce((sum, record) => sum + (record[field] ?? 0), 0);
}
