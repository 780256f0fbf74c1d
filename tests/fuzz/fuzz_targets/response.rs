//! Answers to one request: any bytes, and the right answer with edits. What is accepted is the right answer again.
#![no_main]

mod common;

use common::{CHECKED, SIGNATURES, SIGNED, edited, take};
use libfuzzer_sys::fuzz_target;
use vitrine_bitcoin::{Verified, VerifyError, verify, verify_response, verify_transaction};

fn judge(outcome: Result<Verified, VerifyError>) {
    if let Ok(verified) = outcome {
        assert_eq!(verified.psbt(), SIGNED.psbt());
        assert_eq!(verified.transaction(), SIGNED.transaction());
    }
}

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    match take(input) % 5 {
        0 => judge(verify_response(&CHECKED, input)),
        1 => judge(verify_transaction(&CHECKED, input)),
        2 => judge(verify_response(&CHECKED, &edited(SIGNED.psbt(), input))),
        3 => {
            let transaction = SIGNED.transaction().expect("one key signs every input");
            judge(verify_transaction(&CHECKED, &edited(transaction, input)));
        }
        _ => {
            let mut signatures = SIGNATURES.clone();
            for signature in &mut signatures {
                signature.signature = edited(&signature.signature, input);
                signature.input = signature.input.wrapping_add(usize::from(take(input) & 1));
            }
            judge(verify(&CHECKED, &signatures));
        }
    }
});
