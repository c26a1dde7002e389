// What the browser tests share: Chromium, and a console that keeps notes of everything suspicious.
// Every console has storage and cookies of its own. It starts no test; `*.test.mjs` files do.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { loginLink } from "../../scripts/lib/login.mjs";
import { TOKENS } from "../e2e/support.mjs";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const RESULTS = join(ROOT, "test-results");
/** Long enough for a busy machine; a test that passes never waits for it. */
const PATIENCE_MS = 10_000;
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=en-GB", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];

/** Starts Chromium with an empty profile that is deleted at the end. */
export async function startBrowser() {
  const profile = mkdtempSync(join(tmpdir(), "sclerite-browser-"));
  const browser = await puppeteer.launch({ executablePath: process.env.CHROME_PATH || "/usr/bin/chromium", userDataDir: profile, args: FLAGS });
  return {
    /** A console like that of another computer: no cookie, no storage. */
    newComputer: () => browser.createBrowserContext(),
    async close() {
      await browser.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** The address of the console with a fresh login. */
export const link = (worker) => loginLink(worker.url.origin, TOKENS.CONSOLE_TOKEN);

/** A page of the console, and what it did. */
export class Console {
  /** Addresses of all requests. */
  requests = [];
  /** What the browser complained about, violations of the page's policy included. */
  complaints = [];

  /** Opens a tab. `address` is the login link unless told otherwise. */
  static async open(computer, worker, { address = link(worker), zone = "Europe/Paris", languages = ["en-GB", "en"], phone = false } = {}) {
    const self = new Console();
    self.worker = worker;
    self.page = await computer.newPage();
    self.page.setDefaultTimeout(PATIENCE_MS);
    await self.page.setViewport(phone ? { width: 360, height: 740, isMobile: true, hasTouch: true, deviceScaleFactor: 2 } : { width: 1200, height: 800 });
    await self.page.emulateTimezone(zone);
    await self.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }, { name: "prefers-reduced-motion", value: "reduce" }]);
    await self.page.evaluateOnNewDocument((list) => {
      Object.defineProperty(navigator, "languages", { get: () => list });
      Object.defineProperty(navigator, "language", { get: () => list[0] });
    }, languages);
    self.page.on("request", (request) => self.requests.push(request.url()));
    self.page.on("console", (message) => message.type() === "error" && self.complaints.push(`${message.text()} ${message.location().url ?? ""}`));
    self.page.on("pageerror", (error) => self.complaints.push(String(error)));
    await self.page.goto(address);
    // While a link's code is checked, the form is there too.
    await self.see(`${address.includes("#") ? "#login-problem:not([hidden])" : "#login-view:not([hidden]) #login-token"}, [data-state=online]`);
    return self;
  }

  /** Waits until something is on the page. */
  see(selector) {
    return this.page.waitForSelector(selector, { visible: true });
  }

  /** Waits until an element's text contains some words; without a selector, the conversation's. */
  async read(words, selector = "#messages") {
    try {
      await this.page.waitForFunction((where, what) => document.querySelector(where)?.innerText.includes(what), {}, selector, words);
    } catch {
      assert.fail(`“${words}” is not in ${selector}, which reads: ${await this.text(selector)}`);
    }
  }

  /** The text of an element, as somebody reads it. */
  text(selector) {
    return this.page.$eval(selector, (element) => element.innerText);
  }

  /** The texts of all such elements. */
  texts(selector) {
    return this.page.$$eval(selector, (elements) => elements.map((element) => element.innerText));
  }

  /** Writes a message and waits for the agent's next one. */
  async ask(text) {
    // Not their number, because old messages leave the page when new ones come. What was just sent
    // has no number until the agent has taken it.
    const before = await this.page.$$eval("#messages .message[data-id]", (all) => Math.max(0, ...all.map((message) => Number(message.dataset.id)).filter(Number.isInteger)));
    await this.say(text);
    await this.page.waitForFunction((id) => [...document.querySelectorAll("#messages [data-role=agent]")].some((message) => Number(message.dataset.id) > id), {}, before);
  }

  /** Writes a message. */
  async say(text) {
    await this.page.type("#composer", text);
    await this.page.keyboard.press("Enter");
  }

  /** Leaves a picture in test-results/, for people. */
  async picture(name) {
    mkdirSync(RESULTS, { recursive: true });
    await this.page.screenshot({ path: join(RESULTS, `console-${name}.png`) });
  }

  /** Nothing but the agent was asked for anything, and the browser had nothing to complain about. */
  assertClean(...expected) {
    const foreign = this.requests.filter((url) => new URL(url).host !== this.worker.url.host && !url.startsWith("data:"));
    assert.deepEqual(foreign, [], "requests to other origins");
    // A page asks whether it is logged in; the browser writes the 401 into its log.
    const known = [/status of 401 .*\/api\/state$/, ...expected];
    assert.deepEqual(this.complaints.filter((text) => !known.some((pattern) => pattern.test(text))), []);
  }
}
