//! What Ledger says about tokens: believed only with Ledger's own signature, as in the app.

use bitcoin::hashes::{Hash, sha256};
use bitcoin::secp256k1::ecdsa::Signature;
use bitcoin::secp256k1::{Message, PublicKey, Secp256k1};
use vitrine_ethereum::alloy_primitives::{Address, hex};

use super::Status;
use crate::ledger::networks;

/// Ledger's key for such descriptors. Source: LedgerHQ/app-ethereum, `doc/ethapp.adoc`, PROVIDE ERC 20 TOKEN INFORMATION.
const LEDGER_KEY: [u8; 65] = hex!(
    "045e6c1020c14dc46442fe89f97c0b68cdb15976dc24f24c316e7b30fe4e8cc76b"
    "1489150c21514ebf440ff5dea5393d83de5358cd098fce8fd0f81daa94979183"
);

/// A token by its address on any chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) ticker: String,
    pub(super) address: Address,
    pub(super) decimals: u8,
}

impl Token {
    pub(super) fn read(data: &[u8]) -> Result<Self, Status> {
        const TICKER: usize = 50;
        let (length, rest) = data.split_first().ok_or(Status::DATA)?;
        let ticker = usize::from(*length);
        let (signed, signature) = rest.split_at_checked(ticker.saturating_add(28)).ok_or(Status::DATA)?;
        let (text, rest) = signed.split_at_checked(ticker).filter(|_| ticker <= TICKER).ok_or(Status::DATA)?;
        let (address, rest) = rest.split_first_chunk::<20>().ok_or(Status::DATA)?;
        let (decimals, chain) = rest.split_first_chunk::<4>().ok_or(Status::DATA)?;
        let chain_id = chain.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        networks::name(chain_id).ok_or(Status::DATA)?;
        check(signed, signature)?;
        let decimals = u8::try_from(u32::from_be_bytes(*decimals)).map_err(|_| Status::DATA)?;
        let ticker = String::from_utf8_lossy(text).into_owned();
        Ok(Self { ticker, address: Address::from(*address), decimals })
    }
}

/// Believes nothing that Ledger did not sign.
pub(super) fn check(signed: &[u8], signature: &[u8]) -> Result<(), Status> {
    let secp = Secp256k1::verification_only();
    let key = PublicKey::from_slice(&LEDGER_KEY).map_err(|_| Status::DATA)?;
    let mut signature = Signature::from_der(signature).map_err(|_| Status::DATA)?;
    signature.normalize_s();
    let digest = sha256::Hash::hash(signed).to_byte_array();
    secp.verify_ecdsa(&Message::from_digest(digest), &signature, &key).map_err(|_| Status::DATA)
}
