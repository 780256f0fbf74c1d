//! Our driver against exchanges recorded with the vendor's app: the first byte that we send otherwise fails.

use vitrine_bitcoin::{Registration, verify};
use vitrine_device::{Control, Device, DeviceError, DeviceScreen, Ledger, LedgerScreen, Registered};

use crate::cases::{cases, wallets};
use crate::recording::{Exchange, Replay, bare, transcript};
use crate::request::{Agreeing, FINGERPRINT, NETWORK};

pub const RECORDING: &str = "ledger-bitcoin-2.4.6-nanosp.txt";

/// Of the refusals, which end like one another, these were kept.
const REFUSED: [&str; 5] = ["wpkh", "tr", "Leaves", "foreign input", "two wallets"];

/// What was shown, each value whole: title and rows without blanks.
pub fn joined(lines: &[String]) -> Vec<String> {
    let mut exchange = Exchange::default();
    for screen in lines.iter().filter_map(|line| line.strip_prefix("# screen: ")) {
        exchange.show(screen);
    }
    exchange.screens
}

pub fn shown(screens: &[DeviceScreen]) -> Vec<String> {
    screens.iter().map(|screen| bare(&format!("{}{}", screen.title, screen.lines.concat()))).collect()
}

pub fn agrees_with_what_was_foretold(name: &str, foretold: &[DeviceScreen], shown: &[String]) {
    assert_eq!(self::shown(foretold), shown, "{name}");
}

struct Recorded(Vec<Exchange>);

impl Recorded {
    fn read() -> Self {
        Self(transcript(RECORDING))
    }

    fn exchange(&self, name: &str) -> &Exchange {
        self.0.iter().find(|exchange| exchange.name == name).unwrap_or_else(|| panic!("no exchange “{name}”"))
    }

    /// Plays one exchange to its end.
    fn play<T>(&self, name: &str, operation: impl FnOnce(&mut Ledger) -> T) -> T {
        let lines = self.exchange(name).lines.clone();
        let length = lines.len();
        let (replay, played) = Replay::new(lines);
        let mut device = Ledger::new(Box::new(replay), Control::default(), LedgerScreen::Nano);
        let result = operation(&mut device);
        assert_eq!(*played.lock().unwrap(), length, "{name}: the device would have said more");
        result
    }

    fn registrations(&self) -> Vec<(String, Registration)> {
        let of = |wallet: &vitrine_bitcoin::Wallet| {
            let register = |device: &mut Ledger| device.register_wallet(wallet, &mut Agreeing::default());
            match self.play(&format!("register {}", wallet.name()), register).unwrap() {
                Registered::Kept(registration) => Some((wallet.name().to_owned(), registration)),
                _ => None,
            }
        };
        wallets().iter().filter_map(of).collect()
    }
}

fn is_refused<T: core::fmt::Debug>(name: &str, result: Result<T, DeviceError>) {
    assert!(matches!(result, Err(DeviceError::RefusedOnDevice { .. })), "{name}: {result:?}");
}

#[test]
fn the_device_says_who_it_is_and_whose_keys_it_holds() {
    let recorded = Recorded::read();
    let identity = recorded.play("identify", Device::identify).unwrap();
    assert_eq!(identity.app.as_deref(), Some("Bitcoin Test 2.4.6"));
    let ask = |device: &mut Ledger| device.fingerprint(NETWORK, &mut Agreeing::default());
    assert_eq!(recorded.play("fingerprint", ask).unwrap().to_string(), FINGERPRINT);
}

#[test]
fn a_wallet_is_registered_under_the_number_that_the_device_computes_or_refused() {
    let recorded = Recorded::read();
    let registrations = recorded.registrations();
    assert_eq!(registrations.len(), 7);
    let wallet = wallets().into_iter().find(|wallet| wallet.name() == "Two of three").unwrap();
    let name = "refuse to register Two of three";
    is_refused(name, recorded.play(name, |device| device.register_wallet(&wallet, &mut Agreeing::default())));
}

#[test]
fn the_address_that_the_device_shows_is_the_wallets() {
    let recorded = Recorded::read();
    let registrations = recorded.registrations();
    for wallet in wallets() {
        let own = registrations.iter().filter(|(name, _)| name == wallet.name());
        let own = own.map(|(_, registration)| registration.clone()).collect();
        let wallet = wallet.with_registrations(own);
        let show = |device: &mut Ledger| device.show_address(&wallet, true, 5, &mut Agreeing::default());
        let name = format!("show address of {}", wallet.name());
        let address = wallet.address(true, 5).unwrap();
        assert_eq!(recorded.play(&name, show).unwrap(), address, "{name}");
        assert!(recorded.exchange(&name).screens.iter().any(|screen| screen.ends_with(&address)), "{name}");
        if wallet.name() == "wpkh" {
            is_refused(&name, recorded.play("refuse address of wpkh", show));
        }
    }
}

#[test]
fn a_driver_that_only_pleases_our_own_simulator_is_found_out() {
    let recorded = Recorded::read();
    let registrations = recorded.registrations();
    for (name, spend) in cases() {
        let checked = spend.registered(&registrations).checked();
        let sign = |device: &mut Ledger| {
            let signatures = device.sign_bitcoin(&checked, &mut Agreeing::default());
            (signatures, device.predicted_screens(&checked))
        };
        let played = format!("sign {name}");
        let (signatures, foretold) = recorded.play(&played, sign);
        let signatures = signatures.unwrap_or_else(|error| panic!("{name}: {error}"));
        verify(&checked, &signatures).unwrap_or_else(|error| panic!("{name}: {error}"));
        agrees_with_what_was_foretold(&name, &foretold, &recorded.exchange(&played).screens);
        if REFUSED.contains(&name.as_str()) {
            is_refused(&name, recorded.play(&format!("refuse {name}"), sign).0);
        }
    }
}

/// A page of the policy that the app draws has, behind the template, what is left of a longer one before it.
#[test]
fn the_template_that_the_device_shows_begins_with_the_wallets() {
    let recorded = Recorded::read();
    for (name, _) in recorded.registrations() {
        let wallet = wallets().into_iter().find(|wallet| *wallet.name() == name).unwrap();
        let policy = wallet.policy().unwrap();
        let shown = &recorded.exchange(&format!("register {name}")).screens;
        let template = format!("Walletpolicy{}", policy.template);
        assert!(shown.iter().any(|screen| screen.starts_with(&template)), "{name}: {shown:?}");
        for (index, key) in policy.keys.iter().enumerate() {
            let whose = if key.starts_with(&format!("[{FINGERPRINT}/")) { "Our" } else { "Their" };
            assert!(shown.contains(&format!("{whose}key@{index}{key}")), "{name}: key {index}");
        }
    }
}
