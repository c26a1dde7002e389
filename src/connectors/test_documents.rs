//! A bench for connectors in tests: documents in memory, a clock that is set by hand, and calls
//! made of labelled values. It checks nothing that the agent checks before a call.

use super::{Connector, Woken};
use crate::id::{ConversationId, IdSource};
use crate::label::{Label, Labeled, Readers};
use crate::message::Locale;
use crate::time::{Timestamp, Zone};
use crate::tool::{
    Argument, Audience, Call, CallContext, Document, Documents, DocumentsError, Origin, Progress,
    ToolError, ToolOutput,
};
use crate::value::{Item, Value};
use std::collections::BTreeMap;

/// Documents in memory.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    rows: BTreeMap<(String, String), Document>,
    /// How many rows were written.
    pub(crate) writes: usize,
}

impl Documents for Shelf {
    fn get(&self, collection: &str, id: &str) -> Result<Option<Document>, DocumentsError> {
        Ok(self
            .rows
            .get(&(collection.to_owned(), id.to_owned()))
            .cloned())
    }

    fn list(
        &self,
        collection: &str,
        from: i64,
        to: i64,
        limit: u32,
    ) -> Result<Vec<Document>, DocumentsError> {
        let mut found: Vec<Document> = self
            .rows
            .iter()
            .filter(|((of, _), row)| of == collection && (from..to).contains(&row.sort))
            .map(|(_, row)| row.clone())
            .collect();
        found.sort_by_key(|row| row.sort);
        found.truncate(usize::try_from(limit).unwrap());
        Ok(found)
    }

    fn put(&mut self, collection: &str, document: Document) -> Result<(), DocumentsError> {
        if document.body.to_string().len() > 256 * 1024 {
            return Err(DocumentsError::TooLarge);
        }
        self.writes += 1;
        self.rows
            .insert((collection.to_owned(), document.id.clone()), document);
        Ok(())
    }

    fn remove(&mut self, collection: &str, id: &str) -> Result<bool, DocumentsError> {
        self.writes += 1;
        Ok(self
            .rows
            .remove(&(collection.to_owned(), id.to_owned()))
            .is_some())
    }
}

/// Everything that a connector is given.
pub(crate) struct Bench {
    pub(crate) shelf: Shelf,
    pub(crate) now: Timestamp,
    pub(crate) zone: Option<Zone>,
    pub(crate) locale: Locale,
    pub(crate) conversation: ConversationId,
    pub(crate) ids: IdSource,
}

impl Default for Bench {
    fn default() -> Self {
        Self {
            shelf: Shelf::default(),
            // A Monday, 10:00 in Paris.
            now: instant("2026-11-23T09:00:00Z"),
            zone: Zone::named("Europe/Paris"),
            locale: Locale::En,
            conversation: ConversationId::try_from("test:1").unwrap(),
            ids: IdSource::new([7; 32]),
        }
    }
}

impl Bench {
    pub(crate) fn advance(&mut self, millis: i64) {
        self.now = self.now.plus_millis(millis);
    }

    /// Makes a call as the agent would after its checks.
    pub(crate) fn call(
        &mut self,
        connector: &dyn Connector,
        tool: &str,
        args: Vec<(&'static str, Item)>,
    ) -> Result<ToolOutput, ToolError> {
        let spec = connector
            .tools()
            .iter()
            .find(|spec| spec.name == tool)
            .unwrap();
        let args = args
            .into_iter()
            .map(|(name, item)| {
                let spec = spec.arg(name).unwrap();
                (spec.name, Argument::new(spec, item, Origin::Literal))
            })
            .collect();
        let mut call = Call {
            spec,
            args,
            audience: Audience::Nobody,
        };
        connector.complete(&mut call);
        match connector.start(&call, &mut self.context())? {
            Progress::Done(output) => Ok(output),
            Progress::Send { .. } => Err(ToolError::Offline),
        }
    }

    #[track_caller]
    pub(crate) fn done(
        &mut self,
        connector: &dyn Connector,
        tool: &str,
        args: Vec<(&'static str, Item)>,
    ) -> ToolOutput {
        self.call(connector, tool, args).unwrap()
    }

    pub(crate) fn wake(&mut self, connector: &dyn Connector, id: &str, due: Timestamp) -> Woken {
        connector.wake(id, due, &mut self.context()).unwrap()
    }

    pub(crate) fn context(&mut self) -> CallContext<'_> {
        CallContext {
            now: self.now,
            zone: self.zone.as_ref(),
            locale: self.locale,
            conversation: &self.conversation,
            ids: &mut self.ids,
            documents: &mut self.shelf,
        }
    }
}

pub(crate) fn instant(text: &str) -> Timestamp {
    Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

pub(crate) fn int(number: i64) -> Item {
    Labeled::new(Value::Int(number), Label::owner())
}

pub(crate) fn time(text: &str) -> Item {
    Labeled::new(Value::Time(instant(text)), Label::owner())
}

pub(crate) fn owner_text(text: &str) -> Item {
    Labeled::new(Value::Text(text.to_owned()), Label::owner())
}

pub(crate) fn stranger_text(text: &str) -> Item {
    Labeled::new(
        Value::Text(text.to_owned()),
        Label::untrusted("mail:17", Readers::Everyone),
    )
}
