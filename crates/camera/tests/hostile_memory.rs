//! Files that claim to be large: what they cost in memory is bounded, whatever they claim. Alone in its process, because
//! it watches how much address space the process ever had.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod common;

use common::png_chunk;
use vitrine_camera::open_bytes;

/// The most address space that this process ever had, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmPeak:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn gif(side: u16) -> Vec<u8> {
    let [low, high] = side.to_le_bytes();
    let size = [low, high, low, high];
    let screen = [b"GIF89a".as_slice(), &size, &[0x80, 0, 0, 0, 0, 0, 255, 255, 255]].concat();
    [&screen[..], b",\0\0\0\0", &size, &[0, 2, 2, 0x44, 1, 0, b';']].concat()
}

fn png(width: u32, height: u32, depth: u8, interlaced: u8) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, 6, 0, 0, interlaced]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), png_chunk(b"IHDR", &header), png_chunk(b"IDAT", &[0x78, 1])].concat()
}

fn jpeg(sample: &[u8], side: u16) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    let frame = bytes.windows(2).position(|marker| matches!(marker, [0xff, 0xc0 | 0xc2])).unwrap();
    bytes[frame + 5..frame + 7].copy_from_slice(&side.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&side.to_be_bytes());
    bytes
}

#[test]
fn no_claim_of_size_takes_more_memory_than_one_film_frame_needs() {
    let (flat, progressive) = (include_bytes!("data/webcam-422.jpg"), include_bytes!("data/progressive.jpg"));
    let bombs: Vec<(&str, Vec<u8>)> = vec![
        ("gif 65535", gif(65_535)),
        ("png 65535", png(65_535, 65_535, 16, 0)),
        ("png 8K", png(7680, 4320, 16, 0)),
        ("png 8K interlaced", png(7680, 4320, 16, 1)),
        ("jpeg 65535", jpeg(flat, 65_535)),
        ("jpeg 5000", jpeg(flat, 5_000)),
        ("jpeg 4000 progressive", jpeg(progressive, 4_000)),
        ("y4m 4096", b"YUV4MPEG2 W4096 H4096 C444\nFRAME\n".to_vec()),
        ("y4m huge", b"YUV4MPEG2 W4294967296 H4294967296\nFRAME\n".to_vec()),
        ("pgm 8K", b"P5 7680 4320 255 ".to_vec()),
        ("gif 4096", gif(4096)),
    ];
    let before = peak_kib();
    for (name, bytes) in bombs {
        if let Ok(mut film) = open_bytes(name, bytes) {
            while let Ok(Some(frame)) = film.next_frame() {
                assert!(frame.luma().len() <= 4096 * 4096, "{name}");
            }
        }
        let grown = peak_kib() - before;
        assert!(grown < 80 * 1024, "{name}: {grown} KiB");
    }
}
