//! What the owner has the agent remember.

use super::given::decisions;
use super::sim::{Sim, calls, text};
use serde_json::json;

#[test]
fn what_the_owner_states_stands_in_every_prompt_until_it_is_forgotten() {
    let mut sim = Sim::scripted(vec![text("ok"), text("ok"), text("ok")]);
    sim.say("/remember I am   vegetarian\nand live in Lyon");
    assert_eq!(sim.heard(), "I remember that. /forget 1 undoes it.");
    assert!(sim.prompts.is_empty(), "a command asked a model");
    sim.say("/remember my dentist is Dr Moreau");
    sim.say("what shall I cook?");
    let told = "The owner asked you to remember:\\n- I am vegetarian and live in Lyon\\n- my dentist is Dr Moreau";
    assert!(sim.prompts[0].1.contains(told), "{}", sim.prompts[0].1);
    // A fresh conversation remembers it as well.
    sim.say("/new");
    sim.say("and tomorrow?");
    assert!(sim.prompts[1].1.contains(told));
    sim.say("/forget 1");
    sim.say("/memory");
    let listed = "\n---\nI remember:\n2. my dentist is Dr Moreau\n\nKept besides: ";
    assert!(sim.heard().contains(listed), "{}", sim.heard());
    sim.say("thanks");
    assert!(!sim.prompts[2].1.contains("vegetarian"));
    assert!(sim.prompts[2].1.contains("Dr Moreau"));
}

#[test]
fn facts_are_the_owners_words_and_nothing_else_becomes_one() {
    let send = || {
        vec![
            calls(&[("mail_list", json!({}))]),
            calls(&[(
                "mail_send",
                json!({"to": "henri@example.org", "body": "hello"}),
            )]),
        ]
    };
    let mut sim = Sim::scripted(send());
    sim.say("say hello to my landlord");
    assert_eq!(
        decisions(&sim, "mail_send"),
        ["ask untrusted_control Waiting"]
    );

    let mut sim = Sim::scripted(send());
    sim.say("/remember my landlord is henri@example.org");
    sim.say("say hello to my landlord");
    let turn = sim.turn(2);
    let mail = turn.calls.iter().find(|call| call.call.tool == "mail_send");
    assert_eq!(mail.unwrap().reason, "as_you_said");
}

#[test]
fn what_does_not_fit_is_said_with_a_way_out() {
    let mut sim = Sim::scripted(vec![]);
    sim.say("/remember");
    assert!(sim.heard().contains("for example: /remember"));
    sim.say(&format!("/remember {}", "x".repeat(501)));
    assert!(sim.heard().contains("too long"));
    sim.say("/forget 7");
    assert!(sim.heard().contains("nothing of this number"));
    for n in 0..41 {
        sim.say(&format!("/remember thing {n}"));
    }
    assert!(sim.heard().ends_with("/forget N makes room."));
    sim.say("/forget all");
    sim.say("/memory");
    assert!(sim.heard().contains("/remember TEXT does."));
}

#[test]
fn what_others_wrote_is_no_fact_by_its_name() {
    let mut sim = Sim::scripted(vec![text("ok")]);
    for named in ["$mail_1", "that it says $mail_12[2].body", "a ($page_3)"] {
        sim.say(&format!("/remember {named}"));
        assert!(sim.heard().ends_with("or keep it with /note."), "{named}");
    }
    for plain in [
        "the rent is $900",
        "my shell says $HOME",
        "$mail_",
        "cash_$_1",
    ] {
        sim.say(&format!("/remember {plain}"));
        assert!(sim.heard().ends_with("undoes it."), "{plain}");
    }
    sim.say("hello");
    let told = &sim.prompts[0].1;
    assert!(told.contains("- the rent is $900") && !told.contains("- $mail_1"));
}
