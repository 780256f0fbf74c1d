//! Pictures, films and folders of them, as people have them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod common;

use common::{Folder, frames_of, png_chunk};
use vitrine_camera::{CameraError, cameras, open, open_bytes, open_files};
use vitrine_qr::{LumaFrame, Modules, Reader, SourceError, film, picture};

const JPEG: &[u8] = include_bytes!("data/webcam-422.jpg");

fn level(luma: u8) -> LumaFrame {
    LumaFrame::new(8, 4, vec![luma; 32]).unwrap()
}

fn pixel(frame: &LumaFrame, x: u32, y: u32) -> u8 {
    frame.luma()[(y * frame.width() + x) as usize]
}

fn still(name: &str, bytes: &[u8]) -> LumaFrame {
    let folder = Folder::new(name);
    let mut film = open_files(&[folder.write(name, bytes)]).unwrap();
    let mut frames = frames_of(film.as_mut());
    assert_eq!(frames.len(), 1);
    frames.remove(0)
}

/// The picture that the JPEG and PNG samples were made from: a gradient, a red square, a blue disc.
fn assert_is_the_sample(frame: &LumaFrame) {
    assert_eq!((frame.width(), frame.height()), (96, 64));
    let near = |x, y, luma: u8| assert!(pixel(frame, x, y).abs_diff(luma) < 14, "{x},{y}: {}", pixel(frame, x, y));
    near(2, 2, 8);
    near(2, 61, 248);
    near(20, 20, 76);
    near(70, 40, 29);
}

#[test]
fn stills_of_every_kind_have_the_luma_of_the_picture() {
    assert_is_the_sample(&still("webcam-422.jpg", JPEG));
    assert_is_the_sample(&still("progressive.jpg", include_bytes!("data/progressive.jpg")));
    assert_is_the_sample(&still("interlaced.png", include_bytes!("data/interlaced.png")));
    assert_is_the_sample(&still("deep.png", include_bytes!("data/deep.png")));
    let grey = still("grey.jpg", include_bytes!("data/grey.jpg"));
    assert!(pixel(&grey, 2, 61) > 220 && pixel(&grey, 2, 2) < 20);
}

#[test]
fn a_transparent_code_is_shown_on_white() {
    let frame = still("transparent.png", include_bytes!("data/transparent.png"));
    assert_eq!((pixel(&frame, 2, 2), pixel(&frame, 16, 16)), (255, 0));
}

#[test]
fn a_webcams_jpeg_without_tables_is_read() {
    let mut bare = JPEG.get(..2).unwrap().to_vec();
    let mut at = 2;
    while JPEG[at + 1] != 0xda {
        let end = at + 2 + usize::from(u16::from_be_bytes([JPEG[at + 2], JPEG[at + 3]]));
        match JPEG[at + 1] {
            0xc4 => {}
            0xe0 => bare.extend_from_slice(b"\xff\xe0\x00\x10AVI1\0\0\0\0\0\0\0\0\0\0"),
            _ => bare.extend_from_slice(&JPEG[at..end]),
        }
        at = end;
    }
    bare.extend_from_slice(&JPEG[at..]);
    assert_is_the_sample(&still("bare.jpg", &bare));
}

#[test]
fn each_frame_of_a_gif_is_composed_as_a_viewer_shows_it() {
    let folder = Folder::new("gif");
    let path = folder.write("disposal.gif", include_bytes!("data/disposal.gif"));
    let frames = frames_of(open_files(&[path]).unwrap().as_mut());
    let seen: Vec<[u8; 3]> =
        frames.iter().map(|frame| [pixel(frame, 7, 7), pixel(frame, 24, 24), pixel(frame, 4, 34)]).collect();
    let grey = seen[2][1];
    assert_eq!(seen, [[255; 3], [0, 255, 255], [255, grey, 255], [255, 255, 0]]);
    assert!((100..160).contains(&grey));
}

/// A grey PNG of two animated frames; the second is one black pixel at 1,1 that goes away again before a third.
fn animated_png() -> Vec<u8> {
    let control = |sequence: u32, side: u32, at: u32, dispose: u8| {
        let numbers: Vec<u8> = [sequence, side, side, at, at].iter().flat_map(|n| n.to_be_bytes()).collect();
        png_chunk(b"fcTL", &[&numbers[..], &[0, 1, 0, 10, dispose, 0]].concat())
    };
    let stored = |row: &[u8]| {
        let adler = row.iter().fold((1u32, 0u32), |(a, b), byte| (a + u32::from(*byte), b + a + u32::from(*byte)));
        let len = row.len() as u8;
        let sum = ((adler.1 % 65521) << 16) | (adler.0 % 65521);
        [&[0x78, 0x01, 0x01, len, 0, !len, 0xff], row, &sum.to_be_bytes()[..]].concat()
    };
    let frame = |sequence: u32, row: &[u8]| png_chunk(b"fdAT", &[&sequence.to_be_bytes()[..], &stored(row)].concat());
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        png_chunk(b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0]),
        png_chunk(b"acTL", &[0, 0, 0, 3, 0, 0, 0, 0]),
        control(0, 2, 0, 0),
        png_chunk(b"IDAT", &stored(&[0, 200, 200, 0, 200, 200])),
        control(1, 1, 1, 2),
        frame(2, &[0, 0]),
        control(3, 1, 0, 0),
        frame(4, &[0, 90]),
        png_chunk(b"IEND", &[]),
    ]
    .concat()
}

#[test]
fn an_animated_png_is_a_film() {
    let mut film = open_bytes("standard input", animated_png()).unwrap();
    let frames = frames_of(film.as_mut());
    let lumas: Vec<&[u8]> = frames.iter().map(LumaFrame::luma).collect();
    assert_eq!(lumas, [[200, 200, 200, 200], [200, 200, 200, 0], [90, 200, 200, 200]]);
    assert_eq!(film.describe(), "standard input");
}

#[test]
fn a_film_that_came_through_a_pipe_is_read_from_memory() {
    let gif = include_bytes!("data/disposal.gif").to_vec();
    assert_eq!(frames_of(open_bytes("-", gif).unwrap().as_mut()).len(), 4);
    assert!(open_bytes("-", b"cHNidP8".to_vec()).err().unwrap().to_string().starts_with("-: is no picture"));
}

#[test]
fn our_own_films_are_read_back_frame_by_frame() {
    let codes = Modules::encode_all(&["UR:BYTES/1-3/A", "UR:BYTES/2-3/B", "UR:BYTES/3-3/C"]).unwrap();
    let folder = Folder::new("own-gif");
    let path = folder.write("film.gif", &film::gif(&codes, 5, 8).unwrap());
    let mut source = open_files(&[path]).unwrap();
    let mut reader = Reader::new();
    let texts: Vec<String> = frames_of(source.as_mut())
        .iter()
        .flat_map(|frame| reader.read(frame))
        .map(|symbol| String::from_utf8(symbol.bytes).unwrap())
        .collect();
    assert_eq!(texts, ["UR:BYTES/1-3/A", "UR:BYTES/2-3/B", "UR:BYTES/3-3/C"]);
}

#[test]
fn a_raw_film_gives_its_luma_and_no_colour() {
    let folder = Folder::new("y4m");
    for (colour, bytes) in [("C420jpeg", 4), ("C422", 8), ("Cmono", 0), ("C444", 16)] {
        let mut film = format!("YUV4MPEG2 W4 H2 F30:1 Ip A1:1 {colour}\n").into_bytes();
        for frame in [10u8, 20] {
            film.extend_from_slice(b"FRAME Ip\n");
            film.extend_from_slice(&[frame; 8]);
            film.extend_from_slice(&vec![99; bytes]);
        }
        let frames = frames_of(open_files(&[folder.write("film", &film)]).unwrap().as_mut());
        let lumas: Vec<&[u8]> = frames.iter().map(LumaFrame::luma).collect();
        assert_eq!(lumas, [&[10; 8], &[20; 8]], "{colour}");
    }
}

#[test]
fn a_folder_is_read_by_number_and_without_what_is_no_picture() {
    let folder = Folder::new("folder");
    for number in [10, 9, 1] {
        folder.write(&format!("frame-{number}.png"), &picture::png(&level(number)));
    }
    folder.write("frame-2.png.txt", b"notes");
    folder.write("truth.json", b"{}");
    let alone = folder.write("last.pgm", b"P5 1 1 255\nx");
    let mut source = open_files(&[folder.path().to_owned(), alone]).unwrap();
    let firsts: Vec<u8> = frames_of(source.as_mut()).iter().map(|frame| frame.luma()[0]).collect();
    assert_eq!(firsts, [1, 9, 10, b'x', b'x'], "the folder's files, then the one named after it");
    assert!(source.describe().starts_with("5 files from"), "{}", source.describe());
}

#[test]
fn one_damaged_picture_does_not_end_the_film() {
    let folder = Folder::new("damaged");
    folder.write("1.png", &picture::png(&level(1)));
    folder.write("2.png", picture::png(&level(2)).get(..40).unwrap());
    folder.write("3.png", &picture::png(&level(3)));
    let mut source = open_files(&[folder.path().to_owned()]).unwrap();
    assert_eq!(source.next_frame().unwrap().unwrap().luma()[0], 1);
    let error = source.next_frame().unwrap_err();
    assert!(matches!(&error, SourceError::Unreadable { source, .. } if source.ends_with("2.png")), "{error}");
    assert_eq!(source.next_frame().unwrap().unwrap().luma()[0], 3);
    assert_eq!(source.next_frame(), Ok(None));
}

#[test]
fn a_machine_without_a_camera_says_so_and_what_to_do() {
    if std::fs::read_dir("/dev")
        .unwrap()
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("video"))
    {
        return;
    }
    assert_eq!(cameras(), Ok(Vec::new()));
    assert_eq!(open("/dev/video0").err(), Some(CameraError::NoCamera));
    let message = CameraError::NoCamera.to_string();
    assert_eq!(message, "no camera was found: plug one in, or give a picture, a film or a folder of frames");
}
