//! Requests, responses and problems as plain values, the same on every side of the program.
//!
//! A value of this file reaches nobody: only `platform` can send a request, and only with a
//! ticket from `egress`. Errors to callers are problem documents
//! ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with a stable `code`.

use serde::{Deserialize, Serialize};

/// The methods that a route can allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Propfind,
    Report,
    Mkcol,
}

impl Method {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Propfind => "PROPFIND",
            Self::Report => "REPORT",
            Self::Mkcol => "MKCOL",
        }
    }
}

/// A request that somebody would like to send.
///
/// It holds no secret: the route that allows it says which binding is attached, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// An absolute URL. `{secret}` in the path stands for the route's secret.
    pub url: String,
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
    /// The body; JSON in nearly every case.
    #[serde(with = "body_as_text")]
    pub body: Vec<u8>,
}

impl Request {
    /// A `POST` of a JSON document.
    pub fn post_json(url: String, body: &serde_json::Value) -> Self {
        Self {
            method: Method::Post,
            url,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
    /// The body, at most the route's limit.
    pub body: Vec<u8>,
}

impl Response {
    /// The first value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A refusal that is safe to show to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// A stable code for programs, in snake_case.
    pub code: &'static str,
    /// What is wrong and what to do about it, for a person.
    pub detail: String,
}

impl Problem {
    /// A problem with its code and text.
    pub fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
        }
    }

    /// The document, as `application/problem+json`.
    pub fn to_json(&self) -> String {
        serde_json::json!({
            "type": format!("urn:sclerite:problem:{}", self.code),
            "title": self.code.replace('_', " "),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        })
        .to_string()
    }
}

/// Bodies are stored as text where they are text, so that a row stays readable and small.
mod body_as_text {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Stored {
        Text(String),
        Base64(String),
    }

    pub(super) fn serialize<S: Serializer>(body: &[u8], to: S) -> Result<S::Ok, S::Error> {
        let stored = match std::str::from_utf8(body) {
            Ok(text) => Stored::Text(text.to_owned()),
            Err(_) => Stored::Base64(STANDARD.encode(body)),
        };
        serde::Serialize::serialize(&stored, to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        match Stored::deserialize(from)? {
            Stored::Text(text) => Ok(text.into_bytes()),
            Stored::Base64(text) => STANDARD.decode(text).map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_survive_storage_byte_for_byte() {
        for body in [&b"{\"a\":1}"[..], &[0, 255, 128]] {
            let request = Request {
                method: Method::Post,
                url: "https://example.org/".into(),
                headers: vec![],
                body: body.to_vec(),
            };
            let text = serde_json::to_string(&request).unwrap();
            assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
        }
    }

    #[test]
    fn a_problem_names_its_code() {
        let text = Problem::new(400, "bad_json", "text: expected a string").to_json();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["code"], "bad_json");
        assert_eq!(read["status"], 400);
    }
}
