//! Ethereum on a Trezor.

mod firmware;
mod fixtures;
mod hostile;
pub mod request;
mod simulated;
