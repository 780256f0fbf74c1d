//! What is remembered of a signed Ethereum request.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use vitrine_ethereum::alloy_primitives::{Address, U256};
use vitrine_ethereum::{EarlierSigning, Holder, Slot, Verified};

use super::{VERSION, bytes};

/// The value of `chain`.
pub(super) const CHAIN: &str = "ethereum";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedJson {
    version: u32,
    chain: String,
    signings: Vec<SigningJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SigningJson {
    signer: String,
    hash: String,
    signature: String,
    nonces: Vec<NonceJson>,
    transaction: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NonceJson {
    account: Option<String>,
    safe: Option<String>,
    chain_id: Option<u64>,
    nonce: String,
    hash: String,
}

/// The content of an entry "Signed".
pub(crate) fn content(signings: &[(EarlierSigning, &Verified)]) -> Vec<u8> {
    let signings = signings.iter().map(|(signing, verified)| SigningJson {
        signer: signing.signer.to_checksum(None),
        hash: HEXLOWER.encode(signing.hash.as_slice()),
        signature: HEXLOWER.encode(verified.signature_bytes()),
        nonces: signing.slots.iter().map(NonceJson::from).collect(),
        transaction: verified.transaction().map(|transaction| HEXLOWER.encode(transaction)),
    });
    let json = SignedJson { version: VERSION, chain: CHAIN.to_owned(), signings: signings.collect() };
    serde_json::to_vec(&json).expect("texts and numbers are always JSON")
}

pub(super) fn parse(content: &[u8]) -> Result<Vec<EarlierSigning>, String> {
    let json: SignedJson = serde_json::from_slice(content).map_err(|e| e.to_string())?;
    json.signings.into_iter().map(signing).collect()
}

fn signing(json: SigningJson) -> Result<EarlierSigning, String> {
    let r = json.signature.get(..64).unwrap_or_default();
    Ok(EarlierSigning {
        signer: address("signer", &json.signer)?,
        hash: bytes("hash", &json.hash)?.into(),
        r: U256::from_be_bytes(bytes("r of the signature", r)?),
        slots: json.nonces.into_iter().map(slot).collect::<Result<_, _>>()?,
    })
}

fn slot(json: NonceJson) -> Result<Slot, String> {
    let holder = match (&json.account, &json.safe) {
        (Some(account), None) => Holder::Account(address("account", account)?),
        (None, Some(safe)) => Holder::Safe(address("safe", safe)?),
        _ => return Err("a nonce is of either an account or a safe".to_owned()),
    };
    let is_digits = !json.nonce.is_empty() && json.nonce.bytes().all(|digit| digit.is_ascii_digit());
    let nonce = U256::from_str_radix(&json.nonce, 10).ok().filter(|_| is_digits);
    let nonce = nonce.ok_or_else(|| "nonce is not a number in digits".to_owned())?;
    Ok(Slot { holder, chain_id: json.chain_id, nonce, hash: bytes("hash", &json.hash)?.into() })
}

fn address(name: &str, text: &str) -> Result<Address, String> {
    Address::parse_checksummed(text, None).map_err(|_| format!("{name} is not an address with its checksum (EIP-55)"))
}

impl From<&Slot> for NonceJson {
    fn from(slot: &Slot) -> Self {
        let (account, safe) = match slot.holder {
            Holder::Account(account) => (Some(account.to_checksum(None)), None),
            Holder::Safe(safe) => (None, Some(safe.to_checksum(None))),
        };
        let (nonce, hash) = (slot.nonce.to_string(), HEXLOWER.encode(slot.hash.as_slice()));
        Self { account, safe, chain_id: slot.chain_id, nonce, hash }
    }
}
