//! What chains are called, and their own coin.

use alloy_chains::NamedChain;
use alloy_primitives::Address;

/// A chain's own coin, in which value and fees are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NativeCurrency {
    /// Its symbol: `ETH`, `POL`.
    pub symbol: &'static str,
    /// Decimals of the number in a transaction: 18 on every chain, since the EVM counts in 10⁻¹⁸ (wei).
    pub decimals: u8,
}

/// Returns the name of a chain; none for a chain that `alloy-chains` does not know: show its number.
pub fn chain_name(chain_id: u64) -> Option<&'static str> {
    NamedChain::from_chain_id(chain_id).map(|chain| chain.as_str())
}

/// Returns the number of the chain of this name, as [`chain_name`] gives it; no other spelling is a name.
pub fn chain_id(name: &str) -> Option<u64> {
    let chain: NamedChain = name.parse().ok()?;
    (chain.as_str() == name).then_some(chain as u64)
}

/// Symbols that `alloy-chains` 0.2.39 lacks or has wrong (480, World Chain, whose coin is ether).
/// Source: ethereum-lists/chains.
const SYMBOLS: [(u64, &str); 14] = [
    (25, "CRO"),
    (100, "xDAI"),
    (250, "FTM"),
    (288, "ETH"),
    (480, "ETH"),
    (1088, "METIS"),
    (1868, "ETH"),
    (34_443, "ETH"),
    (43_113, "AVAX"),
    (43_114, "AVAX"),
    (81_457, "ETH"),
    (421_614, "ETH"),
    (560_048, "ETH"),
    (7_777_777, "ETH"),
];

/// Returns a chain's own coin; none where its symbol is not known: show wei.
pub fn native_currency(chain_id: u64) -> Option<NativeCurrency> {
    let own = SYMBOLS.iter().find(|(id, _)| *id == chain_id).map(|(_, symbol)| *symbol);
    let symbol = own.or_else(|| NamedChain::from_chain_id(chain_id)?.native_currency_symbol())?;
    Some(NativeCurrency { symbol, decimals: 18 })
}

/// What a chain takes for writing a transaction's data on the chain below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataFee {
    /// Nothing, or it is part of the gas: gas limit times price bounds it.
    Within,
    /// Something beside the gas: nothing in the transaction bounds it.
    Beside,
    /// Nobody knows: the chain has no name here.
    Unknown,
}

/// Chains that take a fee for data beside the gas, or may do so, and that `alloy-chains` 0.2.39 does not count to the OP
/// Stack: Boba, Metis, MegaETH, Mantle, BOB, Blast, Celo's testnet (OP Stack or made from it), Scroll (an own way).
/// Where it is not certain that the gas limit covers it, it counts as not covered.
const DATA_FEE_BESIDE: [u64; 12] =
    [288, 1088, 4326, 5000, 5003, 6343, 60_808, 81_457, 534_351, 534_352, 808_813, 11_142_220];

/// Returns what a chain takes for a transaction's data on the chain below it.
/// Sources: <https://specs.optimism.io/protocol/exec-engine.html#fees>, <https://docs.scroll.io/en/developers/transaction-fees-on-scroll/>.
pub fn data_fee(chain_id: u64) -> DataFee {
    match NamedChain::from_chain_id(chain_id) {
        None => DataFee::Unknown,
        Some(chain) if chain.is_optimism() || DATA_FEE_BESIDE.contains(&chain_id) => DataFee::Beside,
        Some(_) => DataFee::Within,
    }
}

/// Returns whether a chain's coins have no value; none for an unknown chain.
pub fn is_testnet(chain_id: u64) -> Option<bool> {
    NamedChain::from_chain_id(chain_id).map(NamedChain::is_testnet)
}

/// Returns where `alloy-chains` says a chain's coin is wrapped into a token.
pub fn wrapped_native_token(chain_id: u64) -> Option<Address> {
    NamedChain::from_chain_id(chain_id)?.wrapped_native_token()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_that_charge_for_data_are_known() {
        for id in [10, 8453, 84_532, 130, 480, 7_777_777, 42_220, 34_443, 81_457, 534_352, 60_808] {
            assert_eq!(data_fee(id), DataFee::Beside, "{id}");
        }
        for id in [1, 11_155_111, 100, 137, 42_161, 324, 31_337] {
            assert_eq!(data_fee(id), DataFee::Within, "{id}");
        }
        assert_eq!(data_fee(131_277_322_940_537), DataFee::Unknown);
        assert!(DATA_FEE_BESIDE.iter().all(|id| !NamedChain::from_chain_id(*id).unwrap().is_optimism()));
    }

    #[test]
    fn a_chain_nobody_named_has_no_name_and_no_coin() {
        assert_eq!((chain_name(1), chain_name(100)), (Some("mainnet"), Some("xdai")));
        assert_eq!(native_currency(1), Some(NativeCurrency { symbol: "ETH", decimals: 18 }));
        assert_eq!((chain_id("sepolia"), chain_id("xdai")), (Some(11_155_111), Some(100)));
        assert_eq!((chain_id("Sepolia"), chain_id("1"), chain_id("")), (None, None, None));
        let symbols = [137, 480, 43_114, 100].map(|id| native_currency(id).unwrap().symbol);
        assert_eq!(symbols, ["POL", "ETH", "AVAX", "xDAI"]);
        assert_eq!((chain_name(0), native_currency(0)), (None, None));
        assert_eq!(chain_name(131_277_322_940_537), None);
        assert_eq!((is_testnet(1), is_testnet(11_155_111)), (Some(false), Some(true)));
    }
}
