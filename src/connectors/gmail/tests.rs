//! Drafts that are sent, at a Gmail in memory in which the owner corrects one in between.
//!
//! The one thing to know: a draft keeps its id when it is changed, and its message gets another one,
//! as Google does it.

use super::super::Connector;
use super::super::accounts::Served;
use super::super::family::Family;
use super::super::family::mail::KIN;
use super::super::test_documents::{Bench, owner_text};
use crate::egress::account::{Account, Auth};
use crate::egress::table::Target;
use crate::format::mime;
use crate::http::{Method, Request, Response};
use crate::label::Readers;
use crate::tool::{Argument, Audience, Call, Origin, Progress, ToolError};
use crate::value::{Item, Step};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

const BASE: &str = "account:work/gmail/v1/users/me";

#[derive(Default)]
struct Google {
    /// Drafts: their ids and their messages.
    drafts: Vec<(String, Json)>,
    sent: Vec<Json>,
    requests: Vec<(Method, String)>,
    made: usize,
}

/// A message as Google shows one that was given to it raw.
fn message(id: &str, label: &str, raw: &str) -> Json {
    let raw = URL_SAFE_NO_PAD.decode(raw).unwrap();
    let read = mime::read(&raw, &mime::Limits::default());
    let fields = read.fields.iter();
    let header = |name: &str, value: &str| json!({ "name": name, "value": value.trim() });
    let headers: Vec<Json> = fields.map(|it| header(&it.name, &it.value)).collect();
    let text = format!("{}\r\n", read.text.replace('\n', "\r\n"));
    json!({
        "id": id, "threadId": "t1", "labelIds": [label], "internalDate": "1790000000000",
        "payload": {
            "partId": "", "mimeType": "text/plain", "filename": "", "headers": headers,
            "body": { "size": text.len(), "data": URL_SAFE_NO_PAD.encode(text) },
        },
    })
}

impl Google {
    fn handle(&mut self, request: &Request) -> Response {
        let path = request.url.strip_prefix(BASE).unwrap();
        let path = path.split('?').next().unwrap().to_owned();
        self.requests.push((request.method, path.clone()));
        let body: Json = serde_json::from_slice(&request.body).unwrap_or_default();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let found = match (request.method, parts.as_slice()) {
            (Method::Post, ["drafts"]) => {
                self.made += 1;
                let raw = body["message"]["raw"].as_str().unwrap();
                let id = format!("r{}", self.made);
                let made = message(&format!("m{}", self.made), "DRAFT", raw);
                self.drafts.push((id.clone(), made.clone()));
                Some(json!({ "id": id, "message": made }))
            }
            (Method::Post, ["drafts", "send"]) => {
                let at = self.drafts.iter().position(|(id, _)| *id == body["id"]);
                at.map(|at| {
                    let (_, mut sent) = self.drafts.remove(at);
                    sent["labelIds"] = json!(["SENT"]);
                    self.sent.push(sent.clone());
                    sent
                })
            }
            (Method::Get, ["drafts", id]) => {
                let found = self.drafts.iter().find(|(it, _)| it == id);
                found.map(|(id, message)| json!({ "id": id, "message": message }))
            }
            (Method::Get, ["messages", id]) => {
                let drafts = self.drafts.iter().map(|(_, message)| message);
                let mut all = drafts.chain(&self.sent);
                all.find(|it| it["id"] == *id).cloned()
            }
            (Method::Post, ["messages", id, "trash"]) => {
                let mut drafts = self.drafts.iter_mut();
                let found = drafts.find(|(_, it)| it["id"] == *id);
                found.map(|(_, message)| {
                    message["labelIds"] = json!(["DRAFT", "TRASH"]);
                    message.clone()
                })
            }
            other => panic!("nobody asks for {other:?}"),
        };
        Response {
            status: if found.is_some() { 200 } else { 404 },
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: found.unwrap_or_default().to_string().into_bytes(),
        }
    }
}

struct Run {
    family: Family,
    bench: Bench,
    google: Google,
}

impl Run {
    fn new() -> Self {
        let served = Box::leak(Box::new(Served {
            service: super::SERVICE,
            account: Account {
                name: "work",
                api: &super::API,
                target: Target::Host("gmail.googleapis.com"),
                hosts: &[],
                auth: Auth::None,
                address: "ada@example.org",
                authserv: "",
                collection: "",
            },
        }));
        Self {
            family: Family::new(&KIN, vec![served]),
            bench: Bench::default(),
            google: Google::default(),
        }
    }

    fn call(&mut self, tool: &str, args: Vec<(&'static str, Item)>) -> Result<Item, ToolError> {
        let specs = self.family.tools();
        let spec = specs.iter().find(|spec| spec.name == tool).unwrap();
        let args = args.into_iter().map(|(name, item)| {
            let spec = spec.arg(name).unwrap();
            (spec.name, Argument::new(spec, item, Origin::Literal))
        });
        let mut call = Call {
            spec,
            args: args.collect(),
            audience: Audience::Nobody,
        };
        self.family.complete(&mut call);
        let connector: &dyn Connector = &self.family;
        let mut progress = connector.start(&call, &mut self.bench.context());
        loop {
            match progress? {
                Progress::Done(output) => return Ok(output.item),
                Progress::Send { request, stage } => {
                    let got = self.google.handle(&request);
                    assert!(got.status == 200 || connector.takes(&stage, got.status));
                    progress = connector.resume(&call, &stage, &got, &mut self.bench.context());
                }
            }
        }
    }

    fn draft(&mut self, text: &str) -> Item {
        let to = ("to", owner_text("bob@example.org"));
        let subject = ("subject", owner_text("Thé à cinq heures"));
        self.call("mail_draft", vec![to, subject, ("body", owner_text(text))])
            .unwrap()
    }
}

#[test]
fn a_draft_that_nobody_changed_is_sent_and_lies_in_the_trash() {
    let long = "word ".repeat(400);
    let texts = [
        "At five?",
        "Zoë,\n\nà cinq heures ?  \nFrom here on.\n.\n\n-- \nAda\n",
        "\tat five\r\n\r\n  > quoted\r\n",
        long.as_str(),
    ];
    for text in texts {
        let mut run = Run::new();
        let draft = run.draft(text);
        run.google.requests.clear();
        run.call("mail_send", vec![("draft", draft.clone())])
            .unwrap_or_else(|error| panic!("{error}: {text:?}"));
        assert_eq!(run.google.sent.len(), 1);
        // The draft is in the trash, and no request destroys anything.
        let (_, kept) = run.google.drafts.first().unwrap();
        assert_eq!(kept["labelIds"], json!(["DRAFT", "TRASH"]));
        assert_eq!(run.google.requests.len(), 5);
        // What lies in the trash is not sent from there.
        let again = run.call("mail_send", vec![("draft", draft)]);
        assert_eq!(again.unwrap_err(), ToolError::Unavailable);
        assert_eq!(run.google.sent.len(), 1);
    }
}

/// How an owner corrects a draft.
type Correction = fn(&mut Json);

fn put_header(message: &mut Json, name: &str, value: &str) {
    let headers = message["payload"]["headers"].as_array_mut().unwrap();
    headers.retain(|header| !header["name"].as_str().unwrap().eq_ignore_ascii_case(name));
    headers.push(json!({ "name": name, "value": value }));
}

#[test]
fn a_draft_that_the_owner_changed_is_neither_sent_nor_taken_away() {
    let corrections: [(&str, Correction); 8] = [
        ("text", |it| {
            it["payload"]["body"]["data"] = URL_SAFE_NO_PAD.encode("At six?").into();
        }),
        ("subject", |it| put_header(it, "Subject", "Coffee")),
        ("to", |it| put_header(it, "To", "carol@example.org")),
        ("more", |it| {
            put_header(it, "To", "bob@example.org, carol@example.org");
        }),
        ("cc", |it| put_header(it, "Cc", "carol@example.org")),
        ("bcc", |it| put_header(it, "Bcc", "carol@example.org")),
        ("file", |it| {
            let text = it["payload"].clone();
            let file = json!({
                "partId": "1", "mimeType": "image/png", "filename": "tea.png", "headers": [],
                "body": { "attachmentId": "A1", "size": 9 },
            });
            it["payload"]["mimeType"] = "multipart/mixed".into();
            it["payload"]["parts"] = json!([text, file]);
        }),
        ("trash", |it| it["labelIds"] = json!(["DRAFT", "TRASH"])),
    ];
    for (about, correct) in corrections {
        let mut run = Run::new();
        let draft = run.draft("At five?");
        let (_, message) = run.google.drafts.first_mut().unwrap();
        message["id"] = "m99".into();
        correct(message);
        let corrected = run.google.drafts.clone();
        run.google.requests.clear();
        let result = run.call("mail_send", vec![("draft", draft)]);
        assert_eq!(result.unwrap_err(), ToolError::Unavailable, "{about}");
        assert_eq!(run.google.sent.len(), 0, "{about}");
        assert_eq!(run.google.drafts, corrected, "{about}");
        let asked = vec![(Method::Get, "/drafts/r1".to_owned())];
        assert_eq!(run.google.requests, asked, "{about}");
    }
}

#[test]
fn nobody_in_an_unsent_draft_may_read_it() {
    let mut run = Run::new();
    run.draft("At five?");
    for (label, is_owners) in [("DRAFT", true), ("SENT", false)] {
        let (_, message) = run.google.drafts.first_mut().unwrap();
        message["labelIds"] = json!([label]);
        let id = owner_text("work:m1");
        let pointed = crate::value::record(id.label().clone(), [("id", id)]);
        let mail = run.call("mail_read", vec![("mail", pointed)]).unwrap();
        for name in ["body", "subject", "to", "id"] {
            let field = mail.at(&[Step::Field(name.to_owned())]).unwrap();
            let readers = &field.label().readers;
            assert_eq!(*readers == Readers::owner(), is_owners, "{label} {name}");
        }
    }
}
