//! A worse label, a worse circumstance or a larger audience never loosens a decision.

use super::*;
use crate::label::strategies::labels;
use crate::value::strategies::{items, paths, relabelled};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One way in which a call can become worse.
#[derive(Debug, Clone)]
enum Worse {
    Integrity(Index, Index),
    Readers(Index, Index, Label),
    Selected(Index, Index),
    NoLabel(Index, Index),
    Joined(Index, Index, Label),
    NotKnown(Index),
    NotSaid(Index),
    Watched(u8),
    Circumstance(u8),
}

fn worsenings() -> impl Strategy<Value = Worse> {
    let place = || (any::<Index>(), any::<Index>());
    prop_oneof![
        place().prop_map(|(a, p)| Worse::Integrity(a, p)),
        (place(), labels()).prop_map(|((a, p), label)| Worse::Readers(a, p, label)),
        place().prop_map(|(a, p)| Worse::Selected(a, p)),
        place().prop_map(|(a, p)| Worse::NoLabel(a, p)),
        (place(), labels()).prop_map(|((a, p), label)| Worse::Joined(a, p, label)),
        any::<Index>().prop_map(Worse::NotKnown),
        any::<Index>().prop_map(Worse::NotSaid),
        (0_u8..4).prop_map(Worse::Watched),
        (0_u8..6).prop_map(Worse::Circumstance),
    ]
}

fn audiences() -> impl Strategy<Value = Audience> {
    let people = select(vec!["mail:ada@a.example", "mail:bo@a.example", "user:cy"]);
    let people =
        proptest::collection::btree_map(people.prop_map(str::to_owned), any::<bool>(), 1..4);
    prop_oneof![
        Just(Audience::Nobody),
        any::<bool>().prop_map(|named| Audience::Everyone { named }),
        people.prop_map(Audience::People),
    ]
}

fn wordings() -> impl Strategy<Value = Wording> {
    select(vec![Wording::None, Wording::Owner, Wording::Planner])
}

fn calls() -> impl Strategy<Value = Call> {
    let argument = option::weighted(0.6, (items(), any::<bool>(), wordings()));
    let arguments = vec(argument, ARGS.len());
    (select(WEIGHTS.to_vec()), arguments, audiences()).prop_map(|(weight, arguments, audience)| {
        let mut call = empty(weight);
        call.audience = audience;
        for (spec, given) in ARGS.iter().zip(arguments) {
            let Some((item, known, wording)) = given else {
                continue;
            };
            let argument = Argument {
                known,
                wording,
                ..Argument::new(spec, item, Origin::Literal)
            };
            call.args.insert(spec.name, argument);
        }
        call
    })
}

fn circumstances() -> impl Strategy<Value = Circumstances> {
    // Most calls are made while nothing is stopped.
    (0_u32..1 << 9).prop_map(|n| Case::nth(EffectClass::Read, n).now)
}

fn change_label(
    call: &mut Call,
    argument: Index,
    place: Index,
    change: &mut dyn FnMut(&Label) -> Label,
) {
    change_argument(call, argument, |argument| {
        let paths = paths(&argument.item);
        let path = place.get(&paths);
        argument.item = relabelled(&argument.item, path, change);
    });
}

fn change_argument(call: &mut Call, which: Index, change: impl FnOnce(&mut Argument)) {
    let mut arguments: Vec<&mut Argument> = call.args.values_mut().collect();
    if !arguments.is_empty() {
        let at = which.index(arguments.len());
        change(arguments[at]);
    }
}

fn watched(audience: &Audience, how: u8) -> Audience {
    match (audience, how) {
        (Audience::Nobody, 0) => Audience::Everyone { named: true },
        (Audience::Everyone { .. }, _) | (_, 1) => Audience::Everyone { named: false },
        (Audience::People(people), 2) => {
            let unnamed = people.keys().map(|name| (name.clone(), false));
            Audience::People(unnamed.collect())
        }
        (Audience::People(people), _) => {
            let mut more = people.clone();
            more.entry("mail:eve@e.example".into()).or_insert(false);
            Audience::People(more)
        }
        (Audience::Nobody, _) => {
            Audience::People(BTreeMap::from([("mail:eve@e.example".into(), false)]))
        }
    }
}

fn make_worse(call: &mut Call, now: &mut Circumstances, worse: &Worse) {
    match worse.clone() {
        Worse::Integrity(argument, place) => {
            change_label(call, argument, place, &mut |label| Label {
                integrity: match label.integrity {
                    Integrity::Owner => Integrity::Attested,
                    Integrity::Attested | Integrity::Untrusted => Integrity::Untrusted,
                },
                ..label.clone()
            });
        }
        Worse::Readers(argument, place, other) => {
            change_label(call, argument, place, &mut |label| Label {
                readers: label.readers.intersect(&other.readers),
                ..label.clone()
            });
        }
        Worse::Selected(argument, place) => {
            change_label(call, argument, place, &mut |label| label.clone().picked());
        }
        Worse::NoLabel(argument, place) => {
            change_label(call, argument, place, &mut |_| Label::worst());
        }
        Worse::Joined(argument, place, other) => {
            change_label(call, argument, place, &mut |label| label.join(&other));
        }
        Worse::NotKnown(which) => change_argument(call, which, |argument| argument.known = false),
        Worse::NotSaid(which) => {
            change_argument(call, which, |argument| argument.wording = Wording::Planner);
        }
        Worse::Watched(how) => call.audience = watched(&call.audience, how),
        Worse::Circumstance(0) => now.stopped = true,
        Worse::Circumstance(1) => now.exposed = true,
        Worse::Circumstance(2) => now.tainted = true,
        Worse::Circumstance(3) => now.in_bulk = true,
        Worse::Circumstance(4) => now.announced = false,
        Worse::Circumstance(_) => now.covered = false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn decide_is_antitone(
        call in calls(),
        now in circumstances(),
        worse in vec(worsenings(), 1..5),
    ) {
        let before = verdict(&by_default(&call, now));
        let (mut later, mut then) = (call.clone(), now);
        for worse in &worse {
            make_worse(&mut later, &mut then, worse);
            let after = verdict(&by_default(&later, then));
            prop_assert!(after >= before, "{:?} {:?} became {:?} {:?}", call, now, later, then);
        }
    }

    #[test]
    fn each_condition_only_ever_comes_on(call in calls(), worse in vec(worsenings(), 1..5)) {
        let now = Circumstances::default();
        let holds = |call: &Call| [is_steered(call), leaks(call), is_picked(call), !is_grounded(call)];
        let before = holds(&call);
        let (mut later, mut then) = (call.clone(), now);
        for worse in &worse {
            make_worse(&mut later, &mut then, worse);
        }
        for (before, after) in before.into_iter().zip(holds(&later)) {
            prop_assert!(after >= before);
        }
    }

    #[test]
    fn conditions_are_those_of_the_joined_labels(call in calls()) {
        for argument in call.args.values() {
            let steered = argument.control_label().integrity == Integrity::Untrusted;
            prop_assert_eq!(argument.is_steered(), steered);
        }
        let picked = call.args.values().any(|argument| argument.item.total_label().selected);
        prop_assert_eq!(is_picked(&call), picked);
        let carried = call.args.values().filter(|argument| {
            argument.spec.role == ArgRole::Content || argument.spec.name == "rules"
        });
        let mut leaves = carried.flat_map(|argument| {
            let all = paths(&argument.item).into_iter();
            all.filter_map(|path| argument.item.at(&path))
        });
        let told = leaves.any(|part| {
            let label = part.label();
            let own = label.integrity == Integrity::Owner && label.sources.is_empty();
            let says = part.peek().as_text().is_some();
            says && !own && !may_read(&label.readers, &call.audience)
        });
        prop_assert_eq!(leaks(&call), told);
    }

    #[test]
    fn decide_is_deterministic(call in calls(), now in circumstances()) {
        let first = by_default(&call, now);
        let again = by_default(&call.clone(), now);
        prop_assert_eq!(verdict(&first), verdict(&again));
        prop_assert_eq!(reason(&first), reason(&again));
    }

    #[test]
    fn values_are_not_looked_at(call in calls(), now in circumstances(), other in items()) {
        // Whatever stands in a leaf, the decision follows from labels and flags alone.
        let mut changed = call.clone();
        for argument in changed.args.values_mut() {
            blank(&mut argument.item, other.text().unwrap_or("zzz"));
        }
        let (before, after) = (by_default(&call, now), by_default(&changed, now));
        prop_assert_eq!(verdict(&before), verdict(&after));
        prop_assert_eq!(reason(&before), reason(&after));
    }

    #[test]
    fn an_argument_without_labels_is_as_bad_as_can_be(
        call in calls(), now in circumstances(), which in any::<Index>(),
    ) {
        let before = verdict(&by_default(&call, now));
        let mut worst = call.clone();
        change_argument(&mut worst, which, |argument| {
            for path in paths(&argument.item) {
                argument.item = relabelled(&argument.item, &path, &mut |_| Label::worst());
            }
            argument.known = false;
        });
        prop_assert!(verdict(&by_default(&worst, now)) >= before);
    }
}

/// Whether everybody who learns it may read it, as the specification says it.
fn may_read(readers: &Readers, audience: &Audience) -> bool {
    match (readers, audience) {
        (_, Audience::Nobody) | (Readers::Everyone, _) => true,
        (Readers::Only(_), Audience::Everyone { named }) => *named,
        (Readers::Only(known), Audience::People(people)) => people
            .iter()
            .all(|(identity, named)| *named || known.contains(identity)),
    }
}

fn blank(item: &mut Item, with: &str) {
    item.change(|value| match value {
        Value::List(items) => items.iter_mut().for_each(|item| blank(item, with)),
        Value::Record(fields) => fields.values_mut().for_each(|item| blank(item, with)),
        Value::Null => {}
        Value::Bool(_) | Value::Int(_) | Value::Number(_) | Value::Text(_) | Value::Time(_) => {
            *value = Value::Text(with.to_owned());
        }
    });
}
