//! Families: the connectors whose tools planners know, over accounts at outside services.
//!
//! The one thing to know: a family has the contracts, fills in what follows from them and labels
//! what comes back; its services speak the wire. A planner names an account or none, and cannot see
//! which service it is at.

pub(super) mod calendar;
pub(super) mod contacts;
pub(super) mod contract;
mod habits;
pub(super) mod mail;
pub(super) mod web;

use super::access::{self, Desk, Kept, Stage, Trouble};
use super::accounts::{self, Served};
use super::{Called, Connector, Failed, Lost, When, Woken};
use crate::egress::account::{Account, Auth};
use crate::label::{Label, Labeled};
use crate::message::Locale;
use crate::time::Timestamp;
use crate::tool::{
    Answer, ArgRole, ArgSpec, ArgType, Argument, Call, CallContext, Documents, EffectClass, Kind,
    Origin, Progress, Shape, ToolError, ToolSpec,
};
use crate::value::{Item, Value};
use habits::Habits;
use serde_json::Value as Json;

/// What makes a family what it is.
pub(super) struct Kin {
    /// Its name.
    pub(super) name: &'static str,
    /// The contracts of its tools, but for the argument that names an account.
    pub(super) tools: &'static [ToolSpec],
    /// What is wrong with a call beyond its contract.
    pub(super) check: fn(&str, &Shape) -> Result<(), ToolError>,
    /// Refuses what a value that came by a handle must not ask for.
    pub(super) guard: fn(&Call) -> Result<(), ToolError>,
    /// Whether its services are strangers: then how one fails says nothing to a planner.
    pub(super) is_public: bool,
    /// Adds the arguments that follow from those given; `own` are the owner's own addresses.
    pub(super) complete: fn(&mut Call, own: &[&str]),
    /// Whether an identifier is in a set that the owner curates there.
    pub(super) knows: fn(&str, &str, &Kept<'_>) -> bool,
    /// By which names the owner calls somebody.
    pub(super) called: fn(&str, &str, &Kept<'_>) -> Vec<Called>,
    /// The order of what several accounts list, and how much of it.
    pub(super) merge: fn(Vec<Item>, &Call) -> Vec<Item>,
    /// What it does otherwise than most.
    pub(super) habits: &'static dyn Habits,
}

/// A family with its accounts.
pub(super) struct Family {
    kin: &'static Kin,
    accounts: Vec<&'static Served>,
    tools: &'static [ToolSpec],
}

/// The families that this deployment has accounts for.
pub(super) fn all() -> Vec<&'static dyn Connector> {
    let mut all: Vec<&'static dyn Connector> = Vec::new();
    let owns = owns_any(accounts::served());
    for kin in KINS {
        let mut accounts = accounts::of(kin.name);
        // After those of services, so that the first of these is the one that is meant.
        accounts.extend(kin.habits.own().filter(|_| owns));
        if !accounts.is_empty() {
            // Made once, for as long as the program runs.
            all.push(Box::leak(Box::new(Family::new(kin, accounts))));
        }
    }
    all
}

/// Every family.
const KINS: &[&Kin] = &[&calendar::KIN, &contacts::KIN, &mail::KIN, &web::KIN];

/// A family by its name.
#[cfg(test)]
pub(super) fn kin(name: &str) -> Option<&'static Kin> {
    KINS.iter().find(|kin| kin.name == name).copied()
}

/// Whether the owner has an account of their own. A host whose pages may be read is nobody's.
fn owns_any(served: &[Served]) -> bool {
    served.iter().any(|it| it.account.api.user != web::NAME)
}

/// Whether the demo account still has a tool that gives such things. Its mail, calendar and contacts
/// go together as soon as the owner has any of their own, since invented people would stand beside
/// real ones; its pages go once there are hosts to read from.
pub(super) fn leaves_to_demo(kind: Kind) -> bool {
    is_left(kind, accounts::served())
}

fn is_left(kind: Kind, served: &[Served]) -> bool {
    if kind == Kind::Page {
        served.iter().all(|it| it.account.api.user != web::NAME)
    } else {
        !owns_any(served)
    }
}

impl Family {
    pub(super) fn new(kin: &'static Kin, accounts: Vec<&'static Served>) -> Self {
        let names: Vec<&'static str> = accounts.iter().map(|it| it.account.name).collect();
        // Made once, for as long as the program runs.
        let tools: Vec<ToolSpec> = if names.len() > 1 && kin.habits.lets_choose() {
            let names: &'static [&'static str] = Box::leak(names.into_boxed_slice());
            kin.tools
                .iter()
                .map(|spec| with_account(spec, names))
                .collect()
        } else {
            kin.tools.iter().map(|spec| ToolSpec { ..*spec }).collect()
        };
        Self {
            kin,
            accounts,
            tools: Box::leak(tools.into_boxed_slice()),
        }
    }

    /// The accounts that it asks.
    #[cfg(test)]
    pub(super) fn served(&self) -> &[&'static Served] {
        &self.accounts
    }

    fn desk(&self) -> Desk<'_> {
        Desk {
            accounts: &self.accounts,
            asks: self.kin.habits.asks(),
            merge: self.kin.merge,
        }
    }

    fn kept<'a>(&'a self, documents: &'a dyn Documents) -> Kept<'a> {
        Kept {
            accounts: &self.accounts,
            all: documents,
        }
    }

    /// What the family adds to what is done.
    fn ended(
        &self,
        progress: Progress,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        match progress {
            Progress::Done(output) => {
                let habits = self.kin.habits;
                habits
                    .done(&self.accounts, output, context)
                    .map(Progress::Done)
            }
            sent @ Progress::Send { .. } => Ok(sent),
        }
    }

    fn served_by(&self, stage: &Stage) -> Option<&'static Served> {
        let mut all = self.accounts.iter();
        let found = all.find(|served| served.account.name == stage.account());
        found.copied()
    }
}

/// A contract with the argument that names the account.
fn with_account(spec: &ToolSpec, names: &'static [&'static str]) -> ToolSpec {
    let reads = spec.weight() == EffectClass::Read;
    let account = ArgSpec {
        name: "account",
        holds: ArgType::Choice(names),
        role: if reads {
            ArgRole::Inert
        } else {
            ArgRole::Control
        },
        required: false,
        about: "Which of the owner's accounts; for a list all of them, otherwise the first or that of what the call is about, if not given.",
    };
    let args: Vec<ArgSpec> = spec.args.iter().copied().chain([account]).collect();
    ToolSpec {
        args: Box::leak(args.into_boxed_slice()),
        ..*spec
    }
}

impl Connector for Family {
    fn name(&self) -> &'static str {
        self.kin.name
    }

    fn tools(&self) -> &'static [ToolSpec] {
        self.tools
    }

    fn check(&self, tool: &str, shape: &Shape, _when: When<'_>) -> Result<(), ToolError> {
        (self.kin.check)(tool, shape)
    }

    /// Says which account a call is for that changes or sends something, so that policy and the
    /// owner's card see it.
    fn complete(&self, call: &mut Call) {
        let own: Vec<&str> = self
            .accounts
            .iter()
            .map(|served| served.account.address)
            .collect();
        (self.kin.complete)(call, &own);
        let Some(spec) = call.spec.arg("account") else {
            return;
        };
        let pointed = access::account_of_objects(call);
        let (name, origin) = match (pointed, self.accounts.first()) {
            (Some((argument, name)), _) => (name, Origin::Handle(format!("{argument}.id"))),
            (None, Some(first)) if call.spec.effect != EffectClass::Read => {
                if call.item("account").is_some() {
                    return;
                }
                (first.account.name.to_owned(), Origin::Literal)
            }
            (None, _) => return,
        };
        let item = Labeled::new(Value::Text(name), Label::owner());
        call.args
            .insert(spec.name, Argument::new(spec, item, origin));
    }

    fn knows(&self, set: &str, identifier: &str, documents: &dyn Documents) -> bool {
        let address = identifier.trim();
        let mut own = self.accounts.iter().map(|served| served.account.address);
        let is_own = set == "mail" && own.any(|own| own.eq_ignore_ascii_case(address));
        is_own && !address.is_empty() || (self.kin.knows)(set, identifier, &self.kept(documents))
    }

    fn called(&self, set: &str, identifier: &str, documents: &dyn Documents) -> Vec<Called> {
        (self.kin.called)(set, identifier, &self.kept(documents))
    }

    fn run(&self, call: &Call, context: &mut CallContext<'_>) -> Result<Progress, ToolError> {
        (self.kin.guard)(call)?;
        let progress = self.desk().start(call, context)?;
        self.ended(progress, context)
    }

    fn go_on(
        &self,
        call: &Call,
        stage: &Json,
        answer: Answer<'_>,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let stage = Stage::read(stage).ok_or(ToolError::Unavailable)?;
        let progress = self.desk().go_on(stage, call, answer, context)?;
        self.ended(progress, context)
    }

    fn failed(
        &self,
        call: &Call,
        stage: &Json,
        failed: &Failed,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        match Stage::read(stage) {
            Some(_) if self.kin.is_public && failed.is_set_up => Err(ToolError::Unavailable),
            Some(stage) => {
                let progress = self.desk().failed(stage, call, failed, context)?;
                self.ended(progress, context)
            }
            None => Err(failed.error.clone()),
        }
    }

    fn takes(&self, stage: &Json, status: u16) -> bool {
        let Some(stage) = Stage::read(stage) else {
            return false;
        };
        if status == 401 || stage.is_one_of_several() {
            return true;
        }
        let served = self.served_by(&stage);
        match (stage.inner(), served) {
            (Some(inner), Some(served)) => served.service.takes(inner, status),
            // A token endpoint says why in a body.
            (None, _) => status < 500,
            (Some(_), None) => false,
        }
    }

    fn lost(&self, spec: &ToolSpec, stage: &Json) -> Lost {
        let Some(stage) = Stage::read(stage) else {
            return Lost::Unknown;
        };
        match (stage.inner(), self.served_by(&stage)) {
            // What was taken before the token was refused is still to be looked for.
            (None, _) if stage.after().is_some() => Lost::FindOut,
            // Asking for a token changes nothing.
            (None, _) => Lost::Again,
            (Some(inner), Some(served)) => served.service.lost(spec, inner),
            (Some(_), None) => Lost::Unknown,
        }
    }

    fn find_out(
        &self,
        call: &Call,
        stage: &Json,
        context: &mut CallContext<'_>,
    ) -> Result<Progress, ToolError> {
        let stage = Stage::read(stage).ok_or(ToolError::Unknown)?;
        let progress = self.desk().find_out(stage, call, context)?;
        self.ended(progress, context)
    }

    fn taken(&self, stage: &Json) -> bool {
        let Some(stage) = Stage::read(stage) else {
            return false;
        };
        match (stage.inner(), self.served_by(&stage)) {
            (Some(inner), Some(served)) => served.service.taken(inner),
            (None, _) => stage.after().is_some(),
            (Some(_), None) => false,
        }
    }

    fn why(
        &self,
        _tool: &str,
        error: &ToolError,
        locale: Locale,
        documents: &dyn Documents,
    ) -> Option<String> {
        if !matches!(error, ToolError::Auth | ToolError::Refused) {
            return self.kin.habits.why(error, locale, &self.kept(documents));
        }
        let mut all = self.accounts.iter();
        all.find_map(|served| {
            let account = &served.account;
            let trouble = access::trouble_of(account.name, documents)?;
            Some(words(trouble, account, locale))
        })
    }

    fn wake(
        &self,
        document: &str,
        _due: Timestamp,
        context: &mut CallContext<'_>,
    ) -> Result<Woken, ToolError> {
        self.kin.habits.wake(document, context)
    }
}

/// What the owner can do about an account that cannot be used.
fn words(trouble: Trouble, account: &Account, locale: Locale) -> String {
    let service = account.api.name.replace('_', "-");
    let name = account.name;
    let renew = format!("npm run connect {service} -- --name {name} --replace");
    let (what, quoi) = match (trouble, account.auth) {
        (Trouble::Denied, Auth::Password { .. }) => (
            "its service does not take the user name and password",
            "son service n’accepte pas le nom d’utilisateur et le mot de passe",
        ),
        (Trouble::Denied, _) => (
            "its service does not take the access that I have",
            "son service n’accepte pas l’accès que j’ai",
        ),
        (Trouble::Unset, _) => (
            "a secret that it needs is not set",
            "il manque un secret dont il a besoin",
        ),
        (Trouble::Revoked, _) => (
            "the access was revoked or has expired",
            "l’accès a été révoqué ou a expiré",
        ),
        (Trouble::Client, _) => (
            "the provider does not know the client id and secret",
            "le fournisseur ne connaît pas l’identifiant et le secret du client",
        ),
        (Trouble::Scope, _) => (
            "the access lacks a permission that this needs",
            "il manque à l’accès une autorisation qu’il faut pour cela",
        ),
    };
    locale.pick(
        format!("I cannot use the account {name}: {what}. `{renew}` on your computer renews it."),
        format!("Je ne peux pas utiliser le compte {name} : {quoi}. `{renew}` sur votre ordinateur le renouvelle."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egress::account::Api;
    use crate::egress::table::Target;

    fn served(user: &'static str) -> Served {
        let api = Api {
            name: user,
            user,
            host: None,
            ways: &[],
            grant: None,
        };
        Served {
            service: super::super::web::SERVICE,
            account: Account {
                name: "one",
                api: Box::leak(Box::new(api)),
                target: Target::Host("www.example.org"),
                hosts: &[],
                auth: Auth::None,
                address: "",
                authserv: "",
                collection: "",
            },
        }
    }

    #[test]
    fn invented_people_go_once_the_owner_has_an_account_and_pages_once_a_host_is_listed() {
        let all = [Kind::Mails, Kind::Event, Kind::Contacts, Kind::Draft];
        for kind in all {
            assert!(is_left(kind, &[]) && is_left(kind, &[served("web")]));
            for user in ["mail", "calendar", "contacts"] {
                assert!(!is_left(kind, &[served("web"), served(user)]), "{user}");
            }
        }
        assert!(is_left(Kind::Page, &[]) && is_left(Kind::Page, &[served("mail")]));
        assert!(!is_left(Kind::Page, &[served("mail"), served("web")]));
        assert!(!owns_any(&[served("web")]) && owns_any(&[served("mail")]));
    }
}
