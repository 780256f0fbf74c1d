//! Ethereum: strict decode, explanation of every signed byte, review and verification.
//!
//! The line of flow, each arrow a function: bytes → decode → [`EthRequest`] → check → [`CheckedRequest`] → review →
//! a person approves → a device signs → verify → [`Verified`].

#![warn(clippy::float_arithmetic)] // no float near value

pub mod abi;
pub mod json;
mod limits;
mod located;
pub mod message;
pub mod text;
pub mod typed_data;

pub use alloy_primitives;
pub use located::Located;
