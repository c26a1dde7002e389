//! What is left when WebAssembly traps.
//!
//! A trap ends this program's instance in the middle of whatever it did. Futures that were under way
//! are never polled again, so an alarm whose handler waits for one would not end for a long time, and
//! no other alarm would begin. JavaScript outlives the instance: it resets the object, which ends all
//! that hangs. The rows say what to go on with, as after any death of the process. It also keeps
//! which turn was being worked on, so that only that one is blamed.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::State;

#[wasm_bindgen(module = "/src/platform/trap.js")]
extern "C" {
    type Guard;

    #[wasm_bindgen(thread_local_v2, js_name = guard)]
    static GUARD: Guard;

    #[wasm_bindgen(method)]
    fn watch(this: &Guard, ctx: &JsValue);
    #[wasm_bindgen(method)]
    fn begins(this: &Guard, turn: f64);
    #[wasm_bindgen(method)]
    fn ends(this: &Guard);
    #[wasm_bindgen(method, js_name = takeBlame)]
    fn take_blame(this: &Guard) -> JsValue;
}

/// Has the object reset if this program traps.
pub fn guard(state: &State) {
    GUARD.with(|guard| guard.watch(state.as_raw().as_ref()));
}

/// Runs one step of a turn; if it traps, the turn is blamed.
pub fn blaming<T>(turn: i64, step: impl FnOnce() -> T) -> T {
    // Numbers of turns stay far below 2^53.
    #[allow(clippy::cast_precision_loss)]
    GUARD.with(|guard| guard.begins(turn as f64));
    let value = step();
    GUARD.with(Guard::ends);
    value
}

/// The turns that were being worked on when this program trapped; `None` if that is not known, or it
/// died otherwise.
pub fn blame() -> Option<Vec<i64>> {
    let all = GUARD.with(Guard::take_blame);
    if all.is_undefined() {
        return None;
    }
    let all = js_sys::Array::from(&all);
    #[allow(clippy::cast_possible_truncation)]
    let turns = all
        .iter()
        .filter_map(|turn| turn.as_f64())
        .map(|turn| turn as i64);
    Some(turns.collect())
}
