//! Signatures of a Safe's owners, gathered at several places.

use vitrine_ethereum::sign_request::EthSignature;
use vitrine_ethereum::{GatherError, Gathered, Given};
use vitrine_qr::{Payload, PayloadKind};

use super::CombineFailure;
use crate::Folder;
use crate::chain::{Known, check_ethereum};

/// Verified signatures of a Safe's owners, and the call that they authorise once there are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeSignatures {
    safe_tx_hash: String,
    gathered: Gathered,
}

impl SafeSignatures {
    /// What was verified, one sentence each.
    pub fn checks(&self) -> Vec<String> {
        let hash = &self.safe_tx_hash;
        let check =
            |(name, owner): &(String, _)| format!("the signature of {name} ({owner}) is over safeTxHash {hash}");
        self.gathered.owners.iter().map(check).collect()
    }

    /// How many more owners must sign.
    pub const fn missing(&self) -> u64 {
        self.gathered.missing
    }

    /// The signatures as the Safe takes them: 65 bytes each, in ascending order of the owners.
    pub fn signatures(&self) -> &[u8] {
        &self.gathered.signatures
    }

    /// Calldata of `execTransaction`, to be sent to the Safe by anybody; none while owners are missing.
    pub fn execution(&self) -> Option<&[u8]> {
        self.gathered.execution.as_deref()
    }
}

/// Verifies answers to a Safe's request over its one `safeTxHash`, with the signatures that its bundle carries already,
/// and packs them. Whose signatures count is what the ceremony folder registers: a signature alone names somebody,
/// whatever it is over. Numbers of requests are not compared: each owner may have had a request of his own.
///
/// # Errors
/// [`CombineFailure`] if anything is malformed, of another Safe, over something else, by no owner, or twice.
pub fn combine_safe(folder: &Folder, request: &Payload, answers: &[Payload]) -> Result<SafeSignatures, CombineFailure> {
    let Known::Ethereum(surroundings) = folder.known() else {
        return Err(CombineFailure::Folder("the ceremony folder is not for Ethereum".to_owned()));
    };
    let checked = check_ethereum(request, surroundings).map_err(CombineFailure::Request)?;
    let given = answers.iter().enumerate().map(|(n, answer)| given(n, answer)).collect::<Result<Vec<_>, _>>()?;
    let [request] = checked.requests() else { return Err(CombineFailure::Safe(GatherError::NotASafe)) };
    let gathered = request.gather(&given).map_err(CombineFailure::Safe)?;
    Ok(SafeSignatures { safe_tx_hash: request.signable().hash().to_string(), gathered })
}

fn given(n: usize, answer: &Payload) -> Result<Given, CombineFailure> {
    let number = n.saturating_add(1);
    if answer.kind != PayloadKind::EthSignature {
        return Err(CombineFailure::NotAnAnswer { number, found: answer.kind.to_string() });
    }
    let signature = EthSignature::decode(&answer.bytes);
    let signature =
        signature.map_err(|error| CombineFailure::NotAnAnswer { number, found: format!("malformed: {error}") })?;
    Ok(Given { from: format!("answer {number}"), owner: None, bytes: signature.signature })
}
