//! Unsigned transactions: any bytes, and those of wallets with edits, in bytes and in digits. Both are read alike, and
//! every byte has one owner.
#![no_main]

#[path = "common/edits.rs"]
mod edits;
#[path = "common/ethereum.rs"]
mod ethereum;
#[path = "common/vectors.rs"]
mod vectors;

use edits::{edited, take};
use ethereum::assert_owned;
use libfuzzer_sys::fuzz_target;
use vectors::TRANSACTIONS;
use vitrine_ethereum::Transaction;

fn judge(bytes: &[u8]) -> Option<Transaction> {
    let transaction = Transaction::from_request(bytes).ok()?;
    let leaves = transaction.leaves().into_iter().map(|leaf| leaf.span);
    assert_owned(leaves.chain(transaction.structure().iter().copied()), 0, bytes.len());
    assert!(transaction.worst_case_fee_wei() <= transaction.worst_case_cost_wei());
    Some(transaction)
}

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let mode = take(input);
    let place = usize::from(mode >> 1);
    let bytes = match TRANSACTIONS.get(place) {
        Some(known) => edited(&known.unsigned, input),
        None if mode & 1 == 0 => input.to_vec(),
        None => return drop(judge(input)),
    };
    let read = judge(&bytes);
    let digits = format!("0x{}", data_encoding::HEXLOWER.encode(&bytes));
    let again = judge(digits.as_bytes());
    if bytes.first().is_some_and(|first| *first < 5 || *first > 0x7f) {
        assert_eq!(read.as_ref().map(Transaction::signing_hash), again.as_ref().map(Transaction::signing_hash));
    }
    if let Some(transaction) = read {
        assert_eq!(transaction.bytes().bytes(), bytes);
    }
});
