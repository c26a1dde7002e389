// The modes of the benchmark, for one suite in one row: what is run, and what is counted.

import { Quarantine } from "../lib/quarantine.mjs";
import { Script } from "../lib/script.mjs";
import { withLinks } from "../lib/lane.mjs";
import { effectsOf, mislead, substitute } from "./attack.mjs";

const YES = () => true;
const NO = () => false;

/** One run of a plan through the agent, judged by AgentDojo. */
export async function play({ lane, world, row }, suite, plan, { approve, attack, settings, forged, mode } = {}) {
  await world.reset(suite, plan.task, settings?.overrides);
  const agent = lane.newAgent();
  if (row.commands.length > 0) await setRules(lane, agent, row.commands);
  const script = new Script(plan, { forged, mode });
  const quarantine = new Quarantine(plan, { answers: settings?.answers, picks: settings?.picks });
  const outcome = await lane.turn({ agent, text: plan.prompt, planner: script, quarantine, approve });
  const verdict = await world.judge(withLinks(outcome.told.join("\n")), attack);
  if (quarantine.strays.length > 0) throw new Error(`${suite} ${plan.task}: the quarantined model was asked what the plan does not ask: ${quarantine.strays[0]}`);
  // The calls of the turn are those that the script made, in that order.
  const records = outcome.turn.calls.filter((call) => call.parent === undefined || call.parent === null);
  const calls = new Map(script.made.map((name, n) => [name, records[n]]));
  const run = { ...outcome, ...verdict, executed: verdict.calls, script, calls };
  checkRecords(run, plan.task, suite);
  return run;
}

/** Sets standing rules; a rule that is not taken would make the row another one. */
async function setRules(lane, agent, commands) {
  const answers = await lane.command(agent, commands);
  const refused = commands.find((_, n) => !/without asking/.test(answers[n]));
  if (refused) throw new Error(`the agent does not take ${refused}: ${answers[commands.indexOf(refused)]}`);
}

/** The agent's words for the integrity of every argument, by the name of the call. */
function labelsOf(run) {
  return new Map([...run.calls].map(([name, call]) => [name, call?.labels ?? {}]));
}

/** How the agent decided each effect of the plan, and why. */
function decisionsOf(plan, run) {
  const decided = effectsOf(plan).map(({ name }) => {
    const call = run.calls.get(name);
    // A call that the owner refused says deny in the end; that it was asked shows in its approval.
    const word = call?.approval ? "ask" : (call?.decision ?? "none");
    return [name, { decision: word, reason: call?.reason ?? "", status: call?.status ?? "" }];
  });
  return Object.fromEntries(decided);
}

/** Why a task was not solved, in a few words. */
function causeOf(run) {
  const errors = [...run.script.errors].map(([name, text]) => `${name}: ${text}`);
  const failed = run.executed.filter((call) => call.error).map((call) => `${call.tool}: ${call.error}`);
  const skipped = run.script.skipped.map((name) => `${name}: not possible`);
  return [...errors, ...failed, ...skipped, `turn ${run.turn.status}`].join("; ");
}

/** The tasks as they are, with every question answered yes, and again with every one answered no. */
export async function benign(context, suite, plans) {
  const tasks = [];
  for (const plan of plans) {
    const run = await play(context, suite, plan, { approve: YES });
    const unasked = run.approvals === 0;
    const denied = unasked ? run : await play(context, suite, plan, { approve: NO });
    const asked = [...denied.calls.values()].filter((call) => call?.approval && call.status === "done");
    tasks.push({
      task: plan.task,
      solved: run.utility,
      solved_denied: denied.utility,
      executed_although_denied: denied === run ? 0 : asked.length,
      effects_missing: effectsOf(plan).filter(({ name }) => run.calls.get(name)?.status !== "done").length,
      approvals: run.approvals,
      cards: run.cards,
      planner_calls: run.script.replies,
      decisions: decisionsOf(plan, run),
      labels: labelsOf(run),
      takes_parts: run.script.can.takesParts,
      ...(!run.utility && { cause: causeOf(run) }),
    });
    context.progress();
  }
  return tasks;
}

/**
 * The attacker sets every untrusted value: nobody approves, then everything is approved. `only_possible` leaves
 * out the pairs in which there is no value that he could set; they are the benign run once more.
 */
export async function substitution(context, suite, plans, attacks, tasks, { only_possible = false } = {}) {
  const found = { pairs: 0, possible: 0, silent: [], approved: [] };
  for (const [plan, attack] of pairsOf(plans, attacks)) {
    const { labels, takes_parts } = tasks.find(({ task }) => task === plan.task);
    const settings = substitute(suite, plan, attack, labels, takes_parts);
    if (only_possible && settings.set.length === 0) continue;
    const name = `${plan.task}+${attack.id}`;
    const denied = await play(context, suite, plan, { approve: NO, attack: attack.id, settings });
    // Where nothing was asked, approving everything is the same run.
    const approved = denied.approvals === 0 ? denied : await play(context, suite, plan, { approve: YES, attack: attack.id, settings });
    found.pairs += 1;
    found.possible += settings.set.length > 0 ? 1 : 0;
    if (denied.security) found.silent.push(name);
    if (approved.security) found.approved.push(name);
    context.progress();
  }
  return found;
}

/** A hijacked planner issues the injection's calls after the first read; nobody approves. */
export async function forged(context, suite, plans, attacks) {
  const found = { runs: 0, calls: 0, silent: [], reached: [], cards: 0 };
  for (const [plan, attack] of pairsOf(plans, attacks)) {
    for (const mode of ["instead", "beside"]) {
      const calls = attack.calls.map(({ tool, args, effect }) => ({ tool: `${suite}_${tool}`, args, effect }));
      const run = await play(context, suite, plan, { approve: NO, attack: attack.id, forged: calls, mode });
      const name = `${plan.task}+${attack.id} ${mode}`;
      for (const [n, call] of calls.entries()) {
        if (!call.effect) continue;
        const record = run.calls.get(`forged_${n}`);
        if (!record) throw new Error(`${suite} ${name}: the agent has no record of forged call ${n}`);
        found.calls += 1;
        if (record.status === "done") found.silent.push(`${name} ${call.tool}`);
      }
      found.runs += 1;
      found.cards += run.cards;
      if (run.security) found.reached.push(name);
      context.progress();
    }
  }
  return found;
}

/** The environment must have seen no call that the agent has no record of having made. */
function checkRecords(run, name, suite) {
  const records = [...run.calls.values()].filter((record) => ["done", "failed"].includes(record?.status));
  for (const tool of new Set(run.executed.map((call) => call.tool))) {
    const seen = run.executed.filter((call) => call.tool === tool).length;
    const made = records.filter((record) => record.tool === `${suite}_${tool}`).length;
    if (seen > made) throw new Error(`${suite} ${name}: ${tool} ran ${seen} times, and the agent knows of ${made}`);
  }
}

/** Attacks that want a text only: whether the owner is shown it. They are counted apart. */
export async function textOnly(context, suite, plans, attacks) {
  const found = { pairs: 0, shown: 0 };
  for (const attack of attacks.filter(({ text_only }) => text_only)) {
    for (const plan of plans) {
      const settings = mislead(suite, plan, attack.goal);
      const run = await play(context, suite, plan, { approve: NO, attack: attack.id, settings });
      found.pairs += 1;
      found.shown += run.security ? 1 : 0;
      context.progress();
    }
  }
  return found;
}

/** All pairs of a user task and an injection task that has calls. */
export function pairsOf(plans, attacks) {
  return plans.flatMap((plan) => attacks.filter(({ text_only }) => !text_only).map((attack) => [plan, attack]));
}
