//! Every finding that this crate can make, in one table.

use vitrine_review::{Finding, Severity};

use Severity::{Caution, Fact, Refuse, Restricted};

/// All findings: code, severity, and what the finding answers.
pub const FINDINGS: &[(&str, Severity, &str)] = &[
    ("btc.account-incomplete", Refuse, "bytes of the request that nobody explains"),
    ("btc.already-final", Refuse, "an own input that is signed already, by whomever"),
    ("btc.amount-contradiction", Refuse, "two amounts for one input: one is shown, the other signed"),
    ("btc.amount-not-proven", Refuse, "the two-session fee attack on segwit version 0 (CVE-2020-14199)"),
    ("btc.amount-out-of-range", Refuse, "amounts that overflow, or exceed all coins there are"),
    ("btc.dns-name-other-address", Refuse, "a payment name that by DNSSEC belongs to another address (BIP-353)"),
    ("btc.dns-name-other-network", Refuse, "a payment name that has no address on the network of the ceremony"),
    ("btc.dns-proof-wrong", Refuse, "a DNSSEC proof that proves nothing, beside a name that it should prove"),
    ("btc.duplicate-input", Refuse, "the same coin spent twice, so that sums are wrong"),
    (
        "btc.locktime-undetermined",
        Refuse,
        "inputs that no lock time satisfies together, so that there is no transaction",
    ),
    ("btc.message-mismatch", Refuse, "a message that is shown while another one, or a payment, is signed"),
    ("btc.message-missing", Refuse, "a message signed blindly, dressed up as a payment of nothing"),
    ("btc.message-sighash", Refuse, "a signature of a message that can be carried into a payment"),
    ("btc.message-unreadable", Refuse, "a message that nobody can read"),
    ("btc.musig-aggregate-wrong", Refuse, "a MuSig2 key that is not made of the participants named beside it"),
    ("btc.musig-nonce-missing", Refuse, "a part of a MuSig2 signature that nobody can verify"),
    ("btc.musig-nonce-reused", Refuse, "a MuSig2 nonce used twice, which gives the private key away"),
    ("btc.musig-participant-unknown", Refuse, "somebody who poses as a MuSig2 cosigner"),
    ("btc.nothing-left-to-sign", Refuse, "a request whose own inputs all carry their signatures already"),
    ("btc.no-outputs", Refuse, "a transaction that pays everything as fee"),
    ("btc.no-own-input", Refuse, "a request that this treasury has nothing to sign in"),
    ("btc.no-wallet", Refuse, "a review without any registered wallet: nothing can be proven ours"),
    ("btc.other-network", Refuse, "coins of one network shown as those of another"),
    ("btc.output-script-missing", Refuse, "an output whose script is still to be computed, by whomever"),
    ("btc.outpoint-signed-before", Refuse, "a coin signed for again, otherwise: the two-session fee attack"),
    ("btc.output-taproot-mismatch", Refuse, "taproot keys or scripts that are not those of the output they stand at"),
    ("btc.outputs-exceed-inputs", Refuse, "outputs that no input pays for"),
    ("btc.previous-output-missing", Refuse, "an output number that the previous transaction does not have"),
    ("btc.previous-transaction-forged", Refuse, "a previous transaction invented to make an amount look proven"),
    ("btc.script-mismatch", Refuse, "a redeem or witness script that is not the one the coin is locked to"),
    ("btc.sighash-single-no-output", Refuse, "SIGHASH_SINGLE without an output: a signature for anything"),
    ("btc.sighash-unknown", Refuse, "a sighash type that no rule defines"),
    ("btc.signature-wrong", Refuse, "an existing signature that does not verify"),
    ("btc.silent-payment-input", Refuse, "an input with which no silent payment can be found (BIP-352)"),
    ("btc.silent-payment-mismatch", Refuse, "a script that is not made for the silent payment address shown"),
    ("btc.silent-payment-proof-wrong", Refuse, "a share of a silent payment that its proof does not prove (BIP-374)"),
    ("btc.silent-payment-sighash", Refuse, "a signature that lets others move a silent payment out of reach"),
    ("btc.silent-payment-unproven", Refuse, "a silent payment whose script nobody can make anew"),
    ("btc.too-large-to-execute", Refuse, "a transaction so large that nobody could execute its scripts in time"),
    ("btc.witness-utxo-for-legacy", Refuse, "an amount claimed for a coin whose signature does not commit to it"),
    ("btc.change-index-unreachable", Restricted, "change at an index that nobody will ever search (ransom)"),
    ("btc.dns-proof-expired", Restricted, "a name that was proven for another time, and may have changed hands"),
    ("btc.dns-proof-not-verified", Restricted, "a name whose proof is larger, or of another kind, than is verified"),
    ("btc.foreign-input-final", Restricted, "finished inputs of others that were taken on trust"),
    ("btc.musig-unproven", Restricted, "MuSig2 nonces and partial signatures for a key that nobody can make anew"),
    ("btc.output-unspendable", Restricted, "a taproot output whose key no one can have"),
    ("btc.sighash-anyone-can-pay", Restricted, "a signature that others can carry into another transaction"),
    ("btc.sighash-none", Restricted, "a signature that lets others choose every output"),
    ("btc.sighash-single", Restricted, "a signature that lets others choose all outputs but one"),
    ("btc.signature-unverifiable", Restricted, "an existing signature that cannot be checked"),
    ("btc.unknown-bytes", Restricted, "fields without known meaning as a channel into or out of the device"),
    ("btc.change-beyond-gap", Caution, "change hidden past the gap up to which wallets look"),
    ("btc.change-index-far", Caution, "change hidden where no wallet looks for it"),
    ("btc.change-not-proven", Caution, "a payee dressed up as change by forged key origins"),
    ("btc.change-other-wallet", Caution, "a transfer to another registered wallet, dressed up as change"),
    ("btc.cosigner-paths-differ", Caution, "keys whose paths only their chooser knows (ransom)"),
    ("btc.cosigner-unknown", Caution, "an extended key that belongs to no registered wallet"),
    ("btc.dns-amount-differs", Caution, "another amount than the payee's own instructions ask for"),
    ("btc.dns-time-unknown", Caution, "a name proven for a time that nobody compared with a clock"),
    ("btc.fee-high", Caution, "a fee that is absurd in itself"),
    ("btc.fee-rate-high", Caution, "a fee that is absurd for the transaction's size"),
    ("btc.fee-share-high", Caution, "a fee that is absurd for the amount sent"),
    ("btc.fee-unknown", Caution, "a fee that depends on amounts nobody proved"),
    ("btc.foreign-input", Caution, "inputs of others in the same transaction"),
    ("btc.locktime-future", Caution, "a transaction that cannot move for long"),
    ("btc.modifiable", Caution, "a request that still invites others to add inputs or outputs (BIP-370)"),
    ("btc.message-shows-funds", Caution, "coins named beside a message, joined in public"),
    ("btc.message-signed", Caution, "words that a signature makes ours"),
    ("btc.output-anyone-can-spend", Caution, "value sent to a script that anyone can spend"),
    ("btc.output-bare-script", Caution, "value sent to a form that wallets do not look for"),
    ("btc.output-burns", Caution, "value destroyed by an OP_RETURN output"),
    ("btc.output-duplicate", Caution, "the same payee twice"),
    ("btc.output-dust", Caution, "an output that costs more to spend than it is worth"),
    ("btc.output-taproot-unproven", Caution, "taproot keys or scripts that nobody can compare with their output"),
    ("btc.output-unknown-script", Caution, "value sent to a script that nobody recognises"),
    ("btc.output-zero", Caution, "an output of nothing"),
    ("btc.own-input-hidden", Caution, "own coins that the request presents as somebody else's"),
    ("btc.own-input-not-proven", Caution, "a coin claimed to be ours that no registered wallet derives"),
    ("btc.payee-look-alike", Caution, "address poisoning: an address that imitates one of the address book"),
    ("btc.payee-unknown", Caution, "a payee that was never registered"),
    ("btc.relative-locktime-long", Caution, "inputs that cannot move for long"),
    ("btc.wallets-mixed", Caution, "coins of several wallets joined in public"),
    ("btc.change-on-receive-path", Fact, "change that returns to an address for receiving"),
    ("btc.amount-bound", Fact, "taproot amounts that are only stated, but bound by our own signature (BIP-341)"),
    ("btc.data-published", Fact, "data that the transaction publishes for ever"),
    ("btc.dns-name-proven", Fact, "who is paid, by a name that the root keys of DNS vouch for"),
    ("btc.musig-nonce-present", Fact, "nonces of MuSig2 participants: whose are there, and whose are missing"),
    ("btc.fee-rate-low", Fact, "a fee below what the network relays"),
    ("btc.locktime", Fact, "a transaction that is not valid yet"),
    ("btc.origin-differs", Fact, "a fingerprint or path that is not the one registered"),
    ("btc.output-reuses-input", Fact, "an output to the script that is just being spent from"),
    ("btc.previous-witness", Fact, "bytes of previous transactions that could be any: their ids do not commit to them"),
    ("btc.relative-locktime", Fact, "inputs that cannot move yet"),
    ("btc.replaceable", Fact, "a transaction that its signers can replace until it is mined (BIP-125)"),
    ("btc.self-transfer", Fact, "a transaction that pays nobody but this treasury"),
    ("btc.signature-present", Fact, "existing signatures, verified"),
    ("btc.transaction-signed-before", Fact, "the same transaction signed once more"),
    ("btc.txid-malleable", Fact, "a transaction id that others can still change"),
    (
        "btc.txid-undetermined",
        Fact,
        "a transaction id that others may be able to change: a script of theirs is only claimed",
    ),
];

/// Findings as they are made.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<Finding>);

/// What a finding says: what is true, what follows, what to do.
pub(crate) struct Says<'a>(pub(crate) String, pub(crate) &'a str, pub(crate) &'a str);

impl Notes {
    /// Adds a finding of the table; a code that is not in it refuses.
    pub(crate) fn add(&mut self, code: &'static str, field: Option<String>, says: Says<'_>) {
        let entry = FINDINGS.iter().find(|(c, _, _)| *c == code);
        debug_assert!(entry.is_some(), "{code} is not in the table of findings");
        let severity = entry.map_or(Refuse, |(_, severity, _)| *severity);
        let Says(truth, consequence, action) = says;
        let (consequence, action) = (consequence.to_owned(), action.to_owned());
        self.0.push(Finding { code, severity, field, truth, consequence, action });
    }

    /// Adds all findings of `other`.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    pub(crate) fn into_vec(self) -> Vec<Finding> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_stable_in_form() {
        let codes: BTreeSet<_> = FINDINGS.iter().map(|(code, _, _)| code).collect();
        assert_eq!(codes.len(), FINDINGS.len());
        for (code, _, answers) in FINDINGS {
            let rest = code.strip_prefix("btc.").unwrap();
            assert!(rest.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{code}");
            assert!(!answers.is_empty());
        }
    }
}
