// What outlives a trap of WebAssembly; `trap.rs` says why.

const objects = new Set();
let busy = 0;
let blamed = [];
let died = false;

function reset() {
  if (busy !== 0) blamed.push(busy);
  busy = 0;
  died = true;
  for (const ctx of objects) {
    objects.delete(ctx);
    // The runtime would wait longer and longer before it begins an alarm again that did not end.
    // Whole steps that are not on disk yet would be undone with the object.
    const abort = () => ctx.abort("WebAssembly trapped");
    ctx.storage.setAlarm(Date.now()).then(() => ctx.storage.sync()).then(abort, abort);
  }
}

addEventListener("error", reset);

export const guard = {
  watch(ctx) {
    // An object that is made a second time outlived the instance that made it first.
    if (objects.has(ctx)) reset();
    objects.add(ctx);
  },
  begins(turn) {
    busy = turn;
  },
  ends() {
    busy = 0;
  },
  takeBlame() {
    const all = died && blamed.length > 0 ? blamed : undefined;
    blamed = [];
    died = false;
    return all;
  },
};
