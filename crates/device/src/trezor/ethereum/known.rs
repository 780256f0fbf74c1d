//! What is built into the firmware: networks, tokens, and contracts that it shows in its own words.
//!
//! Source: trezor-firmware at `core/v2.11.1` and `legacy/v1.14.1`, `common/defs/ethereum` as `common/defs/support.json`
//! selects it (the same for every model), `core/src/apps/ethereum/staking.py` and `clear_signing_definitions.py`.

use vitrine_ethereum::alloy_primitives::{Address, address};

/// A network that the firmware knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) chain_id: u64,
    pub(crate) slip44: u32,
    pub(crate) symbol: &'static str,
    pub(crate) name: &'static str,
}

const fn network(chain_id: u64, slip44: u32, symbol: &'static str, name: &'static str) -> Network {
    Network { chain_id, slip44, symbol, name }
}

const NETWORKS: [Network; 9] = [
    network(1, 60, "ETH", "Ethereum"),
    network(10, 614, "ETH", "Optimism"),
    network(56, 714, "BNB", "BNB Smart Chain"),
    network(61, 61, "ETC", "Ethereum Classic"),
    network(137, 966, "POL", "Polygon"),
    network(8453, 8453, "ETH", "Base"),
    network(42161, 9001, "ETH", "Arbitrum One"),
    network(560_048, 60, "tHOD", "Hoodi"),
    network(11_155_111, 60, "tSEP", "Sepolia"),
];

/// Symbol that the device writes for the coin of a network it does not know.
pub(crate) const UNKNOWN_SYMBOL: &str = "UNKN";

/// The network of a chain id, if it is built in.
pub(crate) fn network_of(chain_id: u64) -> Option<&'static Network> {
    NETWORKS.iter().find(|network| network.chain_id == chain_id)
}

/// The first network of a coin type (SLIP-44), if one is built in.
pub(crate) fn network_of_coin_type(slip44: u32) -> Option<&'static Network> {
    NETWORKS.iter().find(|network| network.slip44 == slip44)
}

/// A token as the firmware writes its amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    chain_id: u64,
    address: Address,
    pub(crate) symbol: &'static str,
    pub(crate) decimals: u8,
}

/// What the firmware takes any other token for.
pub(crate) const UNKNOWN_TOKEN: Token = token(0, Address::ZERO, "Wei UNKN", 0);

const fn token(chain_id: u64, address: Address, symbol: &'static str, decimals: u8) -> Token {
    Token { chain_id, address, symbol, decimals }
}

const TOKENS: [Token; 24] = [
    token(1, address!("7fc66500c84a76ad7e9c93437bfc5ac33e2ddae9"), "AAVE", 18),
    token(1, address!("4d224452801aced8b2f0aebe155379bb5d594381"), "APE", 18),
    token(1, address!("bb0e17ef65f82ab018d8edd776e8dd940327b28b"), "AXS", 18),
    token(1, address!("4fabb145d64652a948d72533023f6e7a623c7c53"), "BUSD", 18),
    token(1, address!("3506424f91fd33084466f402d5d97f05f8e3b4af"), "CHZ", 18),
    token(1, address!("a0b73e1ff0b80914ab6fe0444e65848c4c34450b"), "CRO", 8),
    token(1, address!("6b175474e89094c44da98b954eedeac495271d0f"), "DAI", 18),
    token(1, address!("853d955acef822db058eb8505911ed77f175b99e"), "FRAX", 18),
    token(1, address!("2af5d2ad76741191d15dfe7bf6ac92d4bd912ca3"), "LEO", 18),
    token(1, address!("514910771af9ca656af840dff83e8264ecf986ca"), "LINK", 18),
    token(1, address!("0f5d2fb29fb7d3cfee444a200298f468908cc942"), "MANA", 18),
    token(1, address!("7d1afa7b718fb893db30a3abc0cfc608aacfebb0"), "MATIC", 18),
    token(1, address!("75231f58b43240c9718dd58b4967c5114342a86c"), "OKB", 18),
    token(1, address!("4a220e6096b25eadb88358cb44068a3248254675"), "QNT", 18),
    token(1, address!("3845badade8e6dff049820680d1f14bd3903a5d0"), "SAND", 18),
    token(1, address!("95ad61b0a150d79219dcf64e1e6cc01f0b64c4ce"), "SHIB", 18),
    token(1, address!("ae7ab96520de3a18e5e111b5eaab095312d7fe84"), "STETH", 18),
    token(1, address!("1f9840a85d5af5bf1d1762f925bdaddc4201f984"), "UNI", 18),
    token(1, address!("a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"), "USDC", 6),
    token(1, address!("dac17f958d2ee523a2206206994597c13d831ec7"), "USDT", 6),
    token(1, address!("2260fac5e5542a773aa44fbcfedf7c193bc2c599"), "WBTC", 8),
    token(1, address!("a2cd3d43c775978a96bdbf12d733d5a1ed94fb18"), "XCN", 18),
    token(56, address!("0eb3a705fc54725037cc9e008bdede697f62f335"), "ATOM", 18),
    token(137, address!("2c89bbc92bd86f8075d1decc58c7f4e0107f286b"), "WAVAX", 18),
];

/// The token at an address, if it is built in.
pub(crate) fn token_at(chain_id: u64, address: Address) -> Option<Token> {
    TOKENS.iter().find(|token| token.chain_id == chain_id && token.address == address).copied()
}

/// Everstake's pools: mainnet and Hoodi.
pub(crate) const STAKING_POOLS: [Address; 2] =
    [address!("d523794c879d9ec028960a231f866758e405be34"), address!("afa848357154a6a624686b348303ef9a13f63264")];

/// Everstake's accounting contracts: mainnet and Hoodi.
pub(crate) const STAKING_ACCOUNTING: [Address; 2] =
    [address!("7a7f0b3c23c23a31cfcb0c44709be70d4d545c6e"), address!("624087dd1904ab122a32878ce9e933c7071f53b9")];

const ONEINCH: Address = address!("111111125421ca6dc452d289314280a0f8842a65");
const LIFI: Address = address!("1231deb6f5749ef6ce6943a275a1d3e7486f4eae");
const UNISWAP_ROUTER: Address = address!("68b3465833fb72a70ecdf485e0e4c7bd8665fc45");
const UNISWAP_DEPLOYER: Address = address!("e592427a0aece92de3edee1f18e0157c05861564");

/// Chains where the firmware knows the LiFI Diamond.
const LIFI_CHAINS: [u64; 30] = [
    1,
    10,
    25,
    56,
    100,
    106,
    122,
    137,
    204,
    250,
    252,
    288,
    324,
    1088,
    1284,
    1285,
    5000,
    8453,
    9001,
    34443,
    42161,
    42170,
    42220,
    43114,
    59144,
    81457,
    167_004,
    534_352,
    1_313_161_554,
    1_666_600_000,
];

/// Functions of the LiFI Diamond that the firmware decodes.
const LIFI_SWAPS: [[u8; 4]; 7] = [
    [0x5f, 0xd9, 0xae, 0x2e],
    [0x2c, 0x57, 0xe8, 0x84],
    [0x73, 0x6e, 0xac, 0x0b],
    [0x46, 0x66, 0xfc, 0x80],
    [0x73, 0x32, 0x14, 0xa3],
    [0xaf, 0x70, 0x60, 0xfd],
    [0x46, 0x30, 0xa0, 0xd8],
];

/// Functions of Uniswap's router on mainnet that the firmware decodes.
const UNISWAP_SWAPS: [[u8; 4]; 4] =
    [[0xb8, 0x58, 0x18, 0x3f], [0x04, 0xe4, 0x5a, 0xaf], [0x09, 0xb8, 0x13, 0x46], [0x50, 0x23, 0xb4, 0xdf]];

/// The name that core firmware shows in place of an address, on whatever chain.
pub(crate) fn provider(address: Address) -> Option<&'static str> {
    match address {
        ONEINCH => Some("1inch Aggregation Router V6"),
        LIFI => Some("LiFI Diamond"),
        UNISWAP_ROUTER | UNISWAP_DEPLOYER => Some("Uniswap V3 Router"),
        _ => None,
    }
}

/// Whether core firmware shows a call as a swap, in words that depend on its arguments.
pub(crate) fn is_swap(chain_id: u64, to: Address, selector: [u8; 4]) -> bool {
    match to {
        LIFI => LIFI_CHAINS.contains(&chain_id) && LIFI_SWAPS.contains(&selector),
        UNISWAP_ROUTER => chain_id == 1 && UNISWAP_SWAPS.contains(&selector),
        _ => false,
    }
}
