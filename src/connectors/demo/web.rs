//! A few web pages that the demo account serves itself, as if a page were read from its host.
//!
//! The one thing to know: a page is public and anybody's words, and whoever runs its host learns
//! which address was asked for. Nothing here goes to the network.

use super::super::parts::{chosen_by, source_of, text};
use super::seed::PAGES;
use crate::label::{Capacity, Label, Readers};
use crate::tool::{Call, Kind, ToolError, ToolOutput};
use crate::value::record;

/// Reads a page.
pub(super) fn read(call: &Call) -> Result<ToolOutput, ToolError> {
    let url = call.text("url").trim();
    let asked = plain(url).ok_or(ToolError::Unavailable)?;
    let page = PAGES
        .iter()
        .find(|page| page.address == asked)
        .ok_or(ToolError::Unavailable)?;
    let source = source_of(Kind::Page, page.address);
    let words = Label::untrusted(&source, Readers::Everyone);
    // Which page it is was chosen by whoever chose the address.
    let known = Label::attested(&source, Readers::Everyone, Capacity::Id);
    let known = known.join(&chosen_by(call));
    let whole = Label {
        capacity: Capacity::Unit,
        ..known.clone()
    };
    let address = format!("https://{}", page.address);
    let item = record(
        whole,
        [
            ("id", text(page.address, known.clone())),
            ("url", text(address, known)),
            ("title", text(page.title, words.clone())),
            ("text", text(page.text, words)),
        ],
    );
    Ok(ToolOutput::new(Kind::Page, item))
}

/// An address without what makes no difference here: the scheme, the case of the host, a slash at
/// its end, and what stands behind `#`. `None` for what is no address of a page.
fn plain(url: &str) -> Option<String> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let (rest, _) = rest.split_once('#').unwrap_or((rest, ""));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = format!("{}/{}", host.to_lowercase(), path.trim_end_matches('/'));
    Some(plain.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_mean_the_same_page_are_the_same() {
        let boathouse = Some("www.example.org/boathouse".to_owned());
        for same in [
            "https://www.example.org/boathouse",
            "http://WWW.example.org/boathouse/",
            "https://www.example.org/boathouse#hours",
        ] {
            assert_eq!(plain(same), boathouse, "{same}");
        }
        for other in [
            "https://www.example.org/Boathouse",
            "https://www.example.org/boathouse?x=1",
            "https://user@www.example.org/boathouse",
            "https://www.example.org:8443/boathouse",
        ] {
            assert_ne!(plain(other), boathouse, "{other}");
        }
        assert_eq!(plain("file:///etc/passwd"), None);
        assert_eq!(plain("www.example.org/boathouse"), None);
    }
}
