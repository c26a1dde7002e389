//! Goal: whatever a server of this family sends is either the same reply or an error; and what is
//! sent suits each of them. Method: fixtures cut everywhere, snapshots, small dialect cases.

use super::super::body::trial::{
    ask, conversation, owner, read, read_every_way, shortest_reply, show,
};
use super::super::{ModelReply, REPLY_BYTES_MAX, Usage};
use super::*;
use crate::tool::ToolCall;
use expect_test::expect_file;
use serde_json::Value;

const STREAM: &str = include_str!("../../../tests/fixtures/models/openai_stream.sse");
const REPEATING: &str = include_str!("../../../tests/fixtures/models/openai_stream_repeating.sse");
const DOCUMENT: &str = include_str!("../../../tests/fixtures/models/openai_document.json");

fn call(id: &str, tool: &str, args: Value) -> ToolCall {
    ToolCall {
        id: id.into(),
        tool: tool.into(),
        args,
    }
}

fn expected() -> ModelReply {
    ModelReply {
        text: "Je cherche l’e-mail d’Ána 📬.".into(),
        calls: vec![
            call(
                "call_9pXc",
                "mail_search",
                json!({"query": "Ana", "limit": 3}),
            ),
            call("call_0aBd", "calendar_list", json!({})),
        ],
        opaque: vec![],
        stop: Stop::End,
        usage: Usage {
            tokens_in: 425,
            tokens_out: 89,
        },
    }
}

/// Reads chunks with these deltas, then the end.
fn deltas(deltas: &[&str]) -> Result<ModelReply, ModelError> {
    let chunk = |delta: &&str| {
        format!("data: {{\"id\":\"c-1\",\"choices\":[{{\"index\":0,\"delta\":{delta}}}]}}\n\n")
    };
    let body = deltas.iter().map(chunk).collect::<Vec<_>>().concat();
    let body = format!("{body}data: [DONE]\n\n");
    read(&OpenAi, &[body.as_bytes()]).map(|(_, reply)| reply)
}

fn whole(message: &str, reason: &str) -> Result<ModelReply, ModelError> {
    let body =
        format!(r#"{{"id":"c-1","choices":[{{"message":{message},"finish_reason":{reason}}}]}}"#);
    read(&OpenAi, &[body.as_bytes()]).map(|(_, reply)| reply)
}

#[test]
fn a_stream_is_the_same_however_it_is_cut() {
    let (words, reply) = read_every_way(&OpenAi, STREAM);
    assert_eq!(reply, expected());
    assert_eq!(words, reply.text);
}

#[test]
fn a_document_is_the_same_reply_as_its_stream() {
    let (words, reply) = read_every_way(&OpenAi, DOCUMENT);
    assert_eq!((words.as_str(), reply), ("", expected()));
}

#[test]
fn a_server_that_repeats_itself_makes_one_call() {
    let (_, reply) = read_every_way(&OpenAi, REPEATING);
    let wanted = call(
        "call__0_mail_search_1",
        "mail_search",
        json!({"query": "Ana"}),
    );
    assert_eq!((reply.calls, reply.stop), (vec![wanted], Stop::End));
}

#[test]
fn a_truncated_body_is_no_reply() {
    let end = shortest_reply(&OpenAi, STREAM);
    assert!(
        STREAM
            .get(..end)
            .unwrap()
            .ends_with(r#""finish_reason":"tool_calls"}],"usage":null}"#)
    );
    assert_eq!(shortest_reply(&OpenAi, DOCUMENT), DOCUMENT.trim_end().len());
}

#[test]
fn calls_are_told_apart_by_index_id_or_name() {
    let piece = |index: &str, id: &str, name: &str, arguments: &str| {
        format!(
            r#"{{"tool_calls":[{{{index}"id":{id},"function":{{"name":{name},"arguments":{arguments}}}}}]}}"#
        )
    };
    let read = |pieces: &[String]| {
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let calls = deltas(&pieces).unwrap().calls;
        calls
            .into_iter()
            .map(|call| (call.id, call.tool, call.args.to_string()))
            .collect::<Vec<_>>()
    };
    let own = |id: &str, tool: &str, args: &str| (id.to_owned(), tool.to_owned(), args.to_owned());
    // Neither index nor ids: a new name begins a new call.
    assert_eq!(
        read(&[
            piece("", "null", "\"show\"", "\"{\\\"a\\\":\""),
            piece("", "null", "null", "\"1}\""),
            piece("", "null", "\"show\"", "\"{}\""),
        ]),
        [
            own("call_c1_1", "show", "{\"a\":1}"),
            own("call_c1_2", "show", "{}")
        ]
    );
    // One index for all, and each call whole.
    assert_eq!(
        read(&[
            piece("\"index\":0,", "\"x\"", "\"show\"", "\"{}\""),
            piece("\"index\":0,", "\"y\"", "\"reply\"", "{\"a\":2}"),
        ]),
        [own("x", "show", "{}"), own("y", "reply", "{\"a\":2}")]
    );
    // A name in pieces, an id that comes late, an index out of the blue.
    assert_eq!(
        read(&[
            piece("\"index\":7000000000,", "null", "\"mail_\"", "\"\""),
            piece("\"index\":7000000000,", "\"z\"", "\"search\"", "\"{'\""),
        ]),
        [own("z", "mail_search", "null")]
    );
}

#[test]
fn the_older_form_of_a_call_is_read_too() {
    let older = r#"{"content":null,"function_call":{"name":"show","arguments":"{\"a\":1}"}}"#;
    let wanted = vec![call("call_c1_1", "show", json!({"a": 1}))];
    assert_eq!(whole(older, "\"function_call\"").unwrap().calls, wanted);
    assert_eq!(deltas(&[older]).unwrap().calls, wanted);
}

#[test]
fn every_reason_to_stop_has_its_meaning() {
    for (reason, stop) in [
        ("\"stop\"", Stop::End),
        ("\"tool_calls\"", Stop::End),
        ("null", Stop::End),
        ("\"\"", Stop::End),
        ("\"length\"", Stop::Length),
        ("\"content_filter\"", Stop::Refusal),
    ] {
        assert_eq!(
            whole(r#"{"content":""}"#, reason).unwrap().stop,
            stop,
            "{reason}"
        );
    }
    let refusal = whole(r#"{"content":null,"refusal":"No."}"#, "\"stop\"").unwrap();
    assert_eq!(
        (refusal.text.as_str(), refusal.stop),
        ("No.", Stop::Refusal)
    );
}

#[test]
fn errors_inside_a_response_have_the_status_they_stand_for() {
    for (error, status) in [
        (r#"{"code":503,"message":"m"}"#, 503),
        (r#"{"code":"429"}"#, 429),
        (r#"{"code":7,"type":"rate_limit_error"}"#, 429),
        (r#"{"code":"insufficient_quota"}"#, 429),
        (r#"{"type":"invalid_request_error","code":null}"#, 400),
        (r#"{"type":"overloaded_error"}"#, 529),
        (r#""broken""#, 500),
    ] {
        let wanted = Err(ModelError::Status {
            status,
            retry_after_ms: None,
        });
        for body in [
            format!("{{\"error\":{error}}}"),
            format!("data: {{\"error\":{error}}}\n\n"),
        ] {
            assert_eq!(read(&OpenAi, &[body.as_bytes()]), wanted, "{body}");
        }
    }
}

#[test]
fn garbage_is_malformed_and_endless_replies_are_too_large() {
    for garbage in [
        "",
        "\n",
        "oops",
        "{}",
        "[]",
        "{\"choices\":[]}",
        "{\"choices\":[{}]}",
        "data: [DON",
        "data: {}",
    ] {
        assert_eq!(
            read(&OpenAi, &[garbage.as_bytes()]),
            Err(ModelError::Malformed),
            "{garbage}"
        );
    }
    let long = format!("{{\"content\":\"{}\"}}", "a".repeat(REPLY_BYTES_MAX / 2));
    assert_eq!(deltas(&[&long, &long, &long]), Err(ModelError::TooLarge));
    assert_eq!(
        whole(&format!("[{long},{long}]"), "null"),
        Err(ModelError::TooLarge)
    );
    let call = r#"{"tool_calls":[{"function":{"name":"show","arguments":"{}"}}]}"#;
    assert_eq!(deltas(&[call; 64]).unwrap().calls.len(), 64);
    assert_eq!(deltas(&[call; 65]), Err(ModelError::TooLarge));
    let deep = format!("{{\"content\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(whole(&deep, "null"), Err(ModelError::Malformed));
}

#[test]
fn a_failed_decoder_stays_failed() {
    let mut decoder = OpenAi.decoder("text/event-stream");
    assert_eq!(decoder.feed(b"data: oops\n\n"), Err(ModelError::Malformed));
    assert_eq!(
        decoder.feed(b"data: [DONE]\n\n"),
        Err(ModelError::Malformed)
    );
    assert_eq!(decoder.finish(), Err(ModelError::Malformed));
}

#[test]
fn a_conversation_is_written_for_any_server() {
    let call = ask(
        &OpenAi,
        Some("http://127.0.0.1:8092/v1/"),
        &conversation(),
        true,
    );
    let file = expect_file!["../../../tests/fixtures/models/openai_request.txt"];
    file.assert_eq(&show(call));
}

#[test]
fn the_token_limit_is_named_as_the_server_knows_it() {
    let limit = |base: Option<&str>| {
        let ModelCall::Http(request) = ask(&OpenAi, base, &[owner("Hi")], false) else {
            panic!("no request")
        };
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert!(body.get("tools").is_none());
        let new = body.get("max_completion_tokens").is_some();
        assert_ne!(new, body.get("max_tokens").is_some());
        (new, request.url)
    };
    let gateway = "https://gateway.ai.cloudflare.com/v1/account/name";
    for (base, new, url) in [
        (None, true, "https://api.openai.com/v1/chat/completions"),
        (Some(""), true, "https://api.openai.com/v1/chat/completions"),
        (
            Some("https://EU.api.openai.com/v1"),
            true,
            "https://EU.api.openai.com/v1/chat/completions",
        ),
        (
            Some("https://api.openai.com.example/v1"),
            false,
            "https://api.openai.com.example/v1/chat/completions",
        ),
        (
            Some("http://127.0.0.1:8092/v1//"),
            false,
            "http://127.0.0.1:8092/v1/chat/completions",
        ),
    ] {
        assert_eq!(limit(base), (new, url.to_owned()));
    }
    assert!(limit(Some(&format!("{gateway}/openai/"))).0);
    assert!(!limit(Some(&format!("{gateway}/compat"))).0);
}
