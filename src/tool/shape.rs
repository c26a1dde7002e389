//! What of a call can be judged before any value is looked at.

use crate::value::Value;
use std::collections::BTreeMap;

/// The arguments of a call as its planner wrote them: literals as values, and what comes by handles
/// as unknown. Nothing that others wrote is in it.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    args: BTreeMap<&'static str, Option<Value>>,
}

impl Shape {
    /// Adds an argument; `None` for one that comes by a handle, in whole or in part.
    pub fn insert(&mut self, name: &'static str, literal: Option<Value>) {
        self.args.insert(name, literal);
    }

    /// Whether an argument is given.
    pub fn has(&self, name: &str) -> bool {
        self.args.contains_key(name)
    }

    /// The value of an argument that the planner wrote out.
    pub fn literal(&self, name: &str) -> Option<&Value> {
        self.args.get(name)?.as_ref()
    }
}
