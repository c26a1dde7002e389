//! Answers of the Worker: documents and problems, with the headers that every one of them has.

use crate::console;
use crate::http::Problem;
use serde_json::Value as Json;
use worker::{Headers, Response, Result};

/// A JSON document.
pub fn json(status: u16, document: &Json) -> Result<Response> {
    text(status, "application/json", &document.to_string())
}

/// A problem document.
pub fn problem(problem: &Problem) -> Result<Response> {
    let response = text(
        problem.status,
        "application/problem+json",
        &problem.to_json(),
    )?;
    if problem.status == 401 {
        response.headers().set("www-authenticate", "Bearer")?;
    }
    Ok(response)
}

/// An answer without a body.
pub fn empty(status: u16) -> Result<Response> {
    Ok(Response::empty()?
        .with_status(status)
        .with_headers(headers()?))
}

/// A text with its media type.
pub fn text(status: u16, content_type: &str, body: &str) -> Result<Response> {
    let headers = headers()?;
    headers.set("content-type", content_type)?;
    headers.set("cache-control", "no-store")?;
    Ok(Response::ok(body)?
        .with_status(status)
        .with_headers(headers))
}

/// A document that comes in pieces.
pub fn stream<S>(content_type: &str, pieces: S) -> Result<Response>
where
    S: futures::Stream<Item = Result<Vec<u8>>> + 'static,
{
    let headers = headers()?;
    headers.set("content-type", content_type)?;
    headers.set("cache-control", "no-store")?;
    Ok(Response::from_stream(pieces)?.with_headers(headers))
}

/// The console's page.
pub fn page() -> Result<Response> {
    let response = text(200, "text/html; charset=utf-8", &console::page())?;
    response
        .headers()
        .set("content-security-policy", console::POLICY)?;
    Ok(response)
}

/// A file of the console, which may be kept for ever since its name holds its content's hash.
pub fn asset(asset: &console::Asset) -> Result<Response> {
    let response = text(200, asset.content_type, asset.body)?;
    response
        .headers()
        .set("cache-control", "public, max-age=31536000, immutable")?;
    Ok(response)
}

fn headers() -> Result<Headers> {
    let headers = Headers::new();
    for (name, value) in console::HEADERS {
        headers.set(name, value)?;
    }
    Ok(headers)
}
