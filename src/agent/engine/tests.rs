//! The engine as a whole, driven natively over the real store by a platform that is played.
//!
//! `sim` is that platform: it runs jobs, answers for models and for the owner's server, and can die
//! between any two calls or at any statement. The other files say what must then hold.

mod accounts;
mod approvals;
mod budget;
mod chosen;
mod compact;
mod control;
mod crash;
mod digests;
mod facts;
mod given;
mod interference;
mod loops;
mod mended;
mod once;
mod planning;
mod poison;
mod reader;
mod receipts;
mod reminders;
mod restored;
mod routines;
mod sim;
mod strangers;
mod telling;
mod waiting;
mod words;
mod zones;
