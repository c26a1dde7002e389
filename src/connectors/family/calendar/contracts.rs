//! The contracts of the tools for the calendar, of the demo account too but for the last two.
//!
//! The one thing to know: a planner cannot know whether an event has attendees, so moving one is
//! always a message to whoever they are; with none, it tells nobody.

use super::super::contract::{arg, required, tool};
use crate::tool::{ArgRole, ArgSpec, ArgType, EffectClass, Kind, Sinks, ToolSpec};

const EVENT: ArgSpec = required(&arg(
    "event",
    ArgType::Object(Kind::Event),
    ArgRole::Control,
    "The event.",
));
const TITLE: ArgSpec = required(&arg(
    "title",
    ArgType::Text(500),
    ArgRole::Content,
    "The title.",
));
const START: ArgSpec = required(&arg(
    "start",
    ArgType::Instant,
    ArgRole::Control,
    "When it starts.",
));
const MINUTES: ArgSpec = arg(
    "minutes",
    ArgType::Integer(1, 10_080),
    ArgRole::Inert,
    "How long it takes; 60 if not given.",
);
const PLACE: ArgSpec = arg("place", ArgType::Text(500), ArgRole::Content, "Where.");
const ABOUT: ArgSpec = arg(
    "about",
    ArgType::Text(5_000),
    ArgRole::Content,
    "More about it.",
);
const ATTENDEES: ArgSpec = required(&arg(
    "attendees",
    ArgType::List(&ArgType::Address),
    ArgRole::Control,
    "The mail addresses of those who are invited.",
));

pub(in super::super::super) const LIST: ToolSpec = tool(
    "calendar_list",
    "Lists the events of one or more days.",
    EffectClass::Read,
    &[
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
    Kind::Events,
);

pub(in super::super::super) const FIND: ToolSpec = tool(
    "calendar_find",
    "Finds events in which all these words occur, the next first.",
    EffectClass::Read,
    &[
        required(&arg(
            "query",
            ArgType::Text(200),
            ArgRole::Inert,
            "Words of the title, place, attendees or description.",
        )),
        arg(
            "from",
            ArgType::Day,
            ArgRole::Inert,
            "The first day; today if not given.",
        ),
        arg(
            "days",
            ArgType::Integer(1, 366),
            ArgRole::Inert,
            "How many days; 90 if not given.",
        ),
    ],
    Kind::Events,
);

pub(in super::super::super) const ADD: ToolSpec = tool(
    "calendar_add",
    "Adds an event to the owner's calendar. Nobody is invited.",
    EffectClass::Write,
    &[TITLE, START, MINUTES, PLACE, ABOUT],
    Kind::Event,
);

pub(in super::super::super) const SCHEDULE: ToolSpec = ToolSpec {
    sinks: Sinks::Args(&["attendees"]),
    ..tool(
        "calendar_schedule",
        "Adds an event to the owner's calendar and invites people to it.",
        EffectClass::Send,
        &[TITLE, START, ATTENDEES, MINUTES, PLACE, ABOUT],
        Kind::Event,
    )
};

pub(in super::super::super) const INVITE: ToolSpec = ToolSpec {
    sinks: Sinks::Args(&["attendees"]),
    ..tool(
        "calendar_invite",
        "Invites more people to an event of the owner's own.",
        EffectClass::Send,
        &[
            EVENT,
            ATTENDEES,
            arg(
                "details",
                ArgType::Text(10_000),
                ArgRole::Content,
                "Filled in from the event; do not give it.",
            ),
        ],
        Kind::Event,
    )
};

pub(in super::super::super) const MOVE: ToolSpec = ToolSpec {
    sinks: Sinks::Object("event"),
    ..tool(
        "calendar_move",
        "Moves an event of the owner's own to another time. Its attendees are told.",
        EffectClass::Send,
        &[
            EVENT,
            START,
            arg(
                "minutes",
                ArgType::Integer(1, 10_080),
                ArgRole::Inert,
                "How long it takes then; as long as before if not given.",
            ),
        ],
        Kind::Event,
    )
};

pub(in super::super::super) const CANCEL: ToolSpec = ToolSpec {
    sinks: Sinks::Object("event"),
    ..tool(
        "calendar_cancel",
        "Takes an event out of the calendar: cancels the owner's own, declines another's.",
        EffectClass::Delete,
        &[EVENT],
        Kind::Event,
    )
};

pub(super) const RESPOND: ToolSpec = ToolSpec {
    sinks: Sinks::Args(&["organiser"]),
    ..tool(
        "calendar_respond",
        "Answers an invitation: the organiser is told.",
        EffectClass::Send,
        &[
            EVENT,
            required(&arg(
                "answer",
                ArgType::Choice(&["accepted", "declined", "tentative"]),
                ArgRole::Control,
                "The answer.",
            )),
            arg(
                "organiser",
                ArgType::Address,
                ArgRole::Control,
                "Filled in from the event; do not give it.",
            ),
        ],
        Kind::Event,
    )
};

pub(super) const SLOTS: ToolSpec = tool(
    "calendar_slots",
    "Lists when the owner is free between 8:00 and 19:00, each item with start and end.",
    EffectClass::Read,
    &[
        arg(
            "minutes",
            ArgType::Integer(5, 660),
            ArgRole::Inert,
            "How long it must be at least; 60 if not given.",
        ),
        arg(
            "from",
            ArgType::Day,
            ArgRole::Inert,
            "The first day; today if not given.",
        ),
        arg(
            "days",
            ArgType::Integer(1, 31),
            ArgRole::Inert,
            "How many days; 7 if not given.",
        ),
    ],
    Kind::Events,
);
