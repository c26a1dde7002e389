//! The Worker's front door: routes, proof of the sender, bounded bodies. It keeps no state.
//!
//! A webhook's signature or token is checked before its body is parsed, and by its head alone
//! before the body is read wherever the platform allows that. What is proven goes to the object.

use super::object::{CALLER, Caller};
use super::respond;
use super::secrets::Bindings;
use crate::channels::{self, BODY_BYTES_MAX, Head, Secrets};
use crate::console::{self, login};
use crate::egress::Vault;
use crate::http::Problem;
use crate::message::Inbound;
use futures::StreamExt;
use serde_json::json;
use worker::{
    Context, Env, Headers, Method, Request, RequestInit, Response, Result, ScheduleContext,
    ScheduledEvent, Stub, event,
};

/// The one object of a deployment.
const OBJECT: &str = "owner";
/// The most bytes of a request to the API.
const API_BYTES_MAX: usize = 64 * 1024;
/// The most bytes of a page of a restore: its largest row, with all of it escaped.
const PAGE_BYTES_MAX: usize = 12 * 1024 * 1024;

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    match route(request, &env).await {
        Ok(response) => Ok(response),
        Err(Refusal::Problem(problem)) => respond::problem(&problem),
        Err(Refusal::Fault(error)) => {
            super::log(&env, "request", &error.to_string());
            respond::problem(&Problem::new(
                503,
                "try_again",
                "The agent's storage did not answer. Send it again; with the same id it is done once.",
            ))
        }
    }
}

/// The watchdog: finds work whose alarm was missed.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let woken = match object(&env) {
        Ok(stub) => {
            call(
                &stub,
                Method::Post,
                "https://agent/wake",
                Caller::Platform,
                &[],
            )
            .await
        }
        Err(error) => Err(error),
    };
    if let Err(error) = woken {
        super::log(&env, "watchdog", &error.to_string());
    }
}

/// Why there is no ordinary answer.
enum Refusal {
    Problem(Problem),
    Fault(worker::Error),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<worker::Error> for Refusal {
    fn from(error: worker::Error) -> Self {
        Self::Fault(error)
    }
}

async fn route(request: Request, env: &Env) -> std::result::Result<Response, Refusal> {
    let path = request.path();
    let method = request.method();
    // The crate takes a method that it does not know for GET.
    if request.inner().method() != method.as_ref() {
        return Err(Problem::new(405, "unknown_method", "This method does nothing here.").into());
    }
    if path == "/healthz" && method == Method::Get {
        let document = json!({"ok": true, "version": env!("CARGO_PKG_VERSION")});
        return Ok(respond::json(200, &document)?);
    }
    if let Some(channel) = path.strip_prefix("/webhook/") {
        return webhook(request, env, channel.to_owned()).await;
    }
    let head = head_of(&request);
    let own = console::is_own_host(
        head.header("host").unwrap_or_default(),
        Bindings(env).read("PUBLIC_URL").as_deref(),
    );
    if !own {
        return Err(Problem::new(
            421,
            "foreign_host",
            "This host name is not the agent's own. Set PUBLIC_URL if it should be.",
        )
        .into());
    }
    if method == Method::Get && path == "/" {
        return Ok(respond::page()?);
    }
    if method == Method::Get
        && let Some(asset) = console::asset(&path)
    {
        return Ok(respond::asset(asset)?);
    }
    if path.starts_with("/api/") {
        return api(request, env, &head, &path, method).await;
    }
    Err(Problem::new(404, "not_found", "There is nothing here.").into())
}

async fn webhook(
    mut request: Request,
    env: &Env,
    name: String,
) -> std::result::Result<Response, Refusal> {
    let bindings = Bindings(env);
    let missing = || {
        Problem::new(
            404,
            "no_channel",
            "There is no such channel, or it has no secret.",
        )
    };
    let channel = channels::all()
        .iter()
        .find(|channel| channel.name() == name && channel.is_configured(&bindings))
        .ok_or_else(missing)?;
    if request.method() != Method::Post {
        return Err(Problem::new(405, "post_only", "A webhook takes POST.").into());
    }
    let head = head_of(&request);
    let now = super::now();
    channel.admit(&head, &bindings, now)?;
    let body = body_of(&mut request, &head, BODY_BYTES_MAX).await?;
    let verified = channel.verify(&head, body, &bindings, now)?;
    let inbound = channel.parse(&verified)?;
    let wait_ms = wait_ms(&head);
    deliver(env, &inbound, wait_ms).await
}

/// Hands proven messages to the object.
async fn deliver(
    env: &Env,
    inbound: &[Inbound],
    wait_ms: u64,
) -> std::result::Result<Response, Refusal> {
    if inbound.is_empty() {
        return Ok(respond::json(200, &json!({"ok": true}))?);
    }
    let document = json!({"inbound": inbound, "wait_ms": wait_ms}).to_string();
    let stub = object(env)?;
    Ok(call(
        &stub,
        Method::Post,
        "https://agent/accept",
        Caller::Platform,
        document.as_bytes(),
    )
    .await?)
}

/// `Prefer: wait=SECONDS` ([RFC 7240](https://www.rfc-editor.org/rfc/rfc7240#section-4.3)).
fn wait_ms(head: &Head) -> u64 {
    const WAIT_S_MAX: u64 = 120;
    let prefer = head.header("prefer").unwrap_or_default();
    let wait = prefer
        .split([',', ';'])
        .find_map(|part| part.trim().strip_prefix("wait="));
    let seconds: u64 = wait.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    seconds.min(WAIT_S_MAX).saturating_mul(1000)
}

async fn api(
    mut request: Request,
    env: &Env,
    head: &Head,
    path: &str,
    method: Method,
) -> std::result::Result<Response, Refusal> {
    let bindings = Bindings(env);
    let host = head.header("host").unwrap_or_default();
    let scheme = request.url()?.scheme().to_owned();
    if let Some(origin) = head.header("origin")
        && !console::is_own_origin(origin, &scheme, host)
    {
        return Err(Problem::new(403, "foreign_origin", "This page is not the console.").into());
    }
    let bearer = head
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "));
    let cookie = head.header("cookie").and_then(login::session_of);
    let caller = match bearer {
        Some(token) if bindings.matches("CONSOLE_TOKEN", token) => Caller::Console,
        Some(token) if bindings.matches("WEBHOOK_TOKEN", token) => Caller::Webhook,
        Some(_) => {
            return Err(Problem::new(401, "bad_token", "This token opens nothing here.").into());
        }
        None => cookie.map_or(Caller::Nobody, |token| Caller::Session(token.to_owned())),
    };
    let stub = object(env)?;
    if path == "/api/socket" {
        return socket(&stub, head, &caller).await;
    }
    let bytes_max = match path {
        // Nobody else needs that much, so nobody else may send it.
        "/api/restore/rows" if caller == Caller::Console => PAGE_BYTES_MAX,
        _ => API_BYTES_MAX,
    };
    let body = body_of(&mut request, head, bytes_max).await?;
    let query = request
        .url()?
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    // The object learns from the scheme whether its cookie may be sent over https only.
    let url = format!("{scheme}://agent{path}{query}");
    Ok(call(&stub, method, &url, caller, &body).await?)
}

/// Passes a WebSocket on. A browser always sends its origin; whoever sends none is no browser.
async fn socket(
    stub: &Stub,
    head: &Head,
    caller: &Caller,
) -> std::result::Result<Response, Refusal> {
    let upgrade = head
        .header("upgrade")
        .is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
    if !upgrade || head.header("origin").is_none() {
        return Err(Problem::new(426, "websocket_only", "Open this as a WebSocket.").into());
    }
    let headers = Headers::new();
    headers.set("upgrade", "websocket")?;
    headers.set(CALLER, &caller.to_header())?;
    let mut init = RequestInit::new();
    init.with_headers(headers);
    let request = Request::new_with_init("https://agent/api/socket", &init)?;
    Ok(stub.fetch_with_request(request).await?)
}

fn object(env: &Env) -> Result<Stub> {
    env.durable_object("AGENT")?.get_by_name(OBJECT)
}

async fn call(
    stub: &Stub,
    method: Method,
    url: &str,
    caller: Caller,
    body: &[u8],
) -> Result<Response> {
    let headers = Headers::new();
    headers.set(CALLER, &caller.to_header())?;
    let mut init = RequestInit::new();
    let bodiless = matches!(method, Method::Get | Method::Head);
    init.with_method(method).with_headers(headers);
    if !bodiless {
        init.with_body(Some(js_sys::Uint8Array::from(body).into()));
    }
    let request = Request::new_with_init(url, &init)?;
    stub.fetch_with_request(request).await
}

fn head_of(request: &Request) -> Head {
    Head {
        headers: request.headers().entries().collect(),
    }
}

/// Reads a body up to a limit; what is over it is refused without being kept.
async fn body_of(
    request: &mut Request,
    head: &Head,
    bytes_max: usize,
) -> std::result::Result<Vec<u8>, Refusal> {
    let too_large = || {
        let detail = format!("The body is over {bytes_max} bytes. Send less, or in parts.");
        Refusal::Problem(Problem::new(413, "too_large", detail))
    };
    let declared = head
        .header("content-length")
        .and_then(|text| text.parse::<usize>().ok());
    if declared.is_some_and(|length| length > bytes_max) {
        return Err(too_large());
    }
    let Ok(mut stream) = request.stream() else {
        return Ok(Vec::new());
    };
    let mut body = Vec::with_capacity(declared.unwrap_or(0));
    while let Some(piece) = stream.next().await {
        let piece = piece?;
        if body.len().saturating_add(piece.len()) > bytes_max {
            return Err(too_large());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}
