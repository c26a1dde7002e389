// Finds Cyrus IMAP, a mail, calendar and contacts server that is not ours, and installs it from
// Debian's packages where that can be done unasked.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { alone } from "./lock.mjs";
import { Problem, step } from "./log.mjs";
import { capture, run } from "./run.mjs";

/** Where Debian puts Cyrus's own programs. */
export const CYRUS_BIN = "/usr/lib/cyrus/bin";
const PACKAGES = ["cyrus-imapd", "cyrus-caldav", "cyrus-admin", "sasl2-bin"];
const REMEDY = `on Debian or Ubuntu, run \`apt-get install --no-install-recommends ${PACKAGES.join(" ")}\` as root, then the command again. The tests start servers of their own: a service that the packages have started can be stopped with \`systemctl disable --now cyrus-imapd\`. On another system, run the tests in a container of Debian 12.`;

/** The name of what is missing, or `null`. */
function missing() {
  const programs = [...["master", "httpd", "lmtpd", "imapd", "squatter", "calalarmd", "ctl_cyrusdb"].map((name) => join(CYRUS_BIN, name)), "/usr/sbin/saslpasswd2"];
  return programs.find((path) => !existsSync(path)) ?? null;
}

/**
 * Whether packages may be installed unasked: by one who may, and where no service manager runs that
 * would start a mail server on this computer's own ports.
 */
function mayInstall(root) {
  if (existsSync("/run/systemd/system") && process.env.CI !== "true") return false;
  return capture("apt-get", ["--version"]) !== null && (root || capture("sudo", ["-n", "true"]) !== null);
}

/** Makes sure that Cyrus is there; without it this throws and says what to do. */
export async function ensureCyrus() {
  if (missing() === null) return;
  await alone("cyrus", async () => {
    if (missing() === null) return;
    const root = process.getuid?.() === 0;
    if (!mayInstall(root)) throw new Problem("the tests of mail, calendars and contacts need Cyrus IMAP and there is none.", REMEDY);
    step("Installing Cyrus IMAP for the tests of mail, calendars and contacts (apt-get)");
    const apt = (...args) => run(root ? "apt-get" : "sudo", [...(root ? [] : ["-n", "apt-get"]), "-o", "DPkg::Lock::Timeout=120", ...args], { quiet: true, env: { DEBIAN_FRONTEND: "noninteractive" } });
    await apt("update");
    const installed = await apt("install", "--yes", "--no-install-recommends", ...PACKAGES);
    const still = missing();
    if (still !== null) {
      console.error(installed.output.split("\n").slice(-15).join("\n"));
      throw new Problem(`Cyrus IMAP could not be installed: ${still} is missing.`, REMEDY);
    }
  });
}
