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

/// What the command line asks for.
struct Wanted {
    turns: u64,
    seed: u64,
    episode: Option<u64>,
    json: Option<String>,
}

fn wanted() -> Option<Wanted> {
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1).cloned()
    };
    let number = |name: &str| value(name).map(|text| text.parse()).transpose();
    Some(Wanted {
        turns: number("--turns").ok()?.unwrap_or(100_000),
        seed: number("--seed").ok()?.unwrap_or(1),
        episode: number("--episode").ok()?,
        json: value("--json"),
    })
}

fn main() -> ExitCode {
    let Some(wanted) = wanted() else {
        eprintln!("--turns, --seed and --episode take a number, as in --turns 100000 --seed 7");
        return ExitCode::from(2);
    };
    if sclerite::agent::planner::find("desk_send_file").is_none() {
        eprintln!(
            "This build has no service to act on: build with \
             SCLERITE_CONNECTIONS=tests/sim/connections.toml, or use `npm run sim`."
        );
        return ExitCode::from(2);
    }
    if let Some(number) = wanted.episode {
        let found = oracle::look(&episode::play(wanted.seed, number));
        let (turns, crashes) = (found.turns, found.crashes);
        println!("episode {number}: {turns} turns, {crashes} crashes");
        found.notes.iter().for_each(|note| println!("  {note}"));
        return outcome(found.is_fine());
    }
    let began = Instant::now();
    let (total, episodes, failed) = play_all(&wanted);
    let report = json!({
        "version": 1,
        "seed": wanted.seed,
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
    if let Some(file) = wanted.json
        && let Err(error) = std::fs::write(&file, format!("{report:#}\n"))
    {
        eprintln!("{file}: {error}. Name a file that can be written.");
        return ExitCode::from(2);
    }
    outcome(failed.is_empty())
}

fn outcome(fine: bool) -> ExitCode {
    if fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Plays episodes until there are enough turns; their sum, their number, and those that failed.
fn play_all(wanted: &Wanted) -> (Found, u64, Vec<u64>) {
    let seed = wanted.seed;
    let (mut episodes, mut failed) = (0, Vec::new());
    let mut total = Found {
        chain_ok: true,
        ..Found::default()
    };
    while total.turns < wanted.turns {
        let found = oracle::look(&episode::play(seed, episodes));
        if !found.is_fine() {
            failed.push(episodes);
            if failed.len() <= 5 {
                println!("episode {episodes} failed; again: --seed {seed} --episode {episodes}");
                let notes = found.notes.iter().take(5);
                notes.for_each(|note| println!("  {note}"));
            }
        }
        total.add(&found);
        episodes += 1;
    }
    (total, episodes, failed)
}
