//! How contracts of families and of the demo account are written down.

use crate::tool::{ArgRole, ArgSpec, ArgType, EffectClass, Kind, Reach, Sinks, ToolSpec};

/// An argument that may be left out.
pub(in super::super) const fn arg(
    name: &'static str,
    holds: ArgType,
    role: ArgRole,
    about: &'static str,
) -> ArgSpec {
    ArgSpec {
        name,
        holds,
        role,
        required: false,
        about,
    }
}

/// The same argument, which must be given.
pub(in super::super) const fn required(argument: &ArgSpec) -> ArgSpec {
    ArgSpec {
        required: true,
        ..*argument
    }
}

/// A tool that works inside the account and tells nobody.
pub(in super::super) const fn tool(
    name: &'static str,
    about: &'static str,
    effect: EffectClass,
    args: &'static [ArgSpec],
    returns: Kind,
) -> ToolSpec {
    ToolSpec {
        name,
        about,
        effect,
        reach: Reach::Inside,
        args,
        returns,
        source: None,
        sinks: Sinks::Nobody,
    }
}

/// The same tool, whose effect is at an outside service.
pub(in super::super) const fn outside(spec: &ToolSpec) -> ToolSpec {
    ToolSpec {
        reach: Reach::Outside,
        ..*spec
    }
}
