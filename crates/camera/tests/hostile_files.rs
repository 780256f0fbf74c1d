//! Files that want to harm: each must end in words that say what is wrong, without much memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod common;

use common::{Folder, message_of, png_chunk};
use vitrine_camera::open_files;
use vitrine_qr::{LumaFrame, picture};

fn small_png() -> Vec<u8> {
    let luma = (0..64 * 48).map(|pixel| (pixel * 7 % 251) as u8).collect();
    picture::png(&LumaFrame::new(64, 48, luma).unwrap())
}

#[test]
fn a_png_cut_anywhere_is_an_error() {
    let folder = Folder::new("cut-png");
    let whole = small_png();
    let idat = whole.windows(4).position(|bytes| bytes == b"IDAT").unwrap();
    for end in [9, 20, idat, idat + 9, whole.len() / 2] {
        let path = folder.write("cut.png", &whole[..end]);
        let message = message_of(&[path]);
        assert!(message.contains("PNG") && message.contains("cut.png"), "cut at {end}: {message}");
    }
}

#[test]
fn a_png_that_claims_a_huge_size_is_refused_by_its_header() {
    let folder = Folder::new("huge-png");
    for (width, height) in [(65_535u32, 65_535u32), (8192, 8192), (0, 5), (u32::MAX, 1)] {
        let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
        let bytes = [b"\x89PNG\r\n\x1a\n".to_vec(), png_chunk(b"IHDR", &header), png_chunk(b"IDAT", &[])].concat();
        let message = message_of(&[folder.write("huge.png", &bytes)]);
        assert!(message.contains("PNG") || message.contains("pixels"), "{width} x {height}: {message}");
    }
}

#[test]
fn a_gif_that_claims_65535_by_65535_is_refused() {
    let folder = Folder::new("gif-bomb");
    let bomb = b"GIF89a\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02D\x01\x00;";
    let message = message_of(&[folder.write("bomb.gif", bomb)]);
    assert!(message.contains("65535 × 65535") && message.contains("make it smaller"), "{message}");
}

#[test]
fn a_gif_whose_frame_is_larger_than_its_screen_is_refused() {
    let folder = Folder::new("gif-frame");
    let gif = b"GIF89a\x10\x00\x10\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\xff\x0f\xff\x0f\x00\x02\x02D\x01\x00;";
    let message = message_of(&[folder.write("frame.gif", gif)]);
    assert!(message.contains("GIF"), "{message}");
}

#[test]
fn a_jpeg_that_claims_more_than_its_bytes_can_hold_is_refused() {
    let folder = Folder::new("huge-jpeg");
    let mut jpeg = include_bytes!("data/webcam-422.jpg").to_vec();
    let size = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap() + 5;
    for side in [0x1388u16, 0xffff] {
        jpeg[size..size + 2].copy_from_slice(&side.to_be_bytes());
        jpeg[size + 2..size + 4].copy_from_slice(&side.to_be_bytes());
        let message = message_of(&[folder.write("huge.jpg", &jpeg)]);
        assert!(message.contains("cannot hold") || message.contains("JPEG"), "{side}: {message}");
    }
}

#[test]
fn a_y4m_with_an_absurd_header_is_refused() {
    let folder = Folder::new("y4m");
    let long = format!("YUV4MPEG2 W16 H16 X{}\nFRAME\n", "x".repeat(100_000));
    for (header, word) in [
        ("YUV4MPEG2 W99999999999999999999 H16\n", "number of pixels"),
        ("YUV4MPEG2 W999999 H999999 C420\n", "make it smaller"),
        ("YUV4MPEG2 W-5 H16\n", "number of pixels"),
        ("YUV4MPEG2 W16\n", "make it smaller"),
        ("YUV4MPEG2 W16 H16 C420p10\n", "8-bit"),
        ("YUV4MPEG2 W4096 H4096 Cmono\nFRAME\nabc", "ends in the middle"),
        ("YUV4MPEG2 W2 H2 Cmono\nFRAMEabcd", "no end"),
        ("YUV4MPEG2 W2 H2 Cmono\nabcd\n", "FRAME"),
        ("YUV4MPEG2 W2 H2", "no end"),
        (long.as_str(), "no end"),
    ] {
        let message = message_of(&[folder.write("film.y4m", header.as_bytes())]);
        assert!(message.contains(word), "{:.60}: {message}", header);
    }
}

#[test]
fn what_is_no_picture_is_named_with_what_to_give_instead() {
    let folder = Folder::new("no-picture");
    for (name, bytes) in
        [("text.png", b"cHNidP8BAJoCAAAAAljoeiG1".as_slice()), ("empty.gif", b""), ("short.jpg", b"\xff")]
    {
        let path = folder.write(name, bytes);
        let error = open_files(&[path]).err().unwrap().to_string();
        assert!(error.contains(name) && error.contains("give PNG"), "{error}");
    }
}

#[test]
fn an_empty_folder_a_missing_file_and_nothing_are_told_apart() {
    let folder = Folder::new("empty");
    let empty = open_files(&[folder.path().to_owned()]).err().unwrap().to_string();
    assert!(empty.contains("holds no picture"), "{empty}");
    let missing = open_files(&[folder.path().join("not-there.png")]).err().unwrap().to_string();
    assert!(missing.contains("not-there.png") && missing.contains("cannot be read"), "{missing}");
    let nothing = open_files(&[]).err().unwrap().to_string();
    assert!(nothing.contains("no file was given"), "{nothing}");
}

#[test]
fn random_damage_never_ends_in_a_panic() {
    let folder = Folder::new("damage");
    let samples: [&[u8]; 6] = [
        include_bytes!("data/webcam-422.jpg"),
        include_bytes!("data/progressive.jpg"),
        include_bytes!("data/grey.jpg"),
        include_bytes!("data/interlaced.png"),
        include_bytes!("data/disposal.gif"),
        b"YUV4MPEG2 W4 H2 C420 F30:1\nFRAME\nabcdefghuvuvFRAME\nabcdefghuvuv",
    ];
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for round in 0..600 {
        let mut bytes = samples[round % samples.len()].to_vec();
        for _ in 0..1 + next() % 4 {
            let at = next() % bytes.len();
            bytes[at] = next() as u8;
        }
        if next() % 4 == 0 {
            bytes.truncate(next() % bytes.len());
        }
        let path = folder.write("damaged", &bytes);
        let Ok(mut film) = open_files(&[path]) else { continue };
        while matches!(film.next_frame(), Ok(Some(_))) {}
    }
}
