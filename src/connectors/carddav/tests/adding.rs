//! New contacts: exactly once, and as the service then has them.

use super::super::super::test_documents::stranger_text;
use super::*;

fn bob(name: Item) -> Vec<(&'static str, Item)> {
    vec![
        ("name", name),
        ("address", owner_text("bob@example.org")),
        ("phone", owner_text("06 39 98 00 11")),
    ]
}

/// Where the book is, as it was found.
fn place(server: &str) -> Vec<Response> {
    let mut answers = first_look(server);
    answers.truncate(answers.len() - 2);
    answers
}

/// What a server has of the card that was sent.
fn stored(card: &str) -> Response {
    Response {
        status: 200,
        headers: vec![("etag".into(), "\"1\"".into())],
        body: card.as_bytes().to_vec(),
    }
}

/// Drives a call to its `PUT` and hands back the request with its stage.
fn written(bench: &mut Bench, family: &Family, call: &Call) -> (crate::http::Request, Json) {
    let mut answers = VecDeque::from(place("cyrus"));
    let connector: &dyn Connector = family;
    let mut progress = connector.start(call, &mut bench.context()).unwrap();
    loop {
        let Progress::Send { request, stage } = progress else {
            panic!("it is done");
        };
        if request.method == Method::Put {
            return (request, stage);
        }
        let answer = answers.pop_front().unwrap();
        progress = connector
            .resume(call, &stage, &answer, &mut bench.context())
            .unwrap();
    }
}

fn sent(progress: Progress) -> (crate::http::Request, Json) {
    let Progress::Send { request, stage } = progress else {
        panic!("it is done");
    };
    (request, stage)
}

#[test]
fn a_contact_is_written_under_an_id_of_our_own_and_read_back() {
    for server in SERVERS {
        let (mut bench, family) = (Bench::default(), family(""));
        let call = call(&family, "contacts_add", bob(owner_text("Bob Stone")));
        assert_eq!(call.text("account"), "people");
        let mut answers = VecDeque::from(place(server));
        let connector: &dyn Connector = &family;
        let mut progress = connector.start(&call, &mut bench.context()).unwrap();
        let (put, stage) = loop {
            let (request, stage) = sent(progress);
            if request.method == Method::Put {
                break (request, stage);
            }
            let answer = answers.pop_front().unwrap();
            progress = connector
                .resume(&call, &stage, &answer, &mut bench.context())
                .unwrap();
        };
        let card = String::from_utf8(put.body.clone()).unwrap();
        assert!(put.headers.contains(&("if-none-match".into(), "*".into())));
        let uid = card
            .lines()
            .find_map(|line| line.strip_prefix("UID:"))
            .unwrap();
        assert!(put.url.ends_with(&format!("/{uid}.vcf")) && uid.len() == 32);
        assert!(card.contains("N:Stone;Bob;;;") && card.contains("bob@example.org"));
        assert_eq!(connector.lost(call.spec, &stage), Lost::FindOut);
        assert!(!connector.taken(&stage));
        let answer = recorded(server, "put");
        let progress = connector.resume(&call, &stage, &answer, &mut bench.context());
        let (get, stage) = sent(progress.unwrap());
        assert_eq!((get.method, &get.url), (Method::Get, &put.url));
        assert!(connector.taken(&stage));
        let answer = stored(&card);
        let progress = connector.resume(&call, &stage, &answer, &mut bench.context());
        let Progress::Done(output) = progress.unwrap() else {
            panic!("more is asked");
        };
        let field = |name: &str| output.item.at(&[Step::Field(name.into())]).unwrap();
        assert_eq!(field("name").text(), Some("Bob Stone"));
        assert_eq!(field("address").label().integrity, Integrity::Attested);
        assert_eq!(field("address").label().readers, Readers::owner());
        assert!(family.knows("mail", "bob@example.org", &bench.shelf));
    }
}

#[test]
fn what_the_service_made_of_it_is_what_is_shown() {
    let (mut bench, family) = (Bench::default(), family(""));
    let call = call(&family, "contacts_add", bob(owner_text("Bob Stone")));
    let (put, stage) = written(&mut bench, &family, &call);
    let connector: &dyn Connector = &family;
    let progress = connector.resume(&call, &stage, &plain(201, ""), &mut bench.context());
    let (_, stage) = sent(progress.unwrap());
    let card = String::from_utf8(put.body).unwrap();
    let other = stored(
        &card
            .replace("Bob Stone", "BOB")
            .replace("bob@example.org", "b@example.org"),
    );
    let progress = connector.resume(&call, &stage, &other, &mut bench.context());
    let Progress::Done(output) = progress.unwrap() else {
        panic!("more is asked");
    };
    assert_eq!(output.item.field("name").unwrap().text(), Some("BOB"));
    assert_eq!(
        output.item.field("address").unwrap().text(),
        Some("b@example.org")
    );
}

#[test]
fn a_lost_answer_is_looked_for_and_the_contact_written_once_more_at_most() {
    let (mut bench, family) = (Bench::default(), family(""));
    let call = call(&family, "contacts_add", bob(owner_text("Bob Stone")));
    let (put, stage) = written(&mut bench, &family, &call);
    let connector: &dyn Connector = &family;
    let (get, back) = sent(
        connector
            .find_out(&call, &stage, &mut bench.context())
            .unwrap(),
    );
    assert_eq!((get.method, &get.url), (Method::Get, &put.url));
    // It had arrived.
    let card = String::from_utf8(put.body.clone()).unwrap();
    let done = connector.resume(&call, &back, &stored(&card), &mut bench.context());
    assert!(matches!(done, Ok(Progress::Done(_))));
    // It had not: the very same is written, and not a third time.
    assert!(connector.takes(&back, 404));
    let again = connector.resume(&call, &back, &plain(404, ""), &mut bench.context());
    let (again, stage) = sent(again.unwrap());
    assert_eq!(
        (again.method, &again.url, &again.body),
        (Method::Put, &put.url, &put.body)
    );
    let (_, back) = sent(
        connector
            .find_out(&call, &stage, &mut bench.context())
            .unwrap(),
    );
    let end = connector.resume(&call, &back, &plain(404, ""), &mut bench.context());
    assert_eq!(end, Err(ToolError::Unknown));
    // What is there already is what was sent before, or nothing that is claimed.
    let (_, back) = sent(
        connector
            .resume(&call, &stage, &plain(412, ""), &mut bench.context())
            .unwrap(),
    );
    let other = stored("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:other\r\nFN:Bob\r\nEND:VCARD\r\n");
    let end = connector.resume(&call, &back, &other, &mut bench.context());
    assert_eq!(end, Err(ToolError::Unknown));
}

#[test]
fn a_name_that_a_stranger_wrote_stays_a_stranger_s_whatever_the_service_says() {
    let (mut bench, family) = (Bench::default(), family(""));
    let call = call(&family, "contacts_add", bob(stranger_text("Bob Stone")));
    let (put, stage) = written(&mut bench, &family, &call);
    let connector: &dyn Connector = &family;
    let progress = connector.resume(&call, &stage, &plain(201, ""), &mut bench.context());
    let (_, stage) = sent(progress.unwrap());
    let card = String::from_utf8(put.body)
        .unwrap()
        .replace("FN:Bob Stone", "FN:Bob  Stone");
    connector
        .resume(&call, &stage, &stored(&card), &mut bench.context())
        .unwrap();
    let (list, _) = find(
        &mut bench,
        &family,
        "stone",
        vec![recorded("cyrus", "sync-first"), cards(&card)],
    );
    assert_eq!(
        part(&list, 0, "name").label().integrity,
        Integrity::Untrusted
    );
    assert_eq!(
        part(&list, 0, "address").label().integrity,
        Integrity::Attested
    );
    assert!(family.knows("mail", "bob@example.org", &bench.shelf));
    assert!(
        family
            .called("mail", "bob@example.org", &bench.shelf)
            .is_empty()
    );
}

/// The card at the place of the recorded one.
fn cards(card: &str) -> Response {
    let escaped = card.replace('&', "&amp;").replace('<', "&lt;");
    plain(
        207,
        &format!(
            "<d:multistatus xmlns:d=\"DAV:\" xmlns:a=\"urn:ietf:params:xml:ns:carddav\"><d:response><d:href>/dav/addressbooks/user/alice/Default/bob.vcf</d:href><d:propstat><d:prop><d:getetag>\"2\"</d:getetag><a:address-data>{escaped}</a:address-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"
        ),
    )
}

#[test]
fn the_own_book_takes_a_contact_and_shares_its_names_with_the_others() {
    let (mut bench, family) = (Bench::default(), family(""));
    find(&mut bench, &family, "", first_look("cyrus"));
    let mut args = bob(owner_text("Bob Gray"));
    args[1].1 = owner_text("bob.gray@example.org");
    args.push(("account", owner_text("own-book")));
    let call = call(&family, "contacts_add", args);
    let (output, asked) = drive(&mut bench, &family, &call, vec![]);
    assert!(asked.is_empty());
    let id = output
        .unwrap()
        .item
        .field("id")
        .unwrap()
        .text()
        .unwrap()
        .to_owned();
    assert!(id.starts_with("own-book:contact-"));
    assert!(family.knows("mail", "bob.gray@example.org", &bench.shelf));
    // Two are called Bob, so the word calls neither.
    for (address, rest) in [
        ("bob.gray@example.org", "Gray"),
        ("bob@example.org", "Stone"),
    ] {
        let called = family.called("mail", address, &bench.shelf);
        assert_eq!(called.last(), Some(&Called::Part(rest.into())), "{address}");
        assert!(!called.contains(&Called::Part("Bob".into())), "{address}");
    }
    let (list, _) = find(&mut bench, &family, "bob", vec![]);
    assert_eq!(list.items().len(), 3);
}
