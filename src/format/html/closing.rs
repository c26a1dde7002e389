//! What a tag closes, by the rules of the HTML standard (section 13.2.6).
//!
//! The one thing to know: a tag that a browser ignores must not end what is hidden. Where the
//! standard moves elements about, what was hidden stays so.

use super::kinds::{FORMATTING, SCOPES, SPECIAL, closes_paragraph};
use super::stack::{Active, Element, Space, Stack};

impl Stack {
    /// What a start tag closes before it opens.
    pub fn closed_by_start(&mut self, name: &str) -> Vec<Element> {
        const TABLE: &[&str] = &["html", "table", "template"];
        let place = match name {
            "td" | "th" | "caption" => self.place(&["td", "th", "caption"], TABLE),
            "tr" => self.place(&["tr", "caption"], TABLE),
            "tbody" | "thead" | "tfoot" | "colgroup" | "col" => {
                self.place(&["tbody", "thead", "tfoot", "caption", "colgroup"], TABLE)
            }
            "li" => self.item(&["li"]),
            "dd" | "dt" => self.item(&["dd", "dt"]),
            "option" | "optgroup" => {
                let last = self
                    .elements
                    .last()
                    .filter(|last| last.is_one_of(&["option"]));
                last.map(|_| self.elements.len().saturating_sub(1))
            }
            "button" => self.place(&["button"], SCOPES),
            "a" => self.formatting("a"),
            "nobr" => self.place(&["nobr"], SCOPES),
            _ => None,
        };
        let mut closed = place.map(|place| self.pop_to(place)).unwrap_or_default();
        if matches!(name, "a" | "nobr") && place.is_some() {
            self.forget(name);
        }
        if closes_paragraph(name) {
            closed.extend(self.close_paragraph());
        }
        let heading = |element: &Element| element.is_one_of(&["h1", "h2", "h3", "h4", "h5", "h6"]);
        let is_heading = matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
        if is_heading && self.elements.last().is_some_and(heading) {
            closed.extend(self.pop_to(self.elements.len().saturating_sub(1)));
        }
        closed
    }

    fn close_paragraph(&mut self) -> Vec<Element> {
        let scopes: Vec<&str> = SCOPES.iter().copied().chain(["button"]).collect();
        let place = self.place(&["p"], &scopes);
        place.map(|place| self.pop_to(place)).unwrap_or_default()
    }

    /// An item that the next one closes: of the same list, with nothing special in between.
    fn item(&self, names: &[&str]) -> Option<usize> {
        for (place, element) in self.elements.iter().enumerate().rev() {
            if element.is_one_of(names) {
                return Some(place);
            }
            let is_open = element.is_one_of(&["address", "div", "p"]);
            if element.space == Space::Foreign || (element.is_one_of(SPECIAL) && !is_open) {
                return None;
            }
        }
        None
    }

    /// A link that is open since the last cell began.
    fn formatting(&self, name: &str) -> Option<usize> {
        let active = self.active.iter().rev();
        let since = active.take_while(|active| !matches!(active, Active::Marker));
        let is_active = since.into_iter().any(|active| match active {
            Active::Marker => false,
            Active::Formatting { element, .. } => element.is(name),
        });
        if is_active {
            self.place(&[name], SCOPES)
        } else {
            None
        }
    }

    /// Takes formatting off the list of what is opened anew.
    fn forget(&mut self, name: &str) {
        for (place, active) in self.active.iter().enumerate().rev() {
            match active {
                Active::Marker => return,
                Active::Formatting { element, .. } if element.is(name) => {
                    self.active.remove(place);
                    return;
                }
                Active::Formatting { .. } => {}
            }
        }
    }

    /// Whether a paragraph is open around a table. Old pages keep it open, newer ones close it: it
    /// stays open here, and a doubt hides.
    pub fn table_in_paragraph(&self) -> bool {
        let scopes: Vec<&str> = SCOPES.iter().copied().chain(["button"]).collect();
        let Some(place) = self.place(&["p"], &scopes) else {
            return false;
        };
        let outside = place
            .checked_sub(1)
            .and_then(|place| self.elements.get(place));
        outside
            .map_or(self.root, |outside| outside.look)
            .is_hidden()
    }

    /// What an end tag closes.
    pub fn closed_by_end(&mut self, name: &str) -> Vec<Element> {
        if self
            .elements
            .last()
            .is_some_and(|last| last.space == Space::Foreign)
        {
            let same = |element: &Element| element.names.tag == name;
            let foreign = self
                .elements
                .iter()
                .rev()
                .take_while(|e| e.space == Space::Foreign);
            let above = foreign.into_iter().position(same);
            if let Some(above) = above {
                return self.pop_to(self.elements.len().saturating_sub(above).saturating_sub(1));
            }
            if self.is_foreign() && name == "p" {
                return self.leave_foreign();
            }
        }
        match name {
            // Their style holds to the end of the page.
            "html" | "body" => Vec::new(),
            "form" => self.close_form(),
            "p" => self.close_paragraph(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let place = self.place(&["h1", "h2", "h3", "h4", "h5", "h6"], SCOPES);
                place.map(|place| self.pop_to(place)).unwrap_or_default()
            }
            "td" | "th" | "tr" | "tbody" | "thead" | "tfoot" | "table" | "caption" | "select"
            | "template" => {
                let place = self.place(&[name], &["html", "table", "template"]);
                place.map(|place| self.pop_to(place)).unwrap_or_default()
            }
            "li" => {
                let scopes: Vec<&str> = SCOPES.iter().copied().chain(["ol", "ul"]).collect();
                let place = self.place(&["li"], &scopes);
                place.map(|place| self.pop_to(place)).unwrap_or_default()
            }
            _ if FORMATTING.contains(&name) => self.close_formatting(name),
            _ if SPECIAL.contains(&name) => {
                let place = self.place(&[name], SCOPES);
                place.map(|place| self.pop_to(place)).unwrap_or_default()
            }
            _ => self.close_ordinary(name),
        }
    }

    /// Any other end tag: it closes nothing beyond a special element.
    fn close_ordinary(&mut self, name: &str) -> Vec<Element> {
        for place in (0..self.elements.len()).rev() {
            let Some(element) = self.elements.get(place) else {
                break;
            };
            if element.is(name) {
                return self.pop_to(place);
            }
            if element.is_one_of(SPECIAL) {
                break;
            }
        }
        Vec::new()
    }

    /// A form is taken out from under what is open in it, which stays open.
    fn close_form(&mut self) -> Vec<Element> {
        match self.place(&["form"], SCOPES) {
            Some(place) if place.saturating_add(1) == self.elements.len() => self.pop_to(place),
            Some(place) => {
                self.elements.remove(place);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// The standard's adoption agency, as far as looks go.
    fn close_formatting(&mut self, name: &str) -> Vec<Element> {
        let Some(place) = self.place(&[name], SCOPES) else {
            self.forget(name);
            return Vec::new();
        };
        let outside = place
            .checked_sub(1)
            .and_then(|place| self.elements.get(place));
        let is_hidden_outside = outside
            .map_or(self.root, |outside| outside.look)
            .is_hidden();
        let inside = self.elements.iter().skip(place.saturating_add(1));
        if !inside.clone().any(|element| element.is_one_of(SPECIAL)) {
            let closed = self.pop_to(place);
            self.forget(name);
            return closed;
        }
        // A block stays open, without the formatting around it: hidden if either look was.
        let mut ended = self.elements.remove(place);
        for element in self.elements.iter_mut().skip(place) {
            element.look.hides = element.look.hides || is_hidden_outside;
        }
        self.forget(name);
        ended.look.is_block = false;
        vec![ended]
    }

    /// Leaves SVG and MathML, as a paragraph in it does.
    pub fn leave_foreign(&mut self) -> Vec<Element> {
        let inside = self
            .elements
            .iter()
            .rposition(|element| element.space == Space::Html || element.is_integration());
        self.pop_to(inside.map_or(0, |place| place.saturating_add(1)))
    }
}
