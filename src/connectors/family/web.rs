//! Pages of the web: the tool, which hosts it may ask, and how a page is labelled.
//!
//! The one thing to know: whoever runs a host learns which address was asked for, so reading a page
//! is a send; and a page is public and anybody's words, its title and its links too. Only hosts that
//! the deployment lists are asked, each an account of its own; the address says which.

use super::super::access::{Asks, Kept};
use super::super::accounts::Served;
use super::super::parts::{chosen_by, source_of, text};
use super::Kin;
use super::contract::{arg, outside, required, tool};
use super::habits::Habits;
use crate::egress::account::Account;
use crate::egress::table::Target;
use crate::label::{Capacity, Label, Labeled, Readers};
use crate::message::Locale;
use crate::tool::{
    ArgRole, ArgType, Call, Document, Documents, EffectClass, Kind, Sinks, ToolError, ToolOutput,
    ToolSpec,
};
use crate::value::{Item, Value, record};

pub(in super::super) mod address;

use address::Address;

/// The name of the family, which accounts of hosts have as their user.
pub(in super::super) const NAME: &str = "web";
/// How many listed hosts a refusal names.
const HOSTS_TOLD_MAX: usize = 8;

/// The family.
pub(in super::super) static KIN: Kin = Kin {
    name: NAME,
    tools: TOOLS,
    check: |_, _| Ok(()),
    guard: |_| Ok(()),
    is_public: true,
    complete: |_, _| {},
    knows: |_, _, _| false,
    called: |_, _, _| Vec::new(),
    merge: |items, _| items,
    habits: &ByHost,
};

const TOOLS: &[ToolSpec] = &[outside(&READ)];

pub(in super::super) const READ: ToolSpec = ToolSpec {
    // Whoever runs the host learns which address was asked for.
    sinks: Sinks::Everyone,
    ..tool(
        "web_read",
        "Reads a public web page.",
        EffectClass::Read,
        &[required(&arg(
            "url",
            ArgType::Name("url"),
            ArgRole::Control,
            "Its address, beginning with https.",
        ))],
        Kind::Page,
    )
};

/// Whether an account's host, or one below its suffixes, is this one.
pub(in super::super) fn is_host_of(account: &Account, host: &str) -> bool {
    let Target::Host(own) = account.target else {
        return false;
    };
    let below = |suffix: &&str| {
        let is_it = suffix.strip_prefix('.') == Some(host);
        is_it || suffix.starts_with('.') && host.ends_with(*suffix)
    };
    own == host || account.hosts.iter().any(below)
}

/// Where a refusal is remembered for the owner, in a collection of this name.
const WHY: &str = "why";

/// Remembers why a page was not read, or that nothing was wrong.
pub(in super::super) fn note(
    why: Option<Why>,
    documents: &mut dyn Documents,
) -> Result<(), ToolError> {
    let known = documents.get(WHY, WHY)?;
    let known = known.as_ref().and_then(|known| known.body.as_str());
    match why {
        Some(why) if known == Some(why.code()) => Ok(()),
        Some(why) => Ok(documents.put(
            WHY,
            Document {
                id: WHY.to_owned(),
                sort: 0,
                body: why.code().into(),
            },
        )?),
        None if known.is_none() => Ok(()),
        None => Ok(documents.remove(WHY, WHY).map(|_| ())?),
    }
}

/// Why a page was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Why {
    /// Its host is not listed.
    Unlisted,
    /// It led to a host that is not listed.
    Elsewhere,
    /// It led on and on.
    Around,
}

impl Why {
    const ALL: [Self; 3] = [Self::Unlisted, Self::Elsewhere, Self::Around];

    fn code(self) -> &'static str {
        match self {
            Self::Unlisted => "unlisted",
            Self::Elsewhere => "elsewhere",
            Self::Around => "around",
        }
    }

    fn of(document: &Document) -> Option<Self> {
        let code = document.body.as_str()?;
        Self::ALL.into_iter().find(|why| why.code() == code)
    }

    /// What the owner is told. It names hosts that the deployment lists, and none that a page named.
    fn words(self, hosts: &str, locale: Locale) -> String {
        let more = locale.pick(
            format!("I read pages of {hosts} only. `npm run connect web` on your computer adds a host."),
            format!("Je ne lis que les pages de {hosts}. `npm run connect web` sur votre ordinateur en ajoute."),
        );
        let what = match self {
            Self::Unlisted => locale.pick(
                "I did not read that page: its host is not among those that I may ask.",
                "Je n’ai pas lu cette page : son hôte n’est pas de ceux que je peux interroger.",
            ),
            Self::Elsewhere => locale.pick(
                "I did not read that page: it leads to a host that is not among those that I may ask.",
                "Je n’ai pas lu cette page : elle mène à un hôte qui n’est pas de ceux que je peux interroger.",
            ),
            Self::Around => {
                return locale
                    .pick(
                        "I did not read that page: it leads on and on, and I follow three times.",
                        "Je n’ai pas lu cette page : elle renvoie sans cesse ailleurs, et je suis trois renvois.",
                    )
                    .to_owned();
            }
        };
        format!("{what} {more}")
    }
}

/// A host is asked by its name in the address.
struct ByHost;

impl Habits for ByHost {
    fn asks(&self) -> Asks {
        asks
    }

    fn lets_choose(&self) -> bool {
        false
    }

    fn why(&self, error: &ToolError, locale: Locale, kept: &Kept<'_>) -> Option<String> {
        if *error != ToolError::Unavailable {
            return None;
        }
        let of_accounts = kept.accounts.iter();
        let of_accounts = of_accounts.filter_map(|served| kept.get(&served.account, WHY, WHY));
        let own = kept.all.get(WHY, WHY).ok().flatten();
        let why = own
            .into_iter()
            .chain(of_accounts)
            .find_map(|it| Why::of(&it))?;
        let hosts = kept
            .accounts
            .iter()
            .filter_map(|served| match served.account.target {
                Target::Host(host) => Some(host),
                Target::BaseUrl(_) | Target::Ai(_) => None,
            });
        let mut hosts: Vec<&str> = hosts.collect();
        let more = hosts.len() > HOSTS_TOLD_MAX;
        hosts.truncate(HOSTS_TOLD_MAX);
        if more {
            hosts.push("…");
        }
        Some(why.words(&hosts.join(", "), locale))
    }
}

fn asks(
    call: &Call,
    accounts: &[&'static Served],
    documents: &mut dyn Documents,
) -> Result<Vec<String>, ToolError> {
    let asked = Address::read(call.text("url"));
    let served = asked.as_ref().and_then(|asked| {
        let mut all = accounts.iter();
        all.find(|served| is_host_of(&served.account, &asked.host))
    });
    let Some(served) = served else {
        note(asked.map(|_| Why::Unlisted), documents)?;
        return Err(ToolError::Unavailable);
    };
    note(None, documents)?;
    Ok(vec![served.account.name.to_owned()])
}

/// What a page says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Page {
    pub(in super::super) title: String,
    pub(in super::super) text: String,
    /// What a feed lists.
    pub(in super::super) entries: Vec<Entry>,
}

/// One entry of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Entry {
    pub(in super::super) title: String,
    pub(in super::super) link: String,
    pub(in super::super) date: String,
    pub(in super::super) summary: String,
}

/// A page, with a label on every field. `read` is where it was in the end.
pub(in super::super) fn item(call: &Call, asked: &Address, read: &Address, page: &Page) -> Item {
    let source = source_of(Kind::Page, &asked.place());
    let words = Label::untrusted(&source, Readers::Everyone);
    // Which page it is was chosen by whoever chose the address.
    let known = Label::attested(&source, Readers::Everyone, Capacity::Id);
    let known = known.join(&chosen_by(call));
    // Where a host sends one is that host's word.
    let of_url = if asked == read { &known } else { &words };
    let whole = Label {
        capacity: Capacity::Unit,
        ..known.clone()
    };
    let entry = |entry: &Entry| {
        record(
            whole.clone(),
            [
                ("title", text(entry.title.as_str(), words.clone())),
                ("link", text(entry.link.as_str(), words.clone())),
                ("date", text(entry.date.as_str(), words.clone())),
                ("summary", text(entry.summary.as_str(), words.clone())),
            ],
        )
    };
    let entries = page.entries.iter().map(entry).collect();
    record(
        whole.clone(),
        [
            ("id", text(asked.without_scheme(), known.clone())),
            ("url", text(read.url(), of_url.clone())),
            ("title", text(page.title.as_str(), words.clone())),
            ("text", text(page.text.as_str(), words.clone())),
            ("entries", Labeled::new(Value::List(entries), words.clone())),
        ],
    )
}

/// The result of reading a page.
pub(in super::super) fn output(
    call: &Call,
    asked: &Address,
    read: &Address,
    page: &Page,
) -> ToolOutput {
    ToolOutput::new(Kind::Page, item(call, asked, read, page))
}
