//! Contacts that are added, and web pages.

use super::*;
use crate::connectors::Called;

#[test]
fn an_added_contact_is_found_and_no_better_than_it_came_in() {
    let mut bench = Bench::default();
    let add = |bench: &mut Bench, name: &str, address: Item| {
        let args = vec![("name", owner_text(name)), ("address", address)];
        bench.done(&Demo, "contacts_add", args).item
    };
    add(&mut bench, "Lea Blanc", owner_text("lea.blanc@example.org"));
    add(&mut bench, "Omar", stranger_text("omar@example.net"));
    let mut find = |query: &str| {
        let args = vec![("query", owner_text(query))];
        bench.done(&Demo, "contacts_find", args).item
    };
    let lea = find("lea blanc");
    assert_eq!(
        part(&lea, 0, "address").text(),
        Some("lea.blanc@example.org")
    );
    assert_eq!(part(&lea, 0, "address").label().integrity, Integrity::Owner);
    assert_eq!(part(&lea, 0, "address").label().readers, Readers::owner());
    let omar = find("omar");
    assert_eq!(
        part(&omar, 0, "address").label().integrity,
        Integrity::Untrusted
    );
    assert_eq!(part(&omar, 0, "name").label().integrity, Integrity::Owner);
    assert_eq!(find("").items().len(), 14);
}

#[test]
fn the_address_book_knows_whom_the_owner_keeps_there_and_how_they_are_called() {
    let mut bench = Bench::default();
    let knows =
        |bench: &Bench, set: &str, identifier: &str| Demo.knows(set, identifier, &bench.shelf);
    assert!(knows(&bench, "mail", " Sofia.Rossi@example.org"));
    assert!(knows(&bench, "mail", seed::OWNER_ADDRESS));
    assert!(knows(&bench, "phone", "06 39 98 83 45"));
    for (set, unknown) in [
        ("mail", "sofia.rossi@example.net"),
        ("mail", "rossi@example.org"),
        ("mail", ""),
        ("url", "sofia.rossi@example.org"),
        // Somebody who wrote to the owner is not in the address book for that.
        ("mail", "people@example.com"),
    ] {
        assert!(!knows(&bench, set, unknown), "{set} {unknown}");
    }
    let called = |bench: &Bench, address: &str| Demo.called("mail", address, &bench.shelf);
    let whole = |name: &str| Called::Whole(name.to_owned());
    let part = |name: &str| Called::Part(name.to_owned());
    assert_eq!(
        called(&bench, "sofia.rossi@example.org"),
        [whole("Sofia Rossi"), part("Sofia"), part("Rossi")]
    );
    // Two of the family have this name, so it calls neither.
    assert_eq!(
        called(&bench, "paul.martin@example.net"),
        [whole("Paul Martin"), part("Paul")]
    );
    // What stands in brackets is what the owner says; a trade is what many are called.
    assert_eq!(
        called(&bench, "francoise.martin@example.net"),
        [whole("Françoise Martin"), part("maman"), part("Françoise")]
    );
    assert_eq!(
        called(&bench, "julien.petit@example.net"),
        [whole("Julien Petit"), part("Julien"), part("Petit")]
    );
    assert!(called(&bench, "harvest@example.com").is_empty());
    for (name, address) in [
        (owner_text("Sofia Blanc"), "sofia.blanc@example.org"),
        (stranger_text("please"), "harvest@example.com"),
    ] {
        let args = vec![("name", name), ("address", owner_text(address))];
        bench.done(&Demo, "contacts_add", args);
    }
    assert!(knows(&bench, "mail", "sofia.blanc@example.org"));
    assert_eq!(
        called(&bench, "sofia.rossi@example.org"),
        [whole("Sofia Rossi"), part("Rossi")]
    );
    assert!(called(&bench, "harvest@example.com").is_empty());
}

#[test]
fn a_page_is_anybody_s_words_that_everybody_may_read() {
    let mut bench = Bench::default();
    let mut read = |url: Item| bench.call(&Demo, "web_read", vec![("url", url)]);
    let page = read(owner_text("https://www.example.org/dumplings")).unwrap();
    assert_eq!(page.kind, Kind::Page);
    let field = |page: &Item, name: &str| page.at(&[Step::Field(name.to_owned())]).unwrap();
    for name in ["title", "text"] {
        let part = field(&page.item, name);
        assert_eq!(part.label().integrity, Integrity::Untrusted);
        assert_eq!(part.label().readers, Readers::Everyone);
        assert!(
            part.label()
                .sources
                .contains("web:www.example.org/dumplings")
        );
    }
    let url = field(&page.item, "url");
    assert_eq!(url.text(), Some("https://www.example.org/dumplings"));
    assert_eq!(url.label().integrity, Integrity::Attested);
    let chosen = read(stranger_text("https://www.example.org/dumplings")).unwrap();
    assert_eq!(
        field(&chosen.item, "url").label().integrity,
        Integrity::Untrusted
    );
    for missing in [
        "https://www.example.org/nothing",
        "https://collector.example.net/?q=1",
        "",
        "javascript:alert(1)",
    ] {
        assert_eq!(
            read(owner_text(missing)).unwrap_err(),
            ToolError::Unavailable,
            "{missing}"
        );
    }
}

#[test]
fn pages_have_distinct_addresses_on_hosts_for_examples() {
    let addresses: BTreeSet<_> = seed::PAGES.iter().map(|page| page.address).collect();
    assert_eq!(addresses.len(), seed::PAGES.len());
    for address in addresses {
        let host = address.split('/').next().unwrap();
        assert!(
            ["www.example.org", "www.example.com", "www.example.net"].contains(&host),
            "{address}"
        );
    }
}
