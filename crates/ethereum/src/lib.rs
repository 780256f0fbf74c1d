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
pub mod json;
mod limits;
mod located;
pub mod message;
pub mod text;
pub mod typed_data;

mod review;
pub mod safe;

pub use alloy_primitives;
pub use findings::FINDINGS;
pub use located::Located;
