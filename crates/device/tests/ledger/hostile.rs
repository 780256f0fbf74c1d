//! A device that answers what no honest one does: nothing of it is taken for a signature, and nothing breaks.

use vitrine_device::{ApduExchange, Control, Device, DeviceError, Ledger, LedgerScreen, LinkError};
use vitrine_ethereum::alloy_primitives::hex;

use crate::recording::exchange;
use crate::request::{Fields, MAIL, PATH, message, typed_data};
use crate::simulated::Agreeing;

/// Answers each command with what a function makes of its number.
struct Scripted<F>(usize, F);

impl<F: FnMut(usize, &[u8]) -> Vec<u8> + Send> ApduExchange for Scripted<F> {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        let at = self.0;
        self.0 += 1;
        assert!(at < 2_000, "the device is asked without end");
        Ok((self.1)(at, apdu))
    }
}

fn ledger(answer: impl FnMut(usize, &[u8]) -> Vec<u8> + Send + 'static) -> Ledger {
    Ledger::new(Box::new(Scripted(0, answer)), Control::default(), LedgerScreen::Nano)
}

/// What the real app answered to the questions before signing.
fn honest(instruction: u8) -> Vec<u8> {
    let name = if instruction == 0x06 { "settings" } else { "address" };
    exchange("ledger-ethereum-1.22.0-nanosp.txt", name)[0].1.clone()
}

#[test]
fn no_answer_of_another_length_is_a_signature() {
    let request = Fields::default().checked();
    for length in (0..300).filter(|length| *length != 67) {
        let mut device = ledger(move |_, apdu| match apdu[1] {
            0x02 | 0x06 => honest(apdu[1]),
            _ => [vec![0x22; length.max(2) - 2], vec![0x90, 0x00]].concat(),
        });
        let error = device.sign_ethereum(&request, &mut Agreeing::default()).unwrap_err();
        assert!(error.is_breach(), "{length}: {error}");
    }
}

#[test]
fn no_status_word_is_taken_for_consent() {
    let request = message(b"hello ledger");
    for status in (0..=u16::MAX).step_by(7).filter(|status| *status != 0x9000) {
        let mut device = ledger(move |_, apdu| match apdu[1] {
            0x02 | 0x06 => honest(apdu[1]),
            _ => [vec![0x22; 65], status.to_be_bytes().to_vec()].concat(),
        });
        let error = device.sign_ethereum(&request, &mut Agreeing::default()).unwrap_err();
        assert!(!error.to_string().is_empty(), "{status:04x}");
    }
}

/// The same answer to everything, whatever was asked: the exchange ends, and soon.
#[test]
fn a_device_that_says_the_same_to_everything_is_left() {
    let requests = [Fields { data: vec![7; 900], ..Fields::default() }.checked(), typed_data(MAIL), message(b"x")];
    for length in 0..270usize {
        for request in &requests {
            let mut device = ledger(move |_, _| vec![0x90; length]);
            assert!(device.sign_ethereum(request, &mut Agreeing::default()).is_err(), "{length}");
            assert!(device.ethereum_address(&PATH, 1, true, &mut Agreeing::default()).is_err(), "{length}");
            assert!(device.identify().is_err(), "{length}");
        }
    }
}

/// The app's answer is text of the device: a control character in it would forge a line on our screen.
#[test]
fn the_name_of_an_open_app_is_escaped_and_cut() {
    let name = format!("Bitcoin\n\u{1b}[2JSigned: everything {}", "x".repeat(300));
    let name = name.as_bytes()[..200].to_vec();
    let mut device = ledger(move |_, apdu| match apdu[0] {
        0xb0 => [vec![1, 200], name.clone(), vec![1, b'1', 0x90, 0x00]].concat(),
        _ => vec![0x6e, 0x00],
    });
    let error = device.sign_ethereum(&Fields::default().checked(), &mut Agreeing::default()).unwrap_err();
    let DeviceError::WrongApp { open, .. } = &error else { panic!("{error}") };
    assert!(open.starts_with("Bitcoin") && open.chars().all(|c| c.is_ascii_graphic() || c == ' '), "{open}");
    assert!(!hex::encode(error.to_string()).contains("1b5b"), "{error}");
}

/// As it is documented: no emulator has the dashboard.
#[test]
fn without_an_open_app_the_operating_system_is_asked() {
    let mut known = ledger(|_, apdu| match apdu[..2] {
        [0xb0, 0x01] => b"\x01\x05BOLOS\x051.1.0\x90\x00".to_vec(),
        [0xe0, 0x01] => b"\x33\x10\x00\x04\x051.1.1\x04\xee\x00\x00\x00\x055.24\x00\x90\x00".to_vec(),
        _ => vec![0x6e, 0x00],
    });
    assert_eq!(known.identify().unwrap().name(), "Ledger Nano S Plus 1.1.1");
    let mut silent = ledger(|_, apdu| match apdu[0] {
        0xb0 => b"\x01\x05BOLOS\x051.1.0\x90\x00".to_vec(),
        _ => vec![0x6e, 0x00],
    });
    let identity = silent.identify().unwrap();
    assert_eq!((identity.name().as_str(), identity.app), ("Ledger Nano 1.1.0", None));
}
