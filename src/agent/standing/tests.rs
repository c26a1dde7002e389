//! Standing rules: what they cover and what they never cover.
