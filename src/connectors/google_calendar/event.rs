//! An event of Google's as the family has it, and ids that can stand in a path.

use super::super::family::calendar::Event;
use super::super::parts::encoded;
use crate::egress::account::Account;
use crate::time::Zone;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value as Json;

/// The longest id that is believed, in bytes.
const ID_BYTES_MAX: usize = 1_024;

/// A calendar's own events are in this one, if the account names no other.
pub(super) const PRIMARY: &str = "primary";

/// What a request about an event needs, and what the event says.
pub(super) struct Seen {
    pub(super) event: Event,
    /// Its version; empty if it has none.
    pub(super) version: String,
    /// Whether it was cancelled.
    pub(super) is_off: bool,
    /// What the owner has answered.
    pub(super) answer: Option<String>,
    /// Whether it lasts whole days.
    pub(super) is_day: bool,
    /// Its guests as Google has them.
    pub(super) guests: Vec<Json>,
    /// Which of them is the owner.
    pub(super) owner: Option<usize>,
    /// Whether it is an event like any other, and none that Google makes by itself, such as one
    /// from a mail.
    pub(super) is_usual: bool,
}

fn text<'a>(json: &'a Json, path: &str) -> &'a str {
    json.pointer(path)
        .and_then(Json::as_str)
        .unwrap_or_default()
}

/// An id, if it is one that can be handed out again.
fn id_of(json: &Json) -> Option<String> {
    let id = text(json, "/id");
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    let fits = !id.is_empty() && id.len() <= ID_BYTES_MAX && id.bytes().all(plain);
    fits.then(|| id.to_owned())
}

/// The path of a calendar's events.
pub(super) fn events_path(calendar: &str) -> String {
    format!("/calendars/{}/events", encoded(calendar))
}

/// The id of an event here: its calendar as it stands in a path, and its own.
pub(super) fn id(calendar: &str, event: &str) -> String {
    format!("{}/{event}", encoded(calendar))
}

/// The path of the event of an id.
pub(super) fn path_of(id: &str) -> Option<String> {
    let (calendar, event) = id.split_once('/')?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~%".contains(&b);
    let fits = |part: &str| !part.is_empty() && part.bytes().all(plain);
    let event_fits = event.bytes().all(|b| b != b'%' && b != b'.');
    (fits(calendar) && fits(event) && event_fits)
        .then(|| format!("/calendars/{calendar}/events/{event}"))
}

/// When a time of Google's is: an instant, or the midnight of a day in the owner's zone.
fn instant(json: Option<&Json>, zone: &Zone) -> Option<(i64, bool)> {
    let json = json?;
    if let Some(at) = json.get("dateTime").and_then(Json::as_str) {
        let at: Timestamp = at.parse().ok()?;
        return Some((at.as_millisecond(), false));
    }
    let day: Date = json.get("date").and_then(Json::as_str)?.parse().ok()?;
    let at = zone.instant(day.at(0, 0, 0, 0))?;
    Some((at.millis(), true))
}

/// Whether Google says of a person that the calendar is theirs. That is the owner only in a calendar
/// of the owner's own: in another it is whoever that belongs to.
fn is_calendars(person: Option<&Json>) -> bool {
    person.and_then(|one| one.get("self")) == Some(&Json::Bool(true))
}

/// Which of the guests is the owner.
fn owner_among(account: &Account, guests: &[Json], is_owners: bool) -> Option<usize> {
    let is_named = |guest: &Json| text(guest, "/email").eq_ignore_ascii_case(account.address);
    let named = guests.iter().position(is_named);
    let is_self = |guest: &Json| is_owners && is_calendars(Some(guest));
    named.or_else(|| guests.iter().position(is_self))
}

/// What an event says; `None` for what is none. `is_owners` says that the calendar is one that the
/// owner's own events are in.
pub(super) fn read(
    account: &Account,
    (calendar, is_owners): (&str, bool),
    json: &Json,
    zone: &Zone,
) -> Option<Seen> {
    let own_id = id_of(json)?;
    let (from, is_day) = instant(json.get("start"), zone)?;
    let (to, _) = instant(json.get("end"), zone)?;
    let organiser = text(json, "/organizer/email").to_owned();
    let is_usual = json.get("eventType").is_none_or(|kind| kind == "default");
    let is_organiser = organiser.is_empty()
        || organiser.eq_ignore_ascii_case(account.address)
        || is_calendars(json.get("organizer"));
    let guests = json.get("attendees").and_then(Json::as_array);
    let guests = guests.cloned().unwrap_or_default();
    let owner = owner_among(account, &guests, is_owners);
    let answer = owner.and_then(|at| guests.get(at));
    let answer = answer.map(|guest| text(guest, "/responseStatus").to_owned());
    let people = guests.iter().map(|guest| text(guest, "/email"));
    let people = people.filter(|address| !address.is_empty());
    let is_declined = answer.as_deref() == Some("declined");
    Some(Seen {
        event: Event {
            id: id(calendar, &own_id),
            title: text(json, "/summary").to_owned(),
            from,
            to,
            place: text(json, "/location").to_owned(),
            about: text(json, "/description").to_owned(),
            attendees: people.map(str::to_owned).collect(),
            organiser,
            is_own: is_owners && is_usual && is_organiser,
            is_busy: text(json, "/transparency") != "transparent" && !is_declined,
        },
        version: text(json, "/etag").to_owned(),
        is_off: text(json, "/status") == "cancelled",
        answer,
        is_day,
        guests,
        owner,
        is_usual,
    })
}
