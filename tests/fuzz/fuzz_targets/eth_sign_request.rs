//! Messages of ERC-4527: requests, answers and batches of both. Every byte of a request has one owner; an answer that
//! is read is written and read again.
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
use vectors::{ANSWERS, BATCH, REQUESTS};
use vitrine_ethereum::sign_request::{EthSignature, decode_batch, encode_batch};
use vitrine_ethereum::{BatchSignRequest, Payload, SignRequest};
use vitrine_review::Span;

fn owners(request: &SignRequest) -> Vec<Span> {
    let data = request.data_span();
    let mut spans: Vec<Span> = request.leaves().into_iter().map(|leaf| leaf.span).collect();
    if let Payload::Transaction(transaction) = request.payload() {
        let leaves = transaction.leaves().into_iter().map(|leaf| leaf.span);
        assert_owned(leaves.chain(transaction.structure().iter().copied()), data.start, data.end);
    }
    spans.extend(request.structure());
    spans
}

fn request(bytes: &[u8]) {
    if let Ok(request) = SignRequest::decode(bytes) {
        assert_owned(owners(&request), 0, bytes.len());
        assert!(request.origin().is_none_or(|origin| origin.value.len() <= 512));
    }
}

fn batch(bytes: &[u8]) {
    let Ok(batch) = BatchSignRequest::decode(bytes) else { return };
    let mut ids: Vec<_> = batch.requests().iter().map(|request| request.request_id().map(|id| id.value)).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), batch.requests().len());
    let leaves = batch.requests().iter().flat_map(SignRequest::leaves).map(|leaf| leaf.span);
    assert_owned(leaves.chain(batch.structure().iter().copied()), 0, bytes.len());
}

fn answer(bytes: &[u8]) {
    if let Ok(answer) = EthSignature::decode(bytes) {
        assert_eq!(EthSignature::decode(&answer.encode()), Ok(answer));
    }
    if let Ok(answers) = decode_batch(bytes) {
        assert_eq!(decode_batch(&encode_batch(&answers)), Ok(answers));
    }
}

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let place = usize::from(take(input));
    match place {
        0..32 => match REQUESTS.get(place) {
            Some((_, known)) => request(&edited(known, input)),
            None => request(input),
        },
        32..64 => batch(&edited(&BATCH[0], input)),
        64..128 => batch(input),
        128..160 => match ANSWERS.get(place - 128) {
            Some((_, known)) => answer(&edited(known, input)),
            None => answer(&edited(&BATCH[1], input)),
        },
        _ => answer(input),
    }
});
