//! Compiles the console's files into assets named by their content.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::Path;

/// Names each file by its content, so that browsers may keep it for ever. A file may name those
/// above it here, as `./text.js`; it is given their names.
pub(crate) fn compile(folder: &Path) -> std::io::Result<String> {
    const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
    let mut code = String::new();
    let mut named: Vec<(&str, String)> = Vec::new();
    for (constant, file, kind) in [
        ("STYLE", "style.css", "text/css; charset=utf-8"),
        ("ICON", "icon.svg", "image/svg+xml"),
        ("TEXT", "text.js", JAVASCRIPT),
        ("PAGE", "page.js", JAVASCRIPT),
        ("APP", "app.js", JAVASCRIPT),
    ] {
        let mut body = std::fs::read_to_string(folder.join(file))?;
        for (other, name) in &named {
            body = body.replace(&format!("'./{other}'"), &format!("'./{name}'"));
        }
        let mut digest = String::new();
        for byte in Sha256::digest(&body).iter().take(6) {
            let _ = write!(digest, "{byte:02x}");
        }
        let (stem, ending) = file.split_once('.').unwrap_or((file, ""));
        let name = format!("{stem}.{digest}.{ending}");
        let _ = writeln!(
            code,
            "static {constant}: Asset = Asset {{ path: \"/assets/{name}\", \
             content_type: {kind:?}, body: {body:?} }};"
        );
        named.push((file, name));
    }
    Ok(code)
}
