//! Limits of what may be spent: no planner, no provider and no crash gets past one by more than a call.

use super::sim::{Killed, Sim, calls, is_done, owner, text};
use crate::agent::effect::{Job, Outcome, Prepared};
use crate::audit::Entry;
use crate::budget::{Amounts, Period, Used};
use crate::message::Locale;
use crate::models::{ModelCall, ModelError, ModelReply, ModelSettings, Usage, retry};
use crate::policy::Permit;
use crate::store::turns::Status;
use crate::store::{self, Cell, ledger};
use crate::time::Zone;
use proptest::prelude::*;
use serde_json::json;

impl Amounts {
    /// The larger of both, each for itself.
    pub(super) fn most(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.max(other.tokens),
            microusd: self.microusd.max(other.microusd),
            bytes: self.bytes.max(other.bytes),
        }
    }
}

impl Sim {
    /// What is used now.
    pub(super) fn used(&self) -> Used {
        let zone = store::settings::get(self.store(), "zone").unwrap();
        let zone = zone.and_then(|zone| Zone::named(&zone));
        let period = Period::at(self.now, zone.as_ref());
        ledger::used(self.store(), &period, (-1, -1), "").unwrap()
    }

    /// Asks a model as the platform does, which may be patient.
    pub(super) fn ask_patiently(
        &mut self,
        job: &Job,
        settings: &ModelSettings,
        call: &ModelCall,
        permit: &Permit,
    ) -> Result<Outcome, Killed> {
        for attempt in 1.. {
            let reply = self.ask(job, settings, call.clone(), permit);
            let failure = reply.as_ref().err().filter(|_| self.patient);
            let Some(error) = failure.filter(|e| retry::delay_ms(attempt, e, 0).is_some()) else {
                return Ok(Outcome::Model(reply));
            };
            self.tick()?;
            if !self.engine(|engine| engine.try_again(job, error))?.unwrap() {
                return Ok(Outcome::Model(reply));
            }
        }
        Ok(Outcome::Kept)
    }

    pub(super) fn limit(&mut self, name: &str, most: &str) {
        let binding = format!("BUDGET_{name}");
        self.vault.0.insert(binding, most.to_owned());
    }

    /// The bytes of the longest prompt.
    fn longest(&self) -> u64 {
        let bytes = self.prompts.iter().map(|(_, prompt)| prompt.len());
        u64::try_from(bytes.max().unwrap_or(0)).unwrap()
    }

    pub(super) fn asked(&self) -> u64 {
        u64::try_from(self.prompts.len()).unwrap()
    }
}

/// The most tokens of a reply.
const REPLY: u64 = 2_048;

/// A planner that calls tools for ever, each time others, and says that it took so much.
pub(super) fn looping(tokens_in: u64, tokens_out: u64) -> Sim {
    let mut sim = Sim::scripted(vec![]);
    sim.script = Box::new(move |turn, _| Ok(again(turn.steps, tokens_in, tokens_out)));
    sim.peak = Some(Amounts::default());
    sim
}

fn again(step: u32, tokens_in: u64, tokens_out: u64) -> ModelReply {
    ModelReply {
        usage: Usage {
            tokens_in,
            tokens_out,
        },
        ..calls(&[("mail_list", json!({"from": format!("sender {step}")}))])
    }
}

/// The owner writes so many messages, each in its own words.
fn write(sim: &mut Sim, messages: u32) {
    for n in 0..messages {
        sim.say(&format!("message {n}"));
    }
}

pub(super) fn stops(sim: &Sim) -> usize {
    let heard = sim.heard();
    heard.matches("I stopped here to stay within").count()
}

#[test]
fn a_planner_that_calls_tools_for_ever_stays_within_the_day() {
    for cap in [60_000_u64, 100_000, 250_000, 1_000_000] {
        let mut sim = looping(7_000, 300);
        sim.limit("TOKENS_DAY", &cap.to_string());
        write(&mut sim, 30);
        let used = sim.used().today;
        assert!(sim.peak.unwrap().tokens <= cap, "{cap}: {:?}", sim.peak);
        assert_eq!(used.tokens, sim.asked() * 7_300, "{cap}");
        // It stops only where a further call might not fit.
        assert!(
            used.tokens + sim.longest() + REPLY + 1_000 > cap,
            "{cap}: {used:?}"
        );
        assert!(stops(&sim) > 0 && sim.is_at_rest());
        let limited = |entry: &&Entry| {
            matches!(entry, Entry::Decided { tool, decision, reason, args, .. }
                if tool == "ask_model" && decision == "deny" && reason == "over_budget"
                    && args[0].0 == "tokens_day")
        };
        assert_eq!(sim.entries().iter().filter(limited).count(), stops(&sim));
    }
}

#[test]
fn at_the_limit_only_what_costs_nothing_goes_on() {
    let mut sim = looping(7_000, 300);
    sim.limit("TOKENS_DAY", "60000");
    sim.say("remind me in 5 minutes to call Ada");
    sim.say("/remind in 5 minutes call Ada");
    write(&mut sim, 8);
    let asked = sim.asked();
    let turn = sim.say("one more");
    assert_eq!((turn.status, sim.asked()), (Status::Failed, asked));
    assert_eq!(turn.messages.len(), 1, "{:?}", turn.messages);
    let words = turn.messages[0].message.plain(Locale::En);
    for part in [
        "Tokens today",
        "of 60,000 used",
        "2026-11-24 00:00 (Europe/Paris)",
        "BUDGET_TOKENS_DAY",
    ] {
        assert!(words.contains(part), "{words}");
    }
    for command in [
        "/help",
        "/status",
        "/budget",
        "/note buy milk",
        "/inbox",
        "/approvals",
    ] {
        assert!(is_done(&sim.say(command)), "{command}");
    }
    sim.now = sim.now.plus_millis(6 * 60_000);
    sim.work().unwrap();
    assert!(sim.heard().contains("Reminder: "), "{}", sim.heard());
    assert_eq!(sim.asked(), asked);
}

#[test]
fn a_provider_that_reports_more_than_it_can_have_used_ends_it_with_that_call() {
    for told in [1_000_000, u64::MAX] {
        let mut sim = looping(told, 5);
        sim.limit("TOKENS_DAY", "900000");
        write(&mut sim, 10);
        assert_eq!(sim.asked(), 1, "it was asked again");
        assert!(sim.used().today.tokens >= 1_000_000);
        assert!(is_done(&sim.say("/budget")) && sim.is_at_rest());
    }
}

#[test]
fn a_provider_that_reports_nothing_is_counted_by_what_was_reserved() {
    let mut sim = looping(0, 0);
    sim.limit("TOKENS_DAY", "300000");
    write(&mut sim, 20);
    let sent: u64 = sim
        .prompts
        .iter()
        .map(|(_, prompt)| u64::try_from(prompt.len()).unwrap())
        .sum();
    let used = sim.used().today;
    assert_eq!(used.tokens, sent + sim.asked() * REPLY);
    assert_eq!(used.bytes, sent);
    assert!(sim.peak.unwrap().tokens <= 300_000 && stops(&sim) > 0);
    let turns: u64 = (1..=20).map(|seq| sim.turn(seq).used().tokens).sum();
    assert_eq!(turns, used.tokens, "the turns know of it too");
}

#[test]
fn calls_that_fail_and_are_made_again_count_each_time() {
    let failure = |error: ModelError| {
        let mut sim = looping(0, 0);
        sim.patient = true;
        sim.script = Box::new(move |_, _| Err(error.clone()));
        sim.limit("TOKENS_DAY", "300000");
        write(&mut sim, 20);
        assert!(sim.is_at_rest());
        assert!(sim.peak.unwrap().tokens <= 300_000, "{:?}", sim.peak);
        sim
    };
    let status = |status| ModelError::Status {
        status,
        retry_after_ms: None,
    };
    for error in [ModelError::Offline, status(500), status(504)] {
        let sim = failure(error);
        let sent: u64 = sim
            .prompts
            .iter()
            .map(|(_, prompt)| u64::try_from(prompt.len()).unwrap())
            .sum();
        assert_eq!(sim.used().today.tokens, sent + sim.asked() * REPLY);
        assert!(sim.asked() < 15 && stops(&sim) > 0, "{}", sim.asked());
    }
    // Who says that they did not work on it does not charge for it; its bytes left all the same.
    for error in [status(429), status(503), status(401)] {
        let sim = failure(error);
        let sent: u64 = sim
            .prompts
            .iter()
            .map(|(_, prompt)| u64::try_from(prompt.len()).unwrap())
            .sum();
        let used = sim.used().today;
        assert_eq!((used.tokens, used.bytes), (0, sent));
        assert_eq!(stops(&sim), 0);
    }
}

#[test]
fn a_death_between_asking_and_hearing_keeps_what_was_reserved() {
    const CAP: u64 = 90_000;
    let mut deaths = 0;
    for n in 0.. {
        let mut sim = looping(7_000, 300);
        sim.limit("TOKENS_DAY", &CAP.to_string());
        sim.fuse = Some(n);
        let killed = sim.accept(&owner("go on"), false).is_err() || sim.work().is_err();
        sim.restart();
        sim.accept(&owner("go on"), false).unwrap();
        sim.work().unwrap();
        write(&mut sim, 2);
        assert!(sim.is_at_rest());
        let used = sim.used().today;
        assert!(
            sim.peak.unwrap().tokens <= CAP,
            "died at {n}: {:?}",
            sim.peak
        );
        // Each prompt that left is counted; one is as it was reserved, if its answer is lost or it
        // was about to leave, and that one may be the longest yet.
        let answered = sim.asked() * 7_300;
        assert!(used.tokens >= answered, "died at {n}: {used:?}");
        let reserved = sim.longest() + REPLY + 1_000;
        assert!(used.tokens <= answered + reserved, "died at {n}: {used:?}");
        let held = sim
            .store()
            .run("SELECT count(*) FROM effects WHERE tokens > 0", &[]);
        assert_eq!(
            held.unwrap(),
            [[Cell::Int(0)]],
            "died at {n}: a reservation is left"
        );
        deaths += u32::from(killed);
        if !killed {
            break;
        }
    }
    assert!(deaths > 20, "only {deaths} deaths");
}

#[test]
fn money_is_limited_for_models_that_have_a_price_and_for_no_others() {
    let mut sim = looping(7_000, 300);
    sim.models(&["priced"]);
    sim.limit("USD_DAY", "0.20");
    write(&mut sim, 20);
    // Two dollars for a million read, ten for a million written.
    let each = 7_000 * 2 + 300 * 10;
    assert_eq!(sim.used().today.microusd, sim.asked() * each);
    assert!(sim.peak.unwrap().microusd <= 200_000 && stops(&sim) > 0);
    assert!(sim.heard().contains("Money today: $0."), "{}", sim.heard());
    assert!(
        !sim.say("/budget").messages[0]
            .message
            .plain(Locale::En)
            .contains("no price")
    );

    let mut sim = looping(7_000, 300);
    sim.limit("USD_DAY", "0");
    write(&mut sim, 3);
    assert_eq!(stops(&sim), 0);
    let words = sim.say("/budget").messages[0].message.plain(Locale::En);
    assert!(
        words.contains("scripted has no price, so money is not limited"),
        "{words}"
    );
}

#[test]
fn a_turn_that_is_too_long_stops_and_the_next_one_begins_anew() {
    let mut sim = looping(20_000, 300);
    sim.limit("TOKENS_TURN", "90000");
    for n in 0..5 {
        let turn = sim.say(&format!("message {n}"));
        assert_eq!(turn.status, Status::Failed);
        assert!(turn.steps >= 2 && turn.used().tokens <= 90_000, "{turn:?}");
        let words = turn.messages.last().unwrap().message.plain(Locale::En);
        assert!(words.contains("Tokens of one message"), "{words}");
        assert!(words.contains("Your next message counts anew."), "{words}");
    }
    let budget = sim.say("/budget").messages[0].message.plain(Locale::En);
    let largest = (1..=5)
        .map(|seq| sim.turn(seq).used().tokens)
        .max()
        .unwrap();
    let line = format!(
        "- Tokens of one message: {},{:03} of 90,000",
        largest / 1000,
        largest % 1000
    );
    assert!(budget.contains(&line), "{line}\n{budget}");
}

#[test]
fn the_reader_counts_and_at_the_limit_gives_no_answer() {
    let run = |most: &str| {
        let question = json!({"handles": ["$mail_1"], "question": "What is new?", "as": "text"});
        let replies = vec![
            calls(&[("mail_list", json!({}))]),
            calls(&[("ask", question)]),
            text("So."),
        ];
        let mut sim = Sim::reading(replies, |_| json!({"answer": "news"}).to_string());
        sim.limit("BYTES_DAY", most);
        let turn = sim.say("What is new?");
        (sim, turn)
    };
    let (sim, turn) = run("50000000");
    assert_eq!((sim.read.len(), turn.spent.quarantined_calls), (1, 1));
    assert_eq!(
        sim.used().today.tokens,
        4 * 110,
        "three prompts and a question"
    );
    let planner: u64 = sim
        .prompts
        .iter()
        .map(|(_, prompt)| u64::try_from(prompt.len()).unwrap())
        .sum();
    // There is room for the planner's first two prompts and for half a question.
    let third = u64::try_from(sim.prompts[2].1.len()).unwrap();
    let (sim, turn) = run(&(planner - third + 500).to_string());
    assert!(sim.read.is_empty(), "it was asked");
    assert_eq!(sim.prompts.len(), 2);
    assert_eq!(stops(&sim), 1, "{}", sim.heard());
    assert!(
        sim.heard().contains("I got no answer for: ask."),
        "{}",
        sim.heard()
    );
    assert_eq!(turn.status, Status::Failed);
    // The planner is told what it would be told of an answer.
    assert!(
        turn.calls[1].result.as_ref().unwrap().contains("$answer_2"),
        "{turn:?}"
    );
}

#[test]
fn a_call_that_is_cancelled_stays_booked_until_its_answer_comes() {
    for late in [true, false] {
        let mut sim = Sim::scripted(vec![]);
        let seq = sim.accept(&owner("hello"), false).unwrap().seq;
        let jobs = sim.engine(|engine| engine.begin(seq)).unwrap().unwrap();
        let prepared = sim
            .engine(|engine| engine.prepare(&jobs[0]))
            .unwrap()
            .unwrap();
        assert!(matches!(prepared, Some(Prepared::Model { .. })));
        let reserved = sim.used().today;
        assert!(reserved.tokens > REPLY);
        sim.accept(&owner("/cancel"), false).unwrap();
        assert_eq!(sim.used().today, reserved);
        // Its answer may even come on the next day.
        let asked_on = sim.now;
        sim.now = sim.now.plus_millis(24 * 3_600_000);
        assert_eq!(sim.used().today, Amounts::default());
        if late {
            let outcome = Outcome::Model(Ok(text("Hello.")));
            sim.engine(|engine| engine.complete(&jobs[0], outcome))
                .unwrap()
                .unwrap();
        }
        sim.now = asked_on;
        let tokens = if late { 110 } else { reserved.tokens };
        assert_eq!(sim.used().today.tokens, tokens);
        assert_eq!(sim.used().today.bytes, reserved.bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any planner, any provider, any death: used never exceeds the limit, unless a provider reports
    /// more than was reserved, and then by that one report.
    #[test]
    fn what_is_used_never_exceeds_the_limit_by_more_than_one_call(
        cap in 30_000_u64..400_000,
        usage in proptest::collection::vec((0_u64..40_000, 0_u64..4_000, 0_u8..10), 12),
        fuse in 0_u32..120,
        hours in proptest::collection::vec(0_i64..30, 6),
    ) {
        let mut sim = looping(0, 0);
        sim.patient = true;
        sim.limit("TOKENS_DAY", &cap.to_string());
        let largest = usage.iter().map(|(read, written, _)| read + written).max().unwrap();
        sim.script = Box::new(move |turn, _| {
            let step = usize::try_from(turn.steps).unwrap();
            let (read, written, luck) = usage[step % usage.len()];
            match luck {
                0 => Err(ModelError::Offline),
                1 => Err(ModelError::Status { status: 529, retry_after_ms: None }),
                2 => Err(ModelError::Malformed),
                _ => Ok(again(turn.steps, read, written)),
            }
        });
        sim.fuse = Some(fuse);
        for (n, hours) in hours.into_iter().enumerate() {
            let words = format!("message {n}");
            if sim.accept(&owner(&words), false).is_err() || sim.work().is_err() {
                sim.restart();
                sim.accept(&owner(&words), false).unwrap();
                sim.work().unwrap();
            }
            sim.now = sim.now.plus_millis(hours * 3_600_000);
        }
        prop_assert!(sim.is_at_rest());
        let peak = sim.peak.unwrap().tokens;
        prop_assert!(peak <= cap + largest, "{peak} of {cap}");
        // Without a report that is larger than what was reserved there is no excess at all.
        if largest <= sim.longest() {
            prop_assert!(peak <= cap, "{peak} of {cap}");
        }
    }
}
