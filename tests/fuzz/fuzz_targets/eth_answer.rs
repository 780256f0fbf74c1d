//! Answers to Ethereum requests: any bytes, and right answers with edits. What is accepted is the right answer again.
#![no_main]

#[path = "common/edits.rs"]
mod edits;
#[path = "common/vectors.rs"]
mod vectors;

use edits::{edited, take};
use libfuzzer_sys::fuzz_target;
use vectors::{ANSWERS, KnownTransaction, TRANSACTIONS};
use vitrine_ethereum::sign_request::EthSignature;
use vitrine_ethereum::{
    ReturnedSignature, Signable, Transaction, Verified, VerifyError, verify, verify_batch_response, verify_response,
    verify_transaction,
};

/// Signatures over one hash by one key are as many as there are nonces: only the right one is made here.
fn judge(outcome: Result<Verified, VerifyError>, known: &KnownTransaction) {
    if let Ok(verified) = outcome {
        assert_eq!(verified.transaction(), Some(known.signed.as_slice()));
        assert_eq!(verified.signer(), known.from);
    }
}

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let mode = take(input);
    let known = &TRANSACTIONS[usize::from(take(input)) % TRANSACTIONS.len()];
    let transaction = Transaction::from_request(&known.unsigned).expect("a transaction");
    let signable = Signable::Transaction(&transaction);
    let (_, message) = ANSWERS.iter().find(|(name, _)| *name == known.name).expect("each is answered");
    let answer = EthSignature::decode(message).expect("an answer");
    let id = answer.request_id;
    match mode % 6 {
        0 => judge(verify_response(signable, known.from, id, input), known),
        1 => judge(verify_transaction(&transaction, known.from, input), known),
        2 => judge(verify_response(signable, known.from, id, &edited(message, input)), known),
        3 => judge(verify_transaction(&transaction, known.from, &edited(&known.signed, input)), known),
        4 => {
            let returned = ReturnedSignature::from_bytes(&edited(&answer.signature, input));
            let _ = returned.map(|returned| judge(verify(signable, known.from, &returned), known));
        }
        _ => {
            let asked = [(signable, known.from, id)];
            let batch = vitrine_ethereum::sign_request::encode_batch(std::slice::from_ref(&answer));
            let verified = verify_batch_response(&asked, &edited(&batch, input));
            for verified in verified.into_iter().flatten() {
                judge(Ok(verified), known);
            }
        }
    }
});
