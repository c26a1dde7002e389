// npm run mcp:pin: writes down what the MCP servers of connections.toml declare.
// `-- --server NAME` takes one of them, `-- --url URL` asks it at another address, and `-- --check`
// writes nothing and fails if a declaration is not as it was pinned. What changed is always shown.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { read as readDevVars } from "./lib/devvars.mjs";
import { Problem, main, note, skipped, step } from "./lib/log.mjs";
import { listTools, pinFile, report } from "./lib/mcp.mjs";
import { ROOT } from "./lib/run.mjs";

const bindings = { ...readDevVars(), ...process.env };

async function readServers(file) {
  const { parse } = await import("smol-toml").catch(() => {
    throw new Problem("the packages of this project are not installed.", "run `npm ci` in its folder, then this command again.");
  });
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Problem(error.message, "name the file in SCLERITE_CONNECTIONS, or write connections.toml.");
  }
  try {
    return parse(text).mcp ?? [];
  } catch (error) {
    throw new Problem(`${file}: ${error.message}`, "correct the file and run the command again.");
  }
}

function addressOf(server) {
  const path = server.path ?? "";
  if (server.host) return `https://${server.host}${path}`;
  const base = bindings[server.base_url];
  if (!base) throw new Problem(`${server.base_url} is not set, so the address of ${server.name} is not known.`, `put it into .dev.vars or the environment, or use \`-- --server ${server.name} --url URL\`.`);
  return base.replace(/\/$/, "") + path;
}

/** An access token for the server's account, asked for as the agent does. */
async function tokenOf({ name, host, path, auth }) {
  const [id, secret] = [auth.client_id, auth.client_secret].map((binding) => bindings[binding]);
  const url = auth.token_url.startsWith("https://") ? auth.token_url : bindings[auth.token_url];
  if (!id || !secret || !url) throw new Problem(`the account for ${name} is not known.`, `set ${auth.client_id}, ${auth.client_secret} and, if it is a binding, ${auth.token_url} in .dev.vars or the environment.`);
  const form = new URLSearchParams({ grant_type: "client_credentials", ...(auth.scope && { scope: auth.scope }), ...(host && { resource: `https://${host}${path}` }) });
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
  if (auth.in === "form") {
    form.set("client_id", id);
    form.set("client_secret", secret);
  } else headers.authorization = `Basic ${Buffer.from([id, secret].map(encodeURIComponent).join(":")).toString("base64")}`;
  const answer = await fetch(url, { method: "POST", headers, body: form.toString(), redirect: "manual" }).then((response) => response.json().catch(() => ({})), () => ({}));
  if (!answer.access_token) throw new Problem(`${url} issued no access token (${answer.error ?? "no answer"}).`, "check the account and its scope.");
  return answer.access_token;
}

/** The header with the server's secret, as the agent sends it. */
async function headersOf(server) {
  if (server.auth) return { authorization: `Bearer ${await tokenOf(server)}` };
  const slot = server.secret;
  if (slot?.in !== "header") return {};
  const secret = bindings[slot.binding];
  if (!secret) {
    note(`${slot.binding} is not set; asking without it.`);
    return {};
  }
  return { [slot.name]: `${slot.prefix ?? ""}${secret}` };
}

function readPins(file) {
  if (!existsSync(file)) return [];
  try {
    return JSON.parse(readFileSync(file, "utf8")).tools.map((pin) => pin.declaration);
  } catch (error) {
    throw new Problem(`${file}: ${error.message}`, "delete the file and pin the server anew.");
  }
}

/** Compares one server with its pins; says whether they are the same. */
async function pin(server, folder, { url, check }) {
  const file = resolve(folder, server.pins);
  const listed = await listTools(url ?? addressOf(server), await headersOf(server));
  const changes = report(readPins(file), listed);
  const shown = relative(ROOT, file);
  if (existsSync(file) && readFileSync(file, "utf8") === pinFile(listed)) {
    skipped(`${server.name}: ${listed.length} tools, as they were pinned in ${shown}`);
    return true;
  }
  for (const line of changes) console.log(line);
  if (changes.length === 0) note(`${shown} was not written by this command, or was edited.`);
  if (check) return false;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, pinFile(listed));
  step(`${server.name}: ${listed.length} tools are pinned in ${shown}`);
  return true;
}

await main(async () => {
  const { values } = parseArgs({ options: { server: { type: "string" }, url: { type: "string" }, check: { type: "boolean", default: false } } });
  const connections = resolve(ROOT, process.env.SCLERITE_CONNECTIONS ?? "connections.toml");
  const servers = await readServers(connections);
  const chosen = servers.filter((server) => !values.server || server.name === values.server);
  if (chosen.length === 0) {
    const known = servers.map((server) => server.name).join(", ") || "none";
    throw new Problem(`${relative(ROOT, connections)} has no such MCP server; it has: ${known}.`, "add an [[mcp]] table, or correct the name after --server.");
  }
  if (values.url && chosen.length > 1) throw new Problem("--url is the address of one server.", "say which one with --server NAME.");
  const same = [];
  for (const server of chosen) same.push(await pin(server, dirname(connections), values));
  if (same.includes(false)) throw new Problem("These declarations are not as they were pinned.", "read the difference; if you agree with it, run `npm run mcp:pin` without --check and build again.");
});
