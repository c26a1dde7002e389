//! Access tokens: asked for, kept while they live, renewed once where they are refused.

use super::*;

const AUTH: table::Auth = table::Auth {
    url: "https://auth.example.org/token",
    body: "grant_type=client_credentials&scope=files",
};

/// What the door leaves of an answer with the n-th token.
fn issued(n: u32, expires_in: i64) -> Response {
    answer(
        200,
        &json!({"sealed": format!("blob-{n}"), "expires_in": expires_in}).to_string(),
    )
}

/// Runs a call; `issue` answers requests for tokens, `answer` the others. Statuses that a connector
/// does not take end the call, as in the engine.
fn run_with(
    server: &'static Server,
    bench: &mut Bench,
    mut issue: impl FnMut() -> Response,
    mut answer: impl FnMut(&Request) -> Response,
) -> Result<Item, ToolError> {
    let call = call(server, "desk_find", None);
    let connector: &dyn Connector = server;
    let mut progress = connector.start(&call, &mut bench.context())?;
    for _ in 0..30 {
        let (request, stage) = match progress {
            Progress::Done(output) => return Ok(output.item),
            Progress::Send { request, stage } => (request, stage),
        };
        let response = if request.url == AUTH.url {
            assert_eq!(request.body, AUTH.body.as_bytes());
            let form = Some("application/x-www-form-urlencoded");
            assert_eq!(header_of(&request, "content-type"), form);
            assert_eq!(header_of(&request, "authorization"), None);
            issue()
        } else {
            answer(&request)
        };
        if response.status == 401 && !server.takes(&stage, 401) {
            return Err(ToolError::Auth);
        }
        progress = connector.resume(&call, &stage, &response, &mut bench.context())?;
    }
    panic!("the call does not end");
}

#[test]
fn a_token_is_asked_for_first_and_used_until_shortly_before_its_end() {
    let (server, mut bench) = (server_with(Some(AUTH)), Bench::default());
    let (mut desk, mut asked) = (Honest::default(), 0);
    for (wait_ms, tokens) in [(0, 1), (60_000, 1), (509_000, 1), (1_001, 2), (0, 2)] {
        bench.advance(wait_ms);
        let issue = || {
            asked += 1;
            issued(asked, 600)
        };
        let mut used = Vec::new();
        run_with(server, &mut bench, issue, |request| {
            used.push(header_of(request, "authorization").unwrap().to_owned());
            desk.answer(request)
        })
        .unwrap();
        assert_eq!(asked, tokens, "after {wait_ms}");
        let all = used
            .iter()
            .all(|value| *value == format!("sealed blob-{tokens}"));
        assert!(all && !used.is_empty(), "{used:?}");
    }
    assert_eq!(
        desk.methods()
            .iter()
            .filter(|name| *name == "initialize")
            .count(),
        1
    );
}

#[test]
fn a_token_that_is_refused_is_renewed_once() {
    for refused_at in [
        "initialize",
        "notifications/initialized",
        "tools/list",
        "tools/call",
    ] {
        let (server, mut bench) = (server_with(Some(AUTH)), Bench::default());
        let (mut desk, mut asked) = (Honest::default(), 0);
        let issue = || {
            asked += 1;
            issued(asked, 600)
        };
        let item = run_with(server, &mut bench, issue, |request| {
            let old = header_of(request, "authorization") == Some("sealed blob-1");
            if old && sent(request)["method"] == refused_at {
                return answer(401, "");
            }
            desk.answer(request)
        });
        assert_eq!(item.unwrap().text(), Some("found"), "{refused_at}");
        assert_eq!(asked, 2, "{refused_at}");
        let calls = desk
            .methods()
            .iter()
            .filter(|name| *name == "tools/call")
            .count();
        assert_eq!(calls, 1, "{refused_at}");
    }
    let (server, mut bench) = (server_with(Some(AUTH)), Bench::default());
    let mut asked = 0;
    let issue = || {
        asked += 1;
        issued(asked, 600)
    };
    let failed = run_with(server, &mut bench, issue, |_| answer(401, ""));
    assert_eq!((failed, asked), (Err(ToolError::Auth), 2));
}

#[test]
fn without_a_token_nothing_is_asked() {
    for response in [
        answer(200, "{}"),
        answer(200, "no json"),
        answer(400, "{}"),
        answer(401, "{}"),
    ] {
        let (server, mut bench) = (server_with(Some(AUTH)), Bench::default());
        let failed = run_with(server, &mut bench, || response.clone(), |_| panic!("asked"));
        assert_eq!(failed, Err(ToolError::Auth), "{response:?}");
    }
}

#[test]
fn a_server_without_an_account_is_refused_as_ever() {
    let (server, mut bench) = (server(), Bench::default());
    let failed = run_with(
        server,
        &mut bench,
        || panic!("a token"),
        |_| answer(401, ""),
    );
    assert_eq!(failed, Err(ToolError::Auth));
}
