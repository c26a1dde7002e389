// npm run connect KIND: connects one account of the owner's, as docs/accounts.md tells.
// It asks for what is missing, tries the account for real, and writes only what was tried:
// `[[account]]` into connections.toml, secrets into .dev.vars and, with --deploy, to the Worker.

import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { KINDS, appended, bindingsOf, checkFree, checkName, checkSuffix, parseConnections } from "./connect/accounts.mjs";
import { CONNECT } from "./connect/kinds.mjs";
import { isLoopback, shown } from "./connect/net.mjs";
import { deploySecrets, save, textOf } from "./connect/store.mjs";
import { ask } from "./lib/ask.mjs";
import { PATH, parse as parseDevVars } from "./lib/devvars.mjs";
import { Problem, bold, main, note, step } from "./lib/log.mjs";
import { ROOT } from "./lib/run.mjs";

const text = { type: "string" };
const flag = { type: "boolean", default: false };
const FLAGS = { name: text, host: text, url: text, hosts: { type: "string", multiple: true, default: [] }, auth: text, user: text, address: text, authserv: text, collection: text, "client-id": text, "new-client": flag, port: { type: "string", default: "0" }, wait: { type: "string", default: "300" }, "no-open": flag, "auth-url": text, "token-url": text, "api-url": text, replace: flag, deploy: flag, "dev-vars": text };
/** What the table says, which --replace leaves as it is. */
const TABLE_FLAGS = ["host", "hosts", "auth", "address", "authserv", "collection"];
const USAGE = `use it as in \`npm run connect gmail\`; the kinds are ${Object.keys(KINDS).join(", ")}, and docs/accounts.md has every flag.`;

function number(values, name, max) {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 0 || value > max) throw new Problem(`--${name} ${values[name]} is not a number from 0 to ${max}.`, "correct it.");
  return value;
}

/** The command line, checked. */
function commandLine() {
  let parsed;
  try {
    parsed = parseArgs({ options: FLAGS, allowPositionals: true });
  } catch (error) {
    const name = error.message.match(/'(--?[a-z-]+)/)?.[1] ?? "A flag";
    if (/^--(.*-)?(password|token|secret|key)$/.test(name)) throw new Problem(`${name} is no flag: other programs can read what stands on a command line.`, "leave it out; you are asked for it, or send it as a line of the input.");
    throw new Problem(`${name} is not understood.`, USAGE);
  }
  const { values, positionals } = parsed;
  const [kind, ...rest] = positionals;
  if (!Object.hasOwn(KINDS, kind ?? "") || rest.length > 0) throw new Problem(kind === undefined ? "What should be connected?" : rest.length > 0 ? "There is more on the command line than a kind of account." : `"${shown(kind)}" is no kind of account.`, USAGE);
  if (values.host && values.url) throw new Problem("An account is at a --host or at a --url, not at both.", "leave one out; --url is for a server of your own.");
  if (values.auth && !KINDS[kind].auths.includes(values.auth)) throw new Problem(`${kind} cannot be opened by "${values.auth}".`, `it is one of: ${KINDS[kind].auths.join(", ")}.`);
  const hosts = values.hosts.flatMap((each) => each.split(",")).map(checkSuffix);
  return { kind, values: { ...values, hosts, port: number(values, "port", 65535), wait: number(values, "wait", 3600) } };
}

/** The table of the account whose secret is renewed. */
function existing({ kind, values, name, connections }) {
  const found = (connections.account ?? []).find((account) => account.name === name);
  if (!found) throw new Problem(`There is no account named "${name}" to renew.`, "leave --replace out, or correct --name.");
  if (found.use !== KINDS[kind].use) throw new Problem(`"${name}" is an account of the kind ${found.use}.`, "name that kind, or take another --name.");
  const changed = TABLE_FLAGS.find((each) => values[each]?.length > 0);
  if (changed) throw new Problem(`--replace renews the secret and leaves the table as it is; --${changed} would change it.`, "leave the flag out, or edit the table in the file.");
  return found;
}

/** All that is known before the owner is asked anything. */
async function situation() {
  const { kind, values } = commandLine();
  const file = resolve(ROOT, process.env.SCLERITE_CONNECTIONS ?? "connections.toml");
  const shownFile = relative(ROOT, file) || file;
  const devVarsFile = values["dev-vars"] ? resolve(values["dev-vars"]) : PATH;
  const connections = await parseConnections(textOf(file), shownFile);
  const devVars = parseDevVars(textOf(devVarsFile));
  const name = checkName(values.name ?? (await ask("A name for this account, such as work", { remedy: "say how you call it, as in --name work." })));
  const known = { kind, values, name, bindings: bindingsOf(name), file, shownFile, devVarsFile, connections, devVars };
  if (values.replace) return { ...known, table: existing(known) };
  checkFree(name, connections, devVars, shownFile);
  return known;
}

/** The text of `connections.toml` with the account; read again, since the trial may have taken a while. */
async function newTable({ name, kind, file, shownFile, devVarsFile }, account) {
  const before = textOf(file);
  checkFree(name, await parseConnections(before, shownFile), parseDevVars(textOf(devVarsFile)), shownFile);
  return appended(before, { name, use: KINDS[kind].use, ...account }, shownFile);
}

/** What to do next, in the owner's words. */
function farewell({ name, kind, values, shownFile, table }, secrets) {
  const names = Object.keys(secrets);
  step(table ? `${bold(name)} has its new secret` : `${bold(name)} is connected: ${kind} stands in ${shownFile}${names.length > 0 ? ", its secrets in .dev.vars" : ""}`);
  note("On this computer: start the agent again with `npm start`.");
  if (values.deploy) note("Deployed: the secrets are set; `npm run deploy` brings the table there.");
  else note(names.length > 0 ? `Deployed: \`npx wrangler secret put NAME\` for ${names.join(", ")}, then \`npm run deploy\`.` : "Deployed: `npm run deploy`.");
}

await main(async () => {
  // A handler runs between steps only, so what `save` does is done wholly or not at all.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      console.error("\nGiven up; nothing was written.");
      process.exit(130);
    });
  }
  const now = await situation();
  const { account, secrets } = await CONNECT[now.kind](now);
  const table = now.table ? undefined : await newTable(now, account);
  if (now.values.deploy) {
    step("Setting the secrets of the deployed Worker (wrangler secret put)");
    const url = secrets[now.bindings.URL];
    if (url && isLoopback(new URL(url))) note("The server is on this computer: a Worker at Cloudflare cannot reach it there.");
    await deploySecrets(secrets);
  }
  save({ devVars: now.devVarsFile, values: secrets, connections: now.file, table });
  farewell(now, secrets);
  // An input that stays open must not keep the command from ending.
  process.stdin.destroy();
});
