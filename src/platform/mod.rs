//! The Worker: a thin asynchronous shell around a synchronous program.
//!
//! It exists for wasm32 only. Nothing here decides anything about policy, text or money; it turns
//! events of the runtime into calls of the core, and effects of the core into requests.

mod api;
mod audit_log;
mod backup;
mod entry;
mod executor;
mod fetch;
mod object;
mod respond;
mod runner;
mod secrets;
mod sockets;
mod sql;
mod trap;

use crate::egress::redact::Redactor;
use crate::time::Timestamp;
use worker::Env;

/// The instant of an event.
fn now() -> Timestamp {
    runner::clock()
}

/// 256 bits nobody can guess.
fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    if getrandom::fill(&mut seed).is_err() {
        // Without randomness ids could be guessed; the runtime always has some.
        worker::console_error!("no random bytes");
    }
    seed
}

/// Writes a line to the Worker's log, scrubbed of secrets.
fn log(env: &Env, what: &str, text: &str) {
    let line = format!("{what}: {text}");
    worker::console_error!("{}", Redactor::new(&secrets::Bindings(env)).text(line));
}
