//! OpenAI's chat completions, and the many servers that speak the same format.
//!
//! `MODEL_BASE_URL` names another server, such as `http://127.0.0.1:8092/v1` or an AI Gateway; the
//! API itself differs only in how it calls the token limit. Replies are streamed. Deliberately not
//! used: the newer Responses API, which hardly any other server has, and `n` above 1.
//! Documentation: <https://platform.openai.com/docs/api-reference/chat>.

use super::assembly::Assembly;
use super::body::{BodyDecoder, Format};
use super::chat::{self, Completion, Reading};
use super::{Decoder, Model, ModelCall, ModelError, ModelSettings, Prompt, Stop};
use crate::http::Request;
use serde_json::json;

/// Where the API is unless a binding names another server.
const BASE_URL: &str = "https://api.openai.com/v1";

/// The provider.
#[derive(Debug)]
pub struct OpenAi;

impl Model for OpenAi {
    fn provider(&self) -> &'static str {
        "openai"
    }

    fn call(&self, settings: &ModelSettings, prompt: &Prompt<'_>) -> Result<ModelCall, ModelError> {
        if settings.name.is_empty() {
            return Err(ModelError::Unconfigured);
        }
        let base = settings
            .base_url
            .as_deref()
            .filter(|url| !url.is_empty())
            .unwrap_or(BASE_URL);
        let base = base.trim_end_matches('/');
        // The API refuses the old name with its newer models; other servers know only the old one.
        let limit = if is_the_api(base) {
            "max_completion_tokens"
        } else {
            "max_tokens"
        };
        let mut body = json!({
            "model": settings.name,
            "messages": chat::messages(prompt),
            limit: prompt.tokens_max,
            "stream": true,
            "stream_options": {"include_usage": true},
        });
        if let (Some(fields), Some(tools)) = (body.as_object_mut(), chat::tools(prompt)) {
            fields.insert("tools".to_owned(), tools);
        }
        if let (Some(fields), Some(schema)) = (body.as_object_mut(), prompt.answer) {
            // Other servers know the older form, and take a schema with it.
            let format = if is_the_api(base) {
                json!({"type": "json_schema", "json_schema":
                       {"name": "answer", "strict": true, "schema": schema}})
            } else {
                json!({"type": "json_object", "schema": schema})
            };
            fields.insert("response_format".to_owned(), format);
        }
        let mut request = Request::post_json(format!("{base}/chat/completions"), &body);
        request
            .headers
            .push(("accept".to_owned(), "text/event-stream".to_owned()));
        Ok(ModelCall::Http(request))
    }

    fn decoder(&self, _content_type: &str) -> Box<dyn Decoder> {
        Box::new(BodyDecoder::<Completions>::default())
    }
}

/// Whether the API itself answers: its own host, or an AI Gateway's road to it.
fn is_the_api(base: &str) -> bool {
    let Some(rest) = base.strip_prefix("https://") else {
        return false;
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.to_ascii_lowercase();
    host == "api.openai.com"
        || host.ends_with(".api.openai.com")
        || (host == "gateway.ai.cloudflare.com" && path.ends_with("/openai"))
}

#[derive(Debug, Default)]
struct Completions(Reading);

impl Format for Completions {
    fn event(&mut self, data: &[u8], reply: &mut Assembly) -> Result<(), ModelError> {
        if data.trim_ascii() == b"[DONE]" {
            reply.over = true;
            reply.stop.get_or_insert(Stop::End);
            return Ok(());
        }
        let chunk: Completion<'_> =
            serde_json::from_slice(data).map_err(|_| ModelError::Malformed)?;
        self.0.chunk(chunk, reply)
    }

    fn document(&mut self, body: &[u8], reply: &mut Assembly) -> Result<(), ModelError> {
        let whole: Completion<'_> =
            serde_json::from_slice(body).map_err(|_| ModelError::Malformed)?;
        self.0.whole(whole, reply)
    }

    fn close(&mut self, reply: &mut Assembly) -> Result<(), ModelError> {
        self.0.close(reply)
    }
}

#[cfg(test)]
mod tests;
