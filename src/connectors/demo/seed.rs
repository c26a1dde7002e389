//! What the demo account holds before the owner changes anything.
//!
//! The one thing to know: these tables are never copied into storage. Only the instant of first
//! use is stored, and dates are counted from it, so that the inbox always looks lived in. Times
//! are wall-clock times and become instants in the owner's zone, or in UTC while that is unknown.

mod days;
mod hostile;
mod mails;
mod pages;

pub(super) use days::{CONTACTS, EVENTS};
pub(super) use pages::PAGES;

use crate::time::{Timestamp, Zone};
use jiff::ToSpan;
use jiff::civil::Date;

/// The owner of the demo account.
pub(super) const OWNER: &str = "Alex Martin <alex@example.org>";
/// The owner's bare address.
pub(super) const OWNER_ADDRESS: &str = "alex@example.org";

/// When a mail came in, seen from the first use of the account.
pub(super) enum When {
    /// So many minutes before.
    MinutesAgo(i64),
    /// So many days before, at this hour and minute.
    DaysAgo(i64, i8, i8),
}

/// One mail.
pub(super) struct SeedMail {
    pub(super) id: &'static str,
    pub(super) when: When,
    /// Whether its sender's domain vouched for it (SPF, DKIM and DMARC passed).
    pub(super) authenticated: bool,
    pub(super) unread: bool,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) thread: &'static str,
    pub(super) subject: &'static str,
    pub(super) body: &'static str,
}

/// One event. It lies in the n-th week from that of first use, on a day counted from Monday.
pub(super) struct SeedEvent {
    pub(super) id: &'static str,
    pub(super) week: i64,
    pub(super) weekday: i64,
    pub(super) hour: i8,
    pub(super) minute: i8,
    pub(super) minutes: i64,
    pub(super) title: &'static str,
    pub(super) place: &'static str,
    /// `None` if the owner made it.
    pub(super) organiser: Option<&'static str>,
    pub(super) attendees: &'static str,
    pub(super) about: &'static str,
}

/// One contact.
pub(super) struct SeedContact {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) address: &'static str,
    pub(super) phone: &'static str,
}

/// One web page.
pub(super) struct SeedPage {
    /// Its host and path, without the scheme.
    pub(super) address: &'static str,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
}

/// All mails, those that the owner sent among them, in no order.
pub(super) fn mails() -> impl Iterator<Item = &'static SeedMail> {
    mails::MAILS.iter().chain(hostile::MAILS)
}

impl SeedMail {
    /// When it came in; never after the first use.
    pub(super) fn date(&self, first_use: Timestamp, zone: &Zone) -> Timestamp {
        match self.when {
            When::MinutesAgo(minutes) => first_use.plus_millis(minutes.saturating_mul(-60_000)),
            When::DaysAgo(days, hour, minute) => {
                let today = first_use.in_zone(zone).date();
                wall_clock(today, days.saturating_neg(), (hour, minute), zone)
                    .unwrap_or(first_use)
                    .min(first_use)
            }
        }
    }

    /// Whether the owner wrote it.
    pub(super) fn is_own(&self) -> bool {
        self.from == OWNER
    }
}

impl SeedEvent {
    /// When it starts.
    pub(super) fn start(&self, first_use: Timestamp, zone: &Zone) -> Timestamp {
        let today = first_use.in_zone(zone).date();
        let since_monday = i64::from(today.weekday().to_monday_zero_offset());
        let days = self.week.saturating_mul(7).saturating_add(self.weekday);
        let days = days.saturating_sub(since_monday);
        wall_clock(today, days, (self.hour, self.minute), zone).unwrap_or(first_use)
    }
}

fn wall_clock(today: Date, days: i64, time: (i8, i8), zone: &Zone) -> Option<Timestamp> {
    let day = today.checked_add(days.days()).ok()?;
    zone.instant(day.at(time.0, time.1, 0, 0))
}
