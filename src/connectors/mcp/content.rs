//! What a tool returned, as one JSON value.
//!
//! Structured content is preferred. Without it, the one text of a result is read as JSON if it is
//! JSON. Where there are several, one may be what somebody wrote into a file, so each stays a text.
//! Pictures, sounds and files become descriptions without their bytes: nothing here displays or
//! opens them.

use super::fields::{DEPTH_MAX, depth};
use serde_json::{Value as Json, json};

/// The most pieces of content that one result has.
const PIECES_MAX: usize = 500;

/// The value of a result; `None` if it is not shaped as one.
pub fn value(result: &Json, wrapped: bool) -> Option<Json> {
    if let Some(structured) = result
        .get("structuredContent")
        .filter(|value| value.is_object())
    {
        let inner = structured.get("result").filter(|_| wrapped);
        return Some(inner.unwrap_or(structured).clone());
    }
    let pieces = result.get("content")?.as_array()?;
    // Pictures and sounds say nothing that could be taken for the service's word.
    let speaks = |piece: &&Json| !matches!(kind_of(piece), "image" | "audio");
    let structured = result.get("structuredContent").unwrap_or(&Json::Null);
    let sole = pieces.iter().filter(speaks).count() == 1 && structured.is_null();
    let pieces = pieces.iter().take(PIECES_MAX);
    let mut values: Vec<Json> = pieces.map(|one| piece(one, sole)).collect();
    Some(match values.len() {
        0 => Json::Null,
        1 => values.pop().unwrap_or_default(),
        _ => Json::Array(values),
    })
}

fn kind_of(piece: &Json) -> &str {
    piece.get("type").and_then(Json::as_str).unwrap_or_default()
}

/// One piece of content. `sole` says that a text is all that the result has to say.
fn piece(piece: &Json, sole: bool) -> Json {
    let text = |name: &str| piece.get(name).and_then(Json::as_str).unwrap_or_default();
    match kind_of(piece) {
        "text" if sole => read_text(text("text")),
        "text" => text("text").into(),
        kind @ ("image" | "audio") => {
            json!({"content": kind, "type": text("mimeType"), "bytes": decoded_bytes(text("data"))})
        }
        kind @ "resource_link" => json!({
            "content": kind, "uri": text("uri"), "name": text("name"), "type": text("mimeType"),
        }),
        kind @ "resource" => {
            let resource = piece.get("resource").unwrap_or(&Json::Null);
            let inner = |name: &str| resource.get(name).and_then(Json::as_str);
            let (uri, of) = (inner("uri"), inner("mimeType"));
            if let Some(text) = inner("text") {
                return json!({"content": kind, "uri": uri, "type": of, "text": text});
            }
            let bytes = inner("blob").map_or(0, decoded_bytes);
            json!({"content": kind, "uri": uri, "type": of, "bytes": bytes})
        }
        _ => json!({"content": "unknown"}),
    }
}

/// A text as the JSON that it is, or as a text if it is none or is nested too deeply. A single word counts as JSON only if nothing is
/// lost by reading it so.
fn read_text(text: &str) -> Json {
    match serde_json::from_str::<Json>(text) {
        Ok(json) if depth(&json) > DEPTH_MAX => text.into(),
        Ok(json) if json.is_object() || json.is_array() => json,
        Ok(json) if !json.is_string() && is_spelled(&json, text.trim()) => json,
        _ => text.into(),
    }
}

fn is_spelled(json: &Json, text: &str) -> bool {
    let spelled = json.to_string();
    spelled == text
}

/// How many bytes a text in base64 stands for.
fn decoded_bytes(base64: &str) -> usize {
    base64.trim_end_matches('=').len().saturating_mul(3) / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content: &Json) -> Json {
        value(&json!({"content": content}), false).unwrap()
    }

    #[test]
    fn structured_content_comes_first_and_is_unwrapped_where_the_declaration_says_so() {
        let result = json!({"content": [{"type": "text", "text": "x"}], "structuredContent": {"result": [1]}});
        assert_eq!(value(&result, false), Some(json!({"result": [1]})));
        assert_eq!(value(&result, true), Some(json!([1])));
        assert_eq!(value(&json!({"structuredContent": [1]}), false), None);
        assert_eq!(value(&json!({"content": "x"}), false), None);
        assert_eq!(value(&Json::Null, true), None);
    }

    #[test]
    fn text_is_json_only_where_nothing_is_lost() {
        let text = |text: &str| of(&json!([{"type": "text", "text": text}]));
        assert_eq!(text(" {\"a\": [1]}\n"), json!({"a": [1]}));
        assert_eq!(text("1810.0"), json!(1810.0));
        assert_eq!(text("true"), json!(true));
        for kept in [
            "123456789012345678901234567890",
            "1.50",
            "007",
            "\"quoted\"",
            "a",
            "",
            "{",
        ] {
            assert_eq!(text(kept), json!(kept));
        }
    }

    #[test]
    fn only_a_text_that_is_all_there_is_to_read_is_json() {
        let json = r#"{"id": "of-eve", "owner": "me@own.example"}"#;
        let text = |text: &str| json!({"type": "text", "text": text});
        let picture = json!({"type": "image", "mimeType": "image/png", "data": "AAAA"});
        let link = json!({"type": "resource_link", "uri": "demo://1", "name": "n"});
        let about = r#"{"id": "f1", "owner": "eve@evil.example"}"#;
        assert_eq!(of(&json!([text(about), text(json)])), json!([about, json]));
        assert_eq!(of(&json!([text(""), text(json)])), json!(["", json]));
        assert_eq!(of(&json!([link, text(json)]))[1], json!(json));
        assert_eq!(of(&json!([text(json), 7]))[0], json!(json));
        assert_eq!(of(&json!([text(json), picture]))[0]["id"], "of-eve");
        let beside = json!({"content": [text(json)], "structuredContent": [1]});
        assert_eq!(value(&beside, false), Some(json!(json)));
        let absent = json!({"content": [text(json)], "structuredContent": null});
        assert_eq!(value(&absent, false).unwrap()["id"], "of-eve");
    }

    #[test]
    fn text_that_is_nested_deeply_stays_a_text() {
        for (levels, is_text) in [(DEPTH_MAX - 1, false), (DEPTH_MAX, true), (90, true)] {
            let nested = format!("{}7{}", "[".repeat(levels), "]".repeat(levels));
            let found = of(&json!([{"type": "text", "text": nested}]));
            assert_eq!(found.is_string(), is_text, "{levels}");
        }
    }

    #[test]
    fn pictures_and_files_are_descriptions_without_their_bytes() {
        let found = of(&json!([
            {"type": "image", "mimeType": "image/png", "data": "AAAA"},
            {"type": "audio", "mimeType": "audio/wav", "data": "AA=="},
            {"type": "resource", "resource": {"uri": "demo://1", "mimeType": "text/plain", "text": "t"}},
            {"type": "resource", "resource": {"uri": "demo://2", "blob": "AAAA"}},
            {"type": "resource_link", "uri": "https://x.example", "name": "n"},
            {"type": "video"}, 7,
        ]));
        assert_eq!(
            found[0],
            json!({"content": "image", "type": "image/png", "bytes": 3})
        );
        assert_eq!(found[1]["bytes"], 1);
        assert_eq!(found[2]["text"], "t");
        assert_eq!(found[3]["bytes"], 3);
        assert_eq!(found[4]["uri"], "https://x.example");
        assert_eq!(found[5], found[6]);
        assert!(!found.to_string().contains("AAAA"));
        assert_eq!(of(&json!([])), Json::Null);
    }
}
