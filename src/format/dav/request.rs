//! Bodies of requests.
//!
//! The one thing to know: whatever is put into one is escaped, and characters that XML cannot hold
//! are left out. A service is asked to expand series, which not all do: `ical::expand` does it
//! again without harm.

use super::xml::{CALDAV, CALENDAR_SERVER, CARDDAV, DAV};
use crate::time::{Timestamp, Zone};

/// A property that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prop {
    /// The version of a resource.
    Etag,
    /// The version of a whole collection.
    Ctag,
    /// Where a `sync-collection` may begin.
    SyncToken,
    /// The name that people see.
    DisplayName,
    /// What it is.
    ResourceType,
    /// Who is logged in.
    CurrentUserPrincipal,
    /// Whose it is.
    Owner,
    /// Where calendars are.
    CalendarHomeSet,
    /// Where address books are.
    AddressbookHomeSet,
    /// Where free and busy times of others are asked for.
    ScheduleOutbox,
    /// The addresses of whoever is logged in.
    CalendarUserAddressSet,
    /// What a calendar may hold.
    SupportedComponents,
    /// What whoever is logged in may do.
    Privileges,
}

impl Prop {
    fn element(self) -> &'static str {
        match self {
            Self::Etag => "<d:getetag/>",
            Self::Ctag => "<s:getctag/>",
            Self::SyncToken => "<d:sync-token/>",
            Self::DisplayName => "<d:displayname/>",
            Self::ResourceType => "<d:resourcetype/>",
            Self::CurrentUserPrincipal => "<d:current-user-principal/>",
            Self::Owner => "<d:owner/>",
            Self::CalendarHomeSet => "<c:calendar-home-set/>",
            Self::AddressbookHomeSet => "<a:addressbook-home-set/>",
            Self::ScheduleOutbox => "<c:schedule-outbox-URL/>",
            Self::CalendarUserAddressSet => "<c:calendar-user-address-set/>",
            Self::SupportedComponents => "<c:supported-calendar-component-set/>",
            Self::Privileges => "<d:current-user-privilege-set/>",
        }
    }
}

/// `PROPFIND`: some properties of a resource, or of those in it.
pub fn propfind(props: &[Prop]) -> String {
    let props: String = props.iter().map(|prop| prop.element()).collect();
    document("d:propfind", &format!("<d:prop>{props}</d:prop>"))
}

/// `REPORT` of a calendar: the events between two instants; series expanded by the service if asked.
pub fn calendar_query(from: Timestamp, to: Timestamp, expanded: bool) -> String {
    let range = range(from, to);
    let data = calendar_data(expanded.then_some((from, to)));
    let filter = format!("<c:time-range {range}/>");
    document("c:calendar-query", &format!("{data}{}", events(&filter)))
}

/// `REPORT` of a calendar: all that has a `UID`, which is at most one resource.
pub fn events_of(uid: &str) -> String {
    let match_ = format!(
        "<c:prop-filter name=\"UID\"><c:text-match collation=\"i;octet\">{}</c:text-match></c:prop-filter>",
        escape(uid)
    );
    let data = calendar_data(None);
    document("c:calendar-query", &format!("{data}{}", events(&match_)))
}

/// `REPORT` of a calendar: the events at some places.
pub fn calendar_multiget(hrefs: &[&str], expanded: Option<(Timestamp, Timestamp)>) -> String {
    let data = calendar_data(expanded);
    document("c:calendar-multiget", &format!("{data}{}", places(hrefs)))
}

/// `REPORT` of an address book: the cards in which a text occurs as name, nickname or mail address;
/// all of them without a text. A service may send fewer than `most`.
pub fn addressbook_query(text: Option<&str>, most: u32) -> String {
    let filter = match text {
        None => "<a:filter><a:prop-filter name=\"UID\"/></a:filter>".to_owned(),
        Some(text) => {
            let text = escape(text);
            let one = |name| {
                format!(
                    "<a:prop-filter name=\"{name}\"><a:text-match collation=\"i;unicode-casemap\" match-type=\"contains\">{text}</a:text-match></a:prop-filter>"
                )
            };
            let all: String = ["FN", "N", "NICKNAME", "EMAIL"].map(one).concat();
            format!("<a:filter test=\"anyof\">{all}</a:filter>")
        }
    };
    let limit = format!("<a:limit><a:nresults>{most}</a:nresults></a:limit>");
    document(
        "a:addressbook-query",
        &format!("{ADDRESS_DATA}{filter}{limit}"),
    )
}

/// `REPORT` of an address book: the cards at some places.
pub fn addressbook_multiget(hrefs: &[&str]) -> String {
    document(
        "a:addressbook-multiget",
        &format!("{ADDRESS_DATA}{}", places(hrefs)),
    )
}

/// `REPORT` of a collection: what has changed since a token, or all that is there for an empty one.
pub fn sync_collection(token: &str) -> String {
    document(
        "d:sync-collection",
        &format!(
            "<d:sync-token>{}</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop>",
            escape(token)
        ),
    )
}

/// `REPORT` of a calendar: when its owner is busy.
pub fn free_busy_query(from: Timestamp, to: Timestamp) -> String {
    let range = range(from, to);
    document("c:free-busy-query", &format!("<c:time-range {range}/>"))
}

/// Extended `MKCOL` (RFC 5689): a new calendar for events. Not every runtime can send `MKCALENDAR`.
pub fn make_calendar(name: &str) -> String {
    document(
        "d:mkcol",
        &format!(
            "<d:set><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>{}</d:displayname><c:supported-calendar-component-set><c:comp name=\"VEVENT\"/></c:supported-calendar-component-set></d:prop></d:set>",
            escape(name)
        ),
    )
}

const ADDRESS_DATA: &str = "<d:prop><d:getetag/><a:address-data/></d:prop>";

fn document(root: &str, inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<{root} xmlns:d=\"{DAV}\" xmlns:c=\"{CALDAV}\" xmlns:a=\"{CARDDAV}\" xmlns:s=\"{CALENDAR_SERVER}\">{inner}</{root}>"
    )
}

fn calendar_data(expanded: Option<(Timestamp, Timestamp)>) -> String {
    let data = match expanded {
        None => "<c:calendar-data/>".to_owned(),
        Some((from, to)) => format!(
            "<c:calendar-data><c:expand {}/></c:calendar-data>",
            range(from, to)
        ),
    };
    format!("<d:prop><d:getetag/>{data}</d:prop>")
}

fn events(filter: &str) -> String {
    format!(
        "<c:filter><c:comp-filter name=\"VCALENDAR\"><c:comp-filter name=\"VEVENT\">{filter}</c:comp-filter></c:comp-filter></c:filter>"
    )
}

fn places(hrefs: &[&str]) -> String {
    let one = |href: &&str| format!("<d:href>{}</d:href>", escape(href));
    hrefs.iter().map(one).collect()
}

fn range(from: Timestamp, to: Timestamp) -> String {
    let text = |at: Timestamp| {
        at.in_zone(&Zone::utc())
            .strftime("%Y%m%dT%H%M%SZ")
            .to_string()
    };
    format!("start=\"{}\" end=\"{}\"", text(from), text(to))
}

/// A text between tags or in an attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' => out.push(c),
            '\u{FFFE}' | '\u{FFFF}' => {}
            _ if u32::from(c) < 0x20 => {}
            _ => out.push(c),
        }
    }
    out
}
