//! Ethereum: strict decode, explanation of every signed byte, review and verification.
//!
//! The line of flow, each arrow a function: bytes → [`decode`] → [`EthRequest`] → [`EthRequest::check`] →
//! [`CheckedRequest`] → [`CheckedRequest::review`] → a person approves → a device signs → [`verify`] → [`Verified`].
//! A batch is read by [`decode_batch`]; one request or all of a batch, checked, are [`CheckedRequests`].

#![warn(clippy::float_arithmetic)] // no float near value

pub mod abi;
pub mod call;
mod check;
mod directory;
pub mod effect;
mod field;
mod findings;
pub mod interface;
pub mod json;
mod limits;
mod located;
mod memory;
pub mod message;
mod request;
mod review;
mod rlp;
pub mod safe;
pub mod sign_request;
mod signature;
mod surroundings;
pub mod text;
pub mod transaction;
pub mod typed_data;
mod verify;

pub use alloy_primitives;
pub use check::{CheckError, CheckedRequest, CheckedRequests, SafeSigning};
pub use field::Field;
pub use findings::FINDINGS;
pub use located::Located;
pub use memory::{EarlierSigning, Holder, SigningMemory, Slot};
pub use request::{Asked, DecodeError, EthBatch, EthRequest, Payload, RequestForm, decode, decode_batch};
pub use rlp::RlpProblem;
pub use safe::{GatherError, Gathered, Given};
pub use sign_request::{BatchSignRequest, SignRequest};
pub use signature::{ReturnedSignature, Signature, SignatureFault};
pub use surroundings::{BookEntry, OwnAccount, SafeAccount, Surroundings};
pub use transaction::Transaction;
pub use verify::{
    Signable, Verified, VerifyError, verify, verify_answer, verify_batch_response, verify_response, verify_transaction,
};
