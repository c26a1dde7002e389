//! What must hold for every channel whatever arrives and whatever is sent: no input is a panic, and
//! no text, thread or key changes where a request goes.

use super::*;
use proptest::prelude::*;

fn outgoing() -> impl Strategy<Value = Outgoing> {
    let text = || {
        prop_oneof![
            any::<String>(),
            "[ab \n👍]{0,60}",
            "(line of words\n){0,9000}"
        ]
    };
    prop_oneof![
        (text(), any::<bool>()).prop_map(|(text, repeated)| Outgoing::Message {
            message: Message::say(text),
            turn: "t_1".into(),
            repeated,
        }),
        proptest::collection::vec((text(), any::<String>()), 0..4).prop_map(|cards| {
            let cards = cards.into_iter().map(|(text, approval)| Asked {
                text,
                approval,
                call_hash: "00ff".into(),
                expires_at: Timestamp::from_millis(5),
            });
            Outgoing::Cards {
                cards: cards.collect(),
            }
        }),
        Just(Outgoing::Typing),
        (any::<String>(), text())
            .prop_map(|(callback, text)| Outgoing::ButtonDone { callback, text }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_are_answered(body in any::<Vec<u8>>()) {
        for channel in all() {
            let _ = channel.parse(&Verified::new(body.clone(), None));
        }
    }

    #[test]
    fn any_change_to_a_recorded_body_is_answered(
        pick in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        cut in 0_usize..20,
        paste in prop_oneof!["[\\PC]{0,5}", Just("null".into()), Just("[[{}]]".into()),
            Just("-9e999".into()), Just("\\ud800".into()), Just("\0".into())],
    ) {
        for (channel, contract) in contracts() {
            let mut body = pick.get(&contract.accepted).case.body.clone().into_bytes();
            let start = at.index(body.len());
            let end = body.len().min(start + cut);
            body.splice(start..end, paste.bytes());
            let _ = channel.parse(&Verified::new(body, None));
        }
    }

    #[test]
    fn any_headers_are_answered(
        values in prop::collection::vec(any::<String>(), 4),
        now in any::<i64>(),
    ) {
        for (channel, contract) in contracts() {
            let names = contract.accepted.iter().flat_map(|a| a.case.headers.keys().cloned());
            let head = Head { headers: names.zip(values.iter().cloned()).collect() };
            let now = Timestamp::from_millis(now);
            prop_assert!(channel.admit(&head, &contract.secrets, now).is_err());
            prop_assert!(channel.verify(&head, vec![], &contract.secrets, now).is_err());
        }
    }

    #[test]
    fn requests_go_only_where_the_fixture_says(
        thread in any::<String>(),
        out in outgoing(),
        french in any::<bool>(),
        key in "[a-z_0-9]{1,40}",
    ) {
        let locale = if french { Locale::Fr } else { Locale::En };
        for channel in all() {
            let contract = Contract::of(*channel);
            let urls = contract.as_ref().map(|c| c.urls.clone()).unwrap_or_default();
            let known = contract.map(|c| c.thread).unwrap_or_default();
            for thread in [&thread, &known] {
                for request in channel.deliver(thread, &out, locale, &key) {
                    prop_assert!(urls.contains(&request.url), "{}", request.url);
                    prop_assert!(serde_json::from_slice::<serde_json::Value>(&request.body).is_ok());
                    prop_assert!(!request.headers.iter().any(|(name, _)| name == "authorization"));
                }
            }
        }
    }

    #[test]
    fn any_answer_is_understood(
        status in any::<u16>(),
        after in any::<String>(),
        body in prop_oneof![any::<Vec<u8>>(), Just(br#"{"ok":true}"#.to_vec())],
    ) {
        for channel in all().iter().filter(|channel| Contract::of(**channel).is_some()) {
            let headers = vec![("retry-after".to_owned(), after.clone())];
            let receipt = channel.receipt(&Response { status, headers, body: body.clone() });
            match receipt {
                Receipt::Delivered => prop_assert!((200..300).contains(&status)),
                Receipt::Later(ms) => prop_assert!((1_000..=3_600_000).contains(&ms)),
                Receipt::Refused => prop_assert!(status != 429 && !(500..600).contains(&status)),
            }
        }
    }
}
