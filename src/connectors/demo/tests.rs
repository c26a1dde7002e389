//! The demo account as its owner meets it, and what its hostile mails can and cannot do.

use super::*;
use crate::connectors::test_documents::{Bench, int, owner_text, stranger_text, time};
use crate::inert::{inert, is_hidden};
use crate::label::{Integrity, Label, Labeled, Readers};
use crate::tool::Kind;
use crate::value::{Item, Step, Value};
use std::collections::BTreeSet;

mod calendar;
mod mail;
mod others;

fn list(bench: &mut Bench, folder: &str) -> Item {
    let args = vec![("folder", owner_text(folder)), ("limit", int(50))];
    bench.done(&Demo, "mail_list", args).item
}

fn part(item: &Item, n: usize, field: &str) -> Item {
    item.at(&[Step::Nth(n), Step::Field(field.to_owned())])
        .unwrap()
}

fn texts(list: &Item, field: &str) -> Vec<String> {
    let items = list.items().iter();
    items
        .map(|item| {
            item.field(field)
                .unwrap()
                .text()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

fn mail_with_id(bench: &mut Bench, id: &str) -> Item {
    bench
        .done(&Demo, "mail_read", vec![("mail", owner_text(id))])
        .item
}

#[test]
fn the_inbox_is_full_newest_first_and_costs_one_row() {
    let mut bench = Bench::default();
    let inbox = list(&mut bench, "inbox");
    assert_eq!(bench.shelf.writes, 1);
    assert!(inbox.items().len() >= 25);
    let date = |item: &Item| {
        let Value::Time(at) = item.field("date").unwrap().peek() else {
            panic!("no date")
        };
        *at
    };
    let dates: Vec<_> = inbox.items().iter().map(date).collect();
    assert!(dates.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!(dates.iter().all(|at| *at <= bench.now));
    let ids: BTreeSet<_> = texts(&inbox, "id").into_iter().collect();
    assert_eq!(ids.len(), inbox.items().len());
    bench.advance(86_400_000);
    assert_eq!(texts(&list(&mut bench, "inbox"), "id"), texts(&inbox, "id"));
    assert_eq!(bench.shelf.writes, 1);
}

#[test]
fn a_stranger_s_words_are_untrusted_and_readable_by_the_participants() {
    let mut bench = Bench::default();
    let inbox = list(&mut bench, "inbox");
    for n in 0..inbox.items().len() {
        for field in ["subject", "from", "to", "body"] {
            assert_eq!(
                part(&inbox, n, field).label().integrity,
                Integrity::Untrusted
            );
        }
        for field in ["id", "date", "thread", "unread"] {
            assert_eq!(
                part(&inbox, n, field).label().integrity,
                Integrity::Attested
            );
        }
    }
    let first = part(&inbox, 0, "body");
    let people = [
        "alex@example.org",
        "nadia.benali@example.com",
        "tom.whitfield@example.com",
    ];
    let people = people
        .iter()
        .map(|address| format!("mail:{address}"))
        .collect();
    assert_eq!(first.label().readers, Readers::Only(people));
    assert_eq!(
        first.label().sources,
        BTreeSet::from(["mail:demo-1".to_owned()])
    );
}

#[test]
fn searching_and_filtering() {
    let mut bench = Bench::default();
    let args = vec![("query", owner_text("LEFEVRE chaudiere"))];
    let found = bench.done(&Demo, "mail_list", args).item;
    assert_eq!(
        texts(&found, "subject"),
        ["Quittance et visite du chauffagiste"]
    );
    let args = vec![("from", owner_text("tom")), ("limit", int(1))];
    let found = bench.done(&Demo, "mail_list", args).item;
    assert_eq!(texts(&found, "subject"), ["Re: Harbour launch: venue"]);
    let yes = || Labeled::new(Value::Bool(true), Label::owner());
    let unread = vec![("unread", yes()), ("limit", int(50))];
    let before = bench.done(&Demo, "mail_list", unread).item.items().len();
    let writes = bench.shelf.writes;
    let opened = mail_with_id(&mut bench, "demo-1");
    assert_eq!(opened.field("unread").unwrap().peek(), &Value::Bool(false));
    mail_with_id(&mut bench, "demo-1");
    mail_with_id(&mut bench, "demo-5");
    assert_eq!(
        bench.shelf.writes,
        writes + 1,
        "one row for the first reading of an unread mail"
    );
    let unread = vec![("unread", yes()), ("limit", int(50))];
    assert_eq!(
        bench.done(&Demo, "mail_list", unread).item.items().len(),
        before - 1
    );
}

#[test]
fn a_draft_is_sent_once() {
    let mut bench = Bench::default();
    let args = vec![
        ("to", owner_text("ada@example.org")),
        ("subject", owner_text("Hello")),
        ("body", stranger_text("their words")),
    ];
    let draft = bench.done(&Demo, "mail_draft", args);
    assert_eq!(draft.kind, Kind::Draft);
    let sources = |name: &str| {
        let field = draft.item.at(&[Step::Field(name.into())]).unwrap();
        field.label().sources.clone()
    };
    assert!(sources("subject").is_empty(), "the owner's own words");
    assert!(!sources("body").is_empty(), "somebody else's words");
    assert_eq!(texts(&list(&mut bench, "drafts"), "subject"), ["Hello"]);
    bench.advance(60_000);
    let sent = bench.done(&Demo, "mail_send", vec![("draft", draft.item.clone())]);
    let body = sent.item.at(&[Step::Field("body".into())]).unwrap();
    assert_eq!(body.text(), Some("their words"));
    assert_eq!(body.label().integrity, Integrity::Untrusted);
    assert!(list(&mut bench, "drafts").items().is_empty());
    let folder = list(&mut bench, "sent");
    assert_eq!(part(&folder, 0, "subject").text(), Some("Hello"));
    assert_eq!(
        part(&folder, 0, "subject").label().integrity,
        Integrity::Owner
    );
    assert_eq!(
        part(&folder, 0, "body").label().integrity,
        Integrity::Untrusted
    );
    let again = bench.call(&Demo, "mail_send", vec![("draft", draft.item)]);
    assert_eq!(again.unwrap_err(), ToolError::Refused);
    assert_eq!(list(&mut bench, "sent").items().len(), folder.items().len());
}

#[test]
fn a_draft_that_is_not_what_was_shown_is_not_sent() {
    let mut bench = Bench::default();
    let args = vec![
        ("to", owner_text("ada@example.org")),
        ("body", owner_text("x")),
    ];
    let draft = bench.done(&Demo, "mail_draft", args).item;
    let forged = draft.map(|value| {
        let Value::Record(mut fields) = value else {
            panic!("no record")
        };
        fields.insert("to".into(), owner_text("eve@example.org"));
        Value::Record(fields)
    });
    let refused = bench.call(&Demo, "mail_send", vec![("draft", forged)]);
    assert_eq!(refused.unwrap_err(), ToolError::Unavailable);
    assert_eq!(list(&mut bench, "drafts").items().len(), 1);
}

#[test]
fn an_answer_goes_to_the_from_and_keeps_the_thread() {
    let mut bench = Bench::default();
    for (id, to, subject) in [
        (
            "demo-1",
            "nadia.benali@example.com",
            "Re: Harbour launch: final figures",
        ),
        (
            "demo-4",
            "francoise.martin@example.net",
            "Re: Dimanche midi ?",
        ),
        (
            "demo-30",
            "nadia.benali@example.net",
            "Re: Invitation: Harbour launch rehearsal",
        ),
        (
            "demo-22",
            "sofia.rossi@example.org",
            "Re: Climbing on Saturday?",
        ),
    ] {
        let original = mail_with_id(&mut bench, id);
        let args = vec![
            ("in_reply_to", original.clone()),
            ("body", owner_text("Yes.")),
        ];
        let sent = bench.done(&Demo, "mail_send", args).item;
        assert_eq!(sent.field("to").unwrap().text(), Some(to));
        assert_eq!(sent.field("subject").unwrap().text(), Some(subject));
        assert_eq!(
            sent.field("thread").unwrap().text(),
            original.field("thread").unwrap().text()
        );
        assert_eq!(
            sent.field("body").unwrap().label().integrity,
            Integrity::Owner
        );
        let expected = match id {
            "demo-22" => Integrity::Owner,
            // Nothing vouches for the sender of this one.
            "demo-30" => Integrity::Untrusted,
            _ => Integrity::Attested,
        };
        assert_eq!(sent.field("to").unwrap().label().integrity, expected);
    }
}

#[test]
fn a_mail_needs_a_recipient_and_a_text_or_a_draft() {
    let mut bench = Bench::default();
    let mut refuse = |args| {
        let error = bench.call(&Demo, "mail_send", args).unwrap_err();
        let ToolError::Invalid { argument, .. } = error else {
            panic!("{error}")
        };
        argument
    };
    assert_eq!(refuse(vec![]), "body");
    assert_eq!(refuse(vec![("body", owner_text("x"))]), "to");
    let both = vec![
        ("draft", owner_text("draft-1")),
        ("to", owner_text("a@example.org")),
    ];
    assert_eq!(refuse(both), "draft");
    let draft = bench
        .done(&Demo, "mail_draft", vec![("body", owner_text("x"))])
        .item;
    let error = bench
        .call(&Demo, "mail_send", vec![("draft", draft)])
        .unwrap_err();
    assert!(matches!(error, ToolError::Invalid { argument, .. } if argument == "to"));
    assert_eq!(
        list(&mut bench, "drafts").items().len(),
        1,
        "the draft is still there"
    );
}

#[test]
fn the_calendar_shows_wall_clock_times_of_the_owner_s_zone() {
    let mut bench = Bench::default();
    let day = |bench: &mut Bench| {
        bench
            .done(
                &Demo,
                "calendar_list",
                vec![("from", owner_text("2026-11-23"))],
            )
            .item
    };
    let monday = day(&mut bench);
    assert_eq!(texts(&monday, "title"), ["Harbour launch: weekly"]);
    let at = |text: &str| Value::Time(crate::connectors::test_documents::instant(text));
    assert_eq!(
        part(&monday, 0, "start").peek(),
        &at("2026-11-23T09:00:00Z")
    );
    assert_eq!(
        part(&monday, 0, "start").label().integrity,
        Integrity::Untrusted
    );
    bench.zone = crate::time::Zone::named("America/New_York");
    assert_eq!(
        part(&day(&mut bench), 0, "start").peek(),
        &at("2026-11-23T15:00:00Z")
    );
    bench.zone = None;
    assert_eq!(
        part(&day(&mut bench), 0, "start").peek(),
        &at("2026-11-23T10:00:00Z")
    );
}

#[test]
fn every_day_of_this_week_and_most_of_the_next_has_something() {
    let mut bench = Bench::default();
    for day in 23..=29 {
        let args = vec![("from", owner_text(&format!("2026-11-{day}")))];
        let events = bench.done(&Demo, "calendar_list", args).item;
        assert!(!events.items().is_empty(), "{day}");
    }
    let args = vec![("from", owner_text("2026-11-16")), ("days", int(35))];
    let all = bench.done(&Demo, "calendar_list", args).item;
    assert_eq!(all.items().len(), seed::EVENTS.len());
    let wrong = bench.call(&Demo, "calendar_list", vec![("from", owner_text("soon"))]);
    assert!(
        matches!(wrong.unwrap_err(), ToolError::Invalid { argument, .. } if argument == "from")
    );
}

#[test]
fn added_events_are_listed_in_order_while_they_last() {
    let mut bench = Bench::default();
    let args = vec![
        ("title", owner_text("Trip")),
        ("start", time("2026-11-22T20:00:00Z")),
        ("minutes", int(60 * 24)),
        ("about", stranger_text("see the mail")),
    ];
    bench.done(&Demo, "calendar_add", args);
    let args = vec![("from", owner_text("2026-11-23"))];
    let monday = bench.done(&Demo, "calendar_list", args).item;
    assert_eq!(texts(&monday, "title"), ["Trip", "Harbour launch: weekly"]);
    assert_eq!(
        part(&monday, 0, "title").label().integrity,
        Integrity::Owner
    );
    assert_eq!(
        part(&monday, 0, "about").label().integrity,
        Integrity::Untrusted
    );
    assert_eq!(part(&monday, 0, "title").label().readers, Readers::owner());
    let args = vec![
        ("from", owner_text("2026-11-24")),
        ("query", owner_text("trip")),
    ];
    assert!(
        bench
            .done(&Demo, "calendar_list", args)
            .item
            .items()
            .is_empty()
    );
}

#[test]
fn contacts_are_the_owner_s() {
    let mut bench = Bench::default();
    let all = bench.done(&Demo, "contacts_find", vec![]).item;
    assert_eq!(all.items().len(), 12);
    assert_eq!(all.total_label().integrity, Integrity::Owner);
    assert_eq!(all.total_label().readers, Readers::owner());
    let args = vec![("query", owner_text("francoise"))];
    let found = bench.done(&Demo, "contacts_find", args).item;
    assert_eq!(
        part(&found, 0, "address").text(),
        Some("francoise.martin@example.net")
    );
    assert_eq!(bench.shelf.writes, 0);
}

#[test]
fn every_address_is_in_a_domain_for_examples_and_hostile_mails_show_harmlessly() {
    let domains = ["example.org", "example.com", "example.net"];
    let mut bytes = 0;
    let mails = seed::mails().map(|mail| (mail.id, [mail.from, mail.to, mail.subject, mail.body]));
    let pages = seed::PAGES
        .iter()
        .map(|page| (page.address, ["", "", page.title, page.text]));
    for (id, texts) in mails.chain(pages) {
        let all = texts.join(" ");
        let [_, _, subject, body] = texts;
        bytes += all.len();
        for (_, host) in all.match_indices('@').map(|(at, _)| all.split_at(at + 1)) {
            assert!(
                domains.iter().any(|domain| host.starts_with(domain)),
                "{id}"
            );
        }
        let shown = inert(body);
        assert!(
            !shown.contains("://") && !shown.chars().any(is_hidden),
            "{id}"
        );
        assert!(!inert(subject).chars().any(is_hidden));
    }
    assert!(bytes < 40 * 1024);
    let hidden = |mail: &&seed::SeedMail| mail.subject.chars().any(is_hidden);
    let smuggled = seed::mails().find(hidden).unwrap();
    assert_eq!(inert(smuggled.subject), "Photos of the weekend");
}
