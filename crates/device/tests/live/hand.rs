//! Presses the buttons of an emulator by its debug link.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::bench::Want;

const DECISION: u16 = 100;
const GET_STATE: u16 = 101;
const YES: &[u8] = &[0x08, 1];
const NO: &[u8] = &[0x08, 0];
const SWIPE_UP: &[u8] = &[0x10, 0];
const TYPED: u8 = 0x1a;
/// The emulator takes a press after it got the acknowledgement of its question.
const AFTER_THE_QUESTION: Duration = Duration::from_millis(150);
const PAUSE: Duration = Duration::from_millis(50);

/// When the device asked last; whether it is waiting for a press.
type Asked = Arc<Mutex<Option<Instant>>>;

pub struct Hand {
    asked: Asked,
    debug: Arc<Mutex<UdpSocket>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = self.thread.take().unwrap().join();
    }
}

impl Hand {
    pub fn new(device: SocketAddr, want: Want) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect((device.ip(), device.port() + 1)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let debug = Arc::new(Mutex::new(socket));
        let (asked, stop) = (Asked::default(), Arc::new(AtomicBool::new(false)));
        let (pressing, waiting, ends) = (debug.clone(), asked.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            while !ends.load(Ordering::SeqCst) {
                std::thread::sleep(PAUSE);
                if waiting.lock().unwrap().is_some_and(|asked| asked.elapsed() > AFTER_THE_QUESTION) {
                    act(&pressing.lock().unwrap(), want, &waiting);
                }
            }
        });
        Self { asked, debug, stop, thread: Some(thread) }
    }

    /// The device has a question.
    pub fn wanted(&self) {
        *self.asked.lock().unwrap() = Some(Instant::now());
    }

    /// Where the digits of a PIN are on the matrix of a Trezor One.
    pub fn positions(&self, pin: &str) -> String {
        const MATRIX: u8 = 0x1a;
        let state = state(&self.debug.lock().unwrap());
        let at = state.windows(2).position(|pair| pair == [MATRIX, 9]).expect("a matrix");
        let matrix = &state[at + 2..at + 11];
        pin.bytes()
            .map(|digit| char::from(b'1' + u8::try_from(matrix.iter().position(|m| *m == digit).unwrap()).unwrap()))
            .collect()
    }
}

/// Presses once; on a touch screen again and again, until the next question.
fn act(debug: &UdpSocket, want: Want, asked: &Mutex<Option<Instant>>) {
    if want == Want::Refuse {
        *asked.lock().unwrap() = None;
        return send(debug, DECISION, NO);
    }
    let shown = state(debug);
    let has = |word: &str| shown.windows(word.len()).any(|part| part == word.as_bytes());
    if has("Homescreen") || has("Progress") {
        return;
    }
    if has("PinKeyboard") || has("PinEntry") {
        *asked.lock().unwrap() = None;
        let pin = std::env::var("VITRINE_TREZOR_PIN").expect("the device asks for its PIN");
        return send(debug, DECISION, &[&[TYPED, u8::try_from(pin.len()).unwrap()], pin.as_bytes()].concat());
    }
    // Who goes on in spite of a warning finds that in its menu; a swipe leaves.
    let warns = ["ancel sign", "ancel and exit", "ancel transaction"].into_iter().any(has);
    if has("SwipeContent") && !has("PromptScreen") && !warns {
        return send(debug, DECISION, SWIPE_UP);
    }
    let again = has("PromptScreen") || has("SwipeContent");
    if !again {
        *asked.lock().unwrap() = None;
    }
    send(debug, DECISION, YES);
}

fn state(debug: &UdpSocket) -> Vec<u8> {
    debug.set_nonblocking(true).unwrap();
    let mut packet = [0; 64];
    while debug.recv(&mut packet).is_ok() {}
    debug.set_nonblocking(false).unwrap();
    send(debug, GET_STATE, &[]);
    let mut message: Vec<u8> = Vec::new();
    while let Ok(64) = debug.recv(&mut packet) {
        message.extend(if message.is_empty() { &packet[3..] } else { &packet[1..] });
        let length = u32::from_be_bytes(message[2..6].try_into().unwrap()) as usize;
        if message.len() >= length + 6 {
            return message[6..length + 6].to_vec();
        }
    }
    Vec::new()
}

fn send(debug: &UdpSocket, kind: u16, payload: &[u8]) {
    let mut packet =
        [b"?##", &kind.to_be_bytes()[..], &[0, 0, 0, u8::try_from(payload.len()).unwrap()], payload].concat();
    packet.resize(64, 0);
    debug.send(&packet).unwrap();
}
