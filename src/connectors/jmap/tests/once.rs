//! A mail goes out once, or is told to be unknown, whatever is lost.

use super::*;
use Fault::{After, Before, Busy, Gateway, Late, None as Fine, Torn, Twice};

const FAULTS: [Fault; 8] = [Fine, Before, After, Torn, Gateway, Late, Twice, Busy];

fn mail() -> Vec<(&'static str, Item)> {
    words(&[
        ("to", "bob@example.org"),
        ("subject", "Tea"),
        ("body", "At five?"),
    ])
}

/// The session is known, so that the first request is the call's own.
fn warm(keeps: bool) -> Run {
    let mut run = Run::new();
    run.fake.keeps = keeps;
    run.fake.deliver(serde_json::json!({}));
    run.call("mail_list", Vec::new()).unwrap();
    run.fake.requests.clear();
    run
}

/// What was told fits what happened.
#[track_caller]
fn check(run: &mut Run, result: &Result<ToolOutput, ToolError>, faults: &[Fault]) {
    for request in std::mem::take(&mut run.late) {
        run.fake.handle(&request);
    }
    let sent = run.fake.sent.len();
    match result {
        Ok(_) => assert_eq!(sent, 1, "{faults:?}"),
        Err(ToolError::Unknown) => assert!(sent <= 1, "{faults:?}"),
        Err(error) => assert_eq!(sent, 0, "{error} {faults:?}"),
    }
}

#[test]
fn a_mail_is_sent_in_two_requests_and_lies_in_sent() {
    let mut run = warm(false);
    let item = run.item("mail_send", mail());
    assert_eq!(run.fake.requests.len(), 2);
    let (envelope, sent) = &run.fake.sent[0];
    assert_eq!(envelope["rcptTo"][0]["email"], "bob@example.org");
    assert_eq!(envelope["mailFrom"]["email"], "ada@example.com");
    assert_eq!(sent["from"][0]["name"], "Ada");
    assert_eq!(sent["bodyValues"]["t"]["value"], "At five?");
    assert_eq!(sent["sentAt"], "2026-11-23T09:00:00Z");
    let id = field(&item, "id");
    let kept = &run.fake.mails[id.strip_prefix("work:").unwrap()];
    assert_eq!(kept["mailboxIds"], serde_json::json!({ "se": true }));
    assert_eq!(kept["keywords"], serde_json::json!({ "$seen": true }));
    assert_eq!(field(&item, "folder"), "sent");
}

#[test]
fn whatever_is_lost_of_four_requests_it_goes_out_once() {
    let (mut done, mut unknown, mut failed) = (0, 0, 0);
    let mut run_with = |keeps: bool, faults: &[Fault]| {
        let mut run = warm(keeps);
        let result = run.troubled("mail_send", mail(), faults);
        check(&mut run, &result, faults);
        match result {
            Ok(_) => done += 1,
            Err(ToolError::Unknown) => unknown += 1,
            Err(_) => failed += 1,
        }
    };
    for one in FAULTS {
        for two in FAULTS {
            run_with(false, &[one, two]);
            for three in FAULTS {
                // What is lost before anything is written is a read that begins anew.
                run_with(two == Twice, &[Fine, one, two, three]);
            }
        }
    }
    // A check that nothing reaches would prove nothing.
    assert!(
        done > 200 && unknown > 50 && failed > 10,
        "{done} {unknown} {failed}"
    );
}

#[test]
fn a_lost_answer_alone_is_always_found_out() {
    for at in 0..2 {
        for fault in FAULTS {
            let mut faults = [Fine; 2];
            faults[at] = fault;
            let mut run = warm(false);
            let result = run.troubled("mail_send", mail(), &faults);
            // What is torn when nothing was asked for yet is a read that failed.
            if (at, fault) != (0, Torn) {
                result.unwrap();
                assert_eq!(run.fake.sent.len(), 1, "{faults:?}");
            }
        }
    }
}

#[test]
fn a_request_that_arrives_late_after_it_was_sent_anew_sends_nothing() {
    let mut run = warm(false);
    // It is looked for and not there, is offered anew, and the first one comes in between.
    run.troubled("mail_send", mail(), &[Fine, Late]).unwrap();
    assert_eq!(run.fake.sent.len(), 1);
    // It comes after the second one.
    let mut run = warm(false);
    let call = run.prepared("mail_send", mail());
    let connector: &dyn Connector = &run.family;
    let send = |progress: Result<Progress, ToolError>| match progress.unwrap() {
        Progress::Send { request, stage } => (request, stage),
        Progress::Done(_) => panic!("done too early"),
    };
    let (request, stage) = send(connector.start(&call, &mut run.bench.context()));
    let got = run.fake.handle(&request);
    let (first, stage) = send(connector.resume(&call, &stage, &got, &mut run.bench.context()));
    let (look, stage) = send(connector.find_out(&call, &stage, &mut run.bench.context()));
    assert!(connector.taken(&stage));
    let got = run.fake.handle(&look);
    let (second, stage) = send(connector.resume(&call, &stage, &got, &mut run.bench.context()));
    let got = run.fake.handle(&second);
    run.fake.handle(&first);
    assert_eq!(run.fake.sent.len(), 1);
    let done = connector.resume(&call, &stage, &got, &mut run.bench.context());
    assert!(matches!(done, Ok(Progress::Done(_))));
    let (first, second): (Json, Json) = (
        serde_json::from_slice(&first.body).unwrap(),
        serde_json::from_slice(&second.body).unwrap(),
    );
    let made = "/methodCalls/0/1/create";
    assert_eq!(first.pointer(made), second.pointer(made));
}

#[test]
fn mail_that_arrives_meanwhile_makes_it_look_and_offer_anew_but_not_for_ever() {
    let mut run = warm(false);
    run.fake.error = Some(("Email/set", "stateMismatch"));
    run.item("mail_send", mail());
    assert_eq!((run.fake.requests.len(), run.fake.sent.len()), (4, 1));
    // A server that always says so.
    let mut run = warm(false);
    let call = run.prepared("mail_send", mail());
    let connector: &dyn Connector = &run.family;
    let mut progress = connector.start(&call, &mut run.bench.context());
    let mut requests = 0;
    let error = loop {
        match progress {
            Ok(Progress::Send { request, stage }) => {
                run.fake.error = Some(("Email/set", "stateMismatch"));
                let got = run.fake.handle(&request);
                run.fake.error = None;
                requests += 1;
                progress = connector.resume(&call, &stage, &got, &mut run.bench.context());
            }
            Ok(Progress::Done(_)) => panic!("it cannot be done"),
            Err(error) => break error,
        }
    };
    assert_eq!(
        (error, requests, run.fake.sent.len()),
        (ToolError::Unavailable, 9, 0)
    );
}

#[test]
fn what_cannot_be_looked_through_is_unknown() {
    let mut run = warm(false);
    run.fake.forgets_changes = true;
    let result = run.troubled("mail_send", mail(), &[Fine, After]);
    assert_eq!(result.unwrap_err(), ToolError::Unknown);
    // Sent, and thrown away since: the submissions tell that something went out.
    let mut run = warm(false);
    let call = run.prepared("mail_send", mail());
    let connector: &dyn Connector = &run.family;
    let mut progress = connector.start(&call, &mut run.bench.context());
    for n in 0..3 {
        let Ok(Progress::Send { request, stage }) = progress else {
            panic!("{progress:?}");
        };
        let got = run.fake.handle(&request);
        progress = if n == 1 {
            run.fake.mails.clear();
            connector.find_out(&call, &stage, &mut run.bench.context())
        } else {
            connector.resume(&call, &stage, &got, &mut run.bench.context())
        };
    }
    assert_eq!(progress.unwrap_err(), ToolError::Unknown);
}

#[test]
fn a_submission_that_is_refused_leaves_nothing_and_one_that_is_unclear_is_unknown() {
    for (kind, error) in [
        ("forbiddenToSend", ToolError::Auth),
        ("invalidRecipients", ToolError::Unavailable),
        ("rateLimit", ToolError::Rate),
        ("serverFail", ToolError::Unknown),
        ("neverHeardOf", ToolError::Unknown),
    ] {
        let mut run = warm(false);
        run.fake.refuse = Some(kind);
        assert_eq!(run.call("mail_send", mail()).unwrap_err(), error);
        assert_eq!(run.fake.sent.len(), 0);
        let left = usize::from(error == ToolError::Unknown);
        assert_eq!(run.fake.mails.len(), 1 + left, "{kind}");
    }
}

#[test]
fn a_draft_is_written_once_and_sent_once() {
    for first in FAULTS {
        for second in FAULTS {
            for third in FAULTS {
                let mut run = warm(false);
                let faults = [first, second, third];
                let result = run.troubled("mail_draft", mail(), &faults);
                for request in std::mem::take(&mut run.late) {
                    run.fake.handle(&request);
                }
                let drafts = run.fake.mails.len() - 1;
                assert!(drafts <= 1, "{faults:?}");
                assert!(result.is_err() || drafts == 1, "{faults:?}");
            }
        }
    }
    let mut run = warm(false);
    let draft = run.item("mail_draft", mail());
    assert_eq!(field(&draft, "state"), "draft, not sent");
    assert_eq!(run.fake.sent.len(), 0);
    let sent = run.item("mail_send", vec![("draft", draft.clone())]);
    assert_eq!(field(&sent, "body"), "At five?");
    assert_eq!(run.fake.sent.len(), 1);
    // The draft lies in the trash and is none any more; nothing was destroyed.
    assert_eq!(run.fake.mails.len(), 3);
    let kept = &run.fake.mails[field(&draft, "id").strip_prefix("work:").unwrap()];
    assert_eq!(kept["mailboxIds"], serde_json::json!({ "tr": true }));
    assert_eq!(kept["keywords"], serde_json::json!({ "$seen": true }));
    let again = run.call("mail_send", vec![("draft", draft)]);
    assert_eq!(again.unwrap_err(), ToolError::Refused);
    assert_eq!(run.fake.sent.len(), 1);
}

#[test]
fn a_draft_that_the_owner_changed_is_neither_sent_nor_taken_away() {
    let carol = serde_json::json!([{ "name": "Carol", "email": "carol@example.org" }]);
    let file = serde_json::json!([{ "blobId": "B2", "name": "tea.png", "type": "image/png" }]);
    let cut = serde_json::json!({ "t": { "value": "At five?", "isTruncated": true } });
    let text = serde_json::json!({ "t": { "value": "At six?" } });
    for (name, changed) in [
        ("bodyValues", text),
        ("bodyValues", cut),
        ("subject", "Coffee".into()),
        ("to", carol.clone()),
        ("cc", carol.clone()),
        ("bcc", carol),
        ("attachments", file),
        ("mailboxIds", serde_json::json!({ "tr": true })),
    ] {
        let mut run = warm(false);
        let draft = run.item("mail_draft", mail());
        let id = field(&draft, "id");
        let id = id.strip_prefix("work:").unwrap();
        run.fake.mails.get_mut(id).unwrap()[name] = changed;
        let before = run.fake.mails.clone();
        run.fake.requests.clear();
        let result = run.call("mail_send", vec![("draft", draft)]);
        assert_eq!(result.unwrap_err(), ToolError::Unavailable, "{name}");
        assert_eq!(run.fake.sent.len(), 0, "{name}");
        assert_eq!(run.fake.mails, before, "{name}");
        assert_eq!(run.fake.requests.len(), 1, "{name}");
    }
}

#[test]
fn a_draft_whose_lines_end_otherwise_at_the_server_is_the_same() {
    let mut run = warm(false);
    let mut args = mail();
    args[2].1 = owner_text("At five? \nYours,\nAda");
    let draft = run.item("mail_draft", args);
    let id = field(&draft, "id");
    let kept = run.fake.mails.get_mut(id.strip_prefix("work:").unwrap());
    kept.unwrap()["bodyValues"]["t"]["value"] = "At five?\r\nYours,\r\nAda\r\n".into();
    run.item("mail_send", vec![("draft", draft)]);
    assert_eq!(run.fake.sent.len(), 1);
}

#[test]
fn nobody_in_an_unsent_draft_may_read_it() {
    let mut run = warm(false);
    run.item("mail_draft", mail());
    run.item("mail_send", mail());
    let list = run.item("mail_list", Vec::new());
    let owners = |mail: &Item| {
        let fields = ["body", "subject", "to"].map(|name| {
            let field = mail.at(&[Step::Field(name.to_owned())]).unwrap();
            field.label().readers == crate::label::Readers::owner()
        });
        assert!(fields.iter().all(|it| *it == fields[0]));
        (field(mail, "folder"), fields[0])
    };
    let mut found: Vec<(String, bool)> = list.items().iter().map(owners).collect();
    found.sort();
    let expected = [("drafts", true), ("inbox", false), ("sent", false)];
    assert_eq!(found, expected.map(|(folder, is)| (folder.to_owned(), is)));
}

#[test]
fn a_draft_is_sent_once_whatever_is_lost_and_its_leftover_is_no_failure() {
    for first in FAULTS {
        for second in FAULTS {
            for third in FAULTS {
                let mut run = warm(false);
                let draft = run.item("mail_draft", mail());
                let faults = [first, second, third];
                let result = run.troubled("mail_send", vec![("draft", draft)], &faults);
                check(&mut run, &result, &faults);
                if first == Fine && second == Fine {
                    result.unwrap();
                }
            }
        }
    }
}

#[test]
fn an_answer_goes_into_its_conversation() {
    let mut run = Run::new();
    run.fake.deliver(serde_json::json!({
        "messageId": ["m9@example.org"],
        "references": ["m1@example.org", "bad id\r\nBcc: eve@evil.example", "m5@example.org"],
    }));
    let list = run.item("mail_list", Vec::new());
    let mail = list.items()[0].clone();
    let args = vec![("in_reply_to", mail.clone()), ("body", owner_text("Yes."))];
    run.item("mail_send", args);
    let (envelope, sent) = &run.fake.sent[0];
    assert_eq!(envelope["rcptTo"][0]["email"], "carol@example.org");
    assert_eq!(sent["subject"], "Re: Hello");
    assert_eq!(sent["inReplyTo"], serde_json::json!(["m9@example.org"]));
    let references = ["m1@example.org", "m5@example.org", "m9@example.org"];
    assert_eq!(sent["references"], serde_json::json!(references));
    // And so does the draft of one, once it is sent.
    let args = vec![("in_reply_to", mail), ("body", owner_text("Later."))];
    let draft = run.item("mail_draft", args);
    run.item("mail_send", vec![("draft", draft)]);
    assert_eq!(run.fake.sent[1].1["inReplyTo"], sent_in_reply_to());
    assert_eq!(
        run.fake.sent[1].1["references"],
        serde_json::json!(references)
    );
}

fn sent_in_reply_to() -> Json {
    serde_json::json!(["m9@example.org"])
}

#[test]
fn without_the_right_to_send_nothing_is_made() {
    let mut run = warm(false);
    run.bench.shelf = super::super::super::test_documents::Shelf::default();
    run.fake.error = Some(("Identity/get", "forbidden"));
    assert_eq!(run.call("mail_send", mail()).unwrap_err(), ToolError::Auth);
    assert_eq!((run.fake.mails.len(), run.fake.sent.len()), (1, 0));
}
