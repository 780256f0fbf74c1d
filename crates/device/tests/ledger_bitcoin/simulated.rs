//! The driver against the simulated device: every request that was run on the vendor's app, and faults.

use vitrine_bitcoin::{Registration, Wallet, verify};
use vitrine_device::sim::{Fault, LedgerOptions, SimApp, ledger_with_screen};
use vitrine_device::{DeviceError, Registered};

use crate::cases::{cases, hundred_inputs, wallets};
use crate::firmware::{agrees_with_what_was_foretold, shown};
use crate::request::{Agreeing, Spend};

fn options(fault: Option<Fault>) -> LedgerOptions {
    LedgerOptions { fault, ..LedgerOptions::default() }
}

fn registrations() -> Vec<(String, Registration)> {
    let register = |wallet: &Wallet| {
        let (mut device, _) = ledger_with_screen(options(None));
        match device.register_wallet(wallet, &mut Agreeing::default()).unwrap() {
            Registered::Kept(registration) => Some((wallet.name().to_owned(), registration)),
            _ => None,
        }
    };
    wallets().iter().filter_map(register).collect()
}

#[test]
fn what_the_simulated_device_signs_is_what_was_reviewed_and_foretold() {
    let registrations = registrations();
    assert_eq!(registrations.len(), 7);
    for (name, spend) in cases() {
        let checked = spend.registered(&registrations).checked();
        let (mut device, log) = ledger_with_screen(options(None));
        let signatures = device.sign_bitcoin(&checked, &mut Agreeing::default());
        let signatures = signatures.unwrap_or_else(|error| panic!("{name}: {error}"));
        verify(&checked, &signatures).unwrap_or_else(|error| panic!("{name}: {error}"));
        agrees_with_what_was_foretold(&name, &device.predicted_screens(&checked), &shown(&log.shown()));
    }
}

#[test]
fn every_address_of_the_simulated_device_is_the_wallets() {
    let registrations = registrations();
    for wallet in Spend::of(wallets()).registered(&registrations).wallets {
        let (mut device, _) = ledger_with_screen(options(None));
        let address = device.show_address(&wallet, false, 2, &mut Agreeing::default());
        assert_eq!(address.unwrap(), wallet.address(false, 2).unwrap(), "{}", wallet.name());
    }
}

#[test]
fn a_hundred_inputs_are_signed() {
    let (name, spend) = hundred_inputs();
    let checked = spend.checked();
    let (mut device, _) = ledger_with_screen(options(None));
    let signatures = device.sign_bitcoin(&checked, &mut Agreeing::default()).unwrap();
    assert_eq!(signatures.len(), 100, "{name}");
    verify(&checked, &signatures).unwrap();
}

#[test]
fn the_wrong_device_app_or_answer_is_known() {
    let (_, spend) = cases().into_iter().find(|(name, _)| name == "wpkh").unwrap();
    let checked = spend.checked();
    let failed = |options: LedgerOptions| {
        let (mut device, log) = ledger_with_screen(options);
        let error = device.sign_bitcoin(&checked, &mut Agreeing::default()).unwrap_err();
        (error, log.shown().len())
    };
    let (error, screens) = failed(options(Some(Fault::WrongSeed)));
    assert!(matches!(error, DeviceError::WrongSeed { .. }) && screens == 0, "{error}");
    let (error, screens) = failed(options(Some(Fault::Locked)));
    assert!(matches!(error, DeviceError::Locked { .. }) && screens == 0, "{error}");
    let (error, _) = failed(LedgerOptions { app: SimApp::Ethereum, ..options(None) });
    assert!(error.to_string().contains("open the app Bitcoin Test"), "{error}");
    for fault in [Fault::WrongKey, Fault::ChangesOutput, Fault::HighS, Fault::StaleSignature] {
        let (mut device, _) = ledger_with_screen(options(Some(fault)));
        let signed = device.sign_bitcoin(&checked, &mut Agreeing::default());
        let verified = signed.map(|signatures| verify(&checked, &signatures).map(drop));
        assert!(!matches!(verified, Ok(Ok(()))), "{fault:?}");
    }
}
