// Finds a Chromium for the browser tests, and installs one where that can be done unasked.

import { existsSync } from "node:fs";
import { Problem, step } from "./log.mjs";
import { capture, run } from "./run.mjs";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const PLACES = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"];
const REMEDY = "install Chromium or Chrome, or set CHROME_PATH to the one you have.";

/** The path of a browser, or `null`. `CHROME_PATH` wins. */
export function findBrowser() {
  const chosen = process.env.CHROME_PATH;
  if (chosen) {
    if (!existsSync(chosen)) throw new Problem(`CHROME_PATH names ${chosen}, which does not exist.`, REMEDY);
    return chosen;
  }
  for (const program of PROGRAMS) {
    const path = capture("sh", ["-c", `command -v ${program}`]);
    if (path && capture(path, ["--version"]) !== null) return path;
  }
  return PLACES.find((path) => existsSync(path)) ?? null;
}

/** The path of a browser; installs Debian's Chromium when there is none. */
export async function ensureBrowser() {
  const found = findBrowser();
  if (found) return found;
  const root = process.getuid?.() === 0;
  const mayInstall = capture("apt-get", ["--version"]) !== null && (root || capture("sudo", ["-n", "true"]) !== null);
  if (!mayInstall) throw new Problem("the browser tests need a Chromium and there is none.", REMEDY);
  step("Installing Chromium for the browser tests (apt-get)");
  const apt = (...args) => run(root ? "apt-get" : "sudo", [...(root ? [] : ["-n", "apt-get"]), ...args], { quiet: true, env: { DEBIAN_FRONTEND: "noninteractive" } });
  await apt("update");
  const installed = await apt("install", "--yes", "--no-install-recommends", "chromium");
  const path = findBrowser();
  if (!path) {
    console.error(installed.output.split("\n").slice(-15).join("\n"));
    throw new Problem("Chromium could not be installed.", REMEDY);
  }
  return path;
}
