//! CardDAV, against what Radicale and Cyrus really answered, and against worse.

mod adding;
mod hostile;

use super::super::accounts::Served;
use super::super::family::Family;
use super::super::family::contacts::{KIN, book};
use super::super::test_documents::{Bench, owner_text};
use super::super::{Called, Connector, Lost};
use super::*;
use crate::egress::account::Auth;
use crate::http::Response;
use crate::label::{Integrity, Readers};
use crate::tool::{Argument, Audience, Origin, ToolOutput};
use crate::value::{Item, Step};
use serde_json::Value as Json;
use std::collections::VecDeque;

/// The owner's account, and the agent's own book beside it.
fn family(collection: &'static str) -> Family {
    let served: &'static Served = Box::leak(Box::new(Served {
        service: SERVICE,
        account: Account {
            name: "people",
            api: &API,
            target: Target::Host("dav.example.org"),
            hosts: &[],
            auth: Auth::Password {
                user: "PEOPLE_USER",
                password: "PEOPLE_PASSWORD",
            },
            address: "alice@example.org",
            authserv: "",
            collection,
        },
    }));
    Family::new(&KIN, vec![served, &book::OWN])
}

/// What a server answered, as it was recorded.
fn recorded(server: &str, name: &str) -> Response {
    let path = format!(
        "{}/tests/fixtures/connectors/carddav/{server}/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let json: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let headers = json["headers"].as_object().unwrap().iter();
    let headers = headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    Response {
        status: u16::try_from(json["status"].as_u64().unwrap()).unwrap(),
        headers: headers.collect(),
        body: json["body"].as_str().unwrap().as_bytes().to_vec(),
    }
}

fn plain(status: u16, body: &str) -> Response {
    Response {
        status,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
    }
}

fn call(family: &Family, tool: &str, args: Vec<(&'static str, Item)>) -> Call {
    let spec = family
        .tools()
        .iter()
        .find(|spec| spec.name == tool)
        .unwrap();
    let args = args.into_iter().map(|(name, item)| {
        let spec = spec.arg(name).unwrap();
        (spec.name, Argument::new(spec, item, Origin::Literal))
    });
    let mut call = Call {
        spec,
        args: args.collect(),
        audience: Audience::Nobody,
    };
    family.complete(&mut call);
    call
}

/// What was asked: the method, the address and the body.
type Asked = (Method, String, String);

/// Makes a call against a server that gives these answers in their order. All of them must be asked
/// for; an answer that the family does not take would end the call in the engine.
fn drive(
    bench: &mut Bench,
    family: &Family,
    call: &Call,
    answers: Vec<Response>,
) -> (Result<ToolOutput, ToolError>, Vec<Asked>) {
    let mut answers = VecDeque::from(answers);
    let mut asked = Vec::new();
    let connector: &dyn Connector = family;
    let mut progress = connector.start(call, &mut bench.context());
    loop {
        let (request, stage) = match progress {
            Ok(Progress::Send { request, stage }) => (request, stage),
            Ok(Progress::Done(output)) => {
                assert!(answers.is_empty(), "{} were not asked for", answers.len());
                return (Ok(output), asked);
            }
            Err(error) => {
                assert!(answers.is_empty(), "{} were not asked for", answers.len());
                return (Err(error), asked);
            }
        };
        let body = String::from_utf8(request.body.clone()).unwrap();
        asked.push((request.method, request.url.clone(), body));
        let answer = answers.pop_front();
        let answer = answer.unwrap_or_else(|| panic!("no answer for {request:?}"));
        progress = if answer.status >= 400 && !connector.takes(&stage, answer.status) {
            Err(ToolError::Offline)
        } else {
            connector.resume(call, &stage, &answer, &mut bench.context())
        };
    }
}

fn find(
    bench: &mut Bench,
    family: &Family,
    query: &str,
    answers: Vec<Response>,
) -> (Item, Vec<Asked>) {
    let call = call(family, "contacts_find", vec![("query", owner_text(query))]);
    let (output, asked) = drive(bench, family, &call, answers);
    (output.unwrap().item, asked)
}

fn part(list: &Item, n: usize, name: &str) -> Item {
    let path = [Step::Nth(n), Step::Field(name.to_owned())];
    list.at(&path).unwrap()
}

/// What finds the book, what lists it, and what fetches it.
fn first_look(server: &str) -> Vec<Response> {
    let names: &[&str] = match server {
        "radicale" => &[
            "well-known",
            "root",
            "principal",
            "home",
            "sync-first",
            "cards",
        ],
        _ => &[
            "well-known",
            "addressbooks",
            "principal",
            "home",
            "sync-first",
            "cards",
        ],
    };
    names.iter().map(|name| recorded(server, name)).collect()
}

const SERVERS: [&str; 2] = ["radicale", "cyrus"];

#[test]
fn the_book_is_found_and_its_contacts_are_known() {
    for server in SERVERS {
        let (mut bench, family) = (Bench::default(), family(""));
        let (list, asked) = find(&mut bench, &family, "", first_look(server));
        let names: Vec<_> = (0..3).map(|n| part(&list, n, "name")).collect();
        let names: Vec<_> = names.iter().map(|name| name.text().unwrap()).collect();
        assert_eq!(names, ["Bob Stone", "Bob Stone", "Zoé Blanc"], "{server}");
        assert_eq!(part(&list, 0, "address").text(), Some("bob@example.org"));
        assert_eq!(
            part(&list, 1, "address").text(),
            Some("bob.stone@example.net")
        );
        assert_eq!(part(&list, 0, "phone").text(), Some("+33 6 39 98 00 11"));
        for name in ["id", "name", "address", "phone"] {
            let label = part(&list, 0, name).label().clone();
            assert_eq!(label.integrity, Integrity::Attested, "{name}");
            assert_eq!(label.readers, Readers::owner(), "{name}");
            assert!(
                label
                    .sources
                    .iter()
                    .any(|it| it.starts_with("contacts:people:/"))
            );
        }
        assert!(
            asked
                .iter()
                .all(|(_, url, _)| url.starts_with("account:people/"))
        );
        let knows = |set: &str, it: &str| family.knows(set, it, &bench.shelf);
        assert!(knows("mail", "Bob.Stone@example.net") && knows("mail", "zoe@example.org"));
        assert!(knows("phone", "0033639980011") && knows("mail", "alice@example.org"));
        assert!(!knows("mail", "stone@example.net") && !knows("url", "bob@example.org"));
        let called = family.called("mail", "bob.stone@example.net", &bench.shelf);
        let part = |name: &str| Called::Part(name.to_owned());
        assert_eq!(
            called,
            [
                Called::Whole("Bob Stone".into()),
                part("Bob"),
                part("Stone")
            ]
        );
    }
}

#[test]
fn a_fresh_copy_asks_nothing_and_an_old_one_asks_once_and_writes_nothing() {
    for server in SERVERS {
        let (mut bench, family) = (Bench::default(), family(""));
        find(&mut bench, &family, "", first_look(server));
        let (list, asked) = find(&mut bench, &family, "zoe", vec![]);
        assert_eq!((list.items().len(), asked.len()), (1, 0));
        bench.advance(6 * 60_000);
        let before = bench.shelf.writes;
        let unchanged = vec![recorded(server, "sync-none")];
        let (list, asked) = find(&mut bench, &family, "bob", unchanged);
        assert_eq!((list.items().len(), asked.len()), (2, 1));
        assert_eq!(asked[0].0, Method::Report);
        assert_eq!(bench.shelf.writes, before, "{server}");
    }
}

#[test]
fn what_was_deleted_there_is_not_known_any_more_and_what_is_new_is() {
    for server in SERVERS {
        let (mut bench, family) = (Bench::default(), family(""));
        find(&mut bench, &family, "", first_look(server));
        bench.advance(6 * 60_000);
        let carol = recorded(server, "cards");
        let text = String::from_utf8(carol.body.clone()).unwrap();
        let text = text
            .replace("zoe.vcf", "carol.vcf")
            .replace("zoe@", "carol@");
        let carol = Response {
            body: text.into_bytes(),
            ..carol
        };
        let changed = vec![recorded(server, "sync-changed"), carol];
        let (_, asked) = find(&mut bench, &family, "", changed);
        assert!(asked[1].2.contains("carol.vcf") && !asked[1].2.contains("bob.vcf"));
        assert!(!family.knows("mail", "zoe@example.org", &bench.shelf));
        assert!(family.knows("mail", "carol@example.org", &bench.shelf));
        assert!(family.knows("mail", "bob@example.org", &bench.shelf));
    }
}

#[test]
fn a_token_that_is_too_old_brings_all_anew() {
    for server in SERVERS {
        let (mut bench, family) = (Bench::default(), family(""));
        find(&mut bench, &family, "", first_look(server));
        bench.advance(6 * 60_000);
        // Zoé is not listed any more, and Bob is as he was: nothing has to be fetched.
        let text = String::from_utf8(recorded(server, "sync-first").body).unwrap();
        let mark = if server == "cyrus" {
            "<d:response>"
        } else {
            "<response>"
        };
        let end = mark.replace('<', "</");
        let without: Vec<String> = text
            .split(mark)
            .map(|piece| match piece.split_once(&end) {
                Some((one, rest)) if one.contains("zoe.vcf") => rest.to_owned(),
                Some(_) => format!("{mark}{piece}"),
                None => piece.to_owned(),
            })
            .collect();
        let without = without.concat();
        let answers = vec![
            recorded(server, "sync-old"),
            Response {
                body: without.into_bytes(),
                ..recorded(server, "sync-first")
            },
        ];
        let (list, asked) = find(&mut bench, &family, "", answers);
        assert_eq!(list.items().len(), 2, "{server}");
        assert!(asked[1].2.contains("<d:sync-token></d:sync-token>"));
        assert!(!family.knows("mail", "zoe@example.org", &bench.shelf));
    }
}

#[test]
fn a_service_that_tells_no_changes_is_listed() {
    let (mut bench, family) = (Bench::default(), family(""));
    let mut answers = first_look("cyrus");
    answers.truncate(4);
    answers.push(plain(415, "no such report"));
    answers.push(recorded("cyrus", "all"));
    answers.push(recorded("cyrus", "cards"));
    let (list, asked) = find(&mut bench, &family, "", answers);
    assert_eq!(list.items().len(), 2);
    assert_eq!(asked[5].0, Method::Propfind);
    bench.advance(6 * 60_000);
    let before = bench.shelf.writes;
    let (_, asked) = find(
        &mut bench,
        &family,
        "",
        vec![recorded("cyrus", "all"), recorded("cyrus", "cards")],
    );
    // Carol was not among the cards, so she is asked for until she is there or gone.
    assert_eq!(asked.len(), 2);
    assert!(bench.shelf.writes <= before + 2);
}

#[test]
fn a_book_that_collects_is_passed_over_and_makes_nobody_known_if_it_is_named() {
    let (mut bench, other) = (Bench::default(), family(""));
    let (_, asked) = find(&mut bench, &other, "", first_look("radicale"));
    assert_eq!(asked[4].1, "account:people/alice/people/");
    let (mut bench, named) = (Bench::default(), family("/alice/collected"));
    let mut home = recorded("radicale", "home");
    let mut cards = recorded("radicale", "cards");
    let mut list = recorded("radicale", "sync-first");
    for answer in [&mut cards, &mut list] {
        let text = String::from_utf8(answer.body.clone()).unwrap();
        answer.body = text.replace("/people/", "/collected/").into_bytes();
    }
    let text = String::from_utf8(home.body.clone()).unwrap();
    home.body = text.replace("/alice/people/", "/alice/other/").into_bytes();
    let (list, asked) = find(&mut bench, &named, "bob", vec![home, list, cards]);
    assert_eq!(asked[0].1, "account:people/alice/collected/");
    assert_eq!(part(&list, 0, "address").text(), Some("bob@example.org"));
    assert_eq!(
        part(&list, 0, "address").label().integrity,
        Integrity::Untrusted
    );
    assert_eq!(
        part(&list, 0, "name").label().integrity,
        Integrity::Untrusted
    );
    assert!(!named.knows("mail", "bob@example.org", &bench.shelf));
    assert!(
        named
            .called("mail", "bob@example.org", &bench.shelf)
            .is_empty()
    );
}

#[test]
fn a_book_that_is_gone_makes_nobody_known_and_is_looked_for_anew() {
    let (mut bench, family) = (Bench::default(), family(""));
    find(&mut bench, &family, "", first_look("cyrus"));
    bench.advance(6 * 60_000);
    let call = call(&family, "contacts_find", vec![]);
    let gone = vec![recorded("cyrus", "gone")];
    let (output, _) = drive(&mut bench, &family, &call, gone);
    // The agent's own book is empty, and that is not the answer.
    assert_eq!(output, Err(ToolError::Unavailable));
    let connector: &dyn Connector = &family;
    let next = connector.start(&call, &mut bench.context()).unwrap();
    let Progress::Send { request, .. } = next else {
        panic!("nothing is asked");
    };
    assert_eq!(request.url, "account:people/.well-known/carddav");
    assert!(!family.knows("mail", "bob@example.org", &bench.shelf));
}

#[test]
fn a_look_that_broke_off_is_gone_on_with() {
    let (mut bench, family) = (Bench::default(), family(""));
    let query = call(&family, "contacts_find", vec![]);
    let mut answers = first_look("cyrus");
    answers.pop();
    answers.push(plain(503, ""));
    let (_, asked) = drive(&mut bench, &family, &query, answers);
    assert_eq!(asked.len(), 6);
    assert!(!family.knows("mail", "bob@example.org", &bench.shelf));
    let (_, asked) = find(
        &mut bench,
        &family,
        "",
        vec![recorded("cyrus", "sync-none"), recorded("cyrus", "cards")],
    );
    assert_eq!(asked.len(), 2);
    assert!(family.knows("mail", "bob@example.org", &bench.shelf));
}

#[test]
fn the_books_are_looked_at_once_a_day() {
    let (mut bench, family) = (Bench::default(), family(""));
    let query = call(&family, "contacts_find", vec![]);
    let (output, _) = drive(&mut bench, &family, &query, first_look("cyrus"));
    let timers = output.unwrap().timers;
    assert_eq!(timers.len(), 1);
    let (output, _) = drive(&mut bench, &family, &query, vec![]);
    assert!(output.unwrap().timers.is_empty());
    bench.advance(24 * 3_600_000);
    let now = bench.now;
    let woken = bench.wake(&family, "daily", now);
    assert_eq!((woken.timers.len(), woken.checks.len()), (1, 1));
    assert!(woken.message.is_none() && woken.conversation.is_some());
    assert!(bench.wake(&family, "other", now).checks.is_empty());
    // A timer that was lost is set again.
    bench.advance(3 * 24 * 3_600_000);
    let (output, _) = drive(
        &mut bench,
        &family,
        &query,
        vec![recorded("cyrus", "sync-none")],
    );
    assert_eq!(output.unwrap().timers.len(), 1);
}
