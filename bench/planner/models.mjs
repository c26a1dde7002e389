// The models that the environment names, as the Worker's bindings, and the way to them.

import { Problem } from "../../scripts/lib/log.mjs";

const NAMES = ["MODEL_PROVIDER", "MODEL_NAME", "MODEL_BASE_URL", "QUARANTINE_MODEL_PROVIDER", "QUARANTINE_MODEL_NAME", "QUARANTINE_MODEL_BASE_URL", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"];
const HOSTS = { openai: "api.openai.com", anthropic: "api.anthropic.com" };

/** The bindings for the models; a clear refusal where the environment names none that can be reached. */
export function models(environment = process.env) {
  const bindings = Object.fromEntries(NAMES.filter((name) => environment[name]).map((name) => [name, environment[name]]));
  const provider = bindings.MODEL_PROVIDER;
  if (provider === undefined || provider === "offline" || bindings.MODEL_NAME === undefined) {
    throw new Problem("no model is configured, so there is nothing to measure.", "set MODEL_PROVIDER (openai or anthropic) and MODEL_NAME, and MODEL_BASE_URL or the provider's API key; docs/planner.md has an example with a local model.");
  }
  for (const name of ["MODEL_PROVIDER", "QUARANTINE_MODEL_PROVIDER"]) {
    if (bindings[name] && !(bindings[name] in HOSTS)) throw new Problem(`${name}=${bindings[name]} cannot be reached from here.`, `choose from ${Object.keys(HOSTS).join(", ")}.`);
  }
  // Without one of its own the reader is the planner's model.
  const prefixes = bindings.QUARANTINE_MODEL_PROVIDER ? ["", "QUARANTINE_"] : [""];
  const hosts = prefixes.map((prefix) => {
    const address = bindings[`${prefix}MODEL_BASE_URL`];
    if (address === undefined) return HOSTS[bindings[`${prefix}MODEL_PROVIDER`] ?? provider];
    if (!URL.canParse(address)) throw new Problem(`${prefix}MODEL_BASE_URL=${address} is not an address.`, "write one such as http://127.0.0.1:8092/v1.");
    return new URL(address).hostname;
  });
  return { bindings, hosts: [...new Set(hosts)], planner: bindings.MODEL_NAME, quarantined: bindings.QUARANTINE_MODEL_NAME ?? bindings.MODEL_NAME };
}

/** Sends the Worker's requests on to the models, and keeps the errors that the planner was told of. */
export class Relay {
  constructor() {
    /** Codes of errors in the latest prompt, in order. */
    this.errors = [];
    /** What the models' servers answered if it was not a success. */
    this.refusals = [];
  }

  async forward(request, record) {
    if (record.body.includes('"tools"')) this.errors = [...record.body.matchAll(/\\"error\\":\\"(\w+)\\"/g)].map(([, code]) => code);
    const answer = await fetch(request);
    if (!answer.ok) this.refusals.push(answer.status);
    return answer;
  }
}
