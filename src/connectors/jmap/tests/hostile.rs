//! Answers that are broken, wrong or meant to do harm.

use super::*;
use crate::label::Integrity;
use serde_json::json;

/// Answers every request of a call with the same.
fn always(tool: &str, got: &Response) -> Result<ToolOutput, ToolError> {
    let mut run = Run::new();
    run.fake.deliver(json!({}));
    let mail = run.item("mail_list", Vec::new()).items()[0].clone();
    let args = match tool {
        "mail_list" => Vec::new(),
        "mail_send" | "mail_draft" => words(&[("to", "bob@example.org"), ("body", "x")]),
        "mail_attachment" => words(&[("file", "work:M11/B1")]),
        "mail_forward" => vec![("mail", mail), ("to", owner_text("bob@example.org"))],
        "mail_mark" => vec![("mail", mail), ("mark", owner_text("read"))],
        "mail_move" | "mail_label" => vec![("mail", mail), ("folder", owner_text("archive"))],
        _ => vec![("mail", mail)],
    };
    let call = run.prepared(tool, args);
    let connector: &dyn Connector = &run.family;
    let mut progress = connector.start(&call, &mut run.bench.context());
    for _ in 0..40 {
        match progress? {
            Progress::Done(output) => return Ok(output),
            Progress::Send { stage, .. } => {
                progress = connector.resume(&call, &stage, got, &mut run.bench.context());
            }
        }
    }
    panic!("{tool} does not end")
}

fn tools() -> Vec<&'static str> {
    let run = Run::new();
    run.family.tools().iter().map(|spec| spec.name).collect()
}

#[test]
fn no_answer_that_is_none_is_taken_for_one() {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let bodies = [
        Vec::new(),
        b"<html>".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{\"methodResponses\":7}".to_vec(),
        b"{\"methodResponses\":[[]]}".to_vec(),
        b"{\"methodResponses\":[[1,2,3]]}".to_vec(),
        b"{\"methodResponses\":[]}".to_vec(),
        vec![0xff, 0xfe],
        deep.into_bytes(),
        json!({ "methodResponses": [["error", {}, "g"], ["error", { "type": 7 }, "e"]] })
            .to_string()
            .into_bytes(),
        json!({ "methodResponses": [["Email/get", { "list": [] }, "zz"]] })
            .to_string()
            .into_bytes(),
    ];
    for body in bodies {
        for status in [200, 201, 204, 206] {
            let got = Response {
                status,
                headers: Vec::new(),
                body: body.clone(),
            };
            for tool in tools() {
                let error = always(tool, &got).unwrap_err();
                // What was asked for first told nothing, so nothing was written.
                let written = !matches!(tool, "mail_send" | "mail_draft" | "mail_forward");
                let changes = written
                    && matches!(
                        tool,
                        "mail_move" | "mail_label" | "mail_mark" | "mail_delete"
                    );
                let wanted = if changes {
                    ToolError::Unknown
                } else {
                    ToolError::Unavailable
                };
                assert_eq!(error, wanted, "{tool} {status} {body:?}");
            }
        }
    }
}

#[test]
fn errors_become_codes_of_the_service_alone() {
    let method = |kind: &str| {
        let error = |id: &str| json!(["error", { "type": kind }, id]);
        let all: Vec<Json> = ["q", "g", "u", "b", "f", "t"].map(error).into();
        answer(200, &json!({ "methodResponses": all }))
    };
    let problem = |kind: &str, limit: &str| {
        let kind = format!("urn:ietf:params:jmap:error:{kind}");
        answer(400, &json!({ "type": kind, "limit": limit, "status": 400 }))
    };
    for (got, error) in [
        (method("forbidden"), ToolError::Auth),
        (method("accountReadOnly"), ToolError::Auth),
        (method("rateLimit"), ToolError::Rate),
        (method("serverUnavailable"), ToolError::Offline),
        (method("unknownMethod"), ToolError::Unavailable),
        (method("requestTooLarge"), ToolError::Unavailable),
        (method("overQuota"), ToolError::Unavailable),
        (problem("limit", "maxConcurrentRequests"), ToolError::Rate),
        (problem("limit", "maxSizeRequest"), ToolError::Unavailable),
        (problem("unknownCapability", ""), ToolError::Unavailable),
        (problem("notRequest", ""), ToolError::Unavailable),
    ] {
        for tool in ["mail_list", "mail_thread", "mail_send", "mail_delete"] {
            assert_eq!(always(tool, &got).unwrap_err(), error, "{tool} {got:?}");
        }
    }
}

#[test]
fn an_id_that_is_none_of_jmap_s_or_of_another_account_is_never_asked_for() {
    for id in [
        "",
        "work:",
        "work:../x",
        "work:M1\"",
        "other:M1",
        "M1",
        "work:a b",
        "work:é",
    ] {
        for tool in ["mail_read", "mail_thread", "mail_delete"] {
            let mut run = Run::new();
            let result = run.call(tool, words(&[("mail", id)]));
            assert_eq!(result.unwrap_err(), ToolError::Unavailable, "{id}");
            let asked = run
                .fake
                .requests
                .iter()
                .any(|request| String::from_utf8_lossy(&request.body).contains("Email/"));
            assert!(!asked, "{tool} {id}");
        }
    }
    for id in ["work:M1", "work:M1/", "work:/B1", "work:M1/B1/../x"] {
        let result = Run::new().call("mail_attachment", words(&[("file", id)]));
        assert_eq!(result.unwrap_err(), ToolError::Unavailable, "{id}");
    }
}

#[test]
fn nobody_is_proven_by_a_header_of_their_own() {
    let ours = |value: &str| json!({ "name": "Authentication-Results", "value": value });
    let from = |value: &str| json!({ "name": "From", "value": value });
    let pass = " mail.test; dmarc=pass header.from=example.org";
    let carol = || from(" Carol <carol@example.org>");
    let one = json!([{ "name": "Carol", "email": "carol@example.org" }]);
    let two = json!([{ "email": "carol@example.org" }, { "email": "eve@evil.example" }]);
    let odd = json!([{ "name": null, "email": "carol@example.org> <eve@evil.example" }]);
    for (headers, people, proven) in [
        (json!([ours(pass), carol()]), &one, true),
        (json!([carol()]), &one, false),
        (
            json!([
                ours(" evil.test; dmarc=pass header.from=example.org"),
                carol()
            ]),
            &one,
            false,
        ),
        (
            json!([
                ours(" mail.test; dmarc=fail header.from=example.org"),
                ours(pass),
                carol()
            ]),
            &one,
            false,
        ),
        (
            json!([ours(pass), from(" carol@example.org, eve@evil.example")]),
            &two,
            false,
        ),
        (json!([ours(pass), carol()]), &two, false),
        (json!([ours(pass), carol()]), &odd, false),
        (json!([ours(pass), carol(), carol()]), &one, false),
        (json!([ours(pass), from(" eve@evil.example")]), &one, false),
        (
            json!([{ "name": "Received", "value": " by relay.elsewhere.example" }, ours(pass), carol()]),
            &one,
            false,
        ),
        (json!("x"), &one, false),
        (json!([ours(pass), { "name": 7 }, carol()]), &one, false),
    ] {
        let mut run = Run::new();
        run.fake
            .deliver(json!({ "headers": headers, "from": people }));
        let mail = run.item("mail_list", Vec::new()).items()[0].clone();
        assert_eq!(
            field(&mail, "authenticated"),
            proven.to_string(),
            "{headers} {people}"
        );
        let label = mail.field("sender").unwrap().label().integrity;
        let wanted = if proven {
            Integrity::Attested
        } else {
            Integrity::Untrusted
        };
        assert_eq!(label, wanted, "{headers}");
    }
}

#[test]
fn mails_that_are_none_or_far_too_large_do_no_harm() {
    for broken in [
        json!({ "receivedAt": "yesterday" }),
        json!({ "threadId": "no id" }),
        json!({ "mailboxIds": [] }),
    ] {
        let mut run = Run::new();
        run.fake.deliver(broken);
        assert_eq!(
            run.call("mail_list", Vec::new()).unwrap_err(),
            ToolError::Unavailable
        );
    }
    let people: Vec<Json> = (0..5_000)
        .map(|n| json!({ "email": format!("p{n}@x.example") }))
        .collect();
    let files: Vec<Json> = (0..5_000)
        .map(|n| json!({ "blobId": format!("B{n}") }))
        .collect();
    let mut run = Run::new();
    run.fake.deliver(json!({
        "subject": "é\r\n".repeat(100_000), "from": people, "to": people, "cc": people,
        "attachments": files, "keywords": 7, "textBody": "x",
        "bodyValues": { "1": { "value": "é".repeat(1_000_000) } },
    }));
    let list = run.item("mail_list", Vec::new());
    assert!(serde_json::to_string(&list).unwrap().len() < 1024 * 1024);
    assert!(!field(&list.items()[0], "subject").contains('\n'));
    let mut run = Run::new();
    run.fake
        .deliver(json!({ "bodyValues": { "1": { "value": "é".repeat(1_000_000) } } }));
    let mail = run.item("mail_list", Vec::new()).items()[0].clone();
    let opened = run.item("mail_read", vec![("mail", mail)]);
    let body = field(&opened, "body");
    assert!(body.len() <= 201 * 1024 && body.ends_with("[…]"));
}

#[test]
fn words_of_a_search_stay_words() {
    let mut run = Run::new();
    run.call(
        "mail_list",
        words(&[("query", "\"a b\" \\c OR"), ("from", "x\" y")]),
    )
    .unwrap();
    let request = run.fake.requests.last().unwrap();
    let body: Json = serde_json::from_slice(&request.body).unwrap();
    let filter = &body["methodCalls"][0][1]["filter"]["conditions"];
    let wanted = json!([{ "inMailbox": "in" }, { "text": "a" }, { "text": "b" }, { "text": "c" }, { "text": "OR" }, { "from": "x  y" }]);
    assert_eq!(*filter, wanted);
}
