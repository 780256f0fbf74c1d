//! Any file: what is taken from it survives being shown and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_qr::{Assembler, PartStream, Payload, Transport};

fuzz_target!(|input: &[u8]| {
    let Ok(payload) = Payload::from_file(input) else { return };
    if payload.transport == Transport::Binary {
        assert_eq!(payload.bytes, input);
        return;
    }
    let Ok(stream) = PartStream::new(&payload, &payload.transport, 100) else { return };
    let mut assembler = Assembler::new();
    for part in stream.pure_parts() {
        assembler.receive(part.as_bytes());
    }
    let again = assembler.payload().expect("all parts were heard");
    assert_eq!((again.kind, &again.bytes), (payload.kind, &payload.bytes));
});
