// Tests of `npm run connect` on a terminal, where it asks, and of what `--deploy` hands to wrangler.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startCyrus } from "../../tests/e2e/servers/cyrus.mjs";
import { PYTHON } from "../../tests/e2e/servers/process.mjs";
import { pythonWith } from "../lib/python.mjs";
import { deploySecrets } from "./store.mjs";
import { atDesk, scripted } from "./support.mjs";

/** Runs a program on a terminal of its own: waits for each question in turn and types the answer. */
const TERMINAL = `
import json, os, pty, sys
steps, argv = json.loads(sys.argv[1]), sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(argv[0], argv)
text = ""
def more():
    global text
    try:
        piece = os.read(fd, 65536)
    except OSError:
        piece = b""
    text += piece.decode("utf-8", "replace")
    return piece
for question, answer in steps:
    start = len(text)
    while question not in text[start:] and more():
        pass
    if question not in text[start:]:
        break
    os.write(fd, answer.encode())
while more():
    pass
print(json.dumps({"code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), "text": text}))
`;

let cyrus;
let python;

before(async () => {
  [cyrus, python] = await Promise.all([startCyrus(), pythonWith(PYTHON)]);
});
after(() => cyrus?.stop());

/** The command on a terminal; `steps` are pairs of what it asks and what is typed. */
async function typing(its, args, steps) {
  const child = spawn(python, ["-c", TERMINAL, JSON.stringify(steps), ...its.command(args)], { env: its.environment({ TERM: "xterm" }), stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (more) => {
    said += more;
  });
  await new Promise((resolve) => child.once("close", resolve));
  return JSON.parse(said);
}

const QUESTIONS = (password) => [
  ["name for this account", "work\r"],
  ["server's host", `${cyrus.url}\r`],
  ["password or token", "\r"],
  ["User name", "alice\r"],
  ["Password", `${password}\r`],
];

test("on a terminal it asks for everything, and the password is not shown", atDesk(async (its) => {
  const { code, text } = await typing(its, ["jmap"], [...QUESTIONS(`${cyrus.users.alice}x\b`), ["own address", "alice@test\r"], ["authserv-id", "\r"]]);
  assert.equal(code, 0, text);
  assert.match(text, /User name: .*alice/);
  assert.ok(!text.includes(cyrus.users.alice), text);
  assert.deepEqual(its.accounts(), [{ name: "work", use: "jmap", auth: "password", address: "alice@test" }]);
  assert.equal(its.values().WORK_PASSWORD, cyrus.users.alice);
}));

test("Ctrl-C at any question leaves nothing behind", atDesk(async (its) => {
  const steps = [...QUESTIONS(cyrus.users.alice), ["own address", "alice@test\r"]];
  for (let count = 0; count < steps.length; count += 1) {
    const { code, text } = await typing(its, ["jmap"], [...steps.slice(0, count), [steps[count][0], "\u0003"]]);
    assert.equal(code, 1, text);
    assert.match(text, /Given up; nothing was changed/);
    its.untouched();
  }
}));

test("a host that the server names is asked about, and only a yes lets the trial go on", atDesk(async (its) => {
  const session = { capabilities: { "urn:ietf:params:jmap:core": {} }, apiUrl: "https://jmap.nobody.invalid/api" };
  const server = await scripted(() => ({ json: session }));
  try {
    const args = ["jmap", "--name", "work", "--url", server.url, "--user", "alice", "--address", "a@b"];
    const no = await typing(its, args, [["password or token", "\r"], ["Password", "a-long-password\r"], ["(yes/no)", "no\r"]]);
    assert.match(no.text, /May the key go to hosts in \.jmap\.nobody\.invalid too/);
    assert.match(no.text, /a host that you did not name/);
    const yes = await typing(its, args, [["password or token", "\r"], ["Password", "a-long-password\r"], ["(yes/no)", "yes\r"]]);
    assert.match(yes.text, /This key opens no mail/);
    its.untouched();
  } finally {
    await server.stop();
  }
}));

/** Cloudflare's API as far as wrangler asks it for secrets. */
const cloudflare = (refuse) => scripted(({ body }) => (body.includes(refuse) ? { status: 403, json: { success: false, errors: [{ code: 10000, message: "Authentication error" }], result: null } } : { json: { success: true, errors: [], messages: [], result: {} } }));
const account = (its, api) => ({ CLOUDFLARE_API_BASE_URL: `${api.url}/client/v4`, CLOUDFLARE_API_TOKEN: "t", CLOUDFLARE_ACCOUNT_ID: "acc", WRANGLER_LOG_PATH: join(its.folder, "logs"), WRANGLER_LOG: "debug" });

test("with --deploy wrangler gets the secrets by its input", atDesk(async (its) => {
  const api = await cloudflare("nothing is refused");
  try {
    const text = await its.works(["carddav", "--name", "book", "--url", cyrus.url, "--user", "alice", "--deploy"], { input: `${cyrus.users.alice}\n`, env: account(its, api) });
    assert.match(text, /cannot reach it there/);
    assert.deepEqual(api.seen.filter(({ method }) => method === "PUT").map(({ body }) => JSON.parse(body)), [
      { name: "BOOK_URL", text: cyrus.url, type: "secret_text" },
      { name: "BOOK_USER", text: "alice", type: "secret_text" },
      { name: "BOOK_PASSWORD", text: cyrus.users.alice, type: "secret_text" },
    ]);
    assert.equal(its.values().BOOK_PASSWORD, cyrus.users.alice);
    const logs = its.logs().filter((path) => statSync(path).isFile());
    for (const path of logs) assert.ok(!readFileSync(path, "utf8").includes(cyrus.users.alice), `${path} has the password`);
  } finally {
    await api.stop();
  }
}));

test("where wrangler fails nothing is written on this computer", atDesk(async (its) => {
  const api = await cloudflare("BOOK_PASSWORD");
  try {
    await its.refused(["carddav", "--name", "book", "--url", cyrus.url, "--user", "alice", "--deploy"], /wrangler did not take BOOK_PASSWORD/, { input: `${cyrus.users.alice}\n`, env: account(its, api) });
  } finally {
    await api.stop();
  }
}));

test("a secret stands on no command line and in no environment", atDesk(async (its) => {
  const file = join(its.folder, "logs");
  const program = `const { writeFileSync, readFileSync } = require("node:fs"); writeFileSync(${JSON.stringify(file)}, JSON.stringify([process.argv.slice(1), Object.values(process.env), readFileSync(0, "utf8")]))`;
  await deploySecrets({ WORK_TOKEN: "token-of-this-test" }, [process.execPath, "-e", program]);
  const [argv, environment, input] = JSON.parse(readFileSync(file, "utf8"));
  assert.deepEqual(argv, ["secret", "put", "WORK_TOKEN"]);
  assert.ok(!environment.includes("token-of-this-test"));
  assert.equal(input, "token-of-this-test");
}));
