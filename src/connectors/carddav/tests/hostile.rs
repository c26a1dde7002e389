//! Answers that are wrong, in every way that costs or leads somewhere.

use super::*;

fn multistatus(inner: &str) -> Response {
    plain(
        207,
        &format!(
            "<d:multistatus xmlns:d=\"DAV:\" xmlns:a=\"urn:ietf:params:xml:ns:carddav\">{inner}</d:multistatus>"
        ),
    )
}

fn listed(href: &str) -> String {
    format!(
        "<d:response><d:href>{href}</d:href><d:propstat><d:prop><d:getetag>\"1\"</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )
}

fn book_found() -> Vec<Response> {
    first_look("cyrus").into_iter().take(4).collect()
}

const BOOK: &str = "/dav/addressbooks/user/alice/Default/";
const TOKEN: &str = "<d:sync-token>t</d:sync-token>";

#[test]
fn what_leads_elsewhere_is_not_asked() {
    for to in [
        "https://evil.example.net/dav/",
        "//evil.example.net/dav/",
        "https://dav.example.org@evil.example.net/",
        "https://dav.example.org.evil.example.net/",
        "javascript:alert(1)",
        "/../../etc",
        "",
    ] {
        let (mut bench, family) = (Bench::default(), family(""));
        let call = call(
            &family,
            "contacts_add",
            vec![
                ("name", owner_text("A")),
                ("address", owner_text("a@example.org")),
            ],
        );
        let moved = Response {
            status: 301,
            headers: vec![("location".into(), to.into())],
            body: Vec::new(),
        };
        let connector: &dyn Connector = &family;
        let Progress::Send { stage, .. } = connector.start(&call, &mut bench.context()).unwrap()
        else {
            panic!("nothing is asked");
        };
        let next = connector.resume(&call, &stage, &moved, &mut bench.context());
        // What names another host is written so that the door refuses it, unless it is listed.
        if let Ok(Progress::Send { request, .. }) = next {
            let url = &request.url;
            assert!(url.starts_with("account:people//"), "{to}: {url}");
            assert!(
                !url.starts_with("account:people//dav.example.org/"),
                "{to}: {url}"
            );
        } else {
            assert_eq!(next, Err(ToolError::Unavailable), "{to}");
        }
    }
}

#[test]
fn no_answer_makes_it_panic_or_go_round_for_ever() {
    let deep = format!("{}{}", "<d:x>".repeat(10_000), "</d:x>".repeat(10_000));
    let around = multistatus(&format!(
        "<d:response><d:href>{BOOK}</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>{TOKEN}"
    ));
    for answer in [
        plain(207, ""),
        plain(207, "<html>not xml"),
        plain(207, "{}"),
        multistatus(&deep),
        multistatus(""),
        plain(200, "fine"),
        plain(204, ""),
        plain(302, ""),
        plain(207, "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"),
    ] {
        let (mut bench, family) = (Bench::default(), family(""));
        let query = call(&family, "contacts_find", vec![]);
        let connector: &dyn Connector = &family;
        let mut progress = connector.start(&query, &mut bench.context());
        let mut asked = 0;
        while let Ok(Progress::Send { stage, .. }) = progress {
            asked += 1;
            assert!(asked < 10, "{answer:?}");
            progress = connector.resume(&query, &stage, &answer, &mut bench.context());
        }
    }
    let (mut bench, family) = (Bench::default(), family(""));
    let query = call(&family, "contacts_find", vec![]);
    let connector: &dyn Connector = &family;
    let mut progress = connector.start(&query, &mut bench.context());
    let mut answers = VecDeque::from(book_found());
    let mut asked = 0;
    while let Ok(Progress::Send { stage, .. }) = progress {
        asked += 1;
        assert!(asked < 50);
        let answer = answers.pop_front().unwrap_or_else(|| around.clone());
        progress = connector.resume(&query, &stage, &answer, &mut bench.context());
    }
    assert!(asked > 10);
}

#[test]
fn only_what_is_in_the_book_is_taken_and_no_more_than_a_copy_holds() {
    let (mut bench, family) = (Bench::default(), family(""));
    let hrefs = [
        "/dav/addressbooks/user/bob/Default/x.vcf",
        "https://evil.example.net/dav/addressbooks/user/alice/Default/x.vcf",
        "/dav/addressbooks/user/alice/Default/deep/x.vcf",
        "/dav/addressbooks/user/alice/Default/../x.vcf",
        "",
    ];
    let long = format!("{BOOK}{}.vcf", "x".repeat(400));
    let inner: String = hrefs
        .iter()
        .copied()
        .chain([long.as_str()])
        .map(listed)
        .collect();
    let mut answers = book_found();
    answers.push(multistatus(&format!("{inner}{TOKEN}")));
    let (list, asked) = find(&mut bench, &family, "", answers);
    assert_eq!((list.items().len(), asked.len()), (0, 5));
    // More than fits: each is fetched once, a hundred at a time, and the rest is left out.
    let (mut bench, family) = (Bench::default(), super::family(""));
    let many: String = (0..3_000)
        .map(|n| listed(&format!("{BOOK}{n}.vcf")))
        .collect();
    let mut answers = book_found();
    answers.push(multistatus(&format!("{many}{TOKEN}")));
    for _ in 0..20 {
        answers.push(multistatus(""));
    }
    let (list, asked) = find(&mut bench, &family, "", answers);
    assert_eq!((list.items().len(), asked.len()), (0, 25));
}

#[test]
fn a_card_is_cut_to_what_is_kept_and_a_list_of_others_is_nobody() {
    let (mut bench, family) = (Bench::default(), family(""));
    let emails: Vec<String> = (0..50)
        .map(|n| format!("EMAIL:a{n}@example.org\n"))
        .collect();
    let emails = emails.concat();
    let long = "x".repeat(300);
    let cards = [
        ("a", format!("BEGIN:VCARD\nVERSION:3.0\nUID:a\nFN:{}\n{emails}END:VCARD", "é".repeat(5_000))),
        ("b", format!("BEGIN:VCARD\nVERSION:3.0\nUID:b\nFN:B\nEMAIL:{long}@example.org\nEND:VCARD")),
        ("c", "BEGIN:VCARD\nVERSION:4.0\nKIND:group\nUID:c\nFN:All\nEMAIL:all@example.org\nMEMBER:mailto:x@example.org\nEND:VCARD".to_owned()),
        ("d", "BEGIN:VCARD\nUID:d\nFN:D".to_owned()),
        ("e", "not a card".to_owned()),
    ];
    let hrefs: String = cards
        .iter()
        .map(|(name, _)| listed(&format!("{BOOK}{name}.vcf")))
        .collect();
    let data: Vec<String> = cards
        .iter()
        .map(|(name, card)| format!("<d:response><d:href>{BOOK}{name}.vcf</d:href><d:propstat><d:prop><d:getetag>\"1\"</d:getetag><a:address-data>{card}</a:address-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"))
        .collect();
    let data = data.concat();
    // Nobody asked for this one.
    let data = format!(
        "{data}{}",
        data.replace("/a.vcf", "/z.vcf")
            .replace("@example.org", "@evil.example.net")
    );
    let mut answers = book_found();
    answers.push(multistatus(&format!("{hrefs}{TOKEN}")));
    answers.push(multistatus(&data));
    let (list, _) = find(&mut bench, &family, "", answers);
    assert_eq!(list.items().len(), 5);
    let knows = |address: &str| family.knows("mail", address, &bench.shelf);
    assert!(knows("a3@example.org") && !knows("a4@example.org"));
    assert!(!knows("all@example.org") && !knows("a0@evil.example.net"));
    assert!(!knows(&format!("{long}@example.org")));
}

#[test]
fn a_refusal_is_the_account_s_and_leaves_what_is_known() {
    let (mut bench, family) = (Bench::default(), family(""));
    find(&mut bench, &family, "", first_look("cyrus"));
    bench.advance(6 * 60_000);
    let query = call(&family, "contacts_find", vec![]);
    for (status, error) in [
        (401, ToolError::Auth),
        (429, ToolError::Rate),
        (503, ToolError::Offline),
    ] {
        let connector: &dyn Connector = &family;
        let Progress::Send { stage, .. } = connector.start(&query, &mut bench.context()).unwrap()
        else {
            panic!("nothing is asked");
        };
        assert!(
            connector.takes(&stage, status),
            "one of several accounts may fail"
        );
        let end = connector.resume(&query, &stage, &plain(status, ""), &mut bench.context());
        assert_eq!(end, Err(error));
        assert!(family.knows("mail", "bob@example.org", &bench.shelf));
    }
}
