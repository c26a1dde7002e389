//! RSS and Atom: what a feed lists.
//!
//! The one thing to know: feeds are seldom well made, so names are taken without their namespaces,
//! and what follows a mistake is left out rather than all of it. No entity is expanded but XML's own
//! five; another stays as it is written. Titles and summaries may hold HTML, which is left as it is.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// The longest field, in bytes; what is beyond it is left out.
const FIELD_BYTES_MAX: usize = 8 * 1024;
const DEPTH_MAX: usize = 64;

/// A feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feed {
    /// What it calls itself.
    pub title: String,
    /// What it lists, in its order.
    pub entries: Vec<Entry>,
}

/// One entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its title.
    pub title: String,
    /// Where it is.
    pub link: String,
    /// When it is from, as it is written there.
    pub date: String,
    /// What it says in short; all of it where there is nothing shorter.
    pub summary: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Title,
    Link,
    Date,
    Summary,
    Whole,
}

/// Where a reader is.
#[derive(Default)]
struct Place {
    feed: Feed,
    /// The names of the elements that are open.
    open: Vec<String>,
    /// The entry that is open, and at which depth.
    entry: Option<(usize, Entry)>,
    /// The whole text of that entry, where it has no summary.
    whole: String,
    /// The field that is open, and at which depth.
    field: Option<(usize, Field)>,
    text: String,
}

/// Reads the first `most` entries of a feed; `None` if it is none.
pub fn read(xml: &str, most: usize) -> Option<Feed> {
    let mut reader = Reader::from_str(xml.trim_start_matches('\u{FEFF}').trim_start());
    reader.config_mut().check_end_names = false;
    let mut place = Place::default();
    let mut is_feed = false;
    while place.feed.entries.len() < most {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                let name = tag.local_name().as_ref().to_owned();
                if place.open.is_empty() {
                    is_feed = matches!(name.as_str(), "rss" | "feed" | "RDF");
                }
                if !is_feed || place.open.len() >= DEPTH_MAX {
                    break;
                }
                place.begin(name, &tag);
            }
            Ok(Event::Empty(tag)) => place.link(&tag),
            Ok(Event::End(_)) => place.end(),
            Ok(Event::Text(text)) => place.add(&text.xml10_content()),
            Ok(Event::CData(text)) => place.add(&text.xml10_content()),
            Ok(Event::GeneralRef(name)) => {
                let known = name.resolve_char_ref().ok().flatten();
                match known.or_else(|| own_entity(name.as_ref())) {
                    Some(c) => place.add(c.encode_utf8(&mut [0; 4])),
                    None => place.add(&format!("&{};", name.as_ref())),
                }
            }
            Ok(Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_)) => {}
            Ok(Event::Eof) | Err(_) => break,
        }
    }
    is_feed.then_some(place.feed)
}

fn own_entity(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

impl Place {
    fn begin(&mut self, name: String, tag: &BytesStart<'_>) {
        self.link(tag);
        self.open.push(name);
        let depth = self.open.len();
        let name = self.open.last().map_or("", String::as_str);
        if matches!(name, "item" | "entry") && self.entry.is_none() {
            self.entry = Some((depth, Entry::default()));
            self.whole.clear();
            self.field = None;
            return;
        }
        if self.field.is_some() {
            // Markup within a field parts its words.
            self.add(" ");
            return;
        }
        let of_feed = self.entry.is_none() && name == "title" && self.feed.title.is_empty();
        let in_entry = self.entry.as_ref().is_some_and(|(at, _)| depth == at + 1);
        let field = match name {
            "title" if of_feed && depth <= 3 => Some(Field::Title),
            "title" if in_entry => Some(Field::Title),
            "link" if in_entry => Some(Field::Link),
            "pubDate" | "updated" | "published" | "date" if in_entry => Some(Field::Date),
            "description" | "summary" if in_entry => Some(Field::Summary),
            "content" | "encoded" if in_entry => Some(Field::Whole),
            _ => None,
        };
        if let Some(field) = field {
            self.field = Some((depth, field));
            self.text.clear();
        }
    }

    /// Atom writes a link as an attribute.
    fn link(&mut self, tag: &BytesStart<'_>) {
        let depth = self.open.len();
        let Some((at, entry)) = &mut self.entry else {
            return;
        };
        if tag.local_name().as_ref() != "link" || depth != *at || !entry.link.is_empty() {
            return;
        }
        let value = |name: &str| {
            let mut all = tag.attributes().flatten();
            let found = all.find(|one| one.key.local_name().as_ref() == name)?;
            let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
            Some(value.trim().to_owned())
        };
        if value("rel").is_none_or(|rel| rel == "alternate") {
            entry.link = value("href").unwrap_or_default();
            cut(&mut entry.link);
        }
    }

    fn add(&mut self, text: &str) {
        if self.field.is_some() && self.text.len() < FIELD_BYTES_MAX {
            self.text.push_str(text);
            cut(&mut self.text);
        }
    }

    fn end(&mut self) {
        let depth = self.open.len();
        self.open.pop();
        if let Some((at, field)) = self.field
            && at == depth
        {
            self.field = None;
            let text = self.text.trim().to_owned();
            self.keep(field, text);
            return;
        }
        if let Some((at, mut entry)) = self.entry.take() {
            if at != depth {
                self.entry = Some((at, entry));
                return;
            }
            if entry.summary.is_empty() {
                entry.summary = std::mem::take(&mut self.whole);
            }
            self.feed.entries.push(entry);
        }
    }

    fn keep(&mut self, field: Field, text: String) {
        let Some((_, entry)) = &mut self.entry else {
            if self.feed.title.is_empty() {
                self.feed.title = text;
            }
            return;
        };
        let held = match field {
            Field::Title => &mut entry.title,
            Field::Link => &mut entry.link,
            Field::Date => &mut entry.date,
            Field::Summary => &mut entry.summary,
            Field::Whole => &mut self.whole,
        };
        if held.is_empty() {
            *held = text;
        }
    }
}

fn cut(text: &mut String) {
    let mut end = FIELD_BYTES_MAX.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rss_and_atom_list_the_same_things() {
        let rss = "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>News</title><link>https://a.example.org/</link><image><title>Logo</title></image><item><title>One &amp; only</title><link>https://a.example.org/1</link><pubDate>Mon, 23 Nov 2026 09:00:00 GMT</pubDate><description><![CDATA[<p>First</p>]]></description></item><item><title>Two</title><dc:date>2026-11-22</dc:date></item></channel></rss>";
        let feed = read(rss, 50).unwrap();
        assert_eq!(feed.title, "News");
        let one = Entry {
            title: "One & only".into(),
            link: "https://a.example.org/1".into(),
            date: "Mon, 23 Nov 2026 09:00:00 GMT".into(),
            summary: "<p>First</p>".into(),
        };
        assert_eq!(feed.entries.first(), Some(&one));
        assert_eq!(feed.entries.get(1).unwrap().date, "2026-11-22");
        let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Journal</title><entry><title type=\"html\">A &lt;b&gt;bold&lt;/b&gt; step</title><link rel=\"edit\" href=\"https://a.example.org/edit\"/><link href=\"https://a.example.org/2\"/><updated>2026-11-23T09:00:00Z</updated><content type=\"xhtml\"><div><p>Deep</p><p>text&nbsp;here</p></div></content></entry></feed>";
        let feed = read(atom, 50).unwrap();
        let entry = feed.entries.first().unwrap();
        assert_eq!(entry.title, "A <b>bold</b> step");
        assert_eq!(entry.link, "https://a.example.org/2");
        assert_eq!(entry.date, "2026-11-23T09:00:00Z");
        assert!(entry.summary.contains("Deep") && entry.summary.contains("text&nbsp;here"));
    }

    #[test]
    fn what_is_no_feed_or_breaks_off_costs_nothing() {
        for other in [
            "",
            "<html><title>x</title></html>",
            "{}",
            "<",
            "<!DOCTYPE x>",
        ] {
            assert_eq!(read(other, 50), None, "{other}");
        }
        let broken = "<rss><channel><item><title>One</title></item><item><title>Tw";
        assert_eq!(read(broken, 50).unwrap().entries.len(), 1);
        let bomb = "<!DOCTYPE rss [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><rss><channel><item><title>&b;</title></item></channel></rss>";
        let feed = read(bomb, 50).unwrap();
        assert_eq!(feed.entries.first().unwrap().title, "&b;");
        let deep = format!("<rss>{}", "<a>".repeat(100_000));
        assert!(read(&deep, 50).unwrap().entries.is_empty());
        let many = format!("<rss>{}</rss>", "<item><title>x</title></item>".repeat(500));
        assert_eq!(read(&many, 50).unwrap().entries.len(), 50);
        let long = format!(
            "<rss><item><title>{}</title></item></rss>",
            "é".repeat(20_000)
        );
        assert!(
            read(&long, 50)
                .unwrap()
                .entries
                .first()
                .unwrap()
                .title
                .len()
                <= 8 * 1024
        );
    }
}
