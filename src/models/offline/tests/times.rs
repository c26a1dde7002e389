//! Times: spans, clocks, dates, repetitions, and the days on which clocks change.

use super::{NOW, Scene, check};
use crate::message::Locale;

#[rustfmt::skip]
const WAYS_TO_SAY_A_TIME: &[(&str, &str)] = &[
    ("remind me in half an hour to x",
     r#"remind {"in_minutes":30,"text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me in a quarter of an hour to x",
     r#"remind {"in_minutes":15,"text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me in 90min to x",
     r#"remind {"in_minutes":90,"text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me in 1h30 to x",
     r#"remind {"in_minutes":90,"text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me in 45 seconds to x",
     r#"remind {"in_minutes":1,"text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me in 2 days to x",
     r#"remind {"in_minutes":2880,"text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me in 3 days at 9 to x",
     r#"remind {"at":"2026-11-26T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me in 2 months to x",
     r#"remind {"at":"2027-01-23T10:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me in two weeks to x",
     r#"remind {"in_minutes":20160,"text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me in forty-five minutes to x",
     r#"remind {"in_minutes":45,"text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me in 2 hours and 30 minutes to x",
     r#"remind {"in_minutes":150,"text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at noon to x",
     r#"remind {"at":"2026-11-23T12:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at midnight to x",
     r#"remind {"at":"2026-11-24T00:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me tonight at midnight to x",
     r#"remind {"at":"2026-11-24T00:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at 9 to x",
     r#"remind {"at":"2026-11-24T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at 10 to x",
     r#"remind {"at":"2026-11-24T10:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at 10:01 to x",
     r#"remind {"at":"2026-11-23T10:01","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at 21h to x",
     r#"remind {"at":"2026-11-23T21:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at 9.30 to x",
     r#"remind {"at":"2026-11-24T09:30","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at half past nine to x",
     r#"remind {"at":"2026-11-24T09:30","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at quarter to 8pm to x",
     r#"remind {"at":"2026-11-23T19:45","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at 12am to x",
     r#"remind {"at":"2026-11-24T00:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at 12pm to x",
     r#"remind {"at":"2026-11-23T12:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at nine to x",
     r#"remind {"at":"2026-11-24T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at 7 in the evening to x",
     r#"remind {"at":"2026-11-23T19:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me tonight at 9 to x",
     r#"remind {"at":"2026-11-23T21:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me this evening to x",
     r#"remind {"at":"2026-11-23T19:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me this morning to x",
     "“That time has already passed. When instead?”"),
    ("remind me in the afternoon to x",
     r#"remind {"at":"2026-11-23T14:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on Monday at 9 to x",
     r#"remind {"at":"2026-11-30T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on Monday at 11 to x",
     r#"remind {"at":"2026-11-23T11:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me next Monday at 11 to x",
     r#"remind {"at":"2026-11-30T11:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on Tuesday to x",
     r#"remind {"at":"2026-11-24T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on Mondays at 9 to x",
     r#"remind {"at":"2026-11-30T09:00","repeat":"weekly","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on 24 November to x",
     r#"remind {"at":"2026-11-24T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on November 24th at 8pm to x",
     r#"remind {"at":"2026-11-24T20:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on the 24th to x",
     r#"remind {"at":"2026-11-24T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on 2026-11-24 at 9:00 to x",
     r#"remind {"at":"2026-11-24T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on 2026-11-24T09:00 to x",
     r#"remind {"at":"2026-11-24T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on 1 March to x",
     r#"remind {"at":"2027-03-01T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on 29 February to x",
     r#"remind {"at":"2028-02-29T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on 11/24 to x",
     r#"remind {"at":"2026-11-24T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on 24/11 to x",
     r#"remind {"at":"2026-11-24T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on 24/11/2027 to x",
     r#"remind {"at":"2027-11-24T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on 1 November 2026 to x",
     "“That time has already passed. When instead?”"),
    ("remind me on Tuesday 24 November at 9 to x",
     r#"remind {"at":"2026-11-24T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me every year on 1 March at 9 to x",
     r#"remind {"at":"2027-03-01T09:00","repeat":"yearly","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me daily at 9 to x",
     r#"remind {"at":"2026-11-24T09:00","repeat":"daily","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me every evening to x",
     r#"remind {"at":"2026-11-23T19:00","repeat":"daily","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me every month on the 31st to x",
     r#"remind {"at":"2026-12-31T09:00","repeat":"monthly","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me every weekday to x",
     "“When? Say for example “tomorrow at 9:00” or “in 20 minutes”.”"),
    ("remind me next week to x",
     r#"remind {"at":"2026-11-30T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me the day after tomorrow at 9 to x",
     r#"remind {"at":"2026-11-25T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at 25 to x",
     "“I need a language model to understand that, and none is configured (the setting MODEL_PROVIDER). I have done nothing. Here is what I can do:”"),
    ("remind me at 9:61 to x",
     "“I need a language model to understand that, and none is configured (the setting MODEL_PROVIDER). I have done nothing. Here is what I can do:”"),
    ("remind me yesterday to x",
     "“That time has already passed. When instead?”"),
    ("remind me in 999999999999 hours to x",
     "“That is too far away. A reminder after a span lies at most a year ahead.”"),
    ("what's on this week",
     r#"calendar_list {"days":7,"from":"2026-11-23"} “Your calendar from Monday 23 November 2026:” show {"handle":"$event_1"}"#),
    ("what's on yesterday",
     r#"calendar_list {"from":"2026-11-22"} “Your calendar for Sunday 22 November 2026:” show {"handle":"$event_1"}"#),
    ("what's on the week after next",
     r#"calendar_list {"days":7,"from":"2026-12-07"} “Your calendar from Monday 7 December 2026:” show {"handle":"$event_1"}"#),
    ("what's on 31 February",
     "“There is no such date. When instead?”"),
    ("what's on 5/6",
     "“Is that day first or month first? Please say it with the month's name, for example “5 June”.”"),
];

#[test]
fn ways_to_say_a_time() {
    check(
        &Scene::new(NOW, "Europe/Paris", Locale::En),
        WAYS_TO_SAY_A_TIME,
    );
}

#[rustfmt::skip]
const THE_DAY_BEFORE_A_GAP: &[(&str, &str)] = &[
    ("remind me tomorrow at 2:30am to x",
     r#"remind {"at":"2026-03-29T02:30","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me in 24 hours to x",
     r#"remind {"in_minutes":1440,"text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
];

#[test]
fn the_day_before_a_gap() {
    check(
        &Scene::new("2026-03-28T12:00:00Z", "Europe/Paris", Locale::En),
        THE_DAY_BEFORE_A_GAP,
    );
}

#[rustfmt::skip]
const JUST_BEFORE_A_GAP: &[(&str, &str)] = &[
    ("remind me at 2:30am to x",
     r#"remind {"at":"2026-03-29T02:30","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
];

#[test]
fn just_before_a_gap() {
    check(
        &Scene::new("2026-03-29T00:59:00Z", "Europe/Paris", Locale::En),
        JUST_BEFORE_A_GAP,
    );
}

#[rustfmt::skip]
const THE_FIRST_PASS_OF_A_REPEATED_HOUR: &[(&str, &str)] = &[
    ("remind me at 2:30am to x",
     r#"remind {"at":"2026-10-25T02:30","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("add watch in 30 minutes",
     r#"calendar_add {"start":"2026-10-25T02:45","title":"watch"} “Added to your calendar.” show {"handle":"$event_1"}"#),
    ("add watch in 80 minutes",
     r#"calendar_add {"start":"2026-10-25T02:35+01:00","title":"watch"} “Added to your calendar.” show {"handle":"$event_1"}"#),
];

#[test]
fn the_first_pass_of_a_repeated_hour() {
    check(
        &Scene::new("2026-10-25T00:15:00Z", "Europe/Paris", Locale::En),
        THE_FIRST_PASS_OF_A_REPEATED_HOUR,
    );
}

#[rustfmt::skip]
const PAST_A_TIME_THAT_COMES_TWICE: &[(&str, &str)] = &[
    ("remind me at 2:30am to x",
     r#"remind {"at":"2026-10-26T02:30","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
];

#[test]
fn past_a_time_that_comes_twice() {
    check(
        &Scene::new("2026-10-25T00:45:00Z", "Europe/Paris", Locale::En),
        PAST_A_TIME_THAT_COMES_TWICE,
    );
}

#[rustfmt::skip]
const THE_SECOND_PASS_OF_A_REPEATED_HOUR: &[(&str, &str)] = &[
    ("add watch in 30 minutes",
     r#"calendar_add {"start":"2026-10-25T02:40+01:00","title":"watch"} “Added to your calendar.” show {"handle":"$event_1"}"#),
    ("what time is it",
     "“It is Sunday 25 October 2026, 02:10 (Europe/Paris).”"),
];

#[test]
fn the_second_pass_of_a_repeated_hour() {
    check(
        &Scene::new("2026-10-25T01:10:00Z", "Europe/Paris", Locale::En),
        THE_SECOND_PASS_OF_A_REPEATED_HOUR,
    );
}

#[rustfmt::skip]
const THE_END_OF_THE_YEAR: &[(&str, &str)] = &[
    ("remind me at midnight to x",
     r#"remind {"at":"2027-01-01T00:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("what's on tomorrow?",
     r#"calendar_list {"from":"2027-01-01"} “Your calendar for Friday 1 January 2027:” show {"handle":"$event_1"}"#),
    ("remind me on 31 December at 11pm to x",
     r#"remind {"at":"2027-12-31T23:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
];

#[test]
fn the_end_of_the_year() {
    check(
        &Scene::new("2026-12-31T23:30:00Z", "UTC", Locale::En),
        THE_END_OF_THE_YEAR,
    );
}

#[rustfmt::skip]
const THE_END_OF_THE_YEAR_ACROSS_THE_DATE_LINE: &[(&str, &str)] = &[
    ("what's on tomorrow?",
     r#"calendar_list {"from":"2027-01-02"} “Your calendar for Saturday 2 January 2027:” show {"handle":"$event_1"}"#),
];

#[test]
fn the_end_of_the_year_across_the_date_line() {
    check(
        &Scene::new("2026-12-31T23:30:00Z", "Pacific/Auckland", Locale::En),
        THE_END_OF_THE_YEAR_ACROSS_THE_DATE_LINE,
    );
}

#[rustfmt::skip]
const A_LEAP_DAY: &[(&str, &str)] = &[
    ("remind me tomorrow at 9 to x",
     r#"remind {"at":"2028-02-29T09:00","text":"x"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
];

#[test]
fn a_leap_day() {
    check(
        &Scene::new("2028-02-28T12:00:00Z", "UTC", Locale::En),
        A_LEAP_DAY,
    );
}
