//! The contracts of the demo account's tools.

mod mail;

use super::super::family::calendar::contracts as calendar;
use super::super::family::contract::{arg, required, tool};
use super::super::family::mail::contracts as shared;
use crate::tool::{ArgRole, ArgType, EffectClass, Kind, Sinks, ToolSpec};

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
    CONTACTS_FIND,
    CONTACTS_ADD,
    WEB_READ,
];

const CONTACTS_FIND: ToolSpec = tool(
    "contacts_find",
    "Finds people in the owner's address book; all of them if no query is given.",
    EffectClass::Read,
    &[arg(
        "query",
        ArgType::Text(200),
        ArgRole::Inert,
        "Words of the name, address or phone number.",
    )],
    Kind::Contacts,
);

const CONTACTS_ADD: ToolSpec = tool(
    "contacts_add",
    "Adds somebody to the owner's address book.",
    EffectClass::Write,
    &[
        required(&arg(
            "name",
            ArgType::Text(200),
            ArgRole::Content,
            "The name.",
        )),
        // Mail goes where a contact says, so the address decides what later calls hit.
        required(&arg(
            "address",
            ArgType::Address,
            ArgRole::Control,
            "The mail address.",
        )),
        arg(
            "phone",
            ArgType::Name("phone"),
            ArgRole::Control,
            "The phone number.",
        ),
    ],
    Kind::Contact,
);

const WEB_READ: ToolSpec = ToolSpec {
    // Whoever runs the host learns which address was asked for.
    sinks: Sinks::Everyone,
    ..tool(
        "web_read",
        "Reads a public web page.",
        EffectClass::Read,
        &[required(&arg(
            "url",
            ArgType::Name("url"),
            ArgRole::Control,
            "Its address, beginning with https.",
        ))],
        Kind::Page,
    )
};
