//! A JMAP server in memory, that applies what it is asked and can be told to misbehave.
//!
//! The one thing to know: it does to states and references what the RFCs say and what a real server
//! was seen to do: `ifInState` is compared before anything is made, every change makes a new state,
//! and a reference to what was not made makes nothing.

use crate::http::{Method, Request, Response};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

pub(super) const ACCOUNT: &str = "A1";

pub(super) fn answer(status: u16, body: &Json) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

pub(super) fn redirect(to: &str) -> Response {
    Response {
        status: 301,
        headers: vec![("location".to_owned(), to.to_owned())],
        body: Vec::new(),
    }
}

#[derive(Default)]
pub(super) struct Fake {
    pub(super) state: u64,
    pub(super) submissions: u64,
    pub(super) mails: BTreeMap<String, Json>,
    /// The state after which each mail was there.
    made: Vec<(u64, String)>,
    /// The ids of what was destroyed, and when.
    destroyed: Vec<(u64, String)>,
    /// What went out: the envelope and the mail.
    pub(super) sent: Vec<(Json, Json)>,
    /// Submissions that are still known; many servers forget them at once.
    kept: Vec<Json>,
    pub(super) keeps: bool,
    /// What becomes of the next submission instead.
    pub(super) refuse: Option<&'static str>,
    /// What becomes of the next method of this name instead.
    pub(super) error: Option<(&'static str, &'static str)>,
    pub(super) forgets_changes: bool,
    pub(super) requests: Vec<Request>,
}

impl Fake {
    pub(super) fn new() -> Self {
        Self {
            state: 10,
            ..Self::default()
        }
    }

    /// A mail that arrives.
    pub(super) fn deliver(&mut self, mut mail: Json) -> String {
        self.state += 1;
        let id = format!("M{}", self.state);
        let defaults = json!({
            "id": id, "threadId": format!("T{}", self.state), "mailboxIds": { "in": true },
            "keywords": {}, "receivedAt": "2026-11-23T08:00:00Z", "subject": "Hello",
            "from": [{ "name": "Carol", "email": "carol@example.org" }],
            "to": [{ "name": null, "email": "ada@example.com" }],
            "headers": [], "messageId": [format!("m{}@example.org", self.state)],
            "textBody": [{ "partId": "1", "blobId": "B1", "type": "text/plain", "size": 5 }],
            "bodyValues": { "1": { "value": "words", "isTruncated": false } },
            "attachments": [],
        });
        let (Json::Object(mail), Json::Object(defaults)) = (&mut mail, defaults) else {
            panic!("a mail is an object");
        };
        for (name, value) in defaults {
            mail.entry(name).or_insert(value);
        }
        self.mails.insert(id.clone(), Json::Object(mail.clone()));
        self.made.push((self.state, id.clone()));
        id
    }

    pub(super) fn handle(&mut self, request: &Request) -> Response {
        self.requests.push(request.clone());
        if request.method == Method::Get {
            return Self::open(&request.url);
        }
        assert_eq!(request.url, "account:work/jmap/");
        let body: Json = serde_json::from_slice(&request.body).unwrap();
        let mut results: Vec<Json> = Vec::new();
        let mut made = BTreeMap::new();
        for call in body["methodCalls"].as_array().unwrap() {
            let (name, id) = (call[0].as_str().unwrap(), &call[2]);
            let mut args = call[1].as_object().unwrap().clone();
            assert_eq!(args["accountId"], ACCOUNT);
            let result = match self.error.take_if(|(method, _)| *method == name) {
                Some((_, kind)) => Err(kind),
                None => {
                    resolve(&mut args, &results).and_then(|()| self.apply(name, &args, &mut made))
                }
            };
            match result {
                Ok(all) => results.extend(all.into_iter().map(|(name, it)| json!([name, it, id]))),
                Err(kind) => results.push(json!(["error", { "type": kind }, id])),
            }
        }
        answer(
            200,
            &json!({ "methodResponses": results, "sessionState": "0" }),
        )
    }

    fn open(url: &str) -> Response {
        match url {
            "account:work/.well-known/jmap" => redirect("/jmap/session"),
            "account:work/jmap/session" => answer(200, &session()),
            "account:work/jmap/download/A1/B9/file?accept=application/octet-stream" => Response {
                body: b"{\"a\":1}".to_vec(),
                ..answer(200, &Json::Null)
            },
            _ => answer(404, &Json::Null),
        }
    }

    fn apply(
        &mut self,
        name: &str,
        args: &Map<String, Json>,
        made: &mut BTreeMap<String, String>,
    ) -> Result<Vec<(String, Json)>, &'static str> {
        let one = |it: Json| Ok(vec![(name.to_owned(), it)]);
        match name {
            "Mailbox/get" => one(json!({ "list": [
                { "id": "in", "name": "Inbox", "role": "inbox" },
                { "id": "dr", "name": "Drafts", "role": "drafts" },
                { "id": "se", "name": "Sent", "role": "sent" },
                { "id": "tr", "name": "Bin", "role": "trash" },
                { "id": "ar", "name": "Archive", "role": "archive" },
                { "id": "ta", "name": "Taxes", "role": null },
            ]})),
            "Identity/get" => one(json!({ "list": [
                { "id": "I1", "name": "Ada", "email": "ada@example.com" },
            ]})),
            "Email/get" => one(self.get(args)),
            "Email/query" => {
                let mut ids: Vec<&String> = self.mails.keys().collect();
                ids.reverse();
                one(json!({ "ids": ids }))
            }
            "Thread/get" => {
                let ids = args["ids"].as_array().unwrap();
                let list = ids.iter().map(|thread| {
                    let of = self
                        .mails
                        .values()
                        .filter(|mail| &mail["threadId"] == thread);
                    json!({ "id": thread, "emailIds": of.map(|it| &it["id"]).collect::<Vec<_>>() })
                });
                one(json!({ "list": list.collect::<Vec<_>>() }))
            }
            "Email/changes" => {
                let since = args["sinceState"].as_str().unwrap().parse::<u64>().unwrap();
                if self.forgets_changes {
                    return Err("cannotCalculateChanges");
                }
                let after = |all: &[(u64, String)]| -> Vec<String> {
                    let new = all.iter().filter(|(at, _)| *at > since);
                    new.map(|(_, id)| id.clone()).collect()
                };
                let created: Vec<String> = after(&self.made)
                    .into_iter()
                    .filter(|id| self.mails.contains_key(id))
                    .collect();
                one(json!({
                    "oldState": args["sinceState"], "newState": self.state.to_string(),
                    "hasMoreChanges": false, "created": created, "updated": [],
                    "destroyed": after(&self.destroyed),
                }))
            }
            "Email/set" => self.set(args, made),
            "EmailSubmission/get" => one(json!({
                "state": self.submissions.to_string(),
                "list": if args["ids"].is_null() { self.kept.clone() } else { Vec::new() },
            })),
            "EmailSubmission/set" => self.submit(args, made),
            _ => Err("unknownMethod"),
        }
    }

    fn get(&self, args: &Map<String, Json>) -> Json {
        let ids = args["ids"].as_array().unwrap();
        let id = |id: &Json| id.as_str().unwrap().to_owned();
        let list: Vec<&Json> = ids
            .iter()
            .filter_map(|one| self.mails.get(&id(one)))
            .collect();
        let gone = ids.iter().filter(|one| !self.mails.contains_key(&id(one)));
        let gone: Vec<&Json> = gone.collect();
        json!({ "state": self.state.to_string(), "list": list, "notFound": gone })
    }

    fn set(
        &mut self,
        args: &Map<String, Json>,
        made: &mut BTreeMap<String, String>,
    ) -> Result<Vec<(String, Json)>, &'static str> {
        let expected = args.get("ifInState").and_then(Json::as_str);
        if expected.is_some_and(|state| state != self.state.to_string()) {
            return Err("stateMismatch");
        }
        let (mut created, mut updated, mut not_updated) = (Map::new(), Map::new(), Map::new());
        for (creation, mail) in args
            .get("create")
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
        {
            let id = self.deliver(mail.clone());
            created.insert(
                creation.clone(),
                json!({ "id": id, "threadId": self.mails[&id]["threadId"], "blobId": "B7" }),
            );
            made.insert(creation.clone(), id);
        }
        for (id, patch) in args
            .get("update")
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
        {
            match self.mails.get_mut(id) {
                Some(mail) => {
                    patch_mail(mail, patch);
                    self.state += 1;
                    updated.insert(id.clone(), Json::Null);
                }
                None => {
                    not_updated.insert(id.clone(), json!({ "type": "notFound" }));
                }
            }
        }
        for id in args
            .get("destroy")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
        {
            let id = id.as_str().unwrap();
            if self.mails.remove(id).is_some() {
                self.state += 1;
                self.destroyed.push((self.state, id.to_owned()));
            }
        }
        let result = json!({
            "newState": self.state.to_string(), "created": created, "updated": updated,
            "notCreated": null, "notUpdated": not_updated, "destroyed": args.get("destroy"),
        });
        Ok(vec![("Email/set".to_owned(), result)])
    }

    fn submit(
        &mut self,
        args: &Map<String, Json>,
        made: &BTreeMap<String, String>,
    ) -> Result<Vec<(String, Json)>, &'static str> {
        let submission = &args["create"]["s"];
        let named = submission["emailId"].as_str().unwrap();
        let id = match named.strip_prefix('#') {
            Some(creation) => made.get(creation).cloned(),
            None => Some(named.to_owned()),
        };
        let refused = match &id {
            None => Some("invalidProperties"),
            Some(_) => self.refuse.take(),
        };
        let (mut created, mut not_created, mut update) = (Map::new(), Map::new(), Map::new());
        if let Some(kind) = refused {
            not_created.insert("s".to_owned(), json!({ "type": kind }));
        } else if let Some(id) = id {
            let mail = self.mails[&id].clone();
            self.sent.push((submission["envelope"].clone(), mail));
            self.submissions += 1;
            created.insert(
                "s".to_owned(),
                json!({ "id": format!("S{}", self.submissions) }),
            );
            if self.keeps {
                let kept = json!({ "id": "S1", "emailId": id, "undoStatus": "final" });
                self.kept.push(kept);
            }
            update.insert(id, args["onSuccessUpdateEmail"]["#s"].clone());
        }
        let result = json!({ "created": created, "notCreated": not_created });
        let mut results = vec![("EmailSubmission/set".to_owned(), result)];
        let update = Map::from_iter([("update".to_owned(), Json::Object(update))]);
        results.extend(self.set(&update, &mut BTreeMap::new())?);
        Ok(results)
    }
}

/// Puts what earlier calls gave in place of references to it.
fn resolve(args: &mut Map<String, Json>, results: &[Json]) -> Result<(), &'static str> {
    let names: Vec<String> = args
        .keys()
        .filter(|name| name.starts_with('#'))
        .cloned()
        .collect();
    for name in names {
        let wanted = args.remove(&name).unwrap();
        let found = results.iter().find(|one| one[2] == wanted["resultOf"]);
        let found = found.filter(|one| one[0] == wanted["name"]);
        let found = found.ok_or("invalidResultReference")?;
        let value = match wanted["path"].as_str().unwrap().split_once("/*/") {
            None => found[1].pointer(wanted["path"].as_str().unwrap()).cloned(),
            Some((list, field)) => {
                let list = found[1].pointer(list).and_then(Json::as_array);
                let each = list.map(|list| {
                    list.iter().flat_map(|one| {
                        one[field]
                            .as_array()
                            .cloned()
                            .unwrap_or_else(|| vec![one[field].clone()])
                    })
                });
                each.map(Iterator::collect)
            }
        };
        args.insert(
            name.trim_start_matches('#').to_owned(),
            value.ok_or("invalidResultReference")?,
        );
    }
    Ok(())
}

fn patch_mail(mail: &mut Json, patch: &Json) {
    for (path, value) in patch.as_object().into_iter().flatten() {
        match path.split_once('/') {
            None => mail[path] = value.clone(),
            Some((of, key)) => {
                let all = mail[of].as_object_mut().unwrap();
                if value.is_null() {
                    all.remove(key);
                } else {
                    all.insert(key.to_owned(), value.clone());
                }
            }
        }
    }
}

pub(super) fn session() -> Json {
    json!({
        "username": "ada@example.com",
        "apiUrl": "https://mail.example.com/jmap/",
        "downloadUrl": "/jmap/download/{accountId}/{blobId}/{name}?accept={type}",
        "primaryAccounts": { "urn:ietf:params:jmap:mail": ACCOUNT },
        "accounts": { ACCOUNT: { "accountCapabilities": {
            "urn:ietf:params:jmap:mail": {}, "urn:ietf:params:jmap:submission": {},
        }}},
    })
}
