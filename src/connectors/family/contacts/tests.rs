//! The family of contacts without a service: only the book that the agent keeps.

use super::super::super::Connector;
use super::super::super::test_documents::{Bench, owner_text, stranger_text};
use super::super::Family;
use super::*;
use crate::label::Integrity;
use crate::value::Step;

fn family() -> Family {
    Family::new(&KIN, vec![&book::OWN])
}

fn add(bench: &mut Bench, name: Item, address: &str) -> Item {
    let args = vec![("name", name), ("address", owner_text(address))];
    bench.done(&family(), "contacts_add", args).item
}

fn called(bench: &Bench, address: &str) -> Vec<Called> {
    family().called("mail", address, &bench.shelf)
}

#[test]
fn the_own_book_is_kept_without_a_service() {
    let mut bench = Bench::default();
    // With one book there is nothing to choose.
    assert!(
        family()
            .tools()
            .iter()
            .all(|spec| spec.arg("account").is_none())
    );
    let lea = add(&mut bench, owner_text("Lea Blanc"), "lea@example.org");
    let address = lea.at(&[Step::Field("address".into())]).unwrap();
    assert_eq!(address.label().integrity, Integrity::Owner);
    assert_eq!(address.label().readers, Readers::owner());
    let args = vec![("query", owner_text("lea"))];
    let found = bench.done(&family(), "contacts_find", args);
    assert_eq!(found.item.items().len(), 1);
    // Nothing is looked at once a day where there is nothing to look at.
    assert!(found.timers.is_empty());
    let knows = |set: &str, it: &str| family().knows(set, it, &bench.shelf);
    assert!(knows("mail", "LEA@example.org") && !knows("mail", "sofia.rossi@example.org"));
    assert!(!knows("mail", "") && !knows("phone", "") && !knows("folder", "lea@example.org"));
}

#[test]
fn a_name_of_two_calls_neither_however_short_it_is() {
    let mut bench = Bench::default();
    let part = |name: &str| Called::Part(name.to_owned());
    add(&mut bench, owner_text("Bo"), "bo@example.org");
    add(&mut bench, owner_text("Bob Stone"), "bob@example.org");
    assert_eq!(called(&bench, "bo@example.org"), [part("Bo")]);
    let bob = [
        Called::Whole("Bob Stone".into()),
        part("Bob"),
        part("Stone"),
    ];
    assert_eq!(called(&bench, "bob@example.org"), bob);
    // A second one of each, one of them by a stranger's hand.
    add(&mut bench, owner_text("Bo"), "other.bo@example.org");
    add(&mut bench, stranger_text("bob stone"), "bob@example.net");
    assert!(called(&bench, "bo@example.org").is_empty());
    assert!(called(&bench, "bob@example.org").is_empty());
    assert!(called(&bench, "bob@example.net").is_empty());
}

#[test]
fn a_number_is_the_same_however_it_is_written() {
    let person = people::Person {
        is_known: true,
        phones: vec!["+33 (0)6.39-98/00 11".into()],
        ..people::Person::default()
    };
    let knows = |number: &str| people::knows("phone", number, std::slice::from_ref(&person));
    assert!(knows("+330639980011") && knows("00330639980011"));
    assert!(!knows("0639980011") && !knows("") && !knows("+"));
}
