//! The shape of the source, checked: which module may name which, sizes, vendors, evidence.
//!
//! Every rule is a function from files to complaints, so that each is shown here to complain about
//! a bad file before it is asked about the real ones. The text is read as text: macros are not
//! expanded and no compiler is run. What clippy already checks is left to clippy.

// A test may fail where it stands: clippy knows test functions, not their helpers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "architecture/reading.rs"]
mod reading;
#[path = "architecture/vendors.rs"]
mod vendors;

use reading::{Source, functions, sources, words};
use std::collections::BTreeSet;
use vendors::{GENERIC, vendors, vendors_named};

/// The most lines of a file and of a function.
const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

/// The modules from the bottom up. A module may name those of lower ranks only, so the modules of
/// one rank do not know one another. Questions and the log are plain data here; their rows are in
/// `store`, which is why they stand below `policy`, whose `confirm` takes an `Approved`.
const RANKS: &[&[&str]] = &[
    &["http", "id", "inert", "signature", "time"],
    &["format"],
    &["label", "message"],
    &["value"],
    &["tool"],
    &["approval", "audit", "budget"],
    &["policy"],
    &["egress"],
    &["channels", "connectors", "models"],
    &["store"],
    &["agent"],
    &["console", "export"],
    &["platform"],
];

/// Types that prove something, and the one file that makes them.
const EVIDENCE: &[(&str, &str)] = &[
    ("Approved", "approval.rs"),
    ("ModelTicket", "egress/mod.rs"),
    ("Permit", "policy/mod.rs"),
    ("Sealed", "egress/mod.rs"),
    ("Ticket", "egress/mod.rs"),
    ("Verified", "channels/mod.rs"),
];

/// Crates of the runtime, which only the shell may name.
const RUNTIME: &[&str] = &[
    "worker",
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "js_sys",
    "getrandom",
    "futures",
];

fn rank(module: &str) -> Option<usize> {
    RANKS.iter().position(|rank| rank.contains(&module))
}

/// Arrows that do not point down, and modules that the table does not know.
fn arrows(files: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.path != "lib.rs") {
        let module = file.module();
        let Some(own) = rank(module) else {
            complaints.push(format!("{}: `{module}` is in no rank", file.path));
            continue;
        };
        for named in file.modules_named() {
            // A name that no rank knows is an item; a module would be found by its own file.
            let points_up = rank(&named).is_some_and(|other| other >= own);
            if named != module && points_up {
                complaints.push(format!("{}: `{module}` names `{named}`", file.path));
            }
        }
    }
    complaints
}

/// The runtime's crates outside the shell.
fn runtime(files: &[Source]) -> Vec<String> {
    let outside = files.iter().filter(|file| file.module() != "platform");
    let mut complaints = Vec::new();
    for file in outside {
        for word in words(&file.code) {
            let named = word.is_followed_by("::") || word.is_preceded_by("use");
            if RUNTIME.contains(&word.text) && named {
                complaints.push(format!("{}: {}", file.path, word.text));
            }
        }
    }
    complaints
}

/// Files and functions over their limits, and files that do not say what they are for.
fn sizes(files: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files {
        let lines = file.text.lines().count();
        if lines > FILE_LINES_MAX {
            complaints.push(format!("{}: {lines} lines", file.path));
        }
        if !file.text.starts_with("//! ") {
            complaints.push(format!("{}: begins without //!", file.path));
        }
        for function in functions(&file.code) {
            if function.body_lines > FUNCTION_LINES_MAX {
                let (name, lines) = (function.name, function.body_lines);
                complaints.push(format!("{}: fn {name} has {lines} lines", file.path));
            }
        }
    }
    complaints
}

/// Evidence that is made outside its file, can be copied, or can be read from bytes.
fn evidence(files: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files {
        let read = words(&file.code);
        for (at, word) in read.iter().enumerate() {
            let Some((name, home)) = EVIDENCE.iter().find(|(name, _)| *name == word.text) else {
                continue;
            };
            let before = at.checked_sub(1).map_or("", |before| read[before].text);
            let declared = matches!(before, "struct" | "impl" | "for") || word.is_preceded_by("->");
            if word.is_followed_by("{") && !declared && file.path != *home {
                complaints.push(format!("{}: makes {name}", file.path));
            }
            let makes =
                word.is_followed_by("::") && read.get(at + 1).is_some_and(|w| w.text == "new");
            if makes && file.module() != home.split('/').next().unwrap() {
                complaints.push(format!("{}: makes {name}", file.path));
            }
            if before == "struct" {
                let head = file.attributes_before(word.line);
                for bad in ["Clone", "Copy", "Default", "Deserialize"] {
                    if head.contains(bad) {
                        complaints.push(format!("{}: {name} is {bad}", file.path));
                    }
                }
            }
        }
    }
    complaints
}

/// What is left over from work that is not finished, and tests that are switched off.
fn leftovers(files: &[Source]) -> Vec<String> {
    const MARKS: &[&str] = &[
        "todo!",
        "unimplemented!",
        "dbg!",
        "FIXME",
        "TODO",
        "XXX",
        "#[ignore",
        "should_panic",
    ];
    let mut complaints = Vec::new();
    for file in files {
        for (n, line) in file.text.lines().enumerate() {
            for mark in MARKS.iter().filter(|mark| line.contains(**mark)) {
                complaints.push(format!("{}:{}: {mark}", file.path, n + 1));
            }
        }
    }
    complaints
}

/// Modules that the map of the source does not speak of.
fn unmapped(lib: &Source, map: &str) -> Vec<String> {
    let declared = lib.code.lines().filter_map(|line| {
        line.trim_start_matches("pub ")
            .strip_prefix("mod ")?
            .strip_suffix(';')
    });
    declared
        .filter(|module| {
            !map.contains(&format!("`{module}`")) && !map.contains(&format!("`src/{module}"))
        })
        .map(str::to_owned)
        .collect()
}

fn real() -> Vec<Source> {
    let files = sources("src");
    assert!(files.len() > 80, "only {} files were found", files.len());
    files
}

fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn complains(complaints: &[String], about: &str) {
    assert!(
        complaints.iter().any(|complaint| complaint.contains(about)),
        "no complaint about {about:?} in {complaints:?}"
    );
}

#[test]
fn arrows_point_down() {
    let bad = [
        Source::new("policy/mod.rs", "use crate::store::turns;"),
        Source::new("channels/one.rs", "fn f() { crate::models::all(); }"),
        Source::new("models/two.rs", "use crate::{time::Zone, connectors};"),
        Source::new("label.rs", "use super::message::Locale;"),
        Source::new(
            "tool.rs",
            "// crate::agent\nconst A: &str = \"crate::store\";",
        ),
        Source::new("util.rs", ""),
    ];
    let found = arrows(&bad);
    for about in [
        "`policy` names `store`",
        "`channels` names `models`",
        "`models` names `connectors`",
        "`label` names `message`",
        "`util` is in no rank",
    ] {
        complains(&found, about);
    }
    assert_eq!(
        found.len(),
        5,
        "comments and texts are no arrows: {found:?}"
    );
    none(&arrows(&real()));
}

#[test]
fn the_table_of_ranks_is_about_modules_that_exist() {
    let files = real();
    let there: BTreeSet<&str> = files.iter().map(Source::module).collect();
    for module in RANKS.iter().copied().flatten() {
        assert!(there.contains(module), "there is no module `{module}`");
    }
    // A reader that finds nothing would let everything pass.
    let arrows: usize = files.iter().map(|file| file.modules_named().len()).sum();
    assert!(arrows > 150, "only {arrows} arrows were read");
}

#[test]
fn only_the_shell_names_the_runtime() {
    let bad = [
        Source::new("agent/mod.rs", "use worker::Env;"),
        Source::new("time.rs", "fn now() { js_sys::Date::now(); }"),
        Source::new("platform/mod.rs", "use worker::Env;"),
    ];
    let found = runtime(&bad);
    complains(&found, "agent/mod.rs");
    complains(&found, "time.rs");
    assert_eq!(found.len(), 2);
    none(&runtime(&real()));
    let shell: Vec<Source> = real()
        .into_iter()
        .filter(|file| file.module() == "platform")
        .collect();
    let moved: Vec<Source> = shell
        .iter()
        .map(|file| Source::new(&file.path.replace("platform/", "agent/"), &file.text))
        .collect();
    assert!(
        runtime(&moved).len() > 10,
        "the shell's own names are not seen"
    );
}

#[test]
fn files_and_functions_stay_small_and_say_what_they_are_for() {
    let long = format!(
        "//! A.\nfn long() {{\n{}}}\n",
        "    call();\n".repeat(FUNCTION_LINES_MAX + 1)
    );
    let bad = [
        Source::new("a.rs", &long),
        Source::new("b.rs", &"//! B.\n".repeat(FILE_LINES_MAX + 1)),
        Source::new("c.rs", "fn short() {}\n"),
    ];
    let found = sizes(&bad);
    for about in [
        "fn long has 71 lines",
        "b.rs: 501 lines",
        "c.rs: begins without",
    ] {
        complains(&found, about);
    }
    assert_eq!(found.len(), 3);
    let files = real();
    let functions: usize = files.iter().map(|file| functions(&file.code).len()).sum();
    assert!(functions > 800, "only {functions} functions were read");
    none(&sizes(&files));
    none(&sizes(&sources("tests")));
    none(&sizes(&sources("compile")));
    let build = std::fs::read_to_string("build.rs").unwrap();
    none(&sizes(&[Source::new("build.rs", &build)]));
}

#[test]
fn a_vendor_is_named_in_its_own_file_only() {
    let bad = [
        Source::new("channels/some_chat.rs", "//! SomeChat."),
        Source::new("channels/some_chat/tests.rs", "// some_chat"),
        Source::new(
            "channels/mod.rs",
            "pub mod some_chat;\npub fn all() {\n&some_chat::SomeChat\n}",
        ),
        Source::new(
            "models/sse.rs",
            "include!(\"tests/fixtures/some-chat.json\")",
        ),
        Source::new("agent/mod.rs", "// only SomeChat does this"),
        Source::new("policy/mod.rs", "const A: &str = \"some-chat\";"),
    ];
    let known = vendors(&bad);
    assert_eq!(known.keys().collect::<Vec<_>>(), ["some_chat"]);
    let found = vendors_named(&bad, &known);
    complains(&found, "agent/mod.rs:1");
    complains(&found, "policy/mod.rs:1");
    assert_eq!(found.len(), 2, "{found:?}");
    let files = real();
    let known = vendors(&files);
    assert!(known.len() >= 4, "only {known:?} were found");
    none(&vendors_named(&files, &known));
    for generic in GENERIC {
        let there = |file: &Source| file.path.trim_end_matches(".rs").starts_with(generic);
        assert!(
            files.iter().any(there),
            "{generic} is gone; take it off the list"
        );
    }
}

#[test]
fn evidence_is_made_in_one_file_and_cannot_be_copied() {
    let bad = [
        Source::new(
            "agent/mod.rs",
            "fn f() -> Permit { Permit { _sealed: () } }",
        ),
        Source::new("store/mod.rs", "let v = Verified::new(body, None);"),
        Source::new(
            "egress/mod.rs",
            "#[derive(Debug, Clone)]\npub struct Ticket {}",
        ),
        Source::new(
            "policy/mod.rs",
            "pub struct Permit { a: () }\nPermit { a: () }",
        ),
        Source::new(
            "platform/x.rs",
            "fn f(v: Verified) -> Approved {}\nimpl X for Ticket {}",
        ),
    ];
    let found = evidence(&bad);
    for about in [
        "agent/mod.rs: makes Permit",
        "makes Verified",
        "Ticket is Clone",
    ] {
        complains(&found, about);
    }
    assert_eq!(found.len(), 3, "{found:?}");
    let files = real();
    none(&evidence(&files));
    for (name, home) in EVIDENCE {
        let file = files.iter().find(|file| file.path == *home).unwrap();
        assert!(
            file.code.contains(&format!("struct {name} ")),
            "{name} is not in {home}"
        );
    }
}

#[test]
fn nothing_is_left_over() {
    let bad = [Source::new(
        "a.rs",
        "fn f() { todo!() } // FIXME\n#[ignore]\n",
    )];
    assert_eq!(leftovers(&bad).len(), 3);
    none(&leftovers(&real()));
}

#[test]
fn the_map_of_the_source_is_complete() {
    let bad = Source::new("lib.rs", "pub mod agent;\nmod platform;\npub mod time;\n");
    assert_eq!(
        unmapped(&bad, "- `agent` plans. `src/time.rs` counts."),
        ["platform"]
    );
    let files = real();
    let lib = files.iter().find(|file| file.path == "lib.rs").unwrap();
    // The map is written last; from then on it must not fall behind.
    if let Ok(map) = std::fs::read_to_string("ARCHITECTURE.md") {
        none(&unmapped(lib, &map));
    }
}
