//! Ethereum on a Trezor.

mod drawn;
mod firmware;
mod fixtures;
mod hostile;
pub mod request;
mod simulated;
