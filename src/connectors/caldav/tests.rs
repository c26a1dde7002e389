//! The service against a small calendar in memory that loses answers, and against real answers.
//!
//! The one thing to know: [`World`] holds conditions and versions as a real service does, and counts
//! what it tells attendees. Answers of Radicale and Cyrus are beside, in
//! `tests/fixtures/connectors/caldav`.

mod changes;
mod hostile;
mod lists;
mod lost;
mod sharing;

use super::super::accounts::Served;
use super::super::family::{Family, calendar};
use super::super::test_documents::{Bench, instant, owner_text};
use super::super::{Connector, Lost};
use crate::egress::account::{Account, Auth};
use crate::egress::table::Target;
use crate::format::ical;
use crate::http::{Method, Request, Response};
use crate::label::{Label, Labeled};
use crate::tool::{Argument, Audience, Call, Origin, Progress, ToolError, ToolOutput};
use crate::value::{Item, Step, Value};
use std::collections::BTreeMap;

const HOST: &str = "dav.example.org";
const CALENDAR: &str = "/dav/calendars/user/alice/Default/";

/// A calendar in memory.
#[derive(Default)]
struct World {
    files: BTreeMap<String, (u32, String)>,
    versions: u32,
    /// Who was told of what, by the status of the request: each writing of something with people.
    told: Vec<String>,
    /// Every request that arrived: method and path.
    seen: Vec<String>,
    /// Answers to give in place of the world's own: by method and path.
    instead: Vec<(String, u16, String)>,
    /// The number of the request that is lost, and whether it is acted on before.
    loses: Option<(usize, bool)>,
    sent: usize,
    /// Whether the service knows nothing of attendees.
    is_silent: bool,
}

fn fixture(name: &str) -> String {
    let folder = env!("CARGO_MANIFEST_DIR");
    let path = format!("{folder}/tests/fixtures/connectors/caldav/{name}.xml");
    std::fs::read_to_string(path).unwrap()
}

fn response(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Response {
    let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Response {
        status,
        headers: headers.iter().map(header).collect(),
        body: body.into(),
    }
}

impl World {
    fn with(files: &[(&str, String)]) -> Self {
        let mut world = Self::default();
        for (name, text) in files {
            world.put(&format!("{CALENDAR}{name}"), text);
        }
        world
    }

    fn put(&mut self, path: &str, text: &str) {
        self.versions += 1;
        self.files
            .insert(path.to_owned(), (self.versions, text.to_owned()));
    }

    fn text(&self, name: &str) -> &str {
        &self.files[&format!("{CALENDAR}{name}")].1
    }

    /// What the world answers; `None` if that is lost.
    fn ask(&mut self, request: &Request) -> Option<Response> {
        self.sent += 1;
        let loses = self.loses.filter(|(at, _)| *at == self.sent);
        if loses.is_some_and(|(_, acts)| !acts) {
            return None;
        }
        let response = self.answer(request);
        loses.is_none().then_some(response)
    }

    fn answer(&mut self, request: &Request) -> Response {
        let path = request.url.strip_prefix("account:work").unwrap();
        let name = format!("{} {path}", request.method.as_str());
        self.seen.push(name.clone());
        let at = self.instead.iter().position(|(wanted, ..)| *wanted == name);
        if let Some(at) = at {
            let (_, status, body) = self.instead.remove(at);
            return response(status, &[("location", &body)], body.clone());
        }
        let header = |name: &str| {
            let mut all = request.headers.iter();
            all.find(|(one, _)| one == name).map(|(_, value)| &**value)
        };
        match request.method {
            Method::Propfind => self.found(path),
            Method::Report => response(207, &[], self.report()),
            Method::Get => match self.files.get(path) {
                Some((tag, text)) => response(200, &[("etag", &format!("\"{tag}\""))], &**text),
                None => response(404, &[], ""),
            },
            Method::Put | Method::Delete => {
                let there = self.files.get(path);
                let tag = there.map(|(tag, _)| format!("\"{tag}\""));
                let wanted = header("if-match");
                let fits = match (wanted, header("if-none-match")) {
                    (Some(wanted), _) => tag.as_deref() == Some(wanted),
                    (None, Some("*")) => tag.is_none(),
                    _ => panic!("a change without a condition"),
                };
                if !fits {
                    return response(412, &[], "");
                }
                let before = there.map(|(_, text)| text.clone()).unwrap_or_default();
                let body = String::from_utf8(request.body.clone()).unwrap();
                if format!("{before}{body}").contains("ATTENDEE") {
                    self.told.push(name);
                }
                if request.method == Method::Delete {
                    self.files.remove(path);
                } else {
                    assert!(ical::read(&body).is_ok_and(|all| !all.is_empty()), "{body}");
                    self.put(path, &body);
                }
                response(204, &[], "")
            }
            Method::Post | Method::Patch | Method::Mkcol => panic!("{name}"),
        }
    }

    fn found(&self, path: &str) -> Response {
        match path {
            "/.well-known/caldav" => {
                let to = format!("http://{HOST}/dav/calendars");
                response(301, &[("location", &to)], "")
            }
            "/dav/calendars" => response(207, &[], fixture("cyrus/who")),
            "/dav/principals/user/alice/" if self.is_silent => {
                let text = fixture("cyrus/principal").replace("schedule-outbox-URL", "other");
                response(207, &[], text)
            }
            "/dav/principals/user/alice/" => response(207, &[], fixture("cyrus/principal")),
            "/dav/calendars/user/alice/" => response(207, &[], fixture("cyrus/calendars")),
            _ => response(404, &[], ""),
        }
    }

    fn report(&self) -> String {
        let files = self.files.iter().map(|(path, (tag, text))| {
            format!(
                "<d:response><d:href>{path}</d:href><d:propstat><d:prop><d:getetag>\"{tag}\"</d:getetag><c:calendar-data><![CDATA[{text}]]></c:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
            )
        });
        multistatus(&files.collect::<String>())
    }
}

fn multistatus(inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">{inner}</d:multistatus>"
    )
}

fn account(collection: &'static str) -> &'static Served {
    Box::leak(Box::new(Served {
        service: super::SERVICE,
        account: Account {
            name: "work",
            api: &super::API,
            target: Target::Host(HOST),
            hosts: &[".example.net"],
            auth: Auth::None,
            address: "alice@test",
            authserv: "",
            collection,
        },
    }))
}

/// The family with one account, over a world.
struct Desk {
    family: Family,
    bench: Bench,
    world: World,
}

impl Desk {
    fn new(world: World) -> Self {
        Self::of(world, "")
    }

    /// With a calendar that the deployment names.
    fn of(world: World, collection: &'static str) -> Self {
        Self {
            family: Family::new(&calendar::KIN, vec![account(collection)]),
            bench: Bench::default(),
            world,
        }
    }

    fn call(&self, tool: &str, args: Vec<(&'static str, Item)>) -> Call {
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
        call
    }

    /// Makes a call as the agent does, lost answers included.
    fn run(
        &mut self,
        tool: &str,
        args: Vec<(&'static str, Item)>,
    ) -> Result<ToolOutput, ToolError> {
        let call = self.call(tool, args);
        let family: &dyn Connector = &self.family;
        let mut progress = family.start(&call, &mut self.bench.context());
        let mut retries = 0;
        loop {
            let (request, stage) = match progress? {
                Progress::Done(output) => return Ok(output),
                Progress::Send { request, stage } => (request, stage),
            };
            // It goes through storage.
            let stage = serde_json::from_str(&stage.to_string()).unwrap();
            let answer = self.world.ask(&request);
            let lost = answer.as_ref().is_none_or(|answer| answer.status >= 500);
            progress = match (answer, family.lost(call.spec, &stage)) {
                (Some(answer), _) if !lost => {
                    family.resume(&call, &stage, &answer, &mut self.bench.context())
                }
                (_, Lost::Again) if retries < 2 => {
                    retries += 1;
                    family.start(&call, &mut self.bench.context())
                }
                (_, Lost::FindOut) if retries < 2 => {
                    retries += 1;
                    family.find_out(&call, &stage, &mut self.bench.context())
                }
                (_, Lost::Again) => Err(ToolError::Offline),
                (_, Lost::FindOut | Lost::Unknown) => Err(ToolError::Unknown),
            };
        }
    }

    fn done(&mut self, tool: &str, args: Vec<(&'static str, Item)>) -> Item {
        self.run(tool, args).unwrap().item
    }

    /// The events of some days of March 2027.
    fn list(&mut self, from: &str, days: i64) -> Vec<Item> {
        let args = vec![("from", owner_text(from)), ("days", number(days))];
        self.done("calendar_list", args).items().to_vec()
    }

    /// The event of a title.
    fn event(&mut self, title: &str) -> Item {
        let all = self.list("2027-03-21", 14);
        let found = all.into_iter().find(|one| text(one, "title") == title);
        found.unwrap()
    }
}

fn number(number: i64) -> Item {
    Labeled::new(Value::Int(number), Label::owner())
}

fn time(text: &str) -> Item {
    Labeled::new(Value::Time(instant(text)), Label::owner())
}

fn people(addresses: &[&str]) -> Item {
    let people = addresses.iter().map(|address| owner_text(address));
    Labeled::new(Value::List(people.collect()), Label::owner())
}

fn text<'a>(event: &'a Item, field: &str) -> &'a str {
    event.field(field).and_then(Item::text).unwrap_or_default()
}

fn at(event: &Item, field: &str) -> String {
    match event.field(field).map(Item::peek) {
        Some(Value::Time(at)) => at.to_rfc3339(),
        other => panic!("{other:?}"),
    }
}

fn file(lines: &[&str]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nDTSTAMP:20270101T000000Z\r\n".to_owned();
    for line in lines {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("END:VEVENT\r\nEND:VCALENDAR\r\n");
    text
}

fn dentist() -> (&'static str, String) {
    let lines = [
        "UID:dentist",
        "DTSTART:20270323T090000Z",
        "DTEND:20270323T093000Z",
        "SUMMARY:Dentist",
        "X-KEEP:this",
    ];
    ("dentist.ics", file(&lines))
}

fn weekly() -> (&'static str, String) {
    let lines = [
        "UID:weekly",
        "DTSTART;TZID=Europe/Paris:20270322T090000",
        "DTEND;TZID=Europe/Paris:20270322T093000",
        "RRULE:FREQ=WEEKLY;COUNT=3",
        "SUMMARY:Standup",
    ];
    ("weekly.ics", file(&lines))
}

fn meeting() -> (&'static str, String) {
    let lines = [
        "UID:meeting",
        "DTSTART:20270324T090000Z",
        "DTEND:20270324T100000Z",
        "SUMMARY:Meeting",
        "ORGANIZER:mailto:alice@test",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:dave@example.org",
    ];
    ("meeting.ics", file(&lines))
}

fn theirs() -> (&'static str, String) {
    let lines = [
        "UID:theirs",
        "DTSTART:20270325T090000Z",
        "DTEND:20270325T100000Z",
        "SUMMARY:Theirs",
        "ORGANIZER:mailto:eve@example.org",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:alice@test",
    ];
    ("theirs.ics", file(&lines))
}

fn nth(list: &[Item], at: usize) -> Item {
    list.get(at).cloned().unwrap()
}

fn label_of(event: &Item, path: &[Step]) -> Label {
    event.at(path).unwrap().label().clone()
}
