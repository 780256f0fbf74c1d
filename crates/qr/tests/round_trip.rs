//! What is shown is what is read.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect by failing"
)]

use vitrine_qr::{
    Assembler, BbqrEncoding, EncodeError, FileError, LumaFrame, Modules, PartStream, Payload, PayloadKind, Quality,
    ReadBackError, Reader, Received, Transport, UrType, film, picture, read_back, read_independently,
};

const UR: [Transport; 3] = [
    Transport::Ur { ur_type: UrType::CryptoPsbt },
    Transport::Ur { ur_type: UrType::Psbt },
    Transport::Ur { ur_type: UrType::Bytes },
];
const BBQR: [Transport; 3] = [
    Transport::Bbqr { encoding: BbqrEncoding::Hex },
    Transport::Bbqr { encoding: BbqrEncoding::Base32 },
    Transport::Bbqr { encoding: BbqrEncoding::Zlib },
];

/// A PSBT's magic and so many bytes, of which half repeat.
fn payload(transport: Transport, length: usize) -> Payload {
    let body = (0..length).map(|index| if index % 64 < 32 { 7 } else { (index * index / 7 % 251) as u8 });
    let bytes = b"psbt\xff".iter().copied().chain(body).collect();
    Payload { kind: PayloadKind::Psbt, transport, bytes }
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
fn every_transport_at_every_size() {
    for length in [1, 500, 10_000, 100_000] {
        for transport in UR.into_iter().chain(BBQR) {
            let sent = payload(transport, length);
            let stream = PartStream::new(&sent, &transport, 400).unwrap();
            let mut received = assemble(stream.pure_parts());
            assert_eq!(stream.pure_parts().len(), stream.pure_count());
            if matches!(transport, Transport::Bbqr { encoding: BbqrEncoding::Zlib }) && length == 1 {
                assert_eq!(received.transport, BBQR[1], "deflate is used only where it is smaller");
                received.transport = transport;
            }
            assert_eq!(received, sent, "{transport} {length}");
        }
    }
}

#[test]
fn bytes_without_a_meaning_and_transactions() {
    let bytes = Payload { kind: PayloadKind::Bytes, transport: UR[2], bytes: vec![0] };
    assert_eq!(assemble(PartStream::new(&bytes, &UR[2], 100).unwrap().pure_parts()), bytes);
    let transaction = Payload { kind: PayloadKind::Transaction, transport: BBQR[0], bytes: vec![2, 0, 0, 0, 9] };
    assert_eq!(assemble(PartStream::new(&transaction, &BBQR[0], 100).unwrap().pure_parts()), transaction);
    let refused = PartStream::new(&transaction, &UR[0], 100).unwrap_err();
    assert!(matches!(refused, EncodeError::Kind { .. }), "{refused}");
}

#[test]
fn one_code_of_base64_hex_and_binary() {
    for transport in [Transport::Base64, Transport::Hex] {
        let sent = payload(transport, 900);
        assert_eq!(assemble(PartStream::new(&sent, &transport, 400).unwrap().pure_parts()), sent);
    }
    let binary = payload(Transport::Binary, 900);
    assert_eq!(assemble([&binary.bytes]), binary);
    assert!(matches!(PartStream::new(&binary, &Transport::Binary, 400), Err(EncodeError::NotText { .. })));
    let large = payload(Transport::Base64, 9000);
    assert!(matches!(PartStream::new(&large, &Transport::Base64, 400), Err(EncodeError::TooLong { .. })));
}

#[test]
fn files_of_every_form() {
    for length in [1, 500, 100_000] {
        let sent = payload(Transport::Binary, length);
        assert_eq!(Payload::from_file(&sent.bytes).unwrap(), sent);
        let base64 = data_encoding::BASE64.encode(&sent.bytes);
        let broken: Vec<&str> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let hex = data_encoding::HEXLOWER.encode(&sent.bytes);
        let message = minicbor::to_vec(minicbor::bytes::ByteVec::from(sent.bytes.clone())).unwrap();
        let single = ur::encode(&message, &ur::Type::Custom("crypto-psbt"));
        for text in [base64.clone(), broken.join("\r\n") + "\n", hex.to_ascii_uppercase(), hex, single] {
            assert_eq!(Payload::from_file(text.as_bytes()).unwrap().bytes, sent.bytes);
        }
        for transport in UR.into_iter().chain(BBQR) {
            let lines = PartStream::new(&sent, &transport, 900).unwrap().pure_parts().join("\n");
            assert_eq!(Payload::from_file(lines.as_bytes()).unwrap().bytes, sent.bytes);
        }
    }
}

#[test]
fn files_that_are_no_request() {
    assert_eq!(Payload::from_file(b" \n"), Err(FileError::Empty));
    assert!(matches!(Payload::from_file(b"\x89PNG\r\n"), Err(FileError::Unknown { .. })));
    assert!(matches!(Payload::from_file(b"cHNidP8=!"), Err(FileError::Part { line: 1, .. })));
    let parts = PartStream::new(&payload(UR[0], 900), &UR[0], 100).unwrap().pure_parts();
    let missing = parts[1..].join("\n");
    let refused = Payload::from_file(missing.as_bytes());
    assert_eq!(refused, Err(FileError::Incomplete { received: parts.len() - 1, needed: parts.len() }));
    let damaged = [&parts[..2], &["UR:CRYPTO-PSBT/1-9/AEAE".to_owned()]].concat().join("\n");
    assert!(matches!(Payload::from_file(damaged.as_bytes()), Err(FileError::Part { line: 3, .. })));
    let endless = format!("{}\n", parts[0]).repeat(60_000);
    assert_eq!(Payload::from_file(endless.as_bytes()), Err(FileError::TooManyLines));
    let other = PartStream::new(&payload(UR[0], 901), &UR[0], 100).unwrap().pure_parts();
    let mixed = [&parts[..1], &other[..1]].concat().join("\n");
    assert_eq!(Payload::from_file(mixed.as_bytes()), Err(FileError::OtherMessage { line: 2 }));
}

#[test]
fn streams_show_pure_and_mixed_parts_in_turn_at_one_size() {
    let mut stream = PartStream::new(&payload(UR[0], 2000), &UR[0], 200).unwrap();
    let count = stream.pure_count();
    let shown: Vec<String> = (0..4).map(|_| stream.next_part()).collect();
    for (part, number) in shown.iter().zip([1, count + 1, 2, count + 2]) {
        assert!(part.starts_with(&format!("UR:CRYPTO-PSBT/{number}-{count}/")), "{part}");
    }
    let sizes: std::collections::BTreeSet<usize> = (0..300).map(|_| stream.next_code().unwrap().size()).collect();
    assert_eq!(sizes.len(), 1);
}

#[test]
fn another_decoder_takes_our_parts() {
    let sent = payload(UR[2], 5000);
    let mut stream = PartStream::new(&sent, &UR[2], 200).unwrap();
    let mut decoder = ur::Decoder::default();
    for _ in 0..80 {
        decoder.receive(&stream.next_part()).unwrap();
    }
    let message = decoder.message().unwrap().unwrap();
    assert_eq!(minicbor::decode::<minicbor::bytes::ByteVec>(&message).unwrap().as_slice(), sent.bytes);
    let parts = PartStream::new(&sent, &BBQR[2], 200).unwrap().pure_parts();
    let joined = bbqr::join::Joined::try_from_parts(parts).unwrap();
    assert_eq!(joined.data, sent.bytes);
}

#[test]
fn both_readers_read_every_version() {
    for version in 1..=40 {
        let text: String = "UR:BYTES/"
            .chars()
            .chain("TAOEADBK".chars().cycle())
            .take(20 + 3 * usize::from(version) * usize::from(version) / 2)
            .collect();
        let modules = Modules::encode_at_version(&text, version).unwrap();
        let sent = Payload { kind: PayloadKind::Bytes, transport: UR[2], bytes: vec![] };
        let error = read_back(std::slice::from_ref(&modules), &sent).unwrap_err();
        assert!(matches!(error, ReadBackError::Part { code: 1, .. }), "version {version}: {error}");
        let symbols = Reader::new().read(&modules.to_luma(3));
        assert_eq!(symbols.len(), 1, "version {version}");
        assert_eq!(symbols[0].bytes, text.as_bytes());
        let module_px = symbols[0].module_px.unwrap();
        assert!((2.7..3.3).contains(&module_px), "version {version}: {module_px}");
    }
}

#[test]
fn codes_are_read_back_before_they_are_shown() {
    for (transport, length, fragment) in
        [(UR[0], 3000, 150), (UR[0], 20_000, 900), (BBQR[1], 9000, 1200), (BBQR[2], 300, 400)]
    {
        let sent = payload(transport, length);
        let codes = Modules::encode_all(&PartStream::new(&sent, &transport, fragment).unwrap().pure_parts()).unwrap();
        assert_eq!(read_back(&codes, &sent).unwrap().parts, codes.len());
        let mut other = sent.clone();
        other.bytes[100] ^= 1;
        assert_eq!(read_back(&codes, &other), Err(ReadBackError::Different));
        if codes.len() > 1 {
            let error = read_back(&codes[1..], &sent).unwrap_err();
            assert!(matches!(error, ReadBackError::Incomplete { .. }), "{error}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_arrive_exactly() {
    let bytes: Vec<u8> = (0..=255).collect();
    let code = qrcode::QrCode::new(&bytes).unwrap();
    let side = code.width();
    let dark = code.into_colors();
    let module = |x: usize, y: usize| {
        let inside = (4..side + 4).contains(&x) && (4..side + 4).contains(&y);
        inside && dark[(y - 4) * side + x - 4] == qrcode::Color::Dark
    };
    let pixels = (side + 8) * 4;
    let luma = (0..pixels * pixels).map(|at| if module(at % pixels / 4, at / pixels / 4) { 0 } else { 255 }).collect();
    let frame = LumaFrame::new(pixels as u32, pixels as u32, luma).unwrap();
    assert_eq!(Reader::new().read(&frame)[0].bytes, bytes);
    assert_eq!(read_independently(&frame)[0].bytes, bytes);
}

/// A code in the middle of a grey picture, with the given values for dark and light.
fn scene(modules: &Modules, module_px: usize, dark: u8, light: u8) -> LumaFrame {
    let code = modules.to_luma(module_px);
    let (width, height) = (1280_usize, 720_usize);
    let (left, top) = ((width - code.width() as usize) / 2, (height - code.height() as usize) / 2);
    let mut luma = vec![light / 2 + 60; width * height];
    for (y, row) in code.luma().chunks(code.width() as usize).enumerate() {
        for (x, pixel) in row.iter().enumerate() {
            luma[(top + y) * width + left + x] = if *pixel == 0 { dark } else { light };
        }
    }
    LumaFrame::new(1280, 720, luma).unwrap()
}

#[test]
fn light_on_dark_and_faint_codes_are_read_after_a_few_pictures() {
    let modules = Modules::encode("UR:BYTES/AEAEAEAEAEAE").unwrap();
    for (name, frame) in [("inverted", scene(&modules, 5, 240, 20)), ("faint", scene(&modules, 5, 120, 140))] {
        let mut reader = Reader::new();
        let read = (0..5).any(|_| reader.read(&frame).first().is_some_and(|symbol| symbol.bytes.starts_with(b"UR:")));
        assert!(read, "{name}");
        assert_eq!(Reader::new().read_thoroughly(&frame).len(), 1, "{name}");
    }
}

#[test]
fn a_code_that_moves_is_followed() {
    let modules = Modules::encode("UR:BYTES/AEAEAEAEAEAE").unwrap();
    let still = scene(&modules, 4, 10, 245);
    let mut reader = Reader::new();
    let first = reader.read(&still);
    let again = reader.read(&still);
    assert_eq!(first[0].bytes, again[0].bytes);
    for (a, b) in first[0].corners.iter().zip(&again[0].corners) {
        assert!((a.x - b.x).abs() < 2.0 && (a.y - b.y).abs() < 2.0, "{a:?} {b:?}");
    }
    let larger = scene(&modules, 12, 10, 245);
    assert_eq!(reader.read(&larger).len(), 1);
    let smaller = LumaFrame::new(640, 360, vec![200; 640 * 360]).unwrap();
    assert!(reader.read(&smaller).is_empty());
}

#[test]
fn pictures_without_a_code_and_of_any_shape_are_survived() {
    let mut reader = Reader::new();
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    for (width, height) in [(1, 1), (1, 300), (300, 1), (2, 2), (7, 9), (39, 41), (64, 64), (333, 77), (1280, 720)] {
        for fill in 0..4 {
            let luma = (0..width * height)
                .map(|at| match fill {
                    0 => 0,
                    1 => noise(),
                    2 => {
                        if noise() > 128 {
                            255
                        } else {
                            0
                        }
                    }
                    _ => {
                        if (at % width / 3 + at / width / 3) % 2 == 0 {
                            255
                        } else {
                            0
                        }
                    }
                })
                .collect();
            let frame = LumaFrame::new(width, height, luma).unwrap();
            assert!(reader.read_thoroughly(&frame).is_empty(), "{width} × {height}, {fill}");
        }
    }
}

#[test]
fn pictures_too_large_or_of_the_wrong_length() {
    for (width, height, length) in [(0, 5, 0), (5, 0, 0), (9000, 1, 9000), (8192, 8192, 0), (4, 4, 15), (4, 4, 17)] {
        assert!(LumaFrame::new(width, height, vec![0; length]).is_err(), "{width} × {height}");
    }
}

#[test]
fn quality_tells_sharp_from_blurred() {
    let modules = Modules::encode("UR:BYTES/AEAEAEAEAEAE").unwrap();
    let sharp = scene(&modules, 6, 0, 255);
    let symbols = Reader::new().read(&sharp);
    let quality = Quality::measure(&sharp, &symbols);
    assert!((5.5..6.5).contains(&quality.module_px.unwrap()), "{quality:?}");
    assert!(quality.sharpness > 0.7 && quality.tilt.unwrap() < 15.0, "{quality:?}");
    let blurred: Vec<u8> =
        sharp.luma().windows(9).map(|near| (near.iter().map(|p| u32::from(*p)).sum::<u32>() / 9) as u8).collect();
    let blurred = [blurred, vec![0; 8]].concat();
    let blurred = Quality::measure(&LumaFrame::new(1280, 720, blurred).unwrap(), &symbols);
    assert!(blurred.sharpness < quality.sharpness / 2.0, "{blurred:?}");
    assert!(quality.brightness.clipped < 0.2 && quality.brightness.mean > 0.5, "{quality:?}");
}

#[test]
fn films_hold_every_code_for_its_time() {
    let sent = payload(UR[0], 1500);
    let codes = Modules::encode_all(&PartStream::new(&sent, &UR[0], 200).unwrap().pure_parts()).unwrap();
    let film = film::gif(&codes, 3, 12).unwrap();
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::Indexed);
    let mut decoder = options.read_info(film.as_slice()).unwrap();
    let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    let (mut delays, mut parts) = (0, Vec::new());
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        delays += u32::from(frame.delay);
        let luma = frame.buffer.iter().map(|index| index * 255).collect();
        parts.push(Reader::new().read(&LumaFrame::new(width, height, luma).unwrap())[0].bytes.clone());
    }
    assert_eq!(parts.len(), codes.len());
    assert_eq!(delays, codes.len() as u32 * 100 / 12);
    assert_eq!(assemble(&parts).bytes, sent.bytes);
    assert!(film::gif(&[], 3, 12).is_err());
}

#[test]
fn pictures_are_written_exactly() {
    let frame = Modules::encode("x").unwrap().to_luma(2);
    let file = picture::png(&frame);
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    assert_eq!(pixels, frame.luma());
}
