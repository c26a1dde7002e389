//! From a request to a plan: one small function for each kind of request.
//!
//! What is missing is asked for, what cannot be is said; only a complete request becomes calls.
//! Nothing here knows a language: words come from the request's grammar. Mail is in `mail`.

use super::grammar::{Answers, Grammar, Intent};
use super::pattern::Found;
use super::plan::{Arg, Plan, is};
use super::turn::{Handle, Turn};
use super::understand::{Asked, Request};
use super::when::{Day, Doubt, Here, When, written, written_after};
use crate::models::Prompt;
use crate::time::{Timestamp, Zone};
use crate::tool::Kind;
use jiff::civil::Date;

/// What a plan is made from.
pub(super) struct Maker<'a> {
    pub(super) grammar: &'static Grammar,
    pub(super) answers: &'static Answers,
    pub(super) found: &'a Found<'a>,
    pub(super) when: When,
    pub(super) turn: &'a Turn<'a>,
    pub(super) now: Timestamp,
    zone: Option<&'a Zone>,
}

/// The plan for what was asked.
pub fn plan(asked: &Asked<'_>, turn: &Turn<'_>, prompt: &Prompt<'_>) -> Plan {
    let named = asked.zone.as_deref().and_then(Zone::named);
    let answers = &asked.grammar.answers;
    let plan = match &asked.request {
        Request::Of(intent, found) => {
            let maker = Maker {
                grammar: asked.grammar,
                answers,
                found,
                when: found.when.unwrap_or_default().corrected(asked.added),
                turn,
                now: prompt.now,
                zone: named.as_ref().or(prompt.zone),
            };
            maker
                .plan(*intent)
                .unwrap_or_else(|problem| maker.problem(&problem))
        }
        Request::Refusal => Plan::say(answers.nothing_done),
        Request::UnknownCommand => Plan::say(answers.unknown_command),
        Request::UnclearDay => Plan::say(answers.which_day),
        Request::UnknownZone => {
            Plan::say(format!("{} {}", answers.zone_unknown, answers.which_zone))
        }
        Request::TooLong => Plan::say(answers.too_long),
        Request::Unknown => Plan::say(answers.no_model.replace("{}", answers.abilities)),
    };
    match &asked.zone {
        Some(zone) => after_zone(zone, plan),
        None => plan,
    }
}

/// Sets the zone first, then goes on with what needed it.
fn after_zone(zone: &str, plan: Plan) -> Plan {
    let mut all = Plan::default().then("zone_set", vec![("zone", is(zone))]);
    all.steps.extend(plan.steps);
    all.end = plan.end;
    all
}

/// Why there is no plan yet.
pub(super) enum Problem {
    /// The zone is needed.
    Zone,
    /// The time is not clear.
    Time(Doubt),
    /// Something else, said in these words.
    Say(&'static str),
}

impl From<Doubt> for Problem {
    fn from(doubt: Doubt) -> Self {
        Self::Time(doubt)
    }
}

pub(super) type Planned = Result<Plan, Problem>;
pub(super) type Args = Vec<(&'static str, Arg)>;

impl Maker<'_> {
    fn problem(&self, problem: &Problem) -> Plan {
        let answers = self.answers;
        Plan::say(match problem {
            Problem::Zone => answers.which_zone,
            Problem::Say(words) => words,
            Problem::Time(Doubt::NoTime) => answers.which_time,
            Problem::Time(Doubt::NoClock) => answers.which_clock,
            Problem::Time(Doubt::HalfOfDay) => answers.morning_or_afternoon,
            Problem::Time(Doubt::DayOrMonth) => answers.day_or_month,
            Problem::Time(Doubt::Past) => answers.time_past,
            Problem::Time(Doubt::NoSuchDate) => answers.no_such_date,
            Problem::Time(Doubt::TooFar) => answers.too_far,
            Problem::Time(Doubt::TooOften) => answers.too_often,
            Problem::Time(Doubt::Unclear) => answers.repeat_unclear,
        })
    }

    fn plan(&self, intent: Intent) -> Planned {
        let answers = self.answers;
        match intent {
            Intent::Greet => Ok(Plan::say(answers.greeting)),
            Intent::Thank => Ok(Plan::say(answers.welcome)),
            Intent::Help => Ok(Plan::say(answers.abilities)),
            Intent::Time => self.time(),
            Intent::Zone => self.set_zone(),
            Intent::Inbox | Intent::Search => self.mails(vec![]),
            Intent::Unread => self.mails(vec![("unread", is(true))]),
            Intent::Sent => self.mails(vec![("folder", is("sent"))]),
            Intent::Drafts => self.mails(vec![("folder", is("drafts"))]),
            Intent::Read => self.read(),
            Intent::ReadLatest | Intent::ReadFound => self.read_latest(),
            Intent::Agenda => self.agenda(),
            Intent::FindEvent => self.find_event(),
            Intent::AddEvent => self.add_event(),
            Intent::Remind => self.remind(),
            Intent::Reminders => Ok(Plan::show("reminders_list", vec![], "")),
            Intent::PastReminders => {
                Ok(Plan::show("reminders_past", vec![], answers.past_reminders))
            }
            Intent::Snooze => self.snooze(),
            Intent::TellMail => self.tell_mail(),
            Intent::TellEvent => self.tell_event(),
            Intent::FollowUp => self.follow_up(),
            Intent::CancelReminder => self.cancel_reminder(),
            Intent::CancelShown => self.cancel_shown(),
            Intent::WhichReminder => {
                Ok(Plan::show("reminders_list", vec![], answers.which_reminder))
            }
            Intent::Note => {
                let text = self
                    .text("body", 10_000)?
                    .ok_or(Problem::Say(answers.what_to_note))?;
                Ok(Plan::show(
                    "notes_add",
                    vec![("text", is(text))],
                    answers.noted,
                ))
            }
            Intent::Notes => Ok(Plan::show("notes_list", self.query()?, "")),
            Intent::Contacts => self.contacts(),
            Intent::Send => self.write("mail_send", answers.sent),
            Intent::Draft => self.write("mail_draft", answers.drafted),
            Intent::SendDraft => {
                let draft = self.turn.latest(|kind| kind == Kind::Draft);
                let draft = draft.ok_or(Problem::Say(answers.no_draft))?;
                Ok(Plan::show(
                    "mail_send",
                    vec![("draft", is(draft.name))],
                    answers.sent,
                ))
            }
            Intent::Reply => self.reply("mail_send", answers.sent),
            Intent::DraftReply => self.reply("mail_draft", answers.drafted),
        }
    }

    /// A captured text of at most so many bytes.
    pub(super) fn text(&self, name: &str, bytes_max: usize) -> Result<Option<&str>, Problem> {
        match self.found.text(name).filter(|text| !text.is_empty()) {
            Some(text) if text.len() > bytes_max => Err(Problem::Say(self.answers.part_too_long)),
            text => Ok(text),
        }
    }

    /// The words to look for, if any were said.
    pub(super) fn query(&self) -> Result<Args, Problem> {
        Ok(self
            .text("query", 200)?
            .map(|query| ("query", is(query)))
            .into_iter()
            .collect())
    }

    pub(super) fn here(&self) -> Result<Here<'_>, Problem> {
        let zone = self.zone.ok_or(Problem::Zone)?;
        Ok(Here {
            now: self.now,
            zone,
        })
    }

    fn time(&self) -> Planned {
        let wall = self.here()?.wall();
        let date = self.date(wall.date());
        let text = format!(
            "{date}, {} ({})",
            wall.strftime("%H:%M"),
            self.here()?.zone.name()
        );
        Ok(Plan::say(self.answers.time_is.replace("{}", &text)))
    }

    fn set_zone(&self) -> Planned {
        let named = self.text("zone", 200)?.and_then(super::zones::named);
        let zone = named.ok_or(Problem::Say(self.answers.zone_unknown))?;
        Ok(Plan::show(
            "zone_set",
            vec![("zone", is(zone))],
            self.answers.zone_is,
        ))
    }

    fn agenda(&self) -> Planned {
        let here = self.here()?;
        let when = match self.found.number {
            Some(days) => When {
                day: Some(Day::Next(days)),
                ..When::default()
            },
            None => self.when,
        };
        if when.again.is_some() || when.lasts_minutes.is_some() {
            return Err(Problem::Say(self.answers.which_day));
        }
        let (from, days) = when.days(here)?;
        let days = days.clamp(1, 62);
        let mut args = vec![("from", is(from.to_string()))];
        let words = if days > 1 {
            self.answers.agenda_days
        } else {
            self.answers.agenda
        };
        if days > 1 {
            args.push(("days", is(days)));
        }
        let words = words.replace("{}", &self.date(from));
        Ok(Plan::show("calendar_list", args, &words))
    }

    fn find_event(&self) -> Planned {
        let today = self.here()?.wall().date();
        let mut args = vec![("from", is(today.to_string())), ("days", is(62))];
        args.extend(self.query()?);
        Ok(Plan::show("calendar_list", args, ""))
    }

    fn add_event(&self) -> Planned {
        let title = self
            .text("title", 400)?
            .ok_or(Problem::Say(self.answers.which_time))?;
        let title = match self.text("with", 80)? {
            Some(company) => format!("{title} {} {company}", self.answers.with),
            None => title.to_owned(),
        };
        if self.when.again.is_some() {
            return Err(Problem::Say(self.answers.no_repeating_event));
        }
        let nothing = When {
            lasts_minutes: None,
            ..self.when
        } == When::default();
        if nothing {
            return Err(Problem::Time(Doubt::NoTime));
        }
        let here = self.here()?;
        let start = match self.when.plain_minutes() {
            Some(minutes) => written_after(here, minutes).ok_or(Doubt::TooFar)?,
            None => written(self.when.moment(here, false)?),
        };
        let mut args = vec![("title", is(title)), ("start", is(start))];
        if let Some(minutes) = self.when.lasts_minutes {
            args.push(("minutes", is(minutes.clamp(1, 10_080))));
        }
        if let Some(place) = self.text("place", 500)? {
            args.push(("place", is(place)));
        }
        Ok(Plan::show("calendar_add", args, self.answers.added))
    }

    /// The number counts the list that the owner saw; without one the list is fetched.
    fn cancel_reminder(&self) -> Planned {
        if self.shown_reminders().is_some() {
            return self.cancel_shown();
        }
        let number = self.found.number.unwrap_or(1);
        let item = vec![("reminder", Arg::OfLast(format!("[{number}]")))];
        let steps = Plan::default()
            .then("reminders_list", vec![])
            .then("reminder_cancel", item);
        Ok(steps.shown(self.answers.cancelled))
    }

    /// "Cancel 2" and "cancel it" are about reminders only where reminders were shown last.
    fn cancel_shown(&self) -> Planned {
        let last = self.turn.latest(|kind| kind != Kind::Setting);
        let one = match self.found.number {
            Some(number) => self
                .shown_reminders()
                .map(|list| format!("{}[{number}]", list.name)),
            None => last
                .filter(|last| last.kind == Kind::Reminder)
                .map(|last| last.name),
        };
        let one = one.ok_or(Problem::Say(self.answers.which_reminder))?;
        Ok(Plan::show(
            "reminder_cancel",
            vec![("reminder", is(one))],
            self.answers.cancelled,
        ))
    }

    /// A list keeps its order, so it stays right after one of it was cancelled.
    fn shown_reminders(&self) -> Option<Handle> {
        let list = self.turn.latest(|kind| kind.item().is_some());
        list.filter(|list| list.kind == Kind::Reminders)
    }

    fn contacts(&self) -> Planned {
        let whose = self.text("whose", 200)?;
        let args = match whose.or(self.text("query", 200)?) {
            Some(query) => vec![("query", is(query))],
            None => vec![],
        };
        Ok(Plan::show("contacts_find", args, ""))
    }

    fn date(&self, date: Date) -> String {
        let times = &self.grammar.times;
        let nth = |names: &[&'static str], n: i8| {
            usize::try_from(n)
                .ok()
                .and_then(|n| names.get(n).copied())
                .unwrap_or_default()
        };
        let weekday = nth(&times.weekday_names, date.weekday().to_monday_zero_offset());
        let month = nth(&times.month_names, date.month().saturating_sub(1));
        (self.answers.date)(weekday, date.day(), month, date.year())
    }
}
