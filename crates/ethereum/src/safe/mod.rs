//! Safe accounts: the transaction that owners sign, its hash, and their signatures.

mod signatures;
mod transaction;

pub use signatures::{OwnerSignature, SignaturesError, pack_signatures};
pub use transaction::{SafeTx, SafeTxHashes, SafeVersion, UnknownSafeVersion};
