//! A camera's process and the interface's source of pictures.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use vitrine_appliance::camera::wire::{Answer, NEXT, Picture};
use vitrine_appliance::camera::{SocketCamera, serve};
use vitrine_qr::{FrameSource, LumaFrame, Modules, Reader, SourceError};

/// A camera of which the test says what comes next.
#[derive(Clone, Default)]
struct Film(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    shows: VecDeque<Result<Option<LumaFrame>, SourceError>>,
    asked: usize,
}

impl FrameSource for Film {
    fn next_frame(&mut self) -> Result<Option<LumaFrame>, SourceError> {
        let mut state = self.0.lock().unwrap();
        state.asked += 1;
        state.shows.pop_front().unwrap_or(Ok(None))
    }

    fn describe(&self) -> String {
        "Test\u{202e} camera, 640 × 480, 30 fps".into()
    }
}

fn grey(side: u32, luma: u8) -> LumaFrame {
    LumaFrame::new(side, side, vec![luma; (side * side) as usize]).unwrap()
}

fn code(text: &str) -> LumaFrame {
    Modules::encode(text).unwrap().to_luma(4)
}

fn film(shows: Vec<Result<Option<LumaFrame>, SourceError>>) -> (Film, SocketCamera, JoinHandle<()>) {
    let film = Film::default();
    film.0.lock().unwrap().shows = shows.into();
    let (near, far) = UnixStream::pair().unwrap();
    let mut source = film.clone();
    let process = std::thread::spawn(move || serve(&mut source, &far));
    (film, SocketCamera::open(near).unwrap(), process)
}

#[test]
fn pictures_and_what_is_in_them_arrive_as_they_are() {
    let (frame, mut own) = (code("UR:BYTES/1-2/LPADAOCF"), Reader::new());
    let symbols = own.read(&frame);
    assert_eq!(symbols.len(), 1, "the picture holds a code");
    let (_, mut camera, process) = film(vec![Ok(Some(grey(40, 9))), Ok(Some(frame.clone()))]);
    assert_eq!(camera.describe(), "Test\\u{202e} camera, 640 × 480, 30 fps");
    assert_eq!(camera.next_frame(), Ok(Some(grey(40, 9))));
    assert_eq!(camera.next_read(&mut Reader::new()), Ok(Some((frame, symbols))));
    drop(camera);
    process.join().unwrap();
}

/// The reader of the interface is never given a picture: what a picture holds is found out in the process.
#[test]
fn what_was_read_is_what_the_process_says() {
    let frame = code("UR:BYTES/1-2/LPADAOCF");
    let (near, mut far) = UnixStream::pair().unwrap();
    far.write_all(&Answer::Opened("x".into()).encode()).unwrap();
    let blind = Picture { sequence: 1, frame, symbols: Vec::new() };
    far.write_all(&Answer::Picture(Box::new(blind)).encode()).unwrap();
    let (_, symbols) = SocketCamera::open(near).unwrap().next_read(&mut Reader::new()).unwrap().unwrap();
    assert_eq!(symbols, Vec::new());
}

/// Who reads slowly gets what the camera sees then: nothing is taken that nobody asked for.
#[test]
fn a_picture_is_taken_when_it_is_asked_for() {
    let (source, mut camera, process) = film((0..200).map(|n| Ok(Some(grey(600, n)))).collect());
    assert_eq!(source.0.lock().unwrap().asked, 0);
    for asked in 1..=5 {
        camera.next_frame().unwrap();
        assert_eq!(source.0.lock().unwrap().asked, asked);
    }
    drop(camera);
    process.join().unwrap();
}

#[test]
fn a_bad_picture_costs_itself_and_a_lost_camera_ends() {
    let bad = SourceError::Unreadable { source: "x".into(), reason: "torn\u{1b}[2J".into() };
    let lost = SourceError::Lost { source: "x".into(), reason: "it was unplugged".into() };
    let (_, mut camera, process) = film(vec![Err(bad), Ok(Some(grey(9, 9))), Err(lost)]);
    let error = camera.next_frame().unwrap_err();
    assert!(matches!(&error, SourceError::Unreadable { reason, .. } if reason == "torn\\u{1b}[2J"), "{error}");
    assert!(camera.next_frame().is_ok());
    assert!(matches!(camera.next_frame(), Err(SourceError::Lost { reason, .. }) if reason == "it was unplugged"));
    process.join().unwrap();
    assert!(matches!(camera.next_frame(), Err(SourceError::Lost { .. })), "it is not asked again");
}

#[test]
fn a_killed_process_is_an_end_in_words() {
    let (near, mut far) = UnixStream::pair().unwrap();
    far.write_all(&Answer::Opened("Webcam".into()).encode()).unwrap();
    let mut camera = SocketCamera::open(near).unwrap();
    drop(far);
    let error = camera.next_frame().unwrap_err().to_string();
    assert_eq!(error, "Webcam gives no more pictures: its process has stopped; open it again, or take another");
}

/// A process that was taken over: whatever it sends, pictures within their bounds or an end.
#[test]
fn what_a_process_sends_is_bounded() {
    let picture = |sequence| Answer::Picture(Box::new(Picture { sequence, frame: grey(8, 1), symbols: Vec::new() }));
    for (said, told) in [
        (vec![b'F', 0xff, 0xff, 0xff, 0xff], "what is no picture"),
        (vec![b'F', 0, 0, 0, 3, 1, 2, 3], "what is no picture"),
        (vec![b'?'; 64], "what is no picture"),
        (picture(0).encode(), "what is no picture"),
        (Answer::Opened("again".into()).encode(), "what is no picture"),
        (vec![b'L', 0, 0, 0, 2, 0xff, 0xfe], "what is no picture"),
        (picture(1).encode()[..40].to_vec(), "has stopped"),
    ] {
        let (near, mut far) = UnixStream::pair().unwrap();
        far.write_all(&Answer::Opened("Webcam".into()).encode()).unwrap();
        far.write_all(&said).unwrap();
        far.shutdown(std::net::Shutdown::Write).unwrap();
        let error = SocketCamera::open(near).unwrap().next_frame().unwrap_err().to_string();
        assert!(error.contains(told), "{said:?}: {error}");
    }
}

#[test]
fn an_old_picture_is_not_shown_again() {
    let (near, mut far) = UnixStream::pair().unwrap();
    far.write_all(&Answer::Opened("Webcam".into()).encode()).unwrap();
    let picture = Answer::Picture(Box::new(Picture { sequence: 7, frame: grey(8, 1), symbols: Vec::new() })).encode();
    far.write_all(&[picture.as_slice(), &picture].concat()).unwrap();
    let mut camera = SocketCamera::open(near).unwrap();
    assert!(camera.next_frame().is_ok());
    assert!(matches!(camera.next_frame(), Err(SourceError::Lost { .. })));
}

#[test]
fn a_camera_that_does_not_start_says_why() {
    for (said, told) in [
        (
            Answer::Lost("camera /dev/video0: another program is using it".into()).encode(),
            "another program is using it",
        ),
        (Vec::new(), "its process has stopped"),
        (vec![1; 9], "what is no picture"),
    ] {
        let (near, mut far) = UnixStream::pair().unwrap();
        far.write_all(&said).unwrap();
        drop(far);
        let why = SocketCamera::open(near).unwrap_err();
        assert!(why.contains(told), "{why}");
    }
}

/// The process takes one word, and ends at any other.
#[test]
fn the_process_hears_one_word() {
    for (said, answers) in [(vec![NEXT, NEXT], 2), (vec![NEXT, b'X', NEXT], 1), (vec![0], 0)] {
        let (mut near, far) = UnixStream::pair().unwrap();
        let mut source = Film::default();
        source.0.lock().unwrap().shows = (0..5).map(|n| Ok(Some(grey(2, n)))).collect();
        let state = source.clone();
        let process = std::thread::spawn(move || serve(&mut source, &far));
        near.write_all(&said).unwrap();
        near.shutdown(std::net::Shutdown::Write).unwrap();
        // With bytes that nobody read, the end of a socket is a reset.
        let _ = near.read_to_end(&mut Vec::new());
        process.join().unwrap();
        assert_eq!(state.0.lock().unwrap().asked, answers, "{said:?}");
    }
}
