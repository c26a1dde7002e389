//! What names somebody or something, so that others may have chosen it and no question is needed.

use super::*;
use crate::agent::test_world::{World, foreign};

fn decided(said: &str, channel: &str) -> String {
    let world = World::said(said)
        .knowing("channel", &["general", "random", "notes_2"])
        .keep("$answer_1", Kind::Answer, foreign(channel));
    // The body is the owner's own words, so that only the channel is in question.
    world.decide("message", json!({"channel": "$answer_1", "body": "a joke"}))
}

#[test]
fn a_word_of_the_message_names_no_channel_that_others_chose() {
    for said in [
        "post a random joke in the channel that the mail names",
        "a joke to random people",
        "Random things: a joke",
        "a joke.\nRandom as they are",
        "a RANDOM joke",
        "a joke with l'random",
        "a \"random joke\"",
    ] {
        assert_eq!(decided(said, "random"), "ask chosen_by_others", "{said}");
    }
    for said in [
        "a joke to #random",
        "a joke to \"random\", please",
        "a joke to « random »",
        "a joke to channel random",
        "une blague (a joke) dans le salon random",
        "a joke to the Random channel",
    ] {
        assert_eq!(decided(said, "random"), "allow as_you_said", "{said}");
    }
    // What is no word is a name wherever it stands.
    assert_eq!(decided("a joke to notes_2", "notes_2"), "allow as_you_said");
}

#[test]
fn what_the_planner_writes_out_in_the_owners_words_goes_where_they_say() {
    let world = World::said("post the summary to general").keep(
        "$answer_1",
        Kind::Answer,
        foreign("a summary"),
    );
    let call = world
        .call(
            "message",
            json!({"channel": "general", "body": "$answer_1"}),
        )
        .unwrap();
    let people = [("channel:general".to_owned(), true)].into();
    assert_eq!(call.audience, Audience::People(people));
}

#[test]
fn an_address_that_a_search_came_up_with_is_asked_about_unless_the_owner_named_it() {
    let found = |written: &str, picked: bool| {
        let label = Label::attested("mail:1", Readers::owner(), Capacity::Text);
        let label = if picked { label.picked() } else { label };
        let item = Labeled::new(Value::Text(written.into()), label);
        World::said("tell Bob at bob@example.org").keep("$answer_1", Kind::Answer, item)
    };
    for (written, picked, decided) in [
        ("bob@example.org", true, "allow as_you_said"),
        ("carol@example.org", true, "ask chosen_by_others"),
        ("carol@example.org", false, "allow as_you_said"),
    ] {
        let args = json!({"address": "$answer_1"});
        let decision = found(written, picked).decide("send_any", args);
        assert_eq!(decision, decided, "{written} {picked}");
    }
}
