// The entry of the counting run: the module under test with `counting.js` around it. The bench puts
// the module beside it as `index.js`.

import { report, watchStorage } from "./counting.js";
import Front, { AgentObject as Inner } from "./index.js";

export class AgentObject {
  constructor(state, env) {
    watchStorage(state.storage);
    // Not a subclass: the build's own class is a proxy that keeps track of its instances.
    return new Inner(state, env);
  }
}

export default class extends Front {
  fetch(request) {
    if (new URL(request.url).pathname === "/bench/counts") return report();
    return super.fetch(request);
  }
}
