//! What holds for every service, run on each of them unasked, with recorded exchanges.
//!
//! The one thing to know: `tests/fixtures/connectors/NAME/contract.json` has, for each tool of the
//! family, a call and the exchanges that it takes. The tests play them, and then again with every
//! hostile answer at every step. A new service has nothing to add here but its fixture.

mod playing;

use super::access;
use super::accounts::{EVERY, Served, Service};
use super::family::{self, Family};
use super::test_documents::Bench;
use super::{Connector, Lost};
use crate::egress::Vault;
use crate::egress::account::{Account, Api, Auth};
use crate::egress::table::Target;
use crate::http::{Method, Request, Response};
use crate::label::{Integrity, Label, Labeled, Readers};
use crate::policy::{Circumstances, Decision, Intent, Permit, decide};
use crate::tool::{
    ArgType, Argument, Audience, Call, EffectClass, Origin, Progress, ToolError, ToolOutput,
};
use crate::value::{Item, Value, record};
use playing::{faults, play};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// More requests than any call of one may take.
const STEPS_MAX: usize = 80;
const HOST: &str = "service.example.org";

struct Bindings;

impl Vault for Bindings {
    fn read(&self, binding: &str) -> Option<String> {
        Some(format!("value of {binding}"))
    }
}

fn permit() -> Permit {
    let decision = decide(&Intent::TellOwner, Circumstances::default());
    let Decision::Allow(permit, _) = decision else {
        panic!("speaking to the owner is always allowed");
    };
    permit
}

/// A service with an account of its own, its family and its fixture.
struct Stand {
    api: &'static Api,
    family: Family,
    contract: Json,
}

fn stand(api: &'static Api, service: &'static dyn Service, auth: Auth) -> Stand {
    let path = format!(
        "{}/tests/fixtures/connectors/{}/contract.json",
        env!("CARGO_MANIFEST_DIR"),
        api.name
    );
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{path}: {error}; a service has a fixture"));
    let contract: Json = serde_json::from_str(&text).unwrap();
    let collection = contract["collection"].as_str().unwrap_or_default();
    let served: &'static Served = Box::leak(Box::new(Served {
        service,
        account: Account {
            name: "work",
            api,
            target: Target::Host(api.host.unwrap_or(HOST)),
            hosts: &[".example.net"],
            auth,
            address: "ada@example.org",
            authserv: "mx.example.org",
            collection: Box::leak(collection.to_owned().into_boxed_str()),
        },
    }));
    let kin = family::kin(api.user).unwrap_or_else(|| panic!("no family {}", api.user));
    Stand {
        api,
        family: Family::new(kin, vec![served]),
        contract,
    }
}

const REFRESH: Auth = Auth::Refresh {
    token: "WORK_REFRESH_TOKEN",
    client_id: "A_CLIENT_ID",
    client_secret: "A_CLIENT_SECRET",
};

/// Every service, with access tokens where it has any.
fn stands() -> Vec<Stand> {
    let auth = |api: &Api| match api.grant {
        Some(_) => REFRESH,
        None => Auth::None,
    };
    let every = EVERY.iter();
    let all: Vec<Stand> = every
        .map(|(api, service)| stand(api, *service, auth(api)))
        .collect();
    assert!(!all.is_empty());
    all
}

/// A value of a fixture as an argument: an object with `id` is a record, `at` an instant.
fn argument(holds: ArgType, json: &Json) -> Item {
    let owner = Label::owner();
    match (holds, json) {
        (ArgType::Instant, Json::String(text)) => super::test_documents::time(text),
        (ArgType::Object(_), Json::Object(fields)) => {
            let known = Label::attested("mail:x", Readers::Everyone, crate::label::Capacity::Id);
            let mut all = BTreeMap::new();
            for (name, value) in fields {
                let item = match value.as_array() {
                    Some(items) => Labeled::new(
                        Value::List(items.iter().map(|it| plain(it, &known)).collect()),
                        known.clone(),
                    ),
                    None => plain(value, &known),
                };
                all.insert(name.clone(), item);
            }
            Labeled::new(Value::Record(all), known)
        }
        (ArgType::List(_), Json::Array(items)) => {
            let items = items.iter().map(|item| plain(item, &owner)).collect();
            Labeled::new(Value::List(items), owner)
        }
        (_, other) => plain(other, &owner),
    }
}

fn plain(json: &Json, label: &Label) -> Item {
    if let Some(at) = json.as_str().and_then(|text| text.strip_prefix("at:")) {
        return super::test_documents::time(at).tainted_by(label);
    }
    Labeled::new(Value::from_json_leaf(json), label.clone())
}

impl Stand {
    fn call(&self, tool: &str) -> Call {
        let specs = self.family.tools();
        let spec = specs.iter().find(|spec| spec.name == tool).unwrap();
        let given = self.contract["calls"][tool]["args"].as_object().unwrap();
        let args = given.iter().map(|(name, json)| {
            let spec = spec
                .arg(name)
                .unwrap_or_else(|| panic!("{tool} has no {name}"));
            let item = argument(spec.holds, json);
            (spec.name, Argument::new(spec, item, Origin::Literal))
        });
        let mut call = Call {
            spec,
            args: args.collect(),
            audience: Audience::Nobody,
        };
        self.family.complete(&mut call);
        call
    }

    /// The tools that the fixture has calls for: all but those that it says the service lacks.
    fn tools(&self) -> Vec<&'static str> {
        let lacks = self.contract["lacks"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let specs = self.family.tools().iter().map(|spec| spec.name);
        let tools: Vec<_> = specs
            .filter(|tool| !lacks.iter().any(|it| it == tool))
            .collect();
        for tool in &tools {
            let has = self.contract["calls"].get(*tool).is_some();
            assert!(has, "{}: no call of {tool}", self.api.name);
        }
        tools
    }

    /// What the fixture answers to a request. A body of `$put` is what was put at this address last,
    /// or what is there at first; nothing is there after an exchange that says `gone`.
    fn answer(&self, tool: &str, request: &Request, there: &mut There) -> Exchange {
        let of_call = self.contract["calls"][tool]["exchanges"].as_array();
        let shared = self.contract["exchanges"].as_array();
        let all = of_call.into_iter().chain(shared).flatten();
        let text = String::from_utf8_lossy(&request.body).into_owned();
        let found = all.clone().find(|it| {
            let url = it["url"].as_str().unwrap_or_default();
            let says = it["says"].as_str().unwrap_or_default();
            it["method"] == request.method.as_str()
                && it["unless"]
                    .as_str()
                    .is_none_or(|done| !there.contains_key(done))
                && request.url.contains(url)
                && text.contains(says)
        });
        let found = found
            .unwrap_or_else(|| panic!("{} {tool}: no answer to {request:?} {text}", self.api.name));
        // Later answers may depend on what was done before.
        there.insert(request.method.as_str().to_owned(), None);
        if request.method == Method::Post {
            there.insert(format!("made {}", there.len()), None);
            there.insert("posted".to_owned(), Some(request.body.clone()));
        }
        if request.method == Method::Put {
            there.insert(request.url.clone(), Some(request.body.clone()));
        }
        if found["then"] == "gone" {
            there.insert(request.url.clone(), None);
        }
        let kept = there.get(&request.url).cloned();
        let initial = found["initial"]
            .as_str()
            .map(|text| text.as_bytes().to_vec());
        let put = kept.unwrap_or(initial);
        let is_gone = found["body"] == "$put" && put.is_none();
        let body = match found["body"].as_str() {
            Some("$put") => put.unwrap_or_default(),
            // A service gives back what it was given, or has nothing.
            Some("$posted") => there.get("posted").cloned().flatten().unwrap_or_default(),
            Some(text) => text.as_bytes().to_vec(),
            None if found["body"].is_null() => Vec::new(),
            None => found["body"].to_string().into_bytes(),
        };
        // Each thing that is made has an id of its own.
        let made = there.keys().filter(|key| key.starts_with("made ")).count();
        let body = match String::from_utf8(body) {
            Ok(text) => text.replace("$N", &made.to_string()).into_bytes(),
            Err(error) => error.into_bytes(),
        };
        let kind = found["type"]
            .as_str()
            .unwrap_or("application/json")
            .to_owned();
        let mut headers = vec![("content-type".to_owned(), kind)];
        for (name, value) in found["headers"].as_object().into_iter().flatten() {
            headers.push((name.clone(), value.as_str().unwrap().to_owned()));
        }
        let status = found["status"].as_u64().unwrap_or(200);
        let status = if is_gone { 404 } else { status };
        Exchange {
            response: Response {
                status: u16::try_from(status).unwrap(),
                headers,
                body,
            },
            takes_effect: found["effect"].as_bool().unwrap_or(false),
            once: found["once"].as_bool().unwrap_or(false),
            varies: found["varies"].as_bool().unwrap_or(false),
        }
    }
}

/// What was put where, for as long as a call is played; `None` for what was taken away.
type There = BTreeMap<String, Option<Vec<u8>>>;

struct Exchange {
    response: Response,
    /// Whether the service has done something lasting once it got the request.
    takes_effect: bool,
    /// Whether the same request does nothing a second time.
    once: bool,
    /// Whether another request for the same thing has other words, such as a version.
    varies: bool,
}

#[test]
fn every_tool_works_as_recorded_and_labels_every_field() {
    for stand in stands() {
        for tool in stand.tools() {
            let played = play(&stand, tool, None);
            let output = played
                .result
                .unwrap_or_else(|error| panic!("{} {tool}: {error}", stand.api.name));
            let call = stand.call(tool);
            assert_eq!(output.kind, call.spec.returns, "{tool}");
            let items: Vec<&Item> = match output.kind.item() {
                Some(_) => output.item.items().iter().collect(),
                None => vec![&output.item],
            };
            assert!(!items.is_empty(), "{} {tool} found nothing", stand.api.name);
            for item in items {
                // A free time is no thing of the service's and has no id.
                let is_thing = item.field("id").is_some();
                for field in output.kind.fields().iter().filter(|_| is_thing) {
                    assert!(item.field(field).is_some(), "{tool} lacks {field}");
                }
                let Value::Record(fields) = item.peek() else {
                    panic!("{tool} returns no records");
                };
                for (name, field) in fields {
                    let worst = Label::worst();
                    assert_ne!(field.label(), &worst, "{tool} {name} has no label");
                    let free =
                        matches!(field.peek(), Value::Text(text) if text.contains("STRANGER"));
                    let integrity = field.total_label().integrity;
                    assert!(
                        !free || integrity == Integrity::Untrusted,
                        "{} {tool}: {name} is a stranger's",
                        stand.api.name
                    );
                }
            }
            let json = serde_json::to_string(&output).unwrap();
            assert_eq!(serde_json::from_str::<ToolOutput>(&json).unwrap(), output);
        }
    }
}

#[test]
fn whatever_a_service_answers_ends_in_a_named_outcome_and_happens_once() {
    for stand in stands() {
        for tool in stand.tools() {
            let whole = play(&stand, tool, None);
            let usual = whole.effects.len();
            for step in 0..whole.steps {
                for fault in faults() {
                    let about = format!("{} {tool}, step {step}: {fault:?}", stand.api.name);
                    let about: String = about.chars().take(200).collect();
                    let played = play(&stand, tool, Some((step, &fault)));
                    let firm = played.effects.iter().filter(|effect| !effect.once).count();
                    assert!(firm <= usual.max(1), "{about}: {firm} effects");
                    // The same request may come again; another one for the same thing makes two.
                    let others = played.effects.iter().filter(|effect| !effect.varies);
                    let others: BTreeSet<&String> = others.map(|effect| &effect.request).collect();
                    assert!(others.len() <= usual.max(1), "{about}: {others:?}");
                    let spec = stand.call(tool).spec;
                    // A failure that claims that nothing happened, although something did.
                    let denied = matches!(
                        played.result,
                        Err(ToolError::Unavailable
                            | ToolError::Offline
                            | ToolError::Refused
                            | ToolError::Auth)
                    );
                    let lasting = matches!(
                        spec.effect,
                        EffectClass::Send | EffectClass::Write | EffectClass::Delete
                    );
                    let happened = !played.effects.is_empty();
                    assert!(!(denied && lasting && happened), "{about}: denied");
                }
            }
        }
    }
}

#[test]
fn an_id_of_another_account_is_nobodys() {
    for stand in stands() {
        for tool in stand.tools() {
            let mut call = stand.call(tool);
            let mut has_object = false;
            for argument in call.args.values_mut() {
                if let ArgType::Object(_) = argument.spec.holds {
                    has_object = true;
                    let id = Labeled::new(Value::Text("other:1".into()), Label::owner());
                    argument.item = record(Label::owner(), [("id", id)]);
                }
            }
            if has_object {
                let mut bench = Bench::default();
                let family = &stand.family as &dyn Connector;
                let got = family.start(&call, &mut bench.context());
                assert_eq!(got, Err(ToolError::Unavailable), "{tool}");
            }
        }
    }
}

#[test]
fn an_access_token_is_asked_for_first_and_renewed_once() {
    let granting = EVERY.iter().filter(|(api, _)| api.grant.is_some());
    for (api, service) in granting {
        let stand = stand(api, *service, REFRESH);
        let tool = stand.tools().first().copied().unwrap();
        let call = stand.call(tool);
        let mut bench = Bench::default();
        let family = &stand.family as &dyn Connector;
        let token = |status, body: &str| Response {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        };
        let sent = |progress: Result<Progress, ToolError>| match progress.unwrap() {
            Progress::Send { request, stage } => (request, stage),
            Progress::Done(_) => panic!("{tool} is done already"),
        };
        let (request, stage) = sent(family.start(&call, &mut bench.context()));
        assert!(request.url.ends_with(":grant"), "{request:?}");
        assert_eq!(family.lost(call.spec, &stage), Lost::Again);
        let given = token(200, r#"{"sealed":"one","expires_in":3600}"#);
        let (request, stage) = sent(family.resume(&call, &stage, &given, &mut bench.context()));
        let bears = |request: &Request, token: &str| {
            let header = ("authorization".to_owned(), format!("sealed {token}"));
            request.headers.contains(&header)
        };
        assert!(bears(&request, "one"));
        // The service does not take it: another is asked for, once.
        assert!(family.takes(&stage, 401));
        let refused = token(401, "{}");
        let (request, stage) = sent(family.resume(&call, &stage, &refused, &mut bench.context()));
        assert!(request.url.ends_with(":grant"), "{request:?}");
        let given = token(
            200,
            r#"{"sealed":"two","expires_in":3600,"refresh":"next"}"#,
        );
        let (request, stage) = sent(family.resume(&call, &stage, &given, &mut bench.context()));
        assert!(bears(&request, "two"));
        let end = family.resume(&call, &stage, &refused, &mut bench.context());
        assert_eq!(end, Err(ToolError::Auth));
        let why = family.why(
            tool,
            &ToolError::Auth,
            crate::message::Locale::En,
            &bench.shelf,
        );
        assert!(why.unwrap().contains("--name work --replace"));
        // The refresh token that took the first one's place is used from then on.
        bench.advance(4_000_000);
        let (request, stage) = sent(family.start(&call, &mut bench.context()));
        assert_eq!(request.headers, [("refresh".to_owned(), "next".to_owned())]);
        let revoked = token(400, r#"{"error":"invalid_grant"}"#);
        assert!(family.takes(&stage, 400));
        let end = family.resume(&call, &stage, &revoked, &mut bench.context());
        assert_eq!(end, Err(ToolError::Auth));
        let known = access::trouble_of("work", &bench.shelf);
        assert_eq!(known, Some(access::Trouble::Revoked));
    }
}
