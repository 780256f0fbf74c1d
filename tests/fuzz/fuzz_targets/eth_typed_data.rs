//! Typed data: any text, and that of wallets with edits. Every byte has one owner, and nobody reads another hash.
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
use vectors::TYPED_DATA;
use vitrine_ethereum::typed_data::TypedData;

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let bytes = match TYPED_DATA.get(usize::from(take(input))) {
        Some(known) => edited(known, input),
        None => input.to_vec(),
    };
    let Ok(data) = TypedData::decode(&bytes, 7) else { return };
    assert_owned(data.parts().into_iter().map(|part| part.span), 7, 7 + bytes.len());
    let _ = data.recognise();
    let blanks = [b" \n".to_vec(), bytes].concat();
    let again = TypedData::decode(&blanks, 0).expect("blanks before it say nothing");
    assert_eq!((again.digest(), again.encode_type()), (data.digest(), data.encode_type()));
});
