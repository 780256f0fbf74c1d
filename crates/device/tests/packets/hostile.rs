//! A cable that is silent, floods, cuts packets, or is pulled: each wait ends, in words, within its limit.

use std::time::Duration;

use vitrine_device::hid::over;
use vitrine_device::{DEVICE_LIMIT_S, DeviceError, PACKET_BYTES};

use crate::cable::Bench;

const IDS: [&str; 3] = ["ledger:usb:hidraw0", "trezor:usb:1:1", "bitbox:usb:hidraw0"];

/// What identifying says, and how long it waited and how often it read.
fn identify(id: &str, cable: Bench) -> (DeviceError, Duration, usize) {
    let state = cable.state.clone();
    let mut device = over(id, Box::new(cable)).unwrap();
    let error = device.identify().expect_err(id);
    let state = state.lock().unwrap();
    (error, state.now, state.reads)
}

#[test]
fn silence_ends_at_the_limit() {
    for id in IDS {
        let (error, waited, _) = identify(id, Bench::silent());
        assert!(matches!(error, DeviceError::Timeout { .. }), "{id}: {error}");
        let limit = Duration::from_secs(DEVICE_LIMIT_S);
        assert!(waited >= limit && waited < limit * 3, "{id}: {waited:?}");
    }
}

#[test]
fn packets_of_wrong_sizes_are_refused() {
    for id in IDS {
        for length in [1, 2, 5, 6, 63] {
            let cut = move |_: &_| vec![vec![1; length]];
            let (error, waited, _) = identify(id, Bench::new(0, Box::new(cut)));
            let told = matches!(error, DeviceError::Malformed { .. } | DeviceError::Timeout { .. });
            assert!(told && waited < Duration::from_secs(DEVICE_LIMIT_S * 3), "{id} {length}: {error}");
        }
    }
}

/// Each packet comes at once and means nothing: a link that counted silence alone would read for ever.
#[test]
fn a_flood_is_not_read_for_ever() {
    for id in IDS {
        for byte in [0x00, 0x01, 0x3f, 0xff] {
            let mut cable = Bench::silent();
            cable.endless = Some(vec![byte; PACKET_BYTES]);
            let (error, waited, _) = identify(id, cable);
            assert!(waited < Duration::from_secs(DEVICE_LIMIT_S * 3), "{id} {byte}: {error} after {waited:?}");
        }
    }
}

/// An endless answer in the right framing: the first packet of a message, again and again.
#[test]
fn a_flood_of_beginnings_is_refused() {
    let begins: [&[u8]; 3] =
        [&[1, 1, 5, 0, 0, 0xff, 0xff], b"?##\x00\x11\xff\xff\xff\xff", &[0xff, 0, 0xff, 0, 0xc1, 0xff, 0xff]];
    for (id, begin) in IDS.iter().zip(begins) {
        let mut packet = begin.to_vec();
        packet.resize(PACKET_BYTES, 0);
        let answer = packet.clone();
        let mut cable = Bench::new(0, Box::new(move |_| vec![answer.clone(); 100]));
        cable.endless = None;
        let (error, ..) = identify(id, cable);
        let told =
            matches!(error, DeviceError::TooLarge { .. } | DeviceError::Malformed { .. } | DeviceError::Timeout { .. });
        assert!(told, "{id}: {error}");
    }
}

#[test]
fn a_cable_that_was_pulled_is_said_to_be() {
    for id in IDS {
        let mut cable = Bench::silent();
        cable.unplugged = true;
        let (error, ..) = identify(id, cable);
        assert!(matches!(error, DeviceError::Unplugged { .. }), "{id}: {error}");
    }
}

#[test]
fn a_cancel_ends_the_wait_at_the_next_look() {
    for id in IDS {
        let cable = Bench::silent();
        let state = cable.state.clone();
        let mut device = over(id, Box::new(cable)).unwrap();
        state.lock().unwrap().cancel = Some((7, device.control()));
        let error = device.identify().expect_err(id);
        assert!(matches!(error, DeviceError::CancelledHere { .. }), "{id}: {error}");
        assert!(state.lock().unwrap().reads <= 8, "{id}");
    }
}
