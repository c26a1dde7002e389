// What outlives a trap of WebAssembly; `trap.rs` says why.

/** The objects of this isolate by their ids; one that was evicted makes room for its successor. */
const objects = new Map();
let busy = 0;
let blamed = [];
let died = false;
let resetting = 0;

function reset() {
  if (busy !== 0) blamed.push(busy);
  busy = 0;
  died = true;
  for (const [id, ctx] of objects) {
    // In another request's context none of this is allowed; then the object is kept here, and reset
    // when the next event makes it again.
    const abort = () => {
      resetting -= 1;
      ctx.abort("WebAssembly trapped");
      if (objects.get(id) === ctx) objects.delete(id);
    };
    // The runtime would wait longer and longer before it begins an alarm again that did not end.
    // Whole steps that are not on disk yet would be undone with the object.
    resetting += 1;
    ctx.storage.setAlarm(Date.now()).then(() => ctx.storage.sync()).then(abort, abort).catch(() => {});
  }
}

// Any other error of JavaScript ends only itself.
const isTrap = (error) => error instanceof WebAssembly.RuntimeError || error?.cause instanceof WebAssembly.RuntimeError || error?.message === "Module terminated";
addEventListener("error", ({ error }) => {
  if (isTrap(error)) reset();
});

export const guard = {
  watch(ctx) {
    const id = String(ctx.id);
    // An object that is made a second time outlived the instance that made it first.
    if (objects.get(id) === ctx) reset();
    else objects.set(id, ctx);
  },
  begins(turn) {
    busy = turn;
  },
  ends() {
    busy = 0;
  },
  takeBlame() {
    // An instance that is made now is about to be reset.
    if (resetting > 0) return undefined;
    const all = died && blamed.length > 0 ? blamed : undefined;
    blamed = [];
    died = false;
    return all;
  },
};
