//! What must stay true of the whole program; see `tests/`.

pub mod ceremony;
pub mod program;
pub mod repository;
