//! Ethereum: strict decode, explanation of every signed byte, review and verification.
//!
//! The line of flow, each arrow a function: bytes → decode → [`EthRequest`] → check → [`CheckedRequest`] → review →
//! a person approves → a device signs → verify → [`Verified`].

#![warn(clippy::float_arithmetic)] // no float near value

pub mod abi;
pub mod call;
pub mod effect;
mod findings;
mod json;
pub mod interface;
mod limits;
mod located;

mod review;
pub mod safe;

pub use alloy_primitives;
pub use findings::FINDINGS;
pub use located::Located;
