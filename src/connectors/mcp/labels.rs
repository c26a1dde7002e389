//! Turns a tool's JSON result into labelled values, by the rules of its contract.
//!
//! What no rule speaks of is untrusted and the owner's alone. A rule vouches for a field, never for
//! what the agent itself sent there: a text that repeats an untrusted argument, or one that the
//! agent wrote to this server before, stays untrusted whoever the server names as its author.
//! Lists and records add nothing to their parts, as in `connectors::parts`.

use super::fields::{DEPTH_MAX, Position, collect_names, depth, found, is_plain, measure};
use super::table::{Audience, Place, Rules};
use super::written::Written;
use crate::label::{Capacity, Integrity, Label, Labeled, Readers};
use crate::tool::{ArgRole, Call, EffectClass};
use crate::value::{Item, Value};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// The most single values of one result, and the most bytes of their texts.
const LEAVES_MAX: usize = 10_000;
const TEXT_BYTES_MAX: usize = 1_048_576;
/// The longest id of an object that its label names, in bytes.
const SOURCE_BYTES_MAX: usize = 64;
/// Text arguments shorter than this are looked for as a whole only.
const PART_BYTES_MIN: usize = 8;

/// What a result is labelled by.
pub struct Frame<'a> {
    rules: &'a Rules,
    /// How the server names the owner, in lower case.
    owner: &'a [&'a str],
    /// The closed word for where the results come from.
    word: &'a str,
    call: &'a Call,
    written: &'a Written,
    /// The untrusted texts among the arguments, in lower case.
    repeated: BTreeSet<String>,
    /// What a result that follows from untrusted arguments is at most.
    cap: Integrity,
    base: Label,
}

/// What is known of the object that a value is in.
#[derive(Clone)]
struct Scope {
    /// Whether the owner alone wrote it.
    by_owner: bool,
    /// Whether it is the owner's, whoever else may write it.
    of_owner: bool,
    readers: Readers,
    source: String,
}

/// A labelled result, and the members of closed sets that it names.
#[derive(Debug)]
pub struct Labelled {
    /// The result.
    pub item: Item,
    /// Members by their set.
    pub members: BTreeMap<&'static str, Vec<String>>,
}

impl<'a> Frame<'a> {
    /// What the results of this call are labelled by.
    pub fn new(
        rules: &'a Rules,
        owner: &'a [&'a str],
        call: &'a Call,
        written: &'a Written,
    ) -> Self {
        let mut repeated = BTreeSet::new();
        let (mut selected, mut cap) = (false, Integrity::Owner);
        let reads = call.spec.effect == EffectClass::Read;
        for argument in call.args.values() {
            let label = argument.item.total_label();
            // What is carried there has no say in where it goes.
            let selects = reads || argument.spec.role == ArgRole::Control;
            let untrusted = label.integrity == Integrity::Untrusted && !argument.known;
            if untrusted {
                collect_untrusted(&argument.item, &mut repeated);
                if !reads {
                    cap = Integrity::Untrusted;
                }
            }
            selected = selected || selects && (untrusted || label.selected);
        }
        let base = Label {
            integrity: Integrity::Owner,
            readers: Readers::Everyone,
            capacity: Capacity::Unit,
            sources: BTreeSet::new(),
            selected,
        };
        let word = call
            .spec
            .source
            .unwrap_or_else(|| call.spec.returns.source());
        Self {
            rules,
            owner,
            word,
            call,
            written,
            repeated,
            cap,
            base,
        }
    }

    /// Labels a result; `None` if it is too large, or nested too deeply, to be kept with its labels
    /// and read back.
    pub fn label(&self, result: &Json) -> Option<Labelled> {
        let (mut leaves, mut bytes) = (0, 0);
        measure(result, &mut leaves, &mut bytes);
        if leaves > LEAVES_MAX || bytes > TEXT_BYTES_MAX || depth(result) > DEPTH_MAX {
            return None;
        }
        let scope = Scope {
            by_owner: false,
            of_owner: false,
            readers: self.readers_of_call(),
            source: format!("{}:{}", self.word, self.call.spec.name),
        };
        let mut members = BTreeMap::new();
        let item = self.item(result, &Position::default(), &scope, &mut members);
        // What the arguments came from had a say in which objects these are.
        let labels = self
            .call
            .args
            .values()
            .map(|argument| argument.item.total_label());
        let sources = labels.flat_map(|label| label.sources).collect();
        let item = item.tainted_by(&Label {
            sources,
            ..self.base.clone()
        });
        Some(Labelled { item, members })
    }

    /// Whether the result may say who belongs to a closed set: nothing untrusted chose it.
    pub fn feeds_sets(&self) -> bool {
        !self.base.selected
    }

    fn item(
        &self,
        value: &Json,
        at: &Position,
        scope: &Scope,
        members: &mut BTreeMap<&'static str, Vec<String>>,
    ) -> Item {
        match value {
            Json::Object(fields) if !fields.is_empty() => {
                let scope = self.scope_of(fields, scope);
                if fields.keys().all(|name| is_plain(name)) {
                    let parts = fields.iter().map(|(name, value)| {
                        let at = self.step(at, name, &scope);
                        (name.clone(), self.item(value, &at, &scope, members))
                    });
                    let parts = Value::Record(parts.collect());
                    return Labeled::new(parts, self.shell(&scope));
                }
                let entries = fields.iter().map(|(name, value)| {
                    let key = self.leaf(&name.as_str().into(), &at.entry("key"), &scope, members);
                    let value = self.item(value, &at.entry("value"), &scope, members);
                    let pair = [("key".to_owned(), key), ("value".to_owned(), value)];
                    Labeled::new(Value::Record(pair.into()), self.shell(&scope))
                });
                Labeled::new(Value::List(entries.collect()), self.shell(&scope))
            }
            Json::Array(items) if !items.is_empty() => {
                let items = items.iter().map(|item| self.item(item, at, scope, members));
                Labeled::new(Value::List(items.collect()), self.shell(scope))
            }
            Json::Null
            | Json::Bool(_)
            | Json::Number(_)
            | Json::String(_)
            | Json::Array(_)
            | Json::Object(_) => self.leaf(value, at, scope, members),
        }
    }

    /// A single value, or a list or an object that holds nothing.
    fn leaf(
        &self,
        value: &Json,
        at: &Position,
        scope: &Scope,
        members: &mut BTreeMap<&'static str, Vec<String>>,
    ) -> Item {
        let capacity = match value {
            Json::Null | Json::Array(_) | Json::Object(_) => Capacity::Unit,
            Json::Bool(_) => Capacity::Bool,
            Json::Number(_) => Capacity::Number,
            Json::String(_) => Capacity::Text,
        };
        let label = Label {
            integrity: self.integrity(value, at, scope),
            readers: scope.readers.clone(),
            capacity,
            sources: BTreeSet::from([scope.source.clone()]),
            selected: self.base.selected,
        };
        let value = match value {
            Json::Array(_) => Value::List(Vec::new()),
            Json::Object(_) => Value::Record(BTreeMap::new()),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                Value::from_json_leaf(value)
            }
        };
        for (set, field) in self.rules.knows {
            if let (true, Some(text)) = (at.ends_with(field), value.as_text()) {
                members.entry(*set).or_default().push(text);
            }
        }
        Labeled::new(value, label)
    }

    fn integrity(&self, value: &Json, at: &Position, scope: &Scope) -> Integrity {
        let trust = self.rules.trust;
        let named = |list: &[&str]| list.iter().any(|name| at.ends_with(name));
        let text = value.as_str().map(str::to_owned);
        let text = text.or_else(|| value.is_number().then(|| value.to_string()));
        if text.as_ref().is_some_and(|text| self.repeats(text)) {
            return Integrity::Untrusted;
        }
        // The service's own field is no echo, whatever was sent along.
        if named(self.rules.attested) && !named(self.rules.untrusted) {
            return trust.max(Integrity::Attested);
        }
        let sent_before = || text.as_ref().is_some_and(|text| self.written.has(text));
        if (scope.by_owner || at.acl && scope.of_owner) && !sent_before() {
            return trust.max(Integrity::Attested).min(self.cap);
        }
        if named(self.rules.untrusted) {
            return Integrity::Untrusted;
        }
        if trust > Integrity::Untrusted && sent_before() {
            return Integrity::Untrusted;
        }
        trust.min(self.cap)
    }

    /// Whether a text repeats an untrusted argument of this call.
    fn repeats(&self, text: &str) -> bool {
        if self.repeated.is_empty() {
            return false;
        }
        let text = text.trim().to_lowercase();
        let within = |part: &String| part.len() >= PART_BYTES_MIN && text.contains(part.as_str());
        self.repeated.contains(&text) || self.repeated.iter().any(within)
    }

    /// The label of a list or record: it adds nothing to its parts.
    fn shell(&self, scope: &Scope) -> Label {
        Label {
            sources: BTreeSet::from([scope.source.clone()]),
            ..self.base.clone()
        }
    }

    fn step(&self, at: &Position, name: &str, scope: &Scope) -> Position {
        let mut fields = at.fields.clone();
        fields.push(name.to_owned());
        let acl = at.acl || scope.of_owner && self.rules.acl.contains(&name);
        Position {
            fields,
            in_map: false,
            acl,
        }
    }

    /// What is known of an object: who wrote it and who may read it, where its fields say so.
    fn scope_of(&self, fields: &Map<String, Json>, around: &Scope) -> Scope {
        let mut scope = Scope {
            by_owner: false,
            ..around.clone()
        };
        if fields.keys().any(|name| !is_plain(name)) {
            // A map belongs to the object it is in.
            scope.by_owner = around.by_owner;
        }
        let is_there = |path: &&&str| found(fields, path).is_some();
        if self.rules.authors.iter().any(|path| is_there(&path)) {
            let mut authors = BTreeSet::new();
            for value in self
                .rules
                .authors
                .iter()
                .filter_map(|path| found(fields, path))
            {
                collect_names(&value, &mut authors);
            }
            scope.of_owner = !authors.is_empty() && authors.iter().all(|name| self.is_owner(name));
            scope.by_owner = scope.of_owner && self.owner_alone_edits(fields);
        }
        if let Some(readers) = self.readers_of_object(fields) {
            scope.readers = readers;
        }
        if let Some(id) = self.id_of(fields) {
            scope.source = format!("{}:{id}", self.word);
        }
        scope
    }

    fn is_owner(&self, name: &str) -> bool {
        self.owner.contains(&name.trim().to_lowercase().as_str())
    }

    /// Whether the map of what people may do names no editor but the owner. A map that is not
    /// there, or of another shape, says nothing.
    fn owner_alone_edits(&self, fields: &Map<String, Json>) -> bool {
        let Some((field, word)) = self.rules.editors else {
            return true;
        };
        match fields.get(field) {
            Some(Json::Object(people)) => people
                .iter()
                .all(|(name, may)| may.as_str() != Some(word) || self.is_owner(name)),
            Some(Json::Array(people)) => people.is_empty(),
            Some(Json::Null) => true,
            Some(Json::Bool(_) | Json::Number(_) | Json::String(_)) | None => false,
        }
    }

    fn readers_of_call(&self) -> Readers {
        let readers = match self.rules.readers {
            Audience::Everyone => return Readers::Everyone,
            Audience::Named(readers) => readers,
        };
        let mut people = BTreeSet::new();
        for reader in readers {
            if let Place::Argument(name) = reader.place
                && let Some(item) = self.call.item(name)
            {
                let mut names = BTreeSet::new();
                collect_names(&item.to_json(), &mut names);
                people.extend(names.iter().map(|name| identity(reader.set, name)));
            }
        }
        Readers::Only(people)
    }

    /// Who may read an object, where one of its fields says so.
    fn readers_of_object(&self, fields: &Map<String, Json>) -> Option<Readers> {
        let Audience::Named(readers) = self.rules.readers else {
            return None;
        };
        let Readers::Only(mut people) = self.readers_of_call() else {
            return None;
        };
        let mut said = false;
        for reader in readers {
            let Place::Field(path) = reader.place else {
                continue;
            };
            let Some(value) = found(fields, path) else {
                continue;
            };
            said = true;
            let mut names = BTreeSet::new();
            collect_names(&value, &mut names);
            people.extend(names.iter().map(|name| identity(reader.set, name)));
            // The owner may read it all the same, by whatever name the service has.
            people.extend(self.owner.iter().map(|name| identity(reader.set, name)));
        }
        said.then_some(Readers::Only(people))
    }

    /// The id that the server vouches for, as labels name the object.
    fn id_of(&self, fields: &Map<String, Json>) -> Option<String> {
        let is_id = |name: &&&str| **name == "id" || **name == "id_" || name.ends_with("_id");
        let mut names = self.rules.attested.iter().filter(is_id);
        let id = names.find_map(|name| {
            fields
                .get(*name)
                .filter(|id| id.is_string() || id.is_number())
        })?;
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_graphic());
        (plain && id.len() <= SOURCE_BYTES_MAX).then_some(id)
    }
}

/// Somebody as labels write them: `mail:ada@example.org`.
fn identity(set: &str, name: &str) -> String {
    format!("{set}:{}", name.trim().to_lowercase())
}

fn collect_untrusted(item: &Item, texts: &mut BTreeSet<String>) {
    for text in untrusted_texts(item) {
        texts.insert(text.trim().to_lowercase());
    }
    texts.remove("");
}

/// The untrusted single values within a value, as texts.
pub fn untrusted_texts(item: &Item) -> Vec<String> {
    match item.peek() {
        Value::List(items) => items.iter().flat_map(untrusted_texts).collect(),
        Value::Record(fields) => fields.values().flat_map(untrusted_texts).collect(),
        Value::Text(_) | Value::Int(_) | Value::Number(_)
            if item.label().integrity == Integrity::Untrusted =>
        {
            item.peek().as_text().into_iter().collect()
        }
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Time(_) => Vec::new(),
    }
}

#[cfg(test)]
#[path = "labels_tests.rs"]
mod tests;
