//! One episode: some dozens of messages under every fault, then calm until all is at rest.

use crate::process::{Killed, Process};
use crate::rng::Rng;
use sclerite::id::{ConversationId, DeliveryId};
use sclerite::message::{Author, Content, Inbound};
use sclerite::store::{approvals, wake};

/// How many messages an episode has.
const MESSAGES: usize = 40;
/// More steps than any episode needs until it rests.
const CALM_STEPS_MAX: u32 = 200_000;

/// What an episode leaves to be looked at.
pub struct Played {
    pub process: Process,
    /// Deliveries that were acknowledged.
    pub accepted: Vec<Sent>,
    pub crashes: u64,
    /// Whether it came to rest.
    pub rests: bool,
}

/// One delivery of a sender.
#[derive(Clone)]
pub struct Sent {
    pub inbound: Inbound,
    /// Whether the caller waits for the answer.
    pub held: bool,
    pub turn: Option<i64>,
}

pub fn play(seed: u64, number: u64) -> Played {
    let mut rng = Rng::new(seed, number);
    let undo_seconds = if rng.percent(30) { 10 } else { 0 };
    let mut waiting: Vec<Sent> = (0..MESSAGES).map(|n| message(&mut rng, n)).collect();
    waiting.reverse();
    let mut played = Played {
        process: Process::new(undo_seconds),
        accepted: Vec::new(),
        crashes: 0,
        rests: false,
    };
    fuse(&mut rng, &mut played.process);
    while !waiting.is_empty() || rng.percent(98) {
        if rng.below(400) == 0 || storm(&mut rng, &mut played, &mut waiting).is_err() {
            played.crashes += 1;
            played.process.restart();
            fuse(&mut rng, &mut played.process);
        }
    }
    played.process.restart();
    played.process.outside.calm = true;
    calm(&mut rng, &mut played);
    played
}

/// The process dies at one of the next statements.
fn fuse(rng: &mut Rng, process: &mut Process) {
    let statements = rng.between(1, 900);
    process.die_after(u32::try_from(statements).unwrap());
}

fn message(rng: &mut Rng, n: usize) -> Sent {
    let text = match rng.below(40) {
        0 => "/stop".to_owned(),
        1..=3 => "/resume".to_owned(),
        4 => "/cancel".to_owned(),
        5 => "/status".to_owned(),
        6 => "/new".to_owned(),
        7 => "/failures".to_owned(),
        8 => "note: something without a model".to_owned(),
        9..=24 => format!("please send it to ada@example.org ({n})"),
        _ => format!("please do something ({n})"),
    };
    let author = if rng.percent(8) {
        Author::Guest("mallory".to_owned())
    } else {
        Author::Owner
    };
    let thread = ["generic:home", "generic:work", "generic:else"][rng.below(3)];
    Sent {
        held: rng.percent(10),
        ..sent(author, thread, &text, &format!("delivery-{n}"))
    }
}

fn sent(author: Author, thread: &str, text: &str, id: &str) -> Sent {
    Sent {
        inbound: Inbound {
            channel: "generic".to_owned(),
            delivery: DeliveryId::try_from(id).unwrap(),
            conversation: ConversationId::try_from(thread).unwrap(),
            author,
            content: Content::Text {
                text: text.to_owned(),
                attachments: vec![],
                reply_to: None,
            },
        },
        held: false,
        turn: None,
    }
}

/// One thing happens.
fn storm(rng: &mut Rng, played: &mut Played, waiting: &mut Vec<Sent>) -> Result<(), Killed> {
    match rng.below(100) {
        0..=7 => {
            // Deliveries overtake one another, and a sender that heard nothing sends again.
            let far = rng.below(waiting.len().min(3));
            let at = waiting.len().wrapping_sub(1 + far);
            if let Some(sent) = waiting.get(at).cloned() {
                let accepted = accept(rng, played, &sent)?;
                waiting.remove(at);
                played.accepted.push(accepted);
            }
        }
        8 => {
            // A delivery comes a second time although it was acknowledged.
            if !played.accepted.is_empty() {
                let again = played.accepted[rng.below(played.accepted.len())].clone();
                accept(rng, played, &again)?;
            }
        }
        9..=11 => answer(rng, played)?,
        12 => {
            // A caller who waits hangs up.
            let held: Vec<i64> = played
                .accepted
                .iter()
                .filter(|it| it.held)
                .filter_map(|it| it.turn)
                .collect();
            if !held.is_empty() {
                let seq = held[rng.below(held.len())];
                played
                    .process
                    .engine(rng, |engine| engine.release(seq))?
                    .unwrap();
            }
        }
        13..=40 => {
            // Time passes, now and then a lot of it; sometimes the clock is set back.
            let wait = match rng.below(40) {
                0 => rng.between(60_000, 7_200_000),
                1 => rng.between(-5_000, -1),
                2..=6 => rng.between(1_000, 30_000),
                _ => rng.between(0, 400),
            };
            played.process.now = played.process.now.plus_millis(wait);
            played.process.wake(rng)?;
        }
        41..=50 => {
            played.process.wake(rng)?;
        }
        _ => played.process.advance(rng)?,
    }
    Ok(())
}

/// Takes a delivery in, as the object's request handler does.
fn accept(rng: &mut Rng, played: &mut Played, sent: &Sent) -> Result<Sent, Killed> {
    let accepted = played
        .process
        .engine(rng, |engine| engine.accept(&sent.inbound, sent.held))?
        .unwrap();
    if accepted.fresh {
        played.process.is_counted(accepted.seq);
    }
    if accepted.control {
        let jobs = played
            .process
            .engine(rng, |engine| engine.begin(accepted.seq))?
            .unwrap();
        played.process.take(jobs);
    }
    Ok(Sent {
        turn: Some(accepted.seq),
        ..sent.clone()
    })
}

/// The owner answers one of the questions that wait, sometimes another one than was asked.
fn answer(rng: &mut Rng, played: &mut Played) -> Result<(), Killed> {
    let asked = approvals::waiting(played.process.store(), 50).unwrap();
    if asked.is_empty() {
        return Ok(());
    }
    let one = &asked[rng.below(asked.len())];
    let hash = if rng.percent(5) {
        "0".repeat(64)
    } else {
        one.call_hash.clone()
    };
    let yes = rng.percent(75);
    // A wrong hash is refused, which is an answer too.
    if let Ok(answered) = played
        .process
        .engine(rng, |engine| engine.answer(&one.id, yes, &hash))?
    {
        played.process.take(answered.jobs);
    }
    Ok(())
}

/// Everything works now, until nothing is left to do.
fn calm(rng: &mut Rng, played: &mut Played) {
    let resume = sent(Author::Owner, "generic:home", "/resume", "calm");
    let accepted = accept(rng, played, &resume).unwrap();
    played.accepted.push(accepted);
    for _ in 0..CALM_STEPS_MAX {
        if played.process.is_busy() {
            played.process.advance(rng).unwrap();
            continue;
        }
        if played.process.wake(rng).unwrap() {
            continue;
        }
        if !approvals::waiting(played.process.store(), 1)
            .unwrap()
            .is_empty()
            && rng.percent(90)
        {
            answer(rng, played).unwrap();
            continue;
        }
        let Some(at) = wake::next(played.process.store()).unwrap() else {
            played.rests = true;
            return;
        };
        played.process.now = at.max(played.process.now.plus_millis(1));
    }
}
