//! What is remembered of a signed PSBT.

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use vitrine_bitcoin::{EarlierSigning, Nonce};

use super::{VERSION, bytes};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedJson {
    version: u32,
    transaction: String,
    outputs_sha256: String,
    coins: Vec<CoinJson>,
    nonces: Vec<NonceJson>,
    psbt: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoinJson {
    outpoint: String,
    amount_sat: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NonceJson {
    input: usize,
    r: String,
    digest: String,
}

/// The content of an entry "Signed".
pub(crate) fn content(signing: &EarlierSigning, psbt: &[u8]) -> Vec<u8> {
    let coins = signing.coins.iter().cloned();
    let json = SignedJson {
        version: VERSION,
        transaction: signing.transaction.clone(),
        outputs_sha256: HEXLOWER.encode(&signing.outputs_sha256),
        coins: coins.map(|(outpoint, amount_sat)| CoinJson { outpoint, amount_sat }).collect(),
        nonces: signing.nonces.iter().map(NonceJson::from).collect(),
        psbt: BASE64.encode(psbt),
    };
    serde_json::to_vec(&json).expect("texts and numbers are always JSON")
}

pub(super) fn parse(content: &[u8]) -> Result<EarlierSigning, String> {
    let json: SignedJson = serde_json::from_slice(content).map_err(|e| e.to_string())?;
    let nonces = json.nonces.into_iter().map(|nonce| {
        Ok(Nonce { input: nonce.input, r: bytes("r", &nonce.r)?, digest: bytes("digest", &nonce.digest)? })
    });
    Ok(EarlierSigning {
        transaction: json.transaction,
        outputs_sha256: bytes("outputs_sha256", &json.outputs_sha256)?,
        coins: json.coins.into_iter().map(|coin| (coin.outpoint, coin.amount_sat)).collect(),
        nonces: nonces.collect::<Result<_, String>>()?,
    })
}

impl From<&Nonce> for NonceJson {
    fn from(nonce: &Nonce) -> Self {
        Self { input: nonce.input, r: HEXLOWER.encode(&nonce.r), digest: HEXLOWER.encode(&nonce.digest) }
    }
}
