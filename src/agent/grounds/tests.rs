//! What counts as said: identifiers as people write them, and nothing that only resembles them.

use super::*;
use proptest::prelude::*;

fn words() -> Words {
    Words::of([
        "Write to Bob.Ray@Example.org, and pay GB29 NWBK 6016 1331 9268 19.",
        "Look at https://www.site.example/a/b and book the Le Marais Boutique for Alice",
        "It is on our site www.other.example.They said so.",
    ])
}

#[track_caller]
fn check(words: &Words, set: &str, identifier: &str, said: bool) {
    assert_eq!(words.have(set, identifier), said, "{set} {identifier:?}");
}

#[test]
fn an_identifier_counts_only_as_a_whole() {
    let words = words();
    for (set, said) in [
        ("mail", "bob.ray@example.org"),
        ("account", "GB29NWBK60161331926819"),
        ("account", "gb29 nwbk 6016 1331 9268 19"),
        ("account", "GB29-NWBK-6016-1331-9268-19"),
        ("url", "www.site.example/a/b"),
        ("url", "https://www.site.example/a/b/"),
        // A blank was forgotten behind the end of a sentence.
        ("url", "www.other.example"),
        ("user", "alice"),
        ("name", "Le Marais  Boutique"),
    ] {
        check(&words, set, said, true);
    }
    for (set, not_said) in [
        ("mail", "ray@example.org"),
        ("mail", "bob.ray@example.or"),
        ("mail", "bob.ray@example.org.evil.example"),
        ("mail", "x-bob.ray@example.org"),
        ("mail", "bob.ray"),
        ("mail", "example.org"),
        ("account", "GB29NWBK6016133192681"),
        ("account", "GB29NWBK601613319268190"),
        ("account", "B29NWBK60161331926819"),
        ("account", "GB29NWBK60161331926818"),
        ("url", "www.site.example"),
        ("url", "www.site.example/a"),
        ("url", "www.site.example/a/b/c"),
        ("url", "https://www.site.example/a/b?x=1"),
        ("url", "site.example/a/b"),
        ("url", "ftp://www.site.example/a/b"),
        ("user", "Ali"),
        ("user", "lice"),
        ("user", "example"),
        ("name", ""),
        ("name", "  "),
        ("name", "Marais Bou"),
        ("path", "/a/b"),
        ("id", "29"),
    ] {
        check(&words, set, not_said, false);
    }
}

#[test]
fn marks_around_an_address_are_not_part_of_it_and_marks_in_it_are() {
    for text in [
        "to ada@a.example.",
        "to Ada <ada@a.example>, please",
        "is it (ada@a.example)?",
        "'ada@a.example' or \"bo@a.example\"",
        "« ada@a.example »",
        "mailto:ada@a.example",
        "To:ada@a.example!",
        "bo@a.example;ada@a.example",
        "`ada@a.example`",
    ] {
        check(&Words::of([text]), "mail", "ada@a.example", true);
    }
    // The end of somebody's address is somebody else's.
    for (text, whole) in [
        ("write to o'brien@a.example", "o'brien@a.example"),
        ("write to o’brien@a.example", "o'brien@a.example"),
        ("write to x|brien@a.example", "x|brien@a.example"),
        ("write to {x}brien@a.example", "x}brien@a.example"),
        ("write to x+brien@a.example", "x+brien@a.example"),
    ] {
        check(&Words::of([text]), "mail", whole, true);
        check(&Words::of([text]), "mail", "brien@a.example", false);
    }
}

#[test]
fn marks_around_a_page_are_not_part_of_it_and_marks_in_it_are() {
    let page = "https://a.example/x";
    for text in [
        "see https://a.example/x.",
        "see (https://a.example/x), then",
        "see <https://a.example/x>",
        "see [this](https://a.example/x).",
        "see \"https://a.example/x\"!",
        "see a.example/x/",
        "see HTTPS://A.example/x",
    ] {
        check(&Words::of([text]), "url", page, true);
    }
    for text in [
        "see https://a.example/x,y",
        "see https://a.example/x(y)",
        "see https://a.example/x?y",
        "see https://a.example/x;y",
        "see https://a.example/x'y",
        "see https://a.example/x|y",
        "see https://b.example/?to=https://a.example/x",
        "see https://user@a.example/x",
    ] {
        check(&Words::of([text]), "url", page, false);
    }
    for whole in [
        "https://maps.example/@48.85,2.35,15z",
        "https://w.example/Rust_(film)",
        "https://w.example/a;b=c'd",
    ] {
        check(
            &Words::of([&format!("open {whole}!") as &str]),
            "url",
            whole,
            true,
        );
    }
}

#[test]
fn what_only_looks_alike_was_not_said() {
    let words = Words::of(["ask paypal, write to ada@apple.example, open apple.example/x"]);
    for (set, alike) in [
        // Cyrillic а and е, a dotless i, full width, and a letter with its accent apart.
        ("user", "p\u{430}ypal"),
        ("mail", "\u{430}da@apple.example"),
        ("mail", "ada@\u{430}pple.example"),
        ("mail", "ada@appl\u{435}.example"),
        ("mail", "\u{ff41}da@apple.example"),
        ("url", "\u{430}pple.example/x"),
        ("url", "apple.example\u{2215}x"),
        ("user", "paypa\u{301}l"),
        ("user", "paypaI"),
        ("user", "paypa1"),
    ] {
        check(&words, set, alike, false);
    }
    let accents = Words::of(["tell Zo\u{eb}"]);
    check(&accents, "user", "ZO\u{cb}", true);
    check(&accents, "user", "zoe\u{308}", false);
    check(&accents, "user", "zoe", false);
}

#[test]
fn invisible_characters_make_another_identifier() {
    let words = Words::of(["ask alice about /home/alice/x, ada@a.example and a.example/x"]);
    for hidden in [
        '\u{200b}',
        '\u{200d}',
        '\u{ad}',
        '\u{2060}',
        '\u{fe0f}',
        '\u{e0061}',
        '\u{202e}',
        '\0',
    ] {
        for (set, identifier) in [
            ("user", "ali*ce"),
            ("user", "alice*"),
            ("path", "/home/alice*/x"),
            ("mail", "ada*@a.example"),
            ("url", "a.example/x*"),
            ("name", "*"),
        ] {
            let identifier = identifier.replace('*', &hidden.to_string());
            check(&words, set, &identifier, false);
        }
    }
    // What the owner pasted may have them; the plain identifier was meant.
    let pasted = Words::of(["ask ali\u{200b}ce"]);
    check(&pasted, "user", "alice", true);
}

#[test]
fn a_name_must_not_be_a_part_of_a_longer_one() {
    let words = Words::of([
        "post to #general-news as bob_2, see v1.2/notes and x@team.example. Go to Rome.",
    ]);
    for (set, said) in [
        ("channel", "general-news"),
        ("user", "bob_2"),
        ("path", "v1.2/notes"),
        ("name", "Rome"),
        ("name", "go to rome"),
    ] {
        check(&words, set, said, true);
    }
    for (set, not_said) in [
        ("channel", "general"),
        ("channel", "news"),
        ("user", "bob"),
        ("user", "2"),
        ("path", "notes"),
        ("path", "v1"),
        ("name", "team"),
        ("name", "example"),
        ("user", "x"),
    ] {
        check(&words, set, not_said, false);
    }
}

#[test]
fn accounts_and_phones_may_be_written_in_groups() {
    let words =
        Words::of(["call +33 6 12-34-56-78 or 555 0100, pay DE89 3704 0044 0532 0130 00 today"]);
    for (set, said) in [
        ("phone", "+33612345678"),
        ("phone", "555-0100"),
        ("phone", "5550100"),
        ("account", "DE89370400440532013000"),
        ("account", "de89 3704 0044 0532 0130 00"),
    ] {
        check(&words, set, said, true);
    }
    for (set, not_said) in [
        ("phone", "33612345679"),
        ("phone", "3361234567"),
        ("account", "DE8937040044053201300"),
        ("account", "DE893704004405320130001"),
        ("account", "E89370400440532013000"),
        // Groups are put together for accounts and phones only.
        ("id", "5550100"),
        ("user", "DE89370400440532013000"),
    ] {
        check(&words, set, not_said, false);
    }
}

#[test]
fn a_text_rests_on_the_owner_if_every_word_does() {
    let words = words();
    assert!(words.have_every_word("Book: Le Marais, for Alice & pay!"));
    assert!(!words.have_every_word("Book the Riverside for Alice"));
    assert!(!words.have_every_word("Book the Le Marais Boutique for Bo"));
    // A part of an address is not the address, which is one word.
    assert!(words.have_every_word("write to bob.ray@example.org."));
    assert!(!words.have_every_word("write to ray@example.org"));
    assert!(!words.have_every_word("write to bob.ray"));
    // A zero-width joiner neither makes nor breaks a word.
    assert!(words.have_every_word("Al\u{200d}ice"));
    let dated = Words::of(["on 2026-11-24 at 10:30, 3.50 each"]);
    assert!(dated.have_every_word("10:30 on 2026-11-24, each 3.50"));
    assert!(!dated.have_every_word("on 2026-11-25"));
    assert!(!dated.have_every_word("on 2026-11"));
    assert!(!dated.have_every_word("24.11.2026"));
}

#[test]
fn nothing_was_said_in_no_words() {
    for words in [
        Words::default(),
        Words::of([]),
        Words::of([""]),
        Words::of(["  \u{200b} "]),
    ] {
        for set in ["mail", "url", "account", "phone", "user", "id", "name"] {
            check(&words, set, "a", false);
            check(&words, set, "", false);
        }
        assert!(!words.have_every_word("!") && !words.have_every_word("word"));
    }
}

#[test]
fn letters_digits_and_marks_are_the_owners_only_as_words_of_theirs() {
    let words = Words::of(["pay me, a friend, the 7 tickets by l'amie; plan B"]);
    for own in ["a friend", "7 tickets", "l'amie", "(7)", "plan b!"] {
        assert!(words.have_every_word(own), "{own}");
    }
    for other in [
        "p a y  4 2 0 0",
        "p a y",
        "4",
        "x",
        "",
        ".",
        "!",
        " -- ",
        "…",
        "👍",
    ] {
        assert!(!words.have_every_word(other), "{other}");
    }
}

#[test]
fn a_part_of_a_name_counts_with_its_capital_letter_and_a_whole_name_in_any_case() {
    let said = |text: &str, called: Called| Words::of([text]).call(&called);
    let part = |name: &str| Called::Part(name.to_owned());
    let whole = |name: &str| Called::Whole(name.to_owned());
    assert!(!said("envoie un petit merci", part("Petit")));
    assert!(!said("ENVOIE UN PETIT MERCI", part("Petit")));
    assert!(said("réponds à Petit", part("Petit")));
    assert!(said("réponds à Petit", part("PETIT")));
    assert!(!said("réponds à Petitjean", part("Petit")));
    assert!(said("écris à jean-Macé", whole("Jean-Macé")));
    assert!(said("l'école Jean-Macé", part("Jean-Macé")));
    assert!(said("réponds à julien petit", whole("Julien Petit")));
    assert!(!said("réponds à julien, petit", whole("Julien Petit")));
    assert!(said("réponds à maman", part("maman")));
    assert!(said("Maman demande", part("maman")));
    assert!(!said("MAMAN", part("maman")));
}

const SETS: [&str; 8] = [
    "mail", "url", "account", "phone", "user", "id", "path", "name",
];

proptest! {
    #[test]
    fn a_sentence_in_any_order_rests_on_itself(
        mut words in proptest::collection::vec("[a-z]{2,6}[,.!?]?", 1..8),
    ) {
        let said = Words::of([words.join(" ").as_str()]);
        words.reverse();
        prop_assert!(said.have_every_word(&words.join(" ")));
        words.push("unheard".to_owned());
        prop_assert!(!said.have_every_word(&words.join(" ")));
    }

    #[test]
    fn no_text_makes_it_panic(owner in any::<String>(), text in any::<String>()) {
        let words = Words::of([owner.as_str()]);
        for set in SETS {
            let _ = words.have(set, &text) || words.name(set, &text);
        }
        let _ = words.have_every_word(&text);
        let _ = words.call(&Called::Part(text.clone()));
    }

    #[test]
    fn a_plain_word_is_found_as_itself_and_not_inside_longer_ones(
        word in "[a-z]{3,8}", more in "[a-z0-9_]{1,3}",
    ) {
        let here = Words::of([format!("please take {word}, now").as_str()]);
        let before = Words::of([format!("please take {more}{word}, now").as_str()]);
        let after = Words::of([format!("please take {word}{more}, now").as_str()]);
        for set in ["user", "id", "path", "name", "channel"] {
            prop_assert!(here.have(set, &word));
            prop_assert!(here.have(set, &word.to_uppercase()));
            let in_frame = ["please", "take", "now"].contains(&word.as_str());
            prop_assert!(in_frame || !before.have(set, &word));
            prop_assert!(in_frame || !after.have(set, &word));
        }
    }

    #[test]
    fn an_address_is_found_as_itself_and_not_as_its_ends(
        local in "[a-z]{2,6}[.'+_-][a-z]{2,6}", host in "[a-z]{2,6}\\.[a-z]{2,3}",
    ) {
        let words = Words::of([format!("write to {local}@{host}; thanks").as_str()]);
        let address = format!("{local}@{host}");
        prop_assert!(words.have("mail", &address));
        let ends = (1..address.len()).flat_map(|at| <[&str; 2]>::from(address.split_at(at)));
        for end in ends.filter(|end| end.contains('@')) {
            prop_assert!(!words.have("mail", end), "{}", end);
        }
    }
}

#[test]
fn a_number_is_an_id_only_where_it_is_called_one() {
    let words = Words::of([
        "1. How many files are there on June 13? Delete the file with ID '11', no. 7 and #5, and 24 of 30.",
    ]);
    for said in ["11", "7", "5"] {
        assert!(words.have("id", said), "{said}");
    }
    for other in ["1", "13", "24", "30", "3"] {
        assert!(!words.have("id", other), "{other}");
    }
    // A long number is no day and no count.
    assert!(Words::of(["take 463820112"]).have("id", "463820112"));
}
