//! Books that others share with the owner, who may write to them.
//!
//! The one thing to know: whoever else writes to such a book could make themselves known, so being in
//! it makes nobody known, and nothing is written to it.

use super::*;

const OWNERS: [(&str, &str); 2] = [
    ("radicale", "<owner><href>/alice/</href></owner>"),
    (
        "cyrus",
        "<d:owner><d:href>/dav/principals/user/alice/</d:href></d:owner>",
    ),
];

fn edited(answer: &Response, edit: impl Fn(&str) -> String) -> Response {
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let body = edit(&text).into_bytes();
    assert_ne!(body, answer.body, "nothing was edited");
    Response {
        body,
        ..answer.clone()
    }
}

/// A first look at a server whose books are edited.
fn look(server: &str, edit: impl Fn(&str) -> String) -> Vec<Response> {
    let mut answers = first_look(server);
    answers[3] = edited(&answers[3], edit);
    answers
}

/// Asserts that the contacts are found, and that none of them is known nor written to.
fn is_of_others(answers: &[Response], why: &str) {
    let (mut bench, family) = (Bench::default(), family(""));
    let (list, _) = find(&mut bench, &family, "", answers.to_vec());
    assert_eq!(part(&list, 0, "address").text(), Some("bob@example.org"));
    for name in ["name", "address", "phone"] {
        let label = part(&list, 0, name).label().clone();
        assert_eq!(label.integrity, Integrity::Untrusted, "{why}");
    }
    assert!(
        !family.knows("mail", "bob@example.org", &bench.shelf),
        "{why}"
    );
    let called = family.called("mail", "bob@example.org", &bench.shelf);
    assert!(called.is_empty(), "{why}");
    let args = vec![
        ("name", owner_text("Carol")),
        ("address", owner_text("carol@example.org")),
    ];
    let add = call(&family, "contacts_add", args);
    let (added, asked) = drive(&mut bench, &family, &add, vec![]);
    assert_eq!((added, asked.len()), (Err(ToolError::Unavailable), 0));
}

#[test]
fn a_book_is_the_owner_s_only_if_it_says_so() {
    for (server, owner) in OWNERS {
        let other = owner.replace("alice", "bob");
        let two = owner.replacen("href>/", "href>/x/</href><href>/", 1);
        let two = if server == "cyrus" {
            two.replace("</href><href>", "</d:href><d:href>")
        } else {
            two
        };
        let longer = owner.replace("alice/", "alice/x/");
        let elsewhere = owner.replacen("href>/", "href>https://evil.example.net/", 1);
        let bare = owner.replace("href>", "x>");
        for said in [&other, &two, &longer, &elsewhere, &bare, ""] {
            let answers = look(server, |text| text.replace(owner, said));
            is_of_others(&answers, said);
        }
        let unsaid = look(server, |text| {
            text.replace("current-user-privilege-set", "none")
        });
        is_of_others(&unsaid, "it is not said that one may write");
        for said in [
            owner.replace("alice/", "alice"),
            owner.replace("alice", "%61lice"),
            owner.replacen("href>/", "href>https://dav.example.org/", 1),
        ] {
            let (mut bench, family) = (Bench::default(), family(""));
            let answers = look(server, |text| text.replace(owner, &said));
            find(&mut bench, &family, "", answers);
            let known = family.knows("mail", "bob@example.org", &bench.shelf);
            assert!(known, "{said}");
        }
    }
}

#[test]
fn a_book_that_somebody_shares_is_passed_over_for_one_s_own() {
    let (mut bench, family) = (Bench::default(), family(""));
    let answers = look("radicale", |text| {
        let bob = "<owner><href>/bob/</href></owner>";
        let (_, own) = OWNERS[0];
        let (before, last) = text.rsplit_once("<response>").unwrap();
        let (one, end) = last.split_once("</response>").unwrap();
        let shared = one.replace("people", "friends").replace(own, bob);
        format!("{before}<response>{shared}</response><response>{one}</response>{end}")
    });
    let (_, asked) = find(&mut bench, &family, "", answers);
    assert_eq!(asked[4].1, "account:people/alice/people/");
    assert!(family.knows("mail", "bob@example.org", &bench.shelf));
}

#[test]
fn a_book_that_the_deployment_names_is_taken_at_its_word() {
    for said in ["<owner><href>/bob/</href></owner>", ""] {
        let (mut bench, named) = (Bench::default(), family("/alice/people/"));
        let (_, own) = OWNERS[0];
        let book = edited(&recorded("radicale", "book"), |text| {
            text.replace(own, said)
        });
        let answers = vec![
            book,
            recorded("radicale", "sync-first"),
            recorded("radicale", "cards"),
        ];
        find(&mut bench, &named, "", answers);
        assert!(named.knows("mail", "bob@example.org", &bench.shelf));
    }
}

#[test]
fn a_host_of_its_own_says_who_is_logged_in_there() {
    let (_, own) = OWNERS[0];
    for (who, is_own) in [("alice", true), ("bob", false), ("", false)] {
        let (mut bench, family) = (Bench::default(), family(""));
        let mut answers = look("radicale", |text| {
            let who = format!(
                "<current-user-principal><href>/{who}/</href></current-user-principal>{own}"
            );
            text.replace(own, &who)
        });
        answers[2] = edited(&answers[2], |text| {
            text.replace(
                "<CR:addressbook-home-set><href>",
                "<CR:addressbook-home-set><href>https://p1.example.net",
            )
        });
        let (_, asked) = find(&mut bench, &family, "", answers);
        assert_eq!(asked[3].1, "account:people//p1.example.net/alice/");
        let known = family.knows("mail", "bob@example.org", &bench.shelf);
        assert_eq!(known, is_own, "{who}");
    }
}
