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
/// Most RLP items in a transaction.
pub const RLP_ITEMS: usize = 65_536;
/// Most requests in a batch; wallets make at most three.
pub const BATCH: usize = 16;
/// Most components of a derivation path.
pub const PATH_COMPONENTS: usize = 10;
/// Longest origin that a request may state, in bytes.
pub const ORIGIN_BYTES: usize = 512;
