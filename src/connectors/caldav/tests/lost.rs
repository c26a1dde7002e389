//! Every answer of every tool is lost once, before and after the service acted: it happens once.

use super::*;
use crate::connectors::test_documents::Shelf;

type Args = Vec<(&'static str, Item)>;

/// A tool with its arguments, given the event it is about.
struct Case {
    tool: &'static str,
    title: &'static str,
    args: fn(Option<Item>) -> Args,
    /// What is so once it has happened.
    holds: fn(&World) -> bool,
}

fn with(event: Option<Item>, more: Args) -> Args {
    let event = event.map(|event| ("event", event));
    event.into_iter().chain(more).collect()
}

const CASES: &[Case] = &[
    Case {
        tool: "calendar_add",
        title: "",
        args: |_| {
            vec![
                ("title", owner_text("New")),
                ("start", time("2027-03-23T11:00:00Z")),
            ]
        },
        holds: |world| has(world, "SUMMARY:New"),
    },
    Case {
        tool: "calendar_schedule",
        title: "",
        args: |_| {
            let people = people(&["bob@example.org"]);
            vec![
                ("title", owner_text("New")),
                ("start", time("2027-03-23T11:00:00Z")),
                ("attendees", people),
            ]
        },
        holds: |world| has(world, "SUMMARY:New"),
    },
    Case {
        tool: "calendar_move",
        title: "Meeting",
        args: |event| with(event, vec![("start", time("2027-03-30T10:00:00Z"))]),
        holds: |world| has(world, "DTSTART:20270330T100000Z"),
    },
    Case {
        tool: "calendar_move",
        title: "Standup",
        args: |event| with(event, vec![("start", time("2027-03-30T10:00:00Z"))]),
        holds: |world| has(world, "RECURRENCE-ID"),
    },
    Case {
        tool: "calendar_invite",
        title: "Meeting",
        args: |event| with(event, vec![("attendees", people(&["bob@example.org"]))]),
        holds: |world| has(world, "bob@example.org"),
    },
    Case {
        tool: "calendar_respond",
        title: "Theirs",
        args: |event| with(event, vec![("answer", owner_text("accepted"))]),
        holds: |world| has(world, "PARTSTAT=ACCEPTED"),
    },
    Case {
        tool: "calendar_cancel",
        title: "Meeting",
        args: |event| with(event, vec![]),
        holds: |world| !has(world, "SUMMARY:Meeting"),
    },
    Case {
        tool: "calendar_cancel",
        title: "Standup",
        args: |event| with(event, vec![]),
        holds: |world| has(world, "EXDATE"),
    },
];

fn has(world: &World, text: &str) -> bool {
    let mut files = world.files.values();
    // Lines are folded.
    files.any(|(_, file)| file.replace("\r\n ", "").contains(text))
}

fn begin(case: &Case) -> (Desk, Args) {
    let mut desk = Desk::new(World::with(&[meeting(), theirs(), weekly()]));
    let event = (!case.title.is_empty()).then(|| desk.event(case.title));
    desk.bench.shelf = Shelf::default();
    desk.world.sent = 0;
    desk.world.seen.clear();
    (desk, (case.args)(event))
}

fn writes(world: &World) -> usize {
    let writes = world.seen.iter();
    writes
        .filter(|one| one.starts_with("PUT") || one.starts_with("DELETE"))
        .count()
}

#[test]
fn each_happens_once_whichever_answer_is_lost() {
    for case in CASES {
        let (mut desk, args) = begin(case);
        desk.run(case.tool, args).unwrap();
        let (sent, told) = (desk.world.sent, desk.world.told.len());
        assert!((case.holds)(&desk.world), "{}", case.tool);
        assert!(told <= 1 && sent >= 6);
        for at in 1..=sent {
            for acts in [false, true] {
                let (mut desk, args) = begin(case);
                desk.world.loses = Some((at, acts));
                let versions = desk.world.versions;
                let outcome = desk.run(case.tool, args);
                let what = format!(
                    "{} {} request {at}, acted on: {acts}",
                    case.tool, case.title
                );
                assert!(outcome.is_ok(), "{what}: {outcome:?}");
                assert!((case.holds)(&desk.world), "{what}");
                assert_eq!(desk.world.told.len(), told, "{what}");
                assert!(desk.world.versions - versions <= 1, "{what}");
            }
        }
    }
}

#[test]
fn it_is_unknown_where_somebody_else_changed_it_meanwhile() {
    let (mut desk, args) = begin(&CASES[2]);
    // Four requests find the calendar, one reads the event, one writes it.
    desk.world.loses = Some((6, false));
    let other = meeting().1.replace("SUMMARY:Meeting", "SUMMARY:Other");
    let call = desk.call("calendar_move", args);
    let family: &dyn Connector = &desk.family;
    let mut progress = family.start(&call, &mut desk.bench.context()).unwrap();
    let outcome = loop {
        let Progress::Send { request, stage } = progress else {
            panic!("it is not known");
        };
        let next = if let Some(answer) = desk.world.ask(&request) {
            family.resume(&call, &stage, &answer, &mut desk.bench.context())
        } else {
            assert_eq!(family.lost(call.spec, &stage), Lost::FindOut);
            desk.world.put(&format!("{CALENDAR}meeting.ics"), &other);
            family.find_out(&call, &stage, &mut desk.bench.context())
        };
        match next {
            Ok(next) => progress = next,
            Err(error) => break error,
        }
    };
    assert_eq!(outcome, ToolError::Unknown);
    assert_eq!(writes(&desk.world), 0);
}

#[test]
fn a_write_that_is_never_answered_is_unknown() {
    let (mut desk, args) = begin(&CASES[1]);
    let path = "PUT";
    let family: &dyn Connector = &desk.family;
    let call = desk.call("calendar_schedule", args);
    let mut progress = family.start(&call, &mut desk.bench.context()).unwrap();
    let stage = loop {
        let Progress::Send { request, stage } = progress else {
            panic!("it writes first");
        };
        if request.method.as_str() == path {
            break stage;
        }
        let answer = desk.world.ask(&request).unwrap();
        progress = family
            .resume(&call, &stage, &answer, &mut desk.bench.context())
            .unwrap();
    };
    assert!(!family.taken(&stage));
    let again = family.find_out(&call, &stage, &mut desk.bench.context());
    let Ok(Progress::Send { request, stage }) = again else {
        panic!("it is sent again");
    };
    assert!(family.taken(&stage));
    assert_eq!(request.headers.last().unwrap().0, "if-none-match");
    let refused = response(400, &[], "");
    let outcome = family.resume(&call, &stage, &refused, &mut desk.bench.context());
    assert_eq!(
        outcome,
        Err(ToolError::Unknown),
        "the first may have arrived"
    );
}
