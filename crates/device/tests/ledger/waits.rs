//! Every wait of the driver ends: when it is cancelled, and at its limit. The link is ours: no clock is asked.

use std::sync::{Arc, Mutex};

use vitrine_device::sim::{LedgerOptions, NetworkGuard, SimulatedLedger};
use vitrine_device::{
    ApduExchange, Control, DEVICE_LIMIT_S, Device, DeviceError, Ledger, LedgerScreen, LinkError, PERSON_LIMIT_S,
};

use crate::request::PATH;
use crate::simulated::{Agreeing, requests};

/// A device that falls silent at one command. What its link then does is what every link does.
struct Silent {
    inner: SimulatedLedger,
    control: Control,
    at: usize,
    /// Whether somebody cancels, or nobody does.
    cancels: bool,
    commands: Arc<Mutex<usize>>,
}

impl ApduExchange for Silent {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        let mut commands = self.commands.lock().unwrap();
        *commands += 1;
        if *commands != self.at + 1 {
            return self.inner.exchange(apdu);
        }
        if self.cancels {
            self.control.cancel();
        }
        Err(if self.control.is_cancelled() { LinkError::Cancelled } else { LinkError::Timeout })
    }
}

fn silent(at: usize, cancels: bool) -> (Ledger, Arc<Mutex<usize>>) {
    let options = LedgerOptions { network_guard: NetworkGuard::AnyForTests, ..LedgerOptions::default() };
    let (control, commands) = (Control::default(), Arc::default());
    let inner = SimulatedLedger::new(options);
    let link = Silent { inner, control: control.clone(), at, cancels, commands: Arc::clone(&commands) };
    (Ledger::new(Box::new(link), control, LedgerScreen::Nano), commands)
}

/// Runs an operation with the silence at each of its commands, and says how many there were.
fn ends(what: &str, operation: &dyn Fn(&mut Ledger) -> Result<(), DeviceError>) -> usize {
    let mut at = 0;
    loop {
        for cancels in [true, false] {
            let (mut device, commands) = silent(at, cancels);
            let Err(error) = operation(&mut device) else { return at };
            match error {
                DeviceError::CancelledHere { .. } => assert!(cancels, "{what}, command {at}"),
                DeviceError::Timeout { limit_s, .. } => {
                    assert!(!cancels && [DEVICE_LIMIT_S, PERSON_LIMIT_S].contains(&limit_s), "{what}, command {at}");
                }
                other => panic!("{what}, command {at}: {other}"),
            }
            assert_eq!(*commands.lock().unwrap(), at + 1, "{what}: nothing is sent after it");
            if cancels {
                let held = operation(&mut device);
                assert!(matches!(held, Err(DeviceError::CancelledHere { .. })), "{what}, command {at}: {held:?}");
                assert_eq!(*commands.lock().unwrap(), at + 1, "{what}: a cancel holds until the order ends");
            }
            device.control().renew();
            operation(&mut device).unwrap_or_else(|error| panic!("{what}, after command {at}: {error}"));
        }
        at += 1;
    }
}

#[test]
fn every_operation_ends_when_it_is_cancelled_and_at_its_limit() {
    assert_eq!(ends("identify", &|device| device.identify().map(drop)), 1);
    for show in [false, true] {
        let address = |device: &mut Ledger| device.ethereum_address(&PATH, 1, show, &mut Agreeing::default()).map(drop);
        assert_eq!(ends("address", &address), 1);
    }
    for (name, request) in requests() {
        let sign = |device: &mut Ledger| device.sign_ethereum(&request, &mut Agreeing::default()).map(drop);
        assert!(ends(name, &sign) >= 3, "{name}");
    }
}
