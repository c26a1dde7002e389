// Stands in front of the build, whose storage it makes fail at a chosen statement.
// It runs inside the Worker as a test's entry and imports the build unchanged; a test talks to it
// by `/__storage/*`. The end of a transaction counts as one more statement, so that a failure
// between the last statement and the commit is among the cases.

import real, { AgentObject as RealAgent } from "./index.js";

const plan = { at: 0, seen: 0, failures: [], loose: [] };
let inTransaction = 0;

function reach(statement) {
  plan.seen += 1;
  if (plan.seen === plan.at) throw new Error(`the test's storage failed before: ${statement.slice(0, 60)}`);
}

/** Everything that is stored, as one text, to compare before and after. */
function everything(sql) {
  const tables = [...sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name")];
  return JSON.stringify(tables.map(({ name }) => [name, [...sql.exec(`SELECT * FROM "${name}"`)]]));
}

/** A proxy whose methods run on the real object, as native methods demand. */
const over = (target, changes) =>
  new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(changes, name)) return changes[name];
      const value = target[name];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

function faulty(ctx) {
  const { storage } = ctx;
  const exec = (statement, ...parameters) => {
    reach(statement);
    if (inTransaction === 0 && /^\s*(INSERT|UPDATE|DELETE|REPLACE)/i.test(statement)) plan.loose.push(statement.trim().slice(0, 60));
    return storage.sql.exec(statement, ...parameters);
  };
  const transactionSync = (work) => {
    const before = plan.at ? everything(storage.sql) : "";
    inTransaction += 1;
    try {
      return storage.transactionSync(() => {
        const value = work();
        reach("COMMIT");
        return value;
      });
    } catch (error) {
      if (plan.at) plan.failures.push({ undone: everything(storage.sql) === before });
      throw error;
    } finally {
      inTransaction -= 1;
    }
  };
  const sql = over(storage.sql, { exec });
  return over(ctx, { storage: over(storage, { sql, transactionSync }) });
}

export class AgentObject {
  constructor(ctx, env) {
    this.sql = ctx.storage.sql;
    this.real = new RealAgent(faulty(ctx), env);
  }

  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === "/__storage/rows") return new Response(everything(this.sql));
    return this.real.fetch(request);
  }

  alarm(info) {
    return this.real.alarm(info);
  }

  webSocketMessage(socket, message) {
    return this.real.webSocketMessage(socket, message);
  }

  webSocketClose(...rest) {
    return this.real.webSocketClose(...rest);
  }
}

export default class extends real {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === "/__storage/fail") {
      Object.assign(plan, { at: Number(url.searchParams.get("at")), seen: 0, failures: [], loose: [] });
      return new Response();
    }
    if (url.pathname === "/__storage/plan") return Response.json(plan);
    if (url.pathname === "/__storage/rows") return this.env.AGENT.getByName("owner").fetch(request);
    return super.fetch(request);
  }
}
