// The console as a person uses it: Chromium in front of the built Worker.
// Every test has a tab on a computer of its own, and ends with the check that the page asked
// nobody but the agent and that the browser saw no error and no violation of the page's policy.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { until } from "../e2e/harness.mjs";
import { MODEL, TOKENS, modelServer, startAgent } from "../e2e/support.mjs";
import { Console, link, startBrowser } from "./support.mjs";

let browser;
let worker;
const computers = [];

before(async () => {
  [browser, worker] = await Promise.all([startBrowser(), startAgent({ persist: true })]);
});
afterEach(async () => {
  await Promise.all(computers.splice(0).map((computer) => computer.close()));
});
after(async () => {
  await browser?.close();
  await worker?.dispose();
});

async function computer() {
  const opened = await browser.newComputer();
  computers.push(opened);
  return opened;
}

/** A console on a computer of its own. */
async function open({ on, to = worker, ...options } = {}) {
  return Console.open(on ?? (await computer()), to, options);
}

const address = () => worker.url.href;

test("without a login the page shows a form and nothing of the agent", async () => {
  await worker.say("quiet", "note: the spare key is under the third pot");
  const tab = await open({ address: address() });
  await tab.see("#login-token");
  assert.equal(await tab.page.$eval("#app-view", (view) => view.hidden), true);
  assert.doesNotMatch(await tab.page.content(), /third pot|Europe\/Paris/);
  const statuses = await tab.page.evaluate(() => Promise.all(["state", "turns", "approvals", "audit"].map(async (name) => (await fetch(`/api/${name}`)).status)));
  assert.deepEqual(statuses, [401, 401, 401, 401]);
  await tab.picture("login");
  tab.assertClean(/status of 401/);
});

test("a login link opens the console once and does not stay in the address bar", async () => {
  const used = link(worker);
  const tab = await open({ address: used });
  await tab.see("#app-view");
  assert.equal(tab.page.url(), address());
  const past = await tab.page.evaluate(() => history.length);
  assert.equal(past <= 2, true, "the link left no entry of its own in the history");
  tab.assertClean();

  const second = await open({ address: used });
  await second.read("That link was already used or is too old.", "#login-problem");
  assert.equal(await second.page.$eval("#app-view", (view) => view.hidden), true);
  second.assertClean(/status of 401 .*\/api\/login$/);
});

test("the console's token opens it too, and a wrong one says so", async () => {
  const tab = await open({ address: address() });
  await tab.page.type("#login-token", "not the token");
  await tab.page.keyboard.press("Enter");
  await tab.read("That token is not right.", "#login-problem");
  await tab.page.$eval("#login-token", (input) => input.select());
  await tab.page.type("#login-token", TOKENS.CONSOLE_TOKEN);
  await tab.page.click("#login-button");
  await tab.see("#app-view");
  const stored = await tab.page.evaluate(() => JSON.stringify([Object.entries(localStorage), document.cookie]));
  assert.equal(stored.includes(TOKENS.CONSOLE_TOKEN) || stored.includes("session"), false, "scripts cannot read the session");
  tab.assertClean(/status of 401 .*\/api\/login$/);
});

test("the panel shows what is used of the budget, also to those who do not see the bars", async () => {
  const model = modelServer(() => ({ text: "Fine." }));
  const asked = await startAgent({ bindings: { ...MODEL, BUDGET_TOKENS_DAY: "100000" }, outbound: model.outbound });
  try {
    const tab = await open({ to: asked });
    await tab.read("0 of 100,000", "#budget");
    await tab.ask("How are you?");
    await tab.read("10 of 100,000", "#budget");
    const meters = await tab.page.$$eval("#budget meter", (all) => all.map((meter) => [meter.getAttribute("aria-label"), meter.value, meter.max]));
    assert.deepEqual(meters.find(([name]) => name === "Tokens today"), ["Tokens today", 10, 100000]);
    const days = await tab.page.$$eval("#spent ol li", (all) => all.map((day) => day.textContent));
    assert.equal(days.length, 14);
    assert.match(days.at(-1), /^\d{4}-\d{2}-\d{2}: 10$/);
    assert.ok(days.slice(0, -1).every((day) => day.endsWith(": 0")), days.join());
    await tab.read("scripted has no price", "#budget-note");
    await tab.page.select("#panel .language", "fr");
    await tab.read("Jetons du jour", "#budget");
    await tab.picture("budget");
    tab.assertClean();
  } finally {
    await asked.dispose();
  }
});

test("mail is shown in a box that says where it is from and that nobody vouches for it", async () => {
  const tab = await open();
  await tab.picture("empty");
  await tab.ask("What’s in my inbox?");
  const box = "#messages .message:last-child .outside";
  assert.equal(await tab.text(`${box} .origin`), "from mail, not verified");
  assert.equal((await tab.texts(`${box} .headline`)).includes("Mailbox migration tonight"), true);
  await tab.read("What’s in my inbox?", "#turns");
  await tab.page.click("#turns summary");
  await tab.read("mail_list", "#turns");
  await tab.picture("inbox");
  tab.assertClean();
});

test("a stranger's markup stays text: no link, no picture, no request", async () => {
  const tab = await open();
  await tab.ask("/inbox lamps");
  await tab.ask("read 1");
  await tab.read("Lamps from 12 euros");
  await tab.ask("/inbox parcel");
  await tab.ask("read 1");
  await tab.read("Your parcel arrives on Thursday.");
  const text = await tab.text("#messages");
  // What is hidden in a mail program is visible here, tags and all; addresses are made unusable.
  assert.match(text, /<img src="https\[:\]\/\/track\[\.\]example\[\.\]com\/open/);
  assert.match(text, /!\[status\]\(https\[:\]\/\/collector\[\.\]example\[\.\]net/);
  const made = await tab.page.$$eval("#messages", ([log]) => log.querySelectorAll("a, img, iframe, script, style, svg, [style], [href], [src]").length);
  assert.equal(made, 0);
  await tab.picture("hostile");
  tab.assertClean();
});

test("characters that are invisible or turn text around are spelt out or gone", async () => {
  const tab = await open();
  await tab.ask("/inbox photos");
  await tab.ask("read 1");
  await tab.read("24 pictures from the coast");
  assert.doesNotMatch(await tab.text("#messages"), /[\u200b\u202a-\u202e\u2060-\u2069]|[\u{e0000}-\u{e007f}]/u);
  await tab.picture("invisible");
  tab.assertClean();
});

test("the time zone is the browser's, so nine o'clock needs no question", async () => {
  const tab = await open({ zone: "Europe/Paris" });
  await tab.read("Europe/Paris", "#status-zone");
  await tab.ask("remind me tomorrow at 9 to water the plants");
  await tab.read("09:00");
  assert.doesNotMatch(await tab.text("#messages"), /time zone/i);
  tab.assertClean();
});

test("sending a mail asks first, shows where it goes before what it says, and offers No", async () => {
  const tab = await open();
  // Nobody vouches for the sender of this mail, so whom an answer goes to is a question.
  await tab.ask("/inbox migration");
  await tab.say("reply 1: hello from the console");
  await tab.see("#messages .approval[data-status=waiting] .answer");
  const card = "#messages .approval";
  const roles = await tab.page.$$eval(`${card} .line`, (lines) => lines.map((line) => line.dataset.line));
  assert.deepEqual(roles, [...roles].sort((left, right) => ["control", "content", "inert"].indexOf(left) - ["control", "content", "inert"].indexOf(right)));
  const [first] = await tab.texts(`${card} .line`);
  assert.match(first, /it-desk@example\.net/);
  await tab.read("hello from the console", card);
  await tab.read("Whom or what it hits comes from text", `${card} .reason`);
  assert.equal(await tab.page.evaluate(() => document.activeElement.className), "deny", "Enter by accident says no");
  await tab.read("1", ".bar .badge, #approvals-title .badge");
  await tab.picture("approval");

  await tab.page.click(`${card} .approve`);
  await tab.see(`${card}[data-status=approved]`);
  await until(async () => (await tab.texts("#turns .turn-status"))[0]?.startsWith("done"), "the turn is done");
  await tab.read("Nothing needs your approval.", "#panel");
  await tab.ask("what did I send?");
  await tab.ask("read 1");
  await tab.read("it-desk@example.net", "#messages .message:last-child .outside");
  await tab.picture("sent");
  tab.assertClean();
});

test("saying no does nothing and says so", async () => {
  const tab = await open();
  await tab.ask("/inbox migration");
  await tab.say("reply 1: never to be sent");
  await tab.see("#messages .approval .deny");
  await tab.page.waitForFunction(() => document.activeElement.className === "deny");
  await tab.page.keyboard.press("Enter");
  await tab.read("You said no. Nothing was done.");
  await tab.ask("what did I send?");
  await tab.ask("read 1");
  assert.doesNotMatch((await tab.texts("#messages .outside")).join("\n"), /never to be sent/);
  tab.assertClean();
});

test("a question that was answered elsewhere is not asked any more", async () => {
  const tab = await open();
  const other = await open();
  await tab.ask("/inbox migration");
  await tab.say("reply 1: twice");
  await Promise.all([tab.see("#messages .approval .deny"), other.see("#messages .approval .deny")]);
  await other.page.click("#messages .approval .deny");
  await tab.see("#messages .approval[data-status=denied]");
  await tab.ask("/inbox migration");
  await tab.say("reply 1: cancelled");
  await tab.see("#messages .approval[data-status=waiting] .deny");
  await tab.say("/cancel");
  await tab.read("Nothing needs your approval.", "#panel");
  await other.read("Nothing needs your approval.", "#panel");
  tab.assertClean();
  other.assertClean();
});

test("two tabs show the same conversation, each message once", async () => {
  const one = await open();
  const two = await open();
  await one.ask("note: buy oat milk");
  await two.read("buy oat milk");
  await two.ask("what are my notes?");
  const newest = (tab) => tab.page.$$eval("#messages .message", (all) => all.slice(-4).map((message) => `${message.dataset.id} ${message.innerText}`));
  await until(async () => (await newest(one)).at(-1) === (await newest(two)).at(-1), "both tabs have the answer");
  assert.deepEqual(await newest(one), await newest(two));
  const ids = await one.page.$$eval("#messages .message", (all) => all.map((message) => message.dataset.id));
  assert.equal(new Set(ids).size, ids.length);
  one.assertClean();
  two.assertClean();
});

test("after the Worker was killed the console comes back, and what was written meanwhile arrives", async () => {
  const tab = await open();
  await tab.ask("note: before the crash");
  await worker.kill();
  await tab.see("[data-state=offline]");
  await tab.say("note: during the crash");
  await tab.see("#messages [data-unsent]");
  await tab.picture("offline");
  await worker.restart();
  await tab.see("[data-state=online]");
  await tab.page.waitForFunction(() => document.querySelector("#messages [data-unsent]") === null && document.querySelector("#messages .message:last-child").dataset.role === "agent");
  await tab.ask("what are my notes?");
  const notes = (await tab.texts("#messages .message:last-child .headline")).join("\n");
  assert.match(notes, /before the crash/);
  assert.equal(notes.match(/during the crash/g)?.length, 1, notes);
  // A request that is under way when the process dies is reset, a later one is refused.
  tab.assertClean(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|WebSocket connection to/);
});

test("a message that was not sent survives closing the tab", async () => {
  const home = await computer();
  const tab = await open({ on: home });
  await tab.page.type("#composer", "note: half a tho");
  await tab.page.reload();
  await tab.see("#app-view");
  assert.equal(await tab.page.$eval("#composer", (composer) => composer.value), "note: half a tho");
  tab.assertClean();
});

test("the model's words appear while it still writes", async () => {
  // The last words are held back until it is sure that no secret begins in them.
  const FIRST = `The first half${" of a long sentence".repeat(20)}, `;
  const encoder = new TextEncoder();
  const piece = (delta, finish_reason = null) => encoder.encode(`data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
  let finish;
  const finished = new Promise((resolve) => (finish = resolve));
  const server = modelServer(() => {
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(piece({ role: "assistant", content: FIRST }));
        await finished;
        controller.enqueue(piece({ content: "and <b>the second</b>." }));
        controller.enqueue(piece({}, "stop"));
        controller.enqueue(encoder.encode("data: [DONE]\n\n"));
        controller.close();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  const agent = await startAgent({ bindings: MODEL, outbound: server.outbound });
  try {
    const tab = await open({ to: agent });
    await tab.read("scripted", "#status-model");
    await tab.say("Tell me something in two halves.");
    await tab.read("The first half", "#streaming");
    assert.equal(await tab.page.$$eval("#messages [data-role=agent]", (all) => all.length), 0);
    await tab.picture("streaming");
    finish();
    await tab.read(`${FIRST}and <b>the second</b>.`);
    await tab.page.waitForFunction(() => document.querySelector("#streaming").childElementCount === 0);
    assert.deepEqual(server.strays, []);
    tab.assertClean();
  } finally {
    finish();
    await agent.dispose();
  }
});

test("a French browser gets French words, and the choice is kept", async () => {
  const tab = await open({ languages: ["fr-FR", "fr"] });
  await tab.read("Connecté", "#connection");
  await tab.ask("Qu’y a-t-il dans ma boîte de réception ?");
  await tab.read("Réunion parents-professeurs", "#messages .message:last-child");
  await tab.read("courrier, non vérifié", "#messages .message:last-child");
  assert.equal(await tab.page.$eval("html", (html) => html.lang), "fr");
  await tab.picture("french");
  await tab.page.select("#panel .language", "en");
  await tab.read("Connected", "#connection");
  await tab.page.reload();
  await tab.read("Connected", "#connection");
  await tab.page.select("#panel .language", "fr");
  await tab.read("Connecté", "#connection");
  tab.assertClean();
});

test("a phone shows all of it without scrolling sideways", async () => {
  const tab = await open({ phone: true });
  await tab.ask("/inbox migration");
  await tab.say("reply 1: " + "a-very-long-word".repeat(6));
  await tab.see("#messages .approval .deny");
  const overflow = () => tab.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.equal(await overflow(), 0);
  await tab.picture("phone");
  await tab.page.click("#panel-button");
  await tab.see("#panel .approval .deny");
  assert.equal(await overflow(), 0);
  await tab.picture("phone-panel");
  const small = await tab.page.$$eval("#panel button", (buttons) => buttons.filter((button) => button.getClientRects().length && button.getBoundingClientRect().height < 32).map((button) => button.innerText));
  assert.deepEqual(small, [], "buttons too small for a thumb");
  await tab.page.click("#panel .approval .deny");
  await tab.see("#panel-close");
  await tab.page.click("#panel-close");
  await tab.read("You said no. Nothing was done.");
  tab.assertClean();
});

test("the stop button stops everything in all tabs until it is resumed", async () => {
  const tab = await open();
  const other = await open();
  await tab.page.click("#stop");
  await Promise.all([tab.see("#stopped"), other.see("#stopped")]);
  await tab.read("Stopped", "#status-stopped");
  await tab.picture("stopped");
  await other.page.click("#stopped .command");
  await tab.page.waitForFunction(() => document.querySelector("#stopped").hidden);
  await tab.read("Running", "#status-stopped");
  await tab.ask("what are my notes?");
  tab.assertClean();
  other.assertClean();
});

test("logging out ends the session for every tab of that browser", async () => {
  const home = await computer();
  const tab = await open({ on: home });
  const other = await open({ on: home, address: address() });
  // Two tabs of one window: the browser draws the one in front only.
  await tab.page.bringToFront();
  await tab.ask("note: gone after logout");
  await tab.page.click("#logout");
  await tab.see("#login-token");
  assert.equal((await tab.page.$$("#messages > *")).length, 0, "the conversation is gone from the page");
  assert.equal(await tab.page.evaluate(() => fetch("/api/state").then(({ status }) => status)), 401);
  await other.page.bringToFront();
  await other.page.reload();
  await other.see("#login-token");
  // The other tab's line is cut, and it may ask for a new one before it hears why.
  const refused = /WebSocket connection to .*HTTP Authentication failed/;
  tab.assertClean(/status of 401/, refused);
  other.assertClean(refused);
});
