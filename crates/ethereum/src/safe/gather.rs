//! Owners' signatures gathered at several places: each verified over one `safeTxHash`, and packed for the Safe.

use std::fmt;

use alloy_primitives::{Address, B256};

use super::{OwnerSignature, SignaturesError, pack_signatures};
use crate::check::CheckedRequest;
use crate::request::Payload;
use crate::signature::{ReturnedSignature, Signature, SignatureFault};

/// A signature that somebody gave, not verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Where it comes from, as messages say it: "answer 2".
    pub from: String,
    /// Who is said to have signed, if anybody is named.
    pub owner: Option<Address>,
    /// r, s, and v of 27 or 28.
    pub bytes: Vec<u8>,
}

/// Verified signatures of owners over the `safeTxHash` of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// Who signed, with names of the folder, in the order that the Safe demands.
    pub owners: Vec<(String, Address)>,
    /// How many more signatures the Safe needs.
    pub missing: u64,
    /// The signatures one after the other, as `execTransaction` takes them.
    pub signatures: Vec<u8>,
    /// Calldata of `execTransaction`, if no signature is missing.
    pub execution: Option<Vec<u8>>,
}

/// Why signatures are not gathered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatherError {
    /// The request is no transaction of a Safe.
    NotASafe,
    /// The Safe is none of the folder's, or its hash is not that of the registered version and chain.
    OtherSafe(Address),
    /// A signature is out of range, or has a v that the Safe reads as something else.
    Signature {
        /// Where it comes from.
        from: String,
        /// What is wrong with it.
        fault: SignatureFault,
    },
    /// A v other than 27 and 28.
    V {
        /// Where it comes from.
        from: String,
        /// The v.
        v: u8,
    },
    /// A signature over this hash would be by somebody who is no owner.
    NotAnOwner {
        /// Where it comes from.
        from: String,
        /// By whom it would be.
        recovered: Address,
    },
    /// A signature that is said to be by one owner is by another.
    OtherOwner {
        /// Where it comes from.
        from: String,
        /// By whom it is said to be.
        stated: Address,
        /// By whom it is.
        recovered: Address,
    },
    /// They cannot be packed.
    Pack(SignaturesError),
}

impl GatherError {
    /// Whether a signature does not verify; everything else is a request or an answer that does not belong here.
    pub const fn is_unverified(&self) -> bool {
        matches!(self, Self::Signature { .. } | Self::NotAnOwner { .. } | Self::OtherOwner { .. })
    }
}

impl fmt::Display for GatherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASafe => f.write_str(
                "the request is no transaction of a Safe: give the Safe bundle, or the typed data of its SafeTx",
            ),
            Self::OtherSafe(safe) => write!(
                f,
                "{safe} is no Safe of the ceremony folder with this version and chain. Register it with its owners first"
            ),
            Self::Signature { from, fault } => write!(f, "{from}: {fault}"),
            Self::V { from, v } => write!(
                f,
                "{from}: a signature ends in {v}, a Safe takes 27 or 28 for a key's signature over the safeTxHash. Leave \
                 it out, and let its owner sign again"
            ),
            Self::NotAnOwner { from, recovered } => write!(
                f,
                "{from}: over this safeTxHash the signature would be by {recovered}, who is no registered owner of the \
                 Safe: somebody else signed, or something else was signed"
            ),
            Self::OtherOwner { from, stated, recovered } => {
                write!(f, "{from}: the signature is said to be by {stated}, over this safeTxHash it is by {recovered}")
            }
            Self::Pack(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for GatherError {}

impl CheckedRequest {
    /// Verifies owners' signatures over the `safeTxHash` of this request, those that its bundle carries among them, and
    /// packs them for the Safe. The owners are those that the ceremony folder registers.
    ///
    /// # Errors
    /// [`GatherError`] if one of them is anything but a registered owner's own signature over this hash, or stands twice.
    pub fn gather(&self, given: &[Given]) -> Result<Gathered, GatherError> {
        let signing = self.safe().ok_or(GatherError::NotASafe)?;
        let other = GatherError::OtherSafe(signing.safe);
        let safe = self.known().safe(signing.safe).ok_or_else(|| other.clone())?;
        if signing.transaction.hashes(safe.version, self.known().chain_id, safe.address) != signing.hashes {
            return Err(other);
        }
        let mut signatures = Vec::new();
        for given in self.carried().iter().chain(given) {
            let signature = recovered(given, signing.hashes.safe_tx)?;
            if !safe.owners.iter().any(|(_, owner)| *owner == signature.owner) {
                return Err(GatherError::NotAnOwner { from: given.from.clone(), recovered: signature.owner });
            }
            signatures.push(signature);
        }
        let packed = pack_signatures(&signatures).map_err(GatherError::Pack)?;
        let count = u64::try_from(signatures.len()).unwrap_or(u64::MAX);
        let missing = safe.threshold.saturating_sub(count);
        let mut owners: Vec<_> =
            safe.owners.iter().filter(|(_, owner)| signatures.iter().any(|s| s.owner == *owner)).cloned().collect();
        owners.sort_by_key(|(_, owner)| *owner);
        let execution = (missing == 0).then(|| signing.transaction.execution(&packed));
        Ok(Gathered { owners, missing, signatures: packed, execution })
    }

    /// Signatures that a bundle carries already.
    fn carried(&self) -> Vec<Given> {
        let Payload::SafeBundle(bundle) = self.payload() else { return Vec::new() };
        let confirmations = bundle.confirmations.iter().enumerate();
        let given = confirmations.map(|(n, confirmation)| Given {
            from: format!("confirmation {} of the request", n.saturating_add(1)),
            owner: Some(confirmation.owner),
            bytes: confirmation.signature.bytes().to_vec(),
        });
        given.collect()
    }
}

/// The signature with whoever made it over `hash`.
fn recovered(given: &Given, hash: B256) -> Result<OwnerSignature, GatherError> {
    let wrong = |fault| GatherError::Signature { from: given.from.clone(), fault };
    let bytes: [u8; 65] =
        given.bytes.as_slice().try_into().map_err(|_| wrong(SignatureFault::Length { found: given.bytes.len() }))?;
    let y_parity = match bytes.last() {
        Some(27) => false,
        Some(28) => true,
        v => return Err(GatherError::V { from: given.from.clone(), v: v.copied().unwrap_or_default() }),
    };
    let returned = ReturnedSignature::from_bytes(&bytes).map_err(wrong)?;
    let (r, s) = returned.scalars();
    let signature = Signature::new(r, s, y_parity).map_err(wrong)?;
    let owner = signature.recover(hash).map_err(wrong)?;
    match given.owner {
        Some(stated) if stated != owner => {
            Err(GatherError::OtherOwner { from: given.from.clone(), stated, recovered: owner })
        }
        _ => Ok(OwnerSignature { owner, bytes }),
    }
}
