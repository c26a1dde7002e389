//! Labels for property tests, and what it means that one is no better than another.

use super::{Capacity, Integrity, Label, Readers};
use proptest::collection::btree_set;
use proptest::prelude::*;

/// Any level of trust.
pub(crate) fn integrities() -> impl Strategy<Value = Integrity> {
    prop::sample::select(vec![
        Integrity::Untrusted,
        Integrity::Attested,
        Integrity::Owner,
    ])
}

/// Everyone, or some of a few people.
pub(crate) fn readers() -> impl Strategy<Value = Readers> {
    let people = prop::sample::select(vec!["mail:ada@a.example", "mail:bo@a.example", "user:cy"]);
    prop_oneof![
        1 => Just(Readers::Everyone),
        3 => btree_set(people.prop_map(str::to_owned), 0..=3).prop_map(Readers::Only),
    ]
}

/// Any label over a few people and sources.
pub(crate) fn labels() -> impl Strategy<Value = Label> {
    let capacities = prop::sample::select(vec![
        Capacity::Unit,
        Capacity::Bool,
        Capacity::Choice,
        Capacity::Number,
        Capacity::Id,
        Capacity::Span,
        Capacity::Text,
    ]);
    let sources = prop::sample::select(vec!["mail:1", "mail:2", "web:x", "unknown"]);
    let sources = btree_set(sources.prop_map(str::to_owned), 0..=3);
    (integrities(), readers(), capacities, sources, any::<bool>()).prop_map(
        |(integrity, readers, capacity, sources, selected)| Label {
            integrity,
            readers,
            capacity,
            sources,
            selected,
        },
    )
}

/// Whether nothing that a rule looks at is better in `part` than in `whole`: no more trust, no
/// reader more, no source less, no mark of a choice lost.
pub(crate) fn is_no_better(part: &Label, whole: &Label) -> bool {
    part.integrity <= whole.integrity
        && part.readers.is_within(&whole.readers)
        && part.sources.is_superset(&whole.sources)
        && part.selected >= whole.selected
}
