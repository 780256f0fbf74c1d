//! The Trezor driver: against recordings of the vendor's firmware, the simulated device, and a scripted one.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a test fails by panicking, as the test does"
)]

#[allow(dead_code, reason = "shared with the live tests, which sign the Ethereum requests")]
#[path = "../live/cases.rs"]
mod cases;
mod dialogue;
mod ethereum;
mod faults;
mod firmware;
mod foreign;
mod forms;
mod multisig;
mod recorded;
mod recorded_forms;
mod recording;
mod request;
mod scripted;
mod simulated;
mod unlocking;
mod waits;
