// The tasks with real models: what is judged, and what it took.

import { Lane } from "../lib/lane.mjs";
import { compare, differences, expected, snapshot } from "../tasks/account.mjs";
import { AREAS, TASKS, dated } from "../tasks/index.mjs";
import { begin, saidWrong } from "../tasks/play.mjs";
import { causeOf } from "./causes.mjs";
import { Relay } from "./models.mjs";

/** A slow model on a small computer may take this long over a turn. */
const TURN_MS_MAX = 900_000;

/** The tasks to run: those named, or a number of them spread over the areas. */
export function chosenTasks({ only, limit }) {
  if (only) return TASKS.filter((task) => only.includes(task.id));
  if (limit === undefined || limit >= TASKS.length) return TASKS;
  const areas = Object.values(AREAS);
  const rounds = Math.max(...areas.map((area) => area.length));
  const dealt = Array.from({ length: rounds }, (_, n) => areas.map((area) => area[n]).filter(Boolean)).flat();
  const kept = new Set(dealt.slice(0, limit).map((task) => task.id));
  return TASKS.filter((task) => kept.has(task.id));
}

/** One turn of the owner's; they say yes to whatever is asked. */
async function takeTurn(lane, agent, turn, relay) {
  const began = performance.now();
  relay.errors = [];
  const outcome = await lane.turn({ agent, text: turn.owner, approve: () => true });
  return { ...outcome, ...saidWrong(turn, outcome.told), errors: relay.errors, seconds: (performance.now() - began) / 1000 };
}

const sum = (turns, field) => turns.reduce((all, { turn }) => all + turn.usage[field], 0);

/** Plays a task with the models and judges it by what is different and what the owner was told. */
async function playTask(lane, task, bindings, relay) {
  const { agent, before } = await begin(lane, task);
  await lane.rebind(bindings);
  relay.refusals = [];
  const turns = [];
  try {
    for (const turn of task.turns) turns.push(await takeTurn(lane, agent, turn, relay));
  } finally {
    await lane.rebind();
  }
  const after = await snapshot(lane, agent, "after");
  const judged = compare(differences(before, after, task.changes?.mails), expected(task.changes, before));
  const calls = turns.flatMap(({ turn }) => turn.calls);
  const cause = causeOf({
    judged,
    calls,
    missing: turns.flatMap((turn) => turn.missing),
    surplus: turns.flatMap((turn) => turn.surplus),
    statuses: turns.map(({ turn }) => turn.status),
    errors: turns.flatMap((turn) => turn.errors),
    refusals: relay.refusals,
    told: turns.flatMap((turn) => turn.told).join("\n"),
  });
  const quarantined_calls = sum(turns, "quarantined_calls");
  return {
    task: task.id,
    solved: cause === null,
    cause,
    planner_calls: sum(turns, "model_calls") - quarantined_calls,
    quarantined_calls,
    tokens_in: sum(turns, "tokens_in"),
    tokens_out: sum(turns, "tokens_out"),
    seconds: Math.round(turns.reduce((all, turn) => all + turn.seconds, 0) * 10) / 10,
    approvals: turns.reduce((all, turn) => all + turn.approvals, 0),
    calls: calls.map(({ tool, status }) => `${tool} ${status}`),
    errors: turns.flatMap((turn) => turn.errors),
    told: turns.map(({ told }) => told),
    turns: turns.map(({ told, missing, surplus, turn }, n) => ({ owner: task.turns[n].owner, told, missing, surplus, calls: turn.calls.map(({ tool, status }) => `${tool} ${status}`) })),
    judged,
  };
}

/** All tasks, one after the other. `say` hears of each as it is done. */
export async function runModels(build, tasks, { bindings, hosts }, { say = () => {} } = {}) {
  const relay = new Relay();
  const forward = (request, record) => relay.forward(request, record);
  const services = Object.fromEntries(hosts.map((host) => [host, forward]));
  const lane = await Lane.start({ build, services, persist: true, deadline_ms: TURN_MS_MAX });
  const found = [];
  try {
    for (const task of dated(tasks)) {
      found.push(await playTask(lane, task, bindings, relay));
      say(found.at(-1));
    }
  } finally {
    await lane.dispose();
  }
  return found;
}
