// How large the upload is. Cloudflare counts the gzip size of all modules together.
// https://developers.cloudflare.com/workers/platform/limits/#worker-size

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "./run.mjs";

/**
 * Our own limits: 1,000 KiB, a third of what the free plan allows, and twice that with accounts, whose
 * formats take tables (the characters of Chinese, Japanese and Korean mail alone are 127 KiB). A small
 * Worker starts fast.
 */
const LIMIT_BYTES = 1000 * 1024;
const WITH_ACCOUNTS_BYTES = 2000 * 1024;

/** The limit for what is built from this file of connections. */
export function limitOf(connections = process.env.SCLERITE_CONNECTIONS ?? join(ROOT, "connections.toml")) {
  const accounts = /^\s*\[\[account\]\]/m.test(readFileSync(connections, "utf8"));
  return accounts ? WITH_ACCOUNTS_BYTES : LIMIT_BYTES;
}

/** Every module that gets uploaded, with its size in bytes, plain and compressed. */
export function measure(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".js") || name.endsWith(".wasm"))
    .sort()
    .map((name) => {
      const content = readFileSync(join(folder, name));
      return { name, bytes: content.length, gzipBytes: gzipSync(content, { level: 9 }).length };
    });
}

/** The compressed size of all modules together, in bytes. */
export function total(modules) {
  return modules.reduce((sum, module) => sum + module.gzipBytes, 0);
}

const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;

/** One line: the size and how much of the limit it takes. */
export function report(modules, limit = limitOf()) {
  return `${kib(total(modules))} gzip of at most ${kib(limit)}`;
}

/** One line per module. */
export function table(modules) {
  return modules.map((module) => `  ${module.name.padEnd(16)} ${kib(module.bytes).padStart(12)}  gzip ${kib(module.gzipBytes).padStart(11)}`).join("\n");
}
