//! Mistakes in `[[mcp]]` tables and in pinned declarations: each is refused where it stands.

// A test may fail where it stands: clippy knows test functions, not their helpers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

// What only a build uses is unused here, and a build speaks to cargo by printing.
#[allow(dead_code, clippy::print_stdout)]
#[path = "../build.rs"]
mod build_script;

#[path = "build_mcp/account.rs"]
mod account;

use build_script::{compile_connections, compile_mcp, mcp::RESERVED, place};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// A folder with a file of pins, gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn with(pins: &str) -> Self {
        let name = format!(
            "sclerite-pins-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        );
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("desk.json"), pins).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn declarations() -> Vec<Json> {
    vec![
        json!({"name": "send-mail", "description": "Sends\n  a mail.", "inputSchema": {
            "type": "object", "required": ["to", "subject"],
            "properties": {
                "to": {"type": "array", "items": {"type": "string"}, "description": "Whom."},
                "subject": {"type": "string"},
                "cc": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
                "attachments": {"$ref": "#/$defs/Files"},
                "urgent": {"type": "boolean"},
                "tone": {"enum": ["plain", "warm"]},
                "copies": {"type": "integer", "minimum": 1},
                "cost": {"type": ["number", "null"]},
                "odd": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                "bad name": {"type": "string"},
                "loop": {"$ref": "#/$defs/Loop"},
            },
            "$defs": {
                "Files": {"type": "array", "items": {"type": "object", "properties": {"id": {}}}},
                "Loop": {"$ref": "#/properties/loop"},
            },
        }}),
        json!({"name": "read", "title": "Reads", "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}}}}),
        json!({"name": "long_job", "inputSchema": {"type": "object"}, "execution": {"taskSupport": "required"}}),
        json!({"name": "wrapped", "inputSchema": {}, "outputSchema": {"type": "object", "x-fastmcp-wrap-result": true}}),
        json!({"name": "x".repeat(70), "inputSchema": {}}),
        json!({"name": "re.ad", "inputSchema": {}}),
        json!({"name": "re/ad", "inputSchema": {}}),
    ]
}

fn pins() -> String {
    let tools: Vec<Json> = declarations()
        .into_iter()
        .map(|declaration| {
            let sha256 = build_script::canonical::hash(&declaration);
            json!({"sha256": sha256, "declaration": declaration})
        })
        .collect();
    json!({"tools": tools}).to_string()
}

/// A server on lines 1 to 6; what follows begins on line 7.
fn server(lines: &str) -> String {
    format!(
        "[[mcp]]\nname = \"desk\"\nhost = \"desk.example.org\"\npath = \"/mcp\"\n\
         source = \"mail\"\npins = \"desk.json\"\n{lines}"
    )
}

fn compiled(text: &str) -> String {
    let folder = Folder::with(&pins());
    match compile_mcp(text, &folder.0) {
        Ok(code) => code,
        Err(mistake) => panic!("{}", place(text, &mistake)),
    }
}

#[track_caller]
fn refused_with(pins: &str, text: &str, line: usize, words: &str) {
    let folder = Folder::with(pins);
    let said = match compile_mcp(text, &folder.0) {
        Ok(code) => panic!("this was taken:\n{text}\n{code}"),
        Err(mistake) => place(text, &mistake),
    };
    assert!(said.starts_with(&format!("{line}: ")), "{said}");
    assert!(said.contains(words), "{said}");
}

#[track_caller]
fn refused(lines: &str, line: usize, words: &str) {
    refused_with(&pins(), &server(lines), line, words);
}

const READ: &str = "[mcp.tools.read]\neffect = \"read\"\n";

#[test]
fn a_server_becomes_contracts_rules_and_a_route() {
    let text = server(
        "owner = [\" Me@Own.example \"]\n\
         secret = { binding = \"DESK_TOKEN\", in = \"header\", name = \"authorization\", prefix = \"Bearer \" }\n\
         [mcp.tools.send-mail]\neffect = \"send\"\n\
         args.to = { role = \"control\", is = \"mail\", sink = true }\n\
         args.cc = { role = \"control\", is = \"mail\", sink = true }\n\
         args.subject = { role = \"content\" }\n\
         args.attachments = { role = \"control\" }\n\
         args.urgent = { role = \"inert\", is = \"flag\" }\n\
         args.tone = { role = \"inert\", is = \"choice\" }\n\
         args.copies = { role = \"control\", is = \"number\" }\n\
         args.cost = { role = \"control\", is = \"amount\" }\n\
         args.odd = { role = \"control\", is = \"id\" }\n\
         args.loop = { role = \"content\" }\n\
         result = { trust = \"attested\" }\n\
         [mcp.tools.read]\neffect = \"read\"\nidempotent = true\nsource = \"files\"\n\
         args.id = { role = \"control\", is = \"id\" }\n\
         sinks = { object = \"id\" }\n\
         [mcp.tools.read.result]\n\
         attested = [\"id_\"]\nuntrusted = [\"a.b\"]\nauthors = [\"sender\"]\nacl = [\"shared\"]\n\
         editors = { field = \"shared\", value = \"rw\" }\n\
         readers = [\"mail:sender\", \"id:@id\"]\nknows = { channel = \"\", user = \"name\" }\n\
         [mcp.tools.wrapped]\neffect = \"pay\"\nsinks = \"everyone\"\nresult = { readers = \"everyone\" }\n",
    );
    let code = compiled(&text);
    for part in [
        "Server { name: \"desk\", url: \"https://desk.example.org/mcp\", auth: None, owner: &[\"me@own.example\"]",
        "ToolSpec { name: \"desk_send_mail\", about: \"Sends a mail.\", effect: EffectClass::Send, reach: Reach::Outside",
        "ArgSpec { name: \"to\", holds: ArgType::List(&ArgType::Address), role: ArgRole::Control, required: true, about: \"Whom.\" }",
        "name: \"cc\", holds: ArgType::List(&ArgType::Address), role: ArgRole::Control, required: false",
        "name: \"subject\", holds: ArgType::Text(100000), role: ArgRole::Content, required: true, about: \"\"",
        "name: \"attachments\", holds: ArgType::List(&ArgType::Anything), role: ArgRole::Control, required: false, about: \"JSON schema: {",
        "name: \"urgent\", holds: ArgType::Flag, role: ArgRole::Inert",
        "name: \"tone\", holds: ArgType::Choice(&[\"plain\", \"warm\"])",
        "name: \"copies\", holds: ArgType::Integer(1, 9007199254740991)",
        "name: \"cost\", holds: ArgType::Number",
        "name: \"odd\", holds: ArgType::Name(\"id\")",
        "name: \"loop\", holds: ArgType::Anything",
        "returns: Kind::Data, source: Some(\"mail\"), sinks: Sinks::Args(&[\"cc\", \"to\"])",
        "about: \"Reads\", effect: EffectClass::Read",
        "source: Some(\"files\"), sinks: Sinks::Object(\"id\")",
        "Pinned { name: \"send-mail\", hash: \"",
        "wrapped: false, idempotent: false, rules: Rules { trust: Integrity::Attested, attested: &[], untrusted: &[]",
        "rules: Rules { trust: Integrity::Untrusted, attested: &[\"id_\"], untrusted: &[\"a.b\"], authors: &[\"sender\"], editors: Some((\"shared\", \"rw\")), acl: &[\"shared\"]",
        "readers: Audience::Named(&[Reader { set: \"mail\", place: Place::Field(\"sender\") }, Reader { set: \"id\", place: Place::Argument(\"id\") }, ])",
        "knows: &[(\"channel\", \"\"), (\"user\", \"name\"), ]",
        "effect: EffectClass::Pay",
        "sinks: Sinks::Everyone",
        "wrapped: true, idempotent: false, rules: Rules { trust: Integrity::Untrusted, attested: &[], untrusted: &[], authors: &[], editors: None, acl: &[], readers: Audience::Everyone",
    ] {
        assert!(code.contains(part), "{part} is not in\n{code}");
    }
    assert!(
        !code.contains("long_job"),
        "a tool without a contract does not exist"
    );
    let routes = compile_connections(&text).ok().unwrap();
    for part in [
        "Route { user: \"desk\", target: Target::Host(\"desk.example.org\")",
        "allow: &[Allowed { method: Method::Post, path: \"/mcp\" },Allowed { method: Method::Get, path: \"/mcp\" },]",
        "SecretSlot { binding: \"DESK_TOKEN\"",
        "request_bytes_max: 262144, response_bytes_max: 1048576, timeout_ms: 60000",
    ] {
        assert!(routes.contains(part), "{part} is not in\n{routes}");
    }
}

#[test]
fn a_server_of_a_third_party_hears_what_reads_carry() {
    let code = compiled(&server(&format!("third_party = true\n{READ}")));
    assert!(code.contains("sinks: Sinks::Everyone"));
    assert!(compiled(&server(READ)).contains("sinks: Sinks::Nobody"));
    let base = server(READ).replace("host = \"desk.example.org\"", "base_url = \"DESK_URL\"");
    assert!(compiled(&base).contains("url: \"binding:DESK_URL/mcp\""));
    assert!(
        compile_mcp("", Path::new(""))
            .ok()
            .unwrap()
            .contains("static SERVERS: &[Server] = &[\n];\nconst ANY: bool = false;")
    );
}

#[test]
fn a_server_has_one_place_one_name_and_contracts() {
    refused_with(
        &pins(),
        &server(READ).replace("desk\"\nhost", "Desk\"\nhost"),
        2,
        "lower-case letters",
    );
    refused_with(
        &pins(),
        &server(READ).replace("desk\"\nhost", "my_desk\"\nhost"),
        2,
        "lower-case letters",
    );
    for reserved in RESERVED
        .iter()
        .filter(|name| name.bytes().all(|b| b.is_ascii_lowercase()))
    {
        let text = server(READ).replace("desk\"\nhost", &format!("{reserved}\"\nhost"));
        refused_with(&pins(), &text, 2, "the agent itself");
    }
    refused_with(
        &pins(),
        &(server(READ) + &server(READ)),
        10,
        "another server",
    );
    refused(
        &format!("base_url = \"DESK_URL\"\n{READ}"),
        2,
        "exactly one of",
    );
    refused_with(
        &pins(),
        &server(READ).replace("\"/mcp\"", "\"/*/mcp\""),
        4,
        "without `*`",
    );
    refused_with(
        &pins(),
        &server(READ).replace("\"mail\"", "\"My mail\""),
        5,
        "one word",
    );
    refused_with(
        &pins(),
        &server(READ).replace("desk.example.org", "localhost"),
        3,
        "public host name",
    );
    refused("", 2, "no tool of this server has a contract");
    refused(&format!("owner = [\"\"]\n{READ}"), 7, "names nobody");
    refused("colour = 1\n", 7, "unknown field `colour`");
    let mistake = compile_connections(&server(READ).replace("\"/mcp\"", "\"mcp\""))
        .err()
        .unwrap();
    assert!(place(&server(READ), &mistake).starts_with("4: the path starts"));
}

#[test]
fn pins_are_those_that_were_written() {
    let text = server(READ);
    refused_with("{", &text, 6, "npm run mcp:pin -- --server desk");
    refused_with(
        "{\"tools\": [{\"sha256\": \"\", \"declaration\": {}}]}",
        &text,
        6,
        "has no name",
    );
    let edited = pins().replace("Reads", "Reads and sends");
    refused_with(
        &edited,
        &text,
        6,
        "the declaration of read is not what its sha256 says",
    );
    let all: Json = serde_json::from_str(&pins()).unwrap();
    let twice = json!({"tools": [all["tools"][1], all["tools"][1]]}).to_string();
    refused_with(&twice, &text, 6, "read is declared twice");
    refused_with(
        &pins(),
        &text.replace("desk.json", "none.json"),
        6,
        "none.json",
    );
}

#[test]
fn a_contract_is_about_a_tool_that_is_pinned() {
    refused(
        "[mcp.tools.sned]\neffect = \"send\"\n",
        7,
        "it has: long_job",
    );
    refused(
        "[mcp.tools.read]\neffect = \"reed\"\n",
        8,
        "read, draft, write",
    );
    refused(
        "[mcp.tools.read]\nsource = \"mail\"\n",
        7,
        "missing field `effect`",
    );
    refused(&format!("{READ}source = \"A B\"\n"), 9, "one word");
    refused(
        "[mcp.tools.long_job]\neffect = \"read\"\n",
        7,
        "by tasks only",
    );
    let long = format!("[mcp.tools.{}]\neffect = \"read\"\n", "x".repeat(70));
    refused(&long, 7, "longer than 64");
    refused(
        "[mcp.tools.\"re.ad\"]\neffect = \"read\"\n[mcp.tools.\"re/ad\"]\neffect = \"read\"\n",
        9,
        "by the same name",
    );
}

#[test]
fn an_argument_has_a_role_that_fits_its_schema() {
    refused(
        &format!("{READ}args.idd = {{ role = \"control\" }}\n"),
        9,
        "no argument of this name; it has: id",
    );
    refused(
        &format!("{READ}args.id = {{ role = \"ctl\" }}\n"),
        9,
        "control, content or inert",
    );
    refused(
        &format!("{READ}args.id = {{ is = \"id\" }}\n"),
        9,
        "missing field `role`",
    );
    refused(
        &format!("{READ}args.id = {{ role = \"inert\", is = \"uid\" }}\n"),
        9,
        "`is` is one of mail",
    );
}

#[test]
fn who_reads_is_said_in_one_way() {
    let send = |lines: &str| format!("[mcp.tools.send-mail]\neffect = \"send\"\n{lines}");
    let to =
        "args.to = { role = \"control\", is = \"mail\" }\nargs.subject = { role = \"content\" }\n";
    refused(
        &send("args.to = { role = \"control\" }\n"),
        7,
        "the required argument `subject` has no role",
    );
    refused(
        &send(&format!(
            "{to}args.urgent = {{ role = \"control\", is = \"id\" }}\n"
        )),
        11,
        "is no identifier",
    );
    refused(
        &send(&format!("{to}args.\"bad name\" = {{ role = \"inert\" }}\n")),
        11,
        "cannot be passed",
    );
    refused(
        &send(&format!(
            "{to}args.cc = {{ role = \"content\", is = \"mail\", sink = true }}\n"
        )),
        11,
        "who reads",
    );
    refused(
        &send(&format!(
            "{to}args.tone = {{ role = \"control\", sink = true }}\n"
        )),
        11,
        "who reads",
    );
    refused(
        &send(
            "sinks = \"everyone\"\nargs.to = { role = \"control\", is = \"mail\", sink = true }\nargs.subject = { role = \"content\" }\n",
        ),
        9,
        "either `sinks` or",
    );
    refused(
        &format!("{READ}sinks = \"all\"\n"),
        9,
        "`sinks` is \"everyone\"",
    );
    refused(
        &format!("{READ}sinks = {{ object = \"id\" }}\n"),
        9,
        "an argument of the tool that has a role",
    );
}

#[test]
fn label_rules_speak_of_what_there_is() {
    let result = |rules: &str| format!("owner = [\"me\"]\n{READ}result = {{ {rules} }}\n");
    refused(
        &result("trust = \"trusted\""),
        10,
        "untrusted, attested or owner",
    );
    refused(
        &result("reader = \"everyone\""),
        10,
        "unknown field `reader`",
    );
    refused(&result("readers = \"all\""), 10, "\"everyone\" or a list");
    refused(&result("readers = [\"sender\"]"), 10, "\"kind:field\"");
    refused(&result("readers = [\"human:sender\"]"), 10, "one of mail");
    refused(&result("readers = [\"mail:\"]"), 10, "a field has a name");
    refused(
        &result("readers = [\"mail:@id\"]"),
        10,
        "no argument that has a role",
    );
    refused(&result("knows = { room = \"name\" }"), 10, "one of mail");
    refused(&result("acl = [\"shared\"]"), 10, "needs `authors`");
    refused(
        &format!("{READ}result = {{ authors = [\"sender\"] }}\n"),
        9,
        "has no `owner`",
    );
}

#[test]
fn reserved_names_are_those_that_are_taken() {
    let mut taken: Vec<&str> = sclerite::channels::all()
        .iter()
        .map(|channel| channel.name())
        .collect();
    taken.extend(sclerite::models::all().iter().map(|model| model.provider()));
    let own = ["demo", "notes", "reminders", "routines", "settings"];
    let connectors = sclerite::connectors::all()
        .iter()
        .map(|connector| connector.name());
    taken.extend(connectors.filter(|name| own.contains(name)));
    let tools = [true, false].map(sclerite::agent::planner::tools).concat();
    for tool in tools {
        if tool.reach == sclerite::tool::Reach::Inside
            && let Some((stem, _)) = tool.name.split_once('_')
        {
            taken.push(stem);
        }
    }
    for name in taken {
        let word = name.split('-').next().unwrap();
        assert!(RESERVED.contains(&word), "{name} is not reserved");
    }
}
