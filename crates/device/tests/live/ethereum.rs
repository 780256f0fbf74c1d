//! Ethereum requests of the other tests.

#[allow(dead_code, reason = "shared with the other tests")]
#[path = "../trezor/ethereum/request.rs"]
pub mod request;
