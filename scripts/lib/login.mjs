// One-time login links for the console.
// The code travels in the URL fragment, which browsers never send to a server by themselves.
// The Worker checks the code, accepts it once and refuses it after its expiry.

import { createHmac, randomBytes } from "node:crypto";

/** How long a fresh link works, in seconds. */
export const VALID_S = 15 * 60;

/**
 * A login code: `<expiry, unix seconds>.<nonce>.<mac>`. Nonce and mac are base64url without
 * padding; the mac is HMAC-SHA256 under the console token over `sclerite-login:<expiry>.<nonce>`.
 */
export function loginCode(consoleToken, now_s = Math.floor(Date.now() / 1000), nonce = randomBytes(16)) {
  const claim = `${now_s + VALID_S}.${Buffer.from(nonce).toString("base64url")}`;
  const mac = createHmac("sha256", Buffer.from(consoleToken, "utf8")).update(`sclerite-login:${claim}`).digest("base64url");
  return `${claim}.${mac}`;
}

/** The console's address with a fresh login code. */
export function loginLink(origin, consoleToken, now_s) {
  return `${origin.replace(/\/+$/, "")}/#login=${loginCode(consoleToken, now_s)}`;
}
