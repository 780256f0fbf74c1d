//! The Ledger's Bitcoin app: our driver against recordings of the vendor's app, against an app that asks what it should
//! not, and against an emulator where there is one.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a test fails by panicking, as the test does"
)]

mod cases;
#[path = "../live_ledger/emulator_address.rs"]
mod emulator_address;
mod firmware;
mod hostile;
mod large;
mod live;
mod musig;
#[allow(dead_code, reason = "the other tests of recordings use the rest")]
#[path = "../ledger/recording.rs"]
mod recording;
mod request;
mod simulated;
