//! Every wait of the driver ends: when it is cancelled, and at its limit. The link is ours: no clock is asked.

use std::io;
use std::sync::{Arc, Mutex};

use trezor_client::transport::error::Error as LinkError;
use trezor_client::transport::{ProtoMessage, Transport};
use vitrine_bitcoin::{Network, ScriptKind};
use vitrine_device::sim::{SimOptions, SimulatedTrezor};
use vitrine_device::{AddressLayout, Control, DEVICE_LIMIT_S, Device, DeviceError, PERSON_LIMIT_S, Trezor};

use crate::request::{Agreeing, Spend};

/// A device that falls silent at one answer. What its link then does is what every link does.
struct Silent {
    inner: SimulatedTrezor,
    control: Control,
    at: usize,
    /// Whether somebody cancels, or nobody does.
    cancels: bool,
    answers: Arc<Mutex<usize>>,
}

impl Transport for Silent {
    fn session_begin(&mut self) -> Result<(), LinkError> {
        self.inner.session_begin()
    }

    fn session_end(&mut self) -> Result<(), LinkError> {
        self.inner.session_end()
    }

    fn write_message(&mut self, message: ProtoMessage) -> Result<(), LinkError> {
        self.inner.write_message(message)
    }

    fn read_message(&mut self) -> Result<ProtoMessage, LinkError> {
        let mut answers = self.answers.lock().unwrap();
        *answers += 1;
        if *answers != self.at + 1 {
            return self.inner.read_message();
        }
        if self.cancels {
            self.control.cancel();
        }
        let is_cancelled = self.control.is_cancelled();
        let kind = if is_cancelled { io::ErrorKind::Interrupted } else { io::ErrorKind::TimedOut };
        Err(io::Error::from(kind).into())
    }
}

fn silent(at: usize, cancels: bool) -> Trezor {
    let control = Control::default();
    let inner = SimulatedTrezor::new(SimOptions::default());
    let link = Silent { inner, control: control.clone(), at, cancels, answers: Arc::default() };
    Trezor::new(Box::new(link), control, AddressLayout::Grouped)
}

/// Runs an operation with the silence at each answer that it waits for, and says how many there were.
fn ends(what: &str, operation: &dyn Fn(&mut Trezor) -> Result<(), DeviceError>) -> usize {
    let mut at = 0;
    loop {
        for cancels in [true, false] {
            let mut device = silent(at, cancels);
            let Err(error) = operation(&mut device) else { return at };
            match error {
                DeviceError::CancelledHere { .. } => assert!(cancels, "{what}, answer {at}"),
                DeviceError::Timeout { limit_s, .. } => {
                    assert!(!cancels && [DEVICE_LIMIT_S, PERSON_LIMIT_S].contains(&limit_s), "{what}, answer {at}");
                }
                other => panic!("{what}, answer {at}, {cancels}: {other}"),
            }
        }
        at += 1;
    }
}

#[test]
fn every_operation_ends_when_it_is_cancelled_and_at_its_limit() {
    assert!(ends("identify", &|device| device.identify().map(drop)) >= 1);
    let fingerprint = |device: &mut Trezor| device.fingerprint(Network::Testnet4, &mut Agreeing::default()).map(drop);
    assert!(ends("fingerprint", &fingerprint) >= 1);
    let spend = Spend::of(ScriptKind::P2wpkh, 2);
    let request = spend.checked();
    let wallet = request.wallets()[0].clone();
    let address = |device: &mut Trezor| {
        device.identify()?;
        device.show_address(&wallet, false, 3, &mut Agreeing::default()).map(drop)
    };
    assert!(ends("address", &address) >= 2);
    let sign = |device: &mut Trezor| {
        device.identify()?;
        device.sign_bitcoin(&request, &mut Agreeing::default()).map(drop)
    };
    assert!(ends("signing", &sign) >= 5);
    let request = crate::ethereum::request::every_type();
    let typed = |device: &mut Trezor| {
        device.identify()?;
        device.sign_ethereum(&request, &mut Agreeing::default()).map(drop)
    };
    assert!(ends("typed data", &typed) >= 5);
}

/// A cancel between two operations is for the whole order: the second one does not even begin.
#[test]
fn a_cancel_between_two_operations_holds_until_the_order_ends() {
    let request = Spend::of(ScriptKind::P2wpkh, 1).checked();
    let control = Control::default();
    let (inner, answers) = (SimulatedTrezor::new(SimOptions::default()), Arc::default());
    let link =
        Silent { inner, control: control.clone(), at: usize::MAX - 1, cancels: false, answers: Arc::clone(&answers) };
    let mut device = Trezor::new(Box::new(link), control.clone(), AddressLayout::Grouped);
    device.identify().unwrap();
    control.cancel();
    for _ in 0..2 {
        let outcome = device.sign_bitcoin(&request, &mut Agreeing::default());
        assert!(matches!(outcome, Err(DeviceError::CancelledHere { .. })), "{outcome:?}");
        assert_eq!(*answers.lock().unwrap(), 1, "nothing was asked");
    }
    control.renew();
    assert_eq!(device.sign_bitcoin(&request, &mut Agreeing::default()).unwrap().len(), 1);
}
