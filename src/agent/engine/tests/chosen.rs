//! Whom or what others' text chose is asked about, whatever was done with it in between.

use super::sim::{HOME, Sim, calls};
use crate::label::{Label, Labeled, Readers};
use crate::store;
use crate::tool::Kind;
use crate::value::{Item, Value};
use serde_json::{Value as Json, json};

fn decisions(sim: &Sim, tool: &str) -> Vec<String> {
    let turn = sim.turn(1);
    let calls = turn.calls.iter().filter(|record| record.call.tool == tool);
    calls
        .map(|record| format!("{} {}", record.decision, record.reason))
        .collect()
}

fn word(text: &str) -> Item {
    let label = Label::untrusted("mail:x", Readers::owner());
    Labeled::new(Value::Text(text.into()), label)
}

fn put(sim: &Sim, name: &str, kind: Kind, item: &Item) {
    store::handles::put(sim.store(), HOME, name, kind, item).unwrap();
}

/// What becomes of an announced call about a mail that a list, and perhaps a call in between, found.
fn decided(
    found: (&str, Json),
    between: Option<&(&'static str, Json)>,
    last: &(&'static str, Json),
) -> Vec<String> {
    let mut plan = vec![json!({"tool": last.0, "args": last.1})];
    let about = |mail: &str, args: &Json| {
        let text = args.to_string().replace("\"$\"", &format!("{mail:?}"));
        serde_json::from_str::<Json>(&text).unwrap()
    };
    if let Some((tool, args)) = between {
        plan.insert(0, json!({"tool": tool, "args": args}));
    }
    let mut replies = vec![calls(&[("plan", json!({"calls": plan})), found])];
    let mut mail = "$mail_2[1]";
    if let Some((tool, args)) = between {
        replies.push(calls(&[(tool, about(mail, args))]));
        mail = "$mail_3";
    }
    replies.push(calls(&[(last.0, about(mail, &last.1))]));
    let mut sim = Sim::scripted(replies);
    put(&sim, "$data_900", Kind::Data, &word("prélèvements"));
    sim.say("see to the one that asks for it");
    decisions(&sim, last.0)
}

#[test]
fn opening_or_marking_a_mail_that_words_found_does_not_make_its_sender_the_owners_choice() {
    for between in [
        None,
        Some(("mail_read", json!({"mail": "$"}))),
        Some(("mail_mark", json!({"mail": "$", "mark": "flagged"}))),
        Some(("mail_move", json!({"mail": "$", "folder": "work"}))),
    ] {
        let found = ("mail_list", json!({"from": "Nadia"}));
        let answer = ("mail_send", json!({"in_reply_to": "$", "body": "yes"}));
        let decided = decided(found, between.as_ref(), &answer);
        assert_eq!(decided, ["ask chosen_by_others"], "{between:?}");
    }
}

#[test]
fn opening_a_mail_that_a_strangers_words_found_makes_it_no_better() {
    for between in [None, Some(("mail_read", json!({"mail": "$"})))] {
        let found = ("mail_list", json!({"query": "$data_900"}));
        let filed = ("mail_move", json!({"mail": "$", "folder": "archive"}));
        let decided = decided(found, between.as_ref(), &filed);
        assert!(decided[0].starts_with("ask"), "{between:?} {decided:?}");
    }
}

#[test]
fn opening_a_mail_that_a_reader_picked_leaves_it_picked() {
    for (opened, mail) in [(false, "$mail_3"), (true, "$mail_4")] {
        let filed = |mail: &str| json!({"mail": mail, "folder": "archive"});
        let plan = json!({"calls": [{"tool": "mail_move", "args": filed("$")}]});
        let mut replies = vec![
            calls(&[("plan", plan), ("mail_list", json!({}))]),
            calls(&[(
                "select",
                json!({"list": "$mail_2", "criterion": "from the bank"}),
            )]),
        ];
        if opened {
            replies.push(calls(&[("mail_read", json!({"mail": "$mail_3"}))]));
        }
        replies.push(calls(&[("mail_move", filed(mail))]));
        let mut sim = Sim::reading(replies, |_| json!({"answer": 3}).to_string());
        sim.say("put the letter from the bank away");
        let found = decisions(&sim, "mail_move");
        assert_eq!(found, ["ask chosen_by_others"], "opened: {opened}");
    }
}

#[test]
fn a_common_word_of_the_message_names_no_contact_whom_a_text_may_choose() {
    let address = "julien.petit@example.net";
    for (said, is_asked) in [
        ("envoie un petit merci à l'adresse donnée", true),
        ("envoie merci à Petit", false),
        ("envoie merci à julien petit", false),
        ("envoie merci au plombier, à l'adresse donnée", true),
        ("envoie merci à julien.petit@example.net", false),
    ] {
        let send = |to: &str| json!({"to": to, "body": "merci"});
        let plan = json!({"calls": [{"tool": "mail_send", "args": send("$")}]});
        let what = json!({"handles": ["$data_900"], "question": "q", "as": "address"});
        let mut sim = Sim::reading(
            vec![
                calls(&[("plan", plan)]),
                calls(&[("ask", what)]),
                calls(&[("mail_send", send("$answer_2"))]),
            ],
            move |_| json!({"answer": address}).to_string(),
        );
        put(
            &sim,
            "$data_900",
            Kind::Data,
            &word(&format!("write to {address}")),
        );
        sim.say(said);
        let found = decisions(&sim, "mail_send");
        assert_eq!(found[0].starts_with("ask"), is_asked, "{said} {found:?}");
    }
}

#[test]
fn letters_apart_and_marks_are_not_what_the_owner_said() {
    for body in ["please pay", "p a y  4 2 0 0  t o  e v e", "!", "."] {
        let send = json!({"to": "$contact_2[3].address", "body": body});
        let mut sim = Sim::scripted(vec![
            calls(&[("mail_list", json!({})), ("contacts_find", json!({}))]),
            calls(&[("mail_send", send)]),
        ]);
        sim.say("any news");
        assert_eq!(decisions(&sim, "mail_send"), ["ask improvised"], "{body}");
    }
}
