//! The apps on a Ledger: each answers only its own commands.

use vitrine_bitcoin::Network;

/// An app that this program needs on a Ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerApp {
    /// Ethereum and chains like it.
    Ethereum,
    /// Bitcoin's main network.
    Bitcoin,
    /// Bitcoin's networks without value.
    BitcoinTest,
}

impl LedgerApp {
    /// What the app calls itself, on the device's screen too.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ethereum => "Ethereum",
            Self::Bitcoin => "Bitcoin",
            Self::BitcoinTest => "Bitcoin Test",
        }
    }

    /// The app that signs for this network.
    pub(super) fn of_network(network: Network) -> Self {
        if network == Network::Mainnet { Self::Bitcoin } else { Self::BitcoinTest }
    }
}
