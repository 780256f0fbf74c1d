//! Packets: every recorded exchange through the framing of its vendor, drivers built over a cable, and cables that are hostile.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a test fails by panicking, as the test does"
)]

mod cable;
mod driven;
mod hostile;
#[allow(dead_code, reason = "the tests of the driver use the rest")]
#[path = "../bitbox/link.rs"]
mod link;
mod recorded;
#[allow(dead_code, reason = "the tests of the driver use the rest")]
#[path = "../ledger/recording.rs"]
mod recording;
#[allow(dead_code, reason = "the tests of the driver use the rest")]
#[path = "../trezor/recording.rs"]
mod trezor_recording;
