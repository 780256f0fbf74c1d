//! Signatures gathered at several places, brought together (the Combiner and Finalizer of BIP-174).

use std::collections::BTreeMap;
use std::fmt;

use crate::signature::SignedBy;
use crate::verify::{
    Added, Candidate, Finals, Locks, Nonces, add_final_signatures, added_by, conclude_combined, finals_of,
};
use crate::{
    AddressBook, CheckError, CheckedPsbt, DecodeError, MapKind, Network, Surroundings, Verified, VerifyError, decode,
};

/// Why PSBTs are not combined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CombineError {
    /// Fewer than two.
    TooFew {
        /// How many.
        count: usize,
    },
    /// One of them cannot be read.
    Malformed {
        /// Which, from 0.
        psbt: usize,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// The first one cannot be checked.
    Unusable(CheckError),
    /// The first one is refused.
    Refused {
        /// Code of the finding that refuses it.
        code: &'static str,
    },
    /// One of them is for another transaction, or says something that the first one does not.
    Conflict {
        /// Which, from 0.
        psbt: usize,
        /// Where it differs from the first.
        error: VerifyError,
    },
    /// Two of them carry different signatures by one key.
    TwoSignatures {
        /// Which, from 0.
        psbt: usize,
        /// The input.
        input: usize,
        /// The key, as hex.
        key: String,
    },
    /// A signature or a finished input is wrong.
    Verification(VerifyError),
}

impl fmt::Display for CombineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // People count from 1.
        let name = |psbt: &usize| psbt.saturating_add(1);
        match self {
            Self::TooFew { count } => write!(f, "{count} PSBT given; combining takes at least two"),
            Self::Malformed { psbt, error } => write!(f, "PSBT {}: {error}", name(psbt)),
            Self::Unusable(error) => write!(f, "PSBT 1: {error}"),
            Self::Refused { code } => write!(f, "PSBT 1 is refused ({code}); inspect it"),
            Self::Conflict { psbt, error } => write!(f, "PSBT {} differs from PSBT 1: {error}", name(psbt)),
            Self::TwoSignatures { psbt, input, key } => write!(
                f,
                "PSBT {} carries another signature for input {input} by {key} than one before it; find out which is meant",
                name(psbt)
            ),
            Self::Verification(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CombineError {}

/// Brings the signatures of several PSBTs of one transaction together.
///
/// The first one is the measure: the others may lack its fields, as answers of some signers do, but what they have of
/// them must be equal byte for byte, and all that they may add is signatures. Each signature is verified over the
/// digest that the first one asks for, so that none can have another sighash type. Finished inputs are taken apart and
/// finished again by us, or executed where nobody can take them apart. The result is rebuilt by us; it has the
/// transaction once every input is complete and all scripts have run.
///
/// # Errors
/// [`CombineError`] naming the PSBT, and the map, key and offset or the input. Nothing is combined then.
pub fn combine(psbts: &[&[u8]]) -> Result<Verified, CombineError> {
    let [first, others @ ..] = psbts else { return Err(CombineError::TooFew { count: 0 }) };
    if others.is_empty() {
        return Err(CombineError::TooFew { count: 1 });
    }
    // A PSBT does not name its network, and here nothing depends on it but the coin type that key origins claim.
    match combine_on(Network::Mainnet, first, others) {
        Err(CombineError::Refused { code: "btc.other-network" }) => combine_on(Network::Testnet3, first, others),
        result => result,
    }
}

fn combine_on(network: Network, first: &[u8], others: &[&[u8]]) -> Result<Verified, CombineError> {
    let nobody = Surroundings { network, wallets: Vec::new(), address_book: AddressBook::default() };
    let request = decode(first).map_err(|error| CombineError::Malformed { psbt: 0, error })?;
    let checked = request.check(&nobody).map_err(CombineError::Unusable)?;
    if let Some(finding) = checked.findings.iter().find(|finding| finding.code == "btc.signature-unverifiable") {
        return Err(CombineError::Refused { code: finding.code });
    }
    let mut gathered = Gathered { finals: finals_of(&checked.request.psbt.inputs), ..Gathered::default() };
    for (psbt, bytes) in (1..).zip(others) {
        let other = decode(bytes).map_err(|error| CombineError::Malformed { psbt, error })?;
        let added = added_by(&checked, &other).map_err(|error| CombineError::Conflict { psbt, error })?;
        gathered.take(psbt, added)?;
    }
    conclude_gathered(&checked, &gathered).map_err(|error| match error {
        VerifyError::Refused { code } => CombineError::Refused { code },
        error => CombineError::Verification(error),
    })
}

fn conclude_gathered(checked: &CheckedPsbt, gathered: &Gathered) -> Result<Verified, VerifyError> {
    let checked = &*gathered.nonces.join(checked)?;
    let mut candidates = gathered.candidates();
    let locks = Locks::of_response(checked, &candidates, &gathered.finals);
    add_final_signatures(checked, &gathered.finals, &locks, &mut candidates)?;
    conclude_combined(checked, candidates, &gathered.finals, &locks, &gathered.nonces)
}

/// What all but the first add.
#[derive(Default)]
struct Gathered {
    signatures: BTreeMap<(usize, SignedBy), Vec<u8>>,
    finals: Finals,
    nonces: Nonces,
}

impl Gathered {
    fn take(&mut self, psbt: usize, Added { candidates, finals, nonces }: Added) -> Result<(), CombineError> {
        self.nonces.merge(&nonces).map_err(|error| CombineError::Conflict { psbt, error })?;
        for Candidate { input, by, bytes } in candidates {
            let known = self.signatures.entry((input, by)).or_insert_with(|| bytes.clone());
            if *known != bytes {
                return Err(CombineError::TwoSignatures { psbt, input, key: by.key() });
            }
        }
        for (input, finished) in finals {
            let known = self.finals.entry(input).or_insert_with(|| finished.clone());
            if *known != finished {
                let error = VerifyError::Changed { map: MapKind::Input(input), key: "finished input", offset: 0 };
                return Err(CombineError::Conflict { psbt, error });
            }
        }
        Ok(())
    }

    fn candidates(&self) -> Vec<Candidate> {
        let candidate = |((input, by), bytes): (&(usize, SignedBy), &Vec<u8>)| Candidate {
            input: *input,
            by: *by,
            bytes: bytes.clone(),
        };
        self.signatures.iter().map(candidate).collect()
    }
}
