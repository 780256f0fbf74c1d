//! Any bytes as a PSBT: decoded, checked against a wallet, reviewed and written as text.
#![no_main]

mod common;

use common::SURROUNDINGS;
use libfuzzer_sys::fuzz_target;
use vitrine_bitcoin::decode;
use vitrine_review::{Context, to_json, to_text};

fuzz_target!(|input: &[u8]| {
    let Ok(request) = decode(input) else { return };
    assert_eq!(request.bytes(), input);
    let Ok(checked) = request.check(&SURROUNDINGS) else { return };
    let review = checked.review(&Context::default());
    assert_eq!(review.digest(), checked.review(&Context::default()).digest());
    assert!(!to_text(&review).is_empty() && !to_json(&review).is_empty());
});
