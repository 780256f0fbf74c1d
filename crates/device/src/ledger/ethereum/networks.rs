//! Networks that Ledger's Ethereum app knows by itself.
//!
//! Source: LedgerHQ/app-ethereum 1.22.0, `src/network.c`, `NETWORK_MAPPING`.

/// The network in which the app shows neither its name nor its number.
pub(crate) const APP_CHAIN_ID: u64 = 1;
/// What the app writes after an amount where it does not know the coin.
const UNKNOWN_TICKER: &str = "???";
/// Longest name that the app shows in a transaction; a longer one is cut.
const NAME_CHARS: usize = 19;

/// A network's name as a transaction's review shows it, or its number.
pub(crate) fn shown_name(chain_id: u64) -> String {
    known(chain_id).map_or_else(|| chain_id.to_string(), |(_, name, _)| name.chars().take(NAME_CHARS).collect())
}

/// A network's whole name; none where the app does not know it.
pub(crate) fn name(chain_id: u64) -> Option<&'static str> {
    known(chain_id).map(|(_, name, _)| *name)
}

/// The ticker of a network's coin.
pub(crate) fn ticker(chain_id: u64) -> &'static str {
    known(chain_id).map_or(UNKNOWN_TICKER, |(_, _, ticker)| ticker)
}

fn known(chain_id: u64) -> Option<&'static (u64, &'static str, &'static str)> {
    NETWORKS.iter().find(|(id, _, _)| *id == chain_id)
}

const NETWORKS: [(u64, &str, &str); 112] = [
    (1, "Ethereum", "ETH"),
    (3, "Ropsten", "ETH"),
    (4, "Rinkeby", "ETH"),
    (5, "Goerli", "ETH"),
    (10, "OP Mainnet", "ETH"),
    (14, "Flare", "FLR"),
    (16, "Flare Coston", "FLR"),
    (19, "Songbird", "SGB"),
    (24, "KardiaChain", "KAI"),
    (25, "Cronos", "CRO"),
    (30, "Rootstock", "RBTC"),
    (40, "Telos EVM Mainnet", "TLOS"),
    (42, "LUKSO", "LYX"),
    (50, "XDC", "XDC"),
    (51, "Apothemnetwork", "TXDC"),
    (56, "BSC", "BNB"),
    (57, "Syscoin", "SYS"),
    (61, "Ethereum Classic", "ETC"),
    (66, "OKXChain", "OKT"),
    (82, "Meter", "MTR"),
    (99, "POA", "POA"),
    (100, "Gnosis", "xDAI"),
    (106, "Velas EVM", "VLX"),
    (137, "Polygon", "POL"),
    (138, "Defi Oracle Meta", "ETH"),
    (146, "Sonic", "S"),
    (196, "OKBChain Mainnet", "OKB"),
    (199, "BTTC", "BTT"),
    (246, "EnergyWebChain", "EWT"),
    (248, "Oasys", "OAS"),
    (250, "Fantom", "FTM"),
    (288, "Boba Network", "ETH"),
    (300, "ZKsync Sepolia Testnet", "ETH"),
    (321, "KCC", "KCS"),
    (324, "ZKsync Era", "ETH"),
    (336, "Shiden", "SDN"),
    (369, "PulseChain", "PLS"),
    (592, "Astar", "ASTR"),
    (888, "Wanchain", "WAN"),
    (943, "PulseChain Testnet", "tPLS"),
    (999, "HyperEVM", "HYPE"),
    (1030, "Conflux", "CFX"),
    (1088, "Metis Andromeda", "METIS"),
    (1101, "Polygon zkEVM", "ETH"),
    (1116, "Core", "CORE"),
    (1135, "Lisk", "ETH"),
    (1284, "Moonbeam", "GLMR"),
    (1285, "Moonriver", "MOVR"),
    (1329, "Sei", "SEI"),
    (1818, "Cube", "CUBE"),
    (1868, "Soneium", "ETH"),
    (1907, "Bitcichain", "BITCI"),
    (1923, "Swellchain", "ETH"),
    (1924, "Swellchain Testnet", "ETH"),
    (1946, "Soneium Testnet Minato", "ETH"),
    (2222, "Kava EVM", "KAVA"),
    (3776, "Astar zkEVM", "ETH"),
    (4201, "LUKSO Testnet", "LYXt"),
    (4202, "Lisk Sepolia Testnet", "ETH"),
    (4689, "IoTeX", "IOTX"),
    (4690, "IoTeX Testnet", "IOTX"),
    (4919, "Venidium", "XVM"),
    (5000, "Mantle", "MNT"),
    (5003, "Mantle Sepolia", "MNT"),
    (5165, "Bahamut", "FTN"),
    (7000, "ZetaChain", "ZETA"),
    (7171, "Bitrock Mainnet", "BROCK"),
    (7341, "Shyft", "SHFT"),
    (8217, "Kaia Mainnet", "KAIA"),
    (8453, "Base", "ETH"),
    (9001, "Evmos", "EVMOS"),
    (10_200, "Chiado", "xDAI"),
    (10_507, "Numbers Protocol", "NUM"),
    (17_000, "Holesky", "ETH"),
    (39_797, "Energi", "NRG"),
    (42_161, "Arbitrum", "ETH"),
    (42_220, "Celo", "CELO"),
    (42_793, "Etherlink Mainnet", "XTZ"),
    (43_114, "Avalanche", "AVAX"),
    (44_787, "Celo Alfajores", "aCELO"),
    (47_763, "Neo X Mainnet", "GAS"),
    (52_014, "Electroneum", "ETN"),
    (59_141, "Linea Sepolia", "ETH"),
    (59_144, "Linea", "ETH"),
    (60_808, "BOB", "ETH"),
    (62_320, "Celo Baklava", "bCELO"),
    (62_621, "Multivac", "MTV"),
    (73_799, "Volta", "VOLTA"),
    (80_094, "Berachain", "BERA"),
    (81_457, "Blast", "ETH"),
    (84_532, "Base Sepolia", "ETH"),
    (153_153, "Odyssey Chain", "DIONE"),
    (200_810, "Bitlayer Testnet", "BTC"),
    (200_901, "Bitlayer", "BTC"),
    (421_614, "Arbitrum Sepolia", "ETH"),
    (534_351, "Scroll Sepolia", "ETH"),
    (534_352, "Scroll", "ETH"),
    (534_353, "Scroll Alpha", "ETH"),
    (543_210, "Zero", "ETH"),
    (5_201_420, "Electroneum Testnet", "ETN"),
    (11_155_111, "Sepolia", "ETH"),
    (11_155_420, "OP Sepolia", "ETH"),
    (12_227_332, "Neo X Testnet", "GAS"),
    (20_531_811, "TecraTestnet", "TCR"),
    (20_531_812, "Tecra", "TCR"),
    (168_587_773, "Blast Sepolia", "ETH"),
    (245_022_926, "Neon EVM Devnet", "NEON"),
    (245_022_934, "Neon EVM Mainnet", "NEON"),
    (994_873_017, "Lumia", "LUMIA"),
    (1_666_600_000, "Harmony ONE S0", "ONE"),
    (1_666_600_001, "Harmony ONE S1", "ONE"),
    (11_297_108_109, "Palm Network", "PALM"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_app() {
        assert_eq!((shown_name(1), ticker(1)), ("Ethereum".to_owned(), "ETH"));
        assert_eq!((shown_name(100), ticker(100)), ("Gnosis".to_owned(), "xDAI"));
        assert_eq!((shown_name(112_233_445_566), ticker(112_233_445_566)), ("112233445566".to_owned(), "???"));
        assert_eq!((shown_name(300), name(300)), ("ZKsync Sepolia Test".to_owned(), Some("ZKsync Sepolia Testnet")));
    }
}
