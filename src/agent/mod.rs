//! The agent: what a turn is and how it goes on.
//!
//! `turn::step` is pure. `engine` runs it inside transactions over the store and hands out the
//! effects that need the outside; whoever runs those, the Worker or a test, feeds the outcomes
//! back. Nothing here does I/O.

pub mod arguments;
pub mod commands;
pub mod conversation;
pub mod effect;
pub mod engine;
pub mod grounds;
pub mod handles;
pub mod planner;
pub mod quarantine;
pub mod reading;
pub mod render;
pub mod schedule;
pub mod standing;
pub mod turn;

#[cfg(test)]
mod attack_tests;
#[cfg(test)]
pub(crate) mod test_world;
