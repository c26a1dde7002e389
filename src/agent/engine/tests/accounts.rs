//! What is counted beside models, when a limit is free again, and what `/budget` says.

use super::budget::{looping, stops};
use super::sim::{HOME, Sim, calls, owner, text};
use crate::message::{Author, Locale};
use crate::store::{self, Cell};
use crate::time::Timestamp;
use serde_json::json;

#[test]
fn messages_to_others_are_counted_and_the_one_too_many_is_not_even_asked_about() {
    let mail = |n: u32| json!({"to": "ada@example.org", "subject": format!("{n}"), "body": "x"});
    let mut sim = Sim::scripted(vec![]);
    sim.script = Box::new(move |turn, _| {
        let n = u32::try_from(turn.seq).unwrap();
        Ok(if turn.steps == 0 {
            calls(&[("mail_send", mail(n))])
        } else {
            text("So.")
        })
    });
    sim.limit("SENDS_DAY", "2");
    let send = |sim: &mut Sim, n: u32| {
        let turn = sim.say(&format!("write to ada@example.org, {n}"));
        turn.calls[0].clone()
    };
    for n in 1..=2 {
        let call = send(&mut sim, n);
        assert_eq!(
            (call.decision.as_str(), call.reason.as_str()),
            ("allow", "as_you_said")
        );
    }
    let call = send(&mut sim, 3);
    assert_eq!(
        (call.decision.as_str(), call.reason.as_str()),
        ("deny", "over_budget")
    );
    assert!(sim.waiting().is_empty() && sim.is_at_rest());
    assert!(
        sim.heard()
            .contains("Messages to others today: 2 of 2 used"),
        "{}",
        sim.heard()
    );
    // The planner hears of it no more than of a question.
    assert!(call.result.unwrap().contains("submitted"));
    sim.now = sim.now.plus_millis(24 * 3_600_000);
    assert_eq!(send(&mut sim, 4).decision, "allow");
}

#[test]
fn a_yes_that_comes_after_the_limit_is_reached_does_nothing() {
    let mail = json!({"to": "ada@example.org", "subject": "Hi", "body": "Lunch?"});
    let mut sim = Sim::scripted(vec![calls(&[("mail_send", mail)]), text("So.")]);
    sim.say("write to Ada");
    let question = sim.waiting().remove(0);
    sim.limit("SENDS_DAY", "0");
    sim.answer(&question.id, true, &question.call_hash).unwrap();
    let sent = sim.store().run(
        "SELECT count(*) FROM documents WHERE collection = 'sent'",
        &[],
    );
    assert_eq!(sent.unwrap(), [[Cell::Int(0)]]);
    assert_eq!(stops(&sim), 1, "{}", sim.heard());
    assert!(sim.is_at_rest());
}

#[test]
fn a_day_and_a_month_are_the_owners_also_when_clocks_change() {
    let at = |text: &str| {
        Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    };
    let mut sim = looping(7_000, 300);
    sim.limit("TOKENS_DAY", "60000");
    let spend = |sim: &mut Sim, instant: &str| {
        sim.now = at(instant);
        let before = sim.asked();
        for n in 0..6 {
            sim.say(&format!("{instant} {n}"));
        }
        sim.asked() - before
    };
    // 2026-10-25 has 25 hours in Paris: it lasts from 22:00 to 23:00 UTC.
    let first = spend(&mut sim, "2026-10-24T22:00:00Z");
    assert!(first > 0);
    assert_eq!(
        spend(&mut sim, "2026-10-25T22:59:59Z"),
        0,
        "the day is not over"
    );
    let second = spend(&mut sim, "2026-10-25T23:00:00Z");
    assert!(second > 0, "the day is over");
    let month = sim.used().month.tokens;
    assert_eq!(month, (first + second) * 7_300);
    sim.limit("TOKENS_MONTH", &(month + 20_000).to_string());
    assert_eq!(
        spend(&mut sim, "2026-10-27T12:00:00Z"),
        0,
        "the month is used up"
    );
    assert!(sim.heard().contains("Tokens this month"), "{}", sim.heard());
    assert!(sim.heard().contains("2026-11-01 00:00 (Europe/Paris)"));
    assert_eq!(
        spend(&mut sim, "2026-10-31T22:59:59Z"),
        0,
        "the month is not over"
    );
    assert!(
        spend(&mut sim, "2026-10-31T23:00:00Z") > 0,
        "the month is over"
    );
}

#[test]
fn budget_says_what_is_used_in_both_languages() {
    let mut sim = looping(7_000, 300);
    sim.models(&["priced"]);
    sim.say("one");
    let asked = sim.asked();
    let words = sim.say("/budget").messages[0].message.plain(Locale::En);
    let tokens = format!("{},{:03}", asked * 7_300 / 1000, asked * 7_300 % 1000);
    for part in [
        format!("- Tokens today: {tokens} of 2,000,000\n").as_str(),
        "- Money today: $0.",
        " of $5.00\n",
        format!("- Tokens this month: {tokens}, no limit\n").as_str(),
        " of $40.00\n",
        "- Messages to others today: 0 of 100\n",
        "- Payments today: 0 of 5\n",
        "- Data sent out today: 0.",
        " of 50.0 MB\n",
        "The day ends 2026-11-24 00:00, the month 2026-12-01 00:00 (Europe/Paris).",
    ] {
        assert!(words.contains(part), "{part} is not in\n{words}");
    }
    store::settings::set(sim.store(), "locale", "fr").unwrap();
    store::conversations::forget(sim.store(), HOME).unwrap();
    let mut french = owner("/Budget");
    french.author = Author::Owner;
    let seq = sim.accept(&french, false).unwrap().seq;
    sim.work().unwrap();
    let words = sim.turn(seq).messages[0].message.plain(Locale::Fr);
    for part in [
        "- Argent du jour : 0,",
        " sur 2\u{a0}000\u{a0}000\n",
        " sur 5,00 $\n",
        "sur 50,0 Mo",
    ] {
        assert!(words.contains(part), "{part} is not in\n{words}");
    }
}

/// A planner that somebody else speaks through may set the zone, as a journey does.
#[test]
fn a_change_of_zone_makes_no_limit_unused() {
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"] {
        for hour in [0, 8, 15, 23] {
            let mut sim = Sim::scripted(vec![]);
            sim.script = Box::new(move |turn, _| {
                let mail =
                    json!({"to": "ada@example.org", "subject": "Hi", "body": turn.seq.to_string()});
                Ok(match turn.steps {
                    0 => calls(&[(
                        "zone_set",
                        json!({"zone": if turn.seq % 2 == 0 { zone } else { "Europe/Paris" }}),
                    )]),
                    1 => calls(&[("mail_send", mail)]),
                    _ => text("So."),
                })
            });
            sim.limit("SENDS_DAY", "1");
            // It is nine in Paris.
            sim.now = sim.now.plus_millis((hour * 60 - 9 * 60 + 24 * 60) * 60_000);
            let allowed = (1..=4).filter(|n| {
                let turn = sim.say(&format!("write to ada@example.org, {n}"));
                assert!(turn.calls[0].decision == "allow", "{turn:?}");
                turn.calls[1].reason == "as_you_said"
            });
            assert_eq!(allowed.count(), 1, "{zone} {hour}");
            let name = store::settings::get(sim.store(), "zone").unwrap();
            assert_eq!(name.as_deref(), Some(zone), "it was changed all the same");
        }
    }
}
