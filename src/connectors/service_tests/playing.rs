//! Plays a call of a service, and spoils the answer of one step.

use super::super::test_documents::Bench;
use super::super::{Connector, Lost};
use super::{Bindings, STEPS_MAX, Stand, permit};
use crate::egress::EgressError;
use crate::egress::account::admit;
use crate::http::{Request, Response};
use crate::tool::{Call, Progress, ToolError, ToolOutput};
use serde_json::Value as Json;

/// What is done to the answer of one step.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    Status(u16, &'static str, &'static str),
    Body(&'static str, Vec<u8>),
    Truncated,
    Lost,
}

pub(super) fn faults() -> Vec<Fault> {
    let html = "<html><body><h1>It works</h1><script>x</script></body></html>";
    let mut all: Vec<Fault> = [
        301, 302, 307, 400, 401, 403, 404, 409, 410, 412, 413, 429, 500, 501, 502, 503, 504, 507,
    ]
    .into_iter()
    .map(|status| Fault::Status(status, "text/html", html))
    .collect();
    all.push(Fault::Status(200, "text/html", html));
    all.push(Fault::Status(207, "text/plain", "no"));
    all.push(Fault::Status(204, "", ""));
    all.push(Fault::Body("application/json", b"{}".to_vec()));
    all.push(Fault::Body("application/json", b"[]".to_vec()));
    all.push(Fault::Body("application/json", b"null".to_vec()));
    all.push(Fault::Body("application/json", b"\xff\xfe\x00{".to_vec()));
    all.push(Fault::Body("application/json", b"[".repeat(20_000)));
    all.push(Fault::Body("application/xml", b"<a>".repeat(20_000)));
    all.push(Fault::Body("text/plain; charset=utf-16", vec![0xD8; 4_096]));
    all.push(Fault::Body(
        "application/octet-stream",
        vec![b'x'; 10 << 20],
    ));
    all.push(Fault::Truncated);
    all.push(Fault::Lost);
    all
}

/// What came of a call, and which requests took effect.
pub(super) struct Played {
    pub(super) result: Result<ToolOutput, ToolError>,
    /// The bodies and addresses of requests that took effect, in order.
    pub(super) effects: Vec<Effect>,
    pub(super) steps: usize,
}

/// A request that took effect.
pub(super) struct Effect {
    pub(super) request: String,
    /// Whether the very same request does nothing a second time.
    pub(super) once: bool,
    /// Whether another request for the same thing has other words, such as a version.
    pub(super) varies: bool,
}

/// Plays a call; at the step `at` the fault happens, once.
pub(super) fn play(stand: &Stand, tool: &str, fault: Option<(usize, &Fault)>) -> Played {
    let mut bench = Bench::default();
    let call = stand.call(tool);
    let (family, mut effects, mut steps) = (&stand.family as &dyn Connector, Vec::new(), 0);
    let mut retries = 0;
    let mut there = super::There::new();
    let mut progress = family.start(&call, &mut bench.context());
    loop {
        let (request, stage) = match progress {
            Ok(Progress::Send { request, stage }) => (request, stage),
            ended => {
                let result = ended.map(|progress| match progress {
                    Progress::Done(output) => output,
                    Progress::Send { .. } => panic!("this was sent"),
                });
                return Played {
                    result,
                    effects,
                    steps,
                };
            }
        };
        assert!(steps < STEPS_MAX, "{} {tool} never ends", stand.api.name);
        passes(stand, &request);
        let text = serde_json::to_string(&stage).unwrap();
        assert!(
            text.len() < 1 << 20,
            "{tool}: a stage of {} bytes",
            text.len()
        );
        if request.url.ends_with(":grant") {
            progress = family.resume(&call, &stage, &granted(), &mut bench.context());
            continue;
        }
        let exchange = stand.answer(tool, &request, &mut there);
        let now = fault.filter(|(at, _)| *at == steps).map(|(_, fault)| fault);
        // A service that refuses a request has not taken it.
        let refuses = matches!(now, Some(Fault::Status(300..=499 | 501, ..)));
        if exchange.takes_effect && !refuses {
            effects.push(Effect {
                request: format!(
                    "{} {} {:?}",
                    request.method.as_str(),
                    request.url,
                    request.body
                ),
                once: exchange.once,
                varies: exchange.varies,
            });
        }
        steps += 1;
        let answer = faulty(exchange.response, now);
        let may = |status| status >= 500 && status != 501 && status != 505;
        let is_lost = answer.as_ref().is_none_or(|answer| may(answer.status));
        if is_lost
            && !answer
                .as_ref()
                .is_some_and(|it| family.takes(&stage, it.status))
        {
            retries += 1;
            progress = match family.lost(call.spec, &stage) {
                Lost::Unknown => Err(ToolError::Unknown),
                _ if retries > 2 => Err(ToolError::Unknown),
                Lost::Again => family.start(&call, &mut bench.context()),
                Lost::FindOut => family.find_out(&call, &stage, &mut bench.context()),
            };
            continue;
        }
        let answer = answer.unwrap();
        progress = heard(family, (&call, &stage), &answer, &mut bench);
    }
}

/// What the engine makes of an answer.
fn heard(
    family: &dyn Connector,
    (call, stage): (&Call, &Json),
    answer: &Response,
    bench: &mut Bench,
) -> Result<Progress, ToolError> {
    // Of a call that had been taken, the engine says what a lost answer means.
    let meant = |error| match family.lost(call.spec, stage) {
        Lost::FindOut | Lost::Unknown if family.taken(stage) => ToolError::Unknown,
        Lost::Again | Lost::FindOut | Lost::Unknown => error,
    };
    match answer.status {
        status if family.takes(stage, status) => {
            family.resume(call, stage, answer, &mut bench.context())
        }
        401 | 403 => Err(meant(ToolError::Auth)),
        429 => Err(meant(ToolError::Rate)),
        500.. => Err(meant(ToolError::Offline)),
        _ => family.resume(call, stage, answer, &mut bench.context()),
    }
}

/// A provider gives another token whenever it is asked.
fn granted() -> Response {
    Response {
        status: 200,
        headers: Vec::new(),
        body: br#"{"sealed":"token","expires_in":3600}"#.to_vec(),
    }
}

fn faulty(mut response: Response, fault: Option<&Fault>) -> Option<Response> {
    match fault {
        None => {}
        Some(Fault::Lost) => return None,
        Some(Fault::Truncated) => {
            let half = response.body.len() / 2;
            response.body.truncate(half);
        }
        Some(Fault::Status(status, kind, body)) => {
            response.status = *status;
            response.headers = vec![("content-type".to_owned(), (*kind).to_owned())];
            response.body = body.as_bytes().to_vec();
        }
        Some(Fault::Body(kind, body)) => {
            response.headers = vec![("content-type".to_owned(), (*kind).to_owned())];
            response.body.clone_from(body);
        }
    }
    Some(response)
}

/// A request passes the door by a declared way, and no other account's.
fn passes(stand: &Stand, request: &Request) {
    let accounts = stand.family.served();
    let account = &accounts.first().unwrap().account;
    let name = crate::egress::account::name_of(request);
    assert_eq!(name, Some("work"), "{request:?}");
    let admitted = admit(
        &permit(),
        stand.api.user,
        account,
        request.clone(),
        &Bindings,
    );
    assert!(admitted.is_ok(), "{}: {request:?}", stand.api.name);
    let other = admit(&permit(), "somebody", account, request.clone(), &Bindings);
    assert_eq!(other.err(), Some(EgressError::NotAllowed));
    // What proves whose account it is comes from the door, or is sealed.
    let bare = request.headers.iter().any(|(name, value)| {
        name == "cookie" || name == "authorization" && !value.starts_with("sealed ")
    });
    assert!(!bare, "{request:?}");
}
