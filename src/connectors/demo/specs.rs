//! The contracts of the demo account's tools.

mod mail;

use super::super::family::calendar::contracts as calendar;
use super::super::family::mail::contracts as shared;
use super::super::family::{contacts, web};
use crate::tool::ToolSpec;

/// Every tool, in the order in which planners are told of them.
pub(super) const TOOLS: &[ToolSpec] = &[
    mail::LIST,
    shared::READ,
    shared::DRAFT,
    shared::SEND,
    shared::FORWARD,
    mail::MOVE,
    shared::MARK,
    shared::DELETE,
    calendar::LIST,
    calendar::FIND,
    calendar::ADD,
    calendar::SCHEDULE,
    calendar::INVITE,
    calendar::MOVE,
    calendar::CANCEL,
    contacts::FIND,
    contacts::ADD,
    web::READ,
];
