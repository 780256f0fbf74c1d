//! The Ledger driver: what it foretells, against recordings of the vendor's app, and the simulated device.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a test fails by panicking, as the test does"
)]

mod bitcoin_app;
mod filters;
mod firmware;
mod hostile;
mod recording;
mod request;
mod screens;
mod simulated;
mod waits;
