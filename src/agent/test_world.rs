//! A conversation in memory for tests: handles, what the owner said and knows, and a few tools.
//!
//! A call goes the way that the engine sends it: resolved, judged, decided by the default rules.

use super::arguments::{Scope, judge, resolve};
use super::grounds::{Grounds, Words};
use super::handles::Handles;
use crate::label::{Capacity, Label, Labeled, Readers};
use crate::policy::rules::DEFAULT;
use crate::policy::{Circumstances, Decision, Intent, decide_by};
use crate::time::Zone;
use crate::tool::{
    ArgRole, ArgSpec, ArgType, Call, EffectClass, Kind, Reach, Sinks, ToolCall, ToolError, ToolSpec,
};
use crate::value::{Item, Value, record};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

const fn arg(name: &'static str, role: ArgRole, holds: ArgType) -> ArgSpec {
    ArgSpec {
        name,
        holds,
        role,
        required: false,
        about: "",
    }
}

const fn control(name: &'static str, holds: ArgType) -> ArgSpec {
    arg(name, ArgRole::Control, holds)
}

const fn content(name: &'static str) -> ArgSpec {
    arg(name, ArgRole::Content, ArgType::Text(10_000))
}

const fn tool(
    name: &'static str,
    effect: EffectClass,
    sinks: Sinks,
    args: &'static [ArgSpec],
) -> ToolSpec {
    ToolSpec {
        name,
        about: "",
        effect,
        reach: Reach::Outside,
        args,
        returns: Kind::Data,
        source: None,
        sinks,
    }
}

const ADDRESSES: ArgType = ArgType::List(&ArgType::Address);

/// One control argument of every type.
const EVERY_TYPE: &[ArgSpec] = &[
    control("text", ArgType::Text(2_000_000)),
    control("address", ArgType::Address),
    control("user", ArgType::Name("user")),
    control("url", ArgType::Name("url")),
    control("count", ArgType::Integer(i64::MIN, i64::MAX)),
    control("amount", ArgType::Number),
    control("flag", ArgType::Flag),
    control("way", ArgType::Choice(&["up", "down"])),
    control("at", ArgType::Instant),
    control("day", ArgType::Day),
    control("texts", ArgType::List(&ArgType::Text(2_000_000))),
    control("people", ADDRESSES),
    control("json", ArgType::Anything),
    control("mail", ArgType::Object(Kind::Mail)),
];

/// The owner's zone; reading its rules takes longer than all the rest of a call.
static PARIS: LazyLock<Option<Zone>> = LazyLock::new(|| Zone::named("Europe/Paris"));

/// The tools.
pub(crate) static TOOLS: &[ToolSpec] = &[
    tool(
        "send_mail",
        EffectClass::Send,
        Sinks::Args(&["to", "cc"]),
        &[
            control("to", ADDRESSES),
            control("cc", ADDRESSES),
            content("subject"),
            content("body"),
            control("files", ArgType::Anything),
        ],
    ),
    tool(
        "message",
        EffectClass::Send,
        Sinks::Args(&["channel"]),
        &[
            control("channel", ArgType::Name("channel")),
            content("body"),
        ],
    ),
    tool(
        "pay",
        EffectClass::Pay,
        Sinks::Args(&["account"]),
        &[
            control("account", ArgType::Name("account")),
            control("amount", ArgType::Number),
            control("day", ArgType::Day),
            content("subject"),
        ],
    ),
    tool(
        "remove",
        EffectClass::Delete,
        Sinks::Nobody,
        &[
            control("file", ArgType::Name("id")),
            control("mail", ArgType::Object(Kind::Mail)),
        ],
    ),
    tool(
        "share",
        EffectClass::Admin,
        Sinks::Nobody,
        &[
            control("file", ArgType::Name("id")),
            control("user", ArgType::Name("user")),
            control("right", ArgType::Choice(&["r", "rw"])),
        ],
    ),
    tool(
        "append",
        EffectClass::Write,
        Sinks::Object("file"),
        &[control("file", ArgType::Name("id")), content("text")],
    ),
    tool(
        "publish",
        EffectClass::Send,
        Sinks::Everyone,
        &[control("url", ArgType::Name("url")), content("text")],
    ),
    tool(
        "search_web",
        EffectClass::Read,
        Sinks::Everyone,
        &[content("query")],
    ),
    tool(
        "note",
        EffectClass::Write,
        Sinks::Nobody,
        &[content("text")],
    ),
    tool(
        "look",
        EffectClass::Read,
        Sinks::Nobody,
        &[content("query")],
    ),
    tool("write_any", EffectClass::Write, Sinks::Nobody, EVERY_TYPE),
    tool("send_any", EffectClass::Send, Sinks::Nobody, EVERY_TYPE),
    tool("delete_any", EffectClass::Delete, Sinks::Nobody, EVERY_TYPE),
    tool("pay_any", EffectClass::Pay, Sinks::Nobody, EVERY_TYPE),
    tool("admin_any", EffectClass::Admin, Sinks::Nobody, EVERY_TYPE),
];

/// The tools that take a control argument of every type.
pub(crate) const ANY: [&str; 5] = [
    "write_any",
    "send_any",
    "delete_any",
    "pay_any",
    "admin_any",
];

pub(crate) fn spec(name: &str) -> &'static ToolSpec {
    TOOLS.iter().find(|spec| spec.name == name).unwrap()
}

/// A conversation.
#[derive(Default)]
pub(crate) struct World {
    kept: BTreeMap<String, (Kind, Item)>,
    here: Words,
    all: Words,
    known: BTreeSet<(String, String)>,
    /// Whether untrusted bits may stand in what the planner writes.
    pub(crate) tainted: bool,
}

impl World {
    /// One in which the owner just wrote this.
    pub(crate) fn said(text: &str) -> Self {
        Self {
            here: Words::of([text]),
            all: Words::of([text]),
            ..Self::default()
        }
    }

    /// The same with something that the owner wrote before.
    pub(crate) fn after(self, earlier: &str, now: &str) -> Self {
        Self {
            here: Words::of([now]),
            all: Words::of([earlier, now]),
            ..self
        }
    }

    /// Adds members of a set that the owner curates.
    pub(crate) fn knowing(mut self, set: &str, members: &[&str]) -> Self {
        let members = members
            .iter()
            .map(|one| (set.to_owned(), (*one).to_owned()));
        self.known.extend(members);
        self
    }

    /// Keeps a value under a handle.
    pub(crate) fn keep(mut self, name: &str, kind: Kind, item: Item) -> Self {
        self.kept.insert(name.to_owned(), (kind, item));
        self
    }

    /// What calls are resolved with.
    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope {
            handles: self,
            grounds: self,
            zone: None,
            tainted: self.tainted,
            swayed: self.tainted,
        }
    }

    /// A call as policy sees it.
    pub(crate) fn call(&self, tool: &str, args: Json) -> Result<Call, ToolError> {
        let call = ToolCall {
            id: "c1".into(),
            tool: tool.into(),
            args,
        };
        let scope = Scope {
            zone: PARIS.as_ref(),
            ..self.scope()
        };
        let mut call = resolve(&call, spec(tool), scope)?;
        judge(&mut call, self);
        Ok(call)
    }

    /// What is decided about a call of an ordinary turn, such as `ask untrusted_control`.
    #[track_caller]
    pub(crate) fn decide(&self, tool: &str, args: Json) -> String {
        self.decide_when(tool, args, Circumstances::default())
    }

    /// The same in other circumstances.
    #[track_caller]
    pub(crate) fn decide_when(&self, tool: &str, args: Json, now: Circumstances) -> String {
        match self.call(tool, args) {
            Ok(call) => decided(&call, now),
            Err(error) => error.to_string(),
        }
    }
}

/// What the default rules say to a call.
pub(crate) fn decided(call: &Call, now: Circumstances) -> String {
    match decide_by(DEFAULT, &Intent::Tool(call), now) {
        Decision::Allow(_, reason) => format!("allow {}", reason.code()),
        Decision::Ask(reason) => format!("ask {}", reason.code()),
        Decision::Deny(reason) => format!("deny {}", reason.code()),
    }
}

impl Handles for World {
    fn get(&self, name: &str) -> Option<(Kind, Item)> {
        self.kept.get(name).cloned()
    }
}

impl Grounds for World {
    fn said(&self, set: &str, identifier: &str) -> bool {
        self.all.have(set, identifier)
    }

    fn said_words(&self, text: &str) -> bool {
        self.all.have_every_word(text)
    }

    fn knows(&self, set: &str, identifier: &str) -> bool {
        let wanted = (set.to_owned(), identifier.to_owned());
        self.known.contains(&wanted)
    }

    fn names(&self, identity: &str) -> bool {
        let parts = identity.split_once(':');
        parts.is_some_and(|(set, identifier)| self.here.name(set, identifier))
    }

    fn mentions(&self, identity: &str) -> bool {
        let parts = identity.split_once(':');
        parts.is_some_and(|(set, identifier)| self.here.have(set, identifier))
    }
}

/// Readers by their names.
pub(crate) fn only(people: &[&str]) -> Readers {
    Readers::Only(people.iter().map(|name| (*name).to_owned()).collect())
}

pub(crate) fn text(text: &str, label: Label) -> Item {
    Labeled::new(Value::Text(text.to_owned()), label)
}

/// A text that anybody may have written.
pub(crate) fn foreign(written: &str) -> Item {
    text(written, Label::untrusted("mail:1", Readers::owner()))
}

/// What a service vouches for.
pub(crate) fn vouched(value: Value) -> Item {
    let label = Label::attested("mail:1", Readers::owner(), Capacity::Id);
    Labeled::new(value, label)
}

/// A mail of a stranger, as a connector labels it.
pub(crate) fn mail(id: &str, from: &str, body: &str) -> Item {
    let source = format!("mail:{id}");
    let readers = only(&[&format!("mail:{from}")]);
    let known = |capacity| Label::attested(&source, readers.clone(), capacity);
    let words = Label::untrusted(&source, readers.clone());
    record(
        known(Capacity::Unit),
        [
            ("id", text(id, known(Capacity::Id))),
            ("from", text(from, words.clone())),
            ("subject", text("Hello", words.clone())),
            ("body", text(body, words)),
        ],
    )
}

/// A list as a connector returns it: it adds nothing to its items.
pub(crate) fn list(items: Vec<Item>) -> Item {
    let label = Label {
        readers: Readers::Everyone,
        capacity: Capacity::Unit,
        ..Label::owner()
    };
    Labeled::new(Value::List(items), label)
}
