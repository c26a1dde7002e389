//! How routines come to be: the tools that make them.
//!
//! Whom or what a routine waits for is a control argument, so that a call which others' text had a
//! say in is asked about.

use super::{COLLECTION, DAY_MS, MINUTE_MS, ROUTINES_MAX, Routine, What, all, running, save};
use crate::connectors::parts::{invalid, made_here, of_arguments, private, text};
use crate::label::{Capacity, Label};
use crate::time::Timestamp;
use crate::tool::{
    ArgRole, ArgSpec, ArgType, Call, CallContext, EffectClass, Kind, Reach, Sinks, ToolError,
    ToolOutput, ToolSpec,
};
use crate::value::record;
use jiff::civil::Date;

/// How long a routine lasts whose end is not said, in days.
const DAYS: i64 = 90;

const fn control(name: &'static str, holds: ArgType, about: &'static str) -> ArgSpec {
    ArgSpec {
        name,
        holds,
        role: ArgRole::Control,
        required: false,
        about,
    }
}

const fn required(name: &'static str, holds: ArgType, about: &'static str) -> ArgSpec {
    ArgSpec {
        required: true,
        ..control(name, holds, about)
    }
}

const fn tool(name: &'static str, about: &'static str, args: &'static [ArgSpec]) -> ToolSpec {
    ToolSpec {
        name,
        about,
        effect: EffectClass::Write,
        reach: Reach::Inside,
        args,
        returns: Kind::Setting,
        source: None,
        sinks: Sinks::Nobody,
    }
}

pub(super) const TOOLS: &[ToolSpec] = &[
    tool(
        "tell_when",
        "Watches mail or the calendar from now on and tells the owner when something comes. \
         /routines lists what is watched.",
        &[
            control(
                "mail_from",
                ArgType::Name("sender"),
                "New mail from this person or address.",
            ),
            control(
                "mail_about",
                ArgType::Text(100),
                "New mail with these words in its subject.",
            ),
            control(
                "event_in_minutes",
                ArgType::Integer(5, 1_440),
                "An event that begins within so many minutes.",
            ),
            control(
                "cool_minutes",
                ArgType::Integer(10, 10_080),
                "How long to be silent after each time; 10 if not given.",
            ),
            control(
                "times",
                ArgType::Integer(1, 1_000),
                "How often at most; 100 if not given.",
            ),
            control(
                "until",
                ArgType::Day,
                "The last day; 90 days from now if not given.",
            ),
        ],
    ),
    tool(
        "follow_up",
        "Reminds the owner if nobody at an address has answered by mail within some days from now.",
        &[
            required("address", ArgType::Address, "Whose answer is waited for."),
            required("days", ArgType::Integer(1, 60), "Within how many days."),
        ],
    ),
];

/// What can be wrong with the arguments of `tell_when` together.
pub(super) fn check(has: impl Fn(&str) -> bool) -> Result<(), ToolError> {
    let mail = has("mail_from") || has("mail_about");
    if mail == has("event_in_minutes") {
        return Err(invalid("event_in_minutes", "either mail or events"));
    }
    Ok(())
}

pub(super) fn tell_when(
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    check(|name| call.item(name).is_some())?;
    let minutes = call.int("event_in_minutes");
    let what = if minutes.is_some() {
        What::Event
    } else {
        What::Mail
    };
    let mut routine = new(what, context)?;
    routine.minutes = minutes.unwrap_or(0);
    call.text("mail_from").clone_into(&mut routine.who);
    call.text("mail_about").clone_into(&mut routine.word);
    if let Some(most) = call.int("times") {
        routine.most = u32::try_from(most).unwrap_or(1);
    }
    routine.cool_minutes = call.int("cool_minutes").unwrap_or(10);
    let day: Option<Date> = call.text("until").parse().ok();
    if let Some(next) = day.and_then(|day| day.tomorrow().ok()) {
        let until = context.zone()?.instant(next.at(0, 0, 0, 0));
        routine.until = until.filter(|until| *until > context.now);
        if routine.until.is_none() {
            return Err(invalid("until", "a day that is not over"));
        }
    }
    let due = match routine.what {
        // It may begin soon already.
        What::Event => context.now,
        What::Digest | What::Mail | What::FollowUp => {
            running::next_look(&routine, context.now.plus_millis(MINUTE_MS))
        }
    };
    made(&routine, due, call, context)
}

pub(super) fn follow_up(
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    let days = call.int("days").unwrap_or(1);
    let mut routine = new(What::FollowUp, context)?;
    routine.who = call.text("address").to_lowercase();
    (routine.most, routine.until) = (1, None);
    let due = context.now.plus_millis(days.saturating_mul(DAY_MS));
    made(&routine, due, call, context)
}

/// A routine that is not kept yet.
pub(super) fn new(what: What, context: &mut CallContext<'_>) -> Result<Routine, ToolError> {
    let others = all(context.documents)?;
    if others.len() >= ROUTINES_MAX {
        return Err(ToolError::Refused);
    }
    let until = context.now.plus_millis(DAYS.saturating_mul(DAY_MS));
    let endless = what == What::Digest;
    Ok(Routine {
        id: context.ids.timer().as_str().to_owned(),
        n: others.last().map_or(0, |last| last.n).saturating_add(1),
        what,
        who: String::new(),
        word: String::new(),
        minutes: 0,
        conversation: context.conversation.as_str().to_owned(),
        made: context.now,
        fired: 0,
        most: if endless { u32::MAX } else { 100 },
        cool_minutes: 0,
        until: (!endless).then_some(until),
        told: Vec::new(),
    })
}

/// Keeps a new routine, sets its timer and says what it is.
fn made(
    routine: &Routine,
    due: Timestamp,
    call: &Call,
    context: &mut CallContext<'_>,
) -> Result<ToolOutput, ToolError> {
    save(routine, context.documents)?;
    let source = format!("{COLLECTION}:{}", routine.n);
    let label = Label {
        capacity: Capacity::Text,
        ..private(&source)
    };
    let value = routine.words(context.locale);
    let fields = [
        ("id", text(routine.id.clone(), private(&source))),
        (
            "name",
            text(format!("routine {}", routine.n), private(&source)),
        ),
        ("value", text(value, label.join(&of_arguments(call)))),
    ];
    Ok(ToolOutput {
        kind: Kind::Setting,
        item: record(made_here(&source), fields),
        timers: vec![routine.timer_at(due)?],
    })
}
