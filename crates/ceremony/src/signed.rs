//! A verified result, of either chain: what leaves, what it is called, and what is kept of it.

use vitrine_bitcoin::{CheckedPsbt, Nonce};
use vitrine_ethereum::alloy_primitives::{Address, hex};
use vitrine_ethereum::sign_request::{EthSignature, encode_batch};
use vitrine_ethereum::{CheckedRequests, Verified};
use vitrine_qr::{Payload, PayloadKind, Transport, UrType};

use crate::chain::{Checked, Unverified};
use crate::memory;
use crate::nonces::Evidence;
use crate::operator::{self, EthereumResult, ResponseError};
use crate::order::Signatures;

/// Characters of a hash as it is written: a signature is longer, and stands in the content of the record's entry.
const HASH_CHARS: usize = 66;

/// What leaves after the first of two rounds (BIP-327).
const NONCES: &str = "PSBT with nonces, not signed yet";

/// Signatures that were verified against the reviewed request.
#[derive(Clone, Debug)]
pub(crate) enum Proven {
    /// The request plus signature fields, rebuilt by us.
    Bitcoin(Box<vitrine_bitcoin::Verified>),
    /// Of each request a signature by the account that had to sign, and the signed transaction rebuilt by us.
    Ethereum(Vec<Verified>),
}

impl Proven {
    /// Verifies what a device returned for this request.
    ///
    /// # Errors
    /// [`Unverified`]; nothing of it is then used.
    pub(crate) fn verify(checked: &Checked, signatures: &Signatures) -> Result<Self, Unverified> {
        match (checked, signatures) {
            (Checked::Bitcoin(psbt), Signatures::Bitcoin(signatures)) => {
                let verified = vitrine_bitcoin::verify_returned(psbt, signatures).map_err(Unverified::Bitcoin)?;
                Ok(Self::Bitcoin(Box::new(verified)))
            }
            (Checked::Ethereum(requests), Signatures::Ethereum(signatures)) => {
                requests.verify(signatures).map(Self::Ethereum).map_err(Unverified::Ethereum)
            }
            (Checked::Bitcoin(_), Signatures::Ethereum(_)) | (Checked::Ethereum(_), Signatures::Bitcoin(_)) => {
                Err(Unverified::OtherChain)
            }
        }
    }
}

/// A verified result, rebuilt by us: of a PSBT the request plus signature fields; of an Ethereum request the answer to it.
#[derive(Clone, Debug)]
pub struct Signed {
    what: &'static str,
    payload: Payload,
    transactions: Vec<Vec<u8>>,
    names: Vec<(String, String)>,
    files: Vec<(&'static str, Vec<u8>)>,
    remembered: Vec<u8>,
    checks: Vec<String>,
    not_checked: Option<String>,
    device: String,
}

impl Signed {
    /// `proven_again` is what the device signed when it was asked again; `asked` is how the request came: the answer
    /// goes back the same way, where that is a way of animated codes.
    pub(crate) fn new(
        checked: &Checked,
        proven: &Proven,
        proven_again: Option<&Proven>,
        asked: Transport,
    ) -> Result<Self, Unverified> {
        let this = match (checked, proven) {
            (Checked::Bitcoin(psbt), Proven::Bitcoin(verified)) => Self::psbt(psbt, verified, proven_again, asked),
            (Checked::Ethereum(requests), Proven::Ethereum(verified)) => Self::answer(requests, verified)?,
            _ => return Err(Unverified::OtherChain),
        };
        let files = files(proven, &this.payload, &this.transactions);
        Ok(Self { files, ..this })
    }

    fn psbt(
        checked: &CheckedPsbt,
        verified: &vitrine_bitcoin::Verified,
        again: Option<&Proven>,
        asked: Transport,
    ) -> Self {
        Self {
            what: if verified.is_nonces_alone() { NONCES } else { "signed PSBT" },
            payload: signed_psbt(verified, asked),
            transactions: verified.transaction().map(<[u8]>::to_vec).into_iter().collect(),
            names: vec![("Transaction id".to_owned(), verified.txid())],
            remembered: psbt_memory(checked, verified, again),
            checks: verified.checks().to_vec(),
            files: Vec::new(),
            not_checked: None,
            device: String::new(),
        }
    }

    fn answer(requests: &CheckedRequests, verified: &[Verified]) -> Result<Self, Unverified> {
        let payload = answer(requests, verified);
        // As the operator reads it, so that what is shown is what was verified.
        let signers: Vec<Address> = verified.iter().map(Verified::signer).collect();
        let read = operator::verified(requests, &signers, &payload).map_err(|error| match error {
            ResponseError::Ethereum(error) => Unverified::Ethereum(error),
            _ => Unverified::OtherChain,
        })?;
        let result = EthereumResult::of(requests, &read);
        Ok(Self {
            what: match payload.kind {
                PayloadKind::EthTransaction => "signed transaction",
                PayloadKind::EthBatchSignature => "batch of signatures",
                _ => "signature",
            },
            payload,
            transactions: result.transactions().to_vec(),
            names: result.names().to_vec(),
            remembered: ethereum_memory(requests, verified),
            checks: result.checks().to_vec(),
            files: Vec::new(),
            not_checked: None,
            device: String::new(),
        })
    }

    /// The same, signed by this device, with what was seen of its nonces.
    pub(crate) fn by(mut self, device: String, nonces: Evidence) -> Self {
        self.device = device;
        self.checks.extend(nonces.compared);
        self.not_checked = nonces.not_checked;
        self
    }

    /// What it is, in words: "signed PSBT", "PSBT with nonces, not signed yet", "signed transaction", "signature".
    pub const fn what(&self) -> &'static str {
        self.what
    }

    /// Kind of the record's entry: nonces alone sign nothing, and no later ceremony has to remember them.
    pub(crate) fn kind(&self) -> &'static str {
        if self.what == NONCES { "Nonces" } else { "Signed" }
    }

    /// What is shown as codes.
    pub const fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The network transaction, if there is a complete one, and no other.
    pub fn transaction(&self) -> Option<&[u8]> {
        match self.transactions.as_slice() {
            [alone] => Some(alone),
            _ => None,
        }
    }

    /// What was checked and what not, and by what it is known as far as that is not said already, in one line for the
    /// record. A signature itself stands in the content of the entry.
    pub(crate) fn summary(&self) -> String {
        let is_said = |name: &str| self.checks.iter().any(|check| check.contains(name));
        let news = self.names.iter().filter(|(_, name)| name.len() <= HASH_CHARS && !is_said(name));
        let news = news.map(|(label, name)| format!("{} {name}", lower(label)));
        let said = self.checks.iter().cloned().chain(self.not_checked.clone());
        said.chain(news).collect::<Vec<_>>().join("; ")
    }

    /// By what it is known, each with its label: id or hash of the transaction, signer, signature in the form that its
    /// user takes.
    pub fn names(&self) -> &[(String, String)] {
        &self.names
    }

    /// What is to be kept as files, by name; the first one is what is shown as codes.
    pub fn files(&self) -> &[(&'static str, Vec<u8>)] {
        &self.files
    }

    /// What later ceremonies have to remember of it: the content of the record's entry.
    pub(crate) fn remembered(&self) -> &[u8] {
        &self.remembered
    }

    /// What was verified, and what was compared of the nonces, one sentence each.
    pub fn checks(&self) -> &[String] {
        &self.checks
    }

    /// What was not checked of the nonces, and why; none if all of them were.
    pub fn not_checked(&self) -> Option<&str> {
        self.not_checked.as_deref()
    }

    /// Model and firmware of the device that signed.
    pub fn device(&self) -> &str {
        &self.device
    }
}

fn signed_psbt(verified: &vitrine_bitcoin::Verified, asked: Transport) -> Payload {
    let transport = match asked {
        Transport::Ur { .. } | Transport::Bbqr { .. } => asked,
        _ => Transport::Ur { ur_type: UrType::CryptoPsbt },
    };
    Payload { kind: PayloadKind::Psbt, transport, bytes: verified.psbt().to_vec() }
}

fn psbt_memory(checked: &CheckedPsbt, verified: &vitrine_bitcoin::Verified, again: Option<&Proven>) -> Vec<u8> {
    let mut signing = checked.to_remember(verified);
    let known: Vec<Nonce> = signing.nonces.clone();
    if let Some(Proven::Bitcoin(again)) = again {
        signing.nonces.extend(again.nonces().iter().filter(|nonce| !known.contains(nonce)).cloned());
    }
    memory::bitcoin_content(&signing, verified.psbt())
}

fn ethereum_memory(requests: &CheckedRequests, verified: &[Verified]) -> Vec<u8> {
    let pairs = requests.requests().iter().zip(verified);
    memory::ethereum_content(&pairs.map(|(request, one)| (request.to_remember(one), one)).collect::<Vec<_>>())
}

/// The answer: an `eth-signature`, a batch of them, or of a transaction that came alone the signed transaction.
fn answer(requests: &CheckedRequests, verified: &[Verified]) -> Payload {
    let pairs = requests.requests().iter().zip(verified);
    let signatures: Vec<EthSignature> =
        pairs.map(|(request, one)| one.to_eth_signature(request.request_id(), None)).collect();
    let alone = requests.requests().iter().zip(verified).next().filter(|_| !requests.is_batch());
    let transaction = alone.filter(|(request, _)| !request.is_sign_request()).and_then(|(_, one)| one.transaction());
    let (kind, bytes) = match (transaction, signatures.as_slice()) {
        (Some(transaction), _) => (PayloadKind::EthTransaction, transaction.to_vec()),
        (None, [signature]) if !requests.is_batch() => (PayloadKind::EthSignature, signature.encode()),
        (None, all) => (PayloadKind::EthBatchSignature, encode_batch(all)),
    };
    Payload { kind, transport: Transport::Ur { ur_type: kind.ur_type() }, bytes }
}

/// What is shown as codes, and beside it transactions and signatures in the form that their users take.
fn files(what: &Proven, payload: &Payload, transactions: &[Vec<u8>]) -> Vec<(&'static str, Vec<u8>)> {
    let name = match (payload.kind, what) {
        (PayloadKind::Psbt, Proven::Bitcoin(verified)) if verified.is_nonces_alone() => "nonces.psbt",
        (PayloadKind::Psbt, _) => "signed.psbt",
        (PayloadKind::EthTransaction, _) => "transaction.hex",
        _ => "signature.ur",
    };
    let mut files = vec![(name, payload.to_file())];
    if !transactions.is_empty() && name != "transaction.hex" {
        files.push(("transaction.hex", lines(transactions.iter().map(hex::encode))));
    }
    if let Proven::Ethereum(verified) = what {
        let data = verified.iter().filter(|one| one.transaction().is_none());
        let signatures = lines(data.map(|one| hex::encode_prefixed(one.signature_bytes())));
        files.extend((!signatures.is_empty()).then_some(("signature.hex", signatures)));
    }
    files
}

fn lines(texts: impl Iterator<Item = String>) -> Vec<u8> {
    texts.map(|text| text + "\n").collect::<String>().into_bytes()
}

/// A label within a sentence.
fn lower(label: &str) -> String {
    let mut characters = label.chars();
    let first = characters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    format!("{first}{}", characters.as_str())
}
