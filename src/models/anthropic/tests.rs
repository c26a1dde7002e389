//! Goal: whatever the server sends, in whatever pieces, is either the same reply or an error; and
//! what is sent follows the format's rules. Method: fixtures cut everywhere, snapshots, noise.

use super::super::ModelReply;
use super::super::body::trial::{
    ask, conversation, owner, planner, read, read_every_way, result, shortest_reply, show,
};
use super::*;
use crate::models::{REPLY_BYTES_MAX, Usage};
use crate::tool::ToolCall;
use expect_test::{expect, expect_file};
use proptest::prelude::*;

const STREAM: &str = include_str!("../../../tests/fixtures/models/anthropic_stream.sse");
const DOCUMENT: &str = include_str!("../../../tests/fixtures/models/anthropic_document.json");

fn expected() -> ModelReply {
    let call = |id: &str, tool: &str, args| ToolCall {
        id: id.into(),
        tool: tool.into(),
        args,
    };
    ModelReply {
        text: "Je cherche l’e-mail d’Ána 📬.".into(),
        calls: vec![
            call(
                "toolu_01T1x1fJ34qAmk2tNTrN7Up6",
                "mail_search",
                json!({"query": "Ana", "limit": 3}),
            ),
            call("toolu_02", "calendar_list", json!({})),
        ],
        opaque: vec![
            json!({"type": "thinking", "thinking": "Two searches – at once.",
                   "signature": "EqQBCgIYAhIM1gbcDa9GJwZA2b3h"}),
            json!({"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix"}),
        ],
        stop: Stop::End,
        usage: Usage {
            tokens_in: 425,
            tokens_out: 89,
        },
    }
}

fn events(data: &[&str]) -> Result<ModelReply, ModelError> {
    let body = format!("data: {}\n\n", data.join("\n\ndata: "));
    read(&Anthropic, &[body.as_bytes()]).map(|(_, reply)| reply)
}

fn document(content: &str, stop_reason: &str) -> ModelReply {
    let body = format!(r#"{{"type":"message","content":[{content}],"stop_reason":{stop_reason}}}"#);
    read(&Anthropic, &[body.as_bytes()]).unwrap().1
}

#[test]
fn a_stream_is_the_same_however_it_is_cut() {
    let (words, reply) = read_every_way(&Anthropic, STREAM);
    assert_eq!(reply, expected());
    assert_eq!(words, reply.text);
    let (_, reply) = read_every_way(&Anthropic, &STREAM.replace('\n', "\r\n"));
    assert_eq!(reply, expected());
}

#[test]
fn a_document_is_the_same_reply_as_its_stream() {
    let (words, reply) = read_every_way(&Anthropic, DOCUMENT);
    assert_eq!((words.as_str(), reply), ("", expected()));
}

#[test]
fn a_truncated_body_is_no_reply() {
    let end = shortest_reply(&Anthropic, STREAM);
    let head = STREAM.get(..end).unwrap();
    assert!(head.ends_with(r#""usage":{"output_tokens":89}}"#), "{head}");
    assert_eq!(
        shortest_reply(&Anthropic, DOCUMENT),
        DOCUMENT.trim_end().len()
    );
}

#[test]
fn every_stop_reason_has_its_meaning() {
    for (reason, stop) in [
        ("\"end_turn\"", Stop::End),
        ("\"stop_sequence\"", Stop::End),
        ("\"pause_turn\"", Stop::End),
        ("null", Stop::End),
        ("\"max_tokens\"", Stop::Length),
        ("\"model_context_window_exceeded\"", Stop::Length),
        ("\"refusal\"", Stop::Refusal),
    ] {
        assert_eq!(document("", reason).stop, stop, "{reason}");
    }
}

#[test]
fn words_after_a_call_begin_a_paragraph() {
    let text = r#"{"type":"text","text":"One."}"#;
    let call = r#"{"type":"tool_use","id":"t","name":"show","input":{}}"#;
    assert_eq!(
        document(&[text, text, call, text].join(","), "null").text,
        "One.One.\n\nOne."
    );
}

#[test]
fn thinking_without_a_signature_is_not_kept() {
    let content = r#"{"type":"thinking","thinking":"Hm."},{"type":"text","text":"Yes."}"#;
    assert_eq!(document(content, "null").opaque, Vec::<Value>::new());
}

#[test]
fn arguments_cut_off_by_the_limit_are_null() {
    let reply = events(&[
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"show","input":{}}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\": [1,"}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"}}"#,
    ])
    .unwrap();
    assert_eq!(
        (reply.stop, &reply.calls[0].args),
        (Stop::Length, &Value::Null)
    );
}

#[test]
fn errors_inside_a_response_have_the_status_they_stand_for() {
    for (kind, status) in [
        ("overloaded_error", 529),
        ("rate_limit_error", 429),
        ("api_error", 500),
        ("authentication_error", 401),
        ("invalid_request_error", 400),
        ("something_new", 500),
    ] {
        let error = format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"m"}}}}"#);
        let wanted = Err(ModelError::Status {
            status,
            retry_after_ms: None,
        });
        assert_eq!(events(&[r#"{"type":"ping"}"#, &error]), wanted);
        assert_eq!(
            read(&Anthropic, &[error.as_bytes()]).map(|(_, reply)| reply),
            wanted
        );
    }
}

#[test]
fn garbage_is_malformed_and_endless_replies_are_too_large() {
    for garbage in [
        "",
        "   ",
        "hello",
        "<html>",
        "{}",
        "{\"type\":7}",
        "[]",
        "data: {",
        "data: 1\n\n",
    ] {
        let read = read(&Anthropic, &[garbage.as_bytes()]);
        assert_eq!(read, Err(ModelError::Malformed), "{garbage}");
    }
    let delta =
        r#"{"type":"content_block_delta","index":9,"delta":{"type":"text_delta","text":"a"}}"#;
    assert_eq!(events(&[delta]), Err(ModelError::Malformed));
    let open =
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
    let long = "a".repeat(REPLY_BYTES_MAX / 2);
    let delta = format!(
        r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{long}"}}}}"#
    );
    assert_eq!(
        events(&[open, &delta, &delta, &delta]),
        Err(ModelError::TooLarge)
    );
    let call = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"","name":"show"}}"#;
    assert_eq!(events(&[call; 65]), Err(ModelError::TooLarge));
    assert_eq!(events(&vec![open; 1025]), Err(ModelError::TooLarge));
}

#[test]
fn roles_alternate_and_results_come_first() {
    let call = ask(&Anthropic, None, &conversation(), true);
    let file = expect_file!["../../../tests/fixtures/models/anthropic_request.txt"];
    file.assert_eq(&show(call));
}

#[test]
fn odd_conversations_keep_the_rules() {
    let other = PromptItem::Planner {
        text: "Yes.".into(),
        calls: vec![],
        opaque: vec![json!({"type": "reasoning", "of": "another provider"})],
    };
    let silent = planner(" ", &[]);
    let items = [
        other,
        silent,
        result("gone", "{}", false),
        owner(" \n"),
        owner("So?"),
    ];
    let ModelCall::Http(request) = ask(&Anthropic, Some("http://h:1/v1/"), &items, false) else {
        panic!("no request")
    };
    assert_eq!(request.url, "http://h:1/v1/messages");
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert!(body.get("tools").is_none());
    expect![[r#"[{"content":[{"text":"(The conversation goes on from earlier.)","type":"text"}],"role":"user"},{"content":[{"text":"Yes.","type":"text"}],"role":"assistant"},{"content":[{"content":"{}","tool_use_id":"gone","type":"tool_result"},{"text":"So?","type":"text"}],"role":"user"}]"#]].assert_eq(&body["messages"].to_string());
}

#[test]
fn a_model_without_a_name_is_not_asked() {
    let settings = ModelSettings {
        provider: String::new(),
        name: String::new(),
        base_url: None,
    };
    let prompt = Prompt {
        system: "",
        items: &[],
        tools: &[],
        answer: None,
        tokens_max: 1,
        now: crate::time::Timestamp::from_millis(0),
        zone: None,
        locale: crate::message::Locale::En,
    };
    for model in crate::models::all()
        .iter()
        .filter(|model| model.provider() != "offline")
    {
        assert_eq!(
            model.call(&settings, &prompt),
            Err(ModelError::Unconfigured)
        );
    }
}

proptest! {
    /// Noise, and fixtures with noise in them, for every provider: never a panic, and no words in
    /// the stream that the reply does not have.
    #[test]
    fn no_bytes_make_a_decoder_panic(
        noise in proptest::collection::vec(any::<u8>(), 0..300),
        fixture in 0..7usize,
        from in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
    ) {
        const FIXTURES: [&str; 7] = [
            "",
            STREAM,
            DOCUMENT,
            include_str!("../../../tests/fixtures/models/openai_stream.sse"),
            include_str!("../../../tests/fixtures/models/openai_stream_repeating.sse"),
            include_str!("../../../tests/fixtures/models/openai_document.json"),
            include_str!("../../../tests/fixtures/models/workers_ai_native.json"),
        ];
        let mut body = FIXTURES[fixture].as_bytes().to_vec();
        let from = from.index(body.len() + 1);
        let until = (from + noise.len() / 8).min(body.len());
        body.splice(from..until, noise);
        let (head, tail) = body.split_at(cut.index(body.len() + 1));
        for model in crate::models::all() {
            if let Ok((words, reply)) = read(*model, &[head, tail]) {
                prop_assert!(reply.text.starts_with(&words));
            }
        }
    }
}
