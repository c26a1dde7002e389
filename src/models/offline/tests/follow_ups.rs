//! More than one step: errors, approvals, follow-ups, and texts that are large or strange.

use super::{NOW, PromptItem, Scene, check, handle};
use crate::message::Locale;
use crate::models::offline::grammar::grammar;
use crate::tool::Kind;

/// A tool, a text that calls it, what it answers, and what the owner is told in both languages.
type Told = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

#[rustfmt::skip]
const OUTCOMES: &[Told] = &[
    ("mail_list", "/inbox", r#"{"error":"auth"}"#, "refused my credentials", "identifiants"),
    ("mail_list", "/inbox", r#"{"error":"offline"}"#, "cannot be reached", "injoignable"),
    ("mail_list", "/inbox", r#"{"error":"rate"}"#, "slow down", "ralentir"),
    ("mail_list", "/inbox", r#"{"error":"refused"}"#, "was refused", "a été refusé"),
    ("mail_list", "/inbox", r#"{"error":"unavailable"}"#, "not available", "pas disponible"),
    ("mail_list", "/inbox", r#"{"error":"new one"}"#, "not available", "pas disponible"),
    ("mail_list", "/inbox", "\"error\"", "not available", "pas disponible"),
    ("mail_list", "/inbox", r#"{"error":"no_zone"}"#, "Which time zone", "fuseau"),
    ("notes_list", "/notes", r#"{"error":"invalid","argument":"limit","expected":"1 to 50"}"#, "a detail does not fit", "un détail"),
];

#[test]
fn errors_and_approvals_end_the_turn_in_one_sentence() {
    for (tool, text, answer, english, french) in OUTCOMES {
        for (locale, expected) in [(Locale::En, *english), (Locale::Fr, *french)] {
            let mut scene = Scene::new(NOW, "Europe/Paris", locale);
            scene.answer = Some((*tool, *answer));
            let mut items = vec![PromptItem::Result {
                call: "c0".into(),
                text: handle(Kind::Mails, 1),
                failed: false,
            }];
            let line = scene.turn(&mut items, text);
            assert!(line.contains(expected), "{text} {answer}: {line}");
            assert!(!line.contains("show"), "{line}");
        }
    }
}

#[test]
fn a_recipient_who_is_not_found_gets_nothing() {
    let mut scene = Scene::new(NOW, "Europe/Paris", Locale::En);
    scene.answer = Some(("contacts_find", r#"{"error":"unavailable"}"#));
    let line = scene.turn(&mut Vec::new(), "send an email to Ada saying hi");
    assert_eq!(
        line,
        "contacts_find {\"query\":\"Ada\"} “That did not work: it is not there, or it is not available.”"
    );
}

#[test]
fn large_and_strange_texts_are_harmless() {
    let scene = Scene::new(NOW, "Europe/Paris", Locale::En);
    let too_long = format!("“{}”", grammar(Locale::En).answers.too_long);
    for text in [
        "❤️".repeat(200_000),
        "the ".repeat(300_000),
        format!("remind me to {}tomorrow at 9", "pay ".repeat(2000)),
        format!("write to ada@example.org: {}", "x".repeat(5000)),
        "a".repeat(1_000_000),
    ] {
        assert_eq!(scene.play(&text), too_long);
    }
    for text in [
        "",
        "\0",
        "\0\0remind me",
        "🧑‍🚀",
        "\u{202e}dnimer",
        "'",
        ":",
        "@",
        "/\0",
        "''''",
    ] {
        assert!(!scene.play(text).contains('{'), "{text:?}");
    }
}

#[test]
fn a_long_note_is_kept_whole() {
    let scene = Scene::new(NOW, "Europe/Paris", Locale::En);
    let body = "é ".repeat(2500);
    let line = scene.play(&format!("note: {body}"));
    assert!(line.contains(body.trim()), "{line}");
    let line = scene.play(&format!("/note {}", "x".repeat(10_001)));
    assert_eq!(
        line,
        format!("“{}”", grammar(Locale::En).answers.part_too_long)
    );
}

#[test]
fn words_in_the_way_of_patterns_take_no_time() {
    let scene = Scene::new(NOW, "Europe/Paris", Locale::En);
    for text in [
        "show me all the ".repeat(250),
        "to at the 9 on ".repeat(250),
        "remind me to ".repeat(300),
    ] {
        assert!(!scene.play(&text).contains('{'));
    }
}

#[test]
fn ids_are_fresh_in_every_conversation() {
    let mut scene = Scene::new(NOW, "Europe/Paris", Locale::En);
    let mut items = Vec::new();
    scene.turn(&mut items, "inbox");
    scene.turn(&mut items, "read 2");
    let mut ids: Vec<&str> = items
        .iter()
        .flat_map(|item| match item {
            PromptItem::Planner { calls, .. } => calls.as_slice(),
            PromptItem::Owner { .. } | PromptItem::Result { .. } => &[],
        })
        .map(|call| call.id.as_str())
        .collect();
    assert_eq!(ids, ["c1", "c2", "c3", "c4"]);
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[test]
fn a_turn_that_ended_stays_ended() {
    let mut scene = Scene::new(NOW, "Europe/Paris", Locale::En);
    let mut items = Vec::new();
    scene.turn(&mut items, "inbox");
    let reply = scene.ask(&items);
    assert_eq!((reply.text.as_str(), reply.calls.len()), ("", 0));
    assert_eq!(scene.ask(&[]).calls, []);
}

#[rustfmt::skip]
const A_ZONE_IS_ASKED_FOR_ONCE_AND_THE_REQUEST_GOES_ON: &[(&str, &str)] = &[
    ("what's on tomorrow?",
     "“Which time zone are you in? Answer with a name such as Europe/Paris.”"),
    ("what's on tomorrow? / Europe/Paris",
     r#"zone_set {"zone":"Europe/Paris"} calendar_list {"from":"2026-11-24"} “Your calendar for Tuesday 24 November 2026:” show {"handle":"$event_2"}"#),
    ("what's on tomorrow? / I'm in Paris",
     r#"zone_set {"zone":"Europe/Paris"} calendar_list {"from":"2026-11-24"} “Your calendar for Tuesday 24 November 2026:” show {"handle":"$event_2"}"#),
    ("what's on tomorrow? / Gotham",
     "“I do not know a time zone of that name. Which time zone are you in? Answer with a name such as Europe/Paris.”"),
    ("what's on tomorrow? / Gotham / New York",
     r#"zone_set {"zone":"America/New_York"} calendar_list {"from":"2026-11-24"} “Your calendar for Tuesday 24 November 2026:” show {"handle":"$event_2"}"#),
    ("what's on tomorrow? / any new mail?",
     r#"mail_list {"unread":true} show {"handle":"$mail_1"}"#),
    ("remind me in 20 minutes to call",
     r#"remind {"in_minutes":20,"text":"call"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me every 2 hours to drink",
     r#"remind {"every_minutes":120,"in_minutes":120,"text":"drink"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me tomorrow at 9 to pay / UTC",
     r#"zone_set {"zone":"UTC"} remind {"at":"2026-11-24T09:00","text":"pay"} “Noted. I will remind you.” show {"handle":"$reminder_2"}"#),
    ("remind me to pay / tomorrow at 9",
     "“Which time zone are you in? Answer with a name such as Europe/Paris.”"),
    ("remind me to pay / tomorrow at 9 / Paris",
     r#"zone_set {"zone":"Europe/Paris"} remind {"at":"2026-11-24T09:00","text":"pay"} “Noted. I will remind you.” show {"handle":"$reminder_2"}"#),
    ("remind me at 3 to pay / Paris / 3pm",
     r#"zone_set {"zone":"Europe/Paris"} remind {"at":"2026-11-23T15:00","text":"pay"} “Noted. I will remind you.” show {"handle":"$reminder_3"}"#),
    ("what time is it / Tokyo",
     r#"zone_set {"zone":"Asia/Tokyo"} “It is Monday 23 November 2026, 18:00 (Asia/Tokyo).”"#),
    ("Paris",
     "“I need a language model to understand that, and none is configured (the setting MODEL_PROVIDER). I have done nothing. Here is what I can do:”"),
    ("I'm in Paris",
     "“I need a language model to understand that, and none is configured (the setting MODEL_PROVIDER). I have done nothing. Here is what I can do:”"),
    ("qu'ai-je demain ? / Je suis à Paris",
     r#"zone_set {"zone":"Europe/Paris"} calendar_list {"from":"2026-11-24"} “Votre agenda du mardi 24 novembre 2026 :” show {"handle":"$event_2"}"#),
    ("rappelle-moi demain à 9h de payer / Londres",
     r#"zone_set {"zone":"Europe/London"} remind {"at":"2026-11-24T09:00","text":"payer"} “C'est noté. Je vous le rappellerai.” show {"handle":"$reminder_2"}"#),
];

#[test]
fn a_zone_is_asked_for_once_and_the_request_goes_on() {
    check(
        &Scene::new(NOW, "", Locale::En),
        A_ZONE_IS_ASKED_FOR_ONCE_AND_THE_REQUEST_GOES_ON,
    );
}

#[rustfmt::skip]
const A_MISSING_TIME_IS_ASKED_FOR: &[(&str, &str)] = &[
    ("remind me at 3 to call / pm",
     r#"remind {"at":"2026-11-23T15:00","text":"call"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me at 3 to call / afternoon",
     r#"remind {"at":"2026-11-23T15:00","text":"call"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("add dentist on Tuesday / 9am",
     r#"calendar_add {"start":"2026-11-24T09:00","title":"dentist"} “Added to your calendar.” show {"handle":"$event_1"}"#),
    ("add dentist on Tuesday / at 14:30",
     r#"calendar_add {"start":"2026-11-24T14:30","title":"dentist"} “Added to your calendar.” show {"handle":"$event_1"}"#),
    ("add dentist on Tuesday / 9",
     r#"calendar_add {"start":"2026-11-24T09:00","title":"dentist"} “Added to your calendar.” show {"handle":"$event_1"}"#),
    ("add dentist on Tuesday / what's on Tuesday?",
     r#"calendar_list {"from":"2026-11-24"} “Your calendar for Tuesday 24 November 2026:” show {"handle":"$event_1"}"#),
    ("remind me on 5/6 to renew / 5 June",
     r#"remind {"at":"2027-06-05T09:00","text":"renew"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me today at 8 to run / tomorrow at 8",
     r#"remind {"at":"2026-11-24T08:00","text":"run"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("remind me on 31 February to laugh / 28 February",
     r#"remind {"at":"2027-02-28T09:00","text":"laugh"} “Noted. I will remind you.” show {"handle":"$reminder_1"}"#),
    ("ajoute dentiste mardi / 9h",
     r#"calendar_add {"start":"2026-11-24T09:00","title":"dentiste"} “Ajouté à votre agenda.” show {"handle":"$event_1"}"#),
];

#[test]
fn a_missing_time_is_asked_for() {
    check(
        &Scene::new(NOW, "Europe/Paris", Locale::En),
        A_MISSING_TIME_IS_ASKED_FOR,
    );
}
