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
