//! The BitBox02 driver: against exchanges recorded with the vendor's firmware, live where its simulator runs, and
//! against a device of our own that cheats.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a test fails by panicking, as the test does"
)]

mod cases;
mod device;
#[path = "../ledger/request.rs"]
#[allow(dead_code, reason = "requests of another vendor's tests, of which some are taken")]
mod ethereum;
mod firmware;
mod hostile;
mod link;
#[cfg(feature = "emulator")]
mod live;
mod request;
