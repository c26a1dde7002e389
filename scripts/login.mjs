// npm run login: prints a fresh one-time link to the console.
// `npm run login -- --url https://my.worker` prints one for a deployed Worker; CONSOLE_TOKEN is
// taken from the environment first, then from .dev.vars.

import { parseArgs } from "node:util";
import { read } from "./lib/devvars.mjs";
import { Problem, main } from "./lib/log.mjs";
import { loginLink } from "./lib/login.mjs";

await main(async () => {
  const { values } = parseArgs({ options: { url: { type: "string" } } });
  const origin = values.url ?? `http://127.0.0.1:${process.env.PORT || 8787}`;
  if (!URL.canParse(origin) || !/^https?:$/.test(new URL(origin).protocol)) {
    throw new Problem(`${origin} is not a web address.`, "give it as in `npm run login -- --url https://sclerite.example.workers.dev`.");
  }
  const token = process.env.CONSOLE_TOKEN || read().CONSOLE_TOKEN;
  if (!token) {
    throw new Problem("CONSOLE_TOKEN is not known here.", "run `npm start` once, which makes one for this computer, or set CONSOLE_TOKEN to the value of your deployed Worker.");
  }
  console.log(loginLink(new URL(origin).origin, token));
  console.error("The link works once, for 15 minutes.");
});
