// Stands in front of the build and can lose the object's alarm, as a platform that fails may.
// It runs inside the Worker as a test's entry and imports the build unchanged.

import real, { AgentObject as RealAgent } from "./index.js";

export class AgentObject {
  constructor(ctx, env) {
    this.storage = ctx.storage;
    this.real = new RealAgent(ctx, env);
  }

  async fetch(request) {
    if (new URL(request.url).pathname !== "/__alarm/lose") return this.real.fetch(request);
    const at = await this.storage.getAlarm();
    await this.storage.deleteAlarm();
    return Response.json({ at });
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
    const { pathname } = new URL(request.url);
    return pathname === "/__alarm/lose" ? this.env.AGENT.getByName("owner").fetch(request) : super.fetch(request);
  }
}
