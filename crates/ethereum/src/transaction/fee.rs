//! What a transaction may cost.

use alloy_primitives::U256;

use super::Blobs;
use crate::Field;

/// Gas of one blob (EIP-4844, GAS_PER_BLOB).
pub const BLOB_GAS: u64 = 131_072;

/// What is paid per gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fee {
    /// One price (types 0 and 1).
    GasPrice {
        /// Wei per gas.
        gas_price_wei: Field<u128>,
    },
    /// Base fee and tip (EIP-1559; types 2, 3 and 4).
    Dynamic {
        /// Most wei per gas that go to the block's producer; never above `max_fee_per_gas_wei`.
        max_priority_fee_per_gas_wei: Field<u128>,
        /// Most wei per gas in all.
        max_fee_per_gas_wei: Field<u128>,
    },
}

impl Fee {
    /// Most wei per gas.
    pub fn max_per_gas_wei(&self) -> u128 {
        match self {
            Self::GasPrice { gas_price_wei } => gas_price_wei.value,
            Self::Dynamic { max_fee_per_gas_wei, .. } => max_fee_per_gas_wei.value,
        }
    }
}

/// Value plus the largest fee; none above 2²⁵⁶.
pub(super) fn worst_case_cost_wei(fee: Fee, gas_limit: u64, value_wei: U256, blobs: Option<&Blobs>) -> Option<U256> {
    let gas = U256::from(fee.max_per_gas_wei()).checked_mul(U256::from(gas_limit))?;
    let Some(blobs) = blobs else { return gas.checked_add(value_wei) };
    let blob_gas = U256::from(blobs.blob_versioned_hashes.len()).checked_mul(U256::from(BLOB_GAS))?;
    let blob_fee = blob_gas.checked_mul(U256::from(blobs.max_fee_per_blob_gas_wei.value))?;
    gas.checked_add(blob_fee)?.checked_add(value_wei)
}
