//! Every finding that this crate can make, in one table.

use vitrine_review::Severity::{Caution, Fact, Refuse, Restricted};
use vitrine_review::{FindingTable, Notes};

/// All findings: code, severity, and what the finding answers.
pub const FINDINGS: FindingTable = &[
    ("eth.account-incomplete", Refuse, "bytes of the request that nobody explains"),
    ("eth.calls-unreadable", Refuse, "calls hidden in bytes that are not whole calls"),
    ("eth.chain-differs", Refuse, "a signature for one chain shown as one for another"),
    ("eth.chain-missing", Refuse, "a signature that is valid on every chain"),
    ("eth.confirmation-wrong", Refuse, "an owner's signature, shown beside a transaction that he did not sign (Bybit)"),
    ("eth.hash-only", Refuse, "a bare hash: nobody can say what it authorises"),
    ("eth.no-folder", Refuse, "a review without ceremony folder: no account is known to be ours"),
    ("eth.recipient-zero", Refuse, "assets destroyed by an empty recipient"),
    ("eth.sign-in", Refuse, "a sign-in for another account, chain or site than it seems"),
    ("eth.signer-differs", Refuse, "a request for a key or an account that is not the ceremony's"),
    ("eth.token-to-itself", Refuse, "tokens sent to their own contract, where they are lost"),
    ("eth.authorization", Restricted, "an account that runs foreign code from now on (EIP-7702)"),
    ("eth.call-unknown", Restricted, "a call to a contract whose interface nobody bound (blind signing)"),
    ("eth.calldata-not-canonical", Restricted, "calldata that can be read in two ways"),
    ("eth.calldata-trailing", Restricted, "bytes behind a call, in which anything can hide"),
    ("eth.delegatecall-unpinned", Restricted, "foreign code run in the account's name (Bybit, fake multiSend)"),
    ("eth.effects-unknown", Restricted, "a function whose consequences no rule states"),
    ("eth.hash-approved", Restricted, "a hash approved for a Safe, whatever it authorises"),
    ("eth.not-signed", Restricted, "keys shown beside typed data that nobody signs"),
    ("eth.refund", Restricted, "a Safe drained by the refund of its own transaction"),
    ("eth.typed-data-unknown", Restricted, "typed data of a contract or form that nobody bound"),
    ("eth.unknown-bytes", Restricted, "bytes without named meaning as a channel into or out of the device"),
    ("eth.approval", Caution, "a right to spend that outlives the transaction"),
    ("eth.approval-unlimited", Caution, "a right to spend everything, now and later"),
    ("eth.batch-order", Caution, "requests of a batch that run in another order than shown, or not at all"),
    ("eth.blob", Caution, "blobs that the request names and does not show"),
    ("eth.burns", Caution, "tokens destroyed"),
    ("eth.control", Caution, "who controls an account or a contract (Radiant, WazirX)"),
    ("eth.creates-contract", Caution, "init code that may do anything while it runs"),
    ("eth.data-fee", Caution, "a fee for data on the chain below (rollups) that no field of the transaction limits"),
    ("eth.fee-high", Caution, "a fee that is absurd in itself"),
    ("eth.later", Caution, "calls that run later, when circumstances are others"),
    ("eth.message", Caution, "words that a signature makes ours"),
    ("eth.nonce-replaces", Caution, "another transaction signed for the same nonce"),
    ("eth.payee-look-alike", Caution, "address poisoning: an address that imitates a known one"),
    ("eth.payee-unknown", Caution, "a payee that was never registered"),
    ("eth.recipient-precompile", Caution, "value sent to where no one can have a key"),
    ("eth.recipient-token", Caution, "tokens sent to the contract of another token, where they are mostly lost"),
    ("eth.safe-chain-unbound", Caution, "an old Safe's signature, which is valid on every chain"),
    ("eth.text-hostile", Caution, "text that imitates other text, or hides in it"),
    ("eth.token-unknown", Caution, "a token whose decimals nobody attests"),
    ("eth.access-list", Fact, "accounts and slots that are paid for beforehand"),
    ("eth.delegatecall-pinned", Fact, "a library of Safe's own, run as the Safe"),
    ("eth.signed-before", Fact, "the same request signed once more"),
    ("eth.self-transfer", Fact, "assets that come back to where they were"),
];

/// No findings yet.
pub(crate) const fn notes() -> Notes {
    Notes::new(FINDINGS)
}
