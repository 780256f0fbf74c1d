//! A SafeTx with its owners' signatures, as anybody may send it to the Safe.
//!
//! Source: `execTransaction` of `Safe.sol`.

use alloy_primitives::U256;

use super::SafeTx;
use crate::call::Operation;

/// Selector of `execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)`.
const EXEC_TRANSACTION: [u8; 4] = [0x6a, 0x76, 0x12, 0x02];
const WORD: usize = 32;
const HEAD: usize = 10 * WORD;

impl SafeTx {
    /// Calldata of `execTransaction` with these packed signatures (see [`super::pack_signatures`]).
    pub fn execution(&self, signatures: &[u8]) -> Vec<u8> {
        let (data, signatures) = (tail(self.data.bytes()), tail(signatures));
        let operation = U256::from(u8::from(self.operation == Operation::DelegateCall));
        let head: [U256; 10] = [
            self.to.into_word().into(),
            self.value_wei,
            U256::from(HEAD),
            operation,
            self.safe_tx_gas,
            self.base_gas,
            self.gas_price,
            self.gas_token.into_word().into(),
            self.refund_receiver.into_word().into(),
            U256::from(HEAD.saturating_add(data.len())),
        ];
        let head = head.iter().flat_map(|word| word.to_be_bytes::<WORD>());
        EXEC_TRANSACTION.into_iter().chain(head).chain(data).chain(signatures).collect()
    }
}

/// Length, bytes, and zeros up to a whole word.
fn tail(bytes: &[u8]) -> Vec<u8> {
    let mut tail = U256::from(bytes.len()).to_be_bytes::<WORD>().to_vec();
    tail.extend_from_slice(bytes);
    tail.resize(tail.len().next_multiple_of(WORD), 0);
    tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Located;
    use alloy_dyn_abi::DynSolValue;
    use alloy_primitives::Address;

    #[test]
    fn the_calldata_is_what_another_encoder_writes() {
        let signature = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)";
        for (data, signatures) in [(0, 65), (1, 130), (32, 0), (33, 195), (1000, 65)] {
            let transaction = SafeTx {
                to: Address::repeat_byte(0x35),
                value_wei: U256::from(12),
                data: Located::binary(vec![0x8d; data], 0),
                operation: Operation::DelegateCall,
                safe_tx_gas: U256::from(1),
                base_gas: U256::from(2),
                gas_price: U256::from(3),
                gas_token: Address::repeat_byte(4),
                refund_receiver: Address::repeat_byte(5),
                nonce: U256::from(77),
            };
            let signatures = vec![7; signatures];
            let number = |n: u64| DynSolValue::Uint(U256::from(n), 256);
            let values = DynSolValue::Tuple(vec![
                DynSolValue::Address(transaction.to),
                number(12),
                DynSolValue::Bytes(vec![0x8d; data]),
                DynSolValue::Uint(U256::from(1), 8),
                number(1),
                number(2),
                number(3),
                DynSolValue::Address(transaction.gas_token),
                DynSolValue::Address(transaction.refund_receiver),
                DynSolValue::Bytes(signatures.clone()),
            ]);
            let selector = &alloy_primitives::keccak256(signature)[..4];
            let expected = [selector, &values.abi_encode_params()].concat();
            assert_eq!(transaction.execution(&signatures), expected);
        }
    }
}
