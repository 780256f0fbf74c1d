//! The Trezor driver: against recordings of the vendor's firmware, the simulated device, and a scripted one.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a test fails by panicking, as the test does"
)]

mod dialogue;
mod ethereum;
mod firmware;
mod recording;
mod request;
mod scripted;
mod simulated;
mod waits;
