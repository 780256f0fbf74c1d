//! Typed data that Ledger signed something about: shown in its words, and only when it is exactly that.

use vitrine_device::sim::{LedgerOptions, NetworkGuard, ScreenLog, SimulatedLedger};
use vitrine_device::{
    ApduExchange, Control, Device, DeviceError, Ledger, LedgerScreen, LinkError, ScreenModel, foretold_ethereum,
};
use vitrine_ethereum::alloy_primitives::address;
use vitrine_ethereum::{CheckedRequest, verify};

use crate::request::{self, ACCOUNT, SEPOLIA, USDC, limit_order, limit_order_of, permit, permit2};
use crate::simulated::Agreeing;

/// Changes a command on its way.
struct Altering<F>(SimulatedLedger, F);

impl<F: FnMut(&mut Vec<u8>) + Send> ApduExchange for Altering<F> {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        let mut apdu = apdu.to_vec();
        (self.1)(&mut apdu);
        self.0.exchange(&apdu)
    }
}

/// A device with the settings that it comes with, of which `alter` changes the commands.
fn factory(screen: LedgerScreen, alter: impl FnMut(&mut Vec<u8>) + Send + 'static) -> (Ledger, ScreenLog) {
    let guard = NetworkGuard::AnyForTests;
    let options = LedgerOptions { blind_signing: false, network_guard: guard, screen, ..LedgerOptions::default() };
    let device = SimulatedLedger::new(options);
    let log = device.screen();
    (Ledger::new(Box::new(Altering(device, alter)), Control::default(), screen), log)
}

fn known() -> Vec<(&'static str, CheckedRequest)> {
    vec![
        ("permit", permit(USDC, 1)),
        ("Permit2", permit2(1, &USDC.to_string())),
        ("Permit2 on Polygon", permit2(137, "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359")),
        ("limit order", limit_order()),
    ]
}

#[test]
fn what_ledger_knows_is_signed_with_the_settings_of_a_new_device_and_shown_as_foretold() {
    for (name, request) in known() {
        for (screen, model) in
            [(LedgerScreen::Nano, ScreenModel::LedgerNano), (LedgerScreen::Touch, ScreenModel::LedgerTouch)]
        {
            let (mut device, log) = factory(screen, |_| {});
            let returned = device.sign_ethereum(&request, &mut Agreeing::default());
            let returned = returned.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(verify(request.signable(), ACCOUNT, &returned).unwrap().signer(), ACCOUNT, "{name}");
            let told = |screens: Vec<vitrine_device::DeviceScreen>| {
                screens.into_iter().map(|screen| (screen.title, screen.lines)).collect::<Vec<_>>()
            };
            assert_eq!(told(log.shown()), told(foretold_ethereum(model, &request).screens), "{name}");
        }
    }
}

fn pages(request: &CheckedRequest) -> String {
    let screens = foretold_ethereum(ScreenModel::LedgerNano, request).screens;
    screens.iter().map(|screen| format!("{}: {}\n", screen.title, screen.lines.join(" "))).collect()
}

#[test]
fn a_permit_is_foretold_in_ledgers_words() {
    assert_eq!(
        pages(&permit(USDC, 1)),
        "Review typed message: \nContract: Permit USDC transfers\nFrom: 0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D\n\
         Approve to spender: 0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45\nAmount allowance: Unlimited USDC\n\
         Approval expire: 2026-01-01 12:00:00 AM UTC\nSign message: \n"
    );
    let hidden = foretold_ethereum(ScreenModel::LedgerNano, &permit(USDC, 1)).not_shown.join("; ");
    assert!(hidden.contains("of the message: nonce") && hidden.contains("only their tickers"), "{hidden}");
    let polygon = pages(&known()[2].1);
    assert!(
        polygon.contains("Network: Polygon\nAmount allowance: 1.5 USDC\nApproval expire: Unlimited\n"),
        "{polygon}"
    );
}

/// One thing otherwise, and Ledger signed nothing about it: then the device is not told what it could misread.
#[test]
fn what_differs_in_anything_from_what_ledger_signed_goes_as_any_other_typed_data() {
    let tomorrow = pages(&permit(USDC, 1));
    assert!(!tomorrow.contains("Blind signing ahead"));
    let others = [
        ("another chain", permit(USDC, SEPOLIA)),
        ("another contract", permit(address!("5a321744667052affa8386ed49e00ef223cbffc3"), 1)),
        ("a token that has no descriptor", permit2(1, "0x5a321744667052affa8386ed49e00ef223cbffc3")),
        ("a chain without known tokens", permit2(SEPOLIA, &USDC.to_string())),
        ("members that are not there", limit_order_of("")),
        ("other types", request::typed_data(request::MAIL)),
        ("a Safe's transaction", request::safe_bundle("1.4.1")),
    ];
    for (what, request) in others {
        assert!(pages(&request).starts_with("Blind signing ahead"), "{what}");
        let (mut device, log) = factory(LedgerScreen::Nano, |_| {});
        let outcome = device.sign_ethereum(&request, &mut Agreeing::default());
        assert_eq!(outcome.unwrap_err(), DeviceError::BlindSigningOff, "{what}");
        assert!(log.shown().is_empty(), "{what}");
    }
}

/// Whatever changes on the way, the device says in Ledger's words only what Ledger signed.
#[test]
fn a_filter_that_was_altered_is_not_believed() {
    for (name, request) in known() {
        for at in 0.. {
            let mut filters = 0;
            let (mut device, log) = factory(LedgerScreen::Nano, move |apdu| {
                if apdu[1] == 0x1e && apdu.len() > 5 {
                    if filters == at {
                        let byte = if at % 2 == 0 { apdu.len() - 1 } else { 6 };
                        apdu[byte] ^= 1;
                    }
                    filters += 1;
                }
            });
            match device.sign_ethereum(&request, &mut Agreeing::default()) {
                Err(DeviceError::Failure { .. }) => assert!(log.shown().is_empty(), "{name}, filter {at}"),
                Ok(_) => {
                    assert!(at >= 4, "{name}: {at} filters");
                    break; // there was no such filter
                }
                Err(other) => panic!("{name}, filter {at}: {other}"),
            }
        }
    }
}
