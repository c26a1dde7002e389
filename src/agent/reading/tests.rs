//! The agent's own tools: what they accept and what they make of it.
