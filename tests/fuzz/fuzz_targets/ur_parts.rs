//! UR parts whose bytewords are right, so that everything behind that checksum is reached.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minicbor::Encoder;
use ur::bytewords::{Style, encode};
use vitrine_qr::Assembler;

/// A part from a few bytes: small counts, so that parts of one message meet.
fn structured(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let (&[sequence, count, filling, checksum, tweak], data) = bytes.split_first_chunk::<5>()?;
    let data = data.get(..usize::from(tweak & 15) + 1).unwrap_or(data);
    let count = u64::from(count % 40) + 1;
    let length = count * data.len() as u64 - u64::from(filling) % (data.len() as u64).max(1);
    let mut encoder = Encoder::new(Vec::new());
    encoder.array(5).ok()?.u64(sequence.into()).ok()?.u64(count).ok()?;
    encoder.u64(length).ok()?.u64(u64::from(checksum & 1)).ok()?.bytes(data).ok()?;
    Some((format!("{sequence}-{count}"), encoder.into_writer()))
}

fuzz_target!(|input: &[u8]| {
    let mut assembler = Assembler::new();
    for chunk in input.chunks(24).take(400) {
        let Some((&mode, rest)) = chunk.split_first() else { continue };
        let text = match (mode & 3, structured(rest)) {
            (0, _) => format!("ur:bytes/1-9/{}", encode(rest, Style::Minimal)),
            (1, _) => format!("ur:crypto-psbt/{}", encode(rest, Style::Minimal)),
            (_, Some((header, cbor))) => format!("ur:bytes/{header}/{}", encode(&cbor, Style::Minimal)),
            (_, None) => continue,
        };
        assembler.receive(text.as_bytes());
        let progress = assembler.progress();
        assert!(progress.received <= progress.parts.len());
    }
});
