//! Ethereum requests through whole sessions, with honest devices and hostile ones; what is remembered of them; and the
//! signatures of a Safe's owners brought together.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod memory;
mod owners;
mod signing;
mod support;
