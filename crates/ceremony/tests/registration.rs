//! Wallets that a device has to be told of: what it gave is in the ceremony folder, or nothing is.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

use std::collections::BTreeMap;

use vitrine_bitcoin::bitcoin::bip32::{DerivationPath, Fingerprint, Xpub};
use vitrine_bitcoin::{CheckedPsbt, Network, Registration, ReturnedSignature, Wallet};
use vitrine_ceremony::{AddressError, Folder, FolderError, WalletRegistration};
use vitrine_device::{
    Answer, Control, Device, DeviceError, DeviceScreen, Identity, LEDGER, NonceRules, Prompt, Prompter, Registered,
};
use vitrine_ethereum::CheckedRequest;
use vitrine_ethereum::alloy_primitives::Address;

const CEREMONY: &str = "version = 1\ntitle = \"t\"\nchain = \"bitcoin\"\nnetwork = \"testnet\"\n";
const WALLET: &str = "version = 1\nname = \"Treasury\"\ntemplate = \"wsh(sortedmulti(1,@0/**,@1/**))\"\nkeys = [\
\"[5c9e228d/84h/1h/0h]tpubDCZB6sR48s4T5Cr8qHUYSZEFCQMMHRg8AoVKVmvcAP5bRw7ArDKeoNwKAJujV3xCPkBvXH5ejSgbgyN6kREmF7sMd41NdbuHa8n1DZNxSMg\",\
\"[73c5da0a/84h/1h/0h]tpubDC8msFGeGuwnKG9Upg7DM2b4DaRqg3CUZa5g8v2SRQ6K4NSkxUgd7HsL2XVWbVm39yBA4LAxysQAm397zwQSQoQgewGiYZqrA9DsP4zbQ1M\"]\n\
[[cosigner]]\nname = \"A. Brandt\"\nfingerprint = \"5c9e228d\"\n";

/// A table as the device of 5c9e228d gave it.
fn table(fingerprint: &str, wallet_id: u8, hmac: u8) -> String {
    let digits = |byte: u8| format!("{byte:02x}").repeat(32);
    let (wallet_id, hmac) = (digits(wallet_id), digits(hmac));
    format!(
        "[[registration]]\ndevice = \"ledger\"\nfingerprint = \"{fingerprint}\"\nwallet_id = \"{wallet_id}\"\nhmac = \"{hmac}\"\n"
    )
}

fn folder(more: &str) -> Result<Folder, FolderError> {
    let file = |path: &str, text: String| (path.to_owned(), text.into_bytes());
    let files = [file("ceremony.toml", CEREMONY.to_owned()), file("wallets/treasury.toml", format!("{WALLET}{more}"))];
    Folder::parse(&files.into_iter().collect::<BTreeMap<_, _>>())
}

/// A device that keeps no wallets, of this master fingerprint.
struct Keeper {
    says: &'static str,
    gives: &'static str,
    asked: usize,
}

impl Keeper {
    fn of(fingerprint: &'static str) -> Self {
        Self { says: fingerprint, gives: fingerprint, asked: 0 }
    }
}

fn no<T>() -> Result<T, DeviceError> {
    Err(DeviceError::Unsupported { what: "that".to_owned() })
}

impl Device for Keeper {
    fn identify(&mut self) -> Result<Identity, DeviceError> {
        let empty = String::new;
        Ok(Identity { vendor: "none", model: empty(), label: empty(), firmware: empty(), app: None, id: empty() })
    }

    fn account_key(&mut self, _: &DerivationPath, _: Network, _: &mut dyn Prompter) -> Result<Xpub, DeviceError> {
        no()
    }

    fn fingerprint(&mut self, _: Network, _: &mut dyn Prompter) -> Result<Fingerprint, DeviceError> {
        Ok(self.says.parse().unwrap())
    }

    fn show_address(&mut self, _: &Wallet, _: bool, _: u32, _: &mut dyn Prompter) -> Result<String, DeviceError> {
        no()
    }

    fn register_wallet(&mut self, _: &Wallet, _: &mut dyn Prompter) -> Result<Registered, DeviceError> {
        self.asked += 1;
        let fingerprint = self.gives.parse().unwrap();
        Ok(Registered::Kept(Registration { fingerprint, wallet_id: [1; 32], hmac: [2; 32] }))
    }

    fn predicted_screens(&self, _: &CheckedPsbt) -> Vec<DeviceScreen> {
        Vec::new()
    }

    fn nonces(&self) -> &'static NonceRules {
        &LEDGER
    }

    fn sign_bitcoin(&mut self, _: &CheckedPsbt, _: &mut dyn Prompter) -> Result<Vec<ReturnedSignature>, DeviceError> {
        no()
    }

    fn ethereum_address(&mut self, _: &[u32], _: u64, _: bool, _: &mut dyn Prompter) -> Result<Address, DeviceError> {
        no()
    }

    fn predicted_ethereum_screens(&self, _: &CheckedRequest) -> Vec<DeviceScreen> {
        Vec::new()
    }

    fn sign_ethereum(
        &mut self,
        _: &CheckedRequest,
        _: &mut dyn Prompter,
    ) -> Result<vitrine_ethereum::ReturnedSignature, DeviceError> {
        no()
    }

    fn control(&self) -> Control {
        Control::default()
    }
}

struct Yes;

impl Prompter for Yes {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Continue
    }
}

#[test]
fn what_a_device_gives_goes_into_the_file_once_and_is_known_from_then_on() {
    let outcome = folder("").unwrap().register_wallet("Treasury", &mut Keeper::of("5c9e228d"), &mut Yes).unwrap();
    let WalletRegistration::Kept { toml } = outcome else { panic!("{outcome:?}") };
    assert_eq!(toml, table("5c9e228d", 1, 2));
    let with = folder(&toml).unwrap();
    assert_ne!(with.digest(), folder("").unwrap().digest());
    let again = with.register_wallet("Treasury", &mut Keeper::of("5c9e228d"), &mut Yes).unwrap();
    assert_eq!(again, WalletRegistration::Known);
    let old = folder(&table("5c9e228d", 1, 3)).unwrap();
    let differs = old.register_wallet("Treasury", &mut Keeper::of("5c9e228d"), &mut Yes).unwrap();
    assert_eq!(differs, WalletRegistration::Differs { toml });
    assert_eq!(with.wallet_file("Treasury"), Some("wallets/treasury.toml"));
    assert_eq!(with.wallet_file("Nobody"), None);
}

/// A passphrase that was mistyped makes another seed: nothing may be registered with it.
#[test]
fn a_device_without_a_key_of_the_wallet_registers_nothing() {
    let mut stranger = Keeper::of("00000001");
    let error = folder("").unwrap().register_wallet("Treasury", &mut stranger, &mut Yes).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("00000001") && text.contains("5c9e228d of A. Brandt") && text.contains("73c5da0a"), "{text}");
    assert_eq!(stranger.asked, 0);
    let mut liar = Keeper { says: "5c9e228d", gives: "73c5da0a", asked: 0 };
    let error = folder("").unwrap().register_wallet("Treasury", &mut liar, &mut Yes).unwrap_err();
    assert!(matches!(error, AddressError::Device(DeviceError::Malformed { .. })), "{error}");
}

#[test]
fn a_registration_that_is_not_whole_or_not_the_wallet_s_is_an_error() {
    let good = table("5c9e228d", 1, 2);
    assert!(folder(&format!("{good}{}", table("73c5da0a", 1, 3))).is_ok(), "one for each device");
    let cases = [
        (format!("{good}{good}"), "two registrations"),
        (table("5c9e228e", 1, 2), "5c9e228e"),
        (good.replace("0202", "02 2"), "hmac of a registration"),
        (good.replacen("0101", "01", 1), "wallet_id of a registration"),
        (good.replace("ledger", "trezor"), "unknown variant"),
        (good.replace("device = \"ledger\"\n", ""), "device"),
        (format!("{good}secret = 1\n"), "secret"),
        (good.replace("5c9e228d", "5c9e"), "5c9e"),
    ];
    for (text, expected) in cases {
        let error = folder(&text).unwrap_err().to_string();
        assert!(error.contains("wallets/treasury.toml") && error.contains(expected), "{expected}: {error}");
    }
}
