//! What a scanner may be shown, and what must not happen then.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by failing"
)]

use minicbor::Encoder;
use ur::bytewords::{Style, encode};
use vitrine_qr::{
    Assembler, BbqrEncoding, BbqrError, PartError, PartState, PartStream, Payload, PayloadKind, Received, Transport,
    UrError, UrType,
};

const CRYPTO_PSBT: Transport = Transport::Ur { ur_type: UrType::CryptoPsbt };
const BBQR: Transport = Transport::Bbqr { encoding: BbqrEncoding::Base32 };

/// Bytes that begin like a PSBT; what follows depends on the seed and does not compress.
fn psbt(seed: u32, length: usize) -> Payload {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut bytes = b"psbt\xff".to_vec();
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        bytes.push(state.to_le_bytes()[1]);
    }
    Payload { kind: PayloadKind::Psbt, transport: Transport::Binary, bytes }
}

fn pure_parts(payload: &Payload, transport: Transport, fragment_len: usize) -> Vec<String> {
    PartStream::new(payload, &transport, fragment_len).unwrap().pure_parts()
}

fn part(numbers: [u64; 4], data: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.array(5).unwrap();
    for number in numbers {
        encoder.u64(number).unwrap();
    }
    encoder.bytes(data).unwrap();
    encoder.into_writer()
}

fn ur(header: &str, cbor: &[u8]) -> String {
    format!("ur:crypto-psbt/{header}/{}", encode(cbor, Style::Minimal))
}

fn refusal(received: Received) -> PartError {
    match received {
        Received::NotAPart(error) => error,
        other => panic!("taken: {other:?}"),
    }
}

fn ur_refusal(text: &str) -> UrError {
    match refusal(Assembler::new().receive(text.as_bytes())) {
        PartError::Ur(error) => error,
        other => panic!("{other}"),
    }
}

fn bbqr_refusal(text: &str) -> BbqrError {
    match refusal(Assembler::new().receive(text.as_bytes())) {
        PartError::Bbqr(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn a_qr_of_something_else_is_named_and_disturbs_nothing() {
    let mut assembler = Assembler::new();
    let parts = pure_parts(&psbt(1, 300), CRYPTO_PSBT, 100);
    assembler.receive(parts[0].as_bytes());
    let before = assembler.progress();
    for stray in [&b"https://example.org/pay?to=me"[..], b"bitcoin:bc1qexample", b"\x1b[2J\x00", b"", b"  ", b"u"] {
        let said = refusal(assembler.receive(stray)).to_string();
        assert!(said.starts_with("this QR is not a part of a request: it "), "{said}");
        assert!(said.is_ascii() && !said.contains('\x1b'), "{said}");
        assert_eq!(assembler.progress(), before);
    }
    parts.iter().skip(1).for_each(|part| drop(assembler.receive(part.as_bytes())));
    assert_eq!(assembler.payload().unwrap().bytes, psbt(1, 300).bytes);
}

#[test]
fn parts_of_two_messages_are_never_mixed() {
    let (ours, theirs) = (psbt(1, 500), psbt(2, 500));
    let mut assembler = Assembler::new();
    let pairs = pure_parts(&ours, CRYPTO_PSBT, 100).into_iter().zip(pure_parts(&theirs, CRYPTO_PSBT, 100));
    let mut refused = 0;
    for (our, their) in pairs {
        assert!(matches!(assembler.receive(our.as_bytes()), Received::New { .. } | Received::Complete));
        assert_eq!(assembler.receive(their.as_bytes()), Received::OtherMessage);
        refused += 1;
        assert_eq!(assembler.progress().refused, refused);
        assert!(!assembler.progress().restart_offered);
    }
    assert_eq!(assembler.payload().unwrap().bytes, ours.bytes);
}

#[test]
fn a_stray_first_part_does_not_lock_the_scanner() {
    let mut assembler = Assembler::new();
    assembler.receive(pure_parts(&psbt(1, 500), CRYPTO_PSBT, 100)[0].as_bytes());
    let wanted = pure_parts(&psbt(2, 900), CRYPTO_PSBT, 100);
    for part in &wanted[..4] {
        assert_eq!(assembler.receive(part.as_bytes()), Received::OtherMessage);
        assert!(!assembler.progress().restart_offered);
    }
    assembler.receive(wanted[4].as_bytes());
    assert!(assembler.progress().restart_offered);
    assembler.reset();
    for part in &wanted {
        assembler.receive(part.as_bytes());
    }
    assert_eq!(assembler.payload().unwrap().bytes, psbt(2, 900).bytes);
}

#[test]
fn nothing_replaces_a_complete_message() {
    let mut assembler = Assembler::new();
    let ours = psbt(1, 300);
    pure_parts(&ours, CRYPTO_PSBT, 100).iter().for_each(|part| drop(assembler.receive(part.as_bytes())));
    for part in pure_parts(&psbt(2, 2000), CRYPTO_PSBT, 100) {
        assert_eq!(assembler.receive(part.as_bytes()), Received::OtherMessage);
        assert!(!assembler.progress().restart_offered);
    }
    assert_eq!(assembler.payload().unwrap().bytes, ours.bytes);
}

#[test]
fn a_part_claiming_two_to_the_32_fragments_is_refused_at_once() {
    let huge = 1_u64 << 32;
    let cbor = part([1, huge, huge, 7], &[1; 8]);
    assert_eq!(ur_refusal(&ur("1-4294967296", &cbor)), UrError::TooManyFragments { claimed: huge });
    assert_eq!(ur_refusal(&ur("1-9", &cbor)), UrError::TooManyFragments { claimed: huge });
    let cbor = part([4_294_967_290, 4_294_967_290, 4_294_967_290, 7], &[1]);
    let refused = ur_refusal(&ur("4294967290-4294967290", &cbor));
    assert_eq!(refused, UrError::TooManyFragments { claimed: 4_294_967_290 });
}

#[test]
fn a_part_claiming_four_gigabytes_is_refused() {
    let cbor = part([1, 2, u64::from(u32::MAX), 7], &[1; 8]);
    assert_eq!(ur_refusal(&ur("1-2", &cbor)), UrError::TooLarge { claimed: u64::from(u32::MAX) });
    assert_eq!(ur_refusal(&ur("1-2", &part([1, 2, 0, 7], &[1; 8]))), UrError::TooLarge { claimed: 0 });
}

#[test]
fn a_mixed_part_of_the_largest_message_is_taken_quickly() {
    let cbor = part([4_294_967_295, 16_384, 16_384 * 200, 7], &[1; 200]);
    let received = Assembler::new().receive(ur("4294967295-16384", &cbor).as_bytes());
    assert!(matches!(received, Received::New { .. }), "{received:?}");
}

#[test]
fn fragments_that_do_not_make_the_message() {
    for (count, length, fragment) in [(9, 256, 10), (9, 256, 100), (2, 256, 0), (3, 256, 128), (1, 256, 255)] {
        let refused = ur_refusal(&ur(&format!("1-{count}"), &part([1, count, length, 7], &vec![1; fragment])));
        assert!(matches!(refused, UrError::FragmentLength { .. }), "{refused}");
    }
}

#[test]
fn numbers_outside_differ_from_inside() {
    let cbor = part([2, 9, 256, 7], &[1; 29]);
    let refused = ur_refusal(&ur("1-9", &cbor));
    assert_eq!(refused, UrError::Sequence { header: (1, 9), inside: (2, 9) });
    assert!(matches!(ur_refusal(&ur("1-8", &part([1, 9, 256, 7], &[1; 29]))), UrError::Sequence { .. }));
}

#[test]
fn every_changed_letter_of_a_part_is_noticed() {
    let text = pure_parts(&psbt(1, 60), CRYPTO_PSBT, 40)[0].clone();
    let body = text.rfind('/').unwrap() + 1;
    for index in body..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'E' } else { b'A' };
        let received = Assembler::new().receive(&changed);
        assert!(matches!(received, Received::NotAPart(PartError::Ur(UrError::Bytewords { .. }))), "{index}");
    }
}

#[test]
fn a_part_cut_off_or_lengthened() {
    let text = pure_parts(&psbt(1, 60), CRYPTO_PSBT, 40)[0].clone();
    for length in 0..text.len() {
        assert!(matches!(Assembler::new().receive(&text.as_bytes()[..length]), Received::NotAPart(_)), "{length}");
    }
    for tail in ["AE", "A", "/AE", " 1", "\u{e9}"] {
        assert!(matches!(Assembler::new().receive(format!("{text}{tail}").as_bytes()), Received::NotAPart(_)));
    }
}

#[test]
fn a_tampered_fragment_with_a_valid_part_checksum_is_caught_by_the_message_checksum() {
    let payload = psbt(1, 300);
    let mut assembler = Assembler::new();
    let parts = pure_parts(&payload, CRYPTO_PSBT, 100);
    parts[..3].iter().for_each(|part| drop(assembler.receive(part.as_bytes())));
    let checksum = u64::from(u32::from_be_bytes(assembler.progress().checksum.unwrap()));
    let size = assembler.progress().size.unwrap();
    let fragment = size.div_ceil(parts.len());
    let mut forged = vec![0; fragment];
    forged[0] = 1;
    let cbor = part([parts.len() as u64, parts.len() as u64, size as u64, checksum], &forged);
    let header = format!("{0}-{0}", parts.len());
    let error = refusal(assembler.receive(ur(&header, &cbor).as_bytes()));
    assert!(matches!(error, PartError::Ur(UrError::MessageChecksum { .. } | UrError::Padding)), "{error}");
    assert_eq!(assembler.payload(), None);
    assert_eq!((assembler.progress().received, assembler.progress().refused), (0, 1));
    parts.iter().for_each(|part| drop(assembler.receive(part.as_bytes())));
    assert_eq!(assembler.payload().unwrap().bytes, payload.bytes);
}

#[test]
fn a_part_that_contradicts_another_is_refused() {
    let cbor = |byte| part([1, 2, 20, 7], &[byte; 10]);
    let mut assembler = Assembler::new();
    assert_eq!(assembler.receive(ur("1-2", &cbor(1)).as_bytes()), Received::New { index: 0 });
    let error = refusal(assembler.receive(ur("1-2", &cbor(2)).as_bytes()));
    assert_eq!(error, PartError::Ur(UrError::Contradiction { sequence: 1 }));
    assert_eq!(assembler.receive(ur("1-2", &cbor(1)).as_bytes()), Received::Seen);
    assert_eq!(assembler.progress().refused, 1);
}

#[test]
fn filling_that_is_not_zero() {
    let message = [0x40_u8, 1, 2, 3];
    let cbor = part([1, 2, 3, 7], &[message[0], message[1]]);
    let mut assembler = Assembler::new();
    assembler.receive(ur("1-2", &cbor).as_bytes());
    let error = refusal(assembler.receive(ur("2-2", &part([2, 2, 3, 7], &[9, 9])).as_bytes()));
    assert_eq!(error, PartError::Ur(UrError::Padding));
}

#[test]
fn the_type_changes_mid_stream() {
    let parts = pure_parts(&psbt(1, 300), CRYPTO_PSBT, 100);
    let mut assembler = Assembler::new();
    assembler.receive(parts[0].as_bytes());
    let changed = parts[1].replace("CRYPTO-PSBT", "BYTES");
    assert_eq!(assembler.receive(changed.as_bytes()), Received::OtherMessage);
    let unknown = parts[1].replace("CRYPTO-PSBT", "CRYPTO-SEED");
    let said = refusal(assembler.receive(unknown.as_bytes())).to_string();
    assert!(said.contains("crypto-seed") && said.contains("crypto-psbt, psbt, bytes"), "{said}");
    assert_eq!(
        assembler.progress().parts,
        [PartState::Read, PartState::Missing, PartState::Missing, PartState::Missing]
    );
}

#[test]
fn a_ur_of_the_old_version_is_named() {
    assert_eq!(ur_refusal("ur:bytes/1of3/fqqq/zzzz"), UrError::VersionOne);
}

fn single(ur_type: &str, message: &[u8]) -> String {
    format!("ur:{ur_type}/{}", encode(message, Style::Minimal))
}

#[test]
fn envelopes_of_old_encoders_are_taken_and_others_refused() {
    let bytes = b"psbt\xff12345";
    let string = [&[0x4a][..], bytes].concat();
    let tagged = [&[0xd9, 0x01, 0x36][..], &string].concat();
    let newer = [&[0xd9, 0x9d, 0x76][..], &string].concat();
    for (ur_type, message) in [("crypto-psbt", &string), ("crypto-psbt", &tagged), ("psbt", &newer), ("bytes", &string)]
    {
        let mut assembler = Assembler::new();
        assert_eq!(assembler.receive(single(ur_type, message).as_bytes()), Received::Complete);
        assert_eq!(assembler.payload().unwrap().bytes, bytes);
        assert_eq!(assembler.payload().unwrap().kind, PayloadKind::Psbt);
    }
    let longer = [&[0x58, 0x0a][..], bytes].concat();
    let indefinite = [&[0x5f, 0x4a][..], bytes, &[0xff]].concat();
    let trailing = [&string[..], &[0]].concat();
    let text = [&[0x6a][..], b"psbt112345"].concat();
    let other_tag = [&[0xd9, 0x01, 0x2f][..], &string].concat();
    let twice = [&[0xd9, 0x01, 0x36, 0xd9, 0x01, 0x36][..], &string].concat();
    let cut = string[..string.len() - 1].to_vec();
    for message in [longer, indefinite, trailing, text, other_tag, twice, cut, Vec::new()] {
        let refused = ur_refusal(&single("crypto-psbt", &message));
        assert!(matches!(refused, UrError::Envelope { .. }), "{refused} {message:x?}");
    }
    assert!(matches!(ur_refusal(&single("bytes", &tagged)), UrError::Envelope { .. }));
    assert!(matches!(ur_refusal(&single("psbt", &[0x41, 0x00])), UrError::NotAPsbt { .. }));
}

#[test]
fn a_bbqr_bomb_is_refused() {
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![0; 200 << 20], 9);
    assert!(bomb.len() < 400_000);
    let body = data_encoding::BASE32_NOPAD.encode(&bomb);
    let refused = bbqr_refusal(&format!("B$ZP0100{body}"));
    assert_eq!(refused, BbqrError::TooLarge);
}

#[test]
fn deflate_cut_off_damaged_or_followed() {
    let good = miniz_oxide::deflate::compress_to_vec(&psbt(1, 400).bytes, 9);
    let part = |data: &[u8]| format!("B$ZP0100{}", data_encoding::BASE32_NOPAD.encode(data));
    assert_eq!(Assembler::new().receive(part(&good).as_bytes()), Received::Complete);
    for bad in [good[..good.len() - 2].to_vec(), [&good[..], &[0]].concat(), vec![0xff; 40]] {
        let refused = bbqr_refusal(&part(&bad));
        assert!(matches!(refused, BbqrError::Deflate { .. }), "{refused}");
    }
}

#[test]
fn bbqr_headers_that_lenient_readers_take() {
    let body = "OBZWE5H7";
    for header in
        ["B$2P+1+0", "B$2P+100", "B$2P 100", "B$2P-100", "B$2P0a00", "B$2p0100", "B$XP0100", "b$2P0100", "B$2P01"]
    {
        let received = Assembler::new().receive(format!("{header}{body}").as_bytes());
        assert!(matches!(received, Received::NotAPart(_)), "{header}");
    }
    for header in ["B$2P0000", "B$2P0101", "B$2P0203", "B$2PZZZZ"] {
        let refused = bbqr_refusal(&format!("{header}{body}"));
        assert!(matches!(refused, BbqrError::Place { .. }), "{header} {refused}");
    }
    for body in ["", "OBZWE5H", "obzwe5h7", "OBZWE5H1", "OBZWE5H7=", "A"] {
        let refused = bbqr_refusal(&format!("B$2P0100{body}"));
        assert!(matches!(refused, BbqrError::Characters { .. }), "{body} {refused}");
    }
}

#[test]
fn a_bbqr_of_something_else_names_it() {
    let refused = bbqr_refusal("B$2J0100OBZWE5H7").to_string();
    assert!(refused.contains("JSON (type J)") && refused.contains("PSBT (P), transaction (T)"), "{refused}");
    assert_eq!(bbqr_refusal("B$HP01000102"), BbqrError::NotAPsbt);
}

#[test]
fn a_poisoned_bbqr_place_is_given_up_after_repeats() {
    let payload = psbt(1, 300);
    let parts = pure_parts(&payload, BBQR, 100);
    assert!(parts.len() >= 3);
    let mut poison = parts[1].clone().into_bytes();
    poison[20] = if poison[20] == b'A' { b'B' } else { b'A' };
    let mut assembler = Assembler::new();
    assert_eq!(assembler.receive(&poison), Received::New { index: 1 });
    for _ in 0..2 {
        let error = refusal(assembler.receive(parts[1].as_bytes()));
        assert_eq!(error, PartError::Bbqr(BbqrError::Conflict { index: 1 }));
    }
    let error = refusal(assembler.receive(parts[1].as_bytes()));
    assert_eq!(error, PartError::Bbqr(BbqrError::StartedOver { index: 1 }));
    assert_eq!((assembler.progress().refused, assembler.progress().received), (3, 0));
    parts.iter().for_each(|part| drop(assembler.receive(part.as_bytes())));
    assert_eq!(assembler.payload().unwrap().bytes, payload.bytes);
}

#[test]
fn bbqr_parts_of_unequal_length() {
    let mut assembler = Assembler::new();
    assembler.receive(b"B$HP0300707362742D");
    for (text, taken) in [("B$HP03017073", false), ("B$HP0302707362742D2D", false), ("B$HP03020102", true)] {
        assert_eq!(matches!(assembler.receive(text.as_bytes()), Received::New { .. }), taken, "{text}");
    }
}

#[test]
fn bbqr_parts_of_two_messages_with_other_headers() {
    let mut assembler = Assembler::new();
    let ours = pure_parts(&psbt(1, 300), BBQR, 100);
    assembler.receive(ours[0].as_bytes());
    for other in pure_parts(&psbt(2, 900), BBQR, 100) {
        assert_eq!(assembler.receive(other.as_bytes()), Received::OtherMessage);
    }
    assert!(assembler.progress().restart_offered);
}

#[test]
fn base64_that_is_cut_off() {
    let text = data_encoding::BASE64.encode(&psbt(1, 100).bytes);
    assert_eq!(Assembler::new().receive(text.as_bytes()), Received::Complete);
    for length in [10, 41, 134] {
        let error = refusal(Assembler::new().receive(&text.as_bytes()[..length]));
        assert_eq!(error, PartError::Text { form: "base64" });
    }
    let error = refusal(Assembler::new().receive(b"70736274ff0"));
    assert_eq!(error, PartError::Text { form: "hex" });
}
