//! Ethereum's messages, as others write them and as files.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect by failing"
)]

use ur::bytewords::{Style, encode};
use vitrine_qr::{
    Assembler, EncodeError, FileError, Modules, PartError, PartStream, Payload, PayloadKind, Received, Transport,
    UrError, UrType, read_back,
};

/// Type, CBOR, UR in one part, UR in many: see vectors/SOURCE.md.
const VECTORS: &str = include_str!("vectors/ethereum.txt");

const KINDS: [(UrType, PayloadKind); 4] = [
    (UrType::EthSignRequest, PayloadKind::EthSignRequest),
    (UrType::EthBatchSignRequest, PayloadKind::EthBatchSignRequest),
    (UrType::EthSignature, PayloadKind::EthSignature),
    (UrType::EthBatchSignature, PayloadKind::EthBatchSignature),
];

struct Vector {
    payload: Payload,
    ur_type: UrType,
    single: &'static str,
    parts: Vec<&'static str>,
}

fn vectors() -> Vec<Vector> {
    let read = |line: &'static str| {
        let mut words = line.split(' ');
        let (name, cbor, single) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let (ur_type, kind) = KINDS.into_iter().find(|(ur_type, _)| ur_type.name() == name).unwrap();
        let bytes = data_encoding::HEXLOWER.decode(cbor.as_bytes()).unwrap();
        let payload = Payload { kind, transport: Transport::Ur { ur_type }, bytes };
        Vector { payload, ur_type, single, parts: words.collect() }
    };
    VECTORS.lines().map(read).collect()
}

fn assemble<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Payload {
    let mut assembler = Assembler::new();
    for part in parts {
        let received = assembler.receive(part.as_ref());
        assert!(matches!(received, Received::New { .. } | Received::Seen | Received::Complete), "{received:?}");
    }
    assembler.payload().unwrap_or_else(|| panic!("{:?}", assembler.progress())).clone()
}

#[test]
fn urs_of_keystones_registry_are_read_in_one_part_and_in_many() {
    let mut types = Vec::new();
    for Vector { payload, ur_type, single, parts } in vectors() {
        assert_eq!(assemble([single]), payload);
        assert_eq!(Payload::from_file(single.as_bytes()).unwrap(), payload);
        if let Some(count) = parts.len().checked_sub(8).map(|rest| rest / 2) {
            assert_eq!(assemble(&parts), payload);
            assert_eq!(assemble(&parts[..count]), payload);
            assert_eq!(assemble(parts[1..].iter().rev()), payload, "without the first, backwards");
            assert_eq!(Payload::from_file(parts.join("\n").as_bytes()).unwrap(), payload);
        }
        types.push(ur_type.name());
    }
    types.sort_unstable();
    types.dedup();
    assert_eq!(types, ["eth-batch-sign-request", "eth-batch-signature", "eth-sign-request", "eth-signature"]);
}

#[test]
fn our_urs_are_those_of_keystones_registry() {
    for Vector { payload, ur_type, single, .. } in vectors() {
        let transport = Transport::Ur { ur_type };
        let ours = PartStream::new(&payload, &transport, 100_000).unwrap().pure_parts();
        assert_eq!(ours, [single.to_ascii_uppercase()]);
        let parts = PartStream::new(&payload, &transport, 40).unwrap().pure_parts();
        assert_eq!(assemble(&parts), payload);
        let codes = Modules::encode_all(&parts).unwrap();
        assert_eq!(read_back(&codes, &payload).unwrap().parts, parts.len());
        assert_eq!(payload.kind.ur_type(), ur_type);
    }
}

#[test]
fn what_is_scanned_is_written_as_a_file_that_is_read_again() {
    for Vector { payload, .. } in vectors() {
        assert_eq!(Payload::from_file(&payload.to_file()).unwrap(), payload);
    }
    let legacy = b"0xec098504a817c80082520894a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48880de0b6b3a764000080018080";
    for file in [&legacy[..], b"{}\n", b"psbt\xff\x00"] {
        let payload = Payload::from_file(file).unwrap();
        assert_eq!(Payload::from_file(&payload.to_file()).unwrap(), payload);
    }
}

#[test]
fn messages_that_are_no_map_are_refused() {
    for (ur_type, _) in KINDS {
        let refused = |cbor: &[u8]| {
            let text = format!("ur:{}/{}", ur_type.name(), encode(cbor, Style::Minimal));
            match Assembler::new().receive(text.as_bytes()) {
                Received::NotAPart(PartError::Ur(error)) => error,
                other => panic!("{other:?}"),
            }
        };
        for cbor in [&[0x41, 0][..], &[0x80], &[0x01], &[], &[0xd9, 0x01, 0x36, 0xa0], &[0xd8], &[0xbf, 0xff]] {
            assert!(matches!(refused(cbor), UrError::Envelope { .. }), "{cbor:02x?}");
        }
    }
    let tagged = format!("ur:eth-sign-request/{}", encode(&[0xd9, 0x01, 0x91, 0xa0], Style::Minimal));
    assert_eq!(assemble([tagged]).bytes, [0xd9, 0x01, 0x91, 0xa0], "its own tag stays: it is a part of the request");
}

#[test]
fn a_transaction_in_hexadecimal_digits_is_found() {
    let legacy = "ec098504a817c80082520894a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48880de0b6b3a764000080018080";
    let typed = format!("02f86e{}", "80".repeat(110));
    let cut_off = format!("0x{}", &typed[..140]);
    let broken = format!("{}\r\n{}\n", &typed[..64], &typed[64..]);
    for text in [legacy, &typed, &typed.to_ascii_uppercase(), &format!(" 0x{typed}\n"), &cut_off, &broken] {
        let payload = Payload::from_file(text.as_bytes()).unwrap();
        assert_eq!((payload.kind, payload.transport), (PayloadKind::EthTransaction, Transport::Hex), "{text}");
        let shown = PartStream::new(&payload, &Transport::Hex, 100).unwrap().pure_parts();
        assert_eq!(assemble(&shown), payload);
        assert!(read_back(&Modules::encode_all(&shown).unwrap(), &payload).is_ok());
    }
}

#[test]
fn addresses_keys_and_bitcoin_in_hexadecimal_digits_are_no_transactions() {
    for text in [
        "0xd8dA6BF26964aF9d7eEd9e03E53415D37aA96045",
        "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
        "f39fd6e51aad88f6f4ce6ab8827279cfffb92266f39fd6e51aad88f6f4ce6ab8",
        "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
        "03f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",
        "0200000001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
        "0x",
        "02f86e8",
        "0x02f86z",
    ] {
        assert!(matches!(Payload::from_file(text.as_bytes()), Err(FileError::Unknown { .. })), "{text}");
        let received = Assembler::new().receive(text.as_bytes());
        assert!(matches!(received, Received::NotAPart(PartError::SomethingElse { .. })), "{text}");
    }
}

#[test]
fn json_is_found_and_shown_as_it_is() {
    for text in ["{}", " \n{\"format\":\"vitrine-safe-bundle\"}\n", "{\"message\":\"Grüße\"}"] {
        let payload = Payload::from_file(text.as_bytes()).unwrap();
        assert_eq!((payload.kind, payload.transport), (PayloadKind::Json, Transport::Text));
        assert_eq!(payload.bytes, text.as_bytes(), "not a blank is lost: offsets count from the beginning");
        let shown = PartStream::new(&payload, &Transport::Text, 100).unwrap().pure_parts();
        assert_eq!(assemble(&shown), payload);
        let bytes = Transport::Ur { ur_type: UrType::Bytes };
        let animated = PartStream::new(&payload, &bytes, 10).unwrap().pure_parts();
        let received = assemble(&animated);
        assert_eq!((received.kind, received.bytes.as_slice()), (PayloadKind::Json, text.as_bytes()));
        assert!(read_back(&Modules::encode_all(&animated).unwrap(), &payload).is_ok());
    }
    for other in [&b"[]"[..], b"\"{}\"", b"{\xff}", b"\xef\xbb\xbf{}"] {
        assert!(matches!(Payload::from_file(other), Err(FileError::Unknown { .. })), "{other:?}");
    }
}

/// A signed transaction of any length goes as `ur:bytes`; what is no whole list of RLP stays bytes.
#[test]
fn a_transaction_in_bytes_is_found_by_its_length_alone() {
    let bytes = Transport::Ur { ur_type: UrType::Bytes };
    let list = |length: usize| {
        let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
        let head =
            if length < 56 { vec![0xc0 + length as u8] } else { [vec![0xf7 + digits.len() as u8], digits].concat() };
        [head, vec![7; length]].concat()
    };
    for length in [1, 55, 56, 255, 256, 3_000, 65_536] {
        for sent in [list(length), [vec![2], list(length)].concat()] {
            let payload = Payload { kind: PayloadKind::EthTransaction, transport: bytes, bytes: sent.clone() };
            let parts = PartStream::new(&payload, &bytes, 500).unwrap().pure_parts();
            assert_eq!(assemble(&parts), payload, "{length}");
            for other in [[sent.clone(), vec![0]].concat(), sent[..sent.len() - 1].to_vec(), [vec![5], sent].concat()] {
                let other = Payload { kind: PayloadKind::Bytes, transport: bytes, bytes: other };
                let parts = PartStream::new(&other, &bytes, 500).unwrap().pure_parts();
                assert_eq!(assemble(&parts).kind, PayloadKind::Bytes, "{length}");
            }
        }
    }
}

#[test]
fn nothing_is_shown_as_what_it_is_not() {
    let vectors = vectors();
    let request = &vectors[0].payload;
    let bytes = Transport::Ur { ur_type: UrType::Bytes };
    let psbt = Transport::Ur { ur_type: UrType::CryptoPsbt };
    let answer = Transport::Ur { ur_type: UrType::EthSignature };
    for transport in [bytes, psbt, answer, Transport::Hex, Transport::Base64, Transport::Text] {
        let refused = PartStream::new(request, &transport, 100).unwrap_err();
        assert!(matches!(refused, EncodeError::Kind { .. }), "{transport}");
    }
    let json = Payload { kind: PayloadKind::Json, transport: Transport::Text, bytes: b"{}".to_vec() };
    for transport in [psbt, answer, Transport::Hex] {
        assert!(matches!(PartStream::new(&json, &transport, 100), Err(EncodeError::Kind { .. })), "{transport}");
    }
}

#[test]
fn the_type_changes_mid_stream() {
    let vector = vectors().into_iter().find(|vector| vector.parts.len() > 4).unwrap();
    let mut assembler = Assembler::new();
    assembler.receive(vector.parts[0].as_bytes());
    let changed = vector.parts[1].replace(vector.ur_type.name(), "bytes");
    assert_eq!(assembler.receive(changed.as_bytes()), Received::OtherMessage);
}
