// Stands in front of the build and makes WebAssembly trap while it works on certain messages.
// It runs inside the Worker as a test's entry and imports the build unchanged.
//
// A message that holds the word TRAP arms it once its turn is worked on. The next time WebAssembly
// asks for the time, it gets what a trap is to JavaScript: a `WebAssembly.RuntimeError` that passes
// through all of its frames. The instance is lost then. So does a request with the header `x-trap`.

import real, { AgentObject as RealAgent } from "./index.js";

const traps = { armed: false, count: 0 };
const trapping = new Set();

const { getTime } = Date.prototype;
Date.prototype.getTime = function () {
  if (!traps.armed) return getTime.call(this);
  traps.armed = false;
  traps.count += 1;
  throw new WebAssembly.RuntimeError("unreachable");
};

/** A proxy whose methods run on the real object, as native methods demand. */
const over = (target, changes) =>
  new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(changes, name)) return changes[name];
      const value = target[name];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

function watched(ctx) {
  const { storage } = ctx;
  const exec = (statement, ...parameters) => {
    if (statement.startsWith("INSERT INTO turns") && parameters.some((cell) => String(cell).includes("TRAP"))) trapping.add(parameters[0]);
    // Its effects are read when it is worked on, not when it is shown. Giving it up does not trap.
    if (statement.startsWith("UPDATE turns SET status") && parameters.some((cell) => String(cell).includes("it stopped me several times"))) trapping.delete(parameters.at(-1));
    else if (/^SELECT .* FROM effects/.test(statement) && trapping.has(parameters[0])) traps.armed = true;
    return storage.sql.exec(statement, ...parameters);
  };
  return over(ctx, { storage: over(storage, { sql: over(storage.sql, { exec }) }) });
}

export class AgentObject {
  constructor(ctx, env) {
    this.real = new RealAgent(watched(ctx), env);
  }
  fetch(request) {
    return this.real.fetch(request);
  }
  alarm() {
    return this.real.alarm();
  }
  webSocketMessage(socket, message) {
    return this.real.webSocketMessage(socket, message);
  }
  webSocketClose(...args) {
    return this.real.webSocketClose(...args);
  }
  webSocketError(...args) {
    return this.real.webSocketError(...args);
  }
}

export default class extends real {
  async fetch(request) {
    if (new URL(request.url).pathname === "/__traps") return Response.json({ count: traps.count });
    // The next look at the clock may be the front door's, or the object's while it takes the message.
    if (request.headers.has("x-trap")) traps.armed = true;
    return super.fetch(request);
  }
}
