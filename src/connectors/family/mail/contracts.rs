//! The contracts of the tools for mail that the demo account has too.
//!
//! The one thing to know: a recipient, and what is answered, decide whom a mail hits.

use super::super::contract::{arg, required, tool};
use crate::tool::{ArgRole, ArgSpec, ArgType, EffectClass, Kind, Sinks, ToolSpec};

pub(super) const MAIL: ArgSpec = required(&arg(
    "mail",
    ArgType::Object(Kind::Mail),
    ArgRole::Control,
    "The mail.",
));
pub(in super::super::super) const UNREAD: ArgSpec = arg(
    "unread",
    ArgType::Flag,
    ArgRole::Inert,
    "Only unread mails.",
);
pub(in super::super::super) const QUERY: ArgSpec = arg(
    "query",
    ArgType::Text(200),
    ArgRole::Inert,
    "Only mails in which all these words occur.",
);
pub(in super::super::super) const SENDER: ArgSpec = arg(
    "from",
    ArgType::Text(200),
    ArgRole::Inert,
    "Only mails from such a sender.",
);
pub(in super::super::super) const LIMIT: ArgSpec = arg(
    "limit",
    ArgType::Integer(1, 50),
    ArgRole::Inert,
    "How many at most; 10 if not given.",
);
const TO: ArgSpec = arg(
    "to",
    ArgType::Address,
    ArgRole::Control,
    "The recipient's mail address.",
);
const SUBJECT: ArgSpec = arg(
    "subject",
    ArgType::Text(998),
    ArgRole::Content,
    "The subject.",
);
const BODY: ArgSpec = arg(
    "body",
    ArgType::Text(100_000),
    ArgRole::Content,
    "The text.",
);
const IN_REPLY_TO: ArgSpec = arg(
    "in_reply_to",
    ArgType::Object(Kind::Mail),
    ArgRole::Control,
    "The mail that this answers; recipient and subject then need not be given.",
);

pub(in super::super::super) const READ: ToolSpec = tool(
    "mail_read",
    "Opens one mail and marks it as read.",
    EffectClass::Read,
    &[MAIL],
    Kind::Mail,
);

pub(in super::super::super) const DRAFT: ToolSpec = tool(
    "mail_draft",
    "Writes a mail without sending it.",
    EffectClass::Draft,
    &[TO, SUBJECT, required(&BODY), IN_REPLY_TO],
    Kind::Draft,
);

pub(in super::super::super) const SEND: ToolSpec = ToolSpec {
    sinks: Sinks::Args(&["to"]),
    ..tool(
        "mail_send",
        "Sends a mail: either a draft, or one from the other arguments.",
        EffectClass::Send,
        &[
            arg(
                "draft",
                ArgType::Object(Kind::Draft),
                ArgRole::Control,
                "The draft to send.",
            ),
            TO,
            SUBJECT,
            BODY,
            IN_REPLY_TO,
        ],
        Kind::Mail,
    )
};

pub(in super::super::super) const FORWARD: ToolSpec = ToolSpec {
    sinks: Sinks::Args(&["to"]),
    ..tool(
        "mail_forward",
        "Sends a mail on to somebody else, with a remark above it if one is given.",
        EffectClass::Send,
        &[
            MAIL,
            required(&TO),
            arg(
                "note",
                ArgType::Text(5_000),
                ArgRole::Content,
                "The remark.",
            ),
            arg(
                "subject",
                ArgType::Text(998),
                ArgRole::Content,
                "Filled in from the mail; do not give it.",
            ),
            arg(
                "body",
                ArgType::Text(100_000),
                ArgRole::Content,
                "Filled in from the mail and the remark; do not give it.",
            ),
        ],
        Kind::Mail,
    )
};

pub(in super::super::super) const MARK: ToolSpec = tool(
    "mail_mark",
    "Marks a mail as read or unread, flags it or takes its flag away.",
    EffectClass::Write,
    &[
        MAIL,
        required(&arg(
            "mark",
            ArgType::Choice(&["read", "unread", "flagged", "unflagged"]),
            ArgRole::Control,
            "The mark.",
        )),
    ],
    Kind::Mail,
);

pub(in super::super::super) const DELETE: ToolSpec = tool(
    "mail_delete",
    "Throws a mail away, into the trash.",
    EffectClass::Delete,
    &[MAIL],
    Kind::Mail,
);
