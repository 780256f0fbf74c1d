//! How much of a hostile request is looked at. Each limit is checked before anything is allocated for it.

/// Largest PSBT in bytes. A transaction of 100 kvB with full previous transactions stays below.
pub const MAX_PSBT_BYTES: usize = 4 << 20;
/// Most inputs of a transaction.
pub const MAX_INPUTS: usize = 5_000;
/// Most outputs of a transaction.
pub const MAX_OUTPUTS: usize = 5_000;
/// Most key-value pairs in all maps together.
pub const MAX_KEY_VALUES: usize = 100_000;
/// Longest key of a key-value pair in bytes, its type included.
pub const MAX_KEY_BYTES: usize = 10_000;
/// Most inputs, outputs or witness items of one previous transaction.
pub const MAX_TRANSACTION_PARTS: usize = 100_000;
/// Most proofs of silent payments that are verified.
pub const MAX_DLEQ_PROOFS: usize = 10_000;
/// Longest DNSSEC proof that is verified, in bytes; the published ones have less than 6,000.
pub const MAX_DNS_PROOF_BYTES: usize = 32 << 10;
/// Most records of one DNSSEC proof.
pub const MAX_DNS_RECORDS: usize = 200;
/// Most DNSSEC proofs of one request that are verified; each has at most 20 signatures.
pub const MAX_DNS_PROOFS: usize = 16;
/// Longest message to be signed, in bytes: what a person can read.
pub const MAX_MESSAGE_BYTES: usize = 10_000;
/// Longest descriptor in characters.
pub const MAX_DESCRIPTOR_CHARS: usize = 16_384;
/// Most registered wallets.
pub const MAX_WALLETS: usize = 64;
/// Most entries of an address book.
pub const MAX_BOOK_ENTRIES: usize = 10_000;
/// Bytes hashed at most for the digests of legacy inputs; each hashes the whole transaction again.
pub const MAX_LEGACY_BYTES: usize = 32 << 20;
/// Bytes that the script interpreter reads at most: the unsigned transaction for each input, and before segwit once more
/// for each signature check. [`MAX_INPUTS`] segwit inputs with few outputs stay below, and every transaction that nodes
/// relay (100,000 vB) by far.
pub const MAX_EXECUTED_BYTES: usize = 1 << 30;
/// Most keys derived from wallets for one request, and as many again for the windows.
pub const MAX_DERIVATIONS: usize = 40_000;
/// Scripts derived past the highest index that the request hints at, to find inputs it does not call ours.
pub const WINDOW_PAST_HINT: u32 = 20;
/// Keys derived at most for the first scripts of a wallet when it is registered: all wallets together stay below
/// `MAX_DERIVATIONS`.
pub const MAX_REGISTERED_KEYS: usize = MAX_DERIVATIONS / MAX_WALLETS;
/// Highest index of that window.
pub const MAX_WINDOW: u32 = 1_000;
/// Most MuSig2 participants, and steps from their aggregates, that one request names and that are computed with.
pub const MAX_MUSIG_KEYS: usize = 5_000;
/// Most steps that a request derives a key from a MuSig2 aggregate by (BIP-328).
pub const MAX_MUSIG_STEPS: usize = 16;
/// Most keys of a wallet policy.
pub const MAX_POLICY_KEYS: usize = 64;
/// Longest taproot leaf script in bytes whose keys are looked for.
pub const MAX_LEAF_SCRIPT_BYTES: usize = 10_000;
/// Largest file with wallets of another program, in bytes.
pub const MAX_IMPORT_BYTES: usize = 1 << 20;
