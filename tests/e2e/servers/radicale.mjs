// Radicale: calendars by CalDAV and contacts by CardDAV. It is a real server that is not ours.
//
//   const radicale = await startRadicale();
//   await fetch(radicale.home("alice"), { method: "PROPFIND", headers: { authorization: radicale.basic("alice"), depth: "1" } });
//   await radicale.stop();
//
// It runs under waitress: Radicale's own server speaks HTTP/1.0 but leaves connections open in a way
// that makes every second request of workerd fail.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pythonWith } from "../../../scripts/lib/python.mjs";
import { PYTHON, launch } from "./process.mjs";

const config = (folder) => `
[auth]
type = htpasswd
htpasswd_filename = ${folder}/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = ${folder}/data
[rights]
type = owner_only
[logging]
level = warning
`;

/** Binds to a port that is free at that moment and says which: nobody else can take it in between. */
const PROGRAM = `
import waitress, radicale
server = waitress.create_server(radicale.application, host="127.0.0.1", port=0, threads=4)
print(f"port {server.effective_port}", flush=True)
server.run()
`;

/** Starts a server; `users` are names and passwords, and each has a folder of that name. */
export async function startRadicale({ users = { alice: "pw-alice", bob: "pw-bob" } } = {}) {
  const python = await pythonWith(PYTHON);
  const folder = mkdtempSync(join(tmpdir(), "sclerite-radicale-"));
  let server = null;
  const stop = async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "config"), config(folder));
    writeFileSync(join(folder, "users"), Object.entries(users).map(([name, password]) => `${name}:${password}\n`).join(""));
    let port = null;
    const line = (text) => {
      port ??= text.match(/^port (\d+)$/)?.[1] ?? null;
    };
    server = launch(python, ["-c", PROGRAM], { line, cwd: folder, env: { RADICALE_CONFIG: join(folder, "config") } });
    await server.ready(() => port !== null && fetch(`http://127.0.0.1:${port}/.web/`, { redirect: "manual" }).then(() => true, () => false));
    const url = `http://127.0.0.1:${port}`;
    return {
      url,
      davUrl: `${url}/`,
      home: (name) => `${url}/${name}/`,
      calendarHome: (name) => `${url}/${name}/`,
      contactsHome: (name) => `${url}/${name}/`,
      users,
      folder,
      basic: (name) => `Basic ${Buffer.from(`${name}:${users[name]}`).toString("base64")}`,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
