//! The contracts of the tools for mail that name this account's own folders.

use super::super::super::family::contract::{arg, required, tool};
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
        arg(
            "unread",
            ArgType::Flag,
            ArgRole::Inert,
            "Only unread mails.",
        ),
        arg(
            "query",
            ArgType::Text(200),
            ArgRole::Inert,
            "Only mails in which all these words occur.",
        ),
        arg(
            "from",
            ArgType::Text(200),
            ArgRole::Inert,
            "Only mails from such a sender.",
        ),
        arg(
            "limit",
            ArgType::Integer(1, 50),
            ArgRole::Inert,
            "How many at most; 10 if not given.",
        ),
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
