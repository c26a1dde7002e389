//! What planners are told of the tools that are the agent's own.

use crate::tool::{ArgRole, ArgSpec, ArgType, EffectClass, Kind, Reach, Sinks, ToolSpec};

/// The types of an answer.
pub(super) const ANSWERS: &str =
    "text, span, address, url, name, number, date, time, flag or texts";

const fn arg(name: &'static str, holds: ArgType, about: &'static str) -> ArgSpec {
    ArgSpec {
        name,
        holds,
        role: ArgRole::Inert,
        required: false,
        about,
    }
}

const fn need(name: &'static str, holds: ArgType, about: &'static str) -> ArgSpec {
    ArgSpec {
        required: true,
        ..arg(name, holds, about)
    }
}

const fn own(
    name: &'static str,
    about: &'static str,
    args: &'static [ArgSpec],
    returns: Kind,
) -> ToolSpec {
    ToolSpec {
        name,
        about,
        effect: EffectClass::Read,
        reach: Reach::Inside,
        args,
        returns,
        source: None,
        sinks: Sinks::Nobody,
    }
}

const TEXT: ArgType = ArgType::Text(4_000);
const TEXTS: ArgType = ArgType::List(&ArgType::Text(200));

const HANDLES: ArgSpec = need(
    "handles",
    TEXTS,
    "What to read: references such as \"$mail_1[2].body\".",
);
const LIST: ArgSpec = need(
    "list",
    ArgType::Text(200),
    "A list's handle, such as $mail_1.",
);

/// Shows a handle.
pub static SHOW: ToolSpec = own(
    "show",
    "Displays a handle, an item of it or a field to the owner, exactly as it is.",
    &[need(
        "handle",
        ArgType::Text(200),
        "for example $mail_1, $mail_1[2] or $mail_1[2].body",
    )],
    Kind::Message,
);

/// Says something with values filled in.
pub static REPLY: ToolSpec = own(
    "reply",
    "Says something to the owner. References among the parts are filled in by code.",
    &[need(
        "parts",
        ArgType::Parts,
        "your words and references in order, for example [\"It starts at\", \"$event_1[1].start\"]",
    )],
    Kind::Message,
);

/// Announces calls.
pub static PLAN: ToolSpec = own(
    "plan",
    "Announces calls that change or send something, before anything is read. Write them as you \
     will make them; \"$\" stands where a handle will be.",
    &[need(
        "calls",
        ArgType::List(&ArgType::Anything),
        "a list of {\"tool\": name, \"args\": {…}}",
    )],
    Kind::Message,
);

/// Makes the same call for every item of a list.
pub static FOR_EACH: ToolSpec = own(
    "for_each",
    "Makes the same call for every item of a list, in one step.",
    &[
        LIST,
        need("tool", ArgType::Text(64), "The tool to call."),
        need(
            "args",
            ArgType::Anything,
            "Its arguments; \"$item\" is the item, \"$item.field\" a field of it.",
        ),
    ],
    Kind::Done,
);

/// The tools that read, pick, write and count.
pub static TOOLS: &[ToolSpec] = &[
    own(
        "ask",
        "Answers a question about what is behind handles. You get a handle of the answer.",
        &[
            HANDLES,
            need("question", TEXT, "The question, in full."),
            arg(
                "as",
                ArgType::Choice(&[
                    "text", "span", "address", "url", "name", "number", "date", "time", "flag",
                    "texts",
                ]),
                "What the answer is; text if not given. Give the type that the next call needs.",
            ),
        ],
        Kind::Answer,
    ),
    own(
        "extract",
        "Like ask, but you see the answer. Only if you must decide by it: afterwards, calls that \
         you did not announce with `plan` need the owner's approval.",
        &[
            need("handle", ArgType::Text(200), "What to read."),
            need("question", TEXT, "The question, in full."),
            need(
                "as",
                ArgType::Choice(&["flag", "integer", "date", "choice"]),
                "What the answer is.",
            ),
            arg("from", ArgType::Anything, "The least integer or first day."),
            arg("to", ArgType::Anything, "The greatest integer or last day."),
            arg("options", TEXTS, "The alternatives of a choice."),
        ],
        Kind::Answer,
    ),
    own(
        "classify",
        "Sorts what is behind a handle under one of several options. You get a handle.",
        &[
            need("handle", ArgType::Text(200), "What to read."),
            need("options", TEXTS, "The options."),
            arg("question", TEXT, "What the options are about."),
        ],
        Kind::Answer,
    ),
    own(
        "summarise",
        "Summarises what is behind handles, for the owner to read. Show it; no tool takes it.",
        &[HANDLES, arg("instruction", TEXT, "What matters.")],
        Kind::Summary,
    ),
    own(
        "draft",
        "Writes a text by your instruction from what is behind handles. You get its handle, which \
         other tools take, for example as the body of a mail.",
        &[
            need("instruction", TEXT, "What to write, how long, to whom."),
            arg("handles", TEXTS, "What to use: references."),
        ],
        Kind::Text,
    ),
    own(
        "select",
        "Picks the one item of a list that fits a description, such as \"the one from the bank\".",
        &[LIST, need("criterion", TEXT, "Which item.")],
        Kind::Data,
    ),
    own(
        "filter",
        "Keeps the items of a list that fit a description.",
        &[LIST, need("criterion", TEXT, "Which items.")],
        Kind::Data,
    ),
    own(
        "sort",
        "Puts a list in the order of a field. Exact, unlike select.",
        &[
            LIST,
            need("by", ArgType::Text(64), "The field."),
            arg(
                "order",
                ArgType::Choice(&["ascending", "descending"]),
                "ascending if not given.",
            ),
        ],
        Kind::Data,
    ),
    own("first", "The first item of a list.", &[LIST], Kind::Data),
    own(
        "calculate",
        "Calculates with numbers behind handles, exactly. You get a handle of the result.",
        &[need(
            "expression",
            ArgType::Text(400),
            "For example \"$data_1[2].amount * 10 / 100 + 5\".",
        )],
        Kind::Answer,
    ),
    own(
        "count",
        "How many items a list has, as a handle.",
        &[LIST],
        Kind::Answer,
    ),
];
