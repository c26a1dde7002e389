//! The simulation: `npm run sim -- --turns N --seed S --json FILE`.
//!
//! The real engine on the real statements, in a world where everything fails that can: deliveries
//! come twice and out of order, answers get lost, services storm, the clock jumps, and the process
//! dies at any statement and between any two steps. Each episode has a seed of its own, so one that
//! fails is played again with `--episode E`.

// A test may fail where it stands, and prints.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::too_many_lines
)]

mod episode;
mod oracle;
mod outside;
mod process;
mod rng;

use oracle::Found;
use serde_json::json;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1).cloned()
    };
    let number = |name: &str, usual: u64| match value(name) {
        None => Some(usual),
        Some(text) => text.parse().ok(),
    };
    let (Some(turns), Some(seed)) = (number("--turns", 100_000), number("--seed", 1)) else {
        eprintln!("--turns and --seed take a number, for example --turns 100000 --seed 7");
        return ExitCode::from(2);
    };
    if sclerite::agent::planner::find("desk_send_file").is_none() {
        eprintln!(
            "This build has no service to act on: build with SCLERITE_CONNECTIONS=tests/sim/connections.toml, or use `npm run sim`."
        );
        return ExitCode::from(2);
    }
    if let Some(text) = value("--episode") {
        let Ok(number) = text.parse() else {
            eprintln!("--episode takes the number of an episode");
            return ExitCode::from(2);
        };
        let found = oracle::look(&episode::play(seed, number));
        println!(
            "episode {number}: {} turns, {} crashes",
            found.turns, found.crashes
        );
        found.notes.iter().for_each(|note| println!("  {note}"));
        return if found.is_fine() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    }
    let began = Instant::now();
    let mut total = Found {
        chain_ok: true,
        ..Found::default()
    };
    let mut episodes = 0;
    let mut failed = Vec::new();
    while total.turns < turns {
        let found = oracle::look(&episode::play(seed, episodes));
        if !found.is_fine() {
            failed.push(episodes);
            if failed.len() <= 5 {
                println!(
                    "episode {episodes} failed; play it again with --seed {seed} --episode {episodes}"
                );
                found
                    .notes
                    .iter()
                    .take(5)
                    .for_each(|note| println!("  {note}"));
            }
        }
        total.turns += found.turns;
        total.crashes += found.crashes;
        total.effects += found.effects;
        total.unknown_reported += found.unknown_reported;
        total.repeats += found.repeats;
        total.given_up += found.given_up;
        total.lost += found.lost;
        total.doubled += found.doubled;
        total.without_decision += found.without_decision;
        total.chain_ok = total.chain_ok && found.chain_ok;
        episodes += 1;
    }
    let report = json!({
        "version": 1,
        "seed": seed,
        "seeds": episodes,
        "turns": total.turns,
        "crashes": total.crashes,
        "effects": total.effects,
        "unknown_reported": total.unknown_reported,
        "marked_repeats": total.repeats,
        "failed_turns": total.given_up,
        "lost": total.lost,
        "doubled": total.doubled,
        "without_decision": total.without_decision,
        "chain_ok": total.chain_ok,
        "failed_episodes": failed,
        "seconds": began.elapsed().as_secs(),
    });
    println!("{report:#}");
    if let Some(file) = value("--json")
        && let Err(error) = std::fs::write(&file, format!("{report:#}\n"))
    {
        eprintln!("{file}: {error}. Name a file that can be written.");
        return ExitCode::from(2);
    }
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
