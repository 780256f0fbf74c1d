//! A verified result, of either chain: what leaves, what it is called, and what is kept of it.

use vitrine_bitcoin::{CheckedPsbt, Nonce};
use vitrine_ethereum::alloy_primitives::hex;
use vitrine_ethereum::{CheckedRequest, Verified};
use vitrine_qr::{Payload, PayloadKind, Transport, UrType};

use crate::chain::{Checked, Unverified};
use crate::memory;
use crate::nonces::Evidence;
use crate::order::Signatures;

/// Signatures that were verified against the reviewed request.
#[derive(Clone, Debug)]
pub(crate) enum Proven {
    /// The request plus signature fields, rebuilt by us.
    Bitcoin(Box<vitrine_bitcoin::Verified>),
    /// A signature by the account that had to sign, and the signed transaction rebuilt by us.
    Ethereum(Box<Verified>),
}

impl Proven {
    /// Verifies what a device returned for this request.
    ///
    /// # Errors
    /// [`Unverified`]; nothing of it is then used.
    pub(crate) fn verify(checked: &Checked, signatures: &Signatures) -> Result<Self, Unverified> {
        match (checked, signatures) {
            (Checked::Bitcoin(psbt), Signatures::Bitcoin(signatures)) => {
                let verified = vitrine_bitcoin::verify(psbt, signatures).map_err(Unverified::Bitcoin)?;
                Ok(Self::Bitcoin(Box::new(verified)))
            }
            (Checked::Ethereum(request), Signatures::Ethereum(signature)) => {
                let verified = request.verify(signature).map_err(Unverified::Ethereum)?;
                Ok(Self::Ethereum(Box::new(verified)))
            }
            (Checked::Bitcoin(_), Signatures::Ethereum(_)) | (Checked::Ethereum(_), Signatures::Bitcoin(_)) => {
                Err(Unverified::OtherChain)
            }
        }
    }

    fn checks(&self) -> &[String] {
        match self {
            Self::Bitcoin(verified) => verified.checks(),
            Self::Ethereum(verified) => verified.checks(),
        }
    }

    fn transaction(&self) -> Option<&[u8]> {
        match self {
            Self::Bitcoin(verified) => verified.transaction(),
            Self::Ethereum(verified) => verified.transaction(),
        }
    }
}

/// A verified result, rebuilt by us: of a PSBT the request plus signature fields; of an Ethereum request the answer to it.
#[derive(Clone, Debug)]
pub struct Signed {
    what: &'static str,
    payload: Payload,
    transaction: Option<Vec<u8>>,
    names: Vec<(&'static str, String)>,
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
        let (what, payload, names, remembered) = match (checked, proven) {
            (Checked::Bitcoin(psbt), Proven::Bitcoin(verified)) => {
                let names = vec![("Transaction id", verified.txid())];
                ("signed PSBT", signed_psbt(verified, asked), names, psbt_memory(psbt, verified, proven_again))
            }
            (Checked::Ethereum(request), Proven::Ethereum(verified)) => {
                let payload = answer(request, verified);
                let what = if payload.kind == PayloadKind::EthTransaction { "signed transaction" } else { "signature" };
                (what, payload, names(request, verified), ethereum_memory(request, verified))
            }
            _ => return Err(Unverified::OtherChain),
        };
        let transaction = proven.transaction().map(<[u8]>::to_vec);
        let files = files(proven, &payload);
        let checks = proven.checks().to_vec();
        let (not_checked, device) = (None, String::new());
        Ok(Self { what, payload, transaction, names, files, remembered, checks, not_checked, device })
    }

    /// The same, signed by this device, with what was seen of its nonces.
    pub(crate) fn by(mut self, device: String, nonces: Evidence) -> Self {
        self.device = device;
        self.checks.extend(nonces.compared);
        self.not_checked = nonces.not_checked;
        self
    }

    /// What it is, in words: "signed PSBT", "signed transaction", "signature".
    pub const fn what(&self) -> &'static str {
        self.what
    }

    /// What is shown as codes.
    pub const fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The network transaction, if there is a complete one.
    pub fn transaction(&self) -> Option<&[u8]> {
        self.transaction.as_deref()
    }

    /// By what it is known, in one line for the record: "transaction id …".
    pub(crate) fn summary(&self) -> String {
        self.names.first().map_or(self.what.to_owned(), |(label, name)| format!("{} {name}", lower(label)))
    }

    /// By what it is known, each with its label: id or hash of the transaction, signer, signature in the form that its
    /// user takes.
    pub fn names(&self) -> &[(&'static str, String)] {
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

fn ethereum_memory(request: &CheckedRequest, verified: &Verified) -> Vec<u8> {
    memory::ethereum_content(&[(request.to_remember(verified), verified)])
}

/// The answer to a request: an `eth-signature`, or of a transaction that came alone the signed transaction.
fn answer(request: &CheckedRequest, verified: &Verified) -> Payload {
    let (kind, bytes) = match verified.transaction() {
        Some(transaction) if !request.is_sign_request() => (PayloadKind::EthTransaction, transaction.to_vec()),
        _ => (PayloadKind::EthSignature, verified.to_eth_signature(request.request_id(), None).encode()),
    };
    Payload { kind, transport: Transport::Ur { ur_type: kind.ur_type() }, bytes }
}

/// By what an Ethereum result is known, each with its label.
pub(crate) fn names(request: &CheckedRequest, verified: &Verified) -> Vec<(&'static str, String)> {
    let (signer, hash) = (verified.signer().to_string(), verified.hash().to_string());
    let signature = hex::encode_prefixed(verified.signature_bytes());
    match (verified.transaction_hash(), request.safe()) {
        (Some(transaction), _) => vec![("Transaction hash", transaction.to_string()), ("Signer", signer)],
        (None, Some(signing)) => vec![
            ("safeTxHash", hash),
            ("Safe", signing.safe.to_string()),
            ("Owner", signer),
            ("Owner's signature, as the Safe takes it", signature),
        ],
        (None, None) => vec![("Hash that was signed", hash), ("Signer", signer), ("Signature", signature)],
    }
}

fn files(proven: &Proven, payload: &Payload) -> Vec<(&'static str, Vec<u8>)> {
    let line = |text: String| (text + "\n").into_bytes();
    let name = match payload.kind {
        PayloadKind::Psbt => "signed.psbt",
        PayloadKind::EthTransaction => "transaction.hex",
        _ => "signature.ur",
    };
    let mut files = vec![(name, payload.to_file())];
    match (proven, proven.transaction()) {
        (_, Some(transaction)) if name != "transaction.hex" => {
            files.push(("transaction.hex", line(hex::encode(transaction))));
        }
        (Proven::Ethereum(verified), None) => {
            files.push(("signature.hex", line(hex::encode_prefixed(verified.signature_bytes()))));
        }
        _ => {}
    }
    files
}

/// A label within a sentence.
fn lower(label: &str) -> String {
    let mut characters = label.chars();
    let first = characters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    format!("{first}{}", characters.as_str())
}
