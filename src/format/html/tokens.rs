//! From the tokens of the HTML standard to whole tags with the attributes that matter here.
//!
//! The one thing to know: the tree decides how the tokenizer goes on after a tag, as the standard
//! has it. Inside of SVG, `<style>` is an ordinary element, and whoever reads it as raw text sees
//! another page than a browser.

use html5gum::emitters::callback::{Callback, CallbackEmitter, CallbackEvent};
use html5gum::{Emitter, ForwardingEmitter, Span, State, Tokenizer};

/// The longest value of an attribute other than `style` that is kept.
const VALUE_BYTES_MAX: usize = 16 * 1024;
/// How many names of other attributes are kept.
const OTHERS_MAX: usize = 64;
/// The attributes that are kept.
const KEPT: [&str; 26] = [
    "action",
    "alt",
    "bgcolor",
    "class",
    "color",
    "dir",
    "height",
    "hidden",
    "href",
    "id",
    "open",
    "popover",
    "size",
    "start",
    "style",
    "text",
    "type",
    "value",
    "width",
    "encoding",
    "name",
    "fill",
    "display",
    "visibility",
    "opacity",
    "font-size",
];

/// A start tag.
#[derive(Debug, Clone, Default)]
pub struct Tag {
    /// In lower case.
    pub name: String,
    attributes: Vec<(String, String)>,
    /// The names of other attributes.
    others: Vec<String>,
    /// Whether it ended with `/>`.
    pub is_closed: bool,
}

impl Tag {
    /// The value of an attribute; the first of that name counts.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether it has more attributes than are kept.
    pub fn is_crowded(&self) -> bool {
        self.others.len() >= OTHERS_MAX
    }

    /// The names of its attributes.
    pub fn attribute_names(&self) -> impl Iterator<Item = &str> {
        let kept = self.attributes.iter().map(|(name, _)| name.as_str());
        kept.chain(self.others.iter().map(String::as_str))
    }
}

/// Whoever takes the tokens.
pub trait Sink {
    /// A start tag. Tells whether it is one of HTML.
    fn open(&mut self, tag: &Tag) -> bool;
    /// An end tag.
    fn close(&mut self, name: &str);
    /// Text between tags.
    fn text(&mut self, text: &str);
    /// The kind of page, and whether it is one of today.
    fn doctype(&mut self, is_standard: bool);
    /// Whether the element that is open is no HTML.
    fn is_foreign(&self) -> bool;
    /// Whether it takes no more.
    fn is_done(&self) -> bool;
}

/// Reads a page into a sink.
pub fn read<S: Sink>(html: &str, sink: &mut S) {
    let reader = Reader {
        sink,
        tag: Tag::default(),
        attribute: None,
        is_open: false,
        next_state: None,
    };
    let mut tokens = Tokenizer::new_with_emitter(html, Switching(CallbackEmitter::new(reader)));
    // The only token there is says that the sink takes no more.
    let _ = tokens.next();
}

struct Reader<'a, S> {
    sink: &'a mut S,
    tag: Tag,
    /// The name of the attribute that is being read, if it is kept.
    attribute: Option<&'static str>,
    /// Whether a start tag is being read. The attributes of end tags mean nothing.
    is_open: bool,
    next_state: Option<State>,
}

impl<S: Sink> Reader<'_, S> {
    fn event(&mut self, event: &CallbackEvent<'_>) {
        match *event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag = Tag {
                    name: text_of(name),
                    ..Tag::default()
                };
                (self.is_open, self.attribute) = (true, None);
            }
            CallbackEvent::AttributeName { name } if self.is_open => {
                let kept = KEPT.iter().find(|kept| kept.as_bytes() == name).copied();
                self.attribute = kept.filter(|name| self.tag.get(name).is_none());
                if let Some(name) = self.attribute {
                    self.tag.attributes.push((name.to_owned(), String::new()));
                } else if kept.is_none() && self.tag.others.len() < OTHERS_MAX {
                    self.tag.others.push(text_of(name));
                }
            }
            CallbackEvent::AttributeValue { value } if self.is_open => {
                if let (Some(name), Some((_, last))) =
                    (self.attribute.take(), self.tag.attributes.last_mut())
                {
                    let value = text_of(value);
                    let bytes_max = if name == "style" {
                        usize::MAX
                    } else {
                        VALUE_BYTES_MAX
                    };
                    super::cut(&value, bytes_max).0.clone_into(last);
                }
            }
            CallbackEvent::CloseStartTag { self_closing } if self.is_open => {
                self.is_open = false;
                self.tag.is_closed = self_closing;
                if self.sink.open(&self.tag) {
                    self.next_state = state_after(&self.tag.name);
                }
            }
            CallbackEvent::EndTag { name } => {
                self.is_open = false;
                self.sink.close(&text_of(name));
            }
            CallbackEvent::String { value } => self.sink.text(&text_of(value)),
            CallbackEvent::Doctype {
                name, force_quirks, ..
            } => {
                self.sink.doctype(name == b"html" && !force_quirks);
            }
            CallbackEvent::AttributeName { .. }
            | CallbackEvent::AttributeValue { .. }
            | CallbackEvent::CloseStartTag { .. }
            | CallbackEvent::Comment { .. }
            | CallbackEvent::Error(_) => {}
        }
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// How the tokenizer goes on in an element of HTML whose content is no markup.
fn state_after(name: &str) -> Option<State> {
    match name {
        "title" | "textarea" => Some(State::RcData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(State::RawText),
        "script" => Some(State::ScriptData),
        "plaintext" => Some(State::PlainText),
        _ => None,
    }
}

impl<S: Sink> Callback<(), ()> for Reader<'_, S> {
    fn handle_event(&mut self, event: CallbackEvent<'_>, _: Span<()>) -> Option<()> {
        if !self.sink.is_done() {
            self.event(&event);
        }
        self.sink.is_done().then_some(())
    }
}

/// The emitter that tells the tokenizer how to go on.
struct Switching<'a, S: Sink>(CallbackEmitter<Reader<'a, S>, ()>);

impl<S: Sink> ForwardingEmitter for Switching<'_, S> {
    type Token = ();

    fn inner(&mut self) -> &mut impl Emitter<Token = ()> {
        &mut self.0
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        let _ = self.0.emit_current_tag();
        self.0.callback_mut().next_state.take()
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.0.callback_mut().sink.is_foreign()
    }
}
