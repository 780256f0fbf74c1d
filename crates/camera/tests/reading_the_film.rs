//! The whole way in: a payload becomes codes, the codes a film, the film frames, and the frames the payload again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

use vitrine_camera::{Scene, SimulatedCamera};
use vitrine_qr::{Assembler, BbqrEncoding, FrameSource, PartStream, Payload, PayloadKind, Reader, Transport, UrType};

const UR: Transport = Transport::Ur { ur_type: UrType::CryptoPsbt };

/// Bytes that look like a PSBT at their beginning and like noise after it.
fn payload(transport: Transport, len: usize) -> Payload {
    let noise = (5..len as u64).map(|place| (place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8);
    let bytes = b"psbt\xff".iter().copied().chain(noise).collect();
    Payload { kind: PayloadKind::Psbt, transport, bytes }
}

/// Frames that the camera delivered until the payload was complete; it must be the one that was shown.
fn frames_needed(payload: &Payload, fragment: usize, scene: Scene, limit: usize) -> usize {
    let mut stream = PartStream::new(payload, &payload.transport, fragment).unwrap();
    let codes = (0..4 * stream.pure_count()).map(|_| stream.next_code().unwrap()).collect();
    let mut camera = SimulatedCamera::new(codes, scene);
    let (mut reader, mut assembler) = (Reader::new(), Assembler::new());
    for frame in 1..=limit {
        for symbol in reader.read(&camera.next_frame().unwrap().unwrap()) {
            assembler.receive(&symbol.bytes);
        }
        if let Some(received) = assembler.payload() {
            assert_eq!(received.bytes, payload.bytes);
            return frame;
        }
    }
    panic!("not complete after {limit} frames of seed {}: {:?}", scene.seed, assembler.progress());
}

#[test]
fn ten_kilobytes_are_read_from_an_ordinary_film_in_the_time_they_take_to_show() {
    let payload = payload(UR, 10_000);
    for seed in 1..=3 {
        let frames = frames_needed(&payload, 400, Scene { seed, ..Scene::default() }, 180);
        // 26 parts at 8 a second are 98 frames; a few mixed parts say nothing new.
        assert!(frames >= 80, "seed {seed}: {frames} frames are fewer than the parts need");
    }
}

#[test]
fn a_bad_day_takes_longer_and_still_ends() {
    let payload = payload(UR, 3_000);
    for seed in 1..=3 {
        frames_needed(&payload, 200, Scene { seed, ..Scene::hard() }, 400);
    }
}

#[test]
fn a_screen_that_is_too_fast_for_the_camera_only_costs_time() {
    let payload = payload(UR, 4_000);
    let scene = Scene { parts_per_second: 15, exposure_ms: 20, ..Scene::default() };
    frames_needed(&payload, 200, scene, 600);
}

#[test]
fn bbqr_is_read_from_the_same_camera() {
    let payload = payload(Transport::Bbqr { encoding: BbqrEncoding::Base32 }, 4_000);
    frames_needed(&payload, 400, Scene { seed: 4, ..Scene::default() }, 300);
}

#[test]
fn a_webcam_of_640_by_480_reads_codes_that_are_not_dense() {
    let payload = payload(UR, 1_500);
    frames_needed(&payload, 100, Scene { width: 640, height: 480, fill: 0.75, ..Scene::default() }, 300);
}
