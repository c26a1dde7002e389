//! Days and months across clock changes, arithmetic at its edges, and the words.

use super::*;
use crate::message::Locale;
use crate::time::{Timestamp, Zone};
use proptest::prelude::*;

mod zones;

fn at(text: &str) -> Timestamp {
    Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn period(text: &str, zone: &str) -> Period {
    Period::at(at(text), Zone::named(zone).as_ref())
}

fn free(_: &str) -> Option<String> {
    None
}

#[test]
fn a_day_ends_at_the_owners_midnight_whatever_the_clocks_do() {
    for (zone, before, ends) in [
        (
            "Europe/Paris",
            "2026-11-26T12:00:00Z",
            "2026-11-26T23:00:00Z",
        ),
        // 23 hours, and 25.
        (
            "Europe/Paris",
            "2026-03-28T23:00:00Z",
            "2026-03-29T22:00:00Z",
        ),
        (
            "Europe/Paris",
            "2026-10-24T22:00:00Z",
            "2026-10-25T23:00:00Z",
        ),
        // Midnight itself is skipped: the day begins at one.
        (
            "America/Santiago",
            "2026-09-05T12:00:00Z",
            "2026-09-06T04:00:00Z",
        ),
        (
            "Pacific/Kiritimati",
            "2026-11-26T09:59:59Z",
            "2026-11-26T10:00:00Z",
        ),
        ("UTC", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
    ] {
        let today = period(before, zone);
        assert_eq!(today.day_ends(), at(ends), "{zone} {before}");
        let last = Period::at(at(ends).plus_millis(-1), Zone::named(zone).as_ref());
        let next = Period::at(at(ends), Zone::named(zone).as_ref());
        assert_eq!(
            (last.today, next.today),
            (today.today, today.today + 1),
            "{zone}"
        );
    }
    assert_eq!(period("2026-11-26T23:30:00Z", "Europe/Paris").today, 20_784);
    assert_eq!(Period::at(at("2026-11-26T23:30:00Z"), None).today, 20_783);
}

#[test]
fn a_month_is_that_of_the_owners_date() {
    let paris = period("2026-10-31T23:30:00Z", "Europe/Paris");
    assert_eq!((paris.first, paris.last), (paris.today, paris.today + 29));
    assert_eq!(paris.month_ends(), at("2026-11-30T23:00:00Z"));
    let utc = Period::at(at("2026-10-31T23:30:00Z"), None);
    assert_eq!((utc.first, utc.last), (utc.today - 30, utc.today));
    assert_eq!(utc.month_ends(), at("2026-11-01T00:00:00Z"));
    assert_eq!(
        period("2024-02-10T00:00:00Z", "UTC").month_ends(),
        at("2024-03-01T00:00:00Z")
    );
    for edge in [i64::MIN, i64::MAX] {
        let edge = Timestamp::from_millis(edge);
        let period = Period::at(edge, None);
        assert!(period.day_ends() > period.day_ends().plus_millis(-1));
        assert!(!period.clock(period.month_ends()).is_empty());
    }
}

#[test]
fn days_are_counted_as_the_calendar_counts_them() {
    let epoch = jiff::civil::date(1970, 1, 1);
    for days in (-719_000_i64..2_900_000).step_by(61) {
        let date = epoch.checked_add(jiff::Span::new().days(days)).unwrap();
        let noon = date
            .at(12, 0, 0, 0)
            .to_zoned(jiff::tz::TimeZone::UTC)
            .unwrap();
        let period = Period::at(Timestamp::of(&noon), None);
        assert_eq!(period.today, days, "{date}");
        let of_month = i64::from(date.day());
        let left = i64::from(date.days_in_month()) - of_month;
        assert_eq!(
            (period.first, period.last),
            (days - of_month + 1, days + left)
        );
    }
}

#[test]
fn amounts_are_read_exactly_or_not_at_all() {
    for (key, text, amount) in [
        ("tokens_day", "2000000", Some(2_000_000)),
        ("usd_day", "5", Some(5_000_000)),
        ("usd_day", " 0.05 ", Some(50_000)),
        ("usd_day", "0.000001", Some(1)),
        ("usd_day", "0", Some(0)),
        ("usd_day", "0.0000001", None),
        ("usd_day", "$5", None),
        ("usd_day", "-1", None),
        ("usd_day", "1e3", None),
        ("tokens_day", "1.5", None),
        ("tokens_day", "", None),
        ("tokens_day", "99999999999999999999", None),
        ("tokens_day", "100000000000001", None),
    ] {
        assert_eq!(amount::read(key, text), amount, "{key} {text}");
    }
}

#[test]
fn every_limit_has_a_name_and_a_binding_that_only_lowers() {
    for (limit, (key, _)) in Limit::ALL.into_iter().zip(amount::KEYS) {
        assert_eq!(limit.key(), key);
        let usual = Limits { binding: &free }.most(limit, None);
        assert!(!usual.1);
        let with = |text: &'static str| {
            let name = limit.binding();
            let binding = move |asked: &str| (asked == name).then(|| text.to_owned());
            Limits { binding: &binding }.most(limit, None)
        };
        let one = amount::read(key, "1").unwrap();
        assert_eq!(with("1"), (one, one < usual.0));
        assert_eq!(with("0"), (0, true));
        let more = amount::read(key, "90000000").unwrap();
        assert_eq!(with("90000000"), (usual.0.min(more), more < usual.0));
        assert_eq!(
            with("five"),
            (0, true),
            "what cannot be read leaves nothing"
        );
    }
}

#[test]
fn what_a_provider_leaves_out_stands_as_it_was_reserved() {
    let price = |read: u64, written: u64| read.saturating_add(written.saturating_mul(10));
    let reserved = Amounts::bound(1000, 50, price);
    assert_eq!(
        (reserved.tokens, reserved.microusd, reserved.bytes),
        (1050, 1500, 1000)
    );
    let after = |read, written| {
        let bill = reserved.settled(read, written, price);
        (bill.tokens, bill.microusd)
    };
    assert_eq!(after(0, 0), (1050, 1500));
    assert_eq!(after(200, 0), (250, 700));
    assert_eq!(after(0, 5), (1005, 1050));
    assert_eq!(after(200, 5), (205, 250));
    let huge = after(u64::MAX, u64::MAX);
    assert_eq!(huge, (amount::LARGEST, amount::LARGEST));
}

#[test]
fn a_sentence_names_the_limit_its_use_its_end_and_where_to_raise_it() {
    let period = period("2026-11-26T12:00:00Z", "Europe/Paris");
    let short = Shortfall {
        limit: Limit::UsdDay,
        connector: None,
        used: 4_990_001,
        most: 5_000_000,
        needs: 120_000,
        lowered: false,
    };
    assert_eq!(
        short.sentence(Locale::En, &period),
        "I stopped here to stay within the budget. Money today: $5.00 of $5.00 used, and the next \
         step may take $0.12. It is free again 2026-11-27 00:00 (Europe/Paris). /budget shows all \
         limits; this one is raised by usd_day in connections.toml."
    );
    let requests = Shortfall {
        limit: Limit::RequestsDay,
        connector: Some("bank".to_owned()),
        used: 1_000,
        most: 1_000,
        needs: 1,
        lowered: true,
    };
    let french = requests.sentence(Locale::Fr, &period);
    for part in [
        "Requêtes du jour vers bank : 1\u{a0}000 sur 1\u{a0}000",
        "BUDGET_REQUESTS_DAY",
    ] {
        assert!(french.contains(part), "{french}");
    }
    for limit in Limit::ALL {
        let short = Shortfall {
            limit,
            ..short.clone()
        };
        for locale in [Locale::En, Locale::Fr] {
            assert!(short.sentence(locale, &period).ends_with('.'));
        }
    }
}

proptest! {
    /// Whatever is reserved within the limits stays within them, for any amounts.
    #[test]
    fn what_is_let_through_is_within_every_limit(
        turn: (u64, u64), today: (u64, u64, u64), month: (u64, u64),
        needs in (0_u64..3_000_000, 0_u64..50_000_000, 0_u64..60_000_000),
    ) {
        let of = |tokens, microusd, bytes| Amounts { tokens, microusd, bytes };
        let (turn, needs) = (of(turn.0, turn.1, 0), of(needs.0, needs.1, needs.2));
        let used = Used {
            today: of(today.0 % 4_000_000, today.1 % 9_000_000, today.2 % 90_000_000),
            month: of(month.0, month.1 % 90_000_000, 0),
            turn: of(turn.tokens % 900_000, turn.microusd % 2_000_000, 0),
            count: 0,
        };
        let turn = used.turn;
        let limits = Limits { binding: &free };
        let within = |limit: Limit, used: u64, needs: u64| {
            needs == 0 || used.saturating_add(needs) <= limits.most(limit, None).0
        };
        let fits = within(Limit::TokensTurn, turn.tokens, needs.tokens)
            && within(Limit::UsdTurn, turn.microusd, needs.microusd)
            && within(Limit::TokensDay, used.today.tokens, needs.tokens)
            && within(Limit::UsdDay, used.today.microusd, needs.microusd)
            && within(Limit::TokensMonth, used.month.tokens, needs.tokens)
            && within(Limit::UsdMonth, used.month.microusd, needs.microusd)
            && within(Limit::BytesDay, used.today.bytes, needs.bytes);
        prop_assert_eq!(limits.check_model(&used, needs).is_none(), fits);
    }
}
