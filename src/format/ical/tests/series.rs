//! Series: rules, exceptions, overrides, limits, and another library's reading of the same rules.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;

const WEEKLY: &str = "UID:1\nDTSTART;TZID=Europe/Paris:20261012T090000\nDTEND;TZID=Europe/Paris:20261012T100000\nRRULE:FREQ=WEEKLY";

#[test]
fn a_series_keeps_its_clock_when_clocks_change() {
    let events = [event(WEEKLY)];
    assert_eq!(
        starts(&events, "2026-10-19T00:00:00Z", "2026-11-02T00:00:00Z"),
        ["2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z"]
    );
}

#[test]
fn what_still_lasts_or_ends_just_then_is_told_apart() {
    let events = [event(WEEKLY)];
    let at_nine = "2026-10-19T07:00:00Z";
    assert_eq!(
        starts(&events, "2026-10-19T07:59:59Z", "2026-10-19T09:00:00Z"),
        [at_nine]
    );
    assert!(starts(&events, "2026-10-19T08:00:00Z", "2026-10-19T09:00:00Z").is_empty());
    assert!(starts(&events, "2026-10-19T06:00:00Z", at_nine).is_empty());
    let reminder = [event("UID:1\nDTSTART:20261012T090000Z\nRRULE:FREQ=DAILY")];
    let nine = "2026-10-13T09:00:00Z";
    assert_eq!(starts(&reminder, nine, "2026-10-13T10:00:00Z"), [nine]);
}

#[test]
fn exceptions_go_further_dates_come_and_overrides_replace() {
    let text = calendar(&format!(
        "{WEEKLY};COUNT=4\nEXDATE;TZID=Europe/Paris:20261019T090000\nRDATE;TZID=Europe/Paris:20261015T120000\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20261026T080000Z\nDTSTART:20261027T080000Z\nDTEND:20261027T093000Z\nSUMMARY:moved\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID;TZID=Europe/Paris:20261102T090000\nDTSTART:20261102T080000Z\nSTATUS:CANCELLED"
    ));
    let events = read(text).unwrap();
    let (from, to) = (at("2026-10-01T00:00:00Z"), at("2027-10-01T00:00:00Z"));
    let expanded = expand(&events, from, to, &paris());
    assert!(!expanded.incomplete);
    let all: Vec<(String, &str, Status)> = expanded
        .events
        .iter()
        .map(|one| {
            (
                one.from.to_rfc3339(),
                one.event.title.as_str(),
                one.event.status,
            )
        })
        .collect();
    let on = |day: &str| day.to_owned();
    assert_eq!(
        all,
        [
            (on("2026-10-12T07:00:00Z"), "", Status::Confirmed),
            (on("2026-10-15T10:00:00Z"), "", Status::Confirmed),
            (on("2026-10-27T08:00:00Z"), "moved", Status::Confirmed),
            (on("2026-11-02T08:00:00Z"), "", Status::Cancelled),
        ]
    );
    assert_eq!(busy(&expanded.events, from, to).len(), 3);
    let moved = expanded.events[2].recurrence_id.as_ref().unwrap();
    assert_eq!(moved.instant(&paris()), Some(at("2026-10-26T08:00:00Z")));
}

#[test]
fn an_exception_may_name_the_day_only() {
    let events = [event(&format!("{WEEKLY}\nEXDATE;VALUE=DATE:20261019"))];
    assert_eq!(
        starts(&events, "2026-10-12T00:00:00Z", "2026-10-27T00:00:00Z"),
        ["2026-10-12T07:00:00Z", "2026-10-26T08:00:00Z"]
    );
}

#[test]
fn whole_days_come_again_as_days() {
    let events = [event(
        "UID:1\nDTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;UNTIL=20320229",
    )];
    let expanded = expand(
        &events,
        at("2025-01-01T00:00:00Z"),
        at("2050-01-01T00:00:00Z"),
        &paris(),
    );
    let days = expanded
        .events
        .iter()
        .map(|one| (one.start.wall().date(), one.end.wall().date()));
    let leap = |year| {
        (
            jiff::civil::date(year, 2, 29),
            jiff::civil::date(year, 3, 1),
        )
    };
    assert_eq!(days.collect::<Vec<_>>(), [leap(2028), leap(2032)]);
}

#[test]
fn a_series_may_end_with_the_calendar() {
    for until in ["99991231T235959Z", "99991231T235959", "99991231"] {
        let events = [event(&format!("{WEEKLY};UNTIL={until}"))];
        let found = starts(&events, "2026-10-19T00:00:00Z", "2026-11-02T00:00:00Z");
        assert_eq!(found.len(), 2, "{until}");
    }
}

#[test]
fn the_last_start_is_that_of_until() {
    for (until, count) in [
        ("20261026T080000Z", 3),
        ("20261026T075959Z", 2),
        ("20261026T090000", 3),
        ("20261026", 3),
        ("20261025", 2),
    ] {
        let events = [event(&format!("{WEEKLY};UNTIL={until}"))];
        let found = starts(&events, "2026-10-01T00:00:00Z", "2027-11-02T00:00:00Z");
        assert_eq!(found.len(), count, "{until}");
    }
}

#[test]
fn what_is_not_understood_leaves_its_first_and_says_so() {
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=HOURLY;INTERVAL=3",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;X=1",
        "FREQ=WEEKLY;BYDAY=1MO",
        "RSCALE=HEBREW;FREQ=YEARLY",
        "FREQ=DAILY;BYSECOND=0,1,2,3,4,5,6,7,8,9;BYMINUTE=0,1,2,3,4,5,6,7,8,9",
        "",
    ] {
        let events = [event(&format!(
            "UID:1\nDTSTART:20261012T090000Z\nRRULE:{rule}"
        ))];
        let expanded = expand(
            &events,
            at("2026-10-12T00:00:00Z"),
            at("2026-11-01T00:00:00Z"),
            &paris(),
        );
        assert!(expanded.incomplete, "{rule}");
        assert_eq!(expanded.events.len(), 1, "{rule}");
    }
    for more in [
        "EXRULE:FREQ=DAILY",
        "RDATE;VALUE=PERIOD:20261012T090000Z/PT5H",
    ] {
        let events = [event(&format!("UID:1\nDTSTART:20261012T090000Z\n{more}"))];
        let expanded = expand(
            &events,
            at("2026-10-12T00:00:00Z"),
            at("2026-11-01T00:00:00Z"),
            &paris(),
        );
        assert!(expanded.incomplete, "{more}");
    }
}

#[test]
fn a_rule_costs_only_so_much() {
    let forever = (at("2026-10-12T00:00:00Z"), Timestamp::from_millis(i64::MAX));
    let daily =
        "UID:1\nDTSTART:20261012T090000Z\nRRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7,8,9,10,11,12";
    let events = [event(daily)];
    let expanded = expand(&events, forever.0, forever.1, &paris());
    assert!(expanded.incomplete);
    assert_eq!(expanded.events.len(), OCCURRENCES_MAX);
    // There is no such day, however far one looks; and then there are a thousand of these.
    let never =
        event("UID:1\nDTSTART:00010101T090000Z\nRRULE:FREQ=YEARLY;COUNT=9;BYMONTH=2;BYMONTHDAY=30");
    let events = vec![never; 1_000];
    assert!(expand(&events, forever.0, forever.1, &paris()).incomplete);
    // One that began long ago and is not counted is looked at from where it matters.
    let birthday = event("UID:1\nDTSTART;VALUE=DATE:16010704\nRRULE:FREQ=YEARLY");
    let many = vec![birthday; 1_000];
    assert_eq!(
        starts(&many, "2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z").len(),
        1_000
    );
}

/// A rule at random, such that both readings agree on what it means.
fn rule() -> impl Strategy<Value = String> {
    let list = |all: &'static [&'static str], most: usize| {
        prop::collection::btree_set(prop::sample::select(all), 1..=most)
            .prop_map(|set| set.into_iter().collect::<Vec<_>>().join(","))
    };
    let days = &["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let placed = &["1MO", "-1FR", "2TU", "-2SU", "3WE", "4TH", "5SA", "-5MO"];
    let month_days = &["1", "13", "28", "29", "30", "31", "-1", "-3", "15"];
    let frequency = prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    let head = (
        frequency,
        1_u8..5,
        prop::option::of(1_u8..30),
        prop::option::of(list(days, 1)),
    );
    let parts = (
        prop::option::of(list(days, 4)),
        prop::option::of(list(placed, 3)),
        prop::option::of(list(month_days, 3)),
        prop::option::weighted(0.3, list(&["1", "2", "6", "11", "12"], 3)),
        prop::option::weighted(0.3, list(&["1", "2", "-1", "-2", "3"], 2)),
        prop::option::weighted(0.1, list(&["1", "60", "366", "-1", "200"], 2)),
        prop::option::weighted(0.2, list(&["8", "11", "14"], 3)),
    );
    (head, parts).prop_map(|((frequency, interval, count, start), parts)| {
        let (days, placed, month_days, months, set_places, year_days, hours) = parts;
        let coarse = matches!(frequency, "MONTHLY" | "YEARLY");
        let days = if coarse { placed.or(days) } else { days };
        let month_days = month_days.filter(|_| frequency != "WEEKLY");
        let year_days = year_days.filter(|_| frequency == "YEARLY");
        let any = days.is_some() || month_days.is_some() || months.is_some() || hours.is_some();
        // The other library lets the first week begin with the first start; RFC 5545 says that a set
        // begins where its interval does.
        let set_places = set_places.filter(|_| any && frequency != "WEEKLY");
        let part = |name: &str, value: Option<String>| {
            value
                .map(|value| format!(";{name}={value}"))
                .unwrap_or_default()
        };
        [
            format!("FREQ={frequency};INTERVAL={interval}"),
            part("COUNT", count.map(|count| count.to_string())),
            part("WKST", start),
            part("BYDAY", days),
            part("BYMONTHDAY", month_days),
            part("BYMONTH", months),
            part("BYYEARDAY", year_days),
            part("BYSETPOS", set_places),
            part("BYHOUR", hours),
        ]
        .concat()
    })
}

/// What another library makes of a rule, without the first start; `None` where it refuses.
fn theirs(start: &str, rule: &str) -> Option<Vec<i64>> {
    let text = format!("DTSTART;TZID=Europe/Paris:{start}\nRRULE:{rule}");
    let set: rrule::RRuleSet = text.parse().ok()?;
    let window = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let (from, to) = (window(FROM), window(TO));
    let result = set.all(20_000);
    assert!(!result.limited || result.dates.last().is_none_or(|last| *last > to));
    let inside = result
        .dates
        .into_iter()
        .filter(|date| *date >= from && *date < to);
    Some(inside.map(|date| date.timestamp_millis()).collect())
}

const FROM: &str = "2026-03-01T00:00:00Z";
const TO: &str = "2028-09-01T00:00:00Z";

#[test]
fn another_library_finds_the_same_occurrences() {
    let compared = Cell::new(0);
    let date = (2023_i16..2028, 1_i8..=12, 1_i8..=28, 8_i8..20);
    let mut runner = TestRunner::new(Config {
        max_shrink_iters: 20,
        failure_persistence: None,
        ..Config::with_cases(400)
    });
    let run = runner.run(&(rule(), date), |(rule, (year, month, day, hour))| {
        let first = jiff::civil::date(year, month, day).at(hour, 30, 0, 0);
        let start = first.strftime("%Y%m%dT%H%M%S").to_string();
        let Some(mut theirs) = theirs(&start, &rule) else {
            return Ok(());
        };
        let event = event(&format!(
            "UID:1\nDTSTART;TZID=Europe/Paris:{start}\nRRULE:{rule}"
        ));
        let first = event.start.instant(&paris()).unwrap().millis();
        let expanded = expand(std::slice::from_ref(&event), at(FROM), at(TO), &paris());
        prop_assert!(!expanded.incomplete, "{}", rule);
        let mut ours: Vec<i64> = expanded
            .events
            .iter()
            .map(|one| one.from.millis())
            .collect();
        // We always show the first start, which a rule need not name.
        ours.retain(|at| *at != first);
        theirs.retain(|at| *at != first);
        prop_assert_eq!(ours, theirs, "{} {}", start, rule);
        compared.set(compared.get() + 1);
        Ok(())
    });
    run.unwrap();
    assert!(
        compared.get() > 300,
        "only {} rules were compared",
        compared.get()
    );
}
