//! Limits on what a request may claim, each checked before anything is allocated.

/// Largest request in bytes, whatever its form.
pub const REQUEST_BYTES: usize = 1 << 20;
/// Deepest nesting of lists, tuples, arrays and JSON values.
pub const NESTING: usize = 32;
/// Deepest nesting of calls within calls; a deeper one is refused.
pub const CALL_DEPTH: usize = 16;
/// Most calls in the tree of one request.
pub const CALLS: usize = 2_048;
/// Most values in the decoded calldata of one request.
pub const ABI_VALUES: usize = 65_536;
/// Most bytes of the paths to those values together.
pub const ABI_PATHS: usize = 1 << 24;
/// Longest name of a function or parameter, in bytes.
pub const ABI_NAME: usize = 128;
/// Deepest nesting of Safe bundles: Safes that own Safes.
pub const BUNDLE_DEPTH: usize = 4;
/// Most values in a JSON text.
pub const JSON_VALUES: usize = 65_536;
/// Most struct types that a typed-data request may use.
pub const TYPED_DATA_TYPES: usize = 128;
/// Most members of all struct types of a typed-data request together.
pub const TYPED_DATA_MEMBERS: usize = 1_024;
/// Longest name of a type or member of typed data, in bytes.
pub const TYPED_DATA_NAME: usize = 256;
/// Most members that the types of a typed-data request may have when each is written out in place.
pub const TYPED_DATA_EXPANDED: usize = 16_384;
/// Most bytes of the paths to the values of a typed-data request together.
pub const TYPED_DATA_PATHS: usize = 1 << 24;
/// Most bytes of type descriptions that are hashed for one typed-data request, struct by struct.
pub const TYPED_DATA_HASHED: usize = 1 << 24;
/// Most RLP items in a transaction.
pub const RLP_ITEMS: usize = 65_536;
/// Most authorizations of a transaction (EIP-7702), each of which costs a public key's recovery, twice. A transaction
/// of Ethereum has at most 2^24 gas (EIP-7825), and each authorization takes 25,000 of it: 671.
pub const AUTHORIZATIONS: usize = 1_024;
/// Most requests in a batch; wallets make at most three.
pub const BATCH: usize = 16;
/// Most components of a derivation path.
pub const PATH_COMPONENTS: usize = 10;
/// Longest origin that a request may state, in bytes.
pub const ORIGIN_BYTES: usize = 512;
