//! The contracts of the tools for reminders.

use crate::tool::{ArgRole, ArgSpec, ArgType, EffectClass, Kind, Reach, Sinks, ToolSpec};

const DAYS: ArgType = ArgType::Choice(&[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
]);

const LIMIT: ArgSpec = ArgSpec {
    name: "limit",
    holds: ArgType::Integer(1, 50),
    role: ArgRole::Inert,
    required: false,
    about: "How many at most; 20 if not given.",
};

const REMIND: &[ArgSpec] = &[
    ArgSpec {
        name: "text",
        holds: ArgType::Text(1_000),
        role: ArgRole::Content,
        required: true,
        about: "What to remind the owner of.",
    },
    control("at", ArgType::Instant, "When, or when first."),
    control(
        "in_minutes",
        ArgType::Integer(1, 525_600),
        "When, counted from now.",
    ),
    control(
        "repeat",
        ArgType::Choice(&["daily", "weekdays", "weekly", "monthly", "yearly"]),
        "How often it comes again.",
    ),
    control(
        "every",
        ArgType::Integer(1, 366),
        "With `repeat`: only every so many days, weeks, months or years (10 at most).",
    ),
    control(
        "on",
        ArgType::List(&DAYS),
        "With `repeat`: on these days of the week.",
    ),
    control(
        "place",
        ArgType::Choice(&["first", "second", "third", "fourth", "last"]),
        "With `repeat` monthly or yearly: which of the days in `on`; without `on`, which day of the month.",
    ),
    control(
        "every_minutes",
        ArgType::Integer(5, 525_600),
        "Again after so many minutes.",
    ),
    control(
        "cron",
        ArgType::Text(100),
        "Instead of `repeat` and `at`: five cron fields in the owner's zone.",
    ),
    control(
        "until",
        ArgType::Day,
        "The last day on which it comes again.",
    ),
    control(
        "times",
        ArgType::Integer(1, 1_000),
        "How often it comes in all.",
    ),
];

const fn control(name: &'static str, holds: ArgType, about: &'static str) -> ArgSpec {
    ArgSpec {
        name,
        holds,
        role: ArgRole::Control,
        required: false,
        about,
    }
}

const fn tool(
    name: &'static str,
    about: &'static str,
    effect: EffectClass,
    args: &'static [ArgSpec],
    returns: Kind,
) -> ToolSpec {
    ToolSpec {
        name,
        about,
        effect,
        reach: Reach::Inside,
        args,
        returns,
        source: None,
        sinks: Sinks::Nobody,
    }
}

pub(super) const TOOLS: &[ToolSpec] = &[
    tool(
        "remind",
        "Sets a reminder, once or again and again. Give either `at` or `in_minutes`, or `cron`.",
        EffectClass::Write,
        REMIND,
        Kind::Reminder,
    ),
    tool(
        "reminders_list",
        "Lists the reminders that wait, the next first.",
        EffectClass::Read,
        &[LIMIT],
        Kind::Reminders,
    ),
    tool(
        "reminders_past",
        "Lists the reminders that fell due, the latest first, and whether each arrived.",
        EffectClass::Read,
        &[LIMIT],
        Kind::Reminders,
    ),
    tool(
        "reminder_snooze",
        "Reminds the owner again of what they were last reminded of in this conversation.",
        EffectClass::Write,
        &[
            ArgSpec {
                name: "minutes",
                holds: ArgType::Integer(1, 525_600),
                role: ArgRole::Control,
                required: true,
                about: "In how many minutes.",
            },
            control(
                "reminder",
                ArgType::Object(Kind::Reminder),
                "Another reminder.",
            ),
        ],
        Kind::Reminder,
    ),
    tool(
        "reminder_cancel",
        "Cancels a reminder that waits.",
        EffectClass::Write,
        &[ArgSpec {
            name: "reminder",
            holds: ArgType::Object(Kind::Reminder),
            role: ArgRole::Control,
            required: true,
            about: "The reminder.",
        }],
        Kind::Reminder,
    ),
];
