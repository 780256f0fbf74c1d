//! The processes that own devices, as far as their sockets go: hostile on either side, slow, or gone.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a test fails by panicking, as the test does"
)]

mod camera;
mod wallet;
