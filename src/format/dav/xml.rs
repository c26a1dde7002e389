//! A small tree of XML elements with their namespaces.
//!
//! The one thing to know: document types and entities other than XML's own five are refused, and
//! depth, size, the number of elements and the length of a tag are bounded before they cost much.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// The namespace of WebDAV.
pub(super) const DAV: &str = "DAV:";
/// The namespace of CalDAV.
pub(super) const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
/// The namespace of CardDAV.
pub(super) const CARDDAV: &str = "urn:ietf:params:xml:ns:carddav";
/// The namespace of what services had before there were standards.
pub(super) const CALENDAR_SERVER: &str = "http://calendarserver.org/ns/";

/// The largest body that is read, in bytes.
const BYTES_MAX: usize = 8 << 20;
const DEPTH_MAX: usize = 32;
const ELEMENTS_MAX: usize = 200_000;
/// The longest tag with its attributes, in bytes.
const TAG_BYTES_MAX: usize = 4_096;

/// Why a body is no XML that is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// It is larger or deeper than what is read.
    #[error("more XML than is read")]
    TooLarge,
    /// It declares a document type or uses an entity.
    #[error("XML with a document type or entities")]
    Entities,
    /// It is not well formed.
    #[error("no XML")]
    Malformed,
}

/// An element.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Its namespace; empty if it has none.
    pub namespace: String,
    /// Its name, without prefix.
    pub name: String,
    /// Its attributes, without prefixes.
    pub attributes: Vec<(String, String)>,
    /// The text right within it.
    pub text: String,
    /// The elements right within it.
    pub children: Vec<Node>,
}

impl Node {
    /// Whether it has this name.
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    /// The elements of a name right within it.
    pub fn named<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Self> {
        self.children
            .iter()
            .filter(move |one| one.is(namespace, name))
    }

    /// The first element of a name right within it.
    pub fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|one| one.is(namespace, name))
    }

    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(one, _)| one == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Its text without blanks around.
    pub fn trimmed(&self) -> String {
        self.text.trim().to_owned()
    }
}

/// Reads a document.
pub(super) fn read(bytes: &[u8]) -> Result<Node, XmlError> {
    if bytes.len() > BYTES_MAX {
        return Err(XmlError::TooLarge);
    }
    let text = String::from_utf8_lossy(bytes);
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{FEFF}'));
    let mut open = vec![Node::default()];
    let mut elements = 0_usize;
    loop {
        let (namespace, event) = reader
            .read_resolved_event()
            .map_err(|_| XmlError::Malformed)?;
        match event {
            Event::Start(tag) => {
                elements = elements.saturating_add(1);
                if open.len() > DEPTH_MAX || elements > ELEMENTS_MAX {
                    return Err(XmlError::TooLarge);
                }
                open.push(node(&namespace, &tag)?);
            }
            Event::Empty(tag) => {
                elements = elements.saturating_add(1);
                if elements > ELEMENTS_MAX {
                    return Err(XmlError::TooLarge);
                }
                let node = node(&namespace, &tag)?;
                inner(&mut open)?.children.push(node);
            }
            Event::End(_) => {
                let done = open.pop().ok_or(XmlError::Malformed)?;
                inner(&mut open)?.children.push(done);
            }
            Event::Text(text) => {
                inner(&mut open)?.text.push_str(&text.xml10_content());
            }
            Event::CData(text) => {
                inner(&mut open)?.text.push_str(&text.xml10_content());
            }
            Event::GeneralRef(name) => inner(&mut open)?.text.push(character(&name)?),
            Event::DocType(_) => return Err(XmlError::Entities),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    let document = open.pop().filter(|_| open.is_empty());
    let mut roots = document.ok_or(XmlError::Malformed)?.children;
    roots
        .pop()
        .filter(|_| roots.is_empty())
        .ok_or(XmlError::Malformed)
}

fn inner(open: &mut [Node]) -> Result<&mut Node, XmlError> {
    open.last_mut().ok_or(XmlError::Malformed)
}

fn node(namespace: &ResolveResult<'_>, tag: &BytesStart<'_>) -> Result<Node, XmlError> {
    if tag.len() > TAG_BYTES_MAX {
        return Err(XmlError::TooLarge);
    }
    let mut node = Node {
        namespace: match namespace {
            ResolveResult::Bound(namespace) => namespace.as_ref().to_owned(),
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(_) => return Err(XmlError::Malformed),
        },
        name: tag.local_name().as_ref().to_owned(),
        ..Node::default()
    };
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|_| XmlError::Malformed)?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|_| XmlError::Entities)?;
        let name = attribute.key.local_name().as_ref().to_owned();
        node.attributes.push((name, value.into_owned()));
    }
    Ok(node)
}

/// The character that a reference stands for: one by number, or one of XML's own five.
fn character(name: &BytesRef<'_>) -> Result<char, XmlError> {
    if let Some(c) = name.resolve_char_ref().map_err(|_| XmlError::Malformed)? {
        return Ok(c);
    }
    match name.as_ref() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(XmlError::Entities),
    }
}
