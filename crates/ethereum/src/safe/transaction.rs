//! SafeTx: what the owners of a Safe sign.
//!
//! Source: `Safe.sol` (`encodeTransactionData`, `domainSeparator`) of the Safe contracts, versions 1.0.0 to 1.5.0.

use std::fmt;
use std::str::FromStr;

use alloy_primitives::{Address, B256, U256, keccak256};

use crate::Located;
use crate::call::{Operation, Root, Via};
use crate::effect::{Consequence, Refund};

const SAFE_TX_TYPE: &str = "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,\
                            uint256 baseGas,uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)";
const DOMAIN_TYPE: &str = "EIP712Domain(uint256 chainId,address verifyingContract)";
const DOMAIN_TYPE_BEFORE_1_3: &str = "EIP712Domain(address verifyingContract)";

/// A released version of the Safe contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SafeVersion {
    /// 1.0.0.
    V1_0_0,
    /// 1.1.1.
    V1_1_1,
    /// 1.2.0.
    V1_2_0,
    /// 1.3.0, the first whose domain names the chain.
    V1_3_0,
    /// 1.4.1.
    V1_4_1,
    /// 1.5.0.
    V1_5_0,
}

/// A text that is no released version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownSafeVersion;

impl fmt::Display for UnknownSafeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a version of the Safe contracts that is known: 1.0.0, 1.1.1, 1.2.0, 1.3.0, 1.4.1, 1.5.0")
    }
}

impl std::error::Error for UnknownSafeVersion {}

impl SafeVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 6] = [Self::V1_0_0, Self::V1_1_1, Self::V1_2_0, Self::V1_3_0, Self::V1_4_1, Self::V1_5_0];

    /// The version as the contract's `VERSION` says it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::V1_0_0 => "1.0.0",
            Self::V1_1_1 => "1.1.1",
            Self::V1_2_0 => "1.2.0",
            Self::V1_3_0 => "1.3.0",
            Self::V1_4_1 => "1.4.1",
            Self::V1_5_0 => "1.5.0",
        }
    }

    /// Whether the domain of its signatures names the chain. Before, one signature was valid on every chain.
    pub fn names_chain(self) -> bool {
        self >= Self::V1_3_0
    }
}

impl FromStr for SafeVersion {
    type Err = UnknownSafeVersion;

    /// Reads a version; Safe's services append `+L2`, which changes nothing that is signed.
    fn from_str(text: &str) -> Result<Self, UnknownSafeVersion> {
        let text = text.strip_suffix("+L2").unwrap_or(text);
        Self::ALL.into_iter().find(|version| version.text() == text).ok_or(UnknownSafeVersion)
    }
}

impl fmt::Display for SafeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// The transaction that the owners of a Safe sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeTx {
    /// Target.
    pub to: Address,
    /// Native coin sent along, in wei.
    pub value_wei: U256,
    /// Data of the call.
    pub data: Located,
    /// Call or delegatecall.
    pub operation: Operation,
    /// Gas that the inner call must get; 0 for all there is.
    pub safe_tx_gas: U256,
    /// Gas paid back besides what the inner call used.
    pub base_gas: U256,
    /// Price of one unit of gas in the refund; 0 for no refund.
    pub gas_price: U256,
    /// Token of the refund; zero for the native coin.
    pub gas_token: Address,
    /// Receiver of the refund; zero for whoever executes.
    pub refund_receiver: Address,
    /// The Safe's nonce.
    pub nonce: U256,
}

/// The three hashes that devices and people compare (ERC-8213), and what the owners sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SafeTxHashes {
    /// Domain separator.
    pub domain: B256,
    /// Hash of the SafeTx struct.
    pub message: B256,
    /// The `safeTxHash`.
    pub safe_tx: B256,
}

impl SafeTx {
    /// The hashes of this transaction for one Safe on one chain.
    pub fn hashes(&self, version: SafeVersion, chain_id: u64, safe: Address) -> SafeTxHashes {
        let domain = domain_separator(version, chain_id, safe);
        let message = self.struct_hash();
        let safe_tx = keccak256([&[0x19, 0x01], domain.as_slice(), message.as_slice()].concat());
        SafeTxHashes { domain, message, safe_tx }
    }

    fn struct_hash(&self) -> B256 {
        let words = [
            keccak256(SAFE_TX_TYPE),
            self.to.into_word(),
            self.value_wei.into(),
            keccak256(self.data.bytes()),
            U256::from(u8::from(self.operation == Operation::DelegateCall)).into(),
            self.safe_tx_gas.into(),
            self.base_gas.into(),
            self.gas_price.into(),
            self.gas_token.into_word(),
            self.refund_receiver.into_word(),
            self.nonce.into(),
        ];
        keccak256(words.concat())
    }

    /// What leaves the Safe as refund of its executor's gas, if anything does.
    pub(crate) fn refund(&self, safe: Address) -> Option<Consequence> {
        let Self { gas_price, gas_token, refund_receiver, .. } = *self;
        Refund { gas_price, gas_token, refund_receiver }.consequence(safe)
    }

    /// The call that the Safe makes.
    pub fn call(&self, safe: Address) -> Root {
        Root {
            via: Via::Safe,
            executor: safe,
            operation: self.operation,
            to: Some(self.to),
            value_wei: self.value_wei,
            data: self.data.clone(),
            parts: Vec::new(),
        }
    }
}

fn domain_separator(version: SafeVersion, chain_id: u64, safe: Address) -> B256 {
    if version.names_chain() {
        let words = [keccak256(DOMAIN_TYPE), U256::from(chain_id).into(), safe.into_word()];
        return keccak256(words.concat());
    }
    keccak256([keccak256(DOMAIN_TYPE_BEFORE_1_3), safe.into_word()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_dyn_abi::TypedData;

    fn transaction() -> SafeTx {
        SafeTx {
            to: Address::repeat_byte(0x35),
            value_wei: U256::from(12_345_678_901_234_567_890u128),
            data: Located::binary(vec![0x8d, 0x80, 0xff, 0x0a], 0),
            operation: Operation::DelegateCall,
            safe_tx_gas: U256::from(1),
            base_gas: U256::from(2),
            gas_price: U256::from(3),
            gas_token: Address::repeat_byte(4),
            refund_receiver: Address::repeat_byte(5),
            nonce: U256::from(77),
        }
    }

    #[test]
    fn the_type_hashes_are_those_of_the_contracts() {
        let typehash = data_encoding::HEXLOWER.encode(keccak256(SAFE_TX_TYPE).as_slice());
        assert_eq!(typehash, "bb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8");
        let domain = data_encoding::HEXLOWER.encode(keccak256(DOMAIN_TYPE).as_slice());
        assert_eq!(domain, "47e79534a245952e8b16893a336b85a3d9ea9fa8c573f3d803afb92a79469218");
        let before = data_encoding::HEXLOWER.encode(keccak256(DOMAIN_TYPE_BEFORE_1_3).as_slice());
        assert_eq!(before, "035aff83d86937d35b32e04f0ddc6ff469290eef2f1b692d8a815c89404d4749");
    }

    #[test]
    fn the_hash_is_that_of_the_typed_data() {
        for version in SafeVersion::ALL {
            let chain = if version.names_chain() { r#"{"name":"chainId","type":"uint256"},"# } else { "" };
            let chain_value = if version.names_chain() { r#""chainId":"10","# } else { "" };
            let json = format!(
                r#"{{"types":{{"EIP712Domain":[{chain}{{"name":"verifyingContract","type":"address"}}],
                "SafeTx":[{{"name":"to","type":"address"}},{{"name":"value","type":"uint256"}},{{"name":"data","type":"bytes"}},
                {{"name":"operation","type":"uint8"}},{{"name":"safeTxGas","type":"uint256"}},{{"name":"baseGas","type":"uint256"}},
                {{"name":"gasPrice","type":"uint256"}},{{"name":"gasToken","type":"address"}},{{"name":"refundReceiver","type":"address"}},
                {{"name":"nonce","type":"uint256"}}]}},"primaryType":"SafeTx",
                "domain":{{{chain_value}"verifyingContract":"{safe}"}},
                "message":{{"to":"{to}","value":"12345678901234567890","data":"0x8d80ff0a","operation":1,"safeTxGas":1,
                "baseGas":2,"gasPrice":3,"gasToken":"{token}","refundReceiver":"{receiver}","nonce":77}}}}"#,
                safe = Address::repeat_byte(0x5a),
                to = Address::repeat_byte(0x35),
                token = Address::repeat_byte(4),
                receiver = Address::repeat_byte(5),
            );
            let typed: TypedData = serde_json::from_str(&json).unwrap();
            let hashes = transaction().hashes(version, 10, Address::repeat_byte(0x5a));
            assert_eq!(typed.eip712_signing_hash().unwrap(), hashes.safe_tx, "{version}");
        }
    }

    #[test]
    fn a_version_that_nobody_released_is_no_version() {
        assert_eq!("1.3.0+L2".parse(), Ok(SafeVersion::V1_3_0));
        for text in ["", "1.3", "1.6.0", "1.3.0+L3", " 1.3.0"] {
            assert_eq!(text.parse::<SafeVersion>(), Err(UnknownSafeVersion));
        }
    }
}
