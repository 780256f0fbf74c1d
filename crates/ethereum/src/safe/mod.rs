//! Safe accounts: the transaction that owners sign, its hash, and their signatures.

mod bundle;
mod confirmation;
mod execution;
mod gather;
mod signatures;
mod transaction;

pub(crate) use bundle::is_safe_bundle;
pub use bundle::{BundleError, BundleProblem, Confirmation, SAFE_BUNDLE_FORMAT, SafeBundle};
pub use confirmation::ConfirmationProof;
pub use gather::{GatherError, Gathered, Given};
pub use signatures::{OwnerSignature, SignaturesError, pack_signatures};
pub use transaction::{SafeTx, SafeTxHashes, SafeVersion, UnknownSafeVersion};

/// Selector of `approveHash(bytes32)`.
pub(crate) const APPROVE_HASH: [u8; 4] = [0xd4, 0xd9, 0xbd, 0xcd];
