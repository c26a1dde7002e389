// The entry of the memory run: `x-bench-agent` chooses which of many objects plays the owner's. The
// product has one object; this shows what another costs in the same process.

import Front, { AgentObject } from "./index.js";

export { AgentObject };

export default class extends Front {
  constructor(context, env) {
    super(context, env);
  }

  fetch(request) {
    const name = request.headers.get("x-bench-agent") ?? "owner";
    const real = this.env.AGENT;
    const namespace = Object.create(real, { getByName: { value: () => real.getByName(name) } });
    const inner = new Front(this.ctx, { ...this.env, AGENT: namespace });
    return inner.fetch(request);
  }
}
