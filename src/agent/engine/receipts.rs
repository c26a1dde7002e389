//! What became of a message that a timer set off: its connector hears of it, and what a channel
//! would not take is in the console.

use super::Engine;
use crate::agent::schedule::console;
use crate::agent::turn::{Cause, Turn};
use crate::connectors::{self, Told};
use crate::message::Block;
use crate::store::StoreError;
use crate::store::documents::Space;

impl Engine<'_> {
    /// Takes the outcome of a message by the word that the log has for it.
    pub(super) fn note_receipt(&mut self, turn: &Turn, outcome: &str) -> Result<(), StoreError> {
        let (Some(_), Some(said)) = (&turn.receipt, turn.messages.first()) else {
            return Ok(());
        };
        let told = match outcome {
            "delivered" => Told::Delivered,
            "unknown" => Told::Unknown,
            _ => Told::Kept,
        };
        self.confirm(turn, told);
        if told == Told::Delivered || turn.channel == "console" {
            return Ok(());
        }
        let (lost, unsure) = self.locale()?.pick(
            ("could not take this", "may not have got this"),
            ("n'a pas pu prendre ceci", "n'a peut-être pas reçu ceci"),
        );
        let what = if told == Told::Unknown { unsure } else { lost };
        let text = format!("{} {what}:", turn.channel);
        let mut kept = said.message.clone();
        kept.blocks.insert(0, Block::Say { text });
        let delivery = format!("kept:{}", turn.id);
        let cause = Cause::Notice { message: kept };
        self.add("console", &console()?, &delivery, cause, false)?;
        Ok(())
    }

    /// Says whose receipt a message has. What is not pushed is in the console already.
    pub(in crate::agent) fn expect_receipt(
        &self,
        turn: &mut Turn,
        connector: &str,
        receipt: Option<String>,
    ) {
        turn.receipt = receipt.map(|receipt| (connector.to_owned(), receipt));
        if !self.pushes(&turn.channel) {
            self.confirm(turn, Told::Kept);
        }
    }

    /// Tells a connector what became of the message of its timer.
    fn confirm(&self, turn: &Turn, told: Told) {
        let Some((name, receipt)) = &turn.receipt else {
            return;
        };
        let known = connectors::all().iter().find(|known| known.name() == name);
        if let Some(connector) = known {
            let mut documents = Space::of(self.store, connector.name());
            // A receipt that is gone is nobody's loss; the log has it.
            drop(connector.told(receipt, told, self.now, &mut documents));
        }
    }
}
