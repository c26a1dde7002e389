//! What may happen, asked of every class of effect and every condition.
