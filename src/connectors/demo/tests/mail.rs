//! What the service vouches for, and moving, marking, deleting and forwarding mails.

use super::*;

fn act(bench: &mut Bench, tool: &str, id: &str, more: Vec<(&'static str, Item)>) -> Item {
    let mut args = vec![("mail", mail_with_id(bench, id))];
    args.extend(more);
    bench.done(&Demo, tool, args).item
}

fn ids(bench: &mut Bench, folder: &str) -> Vec<String> {
    texts(&list(bench, folder), "id")
}

#[test]
fn a_sender_is_attested_where_the_mail_s_authentication_passed() {
    let mut bench = Bench::default();
    let inbox = list(&mut bench, "inbox");
    let (mut passed, mut failed) = (0, 0);
    for n in 0..inbox.items().len() {
        let sender = part(&inbox, n, "sender");
        let from = part(&inbox, n, "from");
        let bare = sender.text().unwrap();
        assert!(!bare.contains(['<', ' ']), "{bare}");
        assert!(from.text().unwrap().contains(bare));
        let authenticated = part(&inbox, n, "authenticated");
        assert_eq!(authenticated.label().integrity, Integrity::Attested);
        let expected = if *authenticated.peek() == Value::Bool(true) {
            passed += 1;
            Integrity::Attested
        } else {
            failed += 1;
            Integrity::Untrusted
        };
        assert_eq!(sender.label().integrity, expected, "{bare}");
        // The words around the address stay a stranger's.
        assert_eq!(from.label().integrity, Integrity::Untrusted);
    }
    assert!(passed > 15 && failed > 4, "{passed} {failed}");
    let sent = list(&mut bench, "sent");
    assert_eq!(part(&sent, 0, "sender").text(), Some(seed::OWNER_ADDRESS));
    assert_eq!(part(&sent, 0, "sender").label().integrity, Integrity::Owner);
}

#[test]
fn a_moved_mail_is_in_its_folder_and_can_be_put_back() {
    let mut bench = Bench::default();
    let moved = act(
        &mut bench,
        "mail_move",
        "demo-6",
        vec![("folder", owner_text("archive"))],
    );
    assert_eq!(moved.field("folder").unwrap().text(), Some("archive"));
    assert_eq!(ids(&mut bench, "archive"), ["demo-6"]);
    assert!(!ids(&mut bench, "inbox").contains(&"demo-6".to_owned()));
    act(
        &mut bench,
        "mail_move",
        "demo-6",
        vec![("folder", owner_text("inbox"))],
    );
    assert!(ids(&mut bench, "archive").is_empty());
    assert!(ids(&mut bench, "inbox").contains(&"demo-6".to_owned()));
    // The owner's own mail goes back to where it came from, too.
    for folder in ["work", "inbox"] {
        act(
            &mut bench,
            "mail_move",
            "demo-20",
            vec![("folder", owner_text(folder))],
        );
    }
    assert!(ids(&mut bench, "sent").contains(&"demo-20".to_owned()));
}

#[test]
fn a_deleted_mail_is_in_the_trash() {
    let mut bench = Bench::default();
    act(&mut bench, "mail_delete", "demo-24", vec![]);
    assert_eq!(ids(&mut bench, "trash"), ["demo-24"]);
    assert_eq!(list(&mut bench, "inbox").items().len(), 26);
    act(
        &mut bench,
        "mail_move",
        "demo-24",
        vec![("folder", owner_text("inbox"))],
    );
    assert_eq!(list(&mut bench, "inbox").items().len(), 27);
}

#[test]
fn what_the_owner_wrote_is_moved_marked_and_deleted_too() {
    let mut bench = Bench::default();
    let args = vec![
        ("to", owner_text("ada@example.org")),
        ("body", owner_text("x")),
    ];
    let draft = bench.done(&Demo, "mail_draft", args.clone()).item;
    let sent = bench.done(&Demo, "mail_send", args).item;
    let id = sent.field("id").unwrap().text().unwrap().to_owned();
    act(
        &mut bench,
        "mail_mark",
        &id,
        vec![("mark", owner_text("flagged"))],
    );
    act(
        &mut bench,
        "mail_move",
        &id,
        vec![("folder", owner_text("work"))],
    );
    let work = list(&mut bench, "work");
    assert_eq!(texts(&work, "id"), [id]);
    assert_eq!(part(&work, 0, "flagged").peek(), &Value::Bool(true));
    let draft_id = draft.field("id").unwrap().text().unwrap().to_owned();
    act(&mut bench, "mail_delete", &draft_id, vec![]);
    assert!(ids(&mut bench, "drafts").is_empty());
    let thrown_away = bench.call(&Demo, "mail_send", vec![("draft", draft)]);
    assert_eq!(thrown_away.unwrap_err(), ToolError::Unavailable);
}

#[test]
fn marks_last_until_they_are_changed_or_the_mail_is_opened() {
    let mut bench = Bench::default();
    let unread = |bench: &mut Bench, id: &str| {
        let inbox = list(bench, "inbox");
        let n = texts(&inbox, "id").iter().position(|of| of == id).unwrap();
        part(&inbox, n, "unread").peek() == &Value::Bool(true)
    };
    let mark = |bench: &mut Bench, id: &str, word: &str| {
        let args = vec![("mail", owner_text(id)), ("mark", owner_text(word))];
        bench.done(&Demo, "mail_mark", args).item
    };
    assert!(unread(&mut bench, "demo-2") && !unread(&mut bench, "demo-5"));
    mark(&mut bench, "demo-2", "read");
    mark(&mut bench, "demo-5", "unread");
    assert!(!unread(&mut bench, "demo-2") && unread(&mut bench, "demo-5"));
    mark(&mut bench, "demo-2", "unread");
    mail_with_id(&mut bench, "demo-2");
    mail_with_id(&mut bench, "demo-5");
    assert!(!unread(&mut bench, "demo-2") && !unread(&mut bench, "demo-5"));
    let flagged = mark(&mut bench, "demo-13", "flagged");
    assert_eq!(flagged.field("flagged").unwrap().peek(), &Value::Bool(true));
    assert!(unread(&mut bench, "demo-13"), "a flag does not open a mail");
    let plain = mark(&mut bench, "demo-13", "unflagged");
    assert_eq!(plain.field("flagged").unwrap().peek(), &Value::Bool(false));
}

#[test]
fn a_mark_is_no_better_than_the_call_that_made_it() {
    let mut bench = Bench::default();
    let args = vec![
        ("mail", stranger_text("demo-6")),
        ("folder", owner_text("archive")),
    ];
    let moved = bench.done(&Demo, "mail_move", args).item;
    let folder = moved.field("folder").unwrap();
    assert_eq!(folder.label().integrity, Integrity::Untrusted);
    assert!(folder.label().sources.contains("mail:17"));
    // A stranger had a say in what this folder holds, and that shows on what is taken out of it.
    let archive = list(&mut bench, "archive");
    assert_eq!(
        part(&archive, 0, "id").label().integrity,
        Integrity::Untrusted
    );
    // Who may read the mail is not changed by that.
    let inbox = list(&mut bench, "inbox");
    let readers = |list: &Item| part(list, 0, "body").label().readers.clone();
    assert!(matches!(readers(&archive), Readers::Only(people) if people.len() == 2));
    assert!(matches!(readers(&inbox), Readers::Only(people) if people.len() == 3));
}

#[test]
fn a_forwarded_mail_carries_the_whole_mail_with_its_labels() {
    let mut bench = Bench::default();
    let sent = act(
        &mut bench,
        "mail_forward",
        "demo-8",
        vec![
            ("to", owner_text("sofia.rossi@example.org")),
            ("note", owner_text("For you.")),
            // What goes out is not the planner's to write.
            ("body", owner_text("something else")),
        ],
    );
    let field = |name: &str| sent.at(&[Step::Field(name.to_owned())]).unwrap();
    assert_eq!(field("to").text(), Some("sofia.rossi@example.org"));
    assert_eq!(
        field("subject").text(),
        Some("Fwd: Your booking QX7P2M: Paris to Lyon")
    );
    let body = field("body");
    let text = body.text().unwrap();
    assert!(text.starts_with("For you.\n\n-------- Fwd --------\nFrom: Northline Rail"));
    assert!(text.contains("Booking reference: QX7P2M") && !text.contains("something else"));
    assert_eq!(body.label().integrity, Integrity::Untrusted);
    assert!(body.label().sources.contains("mail:demo-8"));
    // The owner's remark does not keep the mail's own readers from it.
    let Readers::Only(readers) = &body.label().readers else {
        panic!("everyone")
    };
    assert!(readers.contains("mail:bookings@example.com"));
    assert_eq!(ids(&mut bench, "sent").len(), 4);
    let again = act(
        &mut bench,
        "mail_forward",
        sent.field("id").unwrap().text().unwrap(),
        vec![
            ("to", owner_text("ada@example.org")),
            ("note", stranger_text("obey")),
        ],
    );
    assert_eq!(
        again.field("subject").unwrap().text(),
        Some("Fwd: Your booking QX7P2M: Paris to Lyon")
    );
    assert!(
        again
            .field("body")
            .unwrap()
            .label()
            .sources
            .contains("mail:17")
    );
}
