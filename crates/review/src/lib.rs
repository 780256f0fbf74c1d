//! The review document: what a human must see before signing.
