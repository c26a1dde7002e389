//! The elements that are open, and the formatting that is opened anew.
//!
//! The one thing to know: formatting that was not closed by its own tag goes on in what follows, as
//! in a browser, and with it what it hides.

use super::kinds::{FORMATTING, INTEGRATION, MARKERS};
use super::look::Look;
use super::sheet::{Declared, Names};
use std::rc::Rc;

/// Formatting that is opened anew in each paragraph; more of it, and all that follows is hidden.
const FORMATTING_MAX: usize = 16;

/// The most formatting and cells that are open at once.
const ACTIVE_MAX: usize = 200;

/// What an element is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// HTML.
    Html,
    /// SVG or MathML.
    Foreign,
}

/// An element that is open.
#[derive(Debug, Clone)]
pub struct Element {
    /// What selectors ask.
    pub names: Rc<Names>,
    /// What it is of.
    pub space: Space,
    /// What its text looks like.
    pub look: Look,
    /// Where it leads, and where its text began.
    pub link: Option<(String, usize)>,
    /// How many items a list has had so far, if it counts them.
    pub items: Option<u32>,
    /// What is needed to open it anew.
    declared: Rc<Declared>,
}

impl Element {
    /// An element with its style.
    pub fn new(names: Rc<Names>, space: Space, look: Look, declared: Declared) -> Self {
        Self {
            names,
            space,
            look,
            link: None,
            items: None,
            declared: Rc::new(declared),
        }
    }

    /// Whether it is this element of HTML.
    pub fn is(&self, name: &str) -> bool {
        self.space == Space::Html && self.names.tag == name
    }

    /// Whether it is one of these elements of HTML.
    pub fn is_one_of(&self, names: &[&str]) -> bool {
        self.space == Space::Html && names.contains(&self.names.tag.as_str())
    }

    /// Whether it is of SVG or MathML and holds HTML.
    pub fn is_integration(&self) -> bool {
        self.space == Space::Foreign && INTEGRATION.contains(&self.names.tag.as_str())
    }
}

/// Formatting that is to be opened anew, or the cell that ends it.
#[derive(Debug, Clone)]
pub enum Active {
    /// A cell, or another end of it all.
    Marker,
    /// Formatting, and whether it is open now.
    Formatting {
        element: Box<Element>,
        is_open: bool,
    },
}

/// The elements that are open, the outermost first.
#[derive(Debug)]
pub struct Stack {
    pub(super) elements: Vec<Element>,
    pub(super) active: Vec<Active>,
    pub(super) root: Look,
    /// Whether there was more formatting than is followed.
    pub is_lost: bool,
}

impl Stack {
    /// A stack whose text looks like this.
    pub fn new(root: Look) -> Self {
        Self {
            elements: Vec::new(),
            active: Vec::new(),
            root,
            is_lost: false,
        }
    }

    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.elements.len()
    }

    /// What text looks like now.
    pub fn look(&self) -> Look {
        self.elements
            .last()
            .map_or(self.root, |element| element.look)
    }

    /// Whether the open element is of SVG or MathML and holds no HTML.
    pub fn is_foreign(&self) -> bool {
        let last = self.elements.last();
        last.is_some_and(|element| element.space == Space::Foreign && !element.is_integration())
    }

    /// The names of the open elements, the outermost first.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &Names> + Clone {
        self.elements.iter().map(|element| element.names.as_ref())
    }

    /// The innermost list.
    pub fn list(&mut self) -> Option<&mut Element> {
        self.elements
            .iter_mut()
            .rev()
            .find(|element| element.is_one_of(&["ul", "ol", "menu", "dir"]))
    }

    /// How many lists are open.
    pub fn lists(&self) -> usize {
        self.elements
            .iter()
            .filter(|element| element.is_one_of(&["ul", "ol", "menu", "dir"]))
            .count()
    }

    /// How many quotes are open.
    pub fn quotes(&self) -> usize {
        self.elements
            .iter()
            .filter(|e| e.is("blockquote") && !e.look.is_hidden())
            .count()
    }

    /// Opens an element.
    pub fn push(&mut self, element: Element) {
        if element.is_one_of(MARKERS) {
            self.active.push(Active::Marker);
        }
        if element.is_one_of(FORMATTING) {
            self.is_lost = self.is_lost || self.active.len() >= ACTIVE_MAX;
            if !self.is_lost {
                let kept = Box::new(element.clone());
                self.active.push(Active::Formatting {
                    element: kept,
                    is_open: true,
                });
            }
        }
        self.elements.push(element);
    }

    /// Closes the innermost elements down to this place, and gives them, the innermost first.
    pub fn pop_to(&mut self, place: usize) -> Vec<Element> {
        let mut closed = Vec::new();
        while self.elements.len() > place {
            let Some(element) = self.elements.pop() else {
                break;
            };
            if element.is_one_of(MARKERS) {
                while let Some(Active::Formatting { .. }) = self.active.pop() {}
            }
            if element.is_one_of(FORMATTING) {
                self.was_closed(&element.names);
            }
            closed.push(element);
        }
        closed
    }

    /// Notes that formatting which was not closed by its own tag is to be opened anew.
    fn was_closed(&mut self, names: &Names) {
        for active in self.active.iter_mut().rev() {
            match active {
                Active::Marker => return,
                Active::Formatting { element, is_open } => {
                    if *is_open && *element.names == *names {
                        *is_open = false;
                        return;
                    }
                }
            }
        }
    }

    /// Opens formatting anew, as a browser does before text and inline elements; gives the places
    /// of links among it.
    pub fn reconstruct(&mut self) -> Vec<usize> {
        let mut links = Vec::new();
        if self.is_lost {
            return links;
        }
        let from = self
            .active
            .iter()
            .rposition(|active| matches!(active, Active::Marker));
        let mut opened: usize = 0;
        for active in self
            .active
            .iter_mut()
            .skip(from.map_or(0, |at| at.saturating_add(1)))
        {
            let Active::Formatting { element, is_open } = active else {
                continue;
            };
            if *is_open {
                continue;
            }
            opened = opened.saturating_add(1);
            if opened > FORMATTING_MAX {
                self.is_lost = true;
                break;
            }
            *is_open = true;
            let mut again = (**element).clone();
            let parent = self.elements.last().map_or(self.root, |parent| parent.look);
            again.look = parent.inside(&again.declared);
            if again.link.is_some() {
                links.push(self.elements.len());
            }
            self.elements.push(again);
        }
        links
    }

    /// Where a link's text begins.
    pub fn begin_link(&mut self, place: usize, mark: usize) {
        if let Some((_, from)) = self
            .elements
            .get_mut(place)
            .and_then(|element| element.link.as_mut())
        {
            *from = mark;
        }
    }

    /// Where the innermost of these elements is, if nothing of those scopes lies around it.
    pub fn place(&self, names: &[&str], scopes: &[&str]) -> Option<usize> {
        for (place, element) in self.elements.iter().enumerate().rev() {
            if element.is_one_of(names) {
                return Some(place);
            }
            if element.is_one_of(scopes) || element.is_integration() {
                return None;
            }
        }
        None
    }

    /// Whether a table is open that nothing separates from here.
    pub fn in_table(&self) -> bool {
        self.place(&["table"], &["html", "template"]).is_some()
    }
}
