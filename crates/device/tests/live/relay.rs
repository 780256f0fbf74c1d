//! Stands between driver and device: remembers what passes, and can be pulled like a cable.

use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(1);
/// Bytes of a message's type and length.
const HEADER: usize = 6;

/// One message: whether it went to the device, its type and its bytes.
type Lines = Arc<Mutex<Vec<(bool, u16, Vec<u8>)>>>;

pub struct Relay {
    name: String,
    address: SocketAddr,
    lines: Lines,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking(), "the relay failed");
    }
}

impl Relay {
    /// `cut_after`: messages to the device after which nothing passes any more.
    pub fn new(name: &str, device: SocketAddr, cut_after: Option<usize>) -> Self {
        let (near, far) = (socket(), socket());
        far.connect(device).unwrap();
        let address = near.local_addr().unwrap();
        let (lines, stop) = (Lines::default(), Arc::new(AtomicBool::new(false)));
        let (seen, ends) = (lines.clone(), stop.clone());
        let thread = std::thread::spawn(move || carry(&near, &far, &seen, &ends, cut_after));
        Self { name: name.to_owned(), address, lines, stop, thread: Some(thread) }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds the exchange to the file of recordings, if there is to be one.
    pub fn record(&self) {
        let Ok(path) = std::env::var("VITRINE_TREZOR_RECORD") else { return };
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "\n[{}]", self.name).unwrap();
        for (to_device, kind, payload) in self.lines.lock().unwrap().iter() {
            let digits: String = payload.iter().map(|byte| format!("{byte:02x}")).collect();
            let line = format!("{} {kind} {digits}", if *to_device { "=>" } else { "<=" });
            writeln!(file, "{}", line.trim_end()).unwrap();
        }
    }
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

fn carry(near: &UdpSocket, far: &UdpSocket, lines: &Lines, stop: &AtomicBool, cut_after: Option<usize>) {
    let mut host = None;
    let (mut asking, mut answering) = (Vec::new(), Vec::new());
    let mut packet = [0; 128];
    let mut passed = 0;
    while !stop.load(Ordering::SeqCst) {
        let mut idle = true;
        while let Ok((bytes, from)) = near.recv_from(&mut packet) {
            (host, idle) = (Some(from), false);
            if let Some((kind, payload)) = gather(&mut asking, &packet[..bytes]) {
                lines.lock().unwrap().push((true, kind, payload));
                passed += 1;
            }
            if cut_after.is_some_and(|most| passed > most) {
                return;
            }
            let _ = far.send(&packet[..bytes]);
        }
        while let Ok(bytes) = far.recv(&mut packet) {
            idle = false;
            if let Some((kind, payload)) = gather(&mut answering, &packet[..bytes]) {
                lines.lock().unwrap().push((false, kind, payload));
            }
            near.send_to(&packet[..bytes], host.unwrap()).unwrap();
        }
        if idle {
            std::thread::sleep(PAUSE);
        }
    }
}

/// Joins packets; a message that is whole.
fn gather(arriving: &mut Vec<u8>, packet: &[u8]) -> Option<(u16, Vec<u8>)> {
    if packet.len() != 64 {
        return None;
    }
    match packet.strip_prefix(b"?##") {
        Some(first) => *arriving = first.to_vec(),
        None => arriving.extend(&packet[1..]),
    }
    let length = u32::from_be_bytes(arriving[2..HEADER].try_into().unwrap()) as usize;
    let payload = arriving.get(HEADER..HEADER + length)?.to_vec();
    Some((u16::from_be_bytes([arriving[0], arriving[1]]), payload))
}
