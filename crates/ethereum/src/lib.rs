//! Ethereum: strict decode, explanation of every signed byte, review and verification.
//!
//! The line of flow, each arrow a function: bytes → decode → [`EthRequest`] → check → [`CheckedRequest`] → review →
//! a person approves → a device signs → verify → [`Verified`].

#![warn(clippy::float_arithmetic)] // no float near value

pub mod abi;
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
