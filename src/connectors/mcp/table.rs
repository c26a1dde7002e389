//! The MCP servers of this deployment, as the build script compiled them.
//!
//! The tables are constants of the build: what a server says later can take a tool away, and can
//! never add one or change a contract. What each rule means is in `labels`.

use crate::label::Integrity;
use crate::tool::ToolSpec;

/// One server.
#[derive(Debug)]
pub struct Server {
    /// Its name: the beginning of its tools' names, and the user of its route.
    pub name: &'static str,
    /// Where it is asked.
    pub url: &'static str,
    /// How access tokens for it are asked for, if it wants any.
    pub auth: Option<Auth>,
    /// How it names the owner, in lower case.
    pub owner: &'static [&'static str],
    /// The contracts of its tools.
    pub specs: &'static [ToolSpec],
    /// What else is known of each tool, in the same order.
    pub tools: &'static [Pinned],
}

impl Server {
    /// What is known of a tool, by the name that planners use.
    pub fn pinned(&self, name: &str) -> Option<&'static Pinned> {
        let at = self.specs.iter().position(|spec| spec.name == name)?;
        self.tools.get(at)
    }
}

/// How access tokens are asked for. The account itself is placed by `egress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auth {
    /// Where.
    pub url: &'static str,
    /// The form that is posted there.
    pub body: &'static str,
}

/// What is known of a tool beside its contract.
#[derive(Debug)]
pub struct Pinned {
    /// Its name at the server.
    pub name: &'static str,
    /// The hash of its declaration.
    pub hash: &'static str,
    /// Whether its structured result is in a field `result` that its server puts around it.
    pub wrapped: bool,
    /// Whether a second call with the same arguments does nothing more, as the contract says.
    pub idempotent: bool,
    /// How its results are labelled.
    pub rules: Rules,
}

/// How the results of a tool are labelled.
#[derive(Debug)]
pub struct Rules {
    /// What a field counts as if nothing else is said of it.
    pub trust: Integrity,
    /// Fields that the server vouches for.
    pub attested: &'static [&'static str],
    /// Fields that anybody may have written.
    pub untrusted: &'static [&'static str],
    /// Fields that name who wrote the object they are in.
    pub authors: &'static [&'static str],
    /// A field that maps people to what they may do, and the word for those who may write.
    pub editors: Option<(&'static str, &'static str)>,
    /// Fields that only an author of the object can set.
    pub acl: &'static [&'static str],
    /// Who may read an object.
    pub readers: Audience,
    /// Closed sets, and the field whose values are their members.
    pub knows: &'static [(&'static str, &'static str)],
}

/// Who may read an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    Everyone,
    /// The owner, and those whom these name.
    Named(&'static [Reader]),
}

/// One way in which an object or a call names somebody who may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// The sort of identity, such as `mail`.
    pub set: &'static str,
    /// Where the names stand.
    pub place: Place,
}

/// Where names of readers stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a field of the object.
    Field(&'static str),
    /// In an argument of the call.
    Argument(&'static str),
}

include!(concat!(env!("OUT_DIR"), "/mcp.rs"));

/// Every server of this deployment.
pub fn servers() -> &'static [Server] {
    // Known when compiling, so that a deployment without servers carries no client for them.
    if ANY { SERVERS } else { &[] }
}
