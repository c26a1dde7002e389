//! Reads a channel's JSON so that a mistake in it is answered with the name of the field.
//!
//! The one thing to know: what is read here came from outside, so every refusal is a 400 with a
//! short text, never a panic, and never more than [`DETAIL_CHARS_MAX`] of the caller's own words.
//! What a channel accepts is decided in its own file.

use crate::channels::{BODY_BYTES_MAX, Channel};
use crate::http::Problem;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// The longest explanation of a refusal, in characters.
pub const DETAIL_CHARS_MAX: usize = 200;

/// Reads a JSON document of at most [`BODY_BYTES_MAX`] bytes.
///
/// # Errors
/// `413 too_large`, or `400 bad_request` whose detail starts with the field at fault.
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.len() > BODY_BYTES_MAX {
        let detail = format!("the body is longer than {BODY_BYTES_MAX} bytes");
        return Err(Problem::new(413, "too_large", detail));
    }
    let text = std::str::from_utf8(body).map_err(|_| bad_request("the body is not UTF-8 text"))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let cause = error.into_inner();
        let kind = match cause.classify() {
            Category::Eof => "the JSON ends too early: ",
            Category::Syntax => "not valid JSON: ",
            Category::Data | Category::Io => "",
        };
        match field.as_str() {
            // The path is "." where the document itself is at fault.
            "." | "?" => bad_request(&format!("{kind}{cause}")),
            _ => bad_field(&field, &format!("{kind}{cause}")),
        }
    })?;
    json.end()
        .map_err(|cause| bad_request(&format!("after the document: {cause}")))?;
    Ok(value)
}

/// A `400 bad_request` that names the field at fault.
pub fn bad_field(field: &str, what: &str) -> Problem {
    bad_request(&format!("{field}: {what}"))
}

/// A `400 bad_request`; the text is cut to [`DETAIL_CHARS_MAX`], as it may repeat foreign input.
pub fn bad_request(what: &str) -> Problem {
    let detail: String = what
        .chars()
        .filter(|c| !c.is_control())
        .take(DETAIL_CHARS_MAX)
        .collect();
    Problem::new(400, "bad_request", detail)
}

/// The `404` of a channel that has no secret here, so that its route does not exist.
pub fn absent(channel: &dyn Channel) -> Problem {
    let detail = format!("the channel `{}` is not configured", channel.name());
    Problem::new(404, "not_found", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Sample {
        text: String,
        list: Option<Vec<u8>>,
    }

    #[track_caller]
    fn check(body: &[u8], expected: &Expect) {
        let problem = read_json::<Sample>(body).unwrap_err();
        expected.assert_eq(&format!(
            "{} {} {}",
            problem.status, problem.code, problem.detail
        ));
    }

    #[test]
    fn a_refusal_names_the_field_and_the_reason() {
        check(
            br#"{"text":1}"#,
            &expect![
                "400 bad_request text: invalid type: integer `1`, expected a string at line 1 column 9"
            ],
        );
        check(
            br#"{"text":"\ud800"}"#,
            &expect![
                "400 bad_request text: not valid JSON: unexpected end of hex escape at line 1 column 16"
            ],
        );
        check(
            br#"{"text":"a","list":[1,"x"]}"#,
            &expect![[
                r#"400 bad_request list[1]: invalid type: string "x", expected u8 at line 1 column 25"#
            ]],
        );
        check(
            br#"{"text":"a","extra":1}"#,
            &expect![
                "400 bad_request extra: unknown field `extra`, expected `text` or `list` at line 1 column 19"
            ],
        );
        check(
            br#"{"text":"a"} x"#,
            &expect!["400 bad_request after the document: trailing characters at line 1 column 14"],
        );
        check(
            br#"{"text":"a""#,
            &expect![
                "400 bad_request the JSON ends too early: EOF while parsing an object at line 1 column 11"
            ],
        );
        check(
            b"{\"text\":\"a\0b\"}",
            &expect![[
                r"400 bad_request text: not valid JSON: control character (\u0000-\u001F) found while parsing a string at line 1 column 11"
            ]],
        );
        check(
            b"{\"text\":\"\xff\"}",
            &expect!["400 bad_request the body is not UTF-8 text"],
        );
        check(
            b"[[[[",
            &expect![
                "400 bad_request [0]: invalid type: sequence, expected a string at line 1 column 1"
            ],
        );
        check(
            b"",
            &expect![
                "400 bad_request the JSON ends too early: EOF while parsing a value at line 1 column 0"
            ],
        );
    }

    #[test]
    fn a_refusal_is_short_whatever_was_sent() {
        let body = format!("{{\"{}\":1}}", "x".repeat(100_000));
        let problem = read_json::<Sample>(body.as_bytes()).unwrap_err();
        assert_eq!(problem.detail.chars().count(), DETAIL_CHARS_MAX);
        let nested = "[".repeat(1_000_000);
        assert_eq!(
            read_json::<serde_json::Value>(nested.as_bytes())
                .unwrap_err()
                .status,
            400
        );
        let long = vec![b' '; BODY_BYTES_MAX + 1];
        assert_eq!(read_json::<Sample>(&long).unwrap_err().code, "too_large");
    }
}
