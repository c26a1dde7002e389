//! The contracts of the demo account's tools.

use crate::tool::{ArgRole, ArgSpec, ArgType, EffectClass, Kind, Reach, Sinks, ToolSpec};

const fn arg(name: &'static str, holds: ArgType, role: ArgRole, about: &'static str) -> ArgSpec {
    ArgSpec {
        name,
        holds,
        role,
        required: false,
        about,
    }
}

const fn required(argument: &ArgSpec) -> ArgSpec {
    ArgSpec {
        required: true,
        ..*argument
    }
}

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

pub(super) const TOOLS: &[ToolSpec] = &[
    ToolSpec {
        name: "mail_list",
        about: "Lists mails of a folder, newest first.",
        effect: EffectClass::Read,
        reach: Reach::Inside,
        args: &[
            arg(
                "folder",
                ArgType::Choice(&["inbox", "sent", "drafts"]),
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
        returns: Kind::Mails,
        source: None,
        sinks: Sinks::Nobody,
    },
    ToolSpec {
        name: "mail_read",
        about: "Opens one mail and marks it as read.",
        effect: EffectClass::Read,
        reach: Reach::Inside,
        args: &[required(&arg(
            "mail",
            ArgType::Object(Kind::Mail),
            ArgRole::Control,
            "The mail.",
        ))],
        returns: Kind::Mail,
        source: None,
        sinks: Sinks::Nobody,
    },
    ToolSpec {
        name: "mail_draft",
        about: "Writes a mail without sending it.",
        effect: EffectClass::Draft,
        reach: Reach::Inside,
        args: &[TO, SUBJECT, required(&BODY), IN_REPLY_TO],
        returns: Kind::Draft,
        source: None,
        sinks: Sinks::Nobody,
    },
    ToolSpec {
        name: "mail_send",
        about: "Sends a mail: either a draft, or one from the other arguments.",
        effect: EffectClass::Send,
        reach: Reach::Inside,
        args: &[
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
        returns: Kind::Mail,
        source: None,
        sinks: Sinks::Args(&["to"]),
    },
    ToolSpec {
        name: "calendar_list",
        about: "Lists the events of one or more days.",
        effect: EffectClass::Read,
        reach: Reach::Inside,
        args: &[
            required(&arg("from", ArgType::Day, ArgRole::Inert, "The first day.")),
            arg(
                "days",
                ArgType::Integer(1, 62),
                ArgRole::Inert,
                "How many days; 1 if not given.",
            ),
            arg(
                "query",
                ArgType::Text(200),
                ArgRole::Inert,
                "Only events in which all these words occur.",
            ),
        ],
        returns: Kind::Events,
        source: None,
        sinks: Sinks::Nobody,
    },
    ToolSpec {
        name: "calendar_add",
        about: "Adds an event to the owner's calendar. Nobody is invited.",
        effect: EffectClass::Write,
        reach: Reach::Inside,
        args: &[
            required(&arg(
                "title",
                ArgType::Text(500),
                ArgRole::Content,
                "The title.",
            )),
            required(&arg(
                "start",
                ArgType::Instant,
                ArgRole::Control,
                "When it starts.",
            )),
            arg(
                "minutes",
                ArgType::Integer(1, 10_080),
                ArgRole::Inert,
                "How long it takes; 60 if not given.",
            ),
            arg("place", ArgType::Text(500), ArgRole::Content, "Where."),
            arg(
                "about",
                ArgType::Text(5_000),
                ArgRole::Content,
                "More about it.",
            ),
        ],
        returns: Kind::Event,
        source: None,
        sinks: Sinks::Nobody,
    },
    ToolSpec {
        name: "contacts_find",
        about: "Finds people in the owner's address book; all of them if no query is given.",
        effect: EffectClass::Read,
        reach: Reach::Inside,
        args: &[arg(
            "query",
            ArgType::Text(200),
            ArgRole::Inert,
            "Words of the name, address or phone number.",
        )],
        returns: Kind::Contacts,
        source: None,
        sinks: Sinks::Nobody,
    },
];
