//! What whoever deploys decides: how the agent runs, which is recorded, and whether it runs.

use super::Engine;
use crate::audit::Entry;
use crate::egress;
use crate::store::{StoreError, settings};

impl Engine<'_> {
    /// Records how the agent is deployed, if that is otherwise than when it was last recorded.
    pub fn note_deployment(&mut self) -> Result<(), StoreError> {
        let version = env!("CARGO_PKG_VERSION");
        let named = self.config.models.iter().chain(&self.config.quarantined);
        let models: Vec<String> = named
            .map(|model| format!("{} {}", model.provider, model.name))
            .collect();
        let now = format!("{version} {} {models:?}", egress::table::CONNECTIONS);
        if settings::get(self.store, "deployed")?.as_deref() == Some(now.as_str()) {
            return Ok(());
        }
        self.step(|engine| {
            settings::set(engine.store, "deployed", &now)?;
            engine.entries.push(Entry::Deployed {
                version: version.to_owned(),
                connections: egress::table::CONNECTIONS.to_owned(),
                models: models.clone(),
            });
            Ok(())
        })
    }

    /// Whether whoever deploys has stopped the agent. No command of the owner's undoes that.
    pub(super) fn is_stopped_by_binding(&self) -> bool {
        let set = self.vault.read("STOP");
        set.is_some_and(|set| !matches!(set.trim(), "" | "0" | "false" | "no"))
    }
}
