//! The tools that work on what is behind handles: questions, drafts, picking, sorting, counting.
//!
//! Those that need a reader become a [`Task`] for the quarantined model; the others are code. A
//! planner gets a handle for what they return and never the value, save for `extract`, whose few
//! bits are counted.

mod calculate;
mod code;
mod specs;

pub use code::{count, first, sorted};
pub use specs::{FOR_EACH, PLAN, REPLY, SHOW, TOOLS};

use super::handles::{Handles, Part, Reference, invalid, look_up};
use crate::label::Label;
use crate::tool::{Kind, ToolCall, ToolError};
use crate::value::{Item, Value};
use serde_json::Value as Json;

/// The most bits that untrusted text may tell the planner in one turn.
pub const TURN_BITS_MAX: u32 = 16;
/// The most bits that one source may tell planners in one day.
pub const SOURCE_DAY_BITS_MAX: u32 = 64;
/// The most values that one task reads.
const VALUES_MAX: usize = 50;
/// The most options of a choice.
const OPTIONS_MAX: usize = 64;
/// The longest instruction of a planner, in bytes.
const INSTRUCTION_BYTES_MAX: usize = 4_000;

/// What is wanted back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Free text of at most so many bytes.
    Text(usize),
    /// A piece of a source, byte for byte.
    Span,
    /// A mail address that stands in a source.
    Address,
    /// The address of a page that stands in a source.
    Url,
    /// A name that stands in a source.
    Name,
    /// A number.
    Number,
    /// A whole number in a closed range.
    Integer(i64, i64),
    /// A day; with a range where it may reach the planner.
    Day(Option<(jiff::civil::Date, jiff::civil::Date)>),
    /// An instant in the owner's wall-clock time, or with an offset.
    Time,
    /// Yes or no.
    Flag,
    /// A list of texts.
    Texts,
    /// One of these.
    Choice(Vec<String>),
    /// The place of an item in a list of so many, from 1; 0 for none.
    Place(usize),
    /// The places of items in a list of so many, from 1.
    Places(usize),
}

impl Wanted {
    /// How many bits an answer can tell, rounded up, there being none told too; `None` where it is
    /// not bounded.
    pub fn bits(&self) -> Option<u32> {
        let answers = match self {
            Self::Flag => 2,
            Self::Choice(options) => u128::try_from(options.len()).ok()?,
            Self::Integer(least, most) => u128::from(most.abs_diff(*least)).saturating_add(1),
            Self::Day(Some((from, to))) => {
                let days = to.since(*from).ok()?.get_days();
                u128::try_from(days).ok()?.saturating_add(1)
            }
            Self::Text(_)
            | Self::Span
            | Self::Address
            | Self::Url
            | Self::Name
            | Self::Number
            | Self::Day(None)
            | Self::Time
            | Self::Texts
            | Self::Place(_)
            | Self::Places(_) => return None,
        };
        // With `unavailable` there is one more, so the answers' number is the greatest to be told.
        Some(u128::BITS.saturating_sub(answers.max(1).leading_zeros()))
    }
}

/// A question to the quarantined model.
#[derive(Debug, Clone)]
pub struct Task {
    /// The tool.
    pub tool: &'static str,
    /// What the planner wants to know or have written: trusted text.
    pub instruction: String,
    /// What is read, in order.
    pub values: Vec<Item>,
    /// What is wanted back.
    pub wanted: Wanted,
    /// What the result is.
    pub kind: Kind,
    /// Whether untrusted bits may stand in the instruction.
    pub tainted: bool,
}

impl Task {
    /// The labels of all that is read, joined.
    pub fn label(&self) -> Label {
        let mut labels = self.values.iter().map(Item::total_label);
        let first = labels.next().unwrap_or_else(Label::owner);
        labels.fold(first, |all, label| all.join(&label))
    }
}

/// What a call of one of these tools comes to.
pub enum Work {
    /// The quarantined model is to be asked.
    Ask(Task),
    /// Code has the result.
    Done(Kind, Item),
}

/// Reads a call of one of [`TOOLS`]. `tainted` says that untrusted bits may stand in it.
pub fn read(call: &ToolCall, handles: &dyn Handles, tainted: bool) -> Result<Work, ToolError> {
    if call.tool == "calculate" {
        let args = Arguments::of(call, handles)?;
        let item = calculate::calculate(args.required("expression")?, handles, tainted)?;
        return Ok(Work::Done(Kind::Answer, item));
    }
    let work = read_untainted(call, handles)?;
    Ok(match work {
        Work::Ask(task) => Work::Ask(Task { tainted, ..task }),
        Work::Done(..) => work,
    })
}

fn read_untainted(call: &ToolCall, handles: &dyn Handles) -> Result<Work, ToolError> {
    let args = Arguments::of(call, handles)?;
    match call.tool.as_str() {
        "ask" => args.ask(),
        "extract" => args.extract(),
        "classify" => args.classify(),
        "summarise" => args.summarise(),
        "draft" => args.draft(),
        "select" => {
            let (kind, list) = args.list()?;
            let wanted = Wanted::Place(list.items().len());
            args.task("select", "criterion", vec![list], wanted, item_of(kind))
        }
        "filter" => {
            let (kind, list) = args.list()?;
            let wanted = Wanted::Places(list.items().len());
            args.task("filter", "criterion", vec![list], wanted, kind)
        }
        "sort" => {
            let (kind, list) = args.list()?;
            let falling = args.text("order").unwrap_or("ascending") == "descending";
            let by = args.required("by")?;
            Ok(Work::Done(kind, sorted(&list, by, falling)))
        }
        "first" => {
            let (kind, list) = args.list()?;
            Ok(Work::Done(item_of(kind), first(&list)))
        }
        "count" => {
            let (_, list) = args.list()?;
            Ok(Work::Done(Kind::Answer, count(&list)))
        }
        _ => Err(ToolError::Unavailable),
    }
}

/// The kind of the result of one of these tools, given the kind of the list it works on.
pub fn returns(tool: &str, list: Option<Kind>) -> Kind {
    let list = as_list(list.unwrap_or(Kind::Data));
    match tool {
        "summarise" => Kind::Summary,
        "draft" => Kind::Text,
        "select" | "first" => item_of(list),
        "filter" | "sort" => list,
        _ => Kind::Answer,
    }
}

fn item_of(list: Kind) -> Kind {
    list.item().unwrap_or(Kind::Data)
}

/// The kind of a list of such things: what is not known to be a list may hold anything.
fn as_list(kind: Kind) -> Kind {
    kind.item().map_or(Kind::Data, |_| kind)
}

/// The list that a call works on, as it is written.
pub fn list_of(call: &ToolCall) -> Option<Reference> {
    Reference::parse(call.args.get("list")?.as_str()?.trim())
}

struct Arguments<'a> {
    given: &'a serde_json::Map<String, Json>,
    handles: &'a dyn Handles,
}

impl<'a> Arguments<'a> {
    fn of(call: &'a ToolCall, handles: &'a dyn Handles) -> Result<Self, ToolError> {
        let given = call
            .args
            .as_object()
            .ok_or_else(|| invalid("arguments", "a JSON object"))?;
        let spec = TOOLS.iter().find(|spec| spec.name == call.tool);
        for name in given.keys() {
            if spec.is_none_or(|spec| spec.arg(name).is_none()) {
                return Err(invalid(name, "an argument that this tool has"));
            }
        }
        Ok(Self { given, handles })
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.given.get(name).and_then(Json::as_str)
    }

    fn required(&self, name: &str) -> Result<&'a str, ToolError> {
        let text = self.text(name).filter(|text| !text.trim().is_empty());
        let text = text.ok_or_else(|| invalid(name, "a text; it is required"))?;
        if text.len() > INSTRUCTION_BYTES_MAX {
            return Err(invalid(name, "a text of at most 4000 bytes"));
        }
        Ok(text)
    }

    /// The values behind `handles` or `handle`, which may be one reference or a list of them.
    fn values(&self) -> Result<Vec<Item>, ToolError> {
        let given = self
            .given
            .get("handles")
            .or_else(|| self.given.get("handle"));
        let listed = match given {
            None | Some(Json::Null) => return Ok(Vec::new()),
            Some(Json::Array(items)) => items.as_slice(),
            Some(single) => std::slice::from_ref(single),
        };
        if listed.len() > VALUES_MAX {
            return Err(invalid("handles", "at most 50 references"));
        }
        let one = |value: &Json| {
            let text = value.as_str().unwrap_or_default().trim();
            let reference = Reference::parse(text)
                .ok_or_else(|| invalid("handles", "references such as $mail_1[2].body"))?;
            look_up(&reference, self.handles, "handles").map(|(_, item)| item)
        };
        listed.iter().map(one).collect()
    }

    fn some_values(&self) -> Result<Vec<Item>, ToolError> {
        let values = self.values()?;
        if values.is_empty() {
            return Err(invalid("handles", "at least one reference"));
        }
        Ok(values)
    }

    fn list(&self) -> Result<(Kind, Item), ToolError> {
        let text = self.text("list").unwrap_or_default().trim();
        let reference = Reference::parse(text)
            .ok_or_else(|| invalid("list", "a list's handle, such as $mail_1"))?;
        let (part, item) = look_up(&reference, self.handles, "list")?;
        let kind = match part {
            Part::Open | Part::Field => Kind::Data,
            Part::Whole(kind)
                if kind.item().is_some()
                    || matches!(kind, Kind::Data | Kind::Answer | Kind::Done) =>
            {
                as_list(kind)
            }
            Part::Whole(_) => return Err(invalid("list", "a list's handle, such as $mail_1")),
        };
        // What is no list after all follows from content.
        let Value::List(_) = item.peek() else {
            return Err(ToolError::Unavailable);
        };
        Ok((kind, item))
    }

    fn task(
        &self,
        tool: &'static str,
        instruction: &str,
        values: Vec<Item>,
        wanted: Wanted,
        kind: Kind,
    ) -> Result<Work, ToolError> {
        Ok(Work::Ask(Task {
            tool,
            instruction: self.required(instruction)?.to_owned(),
            values,
            wanted,
            kind,
            tainted: false,
        }))
    }

    fn ask(&self) -> Result<Work, ToolError> {
        let wanted = match self.text("as").unwrap_or("text") {
            "text" => Wanted::Text(16 * 1024),
            "span" => Wanted::Span,
            "address" => Wanted::Address,
            "url" => Wanted::Url,
            "name" => Wanted::Name,
            "number" => Wanted::Number,
            "date" => Wanted::Day(None),
            "time" => Wanted::Time,
            "flag" => Wanted::Flag,
            "texts" => Wanted::Texts,
            _ => return Err(invalid("as", specs::ANSWERS)),
        };
        self.task("ask", "question", self.some_values()?, wanted, Kind::Answer)
    }

    fn extract(&self) -> Result<Work, ToolError> {
        let day = |name| self.text(name).and_then(|text| text.parse().ok());
        let int = |name| self.given.get(name).and_then(Json::as_i64);
        let wanted = match self.text("as").unwrap_or("flag") {
            "flag" => Some(Wanted::Flag),
            "integer" => match (int("from"), int("to")) {
                (Some(from), Some(to)) if from < to => Some(Wanted::Integer(from, to)),
                _ => None,
            },
            "date" => match (day("from"), day("to")) {
                (Some(from), Some(to)) if from < to => Some(Wanted::Day(Some((from, to)))),
                _ => None,
            },
            "choice" => Some(Wanted::Choice(self.options()?)),
            _ => None,
        };
        let wanted = wanted.ok_or_else(|| {
            invalid(
                "as",
                "flag; integer or date with `from` and `to`; choice with `options`",
            )
        })?;
        if wanted.bits().is_none_or(|bits| bits > TURN_BITS_MAX) {
            return Err(invalid("to", "a range that fits the turn's 16 bits"));
        }
        self.task(
            "extract",
            "question",
            self.some_values()?,
            wanted,
            Kind::Answer,
        )
    }

    fn classify(&self) -> Result<Work, ToolError> {
        let options = self.options()?;
        Ok(Work::Ask(Task {
            tool: "classify",
            instruction: self.text("question").unwrap_or_default().to_owned(),
            values: self.some_values()?,
            wanted: Wanted::Choice(options),
            kind: Kind::Answer,
            tainted: false,
        }))
    }

    fn summarise(&self) -> Result<Work, ToolError> {
        Ok(Work::Ask(Task {
            tool: "summarise",
            instruction: self.text("instruction").unwrap_or_default().to_owned(),
            values: self.some_values()?,
            wanted: Wanted::Text(16 * 1024),
            kind: Kind::Summary,
            tainted: false,
        }))
    }

    fn draft(&self) -> Result<Work, ToolError> {
        let wanted = Wanted::Text(100_000);
        self.task("draft", "instruction", self.values()?, wanted, Kind::Text)
    }

    fn options(&self) -> Result<Vec<String>, ToolError> {
        let wrong = || invalid("options", "a list of 2 to 64 different texts");
        let given = self.given.get("options").and_then(Json::as_array);
        let texts = given.ok_or_else(wrong)?.iter().map(Json::as_str);
        let texts: Option<Vec<String>> = texts.map(|text| text.map(str::to_owned)).collect();
        let texts = texts.ok_or_else(wrong)?;
        let distinct: std::collections::BTreeSet<&String> = texts.iter().collect();
        let fits = (2..=OPTIONS_MAX).contains(&texts.len()) && distinct.len() == texts.len();
        if fits { Ok(texts) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests;
