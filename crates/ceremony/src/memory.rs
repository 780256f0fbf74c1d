//! What earlier ceremonies signed, from their records.
//!
//! The content of a record's entry "Signed" says it; its form is written down in `docs/formats/record.md`.

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use vitrine_bitcoin::{EarlierSigning, Nonce, Recorded, SigningMemory};
use vitrine_review::Digest;

use crate::error::RecordError;
use crate::record::Record;

const VERSION: u32 = 1;

/// Signings that a session compares a request with.
#[derive(Clone, Debug, Default)]
pub struct Memory(SigningMemory);

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

impl Memory {
    /// Remembers everything that a record says was signed.
    ///
    /// # Errors
    /// [`RecordError`] if the record is not whole, or an entry "Signed" does not say what was signed.
    pub fn add(&mut self, record: &Record) -> Result<(), RecordError> {
        record.verify()?;
        for entry in record.entries().iter().filter(|entry| entry.kind == "Signed") {
            let number = entry.number;
            let content = entry.content.and_then(|digest| record.contents().get(&digest));
            let content = content.ok_or(RecordError::NoMemory { number, reason: "it has no content".to_owned() })?;
            let signing = parse(content).map_err(|reason| RecordError::NoMemory { number, reason })?;
            self.0.add(signing, Recorded { entry: number, at: entry.at, head: record.head() });
        }
        Ok(())
    }

    /// How many signings are remembered.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn signings(&self) -> &SigningMemory {
        &self.0
    }
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

fn parse(content: &[u8]) -> Result<EarlierSigning, String> {
    let json: SignedJson = serde_json::from_slice(content).map_err(|e| e.to_string())?;
    if json.version != VERSION {
        return Err(format!("its content has version {}, this program knows version {VERSION}", json.version));
    }
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

fn bytes(name: &str, hex: &str) -> Result<[u8; 32], String> {
    Digest::from_hex(hex).map(|digest| *digest.as_bytes()).ok_or_else(|| format!("{name} is not 64 hex digits"))
}

impl From<&Nonce> for NonceJson {
    fn from(nonce: &Nonce) -> Self {
        Self { input: nonce.input, r: HEXLOWER.encode(&nonce.r), digest: HEXLOWER.encode(&nonce.digest) }
    }
}
