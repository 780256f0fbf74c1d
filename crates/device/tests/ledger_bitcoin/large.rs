//! A request of many inputs, on a simulated device that has every app open.

use vitrine_bitcoin::verify;
use vitrine_device::DeviceError;
use vitrine_device::sim::{LedgerOptions, SimApp, ledger_with_screen};

use crate::cases::{cases, hundred_inputs};
use crate::request::Agreeing;

#[test]
fn a_hundred_inputs_are_signed() {
    let (name, spend) = hundred_inputs();
    let checked = spend.checked();
    let (mut device, _) = ledger_with_screen(LedgerOptions { app: SimApp::Any, ..LedgerOptions::default() });
    let signatures = device.sign_bitcoin(&checked, &mut Agreeing::default()).unwrap();
    assert_eq!(signatures.len(), 100, "{name}");
    verify(&checked, &signatures).unwrap();
}

#[test]
fn a_device_with_the_other_chains_app_open_says_which_is_needed() {
    let (_, spend) = cases().into_iter().next().unwrap();
    let (mut device, log) = ledger_with_screen(LedgerOptions { app: SimApp::Ethereum, ..LedgerOptions::default() });
    let error = device.sign_bitcoin(&spend.checked(), &mut Agreeing::default()).unwrap_err();
    assert!(matches!(error, DeviceError::WrongApp { .. }) && log.shown().is_empty(), "{error}");
    assert!(error.to_string().contains("open the app Bitcoin Test on the device"), "{error}");
}
