//! Transactions that are not what their envelope, their chain or their fee seems.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip7702, TxLegacy};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::Authorization;
use vitrine_ethereum::alloy_primitives::{Address, B256, TxKind, U256, address as addr, hex};

use super::maker::{ALICE, Ceremony, HALDEN, STRANGER, USDC, asked, asked_together, sign, transaction};
use super::town::envelope::Envelope;
use super::town::transfer;
use crate::maker::Made;

/// 1 ether to Halden, as any wallet makes it.
pub fn dynamic() -> TxEip1559 {
    TxEip1559 {
        chain_id: 1,
        nonce: 12,
        gas_limit: 21_000,
        max_fee_per_gas: 30_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(HALDEN),
        value: U256::from(10).pow(U256::from(18)),
        access_list: AccessList::default(),
        input: vec![].into(),
    }
}

/// The same with a gas price and the chain in its signature (EIP-155).
pub fn legacy() -> TxLegacy {
    TxLegacy {
        chain_id: Some(1),
        nonce: 12,
        gas_price: 30_000_000_000,
        gas_limit: 21_000,
        to: TxKind::Call(HALDEN),
        value: U256::from(10).pow(U256::from(18)),
        input: vec![].into(),
    }
}

fn made(bytes: &[u8]) -> Made {
    Ceremony::default().made(transaction(bytes))
}

pub fn plain() -> Made {
    made(&dynamic().encoded_for_signing())
}

/// The same payment once more, of another amount, for the same nonce: only one of the two can ever be included.
pub fn two_of_one_nonce() -> Made {
    let more = TxEip1559 { value: U256::from(3) * dynamic().value, ..dynamic() };
    let both = [dynamic().encoded_for_signing(), more.encoded_for_signing()];
    Ceremony::default().made(asked_together(&both))
}

/// A payment that carries the account's own consent to run foreign code, on every chain.
pub fn authorization_for_every_chain() -> Made {
    let authorization = Authorization { chain_id: U256::ZERO, address: STRANGER, nonce: 13 };
    let signature = sign(authorization.signature_hash());
    let y_parity = signature.y_parity();
    let signed =
        alloy_eips::eip7702::SignedAuthorization::new_unchecked(authorization, y_parity, signature.r(), signature.s());
    let TxEip1559 { chain_id, nonce, max_fee_per_gas, max_priority_fee_per_gas, value, .. } = dynamic();
    let set_code = TxEip7702 {
        chain_id,
        nonce,
        gas_limit: 60_000,
        max_fee_per_gas,
        max_priority_fee_per_gas,
        to: HALDEN,
        value,
        access_list: AccessList::default(),
        authorization_list: vec![signed],
        input: vec![].into(),
    };
    made(&set_code.encoded_for_signing())
}

pub fn another_chain() -> Made {
    made(&TxEip1559 { chain_id: 137, ..dynamic() }.encoded_for_signing())
}

/// The envelope says mainnet, the transaction Polygon.
pub fn request_says_another_chain() -> Made {
    let data = TxEip1559 { chain_id: 137, ..dynamic() }.encoded_for_signing();
    Ceremony::default().made(asked(&Envelope::of_transaction(4, data)))
}

/// Without chain, as before EIP-155: every chain takes it.
pub fn six_items() -> Made {
    made(&TxLegacy { chain_id: None, ..legacy() }.encoded_for_signing())
}

/// A byte behind the transaction, which some nodes and decoders overlook.
pub fn bytes_behind() -> Made {
    made(&[dynamic().encoded_for_signing(), vec![0]].concat())
}

/// The nonce spelled with a leading zero: another encoding of the same fields, with another hash.
pub fn leading_zero() -> Made {
    let usual = legacy().encoded_for_signing();
    assert_eq!(usual[..2], [0xc0 | (usual.len() as u8 - 1), 12], "a short list that begins with the nonce");
    made(&[&[usual[0] + 2, 0x82, 0, 12], &usual[2..]].concat())
}

/// A tip that is most of the fee, and gas for forty blocks.
pub fn absurd_fee() -> Made {
    let slot = AccessListItem { address: USDC, storage_keys: vec![B256::repeat_byte(9)] };
    let absurd = TxEip1559 {
        gas_limit: 16_000_000,
        max_fee_per_gas: 9_000_000_000_000,
        max_priority_fee_per_gas: 8_999_000_000_000,
        to: TxKind::Call(USDC),
        value: U256::ZERO,
        access_list: AccessList(vec![slot]),
        input: transfer(1_000_000).into(),
        ..dynamic()
    };
    made(&absurd.encoded_for_signing())
}

pub fn tip_above_fee() -> Made {
    made(&TxEip1559 { max_priority_fee_per_gas: 31_000_000_000, ..dynamic() }.encoded_for_signing())
}

/// Code that returns a contract of one byte, after doing whatever it likes.
const INIT_CODE: [u8; 12] = hex!("600160005360016000f3ee00");

pub fn contract_creation() -> Made {
    let creation = TxEip1559 {
        to: TxKind::Create,
        value: U256::ZERO,
        gas_limit: 1_000_000,
        input: INIT_CODE.to_vec().into(),
        ..dynamic()
    };
    made(&creation.encoded_for_signing())
}

/// The same through the factory that anybody uses: the address follows from salt and code.
pub fn create2() -> Made {
    let factory: Address = addr!("4e59b44847b379578588920cA78FbF26c0B4956C");
    let creation = TxEip1559 {
        to: TxKind::Call(factory),
        value: U256::ZERO,
        gas_limit: 1_000_000,
        input: [&[7; 32][..], &INIT_CODE].concat().into(),
        ..dynamic()
    };
    assert_ne!(ALICE, factory);
    made(&creation.encoded_for_signing())
}
