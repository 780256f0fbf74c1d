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
mod field;
mod limits;
mod located;
mod rlp;
pub mod sign_request;
mod signature;
pub mod transaction;
mod verify;

pub use alloy_primitives;
pub use field::Field;
pub use located::Located;
pub use rlp::RlpProblem;
pub use sign_request::{BatchSignRequest, SignRequest};
pub use signature::{ReturnedSignature, Signature, SignatureFault};
pub use transaction::Transaction;
pub use verify::{
    Signable, Verified, VerifyError, verify, verify_answer, verify_batch_response, verify_response, verify_transaction,
};
