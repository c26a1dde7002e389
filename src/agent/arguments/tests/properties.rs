//! Resolving and judging never make a value better than what it was made of.

use super::*;
use crate::agent::arguments::judging::disarm;
use crate::agent::test_world::{ANY, World, decided, spec};
use crate::label::strategies::{is_no_better, labels};
use crate::policy::Circumstances;
use crate::value::Step;
use crate::value::strategies::{items, leaves, paths, relabelled};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// The type of an argument, and a reference that fills it.
fn arguments() -> impl Strategy<Value = &'static ArgSpec> {
    select((0..spec("send_any").args.len()).collect::<Vec<_>>())
        .prop_map(|n| spec("send_any").args.get(n).unwrap())
}

/// Everything that the result holds, be it nothing, is no better than some part of the source: what
/// holds it in turn may be a list that the planner wrote.
fn check_no_better(result: &Item, source: &Item) -> Result<(), TestCaseError> {
    let parts: Vec<Label> = paths(source)
        .iter()
        .map(|path| source.at(path).unwrap().label().clone())
        .collect();
    for path in paths(result) {
        let part = result.at(&path).unwrap();
        if paths(&part).len() > 1 {
            continue;
        }
        let fits = parts.iter().any(|label| is_no_better(part.label(), label));
        prop_assert!(fits, "{:?} of {:?} from {:?}", part, result, source);
    }
    Ok(())
}

proptest! {
    #[test]
    fn fitting_a_value_keeps_its_label(item in items(), argument in arguments()) {
        if let Ok(fitted) = fit(&item, argument.holds, None) {
            prop_assert!(is_no_better(&fitted.total_label(), item.label()));
            check_no_better(&fitted, &item)?;
        }
    }

    #[test]
    fn an_argument_by_handle_is_no_better_than_what_is_behind_it(
        item in items(), argument in arguments(), in_a_list in any::<bool>(),
    ) {
        let world = World::said("7 ada@a.example").keep("$data_1", Kind::Data, item.clone());
        for path in paths(&item) {
            let reference = Reference { name: "$data_1".into(), path: path.clone() }.text();
            let given = if in_a_list { json!([reference]) } else { json!(reference) };
            let Ok(call) = world.call("send_any", json!({argument.name: given})) else {
                continue;
            };
            let part = item.at(&path).unwrap();
            let filled = &call.args[argument.name];
            prop_assert!(is_no_better(&filled.item.total_label(), part.label()));
            check_no_better(&filled.item, &part)?;
            // What it steers by is never better than all that is there.
            let control = filled.control_label();
            prop_assert!(control.integrity <= part.label().integrity);
        }
    }

    #[test]
    fn a_literal_is_the_owners_or_nobodys(value in leaves(), argument in arguments()) {
        let world = World::said("7 ada@a.example true");
        let given = Labeled::new(value, Label::worst()).to_json();
        if let Ok(call) = world.call("send_any", json!({argument.name: given})) {
            for argument in call.args.values() {
                let label = argument.item.total_label();
                prop_assert!(label.integrity != Integrity::Attested);
                let unsaid = BTreeSet::from(["planner".to_owned()]);
                let sources = match label.integrity {
                    Integrity::Owner => BTreeSet::new(),
                    Integrity::Untrusted | Integrity::Attested => unsaid,
                };
                prop_assert_eq!(label.sources, sources);
                prop_assert!(!label.selected);
            }
        }
    }

    #[test]
    fn no_worse_label_behind_a_handle_loosens_the_decision(
        item in items(),
        argument in arguments(),
        place in any::<Index>(),
        other in labels(),
        how in 0_u8..4,
        tool in select(ANY.to_vec()),
        covered in any::<bool>(),
    ) {
        let all = paths(&item);
        let path: &Vec<Step> = place.get(&all);
        let worse = relabelled(&item, path, &mut |label| match how {
            // What has no source is the planner's own words, which are held stricter than others':
            // a source would take them out of that.
            0 if label.sources.is_empty() => Label { sources: BTreeSet::new(), ..label.join(&other) },
            0 => label.join(&other),
            1 => label.clone().picked(),
            2 => label.clone().derived(),
            _ => Label::worst(),
        });
        let now = Circumstances { covered, ..Circumstances::default() };
        let decide = |item: &Item| {
            let world = World::said("7").knowing("user", &["7", "true"]).knowing("id", &["7"])
                .keep("$data_1", Kind::Data, item.clone());
            world.call(tool, json!({argument.name: "$data_1"})).map(|call| decided(&call, now))
        };
        let rank = |told: &str| match told.split(' ').next() {
            Some("allow") => 0,
            Some("ask") => 1,
            _ => 2,
        };
        match (decide(&item), decide(&worse)) {
            (Ok(before), Ok(after)) => {
                prop_assert!(rank(&after) >= rank(&before), "{} then {}", before, after);
            }
            (before, after) => prop_assert_eq!(before, after, "labels decided what fits"),
        }
    }

    #[test]
    fn making_harmless_keeps_every_label(item in items()) {
        let mut harmless = item.clone();
        disarm(&mut harmless, Integrity::Owner);
        prop_assert_eq!(paths(&harmless), paths(&item));
        for path in paths(&item) {
            let (before, after) = (item.at(&path).unwrap(), harmless.at(&path).unwrap());
            prop_assert_eq!(before.label(), after.label());
            if before.label().integrity > Integrity::Untrusted {
                prop_assert_eq!(before.text(), after.text());
            } else if let Some(text) = after.text() {
                let hidden = text.chars().any(crate::inert::is_hidden);
                prop_assert!(!text.contains("https://") && !hidden);
            }
        }
    }
}
