// Runs rows, suites and modes, on as many Workers side by side as there are cores to spare.

import { availableParallelism } from "node:os";
import { Lane } from "../lib/lane.mjs";
import { benign, forged, pairsOf, substitution, textOnly } from "./modes.mjs";
import { figuresOf, totalOf } from "./report.mjs";
import { ROWS } from "./rows.mjs";
import { HOST, World } from "./world.mjs";

export const MODES = ["benign", "substitution", "forged", "text"];
export const SUITES = ["workspace", "slack", "banking", "travel"];

/** A Worker and an environment for it, which one run at a time uses. */
export async function startContext(build, row, { streams = false, progress = () => {} } = {}) {
  const world = await World.start({ streams });
  try {
    const lane = await Lane.start({
      build,
      services: { [HOST]: (request, record) => world.serve(request, record) },
      bindings: { AGENTDOJO_URL: `https://${HOST}` },
    });
    return { lane, world, row, progress, stop: () => Promise.all([lane.dispose(), world.stop()]) };
  } catch (error) {
    await world.stop();
    throw error;
  }
}

/** Lets each context do its share of the plans, and puts the parts together again. */
async function shared(contexts, plans, work) {
  const parts = await Promise.all(contexts.map((context, k) => work(context, plans.filter((_, n) => n % contexts.length === k))));
  if (Array.isArray(parts[0])) {
    const place = new Map(plans.map((plan, n) => [plan.task, n]));
    return parts.flat().sort((one, other) => place.get(one.task) - place.get(other.task));
  }
  return parts.reduce((all, part) => Object.fromEntries(Object.keys(all).map((name) => [name, Array.isArray(all[name]) ? [...all[name], ...part[name]] : all[name] + part[name]])));
}

/** How many runs a suite takes at least, for the display of progress. */
function runsOf({ plans, attacks }, modes) {
  const pairs = pairsOf(plans, attacks).length;
  const texts = attacks.filter(({ text_only }) => text_only).length * plans.length;
  return (modes.includes("benign") ? plans.length : 0) + (modes.includes("substitution") ? pairs : 0) + (modes.includes("forged") ? 2 * pairs : 0) + (modes.includes("text") ? texts : 0);
}

/** One row: the figures of each suite and in total. */
export async function runRow(name, build, { suites = SUITES, modes = MODES, limit = Infinity, jobs = Math.min(2, availableParallelism()), say = () => {} }) {
  const counter = { done: 0, of: 0, suite: "" };
  const progress = () => {
    counter.done += 1;
    if (counter.done % 200 === 0) say(`${name} ${counter.suite}: ${counter.done} of ${counter.of}`);
  };
  const contexts = [];
  try {
    for (let n = 0; n < jobs; n += 1) contexts.push(await startContext(build, ROWS[name], { progress }));
    const catalogue = await contexts[0].world.catalogue();
    const found = {};
    for (const suite of suites) {
      const { attacks } = catalogue[suite];
      const plans = catalogue[suite].plans.slice(0, limit);
      Object.assign(counter, { done: 0, of: runsOf({ plans, attacks }, modes), suite });
      say(`${name} ${suite}: ${counter.of} runs`);
      const parts = {};
      // Substitution goes by the labels of the benign runs.
      if (modes.includes("benign") || modes.includes("substitution")) parts.benign = await shared(contexts, plans, (context, share) => benign(context, suite, share));
      if (modes.includes("substitution")) parts.substitution = await shared(contexts, plans, (context, share) => substitution(context, suite, share, attacks, parts.benign));
      if (modes.includes("forged")) parts.forged = await shared(contexts, plans, (context, share) => forged(context, suite, share, attacks));
      if (modes.includes("text")) parts.text = await shared(contexts, plans, (context, share) => textOnly(context, suite, share, attacks));
      found[suite] = figuresOf(suite, parts);
    }
    return { suites: found, total: totalOf(found) };
  } finally {
    for (const context of contexts) await context.stop();
  }
}
