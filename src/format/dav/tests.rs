//! What services send.
