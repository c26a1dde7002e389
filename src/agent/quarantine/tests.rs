//! What the quarantined model is sent, and what of its answers counts.
