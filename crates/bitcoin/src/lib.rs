//! PSBT: strict decode, proof of what is ours, review and verification.
//!
//! The line of flow, each arrow a function: bytes → [`decode`] → [`PsbtRequest`] → [`PsbtRequest::check`] →
//! [`CheckedPsbt`] → [`CheckedPsbt::review`] → a person approves → a device signs → [`verify`] → [`Verified`].

mod address_book;
mod check;
mod decode;
mod limits;
mod network;
mod own;
mod review;
mod sighash;
mod verify;
mod wallet;

pub use address_book::{AddressBook, AddressBookError, BookEntry, LookAlike};
pub use bitcoin;
pub use check::{CheckedInput, CheckedOutput, CheckedPsbt, InputAmount, OutputRole, Surroundings};
pub use decode::{CheckError, DecodeError, PsbtRequest, decode};
pub use network::{Network, UnknownNetwork};
pub use own::{OwnKey, OwnScript, ScriptKind};
pub use sighash::SighashType;
pub use verify::{ReturnedSignature, Verified, VerifyError, verify, verify_response};
pub use wallet::{AccountKey, Wallet, WalletError};
