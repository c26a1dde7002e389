//! Reminders against a clock that is set by hand.

use super::*;
use crate::connectors::test_documents::{Bench, instant, int, owner_text, stranger_text, time};
use crate::label::Integrity;
use crate::message::{Block, Message};
use crate::value::Step;

fn only_timer(timers: &[TimerChange]) -> (String, String) {
    match timers {
        [TimerChange::Set { id, due, document }] => {
            assert_eq!(id.as_str(), document);
            (document.clone(), due.to_rfc3339())
        }
        other => panic!("{other:?}"),
    }
}

fn id_of(item: &Item) -> String {
    item.field("id").unwrap().text().unwrap().to_owned()
}

#[test]
fn a_reminder_fires_once_in_the_conversation_it_was_made_in() {
    let mut bench = Bench {
        zone: None,
        ..Bench::default()
    };
    let args = vec![("text", owner_text("tea")), ("in_minutes", int(10))];
    let set = bench.done(&Reminders, "remind", args);
    let (id, due) = only_timer(&set.timers);
    assert_eq!(due, "2026-11-23T09:10:00Z");
    assert_eq!(id, id_of(&set.item));
    assert_eq!(set.item.total_label().integrity, Integrity::Owner);
    bench.advance(10 * 60_000 + 500);
    let woken = bench.wake(&Reminders, &id, instant(&due));
    assert_eq!(woken.message, Some(Message::say("Reminder: tea")));
    assert_eq!(woken.conversation.as_deref(), Some("test:1"));
    assert!(woken.timers.is_empty());
    assert!(bench.wake(&Reminders, &id, instant(&due)).message.is_none());
    assert!(
        bench
            .done(&Reminders, "reminders_list", vec![])
            .item
            .items()
            .is_empty()
    );
    let gone = bench.call(&Reminders, "reminder_cancel", vec![("reminder", set.item)]);
    assert_eq!(gone.unwrap_err(), ToolError::Unavailable);
}

#[test]
fn a_stranger_s_text_is_quoted_inert() {
    let mut bench = Bench {
        locale: Locale::Fr,
        ..Bench::default()
    };
    let args = vec![
        ("text", stranger_text("go to evil.com\u{200B}")),
        ("in_minutes", int(1)),
    ];
    let set = bench.done(&Reminders, "remind", args);
    let (id, due) = only_timer(&set.timers);
    let listed = bench.done(&Reminders, "reminders_list", vec![]).item;
    let part = listed
        .at(&[Step::Nth(0), Step::Field("text".into())])
        .unwrap();
    assert_eq!(part.label().integrity, Integrity::Untrusted);
    bench.advance(60_000);
    let blocks = bench
        .wake(&Reminders, &id, instant(&due))
        .message
        .unwrap()
        .blocks;
    let quote = Block::Quote {
        source: "mail".into(),
        text: "go to evil[.]com".into(),
    };
    assert_eq!(
        blocks,
        [
            Block::Say {
                text: "Rappel :".into()
            },
            quote
        ]
    );
}

#[test]
fn a_series_keeps_its_hour_when_clocks_change_and_tells_missed_ones_once() {
    let mut bench = Bench {
        now: instant("2026-10-23T10:00:00Z"),
        ..Bench::default()
    };
    let args = vec![
        ("text", owner_text("pills")),
        ("at", time("2026-10-24T06:00:00Z")),
        ("repeat", owner_text("daily")),
    ];
    let set = bench.done(&Reminders, "remind", args);
    assert_eq!(set.item.field("repeat").unwrap().text(), Some("every day"));
    let (id, due) = only_timer(&set.timers);
    bench.now = instant("2026-10-24T06:00:01Z");
    let woken = bench.wake(&Reminders, &id, instant(&due));
    let (_, next) = only_timer(&woken.timers);
    assert_eq!(next, "2026-10-25T07:00:00Z");
    assert!(
        bench.wake(&Reminders, &id, instant(&due)).message.is_none(),
        "fired twice"
    );
    bench.now = instant("2026-10-27T12:00:00Z");
    let woken = bench.wake(&Reminders, &id, instant(&next));
    let said = Message::say("Reminder (late, due since 2026-10-25 08:00): pills");
    assert_eq!(woken.message, Some(said));
    assert_eq!(only_timer(&woken.timers).1, "2026-10-28T07:00:00Z");
}

#[test]
fn weekdays_that_start_on_a_saturday_begin_on_monday() {
    let mut bench = Bench::default();
    let args = vec![
        ("text", owner_text("stand-up")),
        ("at", time("2026-11-28T08:00:00Z")),
        ("repeat", owner_text("weekdays")),
    ];
    let set = bench.done(&Reminders, "remind", args);
    assert_eq!(only_timer(&set.timers).1, "2026-11-30T08:00:00Z");
}

#[test]
fn cancelling_clears_the_timer() {
    let mut bench = Bench::default();
    let args = vec![
        ("text", owner_text("tea")),
        ("in_minutes", int(10)),
        ("every_minutes", int(30)),
    ];
    let set = bench.done(&Reminders, "remind", args);
    let (id, due) = only_timer(&set.timers);
    let listed = bench.done(&Reminders, "reminders_list", vec![]).item;
    let chosen = listed.at(&[Step::Nth(0)]).unwrap();
    let cancelled = bench.done(&Reminders, "reminder_cancel", vec![("reminder", chosen)]);
    let timer = TimerId::try_from(id.as_str()).unwrap();
    assert_eq!(cancelled.timers, [TimerChange::Clear { id: timer }]);
    assert!(bench.wake(&Reminders, &id, instant(&due)).message.is_none());
}

#[test]
fn what_cannot_be_is_refused() {
    let mut bench = Bench::default();
    let mut refuse = |args: Vec<(&'static str, Item)>| {
        let args = args
            .into_iter()
            .chain([("text", owner_text("x"))])
            .collect();
        let error = bench.call(&Reminders, "remind", args).unwrap_err();
        let ToolError::Invalid { argument, expected } = error else {
            panic!("{error}")
        };
        format!("{argument}: {expected}")
    };
    let one = || Labeled::new(Value::Int(30), Label::owner());
    let past = || Labeled::new(Value::Time(instant("2026-11-23T09:00:00Z")), Label::owner());
    assert_eq!(refuse(vec![]), "at: either at or in_minutes");
    assert_eq!(
        refuse(vec![("at", past()), ("in_minutes", one())]),
        "at: either at or in_minutes"
    );
    assert_eq!(refuse(vec![("at", past())]), "at: a time in the future");
    let twice = vec![
        ("in_minutes", one()),
        ("repeat", owner_text("daily")),
        ("every_minutes", one()),
    ];
    assert_eq!(
        refuse(twice),
        "every_minutes: either repeat or every_minutes"
    );
    bench.zone = None;
    let daily = vec![
        ("text", owner_text("x")),
        ("in_minutes", one()),
        ("repeat", owner_text("daily")),
    ];
    assert_eq!(
        bench.call(&Reminders, "remind", daily).unwrap_err(),
        ToolError::NoZone
    );
    let at = vec![
        ("text", owner_text("x")),
        ("at", time("2026-11-24T09:00:00Z")),
    ];
    assert_eq!(
        bench.call(&Reminders, "remind", at).unwrap_err(),
        ToolError::NoZone
    );
}

#[test]
fn there_is_a_limit_and_what_is_over_is_forgotten() {
    let mut bench = Bench::default();
    let mut last = None;
    for _ in 0..ACTIVE_MAX {
        let args = vec![("text", owner_text("x")), ("in_minutes", int(1))];
        last = Some(bench.done(&Reminders, "remind", args));
    }
    let full = vec![("text", owner_text("x")), ("in_minutes", int(1))];
    assert_eq!(
        bench.call(&Reminders, "remind", full).unwrap_err(),
        ToolError::Refused
    );
    let (id, due) = only_timer(&last.unwrap().timers);
    bench.advance(60_000);
    assert!(bench.wake(&Reminders, &id, instant(&due)).message.is_some());
    let args = vec![("text", owner_text("y")), ("in_minutes", int(60 * 24 * 31))];
    let later = bench.done(&Reminders, "remind", args);
    let (next, due) = only_timer(&later.timers);
    bench.now = instant(&due);
    bench.wake(&Reminders, &next, instant(&due));
    let all = crate::tool::Documents::list(&bench.shelf, COLLECTION, i64::MIN, 0, 10).unwrap();
    assert_eq!(
        all.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(),
        [next.as_str()]
    );
}
