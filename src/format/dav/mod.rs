//! WebDAV (RFC 4918), CalDAV (RFC 4791) and CardDAV (RFC 6352): bodies of requests and answers.
//!
//! The one thing to know: names are compared with their namespaces, never with their prefixes, since
//! every service chooses its own. A property counts only where its status is a success.

mod href;
mod request;
#[cfg(test)]
mod tests;
mod xml;

pub use href::{Resolved, is_same, plain, resolve};
pub use request::{
    Prop, addressbook_multiget, addressbook_query, calendar_multiget, calendar_query, events_of,
    free_busy_query, make_calendar, propfind, sync_collection,
};
pub use xml::XmlError;

use xml::{CALDAV, CALENDAR_SERVER, CARDDAV, DAV, Node};

/// Why an answer cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DavError {
    /// It is no XML that is read here.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It is XML, but not of this kind.
    #[error("not the answer that was asked for")]
    Other,
}

/// A `207 Multi-Status`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Multistatus {
    /// One for each resource, in their order.
    pub responses: Vec<Response>,
    /// Where the next `sync-collection` begins.
    pub sync_token: Option<String>,
}

/// What is said of one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// Where it is, as it stands there: see [`resolve`].
    pub href: String,
    /// Its own status, such as 404 for one that is gone; `None` where properties are told.
    pub status: Option<u16>,
    /// The properties that it has.
    pub props: Props,
}

/// The properties that are known here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Props {
    /// Its version, with the quotation marks.
    pub etag: Option<String>,
    /// Its version as far as invitations are concerned.
    pub schedule_tag: Option<String>,
    /// The version of a whole collection, on older services.
    pub ctag: Option<String>,
    /// Where a `sync-collection` may begin.
    pub sync_token: Option<String>,
    /// The name that people see.
    pub display_name: Option<String>,
    /// An event.
    pub calendar_data: Option<String>,
    /// A card.
    pub address_data: Option<String>,
    /// Whether it holds others.
    pub is_collection: bool,
    /// Whether it is a calendar.
    pub is_calendar: bool,
    /// Whether it is an address book.
    pub is_addressbook: bool,
    /// Who is logged in.
    pub current_user_principal: Option<String>,
    /// Whose it is (RFC 3744); `None` too where several are named.
    pub owner: Option<String>,
    /// Where their calendars are.
    pub calendar_homes: Vec<String>,
    /// Where their address books are.
    pub addressbook_homes: Vec<String>,
    /// Where free and busy times of others are asked for.
    pub schedule_outbox: Option<String>,
    /// Their addresses, such as `mailto:ann@example.com`.
    pub addresses: Vec<String>,
    /// What a calendar may hold, such as `VEVENT`; empty if it does not say.
    pub components: Vec<String>,
    /// What whoever is logged in may do, such as `write-content`; empty if it does not say.
    pub privileges: Vec<String>,
}

/// Reads a `207 Multi-Status`.
pub fn read(bytes: impl AsRef<[u8]>) -> Result<Multistatus, DavError> {
    let root = xml::read(bytes.as_ref())?;
    if !root.is(DAV, "multistatus") {
        return Err(DavError::Other);
    }
    let mut answer = Multistatus {
        responses: Vec::new(),
        sync_token: root.child(DAV, "sync-token").map(Node::trimmed),
    };
    for response in root.named(DAV, "response") {
        let status = response.child(DAV, "status").and_then(status);
        let mut props = Props::default();
        for part in response.named(DAV, "propstat") {
            let code = part.child(DAV, "status").and_then(self::status);
            if code.is_some_and(|code| (200..300).contains(&code)) {
                for prop in part.named(DAV, "prop").flat_map(|prop| &prop.children) {
                    props.read(prop);
                }
            }
        }
        let hrefs: Vec<String> = response.named(DAV, "href").map(Node::trimmed).collect();
        let Some((last, others)) = hrefs.split_last() else {
            return Err(DavError::Other);
        };
        // Several resources may share a status, but no properties.
        for href in others {
            answer.responses.push(Response {
                href: href.clone(),
                status,
                props: Props::default(),
            });
        }
        answer.responses.push(Response {
            href: last.clone(),
            status,
            props,
        });
    }
    Ok(answer)
}

/// The conditions that an `error` names, such as `valid-sync-token`; none if the body is something
/// else, as for most errors.
pub fn conditions(bytes: impl AsRef<[u8]>) -> Vec<String> {
    match xml::read(bytes.as_ref()) {
        Ok(root) if root.is(DAV, "error") => {
            root.children.into_iter().map(|one| one.name).collect()
        }
        Ok(_) | Err(_) => Vec::new(),
    }
}

/// The code of `HTTP/1.1 200 OK`.
fn status(node: &Node) -> Option<u16> {
    let text = node.trimmed();
    text.split_whitespace().nth(1)?.parse().ok()
}

impl Props {
    fn read(&mut self, prop: &Node) {
        let text = || Some(prop.trimmed()).filter(|text| !text.is_empty());
        let hrefs = || prop.named(DAV, "href").map(Node::trimmed);
        match (prop.namespace.as_str(), prop.name.as_str()) {
            (DAV, "getetag") => self.etag = text(),
            (CALDAV, "schedule-tag") => self.schedule_tag = text(),
            (CALENDAR_SERVER, "getctag") => self.ctag = text(),
            (DAV, "sync-token") => self.sync_token = text(),
            (DAV, "displayname") => self.display_name = text(),
            (CALDAV, "calendar-data") => self.calendar_data = text(),
            (CARDDAV, "address-data") => self.address_data = text(),
            (DAV, "resourcetype") => {
                self.is_collection = prop.child(DAV, "collection").is_some();
                self.is_calendar = prop.child(CALDAV, "calendar").is_some();
                self.is_addressbook = prop.child(CARDDAV, "addressbook").is_some();
            }
            (DAV, "current-user-principal") => self.current_user_principal = hrefs().next(),
            (DAV, "owner") => self.owner = hrefs().next().filter(|_| hrefs().count() == 1),
            (CALDAV, "calendar-home-set") => self.calendar_homes = hrefs().collect(),
            (CARDDAV, "addressbook-home-set") => self.addressbook_homes = hrefs().collect(),
            (CALDAV, "schedule-outbox-URL") => self.schedule_outbox = hrefs().next(),
            (CALDAV, "calendar-user-address-set") => self.addresses = hrefs().collect(),
            (CALDAV, "supported-calendar-component-set") => {
                let names = prop
                    .named(CALDAV, "comp")
                    .filter_map(|comp| comp.attribute("name"));
                self.components = names.map(str::to_ascii_uppercase).collect();
            }
            (DAV, "current-user-privilege-set") => {
                let all = prop.named(DAV, "privilege").flat_map(|one| &one.children);
                self.privileges = all.map(|one| one.name.clone()).collect();
            }
            _ => {}
        }
    }

    /// Whether whoever is logged in may change what is in it; `None` if it does not say.
    pub fn may_write(&self) -> Option<bool> {
        let writes = ["all", "write", "write-content", "bind"];
        let any = self
            .privileges
            .iter()
            .any(|one| writes.contains(&one.as_str()));
        (!self.privileges.is_empty()).then_some(any)
    }

    /// Whether events may be in it: a calendar that does not say otherwise.
    pub fn holds_events(&self) -> bool {
        let named = |one: &String| one == "VEVENT";
        self.is_calendar && (self.components.is_empty() || self.components.iter().any(named))
    }
}
