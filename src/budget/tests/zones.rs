//! Changes of zone: whenever and however often, none makes a limit unused.

use super::*;

/// From the first to have a date to the last, with clocks that change and odd offsets.
const ZONES: [&str; 9] = [
    "Pacific/Kiritimati",
    "Pacific/Chatham",
    "Asia/Kolkata",
    "Europe/Paris",
    "UTC",
    "America/New_York",
    "America/Santiago",
    "Pacific/Pago_Pago",
    "Etc/GMT+12",
];
const HOUR: i64 = 3_600_000;

fn pinned(pin: Option<&str>, now: Timestamp, zone: &str) -> Period {
    Period::pinned(pin, now, Zone::named(zone).as_ref())
}

#[test]
fn a_change_of_zone_never_begins_a_day_at_any_hour() {
    for begin in ["2026-10-31T00:00:00Z"] {
        for (from, to) in ZONES.iter().flat_map(|from| ZONES.map(|to| (*from, to))) {
            for half in (0..96).step_by(5) {
                let now = at(begin).plus_millis(half * HOUR / 2);
                let before = pinned(None, now, from);
                let pin = before.pin();
                assert_eq!(
                    before,
                    pinned(Some(&pin), now, from),
                    "it is read as written"
                );
                for zone in [to, from] {
                    let after = pinned(Some(&pin), now.plus_millis(1), zone);
                    assert_eq!(after, before, "{from} {to} {half}");
                }
                // Just after its end, the day is another one or the same, never an earlier one.
                let ends = before.day_ends();
                let next = pinned(Some(&pin), ends, to);
                assert!(next.today >= before.today && next.first >= before.first);
                assert!(next.day_ends() > ends && next.month_ends() >= next.day_ends());
                let lasts = next.day_ends().millis() - ends.millis();
                assert!(
                    next.today == before.today || lasts >= 12 * HOUR,
                    "{from} {to}"
                );
                assert!(lasts <= 37 * HOUR, "{from} {to}: {lasts}");
            }
        }
    }
}

#[test]
fn without_a_change_of_zone_days_are_those_of_the_calendar() {
    for zone in ZONES {
        let mut pin = None;
        for half in (0..3_000).step_by(9) {
            let now = at("2026-09-01T00:00:00Z").plus_millis(half * HOUR / 2);
            let usual = Period::at(now, Zone::named(zone).as_ref());
            let kept = pinned(pin.as_deref(), now, zone);
            assert_eq!(
                (
                    kept.today,
                    kept.first,
                    kept.last,
                    kept.day_ends(),
                    kept.month_ends()
                ),
                (
                    usual.today,
                    usual.first,
                    usual.last,
                    usual.day_ends(),
                    usual.month_ends()
                ),
                "{zone}"
            );
            pin = Some(kept.pin());
        }
    }
    // What is no pin is none.
    let now = at("2026-11-23T12:00:00Z");
    for pin in ["", "5", "5 6", "5 6 Nowhere", "a b UTC"] {
        assert_eq!(
            pinned(Some(pin), now, "UTC"),
            Period::at(now, None),
            "{pin}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever uses all there is, and moves at any time: days come one after the other, none comes
    /// twice, none soon after the last, and in the long run there are no more than on a calendar.
    #[test]
    fn no_journey_has_more_days_than_the_calendar(
        moves in proptest::collection::vec((1_i64..=60, 0_usize..ZONES.len(), 0_u8..4), 50..300),
    ) {
        let begin = at("2026-10-24T03:00:00Z");
        let (mut now, mut zone) = (begin, "UTC");
        let mut last = pinned(None, now, zone);
        // The first day may have begun before.
        let (mut days, mut since): (_, Option<Timestamp>) = (1, None);
        for (minutes, to, luck) in moves {
            now = now.plus_millis(minutes * 60_000);
            if luck == 0 {
                zone = ZONES[to];
            }
            let next = pinned(Some(&last.pin()), now, zone);
            prop_assert!(next.today >= last.today && next.first >= last.first);
            if next.today > last.today {
                // What is seen at most an hour late.
                let lasted = since.map_or(i64::MAX, |since| now.millis() - since.millis());
                prop_assert!(lasted >= 11 * HOUR);
                (days, since) = (days + 1, Some(now));
            }
            last = next;
        }
        let calendar = (now.millis() - begin.millis()) / (24 * HOUR);
        prop_assert!(days <= calendar + 3, "{days} days in {calendar}");
    }
}
