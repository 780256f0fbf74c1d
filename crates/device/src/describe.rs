//! Who an opened device is, in one step: for the list in which a person looks for the right one.

use bitcoin::bip32::Fingerprint;
use vitrine_bitcoin::Network;

use crate::advisories::{Advisory, advisories};
use crate::device::{Device, Identity};
use crate::error::DeviceError;
use crate::prompt::Prompter;

/// What an opened device says of itself, and what is known against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Model, firmware, open app.
    pub identity: Identity,
    /// The master key's fingerprint, by which registered wallets are found; none where the open app does not tell it.
    pub fingerprint: Option<Fingerprint>,
    /// What is known against its firmware and its open app.
    pub advisories: Vec<&'static Advisory>,
}

/// Asks a device who it is. It may ask for its PIN and passphrase.
///
/// # Errors
/// [`DeviceError`], but not for an app that knows no fingerprint.
pub fn describe(
    device: &mut dyn Device,
    network: Network,
    prompter: &mut dyn Prompter,
) -> Result<Description, DeviceError> {
    let identity = device.identify()?;
    let fingerprint = match device.fingerprint(network, prompter) {
        Ok(fingerprint) => Some(fingerprint),
        Err(DeviceError::WrongApp { .. } | DeviceError::Unsupported { .. }) => None,
        Err(error) => return Err(error),
    };
    let advisories = advisories(&identity);
    Ok(Description { identity, fingerprint, advisories })
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use super::*;
    use crate::prompt::{Answer, Prompt};
    use crate::sim::{LedgerOptions, SimApp, SimOptions, ledger_with_screen, trezor};

    struct Agreeing;

    impl Prompter for Agreeing {
        fn prompt(&mut self, _: Prompt) -> Answer {
            Answer::Continue
        }
    }

    #[test]
    fn a_device_is_described_with_its_fingerprint() {
        let mut device = trezor(SimOptions::default());
        let found = describe(device.as_mut(), Network::Testnet4, &mut Agreeing).unwrap();
        assert_eq!(found.identity.firmware, "2.11.1");
        assert!(found.fingerprint.is_some());
        assert_eq!(found.advisories, advisories(&found.identity));
    }

    #[test]
    fn an_app_without_a_fingerprint_is_described_all_the_same() {
        let options = LedgerOptions { app: SimApp::Ethereum, ..LedgerOptions::default() };
        let found = describe(ledger_with_screen(options).0.as_mut(), Network::Testnet4, &mut Agreeing).unwrap();
        assert_eq!((found.identity.app.as_deref(), found.fingerprint), (Some("Ethereum 1.22.0"), None));
    }
}
