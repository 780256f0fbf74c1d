//! How many parts a receiver needs who joins in the middle and misses some.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by failing")]

use vitrine_qr::{Assembler, PartStream, Payload, PayloadKind, Transport, UrType};

const TRANSPORT: Transport = Transport::Ur { ur_type: UrType::Bytes };

fn message(seed: u32, length: usize) -> Payload {
    let bytes = (0..length).map(|index| (index as u32).wrapping_mul(seed | 1).to_le_bytes()[1]).collect();
    Payload { kind: PayloadKind::Bytes, transport: TRANSPORT, bytes }
}

/// Parts k/3 + k onwards in the order of other encoders, every third or so missed.
fn heard(payload: &Payload, fragment_len: usize, seed: u32) -> Vec<String> {
    let cbor = minicbor::to_vec(minicbor::bytes::ByteVec::from(payload.bytes.clone())).unwrap();
    let mut encoder = ur::Encoder::bytes(&cbor, fragment_len).unwrap();
    let skipped = encoder.fragment_count() * 4 / 3;
    let parts: Vec<String> = (0..skipped + 400).map(|_| encoder.next_part().unwrap()).skip(skipped).collect();
    let kept = |index: usize| (index as u32).wrapping_mul(2_654_435_761).wrapping_add(seed * 40_503) >> 16 & 3 != 0;
    parts.into_iter().enumerate().filter(|(index, _)| kept(*index)).map(|(_, part)| part).collect()
}

fn needed_by_us(parts: &[String], payload: &Payload) -> usize {
    let mut assembler = Assembler::new();
    let needed = parts.iter().take_while(|part| {
        let waiting = assembler.payload().is_none();
        assembler.receive(part.as_bytes());
        waiting
    });
    let needed = needed.count();
    assert_eq!(assembler.payload().unwrap().bytes, payload.bytes);
    needed
}

fn needed_by_peeling(parts: &[String]) -> usize {
    let mut decoder = ur::Decoder::default();
    parts
        .iter()
        .take_while(|part| {
            let waiting = !decoder.complete();
            decoder.receive(part).unwrap();
            waiting
        })
        .count()
}

#[test]
fn a_late_join_needs_few_parts() {
    let (mut ours, mut theirs) = (0, 0);
    for seed in 0..40 {
        let payload = message(seed, 10_000);
        let parts = heard(&payload, 400, seed);
        let (us, peeling) = (needed_by_us(&parts, &payload), needed_by_peeling(&parts));
        assert!(us <= peeling, "seed {seed}: {us} parts, peeling {peeling}");
        ours += us;
        theirs += peeling;
    }
    assert!(ours * 10 < theirs * 8, "{ours} parts in all, peeling {theirs}");
    assert!(ours < 40 * 26 * 13 / 10, "{ours} parts in all for 40 messages of 26 fragments");
}

#[test]
fn progress_never_stands_still_near_the_end() {
    let payload = message(3, 10_000);
    let parts = heard(&payload, 400, 3);
    let mut assembler = Assembler::new();
    let mut heard = 0;
    for part in &parts {
        let before = assembler.progress().received;
        assembler.receive(part.as_bytes());
        heard += usize::from(assembler.payload().is_none());
        assert!(assembler.progress().received >= before);
    }
    let progress = assembler.progress();
    assert_eq!((progress.received, progress.parts.len()), (26, 26));
    assert!(heard < 34, "{heard}");
}

#[test]
fn our_own_order_serves_a_late_join_too() {
    let payload = message(9, 10_000);
    let mut stream = PartStream::new(&payload, &TRANSPORT, 400).unwrap();
    let parts: Vec<String> = (0..200).map(|_| stream.next_part()).skip(17).collect();
    let needed = needed_by_us(&parts, &payload);
    assert!(needed <= 36, "{needed}");
}
