//! What must stay true of the whole program; see `tests/`.
