//! Accounts that access tokens are issued for.

use super::*;

/// An account for [`server`], in one line.
fn account(token_url: &str, more: &str) -> String {
    format!(
        "auth = {{ token_url = \"{token_url}\", client_id = \"DESK_ID\", client_secret = \"DESK_SECRET\"{more} }}\n"
    )
}

#[test]
fn an_account_becomes_two_routes_that_share_a_token() {
    let url = "https://auth.example.org/v2/token";
    let lines = account(url, ", scope = \"files read\"") + READ;
    let text = format!("secrets = [\"SEAL_KEY\"]\n{}", server(&lines));
    let code = compiled(&text);
    let auth = "auth: Some(Auth { url: \"https://auth.example.org/v2/token\", body: \"grant_type=client_credentials&scope=files%20read&resource=https%3A%2F%2Fdesk.example.org%2Fmcp\" })";
    assert!(code.contains(auth), "{code}");
    let routes = compile_connections(&text).ok().unwrap();
    let pair = "\"desk https://desk.example.org/mcp https://auth.example.org/v2/token\"";
    for part in [
        "Route { user: \"desk\", target: Target::Host(\"auth.example.org\"), allow: &[Allowed { method: Method::Post, path: \"/v2/token\" },], secret: Some(SecretSlot { binding: \"DESK_SECRET\", place: Place::Client { id: \"DESK_ID\", form: false } })",
        &format!("token: Some(Token::Issues({pair}))"),
        &format!("token: Some(Token::Uses({pair}))"),
        "const TOKENS: bool = true;",
    ] {
        assert!(routes.contains(part), "{part} is not in\n{routes}");
    }
    let own = account("DESK_AUTH_URL", ", in = \"form\"") + READ;
    let text = format!("secrets = [\"SEAL_KEY\"]\n{}", server(&own));
    assert!(compiled(&text).contains("url: \"binding:DESK_AUTH_URL\""));
    let routes = compile_connections(&text).ok().unwrap();
    assert!(routes.contains("form: true") && routes.contains("Target::BaseUrl(\"DESK_AUTH_URL\")"));
    assert!(
        compile_connections("")
            .ok()
            .unwrap()
            .contains("const TOKENS: bool = false;")
    );
}

#[test]
fn an_account_is_whole_and_alone() {
    let url = "https://auth.example.org/token";
    let said = |secrets: &str, lines: &str| {
        let text = format!(
            "secrets = [{secrets}]\n{}",
            server(&(lines.to_owned() + READ))
        );
        let mistake = compile_connections(&text).err().unwrap();
        place(&text, &mistake)
    };
    let secret =
        "secret = { binding = \"DESK_TOKEN\", in = \"header\", name = \"authorization\" }\n";
    for (lines, words) in [
        (
            account(url, "") + secret,
            "8: a server has either a `secret` or `auth`",
        ),
        (
            account("http://auth.example.org/token", ""),
            "8: a binding is named in UPPER_CASE",
        ),
        (
            account("https://127.0.0.1/token", ""),
            "8: `host` is a public host name",
        ),
        (
            account("https://auth.example.org/a?b", ""),
            "8: the path is plain",
        ),
        (
            account("DESK_AUTH", ""),
            "8: the binding of a `base_url` ends in _URL",
        ),
        (account(url, ", in = \"query\""), "8: the account goes `in`"),
        (
            account(url, "").replace("DESK_ID", "my-id"),
            "8: a binding is named in UPPER_CASE",
        ),
        (
            account(url, "").replace("DESK_SECRET", "s3cret"),
            "8: a binding is named in UPPER_CASE",
        ),
        (account(url, ", user = \"x\""), "8: unknown field `user`"),
    ] {
        let said = said("\"SEAL_KEY\"", &lines);
        assert!(said.starts_with(words), "{said} is not {words}");
    }
    assert!(said("", &account(url, "")).contains("add it to `secrets`"));
}
