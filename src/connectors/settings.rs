//! The owner's own settings; for now, the time zone.
//!
//! The one thing to know: this checks a value and hands it back as a setting. The agent stores it,
//! since connectors see their own documents only. A zone is never guessed.

use super::parts::{given, invalid, made_here, of_arguments, source_of, text};
use super::{Connector, When};
use crate::time::Zone;
use crate::tool::{
    ArgRole, ArgSpec, ArgType, Call, CallContext, EffectClass, Kind, Progress, Reach, Shape, Sinks,
    ToolError, ToolOutput, ToolSpec,
};
use crate::value::{Item, Value, record};

/// The connector.
pub struct Settings;

const TOOLS: &[ToolSpec] = &[ToolSpec {
    name: "zone_set",
    about: "Sets the owner's time zone.",
    effect: EffectClass::Write,
    reach: Reach::Inside,
    args: &[ArgSpec {
        name: "zone",
        holds: ArgType::Text(64),
        role: ArgRole::Control,
        required: true,
        about: "Its IANA name, for example Europe/Paris.",
    }],
    returns: Kind::Setting,
    source: None,
    sinks: Sinks::Nobody,
}];

impl Connector for Settings {
    fn name(&self) -> &'static str {
        "settings"
    }

    fn tools(&self) -> &'static [ToolSpec] {
        TOOLS
    }

    fn check(&self, _tool: &str, shape: &Shape, _when: When<'_>) -> Result<(), ToolError> {
        match shape.literal("zone") {
            Some(Value::Text(name)) if Zone::named(name).is_none() => {
                Err(invalid("zone", "an IANA time zone such as Europe/Paris"))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, call: &Call, _context: &mut CallContext<'_>) -> Result<Progress, ToolError> {
        let asked = given(call, "zone");
        let zone = asked
            .text()
            .and_then(Zone::named)
            .ok_or_else(|| invalid("zone", "an IANA time zone such as Europe/Paris"))?;
        Ok(Progress::Done(ToolOutput::new(
            Kind::Setting,
            setting("zone", zone.name(), call),
        )))
    }
}

fn setting(name: &str, value: &str, call: &Call) -> Item {
    let source = source_of(Kind::Setting, name);
    let made = made_here(&source);
    record(
        made.clone(),
        [
            ("name", text(name, made.clone())),
            ("value", text(value, of_arguments(call).join(&made))),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::test_documents::{Bench, owner_text, stranger_text};
    use crate::label::Integrity;

    #[test]
    fn a_zone_is_checked_spelled_out_and_labelled() {
        let mut bench = Bench::default();
        let set = bench.done(
            &Settings,
            "zone_set",
            vec![("zone", owner_text(" europe/paris "))],
        );
        assert_eq!(set.kind, Kind::Setting);
        assert_eq!(set.item.field("name").unwrap().text(), Some("zone"));
        assert_eq!(
            set.item.field("value").unwrap().text(),
            Some("Europe/Paris")
        );
        assert_eq!(set.item.total_label().integrity, Integrity::Owner);
        let set = bench.done(&Settings, "zone_set", vec![("zone", stranger_text("UTC"))]);
        assert_eq!(
            set.item.field("value").unwrap().label().integrity,
            Integrity::Untrusted
        );
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        let mut bench = Bench::default();
        for name in ["Mars/Base", "", "../etc/passwd"] {
            let error = bench.call(&Settings, "zone_set", vec![("zone", owner_text(name))]);
            let expected = invalid("zone", "an IANA time zone such as Europe/Paris");
            assert_eq!(error.unwrap_err(), expected);
        }
    }
}
