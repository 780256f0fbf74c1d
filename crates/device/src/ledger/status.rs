//! What the device's status words mean, and what to press.

use super::LedgerApp;
use super::apdu::Apdu;
use crate::error::DeviceError;

/// A command was carried out.
pub(super) const OK: u16 = 0x9000;
/// The app asks something before it goes on.
pub(super) const INTERRUPTED: u16 = 0xe000;
/// The app finds the data wrong, or may not sign it blindly.
pub(super) const INVALID_DATA: u16 = 0x6a80;

/// What an app says of an exchange that another command ended in the middle.
pub(super) const ENDS: [i32; 2] = [0x6a80, 0xb007];

/// The error of a status word other than [`OK`].
pub(super) fn error(apdu: &Apdu, status: u16) -> DeviceError {
    let at = apdu.at;
    match (status, apdu.app) {
        (0x5515 | 0x6982 | 0x6804, _) => DeviceError::Locked { at },
        (0x5501 | 0x6985, _) => DeviceError::RefusedOnDevice { at },
        (0x6d00 | 0x6d02 | 0x6e00 | 0x6e01 | 0x6511 | 0x6512, Some(needed)) => {
            DeviceError::WrongApp { at, open: String::new(), needed }
        }
        (_, Some(LedgerApp::Bitcoin | LedgerApp::BitcoinTest)) => failure(at, status, bitcoin_words(status)),
        _ => failure(at, status, words(status)),
    }
}

fn failure(at: &'static str, status: u16, known: &str) -> DeviceError {
    DeviceError::Failure { at, code: i32::from(status), text: format!("status {status:04x}: {known}") }
}

/// Source: LedgerHQ/app-bitcoin-new, `src/boilerplate/sw.h`.
const fn bitcoin_words(status: u16) -> &'static str {
    match status {
        0x6a80 => "the app finds the data invalid, or refuses it by its rules",
        0x6a82 => "the app does not support what it was asked for",
        0x6a86 => "the app does not know these parameters: an older version, perhaps",
        0x6a87 | 0xb000 => "the app finds the length wrong",
        0xb007 => "the app stopped in the middle; close it and open it again",
        0xb008 => "the app does not accept the wallet's registration: register it with this device again",
        0x6f00..=0x6fff => "the app failed inside; close it and open it again",
        _ => "a code that is not documented",
    }
}

/// Words for the codes that the app documents. Source: LedgerHQ/app-ethereum, `doc/ethapp.adoc`, Status Words.
const fn words(status: u16) -> &'static str {
    match status {
        0x6001 => "the app is in another mode",
        0x6501 => "the app does not know this type of transaction",
        0x6502 => "the chain's number is too long for the app",
        0x6700 | 0x6983 => "the app finds the length wrong",
        0x6807 => "a number is too large for the app's screen",
        0x6980 => "the app does not expect this command now, or a setting does not allow it",
        0x6a15 => "the app may not use this key path",
        INVALID_DATA => "the app finds the data invalid",
        0x6a84 => "the device has not enough memory for it",
        0x6a88 => "the app misses data that it was announced",
        0x6b00 => "the app does not know these parameters: an older version, perhaps",
        0x6f00..=0x6fff => "the app failed inside; close it and open it again",
        _ => "a code that is not documented",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_word_says_what_to_press() {
        let error = |status| error(&Apdu::new("x", [0; 3], &[]), status);
        assert!(error(0x5515).to_string().contains("unlock"));
        assert!(error(0x6e00).to_string().contains("open the app Ethereum"));
        assert!(error(0x6985).is_refusal());
        assert!(error(0x6a84).to_string().contains("memory"));
        assert!(error(0x1234).to_string().contains("status 1234"));
    }

    #[test]
    fn the_app_that_is_needed_is_named() {
        for app in [LedgerApp::Bitcoin, LedgerApp::BitcoinTest] {
            let command = Apdu::build("x", Some(app), [0xe1, 0, 0, 1], &[]);
            let words = error(&command, 0x6d00).to_string();
            assert!(words.contains(&format!("open the app {} on the device", app.name())), "{words}");
            assert!(error(&command, 0xb008).to_string().contains("register it"));
        }
    }
}
