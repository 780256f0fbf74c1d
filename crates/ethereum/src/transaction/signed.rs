//! The signed transaction, built by us from what was reviewed.

use std::fmt;

use alloy_consensus::TxEip4844;
use alloy_consensus::transaction::{EthereumTxEnvelope, EthereumTypedTransaction, SignerRecoverable};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, U256};

use super::{Transaction, TransactionType};
use crate::rlp;
use crate::signature::Signature;

/// A signed transaction that the second decoder does not read as what was reviewed: our own mistake, and nothing leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedTransactionError {
    /// It cannot be decoded.
    Malformed,
    /// A field differs from the reviewed one.
    Fields,
    /// Another account signed it.
    Signer,
}

impl fmt::Display for SignedTransactionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the signed transaction cannot be decoded again",
            Self::Fields => "the signed transaction is read with other fields than the reviewed one",
            Self::Signer => "the signed transaction is read as another account's",
        })
    }
}

impl std::error::Error for SignedTransactionError {}

impl Transaction {
    /// The v of its signature: with chain id for type 0 (EIP-155), else the parity.
    pub(crate) fn v(&self, y_parity: u8) -> U256 {
        let parity = U256::from(y_parity);
        match self.transaction_type {
            TransactionType::Legacy => {
                U256::from(self.chain_id.value).saturating_mul(U256::from(2)).saturating_add(U256::from(35)) + parity
            }
            _ => parity,
        }
    }

    /// The transaction with its signature, as nodes take it. The fields are copied as they are written, never encoded
    /// anew; alloy then has to read the same transaction and the same signer.
    pub(crate) fn sign(&self, signature: &Signature, signer: Address) -> Result<Vec<u8>, SignedTransactionError> {
        let mut items = self.unsigned_items.clone();
        for number in [self.v(signature.y_parity()), signature.r(), signature.s()] {
            rlp::write_bytes(&number.to_be_bytes_trimmed_vec(), &mut items);
        }
        let mut raw = Vec::with_capacity(items.len().saturating_add(10));
        if self.transaction_type != TransactionType::Legacy {
            raw.push(self.transaction_type.number());
        }
        rlp::write_list(&items, &mut raw);
        self.check_signed(&raw, signer)?;
        Ok(raw)
    }

    fn check_signed(&self, raw: &[u8], signer: Address) -> Result<(), SignedTransactionError> {
        let envelope = EthereumTxEnvelope::<TxEip4844>::decode_2718_exact(raw);
        let envelope = envelope.map_err(|_| SignedTransactionError::Malformed)?;
        if envelope.recover_signer().ok() != Some(signer) {
            return Err(SignedTransactionError::Signer);
        }
        if EthereumTypedTransaction::from(envelope) != self.second_reading {
            return Err(SignedTransactionError::Fields);
        }
        Ok(())
    }
}
