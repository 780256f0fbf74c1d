//! What earlier ceremonies signed, from their records.
//!
//! The content of a record's entry "Signed" says it; its form is written down in `docs/formats/record.md`.

mod bitcoin;
mod ethereum;

use serde::Deserialize;
use vitrine_review::{Digest, Recorded};

pub(crate) use bitcoin::content as bitcoin_content;
pub(crate) use ethereum::content as ethereum_content;

use crate::error::RecordError;
use crate::record::Record;

const VERSION: u32 = 1;

/// Signings that a session compares a request with.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    bitcoin: vitrine_bitcoin::SigningMemory,
    ethereum: vitrine_ethereum::SigningMemory,
}

/// The two keys that decide how all others are read. Without `chain` it is Bitcoin.
#[derive(Deserialize)]
struct HeadJson {
    version: u32,
    chain: Option<String>,
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
            let recorded = Recorded { entry: number, at: entry.at, head: record.head() };
            self.add_content(content, recorded).map_err(|reason| RecordError::NoMemory { number, reason })?;
        }
        Ok(())
    }

    fn add_content(&mut self, content: &[u8], recorded: Recorded) -> Result<(), String> {
        let head: HeadJson = serde_json::from_slice(content).map_err(|e| e.to_string())?;
        if head.version != VERSION {
            return Err(format!("its content has version {}, this program knows version {VERSION}", head.version));
        }
        match head.chain.as_deref() {
            None => self.bitcoin.add(bitcoin::parse(content)?, recorded),
            Some(ethereum::CHAIN) => {
                ethereum::parse(content)?.into_iter().for_each(|signing| self.ethereum.add(signing, recorded));
            }
            Some(other) => return Err(format!("its chain “{other}” is not known")),
        }
        Ok(())
    }

    /// How many signings are remembered.
    pub fn len(&self) -> usize {
        self.bitcoin.len().saturating_add(self.ethereum.len())
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) const fn bitcoin(&self) -> &vitrine_bitcoin::SigningMemory {
        &self.bitcoin
    }

    pub(crate) const fn ethereum(&self) -> &vitrine_ethereum::SigningMemory {
        &self.ethereum
    }
}

/// 32 bytes in hexadecimal digits.
fn bytes(name: &str, hex: &str) -> Result<[u8; 32], String> {
    Digest::from_hex(hex).map(|digest| *digest.as_bytes()).ok_or_else(|| format!("{name} is not 64 hex digits"))
}
