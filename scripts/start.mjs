// npm start: from a fresh checkout to a running agent, with no key and no account.

import { build } from "./lib/build.mjs";
import { ensure } from "./lib/devvars.mjs";
import { Problem, bold, dim, green, main, note, seconds, skipped, step } from "./lib/log.mjs";
import { loginLink } from "./lib/login.mjs";
import { requireFreePort, startWrangler, stop, waitUntilReady } from "./lib/serve.mjs";
import { prepare } from "./lib/setup.mjs";

const port = Number(process.env.PORT || 8787);

/** Which model the Worker will use, and whether it was chosen on the command line. */
function modelProvider(devVars) {
  return process.env.MODEL_PROVIDER || devVars.MODEL_PROVIDER || "offline";
}

function greet(devVars, provider, started) {
  const origin = `http://127.0.0.1:${port}`;
  console.log(`
${green("Sclerite is ready")} ${dim(`after ${seconds(Date.now() - started)}, model: ${provider}`)}

  ${bold("Console")}  ${loginLink(origin, devVars.CONSOLE_TOKEN)}
           ${dim("The link logs you in once, within 15 minutes; `npm run login` prints a fresh one.")}

  ${bold("Or ask it from a second terminal, in this folder:")}
  curl -s ${origin}/webhook/generic -H "authorization: Bearer $(sed -n 's/^WEBHOOK_TOKEN=//p' .dev.vars)" -H 'content-type: application/json' -H 'prefer: wait=20' -d '{"conversation":"terminal","text":"What is new in my mail?"}'

  ${dim("Ctrl-C stops it. What it knows stays in .wrangler/state; delete that folder to start afresh.")}
`);
}

await main(async () => {
  const started = Date.now();
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Problem(`PORT=${process.env.PORT} is not a port number.`, "choose one from 1024 to 65535, as in `PORT=8788 npm start`.");
  }
  const tools = await prepare();
  await build(tools);
  const { values, added } = ensure();
  if (added.length > 0) {
    step(`Made random secrets in .dev.vars: ${added.join(", ")}`);
  } else {
    skipped("The secrets in .dev.vars are there");
  }
  await requireFreePort(port);
  const provider = modelProvider(values);
  // Wrangler asks for an account as soon as a binding may leave this computer, so it may only then.
  const local = provider !== "workers-ai";
  if (!local) note("Workers AI runs at Cloudflare: wrangler may ask you to log in.");
  step(`Starting the Worker on http://127.0.0.1:${port}`);
  const server = startWrangler({ port, local, vars: process.env.MODEL_PROVIDER ? { MODEL_PROVIDER: provider } : {} });
  let stopping = false;
  const shutDown = async (code) => {
    if (stopping) return;
    stopping = true;
    await stop(server.child);
    console.log(dim("Stopped."));
    process.exit(code);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => shutDown(0));
  // npm and the shell between it and us can be killed without a word to us.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && shutDown(0), 300).unref();
  // A terminal that is gone must not keep us from stopping what we started.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => shutDown(0));
  try {
    await waitUntilReady(server, port);
  } catch (error) {
    if (stopping) return;
    await stop(server.child);
    throw error;
  }
  greet(values, provider, started);
  server.child.once("exit", (code) => {
    if (stopping) return;
    console.error(server.tail.slice(-10).join("\n"));
    console.error("wrangler ended by itself; the lines above are its last words.");
    shutDown(code || 1);
  });
});
