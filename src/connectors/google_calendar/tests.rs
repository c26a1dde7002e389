//! Whose an event is, and in which calendars anything is changed.
//!
//! The one thing to know: `self` in an event speaks of the calendar that the copy is in, and every
//! calendar that others share is its own organiser.

use super::super::Connector;
use super::super::accounts::Served;
use super::super::family::{Family, calendar};
use super::super::test_documents::{Bench, owner_text, time};
use crate::egress::account::{Account, Auth};
use crate::egress::table::Target;
use crate::http::{Method, Response};
use crate::label::{Integrity, Label, Labeled};
use crate::tool::{Argument, Audience, Call, Origin, Progress, ToolError, ToolOutput};
use crate::value::{Item, Value};
use serde_json::{Value as Json, json};

const OWNER: &str = "ada@example.org";
const TEAM: &str = "team@group.calendar.google.com";

struct Desk {
    family: Family,
    bench: Bench,
    calendars: Json,
    /// The events of each calendar, by a part of its path.
    events: Vec<(&'static str, Json)>,
    seen: Vec<String>,
}

fn event(id: &str, more: &Json) -> Json {
    let mut event = json!({
        "id": id,
        "etag": "\"v1\"",
        "status": "confirmed",
        "summary": id,
        "start": {"dateTime": "2026-11-30T10:00:00Z"},
        "end": {"dateTime": "2026-11-30T11:00:00Z"},
    });
    let fields = more.as_object().unwrap().clone();
    event.as_object_mut().unwrap().extend(fields);
    event
}

fn organised(by: &str, is_self: bool) -> Json {
    json!({"organizer": {"email": by, "self": is_self}})
}

/// An invitation of Eve's, with the owner among the guests by an address.
fn invitation(guest: &str, is_self: bool) -> Json {
    let mut event = organised("eve@example.org", false);
    event["attendees"] = json!([{"email": "eve@example.org"}, {"email": guest, "self": is_self}]);
    event
}

impl Desk {
    fn new(collection: &'static str, primary: &str, role: &str) -> Self {
        let served = Box::leak(Box::new(Served {
            service: super::SERVICE,
            account: Account {
                name: "work",
                api: &super::API,
                target: Target::Host("www.googleapis.com"),
                hosts: &[],
                auth: Auth::None,
                address: OWNER,
                authserv: "",
                collection,
            },
        }));
        Self {
            family: Family::new(&calendar::KIN, vec![served]),
            bench: Bench::default(),
            calendars: json!({"items": [
                {"id": primary, "primary": true, "accessRole": "owner", "selected": true},
                {"id": TEAM, "accessRole": role, "selected": true},
            ]}),
            events: Vec::new(),
            seen: Vec::new(),
        }
    }

    fn answer(&self, method: Method, url: &str) -> Json {
        if url.contains("calendarList") {
            return self.calendars.clone();
        }
        let of_one = |event: &&Json| {
            let id = event["id"].as_str().unwrap();
            url.contains(&format!("/events/{id}"))
        };
        let all: Vec<&Json> = self
            .events
            .iter()
            .filter(|(calendar, _)| url.contains(calendar))
            .map(|(_, event)| event)
            .collect();
        match all.iter().copied().find(of_one) {
            Some(event) => event.clone(),
            None if method == Method::Get => json!({"items": all}),
            None => panic!("{method:?} {url}"),
        }
    }

    /// Makes a call; it ends at the first request that would change something.
    fn run(
        &mut self,
        tool: &str,
        args: Vec<(&'static str, Item)>,
    ) -> Result<Option<ToolOutput>, ToolError> {
        let mut tools = self.family.tools().iter();
        let spec = tools.find(|spec| spec.name == tool).unwrap();
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
        let family: &dyn Connector = &self.family;
        let mut progress = family.start(&call, &mut self.bench.context())?;
        loop {
            let (request, stage) = match progress {
                Progress::Done(output) => return Ok(Some(output)),
                Progress::Send { request, stage } => (request, stage),
            };
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let name = request.method.as_str();
            self.seen.push(format!("{name} {} {body}", request.url));
            if request.method != Method::Get {
                return Ok(None);
            }
            let body = self.answer(request.method, &request.url).to_string();
            let answer = Response {
                status: 200,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: body.into_bytes(),
            };
            progress = family.resume(&call, &stage, &answer, &mut self.bench.context())?;
        }
    }

    fn event(&mut self, title: &str) -> Item {
        let args = vec![("from", owner_text("2026-11-30"))];
        let list = self.run("calendar_list", args).unwrap().unwrap().item;
        let mut events = list.items().iter();
        let is_it = |one: &&Item| one.field("title").and_then(Item::text) == Some(title);
        events.find(is_it).unwrap().clone()
    }

    /// The requests that a change of an event led to, and what it came to.
    fn change(&mut self, tool: &str, title: &str) -> (Vec<String>, Result<(), ToolError>) {
        let event = self.event(title);
        self.seen.clear();
        let mut args = vec![("event", event)];
        match tool {
            "calendar_move" => args.push(("start", time("2026-12-01T10:00:00Z"))),
            "calendar_respond" => args.push(("answer", owner_text("accepted"))),
            "calendar_invite" => {
                let people = Value::List(vec![owner_text("bob@example.org")]);
                args.push(("attendees", Labeled::new(people, Label::owner())));
            }
            _ => {}
        }
        let outcome = self.run(tool, args).map(|_| ());
        (std::mem::take(&mut self.seen), outcome)
    }
}

const CHANGES: [&str; 4] = [
    "calendar_move",
    "calendar_invite",
    "calendar_respond",
    "calendar_cancel",
];

fn is_vouched_for(event: &Item) -> bool {
    event.field("start").unwrap().label().integrity == Integrity::Attested
}

#[test]
fn only_what_the_owner_organises_in_the_primary_calendar_is_the_owners_own() {
    let mut desk = Desk::new("", OWNER, "writer");
    let mut by_itself = organised(OWNER, true);
    by_itself["eventType"] = json!("birthday");
    let mut plain = organised(OWNER, true);
    plain["eventType"] = json!("default");
    for (calendar, title, more, is_own) in [
        ("ada", "mine", organised(OWNER, true), true),
        ("ada", "plain", plain, true),
        ("ada", "bare", json!({}), true),
        ("ada", "birthday", by_itself, false),
        ("ada", "eves", organised("eve@example.org", false), false),
        ("team", "teams", organised(TEAM, true), false),
        ("team", "said", organised("eve@example.org", true), false),
        ("team", "owners", organised(OWNER, false), false),
        ("team", "nobodys", json!({}), false),
    ] {
        desk.events = vec![(calendar, event(title, &more))];
        assert_eq!(is_vouched_for(&desk.event(title)), is_own, "{title}");
    }
}

#[test]
fn nothing_is_asked_or_changed_about_an_event_of_another_calendar() {
    for more in [
        organised(TEAM, true),
        organised(OWNER, false),
        invitation(OWNER, false),
        invitation("someone@example.org", true),
    ] {
        let mut desk = Desk::new("", OWNER, "owner");
        desk.events = vec![("team", event("teams", &more))];
        for tool in CHANGES {
            let (seen, outcome) = desk.change(tool, "teams");
            assert_eq!(outcome, Err(ToolError::Unavailable), "{tool} {more}");
            assert!(seen.is_empty(), "{tool} {seen:?}");
        }
    }
}

#[test]
fn the_calendar_that_the_account_names_is_the_owners_own_if_the_owner_writes_to_it() {
    for (role, is_own) in [("writer", true), ("owner", true), ("reader", false)] {
        let mut desk = Desk::new(TEAM, OWNER, role);
        desk.events = vec![("team", event("teams", &organised(TEAM, true)))];
        assert_eq!(is_vouched_for(&desk.event("teams")), is_own, "{role}");
        let (seen, outcome) = desk.change("calendar_move", "teams");
        assert_eq!(outcome.is_ok(), is_own, "{role}");
        assert_eq!(seen.len(), if is_own { 2 } else { 0 }, "{seen:?}");
        let args = vec![
            ("title", owner_text("x")),
            ("start", time("2026-12-01T10:00:00Z")),
        ];
        let added = desk.run("calendar_add", args);
        assert_eq!(added.is_ok(), is_own, "{role}");
        assert_eq!(desk.seen.len(), usize::from(is_own), "{:?}", desk.seen);
    }
}

#[test]
fn a_primary_calendar_may_have_another_name_than_the_owners_address() {
    let mut desk = Desk::new("", "ada@home.example", "writer");
    desk.events = vec![
        ("ada", event("mine", &organised("ada@home.example", true))),
        ("ada", event("asked", &invitation("ada@home.example", true))),
    ];
    assert!(is_vouched_for(&desk.event("mine")));
    let (seen, outcome) = desk.change("calendar_respond", "asked");
    assert_eq!(outcome, Ok(()));
    let guest = r#"{"email":"ada@home.example","responseStatus":"accepted","self":true}"#;
    assert!(seen[1].starts_with("PATCH"), "{seen:?}");
    assert!(seen[1].contains(guest), "{seen:?}");
    // A cancelled event of one's own is deleted, not declined, under that name too.
    let (seen, _) = desk.change("calendar_cancel", "mine");
    assert!(seen[1].starts_with("DELETE"), "{seen:?}");
}

#[test]
fn an_event_that_google_makes_by_itself_is_not_changed() {
    for kind in ["outOfOffice", "birthday", "focusTime", "workingLocation"] {
        let mut own = organised(OWNER, true);
        let mut asked = invitation(OWNER, true);
        for more in [&mut own, &mut asked] {
            more["eventType"] = json!(kind);
            let mut desk = Desk::new("", OWNER, "writer");
            desk.events = vec![("ada", event("it", more))];
            for tool in CHANGES {
                let (seen, outcome) = desk.change(tool, "it");
                assert_eq!(outcome, Err(ToolError::Unavailable), "{kind} {tool}");
                assert_eq!(seen.len(), 1, "{seen:?}");
            }
        }
    }
}
