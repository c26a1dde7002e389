//! The console's WebSockets: hibernatable, so an idle console costs nothing.

use crate::agent::turn::Turn;
use crate::console::views;
use crate::store::{Store, approvals};
use crate::time::Timestamp;
use serde_json::{Value as Json, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use worker::{State, WebSocket};

/// What consoles are shown of turns as they go.
pub struct Sockets {
    state: std::rc::Rc<State>,
    /// How many messages of a running turn have been shown.
    shown: RefCell<BTreeMap<i64, usize>>,
}

impl Sockets {
    /// The sockets of one object.
    pub fn of(state: std::rc::Rc<State>) -> Self {
        Self {
            state,
            shown: RefCell::new(BTreeMap::new()),
        }
    }

    /// Sends a document to one socket; a socket that is gone is none of our business.
    pub fn send(socket: &WebSocket, document: &Json) {
        drop(socket.send_with_str(document.to_string()));
    }

    /// Sends a document to every console.
    pub fn tell(&self, document: &Json) {
        let sockets = self.state.get_websockets();
        if sockets.is_empty() {
            return;
        }
        let text = document.to_string();
        for socket in sockets {
            drop(socket.send_with_str(&text));
        }
    }

    /// Whether anybody watches.
    pub fn are_open(&self) -> bool {
        !self.state.get_websockets().is_empty()
    }

    /// Shows the next words of a planner.
    pub fn delta(&self, turn: &str, text: &str) {
        self.tell(&json!({"type": "delta", "turn": turn, "text": text}));
    }

    /// Shows the questions that a turn waits for. One that cannot be read now is in the next state.
    pub fn ask(&self, store: Store<'_>, turn: &Turn) {
        if self.state.get_websockets().is_empty() {
            return;
        }
        let waiting = approvals::waiting(store, 50).unwrap_or_default();
        for asked in waiting.iter().filter(|asked| asked.turn == turn.seq) {
            let approval = views::approval(asked, turn.id.as_str(), turn.locale);
            self.tell(&json!({"type": "approval", "approval": approval}));
        }
    }

    /// Takes back the words that were shown, since the planner is asked once more.
    pub fn restart(&self, turn: &str) {
        self.tell(&json!({"type": "restart", "turn": turn}));
    }

    /// Shows what is new in a turn.
    pub fn show(&self, turn: &Turn, at: Timestamp) {
        if !self.are_open() {
            return;
        }
        let mut shown = self.shown.borrow_mut();
        let from = shown.get(&turn.seq).copied().unwrap_or(0);
        if turn.conversation.as_str().starts_with("console:") {
            for n in from..turn.messages.len() {
                if let Some(message) = views::said(turn, n) {
                    self.tell(&json!({"type": "message", "message": message}));
                }
            }
        }
        self.tell(&json!({"type": "turn", "turn": views::summary(turn, at)}));
        if turn.status.is_final() {
            shown.remove(&turn.seq);
        } else {
            shown.insert(turn.seq, turn.messages.len());
        }
    }
}
