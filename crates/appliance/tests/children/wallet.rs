//! A wallet's process and the interface's cable to it.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use vitrine_appliance::wallet::wire::{End, Frame, Packet};
use vitrine_appliance::wallet::{SocketCable, relay};
use vitrine_device::hid::{self, Cable};
use vitrine_device::{DeviceError, LinkError, PACKET_BYTES};

const ID: &str = "ledger:usb:hidraw0";
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Device {
    sends: VecDeque<Vec<u8>>,
    /// Sends this for ever.
    floods: Option<Vec<u8>>,
    written: Vec<[u8; PACKET_BYTES]>,
    /// Each packet that is written comes back.
    echoes: bool,
    /// As [`answer`] does.
    answers: bool,
    gone: bool,
    reads: usize,
}

#[derive(Clone, Default)]
struct Usb(Arc<Mutex<Device>>);

impl Cable for Usb {
    fn product(&self) -> u16 {
        0x5011
    }

    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError> {
        let mut device = self.0.lock().unwrap();
        if device.gone {
            return Err(LinkError::Unplugged);
        }
        device.written.push(*packet);
        if device.echoes {
            device.sends.push_back(packet.to_vec());
        }
        if device.answers {
            device.sends.push_back(answer(packet));
        }
        Ok(())
    }

    fn read(&mut self, packet: &mut [u8; PACKET_BYTES], slice: Duration) -> Result<usize, LinkError> {
        let mut device = self.0.lock().unwrap();
        device.reads += 1;
        if device.gone {
            return Err(LinkError::Unplugged);
        }
        let next = device.sends.pop_front().or_else(|| device.floods.clone());
        drop(device);
        match next {
            Some(bytes) => {
                packet[..bytes.len()].copy_from_slice(&bytes);
                Ok(bytes.len())
            }
            None => {
                std::thread::sleep(slice);
                Ok(0)
            }
        }
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

/// A relay in a thread, and the other end of its socket.
fn relayed(usb: &Usb) -> (UnixStream, JoinHandle<Result<(), End>>) {
    let (near, far) = UnixStream::pair().unwrap();
    let mut usb = usb.clone();
    (near, std::thread::spawn(move || relay(&mut usb, &far)))
}

fn numbered(number: usize) -> [u8; PACKET_BYTES] {
    let mut packet = [0x5a; PACKET_BYTES];
    packet[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
    packet
}

fn read(cable: &mut SocketCable) -> Result<Vec<u8>, LinkError> {
    let mut packet = [0; PACKET_BYTES];
    cable.read(&mut packet, PATIENCE).map(|length| packet[..length].to_vec())
}

#[test]
fn packets_pass_both_ways_in_their_order() {
    let usb = Usb::default();
    usb.0.lock().unwrap().echoes = true;
    let (near, process) = relayed(&usb);
    let mut cable = SocketCable::open(near, ID).unwrap();
    assert_eq!(cable.product(), 0x5011);
    for number in 0..300 {
        cable.write(&numbered(number)).unwrap();
    }
    for number in 0..300 {
        assert_eq!(read(&mut cable).unwrap(), numbered(number), "{number}");
    }
    drop(cable);
    assert_eq!(process.join().unwrap(), Ok(()), "a closed socket ends the process");
}

/// The drivers of `vitrine-device` run over it as over a cable of their own: a Ledger with its dashboard open.
#[test]
fn a_driver_speaks_through_the_process() {
    let usb = Usb::default();
    usb.0.lock().unwrap().answers = true;
    let (near, process) = relayed(&usb);
    let mut device = hid::over(ID, Box::new(SocketCable::open(near, ID).unwrap())).unwrap();
    let identity = device.identify().unwrap();
    assert_eq!(identity.vendor, "Ledger");
    assert_eq!((identity.firmware.as_str(), identity.app), ("1.2.3", None));
    drop(device);
    assert_eq!(process.join().unwrap(), Ok(()));
}

/// The name and version of the open app to that question; to any other, that it is not known.
fn answer(packet: &[u8; PACKET_BYTES]) -> Vec<u8> {
    let named = b"\x01\x05BOLOS\x051.2.3\x90\x00".to_vec();
    let reply = if packet[7..9] == [0xb0, 0x01] { named } else { vec![0x6d, 0x00] };
    let mut answer = vec![1, 1, 5, 0, 0, 0, u8::try_from(reply.len()).unwrap()];
    answer.extend(reply);
    answer.resize(PACKET_BYTES, 0);
    answer
}

#[test]
fn an_unplugged_device_is_an_end_in_words() {
    let usb = Usb::default();
    usb.0.lock().unwrap().sends.push_back(vec![7; 3]);
    let (near, process) = relayed(&usb);
    let mut cable = SocketCable::open(near, ID).unwrap();
    assert_eq!(read(&mut cable), Ok(vec![7; 3]), "what came before is not lost");
    usb.0.lock().unwrap().gone = true;
    assert_eq!(process.join().unwrap(), Err(End::Unplugged));
    assert_eq!(read(&mut cable), Err(LinkError::Unplugged));
    assert_eq!(cable.write(&numbered(1)), Err(LinkError::Unplugged));
}

/// Nobody reads: the process takes no more from the device than its queue and the socket hold, and goes on when somebody does.
#[test]
fn a_flood_fills_a_bounded_queue_and_no_more() {
    let usb = Usb::default();
    usb.0.lock().unwrap().floods = Some(vec![0xff; PACKET_BYTES]);
    let (near, process) = relayed(&usb);
    let reads = || usb.0.lock().unwrap().reads;
    let mut before = 0;
    while before == 0 || reads() != before {
        before = reads();
        std::thread::sleep(Duration::from_millis(300));
    }
    assert!(before < 20_000, "{before} packets were taken that nobody wanted");
    let mut cable = SocketCable::open(near, ID).unwrap();
    for _ in 0..before + 100 {
        assert_eq!(read(&mut cable).unwrap(), [0xff; PACKET_BYTES]);
    }
    drop(cable);
    assert_eq!(process.join().unwrap(), Ok(()));
}

/// An interface that was taken over gets nothing of the process but packets of the right size.
#[test]
fn what_is_no_packet_ends_the_process() {
    let packet = Packet::new(&[1; 63]).unwrap();
    let frames =
        [Frame::Packet(packet).encode(), Frame::Opened(1).encode(), Frame::Ended(End::Unplugged).encode(), vec![0; 3]];
    for bytes in frames {
        let usb = Usb::default();
        let (mut near, process) = relayed(&usb);
        near.write_all(&bytes).unwrap();
        assert_eq!(process.join().unwrap(), Ok(()), "{bytes:?}");
        assert!(usb.0.lock().unwrap().written.is_empty());
    }
}

/// A process that was taken over: every word that it may open with.
#[test]
fn what_a_process_says_instead_of_opening_is_an_error_in_words() {
    let open = |bytes: &[u8]| {
        let (near, mut far) = UnixStream::pair().unwrap();
        far.write_all(bytes).unwrap();
        drop(far);
        SocketCable::open(near, "trezor:usb:1:2\u{202e}").unwrap_err()
    };
    assert!(matches!(open(&Frame::Ended(End::NotFound).encode()), DeviceError::NotFound { .. }));
    assert!(matches!(open(&Frame::Ended(End::PermissionDenied).encode()), DeviceError::PermissionDenied { .. }));
    for said in [
        Frame::Ended(End::Unavailable).encode(),
        Frame::Ended(End::Unconfined).encode(),
        Frame::Packet(Packet::new(&[1]).unwrap()).encode(),
        vec![0xff; 100],
        vec![],
        Frame::Opened(1).encode()[..3].to_vec(),
    ] {
        let error = open(&said);
        assert!(matches!(&error, DeviceError::UsbUnavailable { reason } if reason.is_ascii()), "{said:?}: {error}");
    }
}

#[test]
fn what_a_process_says_later_is_bounded() {
    for (said, outcome) in [
        (Frame::Opened(2).encode(), LinkError::Malformed),
        (Frame::Ended(End::Unplugged).encode(), LinkError::Unplugged),
        (vec![0xff; 4096], LinkError::Unplugged),
        (vec![b'P', 200], LinkError::Unplugged),
        (vec![], LinkError::Unplugged),
    ] {
        let (near, mut far) = UnixStream::pair().unwrap();
        far.write_all(&Frame::Opened(1).encode()).unwrap();
        far.write_all(&said).unwrap();
        drop(far);
        let mut cable = SocketCable::open(near, ID).unwrap();
        assert_eq!(read(&mut cable), Err(outcome), "{said:?}");
    }
}

/// Half a frame and then nothing: the wait ends at its slice, and the rest is taken when it comes.
#[test]
fn half_a_packet_is_waited_for_and_not_lost() {
    let (near, mut far) = UnixStream::pair().unwrap();
    far.write_all(&Frame::Opened(1).encode()).unwrap();
    let mut cable = SocketCable::open(near, ID).unwrap();
    let packet = Frame::Packet(Packet::new(&numbered(5)).unwrap()).encode();
    far.write_all(&packet[..30]).unwrap();
    let mut into = [0; PACKET_BYTES];
    assert_eq!(cable.read(&mut into, Duration::from_millis(20)), Ok(0));
    far.write_all(&packet[30..]).unwrap();
    assert_eq!(cable.read(&mut into, PATIENCE), Ok(PACKET_BYTES));
    assert_eq!(into, numbered(5));
}

#[test]
fn a_process_that_was_killed_is_an_unplugged_device() {
    let (near, mut far) = UnixStream::pair().unwrap();
    far.write_all(&Frame::Opened(1).encode()).unwrap();
    let mut cable = SocketCable::open(near, ID).unwrap();
    cable.write(&numbered(1)).unwrap();
    let mut arrived = [0; 66];
    far.read_exact(&mut arrived).unwrap();
    assert_eq!(arrived[2..], numbered(1));
    drop(far);
    assert_eq!(read(&mut cable), Err(LinkError::Unplugged));
}
