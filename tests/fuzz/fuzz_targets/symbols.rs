//! Any symbols into one assembler; some made into BBQr parts, so that the base32 and deflate behind are reached.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_qr::{Assembler, Received};

fuzz_target!(|input: &[u8]| {
    let mut assembler = Assembler::new();
    for chunk in input.split(|byte| *byte == b'\n').take(200) {
        let received = match chunk.split_first() {
            Some((&mode @ 0..16, rest)) => {
                let (encoding, total, index) = (['Z', '2'][usize::from(mode & 1)], 1 + (mode >> 3), mode >> 1 & 3);
                let body = data_encoding::BASE32_NOPAD.encode(rest);
                assembler.receive(format!("B${encoding}P0{total}0{index}{body}").as_bytes())
            }
            _ => assembler.receive(chunk),
        };
        assert_eq!(received == Received::Complete && assembler.payload().is_none(), false);
        if let Some(payload) = assembler.payload() {
            assert!(payload.bytes.len() <= vitrine_qr::limits::MESSAGE_BYTES);
        }
    }
});
