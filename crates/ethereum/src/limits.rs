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
/// Deepest nesting of Safe bundles: Safes that own Safes.
pub const BUNDLE_DEPTH: usize = 4;
/// Most values in a JSON text.
pub const JSON_VALUES: usize = 65_536;
