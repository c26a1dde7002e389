//! Joining labels: the laws of a semilattice, and that nothing ever becomes better.

use super::strategies::{integrities, is_no_better, labels, readers};
use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn join_is_a_semilattice(a in labels(), b in labels(), c in labels()) {
        prop_assert_eq!(a.join(&a), a.clone());
        prop_assert_eq!(a.join(&b), b.join(&a));
        prop_assert_eq!(a.join(&b).join(&c), a.join(&b.join(&c)));
    }

    #[test]
    fn each_part_of_a_label_joins_for_itself(a in labels(), b in labels()) {
        let both = a.join(&b);
        prop_assert_eq!(both.integrity, a.integrity.min(b.integrity));
        prop_assert_eq!(both.capacity, a.capacity.max(b.capacity));
        prop_assert_eq!(both.selected, a.selected || b.selected);
        let sources: BTreeSet<_> = a.sources.union(&b.sources).cloned().collect();
        prop_assert_eq!(both.sources, sources);
    }

    #[test]
    fn join_is_the_best_of_those_that_are_no_better_than_either(
        a in labels(), b in labels(), other in labels(),
    ) {
        let both = a.join(&b);
        prop_assert!(is_no_better(&both, &a) && is_no_better(&both, &b));
        prop_assert!(both.capacity >= a.capacity && both.capacity >= b.capacity);
        if is_no_better(&other, &a) && is_no_better(&other, &b) {
            prop_assert!(is_no_better(&other, &both));
        }
    }

    #[test]
    fn being_no_better_is_an_order(a in labels(), b in labels(), c in labels()) {
        prop_assert!(is_no_better(&a, &a));
        if is_no_better(&a, &b) && is_no_better(&b, &a) {
            let same_size = Label { capacity: a.capacity, ..b.clone() };
            prop_assert_eq!(&a, &same_size);
        }
        if is_no_better(&a, &b) && is_no_better(&b, &c) {
            prop_assert!(is_no_better(&a, &c));
        }
        // A join that changes nothing and the order say the same.
        let unchanged = Label { capacity: a.capacity, ..a.join(&b) } == a;
        prop_assert_eq!(unchanged, is_no_better(&a, &b));
    }

    #[test]
    fn readers_only_shrink(a in readers(), b in readers()) {
        let both = a.intersect(&b);
        prop_assert!(both.is_within(&a) && both.is_within(&b));
        prop_assert_eq!(a.intersect(&Readers::Everyone), a.clone());
        prop_assert_eq!(Readers::owner().intersect(&a), Readers::owner());
        prop_assert!(Readers::owner().is_within(&a) && a.is_within(&Readers::Everyone));
        prop_assert_eq!(a.is_within(&b), both == a);
    }

    #[test]
    fn no_operation_makes_a_label_better(a in labels(), b in labels(), integrity in integrities()) {
        prop_assert!(is_no_better(&a.clone().picked(), &a));
        prop_assert!(a.clone().picked().selected);
        prop_assert!(is_no_better(&a.clone().derived(), &a));
        prop_assert_eq!(a.clone().derived().integrity, Integrity::Untrusted);
        prop_assert_eq!(a.clone().derived().capacity, Capacity::Text);

        let value = Labeled::new(integrity, a.clone());
        let mapped = value.clone().map(Integrity::word);
        prop_assert_eq!(mapped.label(), &a);
        let mut changed = value.clone();
        changed.change(|value| *value = Integrity::Owner);
        prop_assert_eq!(changed.label(), &a);
        prop_assert_eq!(changed.peek(), &Integrity::Owner);
        let tainted = value.tainted_by(&b);
        prop_assert_eq!(tainted.label(), &a.join(&b));
    }

    #[test]
    fn a_label_survives_its_row(a in labels()) {
        let row = serde_json::to_string(&Labeled::new(5, a)).unwrap();
        let read: Labeled<i64> = serde_json::from_str(&row).unwrap();
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), row);
    }

    #[test]
    fn a_row_without_one_part_of_its_label_is_never_read_as_better(a in labels()) {
        let row = serde_json::to_value(Labeled::new(5, a.clone())).unwrap();
        for part in ["integrity", "readers", "capacity", "sources", "selected"] {
            let mut less = row.clone();
            less["l"].as_object_mut().unwrap().remove(part).unwrap();
            match serde_json::from_value::<Labeled<i64>>(less) {
                Ok(read) => prop_assert!(is_no_better(read.label(), &a), "{}", part),
                Err(error) => prop_assert!(error.to_string().contains(part)),
            }
        }
    }
}

#[test]
fn a_row_without_a_label_is_worst() {
    let read: Labeled<i64> = serde_json::from_str("{\"v\":5}").unwrap();
    assert_eq!(read.label(), &Label::worst());
    assert_eq!(Label::default(), Label::worst());
    let worst = Label::worst();
    assert_eq!(worst.integrity, Integrity::Untrusted);
    assert_eq!(worst.readers, Readers::owner());
    assert_eq!(worst.capacity, Capacity::Text);
    assert!(worst.selected && worst.sources.contains("unknown"));
    for broken in [
        "{\"v\":5,\"l\":null}",
        "{\"v\":5,\"l\":{}}",
        "{\"v\":5,\"l\":\"owner\"}",
    ] {
        assert!(
            serde_json::from_str::<Labeled<i64>>(broken).is_err(),
            "{broken}"
        );
    }
}

#[test]
fn a_row_from_before_choices_were_marked_counts_as_chosen() {
    let row = "{\"v\":5,\"l\":{\"integrity\":\"owner\",\"readers\":\"everyone\",\
               \"capacity\":\"text\",\"sources\":[]}}";
    let read: Labeled<i64> = serde_json::from_str(row).unwrap();
    assert!(read.label().selected);
}

#[test]
fn trust_has_an_order_and_words() {
    assert!(Integrity::Untrusted < Integrity::Attested && Integrity::Attested < Integrity::Owner);
    for (level, word) in [
        (Integrity::Untrusted, "untrusted"),
        (Integrity::Attested, "attested"),
        (Integrity::Owner, "owner"),
    ] {
        assert_eq!(level.word(), word);
        assert_eq!(serde_json::to_value(level).unwrap(), word);
    }
}
