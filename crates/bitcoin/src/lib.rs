//! PSBT: strict decode, proof of what is ours, review and verification.
//!
//! The line of flow, each arrow a function: bytes → [`decode`] → [`PsbtRequest`] → [`PsbtRequest::check`] →
//! [`CheckedPsbt`] → [`CheckedPsbt::review`] → a person approves → a device signs → [`verify`] → [`Verified`].

#![warn(clippy::float_arithmetic)] // no float near value

mod account;
mod address_book;
mod bytes;
mod check;
mod codes;
mod combine;
mod count;
mod decode;
mod dleq;
mod dns;
mod findings;
mod import;
mod keyvalue;
mod leaf;
mod limits;
mod memory;
mod message;
mod missing;
mod musig;
mod network;
mod nonce;
mod own;
mod preimage;
mod review;
mod script_keys;
mod sighash;
mod signature;
mod silent_payment;
mod tagged;
mod verify;
mod wallet;

pub use address_book::{AddressBook, AddressBookError, BookEntry, LookAlike};
pub use bitcoin;
pub use check::{
    CheckError, CheckedInput, CheckedOutput, CheckedPsbt, InputAmount, MusigKey, OutputRole, Surroundings,
};
pub use combine::{CombineError, combine};
pub use decode::{DecodeError, Place, Problem, PsbtRequest, PsbtVersion, decode};
pub use dns::PaymentName;
pub use findings::FINDINGS;
pub use import::{ImportError, ImportFormat, Proposal, import_wallets};
pub use keyvalue::MapKind;
pub use memory::{EarlierSigning, SigningMemory};
pub use message::SignedMessage;
pub use network::{Network, UnknownNetwork};
pub use nonce::Nonce;
pub use own::{OwnKey, OwnScript, ScriptKind};
pub use sighash::SighashType;
pub use signature::SignatureFault;
pub use verify::{
    MusigPart, NonceFault, Returned, ReturnedSignature, Verified, VerifyError, verify, verify_response,
    verify_returned, verify_transaction,
};
pub use wallet::{
    AccountKey, Cosigner, LastUsed, Multisig, PolicyFault, Registration, Wallet, WalletError, WalletPolicy,
};
