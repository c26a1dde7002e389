//! A thousand reminders in many zones around the days on which clocks change, each told on time and
//! once. What "on time" is comes from another time-zone library than the one that the engine uses.

use super::sim::{Sim, calls, is_done, text};
use crate::policy;
use crate::store::settings;
use crate::store::wake::next as next_wake;
use crate::time::Timestamp;
use chrono::{
    DateTime, Datelike, Duration, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeZone,
    Timelike, Utc,
};
use chrono_tz::Tz;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Zones with every kind of clock change, and some with none.
const ZONES: &[Tz] = {
    use chrono_tz::*;
    &[
        Europe::Paris,
        Europe::London,
        Europe::Dublin,
        Europe::Lisbon,
        Europe::Athens,
        Europe::Helsinki,
        Europe::Bucharest,
        Europe::Istanbul,
        Europe::Moscow,
        Atlantic::Azores,
        Atlantic::Reykjavik,
        America::New_York,
        America::Chicago,
        America::Denver,
        America::Phoenix,
        America::Los_Angeles,
        America::Anchorage,
        America::Adak,
        America::St_Johns,
        America::Halifax,
        America::Toronto,
        America::Nuuk,
        America::Santiago,
        America::Sao_Paulo,
        America::Bogota,
        America::Caracas,
        Pacific::Easter,
        Pacific::Honolulu,
        Pacific::Auckland,
        Pacific::Chatham,
        Pacific::Apia,
        Pacific::Kiritimati,
        Pacific::Marquesas,
        Pacific::Norfolk,
        Australia::Sydney,
        Australia::Adelaide,
        Australia::Brisbane,
        Australia::Darwin,
        Australia::Eucla,
        Australia::Lord_Howe,
        Asia::Kolkata,
        Asia::Kathmandu,
        Asia::Tokyo,
        Asia::Jerusalem,
        Asia::Beirut,
        Africa::Johannesburg,
        Antarctica::Troll,
    ]
};

type Instants = BTreeSet<DateTime<Utc>>;

/// The instant of a wall-clock time: the first of two, or the first after a gap.
fn instant(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    let mut wall = wall;
    loop {
        match zone.from_local_datetime(&wall) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => return at.to_utc(),
            MappedLocalTime::None => wall += Duration::minutes(1),
        }
    }
}

/// The instants of one year at which a zone's clocks change.
fn changes(zone: Tz) -> Vec<DateTime<Utc>> {
    let offset = |at: &DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    let first = Utc.with_ymd_and_hms(2027, 1, 1, 0, 0, 0).unwrap();
    let differ = |at: DateTime<Utc>, step: Duration| offset(&at) != offset(&(at - step));
    let days = (1..=365).map(|n| first + Duration::days(n));
    let odd = days.filter(|day| differ(*day, Duration::days(1)));
    let half = Duration::minutes(30);
    let half_hours = odd.flat_map(|day| (0..48).rev().map(move |n| day - half * n));
    half_hours.filter(|at| differ(*at, half)).collect()
}

/// A reminder, and when it is to be told.
struct Case {
    args: Json,
    due: Instants,
}

/// The days from one to another, both included.
fn days(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    from.iter_days().take_while(move |day| *day <= to)
}

/// A clock change, or an instant like any other, and the time around it.
#[derive(Clone, Copy)]
struct Around {
    zone: Tz,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    /// Ten minutes into the time that is skipped or comes twice.
    odd: NaiveDateTime,
}

impl Around {
    fn new(zone: Tz, change: DateTime<Utc>) -> Self {
        let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
        let (before, after) = (offset(change - Duration::minutes(1)), offset(change));
        let smaller = before.local_minus_utc().min(after.local_minus_utc());
        let odd = change.naive_utc() + Duration::seconds(smaller.into()) + Duration::minutes(10);
        let (start, end) = (change - Duration::hours(36), change + Duration::hours(56));
        Self {
            zone,
            start,
            end,
            odd,
        }
    }

    /// The odd time on these days.
    fn on(&self, days: impl Iterator<Item = NaiveDate>) -> Instants {
        days.map(|day| instant(self.zone, day.and_time(self.odd.time())))
            .collect()
    }

    fn local(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// Reminders that come once.
    fn once(&self) -> Vec<Case> {
        let once = |minutes| {
            let wall = self.odd + Duration::minutes(minutes);
            let due = [instant(self.zone, wall)].into();
            Case {
                args: json!({"at": written(wall)}),
                due,
            }
        };
        let mut cases: Vec<Case> = [0, -60, 60, 25, -1440, 1439].map(once).into();
        let due = [self.start + Duration::minutes(2_167)].into();
        cases.push(Case {
            args: json!({"in_minutes": 2_167}),
            due,
        });
        cases
    }

    /// Reminders on days, from the day before the odd time on.
    fn daily(&self) -> Vec<Case> {
        let day = self.odd.date();
        let eve = day - Duration::days(1);
        let begin = written(eve.and_time(self.odd.time()));
        let all = || days(eve, self.local(self.end) + Duration::days(1));
        let (next, later) = (day + Duration::days(1), day + Duration::days(2));
        let case = |more: Json, due: Instants| {
            let mut args = json!({"at": begin, "repeat": "daily"});
            args.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            Case { args, due }
        };
        let works = |day: &NaiveDate| day.weekday().number_from_monday() <= 5;
        let named = |one: &NaiveDate| [day.weekday(), later.weekday()].contains(&one.weekday());
        let weekdays = [full_name(day), full_name(later)];
        vec![
            case(json!({}), self.on(all())),
            case(json!({"until": next.to_string()}), self.on(days(eve, next))),
            case(json!({"times": 2}), self.on(days(eve, day))),
            case(json!({"every": 2}), self.on(all().step_by(2))),
            case(json!({"repeat": "weekdays"}), self.on(all().filter(works))),
            case(
                json!({"repeat": "weekly", "on": weekdays}),
                self.on(all().filter(named)),
            ),
        ]
    }

    /// Reminders by cron lines and by minutes.
    fn others(&self) -> Vec<Case> {
        let (day, time) = (self.odd.date(), self.odd.time());
        let daily = format!("{} {} * * *", time.minute(), time.hour());
        let from = self.local(self.start);
        let due = self.on(days(from, self.local(self.end) + Duration::days(1)));
        let mut cases = vec![Case {
            args: json!({"cron": daily}),
            due,
        }];
        // Several in the hour that is skipped or comes twice: what is skipped comes together, once.
        let walls = [0, 20, 40].map(|minute| day.and_hms_opt(time.hour(), minute, 0).unwrap());
        let cron = format!("*/20 {} {} {} *", time.hour(), day.day(), day.month());
        let due = walls.map(|wall| instant(self.zone, wall)).into();
        cases.push(Case {
            args: json!({"cron": cron}),
            due,
        });
        let due = (0..6).map(|n| self.start + Duration::minutes(2_000 + 90 * n));
        let args = json!({"in_minutes": 2_000, "every_minutes": 90, "times": 6});
        cases.push(Case {
            args,
            due: due.collect(),
        });
        cases
    }

    fn cases(&self) -> Vec<Case> {
        let mut cases = self.once();
        cases.extend(self.daily());
        cases.extend(self.others());
        cases
    }
}

/// A wall-clock time as planners write it.
fn written(wall: NaiveDateTime) -> String {
    format!("{}T{:02}:{:02}", wall.date(), wall.hour(), wall.minute())
}

fn full_name(day: NaiveDate) -> &'static str {
    let names = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    names[usize::try_from(day.weekday().num_days_from_monday()).unwrap()]
}

/// Sets the reminders, lets time pass from alarm to alarm, and returns when each was told.
fn told(
    zone: Tz,
    cases: &[Case],
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> BTreeMap<usize, Vec<DateTime<Utc>>> {
    let args: Vec<Json> = cases.iter().map(|case| case.args.clone()).collect();
    let mut sim = Sim::scripted(vec![]);
    settings::set(sim.store(), "zone", zone.name()).unwrap();
    sim.now = Timestamp::from_millis(start.timestamp_millis());
    let numbered: Vec<Json> = args
        .into_iter()
        .enumerate()
        .map(|(n, mut args)| {
            args["text"] = format!("number {n}").into();
            args
        })
        .collect();
    // As many at a time as nobody is asked about.
    for (n, part) in numbered.chunks(policy::bulk_limit()).enumerate() {
        let wanted: Vec<(&str, Json)> = part.iter().map(|args| ("remind", args.clone())).collect();
        let reply = calls(&wanted);
        sim.script = Box::new(move |turn, _| {
            Ok(if turn.steps == 0 {
                reply.clone()
            } else {
                text("Yes.")
            })
        });
        let turn = sim.say(&format!("reminders {n} {}", zone.name()));
        let allowed = turn.calls.iter().all(|call| call.decision == "allow");
        assert!(is_done(&turn) && allowed, "{zone} {n}: {:?}", turn.calls);
    }
    assert_eq!(sim.timers().len(), cases.len(), "{zone}");
    let mut told: BTreeMap<usize, Vec<DateTime<Utc>>> = BTreeMap::new();
    sim.sent.clear();
    while let Some(due) = next_wake(sim.store()).unwrap() {
        if due.millis() > end.timestamp_millis() {
            break;
        }
        sim.now = due;
        sim.work().unwrap();
        let now = DateTime::from_timestamp_millis(due.millis()).unwrap();
        for (text, repeated) in sim.told() {
            let n = text
                .strip_prefix("Reminder: number ")
                .unwrap_or_else(|| panic!("{zone}: {text}"));
            assert!(!repeated, "{zone}: {text}");
            told.entry(n.parse().unwrap()).or_default().push(now);
        }
        sim.sent.clear();
    }
    told
}

fn check(zone: Tz, cases: &[Case], start: DateTime<Utc>, end: DateTime<Utc>) -> usize {
    let told = told(zone, cases, start, end);
    let mut count = 0;
    for (n, case) in cases.iter().enumerate() {
        let due: Vec<_> = case
            .due
            .iter()
            .filter(|at| **at > start && **at <= end)
            .copied()
            .collect();
        let got = told.get(&n).cloned().unwrap_or_default();
        assert_eq!(got, due, "{zone} from {start}: {}", case.args);
        count += due.len();
    }
    count
}

#[test]
fn a_thousand_reminders_in_all_zones_come_on_time_and_once() {
    let mut sets = Vec::new();
    let (mut springs, mut autumns) = (0, 0);
    for zone in ZONES {
        let mut at = changes(*zone);
        for change in &at {
            let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
            let before = offset(*change - Duration::minutes(1)).local_minus_utc();
            let is_spring = offset(*change).local_minus_utc() > before;
            *(if is_spring {
                &mut springs
            } else {
                &mut autumns
            }) += 1;
        }
        if at.is_empty() {
            at.push(Utc.with_ymd_and_hms(2027, 3, 28, 1, 0, 0).unwrap());
        }
        for change in at {
            let around = Around::new(*zone, change);
            sets.push((around, around.cases()));
        }
    }
    let reminders: usize = sets.iter().map(|(_, cases)| cases.len()).sum();
    assert!(
        ZONES.len() >= 40 && reminders >= 1_000,
        "{reminders} in {} zones",
        ZONES.len()
    );
    assert!(springs >= 25 && autumns >= 25, "{springs} {autumns}");
    let counts = std::thread::scope(|scope| {
        let parts = sets.chunks(sets.len().div_ceil(4)).map(|part| {
            let check = |(around, cases): &(Around, Vec<Case>)| {
                check(around.zone, cases, around.start, around.end)
            };
            scope.spawn(move || part.iter().map(check).sum::<usize>())
        });
        let parts: Vec<_> = parts.collect();
        parts
            .into_iter()
            .map(|part| part.join().unwrap())
            .collect::<Vec<_>>()
    });
    let occurrences: usize = counts.iter().sum();
    assert!(occurrences > 2 * reminders, "{occurrences} of {reminders}");
}

/// The days of a month that `wanted` names, in order.
fn of_month(year: i32, month: u32, wanted: impl Fn(NaiveDate) -> bool) -> Vec<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap();
    let days = first.iter_days().take_while(|day| day.month() == month);
    days.filter(|day| wanted(*day)).collect()
}

#[test]
fn rules_of_months_and_years_come_on_their_days() {
    use chrono::Weekday::{Fri, Mon};
    for zone in [
        chrono_tz::Europe::Paris,
        chrono_tz::America::St_Johns,
        chrono_tz::Australia::Lord_Howe,
    ] {
        let start = Utc.with_ymd_and_hms(2027, 1, 3, 12, 0, 0).unwrap();
        let end = Utc.with_ymd_and_hms(2029, 3, 2, 0, 0, 0).unwrap();
        let months = || (0..26).map(|n| (2027 + n / 12, u32::try_from(n % 12 + 1).unwrap()));
        let at = |wanted: Vec<NaiveDate>| -> Instants {
            wanted
                .into_iter()
                .map(|day| instant(zone, day.and_hms_opt(2, 30, 0).unwrap()))
                .collect()
        };
        let mut cases = Vec::new();
        let mut add = |args: Json, days: Vec<NaiveDate>| {
            cases.push(Case {
                args,
                due: at(days),
            });
        };
        let last = |(year, month)| of_month(year, month, |_| true).last().copied().unwrap();
        add(
            json!({"at": "2027-01-04T02:30", "repeat": "monthly", "place": "last"}),
            months().map(last).collect(),
        );
        let monday = |(year, month)| of_month(year, month, |day| day.weekday() == Mon)[0];
        add(
            json!({"at": "2027-01-05T02:30", "repeat": "monthly", "place": "first", "on": ["monday"]}),
            months()
                .map(monday)
                .filter(|day| *day >= NaiveDate::from_ymd_opt(2027, 1, 5).unwrap())
                .collect(),
        );
        let friday = |(year, month)| {
            *of_month(year, month, |day| day.weekday() == Fri)
                .last()
                .unwrap()
        };
        add(
            json!({"at": "2027-01-29T02:30", "repeat": "monthly", "every": 3, "place": "last", "on": ["friday"]}),
            months().step_by(3).map(friday).collect(),
        );
        // The 31st is the last day of a shorter month.
        add(
            json!({"at": "2027-01-31T02:30", "repeat": "monthly"}),
            months().map(last).collect(),
        );
        let leap = NaiveDate::from_ymd_opt(2028, 2, 29).unwrap();
        add(json!({"cron": "30 2 29 2 *"}), vec![leap]);
        let years = [2027, 2028, 2029].map(|year| NaiveDate::from_ymd_opt(year, 2, 28).unwrap());
        add(
            json!({"at": "2027-02-28T02:30", "repeat": "yearly"}),
            years.into(),
        );
        let every_other = [2027, 2029].map(|year| NaiveDate::from_ymd_opt(year, 2, 1).unwrap());
        add(
            json!({"at": "2027-02-01T02:30", "repeat": "yearly", "every": 2}),
            every_other.into(),
        );
        let sixth = NaiveDate::from_ymd_opt(2027, 1, 6).unwrap();
        let weeks = sixth.iter_days().step_by(42).take(19);
        add(
            json!({"at": "2027-01-06T02:30", "repeat": "weekly", "every": 6}),
            weeks.collect(),
        );
        check(zone, &cases, start, end);
    }
}
