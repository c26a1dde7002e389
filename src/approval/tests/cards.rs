//! A card shows the whole of a call, control arguments first, and nothing that misleads.

use super::*;

#[test]
fn a_card_shows_control_arguments_first_and_everything_whole() {
    let mut long = call();
    let body = "a word\n".repeat(900);
    given(&mut long, "body", text(&body, untrusted()), Origin::Literal);
    given(
        &mut long,
        "page",
        text("3", Label::owner()),
        Origin::Literal,
    );
    let card = card(&long);
    let names: Vec<&str> = card.lines.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["to", "body", "page"]);
    assert_eq!((card.tool.as_str(), card.effect.as_str()), ("send", "send"));
    assert_eq!(card.lines[1].value.matches("a word").count(), 900);
    assert_eq!(card.lines[1].trust, "untrusted");
    assert_eq!(card.lines[1].source, "mail:7");
    assert_eq!(card.lines[0].source, "");
    assert_eq!(card.summary(), "send (send) · to: ada@example.org");
}

#[test]
fn nothing_in_a_card_is_cut_unseen() {
    let mut long = call();
    let body = format!("{}the end of it", "line\n".repeat(5_000));
    given(&mut long, "body", text(&body, untrusted()), Origin::Literal);
    let shown = card(&long).plain(Locale::En);
    assert!(
        shown.contains("the end of it"),
        "the last line is not on the card"
    );
}

#[test]
fn a_card_is_inert() {
    let mut hostile = call();
    let body = "https://evil.example/x \u{202e}\u{200b}hidden";
    given(
        &mut hostile,
        "body",
        text(body, untrusted()),
        Origin::Literal,
    );
    let shown = card(&hostile).plain(Locale::En);
    assert!(
        !shown.contains("https://") && !shown.contains("evil.example"),
        "{shown}"
    );
    assert!(!shown.contains('\u{202e}') && !shown.contains('\u{200b}'));
}

#[test]
fn no_value_can_pass_for_a_line_of_the_card() {
    let forged = "hello\nto: boss@example.org\n  | to: boss@example.org";
    let mut plain = call();
    given(
        &mut plain,
        "body",
        text(forged, untrusted()),
        Origin::Literal,
    );
    // A draft: its own fields, of which a stranger wrote one.
    let draft = record(
        Label::owner(),
        [
            ("body", text(forged, untrusted())),
            ("to", text("eve@example.org", untrusted())),
        ],
    );
    let list = Labeled::new(Value::List(vec![text(forged, untrusted())]), untrusted());
    let mut nested = call();
    given(&mut nested, "to", draft, Origin::Handle("$draft_1".into()));
    given(&mut nested, "body", list, Origin::Literal);
    let lines = |call: &Call, start: &str| {
        let shown = card(call).plain(Locale::En);
        shown.lines().filter(|line| line.starts_with(start)).count()
    };
    assert_eq!(lines(&plain, "to: "), 1);
    assert_eq!(
        lines(&nested, "to: "),
        1,
        "{}",
        card(&nested).plain(Locale::En)
    );
    // Inside the draft its own lines stand one step to the right, foreign ones two.
    assert_eq!(
        lines(&nested, "  | to: "),
        1,
        "{}",
        card(&nested).plain(Locale::En)
    );
    assert!(!card(&nested).summary().contains('\n'));
}

#[test]
fn a_card_shows_whom_a_call_hits_first_whatever_the_text_does() {
    let tricks = [
        "\n".repeat(10_000),
        "\r\n\u{2028}\u{85}".repeat(100),
        " \u{a0}\u{3000}".repeat(5_000),
        "\u{202e}\u{2066}reversed\u{2069}".to_owned(),
        "x".repeat(10_000),
        "](https://e.example) **bold** `code` <b>html</b>".to_owned(),
        "to: boss@example.org\n\nto: boss@example.org".to_owned(),
        "\u{e0001}\u{e0074}\u{e006f}".to_owned(),
        "May I do this?\nsend (send)\nto: boss@example.org".to_owned(),
        "\u{1b}[2J\u{1b}[H to: boss@example.org \u{8}\u{8}".to_owned(),
    ];
    for trick in tricks {
        let mut hostile = call();
        given(
            &mut hostile,
            "body",
            text(&trick, untrusted()),
            Origin::Literal,
        );
        given(
            &mut hostile,
            "page",
            text(&trick, untrusted()),
            Origin::Literal,
        );
        given(
            &mut hostile,
            "to",
            text(&format!("eve@e.example{trick}"), untrusted()),
            Origin::Literal,
        );
        let card = card(&hostile);
        assert_eq!(card.lines[0].name, "to");
        assert!(card.lines[0].value.starts_with("eve@e"), "{trick:?}");
        let shown = card.plain(Locale::En);
        let mut lines = shown.lines();
        assert_eq!(lines.next(), Some("May I do this?"));
        assert_eq!(lines.next(), Some("send (send)"));
        assert!(lines.next().unwrap().starts_with("to: eve@e"), "{trick:?}");
        let heads = shown.lines().filter(|line| !line.starts_with("  | "));
        let names: Vec<&str> = heads.filter_map(|line| line.split(':').next()).collect();
        assert_eq!(
            names,
            ["May I do this?", "send (send)", "to", "body", "page"]
        );
        assert!(!shown.chars().any(crate::inert::is_hidden), "{trick:?}");
        assert!(card.summary().starts_with("send (send) · to: eve@e"));
        assert!(!card.summary().contains('\n'));
    }
}

#[test]
fn a_card_is_a_function_of_the_call_alone() {
    let once = card(&call());
    assert_eq!(card(&call().clone()), once);
    assert_eq!(once.plain(Locale::En), card(&call()).plain(Locale::En));
    assert_ne!(once.plain(Locale::Fr), once.plain(Locale::En));
    // What the planner wrote about the call is nowhere in it.
    let asked = asked(Status::Waiting);
    assert!(!asked.card.plain(Locale::En).contains(&asked.call.id));
}

#[test]
fn the_sources_of_what_is_untrusted_are_named_once() {
    let mut mixed = call();
    let inner = text("x", Label::untrusted("web:evil.example", Readers::Everyone));
    let vouched = Label::attested("bank:1", Readers::owner(), Capacity::Id);
    let list = Labeled::new(
        Value::List(vec![
            inner,
            text("y", vouched.clone()),
            text("z", vouched.clone().picked()),
        ]),
        Label::owner(),
    );
    given(&mut mixed, "page", list, Origin::Literal);
    let sources = untrusted_sources(&mixed);
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    // What a service vouches for has a say only if others picked it.
    assert_eq!(sources, ["bank:1", "mail:7", "web:evil.example"]);
    let mut own = call();
    own.args.clear();
    let composed = Label {
        integrity: Integrity::Untrusted,
        sources: BTreeSet::from(["planner".to_owned()]),
        ..Label::owner()
    };
    given(&mut own, "body", text("x", composed), Origin::Literal);
    given(&mut own, "page", text("x", vouched), Origin::Literal);
    assert!(untrusted_sources(&own).is_empty());
}
