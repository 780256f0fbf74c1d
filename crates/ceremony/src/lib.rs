//! One signing session.
//!
//! A [`Folder`], prepared beforehand and hashed as a whole, says what the ceremony is about: network, registered
//! wallets, address book and [`ApprovalPolicy`]. A [`Session`] takes one request through
//! arrived → reviewed → approved → signed → presented, and only it makes a [`SignOrder`], only when every
//! [`Gate`] is passed. Each step is an entry of the hash-chained [`Record`].
//!
//! Nothing here reads a file, a clock or a random number: bytes and times are arguments.

#![warn(clippy::float_arithmetic)] // no float near value

mod approval;
mod chain;
mod combine;
mod error;
mod folder;
mod limits;
mod memory;
mod nonces;
mod operator;
mod order;
mod recognise;
mod record;
mod session;
mod signed;
mod stated;
mod wallets;

pub use approval::{
    ApprovalPolicy, EthereumRules, Exception, Recipients, RuleResult, TokenLimit, TypedDataRule, UnknownCall, Verdict,
    WorstCaseRule,
};
pub use chain::{Chain, Malformed, Unusable, Unverified};
pub use combine::{CombineFailure, SafeSignatures, combine, combine_safe};
pub use error::{FolderError, NotSigned, RecordError, SessionError};
pub use folder::Folder;
pub use memory::Memory;
pub use nonces::Askings;
pub use operator::{EthereumResult, ResponseError, verify_ethereum_response, verify_response};
pub use order::{Returned, SignOrder};
pub use recognise::{Belonging, Recognised, known_against, recognise};
pub use record::{Entry, Record};
pub use session::{Gate, Session, Stage};
pub use signed::Signed;
pub use vitrine_bitcoin::{ImportError, Network, UnknownNetwork};
pub use vitrine_ethereum::interface::{AssetError, provide_tokens};
pub use wallets::{AddressError, ProposedWallet, WalletRegistration, propose_wallets};

/// Seconds since 1970-01-01 00:00 UTC, as the caller's clock says.
pub type UnixTime = u64;
