//! What it costs to look for secrets: `cargo bench --bench leak`.
//!
//! A megabyte of what requests have in it is searched for twelve secrets in every way of writing
//! them; beside it stands what it takes to get ready once, and how often the bindings are read.

// A benchmark may fail where it stands.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sclerite::egress::redact::Redactor;
use sclerite::egress::{Vault, table};
use std::cell::Cell;
use std::hint::black_box;

const BYTES: usize = 1 << 20;

/// Every binding set; `turn` makes other values.
struct Full {
    turn: Cell<u64>,
    reads: Cell<u64>,
}

impl Vault for Full {
    fn read(&self, binding: &str) -> Option<String> {
        self.reads.set(self.reads.get() + 1);
        let mut state = self.turn.get();
        for byte in binding.bytes() {
            state = state.wrapping_mul(31).wrapping_add(u64::from(byte));
        }
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let key = (0..40).map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let at = usize::try_from(state >> 58).unwrap();
            char::from(*letters.get(at).unwrap())
        });
        Some(key.collect())
    }
}

fn texts() -> Vec<(&'static str, Vec<u8>)> {
    let prose = "Dear Ada, the order of 2024-11-07 (no. 4711) is on its way; see the list below.\n";
    let prose = prose.repeat(BYTES / prose.len());
    let json = serde_json::json!({"messages": [{"role": "user", "content": prose}]}).to_string();
    let record = r#"{"id":"m_17","from":"ada@example.org","read":true,"size":4711},"#;
    let records = record.repeat(BYTES / record.len());
    let random: Vec<u8> = Full {
        turn: Cell::new(7),
        reads: Cell::new(0),
    }
    .read("X")
    .unwrap()
    .into_bytes()
    .iter()
    .cycle()
    .zip(0_u32..)
    .map(|(byte, n)| byte.wrapping_add(u8::try_from(n.wrapping_mul(2_654_435_761) >> 26).unwrap()))
    .map(|byte| b'A' + byte % 26)
    .take(BYTES)
    .collect();
    vec![
        ("prose", prose.into_bytes()),
        ("prompt", json.into_bytes()),
        ("records", records.into_bytes()),
        ("letters", random),
    ]
}

fn leak(criterion: &mut Criterion) {
    let vault = Full {
        turn: Cell::new(1),
        reads: Cell::new(0),
    };
    let redactor = Redactor::new(&vault);
    let mut group = criterion.benchmark_group("leak");
    group.sample_size(20);
    for (name, text) in texts() {
        group.throughput(Throughput::Bytes(u64::try_from(text.len()).unwrap()));
        group.bench_function(name, |bench| {
            bench.iter(|| assert!(!black_box(&redactor).finds(black_box(&text))));
        });
    }
    group.finish();
    criterion.bench_function("leak/known values", |bench| {
        bench.iter(|| black_box(Redactor::new(&vault)));
    });
    criterion.bench_function("leak/new values", |bench| {
        bench.iter(|| {
            vault.turn.set(vault.turn.get() + 1);
            black_box(Redactor::new(&vault))
        });
    });
    vault.reads.set(0);
    drop(Redactor::new(&vault));
    let bindings = table::secret_bindings().count();
    assert!(vault.reads.get() <= u64::try_from(bindings).unwrap());
}

criterion_group!(benches, leak);
criterion_main!(benches);
