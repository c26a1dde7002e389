// What no honest program sends. Each must get a clear refusal or a correct answer, soon, and the
// agent must answer the next honest message as if nothing had been.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { TOKENS, raw, startAgent } from "./support.mjs";

let agent;
let sent = 0;

before(async () => {
  agent = await startAgent({ persist: true });
});

after(() => agent.dispose());

afterEach(async () => {
  sent += 1;
  const health = await agent.fetch("/healthz");
  assert.deepEqual([health.status, (await health.json()).ok], [200, true]);
  assert.equal(await agent.say(`honest-${sent}`, "note: still here"), (await agent.say("honest-0", "note: still here")));
  assert.doesNotMatch(agent.logText(), /panicked|unreachable|RuntimeError/i);
});

const quoted = (text) => `{"conversation":"h","text":${text}}`;

/** Sends a body and checks that the answer is of the client's class, not the server's. */
async function refused(body, statuses = [400]) {
  const answer = await agent.hook(body, { wait: 5 });
  assert.ok(statuses.includes(answer.status), `${answer.status} ${JSON.stringify(answer.body)}`);
  assert.ok(answer.ms < 5_000, `took ${answer.ms} ms`);
  if (answer.status >= 400) assert.equal(answer.headers.get("content-type"), "application/problem+json");
  return answer;
}

test("emoji: 64 KiB are answered, 1 MB is too long, and neither breaks anything", async () => {
  const fits = await refused(quoted(JSON.stringify("🦀".repeat(16_000))), [200]);
  assert.equal(fits.body.status, "done");
  assert.match((await refused(quoted(JSON.stringify("🦀".repeat(250_000))))).body.detail, /^text:/);
  await refused(quoted(JSON.stringify("🦀".repeat(300_000))), [413]);
});

test("NUL bytes are refused wherever they stand", async () => {
  for (const text of ['"\\u0000"', '"a\\u0000b"', '"\u0000"']) await refused(quoted(text));
  await refused('{"conversation":"a\\u0000","text":"x"}');
  await refused('{"conversation":"h","sender":"\\u0000","text":"x"}');
  await refused('{"id":"\\u0000","conversation":"h","text":"x"}');
  await refused("\u0000".repeat(1000));
});

test("lone surrogates, escaped or raw, are refused", async () => {
  for (const text of ['"\\ud800"', '"\\udc00"', '"\\ud800\\ud800"', '"a\\udfffb"', '"\\ud83e"']) await refused(quoted(text));
  const bytes = Buffer.concat([Buffer.from('{"conversation":"h","text":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]);
  assert.match((await refused(bytes)).body.detail, /UTF-8/);
});

test("bytes that are not UTF-8 are refused", async () => {
  for (const bad of [[0xff], [0xc0, 0xaf], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]) {
    await refused(Buffer.concat([Buffer.from('{"conversation":"h","text":"'), Buffer.from(bad), Buffer.from('"}')]));
  }
  await refused(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(quoted('"x"'), "utf16le")]));
});

test("a hundred thousand levels of nesting are refused", async () => {
  const deep = "[".repeat(100_000);
  await refused(deep);
  await refused(`${deep}${"]".repeat(100_000)}`);
  await refused(quoted(`${deep}${"]".repeat(100_000)}`));
  await refused(`{"conversation":"h","text":"x","attachments":${'[{"name":'.repeat(50_000)}`);
  await refused('{"a":'.repeat(100_000));
});

test("numbers beyond every type are refused where a text belongs", async () => {
  for (const number of ["1e999999", "-1e-999999", "9".repeat(100_000), "0x10", "NaN", "-", "1.", "01"]) {
    await refused(quoted(number));
    await refused(`{"id":${number},"conversation":"h","text":"x"}`);
  }
});

test("a field that comes twice is refused, so that no two readers see two messages", async () => {
  await refused('{"conversation":"h","text":"a","text":"b"}');
  await refused('{"conversation":"h","text":"a","sender":"bob","sender":"eve"}');
  await refused('{"conversation":"h","conversation":"i","text":"a"}');
  await refused('{"conversation":"h","text":"a","__proto__":{"sender":"x"}}');
});

test("a byte order mark, a truncated body and an empty one are refused", async () => {
  await refused(Buffer.from(`\ufeff${quoted('"x"')}`));
  await refused(quoted('"x"').slice(0, -3));
  await refused("");
});

test("texts full of control characters, right-to-left marks and markup come back inert or as they were", async () => {
  for (const text of ["\u202e\u2066abc", "\u001b[2J\u0007", "<script>alert(1)</script>", "%s%n%x", "'; DROP TABLE turns; --", "${7*7}", "{{7*7}}", "‮".repeat(10_000), "a\u0301".repeat(20_000), "\u200d".repeat(20_000)]) {
    const answer = await refused({ conversation: "odd", text }, [200]);
    assert.ok(["done", "waiting"].includes(answer.body.status), text);
  }
  const note = await agent.say("odd", "note: '; DROP TABLE turns; -- <b>");
  assert.match(note, /DROP TABLE turns; -- <b>/);
});

test("commands with absurd arguments are answered, not obeyed", async () => {
  const absurd = ["9".repeat(5_000), "-1", "1e308", "\u202e", "../../etc/passwd", "99999999999999999999999 minutes", "'", "🦀".repeat(2_000), "$mail_1[99999999999999999999]", "0000-00-00T99:99"];
  for (const command of ["/remind", "/remind in", "/agenda", "/note", "/zone", "/pair", "/inbox", "read", "rappelle-moi dans"]) {
    for (const word of absurd) {
      const answer = await refused({ conversation: "absurd", text: `${command} ${word} x` }, [200]);
      assert.equal(answer.body.status, "done", `${command} ${word.slice(0, 30)}`);
    }
  }
});

test("a Prefer header of any shape is a wait or none, and never more than two minutes", async () => {
  for (const prefer of ["wait=", "wait=-1", "wait=1e9x", "wait=99999999999999999999999999", "wait", ";;;,,,", "wait=0", "respond-async", "wait=\"5\"", "x".repeat(4_000), "wait=5, wait=9", "handling=lenient; wait=3"]) {
    const answer = await agent.hook({ conversation: "prefer", text: "/status" }, { wait: 0, headers: { prefer } });
    assert.ok([200, 202].includes(answer.status), prefer);
    assert.ok(answer.ms < 3_000, prefer);
  }
});

test("huge and numerous headers end in an answer or a closed line", async () => {
  const head = `POST /webhook/generic HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${TOKENS.WEBHOOK_TOKEN}\r\ncontent-length: 0\r\n`;
  const attempts = [
    `${head}x-big: ${"x".repeat(10 << 20)}\r\n\r\n`,
    `${head}${"x-many: y\r\n".repeat(20_000)}\r\n`,
    `${head}x-odd: \u00ff\u00fe\r\n\r\n`,
    `${head.replace("Bearer", "Bearer \u00ff")}\r\n`,
    `${head}cookie: ${"sclerite_session=x;".repeat(300)}\r\n\r\n`,
    `${head}webhook-signature: ${"v1,AAAA ".repeat(500)}\r\nwebhook-id: a\r\nwebhook-timestamp: 1\r\n\r\n`,
  ];
  for (const bytes of attempts) {
    const answer = await raw(agent, [bytes]);
    assert.ok(!answer.timedOut && answer.status < 500, `${bytes.slice(-30)}: ${answer.status} ${answer.timedOut}`);
  }
});

test("methods that nobody knows are refused", async () => {
  const token = `authorization: Bearer ${TOKENS.CONSOLE_TOKEN}\r\n`;
  for (const method of ["BREW", "get", "PROPFIND", "TRACE", "PATCH", "OPTIONS", "HEAD", "DELETE", "PURGE"]) {
    for (const path of ["/", "/healthz", "/webhook/generic", "/api/state", "/api/turns"]) {
      const answer = await raw(agent, [`${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n${token}\r\n`]);
      // 501 is the runtime's own word for a method outside its list; ours are 404 and 405.
      assert.ok(!answer.timedOut && (answer.status === 501 || (answer.status >= 400 && answer.status < 500)), `${method} ${path}: ${answer.status}`);
    }
  }
});

// `*` and host names that are none are missing here: the runtime refuses them before any Worker runs.
test("no spelling of a path reaches what is inside", async () => {
  const paths = [
    "/api/../accept", "/api/%2e%2e/wake", "/api/..%2fwake", "/api/..\\wake", "//accept", "/accept", "/wake", "/api//accept", "/api/./../wake",
    "/%61pi/state", "/api/state/", "/api/state%00", "/api/turns/../../wake", "/API/state", "/api/turns/%00", "/api/turns/t_1_0", `/api/turns/${"9".repeat(5_000)}`,
    "/webhook/../api/state", "/webhook/generic/..", "/webhook/%67eneric", "/assets/../index.js", "/.dev.vars", "/index_bg.wasm", "http://evil.example/api/state", "/api/audit?after=x&after=-1", "/\u00ff",
  ];
  for (const method of ["GET", "POST"]) {
    for (const path of paths) {
      const answer = await raw(agent, [`${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`]);
      assert.ok(!answer.timedOut && answer.status < 500, `${method} ${path}: ${answer.status}`);
      assert.ok(!answer.text.includes('"turns":[') && !answer.text.includes('"ok":true'), `${method} ${path}`);
    }
  }
});

test("requests that are no requests do not stop the next one", async () => {
  for (const bytes of ["\u0000\u0000\u0000\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "POST /webhook/generic HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello", "GET / HTTP/1.1\r\n\r\n", "POST /webhook/generic HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n"]) {
    const answer = await raw(agent, [bytes]);
    assert.ok(!answer.timedOut && answer.status !== 500, `${JSON.stringify(bytes)}: ${answer.status} ${answer.timedOut}`);
  }
});
