//! Amounts as the firmware writes them.

use vitrine_ethereum::alloy_primitives::U256;

use super::super::known::{Network, Token, UNKNOWN_SYMBOL};

/// Decimals of every chain's own coin.
const COIN_DECIMALS: u8 = 18;

/// Writes an amount in units of 10^-`decimals`: commas between thousands, no trailing zeros.
pub(super) fn decimal(value: U256, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let digits = format!("{:0>width$}", value.to_string(), width = decimals.saturating_add(1));
    let (whole, fraction) = digits.split_at_checked(digits.len().saturating_sub(decimals)).unwrap_or((&digits, ""));
    match fraction.trim_end_matches('0') {
        "" => by_thousand(whole),
        fraction => format!("{}.{fraction}", by_thousand(whole)),
    }
}

fn by_thousand(digits: &str) -> String {
    let first = match digits.len() % 3 {
        0 => 3,
        rest => rest,
    };
    let (first, rest) = digits.split_at_checked(first).unwrap_or((digits, ""));
    let groups = rest.as_bytes().chunks(3).map(String::from_utf8_lossy);
    groups.fold(first.to_owned(), |number, group| format!("{number},{group}"))
}

/// Symbol of a network's coin.
pub(super) fn symbol(network: Option<&Network>) -> &'static str {
    network.map_or(UNKNOWN_SYMBOL, |network| network.symbol)
}

/// Core firmware: an amount below 10⁻⁹ of the whole is written in the smallest unit.
pub(super) fn core(value: U256, token: Option<Token>, network: Option<&Network>) -> String {
    let (symbol, decimals) = match token {
        Some(token) => (token.symbol, token.decimals),
        None => (symbol(network), COIN_DECIMALS),
    };
    let least = decimals.checked_sub(9).filter(|rest| *rest > 0);
    let least = least.and_then(|rest| U256::from(10).checked_pow(U256::from(rest)));
    if least.is_some_and(|least| value < least) {
        return format!("{} Wei {symbol}", decimal(value, 0));
    }
    format!("{} {symbol}", decimal(value, decimals))
}

/// A price per gas.
pub(super) fn gwei(value_wei: u128) -> String {
    format!("{} Gwei", decimal(U256::from(value_wei), 9))
}

/// The first model: number and unit apart. A number of more than 63 characters is not shown at all.
pub(super) fn one(value: U256, token: Option<Token>, network: Option<&Network>) -> (String, String) {
    let (symbol, decimals) = match token {
        Some(token) => (token.symbol, token.decimals),
        None if value < U256::from(1_000_000_000) => ("Wei", 0),
        None => (symbol(network), COIN_DECIMALS),
    };
    let number = decimal(value, decimals);
    (if number.len() > 63 { String::new() } else { number }, symbol.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::super::known::{UNKNOWN_TOKEN, network_of, token_at};
    use super::*;
    use vitrine_ethereum::alloy_primitives::address;

    #[test]
    fn amounts_read_as_on_the_device() {
        let mainnet = network_of(1);
        for (value, text) in [
            (0_u128, "0 Wei ETH"),
            (999_999_999, "999,999,999 Wei ETH"),
            (1_000_000_000, "0.000000001 ETH"),
            (1_000_000_000_000_000_000, "1 ETH"),
            (1_234_567_000_000_000_000_000_001_u128, "1,234,567.000000000000000001 ETH"),
        ] {
            assert_eq!(core(U256::from(value), None, mainnet), text);
        }
        assert_eq!(core(U256::from(10_u64.pow(18)), None, None), "1 UNKN");
        assert_eq!(core(U256::from(1_000_000), Some(UNKNOWN_TOKEN), mainnet), "1,000,000 Wei UNKN");
        let usdc = token_at(1, address!("a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"));
        assert_eq!(core(U256::from(1_500_000), usdc, mainnet), "1.5 USDC");
        assert_eq!(gwei(20_000_000_000), "20 Gwei");
        assert_eq!(gwei(1), "0.000000001 Gwei");
        assert_eq!(one(U256::from(1), None, mainnet), ("1".to_owned(), "Wei".to_owned()));
        assert_eq!(one(U256::MAX, usdc, mainnet).0.len(), 0);
    }
}
