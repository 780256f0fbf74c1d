//! The Bitcoin networks, told apart by name; a PSBT itself does not say which one it is for.

use std::fmt;
use std::str::FromStr;

/// A Bitcoin network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// The network whose coins have a price.
    Mainnet,
    /// Testnet version 3.
    Testnet3,
    /// Testnet version 4 (BIP-94).
    Testnet4,
    /// The signed test network (BIP-325).
    Signet,
    /// A private chain on one machine.
    Regtest,
}

/// A name that is no network's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownNetwork(pub String);

impl fmt::Display for UnknownNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = vitrine_review::escape(&self.0);
        write!(f, "there is no network “{name}”; write mainnet, testnet, testnet4, signet or regtest")
    }
}

impl std::error::Error for UnknownNetwork {}

impl Network {
    /// All networks.
    pub const ALL: [Self; 5] = [Self::Mainnet, Self::Testnet3, Self::Testnet4, Self::Signet, Self::Regtest];

    /// The name as shown and as read by [`FromStr`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mainnet => "mainnet",
            Self::Testnet3 => "testnet",
            Self::Testnet4 => "testnet4",
            Self::Signet => "signet",
            Self::Regtest => "regtest",
        }
    }

    /// The unit of its amounts: `BTC`, or `tBTC` where coins are worth nothing.
    pub const fn unit(self) -> &'static str {
        if self.is_test() { "tBTC" } else { "BTC" }
    }

    /// Whether its coins are worth nothing.
    pub const fn is_test(self) -> bool {
        !matches!(self, Self::Mainnet)
    }

    /// The hardened coin type of its derivation paths (SLIP-44): 0 or 1.
    pub const fn coin_type(self) -> u32 {
        if self.is_test() { 1 } else { 0 }
    }

    /// The same network in rust-bitcoin's types.
    pub const fn to_bitcoin(self) -> bitcoin::Network {
        match self {
            Self::Mainnet => bitcoin::Network::Bitcoin,
            Self::Testnet3 => bitcoin::Network::Testnet,
            Self::Testnet4 => bitcoin::Network::Testnet4,
            Self::Signet => bitcoin::Network::Signet,
            Self::Regtest => bitcoin::Network::Regtest,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Network {
    type Err = UnknownNetwork;

    fn from_str(name: &str) -> Result<Self, UnknownNetwork> {
        Self::ALL.into_iter().find(|n| n.name() == name).ok_or_else(|| UnknownNetwork(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for network in Network::ALL {
            assert_eq!(network.to_string().parse(), Ok(network));
        }
        assert!("Mainnet".parse::<Network>().is_err());
    }
}
