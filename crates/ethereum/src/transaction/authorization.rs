//! Authorizations to set an account's code (EIP-7702).

use alloy_primitives::{Address, B256, U256, keccak256};

use super::error::TransactionError;
use super::fields::Fields;
use crate::signature::{Signature, SignatureFault};
use crate::{Field, rlp};

/// What an authorization's hash begins with (EIP-7702, MAGIC).
const MAGIC: u8 = 0x05;

/// A signed authorization: the account `authority` shall run the code at `address`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// The chain on which it holds; 0 is every chain.
    pub chain_id: Field<U256>,
    /// Whose code the account shall run; zero takes it away.
    pub address: Field<Address>,
    /// The authority's nonce.
    pub nonce: Field<u64>,
    /// Parity of the signature's curve point; anything above 1 is no signature.
    pub y_parity: Field<u8>,
    /// The signature's r.
    pub r: Field<U256>,
    /// The signature's s.
    pub s: Field<U256>,
    /// The hash that it signs.
    pub hash: B256,
    /// The account that signed, recovered; none where the signature is not valid, so that the chain skips the entry.
    pub authority: Option<Address>,
}

/// Reads one entry of the list.
pub(super) fn read(fields: &mut Fields<'_>) -> Result<Authorization, TransactionError> {
    fields.tuple("authorization_list", 6, |fields| {
        let hash = hash(fields.written(3));
        let chain_id = fields.uint("authorization_list.chain_id", 256)?;
        let address = fields.address("authorization_list.address")?;
        let nonce = fields.narrow("authorization_list.nonce", 64)?;
        let y_parity = fields.narrow("authorization_list.y_parity", 8)?;
        let r = fields.uint("authorization_list.r", 256)?;
        let s = fields.uint("authorization_list.s", 256)?;
        let authority = recover(hash, y_parity.value, r.value, s.value).ok();
        Ok(Authorization { chain_id, address, nonce, y_parity, r, s, hash, authority })
    })
}

/// keccak256(MAGIC || rlp([chain_id, address, nonce])), from the three items as they are written.
fn hash(items: &[u8]) -> B256 {
    let mut preimage = vec![MAGIC];
    rlp::write_list(items, &mut preimage);
    keccak256(preimage)
}

fn recover(hash: B256, y_parity: u8, r: U256, s: U256) -> Result<Address, SignatureFault> {
    let parity = match y_parity {
        0 => false,
        1 => true,
        _ => return Err(SignatureFault::NotOnCurve),
    };
    Signature::new(r, s, parity)?.recover(hash)
}
