//! The owner's notes, kept in the connector's own documents.
//!
//! The one thing to know: a note keeps the label of the text it was made from, so noting down what
//! a stranger wrote and reading it back makes it no better. Notes are never edited; nobody but the
//! owner may read them.

use super::Connector;
use super::parts::{
    Search, document, given, limit, list, made_here, object_id, private, read, source_of, text,
};
use crate::label::{Capacity, Label, Labeled};
use crate::time::Timestamp;
use crate::tool::{
    ArgRole, ArgSpec, ArgType, Call, CallContext, Documents, EffectClass, Kind, Progress, Reach,
    Sinks, ToolError, ToolOutput, ToolSpec,
};
use crate::value::{Item, Value, record};
use serde::{Deserialize, Serialize};

/// The connector.
pub struct Notes;

const COLLECTION: &str = "note";
/// The most notes that one search looks at, newest first.
const SEARCHED_MAX: u32 = 1_000;

const TOOLS: &[ToolSpec] = &[
    ToolSpec {
        name: "notes_add",
        about: "Writes down a note for the owner.",
        effect: EffectClass::Write,
        reach: Reach::Inside,
        args: &[ArgSpec {
            name: "text",
            holds: ArgType::Text(10_000),
            role: ArgRole::Content,
            required: true,
            about: "The note.",
        }],
        returns: Kind::Note,
        source: None,
        sinks: Sinks::Nobody,
    },
    ToolSpec {
        name: "notes_list",
        about: "Lists the owner's notes, newest first.",
        effect: EffectClass::Read,
        reach: Reach::Inside,
        args: &[
            ArgSpec {
                name: "query",
                holds: ArgType::Text(200),
                role: ArgRole::Inert,
                required: false,
                about: "Only notes in which all these words occur.",
            },
            ArgSpec {
                name: "limit",
                holds: ArgType::Integer(1, 50),
                role: ArgRole::Inert,
                required: false,
                about: "How many at most; 10 if not given.",
            },
        ],
        returns: Kind::Notes,
        source: None,
        sinks: Sinks::Nobody,
    },
    ToolSpec {
        name: "notes_delete",
        about: "Deletes a note for good.",
        effect: EffectClass::Delete,
        reach: Reach::Inside,
        args: &[ArgSpec {
            name: "note",
            holds: ArgType::Object(Kind::Note),
            role: ArgRole::Control,
            required: true,
            about: "The note.",
        }],
        returns: Kind::Note,
        source: None,
        sinks: Sinks::Nobody,
    },
];

impl Connector for Notes {
    fn name(&self) -> &'static str {
        "notes"
    }

    fn tools(&self) -> &'static [ToolSpec] {
        TOOLS
    }

    fn run(&self, call: &Call, context: &mut CallContext<'_>) -> Result<Progress, ToolError> {
        match call.spec.name {
            "notes_add" => add(call, context),
            "notes_list" => find(call, context.documents),
            "notes_delete" => delete(call, context.documents),
            _ => Err(ToolError::Unavailable),
        }
        .map(Progress::Done)
    }
}

#[derive(Serialize, Deserialize)]
struct Note {
    id: String,
    text: Item,
    at: Timestamp,
}

impl Note {
    fn item(self) -> Item {
        let source = source_of(Kind::Note, &self.id);
        let known = |capacity| Label {
            capacity,
            ..private(&source)
        };
        record(
            made_here(&source),
            [
                ("id", text(self.id, known(Capacity::Id))),
                ("text", self.text.tainted_by(&private(&source))),
                (
                    "at",
                    Labeled::new(Value::Time(self.at), known(Capacity::Number)),
                ),
            ],
        )
    }
}

fn add(call: &Call, context: &mut CallContext<'_>) -> Result<ToolOutput, ToolError> {
    let id = format!("note-{}", context.ids.token());
    let note = Note {
        id,
        text: given(call, "text"),
        at: context.now,
    };
    // Counted backwards, so that the newest come first from a store that lists upwards.
    let sort = context.now.millis().saturating_neg();
    context
        .documents
        .put(COLLECTION, document(&note.id, sort, &note)?)?;
    Ok(ToolOutput::new(Kind::Note, note.item()))
}

fn find(call: &Call, documents: &dyn Documents) -> Result<ToolOutput, ToolError> {
    let search = Search::new(call.text("query"));
    let wanted = limit(call, 10);
    let looked_at = if search.is_empty() {
        u32::try_from(wanted).unwrap_or(SEARCHED_MAX)
    } else {
        SEARCHED_MAX
    };
    let stored = documents.list(COLLECTION, i64::MIN, i64::MAX, looked_at)?;
    let notes = stored
        .into_iter()
        .map(read::<Note>)
        .collect::<Result<Vec<_>, _>>()?;
    let found = notes
        .into_iter()
        .filter(|note| search.fits(&[note.text.text().unwrap_or_default()]));
    Ok(list(Kind::Notes, call, found.take(wanted).map(Note::item)))
}

fn delete(call: &Call, documents: &mut dyn Documents) -> Result<ToolOutput, ToolError> {
    let id = object_id(call, "note")?;
    let stored = documents
        .get(COLLECTION, &id)?
        .ok_or(ToolError::Unavailable)?;
    documents.remove(COLLECTION, &id)?;
    Ok(ToolOutput::new(Kind::Note, read::<Note>(stored)?.item()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::test_documents::{Bench, int, owner_text, stranger_text};
    use crate::label::{Integrity, Readers};
    use crate::value::Step;

    #[test]
    fn notes_come_back_newest_first_with_the_label_they_were_written_with() {
        let mut bench = Bench::default();
        bench.done(
            &Notes,
            "notes_add",
            vec![("text", owner_text("milk and bread"))],
        );
        bench.advance(60_000);
        bench.done(
            &Notes,
            "notes_add",
            vec![("text", stranger_text("obey me, milk"))],
        );
        let listed = bench
            .done(&Notes, "notes_list", vec![("query", owner_text("MILK"))])
            .item;
        let part = |n| {
            listed
                .at(&[Step::Nth(n), Step::Field("text".into())])
                .unwrap()
        };
        assert_eq!(part(0).text(), Some("obey me, milk"));
        assert_eq!(part(0).label().integrity, Integrity::Untrusted);
        assert_eq!(part(0).label().readers, Readers::owner());
        assert!(part(0).label().sources.contains("mail:17"));
        assert_eq!(part(1).text(), Some("milk and bread"));
        assert_eq!(part(1).label().integrity, Integrity::Owner);
        let one = bench
            .done(&Notes, "notes_list", vec![("limit", int(1))])
            .item;
        assert_eq!(one.items().len(), 1);
        let none = bench
            .done(&Notes, "notes_list", vec![("query", owner_text("cheese"))])
            .item;
        assert!(none.items().is_empty());
    }

    #[test]
    fn a_deleted_note_is_gone_for_good() {
        let mut bench = Bench::default();
        for text in ["milk", "bread"] {
            bench.done(&Notes, "notes_add", vec![("text", owner_text(text))]);
        }
        let find = |bench: &mut Bench| {
            let args = vec![("query", owner_text("milk"))];
            bench.done(&Notes, "notes_list", args).item
        };
        let milk = find(&mut bench).at(&[Step::Nth(0)]).unwrap();
        let gone = bench.done(&Notes, "notes_delete", vec![("note", milk.clone())]);
        assert_eq!(gone.item.field("text").unwrap().text(), Some("milk"));
        assert!(find(&mut bench).items().is_empty());
        let all = bench.done(&Notes, "notes_list", vec![]).item;
        assert_eq!(all.items().len(), 1);
        let again = bench.call(&Notes, "notes_delete", vec![("note", milk)]);
        assert_eq!(again.unwrap_err(), ToolError::Unavailable);
    }

    #[test]
    fn a_list_that_a_stranger_chose_is_untrusted() {
        let mut bench = Bench::default();
        bench.done(&Notes, "notes_add", vec![("text", owner_text("milk"))]);
        let listed = bench
            .done(&Notes, "notes_list", vec![("query", stranger_text("milk"))])
            .item;
        assert_eq!(listed.items().len(), 1);
        assert_eq!(listed.label().integrity, Integrity::Untrusted);
    }
}
