//! Any Ethereum request, decoded, checked and reviewed: any bytes, requests of wallets with edits, and calls to every
//! function that a ceremony knows, within each other, in every kind of request.
#![no_main]

#[path = "common/edits.rs"]
mod edits;
#[path = "common/ethereum.rs"]
mod ethereum;

use edits::{edited, take};
use ethereum::{carried, judge, sample, some_call};
use libfuzzer_sys::fuzz_target;
use vitrine_ethereum::RequestForm;

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let mode = take(input);
    match mode & 7 {
        0 => {
            let forms = [RequestForm::EthSignRequest, RequestForm::Transaction, RequestForm::Json];
            judge(input, forms[usize::from(mode >> 3) % 3]);
        }
        1 => {
            let sample = sample(input);
            let bytes = edited(&sample.bytes, input);
            let is_sound = judge(&bytes, sample.form);
            assert!(is_sound || bytes != sample.bytes, "{} is not reviewed", sample.name);
        }
        2 => {
            let (to, data) = some_call(input, 3);
            let data = edited(&data, input);
            let (form, bytes) = carried(input, to, &data);
            judge(&bytes, form);
        }
        3 => {
            let (to, data) = some_call(input, 3);
            let (form, bytes) = carried(input, to, &data);
            judge(&edited(&bytes, input), form);
        }
        _ => {
            let (to, data) = some_call(input, 4);
            let (form, bytes) = carried(input, to, &data);
            judge(&bytes, form);
        }
    }
});
