//! The one place that sends: a sealed request in, a bounded response out.
//!
//! `fetch` never follows a redirect; a 3xx is an answer like any other. The body is read piece by
//! piece up to the route's limit, and the whole exchange has one deadline.

use crate::agent::effect::SendError;
use crate::egress::redact::Redactor;
use crate::egress::{Cleaner, Sealed, Ticket, Vault};
use crate::http::Response;
use crate::time::Timestamp;
use futures::StreamExt;
use futures::future::{Either, select};
use std::pin::pin;
use std::time::Duration;
use wasm_bindgen::JsValue;
use worker::{AbortController, ByteStream, Delay, Fetch, Headers, RequestRedirect, web_sys};

/// A response whose body is still arriving.
pub struct Open {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
    /// What the response goes through before anything else reads it.
    cleaner: Cleaner,
    body: Option<ByteStream>,
    left: usize,
    deadline: Delay,
    abort: AbortController,
}

/// Uses a ticket and waits for the head of the answer.
pub async fn send(ticket: Ticket, vault: &dyn Vault, now: Timestamp) -> Result<Open, SendError> {
    let sealed = ticket.seal(vault, now).map_err(SendError::from)?;
    let left = sealed.response_bytes_max;
    let mut deadline = Delay::from(Duration::from_millis(u64::from(sealed.timeout_ms)));
    let abort = AbortController::default();
    let request = request(&sealed).map_err(|_| SendError::Refused)?;
    let signal = abort.signal();
    let fetch = Fetch::Request(request);
    let sent = pin!(fetch.send_with_signal(&signal));
    let mut response = match select(sent, &mut deadline).await {
        Either::Left((sent, _)) => sent.map_err(|_| SendError::NoAnswer)?,
        Either::Right(_) => {
            abort.abort();
            return Err(SendError::NoAnswer);
        }
    };
    let headers = response.headers().entries().collect();
    let status = response.status_code();
    // A response without a body has no stream.
    let body = response.stream().ok();
    Ok(Open {
        status,
        headers,
        cleaner: sealed.cleaner,
        body,
        left,
        deadline,
        abort,
    })
}

impl Open {
    /// The next piece of the body; `None` at its end.
    pub async fn piece(&mut self) -> Option<Result<Vec<u8>, SendError>> {
        let body = self.body.as_mut()?;
        let next = match select(body.next(), &mut self.deadline).await {
            Either::Left((next, _)) => next?.ok(),
            Either::Right(_) => None,
        };
        let Some(piece) = next else {
            self.close();
            return Some(Err(SendError::NoAnswer));
        };
        let Some(left) = self.left.checked_sub(piece.len()) else {
            self.close();
            return Some(Err(SendError::TooLarge));
        };
        self.left = left;
        Some(Ok(piece))
    }

    /// Whether the answer is of a kind that the route takes; one that is not is not read.
    pub fn check_type(&mut self) -> Result<(), SendError> {
        if self.cleaner.takes(self.status, self.header("content-type")) {
            return Ok(());
        }
        self.close();
        Err(SendError::WrongType)
    }

    /// What knows the secrets of this exchange.
    pub fn redactor(&self) -> Redactor {
        self.cleaner.redactor()
    }

    /// Reads the body to its end, and takes out what nobody else may know.
    pub async fn whole(mut self, vault: &dyn Vault) -> Result<Response, SendError> {
        self.check_type()?;
        let mut body = Vec::new();
        while let Some(piece) = self.piece().await {
            body.extend_from_slice(&piece?);
        }
        let response = Response {
            status: self.status,
            headers: std::mem::take(&mut self.headers),
            body,
        };
        Ok(self.cleaner.clean(response, vault))
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    fn close(&mut self) {
        self.body = None;
        // The rest is not wanted; an abort frees the connection.
        std::mem::take(&mut self.abort).abort();
    }
}

fn request(sealed: &Sealed) -> worker::Result<worker::Request> {
    let headers = Headers::new();
    for (name, value) in &sealed.headers {
        headers.append(name, value)?;
    }
    // The crate's own list of methods has none of WebDAV's, and makes a GET of any other.
    let init = web_sys::RequestInit::new();
    init.set_method(sealed.method.as_str());
    init.set_headers(headers.as_ref());
    init.set_redirect(RequestRedirect::Manual.into());
    if !sealed.body.is_empty() {
        let body = js_sys::Uint8Array::from(sealed.body.as_slice());
        init.set_body(&JsValue::from(body));
    }
    let request = web_sys::Request::new_with_str_and_init(&sealed.url, &init)?;
    Ok(worker::Request::from(request))
}
