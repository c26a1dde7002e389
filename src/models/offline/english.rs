//! English: what is understood and what is answered. Tables only; `grammar` explains each.

use super::grammar::{Answers, Grammar, Intent, Rule, Times, Unit};
use super::when::{Again, Day, Part};
use crate::message::Locale;
use crate::time::{Place, Repeat, Rule as Every, Unit as Of};

/// The tables.
#[rustfmt::skip]
pub static GRAMMAR: Grammar = Grammar {
    locale: Locale::En,
    marks: &[
        "the", "my", "me", "to", "is", "what", "what's", "i", "i'm", "of", "on", "at", "for",
        "from", "about", "in", "any", "and", "do", "have", "show", "read", "open", "tomorrow",
        "today", "mail", "next", "every", "remind", "with", "please", "unread", "new", "hi",
        "hello", "a", "an", "it", "that", "this", "you", "are", "can", "help",
    ],
    before: &[
        "please", "kindly", "just", "hi", "hello", "hey", "ok", "okay", "so", "and", "then", "now",
        "well", "can you", "could you", "would you", "will you", "i want you to",
        "i'd like you to", "i would like you to", "i need you to", "i want to", "i'd like to",
        "i would like to", "can|could|may i", "thanks", "good morning|afternoon|evening",
    ],
    after: &[
        "please", "thanks", "thank you", "thank you very|so much", "many thanks", "for me",
        "right now", "if you can|could", "will you", "would you",
    ],
    refusals: &["don't", "dont", "do not", "never", "no", "not", "please? stop", "nothing"],
    sets: &[
        ("show", &["show", "list", "display", "check", "see", "give", "get", "view", "fetch"]),
        ("my", &["my", "the", "any", "all", "some", "me", "of", "current", "our"]),
        ("art", &["the", "a", "an", "my", "this", "that"]),
        ("mail", &["mail", "mails", "email", "emails", "message", "messages", "inbox", "mailbox"]),
        ("letter", &["mail", "email", "message"]),
        ("item", &["one", "mail", "email", "message", "item", "number", "no", "note", "event"]),
        ("last", &["latest", "last", "newest"]),
        ("agenda", &["agenda", "calendar", "schedule", "diary"]),
        ("meet", &[
            "meeting", "meetings", "event", "events", "appointment", "appointments", "plans",
        ]),
        ("info", &["address", "email", "mail", "phone", "number", "telephone", "contact"]),
        ("to", &["to", "that", "about", "of", ":"]),
        ("who", &["it", "that", "this", "him", "her", "them"]),
        ("now", &["now", "today", "yet", "left", "waiting", "there"]),
        ("cancel", &["cancel", "delete", "remove", "drop"]),
    ],
    rules: RULES,
    dangling: &[
        "and", "or", "to", "from", "until", "till", "before", "after", "by", "since", "at", "on",
        "not", "except",
    ],
    nobody: &[
        "it", "him", "her", "them", "me", "myself", "someone", "somebody", "everyone", "everybody",
        "all", "a", "an", "the", "my", "no", "nobody",
    ],
    places: &[
        ("nyc", "America/New_York"), ("washington", "America/New_York"),
        ("boston", "America/New_York"), ("san francisco", "America/Los_Angeles"),
        ("california", "America/Los_Angeles"), ("england", "Europe/London"),
        ("uk", "Europe/London"), ("france", "Europe/Paris"), ("germany", "Europe/Berlin"),
        ("geneva", "Europe/Zurich"),
    ],
    place_leads: &[
        "i'm|im in", "i am in", "i live in", "in", "it's|its", "it is", "my time? zone|timezone is",
        "the time? zone|timezone is",
    ],
    ordinals: &[
        ("first", 1), ("second", 2), ("third", 3), ("fourth", 4), ("fifth", 5), ("sixth", 6),
        ("seventh", 7), ("eighth", 8), ("ninth", 9), ("tenth", 10), ("one", 1), ("two", 2),
        ("three", 3), ("four", 4), ("five", 5),
    ],
    ordinal_ends: &["st", "nd", "rd", "th"],
    times: TIMES,
    answers: ANSWERS,
};

#[rustfmt::skip]
const MAIL_TAILS: &[&str] = &[
    "{who} <art>? <letter> about {about} : {body}",
    "{who} <art>? <letter> about {about} saying that? {body}",
    "{who} <art>? <letter> : {body}",
    "{who} <art>? <letter> saying that? {body}",
    "{who} about {about} : {body}",
    "{who} about {about} saying that? {body}",
    "{who} : {body}",
    "{who} saying|that that? {body}",
    "{who} to say that? {body}",
    "{who} about {about}",
    "{who}", "",
];

#[rustfmt::skip]
const REPLY_TAILS: &[&str] = &[
    "to? <art>? <item>? {n} <item>? : {body}",
    "to? <art>? <item>? {n} <item>? saying|that|with that? {body}",
    "to? <who> <item>? : {body}",
    "to? <who> <item>? saying|with that? {body}",
    "to the <letter> : {body}",
    ": {body}",
    "saying|that|with that? {body}",
    "to? <art>? <item>? {n} <item>?", "to? <who>", "",
];

#[rustfmt::skip]
const RULES: &[Rule] = &[
    Rule { intent: Intent::Greet, heads: &[
        "hi|hello|hey|hiya", "good morning|afternoon|evening|day",
    ], tails: &["", "there|again"] },
    Rule { intent: Intent::Thank, heads: &[
        "thanks|thx", "thank you", "many thanks", "great|perfect|nice|cool|ok|okay",
    ], tails: &["", "a lot", "so|very much", "thanks", "thank you", "for that|everything|this"] },
    Rule { intent: Intent::Help, heads: &[
        "help", "what can|could you do", "what do you do", "who are you",
    ], tails: &["", "me", "for me"] },
    Rule { intent: Intent::Time, heads: &[
        "what time|day|date is it", "what's|whats the time|date", "what is the time|date", "time",
        "what's|whats|what is? today's date",
    ], tails: &["", "now|today", "right now"] },
    Rule { intent: Intent::Zone, heads: &[
        "set|change <my>* time? zone|timezone to", "my time? zone|timezone is",
    ], tails: &["{zone}"] },
    Rule { intent: Intent::TellMail, heads: &[
        "tell|notify|alert|warn|ping me when|if|whenever", "let me know when|if|whenever",
    ], tails: &[
        "{from} writes|mails|emails me? about <art>? {query}", "{from} writes|mails|emails me?",
        "i get|receive <art>? new? <letter> from {from} about <art>? {query}",
        "i get|receive <art>? new? <letter> from {from}",
        "i get|receive <art>? new? <letter> about|mentioning <art>? {query}",
        "<art>? new? <letter> from {from} comes|arrives in?",
        "<art>? new? <letter> about {query} comes|arrives in?",
        "there is <art>? new? <letter> from {from}",
    ] },
    Rule { intent: Intent::TellEvent, heads: &["tell|notify|alert|warn|remind|ping me"], tails: &[
        "{span} before every|each|any|all|my <my>* <meet>",
    ] },
    Rule { intent: Intent::FollowUp, heads: &["remind|tell|warn me if|when", "let me know if"], tails: &[
        "{who} doesn't|hasn't answer|reply|answered|replied within|in|after {span}",
        "{who} does|has not answer|reply|answered|replied within|in|after {span}",
        "nobody answers|replies <art>? <letter> to {who} within|in|after {span}",
        "{who} doesn't|hasn't answer|reply|answered|replied me? within|in|after {span}",
    ] },
    Rule { intent: Intent::Snooze, heads: &["snooze it|that|this?", "remind me again"], tails: &[
        "", "for|in|by? {span}", "until? {when}",
    ] },
    Rule { intent: Intent::Remind, heads: &[
        "remind me", "set|create|add|make|new <art>? reminder", "reminder",
    ], tails: &[
        "cron :? {cron}", "for? {time} <to> {text} {time}", "for? {time} <to> {text}", "<to> {text} {time}",
        "<to> {text}", "for? {time}", "",
    ] },
    Rule { intent: Intent::Note, heads: &[
        "note", "take|make|write|add|create|save|new <art>? note", "remember",
    ], tails: &[
        ": {body}", "that {body}", "to self :? {body}", "of : {body}", "down? that? : {body}",
    ] },
    Rule { intent: Intent::Note, heads: &["write|jot|note down"], tails: &["that? :? {body}"] },
    Rule { intent: Intent::Note, heads: &["note", "take|make|write|add|new <art>? note"], tails: &[
        "",
    ] },
    Rule { intent: Intent::SendDraft, heads: &["send"], tails: &[
        "it|that", "<art>? draft", "it|that now", "that draft",
    ] },
    Rule { intent: Intent::DraftReply, heads: &[
        "draft|prepare|write|compose <art>? reply|answer", "draft|prepare <art>? response",
    ], tails: REPLY_TAILS },
    Rule { intent: Intent::Draft, heads: &[
        "draft|prepare|compose <art>? <letter> to|for", "draft to|for",
        "write|make|create|prepare|save <art>? draft to|for",
    ], tails: MAIL_TAILS },
    Rule { intent: Intent::Reply, heads: &[
        "reply|respond|answer", "write back", "send <art>? reply|answer",
    ], tails: REPLY_TAILS },
    Rule { intent: Intent::Unread, heads: &[
        "<show>? <my>* unread|new|unseen <mail>",
        "do|did i have|get|receive <my>* unread|new <mail>", "have i got <my>* unread|new <mail>",
        "is|are there <my>* unread|new <mail>", "what's|whats|what is? unread|new in? <my>* <mail>",
    ], tails: &[
        "", "<now>", "in <my>* inbox|mailbox", "from|by {from}", "about|on <art>? {query}",
    ] },
    Rule { intent: Intent::ReadFound, heads: &[
        "read|open me? <art>? <last>? <letter>", "show me? <art>? <last>? <letter>",
    ], tails: &[
        "from|by {from} about <art>? {query}", "from|by {from}", "about|on <art>? {query}",
    ] },
    Rule { intent: Intent::ReadLatest, heads: &[
        "read|open|show me? <art>? <last>", "read|open|show me? <art>? most recent",
    ], tails: &["<letter>"] },
    Rule { intent: Intent::Search, heads: &[
        "find|search <my>* <mail>", "look|search for <my>* <mail>",
        "look|search in|through <my>* <mail>", "<show> <my>* <mail>",
    ], tails: &[
        "from|by {from} about|on <art>? {query}", "from|by {from}",
        "about|on|for|with|containing|regarding|mentioning <art>? {query}",
    ] },
    Rule { intent: Intent::Search, heads: &["find <art>?"], tails: &["{query} <letter>"] },
    Rule { intent: Intent::Inbox, heads: &[
        "<show>? <my>* <mail>", "read|open my <mail>", "what's|whats in <my>* <mail>",
        "what is in <my>* <mail>", "do|did i have|get|receive <my>* <mail>",
        "have i got <my>* <mail>", "is|are there <my>* <mail>",
    ], tails: &["", "<now>", "from|by {from}", "about <art>? {query}"] },
    Rule { intent: Intent::Sent, heads: &[
        "<show>? <my>* sent <mail>?", "what did i send", "<show>? <my>* outbox",
    ], tails: &["", "to? {query}"] },
    Rule { intent: Intent::Drafts, heads: &["<show>? <my>* drafts"], tails: &[""] },
    Rule { intent: Intent::Read, heads: &["read|open|view|show me?", "let me see|read"], tails: &[
        "<art>? <item>? {n} <item>?", "it|that|this <item>?", "the? whole? <letter>",
    ] },
    Rule { intent: Intent::Read, heads: &["what does"], tails: &[
        "it|that|this say", "<art>? <item>? {n} <item>? say",
    ] },
    Rule { intent: Intent::FindEvent, heads: &[
        "when is|are <my>* next?", "when's <my>* next?",
    ], tails: &["<meet> with|about|at {query}", "{query} <meet>"] },
    Rule { intent: Intent::Agenda, heads: &[
        "what's|whats|what is? on", "what's|whats on <my>* <agenda>", "what is on <my>* <agenda>",
        "what do|did i have planned|scheduled|on?", "what am i doing",
        "am i free|busy|available|booked", "do i have <my>* <meet>",
        "do i have anything|something on|planned|scheduled?", "<show>? <my>* <agenda>",
        "<show>? <my>* <meet>", "what are <my>* <meet>", "is there anything on?",
        "how does my day|week look", "what's|whats happening",
    ], tails: &["", "{when}", "for|on|in|of {when}", "for? the? next {n} days"] },
    Rule { intent: Intent::Agenda, heads: &["<show>? {when}"], tails: &["<agenda>", "<meet>"] },
    Rule { intent: Intent::CancelReminder, heads: &["<cancel>", "forget"], tails: &[
        "<art>? reminder number? {n}", "<art>? {n} reminder",
    ] },
    Rule { intent: Intent::CancelShown, heads: &["cancel"], tails: &["<art>? {n} one?", "it"] },
    Rule { intent: Intent::WhichReminder, heads: &["<cancel> <my>* reminder|reminders"], tails: &[
        "", "about|to|for|of {query}",
    ] },
    Rule { intent: Intent::PastReminders, heads: &[
        "<show>? <my>* past|delivered|earlier|old reminders", "what|which reminders did i get",
        "what did you remind me of",
    ], tails: &[""] },
    Rule { intent: Intent::Reminders, heads: &[
        "<show>? <my>* reminders|alarms", "what are <my>* reminders", "what reminders do i have",
        "what will you remind me of|about", "do i have <my>* reminders",
    ], tails: &["", "<now>"] },
    Rule { intent: Intent::Notes, heads: &[
        "<show>? <my>* notes", "what are <my>* notes", "find|search <my>* notes", "what did i note",
    ], tails: &["", "about|on|with|for|containing <art>? {query}"] },
    Rule { intent: Intent::Contacts, heads: &[
        "what's|whats|what is? {whose}", "<show>? me? {whose}", "find {whose}",
    ], tails: &["<info> <info>?"] },
    Rule { intent: Intent::Contacts, heads: &[
        "what's|whats|what is? the <info> <info>?", "<show>? me? the? <info> <info>?",
        "find|look the? <info> <info>?",
    ], tails: &["of|for {query}"] },
    Rule { intent: Intent::Contacts, heads: &[
        "<show>? <my>* contacts", "who is in <my>* contacts", "find|show contact",
    ], tails: &["", "{query}"] },
    Rule { intent: Intent::Send, heads: &[
        "write to", "send|write <art>? <letter> to", "email|mail", "send|write",
    ], tails: MAIL_TAILS },
    Rule { intent: Intent::AddEvent, heads: &[
        "add|schedule|create|put|make|new <art>? <meet> called|named|:",
        "add|schedule|create|put <art>?",
    ], tails: &[
        "{title} {when}", "{title} {when} in|to|on <my>* <agenda>",
        "{title} in|to|on <my>* <agenda> {when}", "{title} {when} with {with}",
        "{title} {when} at|in {place}", "{when} :? {title}", "{title} in|to|on <my>* <agenda>",
    ] },
];

#[rustfmt::skip]
const TIMES: Times = Times {
    day_leads: &["on", "this", "for", "on the", "the"],
    clock_leads: &["at", "around"],
    days: &[
        ("the? day after tomorrow", Day::Offset(2)), ("tomorrow|tomorrow's|tmrw", Day::Offset(1)),
        ("today|today's", Day::Offset(0)), ("yesterday", Day::Offset(-1)),
        ("week after next", Day::Week(2)), ("next week", Day::Week(1)), ("this week", Day::Week(0)),
        ("weekend", Day::Weekend),
    ],
    parts: &[
        ("in the morning", Part::Morning), ("in the afternoon", Part::Afternoon),
        ("in the evening", Part::Evening), ("at night", Part::Evening),
    ],
    parts_behind: &[
        ("morning", Part::Morning), ("afternoon", Part::Afternoon),
        ("evening|night", Part::Evening),
    ],
    today_parts: &[
        ("this morning", Part::Morning), ("this afternoon", Part::Afternoon),
        ("this evening", Part::Evening), ("tonight", Part::Evening),
    ],
    clocks: &[("noon|midday", 12, 0), ("midnight", 0, 0)],
    minutes_before: &[
        ("half past", 30), ("a? quarter past", 15), ("a? quarter to", -15), ("ten past", 10),
        ("ten to", -10),
    ],
    minutes_after: &[],
    hour_words: &["o'clock", "oclock"],
    twelve_hours: true,
    every: &["every", "each"],
    places: &[
        ("first|1st", Place::First), ("second|2nd", Place::Second), ("third|3rd", Place::Third),
        ("fourth|4th", Place::Fourth), ("last", Place::Last),
    ],
    place_days: &["day"],
    of_months: &[
        ("of the month every|each month", true), ("of? every|each month", true),
        ("of the month", false),
    ],
    until: &["until", "till", "through"],
    often: &["times"],
    repeats: &[
        ("every|each weekday|workday", Again::Calendar(Repeat::Weekdays)),
        ("every|each working|work day", Again::Calendar(Repeat::Weekdays)),
        ("on? weekdays", Again::Calendar(Repeat::Weekdays)),
        ("every|each day", Again::Calendar(Repeat::Daily)),
        ("every|each morning", Again::DailyPart(Part::Morning)),
        ("every|each afternoon", Again::DailyPart(Part::Afternoon)),
        ("every|each evening|night", Again::DailyPart(Part::Evening)),
        ("every|each week", Again::Calendar(Repeat::Weekly)),
        ("every other day", Again::Calendar(Repeat::On(Every::every(2, Of::Day)))),
        ("every other week", Again::Calendar(Repeat::On(Every::every(2, Of::Week)))),
        ("every other month", Again::Calendar(Repeat::On(Every::every(2, Of::Month)))),
        ("of? every|each month", Again::Calendar(Repeat::Monthly)),
        ("every|each year", Again::Calendar(Repeat::Yearly)),
        ("daily", Again::Calendar(Repeat::Daily)), ("weekly", Again::Calendar(Repeat::Weekly)),
        ("monthly", Again::Calendar(Repeat::Monthly)), ("yearly", Again::Calendar(Repeat::Yearly)),
    ],
    weekdays: &[
        ("monday", 1), ("tuesday", 2), ("wednesday", 3), ("thursday", 4), ("friday", 5),
        ("saturday", 6), ("sunday", 7),
    ],
    next_before: &["next", "this coming", "coming"],
    next_after: &[],
    months: &[
        ("january", 1), ("february", 2), ("march", 3), ("april", 4), ("may", 5), ("june", 6),
        ("july", 7), ("august", 8), ("september", 9), ("october", 10), ("november", 11),
        ("december", 12), ("jan", 1), ("feb", 2), ("apr", 4), ("jun", 6), ("jul", 7), ("aug", 8),
        ("sep", 9), ("sept", 9), ("oct", 10), ("nov", 11), ("dec", 12),
    ],
    month_links: &["of"],
    day_first: false,
    month_day_leads: &["the", ""],
    ahead: &["in"],
    lasting: &["for", "lasting"],
    range: (&["from", "between"], &["to", "until", "till", "and"]),
    spans: &[
        ("half an? hour", 30), ("a half hour", 30), ("three quarters of an hour", 45),
        ("a? quarter of an hour", 15), ("one|an hour and a half", 90),
    ],
    units: &[
        ("seconds|second|secs|sec", Unit::Seconds(1)),
        ("minutes|minute|mins|min|m", Unit::Minutes(1)), ("hours|hour|hrs|hr|h", Unit::Minutes(60)),
        ("days|day|d", Unit::Minutes(1440)), ("weeks|week|w", Unit::Minutes(10_080)),
        ("months|month", Unit::Months(1)), ("years|year", Unit::Months(12)),
    ],
    halves: &["and a half"],
    and: &["and"],
    numbers: &[
        ("a couple of", 2), ("an", 1), ("a", 1), ("one", 1), ("two", 2), ("three", 3), ("four", 4),
        ("five", 5), ("six", 6), ("seven", 7), ("eight", 8), ("nine", 9), ("ten", 10),
        ("eleven", 11), ("twelve", 12), ("fifteen", 15), ("twenty", 20), ("thirty", 30),
        ("forty", 40), ("fifty", 50), ("sixty", 60), ("ninety", 90),
    ],
    weekday_names: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    month_names: [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ],
};

#[rustfmt::skip]
const ANSWERS: Answers = Answers {
    greeting: "Hello! Ask me for your mail, your calendar, a note or a reminder. /help shows more.",
    welcome: "You are welcome.",
    abilities: "Here is what I can do:\n\
        - mail: “any new mail?”, “read the second one”, “reply to 2: thanks!”\n\
        - calendar: “what's on tomorrow?”, “add lunch with Ada on Friday at 12:30”\n\
        - reminders: “remind me in 20 minutes to call the dentist”\n\
        - notes and contacts: “note: buy milk”, “what's Ada's address?”",
    no_model: "I need a language model to understand that, and none is configured (the setting \
        MODEL_PROVIDER). I have done nothing. {}",
    too_long: "That is too long for me to understand without a language model. I have done \
        nothing. “note: …” keeps a long text.",
    part_too_long: "That is longer than I may pass on. Please make it shorter.",
    nothing_done: "All right, I do nothing.",
    unknown_command: "I do not know that command. /help lists them all.",
    time_is: "It is {}.",
    which_zone: "Which time zone are you in? Answer with a name such as Europe/Paris.",
    zone_unknown: "I do not know a time zone of that name.",
    zone_is: "Your time zone is set.",
    which_time: "When? Say for example “tomorrow at 9:00” or “in 20 minutes”.",
    which_clock: "At what time? Say for example “at 14:30”.",
    morning_or_afternoon: "Before or after noon? Say for example “3 pm” or “03:00”.",
    day_or_month: "Is that day first or month first? Please say it with the month's name, for \
        example “5 June”.",
    time_past: "That time has already passed. When instead?",
    no_such_date: "There is no such date. When instead?",
    too_far: "That is too far away. A reminder after a span lies at most a year ahead.",
    too_often: "I can repeat something every five minutes at most.",
    repeat_unclear: "I can repeat something every so many minutes, days, weeks, months or years, \
        on some days of the week, or on a day of the month such as its first Monday. Please say it \
        that way.",
    no_repeating_event: "I cannot repeat calendar entries. A reminder can repeat: “remind me every \
        Monday at 9:00 to …”.",
    which_day: "Which day? Say for example “agenda tomorrow” or “agenda 24 November”.",
    which_mail: "Which mail? Show your inbox first, then say for example “reply to 2: thanks!”.",
    which_item: "Which one? Show a list first, then say for example “read 2”.",
    which_reminder: "Which one? Say for example “cancel reminder 2”.",
    which_person: "To whom? Name one person from your contacts, or a mail address.",
    no_draft: "There is no draft in this conversation that I could send.",
    what_to_write: "What shall I write? Say for example “write to ada@example.org: I'll be late”.",
    what_to_note: "What shall I note? Say for example “note: buy milk”.",
    what_about: "What about? Say for example “remind me in 20 minutes to call the dentist”.",
    agenda: "Your calendar for {}:",
    agenda_days: "Your calendar from {}:",
    reminder_set: "Noted. I will remind you.",
    snoozed: "I will remind you again.",
    watching: "I will tell you. /routines lists what I look at.",
    following_up: "I will look whether there is an answer, and remind you if there is none.",
    watch_span: "I can tell you from 5 minutes to a day before an event, and wait up to 60 days for an \
        answer.",
    past_reminders: "What I reminded you of:",
    cron_unclear: "A cron line has five fields, then what it is about. It comes every five minutes \
        at most. For example: /remind cron 30 8 * * mon-fri stand-up",
    cancelled: "Cancelled.",
    noted: "Noted.",
    added: "Added to your calendar.",
    drafted: "Here is the draft. “Send it” sends it.",
    sent: "Sent.",
    failed_auth: "The service refused my credentials. They need to be renewed.",
    failed_offline: "The service cannot be reached just now. Please try again later.",
    failed_rate: "The service asks me to slow down. Please try again in a few minutes.",
    failed_refused: "That was refused, so I have not done it.",
    failed_invalid: "I could not do that: a detail does not fit.",
    failed_unavailable: "That did not work: it is not there, or it is not available.",
    with: "with",
    date: |weekday, day, month, year| format!("{weekday} {day} {month} {year}"),
};
