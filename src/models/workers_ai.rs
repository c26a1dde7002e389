//! Workers AI: the models that Cloudflare runs, reached by the `AI` binding and not by HTTP.
//!
//! There is no key: the binding belongs to the deployment's account. The result of `AI.run` comes
//! as one JSON document, in the binding's own form or as a chat completion, by model. Deliberately
//! not done: a text that merely looks like a call, as small models write it, stays a text, and
//! models that take `input` instead of `messages` are not served.
//! Documentation: <https://developers.cloudflare.com/workers-ai/features/function-calling/traditional/>
//! and the schemas under <https://developers.cloudflare.com/workers-ai/models/>.

use super::assembly::Assembly;
use super::body::{BodyDecoder, Format};
use super::chat::{self, CallPiece, Completion, Reading, TokenCounts};
use super::{Decoder, Model, ModelCall, ModelError, ModelSettings, Prompt, Stop};
use serde::Deserialize;
use serde_json::{Value, json};

/// The provider.
#[derive(Debug)]
pub struct WorkersAi;

impl Model for WorkersAi {
    fn provider(&self) -> &'static str {
        "workers-ai"
    }

    fn call(&self, settings: &ModelSettings, prompt: &Prompt<'_>) -> Result<ModelCall, ModelError> {
        if settings.name.is_empty() {
            return Err(ModelError::Unconfigured);
        }
        let mut input = json!({
            "messages": chat::messages(prompt),
            "max_tokens": prompt.tokens_max,
        });
        if let (Some(fields), Some(tools)) = (input.as_object_mut(), chat::tools(prompt)) {
            fields.insert("tools".to_owned(), tools);
        }
        Ok(ModelCall::Binding {
            model: settings.name.clone(),
            input,
        })
    }

    fn decoder(&self, _content_type: &str) -> Box<dyn Decoder> {
        Box::new(BodyDecoder::<RunResult>::default())
    }
}

#[derive(Debug, Default)]
struct RunResult(Reading);

/// The binding's own form. `response` is a text, or an object where a JSON answer was asked for.
#[derive(Deserialize)]
struct Native<'a> {
    response: Option<Value>,
    #[serde(borrow)]
    tool_calls: Option<Vec<CallPiece<'a>>>,
    usage: Option<TokenCounts>,
}

impl Format for RunResult {
    fn event(&mut self, _: &[u8], _: &mut Assembly) -> Result<(), ModelError> {
        // No stream was asked for.
        Err(ModelError::Malformed)
    }

    fn document(&mut self, body: &[u8], reply: &mut Assembly) -> Result<(), ModelError> {
        let whole: Value = serde_json::from_slice(body).map_err(|_| ModelError::Malformed)?;
        // The REST API wraps what the binding returns; some models' results come wrapped too.
        let result = whole
            .get("result")
            .filter(|inner| inner.is_object())
            .unwrap_or(&whole);
        if result.get("choices").is_some_and(Value::is_array) || result.get("error").is_some() {
            let completion = Completion::deserialize(result).map_err(|_| ModelError::Malformed)?;
            return self.0.whole(completion, reply);
        }
        let native = Native::deserialize(result).map_err(|_| ModelError::Malformed)?;
        if native.response.is_none() && native.tool_calls.is_none() {
            return Err(ModelError::Malformed);
        }
        match native.response {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => reply.say(&text)?,
            Some(other) => reply.say(&other.to_string())?,
        }
        for call in native.tool_calls.unwrap_or_default() {
            chat::take_call(call, false, reply)?;
        }
        if let Some(counts) = native.usage {
            counts.note(reply);
        }
        reply.stop = Some(Stop::End);
        Ok(())
    }

    fn close(&mut self, reply: &mut Assembly) -> Result<(), ModelError> {
        self.0.close(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::trial::{ask, owner, planner, read, read_every_way, result, show};
    use super::super::{ModelReply, Usage};
    use super::*;
    use crate::tool::ToolCall;
    use expect_test::expect;

    const NATIVE: &str = include_str!("../../tests/fixtures/models/workers_ai_native.json");
    const COMPLETION: &str = include_str!("../../tests/fixtures/models/workers_ai_completion.json");

    fn run(body: &str) -> Result<ModelReply, ModelError> {
        read(&WorkersAi, &[body.as_bytes()]).map(|(_, reply)| reply)
    }

    fn call(id: &str, tool: &str, args: Value) -> ToolCall {
        ToolCall {
            id: id.into(),
            tool: tool.into(),
            args,
        }
    }

    #[test]
    fn the_bindings_own_form_is_read() {
        let (words, reply) = read_every_way(&WorkersAi, NATIVE);
        assert_eq!((words.as_str(), reply.text.as_str()), ("", ""));
        let calls = vec![
            call("call_1", "mail_search", json!({"query": "Ana"})),
            call("call_2", "calendar_list", json!({"day": "2026-11-24"})),
        ];
        assert_eq!(reply.calls, calls);
        assert_eq!(
            reply.usage,
            Usage {
                tokens_in: 425,
                tokens_out: 89
            }
        );
        assert_eq!(run(&format!("{{\"result\":{NATIVE}}}")), run(NATIVE));
    }

    #[test]
    fn a_chat_completion_is_read_also_when_wrapped() {
        let (_, reply) = read_every_way(&WorkersAi, COMPLETION);
        assert_eq!(reply.text, "");
        let wanted = call("chatcmpl-tool-5", "mail_search", json!({"query": "Ana"}));
        assert_eq!((reply.calls, reply.stop), (vec![wanted], Stop::End));
        assert_eq!(
            reply.usage,
            Usage {
                tokens_in: 425,
                tokens_out: 89
            }
        );
    }

    #[test]
    fn answers_are_text_whatever_their_type() {
        assert_eq!(run(r#"{"response":"Hi."}"#).unwrap().text, "Hi.");
        assert_eq!(
            run(r#"{"response":{"a":[1]}}"#).unwrap().text,
            "{\"a\":[1]}"
        );
        assert_eq!(run(r#"{"response":7,"tool_calls":[]}"#).unwrap().text, "7");
        // What looks like a call stays a text: nothing that is read may become a call.
        let lookalike = r#"{"response":"{\"name\":\"show\",\"parameters\":{}}"}"#;
        assert_eq!(run(lookalike).unwrap().calls, vec![]);
    }

    #[test]
    fn garbage_is_an_error() {
        for garbage in [
            "",
            "{}",
            "[]",
            "{\"result\":null}",
            "{\"tool_calls\":7}",
            "data: {}\n\n",
            "{\"response\"",
        ] {
            assert_eq!(run(garbage), Err(ModelError::Malformed), "{garbage}");
        }
        let refused = Err(ModelError::Status {
            status: 429,
            retry_after_ms: None,
        });
        assert_eq!(run(r#"{"error":{"code":429}}"#), refused);
    }

    #[test]
    fn the_input_is_what_the_binding_takes() {
        let items = [
            owner("Any mail from Ana?"),
            planner("", &[("a", "mail_search", json!({"query": "Ana"}))]),
            result("a", "{\"handle\":\"$mail_1\"}", false),
        ];
        expect![[r#"
            run some-model
            {
              "max_tokens": 900,
              "messages": [
                {
                  "content": "You help.\n\nIt is 2026-11-23T14:05:00Z; the owner's time zone is not known. The owner's language is English.",
                  "role": "system"
                },
                {
                  "content": "Any mail from Ana?",
                  "role": "user"
                },
                {
                  "content": "",
                  "role": "assistant",
                  "tool_calls": [
                    {
                      "function": {
                        "arguments": "{\"query\":\"Ana\"}",
                        "name": "mail_search"
                      },
                      "id": "a",
                      "type": "function"
                    }
                  ]
                },
                {
                  "content": "{\"handle\":\"$mail_1\"}",
                  "name": "mail_search",
                  "role": "tool",
                  "tool_call_id": "a"
                }
              ],
              "tools": [
                {
                  "function": {
                    "description": "Finds mail.",
                    "name": "mail_search",
                    "parameters": {
                      "additionalProperties": false,
                      "properties": {
                        "limit": {
                          "description": "How many at most.",
                          "maximum": 50,
                          "minimum": 1,
                          "type": "integer"
                        },
                        "query": {
                          "description": "Words to look for.",
                          "type": "string"
                        }
                      },
                      "required": [
                        "query"
                      ],
                      "type": "object"
                    }
                  },
                  "type": "function"
                }
              ]
            }
        "#]].assert_eq(&show(ask(&WorkersAi, None, &items, true)));
    }
}
