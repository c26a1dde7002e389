//! Sclerite: a personal AI agent that strangers cannot steer, as one Cloudflare Worker.
//!
//! The program is a pure, synchronous state machine; [`agent`] is its heart. Workers is a thin
//! asynchronous shell around it, and every effect leaves through one door, [`egress`]. Modules
//! depend only on those above them in this list; `tests/architecture.rs` holds that.
//!
//! - [`id`], [`time`], [`http`], [`signature`]: plain values and pure helpers. Nothing reads a
//!   clock or draws randomness; both are arguments.
//! - [`format`](mod@format): what other people's bytes say: mail, HTML, calendars, cards, and who is
//!   proven to have sent it.
//! - [`label`], [`value`]: who wrote a value, who may learn it, and labelled trees of such values.
//! - [`inert`], [`message`], [`tool`]: text made harmless to show, what comes in and goes out, and
//!   the contracts of what a planner may call.
//! - [`budget`]: what may be spent, and the words for it.
//! - [`approval`]: questions to the owner, bound to exact calls.
//! - [`policy`]: `decide`, which turns an intent into Allow, Ask or Deny.
//! - [`egress`]: the allow-list, tickets, and the only place where secrets are attached.
//! - [`channels`], [`connectors`], [`models`]: one file per chat platform, service and provider.
//!   They build requests and read responses; they have no means of I/O.
//! - [`audit`], [`store`]: the hash chain, and rows: one file per table.
//! - [`agent`]: turns, handles, the engine that runs them inside transactions.
//! - [`console`]: the owner's page, as functions of data.
//! - [`export`]: everything as one encrypted file, and back.
//! - `platform`: the Worker itself, for wasm32 only: entry, object, executor, fetch, sockets.

pub mod agent;
pub mod approval;
pub mod audit;
pub mod budget;
pub mod channels;
pub mod connectors;
pub mod console;
pub mod egress;
pub mod export;
pub mod format;
pub mod http;
pub mod id;
pub mod inert;
pub mod label;
pub mod message;
pub mod models;
#[cfg(target_arch = "wasm32")]
mod platform;
pub mod policy;
pub mod signature;
pub mod store;
pub mod time;
pub mod tool;
pub mod value;
