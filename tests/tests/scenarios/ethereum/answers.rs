//! What comes back from a device or its host, and is not the signature that was asked for.

use alloy_consensus::SignableTransaction;
use alloy_consensus::{TxEip1559, TxLegacy};
use vitrine_ethereum::Signature;
use vitrine_ethereum::alloy_primitives::{B256, U256, keccak256, uint};

use super::maker::{ALICE, Ceremony, asked, sign, signature, signed_transaction, transaction};
use super::town::envelope::{Envelope, REQUEST_ID};
use super::transactions::{dynamic, legacy};
use crate::maker::Made;

/// Order of secp256k1 (SEC 2, 2.4.1).
const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

fn with_v(signature: &Signature, v: &[u8]) -> Vec<u8> {
    signature.to_bytes(v)
}

/// A legacy transaction as MetaMask asks for it, answered with these bytes.
fn legacy_answered(bytes: Vec<u8>) -> Made {
    let request = asked(&Envelope::of_transaction(1, legacy().encoded_for_signing()));
    Ceremony::default().answered(request, signature(Some(REQUEST_ID), bytes))
}

/// The same for a transaction with a type.
fn dynamic_answered(id: [u8; 16], bytes: Vec<u8>) -> Made {
    let request = asked(&Envelope::of_transaction(4, dynamic().encoded_for_signing()));
    Ceremony::default().answered(request, signature(Some(id), bytes))
}

fn hash_of(bytes: &[u8]) -> B256 {
    keccak256(bytes)
}

/// A request as MetaMask makes it, and the answer that it takes.
pub fn as_asked() -> Made {
    let good = sign(hash_of(&dynamic().encoded_for_signing()));
    dynamic_answered(REQUEST_ID, with_v(&good, &[good.y_parity()]))
}

/// The device lost the last bytes, those of EIP-155, between two packets: what it signed holds on every chain.
pub fn signed_for_no_chain() -> Made {
    let cut = sign(hash_of(&TxLegacy { chain_id: None, ..legacy() }.encoded_for_signing()));
    legacy_answered(with_v(&cut, &[37 + cut.y_parity()]))
}

/// v as some devices say it, of a transaction without chain: a wallet that uses it as it is makes another one.
pub fn v_cut_short() -> Made {
    let good = sign(hash_of(&legacy().encoded_for_signing()));
    legacy_answered(with_v(&good, &[27 + good.y_parity()]))
}

/// The right numbers with the other parity: over the same transaction they are somebody else's signature.
pub fn other_parity() -> Made {
    let transaction_of_ours = dynamic();
    let good = sign(hash_of(&transaction_of_ours.encoded_for_signing()));
    let raw = raw(&transaction_of_ours, good.r(), good.s(), good.y_parity() == 0);
    Ceremony::default().answered(transaction(&transaction_of_ours.encoded_for_signing()), signed_transaction(&raw))
}

/// The signed transaction as nodes take it.
fn raw(transaction: &TxEip1559, r: U256, s: U256, odd: bool) -> Vec<u8> {
    use alloy_eips::eip2718::Encodable2718 as _;
    let signature = vitrine_ethereum::alloy_primitives::Signature::new(r, s, odd);
    transaction.clone().into_signed(signature).encoded_2718()
}

pub fn answer_to_another_number() -> Made {
    let good = sign(hash_of(&dynamic().encoded_for_signing()));
    let mut id = REQUEST_ID;
    id[15] ^= 1;
    dynamic_answered(id, with_v(&good, &[good.y_parity()]))
}

/// Alice's own signature, with the right number, of what she signed a moment ago.
pub fn signature_of_another_request() -> Made {
    let earlier = sign(hash_of(&TxEip1559 { nonce: 11, ..dynamic() }.encoded_for_signing()));
    dynamic_answered(REQUEST_ID, with_v(&earlier, &[earlier.y_parity()]))
}

/// n − s instead of s: lax nodes take it, and the transaction has another hash.
pub fn high_s() -> Made {
    let good = sign(hash_of(&dynamic().encoded_for_signing()));
    let high: [u8; 32] = (ORDER - good.s()).to_be_bytes();
    let bytes = [&good.r().to_be_bytes::<32>()[..], &high, &[1 - good.y_parity()]].concat();
    dynamic_answered(REQUEST_ID, bytes)
}

/// The signed transaction with a byte behind it.
pub fn answer_with_bytes_behind() -> Made {
    let ours = dynamic();
    let good = sign(hash_of(&ours.encoded_for_signing()));
    assert_eq!(good.recover(hash_of(&ours.encoded_for_signing())), Ok(ALICE));
    let bytes = [raw(&ours, good.r(), good.s(), good.y_parity() == 1), vec![0]].concat();
    Ceremony::default().answered(transaction(&ours.encoded_for_signing()), signed_transaction(&bytes))
}
