//! Vendors are named in their own file only: who they are, and where else they stand.

use super::reading::{Source, functions};
use std::collections::BTreeMap;

/// Files of `channels`, `connectors` and `models` that are no vendor's.
pub const GENERIC: &[&str] = &[
    "channels/body",
    "channels/console",
    "channels/contract",
    "channels/generic",
    "channels/split",
    "channels/standard_webhooks",
    "connectors/access",
    "connectors/accounts",
    "connectors/caldav",
    "connectors/carddav",
    "connectors/contract_tests",
    "connectors/demo",
    "connectors/family",
    "connectors/ics",
    "connectors/jmap",
    "connectors/kept",
    "connectors/mcp",
    "connectors/notes",
    "connectors/parts",
    "connectors/reminders",
    "connectors/routines",
    "connectors/service_tests",
    "connectors/settings",
    "connectors/test_documents",
    "connectors/web",
    "models/assembly",
    "models/body",
    "models/chat",
    "models/offline",
    "models/retry",
    "models/sse",
    "models/wire",
];

/// The vendors, by the names of their files, and the folder that each is in.
pub fn vendors(files: &[Source]) -> BTreeMap<String, String> {
    let adapters = ["channels", "connectors", "models"];
    let mut found = BTreeMap::new();
    for file in files
        .iter()
        .filter(|file| adapters.contains(&file.module()))
    {
        let mut parts = file.path.trim_end_matches(".rs").split('/');
        let (folder, name) = (parts.next().unwrap(), parts.next().unwrap_or("mod"));
        if name != "mod" && !GENERIC.contains(&format!("{folder}/{name}").as_str()) {
            found.insert(name.to_owned(), folder.to_owned());
        }
    }
    found
}

/// The lines of the list of services that accounts can be at.
fn services(file: &Source) -> std::ops::Range<usize> {
    if file.path != "connectors/accounts.rs" {
        return 0..0;
    }
    let mut lines = file.text.lines();
    let Some(begin) = lines.position(|line| line.starts_with("pub const EVERY:")) else {
        return 0..0;
    };
    let rows = lines.position(|line| line == "];").unwrap_or(0);
    begin..begin + 1 + rows
}

/// Vendors' names outside their own file or folder, fixtures and registry lines.
pub fn vendors_named(files: &[Source], vendors: &BTreeMap<String, String>) -> Vec<String> {
    let spellings: Vec<(String, Vec<String>)> = vendors
        .iter()
        .map(|(vendor, folder)| {
            let spelled = ["_", "-", " ", ""].map(|mark| vendor.replace('_', mark));
            (format!("{folder}/{vendor}"), spelled.to_vec())
        })
        .collect();
    let mut complaints = Vec::new();
    for file in files {
        let registry = functions(&file.code)
            .into_iter()
            .find(|function| function.name == "all" && file.path.ends_with("/mod.rs"));
        let services = services(file);
        for (n, line) in file.text.lines().enumerate() {
            let lower = line.to_lowercase();
            let registers = lower.trim_start_matches("pub ").starts_with("mod ")
                || registry.as_ref().is_some_and(|all| all.holds_line(n))
                || lower.contains("tests/fixtures/")
                || services.contains(&n);
            for (own, spelled) in &spellings {
                let is_own =
                    file.path == format!("{own}.rs") || file.path.starts_with(&format!("{own}/"));
                let named = spelled.iter().any(|vendor| lower.contains(vendor));
                if named && !is_own && !registers {
                    complaints.push(format!("{}:{}: {}", file.path, n + 1, line.trim()));
                }
            }
        }
    }
    complaints
}
