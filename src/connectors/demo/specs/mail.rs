//! The contracts of the tools for mail that name this account's own folders.

use super::super::super::family::contract::{arg, required, tool};
use super::super::super::family::mail::contracts as shared;
use crate::tool::{ArgRole, ArgSpec, ArgType, EffectClass, Kind, ToolSpec};

const MAIL: ArgSpec = required(&arg(
    "mail",
    ArgType::Object(Kind::Mail),
    ArgRole::Control,
    "The mail.",
));
pub(super) const LIST: ToolSpec = tool(
    "mail_list",
    "Lists mails of a folder, newest first.",
    EffectClass::Read,
    &[
        arg(
            "folder",
            ArgType::Choice(&[
                "inbox", "sent", "drafts", "archive", "bills", "family", "travel", "work", "trash",
            ]),
            ArgRole::Inert,
            "The folder; inbox if not given.",
        ),
        shared::UNREAD,
        shared::QUERY,
        shared::SENDER,
        shared::LIMIT,
    ],
    Kind::Mails,
);

pub(super) const MOVE: ToolSpec = tool(
    "mail_move",
    "Moves a mail to a folder; inbox puts it back where it came from.",
    EffectClass::Write,
    &[
        MAIL,
        required(&arg(
            "folder",
            ArgType::Choice(&["inbox", "archive", "bills", "family", "travel", "work"]),
            ArgRole::Control,
            "The folder.",
        )),
    ],
    Kind::Mail,
);
